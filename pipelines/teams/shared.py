"""The few numbers that sales and marketing agreed on: which, with whose name and which target, as published each month.

What one would get wrong: a number is as of a day. What is published of a month is as of its last day and stays as it
was; what the same day looks like on today's data stands beside it. So a month waits until all that was said in it is
read.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta

from sqlite_utils import Database

from insights import wording
from insights.errors import InsightsError
from insights.sampling import Rate
from pipelines.access import audit
from pipelines.access.accounts import Person
from pipelines.store import accounts as people
from pipelines.store import competition_rows, jobs, shared_rows, state, worklist
from pipelines.store.filters import Filters
from pipelines.store.shared_rows import Month
from pipelines.teams import shared_figures
from pipelines.teams.shared_figures import FIGURES, Agreed, Figure

KEY = "shared numbers"
CHOSEN = "shared numbers: chosen"  # by whom and when
LONGEST_OWNER = 80
MOST_MISSING = 3  # days at a month's end on which nothing need be said: a weekend and a holiday
IDLE = ("backup", "digest", "try", "examine")  # jobs that change no figure
_MONTH = re.compile(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])")


class BadShared(InsightsError):
    """A setting, a month or a publication that cannot be."""


class NotAgreeing(InsightsError):
    """Who is neither an administrator nor the owner of a number was to publish or choose."""

    def __init__(self, owners: Sequence[str]):
        named = f" ({', '.join(owners)})" if owners else ""
        super().__init__(
            f"Administrators and the owners of the shared numbers{named} choose and publish them. Ask one of them, or leave a comment."
        )


@dataclass(frozen=True, slots=True)
class Shared:
    """The figures that were agreed on, as of a day."""

    as_of: str
    figures: tuple[Figure, ...]


def agreed(db: Database) -> dict[str, Agreed]:
    """What was agreed on of every figure; all are shown until somebody chose."""
    told = json.loads(state.get(db, KEY) or "{}")
    return {key: Agreed(**told[key]) if key in told else Agreed() for key in FIGURES}


def owners(db: Database) -> list[str]:
    """Who answers for the figures that are shown, as people wrote them."""
    return sorted({one.owner for one in agreed(db).values() if one.on and one.owner}, key=str.casefold)


def may_agree(db: Database, person: Person | None) -> bool:
    """Whether somebody may choose and publish: administrators and owners of a figure, by their address or by a name
    that no other login has; everybody where nobody is asked who they are."""
    if person is None or person.role == "admin":
        return True
    return person.role != "viewer" and is_owner(db, person)  # whoever only looks changes nothing, owner or not


def is_owner(db: Database, person: Person) -> bool:
    """Whether a figure that is shown names somebody as its owner, by their address or a name that no other login
    has."""
    alike = [one for one in people.every(db) if one.name.casefold() == person.name.casefold()]
    own = {person.email.casefold(), *([person.name.casefold()] if len(alike) == 1 else [])}
    return any(one.casefold() in own for one in owners(db))


def owners_who_only_look(db: Database) -> list[str]:
    """The owners whose login is a viewer's: they cannot choose or publish."""
    told = {one.casefold() for one in owners(db)}
    viewers = [one for one in people.every(db) if one.role == "viewer"]
    return [one.name for one in viewers if {one.name.casefold(), one.email.casefold()} & told]


def check_agreeing(db: Database, person: Person | None) -> None:
    """Raises NotAgreeing."""
    if not may_agree(db, person):
        raise NotAgreeing(owners(db))


def chosen_by(db: Database) -> tuple[str, str]:
    """Who chose last what was agreed on, and when; "" where nobody did or it is not known."""
    return state.signed(db, CHOSEN)


def agree(db: Database, chosen: Mapping[str, Agreed], *, actor: str = "", now: str = "") -> None:
    """Set what was agreed on. Raises BadShared."""
    for key, one in chosen.items():
        check_agreed(key, one)
    with db.atomic():
        told = {key: asdict(one) for key, one in {**agreed(db), **chosen}.items()}
        state.put(db, KEY, json.dumps(told, ensure_ascii=False, sort_keys=True))
        state.sign(db, CHOSEN, actor=actor, now=now)
        _noted(db, actor, "chose the shared numbers", now=now)


def check_agreed(key: str, one: Agreed) -> None:
    """Raises BadShared for a figure that there is not, or an owner or target that cannot be."""
    if key not in FIGURES:
        raise BadShared(f"There is no figure '{key}'. There are: {', '.join(FIGURES)}.")
    if len(one.owner) > LONGEST_OWNER:
        raise BadShared(f"An owner's name has {LONGEST_OWNER} characters at most.")
    share = FIGURES[key][2] != "days"
    if one.target is not None and not 0 <= one.target <= (1 if share else 10_000):
        raise BadShared(f"The target of “{FIGURES[key][0]}” is {'0 to 100 %' if share else 'a number of days'}.")


def _noted(db: Database, actor: str, act: str, *, now: str, number: object = "") -> None:
    """A line of the audit log. Without accounts nobody is known, and none is kept."""
    if actor and people.any_user(db):
        audit.note(db, actor, act, ids=number, now=now)


def shared(db: Database, *, today: date) -> Shared:
    """The figures as of the newest conversation."""
    days = [
        one.day for one in competition_rows.conversations(db, Filters()) if one.day and one.day <= today.isoformat()
    ]
    return as_of(db, max(days)) if days else Shared("", ())


