"""The trend report as files: all say the same, none can do harm."""

import csv
import html.parser
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import date
from typing import get_args

import openpyxl
import pptx
import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.commands.results import Format as Printed
from api.documents import trends as trend_document
from api.exports import FORMATS, NAMES, Format, UnknownTable, render
from api.exports.document import Chart, Column, Document, Quoted, Section, Series, Table, written
from api.models.trend import of_report
from pipelines.report import trend_report
from pipelines.reports import cuts, summary
from pipelines.store.filters import Filters

TODAY = date(2026, 3, 20)
FILES = [name for name in FORMATS if name != "json"]


@pytest.fixture
def document(db, report) -> Document:
    return trend_document.document(db, report, summary.of_reports(db, [report]), [cuts.cut(db, report, "persona")])


def expected(report) -> list[tuple[str, int, int]]:
    return [(row.name, row.trend.current.numerator, row.trend.current.denominator) for row in report.rows]


def in_words(report) -> list[tuple[str, str, str]]:
    """Name, and the shares now and before with what they are of, as every format that is read says them."""
    return [(row.name, stated(row.trend.current), stated(row.trend.previous)) for row in report.rows]


def stated(rate) -> str:
    return (
        f"{written(rate.share, 'share')} ({rate.numerator}\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}{rate.denominator}), "
    )


def test_a_format_is_known_to_the_interface_to_menus_and_to_the_terminal():
    assert set(get_args(Format)) == set(NAMES) == {one.value for one in Printed} - {"table"} == set(FORMATS)


def test_json_has_every_row_and_share(db, report):
    rows = json.loads(of_report(report, summary.of_reports(db, [report])).model_dump_json())["rows"]

    assert [(r["theme"], r["current"]["numerator"], r["current"]["denominator"]) for r in rows] == expected(report)
    assert rows[0]["current"]["share"] == pytest.approx(report.rows[0].trend.current.share, abs=1e-6)


def test_csv_has_the_same_totals_and_no_formula(document, report):
    rows = list(csv.DictReader(io.StringIO(render(document, "csv").decode("utf-8-sig"))))

    counted = [(r["Theme"].removeprefix("'"), int(r["Now with"]), int(r["Now of"])) for r in rows]
    assert counted == expected(report)
    assert any(r["Theme"].startswith("'=HYPERLINK(") for r in rows)


def test_csv_gives_any_table_by_its_name(document):
    header = render(document, "csv", table="by-persona").decode("utf-8-sig").splitlines()[0]

    assert header.startswith("Theme,")
    with pytest.raises(UnknownTable, match="by-persona"):
        render(document, "csv", table="nothing")


