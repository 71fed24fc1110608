"""Who may come in, and as what: people with their roles. How they come in: sessions, tokens, invitations.

With no person in the database nobody is asked for anything (Parley then serves its own machine alone). Nothing here
knows HTTP or a clock: times are ISO 8601 in UTC, to the second, and passed in.
"""

import re
from dataclasses import dataclass
from typing import get_args

from sqlite_utils import Database

from insights.errors import InsightsError
from pipelines.access import audit, passwords
from pipelines.store import accounts as store
from pipelines.store.accounts import Role, User

ROLES: tuple[Role, ...] = get_args(Role)
ITSELF = frozenset({"parley", "policy"})  # the names under which it does things by itself
LONGEST_EMAIL, LONGEST_NAME = 254, 80
_EMAIL = re.compile(r"[^\s@<>\"',;:\\()\[\]]+@[^\s@<>\"',;:\\()\[\]]+\.?[^\s@<>\"',;:\\()\[\].]+")


class UnknownPerson(InsightsError):
    """Nobody has this address or number."""

    def __init__(self, who: object):
        super().__init__(f"There is nobody with the address '{who}'. List them: parley users list")


class NotUsable(InsightsError):
    """An address, a name, a role, a scope or a number of days that cannot be used."""


class EmailTaken(InsightsError):
    """There is already a person with this address."""

    def __init__(self, email: str):
        super().__init__(f"There is already a login for {email}. Change its role or password instead.")


class LastAdmin(InsightsError):
    """Without an administrator nobody could let anybody in."""

    def __init__(self) -> None:
        super().__init__("This is the last administrator. Make somebody else an administrator first.")


@dataclass(frozen=True, slots=True)
class Person:
    """Who a request comes from. `role` is what they may do now: a token's scope can only lower it. `alone`: no other
    login has this name, as older ones may; `since` is when the login was made. What was done is kept under names."""

    id: int
    name: str
    email: str
    role: Role
    session_id: str = ""
    token_id: int | None = None
    alone: bool = True
    since: str = ""

    def did(self, actor: str, at: str) -> bool:
        """Whether what was done under a name at a time was surely done by this person."""
        return self.alone and actor == self.name and at >= self.since


def may(role: Role, least: Role) -> bool:
    """Whether a role includes another."""
    return ROLES.index(role) >= ROLES.index(least)


def add_person(
    db: Database, email: str, *, name: str, role: str, password: str, now: str, actor: str,
    memory_kib: int = passwords.DEFAULT_KIB
) -> User:  # fmt: skip
    """A new person; with "" for a password one who signs in elsewhere. Raises NotUsable, EmailTaken, WeakPassword."""
    address = email_of(email)
    hash = passwords.hashed(passwords.checked(password, email=address), memory_kib=memory_kib) if password else ""
    with db.atomic():
        if store.by_email(db, address):
            raise EmailTaken(address)
        number = store.add(
            db, email=address, name=own_name(db, name, address), role=role_of(role), password=hash, now=now
        )
        store.withdraw_invitations(db, address, now)
        audit.note(db, actor, "added a person", ids=number, now=now)
    return person(db, number)


def first_person(
    db: Database, email: str, *, name: str, password: str, now: str, memory_kib: int = passwords.DEFAULT_KIB
) -> User:
    """The first login, an administrator's. Raises NotUsable where somebody else was first."""
    address = email_of(email)
    hash = passwords.hashed(passwords.checked(password, email=address), memory_kib=memory_kib)
    with db.atomic():
        if store.any_user(db):
            raise NotUsable("There is a login already. Sign in, or ask its owner for an invitation.")
        number = store.add(db, email=address, name=own_name(db, name, address), role="admin", password=hash, now=now)
        made = person(db, number)
        audit.note(db, made.name, "added a person", ids=number, user_id=number, now=now)
    return made


def person(db: Database, user_id: int) -> User:
    """Raises UnknownPerson."""
    found = store.get(db, user_id)
    if found is None:
        raise UnknownPerson(user_id)
    return found


def find(db: Database, email: str) -> User:
    """Raises UnknownPerson."""
    found = store.by_email(db, email.strip().casefold())
    if found is None:
        raise UnknownPerson(email.strip()[:LONGEST_EMAIL])
    return found


