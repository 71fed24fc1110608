"""The chances of a two-by-two table with its margins held: Fisher's exact test (Fisher 1935) and the tail behind it.

SciPy has both in `scipy.stats`, which takes three quarters of a second to load and a millisecond a table: a report asks
for hundreds, and a person waits for them right after the start. `tests/insights/test_hypergeometric.py` holds them
together.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

AS_LIKELY = 1 + 1e-7  # what a table may be more likely than the one seen and still count as no likelier, for rounding


@lru_cache(maxsize=8192)
def fisher(hits: int, n: int, other_hits: int, other_n: int) -> float:
    """The two-sided p-value in (0, 1] that `hits` of `n` and `other_hits` of `other_n` come from one share: the chance
    of all tables that are no likelier than this one."""
    first, chances = _chances(hits + other_hits, n, n + other_n)
    return min(1.0, float(chances[chances <= chances[hits - first] * AS_LIKELY].sum()))


@lru_cache(maxsize=8192)
def at_least(both: int, *, mine: int, other: int, total: int) -> float:
    """The chance in [0, 1] that `both` or more of `mine` are among the `other` ones, drawn from `total`: Fisher's
    one-sided test too, where `other` are the hits of both groups and `mine` is the size of one."""
    first, chances = _chances(other, mine, total)
    return min(1.0, float(chances[max(0, both - first) :].sum()))


def _chances(hits: int, n: int, total: int) -> tuple[int, NDArray[np.float64]]:
    """Of `n` drawn from `total` with `hits` among them: the smallest number of hits that there can be, and the chance
    of it and of each greater one, up to the greatest."""
    from scipy.special import gammaln

    first = max(0, hits + n - total)
    drawn = np.arange(first, min(hits, n) + 1)
    ways = -sum(gammaln(rest + 1) for rest in (drawn, n - drawn, hits - drawn, total - n - hits + drawn))
    likely = np.exp(ways - ways.max())
    return first, likely / likely.sum()
