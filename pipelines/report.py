"""Reports over what is stored: periods, rates, verdicts. Every figure is a share with its numerator and denominator."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlite_utils import Database

from insights import trends
from insights.periods import Period, calendar, window
from insights.records import Kind
from insights.trends import Rate, Sample, Trend
from pipelines.store import report_rows, themes
from pipelines.store.filters import Filters

QUARTER_DAYS, HALF_YEAR_DAYS = 91, 182
FEW_CONVERSATIONS = 150
# Nobody recorded a sales call before; an earlier date in an upload is a placeholder or a slip.
EARLIEST = date(1990, 1, 1)
MOST_PERIODS = 260


@dataclass(frozen=True, slots=True)
class Row:
    """One theme (or one theme within one value of `by`): its trend between the two windows and its series.

    `split` is the value of the report's `by` field, "" without one. `series` runs parallel to the report's `periods`.
    """

    theme_id: int
    name: str
    label: str
    split: str
    trend: Trend
    year_ago: Rate | None
    series: tuple[Rate, ...]
    insights: int


@dataclass(frozen=True, slots=True)
class TrendReport:
    """All themes of one kind over time. `current` and `previous` are the two windows that the verdicts compare.

    `undated` conversations match the filters but have no usable date (none at all, one before 1990, or one still to
    come), so they are in no period. `periods` are the newest 260 at most.
    """

    kind: Kind
    by: str
    step: str
    as_of: date
    current: Period
    previous: Period
    periods: tuple[Period, ...]
    conversations: int
    undated: int
    rows: tuple[Row, ...]
    filters: Filters


def trend_report(
    db: Database,
    filters: Filters,
    *,
    kind: Kind,
    today: date,
    by: str = "",
    step: str = "month",
    days: int | None = None,
) -> TrendReport | None:
    """Compare the last `days` days with as many before, and count every `step` of the time that the filters allow.

    The last day is that of the newest conversation, never after `filters.until` or `today`. `days` defaults to
    a quarter, or half a year where a quarter holds fewer than 150 conversations. `by` splits every theme: "relation",
    "label" or "voice" keep the denominator of all conversations; a fact of the conversation (persona, stage, outcome,
    segment, ...) has each value's own. Returns None when no dated conversation matches.
    """
    # The windows look back as far as they must: `since` shortens the series, not what a change is measured against.
    exposures = report_rows.conversations(db, replace(filters, since="", until=""), by=by)
    usable = [e for e in exposures if EARLIEST.isoformat() <= e.day <= today.isoformat()]
    dated = [e for e in usable if not filters.until or e.day <= filters.until]
    if not dated or filters.since > max(e.day for e in dated):
        return None
    as_of = date.fromisoformat(max(e.day for e in dated))
    days = days or _default_days(dated, as_of)
    current, previous = window(as_of, days), window(as_of - timedelta(days=days), days)
    first = date.fromisoformat(max(filters.since, min(e.day for e in dated)))
    periods = calendar(first, as_of, step=step)[-MOST_PERIODS:]
    listed = sum(e.day >= first.isoformat() for e in dated)
    hits = report_rows.hits(db, replace(filters, kind=kind, since=EARLIEST.isoformat(), until=as_of.isoformat()), by=by)
    rows = _rows(db, kind, dated, hits, current, previous, periods, by_insight=by in report_rows.INSIGHT_SPLITS)
    return TrendReport(
        kind, by, step, as_of, current, previous, periods, listed, len(exposures) - len(usable), rows, filters
    )


def breakdown(db: Database, filters: Filters, *, by: str, period: Period) -> list[tuple[str, Rate]]:
    """What `filters` say (a theme, say) as a share within each value of `by`, the value with most conversations first.

    Values in which it was not heard are there too, with a share of 0; denominators are as in `trend_report`.
    """
    within = replace(filters, since=period.start.isoformat(), until=period.end.isoformat())
    exposures = report_rows.conversations(db, within, by=by)
    carried: dict[str, set[str]] = defaultdict(set)
    for hit in report_rows.hits(db, within, by=by):
        carried[hit.split].add(hit.conversation_id)
    groups: dict[str, list[report_rows.Exposure]] = defaultdict(list)
    if by in report_rows.INSIGHT_SPLITS:
        groups = dict.fromkeys(carried, exposures)
    else:
        for e in exposures:
            groups[e.split].append(e)
    rates = [
        (value, trends.rate(trends.sample((e.id, e.account, e.id in carried[value]) for e in group)))
        for value, group in groups.items()
    ]
    return sorted(rates, key=lambda pair: (-pair[1].denominator, -pair[1].numerator, pair[0]))


def _rows(
    db: Database, kind: Kind, exposures: Sequence[report_rows.Exposure], hits: Sequence[report_rows.Hit],
    current: Period, previous: Period, periods: Sequence[Period], *, by_insight: bool,
) -> tuple[Row, ...]:  # fmt: skip
    carried: dict[tuple[int, str], set[str]] = defaultdict(set)
    insights: dict[tuple[int, str], int] = defaultdict(int)
    for hit in hits:
        carried[hit.theme_id, hit.split].add(hit.conversation_id)
        insights[hit.theme_id, hit.split] += hit.insights
    by_split: dict[str, list[report_rows.Exposure]] = defaultdict(list)
    for e in exposures:
        by_split["" if by_insight else e.split].append(e)
    known = {theme.id: theme for theme in themes.active(db, kind)}
    keys = sorted(key for key in carried if key[0] in known)
    cut = {split: _Cut(group, current, previous, periods) for split, group in by_split.items()}
    cuts = [cut.get("" if by_insight else split) or _Cut([], current, previous, periods) for _, split in keys]
    pairs = [
        (c.sample(c.previous, carried[key]), c.sample(c.current, carried[key]))
        for c, key in zip(cuts, keys, strict=True)
    ]
    earlier = [
        any(e.day < current.start.isoformat() and e.id in carried[key] for e in c.exposures)
        for c, key in zip(cuts, keys, strict=True)
    ]
    judged = trends.trends(pairs, ever_before=earlier)
    rows = [
        Row(
            key[0], known[key[0]].name, known[key[0]].label, key[1], trend, c.year_ago(carried[key]),
            tuple(trends.rate(c.sample(part, carried[key])) for part in c.parts), insights[key],
        )
        for c, key, trend in zip(cuts, keys, judged, strict=True)
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (-row.trend.current.numerator, -row.insights, row.theme_id, row.split)))


class _Cut:
    """One split's conversations, sorted into the two windows and the series once for all themes."""

    def __init__(
        self, exposures: Sequence[report_rows.Exposure], current: Period, previous: Period, periods: Sequence[Period]
    ):
        self.exposures = exposures
        self.current = _within(exposures, current)
        self.previous = _within(exposures, previous)
        self.parts = [_within(exposures, period) for period in periods]
        year = timedelta(days=365)
        self.last_year = _within(exposures, Period("", current.start - year, current.end - year, True))

    def sample(self, part: Sequence[report_rows.Exposure], carrying: set[str]) -> Sample:
        return trends.sample((e.id, e.account, e.id in carrying) for e in part)

    def year_ago(self, carrying: set[str]) -> Rate | None:
        return trends.rate(self.sample(self.last_year, carrying)) if self.last_year else None


def _within(exposures: Sequence[report_rows.Exposure], period: Period) -> list[report_rows.Exposure]:
    start, end = period.start.isoformat(), period.end.isoformat()
    return [e for e in exposures if start <= e.day <= end]


def _default_days(exposures: Sequence[report_rows.Exposure], as_of: date) -> int:
    quarter = _within(exposures, window(as_of, QUARTER_DAYS))
    return QUARTER_DAYS if len(quarter) >= FEW_CONVERSATIONS else HALF_YEAR_DAYS
