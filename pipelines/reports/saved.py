"""Save a report as it is shown, find it again, describe it anew, take it back and bring it back.

What is kept never changes: only its title and note do. Nothing is deleted, so that a link that was sent once always
leads somewhere.
"""

import secrets
import unicodedata
from dataclasses import dataclass

from sqlite_utils import Database

from insights.errors import InsightsError
from pipelines.store import saved as store
from pipelines.store.saved import SavedReport

LONGEST_TITLE, LONGEST_NOTE = 120, 2000
ID_BYTES = 16  # 128 bits: whoever was not given the link does not come upon it


class UnknownSaved(InsightsError):
    """A saved report that is not there."""

    def __init__(self, saved_id: str):
        super().__init__(f"There is no saved report '{saved_id[:60]}'. Look whether the address is complete.")


class BadSaved(InsightsError):
    """A title or note that cannot be kept."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is to be kept: the live address, the day that the report is as of, and its content as JSON."""

    report: str
    query: str
    day: str
    content: str


def save(
    db: Database, snapshot: Snapshot, *, title: str, note: str = "", now: str, actor: str, version: str
) -> SavedReport:  # fmt: skip
    """Keep a report. Raises BadSaved."""
    title, note = _checked(title, note)
    with db.atomic():
        saved = SavedReport(
            secrets.token_hex(ID_BYTES), title, note, snapshot.report, snapshot.query, snapshot.day, snapshot.content,
            now,
            actor, store.last_event(db), version, "active", "", "",
        )  # fmt: skip
        store.add(db, saved)
    return saved


def get(db: Database, saved_id: str) -> SavedReport:
    """A saved report, removed or not. Raises UnknownSaved."""
    found = store.get(db, saved_id)
    if found is None:
        raise UnknownSaved(saved_id)
    return found


def describe(db: Database, saved_id: str, *, title: str, note: str | None = None) -> SavedReport:
    """Change the title, and the note where one is given. Raises BadSaved, UnknownSaved."""
    known = get(db, saved_id)
    title, note = _checked(title, known.note if note is None else note)
    with db.atomic():
        store.describe(db, saved_id, title=title, note=note)
    return get(db, saved_id)


def remove(db: Database, saved_id: str, *, now: str, actor: str) -> SavedReport:
    """Take a report back: its link then says so, and by whom."""
    get(db, saved_id)
    with db.atomic():
        store.set_status(db, saved_id, "removed", at=now, by=actor)
    return get(db, saved_id)


def restore(db: Database, saved_id: str) -> SavedReport:
    """Show a report again that was taken back."""
    get(db, saved_id)
    with db.atomic():
        store.set_status(db, saved_id, "active", at="", by="")
    return get(db, saved_id)


def _seen(text: str) -> str:
    """Without control characters, which nobody sees and files refuse; lines and tabs stay."""
    return "".join(one for one in text if one in "\n\t" or unicodedata.category(one) != "Cc")


def _checked(title: str, note: str) -> tuple[str, str]:
    title, note = " ".join(_seen(title).split()), _seen(note).strip()
    if not any(one.isprintable() and not one.isspace() for one in title):
        raise BadSaved("Give the report a title, for instance what you saved it for.")
    for name, text, most in (("title", title, LONGEST_TITLE), ("note", note, LONGEST_NOTE)):
        if len(text) > most:
            raise BadSaved(f"The {name} has {len(text):,} characters; {most:,} is the most.")
    return title, note
