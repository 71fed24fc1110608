"""Collections of quotes: list, show, make, change, order, export, undo."""

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api import exports
from api.deps import Db, OurSettings, Today, actor, kept_text, shown
from api.errors import RESPONSES
from api.models.common import Line
from api.pages.collection import kept_pair
from api.routes.quote import Made, Used
from api.views import collection as views
from api.views.collection import CollectionPage
from insights.attribution import Style
from pipelines.jobs import now
from pipelines.quotes import collections as acts
from pipelines.quotes import usage
from pipelines.quotes.collections import CollectionChanged
from pipelines.store import collections as store
from pipelines.store.collections import Collection

routes = APIRouter(tags=["collections"], responses=RESPONSES)
RowId = Annotated[int, Path(ge=1, le=2**62)]
Actor = Annotated[Line, Field(default="api", min_length=1, max_length=80)]
QuoteIds = Annotated[list[str], Field(max_length=1000)]


class NewCollection(BaseModel, extra="forbid"):
    """A collection to make, with the ids of quotes to put into it."""

    title: str = Field(max_length=1000)
    note: str = Field(default="", max_length=20_000)
    quotes: QuoteIds = []
    actor: Actor = "api"


class Change(BaseModel, extra="forbid"):
    """What to change; what is null stays. `version` is the collection's version that was seen, null to change it regardless.
    `quotes` is the new order."""

    title: str | None = Field(default=None, max_length=1000)
    note: str | None = Field(default=None, max_length=20_000)
    status: Literal["active", "archived"] | None = None
    quotes: QuoteIds | None = None
    version: int | None = None
    actor: Actor = "api"


class Additions(BaseModel, extra="forbid"):
    quotes: QuoteIds
    actor: Actor = "api"


class QuoteNote(BaseModel, extra="forbid"):
    """A note on a quote; `was` is the note that was seen, null to write it regardless."""

    note: str = Field(max_length=20_000)
    was: str | None = None
    actor: Actor = "api"


class AllSaid(BaseModel, extra="forbid"):
    """What all quotes may be used for; `over` also overwrites what was said of single ones."""

    state: Literal["internal", "anonymised", "approved"]
    note: Line = Field(default="", max_length=4000)
    over: bool = False
    actor: Line = Field(default="", max_length=80, description="who says it; needed but for internal")


class Events(BaseModel):
    """The acts that were done, by which each can be undone; none where nothing changed."""

    events: list[int]


@routes.get("/collections", summary="List collections")
def list_collections(db: Db, status: Literal["active", "archived"] = "active") -> list[Collection]:
    """The one that changed last first."""
    return store.every(db, status)


@routes.post("/collections", status_code=201, summary="Make a collection")
def create(db: Db, body: NewCollection) -> Collection:
    made, _ = acts.create(db, title=body.title, note=body.note, quotes=body.quotes, now=now(), actor=actor(body.actor))
    return acts.get(shown(db), made)


@routes.get("/collections/{collection_id}", summary="Show a collection")
def show(db: Db, collection_id: RowId) -> CollectionPage:
    """Its quotes in order; those that are gone stay in their places, with why."""
    return views.shown(db, collection_id)


@routes.patch("/collections/{collection_id}", summary="Change a collection")
def change(db: Db, collection_id: RowId, body: Change) -> Events:
    """All of it or nothing. 409 where it is not the version that was seen any more."""
    told = {"now": now(), "actor": actor(body.actor)}
    with db.atomic():
        known = acts.get(db, collection_id)
        if body.version is not None and body.version != known.version:
            raise CollectionChanged("the collection", f"{known.title} (version {known.version})")
        title = None if body.title is None else kept_text(db, body.title, known.title)
        note = None if body.note is None else kept_text(db, body.note, known.note)
        done = [
            acts.describe(db, collection_id, title=title, **told) if title is not None else None,
            acts.describe(db, collection_id, note=note, **told) if note is not None else None,
            acts.order(db, collection_id, body.quotes, **told) if body.quotes is not None else None,
            acts.set_status(db, collection_id, body.status, **told) if body.status is not None else None,
        ]
    return Events(events=[one for one in done if one])


@routes.delete("/collections/{collection_id}", summary="Remove a collection")
def remove(db: Db, collection_id: RowId) -> Events:
    """It can be brought back by undoing the act that is returned."""
    return _events(acts.set_status(db, collection_id, "removed", now=now(), actor=actor("api")))


@routes.post("/collections/{collection_id}/quotes", summary="Add quotes")
def add(db: Db, collection_id: RowId, body: Additions) -> Events:
    return _events(acts.add(db, collection_id, body.quotes, now=now(), actor=actor(body.actor)))


@routes.patch("/collections/{collection_id}/quotes/{quote_id}", summary="Write a note on a quote")
def annotate(db: Db, collection_id: RowId, quote_id: str, body: QuoteNote) -> Events:
    note, was = kept_pair(db, acts.note_of(db, collection_id, quote_id), body.note, body.was)
    return _events(acts.annotate(db, collection_id, quote_id, note, was=was, now=now(), actor=actor(body.actor)))


@routes.post("/collections/{collection_id}/usage", summary="Say what all its quotes may be used for")
def say(db: Db, collection_id: RowId, body: AllSaid) -> Events:
    """Those that somebody cleared already keep what was said of them, unless `over` is true. Undone with its event."""
    name = actor(body.actor)
    return _events(
        usage.say_all(
            db,
            collection_id,
            body.state,
            note=body.note,
            over=body.over,
            now=now(),
            actor=name or "api",
            named=bool(name),
        )
    )


@routes.post("/collections/{collection_id}/uses", summary="Note where all its quotes were used")
def used(db: Db, collection_id: RowId, body: Used) -> Events:
    return _events(
        usage.used_all(
            db, collection_id, title=body.title, address=body.address, day=body.day, now=now(), actor=actor(body.actor)
        )
    )


@routes.get("/collections/{collection_id}/copy", summary="Take all quotes out")
def copy(db: Db, collection_id: RowId, style: Style = "role") -> views.CopiedAll:
    """All of its quotes as text, Markdown and HTML, in order, without notes."""
    return views.copied(db, collection_id, style)


@routes.delete("/collections/{collection_id}/quotes/{quote_id}", summary="Take a quote out")
def take_out(db: Db, collection_id: RowId, quote_id: str) -> Events:
    return _events(acts.take_out(db, collection_id, quote_id, now=now(), actor=actor("api")))


@routes.post("/collections/events/{event_id}/undo", summary="Undo an act on a collection")
def undo(db: Db, event_id: RowId) -> Made:
    """Returns the collection's id. 409 where what it changed was changed again since."""
    return Made(id=acts.undo(db, event_id, now=now(), actor=actor("api")).collection_id)


@routes.get(
    "/collections/{collection_id}/export", summary="Export a collection", response_class=Response,
    responses={200: {"content": {kind: {"schema": {"type": "string"}} for kind in ("text/markdown", "text/html", "text/csv")}}},
)  # fmt: skip
def export(
    request: Request, db: Db, settings: OurSettings, today: Today, collection_id: RowId,
    format: Annotated[exports.Listed, Query()] = "md", style: Style = "role",
) -> Response:  # fmt: skip
    """De-identified unless the style is `full`."""
    return exports.of_quotes(request, settings, today, format, style, partial(views.document, db, collection_id))


def _events(event: int | None) -> Events:
    return Events(events=[event] if event else [])
