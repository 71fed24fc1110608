"""Remember what was worked out of a database until one of the tables that it was read from is written to, by whomever.

Which tables those are nobody has to say: while something is worked out, SQLite tells (its authorizer) which tables each
statement reads, and what it takes from what was remembered before rests on that one's tables too. `store.changes` says
how often each was written to. So a plan's note leaves the figures alone, and no figure can be older than its tables.

What one would get wrong: `PRAGMA data_version` says only what *other* connections wrote since, so it is asked of a
connection of its own that never writes: it sees every commit, our own requests' too. The counts are read before
anything else is, so what is kept under them is never older than they say; a commit in between only wastes an entry.
"""

import os
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from functools import wraps
from threading import Event, Lock, local
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlite_utils import Database

from pipelines.store import changes
from pipelines.store.covered import bare, is_covered, shows

MOST_DATABASES = 3
MOST_ENTRIES = 128  # of a large database; a page's values take 1 MB or two
MOST_LARGE = 10  # lists of all conversations take 10 MB for 40,000
LARGE_FILE = 256 * 2**20  # bytes; of a smaller file as many times more is kept, because what is kept is as much smaller
MOST_TIMES = 8
PATIENCE = 30  # seconds
FULL_TEXT = "utterances_fts"  # and the tables that it is made of: they follow the utterances
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Entry:
    """What was worked out, and the count of each table that it was read from."""

    value: Any
    rests_on: Mapping[str, int]


@dataclass(slots=True)
class _Work:
    """What a thread works out for all who wait for it; `entry` is what came of it, `error` why nothing did, as an entry
    too. `slow`: somebody has waited enough."""

    done: Event = field(default_factory=Event)
    entry: _Entry | None = None
    error: _Entry | None = None
    slow: bool = False