def test_xlsx_has_the_same_totals_no_formula_and_a_native_chart(document, report):
    data = render(document, "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(data))
    header, *rows = book.worksheets[1].iter_rows(values_only=True)

    at = [header.index(name) for name in ("Theme", "Now with", "Now of")]
    assert [tuple(row[n] for n in at) for row in rows] == expected(report)
    assert not any(cell.data_type == "f" for sheet in book for line in sheet.iter_rows() for cell in line)
    assert any(name.startswith("xl/charts/") for name in zipfile.ZipFile(io.BytesIO(data)).namelist())


def test_slides_have_the_same_totals_and_a_native_chart(document, report):
    deck = pptx.Presentation(io.BytesIO(render(document, "pptx")))
    shapes = [shape for slide in deck.slides for shape in slide.shapes]

    grid = next(shape.table for shape in shapes if shape.has_table)
    lines = [[cell.text for cell in row.cells] for row in grid.rows][1:]
    now, before = [[cell.text for cell in grid.rows[0].cells].index(name) for name in ("Now share", "Before share")]
    for line, (_, share, former) in zip(lines, in_words(report), strict=True):
        assert line[now].startswith(share) and line[before].startswith(former)
    drawn = next(shape.chart for shape in shapes if shape.has_chart)
    assert list(drawn.plots[0].series[0].values) == pytest.approx(
        [rate.share for rate in report.rows[0].series], nan_ok=True
    )
    assert drawn.part.chart_workbook.xlsx_part is not None


def test_xlsx_writes_a_difference_in_points(document, report):
    sheet = openpyxl.load_workbook(io.BytesIO(render(document, "xlsx"))).worksheets[1]
    at = next(cell.column for cell in sheet[1] if cell.value == "Change")
    cells = [row[at - 1] for row in sheet.iter_rows(min_row=2)]

    changes = [row.trend.change.difference for row in report.rows]
    assert [cell.value for cell in cells] == pytest.approx([100 * change for change in changes], abs=1e-5)
    assert all("points" in cell.number_format and "%" not in cell.number_format for cell in cells)


def changed_last(db, report):
    """The report with its rarest theme as the one that rose, and what is told of it; one theme more than are drawn."""
    trend = replace(report.rows[-1].trend, verdict="rising")
    rows = [replace(report.rows[0], theme_id=900 + n, name=f"Often {n}") for n in range(6)]
    risen = replace(report.rows[-1], theme_id=950, name="Risen", trend=trend)
    made = replace(report, rows=(*(replace(r, trend=replace(r.trend, verdict="steady")) for r in rows), risen))
    return made, summary.of_reports(db, [made])


def test_what_changed_is_drawn_first_and_its_slide_stands_before_the_chart(db, report):
    made, told = changed_last(db, report)
    sections = trend_document.document(db, made, told).sections

    titles = [section.title for section in sections]
    assert titles.index("Risen") < titles.index("Over time")
    course = sections[titles.index("Over time")]
    assert [series.name for series in course.chart.series] == ["Risen", *(f"Often {n}" for n in range(5))]
    assert re.fullmatch(r"“Risen” went from [\d.]+ % to [\d.]+ %\.", course.finding.replace("\xa0", " "))
    assert course.sentences[0] == "What changed, then the 5 most frequent, per month."
    assert re.search(
        r"“Risen”: \d+ of \d+ \(.*\) now, \d+ of \d+ \(.*\) before", course.sentences[1]
    )  # what the title's shares are of


def test_without_a_change_the_most_frequent_are_drawn(db, report):
    made, _ = changed_last(db, report)
    steady = replace(made, rows=made.rows[:6])
    course = trend_document.document(db, steady, summary.of_reports(db, [steady])).sections[1]

    assert course.sentences[0] == "The 6 most frequent, per month."
    assert "was heard most" in course.finding


def test_the_kind_of_a_report_is_no_filter(report):
    asked = replace(report, filters=Filters(kind="objection"))
    assert dict(trend_document.about(asked))["Filters"] == "none"
    both = replace(report, filters=Filters(kind="objection", persona="finance"))
    assert dict(trend_document.about(both))["Filters"] == "Persona: Finance"


def test_every_slide_has_a_title(document):
    deck = pptx.Presentation(io.BytesIO(render(document, "pptx")))

    assert all(slide.shapes.title.text for slide in deck.slides)


def test_markdown_keeps_one_row_a_theme_and_escapes(document, report):
    text = render(document, "md").decode()
    table = text[text.index("| Theme") :].split("\n\n")[0].splitlines()

    assert len(table) == 2 + len(report.rows)
    assert r"\<b\>free\</b\> \| \*now\*" in text
    assert all(f"| {share}" in text and f"| {former}" in text for _, share, former in in_words(report))


def test_html_stands_alone_and_escapes(document, report):
    text = render(document, "html").decode()

    assert "<svg" in text and "<b>free</b>" not in text
    assert not any(word in text for word in ("<script", "src=", "<link"))
    rows = _rows_of(text)
    said = {row[0]: row[2:4] for row in rows if len(row) > 5}
    for name, share, former in in_words(report):
        assert said[name][0].startswith(share) and said[name][1].startswith(former)


def _rows_of(text: str) -> list[list[str]]:
    """The cells of every table row."""
    rows: list[list[str]] = []

    class Reader(html.parser.HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag == "tr":
                rows.append([])
            elif tag in ("td", "th"):
                rows[-1].append("")

        def handle_data(self, data):
            if rows and rows[-1]:
                rows[-1][-1] += data

    Reader().feed(text)
    return [[cell.strip() for cell in row] for row in rows]


def test_pdf_holds_the_table_and_takes_no_markup(document, report):
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(render(document, "pdf"))).pages)
    plain = re.sub(r"[\s\u200b]+", "", text)

    for name, *figures in in_words(report):
        assert all(re.sub(r"\s+", "", one) in plain for one in figures)
        assert re.sub(r"\s+", "", name.split('"')[0][:12]) in plain
    assert "*now*" in plain


