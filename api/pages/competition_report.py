"""The page of the competition report, and the quotes behind each of its figures."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.deps import Db, Today, filtering
from api.pages.answering import page
from api.pages.quote import STYLE_COOKIE
from api.views import competition as competition_views
from api.views.comment import talk
from api.views.quote import STYLE_NAMES, style_of
from insights.periods import STEPS
from pipelines.reports import competition_story
from pipelines.store.filters import Filters

routes = APIRouter(include_in_schema=False)
Step = Literal["", "week", "month", "quarter"]
Days = Annotated[str, Query(pattern=r"^(|[1-9]\d{0,3})$")]


@routes.get("/reports/competition")
def competition(
    request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering("step", "days", "noted"))],
    step: Step = "", days: Days = "", noted: str = "",
) -> Response:  # fmt: skip
    view = competition_views.page(db, filters, today, step=step, days=int(days) if days else None, noted=noted)
    return page(
        request,
        "competition.html",
        view,
        steps=STEPS,
        views=competition_views,
        story=competition_story,
        talk=talk(db, request),
    )


@routes.get("/reports/competition/quotes")
def cell(
    request: Request, db: Db, today: Today, cell: Annotated[str, Query(max_length=1000)],
    filters: Annotated[Filters, Depends(filtering("step", "days", "cell", "place"))],
    step: Step = "", days: Days = "", place: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> Response:  # fmt: skip
    view = competition_views.cell(
        db, filters, today, key=cell, step=step, days=int(days) if days else None, place=place
    )
    return page(
        request,
        "competition_quotes.html",
        view,
        style=style_of("", request.cookies.get(STYLE_COOKIE, "")),
        styles=STYLE_NAMES,
    )
