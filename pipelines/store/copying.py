"""Copies of the whole database: made while others write, verified, and put in the place of another in one step.

What one would get wrong: not `VACUUM INTO`, which may number rows anew, and the search index knows utterances by those
numbers; and never a plain copy of the file, whose newest changes lie in the write-ahead log beside it.
"""

import hashlib
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from pipelines.progress import Progress, silent

PAGES_AT_ONCE = 4096  # 16 MB, between two signs of life
BLOCK = 1 << 20
MOST_TOLD = 20
_SIDE_FILES = ("-wal", "-shm", "-journal")
COLUMNS, HALF = "-columns", ".part"  # what `store.column_file` keeps beside a database, and while it is being written


def copy(db: Database, target: Path, *, progress: Progress = silent) -> dict[str, int]:
    """Write the database as it is at this moment to a new file, which is whole and on disk when this returns.

    Others read and write meanwhile: what they write is not in it. The caller has no transaction open. Returns how many
    rows each table had.
    """
    remove(target)
    with closing(sqlite3.connect(target)) as out:
        # The transaction holds one state of the database, however many steps it takes to read it.
        db.conn.execute("BEGIN DEFERRED")
        try:
            rows = counts(db.conn)
            db.conn.backup(
                out, pages=PAGES_AT_ONCE, progress=lambda _, left, total: progress("copying", total - left, total)
            )
        finally:
            db.conn.execute("COMMIT")
        out.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    target.chmod(0o600)
    sync(target)
    return rows


def problems(path: Path) -> list[str]:
    """What is wrong with a database file, the first of it: pages, indexes, and rows that point to nothing.

    Opened as it lies, nothing is written; [] for a sound one.
    """
    try:
        with closing(opened(path)) as conn:
            return check(conn)
    except sqlite3.DatabaseError as error:
        return [str(error)]


def check(conn: sqlite3.Connection) -> list[str]:
    """As `problems`, of a connection."""
    told = [str(row[0]) for row in conn.execute(f"PRAGMA integrity_check({MOST_TOLD})")]
    found = [] if told == ["ok"] else told
    for table, rowid, parent, _ in conn.execute("PRAGMA foreign_key_check").fetchmany(MOST_TOLD):
        found.append(f"row {rowid} of {table} points to a row of {parent} that is not there")
    return found


def opened(path: Path) -> sqlite3.Connection:
    """Open a finished copy for reading alone, without a log or a lock beside it."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def counts(conn: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table has, by name; what SQLite and its search index keep for themselves left out."""
    sql = """SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
        AND name NOT LIKE 'utterances\\_fts%' ESCAPE '\\' ORDER BY name"""
    return {name: _one(conn, f'SELECT count(*) FROM "{name}"') for (name,) in conn.execute(sql).fetchall()}


def migrated(conn: sqlite3.Connection) -> list[str]:
    """The names of the migrations that a database has gone through, in order; [] for one that is not Parley's."""
    if not _one(conn, "SELECT count(*) FROM sqlite_master WHERE name = '_sqlite_migrations'"):
        return []
    sql = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'parley' ORDER BY rowid"
    return [name for (name,) in conn.execute(sql)]


def put_in_place(new: Path, target: Path, *, aside: Path | None) -> None:
    """Make a finished copy the database, in one step; what was there lies at `aside` afterwards.

    At every moment there is a whole database at `target`. The caller holds it alone (`held.alone`).
    """
    if target.exists():
        _settle(target)
        for suffix in _SIDE_FILES:  # left only where the file could not be opened: it belongs to what is kept aside
            side = Path(f"{target}{suffix}")
            if side.exists() and aside is not None:
                side.replace(f"{aside}{suffix}")
            else:
                side.unlink(missing_ok=True)
        if aside is not None:
            _link(target, aside)
    _unlink_columns(target)
    new.replace(target)
    sync(target.parent)


def columns_beside(file: Path) -> Path:
    return Path(f"{file}{COLUMNS}")


def file_of(db: Database) -> Path | None:
    """The file of a connection, None where it is in memory."""
    name = next(row[2] for row in db.conn.execute("PRAGMA database_list") if row[1] == "main")
    return Path(name) if name else None


def drop_columns(db: Database) -> None:
    """Remove what is kept beside a database, for something goes that may be in it. Called before the change is
    committed, or nobody else writes: afterwards only the new state can be put there."""
    if file := file_of(db):
        _unlink_columns(file)


def _unlink_columns(file: Path) -> None:
    """Whoever was writing them then has nothing to put in place; who was killed while doing so left half of them."""
    for suffix in (HALF, ""):
        Path(f"{columns_beside(file)}{suffix}").unlink(missing_ok=True)


def remove(path: Path) -> None:
    """Remove a copy and what may lie beside it."""
    for suffix in ("", *_SIDE_FILES):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    _unlink_columns(path)


def sha256(path: Path, *, progress: Progress = silent) -> str:
    """The SHA-256 of a file, hexadecimal."""
    digest, done, size = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            done += len(block)
            progress("checking", done, size)
    return digest.hexdigest()


def sync(path: Path) -> None:
    """Have a file, or a folder's list of files, on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems have no such thing for folders
            os.fsync(handle)
    finally:
        os.close(handle)


def _settle(path: Path) -> None:
    """Bring what lies in the log into the file; the log goes with the last connection. A damaged file stays as it
    is."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        conn.execute("PRAGMA journal_mode = DELETE")


def _link(path: Path, aside: Path) -> None:
    """A second name for a file, or a copy where the file system has no such thing."""
    import shutil

    aside.unlink(missing_ok=True)
    try:
        os.link(path, aside)
    except OSError:
        shutil.copy2(path, aside)
        sync(aside)


def _one(conn: sqlite3.Connection, sql: str) -> Any:
    return conn.execute(sql).fetchone()[0]
