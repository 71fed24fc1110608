"""Trend reports: one value, in whatever format the client asks for."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api import splits, words
from api.deps import Db, Today, filtering
from api.errors import RESPONSES, BadParameter, NothingToReport
from api.exports import FORMATS
from api.models import Trends
from insights.records import KINDS
from pipelines.report import TrendReport, trend_report
from pipelines.store.filters import Filters

routes = APIRouter(tags=["reports"], responses=RESPONSES)
Format = Literal["json", "csv", "xlsx", "md", "html", "pdf"]
FILES = {name: media.split(";")[0] for name, (media, _) in FORMATS.items()}


@routes.get(
    "/reports/trends",
    summary="Report trends",
    response_model=Trends,
    responses={200: {"content": {media: {} for media in FILES.values()}, "description": "The report, as asked for."}},
)
def trends(
    request: Request, db: Db, today: Today,
    filters: Annotated[Filters, Depends(filtering("by", "step", "days", "format"))],
    by: Annotated[str, Query(description="a field to split every theme by, for instance persona or voice")] = "",
    step: Annotated[Literal["week", "month", "quarter"], Query(description="length of a period of the series")] = "month",
    days: Annotated[int | None, Query(ge=1, le=3660, description="length of the two windows; a quarter or half a year")] = None,
    format: Annotated[Format | None, Query(description="instead of an Accept header")] = None,
) -> Response:  # fmt: skip
    """Share of conversations per theme and period, and a verdict on the change between the last two windows.

    `kind` is required: objection, question or competitor.
    """
    report = read(db, filters, today, by=by, step=step, days=days)
    chosen = format or accepted(request.headers.get("accept", ""))
    media, write = FORMATS[chosen]
    headers = {"Vary": "Accept"}
    if chosen != "json":
        name = f"parley-{words.PLURALS[report.kind]}-{report.as_of.isoformat()}.{chosen}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(write(report), media_type=media, headers=headers)


def read(db: Db, filters: Filters, today: Today, *, by: str, step: str, days: int | None) -> TrendReport:
    """The report, or an error that says which parameter to change."""
    if filters.kind not in KINDS:
        raise BadParameter("kind", f"must be one of {', '.join(KINDS)}")
    try:
        field = splits.field(db, by)
    except splits.UnknownField as error:
        raise BadParameter("by", str(error)) from None
    report = trend_report(db, filters, kind=filters.kind, today=today, by=field, step=step, days=days)  # type: ignore[arg-type]
    if report is None:
        raise NothingToReport()
    return report


def accepted(header: str) -> str:
    """The first format that an Accept header names, JSON where it names none."""
    wanted = [part.split(";")[0].strip() for part in header.split(",")]
    return next((name for media in wanted for name, known in FILES.items() if known == media), "json")
