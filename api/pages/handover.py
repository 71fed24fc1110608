"""Hand-over gaps: the page and the HTTP interface."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import TypeAdapter
from sqlite_utils import Database
from starlette.responses import Response

from api import splits
from api.answers import answer
from api.deps import Db, Today, filtering, sees_originals
from api.documents import handover as made
from api.documents.parts import leaving, place
from api.errors import RESPONSES, BadParameter
from api.exports.document import Document
from api.pages import not_one as not_one_pages
from api.pages.answering import page
from api.routes.outcomes import Asked, Chosen
from api.views.bars import Bar, bar
from api.views.comment import at
from api.views.report import scale_of
from api.wording.words import link
from insights.handover import MEANINGS
from pipelines.quotes import quoting
from pipelines.reports.handover import Found, HandoverReport, Row, handover_report, others
from pipelines.store.filters import Filters

routes = APIRouter(include_in_schema=False)
interface = APIRouter(tags=["reports"], responses=RESPONSES)
By = Annotated[
    str, Query(max_length=200, description="fields to cut by, separated by commas; those of sources without it")
]


@dataclass(frozen=True, slots=True)
class HandoverView:
    """The report with the sentences that its files open with; `scale` is the share at the right end of the bars. Where
    no column says where buyers came from, `columns` are those that may be taken for one."""

    bar: Bar
    report: HandoverReport
    document: Document
    scale: float
    columns: tuple[str, ...]


@routes.get("/reports/handover")
def show_handover(
    request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering("by", *not_one_pages.TOLD))],
    by: By = "",
    told: Annotated[str, Query(max_length=20)] = "", event: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> Response:  # fmt: skip
    report = report_of(db, filters, today, by)
    scale = scale_of([row.whole for row in (report.any, *report.rows)])
    columns = () if report.cuts else others(db)
    view = HandoverView(bar(db, filters), report, made.document(report, today.isoformat()), scale, columns)
    return page(
        request,
        "handover.html",
        view,
        place=place,
        meanings=MEANINGS,
        done=not_one_pages.done(db, told, event),
        here=(
            here := link(
                request.url.path, {k: v for k, v in request.query_params.items() if k not in not_one_pages.TOLD}
            )
        ),
        talk=at(db, here),
    )


@interface.get("/reports/handover", summary="Report hand-over gaps", response_model=HandoverReport)
def handover(
    request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering("by", "format", "table"))],
    by: By = "", format: Asked = None, table: Chosen = "",
) -> Response:  # fmt: skip
    """What buyers say that shows marketing and sales out of step: wrong expectations, missing information, wrong person
    or fit, promised material that did not come; with trend, quotes, and cuts by source and campaign."""
    report = report_of(db, filters, today, by)
    made_of, written = leaving(db, made.document(report, today.isoformat())), TypeAdapter(HandoverReport)
    return answer(request, made_of, lambda: written.dump_json(report, indent=2), format=format, table=table)


def report_of(db: Database, filters: Filters, today: Today, by: str) -> HandoverReport:
    """The report as whoever asks may see it: without originals, words are masked and accounts left out."""
    try:
        fields = tuple(splits.field(db, name) for name in filter(None, map(str.strip, by.split(","))))
    except splits.UnknownField as error:
        raise BadParameter("by", str(error)) from None
    report = handover_report(db, filters, today=today, by=fields)
    if sees_originals(db):
        return report
    return replace(
        report, any=_masked(db, report.any), rows=tuple(_masked(db, row) for row in report.rows),
        left_out=tuple(replace(one, found=_hidden(db, one.found)) for one in report.left_out),
    )  # fmt: skip


def _masked(db: Database, row: Row) -> Row:
    return replace(row, found=tuple(_hidden(db, one) for one in row.found))


def _hidden(db: Database, one: Found) -> Found:
    said = quoting.masked(db, one.conversation, one.utterance, one.start, one.end)
    return replace(one, text=said, account="")
