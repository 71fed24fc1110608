"""How the tables of an upload were read, those that were read alike told together, and what a person should know of it.

These are notices: nothing failed. They say which saved columns were used, and what a whole table lacks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlite_utils import Database

from insights.formats import Preview, Reading
from insights.formats.tables.readings import guess, lack
from insights.once.readings import CORRECTED, REASONS
from insights.wording import day, plural
from pipelines.store import conversations, links

MOST_KINDS = 100
MOST_FILES = 5


@dataclass(frozen=True, slots=True)
class ReadAs:
    """Tables that were read alike: how many, the first `files` of them, and how (see insights.formats.Reading)."""

    files: tuple[str, ...]
    tables: int
    conversations: int
    saved: str = ""
    saved_at: str = ""
    others: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    guessed: tuple[tuple[str, str], ...] = ()
    saved_for: int = 0
    saved_by: str = ""
    delimiter: str = ""

    @property
    def guess(self) -> str:
        """Which of their columns were guessed, as a sentence; "" for none."""
        return guess(self.guessed)

    @property
    def named(self) -> str:
        """ "a.csv", "a.csv and 3 more tables"."""
        more = self.tables - 1
        return self.files[0] + (f" and {plural(more, 'more table')}" if more else "")

    @property
    def by(self) -> str:
        """By which saved columns they were read, as a sentence; "" for none."""
        if not self.saved:
            return ""
        who, when = self.saved_by or "you", day(self.saved_at[:10])
        if self.saved_for:
            return (
                f"Columns read as {who} confirmed them for upload {self.saved_for} on {when}: it had the same headers."
            )
        said = f"Columns read as {who} saved them on {when}, as “{self.saved}”."
        if self.others:
            fit = " and ".join(f"“{name}”" for name in self.others)
            said += f" {fit} {'fits' if len(self.others) == 1 else 'fit'} too; the latest saved is used."
        return said

    @property
    def lack(self) -> str:
        """What they lack and which columns may hold it, as a sentence; "" for nothing."""
        return lack(self.missing, self.unread)

    @property
    def is_told(self) -> bool:
        """Whether a person should know of it."""
        return bool(self.lack or self.guess or self.by)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def add(found: dict[tuple, ReadAs], reading: Reading) -> None:
    """Put one table to those that were read alike; beyond a hundred ways to read tables no new one is noted."""
    key = (
        reading.saved,
        reading.others,
        reading.unread,
        reading.missing,
        reading.guessed,
        reading.saved_for,
        reading.delimiter,
    )
    known = found.get(key)
    if known is not None:
        files = (*known.files, reading.file)[:MOST_FILES]
        conversations = known.conversations + reading.conversations
        found[key] = replace(known, files=files, tables=known.tables + 1, conversations=conversations)
    elif len(found) < MOST_KINDS:
        found[key] = ReadAs(
            (reading.file,), 1, reading.conversations, reading.saved, reading.saved_at, reading.others, reading.unread,
            reading.missing, reading.guessed, reading.saved_for, reading.saved_by,
            reading.delimiter,
        )  # fmt: skip


def load(values: Sequence[Mapping[str, Any]]) -> tuple[ReadAs, ...]:
    """What the store kept, as records."""
    return tuple(_record(dict(value)) for value in values)


def _record(value: dict[str, Any]) -> ReadAs:
    for name in ("files", "others", "unread", "missing"):
        value[name] = tuple(value[name])
    value["guessed"] = tuple((header, role) for header, role in value.get("guessed", ()))
    return ReadAs(**value)


def of_preview(table: Preview) -> ReadAs:
    """How a table will be read, by its preview."""
    return ReadAs(
        (table.name,),
        1,
        table.sampled,
        table.saved,
        table.saved_at,
        table.saved_too,
        table.unread,
        table.missing,
        tuple((one.header, one.role) for one in table.columns if one.why == "guess"),
        table.saved_for,
        table.saved_by,
    )


def notices(readings: Iterable[ReadAs]) -> list[str]:
    """What a person should know, a sentence or two for each way to read: what is missing first."""
    ordered = sorted(readings, key=lambda one: not one.missing)
    return [f"{one.named}: {' '.join(filter(None, (one.lack, one.guess, one.by)))}" for one in ordered if one.is_told]


def again(db: Database, batch_id: int) -> list[str]:
    """What of an upload is in by another one too, corrected or read with other columns, and what counts, as
    sentences."""
    told = []
    for other, (count, kept) in links.replaced(db, batch_id, (CORRECTED,)).items():
        if kept < count:
            its = "its" if count == 1 else "their"
            told.append(
                f"{plural(count, 'row')} of upload {other} corrected in place: what this upload says counts in {its} place, so "
                f"{_they(count)} not doubled. Undo this upload, and the former counts again."
            )
    for other, (count, kept) in links.replaced(db, batch_id, REASONS).items():
        rows, they, its = plural(count, "row"), _they(count), "its" if count == 1 else "their"
        said = (
            f"{rows} of upload {other} came in again, read with other columns: this reading counts in {its} place, so "
        )
        undo = "" if kept else " Undo this upload, and the former reading counts again."
        told.append(f"{said}{they} not doubled.{undo}")
    for other, count in links.replaced_by(db, batch_id, REASONS).items():
        told.append(
            f"{plural(count, 'row')} came in by upload {other} too, read with other columns, and that reading counts: "
            f"{_they(count)} not doubled."
        )
    return told


def _they(count: int) -> str:
    return "it is" if count == 1 else "they are"


def lacking(readings: Iterable[ReadAs]) -> bool:
    """Whether a table lacks a date or an account altogether."""
    return any(one.missing for one in readings)


def still_lacking(db: Database, batch_id: int, readings: Iterable[ReadAs]) -> int:
    """How many conversations of such tables count without it now: another upload may have brought it since."""
    facts = {fact for one in readings for fact in one.missing}
    return conversations.count_lacking(db, batch_id, facts) if facts else 0
