"""Backups of the database and the way back: made while others work, verified before they count, undone like the rest.

A backup is one file and, beside it, a manifest with its SHA-256. Uploads that wait to be read are not in it, nor are
the settings of the environment and of `parley.toml`.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from sqlite_utils import Database

from insights.errors import InsightsError
from pipelines.progress import Progress, silent
from pipelines.store import BACKUPS, NewerDatabase, copying, held, known_migrations

ROOM_LEFT = 1.1  # times the database: what a copy needs, and a little for whoever writes meanwhile


class BadBackup(InsightsError):
    """A file that cannot be restored."""


class NoRoom(InsightsError):
    """A copy that would fill the disk."""

    def __init__(self, folder: Path, needed: float, free: float):
        super().__init__(
            f"A copy needs {needed / 1e6:,.0f} MB and {folder} has {free / 1e6:,.0f} MB left. Make room, or name a folder "
            "on another disk: parley backup FOLDER. Nothing was written."
        )


class AlreadyThere(InsightsError):
    """A backup never overwrites."""

    def __init__(self, path: Path):
        super().__init__(
            f"There is '{path.name}' already, and a backup overwrites nothing. Name another file, or a folder."
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup was when it was made: by which Parley, when (ISO 8601, UTC), its size, its SHA-256, the last
    migration of its schema, and how many rows each table had."""

    parley: str
    at: str
    bytes: int
    sha256: str
    schema: str
    rows: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup's file and its manifest, None where there is none beside it."""

    file: Path
    manifest: Manifest | None


@dataclass(frozen=True, slots=True)
class Made:
    """A new backup, and older ones that went because only so many are kept."""

    backup: Backup
    removed: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back, and where the database from before lies (None where there was none)."""

    backup: Backup
    aside: Path | None


def folder_of(database: Path) -> Path:
    """Where backups go unless somebody says otherwise."""
    return database.parent / BACKUPS


def backup(
    db: Database, database: Path, to: Path | None = None, *, now: str, keep: int = 0, progress: Progress = silent
) -> Made:
    """Copy the database as it is now, verify the copy, and write its manifest; others work on meanwhile.

    `to` is a file that is not there yet, or a folder; in a folder the name tells database and moment (`now`, ISO 8601),
    and with `keep` the oldest backups of this database beyond that many are removed, once the new one is verified.
    Raises NoRoom, AlreadyThere, BadBackup; a copy that failed leaves no file.
    """
    target = _target(database, to, now)
    folder = target.parent
    folder.mkdir(parents=True, exist_ok=True)
    if target.exists():
        raise AlreadyThere(target)
    needed, free = ROOM_LEFT * _size(database), shutil.disk_usage(folder).free
    if free < needed:
        raise NoRoom(folder, needed, free)
    half = target.with_name(f"{target.name}.part")
    try:
        rows = copying.copy(db, half, progress=progress)
        manifest = _verified(half, rows, now, progress)
        _write(manifest_of(target), json.dumps(asdict(manifest), indent=1) + "\n")
        half.replace(target)
        copying.sync(folder)
    except BaseException:
        copying.remove(half)
        if not target.exists():
            manifest_of(target).unlink(missing_ok=True)
        raise
    removed = _prune(database, folder, keep, but=target) if keep else ()
    return Made(Backup(target, manifest), removed)


def verify(path: Path, *, progress: Progress = silent) -> Backup:
    """Look whether a backup is whole and what its manifest says, and can be used by this Parley.

    Raises BadBackup, NewerDatabase. Without a manifest beside it, its pages, indexes and references are checked all the
    same.
    """
    if not path.is_file():
        raise BadBackup(f"There is no file '{path}'. The backups there are: parley backups")
    manifest = read_manifest(path)
    if manifest and (path.stat().st_size, copying.sha256(path, progress=progress)) != (manifest.bytes, manifest.sha256):
        raise BadBackup(
            f"'{path.name}' is not as it was when it was made (its SHA-256 differs from its manifest). Use another backup."
        )
    try:
        with closing(copying.opened(path)) as conn:
            names, wrong = copying.migrated(conn), copying.check(conn)
    except sqlite3.DatabaseError as error:
        raise BadBackup(f"'{path.name}' is no database that Parley can use ({error}). Use another backup.") from None
    if not names:
        raise BadBackup(f"'{path.name}' is a database, but not one of Parley's. Use another file.")
    if newer := [name for name in names if name not in known_migrations()]:
        raise NewerDatabase(path, newer)
    if wrong:
        raise BadBackup(f"'{path.name}' is damaged: {'; '.join(wrong[:3])}. Use another backup.")
    return Backup(path, manifest)


def restore(path: Path, database: Path, *, now: str, progress: Progress = silent) -> Restored:
    """Put a verified backup in the place of the database, in one step, and keep what was there among the backups.

    Raises what `verify` raises, NoRoom, and InUse while another process has the database open; then nothing is changed.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    # A stopped restore leaves a whole database and, at most, this file.
    new = database.with_name(f"{database.name}.restoring")
    with held.alone(database):
        found = verify(path, progress=progress)
        needed, free = ROOM_LEFT * path.stat().st_size, shutil.disk_usage(database.parent).free
        if free < needed:
            raise NoRoom(database.parent, needed, free)
        aside = folder_of(database) / f"{database.stem}-before-restore-{_stamp(now)}.db" if database.exists() else None
        try:
            if aside:
                aside.parent.mkdir(parents=True, exist_ok=True)
            copying.remove(new)
            shutil.copyfile(path, new)
            new.chmod(0o600)
            copying.sync(new)
            if copying.sha256(new) != copying.sha256(path):
                raise BadBackup(f"'{path.name}' could not be copied as it is. Look at the disk, then try again.")
            copying.put_in_place(new, database, aside=aside)
        except BaseException:
            copying.remove(new)
            raise
    return Restored(found, aside)


