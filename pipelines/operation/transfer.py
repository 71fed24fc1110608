"""Carry everything that people made or brought from one Parley to another: a file of lines, one record a line.

The first line says the format, the schema and how many records of each kind follow; the last one how many lines there
were and their SHA-256, so that a file that was cut off is never taken for a whole one. In between, each line is a row
of a table: `{"themes": {"id": 3, …}}`, tables and rows in a fixed order, so the same content is the same bytes. Bytes
stand as `{"base64": "…"}`. An older schema is brought up to date after it was read, as an older database is.
"""

import base64
import binascii
import gzip
import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlite_utils import Database

from insights.errors import InsightsError
from pipelines.progress import Progress, silent
from pipelines.store import connect, copying, held, known_migrations, rows

FORMAT = 1
RECORDS_AT_ONCE = 2000
LONGEST_LINE = 256 * 2**20
BEGIN, END = "parley", "end"


FOREIGN = "it is no export of Parley's: its first line does not say so. Conversations are read with parley ingest"


class BadExport(InsightsError):
    """A file that is no whole export of Parley's."""

    def __init__(self, path: Path, what: str):
        super().__init__(f"'{path.name}' cannot be imported: {what}. Nothing was changed.")


class NotEmpty(InsightsError):
    """An import would mix with what is there."""

    def __init__(self, path: Path):
        super().__init__(
            f"There is something in '{path.name}' already, and an import takes the place of all of it. Name a new database "
            "with PARLEY_DATABASE, or keep the present one with parley backup and move it away."
        )


class FileThere(InsightsError):
    """An export never overwrites."""

    def __init__(self, path: Path):
        super().__init__(f"There is '{path.name}' already, and an export overwrites nothing. Name another file.")


@dataclass(frozen=True, slots=True)
class Carried:
    """What an export or import held: records by kind, and the SHA-256 of its lines."""

    records: dict[str, int]
    sha256: str

    @property
    def total(self) -> int:
        return sum(self.records.values())


