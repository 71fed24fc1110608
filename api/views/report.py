"""A report's page: one kind's trends in words, in pictures, in a table and in cuts; and a theme within each field's values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from sqlite_utils import Database

from api import charts, splits
from api.errors import BadParameter
from api.gate.rep_gate import hidden
from api.views import against as against_views
from api.views import annotation as annotation_views
from api.views.against import AgainstPart
from api.views.annotation import Notes
from api.views.bars import Bar, bar
from api.wording import words
from insights.estimates import Estimate
from insights.language.names import is_vendor
from insights.sampling import Rate
from pipelines.report import Order, Row, Subject, TrendReport, Windows, breakdown, ordered, trend_report
from pipelines.reports import annotations, cuts, summary
from pipelines.reports.cuts import Cut
from pipelines.reports.summary import Story
from pipelines.reviews import precision
from pipelines.store import company, exposure_rows, facets, insights, trackers
from pipelines.store.covered import is_covered
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote
from pipelines.store.remembered import per_state
from pipelines.store.units import Unit

MOST_CHARTED = 6
WIDE, NARROW = 1000, 330
CHANGED = ("rising", "falling", "new", "gone")
SPLITS = ("persona", "seniority", "stage", "outcome", "channel", "voice")
MOST_PERIODS = 12
DEFAULT_CUTS = ("persona", "stage")
MOST_ROWS = 20
MOST_VALUES = 8
FEWEST_FOR_SCALE = 10


@dataclass(frozen=True, slots=True)
class Telling:
    """A change in words with the two quotes that go with it."""

    story: Story
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One kind's trends: the summary, all themes, pictures of the top ones (wide and narrow), and cuts through them.

    `chosen` is what the address says beside the filters, `export` the same for the HTTP interface. `trackers` are the
    ids of trackers by name, for links, `undated` the conversations that match where none of them has a date.
    """

    kind: Subject
    bar: Bar
    report: TrendReport | None
    chosen: Mapping[str, str]
    export: Mapping[str, object]
    splits: tuple[str, ...]
    opening: tuple[str, ...]
    told: tuple[Telling, ...]
    more: int
    rows: tuple[Row, ...]
    folded: tuple[Row, ...]
    scale: float
    wide: str
    narrow: str
    cuts: tuple[Cut, ...]
    precision: Mapping[int, Estimate]
    trackers: Mapping[str, str]
    undated: int
    notes: Notes
    against: AgainstPart


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A theme's current share within each value of one field; `addresses`, parallel to `rates`, open the quotes
    counted."""

    by: str
    rates: tuple[tuple[str, Rate], ...]
    addresses: tuple[str, ...]
    left_out: int


def report(
    db: Database, filters: Filters, today: date, *, kind: Subject, by: Sequence[str], step: str, days: str, unit: Unit,
    noted: str = "", this: str = "", that: str = "", over: str = "", order: Order | Literal[""] = "",
) -> ReportPage:  # fmt: skip
    """The page of one kind; `days` is "" for the default windows, a number, or "quarter" for calendar quarters. What
    everybody may see is worked out once for all; what can be chosen is each visitor's own."""
    fields = tuple(_field(db, name) for name in by if name) or DEFAULT_CUTS
    told = _report(
        db, filters, today, kind=kind, by=by, fields=fields, step=step, days=days, unit=unit, noted=noted, this=this,
        that=that,
        over=over, order=order,
    )  # fmt: skip
    offered = bar(db, filters)
    against = against_views.part(db, told.report, offered, this, that, over)
    return replace(told, bar=offered, splits=_splits(db, kind), against=against)


