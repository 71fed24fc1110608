"""Sessions: a person comes in by password or from elsewhere, is known by a cookie, and goes.

Times are ISO 8601 in UTC, to the second, and passed in.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from insights.errors import InsightsError
from pipelines.access import audit, passwords
from pipelines.access.accounts import LONGEST_EMAIL, Person
from pipelines.access.codes import digest, fresh, iso
from pipelines.store import accounts as store
from pipelines.store.accounts import Session, User

TOUCH_AFTER = timedelta(minutes=5)
LONGEST_AGENT = 200  # characters of the browser's name


class NotAccepted(InsightsError):
    """Address and password do not belong together; which of the two is wrong is not said."""

    def __init__(self) -> None:
        super().__init__("This address and password do not fit together, or the login is switched off.")


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a session lasts: without a request, and at most."""

    idle: timedelta = timedelta(hours=72)
    most: timedelta = timedelta(days=14)


def recognised(db: Database, email: str, password: str, *, memory_kib: int = passwords.DEFAULT_KIB) -> User:
    """The person with this address and password, in the same time whether or not there is one. Raises NotAccepted."""
    found = store.by_email(db, email.strip().casefold()[:LONGEST_EMAIL])
    right, better = passwords.fits(password, found.password if found else "", memory_kib=memory_kib)
    if found is None or not right or found.disabled_at:
        raise NotAccepted
    if better:
        with db.atomic():
            store.change(db, found.id, password=better)
    return found


def sign_in(
    db: Database, user: User, *, now: str, agent: str = "", door: str = "password", before: str = "",
    lives: Lifetimes = Lifetimes(), address: str = ""
) -> str:  # fmt: skip
    """Begin a session and return its secret, which is kept nowhere. `before` is the cookie that the browser showed:
    that session ends, so what was known before the login is worth nothing after it."""
    secret, at = fresh(), datetime.fromisoformat(now)
    begun = Session(secrets.token_hex(8), user.id, now, now, iso(at + lives.most), agent[:LONGEST_AGENT], door)
    with db.atomic():
        sign_out(db, before)
        store.drop_ended(db, now=now, idle_since=iso(at - lives.idle))
        store.add_session(db, digest(secret), begun)
        store.change(db, user.id, signed_in_at=now)
        audit.note(db, user.name, "signed in", what=door, user_id=user.id, address=address, now=now)
    return secret


def sign_out(db: Database, secret: str) -> None:
    """End the session of this secret, if there is one."""
    found = store.session(db, digest(secret)) if secret else None
    if found:
        with db.atomic():
            store.end_session(db, found["id"])


def by_session(db: Database, secret: str, *, now: str, lives: Lifetimes = Lifetimes()) -> tuple[Person, bool] | None:
    """Whose session this is, and whether it is time to write down that it was seen; None where it is over."""
    found = store.session(db, digest(secret))
    if found is None or found["ends_at"] <= now:
        return None
    at, seen = datetime.fromisoformat(now), datetime.fromisoformat(found["seen_at"])
    if at - seen >= lives.idle:
        return None
    person = Person(
        found["user_id"], found["name"], found["email"], found["role"], session_id=found["id"],
        alone=bool(found["alone"]),
        since=found["since"],
    )  # fmt: skip
    return person, at - seen >= TOUCH_AFTER
