"""Invitations: a link that works once, for a new person or for one who needs a new password.

Times are ISO 8601 in UTC, to the second, and passed in.
"""

from datetime import datetime, timedelta

from sqlite_utils import Database

from insights.errors import InsightsError
from pipelines.access import audit, passwords
from pipelines.access.accounts import EmailTaken, email_of, own_name, person, role_of
from pipelines.access.codes import digest, fresh, iso
from pipelines.store import accounts as store
from pipelines.store.accounts import Invitation, User

DAYS = 3


class LinkGone(InsightsError):
    """An invitation that cannot be taken any more."""

    def __init__(self) -> None:
        super().__init__(f"This link was used, withdrawn, or is older than {DAYS} days. Ask for a new one.")


def invite(db: Database, email: str, role: str, *, now: str, actor: str) -> str:
    """The code of a one-time link: for a new person, or for one who needs a new password. Raises NotUsable."""
    address, code = email_of(email), fresh()
    known = store.by_email(db, address)
    ends = iso(datetime.fromisoformat(now) + timedelta(days=DAYS))
    with db.atomic():
        store.withdraw_invitations(db, address, now)
        number = store.invite(
            db, digest(code), email=address, role=known.role if known else role_of(role),
            user_id=known.id if known else None,
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
