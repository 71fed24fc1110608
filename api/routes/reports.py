"""Trend reports: one value, in whatever format the client asks for."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api import splits
from api.answers import answer
from api.deps import Db, Today, filtering
from api.documents import trends as trend_document
from api.errors import RESPONSES, BadParameter, NothingToReport
from api.exports import FORMATS, Format
from api.models.trend import Trends, of_report
from api.views import against as against_views
from api.views.bars import bar
from pipelines.report import SUBJECTS, Order, TrendReport, Windows, ordered, trend_report
from pipelines.reports import annotations, cuts, summary
from pipelines.store.filters import Filters
from pipelines.store.units import Unit

routes = APIRouter(tags=["reports"], responses=RESPONSES)
OWN = ("by", "step", "days", "unit", "windows", "cut", "format", "table", "this", "that", "over", "order")
MOST_CUTS = 8


@routes.get(
    "/reports/trends",
    summary="Report trends",
    response_model=Trends,
    responses={
        200: {"content": {m.split(";")[0]: {} for m in FORMATS.values()}, "description": "The report, as asked for."}
    },
)
def trends(
    request: Request, db: Db, today: Today,
    filters: Annotated[Filters, Depends(filtering(*OWN))],
    by: Annotated[str, Query(description="a field to split every theme by, for instance persona or voice")] = "",
    step: Annotated[Literal["week", "month", "quarter"], Query(description="length of a period of the series")] = "month",
    days: Annotated[int | None, Query(ge=1, le=3660, description="length of the two windows; a quarter or half a year")] = None,
    unit: Annotated[Unit, Query(description="what is counted")] = "conversation",
    windows: Annotated[Windows, Query(description="rolling windows, or calendar quarters like with like")] = "rolling",
    cut: Annotated[list[str] | None, Query(max_length=MOST_CUTS, description="fields to lay across the themes in the current window")] = None,
    format: Annotated[Format | None, Query(description="instead of an Accept header")] = None,
    table: Annotated[str, Query(max_length=80, description="which table a CSV holds; the themes without it")] = "",
    this: Annotated[str, Query(max_length=300, description="a group to hold against `that`, as field:value; in files, not in JSON")] = "",
    that: Annotated[str, Query(max_length=300, description="the other group, of the same field")] = "",
    over: Annotated[Literal["", "all"], Query(description="all: hold the two against each other in all conversations, not in the current window alone")] = "",
    order: Annotated[Order, Query(description="of the themes: the most frequent first, or the largest rise or fall in points first, sure or not")] = "frequent",
) -> Response:  # fmt: skip
    """Share of conversations per theme and period, and a verdict on the change between the last two windows.

    `kind` is required: objection, question, competitor, or tracker for your own concepts.
    """
    report = ordered(read(db, filters, today, by=by, step=step, days=days, unit=unit, windows=windows), order)
    crossed = [cuts.cut(db, report, _field(db, "cut", each)) for each in cut or () if each]
    told = summary.of_report(db, report, today=today)
    groups = against_views.part(db, report, bar(db, filters), this, that, over)
    if groups.problem:
        raise BadParameter("that", groups.problem)
    document, noted = (
        trend_document.document(db, report, told, crossed, groups.found, order),
        annotations.of_report(db, report),
    )
    return answer(
        request, document, lambda: of_report(report, told, crossed, noted).model_dump_json(indent=2).encode(),
        format=format, table=table,
    )  # fmt: skip


def read(
    db: Db, filters: Filters, today: Today, *, by: str, step: str, days: int | None, unit: Unit, windows: Windows
) -> TrendReport:
    """The report, or an error that says which parameter to change."""
    kind = next((subject for subject in SUBJECTS if subject == filters.kind), None)
    if kind is None:
        raise BadParameter("kind", f"must be one of {', '.join(SUBJECTS)}")
    field = _field(db, "by", by)
    report = trend_report(
        db, filters, kind=kind, today=today, by=field, step=step, days=days, unit=unit, windows=windows
    )
    if report is None:
        raise NothingToReport()
    return report


def _field(db: Db, parameter: str, name: str) -> str:
    try:
        return splits.field(db, name)
    except splits.UnknownField as error:
        raise BadParameter(parameter, str(error)) from None
