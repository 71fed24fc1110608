"""Tell the sides of stored conversations again after the company's own names, or a person's corrections, have changed."""

from sqlite_utils import Database

from pipelines.progress import Progress, silent
from pipelines.refresh import refresh
from pipelines.store import conversations


def reassign(db: Database, *, progress: Progress = silent) -> int:
    """Assign every speaker's side by what is known now; return how many utterances changed sides."""
    with conversations.side_changes(db) as changed:
        refresh(db, conversations.ids(db), progress=progress)
        return changed()
