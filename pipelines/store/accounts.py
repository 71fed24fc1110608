"""People and how they come in: users, sessions, tokens, invitations. Secrets stand here as SHA-256 hashes alone.

What one would get wrong: a session or a token is only as good as its person. Both are read together with the user's
present role and standing, so a change of role or a disabled account counts from the next request on.
"""

from dataclasses import dataclass
from typing import Any, Literal

from sqlite_utils import Database

Role = Literal["viewer", "contributor", "admin"]
Scope = Literal["read", "write", "admin"]


@dataclass(frozen=True, slots=True)
class User:
    """A person. `password` is an argon2 hash, "" for who signs in elsewhere; `issuer` and `subject` name the same
    person at the sign-on provider. Times are ISO 8601 in UTC, "" for never."""

    id: int
    email: str
    name: str
    role: Role
    password: str
    issuer: str
    subject: str
    created_at: str
    disabled_at: str
    signed_in_at: str


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in. `id` may be shown, the cookie is known by its hash alone; `door` is how it came
    in."""

    id: str
    user_id: int
    created_at: str
    seen_at: str
    ends_at: str
    agent: str
    door: str


@dataclass(frozen=True, slots=True)
class Token:
    """A program's way in, for `user_id`. `hint` is the token's beginning, to tell it from others."""

    id: int
    hint: str
    name: str
    user_id: int
    email: str
    scope: Scope
    created_at: str
    ends_at: str
    used_at: str
    revoked_at: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time link: for a new person, or, with `user_id`, for one who needs a new password."""

    id: int
    email: str
    role: Role
    user_id: int | None
    created_at: str
    ends_at: str
    actor: str
    used_at: str
    withdrawn_at: str


_USER = "SELECT " + ", ".join(User.__slots__) + " FROM users"
_ISSUED = """SELECT t.id, t.hint, t.name, t.user_id, u.email, t.scope, t.created_at, t.ends_at, t.used_at, t.revoked_at
    FROM tokens t JOIN users u ON u.id = t.user_id"""
_WHO = """u.name, u.email, u.role, u.created_at AS since,
    NOT EXISTS (SELECT 1 FROM users o WHERE o.id <> u.id AND o.name = u.name) AS alone"""
_INVITATION = "SELECT " + ", ".join(Invitation.__slots__) + " FROM invitations"


def any_user(db: Database) -> bool:
    return db.execute("SELECT 1 FROM users LIMIT 1").fetchone() is not None


def every(db: Database) -> list[User]:
    return [User(**row) for row in db.query(f"{_USER} ORDER BY name COLLATE NOCASE, email")]


def get(db: Database, user_id: int) -> User | None:
    return _one(db, User, f"{_USER} WHERE id = ?", user_id)


def by_email(db: Database, email: str) -> User | None:
    return _one(db, User, f"{_USER} WHERE email = ?", email)


def by_subject(db: Database, issuer: str, subject: str) -> User | None:
    return _one(db, User, f"{_USER} WHERE issuer = ? AND subject = ? AND subject <> ''", issuer, subject)


def add(db: Database, *, email: str, name: str, role: Role, password: str, now: str) -> int:
    sql = "INSERT INTO users (email, name, role, password, created_at) VALUES (?, ?, ?, ?, ?)"
    return int(db.execute(sql, [email, name, role, password, now]).lastrowid or 0)


def change(db: Database, user_id: int, **values: str) -> None:
    """Set columns of a user."""
    names = ", ".join(f"{name} = ?" for name in values)
    db.execute(f"UPDATE users SET {names} WHERE id = ?", [*values.values(), user_id])


def remove(db: Database, user_id: int) -> None:
    """The person with sessions, tokens and invitations; what they did stays under their name."""
    db.execute("DELETE FROM users WHERE id = ?", [user_id])
    db.execute("DELETE FROM access_settings WHERE name IN (?, ?)", [rep_setting(user_id), side_setting(user_id)])


def other_admins(db: Database, user_id: int) -> int:
    """How many others can administer."""
    sql = "SELECT count(*) FROM users WHERE role = 'admin' AND disabled_at = '' AND id <> ?"
    return int(db.execute(sql, [user_id]).fetchone()[0])


def add_session(db: Database, hash: str, session: Session) -> None:
    names = Session.__slots__
    sql = f"INSERT INTO sessions (hash, {', '.join(names)}) VALUES (?{', ?' * len(names)})"
    db.execute(sql, [hash, *(getattr(session, name) for name in names)])


def session(db: Database, hash: str) -> dict[str, Any] | None:
    """A session with its person, as far as both stand."""
    sql = f"""SELECT s.id, s.user_id, s.seen_at, s.ends_at, {_WHO} FROM sessions s
        JOIN users u ON u.id = s.user_id WHERE s.hash = ? AND u.disabled_at = ''"""
    return next(iter(db.query(sql, [hash])), None)


def sessions(db: Database, user_id: int) -> list[Session]:
    sql = f"SELECT {', '.join(Session.__slots__)} FROM sessions WHERE user_id = ? ORDER BY seen_at DESC, id"
    return [Session(**row) for row in db.query(sql, [user_id])]


def touch_session(db: Database, session_id: str, now: str) -> None:
    db.execute("UPDATE sessions SET seen_at = ? WHERE id = ?", [now, session_id])


def end_session(db: Database, session_id: str) -> None:
    db.execute("DELETE FROM sessions WHERE id = ?", [session_id])


