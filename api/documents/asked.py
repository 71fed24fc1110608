"""Documents from the queries of their pages: what a person sees there is what is saved."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import get_args

from sqlite_utils import Database

from api import splits
from api.documents import competition as competition_document
from api.documents import handover as handover_document
from api.documents import material as material_document
from api.documents import outcomes as outcome_document
from api.documents import personas as persona_document
from api.documents import plan as plan_document
from api.documents import trends as trend_document
from api.documents import voice as voice_document
from api.documents.parts import leaving
from api.exports.document import Document
from api.gate.rep_gate import voice_seen
from api.views import against as against_views
from api.views.bars import bar
from api.views.report import DEFAULT_CUTS
from insights.periods import STEPS
from insights.records import KINDS, Kind
from pipelines import plan as found_plan
from pipelines.report import Order, Subject, ordered, trend_report
from pipelines.reports import cuts, summary
from pipelines.reports.competition import competition as found_competition
from pipelines.reports.handover import handover_report
from pipelines.reports.material import material_report
from pipelines.reports.outcomes import outcome_report
from pipelines.reports.sheets import sheet
from pipelines.reports.voice import voice_report
from pipelines.store.filters import Filters
from pipelines.store.units import Unit

MOST_DAYS = 3660
Query = Mapping[str, Sequence[str]]


def trends(kind: Subject) -> Callable[[Database, Filters, Query, date], Document | None]:
    """The document of one kind's trends. Raises splits.UnknownField for a cut by what is no field."""

    def document(db: Database, filters: Filters, query: Query, today: date) -> Document | None:
        step, unit, days, asked = (_one(query, name) for name in ("step", "unit", "days", "order"))
        order: Order = next((one for one in get_args(Order) if one == asked), "frequent")
        report = trend_report(
            db, filters, kind=kind, today=today, step=step if step in STEPS else "month",
            days=min(int(days), MOST_DAYS) or None if days.isascii() and days.isdigit() else None,
            windows="quarter" if days == "quarter" else "rolling", unit=unit if unit in get_args(Unit) else "conversation",  # type: ignore[arg-type]
        )  # fmt: skip
        if report is None or not report.rows:
            return None
        report = ordered(report, order)
        named = [part for value in query.get("by", ()) for part in value.split(",") if part] or list(DEFAULT_CUTS)
        crossed = [cuts.cut(db, report, splits.field(db, name)) for name in dict.fromkeys(named)]
        told = summary.of_report(db, report, today=today)
        sides = (_one(query, name) for name in ("this", "that", "over"))
        groups = against_views.part(db, report, bar(db, filters), *sides)
        return trend_document.document(db, report, told, [one for one in crossed if one.columns], groups.found, order)

    return document


def competition(db: Database, filters: Filters, query: Query, today: date) -> Document | None:
    """The document of the competition report."""
    step, days = _one(query, "step"), _one(query, "days")
    report = found_competition(
        db, filters, today=today, step=step if step in STEPS else "",
        days=min(int(days), MOST_DAYS) or None if days.isascii() and days.isdigit() else None,
    )  # fmt: skip
    return competition_document.document(db, report) if report else None


def outcomes(db: Database, filters: Filters, query: Query, today: date) -> Document | None:
    """The document of the outcomes of one kind."""
    report = outcome_report(db, filters, kind=_kind(filters), today=today)
    return outcome_document.document(report) if report.rows else None


def voice(db: Database, filters: Filters, query: Query, today: date) -> Document | None:
    """The document of notes against the buyers' own words."""
    by = "label" if _one(query, "by") == "label" else "theme"
    report = voice_seen(db, voice_report(db, filters, kind=_kind(filters), by=by, today=today))
    return voice_document.document(report, today.isoformat()) if report.rows else None


def material(db: Database, filters: Filters, query: Query, today: date) -> Document | None:
    """The document of our own material in conversations."""
    report = material_report(db, filters, today=today)
    return leaving(db, material_document.document(report, today.isoformat())) if report.conversations else None


def handover(db: Database, filters: Filters, query: Query, today: date) -> Document | None:
    """The document of hand-over gaps. Raises splits.UnknownField for a cut by what is no field."""
    fields = tuple(splits.field(db, name) for value in query.get("by", ()) for name in value.split(",") if name.strip())
    report = handover_report(db, filters, today=today, by=fields)
    return leaving(db, handover_document.document(report, today.isoformat())) if report.conversations else None


def persona(db: Database, filters: Filters, query: Query, today: date) -> Document | None:
    """The document of a persona sheet, of the persona that the filters name."""
    found = sheet(db, replace(filters, persona=""), filters.persona, today=today)
    return persona_document.document(db, found) if found else None


def plan(db: Database, filters: Filters, query: Query, today: date) -> Document | None:
    """The document of the content plan."""
    board = found_plan.board(db, filters, today=today, by="persona" if _one(query, "by") == "persona" else "")
    asked = {name: _one(query, name) for name in ("gaps", "owner", "due")}
    board = found_plan.gaps(board) if asked["gaps"] == "only" else board
    board = found_plan.pieces(board, owner=asked["owner"], due=asked["due"], today=today)
    only = plan_document.only(**asked)
    return plan_document.document(board, filters, today, plan_document.requests(db), only=only) if board.lines else None


def _kind(filters: Filters) -> Kind:
    return next((kind for kind in KINDS if kind == filters.kind), "objection")


def _one(query: Query, name: str) -> str:
    return next(iter(query.get(name, ())), "")
