"""The overview, the reports on themes, a conversation, and the interface as something to read."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Db, Today, filtering, originals
from api.errors import NotFound
from api.pages.answering import page
from api.serving import reference
from api.views import against as against_views
from api.views import comment as comment_views
from api.views import facts as facts_views
from api.views import overview as views
from api.wording import words
from insights.periods import STEPS
from insights.signals import account_id
from pipelines.jobs import now
from pipelines.report import Subject
from pipelines.store import reviews
from pipelines.store.conversations import existing
from pipelines.store.filters import Filters
from pipelines.store.units import UNITS, Unit
from pipelines.uploads.once import decide

routes = APIRouter(include_in_schema=False)
Plural = Literal["objections", "questions", "competitors", "trackers"]


@routes.get("/")
def overview(request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering())]) -> Response:
    return page(request, "overview.html", views.overview(db, filters, today), talk=comment_views.talk(db, request))


@routes.get("/reports")
def reports() -> Response:
    """An address that was cut short leads to the first report."""
    return RedirectResponse("/reports/objections", 307)


@routes.get("/reports/{plural}")
def report(
    request: Request, db: Db, today: Today, plural: Plural,
    filters: Annotated[Filters, Depends(filtering("by", "step", "days", "unit", "noted", "this", "that", "over", "order"))],
    by: Annotated[list[str] | None, Query()] = None, step: Literal["week", "month", "quarter"] = "month",
    days: Annotated[str, Query(pattern=r"^(|quarter|[1-9]\d{0,3})$")] = "", unit: Unit = "conversation",
    noted: str = "",
    this: Annotated[str, Query(max_length=500)] = "", that: Annotated[str, Query(max_length=500)] = "",
    over: Annotated[str, Query(max_length=20)] = "", order: Literal["", "frequent", "rising", "falling"] = "",
) -> Response:  # fmt: skip
    kind: Subject = words.KINDS[plural]  # type: ignore[assignment]
    fields = [part for value in by or () for part in value.split(",")]
    view = views.report(
        db,
        filters,
        today,
        kind=kind,
        by=fields,
        step=step,
        days=days,
        unit=unit,
        noted=noted,
        this=this,
        that=that,
        over=over,
        order=order,
    )
    talk = comment_views.talk(db, request)
    return page(request, "report.html", view, plural=plural, steps=STEPS, units=UNITS, sides=against_views, talk=talk)


@routes.get("/conversations/{conversation_id}", dependencies=[Depends(originals)])
def conversation(
    request: Request, db: Db, conversation_id: str, quote: str = "", told: Annotated[str, Query(max_length=20)] = "",
    event: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> Response:  # fmt: skip
    done = facts_views.done(db, told, event)
    said = reviews.get(db, event) if told == "missed" else None
    return page(
        request,
        "conversation.html",
        views.conversation(db, conversation_id),
        chosen=quote,
        done=done,
        marked=said if said and said.verdict == "missed" else None,
        account_id=account_id,
    )


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
