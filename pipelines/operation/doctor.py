"""Look whether everything is as it must be, and say of what is not what to do about it.

Reading only, also while a server works; `repair` mends what follows from other rows anyway (the search index, what the
ledger adds up to, left-over half copies) and nothing else: the rest is only told.
"""

import os
import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database

from insights import embedding
from insights.errors import InsightsError
from insights.records import text_hash
from pipelines.operation import backup
from pipelines.progress import Progress, silent
from pipelines.running import accelerator
from pipelines.settings import Settings, unknown_names
from pipelines.store import connect, copying, health, held, known_migrations
from pipelines.store.trouble import trouble_of

Level = Literal["fine", "note", "warning", "error"]
Repair = Literal["", "index", "ledger", "left-overs"]
LEAST_FREE = 1_000_000_000  # bytes
STALE = timedelta(seconds=60)
PATIENCE = timedelta(minutes=10)
RECENT = timedelta(days=7)
OLD_BACKUP = timedelta(days=7)
ABANDONED = timedelta(days=2)
SHOWN = 5
_HALF = ("*.part", "*.restoring", "*.importing")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `what` is the state in a sentence, `advice` what to do ("" where nothing is),
    `repair` what `parley doctor --repair` would do about it."""

    check: str
    level: Level
    what: str
    advice: str = ""
    repair: Repair = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """All findings, in the order in which they were looked at; `whole` is False where the slow checks were left out."""

    at: str
    whole: bool
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Examined":
        """As it was kept by `asdict`."""
        return cls(kept["at"], kept["whole"], tuple(Finding(**one) for one in kept["findings"]))

    @property
    def level(self) -> Level:
        """The worst that was found."""
        order: tuple[Level, ...] = ("error", "warning", "note")
        return next((one for one in order if any(f.level == one for f in self.findings)), "fine")


@dataclass(frozen=True, slots=True)
class _Case:
    """What all checks are about."""

    db: Database
    file: Path
    settings: Settings
    now: datetime


def examine(settings: Settings, *, now: datetime, whole: bool = True, progress: Progress = silent) -> Examined:
    """Look at the database of these settings as it lies: nothing is created, migrated or changed.

    Without `whole` only what is quick is looked at, which suits a page. `progress` is told before each check.
    """
    file = settings.database_file
    findings = [*_around(settings)]
    if not file.exists():
        advice = "Check PARLEY_HOME and PARLEY_DATABASE. A first upload, or parley demo, creates one."
        findings.append(Finding("database", "error", f"There is no database {file}.", advice))
        return Examined(now.isoformat(timespec="seconds"), whole, tuple(findings))
    try:
        with closing(connect(file)) as db:
            findings += _inside(_Case(db, file, settings, now), whole, progress)
    except sqlite3.DatabaseError as error:
        findings.append(_failed("database", error))
    return Examined(now.isoformat(timespec="seconds"), whole, tuple(findings))


def repair(settings: Settings, findings: Examined) -> list[str]:
    """Do what the findings say is safe to do; what was done, in sentences."""
    wanted, done = {finding.repair for finding in findings.findings}, list[str]()
    with closing(connect(settings.database_file)) as db:
        if "index" in wanted:
            with db.atomic():
                health.rebuild_index(db)
            done.append("The search index was made anew from what was said.")
        if "ledger" in wanted:
            # It is the ledger that may be wrong: the way back is kept.
            kept = backup.backup(db, settings.database_file, now=findings.at).backup.file
            with db.atomic():
                health.rebuild_themes(db)
            done.append(f"Themes and their quotes were set to what the ledger says. As it was before: {kept}")
    if "left-overs" in wanted:
        for half in _halves(settings.database_file):
            copying.remove(half)
        done.append("Copies that were stopped half-way were removed.")
    return done


def _inside(case: _Case, whole: bool, progress: Progress) -> Iterator[Finding]:
    schema = _schema(case)
    yield schema
    if schema.level != "fine":
        yield from _tried(_pages, case) if whole else ()
        return
    checks: list[Callable[[_Case], Iterator[Finding]]] = [_jobs, _uploads, _backups]
    if whole:
        checks = [_pages, _quotes, _references, _ledger, _vectors, *checks]
    with _one_state(case.db):
        for n, check in enumerate(checks):
            progress("looking", n, len(checks))
            yield from _tried(check, case)
    if whole:
        yield from _tried(_index, case)


def _tried(check: Callable[[_Case], Iterator[Finding]], case: _Case) -> Iterator[Finding]:
    """A check's findings; that it could not be made is one, and the others go on."""
    try:
        yield from list(check(case))
    except (sqlite3.DatabaseError, OSError) as error:
        yield _failed(check.__name__.strip("_"), error)


