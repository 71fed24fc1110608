"""A quote's own page, taking it out, and saying what it may be used for. Forms answer with a redirect and offer to
undo."""

import re
from typing import Annotated
from urllib.parse import quote as quoted_in_address
from urllib.parse import unquote

from fastapi import APIRouter, Form, Query, Request
from sqlite_utils import Database
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import Db, OurSettings, actor, shown
from api.errors import NotFound
from api.gate.who import visit
from api.pages.answering import ACTOR, page
from api.rendering import render
from api.views import quote as views
from api.views.comment import at
from api.wording.words import link
from insights.attribution import STYLES
from pipelines.jobs import now
from pipelines.quotes import borders, usage
from pipelines.quotes.collections import seen
from pipelines.reviews import review
from pipelines.settings import Settings
from pipelines.store import gone, reviews
from pipelines.store.gone import Gone
from pipelines.store.insights import Quote

routes = APIRouter(include_in_schema=False)
NAME_COOKIE, STYLE_COOKIE = "parley_name", "parley_style"
A_YEAR = 365 * 24 * 3600
LONGEST_NAME = 80
LOCAL = re.compile(r"/(?![/\\])[\w/.~%-]*(\?[^\s#\\]*)?(#[\w-]*)?")
Text = Annotated[str, Form(max_length=20_000)]
Short = Annotated[str, Form(max_length=1000)]
Style = Annotated[str, Query(max_length=20)]
Level = Annotated[int | None, Query(ge=0, le=9)]
Number = Annotated[int | None, Form(ge=0, le=2**62)]


@routes.get("/q/{prefix}")
def short(db: Db, prefix: str) -> Response:
    """A short address: the first digits of a quote's id, as long as they mean one."""
    found = gone.starting(db, prefix, limit=2) if re.fullmatch(r"[0-9a-f]{6,16}", prefix) else []
    if len(found) != 1:
        raise NotFound("quote", f"{prefix[:20]}{'…' if found else ''}")
    return RedirectResponse(f"/quotes/{found[0]}", 303)


@routes.get("/quotes/{quote_id}")
def show(
    request: Request, db: Db, settings: OurSettings, quote_id: str, style: Style = "", level: Level = None,
    around: Annotated[int, Query(ge=0, le=views.MOST_AROUND)] = views.AROUND, was: str = "", told: str = "",
    event: str = "",
    start: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
    end: Annotated[int | None, Query(ge=0, lt=2**31)] = None, step: str = "", linked: bool = False,
) -> Response:  # fmt: skip
    found = views.find(db, quote_id)
    if isinstance(found, Gone):
        return _gone(request, db, found)
    shown = _page(
        request, db, settings, found, style=style, level=level, around=around, was=was[:16], told=told[:20],
        event=int(event) if event.isdigit() and len(event) < 18 else 0,
        tried=None if start is None or end is None else (start, end), step=step[:30], linked=linked,
    )  # fmt: skip
    return remember_style(shown, style)


def _page(
    request: Request, db: Database, settings: Settings, found: Quote, *, style: str = "", level: int | None = None,
    around: int = views.AROUND, tried: tuple[int, int] | None = None, step: str = "", linked: bool = False,
    **values: object,
) -> Response:  # fmt: skip
    """The quote's page; `refused` is what a form said that could not be kept: its fields, and `form` and `why`."""
    chosen = views.style_of(style, request.cookies.get(STYLE_COOKIE, ""))
    view = views.quote(
        db,
        found,
        base=base_of(request, settings),
        style=chosen,
        level=level,
        around=around,
        tried=tried,
        step=step,
        linked=linked,
    )
    given = {
        "was": "",
        "told": "",
        "event": 0,
        "refused": {"form": "", "why": ""},
        "name": name_of(request),
        "talk": at(db, f"/quotes/{found.id}"),
    } | values
    return page(request, "quote.html", view, styles=views.STYLE_NAMES, **given)


