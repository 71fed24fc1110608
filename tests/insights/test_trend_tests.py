"""Tests and intervals of changes, within strata too, against statsmodels."""

import random

import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

from insights import mix, sampling, trends
from insights.sampling import Sample
from tests.insights.windows import of, spread


@pytest.mark.parametrize(
    ("before", "after"),
    [((40, 150), (60, 160)), ((60, 160), (40, 150)), ((100, 1000), (150, 1100)), ((80, 90), (60, 90))],
)
def test_a_p_value_is_the_pooled_score_tests_with_students_t(before, after):
    z, _ = proportions_ztest([after[0], before[0]], [after[1], before[1]])
    expected = 2 * stats.t.sf(abs(z), min(before[1], after[1]) - 1)

    assert trends.change(spread(*before), spread(*after)).p == pytest.approx(expected)


@pytest.mark.parametrize(
    ("before", "after"), [((1, 100), (8, 100)), ((0, 80), (7, 90)), ((9, 70), (2, 60)), ((0, 30), (12, 200))]
)
def test_with_few_cases_a_p_value_is_never_below_fishers(before, after):
    table = [[after[0], after[1] - after[0]], [before[0], before[1] - before[0]]]

    assert trends.change(spread(*before), spread(*after)).p >= stats.fisher_exact(table).pvalue - 1e-12


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
        windows.append(sampling.sample(rows))
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


@pytest.mark.parametrize(("now", "by_accounts"), [(7, True), (8, False)], ids=["nine accounts", "ten accounts"])
def test_fewer_than_ten_carrying_accounts_are_tested_as_accounts_too(now, by_accounts):
    before = of(**{f"a{n}": (5 if n < 2 else 0, 5) for n in range(40)})
    after = of(**{f"b{n}": (5 if n < now else 0, 5) for n in range(40)})

    found = trends.change(before, after).p

    exact = stats.fisher_exact([[2, 38], [now, 40 - now]]).pvalue
    assert found == pytest.approx(exact) if by_accounts else found < exact - 0.01