def _failed(check: str, error: sqlite3.DatabaseError | OSError) -> Finding:
    told = trouble_of(error)
    what = told.what if told else f"It could not be looked at ({type(error).__name__})."
    back = ": parley restore FILE" if told and told.kind == "damaged" else ""
    advice = f"{told.advice}{back}" if told else "Check the rights of the folder"
    return Finding(check, "error", what, f"{advice}.")


@contextmanager
def _one_state(db: Database) -> Iterator[None]:
    """All checks see the database at one moment, whoever writes meanwhile."""
    db.conn.execute("BEGIN DEFERRED")
    try:
        yield
    finally:
        db.conn.execute("COMMIT")


def _around(settings: Settings) -> Iterator[Finding]:
    file = settings.database_file
    said = f"Parley {version('parley')}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    yield Finding("versions", "fine", f"{said}, {platform.system()} {platform.machine()}.")
    yield Finding(
        "settings", "fine", f"Home {settings.home}, database {file}, serving on {settings.host}:{settings.port}."
    )
    for name in unknown_names(settings.home):
        yield Finding(
            "settings",
            "warning",
            f"{name} is no setting, so it has no effect.",
            "Correct or remove it: see README, Settings.",
        )
    folder = next(one for one in (file.parent, *file.parent.parents) if one.exists())
    if not os.access(folder, os.W_OK) or (file.exists() and not os.access(file, os.W_OK)):
        yield Finding(
            "rights",
            "error",
            f"The database in {folder} may not be written.",
            "Check the rights of the file and its folder, and that the disk is not read-only.",
        )
    free, size = shutil.disk_usage(folder).free, file.stat().st_size if file.exists() else 0
    told = f"{free / 1e9:,.1f} GB free on the disk of {folder}; the database has {size / 1e6:,.1f} MB."
    if free < max(LEAST_FREE, size):
        yield Finding("disk", "warning", told, "Make room: a backup or a dry run needs as much again as the database.")
    else:
        yield Finding("disk", "fine", told)
    if halves := _halves(file):
        names = ", ".join(half.name for half in halves[:SHOWN])
        yield Finding("left-overs", "note", f"Half a copy was left by a process that was stopped: {names}.", "parley doctor --repair removes it.", "left-overs")  # fmt: skip


def _halves(file: Path) -> list[Path]:
    """Half copies that nobody is writing: while the database is in use, somebody may be."""
    found = [half for folder in (file.parent, backup.folder_of(file)) for kind in _HALF for half in folder.glob(kind)]
    return [] if not found or held.is_used(file) else sorted(found)


def _schema(case: _Case) -> Finding:
    there, known = copying.migrated(case.db.conn), known_migrations()
    if newer := [name for name in there if name not in known]:
        return Finding(
            "schema",
            "error",
            f"A newer Parley has changed the database ({newer[-1]}).",
            "Install that version again, or bring back the copy from before: parley restore.",
        )
    if not there:
        return Finding("schema", "error", "This is no database of Parley's.", "Name another file with PARLEY_DATABASE.")
    if missing := [name for name in known if name not in there]:
        advice = f"Start Parley: it keeps a copy and brings it up to date ({missing[0]} is next). Then look again."
        return Finding("schema", "warning", "The database is of an older Parley.", advice)
    return Finding("schema", "fine", f"The schema is up to date ({there[-1]}).")


def _pages(case: _Case) -> Iterator[Finding]:
    wrong = copying.check(case.db.conn)
    for one in wrong[:SHOWN]:
        yield Finding(
            "integrity",
            "error",
            f"{one}.",
            "Stop Parley, keep the file, and bring back a backup: parley backups, then parley restore FILE.",
        )
    if not wrong:
        yield Finding("integrity", "fine", "Pages, indexes and references are sound.")


def _quotes(case: _Case) -> Iterator[Finding]:
    count, wrong = 0, list[str]()
    for number, start, end, text, known, said in health.quotes(case.db):
        count += 1
        if said[start:end] != text or text_hash(text) != known:
            wrong.append(number)
    if wrong:
        shown = ", ".join(wrong[:SHOWN])
        yield Finding(
            "quotes",
            "error",
            f"{len(wrong):,} of {count:,} quotes are not what was said, letter by letter ({shown}).",
            "Do not use them. Bring back a backup: parley restore FILE.",
        )
    else:
        yield Finding("quotes", "fine", f"All {count:,} quotes are what was said, letter by letter.")


def _references(case: _Case) -> Iterator[Finding]:
    found = health.left_over(case.db)
    for what, count in found.items():
        yield Finding(
            "left-over rows",
            "warning",
            f"{count:,} {what}.",
            "Take the upload that they came with back and upload it again (parley batches, parley undo).",
        )
    if not found:
        yield Finding("left-over rows", "fine", "Everything belongs to something.")


