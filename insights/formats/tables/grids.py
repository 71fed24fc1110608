"""Tables of text (CSV, TSV): a row is a conversation, a part of one, a CRM record, or a named problem.

A sheet is a name and a walk over its rows of cells; what the cells came from makes no difference from there on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from insights.formats import formulas
from insights.formats.found import Found
from insights.formats.sources import Source
from insights.formats.tables import delimited, layout, origins, readings, rows, saved
from insights.formats.tables.columns import ColumnMapping
from insights.formats.tables.layout import Layout, Record, Row
from insights.formats.tables.readings import Reading
from insights.records import Problem

ENDINGS = (".csv", ".tsv", ".tab")
SAMPLE = 200
NO_TEXT = "No column holds the notes or the text."
MOST_COLUMNS = 2_000  # every further column is a filter, and pages ask for each


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table by its name; `walk` starts at its first row each time. `delimiter` is "" for a workbook's."""

    name: str
    walk: Callable[[], Iterable[Record]]
    delimiter: str = ""


def read(source: Source, mapping: ColumnMapping) -> Iterator[Found | Reading]:
    """Yield what a file of delimited text holds."""
    yield from or_empty(source.name, _found(sheet(source, mapping), mapping))


def _found(table: Sheet, mapping: ColumnMapping) -> Iterator[Found | Reading]:
    for part in parts(table):
        if isinstance(part, Problem):
            yield part
            continue
        own = settled(part, mapping)
        yield from found(part, find(part, own), own)


def parts(table: Sheet) -> Sequence[Sheet | Problem]:
    """The table, or what is wrong with one that is too wide; where it is a file of problems that stood in several tables, each of these with its rows and the columns
    that it fills: their heads were put side by side, and mean what they mean in their own table alone."""
    if max((_filled(record.cells) for record in islice(table.walk(), SAMPLE)), default=0) > MOST_COLUMNS:
        return [too_wide(table.name, None)]
    top = next((record for record in table.walk() if not record.trouble and any(map(str.strip, record.cells))), None)
    heads = [cell.strip().casefold() for cell in top.cells] if top else []
    if not top or origins.FILE not in heads:
        return [table]
    at, ours = heads.index(origins.FILE), {n for n, head in enumerate(heads) if head.startswith(layout.IGNORED)}
    filled: dict[str, set[int]] = {}
    for record in table.walk():
        if record.number > top.number and not record.trouble:
            own = {n for n, cell in enumerate(record.cells[: len(heads)]) if cell.strip()} - ours
            filled.setdefault(_cell(record, at), set()).update(own)
    if len(filled) < 2:
        return [table]
    named = [(name, columns) for name, columns in filled.items() if columns]
    return [_part(table, top, at, name, sorted(ours | columns), n == 0) for n, (name, columns) in enumerate(named)]


def too_wide(name: str, row: int | None) -> Problem:
    reason = f"It has more than {MOST_COLUMNS:,} columns."
    return Problem(name, row, reason, "Leave out the columns that nobody filters by, and upload it again.")


def _filled(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell.strip()) if len(cells) > MOST_COLUMNS else len(cells)


def _cell(record: Record, at: int) -> str:
    return record.cells[at].strip() if at < len(record.cells) else ""


def _part(table: Sheet, top: Record, at: int, name: str, keep: Sequence[int], first: bool) -> Sheet:
    """One table of a file of problems; what cannot be read stands with the `first`."""

    def walk() -> Iterator[Record]:
        for record in table.walk():
            if first if record.trouble else (record.number == top.number or _cell(record, at) == name):
                cells = [record.cells[n] if n < len(record.cells) else "" for n in keep]
                yield record._replace(cells=[*cells, *record.cells[len(top.cells) :]])

    return Sheet(f"{table.name}/{formulas.unguarded(name)}" if name else table.name, walk, table.delimiter)


def or_empty(name: str, items: Iterable[Found | Reading]) -> Iterator[Found | Reading]:
    """What a file holds, and a warning where that is nothing: no row was lost, but nobody wants to guess."""
    empty = True
    for item in items:
        empty = empty and isinstance(item, Reading)
        yield item
    if empty:
        advice = "Export it again, or leave it out."
        yield Problem(name, None, "There is no row below the headers.", advice, kept=True)


def sheet(source: Source, mapping: ColumnMapping) -> Sheet:
    """A file of delimited text as a sheet. Walking it inside another walk leaves that one where it was."""
    known = {head: "" for one in (*mapping.saved, *mapping.used) for head in one.columns} | dict(mapping.columns)
    delimiter = delimited.delimiter_of(source, known)

    def walk() -> Iterator[Record]:
        at = source.stream.tell()
        yield from delimited.records(source, delimiter)
        source.stream.seek(at)

    return Sheet(source.name, walk, delimiter)


def settled(table: Sheet, mapping: ColumnMapping) -> ColumnMapping:
    """The mapping for this table, with the saved columns that its heads fit."""
    return saved.by_records(mapping, islice(table.walk(), SAMPLE)) if mapping.saved else mapping


def find(table: Sheet, mapping: ColumnMapping) -> Layout | None:
    """How the table is read, judged by its first rows; None when they are all blank."""
    return layout.find(islice(table.walk(), SAMPLE), mapping)


def found(table: Sheet, how: Layout | None, mapping: ColumnMapping) -> Iterator[Found | Reading]:
    """Yield what a sheet holds, read as `how` says."""
    if how is None or not how.subject:
        yield Problem(
            table.name,
            1,
            NO_TEXT,
            "Name it 'notes' or 'text' in the first row, or upload with a mapping.",
        )
        return

    def walk() -> Iterable[Row | Problem]:
        return layout.rows(table.walk(), how, table.name)

    items = rows.found(walk, table.name, mapping, grouped=how.has("id", "speaker"))
    yield from readings.told(items, table.name, how, mapping, table.delimiter)
