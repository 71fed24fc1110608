"""What the pages of trackers show, as one value a page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlite_utils import Database

from insights.trackers import Tracker
from pipelines.catalogue import trackers
from pipelines.catalogue.trackers import Listed, Preview
from pipelines.store import conversations, sketches
from pipelines.store import trackers as store
from pipelines.store.trackers import Found, Saved

MONTHS = 12
HITS_A_PAGE = 25
AT_ONCE = 20_000  # utterances that a page makes ready itself; more are left to a job


@dataclass(frozen=True, slots=True)
class Entered:
    """What stands in the form. `tracker_id` is 0 for a new tracker; `version` is the one that is edited."""

    tracker: Tracker
    tracker_id: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True)
class Month:
    """A month's conversations; `height` in [0, 1] of the highest month."""

    name: str
    conversations: int
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A saved tracker in the list."""

    listed: Listed
    months: tuple[Month, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Saved trackers, removed ones, an empty form. `gone` was removed just now; `empty` says that nothing is stored."""

    lines: tuple[Line, ...]
    removed: tuple[Saved, ...]
    gone: Saved | None
    entered: Entered
    problems: tuple[str, ...]
    empty: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """The form with what it would find. `preparing` says that the history is being made ready for the first time."""

    entered: Entered
    saved: Saved | None
    seen: Preview | None
    problems: tuple[str, ...]
    preparing: bool
    missing: int


@dataclass(frozen=True, slots=True)
class TrackerPage:
    """A saved tracker: how far it reaches, its hits, its versions, and the form to change it.

    `done` says what was saved just now, "" otherwise; `back` is the version that an undo of it goes back to, 0 where
    there was none before. `problem` says why going back did not do.
    """

    listed: Listed
    months: tuple[Month, ...]
    hits: tuple[Found, ...]
    next: str
    versions: tuple[tuple[int, Tracker, str, str], ...]
    entered: Entered
    done: str
    back: int
    problem: str


def overview(db: Database, today: date, *, gone: int = 0, problem: str = "") -> Overview:
    found = trackers.every(db)
    lines = tuple(Line(one, months(one.counts.months, today)) for one in found)
    removed = tuple(store.every(db, "removed"))
    just = next((saved for saved in removed if saved.id == gone), None)
    empty = not conversations.ids(db)
    return Overview(lines, removed, just, Entered(Tracker("")), (problem,) if problem else (), empty)


def tracker(
    db: Database, today: date, tracker_id: int, *, after: str, just: int = 0, problem: str = ""
) -> TrackerPage:  # fmt: skip
    """`just` is the version that was saved just now; it is told as long as no later one replaced it."""
    saved = trackers.get(db, tracker_id)
    counts = store.counts(db, saved)
    hits = store.hits(db, saved, after=after, limit=HITS_A_PAGE + 1)
    more = store.cursor(hits[HITS_A_PAGE - 1]) if len(hits) > HITS_A_PAGE else ""
    return TrackerPage(
        Listed(saved, counts), months(counts.months, today), tuple(hits[:HITS_A_PAGE]), more,
        tuple(reversed(store.versions(db, tracker_id))), Entered(saved.tracker, saved.id, saved.version),
        *(_done(saved) if just == saved.version and saved.status == "active" else ("", 0)), problem,
    )  # fmt: skip


def _done(saved: Saved) -> tuple[str, int]:
    said = (
        f"“{saved.tracker.name}” is saved" if saved.version == 1 else f"The change of “{saved.tracker.name}” is saved"
    )
    return said, saved.version - 1


def tried(
    db: Database, entered: Entered, seen: Preview | None, problems: Sequence[str], *, preparing: bool
) -> Tried:  # fmt: skip
    saved = store.get(db, entered.tracker_id) if entered.tracker_id else None
    return Tried(entered, saved, seen, tuple(problems), preparing, sketches.count_missing(db) if preparing else 0)


def counted(entered: Entered, *, count: str, skip: str) -> Entered:
    """The form after a sentence was counted in (an example) or out (a counter-example)."""
    known = entered.tracker
    told, against = list(known.examples), list(known.counter_examples)
    if count:
        told, against = [*told, count], [line for line in against if line.strip() != count]
    if skip:
        told, against = [line for line in told if line.strip() != skip], [*against, skip]
    return replace(entered, tracker=replace(known, examples=tuple(told), counter_examples=tuple(against)))


def is_ready(db: Database) -> bool:
    """Whether a page can make ready what is missing while somebody waits."""
    return sketches.count_missing(db) <= AT_ONCE


def months(found: Sequence[tuple[str, int]], today: date) -> tuple[Month, ...]:
    """The last twelve months, those without a conversation as well."""
    known, number = dict(found), today.year * 12 + today.month - 1
    names = [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(number - MONTHS + 1, number + 1)]
    top = max((known.get(name, 0) for name in names), default=0) or 1
    return tuple(Month(name, known.get(name, 0), known.get(name, 0) / top) for name in names)
