"""Where one can go by name: what the command palette of the pages asks."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import Db, Today
from api.errors import RESPONSES
from api.views.place import Goal, goals

routes = APIRouter(tags=["places"], responses=RESPONSES)


@routes.get("/places", summary="Find a page by name")
def find_places(
    db: Db, today: Today, q: Annotated[str, Query(max_length=200, description="words of its name")] = ""
) -> list[Goal]:
    """Pages, themes, competitors, trackers, saved reports, digests and accounts whose names hold all the words."""
    return goals(db, q, today=today)
