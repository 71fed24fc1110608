"""What growth asks of themes: which have become one, which are heard no more, and which are heard again.

Nothing is changed here. What one would get wrong: two themes are alike by their members' pairs, not by their centres
alone; the centres of two loose themes are always near to each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from insights.names import ranking
from insights.themes import ThemeState

ALIKE = 0.85  # pairs between two themes over pairs within them, from which on they may be one
# Less alike, they may be one only where they also say it in the same words, and where nearly all of their label is one
# thing: what is asked of capabilities, or is missing, is many things in much the same words.
LESS_ALIKE, WORDS_IN_COMMON = 0.55, 0.2
ONE_THING = frozenset(["price", "budget", "timing", "authority", "status_quo", "pricing"])
GROWN = 1.5  # times its size that a theme must have reached before it is looked at again
LEAST_GROWTH = 20
SILENT_DAYS = 365
HEARD_AGAIN = 3  # conversations that bring a retired theme back into mind
AGAIN = 2  # times the size at which a proposal that was dismissed may be made again


@dataclass(frozen=True, slots=True)
class Alike:
    """Two themes that may be one: the ids, the larger first, and how alike they are (1: no telling them apart)."""

    into: str
    other: str
    ratio: float


def merges(themes: Sequence[ThemeState], *, least: float = ALIKE, once: bool = True) -> list[Alike]:
    """Pairs of unpinned themes that are as alike as each is in itself, the most alike first; each theme once, or,
    without `once`, at most once as the one that would go.

    Alike is the mean cosine of their pairs over the geometric mean of the pairs within each, as in `graph.merged`: with
    centres c, mean lengths t and sizes n, t₁t₂c₁·c₂ over the root of the product of (nt² - 1) / (n - 1).
    """
    usable = sorted((t for t in themes if t.size > 1 and not t.pinned and len(t.centroid)), key=lambda t: t.id)
    if len(usable) < 2:
        return []
    length = np.array([t.tightness for t in usable])
    size = np.array([t.size for t in usable], dtype=float)
    within = np.maximum((size * length**2 - 1) / (size - 1), 1e-6)
    means = np.stack([t.centroid for t in usable]).astype(np.float64) * length[:, None]
    ratio = np.triu(np.round(means @ means.T / np.sqrt(np.outer(within, within)), 4), 1)
    found: list[Alike] = []
    taken: set[int] = set()
    for first, second in sorted(zip(*np.nonzero(ratio >= least), strict=True), key=lambda at: (-ratio[at], at)):
        into, other = sorted((first, second), key=lambda at: (-usable[at].size, usable[at].id))
        if not ({into, other} if once else {other}) & taken:
            taken |= {into, other} if once else {other}
            found.append(Alike(usable[into].id, usable[other].id, min(1.0, float(ratio[first, second]))))
    return found


def words_in_common(one: Sequence[str], other: Sequence[str]) -> float:
    """How much of their words two groups of texts share, in [0, 1]: of the stems that name something, each by the share
    of texts that have it, against the group that says fewer of them."""
    mine, theirs = (
        {s: n for s, n in ranking.count(g, None).shares.items() if ranking.naming([s])} for g in (one, other)
    )
    fewer = min(sum(mine.values()), sum(theirs.values()))
    # In one order, so that sums are the same to the last bit.
    return sum(min(mine[stem], theirs[stem]) for stem in sorted(mine.keys() & theirs.keys())) / fewer if fewer else 0.0


def has_grown(size: int, looked_at: int) -> bool:
    """Whether a theme is so much larger than when it was last looked at that it may have come to hold two things."""
    return size >= max(GROWN * looked_at, looked_at + LEAST_GROWTH)


def is_silent(last: str, newest: str) -> bool:
    """Whether a theme last heard on one ISO day is old news on another; unknown days tell nothing."""
    if not last or not newest:
        return False
    return date.fromisoformat(newest) - date.fromisoformat(last) > timedelta(days=SILENT_DAYS)


def silent_before(newest: str) -> str:
    """The first ISO day on which a theme must have been heard not to be old news on this one."""
    return (date.fromisoformat(newest) - timedelta(days=SILENT_DAYS)).isoformat()


def is_news(size: int, decided: int | None) -> bool:
    """Whether a proposal of this size may be made, where one like it was decided when it had `decided` quotes."""
    return decided is None or size >= AGAIN * decided
