"""Reports over what is stored: periods, rates, verdicts. Every figure is a share with its numerator and denominator."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from sqlite_utils import Database

from insights import mix, trends
from insights.outcomes import talks
from insights.periods import Period, calendar, compared, window
from insights.records import Kind
from insights.trends import Rate, Sample, Sums, Trend, Within
from pipelines import restated
from pipelines.restated import Restated
from pipelines.store import conversations, report_rows, themes, trackers
from pipelines.store.filters import Filters
from pipelines.store.remembered import key_of, per_state, remembered
from pipelines.store.report_rows import APART, Carrying, Exposure
from pipelines.store.units import Unit

Subject = Kind | Literal["tracker"]
Windows = Literal["rolling", "quarter"]

SUBJECTS: tuple[Subject, ...] = ("objection", "question", "competitor", "tracker")
QUARTER_DAYS, HALF_YEAR_DAYS = 91, 182
FEW_CONVERSATIONS = 150
# Nobody recorded a sales call before; an earlier date in an upload is a placeholder or a slip.
EARLIEST = date(1990, 1, 1)
MOST_PERIODS = 260
# Whose mix is held constant, where uploads have one of these columns; the kind of conversation always is.
SEGMENTS = ("segment", "market_segment", "customer_segment", "company_size", "size", "tier", "region", "industry")
MOST_STRATA_VALUES = 12
MOVED_BY_WAITING = 0.1
BOTH = " + "
# How many times as often accounts may speak in one window as in the other before their shares say nothing.
SPOKEN_ALIKE = 1.25
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
    whose mix is held constant. `waiting` says how many quotes of the windows are in no theme, None for trackers.
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
    """Compare the last `days` days with as many before, and count every `step` of the time that the filters allow.

    The last day is that of the newest conversation, never after `filters.until` or `today`. `days` defaults to
    a quarter, or half a year where a quarter holds fewer than 150 conversations; `windows="quarter"` compares calendar
    quarters instead, an unfinished one with as many days of the one before. `by` splits every theme: "relation",
    "label" or "voice" keep the denominator of all conversations; a fact of the conversation (persona, stage, outcome,
    segment, a competitor or tracker found in it, ...) has each value's own. `unit` is what is counted. Returns None
    when no dated conversation matches.
    """
    # The windows look back as far as they must: `since` shortens the series, not what a change is measured against.
    held = _held(db, by, unit)
    exposures = report_rows.conversations(db, replace(filters, since="", until=""), by=by, unit=unit, held=held)
    earliest, latest = EARLIEST.isoformat(), today.isoformat()
    usable = [e for e in exposures if earliest <= e.day <= latest]
    dated = [e for e in usable if not filters.until or e.day <= filters.until]
    if not dated or filters.since > max(e.day for e in dated):
        return None
    as_of = date.fromisoformat(max(e.day for e in dated))
    spans = compared(as_of, days=days or _default_days(dated, as_of), quarter=windows == "quarter")
    first = date.fromisoformat(max(filters.since, min(e.day for e in dated)))
    periods = calendar(first, as_of, step=step)[-MOST_PERIODS:]
    within = replace(
        filters, kind="" if kind == "tracker" else kind, since=EARLIEST.isoformat(), until=as_of.isoformat()
    )
    carried = report_rows.carrying(db, within, by=by, trackers=kind == "tracker")
    like = _like(periods)
    layout = _Layout((spans.current, spans.previous, spans.year_ago, *([like] if like else []), *periods), bool(like))
    by_insight = by in report_rows.INSIGHT_SPLITS
    # All kinds of theme are counted among the same conversations.
    shared = ("cuts", key_of((report_rows.of_conversations(filters), by, unit, held, today, layout)))
    cuts = remembered(db, shared, lambda: _cuts(dated, layout, by_insight=by_insight), large=True)
    rows = _rows(_names(db, kind), cuts, carried, layout, by_insight=by_insight)
    if kind != "tracker" and not by and unit == "conversation" and not filters.published:
        changed = restated.since(db, filters, kind=kind, period=spans.previous)
        rows = tuple(replace(row, restated=changed.get(row.theme_id)) for row in rows)
    counted = {e.id for e in dated if e.day >= first.isoformat()}
    undated = {e.id for e in exposures} - {e.id for e in usable}
    waiting = None
    if kind != "tracker":
        now, before = (report_rows.waiting(db, within, period) for period in (spans.current, spans.previous))
        waiting = Waiting(*now, *before)
    return TrendReport(
        kind, by, step, as_of, spans.current, spans.previous, periods, len(counted), len(undated), rows, filters,
        unit, windows, spans.year_ago, like, held if unit == "conversation" else (*held, TALKS), waiting,
    )  # fmt: skip


@per_state
def breakdown(db: Database, filters: Filters, *, by: str, period: Period) -> list[tuple[str, Rate]]:
    """What `filters` say (a theme, say) as a share within each value of `by`, the value with most conversations first.

    Values in which it was not heard are there too, with a share of 0; denominators are as in `trend_report`.
    """
    within = replace(filters, since=period.start.isoformat(), until=period.end.isoformat())
    exposures = report_rows.conversations(db, within, by=by)
    carried: dict[str, set[str]] = defaultdict(set)
    for hit in report_rows.hits(db, within, by=by):
        carried[hit.split].add(hit.conversation_id)
    groups: dict[str, list[Exposure]] = defaultdict(list)
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


@per_state
def default_days(db: Database, filters: Filters, today: date) -> int:
    """How long the windows are where nobody chose: a quarter, or half a year where a quarter holds too little."""
    found = report_rows.conversations(db, replace(filters, since="", until=""))
    usable = [e for e in found if EARLIEST.isoformat() <= e.day <= (filters.until or today.isoformat())]
    return _default_days(usable, date.fromisoformat(max(e.day for e in usable))) if usable else QUARTER_DAYS


@dataclass(frozen=True, slots=True)
class _Layout:
    """The stretches of days that every theme is counted in: current, previous, a year ago, perhaps `like`, the periods."""

    parts: tuple[Period, ...]
    with_like: bool

    @property
    def series(self) -> int:
        return 4 if self.with_like else 3


CURRENT, PREVIOUS, YEAR_AGO, LIKE = range(4)
COMPARED = (CURRENT, PREVIOUS, YEAR_AGO)


def _cuts(exposures: Sequence[Exposure], layout: _Layout, *, by_insight: bool) -> dict[str, "_Cut"]:
    """The conversations of each split, sorted into the stretches of days."""
    by_split: dict[str, list[Exposure]] = defaultdict(list)
    for e in exposures:
        by_split["" if by_insight else e.split].append(e)
    return {split: _Cut(group, layout.parts) for split, group in by_split.items()}


def _rows(
    names: Mapping[int, tuple[str, str]], cuts: Mapping[str, "_Cut"], found: Mapping[tuple[int, str], Carrying],
    layout: _Layout, *, by_insight: bool,
) -> tuple[Row, ...]:  # fmt: skip
    carried = {key: one.conversations for key, one in found.items()}
    nothing = _Cut([], layout.parts)
    keys = sorted(key for key in carried if key[0] in names)
    chosen = [cuts.get("" if by_insight else split, nothing) for _, split in keys]
    samples = [cut.samples(carried[key]) for cut, key in zip(chosen, keys, strict=True)]
    both = [cut.within(carried[key], s) for cut, key, s in zip(chosen, keys, samples, strict=True)]
    held, year_held = [pair[0] for pair in both], [pair[1] for pair in both]
    start = layout.parts[CURRENT].start.isoformat()
    earlier = [cut.heard_before(carried[key], start) for cut, key in zip(chosen, keys, strict=True)]
    judged = trends.trends([(s[PREVIOUS], s[CURRENT]) for s in samples], ever_before=earlier, within=held)
    years = trends.trends([(s[YEAR_AGO], s[CURRENT]) for s in samples], ever_before=earlier, within=year_held)
    rows = []
    for key, trend, year, s, mixed in zip(keys, judged, years, samples, held, strict=True):
        spoke = bool(s[YEAR_AGO].denominator)
        rows.append(
            Row(
                key[0], *names[key[0]], key[1], trend, year.previous if spoke else None,
                tuple(map(trends.rate, s[layout.series :])), found[key].insights, year if spoke else None, mixed,
                trends.rate(s[LIKE]) if layout.with_like else None,
            )
        )  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (-row.trend.current.numerator, -row.insights, row.theme_id, row.split)))


class _Cut:
    """One split's conversations, sorted once into all stretches of days; themes then only add what carries them."""

    def __init__(self, exposures: Sequence[Exposure], parts: Sequence[Period]):
        self.of = {e.id: e for e in exposures}
        days = [(part.start.isoformat(), part.end.isoformat()) for part in parts]
        self.places: dict[str, list[int]] = {}
        units: list[dict[str, set[str]]] = [defaultdict(set) for _ in parts]
        # Whether accounts or deals are counted, and per window which conversations each has, with their strata.
        self.joint = any(e.unit != e.id for e in exposures)
        self.heard_as: list[dict[str, dict[str, str]]] = [defaultdict(dict) for _ in COMPARED]
        # Days repeat: a report has thousands of conversations on a few hundred days.
        known: dict[str, list[int]] = {}
        for e in exposures:
            within = known.get(e.day)
            if within is None:
                within = known[e.day] = [n for n, (start, end) in enumerate(days) if start <= e.day <= end]
            self.places[e.id] = within
            for n in within:
                units[n][e.cluster].add(e.unit)
                if n in COMPARED:
                    self.heard_as[n][e.unit][e.id] = e.stratum
        self.sizes = [{account: len(found) for account, found in part.items()} for part in units]
        self.sums: list[Sums] = [trends.summed(sizes) for sizes in self.sizes]
        # Where conversations are counted, each is one: its account, its stretches of days and its stratum.
        self.plain = {} if self.joint else {e.id: (e.cluster, self.places[e.id], e.stratum) for e in exposures}
        self.strata = self._stratified(exposures)
        self.strata_sums = {s: [trends.summed(sizes) for sizes in parts] for s, parts in self.strata.items()}

    def _stratified(self, exposures: Sequence[Exposure]) -> dict[str, list[dict[str, int]]]:
        """Per stratum, the sizes of its accounts in the current window, the previous one and that of a year ago."""
        found: dict[str, list[dict[str, set[str]]]] = {}
        for e in exposures:
            for n in self.places[e.id]:
                if n in COMPARED:
                    found.setdefault(self._stratum(n, e), [defaultdict(set) for _ in COMPARED])[n][e.cluster].add(
                        e.unit
                    )
        return {s: [{a: len(u) for a, u in part.items()} for part in parts] for s, parts in found.items()}

    def _stratum(self, part: int, e: Exposure) -> str:
        """The one stratum of what is counted. An account's or a deal's holds how often it spoke: who speaks more often
        carries more, though nothing has changed."""
        if not self.joint:
            return e.stratum
        known = self.heard_as[part][e.unit]
        return APART.join((BOTH.join(sorted(set(known.values()))), talks(len(known))))

    def samples(self, carrying: Iterable[str]) -> list[Sample]:
        """One Sample a stretch of days, from the ids of the conversations that carry a theme, each once."""
        if not self.joint:
            counts: list[dict[str, int]] = [{} for _ in self.sizes]
            for i in carrying:
                if known := self.plain.get(i):
                    cluster, places, _ = known
                    for n in places:
                        part = counts[n]
                        part[cluster] = part.get(cluster, 0) + 1
            return [Sample(*each) for each in zip(counts, self.sizes, self.sums, strict=True)]
        units: list[dict[str, set[str]]] = [defaultdict(set) for _ in self.sizes]
        for i in carrying:
            if e := self.of.get(i):
                for n in self.places[i]:
                    units[n][e.cluster].add(e.unit)
        return [
            Sample({a: len(found) for a, found in part.items()}, sizes, sums)
            for part, sizes, sums in zip(units, self.sizes, self.sums, strict=True)
        ]

    def within(self, carrying: Iterable[str], samples: Sequence[Sample]) -> tuple[Within | None, Within | None]:
        """The change since the previous window, and since a year ago, with the mix held constant; None with one stratum."""
        if len(self.strata) < 2:
            return self._unlike(PREVIOUS, samples), self._unlike(YEAR_AGO, samples)
        counts = self._counted(carrying)
        parts = {
            stratum: [
                Sample(*each)
                for each in zip(
                    counts.get(stratum, [{}] * len(COMPARED)), sizes, self.strata_sums[stratum], strict=True
                )
            ]
            for stratum, sizes in self.strata.items()
        }
        since_before, since_year = (
            self._unlike(n, samples)
            or mix.within({s: (part[n], part[CURRENT]) for s, part in parts.items()}, samples[n], samples[CURRENT])
            for n in (PREVIOUS, YEAR_AGO)
        )
        return since_before, since_year

    def _counted(self, carrying: Iterable[str]) -> dict[str, list[dict[str, int]]]:
        """Per stratum and compared window, how many of the carrying ones each account has."""
        if not self.joint:
            counts: dict[str, list[dict[str, int]]] = {}
            for i in carrying:
                if known := self.plain.get(i):
                    cluster, places, stratum = known
                    for n in places:
                        if n in COMPARED:
                            part = counts.setdefault(stratum, [{} for _ in COMPARED])[n]
                            part[cluster] = part.get(cluster, 0) + 1
            return counts
        units: dict[str, list[dict[str, set[str]]]] = {}
        for i in carrying:
            if e := self.of.get(i):
                for n in self.places[i]:
                    if n in COMPARED:
                        found = units.setdefault(self._stratum(n, e), [defaultdict(set) for _ in COMPARED])
                        found[n][e.cluster].add(e.unit)
        return {s: [{a: len(u) for a, u in part.items()} for part in parts] for s, parts in units.items()}

    def _unlike(self, before: int, samples: Sequence[Sample]) -> Within | None:
        """No change at all where accounts, or deals, spoke so much more or less often that they cannot be compared."""
        then, now = self.heard_as[before], self.heard_as[CURRENT]
        if not self.joint or not then or not now:
            return None
        often = sum(map(len, now.values())) / len(now) / (sum(map(len, then.values())) / len(then))
        if 1 / SPOKEN_ALIKE <= often <= SPOKEN_ALIKE:
            return None
        moved = samples[CURRENT].numerator / len(now) - samples[before].numerator / len(then)
        return Within(0.0, -1.0, 1.0, 1.0, moved, 1)

    def heard_before(self, carrying: Iterable[str], start: str) -> bool:
        return any(i in self.of and self.of[i].day < start for i in carrying)


