"""CSV and TSV exports. A row that cannot be read becomes a problem; the rows after it are read all the same.

The trap: one stray quotation mark makes a CSV reader swallow the rest of the file into one cell. Records are therefore
read over a pushed-back line buffer: when a record breaks, only its first line is given up.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from insights.formats import columns, dates, rows
from insights.formats.columns import ColumnMapping
from insights.formats.sources import Line, Source, lines, shown
from insights.records import Conversation, Problem

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 200
# A file that breaks this often has quotation marks that mean nothing: from then on each line is one record.
_MOST_RECOVERIES = 50
_MOST_LINES = 2_000


@dataclass(frozen=True, slots=True)
class _Record:
    """A row as a spreadsheet numbers it (the first line is 1), or why it could not be read."""

    number: int
    cells: Sequence[str]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class _Header:
    number: int
    names: Sequence[str]
    mapping: Mapping[str, str]


class _BrokenError(Exception):
    """The record that starts at the first buffered line never ends."""


def read(source: Source, mapping: ColumnMapping) -> Iterator[Conversation | Problem]:
    """Yield a conversation for each row, or for each group of rows that share an id and name speakers."""
    delimiter = sniff(source)
    sample = list(islice((record for record in _records(source, delimiter)), _SAMPLE))
    header = _header([record for record in sample if not record.trouble], mapping.columns)
    if header is None or "text" not in header.mapping.values():
        yield Problem(
            source.name,
            1,
            "No column holds the notes or the text.",
            "Name it 'notes' or 'text' in the first row, or upload with a mapping.",
        )
        return
    yield from rows.conversations(lambda: _walk(source, delimiter, header), source.name)


def sniff(source: Source) -> str:
    """The delimiter: the one that gives the most known headers, else clevercsv's opinion, else a comma."""
    if source.name.casefold().endswith((".tsv", ".tab")):
        return "\t"
    head = [line.text for line in islice(lines(source), 12)]
    best, most = ",", 0
    for delimiter in _DELIMITERS:
        for text in head:
            cells = next(csv.reader([text[:10_000]], delimiter=delimiter), []) if text.strip() else []
            known = sum(columns.known(cell) is not None for cell in cells)
            if len(cells) > 1 and known > most:
                best, most = delimiter, known
    if not most and any(columns.known(text) for text in head):
        return ","  # a single column
    return best if most else _opinion("\n".join(head)[:8_000])


def _opinion(sample: str) -> str:
    import clevercsv

    try:
        dialect = clevercsv.Sniffer().sniff(sample, delimiters="".join(_DELIMITERS))
    except (clevercsv.Error, ValueError, TypeError):
        return ","
    return dialect.delimiter if dialect is not None and dialect.delimiter in _DELIMITERS else ","


def _header(sample: Sequence[_Record], given: Mapping[str, str]) -> _Header | None:
    """The header row: the first of the top rows with two known names (reports open with titles), else the first row
    with words; a file without one gets numbered columns."""
    full = [record for record in sample if any(cell.strip() for cell in record.cells)]
    if not full:
        return None
    top = next((record for record in full[:15] if _known(record.cells, given) >= 2), full[0])
    names = [cell.strip() for cell in top.cells]
    below = [record.cells for record in full if record.number > top.number]
    if not _known(names, given) and _looks_like_data(names):
        names = [f"column {position}" for position in range(1, len(names) + 1)]
        top, below = _Record(0, names), [record.cells for record in full]
    mapping = columns.guess(names, below[:50])
    taken = set(given.values())
    mapping = {header: role for header, role in mapping.items() if role not in taken and header not in given}
    return _Header(top.number, names, mapping | {header: role for header, role in given.items() if header in names})


def _known(cells: Sequence[str], given: Mapping[str, str]) -> int:
    return sum(cell.strip() in given or columns.known(cell) is not None for cell in cells)