def _ledger(case: _Case) -> Iterator[Finding]:
    themes, members = health.themes_astray(case.db), health.members_astray(case.db)
    if themes or members:
        numbers = f" ({', '.join(map(str, themes[:SHOWN]))})" if themes else ""
        what = f"{len(themes):,} themes{numbers} and {members:,} quotes do not stand as the ledger says."
        yield Finding("ledger", "error", what, "parley doctor --repair sets them to what the ledger says.", "ledger")
    else:
        yield Finding("ledger", "fine", "Themes and their quotes are what the ledger adds up to.")


def _index(case: _Case) -> Iterator[Finding]:
    with _taken_back(case.db):
        agrees = health.index_agrees(case.db)
    if agrees:
        yield Finding("search index", "fine", "The search index says what was said.")
    else:
        yield Finding(
            "search index",
            "error",
            "The search index does not say what was said.",
            "parley doctor --repair makes it anew.",
            "index",
        )


@contextmanager
def _taken_back(db: Database) -> Iterator[None]:
    db.conn.execute("BEGIN")
    try:
        yield
    finally:
        db.rollback()


def _vectors(case: _Case) -> Iterator[Finding]:
    try:
        embedding.shipped()
        encoder = accelerator.encoder_name()
    except InsightsError as error:
        yield Finding("encoder", "error", str(error), "Nothing can be mined until then; what is stored stands.")
        return
    yield Finding("encoder", "fine", f"The encoder's files are those that were released ({encoder}).")
    found = health.vectors(case.db, encoder, 4 * embedding.DIMENSIONS)
    if found["odd"]:
        yield Finding(
            "vectors",
            "error",
            f"{found['odd']:,} vectors have a wrong size.",
            "Bring back a backup: parley restore FILE.",
        )
    if found["missing"]:
        of = "; they are of another encoder" if found["others"] else ""
        yield Finding(
            "vectors",
            "warning",
            f"{found['missing']:,} of {found['texts']:,} quotes have no vector{of}.",
            "Run parley mine.",
        )
    elif not found["odd"]:
        yield Finding("vectors", "fine", f"All {found['texts']:,} quotes have a vector.")


def _jobs(case: _Case) -> Iterator[Finding]:
    used, at = held.is_used(case.file), case.now
    found = health.stuck(case.db, stale_before=_iso(at - STALE), since=_iso(at - RECENT))
    if found["silent"]:
        yield Finding(
            "jobs",
            "warning",
            f"{_numbered(found['silent'])} without a sign of life: the worker was stopped.",
            "Start parley serve or parley worker: it goes on with it.",
        )
    if found["waiting"] and not used:
        yield Finding(
            "jobs",
            "warning",
            f"{_numbered(found['waiting'])} waiting, and nobody is at work.",
            "Start parley serve or parley worker.",
        )
    if found["failed"]:
        yield Finding(
            "jobs", "note", f"{_numbered(found['failed'])} failed within a week.", "The page of uploads says why."
        )
    half = health.half_read(case.db)
    if half and not used:  # while something is at work, it may be reading just these
        names = ", ".join(f"{number} ({title})" for number, title in half[:SHOWN])
        yield Finding(
            "uploads",
            "warning",
            f"Reading stopped half-way: upload {names}.",
            "Read the same files again, or take it back: parley undo NUMBER.",
        )
    if not any(found.values()):
        yield Finding("jobs", "fine", "No job is stuck.")


def _uploads(case: _Case) -> Iterator[Finding]:
    folder = case.settings.uploads
    wanted, oldest = health.wanted_uploads(case.db), (case.now - ABANDONED).timestamp()
    left = [one for one in folder.glob("*") if str(one) not in wanted and one.stat().st_mtime < oldest]
    if left:
        yield Finding("uploaded files", "warning", f"Uploads that no job wants lie in {folder} for more than two days: {len(left):,}.", "Look whether they are among the uploads; if not, upload them again. Then remove the folders.")  # fmt: skip
    else:
        yield Finding("uploaded files", "fine", "No uploaded files are left over.")


def _backups(case: _Case) -> Iterator[Finding]:
    dated = [one.manifest.at for one in backup.listed(case.file) if one.manifest]
    daily = "or every day by itself: PARLEY_BACKUP_DAILY=true"
    if not dated:
        yield Finding(
            "backups", "note", "There is no backup in the folder of backups.", f"Make one: parley backup, {daily}."
        )
    elif max(dated) < _iso(case.now - OLD_BACKUP):
        yield Finding(
            "backups", "note", f"The newest backup is from {max(dated)[:10]}.", f"Make one: parley backup, {daily}."
        )
    else:
        yield Finding("backups", "fine", f"The newest backup is from {max(dated)[:16].replace('T', ' ')} UTC.")


def _numbered(ids: list[int]) -> str:
    more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
    return f"Job {', '.join(map(str, ids[:SHOWN]))}{more}"


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
