"""The database: one SQLite file, one noun per module, functions that take `db` first. All SQL of Parley lives here."""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlite_utils import Database

from insights.deals import told
from insights.errors import InsightsError
from pipelines.store import copying, held
from pipelines.store.migrations import migrations
from pipelines.store.trouble import is_busy, trouble_of

BACKUPS = "backups"  # the folder beside the database that keeps copies
BUSY_TIMEOUT_MS = 30_000
CACHE_KB = 32_000  # at most, and only while a connection reads that much
# Of all connections of a process together: fifty people at once are fifty connections. Beyond it SQLite uses the pages that
# it has again instead of asking for more.
CACHES_KB = 128_000


class _Connection(sqlite3.Connection):
    """Takes the write lock when a transaction begins.

    `Database.atomic()` of sqlite-utils 4.2 says BEGIN, which is deferred: a transaction that has read before another
    connection wrote can never write any more and fails at once, whatever the timeout (SQLITE_BUSY_SNAPSHOT).
    """

    bare: Database | None = None  # the connection beneath, where this one covers names: `store.covered`
    veils: frozenset[str] = frozenset()
    otherwise: Mapping[str, str] | None = None  # facts that a covered connection shows otherwise, with how: the same
    shows: frozenset[tuple[str, str]] | None = None  # as part of a key, which is asked for hundreds of times a page
    place: str | None = None  # the file, once it was asked for: `store.remembered`
    made_own: bool = False  # a table that no other connection sees: the same
    looks_once: bool = False  # and how much it had written itself when it looked: the same
    looked: int | None = None

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        self.made_own |= sql.startswith("CREATE TEMP")
        return super().execute("BEGIN IMMEDIATE" if sql == "BEGIN" else sql, *parameters)

    def close(self) -> None:
        if self.bare is not None:
            self.bare.close()
        super().close()


def connect(path: Path | str) -> Database:
    """Open the database for one request or one job; `close()` it after use.

    The thread check is off because a web server may open and use a connection in different threads of its pool,
    never in two at once. Reading goes on while one writer writes (WAL); a second writer waits up to 30 s.
    """
    connection = sqlite3.connect(
        str(path), timeout=BUSY_TIMEOUT_MS / 1000, check_same_thread=False, factory=_Connection
    )
    db = Database(connection)
    _taught(connection)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    # SQLite's own 2 MB make every scan of a large database read its pages again and again.
    connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    connection.execute(f"PRAGMA soft_heap_limit = {CACHES_KB * 1024}")
    return db


def connect_to_read(path: Path | str) -> Database:
    """Open the database so that SQLite refuses every write: for notebooks and for assistants. Raises NoDatabase."""
    file = Path(path)
    if not file.is_file():
        raise NoDatabase(file)
    connection = sqlite3.connect(
        f"{file.resolve().as_uri()}?mode=ro",
        uri=True,
        timeout=BUSY_TIMEOUT_MS / 1000,
        check_same_thread=False,
        factory=_Connection,
    )
    _taught(connection)
    connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    return Database(connection)


def _taught(connection: sqlite3.Connection) -> None:
    """What queries call by name (`filters.OUTCOME`); no schema may, because other programs open the file too."""
    connection.create_function("outcome_of", 2, lambda said, stage: told(said or "", stage or ""), deterministic=True)


class NoDatabase(InsightsError):
    """There is no database where one should be read."""

    def __init__(self, path: Path):
        super().__init__(
            f"There is no database at {path}. Try the sample first (parley demo), or set PARLEY_HOME and PARLEY_DATABASE."
        )


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


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was done to have the schema up to date: the migrations, and the copy of the database from before them."""

    migrations: tuple[str, ...] = ()
    copy: Path | None = None


class NoHome(InsightsError):
    """The folder of the database cannot be made or not be written to."""

    def __init__(self, folder: Path, error: OSError):
        super().__init__(
            f"The database cannot be made in '{folder}' ({error.strerror}). "
            "Name a folder that you may write to: PARLEY_HOME=/path/to/folder"
        )


class NewerDatabase(InsightsError):
    """A newer Parley has written this database."""

    def __init__(self, path: Path, names: Sequence[str]):
        super().__init__(
            f"'{path.name}' was last used by a newer Parley ({names[-1]} is not known here). Install that version again, "
            "or bring back the copy that it made before it changed the database: parley restore"
        )


class NoRoomForCopy(InsightsError):
    """The copy that is made before a schema changes does not fit."""

    def __init__(self, path: Path, folder: Path):
        size = path.stat().st_size / 1e6
        super().__init__(
            f"This Parley must change the schema of '{path.name}' and keeps a copy from before, which needs {size:,.0f} MB "
            f"in {folder}. Nothing was changed. Make room there, then start again."
        )


def prepare(path: Path | str) -> Prepared:
    """Create the file if need be and bring its schema up to date; safe to call from several processes.

    Where there is something in it, a copy from before is kept. Raises NoHome, NewerDatabase, NoRoomForCopy.
    """
    file = Path(path)
    _create(file)
    with held.shared(file), closing(connect(file)) as db:
        _patiently(lambda: _use_log(db))
        ours = known_migrations()
        if newer := [one.name for one in migrations.applied(db) if one.name not in ours]:
            raise NewerDatabase(file, newer)
        return _migrate(db, file) if migrations.pending(db) else Prepared()


def known_migrations() -> list[str]:
    """The names of all migrations of this Parley, in order."""
    return [migration.name for migration in migrations.pending(Database(memory=True))]


def _migrate(db: Database, file: Path) -> Prepared:
    with db.atomic():
        # Another process may have been first; now the write lock is held, so nothing comes between copy and change.
        waiting = tuple(one.name for one in migrations.pending(db))
        kept = _copy_before(db, file, waiting[0]) if waiting and _holds_anything(db) else None
        migrations.apply(db)
    return Prepared(waiting, kept)


def _holds_anything(db: Database) -> bool:
    there = set(db.table_names())
    return any(db.table(name).count for name in ("batches", "conversations", "themes", "company") if name in there)


def _copy_before(db: Database, file: Path, first: str) -> Path:
    """Keep the database as it is before a migration, in place of an earlier such copy."""
    folder = file.parent / BACKUPS
    target = folder / f"{file.stem}-before-{first}.db"
    half = target.with_name(f"{target.name}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < file.stat().st_size:
            raise NoRoomForCopy(file, folder)
        with closing(connect(file)) as reader:
            copying.copy(reader, half)
    except (sqlite3.Error, OSError) as error:
        copying.remove(half)
        told = trouble_of(error)
        if told and told.kind == "full":
            raise NoRoomForCopy(file, folder) from error
        raise
    half.replace(target)
    for older in folder.glob(f"{file.stem}-before-m*.db"):
        if older != target:
            older.unlink(missing_ok=True)
    return target


def _create(file: Path) -> None:
    """A new file that only its owner may read, where there is none; what SQLite puts beside it is as closed."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with held.shared(file):
            if not file.exists():
                os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError as error:
        if trouble_of(error):
            raise
        raise NoHome(file.parent, error) from error


def _use_log(db: Database) -> None:
    if db.journal_mode != "wal":
        db.enable_wal()


def _patiently(change: Callable[[], None]) -> None:
    """Do what SQLite refuses at once, without waiting, while another connection reads or writes."""
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            return change()
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > until:
                raise
            time.sleep(0.05)
