"""Insights, every one by itself: a list with everything, and a search for reading."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.deps import Db, Limit, filtering, insight_cursor
from api.errors import RESPONSES, BadParameter, NotFound
from api.models import Page, Words
from pipelines.store import insights
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote

routes = APIRouter(tags=["insights"], responses=RESPONSES)
ListFilters = Annotated[Filters, Depends(filtering("limit", "after"))]
After = Annotated[str, Depends(insight_cursor)]


@routes.get("/insights", summary="List insights")
def list_insights(db: Db, filters: ListFilters, after: After, limit: Limit = 50) -> Page[Quote]:
    """Objections, questions and competitor mentions that match, newest first."""
    found, following = page(db, filters, after, limit)
    return Page(items=found, next=following)


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
    after: After,
    q: Annotated[list[str], Query(description="the words")],
    limit: Limit = 50,
) -> Page[Words]:
    """Quotes whose utterance holds all the words, or any of them or the phrase with `match`; every filter applies too."""
    if not filters.q.strip():
        raise BadParameter("q", "must hold at least one word")
    found, following = page(db, filters, after, limit)
    return Page(items=[Words.of(quote) for quote in found], next=following)


def page(db: Db, filters: Filters, after: str, limit: int) -> tuple[list[Quote], str | None]:
    """One part of the list and the cursor of the next one."""
    found = insights.quotes(db, filters, after=after, limit=limit + 1)
    return found[:limit], insights.cursor(found[limit - 1]) if len(found) > limit else None
