"""Groups set apart from all others: what one group says more or less than the rest, every group and thing tested
together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from insights import sampling, trends
from insights.sampling import LEVEL, Rate, Sample
from insights.trends import FALSE_DISCOVERY_RATE, FEWEST_ACCOUNTS, SMALLEST_CHANGE_THAT_MATTERS, Change

Standing = Literal["more", "less", "alike", "too few"]
FEWEST_HEARD = 10  # conversations of a group, and of all others, before the two are compared


@dataclass(frozen=True, slots=True)
class Apart:
    """A thing in one group and in all others: shares with 95 % intervals, their difference (group minus others) with
    its interval, p and q, and what may be said: "alike" where the interval leaves no difference of ten points either
    way."""

    here: Rate
    others: Rate
    change: Change
    standing: Standing


def apart(samples: Mapping[tuple[str, str], tuple[Sample, Sample]]) -> dict[tuple[str, str], Apart]:
    """(group, thing) -> (the group, all others), all tested together (Benjamini and Hochberg 1995)."""
    found: dict[tuple[str, str], Apart] = {}
    for key, (here, others) in samples.items():
        enough = min(here.denominator, others.denominator) >= FEWEST_HEARD
        change = trends.change(others, here)
        found[key] = Apart(
            sampling.rate(here), sampling.rate(others), change if enough else replace(change, p=None), "too few"
        )
    q_values = trends.adjusted([one.change.p for one in found.values()])
    for (key, one), q in zip(list(found.items()), q_values, strict=True):
        carrying = sum(count > 0 for count in samples[key][0].carrying.values())
        found[key] = replace(one, change=replace(one.change, q=q), standing=_standing(one.change, q, carrying))
    return found


def _standing(change: Change, q: float | None, carrying: int) -> Standing:
    if change.p is None or q is None or change.difference is None:
        return "too few"
    sure = q <= FALSE_DISCOVERY_RATE and change.p <= 1 - LEVEL
    if sure and change.difference < 0:
        return "less"
    # A few loud accounts are no persona.
    if sure and change.difference > 0 and carrying >= FEWEST_ACCOUNTS:
        return "more"
    # Nothing seen is no difference only where one that matters would have been seen.
    bounds = (change.low, change.high)
    near = all(one is not None and abs(one) <= SMALLEST_CHANGE_THAT_MATTERS for one in bounds)
    return "alike" if near else "too few"


def told(rows: Sequence[tuple[str, Apart]], *, most: int = 3) -> list[str]:
    """The names of what is heard more here than elsewhere, the clearest first."""
    more = [(name, one) for name, one in rows if one.standing == "more"]
    return [name for name, _ in sorted(more, key=lambda row: -(row[1].change.difference or 0))[:most]]
