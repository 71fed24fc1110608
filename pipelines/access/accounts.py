"""Who may come in, and as what: people, sessions, tokens, invitations.

With no person in the database nobody is asked for anything (Parley then serves its own machine alone). Nothing here
knows HTTP or a clock: times are ISO 8601 in UTC, to the second, and passed in.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

from sqlite_utils import Database

from insights.errors import InsightsError
from pipelines.access import audit, passwords
from pipelines.store import accounts as store
from pipelines.store.accounts import Invitation, Role, Scope, Session, Token, User

ROLES: tuple[Role, ...] = get_args(Role)
SCOPES: tuple[Scope, ...] = get_args(Scope)
SCOPE_ROLES: dict[Scope, Role] = {"read": "viewer", "write": "contributor", "admin": "admin"}
INVITATION_DAYS, LONGEST_TOKEN_DAYS = 3, 366
TOUCH_AFTER = timedelta(minutes=5)
PREFIX = "parley_"
BYTES = 32  # 256 bits: a plain hash of it cannot be searched for
ITSELF = frozenset({"parley", "policy"})  # the names under which it does things by itself
LONGEST_EMAIL, LONGEST_NAME, LONGEST_AGENT = 254, 80, 200
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


class NotAccepted(InsightsError):
    """Address and password do not belong together; which of the two is wrong is not said."""

    def __init__(self) -> None:
        super().__init__("This address and password do not fit together, or the login is switched off.")


class LinkGone(InsightsError):
    """An invitation that cannot be taken any more."""

    def __init__(self) -> None:
        super().__init__(f"This link was used, withdrawn, or is older than {INVITATION_DAYS} days. Ask for a new one.")


class UnknownToken(InsightsError):
    """There is no such token."""

    def __init__(self, number: object):
        super().__init__(f"There is no token {number}. List them: parley tokens list")


@dataclass(frozen=True, slots=True)
class Person:
    """Who a request comes from. `role` is what they may do now: a token's scope can only lower it. `alone`: no other login
    has this name, as older ones may; `since` is when the login was made. What was done is kept under names."""

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


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a session lasts: without a request, and at most."""

    idle: timedelta = timedelta(hours=72)
    most: timedelta = timedelta(days=14)


def may(role: Role, least: Role) -> bool:
    """Whether a role includes another."""
    return ROLES.index(role) >= ROLES.index(least)


