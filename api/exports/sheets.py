"""The trend report as CSV and as a workbook. Nothing a customer wrote can become a formula."""

import csv
import io
from datetime import datetime
from typing import Any

from api.exports import tables
from insights.formats.formulas import guarded
from pipelines.report import TrendReport

MOST_CHARTED = 6
LONGEST_CELL = 32_767
PERCENT_COLUMNS = ("share", "low", "high", "change")


def csv_bytes(report: TrendReport) -> bytes:
    """RFC 4180 in UTF-8 with a byte order mark, which Excel needs to read it as UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(map(harmless, tables.columns(report)))
    writer.writerows([harmless(cell) for cell in tables.row(report, row)] for row in report.rows)
    return out.getvalue().encode("utf-8-sig")


def harmless(cell: tables.Cell) -> tables.Cell:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP: CSV injection)."""
    return guarded(cell) if isinstance(cell, str) else cell


def xlsx_bytes(report: TrendReport) -> bytes:
    """Three sheets: the report, its course over time with a native chart, and what it is about."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    # The same report is the same file: no clock in it.
    book.set_properties({"title": tables.title(report), "created": datetime.combine(report.as_of, datetime.min.time())})
    styles = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "percent": book.add_format({"num_format": "0.0%"}),
        "plain": book.add_format({"valign": "top"}),
    }
    _report_sheet(book, report, styles)
    _course_sheet(book, report, styles)
    _about_sheet(book, report, styles)
    book.close()
    return out.getvalue()


def _report_sheet(book: Any, report: TrendReport, styles: dict) -> None:
    sheet, columns = book.add_worksheet("Report"), tables.columns(report)
    kinds = ["percent" if name.split("_")[-1].split()[-1] in PERCENT_COLUMNS else "plain" for name in columns]
    for n, name in enumerate(columns):
        sheet.write_string(0, n, name, styles["head"])
    for line, row in enumerate(report.rows, 1):
        for n, cell in enumerate(tables.row(report, row)):
            _write(sheet, line, n, cell, styles[kinds[n]])
    sheet.freeze_panes(1, 2)
    sheet.set_column(1, 1, 38)
    sheet.set_column(2, 5, 16)
    if report.rows:
        sheet.autofilter(0, 0, len(report.rows), len(columns) - 1)


def _course_sheet(book: Any, report: TrendReport, styles: dict) -> None:
    sheet = book.add_worksheet("Over time")
    sheet.write_string(0, 0, "Period", styles["head"])
    for line, period in enumerate(report.periods, 1):
        sheet.write_string(line, 0, period.label if period.complete else f"{period.label} (unfinished)")
    for n, row in enumerate(report.rows, 1):
        sheet.write_string(0, n, f"{row.name} · {row.split}" if row.split else row.name, styles["head"])
        for line, rate in enumerate(row.series, 1):
            _write(sheet, line, n, rate.share, styles["percent"])
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(report.rows), 20)
    if not report.rows:
        return
    chart, last = book.add_chart({"type": "line"}), len(report.periods)
    for n in range(1, min(MOST_CHARTED, len(report.rows)) + 1):
        names = {"name": ["Over time", 0, n], "categories": ["Over time", 1, 0, last, 0]}
        chart.add_series({**names, "values": ["Over time", 1, n, last, n]})
    chart.set_title({"name": "Share of conversations", "name_font": {"size": 11}})
    chart.set_y_axis({"num_format": "0%", "min": 0, "major_gridlines": {"visible": True, "line": {"color": "#E3E4E6"}}})
    chart.set_legend({"position": "bottom"})
    chart.show_blanks_as("gap")
    chart.set_size({"width": 860, "height": 380})
    sheet.insert_chart(
        last + 2, 0, chart, {"description": "Share of conversations of the most frequent themes, per period"}
    )


def _about_sheet(book: Any, report: TrendReport, styles: dict) -> None:
    sheet = book.add_worksheet("About")
    sheet.write_string(0, 0, tables.title(report), styles["head"])
    for line, (name, value) in enumerate(tables.about(report), 2):
        sheet.write_string(line, 0, name)
        sheet.write_string(line, 1, value)
    for line, note in enumerate(tables.NOTES, len(tables.about(report)) + 3):
        sheet.write_string(line, 0, note)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 70)


def _write(sheet: Any, line: int, column: int, cell: tables.Cell, style: Any) -> None:
    if isinstance(cell, str):
        sheet.write_string(line, column, cell[:LONGEST_CELL], style)
    elif cell is not None:
        sheet.write_number(line, column, cell, style)
