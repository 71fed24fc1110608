"""A theme as the pages know it: with how far it reaches, its sub-themes, and quotes that stand for it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from pipelines.store import theme_lists, themes
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote
from pipelines.store.theme_lists import Reach
from pipelines.store.themes import Theme
from pipelines.themes.ledger import UnknownTheme
from pipelines.themes.representatives import representatives

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Known:
    """A theme or sub-theme with how far it reaches."""

    theme: Theme
    reach: Reach
    subs: tuple["Known", ...] = ()


def existing(db: Database, theme_id: int) -> Theme:
    """Raises UnknownTheme."""
    found = themes.get(db, theme_id)
    if found is None:
        raise UnknownTheme(theme_id)
    return found


def subs(db: Database, theme: Theme) -> tuple[Known, ...]:
    found = themes.subs(db, theme.id)
    reaches = theme_lists.reaches(db) if found else {}
    return ranked(Known(sub, reaches.get(sub.id, Reach())) for sub in found)


def ranked(found: Iterable[Known]) -> tuple[Known, ...]:
    return tuple(sorted(found, key=lambda one: (-one.reach.conversations, -one.reach.quotes, one.theme.id)))


def typical(db: Database, theme: Theme) -> tuple[Quote, ...]:
    only = Filters(theme=str(theme.id), kind=theme.kind)
    return tuple(representatives(db, only, limit=EXAMPLES))
