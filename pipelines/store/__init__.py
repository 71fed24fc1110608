"""The database: one SQLite file, one noun per module, functions that take `db` first. All SQL of Parley lives here."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlite_utils import Database

from pipelines.store.migrations import migrations

BUSY_TIMEOUT_MS = 30_000
CACHE_KB = 32_000  # at most, and only while a connection reads that much


class _Connection(sqlite3.Connection):
    """Takes the write lock when a transaction begins.

    `Database.atomic()` of sqlite-utils 4.2 says BEGIN, which is deferred: a transaction that has read before another
    connection wrote can never write any more and fails at once, whatever the timeout (SQLITE_BUSY_SNAPSHOT).
    """

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        return super().execute("BEGIN IMMEDIATE" if sql == "BEGIN" else sql, *parameters)


def connect(path: Path | str) -> Database:
    """Open the database for one request or one job; `close()` it after use.

    The thread check is off because a web server may open and use a connection in different threads of its pool,
    never in two at once. Reading goes on while one writer writes (WAL); a second writer waits up to 30 s.
    """
    connection = sqlite3.connect(
        str(path), timeout=BUSY_TIMEOUT_MS / 1000, check_same_thread=False, factory=_Connection
    )
    db = Database(connection)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    # SQLite's own 2 MB make every scan of a large database read its pages again and again.
    connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    return db


@contextmanager
def copied(db: Database) -> Iterator[Database]:
    """A copy of the database that is thrown away afterwards; the original is only read, and not locked for long."""
    with TemporaryDirectory() as folder:
        copy = connect(Path(folder) / "copy.db")
        try:
            db.conn.backup(copy.conn)
            yield copy
        finally:
            copy.close()


def prepare(path: Path | str) -> None:
    """Create the file if need be and bring its schema up to date; safe to call from several processes."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    db = connect(path)
    try:
        if db.journal_mode != "wal":
            db.enable_wal()
        if migrations.pending(db):
            with db.atomic():
                # Another process may have been first: apply() looks again, now that the write lock is held.
                migrations.apply(db)
    finally:
        db.close()
