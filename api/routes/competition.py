"""The competition report: one value, in whatever format the client asks for."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import TypeAdapter
from starlette.responses import Response

from api.answers import answer
from api.deps import Db, OurSettings, Today, filtering
from api.documents import competition as documents
from api.errors import RESPONSES, NothingToReport
from api.exports import FORMATS, Format
from api.routes.quotes import FILES, ListFormat, handed_on
from api.views import competition as competition_views
from insights.attribution import Style
from pipelines.reports.competition import competition
from pipelines.reports.competition_figures import Competition
from pipelines.store.filters import Filters

routes = APIRouter(tags=["reports"], responses=RESPONSES)


@routes.get(
    "/reports/competitors",
    summary="Report the competition",
    response_model=Competition,
    responses={
        200: {"content": {m.split(";")[0]: {} for m in FORMATS.values()}, "description": "The report, as asked for."}
    },
)
def competitors(
    request: Request, db: Db, today: Today,
    filters: Annotated[Filters, Depends(filtering("step", "days", "format", "table"))],
    step: Annotated[Literal["", "week", "month", "quarter"], Query(description="length of a period; chosen by the numbers without it")] = "",
    days: Annotated[int | None, Query(ge=1, le=3660, description="length of the two windows; a quarter or half a year")] = None,
    format: Annotated[Format | None, Query(description="instead of an Accept header")] = None,
    table: Annotated[str, Query(max_length=80, description="which table a CSV holds; the share of voice without it")] = "",
) -> Response:  # fmt: skip
    """Who else is there, how that moves, how deals end beside them.

    A `key` names a figure; `evidence` holds, under it, the ids of the insights that the figure was counted from.
    """
    report = competition(db, filters, today=today, step=step, days=days)
    if report is None:
        raise NothingToReport()
    document = documents.document(db, report)
    return answer(request, document, lambda: json_bytes(report), format=format, table=table)


@routes.get(
    "/reports/competitors/quotes", summary="Export the quotes behind a figure", response_class=Response, responses=FILES
)
def behind(
    request: Request, db: Db, settings: OurSettings, today: Today,
    filters: Annotated[Filters, Depends(filtering("step", "days", "cell", "format", "style"))],
    cell: Annotated[str, Query(max_length=1000, description="a key of the report's `evidence`")],
    step: Annotated[Literal["", "week", "month", "quarter"], Query()] = "",
    days: Annotated[str, Query(pattern=r"^(|[1-9]\d{0,3})$")] = "", format: ListFormat = "csv", style: Style = "role",
) -> Response:  # fmt: skip
    """The quotes that a figure was counted from, as a list of quotes is exported: 1,000 at most, without names unless the style is `full`."""
    found = competition_views.behind(db, filters, today, key=cell, step=step, days=int(days) if days else None)
    return handed_on(
        request,
        db,
        settings,
        today,
        [one.id for one in found],
        title=competition_views.title(cell),
        format=format,
        style=style,
    )


def json_bytes(report: Competition) -> bytes:
    return TypeAdapter(Competition).dump_json(replace(report, evidence=dict(report.evidence)), indent=2)
