"""The shares of a theme in many windows at once: figure for figure what `insights.sampling.rate` says of each by
itself.

What one would get wrong: the terms of a window are added one by one in the order in which they are given, and results
are rounded as there, so that a report says the same to the last digit whichever of the two counted it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from insights import sampling, trends
from insights.sampling import Rate, Sample, Sums

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Windows:
    """What is known of k windows before a theme is counted in them, as arrays of length k: conversations, accounts, the
    sums of `sampling.Sums`; and how many standard errors an interval reaches."""

    total: Array
    accounts: Array
    squares: Array
    leverage: Array
    reach: Sequence[float]


def windows(sums: Sequence[Sums], accounts: Sequence[int]) -> Windows:
    """Put together from the windows' sums and numbers of accounts."""
    reach = [sampling.quantile(Sample({}, {}, one)) if one.total else 0.0 for one in sums]
    total, squares, leverage = (
        np.array(column, float)
        for column in ([s.total for s in sums], [s.squares for s in sums], [s.leverage for s in sums])
    )
    return Windows(total, np.array(accounts, float), squares, leverage, reach)


def rates(among: Windows, window: Array, carrying: Array, size: Array) -> tuple[Rate, ...]:
    """The k shares with their intervals. `window`, `carrying` and `size` (n,) are of an account each: which window, how
    many of its conversations carry the theme (one at least), how many it has there."""
    how_many = len(among.total)
    hits = np.bincount(window, carrying, how_many)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = hits / among.total
        expected = share[window] * size
        off, others = carrying - expected, among.total[window] - size
        # What carries nothing is in `leverage` already. `bincount` adds one by one, in this order.
        first = share * share * among.leverage
        terms = np.concatenate([first, (off * off - expected * expected) / (others * others)])
        moved = np.bincount(np.concatenate([np.arange(how_many), window]), terms, how_many)
        variance = (among.accounts - 1) / among.accounts * moved
        measured = variance * (among.total - 1) / (share * (1 - share))
        assumed = 1 + sampling.ASSUMED_CORRELATION * (among.squares / among.total - 1)
    columns = (hits, among.total, among.accounts, share, measured, assumed)
    rows = zip(*(column.tolist() for column in columns), among.reach, strict=True)
    return tuple(_rate(int(hit), int(total), *rest) for hit, total, *rest in rows)


def _rate(hits: int, total: int, accounts: float, share: float, measured: float, assumed: float, reach: float) -> Rate:
    if not total:
        return Rate(0, 0, None, None)
    if accounts < 2:
        effect = float(total)  # a single account is one observation, however often it speaks
    elif share in (0.0, 1.0):
        effect = assumed
    else:
        effect = max(1.0, round(measured, 9))
    return Rate(hits, total, *trends.wilson(share, total / effect, reach))
