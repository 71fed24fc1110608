"""What stands near a theme: those that sound alike, those that come along, and how deals that raise it end."""

from dataclasses import dataclass, replace

import numpy as np
from sqlite_utils import Database

from insights import neighbours, sampling, trends
from insights.neighbours import Beside
from insights.outcomes import FEWEST_DEALS
from insights.sampling import Rate
from insights.trends import Change
from pipelines.store import competition_rows, exposure_rows, theme_lists, themes
from pipelines.store.filters import Filters
from pipelines.store.remembered import per_state
from pipelines.store.themes import Theme

MOST_ALIKE, MOST_BESIDE, MOST_PAIRS = 5, 6, 8
MUCH = frozenset(words for _, words in neighbours.LIKENESS[:2])


@dataclass(frozen=True, slots=True)
class Alike:
    """A theme that sounds like another: how much in words, and the cosine of their centres."""

    theme: Theme
    likeness: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Along:
    """A theme that comes up in the same conversations beyond chance, with the counts."""

    theme: Theme
    beside: Beside


@dataclass(frozen=True, slots=True)
class Ends:
    """How deals that raise a theme end: won, lost, and those without an outcome. `lost_share` is of the closed ones,
    with its interval; `others` the same for all other closed deals; `change` the first minus the second. `needed` more
    closed deals are needed before that says anything, 0 where it does. None of this is a cause."""

    won: int
    lost: int
    open: int
    lost_share: Rate
    others: Rate
    change: Change
    needed: int

    @property
    def sure(self) -> bool:
        """Whether the interval of the difference holds no nought."""
        low, high = self.change.low, self.change.high
        return not self.needed and low is not None and high is not None and (low > 0 or high < 0)


@per_state
def alike(db: Database, theme: Theme) -> tuple[Alike, ...]:
    """Active themes of its kind that sound like it, the most alike first; () for those that are names."""
    known = {one.id: one for one in themes.active(db, theme.kind) if one.id != theme.id}
    shapes = themes.shapes(db, {theme.id, *known})
    own = shapes.pop(theme.id, None)
    if own is None or not shapes:
        return ()
    ids = sorted(shapes)
    cosines = np.array([shapes[i][0] for i in ids]) @ own[0]
    found = [
        Alike(known[ids[n]], words, round(float(cosines[n]), 2))
        for n in np.argsort(-cosines, kind="stable")[:MOST_ALIKE]
        if (words := neighbours.likeness(float(cosines[n])))
    ]
    return tuple(found)


@per_state
def pairs(db: Database, kind: str) -> tuple[tuple[Theme, Alike], ...]:
    """Pairs of active, unpinned themes of one kind and label that sound much alike, the most alike first: places to
    look, most of which are two things all the same. Each theme is shown beside the one that it is most alike only."""
    known = {one.id: one for one in themes.active(db, kind) if not one.pinned and one.parent is None}
    shapes = themes.shapes(db, set(known))
    ids = sorted(shapes)
    if len(ids) < 2:
        return ()
    units = np.stack([shapes[i][0] for i in ids])
    cosines = np.round(units @ units.T, 4)
    np.fill_diagonal(cosines, -1)
    labels = np.array([known[one].label for one in ids], dtype=object)
    cosines = np.where(labels[:, None] == labels[None, :], cosines, -1)
    found = []
    for n, m in enumerate(cosines.argmax(axis=1).tolist()):
        words = neighbours.likeness(float(cosines[n, m]))
        if words in MUCH and (n < m or cosines[m].argmax() != n):
            found.append((known[ids[n]], Alike(known[ids[m]], words, round(float(cosines[n, m]), 2))))
    return tuple(sorted(found, key=lambda pair: (-pair[1].cosine, pair[0].id)))[:MOST_PAIRS]


@per_state
def along(db: Database, filters: Filters, theme: Theme) -> tuple[Along, ...]:
    """Themes of any kind that come up in its conversations beyond chance, the surest first."""
    total = exposure_rows.count(db, replace(filters, theme="", kind=""))["conversations"]
    mine, met = theme_lists.met(db, filters, theme.id, sub=theme.parent is not None)
    known = {one.id: one for one in themes.active(db)}
    tested = [one for one in met if one.theme in known and one.theme != theme.parent]
    found = neighbours.beside(tested, mine=mine, total=max(total, mine))[:MOST_BESIDE]
    return tuple(Along(known[one.met.theme], one) for one in found)


@per_state
def ends(db: Database, filters: Filters, theme: Theme) -> Ends | None:
    """How deals that raise a theme end, None where no deal at all is known to be won or lost. A filter on the outcome
    itself is left aside. The others are all other closed deals within the same filters."""
    closed = competition_rows.closed(db)
    if not closed:
        return None
    within = replace(filters, outcome="")
    mine = theme_lists.deals(db, within, theme.id, sub=theme.parent is not None)
    heard = {one.deal for one in competition_rows.conversations(db, replace(within, theme="", kind="", label=""))}
    ended = [(deal, account, closed[deal] == "lost") for deal, account in mine.items() if deal in closed]
    others = [(deal, deal, end == "lost") for deal, end in closed.items() if deal in heard and deal not in mine]
    lost = sum(is_lost for _, _, is_lost in ended)
    own, rest = sampling.sample(ended), sampling.sample(others)
    return Ends(
        len(ended) - lost, lost, len(mine) - len(ended), sampling.rate(own), sampling.rate(rest),
        trends.change(rest, own),
        max(0, FEWEST_DEALS - len(ended), FEWEST_DEALS - len(others)),
    )  # fmt: skip
