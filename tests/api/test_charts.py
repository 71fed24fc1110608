"""Charts: one specification, drawn without inline style; text stays text."""

from datetime import date

from api import charts, sparks
from insights.periods import Period
from insights.sampling import Rate


def test_a_chart_for_the_page_takes_its_colours_from_the_page(report):
    drawn = charts.svg(charts.theme(report, report.rows[0], palette=charts.PAGE))
    assert 'stroke="var(--accent)"' in drawn
    assert " style=" not in drawn and "<script" not in drawn


def test_a_theme_name_is_text_in_a_chart(report):
    drawn = charts.svg(charts.themes(report, report.rows, width=1600, columns=1))
    assert "<b>" not in drawn and "=HYPERLINK(" in drawn


def test_an_unfinished_period_is_drawn_apart(report):
    values = charts.theme(report, report.rows[0])["data"]["values"]
    assert [v["complete"] for v in values[-2:]] == [True, False]
    assert [v["tail"] for v in values[-3:]] == [False, True, True]


def test_the_same_specification_is_drawn_as_the_same_picture(report):
    specification = charts.themes(report, report.rows)
    charts._svg.cache_clear()
    first = charts.svg(specification)
    charts._svg.cache_clear()
    assert charts.svg(specification) == first


def test_the_scale_holds_every_share(report):
    specification = charts.theme(report, report.rows[0])
    top = specification["layer"][0]["encoding"]["y"]["scale"]["domain"][1]
    assert max(rate.share for rate in report.rows[0].series if rate.share is not None) <= top <= 1


def test_a_sparkline_leaves_gaps_where_too_little_was_heard():
    months = [Period(str(n), date(2026, n, 1), date(2026, n, 28), True) for n in range(1, 5)]
    drawn = sparks.spark([Rate(1, 10, 0, 1), Rate(1, 1, 0, 1), Rate(2, 10, 0, 1), Rate(3, 10, 0, 1)], months)
    assert drawn.line.count("M") == 2 and drawn.complete


def test_an_interval_bar_stays_within_its_track():
    drawn = sparks.bar(Rate(9, 10, 0.6, 0.98), 0.9)
    assert 0 <= drawn.low <= drawn.low + drawn.width <= sparks.BAR_WIDTH and drawn.share <= sparks.BAR_WIDTH
