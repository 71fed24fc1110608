"""The trend report as files: all say the same, none can do harm."""

import csv
import io
import json
import zipfile
from datetime import date

import openpyxl
import pypdf
import pytest

from api.exports import FORMATS
from pipelines.report import trend_report
from pipelines.store.filters import Filters

TODAY = date(2026, 3, 20)


def render(report, name: str) -> bytes:
    return FORMATS[name][1](report)


def expected(report) -> list[tuple[str, int, int]]:
    return [(row.name, row.trend.current.numerator, row.trend.current.denominator) for row in report.rows]


def test_json_has_every_row_and_share(report):
    rows = json.loads(render(report, "json"))["rows"]
    assert [(r["theme"], r["current"]["numerator"], r["current"]["denominator"]) for r in rows] == expected(report)
    assert rows[0]["current"]["share"] == pytest.approx(report.rows[0].trend.current.share, abs=1e-6)


def test_csv_has_the_same_totals_and_no_formula(report):
    rows = list(csv.DictReader(io.StringIO(render(report, "csv").decode("utf-8-sig"))))
    counted = [(r["theme"].removeprefix("'"), int(r["current_with"]), int(r["current_of"])) for r in rows]
    assert counted == expected(report)
    assert any(r["theme"].startswith("'=HYPERLINK(") for r in rows)


def test_xlsx_has_the_same_totals_no_formula_and_a_native_chart(report):
    data = render(report, "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(data))
    header, *rows = book["Report"].iter_rows(values_only=True)
    at = [header.index(name) for name in ("theme", "current_with", "current_of")]
    assert [tuple(row[n] for n in at) for row in rows] == expected(report)
    assert not any(cell.data_type == "f" for sheet in book for line in sheet.iter_rows() for cell in line)
    assert any(name.startswith("xl/charts/") for name in zipfile.ZipFile(io.BytesIO(data)).namelist())


def test_markdown_keeps_one_row_a_theme_and_escapes(report):
    text = render(report, "md").decode()
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + len(report.rows)
    assert r"\<b\>free\</b\> \| \*now\*" in text
    assert f"{report.rows[0].trend.current.numerator} of {report.rows[0].trend.current.denominator}" in text


def test_html_stands_alone_and_escapes(report):
    text = render(report, "html").decode()
    assert "<svg" in text and "<b>free</b>" not in text
    assert not any(word in text for word in ("<script", "src=", "<link"))


def test_pdf_holds_the_table_and_takes_no_markup(report):
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(render(report, "pdf"))).pages)
    for name, numerator, denominator in expected(report):
        assert f"{numerator} of {denominator}" in text
        assert name.split('"')[0][:12] in text
    assert "*now*" in text.replace("\n", "")


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_report_is_the_same_file(report, name):
    assert render(report, name) == render(report, name)


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_without_themes_is_a_file_too(report, db, name):
    db.execute("DELETE FROM theme_members")
    empty = trend_report(db, Filters(), kind="objection", today=TODAY)
    assert empty is not None and not empty.rows
    assert render(empty, name)


@pytest.mark.parametrize("name", FORMATS)
def test_a_split_report_names_the_value_in_every_format(db, filled, name):
    split = trend_report(db, Filters(), kind="objection", today=TODAY, by="segment")
    assert {row.split for row in split.rows} == {"enterprise", "mid-market"}
    assert render(split, name)


@pytest.mark.parametrize(
    ("accept", "media"), [("text/csv", "text/csv"), ("application/pdf", "application/pdf"), ("*/*", "application/json")]
)
def test_the_accept_header_chooses_the_format(client, accept, media):
    answer = client.get("/api/v1/reports/trends?kind=objection", headers={"Accept": accept})
    assert answer.headers["content-type"].split(";")[0] == media


def test_a_file_is_offered_under_a_telling_name(client):
    answer = client.get("/api/v1/reports/trends?kind=objection&format=xlsx")
    assert 'filename="parley-objections-2026-03-' in answer.headers["content-disposition"]
