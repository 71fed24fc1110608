"""Tell the sides of stored conversations again after the company's own names, or a person's corrections, have changed."""

from collections.abc import Sequence

from sqlite_utils import Database

from pipelines.progress import Progress, silent
from pipelines.refresh import refresh
from pipelines.store import conversations


def reassign(db: Database, conversation_ids: Sequence[str] | None = None, *, progress: Progress = silent) -> int:
    """Assign sides by what is known now, in these conversations or all; return how many utterances changed sides."""
    with conversations.side_changes(db) as changed:
        refresh(db, conversations.ids(db) if conversation_ids is None else conversation_ids, progress=progress)
        return changed()
