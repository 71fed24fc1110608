"""Insights, every one by itself: a list with everything, and a search for reading."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.deps import Db, Limit, filtering, insight_cursor
from api.errors import RESPONSES, BadParameter, NotFound
from api.models.common import Page, Words
from api.views import quotes as quotes_views
from pipelines.quotes.search import Ask
from pipelines.store import insights
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote

routes = APIRouter(tags=["insights"], responses=RESPONSES)
ListFilters = Annotated[Filters, Depends(filtering("limit", "after"))]
After = Annotated[str, Depends(insight_cursor)]


@routes.get("/insights", summary="List insights")
def list_insights(db: Db, filters: ListFilters, after: After, limit: Limit = 50) -> Page[Quote]:
    """Objections, questions and competitor mentions that match, newest first."""
    found = insights.quotes(db, filters, after=after, limit=limit + 1)
    return Page(items=found[:limit], next=insights.cursor(found[limit - 1]) if len(found) > limit else None)


@routes.get("/insights/{insight_id}", summary="Show an insight")
def show_insight(db: Db, insight_id: str) -> Quote:
    """One insight with its place: utterance, offsets in code points, conversation, theme."""
    found = insights.get(db, insight_id)
    if found is None:
        raise NotFound("insight", insight_id)
    return found


@routes.get("/search", summary="Search quotes by words")
def search(
    db: Db,
    filters: ListFilters,
    q: Annotated[list[str], Query(description="the words")],
    after: Annotated[str, Query(max_length=64, description="`next` of the page before")] = "",
    limit: Limit = 50,
) -> Page[Words]:
    """Quotes with all the words, or any of them or the phrase with `match`: first those that hold them, then those beside which
    they were said, each the newest first. Every filter applies too."""
    if not filters.q.strip():
        raise BadParameter("q", "must hold at least one word")
    found = quotes_views.look(db, filters, Ask(fold=False, spread=False, after=after, limit=limit))
    return Page(items=[Words.of(item.quote) for item in found.items], next=found.next or None)
