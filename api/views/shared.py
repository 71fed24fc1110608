"""What the page, the interface and the terminal show of the shared numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlite_utils import Database

from api.documents import shared as made
from api.errors import NotFound
from api.exports.document import Document
from api.gate.who import visit
from api.wording import words
from pipelines.access import reps
from pipelines.access.reps import Seen
from pipelines.store import shared_rows
from pipelines.store.shared_rows import Month
from pipelines.teams import shared, shared_figures
from pipelines.teams.shared import BadShared, Shared
from pipelines.teams.shared_figures import FIGURES, Agreed, Figure, Rep


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month as it was published, and the same day on today's data; `figures` of both by their keys. `covers` says which
    days are counted, and where the conversations known then end before the month does."""

    id: int
    month: str
    name: str
    at: str
    actor: str
    as_of: str
    covers: str
    was: Mapping[str, Figure]
    now: Mapping[str, Figure]

    @property
    def changed(self) -> tuple[str, ...]:
        """The figures that today's data would tell otherwise."""
        return tuple(key for key, one in self.was.items() if key in self.now and _told(one) != _told(self.now[key]))


@dataclass(frozen=True, slots=True)
class SharedView:
    """The figures now, or of one `month` as they were published, and all months that were. `reps` are those that whoever looks may see; `seen_by` who may see which, "" where
    there are no accounts. `due` is the month that can be published, "" where it was; `first` says when the first will be."""

    now: Shared
    months: tuple[MonthLine, ...]
    taken_back: tuple[tuple[int, str, str], ...]
    reps: tuple[Rep, ...]
    seen_by: Seen | str
    due: str
    document: Document
    month: MonthLine | None = None
    first: str = ""


@dataclass(frozen=True, slots=True)
class SharedSettings:
    agreed: Mapping[str, Agreed]
    figures: Mapping[str, tuple[str, str, str, bool]]
    seen_by: Seen
    choices: Mapping[Seen, str]
    accounts: bool
    problem: str


def page(db: Database, today: date, *, month: str = "") -> SharedView:
    """Raises NotFound for a `month` that is not published."""
    now = shared.shared(db, today=today)
    lines = []
    for one in shared.published(db):
        again = shared.as_of(db, one.as_of)
        lines.append(
            MonthLine(
                one.id, one.month, name_of(one.month), one.at, one.actor, one.as_of, covers(one),
                {figure.key: figure for figure in shared.figures_of(one)}, {figure.key: figure for figure in again.figures},
            )
        )  # fmt: skip
    here = visit()
    if month:
        chosen = next((one for one in lines if one.month == month), None)
        if chosen is None:
            raise NotFound("published month", month)
        then = Shared(chosen.as_of, tuple(chosen.was.values()))
        return SharedView(then, tuple(lines), (), (), "", "", made.document(then, (), chosen), chosen)
    seen = tuple(one for one in shared_figures.by_rep(db, now.as_of) if reps.may_see(db, here.person, one.name)) if here.person and now.as_of else ()  # fmt: skip
    return SharedView(
        now, tuple(lines), taken_back(db), seen, reps.seen_by(db) if here.accounts else "", shared.ready(db, today=today),
        made.document(now, lines), first="" if lines else first(shared.ready(db, today=today), today),
    )  # fmt: skip


def first(due: str, today: date) -> str:
    """When the first month is published by itself; `due` is the newest that can be published now."""
    if due == shared.month_of(today):
        return f"{name_of(due)} is published by itself as soon as all that was said in it is read."
    month = today.isoformat()[:7]
    day = words.day((shared.last_day(month) + timedelta(days=1)).isoformat())
    return (
        f"A month is published by itself on the day after it, where something was heard in it; months before are not. "
        f"So the first will be {name_of(month)}, on {day}, if anything of it is uploaded by then."
    )


def taken_back(db: Database) -> tuple[tuple[int, str, str], ...]:
    """Publications that were taken back, as (number, month, when)."""
    return tuple((one.id, name_of(one.month), one.withdrawn_at) for one in shared_rows.every(db) if one.withdrawn_at)


def settings(db: Database, *, problem: str = "") -> SharedSettings:
    return SharedSettings(shared.agreed(db), FIGURES, reps.seen_by(db), reps.CHOICES, visit().accounts, problem)


def target_of(key: str, text: str) -> float | None:
    """A target as somebody typed it: "60" or "60 %" of a share is 0.6; days as they are. Raises BadShared."""
    plain = text.strip().removesuffix("%").strip().replace(",", ".")
    if not plain:
        return None
    try:
        number = float(plain)
    except ValueError:
        raise BadShared(f"'{text.strip()[:40]}' is no number. Write a target as 60 (per cent) or 30 (days).") from None
    if number != number or abs(number) > 1e6:
        raise BadShared("A target is 0 to 100 %, or a number of days.")
    return number if FIGURES[key][2] == "days" else number / 100


def name_of(month: str) -> str:
    """ "October 2026" for "2026-10"."""
    return date.fromisoformat(f"{month}-01").strftime("%B %Y")


def covers(month: Month) -> str:
    """ "Counted to 31 Oct 2026; conversations reach to 22 Oct 2026" """
    told = f"Counted to {words.day(month.as_of)}, most over the {shared_figures.DAYS} days before"
    heard = str(month.content.get("heard_until", ""))
    return f"{told}; conversations reached to {words.day(heard)}" if heard and heard < month.as_of else told


def value(one: Figure) -> str:
    """A figure in words: "57 %", "41 days", "–"."""
    if one.value is None:
        return "–"
    return words.plural(round(one.value), "day") if one.unit == "days" else words.percent(one.value)


def _told(one: Figure) -> tuple:
    return one.value, one.low, one.high, one.count, one.of
