"""Outcomes and voice: which themes go with losing, and what reps write against what buyers say."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import TypeAdapter
from sqlite_utils import Database
from starlette.responses import Response

from api.answers import answer
from api.deps import Db, OurSettings, Today, filtering
from api.documents import outcomes as outcome_document
from api.documents import voice as voice_document
from api.errors import RESPONSES, BadParameter, NotFound
from api.exports import Format
from api.gate.rep_gate import voice_seen
from api.routes.quotes import FILES, ListFormat, handed_on
from insights.attribution import Style
from insights.records import Kind
from pipelines.reports.outcomes import LostWith, OutcomeReport, lost_with, outcome_report
from pipelines.reports.voice import VoiceReport, voice_report
from pipelines.store import themes
from pipelines.store.filters import Filters
from pipelines.store.themes import Theme

routes = APIRouter(tags=["reports"], responses=RESPONSES)
Asked = Annotated[Format | None, Query(description="instead of an Accept header")]
Chosen = Annotated[str, Query(max_length=80, description="which table a CSV holds; the main one without it")]


@routes.get("/reports/outcomes", summary="Report outcomes", response_model=OutcomeReport)
def outcomes(
    request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering("format", "table"))],
    format: Asked = None, table: Chosen = "",
) -> Response:  # fmt: skip
    """Odds of losing with a theme over those without, among like deals; time until it is answered; whether it comes back.

    `kind` is objection, question or competitor, objection without it. An association is no cause.
    """
    report = outcome_report(db, filters, kind=kind_of(filters), today=today)
    made = outcome_document.document(report)
    written = TypeAdapter(OutcomeReport)
    return answer(request, made, lambda: written.dump_json(report, indent=2), format=format, table=table)


@routes.get(
    "/reports/outcomes/quotes",
    summary="Export a theme's quotes in lost deals",
    response_class=Response,
    responses=FILES,
)
def behind(
    request: Request, db: Db, settings: OurSettings, today: Today,
    filters: Annotated[Filters, Depends(filtering("format", "style"))],
    format: ListFormat = "csv", style: Style = "role",
) -> Response:  # fmt: skip
    """The quotes of one theme (`theme`) in the lost deals that carry it: 1,000 at most, without names unless the style is `full`."""
    theme, lost = lost_quotes(db, filters, today)
    return handed_on(
        request, db, settings, today, lost.quotes, title=f"{theme.name} in lost deals", format=format, style=style
    )


def lost_quotes(db: Database, filters: Filters, today: date) -> tuple[Theme, LostWith]:
    """The theme that the filters name and its quotes in lost deals. Raises NotFound."""
    theme = themes.get(db, int(filters.theme)) if filters.theme.isdigit() and len(filters.theme) < 19 else None
    if theme is None:
        raise NotFound("theme", filters.theme)
    return theme, lost_with(db, filters, theme.id, today=today)


@routes.get("/reports/voice", summary="Report voices", response_model=VoiceReport)
def voice(
    request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering("by", "format", "table"))],
    by: Annotated[Literal["theme", "label"], Query(description="what to compare")] = "theme", format: Asked = None,
    table: Chosen = "",
) -> Response:  # fmt: skip
    """Shares of notes and of the buyers' own words in which a theme comes up, within deals, and what notes leave out.

    `kind` is objection, question or competitor, objection without it.
    """
    report = voice_seen(db, voice_report(db, filters, kind=kind_of(filters), by=by, today=today))
    made, written = voice_document.document(report, today.isoformat()), TypeAdapter(VoiceReport)
    return answer(request, made, lambda: written.dump_json(report, indent=2), format=format, table=table)


def kind_of(filters: Filters) -> Kind:
    """The one kind that the filters name, objections without one."""
    kinds: dict[str, Kind] = {
        "": "objection",
        "objection": "objection",
        "question": "question",
        "competitor": "competitor",
    }
    if filters.kind not in kinds:
        raise BadParameter("kind", "must be objection, question or competitor")
    return kinds[filters.kind]
