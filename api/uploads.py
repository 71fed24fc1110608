"""Uploaded files on their way in: kept under a name of chance until the worker has read them."""

import re
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from fastapi import UploadFile
from sqlite_utils import Database

from api.errors import BadParameter, Conflict, NotFound
from pipelines.ingest import Ingested, ingest
from pipelines.jobs import now, submit_ingest
from pipelines.settings import Settings
from pipelines.store import batches
from pipelines.undo import undo as take_back

LONGEST_NAME = 200  # bytes in UTF-8; file systems take 255


def submit(db: Database, settings: Settings, files: Sequence[UploadFile], *, title: str) -> tuple[int, int]:
    """Keep the files and queue them; returns (job id, batch id)."""
    folder = _store(settings, files)
    try:
        return submit_ingest(db, folder, title=title.strip() or _title(files))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def dry_run(db: Database, settings: Settings, files: Sequence[UploadFile], *, title: str) -> Ingested:
    """Read the files, say what would come in and what could not be read, and keep nothing."""
    folder = _store(settings, files)
    try:
        return ingest(db, sorted(folder.iterdir()), title=title.strip() or _title(files), now=now, dry_run=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def undo(db: Database, batch_id: int) -> int:
    """Take a batch back; returns the number of conversations that went with it."""
    batch = batches.get(db, batch_id)
    if batch is None:
        raise NotFound("upload", batch_id)
    if batch["status"] == "reading":
        raise Conflict("This upload is still being read. Wait until it is done, then undo it.")
    return take_back(db, batch_id, now=now()) if batch["status"] == "done" else 0


def safe_name(name: str, position: int) -> str:
    """The last part of a browser's file name, without anything a file system or a page could take amiss."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip(" .")
    suffix = Path(plain).suffix[:20]
    stem = Path(plain).stem if suffix else plain
    stem = stem.encode()[: LONGEST_NAME - len(suffix.encode())].decode(errors="ignore")
    return f"{stem}{suffix}" if stem else f"file-{position}{suffix}"


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
