"""Workbooks: every sheet is read as people see it, and no file makes the process swell."""

import datetime
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from insights import formats
from insights.formats import Limits
from insights.formats.tables import books
from insights.records import Conversation, CrmRecord, Problem

SAMPLES = Path(__file__).parents[2] / "data" / "crm"
BOOKS = ("book.xlsx", "book.xls", "book.ods")


def read(name: str, data: bytes, **options):
    return list(formats.read(name, io.BytesIO(data), **options))


def sample(name: str):
    return read(name, (SAMPLES / name).read_bytes())


def workbook(*rows, name="Sheet1"):
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet(name)
    for at, row in enumerate(rows):
        sheet.write_row(at, 0, row)
    book.close()
    return stream.getvalue()


def with_sheet(xml: str) -> bytes:
    """A workbook whose sheet is this XML."""
    packed = zipfile.ZipFile(io.BytesIO(workbook(["notes"])))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for info in packed.infolist():
            is_sheet = info.filename == "xl/worksheets/sheet1.xml"
            archive.writestr(info.filename, xml.encode() if is_sheet else packed.read(info))
    return stream.getvalue()


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


@pytest.mark.parametrize("name", BOOKS)
def test_each_sheet_with_conversations_or_records_is_read(name):
    items = sample(name)
    notes = [item for item in items if isinstance(item, Conversation)]
    assert [note.account for note in notes] == ["Acme GmbH", "Beta Ltd", "Gamma AG"]
    assert {note.file for note in notes} == {f"{name}/Notes Q1"}
    assert [item.file for item in items if isinstance(item, CrmRecord)] == [f"{name}/Deals"]
    (unread,) = [item for item in items if isinstance(item, Problem) and not item.kept]
    assert unread.file == f"{name}/Read me"


@pytest.mark.parametrize("name", BOOKS)
def test_dates_numbers_and_ticks_are_read_as_people_see_them(name):
    first, second, third = [item for item in sample(name) if isinstance(item, Conversation)]
    assert (first.occurred_at, second.occurred_at) == ("2025-03-04", "2025-03-05T14:30:00")
    assert (first.fields, second.fields) == (
        {"Seats": "40", "Renewal": "TRUE"},
        {"Seats": "12.5", "Renewal": "FALSE"},
    )
    assert third.fields["Seats"] == "45750"  # a number that is no date, though Excel counts days so


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (5.0, "5"), (0.1 + 0.2, "0.3"), (1e20, "1e+20"), (True, "TRUE"), (None, ""), ("0012", "0012"),
        (datetime.datetime(2025, 3, 4), "2025-03-04"), (datetime.datetime(2025, 3, 4, 9, 5), "2025-03-04T09:05:00"),
        (datetime.time(9, 5), "09:05:00"), (datetime.timedelta(minutes=70), "1:10:00"),
    ],
)  # fmt: skip
def test_a_cell_is_shown_as_in_the_spreadsheet(cell, shown):
    assert books.shown_as(cell) == shown


def test_rows_keep_their_numbers_when_a_sheet_starts_further_down():
    (note,) = read("n.xlsx", workbook([], ["Pipeline"], [], ["Account", "Notes"], ["Acme", "Too dear"]))
    assert note.row == 5


def test_the_same_row_has_the_same_id_in_a_workbook_and_in_a_csv():
    (one,) = read("n.xlsx", workbook(["Id", "Notes"], [1, "Too dear"]))
    (other,) = read("n.csv", b"Id,Notes\n1,Too dear\n")
    assert one.id == other.id


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1"><c r="A1"/><c r="ZZ900000"><v>1</v></c></row>',
        "<row r='1'><c r='A1'/></row><row r='1048576'><c r='xfd1048576'><v>1</v></c></row>",
        '<row r = "1"><c r = "A1"/></row><row r = "1048576"><c r = "XFD1048576"><v>1</v></c></row>',
    ],
)
def test_two_cells_in_far_corners_are_refused_before_they_are_opened(cells):
    (problem,) = read("n.xlsx", with_sheet(SHEET.format(cells)))
    assert "million cells" in problem.reason
    assert "CSV" in problem.advice


