"""Charts as Vega-Lite specifications, drawn once for pages and exports. A chart never says more than its table."""

import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from threading import Lock
from typing import Any

from api.exports.document import printable
from api.wording import words
from insights import annotating
from insights.annotating import Mark
from insights.periods import Period
from pipelines.report import Row, TrendReport

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
FONT = "Inter, Liberation Sans, Arial, sans-serif"
FEWEST_FOR_SCALE = 10
MOST_TICKS = 7
GAP = 56
_DRAWING = tuple(Lock() for _ in range(64))  # by what is drawn


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by what they are for. On pages they are CSS variables, so that a chart follows light and dark mode."""

    ink: str
    soft: str
    line: str
    accent: str
    band: str
    surface: str
    font: str


PAGE = Palette("var(--ink)", "var(--soft)", "var(--line)", "var(--accent)", "var(--band)", "var(--surface)", "inherit")
PRINT = Palette("#1d1f23", "#62666d", "#e3e4e6", "#3d5a98", "#d5deef", "#ffffff", FONT)


def theme(
    report: TrendReport, row: Row, *, palette: Palette = PRINT, width: int = 760, height: int = 240,
    marks: Sequence[Mark] = ()
) -> dict:  # fmt: skip
    """One theme over time: its share, its interval as a band, the unfinished period as an open point, and what
    happened."""
    top = _top([row])
    layers = _layers(report.periods, report.step, palette, width, top)
    layers = _marked(layers, _mark_values(report, [row], marks), palette, top)
    values = [*_values(report, row), *_mark_values(report, [row], marks)]
    return {**base(palette, width, height), "data": {"values": values}, "layer": layers}


def themes(
    report: TrendReport, rows: Sequence[Row], *, palette: Palette = PRINT, width: int = 760, columns: int = 3,
    marks: Sequence[Mark] = (),
) -> dict:  # fmt: skip
    """Some themes over time side by side on one scale: small pictures that can be compared, no knot of lines."""
    columns = min(columns, len(rows))
    cell = (width - 44 - GAP * (columns - 1)) // columns
    noted = _mark_values(report, rows, marks)
    values = [*(value for row in rows for value in _values(report, row)), *noted]
    layers = _marked(_layers(report.periods, report.step, palette, cell, _top(rows)), noted, palette, _top(rows))
    header = {
        "title": None, "labelAnchor": "start", "labelFontSize": 12, "labelFontWeight": 600, "labelColor": palette.ink,
        "labelFont": palette.font, "labelLimit": cell, "labelPadding": 8,
    }  # fmt: skip
    facet = {
        "field": "theme",
        "type": "nominal",
        "header": header,
        "sort": list(dict.fromkeys(v["theme"] for v in values)),
    }
    return {
        **base(palette, None, None),
        "data": {"values": values},
        "facet": facet,
        "columns": columns,
        "spacing": {"row": 26, "column": GAP},
        "spec": {"width": cell, "height": 92, "layer": layers},
    }


def svg(specification: dict) -> str:
    """Draw a specification as SVG text without any inline style or script."""
    text = json.dumps(_drawable(specification), sort_keys=True)
    with _DRAWING[hash(text) % len(_DRAWING)]:  # who asks for the same waits for it instead of drawing it again
        return _svg(text)


def png(specification: dict, *, scale: float = 2) -> bytes:
    import vl_convert

    return vl_convert.vegalite_to_png(_drawable(specification), scale=scale)


@lru_cache(maxsize=96)  # a drawing and what it is made of are 160 kB
def _svg(specification: str) -> str:
    import vl_convert

    drawn = vl_convert.vegalite_to_svg(specification)
    # Vega counts its clip paths through the life of the process; a page holds several drawings.
    own = zlib.crc32(specification.encode())
    ids = {old: f"c{own:08x}-{n}" for n, old in enumerate(dict.fromkeys(re.findall(r'<clipPath id="([^"]+)"', drawn)))}
    drawn = re.sub(r'(id="|url\(#)(clip\d+)', lambda m: m[1] + ids.get(m[2], m[2]), drawn)
    # The figure's caption and table say it in words; the drawing is not read out.
    return drawn.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def _drawable(part: object) -> Any:
    """Without characters that no XML holds: at one of them the drawing library ends the whole process. A character
    beyond the first 65,536 becomes a box: where the library cuts a long label, it would cut through it and fail."""
    if isinstance(part, str):
        return "".join(letter if letter <= "\uffff" else "▯" for letter in printable(part))
    if isinstance(part, dict):
        return {name: _drawable(value) for name, value in part.items()}
    return [_drawable(value) for value in part] if isinstance(part, list | tuple) else part


def _values(report: TrendReport, row: Row) -> list[dict]:
    values = []
    for n, (period, rate) in enumerate(zip(report.periods, row.series, strict=True)):
        following = report.periods[n + 1] if n + 1 < len(report.periods) else period
        values.append(
            {
                "theme": words.split(report, row), "period": period.label, "share": rate.share,
                "low": rate.low, "high": rate.high, "complete": period.complete,
                # The way from the last finished period to the unfinished one is drawn as not yet sure.
                "tail": not period.complete or not following.complete,
                "window": _window(report, period),
            }
        )  # fmt: skip
    return values


def _window(report: TrendReport, period: Period) -> str:
    """Which of the two windows most of a period lies in, "" for neither."""
    middle = period.start + ((period.end - period.start) // 2)
    for name, one in (("now", report.current), ("before", report.previous)):
        if one.start <= middle <= one.end:
            return name
    return ""


def _layers(periods: Sequence[Period], step: str, palette: Palette, width: int, top: float) -> list[dict]:
    x = {
        "field": "period",
        "type": "ordinal",
        "sort": None,
        "axis": _time_axis(periods, step, width),
        "scale": {"padding": 0.4},
    }
    y_axis = {"format": ".0%", "tickCount": 3, "title": None, "domain": False, "ticks": False, "labelPadding": 6}
    scale = {"domain": [0, top], "nice": False, "clamp": True}
    share = {"field": "share", "type": "quantitative", "axis": y_axis, "scale": scale}
    gaps = {"invalid": "break-paths-filter-domains", "clip": True}
    return [
        {
            "mark": {"type": "area", "color": palette.band, **gaps},
            "encoding": {"x": x, "y": {**share, "field": "low"}, "y2": {"field": "high"}},
        },
        {
            "transform": [{"filter": "datum.complete"}],
            "mark": {"type": "line", "color": palette.accent, "strokeWidth": 2, **gaps},
            "encoding": {"x": x, "y": share},
        },
        {
            "transform": [{"filter": "datum.tail"}],
            "mark": {"type": "line", "color": palette.accent, "strokeWidth": 1.5, "strokeDash": [3, 3], **gaps},
            "encoding": {"x": x, "y": share},
        },
        {
            "transform": [{"filter": "!datum.complete && isValid(datum.share)"}],
            "mark": {"type": "point", "filled": True, "size": 46, "fill": palette.surface, "stroke": palette.accent, "strokeWidth": 2, "opacity": 1},
            "encoding": {"x": x, "y": share},
        },
        *(
            {
                "transform": [{"filter": f"datum.window == '{name}'"}],
                "mark": {"type": "line", "color": colour, "strokeWidth": 4, "strokeCap": "round", "clip": False},
                "encoding": {"x": x, "y": {"value": "height"}},
            }
            for name, colour in (("before", palette.soft), ("now", palette.accent))
        ),
    ]  # fmt: skip


def _mark_values(report: TrendReport, rows: Sequence[Row], marks: Sequence[Mark]) -> list[dict]:
    """What happened, per theme that it concerns: where its line stands, its number, and until when it lasted."""
    labels = [period.label for period in report.periods]
    values: list[dict] = []
    for row in rows:
        mine = annotating.of_theme(marks, row.theme_id)
        numbers = annotating.labels(mine)
        values += [
            {"theme": words.split(report, row), "period": label, "mark": numbers[label]}
            for label in labels
            if label in numbers
        ]
        values += [
            {"theme": words.split(report, row), "period": label, "lasting": mark.number}
            for mark in mine
            if mark.first != mark.last
            for label in labels[labels.index(mark.first) : labels.index(mark.last) + 1]
        ]
    return values


def _marked(layers: list[dict], noted: Sequence[dict], palette: Palette, top: float) -> list[dict]:
    """A thin line with a number at each period in which something happened, and a bar along the top for as long as it
    lasted. Without any, the picture is what it was."""
    if not noted:
        return layers
    said = [
        {**layer, "transform": [{"filter": "!datum.mark && !datum.lasting"}, *layer.get("transform", ())]}
        for layer in layers
    ]
    x = layers[0]["encoding"]["x"]
    line = {
        "transform": [{"filter": "datum.mark"}],
        "mark": {"type": "rule", "color": palette.soft, "strokeWidth": 1, "strokeDash": [2, 2], "opacity": 0.9},
        "encoding": {"x": x},
    }
    number = {
        "transform": [{"filter": "datum.mark"}],
        "mark": {"type": "text", "color": palette.ink, "font": palette.font, "fontSize": 10, "fontWeight": 600, "align": "left", "dx": 3, "dy": 6, "baseline": "top"},
        "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "mark", "type": "nominal"}},
    }  # fmt: skip
    lasting = {
        "transform": [{"filter": "datum.lasting"}],
        "mark": {"type": "line", "color": palette.soft, "strokeWidth": 2, "opacity": 0.7},
        "encoding": {"x": x, "y": {"value": 1}, "detail": {"field": "lasting", "type": "nominal"}},
    }
    return [said[0], line, *said[1:], *([lasting] if any("lasting" in one for one in noted) else ()), number]


def _time_axis(periods: Sequence[Period], step: str, width: int) -> dict:
    room = max(2, min(MOST_TICKS, width // 78))
    every = max(1, ceil((len(periods) - 1) / (room - 1))) if len(periods) > 1 else 1
    shown = [p for n, p in enumerate(periods) if n % every == 0]
    names = {p.label: words.period(p, step) for p in shown}
    return {
        "title": None, "values": list(names), "labelAngle": 0, "ticks": False, "labelPadding": 8, "labelOverlap": False,
        "labelExpr": f"{json.dumps(names)}[datum.value]",
    }  # fmt: skip


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


def base(palette: Palette, width: int | None, height: int | None) -> dict:
    """What every specification opens with: size and style."""
    size = {} if width is None else {"width": width - 48, "height": height}
    axis = {
        "labelColor": palette.soft, "labelFont": palette.font, "labelFontSize": 11, "gridColor": palette.line,
        "domainColor": palette.line, "tickColor": palette.line,
    }  # fmt: skip
    config = {
        "background": None,
        "aria": False,
        "view": {"stroke": None},
        "axis": axis,
        "axisX": {"grid": False},
        "font": palette.font,
    }
    return {"$schema": SCHEMA, "config": config, "padding": 2, **size}
