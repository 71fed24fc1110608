"""Who stands before the gate: the session cookie or the token of a request becomes a person, without argon2 and in
microseconds; what was asked becomes a line of the audit log.

What one would get wrong: while nobody has an account everybody is let in, so every doubt (a database that cannot be
read, a request that came through another machine) must end in a refusal, never in "there are no accounts".
"""

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from queue import SimpleQueue
from threading import Lock
from typing import Any

from sqlite_utils import Database
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import Scope

from pipelines.access import sessions, tokens
from pipelines.access.accounts import Person
from pipelines.access.audit import MOST_WAITING
from pipelines.access.sessions import Lifetimes
from pipelines.privacy import originals
from pipelines.settings import Settings
from pipelines.store import accounts as store
from pipelines.store import connect
from pipelines.store.audit import Entry

BUSY_MS = 500
FORWARDED = (
    "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-server",
    "x-original-host", "x-original-url", "x-real-ip", "via", "cf-connecting-ip", "true-client-ip",
)  # fmt: skip
UNNOTED = re.compile(r"/static/|/healthz$|/readyz$|/login|/logout$|/invitations/|/api/v1/places$")
_ID = re.compile(r"\d{1,19}|[0-9a-f]{6,64}")


@dataclass(slots=True)
class Door:
    """What the gate needs to know people by. `waiting` are lines for the audit log that were not written yet."""

    settings: Settings
    clock: Callable[[], str]
    waiting: "SimpleQueue[Entry | None]" = field(default_factory=SimpleQueue)
    db: Database | None = None
    file: tuple[int, int] = (0, 0)
    lock: Lock = field(default_factory=Lock)


class Unreadable(Exception):
    """It cannot be said now whether there are accounts."""


def cookie_name(settings: Settings) -> str:
    """A name that no page without encryption and no neighbouring host can set, where there is encryption."""
    return "__Host-parley" if settings.public_url.startswith("https:") else "parley_session"


def lifetimes(settings: Settings) -> Lifetimes:
    return Lifetimes(timedelta(hours=settings.session_idle_hours), timedelta(days=settings.session_days))


def has_accounts(door: Door) -> bool:
    """Raises Unreadable."""
    return bool(_ask(door, store.any_user, default=False))


def known(door: Door, headers: Headers) -> tuple[Person | None, bool]:
    """Who asks, and whether it is time to write down that they were seen. A token counts before a cookie."""
    if is_bearer(headers):
        secret = headers["authorization"].partition(" ")[2].strip()
        found = _ask(door, lambda db: tokens.by_token(db, secret, now=door.clock()))
    else:
        secret, lives = cookie_of(door.settings, headers), lifetimes(door.settings)
        found = (
            _ask(door, lambda db: sessions.by_session(db, secret, now=door.clock(), lives=lives)) if secret else None
        )
    return found or (None, False)


def sees_originals(door: Door, person: Person) -> bool:
    """Whether they may see who said something. Raises Unreadable."""
    return bool(_ask(door, lambda db: originals.may_see(db, person.role), default=False))


def is_bearer(headers: Headers) -> bool:
    """Whether a request shows a token; a proxy in front may have an Authorization of another kind for itself."""
    return headers.get("authorization", "").partition(" ")[0].lower() == "bearer"


def cookie_of(settings: Settings, headers: Headers) -> str:
    return cookie_parser(headers.get("cookie", "")).get(cookie_name(settings), "")


def is_local(door: Door, headers: Headers, name: str, loopback: frozenset[str]) -> bool:
    """Whether a request came from this machine, to a server that serves this machine alone, with nothing in between."""
    return name in loopback and _is_loopback(door.settings.host) and not any(header in headers for header in FORWARDED)


def seen(door: Door, person: Person) -> None:
    """Write down that a session or a token is used. Not worth waiting for: if the database is busy, the next one
    does."""
    db = connect(door.settings.database_file)
    try:
        db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        with db.atomic():
            if person.session_id:
                store.touch_session(db, person.session_id, door.clock())
            elif person.token_id is not None:
                store.touch_token(db, person.token_id, door.clock())
    except sqlite3.OperationalError:
        pass
    finally:
        db.close()


def noted(door: Door, scope: Scope, person: Person, status: int, headers: Headers | MutableHeaders) -> None:
    """One line for what a person asked: the address with names for values, and those values that are ids."""
    method, path = scope["method"], scope["path"]
    if UNNOTED.match(path) or door.waiting.qsize() >= MOST_WAITING:
        return
    act = _act(method, status, headers)
    if not act:
        return
    values: dict[str, Any] = scope.get("path_params") or {}
    if "path_params" not in scope:  # refused at the gate, where no route says which parts are values
        path = "/".join(path.split("/")[: 4 if path.startswith("/api/v1/") else 2]) + "/…" * (path.count("/") > 1)
    door.waiting.put(
        Entry(
            door.clock(), person.name, act, f"{method} {_template(path, values)}",
            " ".join(str(v) for v in values.values() if _ID.fullmatch(str(v))), user_id=person.id,
            token_id=person.token_id,
            address=address_of(scope), status=status,
        )
    )  # fmt: skip


def address_of(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""


def close(door: Door) -> None:
    with door.lock:
        if door.db is not None:
            door.db.close()
            door.db = None


def _act(method: str, status: int, headers: Headers | MutableHeaders) -> str:
    if status in (401, 403):
        return "refused"
    if status >= 400:
        return ""
    if method in ("GET", "HEAD"):
        return "exported" if headers.get("content-disposition", "").startswith("attachment") else "read"
    return "changed" if method != "OPTIONS" else ""


def _template(path: str, values: dict[str, Any]) -> str:
    """The address with the names of its values: what people call a competitor or an account stands in addresses too."""
    left = {str(value): f"{{{name}}}" for name, value in values.items()}
    whole = next((name for value, name in left.items() if "/" in value and path.endswith(value)), "")
    if whole:
        return path[: -len(next(v for v, n in left.items() if n == whole))] + whole
    return "/".join(left.get(part, part) for part in path.split("/"))


def _ask(door: Door, question: Callable[[Database], Any], default: Any = None) -> Any:
    with door.lock:
        try:
            db = _opened(door)
            return question(db) if db is not None else default
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return default
            raise Unreadable from error
        except sqlite3.DatabaseError as error:
            raise Unreadable from error


def _opened(door: Door) -> Database | None:
    """The gate's own connection, opened again when another file took the place of the database."""
    try:
        found = door.settings.database_file.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unreadable from error
    if door.db is None or door.file != (found.st_dev, found.st_ino):
        if door.db is not None:
            door.db.close()
        door.db, door.file = connect(door.settings.database_file), (found.st_dev, found.st_ino)
        door.db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    return door.db


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
