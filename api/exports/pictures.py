"""A Document's charts as Vega-Lite specifications for paper: lines with their intervals, side by side, or bars."""

import json
import re
import zlib
from functools import lru_cache
from threading import Lock
from typing import Any

from api.charts import GAP
from api.exports.document import Chart, Series, printable

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
FONT = "Inter, Liberation Sans, Arial, sans-serif"
INK, SOFT, LINE, ACCENT, BAND = "#1d1f23", "#62666d", "#e3e4e6", "#3d5a98", "#d5deef"
COLOURS = ("#3d5a98", "#c2703d", "#4d8a6a", "#8b5a99", "#a88f2d", "#5f6b7a")
MOST_SERIES = len(COLOURS)
MOST_BARS = 24
LONGEST_LABEL = 56
LONGEST_NAME = 300  # Pixels for the names beside bars.
PAPER = 640
LETTER = 7  # Pixels that a letter of a label takes, about.
FORMATS = {"share": ".0%", "count": ",.0f", "ratio": ".2f", "points": "+.0%"}
_DRAWING = tuple(Lock() for _ in range(64))  # by what is drawn


def svg(chart: Chart, *, width: int = 720) -> str:
    """The chart as SVG text, without inline style or script."""
    text = json.dumps(_drawable(specification(chart, width=width)), sort_keys=True)
    with _DRAWING[hash(text) % len(_DRAWING)]:  # who asks for the same waits for it instead of drawing it again
        return _svg(text)


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


def on_paper(chart: Chart) -> str:
    """The chart for a page of 178 mm: its letters, of 11 pixels, have 7 points there and more."""
    longest = max((len(_short(label)) for label in _labels(chart)), default=0)
    return svg(chart, width=PAPER - (min(LONGEST_NAME, LETTER * longest) if chart.kind == "bar" else 0))


