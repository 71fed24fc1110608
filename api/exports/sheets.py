"""Documents as CSV and as a workbook. Nothing a customer wrote can become a formula."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from api.exports.document import Cell, Chart, Document, Table, printable, without_empty
from api.exports.pictures import COLOURS, reaches
from insights.formats.formulas import guarded

LONGEST_CELL = 32_767
LONGEST_NAME = 31
LONGEST_ADDRESS = 2_000
WIDEST = 60
MOST_ACROSS = 14
STYLES = {
    "text": {"valign": "top", "text_wrap": True},
    "share": {"num_format": "0.0%", "valign": "top"},
    "points": {"num_format": '+0.0" points";-0.0" points";0.0" points"', "valign": "top"},
    "count": {"num_format": "#,##0", "valign": "top"},
    "number": {"num_format": "#,##0.0", "valign": "top"},
    "ratio": {"num_format": "0.00", "valign": "top"},
    "day": {"num_format": "yyyy-mm-dd", "valign": "top"},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "title": {"bold": True, "font_size": 15},
    "soft": {"font_color": "#62666D", "text_wrap": True, "valign": "top"},
}
# A link of ours, as tables hold them behind the address of this server.
_LINK = re.compile(r"/(?:quotes|conversations|accounts|themes)/[\w/?&=%#.-]{1,500}")
# Words with which no sheet's name ends.
_LITTLE = frozenset("a an and at but by for from in is of on or per than that the to was were what which with".split())  # noqa: SIM905
AXES = {"share": "0%", "count": "#,##0", "ratio": "0.00", "points": "+0%;-0%;0%"}


def csv_bytes(table: Table | None) -> bytes:
    """RFC 4180 in UTF-8 with a byte order mark, which Excel needs to read it as UTF-8. Shares are in [0, 1]."""
    out = io.StringIO()
    writer = csv.writer(out)
    if table:
        writer.writerow([harmless(column.name) for column in table.columns])
        writer.writerows([harmless(_rounded(cell)) for cell in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig", "replace")


def harmless(cell: Cell) -> Cell:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP: CSV injection)."""
    return guarded(cell) if isinstance(cell, str) else cell


