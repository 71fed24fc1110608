"""Workbooks (XLSX, XLS, ODS): each sheet is a table of its own, read as people see it.

The trap: calamine holds a sheet as a full rectangle of cells, so a file of a few kilobytes with two cells in far
corners takes gigabytes. The rectangle is therefore measured in the file itself before calamine sees it.
"""

import datetime
import io
import math
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from xml.parsers import expat

from insights.formats.found import Found
from insights.formats.sources import Source, decode, is_binary, shown
from insights.formats.tables import grids
from insights.formats.tables.columns import ColumnMapping
from insights.formats.tables.contents import MOST_WORDS
from insights.formats.tables.grids import Sheet
from insights.formats.tables.layout import Layout, Record
from insights.formats.tables.readings import Reading
from insights.records import Problem

ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods")
WORKBOOKS = (b"PK", b"\xd0\xcf\x11\xe0")
_HTML = re.compile(r"\s*(?:<!DOCTYPE\s+html|<html|<head|<table|<meta|<\?xml[^>]{0,100}>\s*<html)", re.I)
_CHUNK = 1 << 20
_ROW = re.compile(rb"""<row[^>]{0,200}?\sr\s?=\s?["'](\d{1,8})""")
_PREFIXED_ROW = re.compile(rb"""<\w{1,8}:row[^>]{0,200}?\sr\s?=\s?["'](\d{1,8})""")
_VALUES = {f"office:{name}" for name in ("value", "date-value", "time-value", "boolean-value", "string-value")}
_ERRORS = (
    zipfile.BadZipFile, zlib.error, expat.ExpatError, NotImplementedError, RuntimeError, OSError, EOFError, ValueError,
    LookupError,
)  # fmt: skip
_DAMAGED = "The workbook is damaged or protected by a password."
_SAVE_AGAIN = "Open it, save it again as .xlsx without a password, or export its sheets as CSV."
_LARGE = "Delete what stands far right or far below, or export the sheets as CSV, which may be of any size."


def read(source: Source, mapping: ColumnMapping) -> Iterator[Found | Reading]:
    """Yield what every sheet holds. A sheet without words and records is a problem, its rows are not."""
    yield from grids.or_empty(source.name, _filled(source, mapping))


def _filled(source: Source, mapping: ColumnMapping) -> Iterator[Found | Reading]:
    opened = open_sheets(source, mapping)
    if isinstance(opened, Problem):
        yield opened
        return
    some = False
    for sheet in opened:
        some = True
        if isinstance(sheet, Problem):
            yield sheet
            continue
        for part in grids.parts(sheet):
            if isinstance(part, Problem):
                yield part
                continue
            own = grids.settled(part, mapping)
            how = grids.find(part, own)
            if how is not None and (how.subject or part.name == source.name):
                yield from grids.found(part, how, own)
            elif how is not None:
                yield _wordless(part, how)
    if not some:
        yield empty(source.name)


def empty(name: str) -> Problem:
    return Problem(name, None, "The workbook has no filled sheet.", "Export it again, or leave it out.")


def _wordless(sheet: Sheet, how: Layout) -> Problem:
    advice = "Nothing to do if it holds none. Else name the column 'notes' or 'text', or upload with a mapping."
    return Problem(sheet.name, how.number or 1, "This sheet has no column of notes or text and no CRM records.", advice)


def open_sheets(source: Source, mapping: ColumnMapping) -> Iterable[Sheet | Problem] | Problem:
    """The filled sheets of a workbook. CRMs also export HTML or tab-separated text under the name .xls: one sheet."""
    if source.head.startswith(WORKBOOKS):
        return sheets(source)
    if is_binary(source.head, source.encoding):
        return Problem(source.name, None, _DAMAGED, _SAVE_AGAIN)
    html = _HTML.match(decode(source.head[:2000], source.encoding).lstrip("\ufeff"))
    return [_html_sheet(source) if html else grids.sheet(source, mapping)]


