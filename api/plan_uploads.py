"""Files of our own pages that a browser or a client sends: kept for as long as they are read, then gone."""

import shutil
import tempfile
from pathlib import Path

from fastapi import UploadFile
from sqlite_utils import Database

from api.errors import BadParameter
from api.uploads import safe_name
from pipelines import content
from pipelines.jobs import now, submit_content
from pipelines.store.content_pages import Upload


def take_in(db: Database, files: list[UploadFile], *, actor: str) -> Upload:
    """Keep what was chosen for as long as it is read, take its pages in, and read what is new or queue that."""
    given = [file for file in files if file.filename]
    if not given:
        raise BadParameter("files", "choose at least one file")
    folder = Path(tempfile.mkdtemp(prefix="parley-pages-"))
    try:
        for position, file in enumerate(given, 1):
            # A folder each, because two files may bear one name.
            place = folder / f"{position:05}"
            place.mkdir()
            with (place / safe_name(file.filename or "", position)).open("wb") as out:
                shutil.copyfileobj(file.file, out)
        names = [safe_name(f.filename or "", n) for n, f in enumerate(given, 1)]
        title = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
        done = content.add(db, sorted(folder.glob("*/*")), title=title, actor=actor, now=now())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    read_or_queue(db)
    return done


def read_or_queue(db: Database) -> None:
    """Read a few new passages at once; many are left to a job, so that nobody waits for a page."""
    if content.waiting(db) > content.AT_ONCE:
        submit_content(db)
    else:
        content.read_new(db)