def set_role(db: Database, user_id: int, role: str, *, now: str, actor: str) -> None:
    """Raises LastAdmin, NotUsable, UnknownPerson."""
    wanted = role_of(role)
    with db.atomic():
        if wanted != "admin":
            _not_the_last(db, person(db, user_id))
        store.change(db, user_id, role=wanted)
        audit.note(db, actor, f"made a person {wanted}", ids=user_id, now=now)


def set_standing(db: Database, user_id: int, *, enabled: bool, now: str, actor: str) -> None:
    """Switch a login off, which ends its sessions and revokes its tokens, or on again. Raises LastAdmin."""
    with db.atomic():
        if not enabled:
            _not_the_last(db, person(db, user_id))
            store.end_sessions(db, user_id)
            store.revoke_tokens(db, user_id, now)
        store.change(db, user_id, disabled_at="" if enabled else now)
        audit.note(db, actor, "switched a login on" if enabled else "switched a login off", ids=user_id, now=now)


def remove_person(db: Database, user_id: int, *, now: str, actor: str) -> None:
    """Remove a login with its sessions and tokens; what the person did stays under their name. Raises LastAdmin."""
    with db.atomic():
        found = person(db, user_id)
        _not_the_last(db, found)
        store.withdraw_invitations(db, found.email, now)
        store.remove(db, user_id)
        audit.note(db, actor, "removed a person", ids=user_id, now=now)


def set_password(
    db: Database, user_id: int, password: str, *, now: str, actor: str, keep: str = "", tokens: bool = False,
    memory_kib: int = passwords.DEFAULT_KIB,
) -> int:  # fmt: skip
    """A new password; every session but `keep` ends, and every token is revoked unless `tokens` may stay. Returns how
    many were. Raises WeakPassword, UnknownPerson."""
    found = person(db, user_id)
    hash = passwords.hashed(passwords.checked(password, email=found.email), memory_kib=memory_kib)
    with db.atomic():
        store.change(db, user_id, password=hash)
        store.end_sessions(db, user_id, but=keep)
        revoked = 0 if tokens else store.revoke_tokens(db, user_id, now)
        store.withdraw_invitations(db, found.email, now)
        audit.note(db, actor, "set a password" + " and revoked all tokens" * bool(revoked), ids=user_id, now=now)
    return revoked


def change_password(
    db: Database, user_id: int, old: str, new: str, *, now: str, keep: str = "", tokens: bool = True,
    memory_kib: int = passwords.DEFAULT_KIB,
) -> int:  # fmt: skip
    """A person's own new password. Programs go on with their tokens, which are no password's, unless `tokens` is False.
    Returns how many were revoked. Raises NotUsable where the present one is wrong, WeakPassword."""
    found = person(db, user_id)
    if not passwords.fits(old, found.password, memory_kib=memory_kib)[0]:
        raise NotUsable("The present password is not right.")
    return set_password(db, user_id, new, now=now, actor=found.name, keep=keep, tokens=tokens, memory_kib=memory_kib)


def email_of(text: str) -> str:
    """An address as it is stored. Raises NotUsable."""
    told = text.strip().casefold()
    if len(told) > LONGEST_EMAIL or not _EMAIL.fullmatch(told):
        raise NotUsable("This is no e-mail address. Write it as name@example.com.")
    return told


def name_of(text: str, otherwise: str) -> str:
    """A name in one line without characters that cannot be seen."""
    told = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return (told or otherwise)[:LONGEST_NAME]


def own_name(db: Database, text: str, address: str) -> str:
    """The name of a new login. What somebody does stands under it, so one that another login has, as its name or its
    address, gets the address of this one, or a number."""
    told = name_of(text, address)
    taken = {one.casefold() for user in store.every(db) for one in (user.name, user.email)} | ITSELF
    addressed = [f"{told[: LONGEST_NAME - len(address) - 3]} ({address})"] * (len(address) < LONGEST_NAME // 2)
    numbered = (f"{told[: LONGEST_NAME - 8]} ({n})" for n in range(2, len(taken) + 3))
    return next(one for one in (told, *addressed, *numbered) if one.casefold() not in taken)


def role_of(text: str) -> Role:
    """Raises NotUsable."""
    if text not in ROLES:
        raise NotUsable(f"There is no role '{text[:20]}'. Choose {', '.join(ROLES)}.")
    return text


def _not_the_last(db: Database, user: User) -> None:
    if user.role == "admin" and not user.disabled_at and not store.other_admins(db, user.id):
        raise LastAdmin
