"""Shares over time as pictures of a page: SVG drawn here. A chart never says more than its table.

What one would get wrong: a library that draws Vega-Lite holds the interpreter for up to a quarter of a second a picture,
and everybody waits for it. So only files have theirs drawn by one (`exports.pictures`); here it takes a millisecond.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10, sqrt

from api.exports.document import printable
from api.sparks import path
from api.wording import words
from insights import annotating
from insights.annotating import Mark
from insights.periods import Period
from pipelines.report import Row, TrendReport

FEWEST_FOR_SCALE = 10
MOST_TICKS = 7
GAP = 56  # between columns; lengths are pixels of a picture that is not scaled
BETWEEN = 52  # rows, a name among them
LEFT, TOP, UNDER = 40, 4, 24  # for the labels of the shares, a stroke at the upper end, the labels of the periods
HEAD = 24
CELL = 92
BEFORE_FIRST = 0.4  # of the way from one period to the next
LETTER = 7.8
LETTERS = {**dict.fromkeys(" !'(),.:;I[]fijlrt|", 4.2), **dict.fromkeys("%@MWmw", 12.0)}  # of a heading, in a wide font
WIDE_FROM = "\u1100"
SMALL = 'font-family="inherit" font-size="11" fill="var(--soft)"'
HEADING = 'font-family="inherit" font-size="12" font-weight="600" fill="var(--ink)"'
NOTE = 'font-family="inherit" font-size="10" font-weight="600" fill="var(--ink)"'
WINDOWS = {"before": "var(--soft)", "now": "var(--accent)"}
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where things lie in a picture: its size, the share at its upper end, and how far right each period is, by
    label."""

    width: int
    height: int
    top: float
    at: dict[str, float]

    def y(self, share: float) -> float:
        return round(self.height * (1 - min(share, self.top) / self.top), 1)

    def points(self, periods: Sequence[Period], shares: Iterable[float | None]) -> list[Point | None]:
        return [
            None if share is None else (self.at[period.label], self.y(share))
            for period, share in zip(periods, shares, strict=True)
        ]


def theme(report: TrendReport, row: Row, *, width: int = 760, height: int = 240, marks: Sequence[Mark] = ()) -> str:
    """One theme over time: its share, its interval as a band, the unfinished period as an open point, and what
    happened."""
    plot = _plot(report, [row], width - LEFT - 8, height)
    parts = [*_shares(plot), *_periods(report, plot), *_course(report, row, plot, marks)]
    return _picture(width, TOP + height + UNDER, _placed(LEFT, TOP, parts))


