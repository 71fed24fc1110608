"""The work list of quotes that wait for a theme."""

from dataclasses import dataclass

from sqlite_utils import Database

from api.views.themes.lines import Told
from api.views.themes.places import Targets, targets
from insights.records import Kind
from insights.themes import BUDGET
from pipelines.discover import BY_MEANING
from pipelines.store import insights, theme_events, themes
from pipelines.store import proposals as store
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote
from pipelines.store.themes import Theme
from pipelines.themes import by_hand

WAITING_A_PAGE = 60


@dataclass(frozen=True, slots=True)
class Budget:
    """How many quotes wait, of how many; `most` is the share that should at most."""

    waiting: int
    total: int
    most: float = BUDGET

    @property
    def share(self) -> float:
        return self.waiting / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Group:
    """Quotes that wait, by the theme that they are nearest to; `theme` is None where there is none."""

    theme: Theme | None
    name: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """The work list of one kind: what waits, where it may belong, and where it can be put."""

    kind: Kind
    budgets: tuple[tuple[Kind, Budget], ...]
    budget: Budget
    groups: tuple[Group, ...]
    targets: Targets
    next: str
    told: tuple[Told, ...]
    proposals: int
    since: int


def page(db: Database, kind: str, *, after: str = "", told: tuple[Told, ...] = ()) -> WaitingPage:
    budgets = tuple((one, budget(db, one)) for one in BY_MEANING)
    most = max(budgets, key=lambda one: one[1].waiting)[0]
    chosen: Kind = next((one for one in BY_MEANING if one == kind), most)
    found = insights.quotes(db, Filters(theme="none", kind=chosen), after=after, limit=WAITING_A_PAGE + 1)
    shown = found[:WAITING_A_PAGE]
    near = by_hand.nearest(db, chosen, [quote.id for quote in shown])
    places = targets(db, chosen)
    names = dict(places)
    groups: dict[int | None, list[Quote]] = {}
    for quote in shown:
        at = near.get(quote.id, (0, 0.0))[0]
        groups.setdefault(at if at in names else None, []).append(quote)
    ordered = sorted(groups, key=lambda at: (at is None, -len(groups[at]), at))
    return WaitingPage(
        kind=chosen,
        budgets=budgets,
        budget=dict(budgets)[chosen],
        groups=tuple(
            Group(themes.get(db, at) if at else None, names.get(at or 0, ""), tuple(groups[at])) for at in ordered
        ),
        targets=places,
        next=insights.cursor(shown[-1]) if len(found) > WAITING_A_PAGE else "",
        told=told,
        proposals=len(store.listed(db, kind=chosen)),
        since=theme_events.last(db),
    )


def budget(db: Database, kind: str) -> Budget:
    return Budget(themes.waiting(db, kind), themes.total(db, kind))
