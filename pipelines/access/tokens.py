"""Tokens: programs come in as a person, with no more than a scope lets them.

Times are ISO 8601 in UTC, to the second, and passed in.
"""

from datetime import datetime, timedelta
from typing import get_args

from sqlite_utils import Database

from insights.errors import InsightsError
from pipelines.access import audit
from pipelines.access.accounts import ROLES, NotUsable, Person, may, name_of, person
from pipelines.access.codes import digest, fresh, iso
from pipelines.access.sessions import TOUCH_AFTER
from pipelines.store import accounts as store
from pipelines.store.accounts import Role, Scope, Token

SCOPES: tuple[Scope, ...] = get_args(Scope)
SCOPE_ROLES: dict[Scope, Role] = {"read": "viewer", "write": "contributor", "admin": "admin"}
LONGEST_DAYS = 366
PREFIX = "parley_"


class UnknownToken(InsightsError):
    """There is no such token."""

    def __init__(self, number: object):
        super().__init__(f"There is no token {number}. List them: parley tokens list")


def by_token(db: Database, secret: str, *, now: str) -> tuple[Person, bool] | None:
    """Whose token this is, and whether it is time to write down that it was used; None where it does not count."""
    found = store.token(db, digest(secret)) if secret.startswith(PREFIX) else None
    if found is None or found["ends_at"] <= now:
        return None
    role = min(found["role"], SCOPE_ROLES[found["scope"]], key=ROLES.index)
    used, at = found["used_at"], datetime.fromisoformat(now)
    due = not used or at - datetime.fromisoformat(used) >= TOUCH_AFTER
    person = Person(
        found["user_id"], found["name"], found["email"], role, token_id=found["id"], alone=bool(found["alone"]),
        since=found["since"],
    )  # fmt: skip
    return person, due


def create(db: Database, user_id: int, *, name: str, scope: str, days: int, now: str, actor: str) -> tuple[Token, str]:
    """A token and its secret, which is shown once and kept nowhere. Raises NotUsable, UnknownPerson."""
    if scope not in SCOPES:
        raise NotUsable(f"There is no scope '{scope}'. Choose {', '.join(SCOPES)}.")
    if not 1 <= days <= LONGEST_DAYS:
        raise NotUsable(f"A token lasts from 1 to {LONGEST_DAYS} days.")
    if not may(person(db, user_id).role, SCOPE_ROLES[scope]):
        raise NotUsable(f"This person's role does not include what a token to {scope} may do.")
    secret = PREFIX + fresh()
    with db.atomic():
        number = store.add_token(
            db, digest(secret), hint=secret[: len(PREFIX) + 4], name=name_of(name, "token"), user_id=user_id,
            scope=scope,
            now=now, ends=iso(datetime.fromisoformat(now) + timedelta(days=days)),
        )  # fmt: skip
        audit.note(db, actor, "created a token", what=scope, ids=number, now=now)
    made = store.get_token(db, number)
    if made is None:
        raise UnknownToken(number)
    return made, secret


def revoke(db: Database, token_id: int, *, now: str, actor: str, of: int | None = None) -> Token:
    """Raises UnknownToken, also where it is not one of the person `of`."""
    found = store.get_token(db, token_id)
    if found is None or of not in (None, found.user_id):
        raise UnknownToken(token_id)
    with db.atomic():
        store.revoke_token(db, token_id, now)
        audit.note(db, actor, "revoked a token", ids=token_id, now=now)
    return found