def _refused(request: Request, db: Database, settings: Settings, found: Quote, **typed: str) -> Response:
    """The page again, with what was typed and why it cannot be kept beside the field."""
    # The quote too was read before it was known that this shows it.
    seen = shown(db)
    answer = _page(request, seen, settings, there(seen, found.id), refused=typed, name=typed["name"])
    answer.status_code = 422
    return answer


@routes.get("/quotes/{quote_id}/copy")
def copy(
    request: Request, db: Db, settings: OurSettings, quote_id: str, style: Style = "", level: Level = None,
    format: Annotated[str, Query(max_length=20)] = "text", linked: bool = False,
) -> Response:  # fmt: skip
    """The quote in one style in fields to select from: copying without a script."""
    found = views.find(db, quote_id)
    if isinstance(found, Gone):
        return _gone(request, db, found)
    chosen = views.style_of(style, request.cookies.get(STYLE_COOKIE, ""))
    view = views.copying(db, found, base=base_of(request, settings), style=chosen, level=level, linked=linked)
    shown = page(request, "quote_copy.html", view, quote=found, styles=views.STYLE_NAMES, format=format)
    return remember_style(shown, style)


@routes.post("/quotes/{quote_id}/usage")
def say(
    request: Request,
    db: Db,
    settings: OurSettings,
    quote_id: str,
    state: Short = "",
    note: Text = "",
    name: Short = "",
    base: Number = None,
) -> Response:
    found = there(db, quote_id)
    # A name that was typed once is offered in the field: who empties it does not mean it.
    named = bool(visit().person or plain_name(name))
    try:
        event = usage.say(
            db, quote_id, state, note=note, base=base, now=now(), actor=actor_of(request, name), named=named
        )
    except usage.Nameless as error:
        return _refused(request, db, settings, found, form="usage", why=str(error), state=state, note=note, name=name)
    return remember_name(RedirectResponse(f"/quotes/{quote_id}?told=usage&event={event}#usage", 303), name)


@routes.post("/quotes/{quote_id}/usage/{event_id}/undo")
def unsay(request: Request, db: Db, quote_id: str, event_id: int) -> Response:
    usage.unsay(db, quote_id, event_id, now=now(), actor=actor_of(request))
    return RedirectResponse(f"/quotes/{quote_id}#usage", 303)


@routes.post("/quotes/{quote_id}/label")
def relabel(request: Request, db: Db, quote_id: str, label: Short = "", name: Short = "") -> Response:
    """Say what the quote is about, where what was found is wrong: a review of this quote alone."""
    there(db, quote_id)
    event = review.relabel(db, quote_id, label, actor=actor_of(request, name), now=now())
    told = f"?told=label&event={event}" if event else ""
    return remember_name(RedirectResponse(f"/quotes/{quote_id}{told}#label", 303), name)


@routes.post("/quotes/{quote_id}/label/{event_id}/undo")
def undo_label(db: Db, quote_id: str, event_id: int) -> Response:
    said = reviews.get(db, event_id)
    if said is None or said.verdict not in ("label", "yes") or not review.undo(db, event_id, now=now()):
        raise NotFound("label", str(event_id)[:20])
    return RedirectResponse(f"/quotes/{quote_id}?told=label-undone#label", 303)


@routes.post("/quotes/{quote_id}/borders")
def set_borders(
    request: Request, db: Db, quote_id: str, start: Number = None, end: Number = None, step: Short = "",
    base: Number = None,
    name: Short = "",
) -> Response:  # fmt: skip
    """Set where the quote begins and ends; the step "whole" takes in the whole sentence."""
    there(db, quote_id)
    told = {"base": base, "now": now(), "actor": actor_of(request, name)}
    if step == "whole" or start is None or end is None:
        event = borders.put_whole(db, quote_id, **told)  # type: ignore[arg-type]
    else:
        event = borders.put(db, quote_id, start, end, **told)  # type: ignore[arg-type]
    return remember_name(RedirectResponse(f"/quotes/{quote_id}?told=borders&event={event}#here", 303), name)