@dataclass(slots=True)
class _Known:
    """One database file: the connection that watches it, how often each table was written to, and what is remembered.

    `counts` has "" for any commit at all: what a table without a count rests on. `tables` are all that there are, `size`
    is the file's. `working` are the keys that some thread works on."""

    file: tuple[int, int]
    process: int
    watcher: sqlite3.Connection
    size: int = 0
    version: int = -1
    schema: int = -1
    tables: frozenset[str] = frozenset()
    counts: Mapping[str, int] = field(default_factory=dict)
    kept: "OrderedDict[Hashable, _Entry]" = field(default_factory=OrderedDict)
    large: "OrderedDict[Hashable, _Entry]" = field(default_factory=OrderedDict)
    benches: dict[str, Any] = field(default_factory=dict)
    working: dict[Hashable, _Work] = field(default_factory=dict)

    def most(self, *, large: bool) -> int:
        times = min(MOST_TIMES, max(1, LARGE_FILE // max(1, self.size)))
        return times * (MOST_LARGE if large else MOST_ENTRIES)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Something that is being worked out on a connection, and on the one beneath it, and the tables that it has read so
    far."""

    conns: tuple[sqlite3.Connection, ...]
    path: str
    read: set[str]

    def note(self, action: int, table: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_READ and table:
            self.read.add(table)
        return sqlite3.SQLITE_OK


_known: "OrderedDict[str, _Known]" = OrderedDict()
_lock = Lock()
_now = local()  # .frames: what this thread is working out, the outermost first


def per_state(function: Callable[Concatenate[Database, P], T]) -> Callable[Concatenate[Database, P], T]:
    """Let a function of a database, and of values that do not change, be worked out once a state of the database.

    What it returns is shared: nobody may change it. It must not depend on a clock, a file or a setting.
    """
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def answer(db: Database, *args: P.args, **kwargs: P.kwargs) -> T:
        # What is worked out of covered words is kept beside what is worked out of the words as they were said.
        key = (name, key_of(args), key_of(kwargs), shows(db))
        return remembered(db, key, lambda: function(db, *args, **kwargs))

    return answer


def remembered(db: Database, key: Hashable, work_out: Callable[[], T], *, large: bool = False) -> T:
    """What is kept under `key` for the database as it is now, else what `work_out` says. Of what is `large`, less is
    kept.

    Who asks while somebody else works it out waits and takes what that one found, if it is at least as new as the
    question: so fifty readers after a write cost one working out, and under writes without a pause as many as there is
    time for. What fails for one fails for all who wait for it, once; whoever asks afterwards has it tried again. Inside
    a transaction, which others do not see yet, and on a connection that looks back, nothing is taken or kept.
    """
    path = _place(db)
    if path is None:
        return work_out()
    asked: Mapping[str, int] | None = None
    # What is worked out for something else is as new as that must be: nobody looks at the file again for it.
    looked = _has_looked(db) or any(frame.path == path for frame in getattr(_now, "frames", ()))
    while True:
        with _lock:
            known = _state(path, looked=looked)
            _note_look(db, looked=looked)
            counts, kept = known.counts, known.large if large else known.kept
            entry, work = kept.get(key), known.working.get(key)
            if entry:
                kept.move_to_end(key)
            elif work is None or work.slow:
                mine = known.working[key] = _Work()
                break
        if not entry and work:
            entry = _waited(work, asked or counts, later=asked is not None)
            asked = asked or counts
        if entry:
            note(entry.rests_on)
            if work and entry is work.error:
                raise entry.value
            return entry.value
    read: Collection[str] = ()
    try:
        with _frame(db, path) as read:
            found = work_out()
        rests_on = {name: counts[name] for name in _resting(known, counts, read)}
        with _lock:
            # What read no table was made of what somebody else read: nothing would ever tell that it is old.
            if rests_on:
                mine.entry = _Entry(found, rests_on)
                if all(known.counts.get(name) == count for name, count in rests_on.items()):
                    kept[key] = mine.entry
                while len(kept) > known.most(large=large):
                    kept.popitem(last=False)
    except Exception as error:
        mine.error = _Entry(error, {name: counts[name] for name in _resting(known, counts, read)})
        raise
    finally:
        with _lock:
            if known.working.get(key) is mine:
                del known.working[key]
        mine.done.set()
    note(rests_on)
    return found


def _waited(work: _Work, asked: Mapping[str, int], *, later: bool) -> _Entry | None:
    """What came of what somebody else works out, if it is at least as new as a question that was asked at these counts:
    it was begun `later`, or nothing that it rests on was written between its beginning and the question."""
    if not work.done.wait(PATIENCE):
        work.slow = True
    found = work.entry or work.error
    return found if found and (later or all(asked.get(name) == n for name, n in found.rests_on.items())) else None


def workbench(db: Database, name: str, make: Callable[[], T]) -> T:
    """Something that is brought up to date after a write instead of being worked out anew: the same one for a file
    until its schema changes (a VACUUM, which may number rows anew, changes that too). It must look itself at what was
    written."""
    path = _place(db)
    if path is None:
        return make()
    with _lock:
        benches = _state(path).benches
        if name not in benches:
            benches[name] = make()
        return benches[name]


def note(tables: Collection[str]) -> None:
    """Say that what is being worked out rests on these tables, where it does not read them itself."""
    frames = getattr(_now, "frames", ())
    if frames:
        frames[-1].read.update(tables)


@contextmanager
def _frame(db: Database, path: str) -> Iterator[set[str]]:
    """The tables that are read inside. A statement that was prepared before tells nothing any more: to set an
    authorizer makes SQLite prepare all of them anew."""
    frames = _now.__dict__.setdefault("frames", [])
    frame = _Frame(tuple({id(one.conn): one.conn for one in (db, bare(db))}.values()), path, set())
    frames.append(frame)
    for conn in frame.conns:
        conn.set_authorizer(frame.note)
    try:
        yield frame.read
    finally:
        frames.pop()
        for conn in frame.conns:
            before = next((one for one in reversed(frames) if conn in one.conns), None)
            conn.set_authorizer(before.note if before else None)


def _resting(known: _Known, counts: Mapping[str, int], read: Collection[str]) -> set[str]:
    """The tables behind the names that a statement read: not views, nor what SQLite has of its own."""
    names = {"utterances" if name.startswith(FULL_TEXT) else name for name in read}
    return {name if name in counts else "" for name in names if name in counts or name in known.tables}


def forget() -> None:
    """Drop everything that is remembered, and the connections that watch."""
    with _lock:
        while _known:
            _drop(next(iter(_known)))


def _place(db: Database) -> str | None:
    """The file that a connection reads; None where nothing may be remembered, because it sees what others do not."""
    conn: Any = db.conn
    if conn.in_transaction:
        return None
    path = getattr(conn, "place", None)  # asked once a connection
    if path is None:
        path = next((row[2] for row in conn.execute("PRAGMA database_list") if row[1] == "main"), "")
        if hasattr(conn, "veils"):
            conn.place = path
    if not path:
        return None
    veils: frozenset[str] = getattr(conn, "veils", frozenset())  # the same for all connections that are covered
    own = getattr(conn, "made_own", True) and any(
        row[0] not in veils for row in conn.execute("SELECT name FROM sqlite_temp_master")
    )
    # Asked hundreds of times a page, and whoever asks the system gives the interpreter to somebody else meanwhile.
    return path if not own and (_has_looked(db) or os.path.exists(path)) else None  # noqa: PTH110


def look_once(db: Database) -> None:
    """Let what is asked on this connection be as new as its first question, or newer: for a request that only looks,
    which asks hundreds of times. After a write of its own it looks again."""
    conn: Any = db.conn
    conn.looks_once = True


def _has_looked(db: Database) -> bool:
    conn: Any = db.conn
    return getattr(conn, "looks_once", False) and conn.looked == conn.total_changes


def _note_look(db: Database, *, looked: bool) -> None:
    conn: Any = db.conn
    if not looked and getattr(conn, "looks_once", False):
        conn.looked = conn.total_changes


def can_remember(db: Database) -> bool:
    """Whether this connection sees what all others see, so that what it is told may be shared."""
    return _place(db) is not None


def beneath(db: Database) -> Database:
    """The connection on which what holds numbers only is worked out, for whoever sees names and whoever does not."""
    return bare(db) if is_covered(db) and can_remember(db) else db


def _state(path: str, *, looked: bool = False) -> _Known:
    """What is known of a file at its present version, nothing after a commit; at the version that was seen last, where
    it was `looked` at just now. Called with the lock held: others wait for each look."""
    if looked and path in _known:
        return _known[path]
    status = os.stat(path)  # noqa: PTH116 - the same
    file = (status.st_dev, status.st_ino)
    known = _known.get(path)
    if known is None or known.file != file or known.process != os.getpid():
        if known is not None:  # another file has taken its place, or this process was forked
            _drop(path)
        watcher = sqlite3.connect(path, timeout=PATIENCE, check_same_thread=False, isolation_level=None)
        known = _known[path] = _Known(file, os.getpid(), watcher)
    known.size = status.st_size
    _known.move_to_end(path)
    while len(_known) > MOST_DATABASES:
        _drop(next(iter(_known)))
    version = known.watcher.execute("PRAGMA data_version").fetchone()[0]
    if version != known.version:
        _look(known, version)
    return known


def _look(known: _Known, version: int) -> None:
    """Read the counts after a commit, and drop what rests on a table that was written to."""
    schema = known.watcher.execute("PRAGMA schema_version").fetchone()[0]
    counted = changes.totals(Database(known.watcher))
    if schema != known.schema:
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        known.tables = frozenset(name for (name,) in known.watcher.execute(sql)) - {"changes"}
        known.kept, known.large, known.benches = OrderedDict(), OrderedDict(), {}
    known.version, known.schema, known.counts = version, schema, {**counted, "": version}
    for kept in (known.kept, known.large):
        for key in [key for key, one in kept.items() if any(known.counts.get(t) != n for t, n in one.rests_on.items())]:
            del kept[key]


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
