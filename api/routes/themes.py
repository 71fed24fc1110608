"""Themes with their permanent ids, and the ledger of what happened to them."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.deps import Db, Limit, filtering, is_row_id
from api.errors import RESPONSES, BadParameter, NotFound
from api.models import Event, Page, Rename, ThemeDetail, ThemeWithCounts
from pipelines import ledger
from pipelines.jobs import now
from pipelines.store import ledger as events
from pipelines.store import themes
from pipelines.store.filters import Filters

routes = APIRouter(tags=["themes"], responses=RESPONSES)
ThemeId = Annotated[int, Path(ge=1, le=2**62)]
NOTHING = {"insights": 0, "conversations": 0, "accounts": 0}


@routes.get("/themes", summary="List themes")
def list_themes(
    db: Db, filters: Annotated[Filters, Depends(filtering("limit", "after"))], after: str = "", limit: Limit = 50
) -> Page[ThemeWithCounts]:
    """Active themes by id, each with what of it matches the filters."""
    if after and not is_row_id(after):
        raise BadParameter("after", "is no cursor. Use the value of 'next' from the page before, unchanged.")
    kinds = filters.kind.split(",") if filters.kind else []
    found = [t for t in themes.active(db) if t.id > int(after or 0) and (not kinds or t.kind in kinds)]
    counts = themes.counts(db, filters)
    items = [ThemeWithCounts(**asdict(t), **counts.get(t.id, NOTHING)) for t in found[:limit]]
    return Page(items=items, next=str(items[-1].id) if len(found) > limit else None)


@routes.get("/themes/{theme_id}", summary="Show a theme")
def show_theme(db: Db, theme_id: ThemeId) -> ThemeDetail:
    """A theme and every event of its ledger, the oldest first."""
    theme = themes.get(db, theme_id)
    if theme is None:
        raise NotFound("theme", theme_id)
    return ThemeDetail(theme=theme, events=[Event.of(told, theme_id) for told in events.of_theme(db, theme_id)])


@routes.patch("/themes/{theme_id}", summary="Rename a theme")
def rename_theme(db: Db, theme_id: ThemeId, change: Rename) -> ThemeDetail:
    """Give a theme another name. Its id stays, and the old name stays in its history."""
    ledger.rename(db, theme_id, change.name, now=now(), actor=change.actor, reason=change.reason)
    return show_theme(db, theme_id)
