"""How a table's columns are read: one header, its roles, its subject. Files, sheets and JSON objects share it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from insights.formats import dates, formulas
from insights.formats.tables import columns, subjects
from insights.formats.tables.columns import ColumnMapping, Meaning
from insights.formats.tables.contents import may_place
from insights.records import ConversationKind, Problem

IGNORED = "parley_"  # the columns that Parley adds to a file of problems
TOP = 15
_SAMPLED = 200
_ROW_ADVICE = "Put cells that contain the delimiter into quotation marks."
_BLANK = ("", "-")  # Salesforce's reports write a dash for nothing
# A column of one of these roles is still a field of its own.
_FIELDS_TOO = ("deal", "message_id")


class Record(NamedTuple):
    """A row as a spreadsheet numbers it (the first line is 1), or why it could not be read, with its raw line."""

    number: int
    cells: Sequence[str]
    trouble: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """The header (its row, 0 for none), what each column means, and what the rows are.

    `roles` and `own` give the positions of the columns with a role and of those that stay fields. `record_kind` is
    what a row without words is in a table of conversations, `kind` the kind of conversation where no column says it.
    `numbered` is the column that numbers the rows though its header does not say so, None for none. `unread` are the
    columns without a meaning that may hold a date or an account.
    """

    number: int
    headers: tuple[str, ...]
    meanings: tuple[Meaning, ...]
    subject: subjects.Subject
    record_kind: subjects.RecordKind | None
    kind: ConversationKind | None
    roles: tuple[tuple[int, str], ...]
    own: tuple[tuple[int, str], ...]
    numbered: int | None = None
    unread: tuple[str, ...] = ()

    def header_of(self, role: str) -> str:
        return next((self.headers[position] for position, name in self.roles if name == role), "")

    def has(self, *roles: str) -> bool:
        return {*roles} <= {role for _, role in self.roles}


class Row(NamedTuple):
    """One record: its number in the file, its values by role, the further ones under their own header."""

    number: int
    values: Mapping[str, str]
    fields: Mapping[str, str]
    layout: Layout
    cells: Sequence[str]
    turns: tuple[Mapping[str, str], ...] = ()
    participants: tuple[Mapping[str, str], ...] = ()

    def get(self, role: str) -> str:
        return self.values.get(role, "")

    def record(self) -> dict[str, str]:
        """The row as the file gave it, for a problem."""
        return as_given(self.layout.headers, self.cells)


def as_given(headers: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """Header -> cell; cells past the header under "column 5" and so on, Parley's own columns left out."""
    names = [*headers, *(f"column {at}" for at in range(len(headers) + 1, len(cells) + 1))]
    pairs = zip(names, [*cells, *[""] * (len(names) - len(cells))], strict=True)
    return {name: cell for name, cell in pairs if not name.casefold().startswith(IGNORED)}


def find(sample: Iterable[Record], mapping: ColumnMapping) -> Layout | None:
    """Find the header among a table's top rows and settle the columns; None for a table without any cell."""
    full = [record for record in sample if not record.trouble and any(cell.strip() for cell in record.cells)]
    if not full:
        return None
    known = {**mapping.remembered, **mapping.columns}
    top = _header(full, known)
    names = [cell.strip() for cell in top.cells]
    if _is_corrected(names):
        names = list(map(formulas.unguarded, names))
    below = [record.cells for record in full if record.number > top.number]
    if not _known(names, known) and _looks_like_data(names):
        names = [""] * len(names)
        top, below = Record(0, names), [record.cells for record in full]
    return settle(names, below[:_SAMPLED], mapping, top.number)


def _is_corrected(headers: Sequence[str]) -> bool:
    """True for a file of problems that a person corrected: Parley wrote it, its cells guarded."""
    return any(header.casefold().startswith(IGNORED) for header in headers)


