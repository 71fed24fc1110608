"""Everything that follows an upload, in order: analyse what is new, then themes."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlite_utils import Database

from insights import embedding
from pipelines.analyse import analyse
from pipelines.discover import discover
from pipelines.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class Mined:
    """What one run added: conversations read, insights found, themes created; and how many insights wait for a theme."""

    conversations: int
    insights: int
    themes: int
    waiting: int


def mine(db: Database, *, now: Callable[[], str], progress: Progress = silent) -> Mined:
    """Bring insights and themes up to date; with nothing new it changes nothing."""
    encoder = embedding.load()
    analysed = analyse(db, encoder=encoder, progress=progress)
    discovered = discover(db, encoder=encoder.name, now=now, progress=progress)
    return Mined(analysed.conversations, analysed.insights, discovered.created, discovered.waiting)
