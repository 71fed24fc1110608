"""What pages show of notes: those of a chart and a page, the list of all, and what became of one that was saved at once
by two people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

from api.wording import words
from api.wording.words import link
from insights.annotating import Mark
from pipelines.reports import annotations as notes
from pipelines.reports.annotations import AnnotationChanged, Draft, Noted
from pipelines.store import annotations, themes
from pipelines.store.annotations import Annotation

A_PAGE = 100
PINNED_TO = {kind: f"{plural.capitalize()} report" for kind, plural in words.PLURALS.items()}
SHORT = 60


@dataclass(frozen=True, slots=True)
class Told:
    """Something that was done, and the form that takes it back: `action` is "" where nothing does. `dated` says that it
    concerns a note on charts."""

    text: str
    action: str = ""
    label: str = "Undo"
    dated: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """A note with its days and where it is shown in words; `where` leads there. `mark` is None where it is on no
    chart."""

    note: Annotation
    when: str
    place: str
    where: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of a page: those on its chart by number, those pinned to it, and what a new one would concern."""

    dated: tuple[Entry, ...] = ()
    pinned: tuple[Entry, ...] = ()
    kind: str = ""
    theme: int | None = None
    told: tuple[Told, ...] = ()

    @property
    def marks(self) -> tuple[Mark, ...]:
        return tuple(one.mark for one in self.dated if one.mark)


@dataclass(frozen=True, slots=True)
class AnnotationsPage:
    """All notes. `draft` is what somebody wrote that could not be kept, and `problem` why; `edited` the note that they
    were changing, None for a new one, and `version` the one that they saw."""

    dated: tuple[Entry, ...]
    pinned: tuple[Entry, ...]
    removed: tuple[Entry, ...]
    themes: tuple[tuple[str, tuple[tuple[int, str], ...]], ...]
    query: str
    next: str
    told: tuple[Told, ...]
    draft: Draft
    problem: str = ""
    edited: int | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class ConflictPage:
    """A note that somebody else saved meanwhile: as it is now, what one wanted, and where to go on."""

    now: Entry
    draft: Draft | None
    sentence: str
    back: str


def of(db: Database, noted: Noted, *, kind: str, theme: int | None = None, done: str = "") -> Notes:
    """The notes of a report's or a theme's page; `done` names what was just done, from the address."""
    numbers = {mark.happening.id: mark for mark in noted.marks}
    names = _names(db, (*noted.dated, *noted.pinned))
    return Notes(
        tuple(_entry(one, names, numbers.get(one.id)) for one in noted.dated),
        tuple(_entry(one, names) for one in noted.pinned), kind, theme, told(db, done),
    )  # fmt: skip


def within(db: Database, first: date, last: date) -> tuple[Entry, ...]:
    """The notes on days of a stretch, the newest first."""
    found = [
        one for one in annotations.every(db, dated=True)
        if one.starts <= last.isoformat() and (one.ends or one.starts) >= first.isoformat()
    ]  # fmt: skip
    names = _names(db, found)
    return tuple(_entry(one, names) for one in found)


def page(
    db: Database, *, query: str = "", after: str = "", done: str = "", draft: Draft | None = None, problem: str = "",
    edited: int | None = None, version: int = 0,
) -> AnnotationsPage:  # fmt: skip
    """`edited` without a draft opens the form with that note. Raises UnknownAnnotation."""
    if edited is not None and draft is None:
        known = notes.get(db, edited)
        draft = Draft(
            known.text, known.starts, known.ends, "" if known.theme_id else known.kind, known.theme_id, known.link
        )
        version = known.version
    found = annotations.every(db, dated=True, q=query, after=after, limit=A_PAGE + 1)
    pinned = annotations.every(db, dated=False, q=query, limit=A_PAGE) if not after else []
    removed = annotations.every(db, status="removed", q=query, limit=A_PAGE) if not after else []
    names = _names(db, (*found, *pinned, *removed))
    grouped = tuple(
        (words.PLURALS[kind].capitalize(), tuple((t.id, t.name) for t in themes.active(db, kind)))
        for kind in ("objection", "question", "competitor")
    )
    shown, out, away = (tuple(_entry(one, names) for one in part) for part in (found[:A_PAGE], pinned, removed))
    return AnnotationsPage(
        shown, out, away, tuple(group for group in grouped if group[1]), query,
        found[A_PAGE - 1].cursor if len(found) > A_PAGE else "", told(db, done), draft or Draft(""), problem, edited,
        version,
    )  # fmt: skip


def conflict(db: Database, error: AnnotationChanged, draft: Draft | None, back: str) -> ConflictPage:
    """`draft` is None where the note was to be removed or an edit to be undone."""
    return ConflictPage(_entry(error.current, _names(db, [error.current])), draft, str(error), back)


def told(db: Database, done: str) -> tuple[Told, ...]:
    """ "3.2" is version 2 of note 3: what it did, and, while no later one came, how to take it back."""
    number, _, version = done.partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 16 for part in (number, version)):
        return ()
    made = annotations.at_version(db, int(number), int(version))
    now, before = annotations.get(db, int(number)), annotations.at_version(db, int(number), int(version) - 1)
    if made is None or now is None:
        return ()
    if made.status == "removed":
        verb = "Removed"
    elif before is None:
        verb = "Added"
    else:
        verb = "Brought back" if before.status == "removed" else "Changed to"
    text = f"{verb} the note “{_short(made.text)}”"
    if now.version != made.version:
        return (Told(f"{text}; it was changed again since", dated=bool(made.starts)),)
    return (Told(text, link(f"/annotations/{number}/undo", version=version), dated=bool(made.starts)),)


def when(note: Annotation) -> str:
    """ "3 Nov 2026", "3 Nov 2026 to 5 Nov 2026", "" for one without a day."""
    if not note.starts:
        return ""
    return f"{words.day(note.starts)} to {words.day(note.ends)}" if note.ends else words.day(note.starts)


def _entry(note: Annotation, names: dict[int, str], mark: Mark | None = None) -> Entry:
    if note.theme_id:
        return Entry(note, when(note), names.get(note.theme_id, "a theme"), f"/themes/{note.theme_id}", mark)
    if note.kind:
        return Entry(note, when(note), PINNED_TO[note.kind], f"/reports/{words.PLURALS[note.kind]}", mark)
    return Entry(note, when(note), "All charts", "", mark)


def _names(db: Database, found: Sequence[Annotation]) -> dict[int, str]:
    known = {one.theme_id: themes.get(db, one.theme_id) for one in found if one.theme_id}
    return {number: theme.name for number, theme in known.items() if theme and number}


def _short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"