def _html_sheet(source: Source) -> Sheet | Problem:
    """The rows of an HTML page's tables."""
    from lxml import etree, html

    source.stream.seek(0)
    data = source.stream.read(source.limits.unseekable + 1)
    if len(data) > source.limits.unseekable:
        reason = f"It is HTML of more than {shown(source.limits.unseekable)}."
        return Problem(source.name, None, reason, "Export it as CSV, which may be of any size.")
    try:
        parser = html.HTMLParser(encoding="utf-8")
        tree = html.document_fromstring(decode(data, source.encoding).encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return Problem(source.name, None, _DAMAGED, _SAVE_AGAIN)
    rows = [[cell.text_content().strip() for cell in row.iterchildren("td", "th")] for row in tree.iter("tr")]
    return Sheet(source.name, lambda: (Record(number, row) for number, row in enumerate(rows, start=1)))


def sheets(source: Source) -> Iterator[Sheet | Problem] | Problem:
    """The workbook's sheets as "book.xlsx/Sheet1", one in memory at a time; a problem when it must not be opened."""
    import python_calamine

    if not source.head.startswith(b"PK"):
        return _old_sheets(source)
    source.stream.seek(0)
    if reason := refusal(source):
        return Problem(source.name, None, reason, _LARGE if "large" in reason else _SAVE_AGAIN)
    source.stream.seek(0)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(source.stream)
        names = {one.name: one.visible == python_calamine.SheetVisibleEnum.Visible for one in book.sheets_metadata}
    except BaseException as error:
        _only_calamines(error)
        return Problem(source.name, None, _DAMAGED, _SAVE_AGAIN)
    return (
        sheet if shown_there or isinstance(sheet, Problem) else _hidden(sheet)
        for name, shown_there in names.items() if (sheet := _sheet(book, name, source.name)) is not None
    )  # fmt: skip


def _hidden(sheet: Sheet) -> Problem:
    """What somebody hid they did not mean to be read."""
    return Problem(
        sheet.name,
        None,
        "This sheet is hidden; it was not read.",
        "If its rows should count, show it and upload again.",
    )


def _sheet(book: Any, name: str, file: str) -> Sheet | Problem | None:  # python-calamine's classes have no public base
    full = f"{file}/{name}"
    try:
        cells = book.get_sheet_by_name(name)
    except BaseException as error:
        _only_calamines(error)
        return Problem(full, None, "This sheet is damaged or is no table.", _SAVE_AGAIN)

    if not cells.height:
        return None
    merged: dict[int, list[tuple[int, int]]] = {}
    for (top, column), (last, _) in cells.merged_cell_ranges or ():
        if last > top:
            merged.setdefault(top, []).append((column, last))

    def walk() -> Iterator[Record]:
        shown = ([shown_as(cell) for cell in row] for row in cells.iter_rows())
        return (Record(number, row) for number, row in enumerate(_beneath(shown, merged), start=1))

    return Sheet(full, walk)


def _beneath(rows: Iterable[list[str]], merged: Mapping[int, Sequence[tuple[int, int]]]) -> Iterator[list[str]]:
    """Rows with what a cell that is merged over several says in each of them, as a company above all of its visits; a
    text merged so is one text. `merged` gives by the first row (from 0) the column and the last row."""
    held: dict[int, tuple[str, int]] = {}
    for number, row in enumerate(rows):
        for column, (said, last) in tuple(held.items()):
            if number > last:
                del held[column]
            elif column < len(row) and not row[column]:
                row[column] = said
        for column, last in merged.get(number, ()):
            if column < len(row) and row[column] and len(row[column].split()) <= MOST_WORDS:
                held[column] = row[column], last
        yield row


def _old_sheets(source: Source) -> Iterator[Sheet | Problem] | Problem:
    """The sheets of an xls by xlrd: damaged ones make calamine end the whole process (cfb.rs, 0.37)."""
    import xlrd

    source.stream.seek(0)
    data = source.stream.read(source.limits.unseekable + 1)
    if len(data) > source.limits.unseekable:
        return Problem(source.name, None, f"It is larger than {shown(source.limits.unseekable)}.", _LARGE)
    try:
        book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), on_demand=True, ragged_rows=True)
    except Exception:  # xlrd's parser raises whatever its reading of damaged bytes comes to
        return Problem(source.name, None, _DAMAGED, _SAVE_AGAIN)
    return (sheet for at in range(book.nsheets) if (sheet := _old_sheet(book, at, source.name)) is not None)