def export(db: Database, path: Path, *, progress: Progress = silent) -> Carried:
    """Write everything, as it is at this moment, to a new file; packed where its name ends in `.gz`.

    Accounts, sessions, tokens, addresses of webhooks, secrets and settings are not in it. Others work on meanwhile; a
    stopped export leaves no file. Raises FileThere.
    """
    if path.exists():
        raise FileThere(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.part")
    half.unlink(missing_ok=True)
    db.conn.execute("BEGIN DEFERRED")  # all tables at one moment
    try:
        half.touch(mode=0o600)
        with _packed(half, path.suffix == ".gz") as stream:
            carried = _write(db, stream, progress)
        copying.sync(half)
        half.replace(path)
        copying.sync(path.parent)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    finally:
        db.conn.execute("COMMIT")
    return carried


def bring_in(path: Path, database: Path, *, progress: Progress = silent) -> Carried:
    """Make a database of an export, all of it or nothing. Raises BadExport, NotEmpty, InUse.

    Vectors and what trackers found are not in it: `parley mine` works them out.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    new = database.with_name(f"{database.name}.importing")
    with held.alone(database):
        if database.exists() and not _is_empty(database):
            raise NotEmpty(database)
        copying.remove(new)
        try:
            carried = _read(path, new, progress)
            copying.put_in_place(new, database, aside=None)
        except BaseException:
            copying.remove(new)
            raise
    return carried


def _write(db: Database, stream: IO[bytes], progress: Progress) -> Carried:
    counts = {name: rows.count(db, name) for name in rows.tables(db)}
    digest, lines, total = hashlib.sha256(), 0, sum(counts.values())

    def line(kind: str, record: dict[str, Any]) -> None:
        nonlocal lines
        data = _line(kind, record)
        stream.write(data)
        digest.update(data)
        lines += 1
        if lines % RECORDS_AT_ONCE == 0:
            progress("writing", lines, total)

    line(BEGIN, {"format": FORMAT, "schema": rows.schema(db), "records": counts})
    for name in counts:
        for row in rows.read(db, name):
            line(name, {column: _shown(value) for column, value in row.items()})
    sha256 = digest.hexdigest()
    stream.write(_line(END, {"lines": lines, "sha256": sha256}))
    return Carried(counts, sha256)


def _line(kind: str, record: dict[str, Any]) -> bytes:
    return (json.dumps({kind: record}, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _shown(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


@contextmanager
def _packed(path: Path, packed: bool) -> Iterator[IO[bytes]]:
    """A stream into a file; packed without a name and a time, so that the same content is the same bytes."""
    with path.open("wb") as raw:
        if not packed:
            yield raw
            return
        with gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0, compresslevel=6) as stream:
            yield stream  # type: ignore[misc]


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if not packed:
            yield raw
            return
        with gzip.GzipFile(fileobj=raw, mode="rb") as stream:
            yield stream  # type: ignore[misc]


def _is_empty(database: Path) -> bool:
    with closing(connect(database)) as db:
        return rows.is_empty(db)


_Lines = Iterator[tuple[bytes, str, dict[str, Any]]]  # as it stands, of what kind it is, and what it says


@dataclass(slots=True)
class _Reading:
    """How far an import is, for messages that name the line."""

    path: Path
    line: int = 0

    def bad(self, what: str) -> BadExport:
        return BadExport(self.path, FOREIGN if self.line == 1 else f"line {self.line:,} {what}")


def _read(path: Path, new: Path, progress: Progress) -> Carried:
    at = _Reading(path)
    try:
        with _unpacked(path) as stream:
            lines = _lines(stream, at)
            schema, expected, digest = _head(lines, at)
            with closing(rows.opened_at(str(new), schema)) as db:
                carried = _fill(db, lines, expected, digest, at, progress)
                _finish(db, at)
    except (EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's trouble, not the file's
        raise at.bad("is where its packing breaks off") from None
    new.chmod(0o600)
    copying.sync(new)
    return carried


def _head(lines: _Lines, at: _Reading) -> tuple[str, dict[str, int], "hashlib._Hash"]:
    """The schema, how many records of each kind are to come, and the digest of all lines so far."""
    line, kind, head = next(lines, (b"", "", {}))
    if kind != BEGIN or not isinstance(head.get("records"), dict):
        raise BadExport(at.path, FOREIGN)
    if head.get("format") != FORMAT or head.get("schema") not in known_migrations():
        raise BadExport(at.path, f"a newer Parley wrote it ({head.get('schema')}); import it with that version")
    return str(head["schema"]), head["records"], hashlib.sha256(line)


def _lines(stream: IO[bytes], at: _Reading) -> _Lines:
    while line := stream.readline(LONGEST_LINE):
        at.line += 1
        try:
            told = json.loads(line)
        except ValueError:
            raise at.bad("is not JSON: the file was changed or cut off") from None
        match told:
            case dict() if len(told) == 1 and isinstance(record := next(iter(told.values())), dict):
                yield line, next(iter(told)), record
            case _:
                raise at.bad("is no record")


def _fill(
    db: Database, lines: _Lines, expected: dict[str, int], digest: "hashlib._Hash", at: _Reading, progress: Progress
) -> Carried:
    """Write all records in one transaction; raises BadExport at the first that does not fit."""
    known = {name: rows.columns(db, name) for name in rows.tables(db)}
    total, secret = sum(expected.values()), secrets.token_urlsafe(32)
    counts, waiting, table = dict.fromkeys(expected, 0), list[list[Any]](), ""
    with db.atomic():
        for line, name, told in lines:
            if name != table or len(waiting) >= RECORDS_AT_ONCE:
                _put(db, table, waiting, secret, at)
                waiting, table = [], name
                progress("reading", at.line, total)
            if name == END:
                carried = Carried(counts, digest.hexdigest())
                _check_end(told, carried, expected, lines, at)
                return carried
            if name not in known or name not in counts or told.keys() != set(known[name]):
                raise at.bad(f"holds no record that belongs there ({name[:40]})")
            counts[name] += 1
            digest.update(line)
            waiting.append([_value(told[column], at) for column in known[name]])
    raise at.bad("is the last one, but the export does not end there: it was cut off")


def _put(db: Database, table: str, waiting: list[list[Any]], secret: str, at: _Reading) -> None:
    if not waiting:
        return
    try:
        rows.write(db, table, waiting, secret=secret)
    except (
        sqlite3.IntegrityError,
        sqlite3.InterfaceError,
        sqlite3.ProgrammingError,
        OverflowError,
        UnicodeError,
    ) as error:
        raise at.bad(f"or one shortly before it holds a record of {table} that does not fit ({error})") from None


def _check_end(told: dict[str, Any], carried: Carried, expected: dict[str, int], lines: _Lines, at: _Reading) -> None:
    if carried.records != expected or told.get("lines") != at.line - 1:
        raise at.bad("says another number of records than there are: the file was changed")
    if told.get("sha256") != carried.sha256:
        raise at.bad("says another SHA-256: the file was changed")
    if next(lines, None):
        raise at.bad("stands after the end")


def _value(value: Any, at: _Reading) -> Any:
    if isinstance(value, dict):
        try:
            return base64.b64decode(value["base64"], validate=True)
        except (KeyError, TypeError, binascii.Error):
            raise at.bad("holds bytes that cannot be read") from None
    if isinstance(value, list | bool):
        raise at.bad("holds a value that no record has")
    return value


def _finish(db: Database, at: _Reading) -> None:
    try:
        rows.migrate(db)
        wrong = copying.check(db.conn)
    except sqlite3.DatabaseError as error:
        raise BadExport(at.path, f"its records do not belong together ({error})") from None
    if wrong:
        raise BadExport(at.path, f"its records do not belong together: {wrong[0]}")
