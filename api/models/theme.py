"""What the HTTP interface takes and answers with where themes are shown and changed, and where changes are proposed."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.models.common import Line, Words
from pipelines.store.theme_events import Recorded
from pipelines.store.themes import Theme

MOST_MOVED = 10_000
RowId = Annotated[int, Field(ge=1, le=2**62, strict=True)]
InsightId = Annotated[str, Field(min_length=1, max_length=64)]
Insights = Annotated[list[InsightId], Field(min_length=1, max_length=MOST_MOVED)]
Kind = Literal["objection", "question", "competitor"]
ProposalType = Literal["new", "split", "merge", "retire", "restore"]
Decision = Literal["accept", "ask"]


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


class Rename(BaseModel, extra="forbid"):
    """A new name for a theme, who gives it, and why."""

    name: Line = Field(min_length=1, max_length=120)
    actor: Line = Field(default="api", min_length=1, max_length=80)
    reason: Line = Field(default="", max_length=500)
    version: int | None = Field(
        default=None, ge=0, le=2**62, description="the version that was seen: 409 where the theme was changed since"
    )


class Change(BaseModel):
    """Who makes a change, and why: both stay in the history. A field that is not known is refused: a misspelled `dry_run`
    must not become a change."""

    model_config = ConfigDict(extra="forbid")
    actor: Line = Field(default="api", min_length=1, max_length=80, description="who makes the change")
    reason: Line = Field(default="", max_length=500, description="why")
    version: Annotated[int, Field(ge=0, le=2**62, strict=True)] | None = Field(
        default=None,
        description="the theme's version that was seen: 409 where it was changed since, with what changed. Without it nothing is checked",
    )


class Merging(Change):
    """Which themes go into this one. With `dry_run` nothing changes, and the answer says what it would make."""

    others: Annotated[list[RowId], Field(min_length=1, max_length=100, description="the themes that go into this one")]
    versions: dict[int, Annotated[int, Field(ge=0, le=2**62, strict=True)]] = Field(
        default={}, max_length=100, description="the versions of the others that were seen, by their ids"
    )
    dry_run: bool = False


class PartBody(BaseModel):
    """What is to leave a theme: its name and its quotes."""

    model_config = ConfigDict(extra="ignore")  # a part of a dry run can be sent back as it came
    name: Line = Field(min_length=1, max_length=120)
    insights: Insights
    keywords: list[Annotated[Line, Field(max_length=80)]] = Field(default=[], max_length=20)


class Splitting(Change):
    """What to take out of a theme. Without `parts` and `promoted` it is all parts that it falls into but the largest, or,
    with `inside`, all of them. With `dry_run` nothing changes, and the answer says what it would fall into."""

    parts: Annotated[list[PartBody], Field(max_length=50)] | None = Field(
        default=None, description="as a dry run gave them, or your own; null for those that it falls into by itself"
    )
    promoted: list[RowId] = Field(default=[], max_length=100, description="sub-themes that become themes of their own")
    inside: bool = Field(default=False, description="the parts become sub-themes: the theme keeps all of its quotes")
    dry_run: bool = False


class Moving(Change):
    """Quotes and where they go: a theme or sub-theme, or null to let them wait until a person places them."""

    insights: Insights
    to: RowId | None


class Accepting(Change):
    """A proposal as it is, or edited: what can be edited depends on its type."""

    name: Line = Field(default="", max_length=120, description="new: another name for the theme")
    into: RowId | None = Field(
        default=None, description="new: a theme that the quotes go into instead; merge: the one of the two that stays"
    )
    without: Annotated[list[InsightId], Field(max_length=MOST_MOVED)] = Field(
        default=[], description="new: quotes that are left out and go on waiting"
    )
    keep: (
        Annotated[list[Annotated[int, Field(ge=1, le=1000, strict=True)]], Field(min_length=1, max_length=1000)] | None
    ) = Field(default=None, description="split: the numbers of the parts that are taken out; null for all")
    inside: bool = Field(default=False, description="split: the parts become sub-themes")


class FieldChange(BaseModel):
    """A field of a theme as it was and as it is. `status` is "" before a theme is made and after its making is undone."""

    theme: int
    field: str
    before: Any
    after: Any


class LedgerEvent(BaseModel):
    """One event of the ledger: who changed what, when and why. `moved` counts quotes, `undoes` is the event that it took
    back, `undone_by` the one that took it back, `undo` the address to POST to, to take it back; "" where it is undone."""

    id: int
    type: str
    at: str
    actor: str
    reason: str
    kind: str
    theme_id: int | None = Field(description="the theme that it is told of; null where many are concerned alike")
    summary: str = Field(description="what changed, as a sentence")
    changed: list[FieldChange]
    moved: int
    undoes: int | None
    undone_by: int | None
    undo: str


class ThemeChange(BaseModel):
    """What was done, and the theme as it is now, with its `version` to send along with the next change. `event` is null where it was so already, or for a dry run; `theme` is null
    where the quotes wait, or the theme's making was undone."""

    event: LedgerEvent | None
    theme: ThemeWithCounts | None
    version: int | None = None