def specification(chart: Chart, *, width: int = 720) -> dict:
    """The first six series: bars in one picture, a colour each, and lines side by side on one scale, as on the page; an
    unfinished last point is open, and the way to it dashed."""
    series = chart.series[:MOST_SERIES]
    values = [value for at, one in enumerate(series) for value in _values(chart, at, one)]
    names = [printable(one.name) for one in series]
    # Two themes may have one name, or names that are alike once they are cut: what counts is which, not what it is called.
    called = [
        {"name": "series_names", "value": names},
        {"name": "label_names", "value": [_short(label) for label in chart.labels]},
    ]
    known = {"params": called, "data": {"values": values}}
    if chart.kind == "line":
        return {**_base(), **known, **_side_by_side(chart, values, len(series), width)}
    colour = {
        "field": "series", "type": "nominal", "title": None, "sort": None,
        "scale": {"domain": list(range(len(names))), "range": list(COLOURS[: len(names)])},
        "legend": None if len(names) == 1 else {"orient": "bottom", "columns": 2, "labelExpr": "series_names[datum.value]", "labelLimit": width // 2 - 40, "symbolType": "square"},
    }  # fmt: skip
    base = _base(width, max(60, 26 * len(_labels(chart)) * len(names)))
    return {**base, **known, "encoding": {"color": colour}, "layer": _bars(chart)}


def _base(width: int | None = None, height: int | None = None) -> dict:
    """What every specification opens with: size and style."""
    size = {} if width is None else {"width": width - 48, "height": height}
    axis = {
        "labelColor": SOFT, "labelFont": FONT, "labelFontSize": 11, "gridColor": LINE, "domainColor": LINE,
        "tickColor": LINE,
    }  # fmt: skip
    config = {
        "background": None,
        "aria": False,
        "view": {"stroke": None},
        "axis": axis,
        "axisX": {"grid": False},
        "font": FONT,
    }
    return {"$schema": SCHEMA, "config": config, "padding": 2, **size}


def _side_by_side(chart: Chart, values: list[dict], many: int, width: int) -> dict:
    """Each line in a picture of its own with its interval: six in one are a knot that nobody reads."""
    columns = max(1, min(2, many))  # on paper names are read in full
    cell = (width - 44 - GAP * (columns - 1)) // columns
    header = {
        "title": None, "labelAnchor": "start", "labelFontSize": 12, "labelFontWeight": 600, "labelColor": INK,
        "labelFont": FONT, "labelLimit": cell, "labelPadding": 8, "labelExpr": "series_names[datum.value]",
        "labels": many > 1,
    }  # fmt: skip
    layers = [*_lines(chart, values, cell), *_happened(chart)]
    return {
        "facet": {"field": "series", "type": "ordinal", "sort": None, "header": header},
        "columns": columns,
        "spacing": {"row": 26, "column": GAP},
        "spec": {
            "width": cell, "height": 92 if many > 1 else 230, "layer": layers,
            "encoding": {"color": {"value": ACCENT}},
        },
    }  # fmt: skip


def reaches(series: Series) -> tuple[list[float], list[float]]:
    """How far each interval reaches above and below its value, for error bars; 0 where there is none."""
    plus, minus = [], []
    for value, low, high in zip(series.values, series.low, series.high, strict=True):
        known = value is not None and low is not None and high is not None
        plus.append(round(abs(high - value), 6) if known else 0.0)  # type: ignore[operator]
        minus.append(round(abs(value - low), 6) if known else 0.0)  # type: ignore[operator]
    return plus, minus


def _labels(chart: Chart) -> tuple[str, ...]:
    return chart.labels[:MOST_BARS] if chart.kind == "bar" else chart.labels


def _values(chart: Chart, series: int, one: Series) -> list[dict]:
    last = len(chart.labels) - 1
    return [
        {
            "series": series, "at": n, "value": one.values[n],
            "low": one.low[n] if one.low else None, "high": one.high[n] if one.high else None,
            "open": chart.unfinished and n == last, "tail": chart.unfinished and n >= last - 1,
        }
        for n in range(len(_labels(chart)))
    ]  # fmt: skip


def _short(label: str) -> str:
    text = printable(label)
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"


def _lines(chart: Chart, values: list[dict], width: int) -> list[dict]:
    longest = max((len(_short(label)) for label in chart.labels), default=1)
    fitting = max(2, min(8, width // (longest * LETTER + 24)))
    shown = list(range(0, len(chart.labels), max(1, -(-len(chart.labels) // fitting))))
    axis = {
        "title": None,
        "values": shown,
        "labelExpr": "label_names[datum.value]",
        "labelAngle": 0,
        "ticks": False,
        "labelPadding": 8,
    }
    x = {"field": "at", "type": "ordinal", "sort": None, "axis": axis, "scale": {"padding": 0.4}}
    y_axis = {"format": FORMATS[chart.axis], "tickCount": 4, "title": None, "domain": False, "ticks": False}
    y = {"field": "value", "type": "quantitative", "axis": y_axis, "scale": {"zero": True}}
    gaps = {"invalid": "break-paths-filter-domains"}
    layers = [
        {
            "transform": [{"filter": "!datum.open"}],
            "mark": {"type": "line", "strokeWidth": 2, **gaps},
            "encoding": {"x": x, "y": y},
        },
        {
            "transform": [{"filter": "datum.tail"}],
            "mark": {"type": "line", "strokeWidth": 1.5, "strokeDash": [3, 3], **gaps},
            "encoding": {"x": x, "y": y},
        },
        {
            "transform": [{"filter": "datum.open && isValid(datum.value)"}],
            "mark": {
                "type": "point",
                "filled": True,
                "fill": "#ffffff",
                "stroke": ACCENT,
                "strokeWidth": 2,
                "size": 46,
                "opacity": 1,
            },
            "encoding": {"x": x, "y": y},
        },
    ]
    if any(value["low"] is not None for value in values):
        band = {"type": "area", **gaps}
        plain = {"value": BAND}
        layers.insert(
            0, {"mark": band, "encoding": {"x": x, "color": plain, "y": {**y, "field": "low"}, "y2": {"field": "high"}}}
        )
    return layers


def _happened(chart: Chart) -> list[dict]:
    """A thin line and a number at every period in which something happened."""
    at = {label: n for n, label in enumerate(chart.labels)}
    values = [{"at": at[label], "mark": number} for label, number in chart.marks if label in at]
    if not values:
        return []
    x = {"field": "at", "type": "ordinal", "sort": None}
    rule = {"type": "rule", "color": SOFT, "strokeWidth": 1, "strokeDash": [2, 2]}
    text = {
        "type": "text", "color": INK, "fontSize": 10, "fontWeight": 600, "align": "left", "dx": 3, "dy": 4,
        "baseline": "top",
    }  # fmt: skip
    plain = {"color": {"value": INK}}
    return [
        {"data": {"values": values}, "mark": rule, "encoding": {"x": x, "color": {"value": SOFT}}},
        {
            "data": {"values": values}, "mark": text,
            "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "mark", "type": "nominal"}, **plain},
        },
    ]  # fmt: skip


def _bars(chart: Chart) -> list[dict]:
    y = {
        "field": "at", "type": "ordinal", "sort": None,
        "axis": {"title": None, "labelExpr": "label_names[datum.value]", "ticks": False, "labelLimit": LONGEST_NAME, "labelOverlap": False, "labelPadding": 6, "domain": False},
    }  # fmt: skip
    x_axis = {"format": FORMATS[chart.axis], "tickCount": 5, "title": None, "ticks": False}
    x = {"field": "value", "type": "quantitative", "axis": x_axis, "stack": None}
    several = {"yOffset": {"field": "series", "sort": None}} if len(chart.series) > 1 else {}
    bars = {"mark": {"type": "bar", "opacity": 0.85}, "encoding": {"y": y, "x": x, **several}}
    rule = {
        "transform": [{"filter": "isValid(datum.low) && isValid(datum.high)"}],
        "mark": {"type": "rule", "strokeWidth": 1},
        "encoding": {
            "y": y,
            "x": {**x, "field": "low"},
            "x2": {"field": "high"},
            "color": {"value": "#1d1f23"},
            **several,
        },
    }
    return [bars, rule]
