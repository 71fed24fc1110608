"""Who may see a figure about a single rep: that rep, and whoever the setting allows. Off until somebody turns it on.

What one would get wrong: without accounts nobody can be told from anybody else, so there is nobody who may. And whoever
is invited writes the name of their account, so a name makes nobody a rep: an administrator says whose figures are
whose, or the conversations name the rep by the address of the account.
"""

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from sqlite_utils import Database

from insights.errors import InsightsError
from pipelines.access import accounts, audit
from pipelines.access.accounts import Person, may
from pipelines.store import accounts as store
from pipelines.store import facets, speaking, state
from pipelines.store.covered import bare
from pipelines.store.remembered import per_state

Seen = Literal["off", "self", "contributor", "admin"]
CHOICES: dict[Seen, str] = {
    "off": "Nobody", "self": "Only the rep", "admin": "The rep and administrators",
    "contributor": "The rep, contributors and administrators",
}  # fmt: skip
KEY = "reps: seen by"
CHOSEN = "reps: seen by, chosen"  # by whom and when
MARKED = "reps: columns"
LONGEST, MOST_NAMES = 120, 12
MOSTLY = 0.5  # of a column's conversations in which its value is a rep that is known


class BadChoice(InsightsError):
    """A choice of who sees figures about reps that there is none of."""


class BadRep(InsightsError):
    """Names of a rep that cannot be an account's."""


@dataclass(frozen=True, slots=True)
class Named:
    """The names that an account's rep has in the conversations, as an administrator said; `at` and `by` "" where nobody
    did."""

    names: tuple[str, ...] = ()
    by: str = ""
    at: str = ""


def seen_by(db: Database) -> Seen:
    """What was chosen; nobody until somebody chose."""
    told = state.get(db, KEY)
    return next((one for one in CHOICES if one == told), "off")


def chosen_by(db: Database) -> tuple[str, str]:
    """Who chose who sees them, and when; "" where nobody did or it is not known."""
    return state.signed(db, CHOSEN)


def choose(db: Database, chosen: str, *, actor: str = "", now: str = "") -> None:
    """Raises BadChoice."""
    if chosen not in CHOICES:
        raise BadChoice(f"Figures about reps are seen by one of: {', '.join(CHOICES)}.")
    with db.atomic():
        state.put(db, KEY, chosen)
        state.sign(db, CHOSEN, actor=actor, now=now)


def named(db: Database, user_id: int) -> Named:
    """Which rep an account is, as an administrator said."""
    value, by, at = store.setting_told(db, store.rep_setting(user_id)) or ("[]", "", "")
    names = tuple(json.loads(value))
    return Named(names, by, at) if names else Named()


def name(db: Database, user_id: int, names: str, *, actor: str, now: str) -> None:
    """Say which rep an account is: names as conversations give them, divided by semicolons; none takes it back. A name
    is one account's. Raises BadRep, UnknownPerson."""
    told = tuple(dict.fromkeys(" ".join(one.split()) for one in names.split(";") if one.strip()))
    if len(told) > MOST_NAMES or any(len(one) > LONGEST for one in told):
        raise BadRep(f"A rep has up to {MOST_NAMES} names of up to {LONGEST} characters.")
    with db.atomic():
        accounts.person(db, user_id)
        for user in store.every(db):
            taken = {one.casefold() for one in named(db, user.id).names} if user.id != user_id else set()
            if shared := [one for one in told if one.casefold() in taken]:
                raise BadRep(f"“{shared[0]}” is {user.name} already. Take it away there first.")
        store.set_setting(db, store.rep_setting(user_id), json.dumps(told, ensure_ascii=False), actor=actor, now=now)
    audit.note(
        db, actor, "said which rep a person is" if told else "said that a person is no rep", ids=user_id, now=now
    )


def may_see(db: Database, person: Person | None, rep: str) -> bool:
    """Whether a person may see figures about one rep."""
    chosen = seen_by(db)
    if person is None or chosen == "off" or not rep.strip():
        return False
    return rep.strip().casefold() in own(db, person) or may_see_all(db, person)


def own(db: Database, person: Person) -> frozenset[str]:
    """The names that a person has as a rep, in small letters: the address of the login, and what an administrator
    said."""
    return frozenset({person.email.casefold(), *(one.casefold() for one in named(db, person.id).names)})


def may_see_all(db: Database, person: Person | None) -> bool:
    """Whether a person may see figures about every rep."""
    chosen = seen_by(db)
    return person is not None and chosen != "off" and chosen != "self" and may(person.role, chosen)


def columns(db: Database) -> frozenset[str]:
    """The uploads' own columns that hold reps: those that mostly do, and what an administrator said of a column before
    that."""
    told = marked(db)
    return frozenset(one for one in found_columns(db) if told.get(one, True)) | {
        one for one, is_so in told.items() if is_so
    }


def marked(db: Database) -> dict[str, bool]:
    """What an administrator said of own columns: whether they hold reps."""
    return json.loads(store.setting(db, MARKED, "{}"))


def mark(db: Database, holding: frozenset[str], *, actor: str, now: str) -> None:
    """Say which of the own columns hold reps, of all that there are."""
    found = found_columns(bare(db))
    said = {one: one in holding for one in facets.field_names(bare(db), most_values=1 << 30) if (one in holding) != (one in found)}  # fmt: skip
    with db.atomic():
        store.set_setting(db, MARKED, json.dumps(said, ensure_ascii=False, sort_keys=True), actor=actor, now=now)
    audit.note(db, actor, "said which columns hold reps", what=f"{len(holding)} of them", now=now)


def found_columns(db: Database) -> frozenset[str]:
    """Own columns whose values are mostly reps that are known, however a name is written there."""
    return _found_columns(bare(db))


@per_state
def _found_columns(db: Database) -> frozenset[str]:
    known = {key for one in speaking.reps(db) if (key := _person(one))}
    of, all_of = defaultdict[str, int](int), defaultdict[str, int](int)
    for field, value, count in facets.field_values(db) if known else ():
        all_of[field] += count
        of[field] += count if _person(value) in known else 0
    return frozenset(field for field, count in all_of.items() if of[field] >= MOSTLY * count)


def _person(name: str) -> tuple[str, ...]:
    """A name apart from how it is written: "Rowe, Kim" and "kim.rowe@us.example" are Kim Rowe."""
    return tuple(sorted(re.findall(r"[^\W\d_]+", name.partition("@")[0].casefold())))
