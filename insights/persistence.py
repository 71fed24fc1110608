"""How long until an objection is answered, for those that are and those that are not yet (Kaplan and Meier 1958)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

from insights.sampling import LEVEL

FEWEST_SPELLS = 10


@dataclass(frozen=True, slots=True)
class Spell:
    """From the day something was raised: `days` until it was answered, or until the last word in the deal if it was
    not."""

    days: int
    answered: bool


@dataclass(frozen=True, slots=True)
class Share:
    """The share answered after some days, in [0, 1], with its 95 % interval; None where nothing can be said of that
    day."""

    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Answering:
    """`spells` of which `answered` were; the shares answered on the same day, within 14 and 30 days; the median days
    with its interval, None where the half was not reached. Everything but the counts is None below ten spells."""

    spells: int
    answered: int
    at_once: Share
    within_14: Share
    within_30: Share
    median: int | None
    median_low: int | None
    median_high: int | None


NOTHING = Share(None, None, None)


def answering(spells: Sequence[Spell]) -> Answering:
    """Sum up how fast something is answered."""
    answered = sum(spell.answered for spell in spells)
    if len(spells) < FEWEST_SPELLS:
        return Answering(len(spells), answered, NOTHING, NOTHING, NOTHING, None, None, None)
    steps = curve(spells)
    longest = max(spell.days for spell in spells)
    at_once, within_14, within_30 = (_answered_by(steps, day, longest) for day in (0, 14, 30))
    median, low, high = (_first_below(steps, which) for which in (1, 2, 3))
    return Answering(len(spells), answered, at_once, within_14, within_30, median, low, high)


def curve(spells: Sequence[Spell]) -> list[tuple[int, float, float, float]]:
    """Per day with an answer: (day, share unanswered, its lower and upper bound).

    Greenwood's variance with the interval on the log-log scale (Kalbfleisch and Prentice 1980), which stays in [0, 1].
    """
    z = NormalDist().inv_cdf(1 - (1 - LEVEL) / 2)
    at_risk, left, total = len(spells), 1.0, 0.0
    steps = []
    ended, answered = Counter(spell.days for spell in spells), Counter(spell.days for spell in spells if spell.answered)
    for day in sorted(ended):
        events = answered[day]
        if events:
            left *= 1 - events / at_risk
            total += events / (at_risk * (at_risk - events)) if at_risk > events else 0.0
            low, high = left, left
            if 0 < left < 1:
                reach = z * sqrt(total) / abs(log(left))
                low, high = exp(log(left) * exp(reach)), exp(log(left) * exp(-reach))
            steps.append((day, left, low, high))
        at_risk -= ended[day]
    return steps


def _answered_by(steps: Sequence[tuple[int, float, float, float]], day: int, longest: int) -> Share:
    passed = [step for step in steps if step[0] <= day]
    left = passed[-1][1] if passed else 1.0
    if day > longest and left > 0:
        return NOTHING
    if not passed:
        return Share(0.0, None, None)
    return Share(1 - left, 1 - passed[-1][3], 1 - passed[-1][2])


def _first_below(steps: Sequence[tuple[int, float, float, float]], column: int) -> int | None:
    """The first day on which the curve (1), or its lower (2) or upper bound (3), is at a half or below."""
    return next((step[0] for step in steps if step[column] <= 0.5), None)
