"""Everything that follows an upload, in order: analyse what is new, then themes, then trackers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

from pipelines import nothing_new
from pipelines.analyse import analyse
from pipelines.catalogue import trackers
from pipelines.discover import discover
from pipelines.planning import content
from pipelines.progress import Progress, silent
from pipelines.running import accelerator
from pipelines.running.where import Where
from pipelines.sales import signals
from pipelines.uploads import refresh


@dataclass(frozen=True, slots=True)
class Mined:
    """What one run added: conversations read, insights found, themes created; and what waits after it: insights for a
    theme, proposals for a decision."""

    conversations: int
    insights: int
    themes: int
    waiting: int
    proposals: int


def mine(
    db: Database,
    *,
    now: Callable[[], str],
    progress: Progress = silent,
    where: Where = Where(),  # noqa: B008 - frozen
) -> Mined:
    """Bring insights, themes and trackers up to date, finding `where` it is told; nothing new, no change."""
    began = nothing_new.before(db)
    if left := nothing_new.told(db, began):
        return Mined(0, 0, 0, **left)
    refresh.by_new_rules(db, progress=progress)
    encoder = accelerator.encoder()
    analysed = analyse(db, encoder=encoder, progress=progress, where=where)
    discovered = discover(db, encoder=encoder.name, now=now, progress=progress)
    trackers.keep_up(db, now=now(), progress=progress)
    content.read_new(db, progress=progress)
    signals.note_soon(db, today=date.fromisoformat(now()[:10]), now=now())
    left = {"waiting": discovered.waiting, "proposals": discovered.proposals}
    nothing_new.note(db, began, left)
    return Mined(analysed.conversations, analysed.insights, discovered.created, **left)
