"""What the HTTP interface answers with, as far as the records of the lower packages are not the answer themselves."""

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, Field

from api import words
from insights import periods, sampling, trends
from pipelines import cuts as cutting
from pipelines import summary as summaries
from pipelines.annotations import NOTHING, Noted
from pipelines.report import Row, TrendReport
from pipelines.store.conversations import StoredUtterance
from pipelines.store.insights import Quote
from pipelines.store.ledger import Recorded
from pipelines.store.themes import Theme
from pipelines.summary import Summary

T = TypeVar("T")


def one_line(text: str) -> str:
    """Text for a history or a name: control characters would reach terminals and tables."""
    if any(unicodedata.category(one) == "Cc" and not one.isspace() for one in text):
        raise ValueError("must not hold control characters")
    return text


Line = Annotated[str, AfterValidator(one_line)]


class Page(BaseModel, Generic[T]):
    """A part of a list. `next` is the value of `after` for the part that follows, null at the end."""

    items: list[T]
    next: str | None


class Words(BaseModel):
    """A quote for reading: the words, who said them where, and the address of their context."""

    id: str
    kind: str
    label: str
    text: str = Field(description="verbatim, never changed")
    voice: str
    source: str = Field(description="who said it, in which company and conversation, and when")
    theme_id: int | None
    theme: str
    context: str = Field(description="path of the page that shows it in its conversation")

    @staticmethod
    def of(quote: Quote) -> "Words":
        context = f"{words.link(f'/conversations/{quote.conversation_id}', {'quote': quote.id})}#u-{quote.position}"
        return Words(
            id=quote.id, kind=quote.kind, label=quote.label, text=quote.text, voice=quote.voice, source=words.source(quote),
            theme_id=quote.theme_id, theme=quote.theme, context=context,
        )  # fmt: skip


class ThemeWithCounts(BaseModel):
    """A theme and what of it matches the filters. `parent` is the theme that a sub-theme is part of, `into` the one that a
    merged theme went into; both are null for others. A theme's counts hold its sub-themes."""

    id: int
    kind: str
    name: str
    label: str
    keywords: list[str]
    status: str
    pinned: bool
    created_at: str
    parent: int | None
    into: int | None
    insights: int
    conversations: int
    accounts: int


class Counts(BaseModel):
    """How many quotes, and how many different conversations and accounts they come from."""

    insights: int
    conversations: int
    accounts: int


class Event(BaseModel):
    """One entry of a theme's ledger. `before` and `after` are the theme's own fields, `moved` the quotes that came or went.
    `undoes` is the event that this one took back, `undone_by` the one that took this one back."""

    id: int
    type: str
    at: str
    actor: str
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]
    moved: int
    undoes: int | None
    undone_by: int | None

    @staticmethod
    def of(told: Recorded, theme_id: int) -> "Event":
        edits = [edit for edit in told.event.edits if edit.theme == theme_id and edit.field != "shape"]
        return Event(
            id=told.id, type=told.event.type, at=told.at, actor=told.actor, reason=told.reason, moved=told.moved,
            before={edit.field: edit.before for edit in edits}, after={edit.field: edit.after for edit in edits},
            undoes=told.undoes, undone_by=told.undone_by,
        )  # fmt: skip


class ThemeDetail(BaseModel):
    """A theme with what is in it, its active sub-themes and its whole history, the oldest event first. `version` is to be
    sent along with a change, so that it is refused where somebody else changed the theme meanwhile."""

    theme: Theme
    counts: Counts
    subs: list[ThemeWithCounts]
    events: list[Event]
    version: int


class Rename(BaseModel):
    """A new name for a theme, who gives it, and why."""

    name: Line = Field(min_length=1, max_length=120)
    actor: Line = Field(default="api", min_length=1, max_length=80)
    reason: Line = Field(default="", max_length=500)
    version: int | None = Field(
        default=None, ge=0, le=2**62, description="the version that was seen: 409 where the theme was changed since"
    )


class ProblemRow(BaseModel):
    """Something of an upload that could not be read."""

    id: int
    file: str
    row: int | None
    reason: str
    advice: str
    kept: bool


class FileResult(BaseModel):
    """What came of one file of an upload: pieces = added + duplicates + problems, and `updated` of `added` replace an
    earlier version."""

    id: int
    file: str
    pieces: int
    added: int
    updated: int
    duplicates: int
    problems: int


class KnownPiece(BaseModel):
    """A piece of an upload that was known already, the conversation that it is ("" for a CRM record, or where it is gone)
    and the upload that brought it `first` (0 where none has it now)."""

    id: int
    file: str
    row: int | None
    kind: str
    conversation: str
    title: str
    day: str
    account: str
    first: int
    same_file: str = Field(default="", description="of what stands in the upload twice: the file that came in")
    same_row: int | None = None


class TableReading(BaseModel):
    """Tables of an upload that were read alike: by which `saved` columns ("" for none), which columns were taken for
    nothing, and which of date and account none of their conversations has."""

    files: list[str]
    tables: int
    conversations: int
    saved: str
    saved_at: str
    others: list[str]
    unread: list[str]
    missing: list[str]


