"""What the page, the interface and the terminal show of the shared numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
from pipelines.teams import comments, shared, shared_figures
from pipelines.teams.shared import BadShared, Shared
from pipelines.teams.shared_figures import FIGURES, Agreed, Figure, Rep


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month as it was published, and the same day on today's data; `figures` of both by their keys. `covers` says
    which days are counted, and where the conversations known then end before the month does; `gone` are the titles of
    uploads that were taken back since."""

    id: int
    month: str
    name: str
    at: str
    actor: str
    as_of: str
    covers: str
    was: Mapping[str, Figure]
    now: Mapping[str, Figure]
    gone: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[str, ...]:
        """The figures that today's data would tell otherwise, as they are shown."""
        return tuple(key for key, one in self.was.items() if key in self.now and _told(one) != _told(self.now[key]))


@dataclass(frozen=True, slots=True)
class SharedView:
    """The figures now, or of one `month` as they were published, and all months that were. `reps` are those that
    whoever looks may see; `seen_by` who may see which, "" where there are no accounts. `due` is the month that can be
    published, "" where it was; `first` says when the first will be, `held` why the month that is over is not published
    by itself. `only_looks` says that whoever looks is named as an owner and may not publish for their role."""

    now: Shared
    months: tuple[MonthLine, ...]
    taken_back: tuple[tuple[int, str, str, str], ...]
    reps: tuple[Rep, ...]
    seen_by: Seen | str
    due: str
    document: Document
    month: MonthLine | None = None
    first: str = ""
    held: str = ""
    may_agree: bool = True
    only_looks: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A month as it would be published now; `problem` says why it cannot be yet."""

    month: str
    name: str
    now: Shared
    covers: str
    may_agree: bool
    owners: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SharedSettings:
    """What was agreed on, and who chose it last and when; `people` can be owners, and `lookers` are owners who may not
    publish. Of a form that could not be saved `typed` is what was written, and `wrong` says what is amiss with a
    figure."""

    agreed: Mapping[str, Agreed]
    figures: Mapping[str, tuple[str, str, str, bool]]
    seen_by: Seen
    choices: Mapping[Seen, str]
    accounts: bool
    problem: str
    may_agree: bool
    owners: tuple[str, ...]
    chosen: tuple[str, str]
    reps_chosen: tuple[str, str]
    people: tuple[str, ...]
    lookers: tuple[str, ...] = ()
    typed: Mapping[str, str] | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)

    def on(self, key: str) -> bool:
        return self.agreed[key].on if self.typed is None else f"{key}-on" in self.typed

    def owner(self, key: str) -> str:
        return self.agreed[key].owner if self.typed is None else self.typed.get(f"{key}-owner", "")

    def target(self, key: str) -> str:
        """The target as it stands in its field: "60" per cent, "30" days, "" without one."""
        if self.typed is not None:
            return self.typed.get(f"{key}-target", "")
        goal = self.agreed[key].target
        return "" if goal is None else f"{round(goal)}" if FIGURES[key][2] == "days" else f"{goal * 100:g}"


def page(db: Database, today: date, *, month: str = "") -> SharedView:
    """Raises NotFound for a `month` that is not published."""
    now = shared.shared(db, today=today)
    lines = []
    for one in shared.published(db):
        again = shared.as_of(db, one.as_of)
        lines.append(
            MonthLine(
                one.id, one.month, name_of(one.month), one.at, one.actor, one.as_of, covers(one),
                {figure.key: figure for figure in shared.figures_of(one)},
                {figure.key: figure for figure in again.figures},
                tuple(shared.gone_since(db, one)),
            )
        )  # fmt: skip
    here = visit()
    if month:
        chosen = next((one for one in lines if one.month == month), None)
        if chosen is None:
            raise NotFound("published month", month)
        then = Shared(chosen.as_of, tuple(chosen.was.values()))
        return SharedView(
            then, tuple(lines), (), (), "", "", made.document(then, (), chosen), chosen,
            may_agree=shared.may_agree(db, here.person),
        )  # fmt: skip
    seen = tuple(one for one in shared_figures.by_rep(db, now.as_of) if reps.may_see(db, here.person, one.name)) if here.person and now.as_of else ()  # fmt: skip
    due, over = shared.ready(db, today=today), shared.month_of(today)
    may_agree, held = shared.may_agree(db, here.person), ""
    if due == over and (why := shared.held_back(db, over, today=today)):
        held = f"{name_of(over)} is not published by itself: {why}.{' You can look at it and publish it.' if may_agree else ''}"
    return SharedView(
        now, tuple(lines), taken_back(db), seen, reps.seen_by(db) if here.accounts else "", due,
        made.document(now, lines),
        first="" if lines or held else first(due, today),
        held=held, may_agree=may_agree,
        only_looks=bool(here.person and here.person.role == "viewer" and shared.is_owner(db, here.person)),
    )  # fmt: skip


def draft(db: Database, today: date, *, month: str = "") -> Draft | None:
    """A month, or the newest that can be published, as it would be; None where none can."""
    if not (month := month or shared.ready(db, today=today)):
        return None
    told = name_of(month), shared.may_agree(db, visit().person), tuple(shared.owners(db))
    try:
        now, heard = shared.draft(db, month, today=today)
    except BadShared as error:
        return Draft(month, told[0], Shared("", ()), "", *told[1:], problem=str(error))
    return Draft(month, told[0], now, covering(now.as_of, heard), *told[1:])


def first(due: str, today: date) -> str:
    """When the first month is published by itself; `due` is the newest that can be published now."""
    if due == shared.month_of(today):
        return f"{name_of(due)} is published by itself as soon as all that was said in it is read."
    month = today.isoformat()[:7]
    day = words.day((shared.last_day(month) + timedelta(days=1)).isoformat())
    return (
        f"A month is published by itself once it is over, where conversations reach its end and none of them was uploaded on the "
        f"day or the day before; months before are not. So the first will be {name_of(month)}, from {day} on."
    )


def taken_back(db: Database) -> tuple[tuple[int, str, str, str], ...]:
    """Publications that were taken back, as (number, month, when, by whom)."""
    return tuple(
        (one.id, name_of(one.month), one.withdrawn_at, str(one.content.get("withdrawn_by", "")))
        for one in shared_rows.every(db)
        if one.withdrawn_at
    )


def settings(
    db: Database, *, problem: str = "", typed: Mapping[str, str] | None = None, wrong: Mapping[str, str] | None = None
) -> SharedSettings:  # fmt: skip
    here = visit()
    return SharedSettings(
        shared.agreed(db), FIGURES, reps.seen_by(db), reps.CHOICES, here.accounts, problem,
        shared.may_agree(db, here.person),
        tuple(shared.owners(db)), shared.chosen_by(db), reps.chosen_by(db),
        comments.people(db) if here.accounts else (),
        tuple(shared.owners_who_only_look(db)) if here.accounts else (), typed, wrong or {},
    )  # fmt: skip


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
    return covering(month.as_of, str(month.content.get("heard_until", "")))


def covering(as_of: str, heard: str) -> str:
    """The same of a last day and of the day of the newest conversation until then."""
    told = f"Counted to {words.day(as_of)}, most over the {shared_figures.DAYS} days before"
    return f"{told}; conversations reached to {words.day(heard)}" if heard and heard < as_of else told


def value(one: Figure) -> str:
    """A figure in words: "57 %", "41 days", "–"."""
    if one.value is None:
        return "–"
    return words.plural(round(one.value), "day") if one.unit == "days" else words.percent(one.value)


def taken_back_now(db: Database, number: int) -> tuple[int, str] | None:
    """The number and the month of a publication that stands no longer; None for any other number."""
    return next(((one, name) for one, name, *_ in taken_back(db) if one == number), None)


def _told(one: Figure) -> tuple:
    return value(one), one.count, one.of
