"""The pages of collections. Every form answers with a redirect to a page that says what was done and offers to undo it.

Where two people change the same thing, the second sees the first one's words beside his own, which stay in the field.
"""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from sqlite_utils import Database
from starlette.responses import RedirectResponse, Response

from api import exports
from api.deps import Db, OurSettings, Today, as_told, kept_text, shown
from api.gate.who import visit
from api.pages.answering import page
from api.pages.quote import LOCAL, STYLE_COOKIE, actor_of, name_of, plain_name, remember_name, remember_style
from api.views import collection as views
from api.views.quote import STYLE_NAMES, style_of
from api.wording.quote_formats import FORMATS
from insights.attribution import Style
from pipelines.jobs import now
from pipelines.quotes import collections as acts
from pipelines.quotes import usage
from pipelines.quotes.collections import BadCollection, CollectionChanged

routes = APIRouter(include_in_schema=False)
RowId = Annotated[int, Path(ge=1, le=2**62)]
Text = Annotated[str, Form(max_length=100_000)]
Seen = Annotated[str | None, Form(max_length=100_000)]
Short = Annotated[str, Form(max_length=10_000)]
Ids = Annotated[tuple[str, ...], Form(max_length=1000)]
Picked = Annotated[list[str] | None, Query(max_length=1000)]
Back = Annotated[str, Form(max_length=4000)]
Event = Annotated[str, Query(pattern=r"^\d{0,18}$")]


@routes.get("/collections")
def show_list(request: Request, db: Db, done: Event = "") -> Response:
    return page(request, "collections.html", views.listed(db), name=name_of(request), done=_done(db, done))


@routes.get("/collections/add")
def choose(
    request: Request, db: Db, quote: Picked = None,
    back: Annotated[str, Query(max_length=4000)] = "",
) -> Response:  # fmt: skip
    """Choose where ticked quotes go."""
    view = views.adding(db, quote or [])
    return page(request, "collection_add.html", view, name=name_of(request), back=local(back, "/quotes"))


@routes.post("/collections/add")
def add_somewhere(
    request: Request, db: Db, quote: Ids = (), to: Short = "", title: Short = "", name: Short = "", back: Back = ""
) -> Response:
    """Put quotes into a collection, or into a new one: whoever wrote a name means that, whatever stands in the list
    above it."""
    actor = actor_of(request, name)
    event: int | None
    if title.strip():
        made, event = acts.create(db, title=title, quotes=quote, now=now(), actor=actor)
    elif to.isdigit() and len(to) < 18:
        made, event = int(to), acts.add(db, int(to), quote, now=now(), actor=actor)
    else:
        raise BadCollection("Choose a collection, or write a name for a new one.")
    return _answer(made, event, name, back=local(back, ""))


@routes.post("/collections")
def create(request: Request, db: Db, title: Short = "", note: Text = "", name: Short = "") -> Response:
    made, event = acts.create(db, title=title, note=note, now=now(), actor=actor_of(request, name))
    return _answer(made, event, name)


@routes.get("/collections/{collection_id}")
def show(
    request: Request, db: Db, collection_id: RowId, done: Event = "", back: Annotated[str, Query(max_length=4000)] = ""
) -> Response:  # fmt: skip
    return _page(request, db, collection_id, done=_done(db, done), back=local(back, ""))


@routes.get("/collections/{collection_id}/export")
def export(
    request: Request, db: Db, settings: OurSettings, today: Today, collection_id: RowId,
    format: exports.Listed = "md", style: Style = "role",
) -> Response:  # fmt: skip
    return exports.of_quotes(request, settings, today, format, style, partial(views.document, db, collection_id))


@routes.get("/collections/{collection_id}/copy")
def copy(request: Request, db: Db, collection_id: RowId, style: Annotated[str, Query(max_length=20)] = "") -> Response:
    """All quotes in fields to select from, with buttons where there is a script."""
    chosen = style_of(style, request.cookies.get(STYLE_COOKIE, ""))
    view = views.copied(db, collection_id, chosen)
    shown = page(request, "collection_copy.html", view, styles=STYLE_NAMES, formats=FORMATS, picked=[], back="")
    return remember_style(shown, style)


