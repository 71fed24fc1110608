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


def mine(db: Database, *, now: Callable[[], str], progress: Progress = silent, workers: int = 1) -> Mined:
    """Bring insights and themes up to date, finding in `workers` processes (0: one per core); nothing new, no change."""
    encoder = embedding.load()
    analysed = analyse(db, encoder=encoder, progress=progress, workers=workers)
    discovered = discover(db, encoder=encoder.name, now=now, progress=progress)
    return Mined(analysed.conversations, analysed.insights, discovered.created, discovered.waiting)
