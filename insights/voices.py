"""What reps write against what buyers say: the same themes heard in two ways, compared where both were heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt
from statistics import NormalDist
from typing import Literal

from insights import sampling, trends
from insights.sampling import LEVEL, Rate, Sample
from insights.trends import FALSE_DISCOVERY_RATE, SMALLEST_CHANGE_THAT_MATTERS, Change

Standing = Literal["reps more", "buyers more", "perhaps reps", "perhaps buyers", "no difference", "too few"]

FEWEST_CONVERSATIONS = 10


@dataclass(frozen=True, slots=True)
class Paired:
    """Among deals (or meetings) heard both ways: how many have it in notes alone, in the buyers' words alone, in both.

    `difference` is the share with it in notes minus that in buyers' words, in [-1, 1], with its 95 % interval, and `p`
    of no difference; all None without a pair.
    """

    pairs: int
    notes: int
    buyers: int
    both: int
    difference: float | None
    low: float | None
    high: float | None
    p: float | None


@dataclass(frozen=True, slots=True)
class Contrast:
    """One theme: its share of noted and of spoken or written conversations, their difference (notes minus buyers), the
    verdict over all themes tested together, and the same among deals heard both ways."""

    notes: Rate
    buyers: Rate
    change: Change
    standing: Standing
    deals: Paired


def contrasts(pairs: Sequence[tuple[Sample, Sample]], paired: Sequence[Paired]) -> list[Contrast]:
    """Judge (reported, verbatim) samples of all themes tested together."""
    changes = [trends.change(verbatim, reported) for reported, verbatim in pairs]
    q_values = trends.adjusted([one.p for one in changes])
    found = []
    for (reported, verbatim), one, q, both in zip(pairs, changes, q_values, paired, strict=True):
        change = Change(one.difference, one.low, one.high, one.p, q)
        standing = _standing(reported, verbatim, change)
        found.append(Contrast(sampling.rate(reported), sampling.rate(verbatim), change, standing, both))
    return found


def _standing(reported: Sample, verbatim: Sample, change: Change) -> Standing:
    few = min(reported.denominator, verbatim.denominator) < FEWEST_CONVERSATIONS
    if few or change.p is None or change.q is None or change.difference is None:
        return "too few"
    if change.q <= FALSE_DISCOVERY_RATE and change.p <= 1 - LEVEL:
        return "reps more" if change.difference > 0 else "buyers more"
    if change.p <= 1 - LEVEL:
        # Clear if it were the only theme; among so many, one as clear as this comes by chance.
        return "perhaps reps" if change.difference > 0 else "perhaps buyers"
    if change.low is not None and change.high is not None:
        return "no difference" if max(-change.low, change.high) < SMALLEST_CHANGE_THAT_MATTERS else "too few"
    return "too few"


def paired(pairs: int, notes: int, buyers: int, both: int) -> Paired:
    """Compare the two ways within pairs: the exact test of McNemar (1947), and the adjusted Wald interval of Agresti
    and Min (2005), which adds half a pair to each cell."""
    if not pairs:
        return Paired(0, 0, 0, 0, None, None, None, None)
    z = NormalDist().inv_cdf(1 - (1 - LEVEL) / 2)
    n, b, c = pairs + 2, notes + 0.5, buyers + 0.5
    middle = (b - c) / n
    reach = z * sqrt((b + c) / n - middle**2) / sqrt(n)
    apart = notes + buyers
    least = min(notes, buyers)
    p = min(1.0, 2 * sum(comb(apart, k) for k in range(least + 1)) / 2**apart) if apart else 1.0
    low, high = max(-1.0, middle - reach), min(1.0, middle + reach)
    return Paired(pairs, notes, buyers, both, (notes - buyers) / pairs, low, high, p)
