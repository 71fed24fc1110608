"""Themes against won and lost, by statsmodels and by examples in print."""

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

from insights.outcomes import Deal, associations, cochran, mantel_haenszel, unequal

# Admissions to Berkeley's graduate school in six departments, 1973 (Bickel et al. 1975): admitted and rejected men,
# admitted and rejected women.
BERKELEY = [
    (512, 313, 89, 19), (353, 207, 17, 8), (120, 205, 202, 391), (138, 279, 131, 244), (53, 138, 94, 299), (22, 351, 24, 317),
]  # fmt: skip


def tables(strata) -> StratifiedTable:
    return StratifiedTable([np.array([[a, b], [c, d]]) for a, b, c, d in strata])


def test_the_common_odds_ratio_of_a_printed_example():
    # R's mantelhaen.test(UCBAdmissions) prints 0.9046968 with 0.7719074 to 1.0603298, uncorrected X² = 1.5246.
    found = mantel_haenszel(BERKELEY)

    assert (found.ratio, found.low, found.high) == pytest.approx((0.9046968, 0.7719074, 1.0603298), abs=1e-6)


@pytest.mark.parametrize(
    "strata", [BERKELEY, [(9, 5, 30, 50), (4, 6, 10, 12)], [(1, 3, 2, 9), (2, 2, 3, 8), (5, 1, 4, 4)]]
)
def test_ratio_interval_and_tests_are_statsmodels(strata):
    peer = tables(strata)

    found = mantel_haenszel(strata)

    assert found.ratio == pytest.approx(peer.oddsratio_pooled)
    assert (found.low, found.high) == pytest.approx(peer.oddsratio_pooled_confint())
    assert cochran(strata) == pytest.approx(peer.test_null_odds(correction=False).pvalue)
    assert unequal(strata) == pytest.approx(peer.test_equal_odds(adjust=True).pvalue, rel=1e-6)


def test_one_stratum_is_the_plain_odds_ratio():
    found = mantel_haenszel([(9, 5, 30, 50)])

    assert found.ratio == pytest.approx(Table2x2(np.array([[9, 5], [30, 50]])).oddsratio)


def deals(*groups: tuple[str, int, int, int, int, int]) -> tuple[list[Deal], set[str]]:
    """Groups of (segment, conversations a deal, lost with it, won with it, lost without, won without)."""
    found, carrying = [], set()
    for segment, talks, *counts in groups:
        for place, count in enumerate(counts):
            for n in range(count):
                key = f"{segment}{talks}{place}.{n}"
                found.append(Deal(key, place % 2 == 0, key, segment, talks))
                if place < 2:
                    carrying.add(key)
    return found, carrying


def test_a_theme_of_lost_deals_is_associated_with_losing():
    found, carrying = deals(("smb", 1, 30, 10, 30, 60))

    (one,) = associations(found, [carrying])

    assert one.standing == "lost more"
    assert (one.with_it.numerator, one.with_it.denominator) == (30, 40)
    assert (one.without.numerator, one.without.denominator) == (30, 90)


def test_long_deals_that_are_lost_and_carry_everything_are_no_association():
    # Within deals of one conversation, and within those of five, it goes with losing no more than with winning.
    found, carrying = deals(("smb", 1, 2, 8, 18, 72), ("smb", 5, 64, 16, 16, 4))

    (one,) = associations(found, [carrying])

    assert one.crude.ratio > 4
    assert one.odds.ratio == pytest.approx(1)
    assert one.standing == "no association"


def test_strata_that_disagree_are_said_to():
    found, carrying = deals(("smb", 1, 30, 10, 10, 30), ("enterprise", 1, 10, 30, 30, 10))

    assert associations(found, [carrying])[0].unequal


@pytest.mark.parametrize(("counts", "needed"), [((3, 2, 20, 20), 5), ((20, 20, 2, 1), 7), ((2, 20, 1, 20), 2)])
def test_too_few_says_how_many_more_closed_deals(counts, needed):
    found, carrying = deals(("smb", 1, *counts))

    (one,) = associations(found, [carrying])

    assert (one.standing, one.needed, one.p) == ("too few", needed, None)


def test_no_deals_are_no_crash():
    (one,) = associations([], [set()])

    assert (one.odds.ratio, one.with_it.share, one.standing) == (None, None, "too few")


def test_a_margin_that_is_empty_has_no_ratio():
    assert mantel_haenszel([(5, 0, 5, 0)]).ratio is None


def test_several_deals_of_an_account_widen_the_interval():
    found, carrying = deals(("smb", 1, 30, 20, 30, 40))
    alone = associations(found, [carrying])[0].odds
    shared = [Deal(d.key, d.lost, f"account {n // 10}", d.segment, d.conversations) for n, d in enumerate(found)]

    wide = associations(shared, [carrying])[0].odds

    assert wide.ratio == alone.ratio
    assert wide.low < alone.low < alone.high < wide.high
