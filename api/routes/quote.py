"""One quote: the same value that its page shows, and the quote taken out in a style."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlite_utils import Database
from starlette.responses import RedirectResponse, Response

from api.deps import Db, OurSettings, actor
from api.errors import RESPONSES, BadParameter, Problem, problem
from api.models.common import Line
from api.pages.quote import base_of, there
from api.views import quote as views
from api.views.quote import CopyPanel, QuotePage
from insights.attribution import Style
from pipelines.jobs import now
from pipelines.quotes import borders, usage
from pipelines.store import gone
from pipelines.store import usage as store
from pipelines.store.gone import Gone
from pipelines.store.insights import Quote

GONE: dict[int | str, dict[str, Any]] = {
    410: {"model": Problem, "description": "The quote is gone; `detail` says why and what is left."}
}
MOVED: dict[int | str, dict[str, Any]] = {
    303: {"description": "The words are quoted with other borders now, at this address."}
}
routes = APIRouter(tags=["quotes"], responses={**RESPONSES, **GONE, **MOVED})


class Said(BaseModel, extra="forbid"):
    """What a quote may be used for. `base` is the number of the saying that was seen (0: none), null to say it regardless."""

    state: str = Field(description="internal, anonymised or approved")
    note: Line = Field(default="", max_length=4000)
    actor: Line = Field(default="", max_length=80, description="who says it; an approval needs one")
    base: int | None = None


class Used(BaseModel, extra="forbid"):
    """Where a quote was used."""

    title: Line = Field(min_length=1, max_length=300)
    address: Line = Field(default="", max_length=300)
    day: str = Field(default="", max_length=10, description="YYYY-MM-DD")
    actor: Line = Field(default="api", min_length=1, max_length=80)


class Bordered(BaseModel, extra="forbid"):
    """Where a quote begins and ends: offsets into its utterance's text, in characters. Without them the whole sentence that it
    begins and ends in. `base` is the number of the setting that was seen (0: as found), null to set them regardless."""

    start: int | None = Field(default=None, ge=0, lt=2**31)
    end: int | None = Field(default=None, ge=0, lt=2**31)
    actor: Line = Field(default="api", min_length=1, max_length=80)
    base: int | None = None


class Made(BaseModel):
    """The number by which it can be undone."""

    id: int


@routes.get("/quotes/{quote_id}", summary="Show a quote in its place", response_model=QuotePage)
def show(
    request: Request, db: Db, settings: OurSettings, quote_id: str, style: Style = "role",
    level: Annotated[int | None, Query(ge=0, le=9)] = None, around: Annotated[int, Query(ge=0, le=views.MOST_AROUND)] = views.AROUND,
) -> QuotePage | Response:  # fmt: skip
    """The quote with the turns around it, its facts, others like it, how it may be used, and the quote taken out."""
    found = views.find(db, quote_id)
    if isinstance(found, Quote):
        return views.quote(db, found, base=base_of(request, settings), style=style, level=level, around=around)
    return _gone(request, db, found)


@routes.get("/quotes/{quote_id}/copy", summary="Take a quote out", response_model=CopyPanel)
def copy(
    request: Request, db: Db, settings: OurSettings, quote_id: str, style: Style = "role",
    level: Annotated[int | None, Query(ge=0, le=9)] = None,
    linked: Annotated[bool, Query(description="with a link to the quote, for colleagues")] = False,
) -> CopyPanel | Response:  # fmt: skip
    """Verbatim but for what is masked and line breaks, with a line on who said it, as text, Markdown and HTML. Only `full` holds names."""
    found = views.find(db, quote_id)
    if isinstance(found, Quote):
        return views.copying(db, found, base=base_of(request, settings), style=style, level=level, linked=linked)
    return _gone(request, db, found)


@routes.post("/quotes/{quote_id}/usage", status_code=201, summary="Say what a quote may be used for")
def say(db: Db, quote_id: str, body: Said) -> Made:
    there(db, quote_id)
    name = actor(body.actor)
    return Made(
        id=usage.say(
            db, quote_id, body.state, note=body.note, base=body.base, now=now(), actor=name or "api", named=bool(name)
        )
    )


@routes.delete("/quotes/{quote_id}/usage/{event_id}", status_code=204, summary="Take back what was said of its use")
def unsay(db: Db, quote_id: str, event_id: int) -> None:
    usage.unsay(db, quote_id, _number(event_id), now=now(), actor=actor("api"))


@routes.get("/quotes/{quote_id}/uses", summary="List where a quote was used")
def uses(db: Db, quote_id: str) -> list[store.Use]:
    views.find(db, quote_id)
    return store.uses(db, quote_id)


@routes.post("/quotes/{quote_id}/uses", status_code=201, summary="Note where a quote was used")
def add_use(db: Db, quote_id: str, body: Used) -> Made:
    there(db, quote_id)
    made = usage.used(
        db, quote_id, title=body.title, address=body.address, day=body.day, now=now(), actor=actor(body.actor)
    )
    return Made(id=made)


@routes.delete("/quotes/{quote_id}/uses/{use_id}", status_code=204, summary="Take a use away")
def remove_use(db: Db, quote_id: str, use_id: int) -> None:
    usage.set_use(db, quote_id, _number(use_id), removed=True, now=now(), actor=actor("api"))


@routes.put("/quotes/{quote_id}/borders", summary="Set where a quote begins and ends")
def set_borders(db: Db, quote_id: str, body: Bordered) -> Made:
    """The quote stays verbatim and keeps its address. Answers with the number by which it can be taken back, 0 where nothing
    changed."""
    there(db, quote_id)
    if (body.start is None) != (body.end is None):
        raise BadParameter("end", "is needed with 'start', and the other way round.")
    if body.start is None or body.end is None:
        made = borders.put_whole(db, quote_id, base=body.base, now=now(), actor=actor(body.actor))
    else:
        made = borders.put(db, quote_id, body.start, body.end, base=body.base, now=now(), actor=actor(body.actor))
    return Made(id=made)


@routes.delete("/quotes/{quote_id}/borders/{event_id}", status_code=204, summary="Take a setting of borders back")
def undo_borders(db: Db, quote_id: str, event_id: int) -> None:
    borders.take_back(db, quote_id, _number(event_id), now=now(), actor=actor("api"))


def _gone(request: Request, db: Database, place: Gone) -> Response:
    moved = gone.now_at(db, place)
    if moved:
        return RedirectResponse(f"/api/v1/quotes/{moved}", 303)
    return problem(request, 410, views.left(db, place).why)


def _number(value: int) -> int:
    if not 0 <= value < 2**62:
        raise BadParameter("id", "is no number of an event")
    return value
