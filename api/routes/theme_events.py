"""The ledger of themes: what happened, the newest first, and taking any of it back."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.deps import Db, Limit, actor, is_row_id, shown
from api.errors import RESPONSES, BadParameter
from api.models.common import Page
from api.models.theme import Change, LedgerEvent, ThemeChange
from api.views.themes import evidence
from pipelines.jobs import now
from pipelines.store import theme_events
from pipelines.themes import ledger

NOBODY = Change()
routes = APIRouter(tags=["themes"], responses=RESPONSES)
EventId = Annotated[int, Path(ge=1, le=2**62)]


@routes.get("/themes/events", summary="List what happened to themes")
def list_events(db: Db, after: str = "", limit: Limit = 50) -> Page[LedgerEvent]:
    """Every event of every theme, the newest first, but for new quotes that joined: see those in a theme's own history."""
    if after and not is_row_id(after):
        raise BadParameter("after", "is no cursor. Use the value of 'next' from the page before, unchanged.")
    found = theme_events.recent(db, before=int(after) if after else None, limit=limit + 1)
    items = evidence.told(db, found[:limit])
    return Page(items=items, next=str(items[-1].id) if len(found) > limit else None)


@routes.get("/themes/events/{event_id}", summary="Show an event")
def show_event(db: Db, event_id: EventId) -> LedgerEvent:
    """One event of the ledger."""
    return evidence.event(db, event_id)


@routes.post("/themes/events/{event_id}/undo", summary="Undo an event")
def undo_event(db: Db, event_id: EventId, change: Change = NOBODY) -> ThemeChange:
    """Take an event back by its opposite, which is an event too and can be undone: then the first one stands again.

    Where what it did has been changed since, the answer is 409, and `undo_first` names the later events to undo before.
    """
    done = ledger.undo(db, event_id, now=now(), actor=actor(change.actor), reason=change.reason)
    event = evidence.event(shown(db), done)
    return ThemeChange(event=event, theme=evidence.one(db, event.theme_id))
