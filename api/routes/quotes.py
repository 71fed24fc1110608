"""Quotes as the page of quotes lists them: by words or by meaning, folded, spread, with counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from sqlite_utils import Database
from starlette.responses import Response

from api import exports
from api.deps import Db, Limit, OurSettings, Today, filtering
from api.documents import quotes as documents
from api.errors import RESPONSES
from api.models.common import Words
from api.pages.quotes import OWN, asking
from api.views import quotes as quotes_views
from insights.attribution import Style
from pipelines.quotes.arranging import Counts
from pipelines.quotes.search import Ask, Item
from pipelines.settings import Settings
from pipelines.store.filters import Filters

routes = APIRouter(tags=["insights"], responses=RESPONSES)
ListFormat = Annotated[exports.Listed, Query()]
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string"}} for kind in ("text/markdown", "text/html", "text/csv")}}
}


class ListedQuote(Words):
    """A quote of the list."""

    again: int = Field(description="how many more quotes that match say the same")
    others: list[str] = Field(description="the ids of the first of them; all: /api/v1/quotes?like=ID")
    back: int = Field(description="how many more of its account stand back behind it; all: spread=off, or account=…")
    likeness: float | None = Field(description="cosine to what was looked for, null unless by meaning")
    found: list[str] = Field(description="the words that were found, as they were said")
    nearby: str = Field(description="the sentence that has them, where it is not the quote's own")
    aside: bool = Field(
        description="the quote does not hold the words itself, they were said beside it: these come last"
    )

    named: bool = Field(
        description="by meaning, of one or two words: it holds them or bears a label that goes by them; these come first"
    )

    @staticmethod
    def listed(item: Item) -> "ListedQuote":
        return ListedQuote(
            **Words.of(item.quote).model_dump(), again=item.again, others=[other.id for other in item.others],
            back=item.back, likeness=item.likeness, found=list(item.found), nearby=item.nearby,
            aside=item.aside, named=item.named,
        )  # fmt: skip


class QuoteList(BaseModel):
    """A part of the list; `next` is the value of `after` for the part that follows, null at the end. `counts` are those of
    the whole, `facets` the conversations of every value that could be ticked, each field's own filter left aside."""

    items: list[ListedQuote]
    next: str | None
    counts: Counts
    facets: dict[str, dict[str, int]]
    notice: str = Field(
        description="why meaning finds nothing or not everything, and what to do; empty where all is well"
    )
    near: int = Field(
        description="by meaning: how many are near; those whose likeness is below 0.35 are doubtful, unless `named`"
    )
    far: bool = Field(description="nothing is near what was looked for: these come nearest")


@routes.get("/quotes", summary="List quotes")
def list_quotes(
    db: Db, filters: Annotated[Filters, Depends(filtering(*OWN))], ask: Annotated[Ask, Depends(asking)],
    limit: Limit = 50
) -> QuoteList:  # fmt: skip
    """What the page of quotes shows under the same address. The same words said again come once, and no account fills the
    list, unless `fold=off` and `spread=off` say otherwise; every row of its own: /insights."""
    names = quotes_views.facet_names(db, filters)
    found = quotes_views.look(db, filters, replace(ask, limit=limit), facets=names)
    return QuoteList(
        items=[ListedQuote.listed(item) for item in found.items], next=found.next or None, counts=found.counts,
        facets={name: dict(values) for name, values in found.facets.items()}, notice=quotes_views.notice(found),
        near=found.near, far=found.far,
    )  # fmt: skip


@routes.get("/quotes/export", summary="Export a list of quotes", response_class=Response, responses=FILES)
def export(
    request: Request, db: Db, settings: OurSettings, today: Today,
    filters: Annotated[Filters, Depends(filtering(*OWN, "format", "style"))],
    ask: Annotated[Ask, Depends(asking)], format: ListFormat = "csv", style: Style = "role",
) -> Response:  # fmt: skip
    """What the page of quotes lists under the same filters, from several themes too, in its order: 1,000 quotes at most, without
    names unless the style is `full`. Markdown and HTML have them under their themes, the others as a table."""
    return exports.of_quotes(request, settings, today, format, style, partial(documents.document, db, filters, ask))


def handed_on(
    request: Request,
    db: Database,
    settings: Settings,
    today: date,
    ids: Sequence[str],
    *,
    title: str,
    format: str,
    style: Style,
) -> Response:
    """The quotes behind a figure, as a list of quotes is exported."""
    return exports.of_quotes(
        request, settings, today, format, style, partial(documents.of_these, db, ids, title=title)
    )  # fmt: skip
