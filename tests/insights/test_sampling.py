"""Rates, design effects and how far two windows err together, against statsmodels and the jackknife done by brute force."""

import math
import random

import numpy as np
import pytest
from scipy import stats
from statsmodels.api import OLS
from statsmodels.stats.proportion import proportion_confint

from insights import sampling
from insights.sampling import Sample
from tests.insights.windows import of, spread


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (1, 10), (7, 90), (90, 90), (412, 2000)])
def test_an_interval_is_wilsons(hits, n):
    rate = sampling.rate(spread(hits, n))

    assert (rate.low, rate.high) == pytest.approx(proportion_confint(hits, n, method="wilson"), abs=1e-9)


def test_no_conversations_give_no_rate():
    rate = sampling.rate(spread(0, 0))

    assert (rate.share, rate.low, rate.high) == (None, None, None)


def test_conversations_without_an_account_are_accounts_of_their_own():
    rows = [(f"c{i}", "", i < 5) for i in range(50)]

    assert sampling.design_effect(sampling.sample(rows)) == 1.0


def clustered(seed: int, accounts: int = 60) -> Sample:
    """Accounts of one to eight conversations, each with a leaning of its own."""
    rng = random.Random(seed)
    rows = []
    for a in range(accounts):
        leaning = rng.betavariate(1, 3)
        rows += [(f"{a}-{i}", f"account {a}", rng.random() < leaning) for i in range(rng.randrange(1, 9))]
    return sampling.sample(rows)


@pytest.mark.parametrize("seed", range(5))
def test_the_design_effect_is_the_jackknife_over_accounts(seed):
    evidence = clustered(seed)
    n, hits, accounts = evidence.denominator, evidence.numerator, len(evidence.conversations)
    p = hits / n
    left_out = [(hits - evidence.carrying[a]) / (n - m) for a, m in evidence.conversations.items()]
    variance = (accounts - 1) / accounts * sum((one - p) ** 2 for one in left_out)

    assert sampling.design_effect(evidence) == pytest.approx(max(1.0, variance / (p * (1 - p) / (n - 1))))


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

    assert sampling.design_effect(evidence) == pytest.approx(fitted.bse[0] ** 2 / (p * (1 - p) / n), rel=0.05)


def test_where_accounts_repeat_an_interval_is_wilsons_on_effective_numbers_with_students_t():
    evidence = clustered(1)
    n, sizes = evidence.denominator, np.array(list(evidence.conversations.values()))
    t = stats.t.ppf(0.975, n**2 / (sizes**2).sum() - 1)
    p, effective = evidence.numerator / n, n / sampling.design_effect(evidence)

    rate = sampling.rate(evidence)

    assert t > 1.97
    expected = proportion_confint(p * effective, effective, alpha=2 * stats.norm.sf(t), method="wilson")
    assert (rate.low, rate.high) == pytest.approx(expected)


def test_accounts_that_speak_once_each_tell_nothing_of_both_windows_together():
    assert sampling.correlation(spread(5, 50), spread(20, 50)) == 0.0


def test_without_correlation_limits_join_as_newcombes():
    assert sampling.joined(0.3, 0.4, 0.0) == pytest.approx(0.5)
    assert sampling.joined(0.4, 0.4, 1.0) == 0.0


def half_keep() -> tuple[Sample, Sample]:
    """Forty accounts of one to nine conversations that carry it often or seldom; in the second window every third has changed."""
    sizes = [1 + (a * 7) % 9 for a in range(40)]
    often = [a % 4 == 0 for a in range(40)]
    changed = [not one if a % 3 == 0 else one for a, one in enumerate(often)]
    return tuple(
        Sample(
            {str(a): round(m * (0.9 if one else 0.1)) for a, (m, one) in enumerate(zip(sizes, kind, strict=True))},
            {str(a): m for a, m in enumerate(sizes)},
        )
        for kind in (often, changed)
    )


def test_how_windows_err_together_is_statsmodels_to_the_point_where_no_cap_is_reached():
    previous, current = half_keep()
    said, design, groups = [], [], []
    for at, evidence in enumerate((previous, current)):
        for number, (account, m) in enumerate(evidence.conversations.items()):
            said += [1.0] * evidence.carrying[account] + [0.0] * (m - evidence.carrying[account])
            design += [[1.0 - at, float(at)]] * m
            groups += [number] * m
    fitted = OLS(np.array(said), np.array(design)).fit(cov_type="cluster", cov_kwds={"groups": np.array(groups)})
    covariance = fitted.cov_params()
    expected = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])

    assert 0.15 < expected < 0.6
    assert sampling.correlation(previous, current) == pytest.approx(expected, abs=0.02)