@pytest.mark.parametrize("name", FILES)
def test_the_same_report_is_the_same_file(document, name):
    assert render(document, name) == render(document, name)


@pytest.mark.parametrize("name", FILES)
def test_a_report_without_themes_is_a_file_too(report, db, name):
    db.execute("DELETE FROM theme_members")
    empty = trend_report(db, Filters(), kind="objection", today=TODAY)
    assert empty is not None and not empty.rows

    assert render(trend_document.document(db, empty, summary.of_reports(db, [empty])), name)


@pytest.mark.parametrize("name", ["csv", "md", "html"])
def test_a_split_report_names_the_value_in_every_format(db, filled, name):
    split = trend_report(db, Filters(), kind="objection", today=TODAY, by="segment")
    assert {row.split for row in split.rows} == {"enterprise", "mid-market"}

    text = render(trend_document.document(db, split, summary.of_reports(db, [split])), name).decode()

    assert "mid-market" in text and "enterprise" in text


hostile = st.text(st.characters(codec=None), max_size=60) | st.sampled_from(
    [
        "=1+1",
        "<script>x</script>",
        "| a |",
        "\x00\x08",
        "#let x = 1",
        "‮RTL",
        "x" * 3000,
        "🦊",
        "\ud800",
        "'quoted'",
        "[ab:c]/*",
    ]
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(hostile, min_size=6, max_size=6), name=st.sampled_from(FILES))
def test_no_text_breaks_a_format(texts, name):
    a, b, c, d, e, f = texts
    table = Table("t", a, (Column(b), Column(c, "share"), Column(d, "day")), ((e, 0.5, "2026-01-01"), (f, None, f)))
    chart = Chart(b, "line", (c or "x", "y"), (Series(d, (0.1, None), (0.0, None), (0.2, None)),), unfinished=True)
    bars = Chart(c, "bar", (a, b), (Series(e, (0.1, 0.2)), Series(f, (0.3, None))))
    quotes = (Quoted("1", e, f, "/conversations/1"),)
    document = Document(
        a, "stem", "2026-01-31", ((b, c),), (Section(d, (e,), table, chart, quotes, (f,)), Section(a, chart=bars)), (f,), (a,)
    )  # fmt: skip

    assert render(document, name)


@pytest.mark.parametrize(
    ("accept", "media"), [("text/csv", "text/csv"), ("application/pdf", "application/pdf"), ("*/*", "application/json")]
)
def test_the_accept_header_chooses_the_format(client, accept, media):
    answer = client.get("/api/v1/reports/trends?kind=objection", headers={"Accept": accept})
    assert answer.headers["content-type"].split(";")[0] == media


def test_a_file_is_offered_under_a_telling_name(client):
    asked = "/api/v1/reports/trends?kind=objection&until=2026-03-10&format=xlsx"
    names = [
        client.get(f"{asked}&{more}").headers["content-disposition"]
        for more in ("days=30", "days=60", "days=30&by=persona")
    ]
    assert len(set(names)) == 3 and 'filename="parley-objections-2026-02-09-to-2026-03-10.xlsx"' in names[0]
