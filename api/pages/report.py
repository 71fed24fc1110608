"""The reports on themes: one page for each kind."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Db, Today, filtering
from api.pages.answering import page
from api.views import against as against_views
from api.views import comment as comment_views
from api.views import report as views
from api.wording import words
from insights.periods import STEPS
from pipelines.store.filters import Filters
from pipelines.store.units import UNITS, Unit

routes = APIRouter(include_in_schema=False)
Plural = Literal["objections", "questions", "competitors", "trackers"]


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
    kind = words.KINDS[plural]
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
