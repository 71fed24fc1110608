"""Reports over what is stored: periods, rates, verdicts. Every figure is a share with its numerator and denominator."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
from sqlite_utils import Database

from insights import sampling, trends
from insights.periods import Period, calendar, compared, hole, window
from insights.records import KINDS, Kind
from insights.sampling import Rate, Sample
from insights.trends import Trend, Within
from pipelines.reports import restated, stretches
from pipelines.reports.restated import Restated
from pipelines.reports.stretches import CURRENT, PREVIOUS, YEAR_AGO, Kept, Stretches
from pipelines.store import exposure_rows, facets, report_rows, splits, themes, trackers
from pipelines.store.columns import distinct
from pipelines.store.exposure_rows import Exposures
from pipelines.store.filters import Filters
from pipelines.store.remembered import beneath, key_of, per_state, remembered, workbench
from pipelines.store.report_rows import Carrying
from pipelines.store.units import Unit

Subject = Kind | Literal["tracker"]
Windows = Literal["rolling", "quarter"]
Order = Literal["frequent", "rising", "falling"]

SUBJECTS: tuple[Subject, ...] = ("objection", "question", "competitor", "tracker")
QUARTER_DAYS, HALF_YEAR_DAYS = 91, 182
FEW_CONVERSATIONS = 150
# Nobody recorded a sales call before; an earlier date in an upload is a placeholder or a slip.
EARLIEST = date(1990, 1, 1)
MOST_PERIODS = 260
# Whose mix is held constant, where uploads have one of these columns; the kind of conversation always is.
SEGMENTS = (
    "segment", "market_segment", "customer_segment", "company_size", "size", "tier", "customer_type", "client_type",
    "account_type", "company_type", "customer_group", "region", "industry", "sector", "vertical",
)  # fmt: skip
MOST_STRATA_VALUES = 12
MOVED_BY_WAITING = 0.1
TALKS = "conversations"  # what is held constant of accounts and deals: how many they have


@dataclass(frozen=True, slots=True)
class Row:
    """One theme (or one theme within one value of `by`): its trend between the two windows and its series.

    `split` is the value of the report's `by` field, "" without one. `series` runs parallel to the report's `periods`;
    `like` is the rate that an unfinished last period is fairly compared with (the report's `like`). `over_year` judges
    the current window against the same days a year ago, None where nobody spoke then. `within` is the change with the
    mix of conversations held constant. `restated` says what has become of the previous window's figure since it was
    first counted. A tracker's row has its id as `theme_id`.
    """

    theme_id: int
    name: str
    label: str
    split: str
    trend: Trend
    year_ago: Rate | None
    series: tuple[Rate, ...]
    insights: int
    over_year: Trend | None = None
    within: Within | None = None
    like: Rate | None = None
    restated: Restated | None = None


@dataclass(frozen=True, slots=True)
class TrendReport:
    """All themes of one kind over time. `current` and `previous` are the two windows that the verdicts compare.

    `undated` conversations match the filters but have no usable date (none at all, one before 1990, or one still to
    come), so they are in no period. `periods` are the newest 260 at most. `like` are the days of the period before
    that an unfinished last period is compared with, None where it is finished or the first. `mix` names the fields
    whose mix is held constant. `waiting` says how many quotes of the windows are in no theme, None for trackers. `hole`
    is a long stretch in which nobody was heard, of all conversations, None where there is none. `tested` is over how
    many changes false discoveries are controlled, 0 where it is over the report's own rows.
    """

    kind: Subject
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
    unit: Unit = "conversation"
    windows: Windows = "rolling"
    year_ago: Period | None = None
    like: Period | None = None
    mix: tuple[str, ...] = ()
    waiting: "Waiting | None" = None
    hole: Period | None = None
    tested: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Quotes that wait for a theme among all quotes of the kind, in the current and in the previous window."""

    current: int
    current_quotes: int
    previous: int
    previous_quotes: int

    @property
    def uneven(self) -> bool:
        """Whether so many more wait in one window that every theme's rate is moved by a tenth of itself or more."""
        if not self.current_quotes or not self.previous_quotes:
            return False
        now, before = 1 - self.current / self.current_quotes, 1 - self.previous / self.previous_quotes
        if now == before:
            return False
        return not 1 - MOVED_BY_WAITING < (now / before if before else 0.0) < 1 / (1 - MOVED_BY_WAITING)


@per_state
def trend_report(
    db: Database,
    filters: Filters,
    *,
    kind: Subject,
    today: date,
    by: str = "",
    step: str = "month",
    days: int | None = None,
    unit: Unit = "conversation",
    windows: Windows = "rolling",
) -> TrendReport | None:
    """Compare the last `days` days with as many before, and count every `step` of all the time until then.

    Both windows are the same whatever the other filters leave: the last day is that of the newest conversation of all,
    or `filters.until` where that is earlier. `days` defaults to those from `filters.since` on, where conversations lie
    in as many days before, else to a quarter, or half a year where a quarter of all holds fewer than 150 conversations;
    `windows="quarter"` compares calendar quarters instead, an unfinished one with as many days of the one before. False
    discoveries are controlled over all kinds of theme together, so that a theme has one verdict wherever it stands;
    trackers, and splits of what was said, are a family of their own. `by` splits every theme: "relation", "label" or
    "voice" keep the denominator of all conversations; a fact of the conversation (persona, stage, outcome, segment, a
    competitor or tracker found in it, ...) has each value's own. `unit` is what is counted. Returns None when no dated
    conversation matches.
    """
    told: dict[str, Any] = {"today": today, "by": by, "step": step, "days": days, "unit": unit, "windows": windows}
    own = _own(db, filters, kind=kind, **told)
    if own is None or kind == "tracker" or by in splits.INSIGHT_SPLITS:
        return own
    if filters.theme:  # who looks at one theme alone has chosen it among all
        whole = trend_report(db, replace(filters, theme=""), kind=kind, **told)
        return _within(own, whole) if whole else own
    family = [own if each == kind else _own(db, filters, kind=each, **told) for each in KINDS]
    return judged_together([report for report in family if report])[KINDS.index(kind)]


@per_state
def _own(
    db: Database, filters: Filters, *, kind: Subject, today: date, by: str, step: str, days: int | None, unit: Unit,
    windows: Windows,
) -> TrendReport | None:  # fmt: skip
    """One kind's report, with false discoveries controlled among its own rows."""
    # The windows look back as far as they must: what a change is measured against lies before `since`.
    held = _held(db, by, unit)
    exposures = exposure_rows.exposures(db, replace(filters, since="", until=""), by=by, unit=unit, held=held)
    latest = today.isoformat()
    usable = exposures.between(EARLIEST.isoformat(), latest)[exposures.day]
    dated = exposures.where(usable & exposures.between("", filters.until or latest)[exposures.day])
    if not len(dated) or filters.since > exposures.days[dated.day.max()]:
        return None
    as_of, length = span_of(db, filters, today)
    spans = compared(as_of, days=days or length, quarter=windows == "quarter")
    oldest = exposures.days[dated.day.min()]
    first = date.fromisoformat(max(filters.since, oldest))
    # From narrows what is compared, not what it is seen against.
    periods = calendar(date.fromisoformat(oldest), as_of, step=step)[-MOST_PERIODS:]
    within = replace(
        filters, kind="" if kind == "tracker" else kind, since=EARLIEST.isoformat(), until=as_of.isoformat()
    )
    like = _like(periods)
    layout = _Layout((spans.current, spans.previous, spans.year_ago, *([like] if like else []), *periods), bool(like))
    by_insight = by in splits.INSIGHT_SPLITS
    # All kinds of theme are counted among the same conversations.
    kept = workbench(beneath(db), "stretches", Kept)
    shared = ("cuts", key_of((exposure_rows.of_conversations(filters), by, unit, held, today, layout)))

    def cut() -> Mapping[str, Stretches]:
        # Asked for here, so that what is remembered rests on the tables that it was counted from.
        found = exposure_rows.exposures(db, replace(filters, since="", until=""), by=by, unit=unit, held=held)
        chosen = found.between(EARLIEST.isoformat(), latest) & found.between("", filters.until or latest)
        return stretches.by_split(found.where(chosen[found.day]), layout.parts, kept)

    names = _names(db, kind)

    def counted_rows() -> tuple[Row, ...]:
        # Every time asked for here as well, for the same reason.
        found = exposure_rows.exposures(db, replace(filters, since="", until=""), by=by, unit=unit, held=held)
        carried = report_rows.carrying(db, within, found, by=by, trackers=kind == "tracker")
        return _rows(names, remembered(db, shared, cut, large=True), carried, layout, kept, by_insight=by_insight)

    # Without their names: a theme that is called otherwise is counted as before.
    key = ("rows", shared, kind, key_of((within,)), tuple(names))
    rows = tuple(_called(row, *names[row.theme_id]) for row in remembered(db, key, counted_rows))
    if kind != "tracker" and not by and unit == "conversation" and not filters.published:
        changed = restated.since(db, filters, kind=kind, period=spans.previous)
        rows = tuple(replace(row, restated=changed.get(row.theme_id)) for row in rows)
    counted = distinct(dated.meeting[dated.day >= dated.first_of(first.isoformat())])
    undated = distinct(exposures.meeting) - distinct(exposures.meeting[usable])
    waiting = None
    if kind != "tracker":
        now, before = (report_rows.waiting(db, within, period) for period in (spans.current, spans.previous))
        waiting = Waiting(*now, *before)
    return TrendReport(
        kind, by, step, as_of, spans.current, spans.previous, periods, counted, undated, rows, filters,
        unit, windows, spans.year_ago, like, held if unit == "conversation" else (*held, TALKS), waiting,
        _hole(db, filters.published, spans.previous, spans.current),
    )  # fmt: skip


@per_state
def _hole(db: Database, published: str, previous: Period, current: Period) -> Period | None:
    # Of all conversations, once for all filters: what a filter leaves has holes of its own.
    every = exposure_rows.exposures(db, Filters(published=published))
    said = (every.days[n] for n in np.unique(every.day))
    first, last = previous.start.isoformat(), current.end.isoformat()
    return hole([date.fromisoformat(day) for day in said if first <= day <= last], previous, current)


@per_state
def breakdown(db: Database, filters: Filters, *, by: str, period: Period) -> list[tuple[str, Rate]]:
    """What `filters` say (a theme, say) as a share within each value of `by`, the value with most conversations first.

    Values in which it was not heard are there too, with a share of 0; denominators are as in `trend_report`.
    """
    within = replace(filters, since=period.start.isoformat(), until=period.end.isoformat())
    found = exposure_rows.exposures(db, within, by=by)
    carried: dict[str, set[int]] = defaultdict(set)
    for hit in report_rows.hits(db, within, by=by):
        carried[hit.split].add(found.number.get(hit.conversation_id, -1))
    if by in splits.INSIGHT_SPLITS:
        groups = dict.fromkeys(carried, np.arange(len(found)))
    else:
        codes = found.split.codes
        groups = {found.split.values[code]: np.flatnonzero(codes == code) for code in np.unique(codes).tolist()}
    rates = []
    for value, group in groups.items():
        accounts = found.cluster[group]
        heard = np.isin(found.meeting[group], list(carried[value]))
        rates.append((value, sampling.rate(Sample(sampling.counted(accounts[heard]), sampling.counted(accounts)))))
    return sorted(rates, key=lambda pair: (-pair[1].denominator, -pair[1].numerator, pair[0]))


@per_state
def span_of(db: Database, filters: Filters, today: date) -> tuple[date, int]:
    """The last day of the windows, and how many days they have where nobody chose; of the filters only From and To count.
    Were it the newest conversation that matches, two cuts of the same day would compare different days."""
    found = exposure_rows.exposures(db, Filters(published=filters.published))
    found = found.where(found.between(EARLIEST.isoformat(), today.isoformat())[found.day])
    if not len(found):
        return today, QUARTER_DAYS
    newest = found.days[found.day.max()]  # after it nothing is known
    as_of = date.fromisoformat(min(filters.until or newest, newest))
    return as_of, _default_days(found, as_of, filters.since)


def _within(own: TrendReport, whole: TrendReport) -> TrendReport:
    """A report on one theme, as sure as it is among all that are tested with it."""
    known = {(row.theme_id, row.split): row.trend.change for row in whole.rows}
    tested = whole.tested or sum(change.p is not None for change in known.values())
    q_values = (trends.q_among(row.trend.change, known.get((row.theme_id, row.split)), tested) for row in own.rows)
    rows = tuple(replace(row, trend=trends.rejudged(row.trend, q)) for row, q in zip(own.rows, q_values, strict=True))
    return replace(own, rows=rows, tested=tested)


def judged_together(reports: Sequence[TrendReport]) -> Sequence[TrendReport]:
    """Reports of several kinds with false discoveries controlled over all of them, those of segments by themselves; a
    change that is certain only among its own kind is none. Reports of one kind are left as they are."""
    if len({report.kind for report in reports}) < 2:
        return reports
    found = list(reports)
    for split in (False, True):
        family = [n for n, report in enumerate(reports) if bool(report.by) == split]
        p_values = [row.trend.change.p for n in family for row in reports[n].rows]
        q_values, tested = iter(trends.adjusted(p_values)), sum(p is not None for p in p_values)
        for n in family:
            rows = tuple(replace(row, trend=trends.rejudged(row.trend, next(q_values))) for row in reports[n].rows)
            found[n] = replace(reports[n], rows=rows, tested=tested)
    return found


@dataclass(frozen=True, slots=True)
class _Layout:
    """The stretches of days that every theme is counted in: current, previous, a year ago, perhaps `like`, the
    periods."""

    parts: tuple[Period, ...]
    with_like: bool


def _rows(
    ids: Collection[int], among: Mapping[str, Stretches], found: Mapping[tuple[int, str], Carrying],
    layout: _Layout, kept: Kept, *, by_insight: bool,
) -> tuple[Row, ...]:  # fmt: skip
    keys = sorted(key for key in found if key[0] in ids)
    whole = next(iter(among.values()))
    nothing = stretches.sorted_in(whole.exposures.where(np.zeros(0, np.int64)), layout.parts, kept)
    start = layout.parts[CURRENT].start.isoformat()
    said = [
        stretches.carried(among.get("" if by_insight else split, nothing), found[theme, split].meetings, start, kept)
        for theme, split in keys
    ]
    earlier = [one.before for one in said]
    pairs = [(one.samples[PREVIOUS], one.samples[CURRENT]) for one in said]
    within, changes = [one.since_before for one in said], [one.changes[0] for one in said]
    judged = trends.trends(pairs, ever_before=earlier, within=within, changes=changes)
    pairs = [(one.samples[YEAR_AGO], one.samples[CURRENT]) for one in said]
    within, changes = [one.since_year for one in said], [one.changes[1] for one in said]
    years = trends.trends(pairs, ever_before=earlier, within=within, changes=changes)
    rows = []
    for key, trend, year, one in zip(keys, judged, years, said, strict=True):
        spoke = bool(one.samples[YEAR_AGO].denominator)
        rows.append(
            Row(
                key[0], "", "", key[1], trend, year.previous if spoke else None,
                tuple(one.rates[layout.with_like :]), found[key].insights, year if spoke else None,
                one.since_before, one.rates[0] if layout.with_like else None,
            )
        )  # fmt: skip
    return tuple(sorted(rows, key=by_frequency))


def by_frequency(row: Row) -> tuple[int, int, int, str]:
    """What rows are sorted by where nobody chose: the most frequent in the current window first."""
    return -row.trend.current.numerator, -row.insights, row.theme_id, row.split


def ordered(report: TrendReport, order: Order) -> TrendReport:
    """The report with its rows by their change, the largest rise or fall in points first, sure or not; what nothing is
    known of before comes last, and of equal changes the most frequent first."""
    if order == "frequent":
        return report
    sign = -1 if order == "rising" else 1

    def place(row: Row) -> tuple[bool, float]:
        moved = row.trend.change.difference
        return moved is None, sign * (moved or 0.0)

    return replace(report, rows=tuple(sorted(report.rows, key=place)))


def _called(row: Row, name: str, label: str) -> Row:
    return replace(row, name=name, label=label)


def _names(db: Database, kind: Subject) -> dict[int, tuple[str, str]]:
    """Name and label of every theme, or tracker, that the report may list."""
    if kind == "tracker":
        return {saved.id: (saved.tracker.name, "") for saved in trackers.every(db)}
    return {theme.id: (theme.name, theme.label) for theme in themes.active(db, kind)}


def _held(db: Database, by: str, unit: Unit) -> tuple[str, ...]:
    """The fields whose mix is held constant: the customers' segment, where it is known, and the kind of conversation
    (one account has several)."""
    segment = segment_field(db, most_values=MOST_STRATA_VALUES)
    kind = "channel" if unit == "conversation" else ""
    return tuple(name for name in (segment, kind) if name and name != by)


def segment_field(db: Database, *, most_values: int) -> str:
    """The uploads' own field that says what kind of customer it is, "" where none does."""
    known = facets.field_names(db, most_values=most_values)
    return next((field for name in SEGMENTS if (field := facets.meant(name, known))), "")


def _like(periods: Sequence[Period]) -> Period | None:
    """As many days of the period before as the unfinished last one has."""
    if len(periods) < 2 or periods[-1].complete:
        return None
    last, before = periods[-1], periods[-2]
    end = min(before.start + (last.end - last.start), before.end)
    return Period(before.label, before.start, end, False)


def _default_days(found: Exposures, as_of: date, since: str) -> int:
    if EARLIEST.isoformat() < since <= as_of.isoformat():
        chosen = (as_of - date.fromisoformat(since)).days + 1
        before = window(date.fromisoformat(since) - timedelta(days=1), chosen)
        if found.between(before.start.isoformat(), before.end.isoformat())[found.day].any():
            return chosen
    quarter = window(as_of, QUARTER_DAYS)
    held = np.count_nonzero(found.between(quarter.start.isoformat(), quarter.end.isoformat())[found.day])
    return QUARTER_DAYS if held >= FEW_CONVERSATIONS else HALF_YEAR_DAYS