def settle(names: Sequence[str], sample: Sequence[Sequence[str]], mapping: ColumnMapping, number: int) -> Layout:
    """Settle what each column means and what the rows are. Nameless columns are called by their place."""
    headers = distinct(names)
    read = [at for at, header in enumerate(headers) if not header.casefold().startswith(IGNORED)]
    picked = columns.meanings(
        [headers[at] for at in read],
        [[row[at] if at < len(row) else "" for at in read] for row in sample],
        mapping.columns,
        mapping.remembered,
    )
    meanings = [Meaning() for _ in headers]
    for at, meaning in zip(read, picked, strict=True):
        meanings[at] = meaning
    kind = subjects.kind_of([headers[at] for at in read])
    for at in read:
        if meanings[at] == Meaning("outcome", "header") and subjects.is_status(
            headers[at], [row[at] for row in sample if at < len(row)]
        ):
            meanings[at] = Meaning()
    subject, record_kind = subjects.settle([headers[at] for at in read], [meanings[at] for at in read])
    if subject in subjects.RECORD_KINDS:
        for at, meaning in zip(
            read, subjects.of_record(subject, [headers[at] for at in read], [meanings[at] for at in read]), strict=True
        ):
            meanings[at] = meaning
    own = [at for at in read if not meanings[at].role or meanings[at].role in _FIELDS_TOO]
    return Layout(
        number,
        headers,
        tuple(meanings),
        subject,
        record_kind,
        kind,
        tuple((at, meanings[at].role) for at in read if meanings[at].role),
        tuple((at, _called(headers[at], meanings[at].role, subject)) for at in own),
        _numbered(headers, sample, meanings),
        tuple(
            headers[at]
            for at in read
            if meanings[at] == Meaning() and (not sample or may_place(columns.values_of(sample, at)))
        ),
    )


def _numbered(headers: Sequence[str], sample: Sequence[Sequence[str]], meanings: Sequence[Meaning]) -> int | None:
    """The column that a person calls the id, though nothing else would; without any id the one that numbers the
    rows."""
    ids = [at for at, meaning in enumerate(meanings) if meaning.role == "id"]
    if ids:
        return next((at for at in ids if meanings[at].why in ("mapping", "saved")), None)
    found = [
        at for at, meaning in enumerate(meanings)
        if not meaning.role and columns.numbers_rows(headers[at], [row[at] for row in sample if at < len(row)])
    ]  # fmt: skip
    return min(found, key=lambda at: (not columns.is_number(headers[at]), at), default=None)


def _called(header: str, role: str, subject: str) -> str:
    """What a field is kept under: the deal as such, also where its header does not say so but a person did."""
    return "deal" if role == "deal" and subject == "conversations" and not columns.means(header, "deal") else header


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Each column under a name of its own: "Email" and "Email (2)", "column 3" for an empty one."""
    found: dict[str, None] = {}
    copies: dict[str, int] = {}  # where counting goes on: a table may have a hundred thousand columns of one name
    for position, name in enumerate(names, start=1):
        name = name or f"column {position}"
        unique, copy = name, copies.get(name, 2)
        while unique in found:
            unique, copy = f"{name} ({copy})", copy + 1
        found[unique], copies[name] = None, copy
    return tuple(found)


def _header(full: Sequence[Record], given: Mapping[str, str]) -> Record:
    """The first of the top rows with two known names (reports open with titles), or the row right below it when that
    has more (groups above the header); else the first that is as wide as most."""
    for record, following in zip(full[:TOP], [*full[1:], full[-1]], strict=False):
        if (known := _known(record.cells, given)) >= 2:
            return following if _known(following.cells, given) > known else record
    widths = sorted(_filled(record) for record in full)
    return next(record for record in full if _filled(record) >= widths[len(widths) // 2] / 2)


def _filled(record: Record) -> int:
    return sum(bool(cell.strip()) for cell in record.cells)


def _known(cells: Sequence[str], given: Mapping[str, str]) -> int:
    return sum(cell.strip() in given or columns.known(cell) is not None for cell in cells if cell.strip())


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


def rows(records: Iterable[Record], layout: Layout, name: str) -> Iterable[Row | Problem]:
    """The rows below the header; blank ones are nothing, broken and overlong ones problems."""
    width, roles, own = len(layout.headers), layout.roles, layout.own
    corrected = _is_corrected(layout.headers)
    for record in records:
        number, cells, trouble, raw = record
        if number <= layout.number:
            continue
        if trouble:
            advice = "Export the file again, or mend this row's quotation marks and length."
            yield Problem(name, number, trouble, advice, record={"line": raw} if raw else {})
            continue
        if corrected:
            cells = list(map(formulas.unguarded, cells))
        size = len(cells)
        if size > width and any(cell.strip() for cell in cells[width:]):
            reason = f"This row has {size} cells, the header has {width}."
            yield Problem(name, number, reason, _ROW_ADVICE, record=as_given(layout.headers, cells))
            continue
        values: dict[str, str] = {}
        for at, role in roles:
            if at < size and role not in values and (cell := cells[at].strip()) not in _BLANK:
                values[role] = cell
        fields = {header: cell for at, header in own if at < size and (cell := cells[at].strip()) not in _BLANK}
        if values or fields or any(cell.strip() for cell in cells):
            yield Row(number, values, fields, layout, cells)
