"""Charts of pages: what they show of a report, drawn without inline style; text stays text."""

import re
import sys
from dataclasses import replace
from datetime import date

from api import charts, sparks
from insights.annotating import Happening, Mark
from insights.periods import Period
from insights.sampling import Rate


def test_a_chart_takes_its_colours_from_the_page(report):
    drawn = charts.theme(report, report.rows[0])
    assert 'stroke="var(--accent)"' in drawn
    assert " style=" not in drawn and "<script" not in drawn


def test_a_theme_name_is_text_in_a_chart(report):
    drawn = charts.themes(report, report.rows, width=1600, columns=1)
    assert "<b>" not in drawn and "=HYPERLINK(" in drawn


def test_a_page_needs_no_drawing_library_which_would_hold_everybody_up(client, monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    page = client.get("/reports/objections?by=outcome").text
    assert page.count("<svg xmlns") == 2 and client.get("/themes/1").text.count("<svg xmlns") == 2


def test_an_unfinished_period_is_an_open_point_and_the_way_to_it_is_dashed(report):
    x = [one["x"] for one in _points(report)]
    drawn = charts.theme(report, report.rows[0])
    assert re.findall(r'<circle cx="([\d.]+)"', drawn) == [x[-1]]
    assert re.search(r'stroke-dasharray="3 3" d="M([\d.]+) [\d.]+L([\d.]+)', drawn).groups() == (x[-2], x[-1])
    assert _points(report)[-1]["y"] in drawn.partition("<circle")[2]


def test_a_period_without_conversations_is_a_gap_in_line_and_band(report):
    row = report.rows[0]
    series = tuple(Rate(0, 0, None, None) if n == 4 else rate for n, rate in enumerate(row.series))
    line, band = _paths(charts.theme(report, replace(row, series=series)))
    assert line.count("M") == band.count("M") == band.count("Z") == 2


def test_a_higher_share_lies_higher_and_a_later_month_further_right(report):
    row = report.rows[0]
    points = _points(report)
    xs, ys = ([float(one[axis]) for one in points] for axis in "xy")
    assert xs == sorted(xs) and len(set(xs)) == len(report.periods)
    by_height = sorted(range(len(ys)), key=lambda n: (-ys[n], row.series[n].share))
    assert [row.series[n].share for n in by_height] == sorted(rate.share for rate in row.series)


def test_what_happened_is_a_line_with_its_number_and_a_bar_for_as_long_as_it_lasted(report):
    first, last = report.periods[2].label, report.periods[5].label
    day = date(2026, 1, 1)
    marks = (Mark(1, Happening(1, "a", day, day), first, first), Mark(2, Happening(2, "b", day, day), first, last))
    drawn = charts.theme(report, report.rows[0], marks=marks)
    x = [one["x"] for one in _points(report)]
    assert drawn.count(f'd="M{x[2]} 0V240"') == 1 and ">1,2</text>" in drawn
    assert f'd="M{x[2]} 1H{x[5]}"' in drawn
    other = replace(report.rows[0], theme_id=2)
    elsewhere = (Mark(1, Happening(1, "a", day, day, theme=7), first, first),)
    assert charts.theme(report, other, marks=elsewhere) == charts.theme(report, other)


def test_themes_of_one_name_have_a_picture_each(report):
    alike = [replace(row, name="Price") for row in report.rows[:2]]
    assert charts.themes(report, alike).count(">Price</text>") == 2


def test_a_long_name_ends_in_an_ellipsis_and_every_column_says_its_months(report):
    rows = [replace(report.rows[0], name="A name " * 40)] * 4
    drawn = charts.themes(report, rows, width=1000, columns=3)
    assert drawn.count("…</text>") == 4
    assert drawn.count('text-anchor="middle"') % 3 == 0 and drawn.count(">0%</text>") == 2


def test_the_scale_holds_every_share_and_has_round_ticks(report):
    assert max(rate.share for rate in report.rows[0].series if rate.share is not None) <= charts._top(report.rows) <= 1
    assert [round(tick, 9) for tick in charts._ticks(1.0)] == [0, 0.5, 1]
    assert [round(tick, 9) for tick in charts._ticks(0.05)] == [0, 0.02, 0.04]
    assert [round(tick, 9) for tick in charts._ticks(0.3)] == [0, 0.1, 0.2, 0.3]


def _paths(drawn: str) -> tuple[str, str]:
    """The line and the band of a drawing."""
    line = re.search(r'stroke="var\(--accent\)" stroke-width="2" d="([^"]*)"', drawn)
    band = re.search(r'fill="var\(--band\)" d="([^"]*)"', drawn)
    return line[1], band[1]


def _points(report) -> list[dict[str, str]]:
    """Where the first row's shares lie, each as finished."""
    whole = replace(report, periods=tuple(replace(one, complete=True) for one in report.periods))
    line, _ = _paths(charts.theme(whole, report.rows[0]))
    return [{"x": x, "y": y} for x, y in re.findall(r"([\d.]+) ([\d.]+)", line)]


def test_a_sparkline_leaves_gaps_where_too_little_was_heard():
    months = [Period(str(n), date(2026, n, 1), date(2026, n, 28), True) for n in range(1, 5)]
    drawn = sparks.spark([Rate(1, 10, 0, 1), Rate(1, 1, 0, 1), Rate(2, 10, 0, 1), Rate(3, 10, 0, 1)], months)
    assert drawn.line.count("M") == 2 and drawn.complete


def test_an_interval_bar_stays_within_its_track():
    drawn = sparks.bar(Rate(9, 10, 0.6, 0.98), 0.9)
    assert 0 <= drawn.low <= drawn.low + drawn.width <= sparks.BAR_WIDTH and drawn.share <= sparks.BAR_WIDTH