@per_state
def _report(
    db: Database, filters: Filters, today: date, *, kind: Subject, by: Sequence[str], fields: Sequence[str], step: str,
    days: str,
    unit: Unit, noted: str, this: str, that: str, over: str, order: Order | Literal[""],
) -> ReportPage:  # fmt: skip
    windows: Windows = "quarter" if days == "quarter" else "rolling"
    length = int(days) if days.isdigit() else None
    found = trend_report(db, filters, kind=kind, today=today, step=step, days=length, unit=unit, windows=windows)
    rows = found.rows if found else ()
    listed = changed_first(rows)
    if found and order:
        listed = ordered(found, order).rows
    wide, narrow = ("", "")
    notes = annotation_views.of(
        db, annotations.of_report(db, found) if found else annotations.NOTHING, kind=kind, done=noted
    )
    told = summary.of_reports(db, summary.with_segments(db, [found] if found else [], today=today))
    if found and rows:
        top, _ = summary.charted(found, told.stories, most=MOST_CHARTED)
        wide, narrow = (
            charts.themes(found, top, width=width, columns=columns, marks=notes.marks)
            for width, columns in ((WIDE, 3), (NARROW, 1))
        )
    crossed = [cuts.cut(db, shorter(found), name) for name in dict.fromkeys(fields)] if found and rows else []
    crossed += [cuts.over_time(shorter(found), most=MOST_PERIODS)] if found and rows else []
    chosen = {
        "by": ",".join(filter(None, by)),
        "step": step if step != "month" else "",
        "days": days,
        "unit": unit if unit != "conversation" else "",
        "order": order,
    }
    export = {
        "kind": kind, "step": step, "unit": unit, "days": length, "windows": windows if windows != "rolling" else "",
        "cut": [*fields], "order": order,
        **{name: value if this and that else "" for name, value in (("this", this), ("that", that), ("over", over))},
    }  # fmt: skip
    return ReportPage(
        kind, Bar((), (), filters, ()), found, chosen, export, (), told.opening,
        tuple(Telling(story, quotes_of(db, story.quotes)) for story in told.stories), told.more,
        listed[:MOST_ROWS], listed[MOST_ROWS:], scale(rows), wide, narrow,
        tuple(crossed), precision.of_themes(db) if kind != "tracker" else {},
        {saved.tracker.name: str(saved.id) for saved in trackers.every(db)},
        0 if found else exposure_rows.count(db, filters)["conversations"], notes,
        AgainstPart((), this, that, over, None),
    )  # fmt: skip


def shorter(found: TrendReport) -> TrendReport:
    """The report with its most frequent rows alone: what a table across the page holds."""
    return replace(found, rows=found.rows[:MOST_ROWS])


def quotes_of(db: Database, ids: Sequence[str]) -> tuple[Quote, ...]:
    return tuple(quote for one in ids if (quote := insights.get(db, one)))


def scale(rows: Sequence[Row]) -> float:
    """The share at the right end of the bars of these rows: the smallest tenth that holds their intervals."""
    return scale_of([row.trend.current for row in rows])


def scale_of(rates: Sequence[Rate]) -> float:
    # An interval that rests on a handful would press all others together; its bar ends at the edge.
    heard = [rate for rate in rates if rate.numerator]
    highs = [(rate.high if rate.denominator >= FEWEST_FOR_SCALE else rate.share) or 0.0 for rate in heard]
    return min(1.0, max(1, -(-max(highs, default=0.1) // 0.1)) / 10)


def changed_first(rows: Sequence[Row]) -> tuple[Row, ...]:
    """What changed, the most first, then what moved but not for sure, then the others in their order."""
    first = [row for row in rows if row.trend.verdict in CHANGED or row.trend.leaning]
    first.sort(key=lambda row: (row.trend.leaning, -_moved(row)))
    return (*first, *(row for row in rows if row not in first))


def _moved(row: Row) -> float:
    return abs(row.trend.change.difference or 0.0)


def _field(db: Database, by: str) -> str:
    try:
        return splits.field(db, by)
    except splits.UnknownField as error:
        raise BadParameter("by", str(error)) from None


def _splits(db: Database, kind: Subject) -> tuple[str, ...]:
    """What who asks may split a report by."""
    return _splits_without(db, kind, hidden(db))


@per_state
def _splits_without(db: Database, kind: Subject, kept: frozenset[str]) -> tuple[str, ...]:
    insight_splits = ("relation", "voice") if kind == "competitor" else ("voice",)
    found = (
        "competitor",
        *(("tracker",) if trackers.every(db) else ()),
        *(("ours",) if company.load(db).products else ()),
    )
    own = [name for name in facets.filter_names(db, most_values=12) if name not in kept]
    rep = () if is_covered(db) or "rep" in kept else ("rep",)
    return (*(s for s in SPLITS if s != "voice"), *rep, *insight_splits, *found, *own)


def breakdowns(db: Database, filters: Filters, report: TrendReport) -> Iterator[Breakdown]:
    """A theme (that of `filters`) within the values of each field that the report may be split by."""
    tracked = {saved.tracker.name: str(saved.id) for saved in trackers.every(db)}
    for by in _splits(db, report.kind):
        rates = breakdown(db, filters, by=by, period=report.current)
        if by == "competitor":  # what is no vendor stands apart, after those that are
            rates = sorted(rates, key=lambda pair: not is_vendor(pair[0]))
            # That it is named where it is named says nothing, and stretches every bar's scale.
            if report.kind == "competitor":
                own = next((row.name for row in report.rows if str(row.theme_id) == filters.theme), "")
                rates = [pair for pair in rates if pair[0] not in ("", own)]
        if len(rates) > 1 and any(rate.numerator for _, rate in rates):
            shown = tuple(rates[:MOST_VALUES])
            addresses = (
                words.cell_link(report, int(filters.theme), by, value, tracked) if value else "" for value, _ in shown
            )
            yield Breakdown(by, shown, tuple(addresses), max(0, len(rates) - MOST_VALUES))
