"""The overview as one value: what changed and how sure that is, what to do next, and what is said most."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlite_utils import Database

from api.views import annotation as annotation_views
from api.views.annotation import Entry
from api.views.bars import Bar, bar
from api.views.report import quotes_of, scale
from api.views.themes import cards
from api.wording import words
from insights import sentences
from insights.language.names import is_vendor
from insights.records import KINDS
from pipelines.discover import BY_MEANING
from pipelines.report import Row, Subject, TrendReport, trend_report
from pipelines.reports import next_steps, summary
from pipelines.reports.next_steps import Step
from pipelines.reports.summary import Alone, Story
from pipelines.store import exposure_rows, insights, jobs, theme_lists, themes
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote
from pipelines.store.remembered import per_state
from pipelines.themes import proposals

TOP = 5


@dataclass(frozen=True, slots=True)
class Change:
    """A theme with what is said of its change, the figures behind it, and the quote that stands for it best. `story` is
    None where too little is known to say anything. `alone` is what it does in one segment looked at by itself,
    `overall` what it does over all where one segment is shown."""

    kind: Subject
    row: Row
    report: TrendReport
    story: Story | None = None
    quote: Quote | None = None
    alone: tuple[Alone, ...] = ()
    overall: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """The top themes of one kind; `scale` is the share at the right end of their bars. `apart` are those of the
    competitors that are no vendors."""

    kind: Subject
    report: TrendReport
    rows: tuple[Row, ...]
    apart: tuple[Row, ...]
    scale: float
    more: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What changed, the surest first, and how sure that is; what to do next; then what is said most. `report` is None
    where nothing has a date. `more` changes are in the reports; `leaning` have an interval without zero and yet no verdict; `happened` are the notes of the windows compared. `aged`
    says how old what is stored is and where nobody was heard for long, "" where all is well, `apart` why more or fewer themes are compared than `totals` count, `same` names pairs of
    themes that may be one, `twins` the same by theme, see `cards.twins`. `forgotten` is as in Summary. `being_read` says that an upload or its mining is at work, `nothing_before` that no
    conversation is of the window before."""

    bar: Bar
    report: TrendReport | None
    changes: tuple[Change, ...]
    more: int
    steady: int
    too_few: tuple[Change, ...]
    leaning: tuple[Change, ...]
    summaries: tuple[Summary, ...]
    totals: tuple[tuple[str, int], ...]
    waiting: int
    empty: bool
    steps: tuple[Step, ...]
    happened: tuple[Entry, ...]
    aged: str
    apart: str
    same: tuple[tuple[str, str], ...]
    twins: Mapping[int, tuple[tuple[str, str], ...]]
    forgotten: str
    being_read: bool
    nothing_before: bool


READING = ("ingest", "mine")  # jobs after which there are more themes


def overview(db: Database, filters: Filters, today: date) -> Overview:
    """What everybody may see is worked out once for all; the filters that are offered are each visitor's own, and how
    far work is changes every second."""
    being_read = any(job["kind"] in READING for job in jobs.unfinished(db))
    return replace(_overview(db, filters, today), bar=bar(db, filters), being_read=being_read)


@per_state
def _overview(db: Database, filters: Filters, today: date) -> Overview:
    found = [each for kind in KINDS if (each := trend_report(db, filters, kind=kind, today=today))]
    judged = summary.with_segments(db, found, today=today)
    told = summary.of_reports(db, judged)
    # What names no segment is a row of the split report with an empty value, as a theme over all has one.
    rows = {
        (report.kind, row.theme_id, row.split): (report, row)
        for report in judged for row in report.rows if bool(row.split) == bool(report.by)
    }  # fmt: skip
    alone = summary.by_themselves(db, judged, today=today)
    overall = {
        (report.kind, key): text for report in found for key, text in summary.over_all(db, report, today=today).items()
    }
    changes = [
        Change(
            story.kind,
            row,
            report,
            story,
            next(iter(quotes_of(db, story.quotes[:1])), None),
            overall=overall.get((story.kind, story.theme_id), ""),
        )
        for story in told.stories
        for report, row in [rows[(story.kind, story.theme_id, next(iter(story.split.values()), ""))]]
    ]
    # A theme that changed in one segment is told there, and counted once.
    whole = [
        (report, row) for report in judged if not report.by for row in report.rows if (report.kind, row.theme_id) not in told.changed
    ]  # fmt: skip
    unsure = [
        Change(report.kind, row, report, alone=alone.get((report.kind, row.theme_id), ()))
        for report, row in whole if row.trend.verdict == "too few"
    ]  # fmt: skip
    names = theme_lists.names(db)
    counts, quoted = exposure_rows.count(db, filters), insights.count(db, filters)["insights"]
    active = themes.counts(db, filters).keys() & {theme.id for theme in themes.active(db)}
    compared = {row.theme_id for _, row in whole} | {theme for _, theme in told.changed}
    any_report = next(iter(found), None)
    undated = any_report.undated if any_report else counts["conversations"]
    return Overview(
        Bar((), (), filters, ()), any_report, tuple(changes), told.more,
        sum(row.trend.verdict == "steady" for _, row in whole),
        tuple(one for one in unsure if not one.row.trend.leaning),
        tuple(one for one in unsure if one.row.trend.leaning),
        tuple(_summary(report.kind, report) for report in found if report.rows),
        tuple({**counts, "quotes": quoted, "themes": len(active)}.items()),
        insights.count(db, replace(filters, theme="none", kind=",".join(BY_MEANING)))["insights"],
        not exposure_rows.count(db, Filters())["conversations"],
        next_steps.steps(
            db, told.stories, as_of=any_report.as_of if any_report else None, today=today,
            conversations=counts["conversations"],
            undated=undated,
        ),
        annotation_views.within(db, any_report.previous.start, any_report.current.end) if any_report else (),
        _mind(db, any_report, today) if any_report else "",
        words.compared(len(compared), before=len(compared - active), undated=len(active - compared)) if any_report else "",
        tuple((names[p.content["into"]], names[p.content["other"]]) for p in proposals.merging(db)),
        cards.twins(db), told.forgotten, False,
        not any(row.trend.previous.denominator for each in found for row in each.rows),
    )  # fmt: skip


def _mind(db: Database, report: TrendReport, today: date) -> str:
    hole = sentences.hole(report.hole) if report.hole else ""
    return " ".join(filter(None, (next_steps.aged(db, report.as_of, today), hole)))


def _summary(kind: Subject, report: TrendReport) -> Summary:
    vendors = [row for row in report.rows if kind != "competitor" or is_vendor(row.name)]
    top = tuple(vendors[:TOP])
    apart = tuple(row for row in report.rows if row not in vendors)[:TOP]
    return Summary(kind, report, top, apart, scale([*top, *apart]), len(report.rows) - len(top) - len(apart))