def as_of(db: Database, day: str) -> Shared:
    """The figures as of a day, on today's data."""
    told = agreed(db)
    return Shared(
        day, tuple(replace(one, agreed=told[one.key]) for one in shared_figures.figures(db, day) if told[one.key].on)
    )


def month_of(day: date) -> str:
    """The month that is over on a day."""
    return (day.replace(day=1) - timedelta(days=1)).isoformat()[:7]


def last_day(month: str) -> date:
    """Raises BadShared."""
    if not _MONTH.fullmatch(month):
        raise BadShared(f"'{month}' is no month. Write it as 2026-10.")
    first = date.fromisoformat(f"{month}-01")
    return (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def draft(db: Database, month: str, *, today: date) -> tuple[Shared, str]:
    """The figures of a month as they would be published now, and the day up to which conversations are known. Raises
    BadShared for one that is not over, of which nothing is known, or of which something is still to be read."""
    end = last_day(month)
    if end >= today:
        raise BadShared(
            f"{month} is not over yet; it can be published from {(end + timedelta(days=1)).isoformat()} on."
        )
    if not shared_rows.heard_in(db, month):
        raise BadShared(f"No conversation of {month} is known, so there is nothing to publish.")
    if waits := _waits(db, end):
        raise BadShared(waits)
    return as_of(db, end.isoformat()), heard_until(db, end)


def publish(db: Database, month: str, *, today: date, now: str, actor: str) -> Month:
    """Keep the figures of a month as they are now. Raises BadShared as `draft` does."""
    last_day(month)
    with db.atomic():
        value, heard = draft(db, month, today=today)
        since = (date.fromisoformat(value.as_of) - timedelta(days=shared_figures.DEAL_DAYS)).isoformat()
        told = {
            "figures": [asdict(one) for one in value.figures], "heard_until": heard,
            "uploads": shared_rows.uploads(db, since, value.as_of),
        }  # fmt: skip
        number = shared_rows.add(db, month, as_of=value.as_of, content=told, now=now, actor=actor)
    found = shared_rows.get(db, number)
    assert found is not None
    return found


def _waits(db: Database, end: date) -> str:
    """Why the figures as of a day are not all there yet, and what to do; "" where they are."""
    if any(job["kind"] not in IDLE for job in jobs.unfinished(db)):
        return "Uploads are still being read, and what is published stays as it is. Publish once nothing waits under Uploads."
    if worklist.some_unread(db, until=end.isoformat()):
        return "Some conversations of that time are not read yet, and what is published stays as it is. Read them first: parley mine"
    return ""


def heard_until(db: Database, end: date) -> str:
    """The day of the newest conversation that is known of a month and the time before it; "" without one."""
    days = (one.day for one in competition_rows.conversations(db, Filters(until=end.isoformat())) if one.day)
    return max(days, default="")


def publish_due(db: Database, *, today: date, now: str) -> Month | None:
    """Publish the month that is over, once; None where that was done, or taken back, or nothing was heard in it, while
    something waits to be read, and while `held_back` tells why."""
    month = month_of(today)
    if not _due(db, month, today):  # no write lock for nothing
        return None
    with db.atomic():  # of two workers one publishes
        return publish(db, month, today=today, now=now, actor="parley") if _due(db, month, today) else None


def _due(db: Database, month: str, today: date) -> bool:
    return (
        not shared_rows.has(db, month) and shared_rows.heard_in(db, month) and not _waits(db, last_day(month))
        and not held_back(db, month, today=today)
    )  # fmt: skip


def held_back(db: Database, month: str, *, today: date) -> str:
    """Why a month that is over is left to a person, for now or for good; "" where it is published by itself: nobody has
    looked at an upload that just came, and one that ends amid the month is no month."""
    end = last_day(month)
    if (heard := shared_rows.newest_day(db, today.isoformat())) < (end - timedelta(days=MOST_MISSING)).isoformat():
        return f"conversations reach only to {wording.day(heard)}"
    since = (today - timedelta(days=1)).isoformat()
    if shared_rows.came_lately(db, f"{month}-01", end.isoformat(), uploaded=since):
        return "some of it was uploaded yesterday or today, and may still be taken back"
    return ""


def gone_since(db: Database, month: Month) -> list[str]:
    """The titles of uploads that a month was published with and that were taken back since."""
    return shared_rows.taken_back(db, month.content.get("uploads", ()))


def ready(db: Database, *, today: date) -> str:
    """The newest month that is over and in which something was heard; "" where it is published."""
    months = {one.day[:7] for one in competition_rows.conversations(db, Filters()) if one.day}
    newest = max((month for month in months if last_day(month) < today), default="")
    return "" if newest in {one.month for one in published(db)} else newest


def withdraw(db: Database, number: int, *, now: str, actor: str = "") -> None:
    """Take a publication back; `now` "" brings it back. Raises BadShared."""
    with db.atomic():
        if not shared_rows.withdraw(db, number, now, actor=actor):
            raise BadShared(f"There is no publication {number}.")


def published(db: Database) -> list[Month]:
    """The publication of each month that stands, the newest month first."""
    standing: dict[str, Month] = {}
    for one in shared_rows.every(db):
        if not one.withdrawn_at:
            standing.setdefault(one.month, one)
    return list(standing.values())


def figures_of(month: Month) -> tuple[Figure, ...]:
    """The figures as they were published."""
    found = []
    for told in month.content["figures"]:
        without = Rate(**told["without"]) if told["without"] else None
        found.append(Figure(**{**told, "without": without, "agreed": Agreed(**told["agreed"])}))
    return tuple(one for one in found if one.key in FIGURES)