def themes(
    report: TrendReport, rows: Sequence[Row], *, width: int = 760, columns: int = 3, marks: Sequence[Mark] = ()
) -> str:
    """Some themes over time side by side on one scale: small pictures that can be compared, no knot of lines."""
    columns = min(columns, len(rows))
    plot = _plot(report, rows, (width - LEFT - 4 - GAP * (columns - 1)) // columns, CELL)
    cells = []
    for n, row in enumerate(rows):
        parts = [_name(words.split(report, row), plot.width), *_course(report, row, plot, marks)]
        parts += _shares(plot) if n % columns == 0 else ()
        parts += _periods(report, plot) if n + columns >= len(rows) else ()
        x, y = n % columns * (plot.width + GAP), n // columns * (CELL + BETWEEN)
        cells.append(_placed(LEFT + x, HEAD + y, parts))
    lines = -(-len(rows) // columns)
    return _picture(width, HEAD + lines * CELL + (lines - 1) * BETWEEN + UNDER, "".join(cells))


def _picture(width: int, height: int, drawn: str) -> str:
    """The figure's caption and table say it in words; the drawing is not read out."""
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" aria-hidden="true" focusable="false" fill="none" {size}>{drawn}</svg>'
    )


def _placed(x: float, y: float, parts: Iterable[str]) -> str:
    return f'<g transform="translate({x},{y})">{"".join(parts)}</g>'


def _plot(report: TrendReport, rows: Sequence[Row], width: int, height: int) -> _Plot:
    step = width / (len(report.periods) - 1 + 2 * BEFORE_FIRST)
    at = {period.label: round((n + BEFORE_FIRST) * step, 1) for n, period in enumerate(report.periods)}
    return _Plot(width, height, _top(rows), at)


def _course(report: TrendReport, row: Row, plot: _Plot, marks: Sequence[Mark]) -> Iterator[str]:
    periods, series = report.periods, row.series
    for share in _ticks(plot.top):
        yield f'<path stroke="var(--line)" d="M0 {plot.y(share) + 0.5}H{plot.width}"/>'
    low = plot.points(periods, [rate.low for rate in series])
    high = plot.points(periods, [rate.high for rate in series])
    yield f'<path fill="var(--band)" d="{_band(low, high)}"/>'
    mine = annotating.of_theme(marks, row.theme_id)
    noted = [(plot.at[label], said) for label, said in annotating.labels(mine).items()]
    for x, _ in noted:
        yield f'<path stroke="var(--soft)" stroke-dasharray="2 2" opacity="0.9" d="M{x} 0V{plot.height}"/>'
    points = plot.points(periods, [rate.share for rate in series])
    sure = [one for one, period in zip(points, periods, strict=True) if period.complete]
    yield f'<path stroke="var(--accent)" stroke-width="2" d="{path(sure)}"/>'
    # The way from the last finished period to the unfinished one is drawn as not yet sure.
    tail = [
        one if not period.complete or not following.complete else None
        for one, period, following in zip(points, periods, (*periods[1:], periods[-1]), strict=True)
    ]
    yield f'<path stroke="var(--accent)" stroke-width="1.5" stroke-dasharray="3 3" d="{path(tail)}"/>'
    for one, period in zip(points, periods, strict=True):
        if one and not period.complete:
            yield f'<circle cx="{one[0]}" cy="{one[1]}" r="3.4" fill="var(--surface)" stroke="var(--accent)" stroke-width="2"/>'
    for name, colour in WINDOWS.items():
        within = [plot.at[period.label] for period in periods if _window(report, period) == name]
        if within:
            line = f"M{within[0]} {plot.height}H{within[-1]}"
            yield f'<path stroke="{colour}" stroke-width="4" stroke-linecap="round" d="{line}"/>'
    for mark in mine:
        if mark.first != mark.last:
            line = f"M{plot.at[mark.first]} 1H{plot.at[mark.last]}"
            yield f'<path stroke="var(--soft)" stroke-width="2" opacity="0.7" d="{line}"/>'
    for x, said in noted:
        yield f'<text x="{x + 3}" y="14" {NOTE}>{escape(said)}</text>'


def _band(low: Sequence[Point | None], high: Sequence[Point | None]) -> str:
    """The way along the lower ends and back along the upper ones, for as long as both are known."""
    found: list[str] = []
    there: list[Point] = []
    back: list[Point] = []
    for one, other in (*zip(low, high, strict=True), (None, None)):
        if one and other:
            there.append(one)
            back.append(other)
        elif there:
            found.append(f"{path([*there, *reversed(back)])}Z")
            there, back = [], []
    return "".join(found)


def _name(text: str, room: int) -> str:
    return f'<text y="-11" {HEADING}>{escape(_fitting(printable(text), room))}</text>'


def _fitting(text: str, room: float) -> str:
    """As much of a heading as there is room for, by how wide its letters usually are."""
    for n, letter in enumerate(text):
        room -= LETTERS.get(letter, 12.5 if letter >= WIDE_FROM else 9.2 if letter.isupper() else LETTER)
        if room < 0:
            return f"{text[: max(0, n - 2)].rstrip()}…"
    return text


def _shares(plot: _Plot) -> Iterator[str]:
    for share in _ticks(plot.top):
        yield f'<text x="-6" y="{plot.y(share) + 4}" text-anchor="end" {SMALL}>{share:.0%}</text>'


def _periods(report: TrendReport, plot: _Plot) -> Iterator[str]:
    room = max(2, min(MOST_TICKS, plot.width // 78))
    every = max(1, ceil((len(report.periods) - 1) / (room - 1)))
    for period in report.periods[::every]:
        said = escape(words.period(period, report.step))
        yield f'<text x="{plot.at[period.label]}" y="{plot.height + 17}" text-anchor="middle" {SMALL}>{said}</text>'


def _ticks(top: float) -> list[float]:
    """About three round shares from nothing to the upper end."""
    rough = top / 3
    unit = 10 ** floor(log10(rough))
    step = unit * next((n for n, least in ((10, sqrt(50)), (5, sqrt(10)), (2, sqrt(2))) if rough / unit >= least), 1)
    return [n * step for n in range(floor(top / step + 1e-9) + 1)]


def _window(report: TrendReport, period: Period) -> str:
    """Which of the two windows most of a period lies in, "" for neither."""
    middle = period.start + ((period.end - period.start) // 2)
    for name, one in (("now", report.current), ("before", report.previous)):
        if one.start <= middle <= one.end:
            return name
    return ""


def _top(rows: Sequence[Row]) -> float:
    """The upper end of the scale: room for every share, and for intervals that rest on more than a handful."""
    shares = [rate.share for row in rows for rate in row.series if rate.share is not None]
    highs = [
        rate.high
        for row in rows
        for rate in row.series
        if rate.high is not None and rate.denominator >= FEWEST_FOR_SCALE
    ]
    return min(1.0, max(0.05, 1.08 * max([*shares, *highs], default=0.0)))
