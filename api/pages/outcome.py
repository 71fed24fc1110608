"""The pages of outcomes and voice."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.deps import Db, Today, filtering
from api.documents import outcomes as outcome_document
from api.documents import voice as voice_document
from api.exports.document import Document
from api.gate.rep_gate import voice_seen
from api.pages.answering import page
from api.pages.quote import STYLE_COOKIE
from api.routes.outcomes import kind_of, lost_quotes
from api.views.bars import Bar, bar
from api.views.comment import talk
from api.views.quote import STYLE_NAMES, style_of
from insights.records import KINDS, Kind
from pipelines.reports.outcomes import LostWith, OutcomeReport, outcome_report
from pipelines.reports.voice import VoiceReport, voice_report
from pipelines.store import insights
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote
from pipelines.store.themes import Theme

routes = APIRouter(include_in_schema=False)
QUOTES_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class OutcomesView:
    """The outcomes of one kind, with the sentences that its files open with and its picture as SVG."""

    bar: Bar
    kind: Kind
    report: OutcomeReport
    document: Document
    standings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class VoiceView:
    """Notes against the buyers' own words, by theme or label."""

    bar: Bar
    kind: Kind
    by: str
    report: VoiceReport
    document: Document
    standings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LostView:
    """The quotes of a theme in lost deals, a page at a time."""

    bar: Bar
    theme: Theme
    found: LostWith
    quotes: tuple[Quote, ...]
    place: int
    more: bool


@routes.get("/reports/outcomes")
def show_outcomes(
    request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering())]
) -> Response:
    kind = kind_of(filters)
    report = outcome_report(db, filters, kind=kind, today=today)
    made = outcome_document.document(report)
    view = OutcomesView(bar(db, filters, hidden=("kind",)), kind, report, made, outcome_document.STANDINGS)
    return page(request, "outcomes.html", view, kinds=KINDS, odds=outcome_document.odds, talk=talk(db, request))


@routes.get("/reports/outcomes/quotes")
def show_lost(
    request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering("place"))],
    place: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> Response:  # fmt: skip
    """The quotes of one theme (`theme`) in the lost deals that carry it: what a figure of lost deals was counted
    from."""
    theme, found = lost_quotes(db, filters, today)
    shown = found.quotes[place * QUOTES_A_PAGE : (place + 1) * QUOTES_A_PAGE]
    quotes = tuple(quote for one in shown if (quote := insights.get(db, one)))
    kept = replace(filters, theme="", kind=theme.kind)
    view = LostView(bar(db, kept), theme, found, quotes, place, len(found.quotes) > (place + 1) * QUOTES_A_PAGE)
    return page(
        request,
        "outcome_quotes.html",
        view,
        style=style_of("", request.cookies.get(STYLE_COOKIE, "")),
        styles=STYLE_NAMES,
    )


@routes.get("/reports/voice")
def show_voice(
    request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering("by"))],
    by: Literal["theme", "label"] = "theme",
) -> Response:  # fmt: skip
    kind = kind_of(filters)
    report = voice_seen(db, voice_report(db, filters, kind=kind, by=by, today=today))
    made = voice_document.document(report, today.isoformat())
    view = VoiceView(bar(db, filters, hidden=("kind",)), kind, by, report, made, voice_document.STANDINGS)
    return page(request, "voice.html", view, kinds=KINDS, talk=talk(db, request))
