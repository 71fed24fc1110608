"""How a table will be read, shown before it is: what each column was taken for and why, and the first rows as they
would come out. It asks the readers themselves, so that it cannot disagree with them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import PurePosixPath
from typing import BinaryIO, Literal

from insights import deals
from insights.formats import dates
from insights.formats.found import Found
from insights.formats.mail import Mail
from insights.formats.sources import ERRORS, Limits, Source, open_source
from insights.formats.tables import books, grids, layout, objects, readings, rows
from insights.formats.tables.columns import ColumnMapping, Why
from insights.formats.tables.contents import comes_again, reaches
from insights.formats.tables.layout import Layout, Row
from insights.records import Conversation, CrmRecord, Problem

Subject = Literal["conversations", "deals", "contacts", "accounts", "nothing"]

_SUBJECTS: dict[str, Subject] = {
    "conversations": "conversations", "deal": "deals", "contact": "contacts", "account": "accounts", "": "nothing",
}  # fmt: skip
_SAMPLES = 3
_FIRST = 5
_TEXT = 80
_VALUE = 120
_LIMITS = Limits()
_NONE = ColumnMapping()


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """A column: its role (see columns.roles), "" for a field of its own; what said so; up to three of its values;
    whether they come again (see columns.comes_again), and whether people are `reached` by them (columns.reaches): then
    it is no filter."""

    header: str
    role: str
    why: Why
    samples: tuple[str, ...]
    again: bool
    reached: bool


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One of the first conversations or records, its text cut at 80 characters; `problem` where there is one."""

    row: int | None
    date: str = ""
    account: str = ""
    contact: str = ""
    kind: str = ""
    text: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What one table was taken for. A workbook has one for each sheet, in `others` those after the first.

    `subject` is "nothing" when the table has neither words nor records: choose the column that holds the text.
    `date_order` is "" unless the dates of `date_column` need one. `ambiguous` says that they do, and that nothing in
    the file settles it: ask for it. `sampled` is how many rows the columns were judged by. `saved` to `missing` are as
    in readings.Reading, judged by these rows, as is `ended`: stages of rows without an outcome that say one, with it
    (won, lost).
    """

    name: str
    subject: Subject
    encoding: str
    delimiter: str
    sheet: str
    header_row: int
    columns: tuple[PreviewColumn, ...]
    rows: tuple[PreviewRow, ...]
    date_column: str
    date_order: dates.Order
    ambiguous: bool
    date_examples: tuple[str, ...]
    sampled: int
    others: tuple["Preview", ...] = ()
    saved: str = ""
    saved_at: str = ""
    saved_too: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    saved_for: int = 0
    saved_by: str = ""
    ended: tuple[tuple[str, str], ...] = ()


def preview(
    name: str, stream: BinaryIO, *, limits: Limits = _LIMITS, mapping: ColumnMapping = _NONE, ending: str = ""
) -> Preview | Problem:
    """Show how a table, a workbook or a file of JSON objects will be read; a problem for what is none of these. An
    `ending` goes before that of the name, where the content is known to be so."""
    ending = ending or PurePosixPath(name.casefold()).suffix
    try:
        source = open_source(name, stream, limits)
        if ending in books.ENDINGS:
            return _book(source, mapping)
        if ending in grids.ENDINGS:
            return _first_of(_tables(source, grids.sheet(source, mapping), mapping))
        if ending in objects.ENDINGS:
            return _objects(source, mapping)
    except ERRORS as error:
        reason = f"The file could not be read to its end ({type(error).__name__})."
        return Problem(name, None, reason, "Export it again; if that does not help, report it.")
    return Problem(name, None, "This file has no columns.", "Only tables and JSON are read by columns.")


def _book(source: Source, mapping: ColumnMapping) -> Preview | Problem:
    opened = books.open_sheets(source, mapping)
    if isinstance(opened, Problem):
        return opened
    found: list[Preview | Problem] = []
    for sheet in opened:
        found += [sheet] if isinstance(sheet, Problem) else _tables(source, sheet, mapping)
    return _first_of(found) if found else books.empty(source.name)


def _tables(source: Source, sheet: grids.Sheet, mapping: ColumnMapping) -> list[Preview | Problem]:
    return [part if isinstance(part, Problem) else _table(source, part, mapping) for part in grids.parts(sheet)]


def _first_of(found: Sequence[Preview | Problem]) -> Preview | Problem:
    """Of the tables of a file the first with words or records, the others behind it; what is wrong where none is a table."""
    previews = [one for one in found if isinstance(one, Preview)]
    if not previews:
        return next(one for one in found if isinstance(one, Problem))
    first = next((one for one in previews if one.subject != "nothing"), previews[0])
    return replace(first, others=tuple(one for one in previews if one is not first))


def _table(source: Source, sheet: grids.Sheet, mapping: ColumnMapping) -> Preview | Problem:
    mapping = grids.settled(sheet, mapping)
    how = grids.find(sheet, mapping)
    if how is None:
        return Problem(sheet.name, None, "The table is empty.", "Export it again, or leave it out.")

    def walk() -> Iterable[Row | Problem]:
        return layout.rows(sheet.walk(), how, sheet.name)

    sample = [row for row in islice(walk(), grids.SAMPLE) if isinstance(row, Row)]
    samples = [[row.cells[at] for row in sample if at < len(row.cells)] for at in range(len(how.headers))]
    return _shown(source, sheet, how, samples, sample, walk, mapping)


def _objects(source: Source, mapping: ColumnMapping) -> Preview | Problem:
    how, lay, mapping = objects.plan(source, mapping)
    sheet = grids.Sheet(source.name, lambda: ())

    def walk() -> Iterable[Row | Conversation | Problem]:
        return objects.objects(source, lay, mapping)

    first = list(islice(walk(), objects.SAMPLE))
    sample = [row for row in first if isinstance(row, Row)]
    if not any(not isinstance(row, Problem) for row in first):
        none = Problem(
            source.name, None, "There is no JSON object in this file.", "Give an array of objects, or lines."
        )
        return next((row for row in first if isinstance(row, Problem)), none)
    records = [row.record() for row in sample]
    samples = [[record.get(header, "") for record in records] for header in how.headers]
    return _shown(source, sheet, how, samples, sample, walk, mapping)


def _shown(
    source: Source, sheet: grids.Sheet, how: Layout, samples: Sequence[Sequence[str]], sample: Sequence[Row],
    walk: rows.Walk, mapping: ColumnMapping,
) -> Preview:  # fmt: skip
    text = not source.head.startswith(books.WORKBOOKS)
    order, examples = _order(walk, how, mapping)
    told = readings.reading(sheet.name, how, mapping, len(sample), _missing(sheet.name, how, sample, walk, mapping))
    return Preview(
        name=source.name,
        subject=_SUBJECTS[how.subject],
        encoding=source.encoding if text else "",
        delimiter=sheet.delimiter,
        sheet=sheet.name.removeprefix(f"{source.name}/") if sheet.name != source.name else "",
        header_row=how.number,
        columns=tuple(
            PreviewColumn(
                header,
                meaning.role,
                meaning.why,
                _some(values),
                _again(values),
                bool(reaches(header, [value for value in values if value.strip()])),
            )
            for header, meaning, values in zip(how.headers, how.meanings, samples, strict=True)
            if not header.casefold().startswith(layout.IGNORED)
        ),
        rows=_first(walk, sheet.name, how, mapping),
        date_column=how.header_of("date") if how.subject == "conversations" else "",
        date_order=order,
        ambiguous=bool(examples) and not order,
        date_examples=examples,
        sampled=len(sample),
        saved=told.saved,
        saved_at=told.saved_at,
        saved_too=told.others,
        unread=told.unread,
        missing=told.missing,
        saved_for=told.saved_for,
        saved_by=told.saved_by,
        ended=_ended(sample),
    )


def _ended(sample: Sequence[Row]) -> tuple[tuple[str, str], ...]:
    stages = dict.fromkeys(row.get("stage") for row in sample if not row.get("outcome"))
    return tuple((stage, end) for stage in stages if (end := deals.of_stage(stage)))[:_FIRST]


def _missing(name: str, how: Layout, sample: Sequence[Row], walk: rows.Walk, mapping: ColumnMapping) -> tuple[str, ...]:
    """Which of date and account none of these rows would come in with; how their dates are meant is asked elsewhere."""
    if how.subject != "conversations":
        return ()
    tally, order = readings.Tally(), rows.order_of(walk, mapping)
    for row in sample:
        for item in rows.outcome([row], name, rows.checked(mapping), order):
            tally.add(item)
    return tuple(fact for fact in tally.missing() if fact != "date" or not how.has("date"))


def _again(values: Sequence[str]) -> bool:
    heard = Counter(value.strip() for value in values if value.strip())
    return comes_again(len(heard), sum(n for n in heard.values() if n > 1), heard.total())


def _some(values: Sequence[str]) -> tuple[str, ...]:
    found = dict.fromkeys(value.strip()[:_VALUE] for value in values if value.strip())
    return tuple(islice(found, _SAMPLES))


def _order(walk: rows.Walk, how: Layout, mapping: ColumnMapping) -> tuple[dates.Order, tuple[str, ...]]:
    """The day/month order that the reader will use, and two dates that need it; ("", ()) when none does."""
    if how.subject != "conversations" or not how.has("date"):
        return "", ()
    examples = tuple(dict.fromkeys(dates.needing_order(row.get("date") for row in walk() if isinstance(row, Row))))[:2]
    return (rows.order_of(walk, mapping)() if examples else ""), examples


def _first(walk: rows.Walk, name: str, how: Layout, mapping: ColumnMapping) -> tuple[PreviewRow, ...]:
    """The first rows, each by itself: turns are shown as they stand, not joined."""
    if not how.subject:
        return ()
    order = rows.order_of(walk, mapping)
    found: list[PreviewRow] = []
    for row in islice(walk(), _FIRST):
        items = list(rows.outcome([row], name, rows.checked(mapping), order)) if isinstance(row, Row) else [row]
        problem = next((item.reason for item in items if isinstance(item, Problem)), "")
        whole = next((item for item in items if not isinstance(item, Problem)), None)
        found.append(_row(whole, row.number if isinstance(row, Row) else row.row, problem))
    return tuple(found)


def _opening(text: str) -> str:
    words = " ".join(text.split())
    if len(words) <= _TEXT:
        return words
    return (words[: _TEXT - 1].rpartition(" ")[0] or words[: _TEXT - 2]) + " …"


def _row(item: Found | None, number: int | None, problem: str) -> PreviewRow:
    match item:
        case Conversation():
            text = _opening(item.utterances[0].text)
            return PreviewRow(number, item.occurred_at, item.account, item.contact, item.kind, text, problem)
        case Mail():
            facts, text = item.facts, _opening(item.text)
            account, contact = facts.get("account", ""), facts.get("contact", "")
            return PreviewRow(number, item.sent_at, account, contact, "email", text, problem)
        case CrmRecord():
            facts = item.facts
            text = facts.get("stage") or facts.get("job_title") or ""
            return PreviewRow(number, "", facts.get("account", ""), facts.get("contact", ""), item.kind, text, problem)
    return PreviewRow(number, problem=problem)
