"""Before and after a page was published: the theme's change, and the change beyond what all other themes did meanwhile.

What one would get wrong: a theme that fell after a page went live may have fallen with everything else, because
conversations became shorter. So the other themes are the comparison. All of it is association, not effect.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from insights import sampling, trends
from insights.sampling import LEVEL, Sample
from insights.trends import Trend

FEWEST_ACCOUNTS = 10  # a jackknife over fewer says little


@dataclass(frozen=True, slots=True)
class Heard:
    """A conversation of one of the windows: whether it came after, whether it carries the theme, how many others it
    does."""

    id: str
    account: str
    after: bool
    carries: bool
    others: int


@dataclass(frozen=True, slots=True)
class Beyond:
    """The theme's share after, minus what it would be had it moved in proportion as all other themes did; with its 95 %
    interval. `expected` is that share. All None where it cannot be told."""

    expected: float | None
    difference: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`trend` compares the two windows (current is after). `needed` is how many conversations a window needs to see the
    share fall by half, None where both have as many."""

    trend: Trend
    beyond: Beyond
    needed: int | None


def compare(publications: Iterable[Sequence[Heard]]) -> list[Comparison]:
    """Judge the conversations of two equal windows around each publication, all publications tested together."""
    every = list(publications)
    pairs = [
        tuple(sampling.sample((h.id, h.account, h.carries) for h in rows if h.after == late) for late in (False, True))
        for rows in every
    ]
    judged = trends.trends([(before, after) for before, after in pairs])
    return [
        Comparison(trend, beyond(rows), needed_for_half(before, after))
        for rows, (before, after), trend in zip(every, pairs, judged, strict=True)
    ]


def needed_for_half(before: Sample, after: Sample) -> int | None:
    """Conversations a window to see half of the share before go, with a power of 80 %; None where there are as many."""
    base = before.numerator / before.denominator if before.denominator else 0.0
    if not base:
        return None
    needed = trends.conversations_needed(base / 2, difference=base / 2) * sampling.design_effect(before)
    return ceil(needed) if min(before.denominator, after.denominator) < needed else None


def beyond(rows: Sequence[Heard]) -> Beyond:
    """Difference in differences on the scale of ratios: after - before x (others after / others before).

    Multiplicative parallel trends (Mullahy 1999; Wooldridge 2023, "Simple approaches to nonlinear
    difference-in-differences"): had nothing happened, the theme would have moved in proportion as all others together.
    The interval is a jackknife over accounts (Efron and Stein 1981), with Student's t on their number less one.
    """
    sums: dict[str, list[int]] = {}
    for h in rows:
        at = sums.setdefault(h.account or f"\0{h.id}", [0] * 6)
        shift = 3 * h.after
        at[shift] += 1
        at[shift + 1] += h.carries
        at[shift + 2] += h.others
    total = [sum(column) for column in zip(*sums.values(), strict=True)] if sums else [0] * 6
    value = _beyond(total)
    if value is None or len(sums) < FEWEST_ACCOUNTS:
        return Beyond(None, None, None, None)
    left = [_beyond([t - s for t, s in zip(total, of, strict=True)]) for of in sums.values()]
    known = [v for v in left if v is not None]
    if len(known) < len(left):  # it hangs on one account
        return Beyond(None, None, None, None)
    from scipy.special import stdtrit

    n, mean = len(known), sum(known) / len(known)
    error = sqrt((n - 1) / n * sum((v - mean) ** 2 for v in known))
    arm = float(stdtrit(n - 1, 1 - (1 - LEVEL) / 2)) * error
    expected = total[4] / total[3] - value
    return Beyond(min(1.0, expected), value, max(-1.0, value - arm), min(1.0, value + arm))


def _beyond(sums: Sequence[int]) -> float | None:
    n1, hits1, others1, n2, hits2, others2 = sums
    if not n1 or not n2 or not others1:
        return None
    return hits2 / n2 - hits1 / n1 * (others2 / n2) / (others1 / n1)