class MergePreview(BaseModel):
    """What a merge would make: the quotes, conversations and accounts of all together; `both` conversations have more than
    one of the themes, and would count once."""

    quotes: int
    conversations: int
    accounts: int
    both: int


class Merged(ThemeChange):
    """A merge that was made, or, with `dry_run`, only tried: `preview` says what it would make."""

    dry_run: bool
    preview: MergePreview | None = None


class Part(BaseModel):
    """A part that a theme falls into, with its quotes' ids and the first of them to read."""

    number: int
    name: str
    keywords: list[str]
    size: int
    insights: list[str]
    examples: list[Words]


class Split(ThemeChange):
    """A split that was made, or, with `dry_run`, only tried: `parts` are those that the theme falls into, the largest first
    (it stays unless it is asked for), and `stays` the quotes that would stay."""

    dry_run: bool
    parts: list[Part] = []
    stays: int | None = None


class ThemeName(BaseModel):
    id: int
    name: str


class ProposedPart(BaseModel):
    """A part of a proposed split, by the number that `keep` takes."""

    number: int
    name: str
    keywords: list[str]
    size: int


class Proposed(BaseModel):
    """A change of themes that waits for a decision, or that was decided. `size` counts the quotes that it concerns."""

    id: int
    type: ProposalType
    kind: str
    status: str = Field(description="open, accepted, dismissed, or outdated where it no longer holds")
    summary: str = Field(description="what it would do, as a sentence")
    size: int
    at: str
    themes: list[ThemeName] = Field(description="the themes that it would change; none for a new one")
    name: str = Field(description="of a new theme, else empty")
    keywords: list[str]
    parts: list[ProposedPart]
    decided_at: str
    actor: str
    reason: str
    event_id: int | None = Field(description="the event that accepting it made")


class Examples(BaseModel):
    """Quotes that stand for a theme or a part of one."""

    of: str
    number: int | None = Field(description="the part's number in a split, else null")
    quotes: list[Words]


class ProposalDetail(Proposed):
    """A proposal with quotes to judge it by and, for a merge, what it would make."""

    examples: list[Examples]
    preview: MergePreview | None


class Accepted(ThemeChange):
    """What accepting did, and the proposal as it is now."""

    proposal: Proposed


class Policy(BaseModel):
    """For each type of proposal: accept it as it comes, or ask a person."""

    new: Decision
    split: Decision
    merge: Decision
    retire: Decision
    restore: Decision


class PolicyChange(BaseModel):
    """The types to decide otherwise; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")
    new: Decision | None = None
    split: Decision | None = None
    merge: Decision | None = None
    retire: Decision | None = None
    restore: Decision | None = None


class WaitingCount(BaseModel):
    """How many insights of a kind are in no theme: `held` of them because a person said so. At most a tenth (`budget`) may
    wait; it is null for competitors, whose names wait until two accounts say them, and below 100 insights."""

    kind: str
    waiting: int
    held: int
    total: int
    budget: int | None
    over: bool
