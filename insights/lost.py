"""How a theme goes with lost deals: an odds ratio with its interval, over all themes tested together. Association only.

What one would get wrong: an outcome is the deal's, so a deal counts once however often it was spoken with.
"""

from collections.abc import Sequence
from math import exp, log, sqrt
from statistics import NormalDist

from insights.priority import Lost
from insights.trends import FALSE_DISCOVERY_RATE, FEWEST_CASES, LEVEL, adjusted

FEWEST_DEALS = 5  # lost ones, and as many won ones

Counts = tuple[int, int, int, int]  # lost with the theme, lost in all, won with the theme, won in all


def associations(counts: Sequence[Counts]) -> list[Lost]:
    """Judge themes by the deals that carry them. `low` is there only where the theme is heard more in lost deals than
    chance would explain, over all of them (Benjamini and Hochberg 1995).

    The odds ratio is Gart's (1966), with a half added to each count, and has a logit interval.
    """
    told = [_logit(*one) for one in counts]
    q = adjusted([None if one is None else 2 * NormalDist().cdf(-abs(one[0] / one[1])) for one in told])
    return [
        Lost(one[0], one[1], _low(logit) if logit and p is not None and p <= FALSE_DISCOVERY_RATE else None)
        for one, logit, p in zip(counts, told, q, strict=True)
    ]


def _logit(lost_with: int, lost: int, won_with: int, won: int) -> tuple[float, float] | None:
    """The log odds ratio and its standard error, None where there is too little to tell."""
    if min(lost, won) < FEWEST_DEALS or lost_with + won_with < FEWEST_CASES:
        return None
    cells = [n + 0.5 for n in (lost_with, lost - lost_with, won_with, won - won_with)]
    return log(cells[0] * cells[3] / (cells[1] * cells[2])), sqrt(sum(1 / n for n in cells))


def _low(logit: tuple[float, float]) -> float:
    return exp(logit[0] - NormalDist().inv_cdf(1 - (1 - LEVEL) / 2) * logit[1])