def test_accounts_that_keep_all_of_what_they_are_make_a_change_as_sure_as_single_conversations_and_no_surer():
    previous = of(**{f"a{n}": (4 if n < 10 else 0, 4) for n in range(40)})
    current = of(**{f"a{n}": (6 if n < 10 else 0, 6) for n in range(40)})
    shares = [(one.numerator / one.denominator, one.denominator) for one in (previous, current)]
    plain = [p * (1 - p) / (n - 1) for p, n in shares]
    clustered = [v * sampling.design_effect(one) for v, one in zip(plain, (previous, current), strict=True)]

    alike = sampling.correlation(previous, current)

    assert sum(clustered) - 2 * alike * np.sqrt(np.prod(clustered)) == pytest.approx(sum(plain))


def test_an_account_that_is_its_whole_window_tells_nothing_of_both_together():
    one, several = of(a=(3, 10)), of(a=(2, 6), b=(1, 5), c=(3, 4))

    assert sampling.correlation(one, several) == sampling.correlation(several, one) == 0.0


def test_windows_added_up_once_tell_the_same_of_both_together():
    previous, current = half_keep()
    shared = [Sample(s.carrying, s.conversations, sampling.summed(s.conversations)) for s in (previous, current)]
    other = of(**{a: (k // 2, previous.conversations[a]) for a, k in previous.carrying.items()})
    again = Sample(other.carrying, other.conversations, sampling.summed(other.conversations))

    assert sampling.correlation(*shared) == sampling.correlation(previous, current)
    assert sampling.correlation(again, shared[1]) == sampling.correlation(other, current)
    assert sampling.correlation(*shared) == sampling.correlation(previous, current)


def test_two_accounts_of_one_size_leave_one_degree_of_freedom():
    assert sampling.freedom(of(a=(1, 5), b=(0, 5))) == 1.0


def test_two_accounts_are_two_observations_and_one_is_one_however_often_it_speaks():
    assert sampling.design_effect(of(a=(1, 2), b=(1, 2))) == 1.0
    assert sampling.design_effect(of(a=(2, 5))) == 5.0


def test_where_all_carry_it_accounts_are_assumed_to_be_alike_by_a_fifth():
    assert sampling.design_effect(of(a=(5, 5), b=(5, 5))) == pytest.approx(1 + 0.2 * 4)


def test_one_account_leaves_one_degree_of_freedom_too():
    assert sampling.freedom(of(a=(1, 5))) == 1.0


def test_limits_that_cancel_out_join_to_nothing_whatever_the_last_digit_says():
    """Squared and taken from each other, these two numbers are a last digit below nothing."""
    assert sampling.joined(0.021, math.nextafter(0.021, 1), 1.0) == pytest.approx(0.0, abs=1e-8)


def test_accounts_that_swap_sides_err_against_each_other_unless_each_speaks_once():
    def swapped(times: int) -> float:
        before = of(**{f"a{n}": (times if n < 10 else 0, times) for n in range(20)})
        now = of(**{f"a{n}": (0 if n < 10 else times, times) for n in range(20)})
        return sampling.correlation(before, now)

    assert swapped(3) < -0.5
    assert swapped(1) == 0.0


def test_accounts_that_repeat_in_one_window_alone_are_alike_in_both():
    before = of(**{f"a{n}": (3 if n < 10 else 0, 3) for n in range(40)})
    now = of(**{f"a{n}": (1 if n < 10 else 0, 1) for n in range(40)})

    assert sampling.correlation(before, now) == pytest.approx(sampling.correlation(now, before))
    assert sampling.correlation(before, now) > 0.3


def test_a_window_in_which_nobody_or_everybody_carries_it_errs_with_no_other():
    some = of(**{f"a{n}": (3 if n < 10 else 0, 3) for n in range(40)})

    for all_alike in (of(**{f"a{n}": (times, 3) for n in range(40)}) for times in (0, 3)):
        assert sampling.correlation(some, all_alike) == sampling.correlation(all_alike, some) == 0.0


def test_accounts_are_counted_in_the_order_in_which_they_come():
    assert list(sampling.counted(np.array([3, 1, 3, 2])).items()) == [(3, 2), (1, 1), (2, 1)]
