"""What the HTTP interface answers with where shares are told: rates with their intervals, changes, the trend report."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from pydantic import BaseModel, Field

from insights import periods, sampling, trends
from pipelines.report import Row, TrendReport
from pipelines.reports import cuts as cutting
from pipelines.reports import summary as summaries
from pipelines.reports.annotations import NOTHING, Noted
from pipelines.reports.summary import Summary


class Rate(BaseModel):
    """A share of conversations in [0, 1] with its numerator, denominator and 95 % interval; null where none was."""

    share: float | None
    numerator: int
    denominator: int
    low: float | None
    high: float | None


class Change(BaseModel):
    """Current minus previous share in [-1, 1] with its 95 % interval; `q` is adjusted for the false discovery rate."""

    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    q: float | None


class Period(BaseModel):
    """Days from `start` to `end`, both inclusive; `complete` is false while the last of them is still to come."""

    label: str
    start: date
    end: date
    complete: bool


class Within(BaseModel):
    """The change among like conversations in [-1, 1] with its interval, and `mix`, the rest of the change."""

    difference: float
    low: float
    high: float
    p: float
    mix: float
    strata: int


class OverYear(BaseModel):
    """The current window against the same days a year ago."""

    change: Change
    verdict: str
    reason: str


class Restated(BaseModel):
    """What the previous window was first counted as, and what edits of themes and later uploads changed since."""

    numerator: int
    denominator: int
    edits: int
    late: int


class TrendRow(BaseModel):
    """A theme (within one value of `by`, if set) with its verdict; `series` runs parallel to the report's `periods`.

    `like` is the rate that an unfinished last period is fairly compared with. A tracker's row has its id as `theme_id`.
    """

    theme_id: int
    theme: str
    label: str
    split: str
    verdict: str
    reason: str
    needed: int | None
    accounts: int
    insights: int
    current: Rate
    previous: Rate
    change: Change
    year_ago: Rate | None
    over_year: OverYear | None
    within: Within | None
    restated: Restated | None
    like: Rate | None
    series: list[Rate]


class Story(BaseModel):
    """A change in sentences: what, how sure, what would make it wrong; `quotes` are ids of insights."""

    kind: str
    theme_id: int
    theme: str
    verdict: str
    what: str
    sure: str
    wrong: list[str]
    quotes: list[str]


class CutCell(BaseModel):
    """A theme's share in one column; `standing` is "more" or "less" where it differs from all others beyond chance."""

    rate: Rate
    standing: str


class CutColumn(BaseModel):
    """A value of the field, "" where it is not known, and how many were counted of it."""

    value: str
    counted: int


class Cut(BaseModel):
    """The report's rows, in their order, against the values of a field in the current window."""

    by: str
    columns: list[CutColumn]
    cells: list[list[CutCell]]
    left_out: int


class Waiting(BaseModel):
    """Quotes in no theme yet, of all quotes of each window; `uneven` where that alone moves rates by a tenth or more."""

    current: int
    current_quotes: int
    previous: int
    previous_quotes: int
    uneven: bool


class Happened(BaseModel):
    """Something that happened in a period of the report, by its number on charts; never given as a cause."""

    number: int
    id: int = Field(description="the annotation's id")
    text: str
    starts: str
    ends: str
    theme: int | None
    link: str


class Trends(BaseModel):
    """The trend report: every rate is a share of what `unit` says is counted.

    `mix` names the fields whose mix is held constant, `like` the days that an unfinished last period is compared with.
    """

    kind: str
    by: str
    step: str
    unit: str
    windows: str
    as_of: date
    current: Period
    previous: Period
    year_ago: Period | None
    like: Period | None
    periods: list[Period]
    conversations: int
    undated: int
    mix: list[str]
    filters: dict[str, str]
    summary: list[str]
    stories: list[Story]
    rows: list[TrendRow]
    cuts: list[Cut]
    waiting: Waiting | None = None
    hole: Period | None = None
    happened: list[Happened] = []


def of_report(
    report: TrendReport, summary: Summary, cuts: Sequence[cutting.Cut] = (), noted: Noted = NOTHING
) -> Trends:
    """The report as it goes over the wire."""
    year, like = report.year_ago, report.like
    return Trends(
        kind=report.kind, by=report.by, step=report.step, unit=report.unit, windows=report.windows, as_of=report.as_of,
        current=_period(report.current), previous=_period(report.previous), year_ago=_period(year) if year else None,
        like=_period(like) if like else None, periods=[_period(p) for p in report.periods],
        conversations=report.conversations, undated=report.undated, mix=list(report.mix), filters=report.filters.active,
        summary=list(summary.sentences), stories=[_story(story) for story in summary.stories],
        rows=[_row(row) for row in report.rows], cuts=[_cut(cut) for cut in cuts], waiting=_waiting(report),
        hole=_period(report.hole) if report.hole else None,
        happened=[
            Happened(
                number=mark.number, id=note.id, text=note.text, starts=note.starts, ends=note.ends, theme=note.theme_id,
                link=note.link
            )
            for mark, note in zip(noted.marks, noted.dated, strict=True)
        ],
    )  # fmt: skip


def _waiting(report: TrendReport) -> Waiting | None:
    found = report.waiting
    return Waiting(**asdict(found), uneven=found.uneven) if found else None


def _period(period: periods.Period) -> Period:
    return Period(label=period.label, start=period.start, end=period.end, complete=period.complete)


def _story(story: summaries.Story) -> Story:
    told = story.told
    return Story(
        kind=story.kind, theme_id=story.theme_id, theme=story.name, verdict=story.verdict, what=told.what,
        sure=told.sure,
        wrong=list(told.wrong), quotes=list(story.quotes),
    )  # fmt: skip


def _cut(cut: cutting.Cut) -> Cut:
    columns = [CutColumn(value=value, counted=counted) for value, counted in cut.columns]
    cells = [[CutCell(rate=_rate(cell.rate), standing=cell.standing) for cell in line] for line in cut.cells]
    return Cut(by=cut.by, columns=columns, cells=cells, left_out=cut.left_out)


def _row(row: Row) -> TrendRow:
    trend, year, held, stated = row.trend, row.over_year, row.within, row.restated
    over_year = OverYear(change=_change(year.change), verdict=year.verdict, reason=year.reason) if year else None
    return TrendRow(
        theme_id=row.theme_id, theme=row.name, label=row.label, split=row.split, verdict=trend.verdict,
        reason=trend.reason,
        needed=trend.needed, accounts=trend.accounts, insights=row.insights, current=_rate(trend.current),
        previous=_rate(trend.previous), change=_change(trend.change),
        year_ago=_rate(row.year_ago) if row.year_ago else None,
        over_year=over_year, within=Within(**asdict(held)) if held else None,
        restated=Restated(**asdict(stated)) if stated else None, like=_rate(row.like) if row.like else None,
        series=[_rate(rate) for rate in row.series],
    )  # fmt: skip


def _change(change: trends.Change) -> Change:
    return Change(**{name: _short(value) for name, value in asdict(change).items()})


def _rate(rate: sampling.Rate) -> Rate:
    return Rate(
        share=_short(rate.share), numerator=rate.numerator, denominator=rate.denominator, low=_short(rate.low),
        high=_short(rate.high),
    )  # fmt: skip


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
