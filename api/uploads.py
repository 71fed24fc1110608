"""Uploaded files on their way in: kept under a name of chance, looked at, tried, and queued to be read."""

import json
import re
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from fastapi import UploadFile
from sqlite_utils import Database

from api.errors import BadParameter, Conflict, NotFound
from insights.formats import ColumnMapping
from insights.formats.columns import roles
from pipelines import preview
from pipelines.ingest import Ingested, ingest
from pipelines.jobs import now, parts, submit_ingest, submit_trial
from pipelines.preview import UploadPreview
from pipelines.settings import Settings
from pipelines.store import batches, jobs, mappings
from pipelines.undo import undo as take_back

LONGEST_NAME = 200  # bytes in UTF-8; file systems take 255
ABANDONED_SECONDS = 2 * 24 * 3600
_TOKEN = re.compile(r"[0-9a-f]{16}")


def submit(
    db: Database, settings: Settings, files: Sequence[UploadFile], *, title: str, mapping: ColumnMapping
) -> tuple[int, int]:
    """Keep the files and queue them; returns (job id, batch id)."""
    folder = _store(settings, files)
    try:
        return submit_ingest(db, folder, title=title.strip() or _title(files), mapping=mapping)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def dry_run(
    db: Database, settings: Settings, files: Sequence[UploadFile], *, title: str, mapping: ColumnMapping
) -> Ingested:
    """Read the files, say what would come in and what could not be read, and keep nothing."""
    folder = _store(settings, files)
    try:
        name = title.strip() or _title(files)
        return ingest(db, parts(folder), title=name, now=now, dry_run=True, mapping=mapping)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def look(settings: Settings, files: Sequence[UploadFile], *, mapping: ColumnMapping) -> UploadPreview:
    """Say how the files' tables would be read, and keep nothing."""
    folder = _store(settings, files)
    try:
        return preview.look(parts(folder), mapping)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def stage(db: Database, settings: Settings, files: Sequence[UploadFile]) -> str:
    """Keep the files for a person to look at first; returns the name they wait under."""
    _sweep(db, settings)
    return _store(settings, files).name


def staged(settings: Settings, token: str) -> Path:
    """Where files wait that a person looks at first. Raises NotFound when they are gone."""
    folder = settings.uploads / token
    if not _TOKEN.fullmatch(token) or not folder.is_dir():
        raise NotFound("waiting upload", token)
    return folder


def look_at_staged(settings: Settings, token: str, mapping: ColumnMapping) -> UploadPreview:
    return preview.look(parts(staged(settings, token)), mapping)


def try_staged(db: Database, settings: Settings, token: str, mapping: ColumnMapping) -> int:
    """Queue a dry run of files that wait; returns the job's id."""
    return submit_trial(db, staged(settings, token), title=staged_title(settings, token), mapping=mapping)


def submit_staged(
    db: Database, settings: Settings, token: str, *, title: str, mapping: ColumnMapping
) -> tuple[int, int]:
    """Queue files that wait; returns (job id, batch id). Asking twice queues them once."""
    folder = staged(settings, token)
    if any(job["arguments"].get("path") == str(folder) for job in jobs.unfinished(db, "ingest")):
        raise Conflict("These files are being read already. See the list of uploads.")
    name = title.strip() or staged_title(settings, token)
    return submit_ingest(db, folder, title=name, mapping=mapping)


def discard(settings: Settings, token: str) -> None:
    """Throw away files that wait."""
    shutil.rmtree(staged(settings, token), ignore_errors=True)


def staged_title(settings: Settings, token: str) -> str:
    names = sorted(file.name for file in staged(settings, token).glob("*/*"))
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def mapping_of(db: Database, values: Mapping[str, str]) -> ColumnMapping:
    """The mapping that a form holds: a saved one by name, `column:HEADER` fields over it, date order and zone."""
    name = values.get("mapping", "")
    base = mappings.get(db, name) if name else ColumnMapping()
    if base is None:
        raise BadParameter("mapping", f"there is no saved mapping '{name}'")
    given = {key.removeprefix("column:"): role for key, role in values.items() if key.startswith("column:")}
    if wrong := [role for role in given.values() if role and role not in roles()]:
        raise BadParameter("column", f"'{wrong[0]}' is not one of: {', '.join(roles())}")
    order = values.get("date_order", "") or base.date_order
    if order not in ("", "dmy", "mdy"):
        raise BadParameter("date_order", "choose dmy or mdy")
    return ColumnMapping({**base.columns, **given}, order, values.get("zone", "") or base.zone)  # type: ignore[arg-type]


def column_fields(columns: str) -> dict[str, str]:
    """A JSON object of headers and roles as the fields that `mapping_of` reads."""
    try:
        given = json.loads(columns or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(role, str) for role in given.values()):
        raise BadParameter("columns", 'give a JSON object of headers and roles, such as {"Notizen": "text"}')
    return {f"column:{header}": role for header, role in given.items()}


def undo(db: Database, batch_id: int) -> int:
    """Take a batch back; returns the number of conversations that went with it."""
    batch = batches.get(db, batch_id)
    if batch is None:
        raise NotFound("upload", batch_id)
    if batch["status"] == "reading" and jobs.reads(db, batch_id):
        raise Conflict("This upload is still being read. Wait until it is done, then undo it.")
    return take_back(db, batch_id, now=now()) if batch["status"] != "undone" else 0


def safe_name(name: str, position: int) -> str:
    """The last part of a browser's file name, without anything a file system or a page could take amiss."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip(" .")
    suffix = Path(plain).suffix[:20]
    stem = Path(plain).stem if suffix else plain
    stem = stem.encode()[: LONGEST_NAME - len(suffix.encode())].decode(errors="ignore")
    return f"{stem}{suffix}" if stem else f"file-{position}{suffix}"


def _sweep(db: Database, settings: Settings) -> None:
    """Throw away files that somebody looked at two days ago and then left."""
    wanted = {job["arguments"].get("path") for job in jobs.unfinished(db)}
    for folder in settings.uploads.glob("*"):
        old = folder.is_dir() and time.time() - folder.stat().st_mtime > ABANDONED_SECONDS
        if old and str(folder) not in wanted:
            shutil.rmtree(folder, ignore_errors=True)


def _store(settings: Settings, files: Sequence[UploadFile]) -> Path:
    given = [file for file in files if file.filename]
    if not given:
        raise BadParameter("files", "choose at least one file")
    folder = settings.uploads / secrets.token_hex(8)
    folder.mkdir(parents=True)
    try:
        for position, file in enumerate(given, 1):
            # A folder each, because two files of one upload may bear one name; in this order they are read.
            place = folder / f"{position:05}"
            place.mkdir()
            with (place / safe_name(file.filename or "", position)).open("wb") as out:
                shutil.copyfileobj(file.file, out)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _title(files: Sequence[UploadFile]) -> str:
    names = [safe_name(f.filename or "", n) for n, f in enumerate(files, 1)]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
