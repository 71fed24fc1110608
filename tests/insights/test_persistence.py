"""Time from raised to answered, against statsmodels."""

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from insights.persistence import Spell, answering, curve

SPELLS = [
    Spell(d, a)
    for d, a in (
        (0, True), (0, True), (3, True), (3, False), (7, True), (10, False), (14, True), (14, True), (21, False), (28, True),
        (30, False), (45, True), (60, False), (60, False), (90, False),
    )
]  # fmt: skip


def test_the_curve_is_kaplan_and_meiers():
    peer = SurvfuncRight([s.days for s in SPELLS], [int(s.answered) for s in SPELLS])

    steps = curve(SPELLS)

    assert [step[0] for step in steps] == list(peer.surv_times)
    assert [step[1] for step in steps] == pytest.approx(list(peer.surv_prob))


def test_the_interval_is_greenwoods_on_the_log_log_scale():
    peer = SurvfuncRight([s.days for s in SPELLS], [int(s.answered) for s in SPELLS])
    step = curve(SPELLS)[3]
    at = list(peer.surv_times).index(step[0])
    s, se = peer.surv_prob[at], peer.surv_prob_se[at]
    reach = 1.959964 * se / (s * abs(np.log(s)))

    assert (step[2], step[3]) == pytest.approx((s ** np.exp(reach), s ** np.exp(-reach)), rel=1e-5)


def test_the_median_and_its_interval_are_those_of_the_curve():
    peer = SurvfuncRight([s.days for s in SPELLS], [int(s.answered) for s in SPELLS])

    found = answering(SPELLS)

    assert found.median == peer.quantile(0.5)
    low, high = peer.quantile_ci(0.5, method="cloglog")
    assert (found.median_low, found.median_high) == (low, None if np.isinf(high) else high)


def test_shares_answered_count_those_that_are_still_open():
    found = answering(SPELLS)

    assert (found.spells, found.answered) == (15, 8)
    assert found.at_once.share == pytest.approx(2 / 15)
    assert found.within_14.low < found.within_14.share < found.within_14.high


def test_nothing_is_said_of_days_that_nobody_was_followed_for():
    found = answering([Spell(5, n < 4) for n in range(12)])

    assert found.within_14.share is None
    assert found.median is None


def test_few_spells_are_counted_and_not_summed_up():
    found = answering([Spell(3, True)] * 4)

    assert (found.spells, found.answered, found.at_once.share) == (4, 4, None)


def test_all_answered_at_once_is_one():
    found = answering([Spell(0, True)] * 12)

    assert (found.at_once.share, found.within_30.share, found.median) == (1.0, 1.0, 0)