class Batch(BaseModel):
    """One upload and what came of it. In `counts`, pieces = added + duplicates + problems, `updated` of
    `added` replace a version of an earlier upload, and of `changed` conversations that were known it says something new. `notices` say how its tables were
    read, where a person should know: they are no problems."""

    id: int
    created_at: str
    title: str
    status: str
    finished_at: str | None
    files: int
    conversations: int
    utterances: int
    duplicates: int
    problems: int
    counts: dict[str, int] = {}
    readings: list[TableReading] = []
    notices: list[str] = []


class PreviewColumn(BaseModel):
    """A column of a table: its role ("" for a field of its own) and what said so: header, content, mapping or saved."""

    header: str
    role: str
    why: str
    samples: list[str]


class PreviewRow(BaseModel):
    """One of the first rows as it would come out, its text cut; `problem` where there is one."""

    row: int | None
    date: str
    account: str
    contact: str
    kind: str
    text: str
    problem: str


class TablePreview(BaseModel):
    """What one table was taken for. `ambiguous`: its dates need an order that nothing in the file settles. `saved` names the
    saved columns that it is read by, `saved_too` others that fit; `unread` columns were taken for nothing, and `missing`
    (date, account) was found in none of these rows."""

    name: str
    subject: str
    encoding: str
    delimiter: str
    sheet: str
    header_row: int
    columns: list[PreviewColumn]
    rows: list[PreviewRow]
    date_column: str
    date_order: str
    ambiguous: bool
    date_examples: list[str]
    sampled: int
    saved: str
    saved_at: str
    saved_too: list[str]
    unread: list[str]
    missing: list[str]


class UploadPreview(BaseModel):
    """The first tables of an upload, and how many files of other kinds it holds."""

    tables: list[TablePreview]
    tables_left: int
    others: list[tuple[str, int]]
    problems: list[dict[str, Any]]


class ColumnRole(BaseModel):
    """What a column can mean."""

    role: str
    says: str


class MappingBody(BaseModel):
    """What columns mean (header -> role, "" for a field of its own), and how dates and times are meant."""

    columns: dict[str, str] = {}
    date_order: str = ""
    zone: str = ""


class SavedBody(MappingBody):
    """What to save. `heads` are all heads of the tables that it is for: those are read by it of themselves."""

    heads: list[str] = []


class Mapping(MappingBody):
    """A mapping that was saved by name, or confirmed for an `upload` (its number, else 0)."""

    name: str
    saved_at: str = ""
    saved_by: str = ""
    upload: int = 0


class Accepted(BaseModel):
    """What became of an upload: queued as `batch` and `job`, or only tried, with what it would have brought."""

    dry_run: bool
    batch: int | None
    job: int | None
    counts: dict[str, int] = {}
    problems: list[dict[str, Any]] = []
    notices: list[str] = []


class Undone(BaseModel):
    """A batch that was taken back; what another batch brought too (`held_by`) has stayed: `stayed` conversations, mails and
    CRM records."""

    batch: int
    conversations_removed: int
    stayed: int = 0
    held_by: list[int] = []


class Job(BaseModel):
    """Long work and how far it is; `total` is null while unknown.

    `done` and `total` are bytes in the stage "reading", else pieces of the stage's work.
    """

    id: int
    kind: str
    status: str
    stage: str
    done: int
    total: int | None
    error: str
    created_at: str
    started_at: str | None
    stage_began_at: str | None
    heartbeat_at: str | None
    finished_at: str | None
    result: dict[str, Any]


class Linked(BaseModel):
    """A conversation that is counted with another: its copy, an older version, or the same meeting ("occasion")."""

    id: str
    kind: str
    title: str
    occurred_at: str
    standing: str
    primary: str = ""
    confidence: float | None = None
    reasons: list[str] = []


class LinkDecision(BaseModel):
    """Whether another conversation is the same meeting."""

    other: str = Field(min_length=1, max_length=64)
    same: bool


class ConversationDetail(BaseModel):
    """A conversation with its facts, its utterances in order, and what was found in them.

    `counted_as` is the conversation that it counts as; `standing` says why: "" (itself), duplicate, revision, occasion.
    """

    id: str
    kind: str
    title: str
    occurred_at: str
    account: str
    contact: str
    job_title: str
    persona: str
    seniority: str
    rep: str
    stage: str
    outcome: str
    counted_as: str
    standing: str
    linked: list[Linked]
    file: str
    row: int | None
    participants: list[dict[str, Any]]
    fields: dict[str, str]
    utterances: list[StoredUtterance]
    insights: list[Quote]


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
        happened=[
            Happened(
                number=mark.number, id=note.id, text=note.text, starts=note.starts, ends=note.ends, theme=note.theme_id, link=note.link
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
        kind=story.kind, theme_id=story.theme_id, theme=story.name, verdict=story.verdict, what=told.what, sure=told.sure,
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
        theme_id=row.theme_id, theme=row.name, label=row.label, split=row.split, verdict=trend.verdict, reason=trend.reason,
        needed=trend.needed, accounts=trend.accounts, insights=row.insights, current=_rate(trend.current),
        previous=_rate(trend.previous), change=_change(trend.change), year_ago=_rate(row.year_ago) if row.year_ago else None,
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