@routes.get("/quotes/copy")
def copy_picked(
    request: Request, db: Db, quote: Picked = None, style: Annotated[str, Query(max_length=20)] = "",
    back: Annotated[str, Query(max_length=4000)] = "",
) -> Response:  # fmt: skip
    """The quotes that are picked in a list, as all of a collection are copied."""
    chosen = style_of(style, request.cookies.get(STYLE_COOKIE, ""))
    view = views.picked(db, quote or [], chosen)
    shown = page(
        request, "collection_copy.html", view, styles=STYLE_NAMES, formats=FORMATS, picked=quote or [],
        back=local(back, "/quotes"),
    )  # fmt: skip
    return remember_style(shown, style)


@routes.post("/collections/{collection_id}/{field}")
def act(
    request: Request, db: Db, collection_id: RowId, field: str, value: Text = "", was: Seen = None, seen: Short = "",
    quote: Short = "",
    order: Ids = (), state: Short = "", over: Short = "", held: Text = "", title: Short = "", address: Short = "",
    day: Short = "", name: Short = "", event: Annotated[int, Form(ge=0, le=2**62)] = 0, back: Back = "",
) -> Response:  # fmt: skip
    """Whatever a form of the collection's page asks for."""
    told = {"now": now(), "actor": actor_of(request, name)}
    if was is None and seen:
        was = ""  # a form's empty field arrives as none at all
    try:
        match field:
            case "title" | "note":
                value, was = kept_pair(db, getattr(acts.get(db, collection_id), field), value, was)
                done = acts.describe(db, collection_id, **{field: value}, was=was, **told)
            case "quote-note":
                value, was = kept_pair(db, acts.note_of(db, collection_id, quote), value, was)
                done = acts.annotate(db, collection_id, quote, value, was=was, **told)
            case "up" | "down":
                done = acts.move(db, collection_id, quote, -1 if field == "up" else 1, **told)
            case "order":
                done = acts.order(db, collection_id, order, was=None if was is None else was.split(), **told)
            case "out":
                done = acts.take_out(db, collection_id, quote, **told)
            case "usage":
                named = bool(visit().person or plain_name(name))
                done = usage.say_all(
                    db,
                    collection_id,
                    state,
                    note=value,
                    over=bool(over),
                    seen=held.split() or None,
                    named=named,
                    **told,
                )
            case "uses":
                done = usage.used_all(
                    db, collection_id, title=title, address=address, day=day, seen=held.split() or None, **told
                )
            case "archive" | "restore":
                status = "archived" if field == "archive" else "active"
                done = acts.set_status(db, collection_id, status, **told)
            case "undo":
                undone = acts.undo(db, event, within=collection_id, **told)
                return RedirectResponse(
                    local(back, "/collections") if undone.type == "create" else f"/collections/{collection_id}", 303
                )
            case _:
                raise BadCollection("There is nothing of that kind to do with a collection.")
    except (CollectionChanged, BadCollection, usage.BadUsage) as error:
        if field not in ("title", "note", "quote-note", "usage", "uses", "order"):
            raise
        typed = {"state": state, "title": title, "address": address, "day": day, "name": name}
        clash = {"field": field, "quote": quote, "yours": value, "told": as_told(db, str(error)), "typed": typed}
        shown = _page(request, db, collection_id, clash=clash)
        shown.status_code = 409 if isinstance(error, CollectionChanged) else 422
        return shown
    return _answer(collection_id, done, name, at=quote if field in ("up", "down", "quote-note") else "")


def kept_pair(db: Database, stored: str, value: str, was: str | None) -> tuple[str, str | None]:
    """What a form says, and what it says was there, with what stood covered in it."""
    return kept_text(db, value, stored), was if was is None else kept_text(db, was, stored)


def _page(request: Request, db: Database, collection_id: int, **values: object) -> Response:
    given = {"done": None, "clash": None, "back": ""} | values
    view = views.shown(shown(db), collection_id)
    return page(request, "collection.html", view, name=name_of(request), styles=STYLE_NAMES, **given)


def local(address: str, other: str) -> str:
    """An address of ours to go back to; anything else is not followed."""
    return address if LOCAL.fullmatch(address) else other


def _done(db: Database, event: str) -> views.Done | None:
    from pipelines.store import collections as store

    found = store.event(db, int(event)) if event else None
    return views.Done(found, views.told(found), not found.undone_at) if found else None


def _answer(collection_id: int, event: int | None, name: str, *, at: str = "", back: str = "") -> Response:
    from api.wording.words import link

    address = link(f"/collections/{collection_id}", {"done": event, "back": back})
    return remember_name(RedirectResponse(f"{address}#q-{at}" if at else address, 303), name)
