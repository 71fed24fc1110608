"""Charts of a deck: native and editable, their intervals as error bars, the way to what is not final dashed."""

from math import ceil
from typing import Any

from api.exports.document import Chart, Series, one_line
from api.exports.pictures import COLOURS, reaches

FONT, LINE = "Calibri", "E3E4E6"
MOST_SERIES, MOST_BARS, MOST_LABELS = 6, 14, 12
LONGEST_SERIES = 64
STEPS, MOST_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2), 8
FORMATS = {"share": "0%", "count": "#,##0", "ratio": "0.00", "points": "+0%;-0%;0%"}


def draw(slide: Any, chart: Chart, *, left: float, top: float, width: float, height: float) -> None:
    """The chart as PowerPoint's own, in this place of a slide (inches); its values are in the workbook behind it."""
    from pptx.chart.data import CategoryChartData
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
    from pptx.util import Inches, Pt

    kept = slice(None) if chart.kind == "line" else slice(MOST_BARS)
    data = CategoryChartData(number_format=FORMATS[chart.axis])
    labels = list(chart.marked[kept])
    if chart.unfinished and labels:
        labels[-1] = f"{labels[-1]} so far"
    data.categories = [one_line(label, LONGEST_SERIES) for label in labels]
    for series in chart.series[:MOST_SERIES]:
        data.add_series(one_line(series.name, LONGEST_SERIES), series.values[kept])
    form = XL_CHART_TYPE.LINE if chart.kind == "line" else XL_CHART_TYPE.BAR_CLUSTERED
    frame = slide.shapes.add_chart(form, Inches(left), Inches(top), Inches(width), Inches(height), data)
    frame.name = one_line(chart.title, 200)
    frame._element.nvGraphicFramePr.cNvPr.set("descr", one_line(f"{chart.title}. The figures are in the notes.", 400))
    drawn: Any = frame.chart
    drawn.font.size, drawn.font.name = Pt(12), FONT
    drawn.has_title = False
    drawn.has_legend = len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    drawn.value_axis.tick_labels.number_format = FORMATS[chart.axis]
    drawn.value_axis.tick_labels.number_format_is_linked = False
    drawn.value_axis.major_gridlines.format.line.color.rgb = RGBColor.from_string(LINE)
    drawn.value_axis.format.line.fill.background()
    if chart.axis in ("share", "count"):
        drawn.value_axis.minimum_scale = 0
    if chart.axis == "share" and (chart.kind == "bar" or len(chart.series) == 1):
        drawn.value_axis.maximum_scale, drawn.value_axis.major_unit = _scale(chart, kept)
    # Names stand at the edge, also beside bars to the left of nought.
    drawn.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    drawn.category_axis.tick_labels.font.size = Pt(11)
    drawn.category_axis._element.txPr.bodyPr.set("rot", "0")
    if chart.kind == "line" and len(labels) > MOST_LABELS:
        _every(drawn.category_axis, -(-len(labels) // MOST_LABELS))
    if chart.kind == "bar":
        drawn.category_axis.reverse_order = True
        drawn.value_axis._element.find("c:crosses", drawn.value_axis._element.nsmap).set("val", "max")
        drawn.plots[0].gap_width = 60
    for colour, series in zip(COLOURS, drawn.plots[0].series, strict=False):
        rgb = RGBColor.from_string(colour.lstrip("#").upper())
        if chart.kind == "line":
            series.smooth = False
            series.format.line.color.rgb, series.format.line.width = rgb, Pt(2.25)
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = rgb
            series.marker.format.line.color.rgb = rgb
        else:
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = rgb
    if chart.unfinished and chart.kind == "line":
        _dashed(drawn.plots[0].series, len(labels) - 1)
    if chart.kind == "bar" or len(chart.series) == 1:
        for series, shown in zip(chart.series, drawn.plots[0].series, strict=False):
            _intervals(shown, series, kept, chart.kind)


def _scale(chart: Chart, kept: slice) -> tuple[float, float]:
    """Where an axis of shares ends, and its steps: programs end it at the longest bar and cut its interval off."""
    ends = [
        end for one in chart.series[:MOST_SERIES] for end in (*(one.values[kept]), *((one.high or ())[kept])) if end
    ]
    last = max(ends, default=1.0)
    step = next((step for step in STEPS if last <= MOST_STEPS * step), STEPS[-1])
    return round(step * ceil(round(last / step, 6)), 6), step


def _every(axis: Any, step: int) -> None:
    """Every so many labels only, level: python-pptx 1.0 has no setting for it. The schema wants it before
    noMultiLvlLbl."""
    from lxml import etree

    element = axis._element
    mark = etree.SubElement(element, f"{{{element.nsmap['c']}}}tickLblSkip")
    mark.set("val", str(step))
    if (last := element.find("c:noMultiLvlLbl", element.nsmap)) is not None:
        last.addprevious(mark)


def _dashed(shown: Any, last: int) -> None:
    """The way to a point that is not final."""
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    for series in shown:
        line = series.points[last].format.line
        line.color.rgb, line.width, line.dash_style = series.format.line.color.rgb, Pt(1.75), MSO_LINE.SQUARE_DOT


def _intervals(shown: Any, series: Series, kept: slice, kind: str) -> None:
    """Intervals as error bars, which python-pptx 1.0 cannot draw. The schema wants them before the categories."""
    from lxml import etree

    if not series.low or not series.high:
        return
    element, space = shown._element, shown._element.nsmap["c"]
    ends = list(zip(*reaches(series), strict=True))[kept]
    bars = etree.Element(f"{{{space}}}errBars")
    settings = (("errDir", "y"),) * (kind == "line") + (
        ("errBarType", "both"),
        ("errValType", "cust"),
        ("noEndCap", "0"),
    )
    for name, value in settings:
        etree.SubElement(bars, f"{{{space}}}{name}").set("val", value)
    for name, end in (("plus", 0), ("minus", 1)):
        numbers = etree.SubElement(etree.SubElement(bars, f"{{{space}}}{name}"), f"{{{space}}}numLit")
        etree.SubElement(numbers, f"{{{space}}}ptCount").set("val", str(len(ends)))
        for n, pair in enumerate(ends):
            if pair[end]:
                point = etree.SubElement(numbers, f"{{{space}}}pt")
                point.set("idx", str(n))
                etree.SubElement(point, f"{{{space}}}v").text = repr(pair[end])
    element.find("c:cat", element.nsmap).addprevious(bars)
