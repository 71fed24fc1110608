"""The pages: read the address, call the view, render it. Forms answer with a redirect, so that reloading is harmless."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from pydantic import TypeAdapter
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api import against_views, comment_views, facts_views, reference, views, words
from api.deps import Db, Today, filtering, is_row_id, originals
from api.errors import NotFound
from api.rendering import render
from insights.periods import STEPS
from pipelines.jobs import now
from pipelines.once import decide
from pipelines.report import Subject
from pipelines.store.conversations import existing
from pipelines.store.filters import Filters
from pipelines.store.units import UNITS, Unit

routes = APIRouter(include_in_schema=False)
ACTOR = "web page"
ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
MOST_DONE = 50  # of what was done at once, named one by one
RowId = Annotated[int, Path(ge=1, le=2**62)]
Plural = Literal["objections", "questions", "competitors", "trackers"]


@routes.get("/")
def overview(request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering())]) -> Response:
    return page(request, "overview.html", views.overview(db, filters, today), talk=comment_views.talk(db, request))


@routes.get("/reports/{plural}")
def report(
    request: Request, db: Db, today: Today, plural: Plural,
    filters: Annotated[Filters, Depends(filtering("by", "step", "days", "unit", "noted", "this", "that"))],
    by: Annotated[list[str] | None, Query()] = None, step: Literal["week", "month", "quarter"] = "month",
    days: Annotated[str, Query(pattern=r"^(|quarter|[1-9]\d{0,3})$")] = "", unit: Unit = "conversation", noted: str = "",
    this: Annotated[str, Query(max_length=500)] = "", that: Annotated[str, Query(max_length=500)] = "",
) -> Response:  # fmt: skip
    kind: Subject = words.KINDS[plural]  # type: ignore[assignment]
    fields = [part for value in by or () for part in value.split(",")]
    view = views.report(
        db, filters, today, kind=kind, by=fields, step=step, days=days, unit=unit, noted=noted, this=this, that=that
    )
    talk = comment_views.talk(db, request)
    return page(request, "report.html", view, plural=plural, steps=STEPS, units=UNITS, sides=against_views, talk=talk)


@routes.get("/conversations/{conversation_id}", dependencies=[Depends(originals)])
def conversation(
    request: Request, db: Db, conversation_id: str, quote: str = "", told: Annotated[str, Query(max_length=20)] = "",
    event: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> Response:  # fmt: skip
    done = facts_views.done(db, told, event)
    return page(request, "conversation.html", views.conversation(db, conversation_id), chosen=quote, done=done)


@routes.post("/conversations/{conversation_id}/links")
def decide_link(
    db: Db, conversation_id: str, other: Annotated[str, Form(max_length=64)], same: Annotated[bool, Form()]
) -> Response:
    if len(existing(db, [conversation_id, other])) < 2:
        raise NotFound("conversation", other)
    decide(db, conversation_id, other, same=same, now=now())
    return RedirectResponse(f"/conversations/{conversation_id}", 303)


@routes.get("/docs")
def docs(request: Request) -> Response:
    return page(request, "docs.html", reference.operations(request.app.openapi()))


def numbers(text: str) -> list[int]:
    """The numbers in an address such as `?done=12,13`; what is none is passed over."""
    return [int(part) for part in text.split(",")[:MOST_DONE] if is_row_id(part)]


def page(request: Request, template: str, view: object, **values: object) -> Response:
    """A view as the page that its template makes of it, or, for who asks for JSON, the same value as JSON."""
    if prefers_json(request.headers.get("accept", "")):
        told = _without_secrets(ANYTHING.dump_python(view, mode="json", fallback=str))
        return Response(ANYTHING.dump_json(told), media_type="application/json", headers={"Vary": "Accept"})
    inbox = comment_views.waiting(getattr(request.state, "db", None))
    return HTMLResponse(
        render(template, path=request.url.path, view=view, inbox=inbox, **values), headers={"Vary": "Accept"}
    )


def _without_secrets(told: Any) -> Any:
    """A view's value without the secrets that digests are signed with: they are shown on their own page alone."""
    if isinstance(told, dict):
        return {name: _without_secrets(value) for name, value in told.items() if name != "secret"}
    return [_without_secrets(value) for value in told] if isinstance(told, list) else told


def prefers_json(accept: str) -> bool:
    """Whether an Accept header names JSON and no HTML, as programs write it and no browser does."""
    return "application/json" in accept and "html" not in accept
