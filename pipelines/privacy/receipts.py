"""Receipts of erasures: what went, what remains and why, kept without saying who it was."""

from dataclasses import dataclass

from sqlite_utils import Database

from insights.errors import InsightsError
from pipelines.privacy import traces
from pipelines.store import erasures
from pipelines.store.erasures import Erasure


class UnknownErasure(InsightsError):
    """A receipt that is not there."""

    def __init__(self, number: int):
        super().__init__(f"There is no erasure {number}. List them: parley forget --receipts")


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows of a table go, and how many stay with something in them covered or cut."""

    table: str
    removed: int
    changed: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One number before and after, and why it differs."""

    name: str
    before: int
    after: int
    because: str


@dataclass(frozen=True, slots=True)
class Remains:
    """Something that is not changed, and why: a backup, a file that people put there, an account."""

    what: str
    date: str
    because: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was done. `searched` are the files of the data folder that were looked through afterwards for what is
    `sought` (None in receipts that did not note it), `found` the places in them where something of that still is."""

    id: int
    at: str
    actor: str
    asked: str
    mark: str
    rows: tuple[Rows, ...]
    figures: tuple[Figure, ...]
    remains: tuple[Remains, ...]
    searched: int
    found: int
    kept_out: int
    lifted_at: str = ""
    sought: traces.Sought | None = None


def get(db: Database, number: int) -> Receipt:
    """Raises UnknownErasure."""
    found = erasures.get(db, number)
    if found is None:
        raise UnknownErasure(number)
    return _receipt(found)


def every(db: Database) -> list[Receipt]:
    return [_receipt(one) for one in erasures.every(db)]


def lift(db: Database, number: int, *, now: str, actor: str) -> Receipt:
    """Let what the person says come in again; what is forgotten stays forgotten. Raises UnknownErasure."""
    get(db, number)
    with db.atomic():
        erasures.lift(db, number, now=now, actor=actor)
    return get(db, number)


def _receipt(one: Erasure) -> Receipt:
    told = one.receipt
    return Receipt(
        one.id, one.at, one.actor, one.asked, one.mark, tuple(Rows(**row) for row in told["rows"]),
        tuple(Figure(**row) for row in told["figures"]), tuple(Remains(**row) for row in told.get("remains", ())),
        told.get("searched", 0), told.get("found", 0), one.marks, one.lifted_at,
        traces.Sought(**told["sought"]) if "sought" in told else None,
    )  # fmt: skip
