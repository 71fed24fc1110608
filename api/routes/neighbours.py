"""What stands beside: two groups of conversations side by side, and what is near to a theme. Never a cause."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field

from api import splits
from api.deps import Db, Today, filtering
from api.errors import RESPONSES, BadParameter
from api.models.trend import Change, Rate
from api.routes.reports import read
from insights import sampling, trends
from pipelines.report import Windows
from pipelines.reports import groups
from pipelines.store import themes
from pipelines.store.filters import Filters
from pipelines.store.units import Unit
from pipelines.themes import neighbours
from pipelines.themes.ledger import UnknownTheme

routes = APIRouter(responses=RESPONSES)
ThemeId = Annotated[int, Path(ge=1, le=2**62)]


class GroupLine(BaseModel):
    """A theme in both groups: `change` is the first share minus the second. `says`: the first has surely "more" or "less", a
    difference of 10 points is ruled out ("alike"), or "too few" are known: then `reason` says why."""

    theme_id: int
    theme: str
    one: Rate
    other: Rate
    change: Change
    says: Literal["more", "less", "alike", "too few"]
    reason: str


class Groups(BaseModel):
    """Two values of one field in the current window; `sizes` in what `unit` says is counted."""

    by: str
    one: str
    other: str
    unit: str
    since: str
    until: str
    sizes: tuple[int, int]
    themes: list[GroupLine]


class AlikeTheme(BaseModel):
    """A theme that sounds alike: how much in words, and the cosine of the two centres."""

    theme_id: int
    theme: str
    likeness: str
    cosine: float


class AlongTheme(BaseModel):
    """A theme in the same conversations beyond chance: `both` conversations, of `accounts` accounts; `expected` by chance;
    `q` adjusted over all themes that were met."""

    theme_id: int
    theme: str
    kind: str
    both: int
    accounts: int
    expected: float
    q: float


class DealEnds(BaseModel):
    """How deals end that raise a theme. `change` is the lost share of its closed deals minus that of all others; `needed`
    more closed deals are needed before it says anything. An association is no cause."""

    won: int
    lost: int
    open: int
    lost_share: Rate
    others: Rate
    change: Change
    needed: int


class Near(BaseModel):
    """What is near to a theme; `deals` is null for competitors and where no deal is known to be won or lost."""

    alike: list[AlikeTheme]
    along: list[AlongTheme]
    deals: DealEnds | None = Field(description="see the outcomes report for all themes tested together")


@routes.get("/reports/groups", summary="Compare two groups", tags=["reports"])
def compare_groups(
    db: Db, today: Today, by: Annotated[str, Query(description="the field that parts them, for instance segment")],
    one: Annotated[str, Query(max_length=500)], other: Annotated[str, Query(max_length=500)],
    filters: Annotated[Filters, Depends(filtering("by", "one", "other", "days", "unit", "windows", "over"))],
    days: Annotated[int | None, Query(ge=1, le=3660, description="length of the window")] = None,
    unit: Annotated[Unit, Query(description="what is counted")] = "conversation",
    windows: Annotated[Windows, Query(description="rolling windows, or calendar quarters")] = "rolling",
    over: Annotated[Literal["", "all"], Query(description="all: all conversations that match, not the current window alone")] = "",
) -> Groups:  # fmt: skip
    """What one group says more than another in the current window, false discoveries controlled over all themes.

    `kind` is required. A filter on the compared field is left aside.
    """
    try:
        field = splits.field(db, by)
    except splits.UnknownField as error:
        raise BadParameter("by", str(error)) from None
    if not groups.comparable(field):
        raise BadParameter(
            "by", "parts quotes, not conversations: a conversation may have several. Choose another field."
        )
    report = read(db, filters, today, by="", step="month", days=days, unit=unit, windows=windows)
    found = groups.against(db, report, field, one, other, whole=over == "all")
    return Groups(
        by=field, one=one, other=other, unit=unit, since=found.filters.since, until=found.filters.until,
        sizes=found.sizes,
        themes=[
            GroupLine(
                theme_id=line.row.theme_id, theme=line.row.name, one=_rate(line.one), other=_rate(line.other),
                change=_change(line.change), says=line.says, reason=line.reason,
            )
            for line in found.lines
        ],
    )  # fmt: skip


@routes.get("/themes/{theme_id}/near", summary="Show what is near to a theme", tags=["themes"])
def near(db: Db, theme_id: ThemeId, filters: Annotated[Filters, Depends(filtering())]) -> Near:
    """Themes that sound alike, themes that come up in the same conversations beyond chance, and how deals end."""
    theme = themes.get(db, theme_id)
    if theme is None:
        raise UnknownTheme(theme_id)
    ends = neighbours.ends(db, filters, theme) if theme.kind != "competitor" else None
    return Near(
        alike=[
            AlikeTheme(theme_id=a.theme.id, theme=a.theme.name, likeness=a.likeness, cosine=a.cosine)
            for a in neighbours.alike(db, theme)
        ],
        along=[
            AlongTheme(
                theme_id=a.theme.id, theme=a.theme.name, kind=a.theme.kind, both=a.beside.met.both,
                accounts=a.beside.met.accounts,
                expected=a.beside.expected, q=a.beside.q,
            )
            for a in neighbours.along(db, filters, theme)
        ],
        deals=DealEnds(
            won=ends.won, lost=ends.lost, open=ends.open, lost_share=_rate(ends.lost_share), others=_rate(ends.others),
            change=_change(ends.change), needed=ends.needed,
        ) if ends else None,
    )  # fmt: skip


def _rate(rate: sampling.Rate) -> Rate:
    return Rate(share=rate.share, numerator=rate.numerator, denominator=rate.denominator, low=rate.low, high=rate.high)


def _change(change: trends.Change) -> Change:
    return Change(difference=change.difference, low=change.low, high=change.high, p=change.p, q=change.q)
