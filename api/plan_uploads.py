"""Files of our own pages that a browser or a client sends: kept for as long as they are read, then gone."""

import tempfile
from pathlib import Path

from fastapi import UploadFile
from sqlite_utils import Database

from api.uploads import lay_out, title_of
from pipelines.jobs import now, submit_content
from pipelines.planning import content
from pipelines.store.content_pages import Upload


def take_in(db: Database, files: list[UploadFile], *, actor: str) -> Upload:
    """Keep what was chosen for as long as it is read, take its pages in, and read what is new or queue that."""
    with tempfile.TemporaryDirectory(prefix="parley-pages-") as folder:
        lay_out(files, Path(folder))
        pages = sorted(Path(folder).glob("*/*"))
        done = content.add(db, pages, title=title_of(files), actor=actor, now=now())
    read_or_queue(db)
    return done


def read_or_queue(db: Database) -> None:
    """Read a few new passages at once; many are left to a job, so that nobody waits for a page."""
    if content.waiting(db) > content.AT_ONCE:
        submit_content(db)
    else:
        content.read_new(db)