def listed(database: Path) -> list[Backup]:
    """The copies in the folder of backups, the newest first: backups, and what was kept before a change or a
    restore."""
    found = sorted(
        folder_of(database).glob(f"{database.stem}-*.db"), key=lambda file: file.stat().st_mtime, reverse=True
    )
    return [Backup(file, read_manifest(file)) for file in found]


def manifest_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def read_manifest(path: Path) -> Manifest | None:
    """The manifest beside a backup; None where there is none. Raises BadBackup for one that cannot be read."""
    file = manifest_of(path)
    if not file.exists():
        return None
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return Manifest(**{name: told[name] for name in Manifest.__dataclass_fields__})
    except (ValueError, KeyError, TypeError):
        raise BadBackup(f"'{file.name}' is no manifest of a backup. Remove it to restore without one.") from None


def _target(database: Path, to: Path | None, now: str) -> Path:
    if to is not None and not to.is_dir() and to.suffix:
        return to
    return (to or folder_of(database)) / f"{database.stem}-{_stamp(now)}.db"


def _stamp(now: str) -> str:
    return datetime.fromisoformat(now).strftime("%Y-%m-%dT%H-%M-%SZ")


def _size(database: Path) -> int:
    return sum(file.stat().st_size for file in (database, Path(f"{database}-wal")) if file.exists())


def _verified(path: Path, rows: dict[str, int], now: str, progress: Progress) -> Manifest:
    with closing(copying.opened(path)) as conn:
        wrong, there, names = copying.check(conn), copying.counts(conn), copying.migrated(conn)
    if there != rows:
        wrong.append("it has not the rows of the database")
    if wrong:
        raise BadBackup(
            f"The copy is not sound, so it was not kept: {'; '.join(wrong[:3])}. The database itself may be damaged: "
            "run parley doctor"
        )
    sha256 = copying.sha256(path, progress=progress)
    return Manifest(version("parley"), now, path.stat().st_size, sha256, names[-1] if names else "", rows)


def _prune(database: Path, folder: Path, keep: int, *, but: Path) -> tuple[Path, ...]:
    """Remove the oldest backups with a manifest, never a copy that was kept before a change, and never the new one."""
    dated = [file for file in sorted(folder.glob(f"{database.stem}-[0-9]*.db")) if manifest_of(file).exists()]
    gone: Sequence[Path] = [file for file in dated if file != but][: max(0, len(dated) - keep)]
    for file in gone:
        file.unlink(missing_ok=True)
        manifest_of(file).unlink(missing_ok=True)
    return tuple(gone)


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8") as stream:  # noqa: PTH123 - of a handle that others cannot read
        stream.write(text)
    copying.sync(path)
