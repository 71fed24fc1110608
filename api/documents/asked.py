"""Documents from the queries of their pages: what a person sees there is what is saved."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import get_args

from sqlite_utils import Database

from api import splits
from api.documents import trends as trend_document
from api.exports.document import Document
from api.views import DEFAULT_CUTS
from insights.periods import STEPS
from pipelines import cuts, summary
from pipelines.report import Subject, trend_report
from pipelines.store.filters import Filters
from pipelines.store.units import Unit

MOST_DAYS = 3660
Query = Mapping[str, Sequence[str]]


def trends(kind: Subject) -> Callable[[Database, Filters, Query, date], Document | None]:
    """The document of one kind's trends. Raises splits.UnknownField for a cut by what is no field."""

    def document(db: Database, filters: Filters, query: Query, today: date) -> Document | None:
        step, unit, days = (_one(query, name) for name in ("step", "unit", "days"))
        report = trend_report(
            db, filters, kind=kind, today=today, step=step if step in STEPS else "month",
            days=min(int(days), MOST_DAYS) or None if days.isascii() and days.isdigit() else None,
            windows="quarter" if days == "quarter" else "rolling", unit=unit if unit in get_args(Unit) else "conversation",  # type: ignore[arg-type]
        )  # fmt: skip
        if report is None or not report.rows:
            return None
        named = [part for value in query.get("by", ()) for part in value.split(",") if part] or list(DEFAULT_CUTS)
        crossed = [cuts.cut(db, report, splits.field(db, name)) for name in dict.fromkeys(named)]
        told = summary.of_report(db, report, today=today)
        return trend_document.document(db, report, told, [one for one in crossed if one.columns])

    return document


def _one(query: Query, name: str) -> str:
    return next(iter(query.get(name, ())), "")
