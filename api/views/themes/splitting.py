"""The page that shows what a theme would fall into."""

from dataclasses import dataclass

from sqlite_utils import Database

from api.views.themes.known import EXAMPLES, existing
from insights.ledger_rules import NotActive, Pinned
from pipelines.discover import BY_MEANING
from pipelines.store import theme_events, theme_lists
from pipelines.store.insights import Quote
from pipelines.store.theme_lists import Reach
from pipelines.store.themes import Theme
from pipelines.themes import by_hand, editing, proposals
from pipelines.themes.ledger import NamedByCatalogue, NewPart
from pipelines.themes.representatives import among

LOOSE = 2  # quotes of a part that belong to it least


@dataclass(frozen=True, slots=True)
class SplitPart:
    """A part that a theme would fall into: the first is what the theme is. `name` is "" where nothing names it well.
    `loose` are its quotes that belong to it least, for a look before they come along."""

    number: int
    name: str
    reach: Reach
    quotes: tuple[Quote, ...]
    loose: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class SplitPage:
    """What a theme would fall into; `seen` tells this preview from a later one. No parts: it is one thing."""

    theme: Theme
    reach: Reach
    parts: tuple[SplitPart, ...]
    seen: str
    version: int


def page(db: Database, theme_id: int) -> SplitPage:
    """Raises UnknownTheme, NotActive, Pinned, NamedByCatalogue."""
    known = existing(db, theme_id)
    if known.status != "active":
        raise NotActive(known.name, known.status)
    if known.pinned:
        raise Pinned(known.name)
    if known.kind not in BY_MEANING:
        raise NamedByCatalogue
    found = proposals.parts_of(db, theme_id)
    parts = tuple(_part(db, n, part) for n, part in enumerate(found))
    return SplitPage(
        theme=known,
        reach=theme_lists.reach(db, theme_events.members(db, [theme_id])),
        parts=parts if len(parts) > 1 else (),
        seen=by_hand.seen(found),
        version=editing.version(db, theme_id),
    )


def _part(db: Database, number: int, part: NewPart) -> SplitPart:
    quotes = tuple(among(db, part.insights, limit=EXAMPLES))
    shown = {quote.id for quote in quotes}
    last = [one for one in part.insights[EXAMPLES:][-LOOSE:] if one not in shown]  # the surest stand first
    return SplitPart(
        number=number,
        name="" if part.vague else part.name,
        reach=theme_lists.reach(db, part.insights),
        quotes=quotes,
        loose=tuple(theme_lists.quotes(db, last, limit=LOOSE)),
    )
