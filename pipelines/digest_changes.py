"""What a digest tells: the changes of the trend report that are unlikely to be chance, the largest first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote, urlencode

from sqlite_utils import Database

from insights import wording
from insights.records import KINDS, Kind
from pipelines.report import Row, TrendReport, trend_report
from pipelines.store import insights
from pipelines.store.filters import Filters

CHANGED = {
    "rising": "is heard more often", "falling": "is heard less often", "new": "is new", "gone": "is no longer heard",
}  # fmt: skip
QUOTES = 2


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `key` is the same as long as the same is to be said of the same thing; `path` leads to its evidence,
    within Parley; `quotes` are insight ids."""

    key: str
    sentence: str
    path: str
    quotes: tuple[str, ...] = ()


def changes(
    db: Database, filters: Filters, *, kinds: Sequence[Kind] = KINDS, today: date, limit: int = 5
) -> tuple[Change, ...]:  # fmt: skip
    """At most `limit` changes over the kinds together, by how far the share moved."""
    found: list[tuple[float, Change]] = []
    for kind in kinds:
        report = trend_report(db, filters, kind=kind, today=today)
        for row in report.rows if report else ():
            if report and row.trend.verdict in CHANGED:
                found.append((abs(row.trend.change.difference or 0), _change(db, report, row)))
    found.sort(key=lambda pair: (-pair[0], pair[1].key))
    return tuple(change for _, change in found[:limit])


def _change(db: Database, report: TrendReport, row: Row) -> Change:
    now, before = row.trend.current, row.trend.previous
    period = report.previous if row.trend.verdict == "gone" else report.current
    within = {
        **report.filters.active, "kind": report.kind, "theme": str(row.theme_id), "since": period.start.isoformat(),
        "until": period.end.isoformat(),
    }  # fmt: skip
    sentence = (
        f"The {report.kind} “{row.name}” {CHANGED[row.trend.verdict]}: {wording.percent(now.share)} of conversations "
        f"({now.numerator:,} of {now.denominator:,}) in {wording.span(report.current)}, after "
        f"{wording.percent(before.share)} ({before.numerator:,} of {before.denominator:,}) before."
    )
    counted = replace(
        report.filters, kind=report.kind, theme=str(row.theme_id), since=within["since"], until=within["until"]
    )
    chosen = insights.surest(db, counted, limit=QUOTES)
    path = f"/quotes?{urlencode(within, quote_via=quote)}"
    return Change(f"{report.kind}:{row.theme_id}:{row.trend.verdict}", sentence, path, tuple(chosen))