def _names(db: Database, kind: Subject) -> dict[int, tuple[str, str]]:
    """Name and label of every theme, or tracker, that the report may list."""
    if kind == "tracker":
        return {saved.id: (saved.tracker.name, "") for saved in trackers.every(db)}
    return {theme.id: (theme.name, theme.label) for theme in themes.active(db, kind)}


def _held(db: Database, by: str, unit: Unit) -> tuple[str, ...]:
    """The fields whose mix is held constant: the customers' segment, where it is known, and the kind of conversation
    (one account has several)."""
    known = conversations.field_names(db, most_values=MOST_STRATA_VALUES)
    segment = next((name for name in SEGMENTS if name in known), "")
    kind = "channel" if unit == "conversation" else ""
    return tuple(name for name in (segment, kind) if name and name != by)


def _like(periods: Sequence[Period]) -> Period | None:
    """As many days of the period before as the unfinished last one has."""
    if len(periods) < 2 or periods[-1].complete:
        return None
    last, before = periods[-1], periods[-2]
    end = min(before.start + (last.end - last.start), before.end)
    return Period(before.label, before.start, end, False)


def _default_days(exposures: Sequence[Exposure], as_of: date) -> int:
    quarter = window(as_of, QUARTER_DAYS)
    start, end = quarter.start.isoformat(), quarter.end.isoformat()
    return QUARTER_DAYS if sum(start <= e.day <= end for e in exposures) >= FEW_CONVERSATIONS else HALF_YEAR_DAYS
