"""Our own material in conversations: the page and the HTTP interface."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import TypeAdapter
from starlette.responses import Response

from api.answers import answer
from api.deps import Db, Today, filtering
from api.documents import material as made
from api.documents.parts import leaving, place
from api.errors import RESPONSES
from api.exports.document import Document
from api.pages.answering import page
from api.routes.outcomes import Asked, Chosen
from api.views.bars import Bar, bar
from api.views.comment import talk
from pipelines.reports.material import MaterialReport, material_report
from pipelines.store.filters import Filters

routes = APIRouter(include_in_schema=False)
interface = APIRouter(tags=["reports"], responses=RESPONSES)


@dataclass(frozen=True, slots=True)
class MaterialView:
    """The report with the sentences that its files open with."""

    bar: Bar
    report: MaterialReport
    document: Document


@routes.get("/reports/material")
def show_material(
    request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering())]
) -> Response:
    report = material_report(db, filters, today=today)
    view = MaterialView(bar(db, filters), report, made.document(report, today.isoformat()))
    return page(request, "material.html", view, place=place, talk=talk(db, request))


@interface.get("/reports/material", summary="Report our own material", response_model=MaterialReport)
def material(
    request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering("format", "table"))],
    format: Asked = None, table: Chosen = "",
) -> Response:  # fmt: skip
    """Mentions of our pages, webinars and decks with what buyers said of them, and gaps: what they had not been
    told."""
    report = material_report(db, filters, today=today)
    made_of, written = leaving(db, made.document(report, today.isoformat())), TypeAdapter(MaterialReport)
    return answer(request, made_of, lambda: written.dump_json(report, indent=2), format=format, table=table)
