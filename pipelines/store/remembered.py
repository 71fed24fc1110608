"""Remember what was worked out of a database for as long as nobody has written to it, in this process or another.

What one would get wrong: `PRAGMA data_version` says only what *other* connections wrote since, so it is asked of a
connection of its own that never writes: it sees every commit, our own requests' too. The version is read before
anything else is, so what is kept under it is never older than it says; a commit in between only wastes an entry.
"""

import os
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlite_utils import Database

MOST_DATABASES = 3
MOST_ENTRIES = 64  # of one database; a page's values take 1 MB at most
MOST_LARGE = 6  # lists of all conversations take 10 MB for 40,000
PATIENCE = 30  # seconds
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class _Known:
    """One database file: the connection that watches it, and what is known of its present state."""

    file: tuple[int, int]
    process: int
    watcher: sqlite3.Connection
    version: int = -1
    kept: "OrderedDict[Hashable, Any]" = field(default_factory=OrderedDict)
    large: "OrderedDict[Hashable, Any]" = field(default_factory=OrderedDict)


_known: "OrderedDict[str, _Known]" = OrderedDict()
_lock = Lock()


def per_state(function: Callable[Concatenate[Database, P], T]) -> Callable[Concatenate[Database, P], T]:
    """Let a function of a database, and of values that do not change, be worked out once a state of the database.

    What it returns is shared: nobody may change it. It must not depend on a clock, a file or a setting.
    """
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def answer(db: Database, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (name, key_of(args), key_of(kwargs))
        return remembered(db, key, lambda: function(db, *args, **kwargs))

    return answer


def remembered(db: Database, key: Hashable, work_out: Callable[[], T], *, large: bool = False) -> T:
    """What is kept under `key` for the database as it is now, else what `work_out` says. Of what is `large`, less is kept.

    Inside a transaction, which others do not see yet, and on a connection that looks back, nothing is taken or kept.
    """
    path = _place(db)
    if path is None:
        return work_out()
    with _lock:
        known = _state(path)
        version, kept = known.version, known.large if large else known.kept
        if key in kept:
            kept.move_to_end(key)
            return kept[key]
    found = work_out()
    with _lock:
        if known.version == version and (kept is known.kept or kept is known.large):
            kept[key] = found
            while len(kept) > (MOST_LARGE if large else MOST_ENTRIES):
                kept.popitem(last=False)
    return found


def forget() -> None:
    """Drop everything that is remembered, and the connections that watch."""
    with _lock:
        while _known:
            _drop(next(iter(_known)))


def _place(db: Database) -> str | None:
    """The file that a connection reads; None where nothing may be remembered, because it sees what others do not."""
    if db.conn.in_transaction:
        return None
    path = next((row[2] for row in db.conn.execute("PRAGMA database_list") if row[1] == "main"), "")
    if not path:
        return None
    own = db.conn.execute("SELECT 1 FROM sqlite_temp_master LIMIT 1").fetchone()
    return path if not own and Path(path).exists() else None


def can_remember(db: Database) -> bool:
    """Whether this connection sees what all others see, so that what it is told may be shared."""
    return _place(db) is not None


def _state(path: str) -> _Known:
    """What is known of a file at its present version, nothing after a commit. Called with the lock held."""
    status = Path(path).stat()
    file = (status.st_dev, status.st_ino)
    known = _known.get(path)
    if known is None or known.file != file or known.process != os.getpid():
        if known is not None:  # another file has taken its place, or this process was forked
            _drop(path)
        watcher = sqlite3.connect(path, timeout=PATIENCE, check_same_thread=False, isolation_level=None)
        known = _known[path] = _Known(file, os.getpid(), watcher)
    _known.move_to_end(path)
    while len(_known) > MOST_DATABASES:
        _drop(next(iter(_known)))
    version = known.watcher.execute("PRAGMA data_version").fetchone()[0]
    if version != known.version:
        known.version, known.kept, known.large = version, OrderedDict(), OrderedDict()
    return known


def _drop(path: str) -> None:
    known = _known.pop(path)
    if known.process == os.getpid():  # the parent's connection is not ours to close
        known.watcher.close()


def key_of(value: Any) -> Hashable:
    """A value as something that can be a key."""
    if isinstance(value, Mapping):
        return tuple(sorted((name, key_of(one)) for name, one in value.items()))
    if isinstance(value, list | tuple):
        return tuple(map(key_of, value))
    if isinstance(value, set | frozenset):
        return frozenset(value)
    if is_dataclass(value) and not isinstance(value, type):
        return (type(value).__name__, *(key_of(getattr(value, f.name)) for f in fields(value)))
    return value
