"""The trend report as a short Document: one table of themes, each with its surest quotes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from sqlite_utils import Database

from api import splits, words
from api.exports import tables
from api.exports.document import Cell, Chart, Column, Document, Quoted, Section, Series, Table
from insights.periods import STEPS
from insights.records import Kind
from pipelines.report import Row, TrendReport, trend_report
from pipelines.store import insights
from pipelines.store.filters import Filters

MOST_CHARTED, MOST_QUOTED = 6, 5


def trends(kind: Kind) -> Callable[[Database, Filters, Mapping[str, str], date], Document | None]:
    """The document of one kind's trends, made from the query of its page."""

    def document(db: Database, filters: Filters, query: Mapping[str, str], today: date) -> Document | None:
        days, step = query.get("days", ""), query.get("step", "month")
        report = trend_report(
            db, filters, kind=kind, today=today, by=splits.field(db, query.get("by", "")),
            step=step if step in STEPS else "month", days=int(days) if days.isascii() and days.isdigit() and int(days) else None,
        )  # fmt: skip
        return _document(db, report) if report and report.rows else None

    return document


def _document(db: Database, report: TrendReport) -> Document:
    by = (Column(words.field(report.by)),) if report.by else ()
    columns = (
        Column("Theme"), *by, Column("Verdict"), Column("Share", "share"), Column("With", "count"), Column("Of", "count"),
        Column("From", "share"), Column("To", "share"), Column("Change", "points"), Column("Accounts", "count"),
    )  # fmt: skip
    table = Table(
        "themes", words.PLURALS[report.kind].capitalize(), columns, tuple(_cells(report, row) for row in report.rows)
    )
    top = report.rows[:MOST_CHARTED]
    chart = Chart(
        "Share of conversations over time", "line", tuple(words.period(p, report.step) for p in report.periods),
        tuple(Series(" · ".join(filter(None, (row.name, row.split))), tuple(r.share for r in row.series)) for row in top),
        unfinished=not report.periods[-1].complete,
    )  # fmt: skip
    quotes = (
        [] if report.by else [Section(row.name, quotes=_quotes(db, report, row)) for row in report.rows[:MOST_QUOTED]]
    )
    return Document(
        tables.title(report), f"parley-{words.PLURALS[report.kind]}-{report.as_of.isoformat()}", report.as_of.isoformat(),
        tuple(tables.about(report)), (Section("Themes", table=table, chart=chart), *(s for s in quotes if s.quotes)),
        notes=tables.NOTES,
    )  # fmt: skip


def _cells(report: TrendReport, row: Row) -> tuple[Cell, ...]:
    rate = row.trend.current
    split = (words.value(report.by, row.split) if row.split else "Not known",) if report.by else ()
    return (
        row.name, *split, words.VERDICTS[row.trend.verdict], rate.share, rate.numerator, rate.denominator, rate.low, rate.high,
        row.trend.change.difference, row.trend.accounts,
    )  # fmt: skip


def _quotes(db: Database, report: TrendReport, row: Row) -> tuple[Quoted, ...]:
    within = replace(
        report.filters, kind=report.kind, theme=str(row.theme_id), since=report.current.start.isoformat(),
        until=report.current.end.isoformat(),
    )  # fmt: skip
    found = filter(None, (insights.get(db, one) for one in insights.surest(db, within, limit=2)))
    return tuple(quoted(quote) for quote in found)


def quoted(quote: insights.Quote) -> Quoted:
    """A stored quote as documents show it."""
    path = f"{words.link(f'/conversations/{quote.conversation_id}', {'quote': quote.id})}#u-{quote.position}"
    text = quote.before + quote.text + quote.after if quote.kind == "competitor" else quote.text
    return Quoted(quote.id, text, words.source(quote), path)
