"""The sample company: a year of conversations of a vendor that does not exist, loaded like any upload."""

from collections.abc import Callable
from importlib.resources import as_file, files

from sqlite_utils import Database

from pipelines.catalogue import profile
from pipelines.ingest import Ingested, ingest
from pipelines.progress import Progress, silent
from pipelines.store import company

UPLOADS = ("call_notes.csv", "mail.mbox", "calls")


def load(db: Database, *, now: Callable[[], str], progress: Progress = silent) -> Ingested:
    """Tell the database about the company and ingest its notes, mail and calls as one batch."""
    with as_file(files("pipelines.sample")) as folder:
        company.add(db, profile.read(folder / "company.toml"))
        return ingest(db, [folder / name for name in UPLOADS], title="Sample company", now=now, progress=progress)
