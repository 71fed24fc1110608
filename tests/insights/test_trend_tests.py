"""Tests, design effects and intervals of changes against statsmodels and against the jackknife done by brute force."""

import random

import numpy as np
import pytest
from scipy import stats
from statsmodels.api import OLS
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

from insights import mix, trends
from insights.trends import Sample


def spread(hits: int, n: int, name: str = "") -> Sample:
    """`n` conversations of as many accounts, `hits` of them carrying the theme."""
    return trends.sample((f"{name}{i}", f"{name} account {i}", i < hits) for i in range(n))


def clustered(seed: int, accounts: int = 60) -> Sample:
    """Accounts of one to eight conversations, each with a leaning of its own."""
    rng = random.Random(seed)
    rows = []
    for a in range(accounts):
        leaning = rng.betavariate(1, 3)
        rows += [(f"{a}-{i}", f"account {a}", rng.random() < leaning) for i in range(rng.randrange(1, 9))]
    return trends.sample(rows)


@pytest.mark.parametrize(
    ("before", "after"), [((40, 150), (60, 160)), ((100, 1000), (150, 1100)), ((80, 90), (60, 90))]
)
def test_a_p_value_is_the_pooled_score_tests_with_students_t(before, after):
    z, _ = proportions_ztest([after[0], before[0]], [after[1], before[1]])
    expected = 2 * stats.t.sf(abs(z), min(before[1], after[1]) - 1)

    assert trends.change(spread(*before), spread(*after)).p == pytest.approx(expected)


@pytest.mark.parametrize(("before", "after"), [((1, 100), (8, 100)), ((0, 80), (7, 90)), ((9, 70), (2, 60))])
def test_with_few_cases_a_p_value_is_never_below_fishers(before, after):
    table = [[after[0], after[1] - after[0]], [before[0], before[1] - before[0]]]

    assert trends.change(spread(*before), spread(*after)).p >= stats.fisher_exact(table).pvalue - 1e-12


@pytest.mark.parametrize("seed", range(5))
def test_the_design_effect_is_the_jackknife_over_accounts(seed):
    evidence = clustered(seed)
    n, hits, accounts = evidence.denominator, evidence.numerator, len(evidence.conversations)
    p = hits / n
    left_out = [(hits - evidence.carrying[a]) / (n - m) for a, m in evidence.conversations.items()]
    variance = (accounts - 1) / accounts * sum((one - p) ** 2 for one in left_out)

    assert trends.design_effect(evidence) == pytest.approx(max(1.0, variance / (p * (1 - p) / (n - 1))))


@pytest.mark.parametrize("seed", range(5))
def test_the_design_effect_is_near_statsmodels_cluster_robust_variance(seed):
    evidence = clustered(seed, accounts=200)
    said, groups = [], []
    for number, (account, m) in enumerate(evidence.conversations.items()):
        carrying = evidence.carrying[account]
        said += [1.0] * carrying + [0.0] * (m - carrying)
        groups += [number] * m
    n, p = len(said), sum(said) / len(said)
    fitted = OLS(np.array(said), np.ones(n)).fit(cov_type="cluster", cov_kwds={"groups": np.array(groups)})

    assert trends.design_effect(evidence) == pytest.approx(fitted.bse[0] ** 2 / (p * (1 - p) / n), rel=0.05)


def test_where_accounts_repeat_an_interval_is_wilsons_on_effective_numbers_with_students_t():
    evidence = clustered(1)
    n, sizes = evidence.denominator, np.array(list(evidence.conversations.values()))
    t = stats.t.ppf(0.975, n**2 / (sizes**2).sum() - 1)
    p, effective = evidence.numerator / n, n / trends.design_effect(evidence)

    rate = trends.rate(evidence)

    assert t > 1.97
    expected = proportion_confint(p * effective, effective, alpha=2 * stats.norm.sf(t), method="wilson")
    assert (rate.low, rate.high) == pytest.approx(expected)


def test_an_interval_within_strata_joins_the_strata_s_wilson_intervals():
    counts = {"a": ((20, 100), (45, 150)), "b": ((30, 60), (20, 50))}
    strata = {name: (spread(*old, name), spread(*new, name)) for name, (old, new) in counts.items()}
    whole = [
        Sample(
            {a: k for pair in strata.values() for a, k in pair[at].carrying.items()},
            {a: k for pair in strata.values() for a, k in pair[at].conversations.items()},
        )
        for at in (0, 1)
    ]
    difference = below = above = 0.0
    for (h0, n0), (h1, n1) in counts.values():
        weight = (n0 / 160 + n1 / 200) / 2
        (low0, high0), (low1, high1) = (proportion_confint(h, n, method="wilson") for h, n in ((h0, n0), (h1, n1)))
        difference += weight * (h1 / n1 - h0 / n0)
        below += weight**2 * ((h1 / n1 - low1) ** 2 + (high0 - h0 / n0) ** 2)
        above += weight**2 * ((high1 - h1 / n1) ** 2 + (h0 / n0 - low0) ** 2)

    found = mix.within(strata, *whole)

    assert (found.difference, found.low, found.high) == pytest.approx(
        (difference, difference - below**0.5, difference + above**0.5)
    )


def test_conversations_needed_are_those_of_fleiss():
    """Fleiss 1981, with Cohen's arcsine effect (statsmodels) as a check from elsewhere: 10 to 15 % needs some 690."""
    from statsmodels.stats.power import NormalIndPower
    from statsmodels.stats.proportion import proportion_effectsize

    needed = trends.conversations_needed(0.10, difference=0.05)

    assert 680 <= needed <= 695
    other = NormalIndPower().solve_power(proportion_effectsize(0.15, 0.10), power=0.8, alpha=0.05)
    assert needed == pytest.approx(other, rel=0.02)


def both(seed: int, *, keep: bool) -> tuple[Sample, Sample]:
    """Eighty accounts of one to eight conversations in both windows; they keep their leanings, or have others."""
    rng = random.Random(seed)
    leanings = [rng.betavariate(0.6, 1.8) for _ in range(80)]
    later = leanings if keep else [rng.betavariate(0.6, 1.8) for _ in range(80)]
    windows = []
    for part in (leanings, later):
        rows = [
            (f"{a}-{i}", f"account {a}", rng.random() < p) for a, p in enumerate(part) for i in range(1 + (a * 7) % 8)
        ]
        windows.append(trends.sample(rows))
    return windows[0], windows[1]


def test_accounts_that_keep_their_leanings_make_a_change_surer_but_never_surer_than_single_conversations():
    previous, current = both(1, keep=True)
    stranger = Sample(
        {f"x{a}": k for a, k in current.carrying.items()}, {f"x{a}": m for a, m in current.conversations.items()}
    )

    known, unknown = trends.change(previous, current), trends.change(previous, stranger)
    single = trends.change(
        spread(previous.numerator, previous.denominator), spread(current.numerator, current.denominator)
    )

    assert single.high - single.low <= (known.high - known.low) * 1.02 < unknown.high - unknown.low


def test_accounts_that_speak_once_each_tell_nothing_of_both_windows_together():
    assert trends.correlation(spread(5, 50), spread(20, 50)) == 0.0


def test_without_correlation_limits_join_as_newcombes():
    assert trends.joined(0.3, 0.4, 0.0) == pytest.approx(0.5)
    assert trends.joined(0.4, 0.4, 1.0) == 0.0