def _old_sheet(book: Any, at: int, file: str) -> Sheet | Problem | None:  # xlrd has no types
    full = f"{file}/{book.sheet_names()[at]}"
    try:
        sheet = book.sheet_by_index(at)
    except Exception:
        return Problem(full, None, "This sheet is damaged or is no table.", _SAVE_AGAIN)
    if not sheet.nrows:
        return None

    def walk() -> Iterator[Record]:
        for row in range(sheet.nrows):
            yield Record(row + 1, [_old_shown(cell, book.datemode) for cell in sheet.row(row)])

    return Sheet(full, walk)


def _old_shown(cell: Any, datemode: int) -> str:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            if cell.value < 1:
                return shown_as((datetime.datetime.min + datetime.timedelta(days=cell.value)).time())
            return shown_as(xlrd.xldate.xldate_as_datetime(cell.value, datemode))
        except (ValueError, OverflowError):
            return shown_as(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return shown_as(bool(cell.value))
    return "" if cell.ctype == xlrd.XL_CELL_ERROR else shown_as(cell.value)


def _only_calamines(error: BaseException) -> None:
    """Let through what is not calamine's own: its panics are no Exception, and must not end a batch."""
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        raise error


def shown_as(cell: object) -> str:
    """A cell's value as a person sees it: 5.0 as "5", a date as ISO, a ticked box as "TRUE"."""
    match cell:
        case str():
            return cell.replace("\x00", "")
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if not math.isfinite(cell):
            return ""
        case float():
            return f"{cell:.15g}" if not cell.is_integer() or abs(cell) >= 1e15 else str(int(cell))
        case datetime.datetime():
            midnight = cell.time() == datetime.time()
            return cell.date().isoformat() if midnight else cell.isoformat(timespec="seconds")
        case datetime.date():
            return cell.isoformat()
        case datetime.time():
            return cell.isoformat(timespec="seconds")
        case None:
            return ""
    return str(cell)


def refusal(source: Source) -> str:
    """Why the workbook must not be opened, "" when it may."""
    limit = source.limits.cells
    try:
        with zipfile.ZipFile(source.stream) as archive:
            return _packed_refusal(archive, source) or _area_refusal(_area(archive, limit), limit)
    except _ERRORS:
        return _DAMAGED


def _packed_refusal(archive: zipfile.ZipFile, source: Source) -> str:
    """Judged by what the archive says of its parts; what it really unpacks to is held to that by `_read`."""
    total = 0
    if "xl/workbook.bin" in archive.namelist():
        return "It is a binary workbook (xlsb) or protected by a password."
    for info in archive.infolist():
        total += info.file_size
        if info.file_size > 1_000_000 and info.file_size > source.limits.ratio * max(info.compress_size, 1):
            return f"A part of it is packed more than {source.limits.ratio} times, too large to open."
    if total > source.limits.workbook:
        return f"It is larger than {shown(source.limits.workbook)} when unpacked."
    return ""


def _area_refusal(area: int, limit: int) -> str:
    return f"Its sheets span more than {limit / 1_000_000:g} million cells, too large to open." if area > limit else ""


def _read(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """A part in pieces; more than the archive promised is an error."""
    left = archive.getinfo(name).file_size
    with archive.open(name) as part:
        while chunk := part.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise zipfile.BadZipFile
            yield chunk


def _area(archive: zipfile.ZipFile, limit: int) -> int:
    """The largest rectangle of cells in an xlsx's parts (any may be a sheet), or all of an ods's tables together."""
    names = archive.namelist()
    largest = _ods_area(archive) if "content.xml" in names else 0
    for name in names:
        if largest > limit:
            break
        if name != "content.xml":
            largest = max(largest, _xlsx_area(archive, name))
    return largest


def _xlsx_area(archive: zipfile.ZipFile, name: str) -> int:
    """What the references of its rows and cells span, at most twice too little (columns past ZZ count as the last).

    Reading every reference takes longer than opening the sheet. So rows are read, and of the cells only those that lie
    further right than any before, or in a row whose number is longer or begins with a higher digit than any before.
    """
    last = tags = width = 0
    rest = b""
    for piece in _read(archive, name):
        data = rest + piece
        cut = max(data.rfind(b"<"), 0)  # the last tag may go on in the next piece
        chunk, rest = data[:cut], data[cut:][-_CHUNK:]
        prefixed = b":row" in chunk
        tags += chunk.count(b":c ") if prefixed else chunk.count(b"<c ") + chunk.count(b"<c>") + chunk.count(b"<c/")
        last = max(last, max(map(int, (_PREFIXED_ROW if prefixed else _ROW).findall(chunk)), default=0))
        at = 0
        while match := _beyond(width, last).search(chunk, at):
            width, last, at = max(width, _column(match[1])), max(last, int(match[2])), match.end()
    return max(last * max(width, 1), tags)


@lru_cache(maxsize=64)
def _beyond(width: int, last: int) -> re.Pattern[bytes]:
    """Finds a cell's reference that lies beyond what is known, as far as letters and leading digits tell."""
    digits = str(max(last, 1))
    further = "(?!)"
    if width < 26:
        further = f"[{chr(65 + width)}-Z]|[A-Z]{{2,3}}"
    elif width < 702:
        first, second = divmod(width - 26, 26)  # of the next column: 26 columns have one letter
        rest = f"|[{chr(66 + first)}-Z][A-Z]" if first < 25 else ""
        further = f"{chr(65 + first)}[{chr(65 + second)}-Z]{rest}|[A-Z]{{3}}"
    elif width < 16_384:
        further = "[A-Z]{3}"
    higher = "" if digits[0] == "9" else f"|[{int(digits[0]) + 1}-9]\\d{{{len(digits) - 1}}}"
    deeper = f"\\d{{{min(len(digits) + 1, 9)},9}}{higher}"
    pattern = rf"""\sr\s?=\s?["'](?=(?:{further})\d|[A-Z]{{1,3}}(?:{deeper})["'])([A-Z]{{1,3}})(\d{{1,9}})"""
    return re.compile(pattern.encode(), re.I)


def _column(letters: bytes) -> int:
    """ "A" is 1, "AA" 27; what has three letters counts as the last column that a sheet can have."""
    if len(letters) > 2:
        return 16_384
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _ods_area(archive: zipfile.ZipFile) -> int:
    """Rows and columns up to the last filled cell of each table, repetitions counted.

    Raises ExpatError for XML that is not whole: calamine would wait for its end for ever.
    """
    areas = [0]
    row = repeat = column = width = last = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, repeat, column, width, last
        if name == "table:table":
            areas.append(0)
            row = repeat = column = width = last = 0
        elif name == "table:table-row":
            row, repeat, column = row + repeat, int(attributes.get("table:number-rows-repeated", 1)), 0
        elif name.endswith("table-cell"):
            column += int(attributes.get("table:number-columns-repeated", 1))
        if name == "text:p" or attributes.keys() & _VALUES:
            width, last = max(width, column), row + repeat
            areas[-1] = width * last

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    for piece in _read(archive, "content.xml"):
        parser.Parse(piece)
    parser.Parse(b"", True)
    return sum(areas)