def add_person(
    db: Database, email: str, *, name: str, role: str, password: str, now: str, actor: str, memory_kib: int = passwords.DEFAULT_KIB
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
    """Switch a login off, which ends its sessions and silences its tokens, or on again. Raises LastAdmin."""
    with db.atomic():
        if not enabled:
            _not_the_last(db, person(db, user_id))
            store.end_sessions(db, user_id)
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
    """A new password; every session but `keep` ends, and every token is revoked unless `tokens` may stay. Returns how many
    were. Raises WeakPassword, UnknownPerson."""
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
    Returns how many were revoked. Raises NotAccepted where the present one is wrong, WeakPassword."""
    found = person(db, user_id)
    if not passwords.fits(old, found.password, memory_kib=memory_kib)[0]:
        raise NotUsable("The present password is not right.")
    return set_password(db, user_id, new, now=now, actor=found.name, keep=keep, tokens=tokens, memory_kib=memory_kib)


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
    db: Database, user: User, *, now: str, agent: str = "", door: str = "password", before: str = "", lives: Lifetimes = Lifetimes(), address: str = ""
) -> str:  # fmt: skip
    """Begin a session and return its secret, which is kept nowhere. `before` is the cookie that the browser showed: that
    session ends, so what was known before the login is worth nothing after it."""
    secret, at = secrets.token_urlsafe(BYTES), datetime.fromisoformat(now)
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
        found["user_id"], found["name"], found["email"], found["role"], session_id=found["id"], alone=bool(found["alone"]),
        since=found["since"],
    )  # fmt: skip
    return person, at - seen >= TOUCH_AFTER


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


def create_token(
    db: Database, user_id: int, *, name: str, scope: str, days: int, now: str, actor: str
) -> tuple[Token, str]:
    """A token and its secret, which is shown once and kept nowhere. Raises NotUsable, UnknownPerson."""
    if scope not in SCOPES:
        raise NotUsable(f"There is no scope '{scope}'. Choose {', '.join(SCOPES)}.")
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise NotUsable(f"A token lasts from 1 to {LONGEST_TOKEN_DAYS} days.")
    if not may(person(db, user_id).role, SCOPE_ROLES[scope]):
        raise NotUsable(f"This person's role does not include what a token to {scope} may do.")
    secret = PREFIX + secrets.token_urlsafe(BYTES)
    with db.atomic():
        number = store.add_token(
            db, digest(secret), hint=secret[: len(PREFIX) + 4], name=name_of(name, "token"), user_id=user_id, scope=scope,
            now=now, ends=iso(datetime.fromisoformat(now) + timedelta(days=days)),
        )  # fmt: skip
        audit.note(db, actor, "created a token", what=scope, ids=number, now=now)
    made = store.get_token(db, number)
    if made is None:
        raise UnknownToken(number)
    return made, secret


def revoke_token(db: Database, token_id: int, *, now: str, actor: str, of: int | None = None) -> Token:
    """Raises UnknownToken, also where it is not one of the person `of`."""
    found = store.get_token(db, token_id)
    if found is None or of not in (None, found.user_id):
        raise UnknownToken(token_id)
    with db.atomic():
        store.revoke_token(db, token_id, now)
        audit.note(db, actor, "revoked a token", ids=token_id, now=now)
    return found


def invite(db: Database, email: str, role: str, *, now: str, actor: str) -> str:
    """The code of a one-time link: for a new person, or for one who needs a new password. Raises NotUsable."""
    address, code = email_of(email), secrets.token_urlsafe(BYTES)
    known = store.by_email(db, address)
    ends = iso(datetime.fromisoformat(now) + timedelta(days=INVITATION_DAYS))
    with db.atomic():
        store.withdraw_invitations(db, address, now)
        number = store.invite(
            db, digest(code), email=address, role=known.role if known else role_of(role), user_id=known.id if known else None,
            actor=actor, now=now, ends=ends,
        )  # fmt: skip
    audit.note(db, actor, "made a link for a new password" if known else "invited a person", ids=number, now=now)
    return code


def invitation(db: Database, code: str, *, now: str) -> Invitation:
    """What a code stands for; looking does not use it. Raises LinkGone."""
    found = store.invitation(db, digest(code), now=now)
    if found is None:
        raise LinkGone
    return found


def accept(
    db: Database, code: str, *, name: str, password: str, now: str, memory_kib: int = passwords.DEFAULT_KIB
) -> User:
    """Take an invitation, once: the person it made or gave a new password. Raises LinkGone, WeakPassword, NotUsable."""
    found = invitation(db, code, now=now)
    hash = passwords.hashed(passwords.checked(password, email=found.email), memory_kib=memory_kib)
    with db.atomic():
        found = invitation(db, code, now=now)
        store.mark_invitation(db, found.id, "used_at", now)
        store.withdraw_invitations(db, found.email, now)
        if found.user_id is not None:
            store.change(db, found.user_id, password=hash)
            store.end_sessions(db, found.user_id)
            store.revoke_tokens(db, found.user_id, now)  # whoever lost a password may have lost more
            number = found.user_id
        else:
            if store.by_email(db, found.email):
                raise EmailTaken(found.email)
            told = own_name(db, name, found.email)
            number = store.add(db, email=found.email, name=told, role=found.role, password=hash, now=now)
    made = person(db, number)
    audit.note(db, made.name, "took an invitation", ids=found.id, user_id=number, now=now)
    return made


def withdraw(db: Database, invitation_id: int, *, now: str, actor: str) -> None:
    with db.atomic():
        store.mark_invitation(db, invitation_id, "withdrawn_at", now)
        audit.note(db, actor, "withdrew an invitation", ids=invitation_id, now=now)


def originals_from(db: Database) -> Role:
    """The least role that sees who said something and the words as they were said; others see them masked."""
    return store.setting(db, "originals", "contributor")  # type: ignore[return-value]


def set_originals(db: Database, role: str, *, now: str, actor: str) -> None:
    with db.atomic():
        store.set_setting(db, "originals", role_of(role), actor=actor, now=now)
        audit.note(db, actor, f"let {role} see originals", now=now)


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
    """The name of a new login. What somebody does stands under it, so one that another login has, as its name or its address,
    gets the address of this one, or a number."""
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


def digest(secret: str) -> str:
    """What is stored of a secret of 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _not_the_last(db: Database, user: User) -> None:
    if user.role == "admin" and not user.disabled_at and not store.other_admins(db, user.id):
        raise LastAdmin
