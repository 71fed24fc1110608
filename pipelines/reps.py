"""Who may see a figure about a single rep: that rep, and whoever the setting allows. Off until somebody turns it on.

What one would get wrong: without accounts nobody can be told from anybody else, so there is nobody who may.
"""

from typing import Literal

from sqlite_utils import Database

from insights.errors import InsightsError
from pipelines.accounts import Person, may
from pipelines.store import state

Seen = Literal["off", "self", "contributor", "admin"]
CHOICES: dict[Seen, str] = {
    "off": "Nobody", "self": "Only the rep", "admin": "The rep and administrators", "contributor": "The rep, contributors and administrators",
}  # fmt: skip
KEY = "reps: seen by"


class BadChoice(InsightsError):
    """A choice of who sees figures about reps that there is none of."""


def seen_by(db: Database) -> Seen:
    """What was chosen; nobody until somebody chose."""
    told = state.get(db, KEY)
    return next((one for one in CHOICES if one == told), "off")


def choose(db: Database, chosen: str) -> None:
    """Raises BadChoice."""
    if chosen not in CHOICES:
        raise BadChoice(f"Figures about reps are seen by one of: {', '.join(CHOICES)}.")
    with db.atomic():
        state.put(db, KEY, chosen)


def may_see(db: Database, person: Person | None, rep: str) -> bool:
    """Whether a person may see figures about one rep: known by the name that conversations give them, or by their address."""
    chosen = seen_by(db)
    if person is None or chosen == "off" or not rep.strip():
        return False
    if rep.strip().casefold() in (person.name.strip().casefold(), person.email.casefold()):
        return True
    return may_see_all(db, person)


def may_see_all(db: Database, person: Person | None) -> bool:
    """Whether a person may see figures about every rep."""
    chosen = seen_by(db)
    return person is not None and chosen != "off" and chosen != "self" and may(person.role, chosen)
