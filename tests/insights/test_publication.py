"""Before and after a publication, against brute force and a known truth."""

import numpy as np
import pytest
from scipy.stats import t as student

from insights.publication import Heard, beyond, compare


def windows(before: list[tuple[bool, int]], after: list[tuple[bool, int]], accounts: int = 40) -> list[Heard]:
    rows = [*((False, *b) for b in before), *((True, *a) for a in after)]
    return [
        Heard(str(n), f"Account {n % accounts}", late, carries, others)
        for n, (late, carries, others) in enumerate(rows)
    ]


def test_a_fall_with_everything_else_is_no_fall_beyond_it():
    # 40 % to 20 %, while all other themes were halved too.
    rows = windows([(n % 5 < 2, 2) for n in range(100)], [(n % 5 < 1, 1) for n in range(100)])
    found = beyond(rows)
    assert found.expected == pytest.approx(0.2) and found.difference == pytest.approx(0.0)
    assert found.low < 0 < found.high
    assert compare([rows])[0].trend.change.difference == pytest.approx(-0.2)


def test_the_interval_is_the_jackknife_over_accounts():
    rng = np.random.default_rng(3)
    rows = windows(
        [(rng.random() < 0.4, int(rng.integers(3))) for _ in range(90)],
        [(rng.random() < 0.2, int(rng.integers(3))) for _ in range(80)],
        17,
    )

    def value(kept: list[Heard]) -> float:
        b, a = [h for h in kept if not h.after], [h for h in kept if h.after]
        ratio = np.mean([h.others for h in a]) / np.mean([h.others for h in b])
        return np.mean([h.carries for h in a]) - np.mean([h.carries for h in b]) * ratio

    left = np.array([value([h for h in rows if h.account != a]) for a in sorted({h.account for h in rows})])
    error = np.sqrt(16 / 17 * ((left - left.mean()) ** 2).sum())
    found, arm = beyond(rows), student.ppf(0.975, 16) * error
    assert (found.difference, found.low, found.high) == pytest.approx(
        (value(rows), value(rows) - arm, value(rows) + arm)
    )


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    # The theme falls from 30 % to 15 % while others stay: 200 runs of 150 conversations a window, 50 accounts.
    rng, held = np.random.default_rng(5), 0
    for _ in range(200):
        draw = [[(bool(rng.random() < p), int(rng.poisson(1.5))) for _ in range(150)] for p in (0.3, 0.15)]
        found = beyond(windows(*draw, accounts=50))
        held += found.low <= -0.15 <= found.high
    assert 180 <= held <= 199


LITTLE = [
    [],
    windows([(True, 1)] * 5, []),
    windows([], [(True, 1)] * 5),
    windows([(True, 1)] * 4, [(False, 1)] * 4, 4),
]


@pytest.mark.parametrize("rows", LITTLE)
def test_too_little_says_nothing_and_breaks_nothing(rows):
    (found,) = compare([rows])
    assert found.beyond.difference is None
    assert found.trend.verdict == "too few"


def test_without_other_themes_there_is_nothing_to_compare_with():
    (found,) = compare([windows([(True, 0)] * 30, [(False, 0)] * 30)])
    assert found.trend.verdict == "gone" and found.beyond.difference is None


def test_it_says_how_many_conversations_a_fall_by_half_needs():
    (found,) = compare([windows([(n % 5 < 1, 1) for n in range(50)], [(n % 5 < 1, 1) for n in range(50)], 100)])
    assert 190 <= found.needed <= 210  # 20 % to 10 % at 80 % power: 199 a group by the usual tables


def test_many_publications_at_once_are_judged_more_strictly_than_one_alone():
    # One of twenty looks like a fall: p about 0.02.
    still = windows([(n % 5 < 1, 1) for n in range(100)], [(n % 5 < 1, 1) for n in range(100)], 200)
    fall = windows([(n % 5 < 2, 1) for n in range(60)], [(n % 5 < 1, 1) for n in range(60)], 120)
    assert compare([fall])[0].trend.verdict == "falling"
    assert compare([fall, *([still] * 19)])[0].trend.verdict == "too few"