def test_a_sheet_with_more_cells_than_the_limit_is_refused():
    rows = [["Notes", "Region"]] + [["Too dear", "EMEA"]] * 100
    (problem,) = read("n.xlsx", workbook(*rows), limits=Limits(cells=150))
    assert "cells" in problem.reason
    assert len(read("n.xlsx", workbook(*rows), limits=Limits(cells=250))) == 100


def test_a_part_that_is_packed_too_well_is_refused():
    (problem,) = read("n.xlsx", with_sheet(SHEET.format(" " * 3_000_000)))
    assert "packed" in problem.reason


def test_repeated_rows_and_cells_of_an_ods_are_counted():
    packed = zipfile.ZipFile(SAMPLES / "book.ods")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for info in packed.infolist():
            data = packed.read(info)
            if info.filename == "content.xml":
                row = b'<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="float" '
                row += b'office:value="1" table:number-columns-repeated="16000"/></table:table-row></table:table>'
                data = data.replace(b"</table:table>", row, 1)
            archive.writestr(info.filename, data)
    (problem,) = read("n.ods", stream.getvalue())
    assert "million cells" in problem.reason


def test_a_cell_in_the_far_corner_of_an_xls_costs_nothing():
    data = bytearray((SAMPLES / "book.xls").read_bytes())
    at = data.index(b"\x03\x02\x0e\x00")  # the first NUMBER record: its row and column follow
    data[at + 4 : at + 8] = b"\xff\xff\xff\x00"
    items = read("n.xls", bytes(data))
    assert len([item for item in items if isinstance(item, Conversation)]) == 3


@pytest.mark.parametrize("name", BOOKS)
def test_half_a_workbook_is_a_problem_with_advice(name):
    data = (SAMPLES / name).read_bytes()
    (problem,) = read(name, data[: len(data) // 2])
    assert "damaged" in problem.reason
    assert "CSV" in problem.advice


def test_an_xls_that_is_html_is_read_as_the_table_it_shows():
    html = "<html><body><table><tr><th>Account</th><th>Notes</th></tr><tr><td>Acme</td><td>Müller: zu teuer</td></tr></table>"
    (note,) = read("report.xls", html.encode("cp1252"))
    assert (note.account, note.utterances[0].text) == ("Acme", "Müller: zu teuer")


def test_an_xls_that_is_tab_separated_text_is_read_too():
    (note,) = read("report.xls", "Account\tNotes\nAcme\tToo dear\n".encode("utf-16"))
    assert note.account == "Acme"


@pytest.mark.parametrize("name", ["n.ods", "n.xls", "n.xlsx"])
def test_a_workbook_of_headers_alone_is_said_and_costs_no_piece(name):
    heads = workbook(["Date", "Account", "Notes"]) if name == "n.xlsx" else b"Date,Account,Notes\n"
    (problem,) = read(name, heads)
    assert problem.reason == "There is no row below the headers." and problem.kept


def test_a_workbook_without_a_filled_sheet_is_a_problem():
    (problem,) = read("n.xlsx", workbook())
    assert "no filled sheet" in problem.reason


def test_what_is_merged_over_several_rows_holds_for_each_of_them_but_a_text_is_one():
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("Visits")
    sheet.merge_range("A1:C1", "Visits of spring")
    sheet.write_row("A2", ["Company", "Contact", "Notes"])
    sheet.merge_range("A3:A5", "Acme Foods")
    sheet.write_row("B3", ["Ann", "They say it is too expensive."])
    sheet.write_row("B4", ["Bob", "They have no time to learn it."])
    sheet.write("B5", "Cy")
    sheet.merge_range("C5:C6", "They would have to ask their own security people about all of this first.")
    sheet.write_row("A6", ["Quill", "Di"])
    sheet.write_row("A7", ["", "Ed", "They work with somebody else."])
    book.close()
    found = read("visits.xlsx", stream.getvalue())
    notes = [(item.account, item.contact) for item in found if isinstance(item, Conversation)]
    assert notes == [("Acme Foods", "Ann"), ("Acme Foods", "Bob"), ("Acme Foods", "Cy"), ("", "Ed")]
    (problem,) = [item for item in found if isinstance(item, Problem)]
    assert (problem.row, "No text" in problem.reason) == (6, True)