def end_sessions(db: Database, user_id: int, *, but: str = "") -> int:
    return db.execute("DELETE FROM sessions WHERE user_id = ? AND id <> ?", [user_id, but]).rowcount


def drop_ended(db: Database, *, now: str, idle_since: str) -> None:
    db.execute("DELETE FROM sessions WHERE ends_at <= ? OR seen_at <= ?", [now, idle_since])


def add_token(db: Database, hash: str, *, hint: str, name: str, user_id: int, scope: Scope, now: str, ends: str) -> int:
    sql = "INSERT INTO tokens (hash, hint, name, user_id, scope, created_at, ends_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
    return int(db.execute(sql, [hash, hint, name, user_id, scope, now, ends]).lastrowid or 0)


def token(db: Database, hash: str) -> dict[str, Any] | None:
    """A token that was not revoked, with its person, as far as that one stands."""
    sql = f"""SELECT t.id, t.user_id, t.scope, t.ends_at, t.used_at, {_WHO} FROM tokens t
        JOIN users u ON u.id = t.user_id WHERE t.hash = ? AND t.revoked_at = '' AND u.disabled_at = ''"""
    return next(iter(db.query(sql, [hash])), None)


def tokens(db: Database, *, user_id: int | None = None) -> list[Token]:
    """Tokens of a person, or of all; the newest first."""
    where, values = ("WHERE t.user_id = ?", [user_id]) if user_id is not None else ("", [])
    return [Token(**row) for row in db.query(f"{_ISSUED} {where} ORDER BY t.id DESC", values)]


def get_token(db: Database, token_id: int) -> Token | None:
    return _one(db, Token, f"{_ISSUED} WHERE t.id = ?", token_id)


def touch_token(db: Database, token_id: int, now: str) -> None:
    db.execute("UPDATE tokens SET used_at = ? WHERE id = ?", [now, token_id])


def revoke_token(db: Database, token_id: int, now: str) -> None:
    db.execute("UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at = ''", [now, token_id])


def revoke_tokens(db: Database, user_id: int, now: str) -> int:
    """Revoke every token of a person that still counts; returns how many."""
    sql = "UPDATE tokens SET revoked_at = ? WHERE user_id = ? AND revoked_at = '' AND ends_at > ?"
    return db.execute(sql, [now, user_id, now]).rowcount


def invite(
    db: Database, hash: str, *, email: str, role: Role, user_id: int | None, actor: str, now: str, ends: str
) -> int:
    sql = """INSERT INTO invitations (hash, email, role, user_id, created_at, ends_at, actor)
        VALUES (?, ?, ?, ?, ?, ?, ?)"""
    return int(db.execute(sql, [hash, email, role, user_id, now, ends, actor]).lastrowid or 0)


def invitation(db: Database, hash: str, *, now: str) -> Invitation | None:
    """An invitation that can still be taken."""
    sql = f"{_INVITATION} WHERE hash = ? AND used_at = '' AND withdrawn_at = '' AND ends_at > ?"
    return _one(db, Invitation, sql, hash, now)


def invitations(db: Database, *, now: str) -> list[Invitation]:
    """Those that can still be taken, the newest first."""
    sql = f"{_INVITATION} WHERE used_at = '' AND withdrawn_at = '' AND ends_at > ? ORDER BY id DESC"
    return [Invitation(**row) for row in db.query(sql, [now])]


def mark_invitation(db: Database, invitation_id: int, column: Literal["used_at", "withdrawn_at"], now: str) -> None:
    db.execute(f"UPDATE invitations SET {column} = ? WHERE id = ? AND {column} = ''", [now, invitation_id])


def withdraw_invitations(db: Database, email: str, now: str) -> None:
    sql = "UPDATE invitations SET withdrawn_at = ? WHERE email = ? AND used_at = '' AND withdrawn_at = ''"
    db.execute(sql, [now, email])


def setting(db: Database, name: str, default: str) -> str:
    row = db.execute("SELECT value FROM access_settings WHERE name = ?", [name]).fetchone()
    return row[0] if row else default


def rep_setting(user_id: int) -> str:
    """The setting that says which rep an account is."""
    return f"rep: account {user_id}"


def side_setting(user_id: int) -> str:
    """The setting that says which side an account is on."""
    return f"side: account {user_id}"


def on_side(db: Database, side: str) -> bool:
    """Whether anybody who can come in said that they are on a side."""
    sql = """SELECT 1 FROM users JOIN access_settings s ON s.name = 'side: account ' || users.id
        WHERE disabled_at = '' AND s.value = ?"""
    return db.execute(sql, [side]).fetchone() is not None


def setting_told(db: Database, name: str) -> tuple[str, str, str] | None:
    """A setting's value, who set it and when; None where nobody did."""
    return db.execute("SELECT value, actor, at FROM access_settings WHERE name = ?", [name]).fetchone()


def set_setting(db: Database, name: str, value: str, *, actor: str, now: str) -> None:
    sql = """INSERT INTO access_settings VALUES (?, ?, ?, ?) ON CONFLICT (name)
        DO UPDATE SET value = excluded.value, at = excluded.at, actor = excluded.actor"""
    db.execute(sql, [name, value, now, actor])


def _one(db: Database, record: type, sql: str, *values: object) -> Any:
    return next((record(**row) for row in db.query(sql, values)), None)
