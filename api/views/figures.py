"""The figures of a place that somebody can speak of: a theme's share, a shared number, a row of a report; as they stood
and as they stand.

What one would get wrong: the figure of next month is another one. So the address that is kept names the days that were
counted, and whoever opens it later sees the same days on what is known by then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from sqlite_utils import Database

from api.documents.registry import REPORTS, TREND_QUERY
from api.errors import RequestError
from api.exports.document import Table, written
from api.gate.rep_gate import check_shared
from api.views.saved import chosen_in, live_document, read_query, report_at
from api.wording import words
from insights.errors import InsightsError
from insights.records import stable_id
from pipelines.report import Row, TrendReport, trend_report
from pipelines.store import themes
from pipelines.store.covered import bare, is_covered
from pipelines.store.remembered import per_state
from pipelines.teams import shared

if TYPE_CHECKING:
    from pipelines.teams.shared_figures import Figure as Number

THEME, NUMBER, ROW = "theme-", "number-", "row-"
MOST = 200


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it is called, and its value in words, with how many it rests on."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Figures:
    """A place's figures by their keys, in its own order; `days` are what an address adds to mean just these days."""

    by_key: Mapping[str, Figure]
    days: Mapping[str, str]


NONE = Figures({}, {})


def of_trends(report: TrendReport | None, row: Row | None = None) -> Figures:
    """The shares of a report's themes, of one alone where a row is given."""
    if report is None:
        return NONE
    days = {"since": report.current.start.isoformat(), "until": report.current.end.isoformat()}
    rows = [row] if row else report.rows[:MOST]
    return Figures(
        {f"{THEME}{one.theme_id}": Figure(one.name, _share(one, report)) for one in rows},
        days if report.windows == "rolling" else {},
    )


def of_shared(now: shared.Shared) -> Figures:
    """The shared numbers as they are shown."""
    return Figures({f"{NUMBER}{one.key}": Figure(one.title, _number(one)) for one in now.figures}, {})


def at(db: Database, place: str, today: date) -> Figures:
    """The figures of a place now; none where it has none, its filters are no more, or it tells of a single rep: what is
    said goes to several people."""
    path, _, query = place.partition("?")
    _, first, last = f"{path}//".split("/")[:3]
    asked = dict(parse_qsl(query))
    if asked.get("published"):  # it stays as it is, and a connection that looks back is no good for anything else
        return NONE
    try:
        check_shared(db, asked)
        if first == "shared" and not query:
            return of_shared(shared.shared(db, today=today))
        if first == "reports" and last in words.KINDS:
            return of_trends(_report(db, words.KINDS[last], query, today))
        if first == "themes" and last.isdecimal() and (theme := themes.get(db, int(last))) and not theme.parent:
            report = _report(db, theme.kind, query, today)
            row = next((one for one in report.rows if one.theme_id == theme.id), None) if report else None
            return of_trends(report, row) if row else NONE
        if first in ("reports", "plan"):
            key, saveable, query = report_at(place)
            read_query(db, query, today, saveable.own)  # whether who asks may, which is not remembered
            return _rows(db, key, query, today)
    except (InsightsError, RequestError):  # a filter of an upload that was undone, or of what who asks may not see
        pass
    return NONE


@per_state
def _rows(db: Database, key: str, query: str, today: date) -> Figures:
    """The rows of a report's main table by their first cell, each with its first figure and what that rests on."""
    table = _table(db, key, query, today)
    if table is None or table.key == "reps":
        return NONE
    names = [column.name for column in table.columns]
    place = next((n for n, column in enumerate(table.columns) if column.kind not in ("text", "day")), None)
    if place is None:
        return NONE
    column, found = table.columns[place], dict[str, Figure]()
    rests = [names.index(name) for name in (column.rate or ())[:2]]
    beneath = _beneath(table, _table(bare(db), key, query, today), [place, *rests]) if is_covered(db) else {}
    for row in table.rows[:MOST]:
        value = f"{column.name} {written(row[place], column.kind)}"
        parts = [written(row[n], "count") for n in rests]
        name = str(row[0])
        figure = Figure(name, f"{value}, {' of '.join(parts)}" if parts else value)
        found.setdefault(f"{ROW}{stable_id(key, beneath.get(name, name))}", figure)
    return Figures(found, {})


def _beneath(table: Table, other: Table | None, places: Sequence[int]) -> dict[str, str]:
    """Of each row whose name is covered its name beneath, so that everybody speaks of the same row. Rows are told by
    their figures, not by their order, which names decide; where two have the same, nobody can tell."""
    shown, rows = {str(row[0]) for row in table.rows}, other.rows if other else ()
    named = {str(row[0]) for row in rows}
    covered = [row for row in table.rows if str(row[0]) not in named]
    hidden = [row for row in rows if str(row[0]) not in shown]
    found = {}
    for row in covered:
        alike = [
            [str(one[0]) for one in some if [one[n] for n in places] == [row[n] for n in places]]
            for some in (covered, hidden)
        ]
        if [len(one) for one in alike] == [1, 1]:
            found[str(row[0])] = alike[1][0]
    return found


def _table(db: Database, key: str, query: str, today: date) -> Table | None:
    document = live_document(db, REPORTS[key], query, today)
    return document.tables[0] if document and document.tables else None


def in_words(place: str) -> str:
    """What the query of a place narrows its figures to: "Persona: Finance; From: …"; "" for nothing."""
    pairs = dict(parse_qsl(place.partition("?")[2]))
    since, until = pairs.pop("since", ""), pairs.pop("until", "")
    days = [f"{words.day(since)} to {words.day(until)}"] if since and until else []
    return "; ".join([*(chosen_in(name, value) for name, value in pairs.items()), *days])


def _report(db: Database, kind: str, query: str, today: date) -> TrendReport | None:
    filters, _ = read_query(db, query, today, TREND_QUERY)
    asked = dict(parse_qsl(query))
    days = asked.get("days", "")
    return trend_report(
        db, filters, kind=kind, today=today, step=asked.get("step", "month"),  # type: ignore[arg-type]
        days=int(days) if days.isdecimal() else None, unit=asked.get("unit", "conversation"),  # type: ignore[arg-type]
        windows="quarter" if days == "quarter" else "rolling",
    )  # fmt: skip


def _share(row: Row, report: TrendReport) -> str:
    rate = row.trend.current
    share = words.percent(rate.share) if rate.share is not None else "–"
    return f"{share}, {rate.numerator:,} of {words.plural(rate.denominator, report.unit)}"


def _number(one: "Number") -> str:
    if one.value is None:
        return "not told"
    value = words.plural(round(one.value), "day") if one.unit == "days" else words.percent(one.value)
    return f"{value}, {one.count:,} of {one.of:,}" if one.of else value