@routes.post("/quotes/{quote_id}/borders/{event_id}/{act}")
def undo_borders(request: Request, db: Db, quote_id: str, event_id: int, act: str) -> Response:
    if act not in ("undo", "redo"):
        raise NotFound("act", act[:20])
    if act == "undo":
        borders.take_back(db, quote_id, event_id, now=now(), actor=actor_of(request))
    else:
        borders.again(db, quote_id, event_id)
    told = "borders-undone" if act == "undo" else "borders"
    return RedirectResponse(f"/quotes/{quote_id}?told={told}&event={event_id}#here", 303)


@routes.post("/quotes/{quote_id}/uses")
def add_use(
    request: Request, db: Db, settings: OurSettings, quote_id: str, title: Short = "", address: Short = "",
    day: Short = "",
    name: Short = "",
) -> Response:  # fmt: skip
    found = there(db, quote_id)
    try:
        made = usage.used(db, quote_id, title=title, address=address, day=day, now=now(), actor=actor_of(request, name))
    except usage.BadAddress as error:
        return _refused(
            request, db, settings, found, form="use", why=str(error), title=title, address=address, day=day, name=name
        )
    return remember_name(RedirectResponse(f"/quotes/{quote_id}?told=use&event={made}#used", 303), name)


@routes.post("/quotes/{quote_id}/uses/{use_id}/{act}")
def set_use(request: Request, db: Db, quote_id: str, use_id: int, act: str) -> Response:
    if act not in ("remove", "restore"):
        raise NotFound("act", act[:20])
    usage.set_use(db, quote_id, use_id, removed=act == "remove", now=now(), actor=actor_of(request))
    told = f"?told=removed&event={use_id}" if act == "remove" else ""
    return RedirectResponse(f"/quotes/{quote_id}{told}#used", 303)


def there(db: Database, quote_id: str) -> Quote:
    """A quote that is shown. Raises NotFound."""
    found = views.find(db, quote_id)
    if isinstance(found, Gone):
        raise NotFound("quote", quote_id)
    return found


def _gone(request: Request, db: Database, place: Gone) -> Response:
    """Where it is now, or a page that says what happened."""
    moved = gone.now_at(db, place)
    if moved:
        return RedirectResponse(link(f"/quotes/{moved}", {"was": place.id}), 303)
    talk = at(db, f"/quotes/{place.id}")
    body = render("quote_gone.html", path=request.url.path, view=views.left(db, place), talk=talk)
    return HTMLResponse(body, 410)


def base_of(request: Request, settings: Settings) -> str:
    """The address under which readers reach this server."""
    return settings.public_url or str(request.base_url).rstrip("/")


def name_of(request: Request) -> str:
    """The name of who is signed in, or that a person typed once; "" before."""
    return actor(plain_name(unquote(request.cookies.get(NAME_COOKIE, ""))))


def plain_name(name: str) -> str:
    return " ".join(seen(name).split())[:LONGEST_NAME]


def actor_of(request: Request, name: str = "") -> str:
    """Who does something: the name that is typed or was typed once."""
    return actor(plain_name(name) or name_of(request) or ACTOR)


def remember_name(answer: Response, name: str) -> Response:
    if plain_name(name) and not visit().person:
        value = quoted_in_address(plain_name(name))
        answer.set_cookie(NAME_COOKIE, value, max_age=A_YEAR, httponly=True, samesite="strict")
    return answer


def remember_style(answer: Response, style: str) -> Response:
    # The page's script reads it, so that a card copies in the style that was chosen last. Names are never remembered:
    # to reveal somebody stays a choice of the moment.
    if style in STYLES and style != "full":
        answer.set_cookie(STYLE_COOKIE, style, max_age=A_YEAR, samesite="strict")
    return answer