def xlsx_bytes(document: Document) -> bytes:
    """A sheet with the summary, a tidy one a table, one a native chart with its data, one with the quotes; at the end
    what wide tables have besides what people read."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    # The same report is the same file: no clock in it.
    book.set_properties({"title": printable(document.title), "created": document.moment})
    styles = {name: book.add_format(style) for name, style in STYLES.items()}
    taken: set[str] = set()
    _summary(book.add_worksheet(_name("Summary", taken)), document, styles)
    parts = [_parted(table) for table in document.tables]
    for table, _ in parts:
        _table(book.add_worksheet(_name(table.title, taken)), table, document.base, styles)
    for chart in document.charts:
        name = _name(f"Chart {chart.title}", taken)
        _chart(book, book.add_worksheet(name), name, chart, styles)
    if any(section.quotes for section in document.sections):
        _quotes(book.add_worksheet(_name("Quotes", taken)), document, styles)
    for table in (more for _, more in parts if more):
        _table(book.add_worksheet(_name(table.title, taken)), table, document.base, styles)
    book.close()
    return out.getvalue()


def _summary(sheet: Any, document: Document, styles: dict) -> None:
    sheet.write_string(0, 0, _cut(document.title), styles["title"])
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 110)
    line = 2
    for name, value in document.about:
        _write(sheet, line, 0, name, styles["soft"])
        _write(sheet, line, 1, value, styles["text"])
        _high(sheet, line, [(value, 105)])
        line += 1
    line += 1
    texts = [("", sentence, "text") for sentence in document.summary]
    for section in document.sections:
        texts += [(section.title if not n else "", text, "text") for n, text in enumerate(section.sentences)]
    texts += [("", note, "soft") for section in document.sections for note in section.notes]
    texts += [("", note, "soft") for note in document.notes]
    for row, (name, text, style) in enumerate(texts, line + 1):
        _write(sheet, row, 0, name, styles["soft"])
        _write(sheet, row, 1, text, styles[style])
        _high(sheet, row, [(text, 105)])
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _parted(table: Table) -> tuple[Table, Table | None]:
    """A table without its empty columns, and where it is wide its details apart, beside what tells the rows apart."""
    table = without_empty(table)
    # No share stands without its counts and its interval.
    told = {name for column in table.columns if column.rate and not column.detail for name in column.rate}
    details = [n for n, column in enumerate(table.columns) if column.detail and column.name not in told]
    if len(table.columns) <= MOST_ACROSS or not details:
        return table, None
    read = [n for n in range(len(table.columns)) if n not in details]
    figure = next((n for n in read if table.columns[n].kind != "text"), len(table.columns))
    return _of(table, read, table.title), _of(
        table, [*(n for n in read if n < figure), *details], f"More on {table.title}"
    )


def _of(table: Table, kept: Sequence[int], title: str) -> Table:
    rows = tuple(tuple(row[n] for n in kept) for row in table.rows)
    return Table(table.key, title, tuple(table.columns[n] for n in kept), rows)


def _table(sheet: Any, table: Table, base: str, styles: dict) -> None:
    for n, column in enumerate(table.columns):
        sheet.write_string(0, n, _cut(column.name), styles["head"])
        longest = max([len(column.name) // 2 + 2, *(len(str(row[n] or "")) for row in table.rows[:500])], default=8)
        sheet.set_column(n, n, min(WIDEST, max(9, longest + 2)) if column.kind == "text" else 12)
    _high(sheet, 0, [(column.name, WIDEST if column.kind == "text" else 11) for column in table.columns])
    for line, row in enumerate(table.rows, 1):
        for n, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            if column.kind == "day" and (moment := _moment(cell)):
                sheet.write_datetime(line, n, moment, styles["day"])
            elif base and isinstance(cell, str) and cell.startswith(base) and _LINK.fullmatch(cell[len(base) :]):
                sheet.write_url(line, n, cell, string=cell)
            elif column.kind == "points" and isinstance(cell, float | int):
                # Excel's per cent would say that a share of 40 % that falls by 10 % stands at 36 %.
                _write(sheet, line, n, round(100 * cell, 6), styles["points"])
            else:
                _write(sheet, line, n, cell, styles[column.kind if column.kind != "day" else "text"])
        texts = [(cell[:300], WIDEST) for cell in row if isinstance(cell, str) and len(cell) > WIDEST]
        _high(sheet, line, texts or [("", 1)])
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    # Thirty columns on one page are read by nobody: they go on over pages, each with the first column.
    if len(table.columns) <= MOST_ACROSS:
        sheet.fit_to_pages(1, 0)
    else:
        sheet.repeat_columns(0)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)


def _chart(book: Any, sheet: Any, name: str, chart: Chart, styles: dict) -> None:
    sheet.write_string(0, 0, "Period" if chart.kind == "line" else "", styles["head"])
    last, style = len(chart.labels), styles["share" if chart.axis == "share" else "number"]
    for line, label in enumerate(chart.marked, 1):
        unfinished = chart.unfinished and line == last
        _write(sheet, line, 0, f"{label} (unfinished)" if unfinished else label, styles["text"])
    for n, series in enumerate(chart.series, 1):
        sheet.write_string(0, n, _cut(series.name), styles["head"])
        for line, value in enumerate(series.values, 1):
            _write(sheet, line, n, value, style)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, max(1, len(chart.series)), 18)
    _high(sheet, 0, [("", 1), *((series.name[:60], 17) for series in chart.series)])
    if not chart.labels or not chart.series:
        return
    drawn = book.add_chart({"type": "line" if chart.kind == "line" else "bar"})
    for n in range(1, min(len(chart.series), 6) + 1):
        drawn.add_series(
            {
                "name": [name, 0, n], "categories": [name, 1, 0, last, 0], "values": [name, 1, n, last, n],
                **_look(chart, n - 1),
            }
        )  # fmt: skip
    drawn.set_title({"name": _cut(chart.title)[:100], "name_font": {"size": 11}})
    value_axis = {
        "num_format": AXES[chart.axis],
        "major_gridlines": {"visible": True, "line": {"color": "#E3E4E6"}},
        **({"min": 0} if chart.axis in ("share", "count") else {}),
    }
    if chart.kind == "line":
        drawn.set_y_axis(value_axis)
    else:
        drawn.set_x_axis(value_axis)
        drawn.set_y_axis({"reverse": True, "label_position": "low", "interval_unit": 1})
    drawn.set_legend({"none": True} if len(chart.series) == 1 else {"position": "bottom"})
    drawn.show_blanks_as("gap")
    drawn.set_size({"width": 900, "height": max(380, 24 * last if chart.kind == "bar" else 0)})
    sheet.set_landscape()
    sheet.fit_to_pages(1, 1)
    sheet.insert_chart(1, len(chart.series) + 2, drawn, {"description": _cut(chart.title)[:250]})


def _look(chart: Chart, n: int) -> dict[str, Any]:
    """Colour, intervals where they do not hide each other, and the dashed way to a point that is not final."""
    series, colour = chart.series[n], COLOURS[n]
    look: dict[str, Any] = (
        {"fill": {"color": colour}} if chart.kind == "bar" else {"line": {"color": colour, "width": 2.25}}
    )
    if chart.kind == "line" and chart.unfinished:
        dashed = {"line": {"color": colour, "width": 1.75, "dash_type": "square_dot"}}
        look["points"] = [*[None] * (len(chart.labels) - 1), dashed]
    if series.low and series.high and (chart.kind == "bar" or len(chart.series) == 1):
        plus, minus = reaches(series)
        look["x_error_bars" if chart.kind == "bar" else "y_error_bars"] = {
            "type": "custom", "plus_values": plus, "minus_values": minus,
            "line": {"color": "#62666D"},
        }  # fmt: skip
    return look


def _quotes(sheet: Any, document: Document, styles: dict) -> None:
    columns = (("About", 34), ("Quote", 90), ("Source", 44), ("Where", 44))[: 4 if document.base else 3]
    for n, (name, width) in enumerate(columns):
        sheet.write_string(0, n, name, styles["head"])
        sheet.set_column(n, n, width)
    line = 1
    for section in document.sections:
        for quote in section.quotes:
            for n, cell in enumerate((section.title, quote.within("", ""), quote.source)):
                _write(sheet, line, n, cell, styles["text"])
            address = document.base + quote.path
            if document.base and len(address) < LONGEST_ADDRESS:
                sheet.write_url(line, 3, address, string="In its conversation")
            elif document.base:
                _write(sheet, line, 3, address, styles["text"])
            _high(sheet, line, [(quote.text, 86), (quote.source, 42)])
            line += 1
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, line - 1), len(columns) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _name(title: str, taken: set[str]) -> str:
    """A sheet's name that Excel takes: no []:*?/\\ and no apostrophe at its ends, 31 characters, unlike the others. A title that
    is longer stands as far as it says something: to its first comma or colon, else to its last whole word."""
    said = title if _units(title) <= LONGEST_NAME else _opening(title)
    plain = _short(re.sub(r"[\[\]:*?/\\]", " ", printable(said)).strip("' "), LONGEST_NAME).strip("' ") or "Sheet"
    name, n = plain, 2
    while name.casefold() in taken or name.casefold() == "history":
        name, n = f"{_short(plain, LONGEST_NAME - 4)} {n}", n + 1
    taken.add(name.casefold())
    return name


def _opening(title: str) -> str:
    head = re.split(r"[,;:(]\s", title, maxsplit=1)[0]
    if _units(head) <= LONGEST_NAME:
        return head
    words = _short(head, LONGEST_NAME + 1).split(" ")[:-1]
    while words and words[-1].casefold() in _LITTLE:
        words.pop()
    return " ".join(words) or head


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def _short(text: str, most: int) -> str:
    """The beginning of a text in at most so many units of UTF-16, which is what Excel counts."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")


def _write(sheet: Any, line: int, column: int, cell: Cell, style: Any) -> None:
    if isinstance(cell, str):
        sheet.write_string(line, column, _cut(cell), style)
    elif cell is not None:
        sheet.write_number(line, column, _rounded(cell), style)


def _cut(text: str) -> str:
    """What a cell holds; that something is missing is said."""
    plain = printable(text)
    return plain if len(plain) <= LONGEST_CELL else f"{plain[: LONGEST_CELL - 4]} […]"


def _high(sheet: Any, line: int, texts: Sequence[tuple[str, float]]) -> None:
    """Room for wrapped texts, each with its column's width in letters: not every program makes it by itself."""
    lines = max(
        sum(max(1, -(-len(part) // int(width))) for part in printable(text)[:5_000].split("\n"))
        for text, width in texts
    )
    if lines > 1:
        sheet.set_row(line, min(400, 15 * lines + 1))


def _moment(cell: Cell) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(cell), datetime.min.time()) if isinstance(cell, str) else None
    except ValueError:
        return None


def _rounded(cell: Any) -> Any:
    return round(cell, 6) if isinstance(cell, float) else cell