def _looks_like_data(cells: Sequence[str]) -> bool:
    for cell in cells:
        if len(cell.split()) >= 8:
            return True
        try:
            dates.parse(cell)
        except dates.AmbiguousDateError:
            return True
        except ValueError:
            continue
        return True
    return False


def _walk(source: Source, delimiter: str, header: _Header) -> Iterator[rows.Row | Problem]:
    for record in _records(source, delimiter):
        if record.number <= header.number:
            continue
        if record.trouble:
            advice = "Export the file again, or mend this row's quotation marks and length."
            yield Problem(source.name, record.number, record.trouble, advice)
        elif any(cell.strip() for cell in record.cells):
            yield _row(record, header, source.name)


def _row(record: _Record, header: _Header, name: str) -> rows.Row | Problem:
    extra = [cell for cell in record.cells[len(header.names) :] if cell.strip()]
    if extra:
        reason = f"This row has {len(record.cells)} cells, the header has {len(header.names)}."
        return Problem(name, record.number, reason, "Put cells that contain the delimiter into quotation marks.")
    values: dict[str, str] = {}
    fields: dict[str, str] = {}
    for column, cell in zip(header.names, record.cells, strict=False):
        role = header.mapping.get(column)
        if role and role not in values:
            values[role] = cell
            if role == "date":
                values["date column"] = column
        elif column and cell.strip():
            fields[column] = cell.strip()
    return rows.Row(record.number, values, fields)


def _records(source: Source, delimiter: str) -> Iterator[_Record]:
    """Yield every record of the file with its row number, broken ones with their trouble."""
    # The module's own cell limit (131,072) is process-wide; it is only ever raised, lengths are checked here.
    csv.field_size_limit(max(csv.field_size_limit(), source.limits.line + 1))
    incoming, pending, buffer = lines(source), deque[Line](), list[Line]()
    number = recoveries = 0
    while True:
        reader = csv.reader(_feed(incoming, pending, buffer, source.limits.line), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                number += 1
                buffer.clear()
                yield _Record(number, cells)
            return
        except (_BrokenError, csv.Error):
            number += 1
            recoveries += 1
            first, *rest = buffer or [Line(0, "")]
            buffer.clear()
            if first.overlong:
                trouble = f"A line is longer than {shown(source.limits.line)}."
            else:
                trouble = "A quotation mark opens a cell that never ends, or stands inside one."
            yield _Record(number, (), trouble)
            pending.extendleft(reversed(rest))
        if recoveries >= _MOST_RECOVERIES:
            yield from _line_records(incoming, pending, delimiter, number, source)
            return


def _feed(incoming: Iterator[Line], pending: deque[Line], buffer: list[Line], limit: int) -> Iterator[str]:
    """Lines for the CSV reader, remembered until their record is whole; raises _BrokenError when it grows past the limit."""
    size = 0
    while True:
        line = pending.popleft() if pending else next(incoming, None)
        if line is None:
            return
        size = len(line.text) if not buffer else size + len(line.text)
        buffer.append(line)
        if line.overlong and len(buffer) > 1:
            pending.appendleft(buffer.pop())  # it is its own problem; what came before it is another
            raise _BrokenError
        if line.overlong or size > limit or len(buffer) > _MOST_LINES:
            raise _BrokenError
        yield line.text + "\n"


def _line_records(
    incoming: Iterator[Line], pending: deque[Line], delimiter: str, number: int, source: Source
) -> Iterator[_Record]:
    while (line := pending.popleft() if pending else next(incoming, None)) is not None:
        number += 1
        if line.overlong:
            yield _Record(number, (), f"A line is longer than {shown(source.limits.line)}.")
            continue
        try:
            yield _Record(number, next(csv.reader(io.StringIO(line.text), delimiter=delimiter, strict=True), []))
        except csv.Error:
            yield _Record(number, (), "A quotation mark opens a cell that never ends, or stands inside one.")
