"""What the HTTP interface takes and answers with where the plan is: the board, a brief, our own pages, and notes on them."""

from typing import Literal

from pydantic import BaseModel, Field

from api.models.common import Line, Words
from api.models.trend import Change, Rate
from insights import sampling
from insights.priority import Priority
from insights.trends import Trend
from pipelines.plan import Board
from pipelines.plan import Line as PlanLine
from pipelines.planning import published
from pipelines.planning.brief import Beside, Brief
from pipelines.planning.content import Coverage, Match
from pipelines.store.content_pages import StoredPage, Upload
from pipelines.store.plan import Note

StepName = Literal["awareness", "consideration", "decision", "customer", "unknown"]
ACTOR = "api"


class PartOfScore(BaseModel):
    """One factor of a score and what it rests on."""

    name: str
    factor: float
    words: str


class Score(BaseModel):
    """The score is the product of its parts."""

    score: float
    words: str
    parts: list[PartOfScore]


class OurPage(BaseModel):
    """A page of ours as all uploads that stand tell it; `words` is 0 where only its title is known."""

    id: int
    key: str
    url: str
    title: str
    type: str
    published: str
    updated: str
    words: int


class PageMatch(BaseModel):
    """A page beside a theme. `likeness` is 1 where it is as near as a typical quote; `answer` is the number of a person's
    word that decided, null where likeness did."""

    page: OurPage
    state: str
    passage: str
    likeness: float | None
    answer: int | None


class Covered(BaseModel):
    state: str = Field(
        description="covered, partly, title only (not judged: of the page that comes near only the title is known), not covered, or unknown where no pages are known"
    )
    matches: list[PageMatch]
    refused: list[PageMatch]


class LostDeals(BaseModel):
    """In how many of the lost deals it was heard, and the lower end of its odds ratio's interval. Association."""

    carrying: int
    deals: int
    low: float | None


class NoteOfPlan(BaseModel):
    """One entry of a cell's history; the last one that is not undone says its status."""

    id: int
    at: str
    actor: str
    theme_id: int
    persona: str
    step: str
    status: str
    note: str
    key: str
    day: str
    undone_at: str
    owner: str = Field(description="whose it is, empty for nobody's yet")
    due: str = Field(description="the month by when, YYYY-MM, empty for none")


class CellOfPlan(BaseModel):
    """A theme at one step, with one persona ("" for all): how many of all conversations, and of how many `here`."""

    persona: str
    step: str
    volume: Rate
    here: int
    score: float
    status: str
    owner: str
    due: str


class SegmentOfPlan(BaseModel):
    """A value of the customers' segment in which alone a theme changed. It is told beside the score, and not in it."""

    field: str
    value: str
    verdict: str
    words: str


class LineOfPlan(BaseModel):
    """A theme with what its score rests on; `version` is the number of the note that says its status, whose it is and the
    month by when ("2026-12"), 0 for none. `pieces` are the notes that stand on it and its cells."""

    theme_id: int
    theme: str
    kind: str
    score: Score
    volume: Rate
    verdict: str
    change: Change | None
    segments: list[SegmentOfPlan]
    lost_deals: LostDeals | None
    coverage: Covered
    status: str
    owner: str
    due: str
    version: int
    cells: list[CellOfPlan]
    pieces: list[NoteOfPlan]


class Plan(BaseModel):
    """What to write next, the most urgent first."""

    since: str
    until: str
    conversations: int
    undated: int
    pages: int
    passages_waiting: int
    stages_not_known: list[str]
    items: list[LineOfPlan]


class TermOfBuyers(BaseModel):
    """A term that buyers use more than our pages: counts, accounts, z-score of its log-odds, adjusted p-value."""

    term: str
    buyers: int
    pages: int
    accounts: int
    z: float
    q: float


class HeardBeside(BaseModel):
    """What is heard in the same conversations: `both` with the theme, `other` of `others` without it."""

    theme_id: int
    theme: str
    kind: str
    both: int
    other: int
    others: int
    more_than_chance: bool


class Count(BaseModel):
    value: str
    conversations: int


class BriefOfPlan(BaseModel):
    """Everything for whoever writes: what to answer, in whose words, and how to see whether it helped."""

    item: LineOfPlan
    persona: str
    step: str
    score: Score
    volume: Rate
    question: Words | None
    quotes: list[Words]
    terms: list[TermOfBuyers]
    around: list[HeardBeside]
    competitors: list[HeardBeside]
    personas: list[Count]
    steps: list[Count]
    done_when: list[str]
    published: list[list[str]] = Field(description="what may be said about each publication, in sentences")
    notes: list[NoteOfPlan]


class NewNote(BaseModel, extra="forbid"):
    """How far a cell is. `version` is the one that was seen (0: none yet); null notes it whatever there is."""

    status: Literal["idea", "planned", "in writing", "published", "dropped"]
    persona: str = Field(default="", max_length=80)
    step: Literal["", "awareness", "consideration", "decision", "customer"] = ""
    note: Line = Field(default="", max_length=1000)
    page: str = Field(default="", max_length=2000, description="address or number of the page that was published")
    day: str = Field(default="", max_length=10, description="YYYY-MM-DD; the page's own date where it is left out")
    title: str = Field(
        default="", max_length=300, description="of the page, where no upload names it; else guessed from the address"
    )
    owner: Line | None = Field(
        default=None,
        max_length=80,
        description="whose it is: somebody with an account where there are accounts; null leaves it, empty: nobody",
    )
    due: str | None = Field(
        default=None, max_length=7, description="the month by when, YYYY-MM; null leaves it, empty: none"
    )
    version: int | None = Field(default=None, ge=0, le=2**62)
    actor: Line = Field(default=ACTOR, min_length=1, max_length=80)


