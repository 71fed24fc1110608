"""What each page shows, as one value a page. HTML is a rendering of it; nothing is decided in a template."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Literal

from sqlite_utils import Database

from api import charts, splits
from api.errors import BadParameter, NotFound
from api.gate.rep_gate import hidden
from api.views import against as against_views
from api.views import annotation as annotation_views
from api.views import facts as facts_views
from api.views.against import AgainstPart
from api.views.annotation import Entry, Notes
from api.views.bars import Bar, bar
from api.views.facts import Facts
from api.views.themes import cards
from api.wording import words
from insights import sentences
from insights.estimates import Estimate
from insights.language.names import is_vendor
from insights.people import is_generic
from insights.records import KINDS, Kind
from insights.sampling import Rate
from pipelines.discover import BY_MEANING
from pipelines.report import Order, Row, Subject, TrendReport, Windows, breakdown, ordered, trend_report
from pipelines.reports import annotations, cuts, next_steps, summary
from pipelines.reports.cuts import Cut
from pipelines.reports.next_steps import Step
from pipelines.reports.summary import Alone, Story
from pipelines.reviews import precision
from pipelines.store import company, conversations, exposure_rows, insights, jobs, links, theme_lists, themes, trackers
from pipelines.store.conversations import StoredUtterance
from pipelines.store.covered import is_covered
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote
from pipelines.store.remembered import per_state
from pipelines.store.units import Unit
from pipelines.themes import proposals

TOP = 5
MOST_CHARTED = 6
WIDE, NARROW = 1000, 330
REPRESENTATIVE_QUOTES = 6
CHANGED = ("rising", "falling", "new", "gone")
SPLITS = ("persona", "seniority", "stage", "outcome", "channel", "voice")
MOST_PERIODS = 12
DEFAULT_CUTS = ("persona", "stage")
MOST_ROWS = 20
MOST_VALUES = 8
FEWEST_FOR_SCALE = 10


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

    kind: Kind
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


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an utterance and the quotes that cover it; pieces put together are the utterance."""

    text: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Said:
    utterance: StoredUtterance
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """A conversation to read; `generic` says which speakers' labels name nobody. `others` are counted with it,
    `candidates` may be the same meeting: a person should say. `working` are the corrections of sides that are being
    worked out."""

    facts: dict
    said: tuple[Said, ...]
    quotes: tuple[Quote, ...]
    generic: dict[str, bool]
    link: dict
    others: tuple[dict, ...]
    candidates: tuple[dict, ...]
    working: tuple[dict, ...]
    by_hand: Facts


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
    rows = {(report.kind, row.theme_id, row.split): (report, row) for report in judged for row in report.rows}
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
            next(iter(_found(db, story.quotes[:1])), None),
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
        tuple(_summary(report.kind, report) for report in found if report.rows),  # type: ignore[arg-type]
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
            charts.svg(charts.themes(found, top, palette=charts.PAGE, width=width, columns=columns, marks=notes.marks))
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
        tuple(Telling(story, _found(db, story.quotes)) for story in told.stories), told.more,
        listed[:MOST_ROWS], listed[MOST_ROWS:], scale(rows), wide, narrow,
        tuple(crossed), precision.of_themes(db) if kind != "tracker" else {},
        {saved.tracker.name: str(saved.id) for saved in trackers.every(db)},
        0 if found else exposure_rows.count(db, filters)["conversations"], notes,
        AgainstPart((), this, that, over, None),
    )  # fmt: skip


def shorter(found: TrendReport) -> TrendReport:
    """The report with its most frequent rows alone: what a table across the page holds."""
    return replace(found, rows=found.rows[:MOST_ROWS])


def _found(db: Database, ids: Sequence[str]) -> tuple[Quote, ...]:
    return tuple(quote for one in ids if (quote := insights.get(db, one)))


def conversation(db: Database, conversation_id: str) -> ConversationPage:
    loaded = conversations.load(db, conversation_id)
    if loaded is None:
        raise NotFound("conversation", conversation_id)
    facts, utterances = loaded
    found = insights.of_conversation(db, conversation_id)
    by_utterance: dict[str, list[Quote]] = {}
    for quote in found:
        by_utterance.setdefault(quote.utterance_id, []).append(quote)
    said = tuple(Said(u, pieces(u.text, by_utterance.get(u.id, []))) for u in utterances)
    generic = {u.speaker: is_generic(u.speaker) for u in utterances}
    others = tuple(links.of(db, conversation_id))
    working = tuple(job for job in jobs.unfinished(db, "sides") if _concerns(job, conversation_id))
    return ConversationPage(
        facts, said, tuple(found), generic, _link(facts), others, _candidates(db, facts), working,
        facts_views.facts(db, conversation_id),
    )  # fmt: skip


def _concerns(job: dict, conversation_id: str) -> bool:
    """Whether a job works out the sides of this conversation; [] stands for all of them."""
    return not job["arguments"]["conversations"] or conversation_id in job["arguments"]["conversations"]


def _link(facts: dict) -> dict:
    """Why a conversation is linked: primary and reasons, both empty where it is not."""
    return {"primary": "", "reasons": ()} | json.loads(facts["link"])


def _candidates(db: Database, facts: dict) -> tuple[dict, ...]:
    ids = json.loads(facts["link"]).get("candidates", ())
    rows = [loaded[0] for i in ids if (loaded := conversations.load(db, i))]
    return tuple({key: row[key] for key in ("id", "kind", "title", "occurred_at", "rep")} for row in rows)


def pieces(text: str, found: list[Quote]) -> tuple[Piece, ...]:
    """Cut a text at the borders of its quotes, which may overlap."""
    borders = sorted({0, len(text), *(b for q in found for b in (q.start, q.end))})
    return tuple(
        Piece(text[begin:end], tuple(q for q in found if q.start <= begin and end <= q.end))
        for begin, end in pairwise(borders)
    )


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


def _summary(kind: Kind, report: TrendReport) -> Summary:
    vendors = [row for row in report.rows if kind != "competitor" or is_vendor(row.name)]
    top = tuple(vendors[:TOP])
    apart = tuple(row for row in report.rows if row not in vendors)[:TOP]
    return Summary(kind, report, top, apart, scale([*top, *apart]), len(report.rows) - len(top) - len(apart))


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
    own = [name for name in conversations.filter_names(db, most_values=12) if name not in kept]
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
