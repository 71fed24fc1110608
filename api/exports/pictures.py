"""A Document's charts as Vega-Lite specifications for paper: lines with their intervals, side by side, or bars."""

from api import charts
from api.charts import PRINT
from api.exports.document import Chart, Series, printable

COLOURS = ("#3d5a98", "#c2703d", "#4d8a6a", "#8b5a99", "#a88f2d", "#5f6b7a")
MOST_SERIES = len(COLOURS)
MOST_BARS = 24
LONGEST_LABEL = 56
LONGEST_NAME = 300  # Pixels for the names beside bars.
PAPER = 640
LETTER = 7  # Pixels that a letter of a label takes, about.
FORMATS = {"share": ".0%", "count": ",.0f", "ratio": ".2f", "points": "+.0%"}


def svg(chart: Chart, *, width: int = 720) -> str:
    """The chart as SVG text, without inline style or script."""
    return charts.svg(specification(chart, width=width))


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
        return {**charts.base(PRINT, None, None), **known, **_side_by_side(chart, values, len(series), width)}
    colour = {
        "field": "series", "type": "nominal", "title": None, "sort": None,
        "scale": {"domain": list(range(len(names))), "range": list(COLOURS[: len(names)])},
        "legend": None if len(names) == 1 else {"orient": "bottom", "columns": 2, "labelExpr": "series_names[datum.value]", "labelLimit": width // 2 - 40, "symbolType": "square"},
    }  # fmt: skip
    base = charts.base(PRINT, width, max(60, 26 * len(_labels(chart)) * len(names)))
    return {**base, **known, "encoding": {"color": colour}, "layer": _bars(chart)}


def _side_by_side(chart: Chart, values: list[dict], many: int, width: int) -> dict:
    """Each line in a picture of its own with its interval: six in one are a knot that nobody reads."""
    columns = max(1, min(2, many))  # on paper names are read in full
    cell = (width - 44 - charts.GAP * (columns - 1)) // columns
    header = {
        "title": None, "labelAnchor": "start", "labelFontSize": 12, "labelFontWeight": 600, "labelColor": PRINT.ink,
        "labelFont": PRINT.font, "labelLimit": cell, "labelPadding": 8, "labelExpr": "series_names[datum.value]",
        "labels": many > 1,
    }  # fmt: skip
    layers = [*_lines(chart, values, cell), *_happened(chart)]
    return {
        "facet": {"field": "series", "type": "ordinal", "sort": None, "header": header},
        "columns": columns,
        "spacing": {"row": 26, "column": charts.GAP},
        "spec": {
            "width": cell, "height": 92 if many > 1 else 230, "layer": layers,
            "encoding": {"color": {"value": PRINT.accent}},
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
                "stroke": PRINT.accent,
                "strokeWidth": 2,
                "size": 46,
                "opacity": 1,
            },
            "encoding": {"x": x, "y": y},
        },
    ]
    if any(value["low"] is not None for value in values):
        band = {"type": "area", **gaps}
        plain = {"value": PRINT.band}
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
    rule = {"type": "rule", "color": PRINT.soft, "strokeWidth": 1, "strokeDash": [2, 2]}
    text = {
        "type": "text", "color": PRINT.ink, "fontSize": 10, "fontWeight": 600, "align": "left", "dx": 3, "dy": 4,
        "baseline": "top",
    }  # fmt: skip
    plain = {"color": {"value": PRINT.ink}}
    return [
        {"data": {"values": values}, "mark": rule, "encoding": {"x": x, "color": {"value": PRINT.soft}}},
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