class Kept(BaseModel):
    """The number of what was kept, by which it can be undone."""

    id: int


class NewAnswer(BaseModel, extra="forbid"):
    """A person's word on whether a page answers a theme."""

    page: int = Field(ge=1, le=2**62)
    verdict: Literal["answers", "does not"]
    actor: Line = Field(default=ACTOR, min_length=1, max_length=80)


class ProblemOfUpload(BaseModel):
    file: str
    row: int | None
    reason: str
    advice: str
    kept: bool


class UploadOfPages(BaseModel):
    """An upload of pages and what came of it; `undone_at` is empty while it stands."""

    id: int
    at: str
    actor: str
    title: str
    files: int
    read: int
    added: int
    changed: int
    problems: list[ProblemOfUpload]
    undone_at: str


class StageOfCrm(BaseModel):
    """A stage's name, the step it means, and the number of a person's word that said so, null for the usual names."""

    stage: str
    conversations: int
    step: str
    said: int | None


class NewStep(BaseModel, extra="forbid"):
    stage: str = Field(min_length=1, max_length=500)
    step: StepName
    actor: Line = Field(default=ACTOR, min_length=1, max_length=80)


def plan_json(board: Board) -> bytes:
    """The plan as the interface gives it, for the terminal as well."""
    return of_board(board).model_dump_json(indent=2).encode()


def of_board(board: Board) -> Plan:
    """The plan as it goes over the wire."""
    return Plan(
        since=board.window.start.isoformat() if board.window else "",
        until=board.window.end.isoformat() if board.window else "",
        conversations=board.conversations, undated=board.undated, pages=board.pages, passages_waiting=board.waiting,
        stages_not_known=[name for name, _ in board.unmapped], items=[_line(line) for line in board.lines],
    )  # fmt: skip


def _line(line: PlanLine) -> LineOfPlan:
    return LineOfPlan(
        theme_id=line.theme.id, theme=line.theme.name, kind=line.theme.kind, score=_score(line.priority),
        volume=_rate(line.volume), verdict=line.trend.verdict if line.trend else "too few", change=_change(line.trend),
        segments=[SegmentOfPlan(field=p.field, value=p.value, verdict=p.trend.verdict, words=p.words) for p in line.parts],
        lost_deals=LostDeals(carrying=line.lost.carrying, deals=line.lost.deals, low=line.lost.low) if line.lost else None,
        coverage=_covered(line.coverage), **_standing(line.note), version=line.note.id if line.note else 0,
        pieces=[of_note(one) for one in line.pieces],
        cells=[
            CellOfPlan(
                persona=c.persona, step=c.step, volume=_rate(c.volume), here=c.here, score=round(c.priority.score, 4),
                **_standing(c.note),
            )
            for c in line.cells.values()
        ],
    )  # fmt: skip


def _standing(note: Note | None) -> dict[str, str]:
    """How far a cell is, whose it is, and by when."""
    return {name: getattr(note, name, "") for name in ("status", "owner", "due")}


def of_brief(found: Brief) -> BriefOfPlan:
    """A brief as it goes over the wire."""
    return BriefOfPlan(
        item=_line(found.line), persona=found.persona, step=found.step, score=_score(found.priority),
        volume=_rate(found.volume),
        question=Words.of(found.question) if found.question else None, quotes=[Words.of(q) for q in found.quotes],
        terms=[
            TermOfBuyers(term=t.term, buyers=t.buyers, pages=t.pages, accounts=t.speakers, z=round(t.z, 4), q=round(t.q, 6))
            for t in found.terms
        ],
        around=[_beside(b) for b in found.around], competitors=[_beside(b) for b in found.competitors],
        personas=[Count(value=v, conversations=n) for v, n in found.personas],
        steps=[Count(value=v, conversations=n) for v, n in found.steps], done_when=list(found.done_when),
        published=[list(published.told(p)) for p in found.published], notes=[of_note(n) for n in found.notes],
    )  # fmt: skip


def _beside(one: Beside) -> HeardBeside:
    return HeardBeside(
        theme_id=one.theme.id, theme=one.theme.name, kind=one.theme.kind, both=one.both, other=one.other,
        others=one.others,
        more_than_chance=one.more,
    )  # fmt: skip


def _score(found: Priority) -> Score:
    parts = [PartOfScore(name=p.name, factor=round(p.factor, 4), words=p.words) for p in found.parts]
    return Score(score=round(found.score, 4), words=found.words, parts=parts)


def _covered(found: Coverage) -> Covered:
    return Covered(
        state=found.state, matches=[_match(m) for m in found.matches], refused=[_match(m) for m in found.refused]
    )


def _match(found: Match) -> PageMatch:
    near = None if found.likeness is None else round(found.likeness, 4)
    said = found.said.id if found.said else None
    return PageMatch(page=of_page(found.page), state=found.state, passage=found.passage, likeness=near, answer=said)


def of_page(found: StoredPage) -> OurPage:
    return OurPage.model_validate(found, from_attributes=True)


def of_note(found: Note) -> NoteOfPlan:
    return NoteOfPlan.model_validate(found, from_attributes=True)


def of_upload(found: Upload) -> UploadOfPages:
    return UploadOfPages.model_validate(found, from_attributes=True)


def _rate(found: sampling.Rate) -> Rate:
    return Rate(
        share=found.share, numerator=found.numerator, denominator=found.denominator, low=found.low, high=found.high
    )


def _change(trend: Trend | None) -> Change | None:
    return Change.model_validate(trend.change, from_attributes=True) if trend else None


def as_json(model: BaseModel) -> bytes:
    return model.model_dump_json(indent=2).encode()
