"""Tiny inline pictures: a row's course as a sparkline, a share with its interval as a bar. Geometry only."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from insights.periods import Period
from insights.sampling import Rate

WIDTH, HEIGHT, EDGE = 104.0, 26.0, 3.0
BAR_WIDTH = 120.0
FEWEST_FOR_POINT = 5


@dataclass(frozen=True, slots=True)
class Spark:
    """`line` and `tail` are SVG path data; the tail leads to the unfinished period's open point, if there is one."""

    line: str
    tail: str
    end: tuple[float, float] | None
    complete: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """Positions in [0, BAR_WIDTH]: the interval from `low` to `high` and the share itself at `share`."""

    low: float
    width: float
    share: float


def spark(series: Sequence[Rate], periods: Sequence[Period]) -> Spark:
    """Periods with fewer than five conversations are gaps: a line through them would only show chance."""
    shares = [rate.share if rate.denominator >= FEWEST_FOR_POINT else None for rate in series]
    top = max((s for s in shares if s is not None), default=0.0) or 1.0
    step = (WIDTH - 2 * EDGE) / max(1, len(shares) - 1)
    points = [
        None if s is None else (round(EDGE + n * step, 1), round(HEIGHT - EDGE - s / top * (HEIGHT - 2 * EDGE), 1))
        for n, s in enumerate(shares)
    ]
    known = [n for n, point in enumerate(points) if point]
    if not known:
        return Spark("", "", None, True)
    open_end = not periods[known[-1]].complete
    solid = points[: known[-1]] if open_end else points
    tail = [points[known[-2]], points[known[-1]]] if open_end and len(known) > 1 and known[-2] == known[-1] - 1 else []
    return Spark(path(solid), path(tail), points[known[-1]], not open_end)


def bar(rate: Rate, scale: float) -> Bar | None:
    """Where a share and its interval lie when `scale` is the share at the right end."""
    if rate.share is None or rate.low is None or rate.high is None:
        return None
    low, high, share = (min(1.0, value / scale) * BAR_WIDTH for value in (rate.low, rate.high, rate.share))
    return Bar(round(low, 1), round(max(2.0, high - low), 1), round(min(share, BAR_WIDTH - 2), 1))


@dataclass(frozen=True, slots=True)
class OddsBar:
    """An odds ratio on a logarithmic scale from an eighth to eight times, 1 in the middle; positions in [0,
    BAR_WIDTH]."""

    low: float
    width: float
    ratio: float


def odds(ratio: float | None, low: float | None, high: float | None) -> OddsBar | None:
    """Where an odds ratio and its interval lie; None without one."""
    if not ratio or not low or not high:
        return None
    begin, end, at = (min(1.0, max(0.0, 0.5 + log2(value) / 6)) * BAR_WIDTH for value in (low, high, ratio))
    return OddsBar(round(begin, 1), round(max(2.0, end - begin), 1), round(min(at, BAR_WIDTH - 2), 1))


def path(points: Sequence[tuple[float, float] | None]) -> str:
    """SVG path data of a line; None is a gap in it."""
    parts, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
        else:
            parts.append(f"{pen}{point[0]} {point[1]}")
            pen = "L"
    return "".join(parts)
