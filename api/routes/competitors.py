"""The catalogue of competitors, names proposed for it, and what people decided about them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api.deps import Db, Limit, actor
from api.errors import RESPONSES
from pipelines.catalogue import names
from pipelines.catalogue.names import LONGEST
from pipelines.jobs import now, submit_reading
from pipelines.store import names as decided

routes = APIRouter(prefix="/competitors", tags=["competitors"], responses=RESPONSES)
ACTOR = "http"
Name = Annotated[str, Path(min_length=1, max_length=LONGEST)]


class Standing(BaseModel):
    """Where a name stands in what was said; `relations` counts conversations."""

    conversations: int
    accounts: int
    relations: dict[str, int]
    last: str = Field(description="ISO date of the last conversation that names it, empty if unknown")


class Competitor(BaseModel):
    """An entry of the catalogue."""

    name: str
    aliases: list[str]
    standing: Standing


class Aliases(BaseModel, extra="forbid"):
    """Other ways to write a competitor's name."""

    aliases: list[Annotated[str, Field(min_length=1, max_length=LONGEST)]] = Field(default=[], max_length=200)


class Evidence(BaseModel):
    """A mention to read: the name and the rest of its sentence, verbatim."""

    insight_id: str
    conversation_id: str
    account: str
    day: str
    before: str
    text: str
    after: str


class ProposedName(BaseModel):
    """A name that was taken for a rival and that the catalogue lacks; `likely` are entries that may have been meant."""

    name: str
    spellings: dict[str, int]
    conversations: int
    accounts: int
    first: str
    last: str
    relations: dict[str, int]
    likely: list[str]
    quotes: list[Evidence]


class ProposedNames(BaseModel):
    """The names that most accounts used, and how many wait."""

    items: list[ProposedName]
    total: int


class Verdict(BaseModel, extra="forbid"):
    """A person's word on a name: `alias` needs the `competitor` that it is another way to write."""

    name: str = Field(min_length=1, max_length=LONGEST)
    verdict: Literal["competitor", "alias", "refused", "own", "integration"]
    competitor: str = Field(default="", max_length=LONGEST)


class DecisionNumber(BaseModel):
    """The decision, to undo it by; what only reading can tell comes with the next `parley mine`."""

    decision: int


class Decision(BaseModel):
    """A decision that holds."""

    id: int
    at: str
    actor: str
    verdict: str
    name: str
    competitor: str


@routes.get("", summary="List the catalogue of competitors")
def list_competitors(db: Db) -> list[Competitor]:
    """Every competitor with its aliases and where it stands, those that most conversations name first."""
    return [
        Competitor(
            name=one.name, aliases=list(one.aliases),
            standing=Standing(
                conversations=one.standing.conversations, accounts=one.standing.accounts,
                relations=dict(one.standing.relations), last=one.standing.last,
            ),
        )
        for one in names.catalogue(db)
    ]  # fmt: skip


@routes.get("/proposals", summary="List names proposed as competitors")
def list_proposals(db: Db, limit: Limit = 50) -> ProposedNames:
    """Names that were taken for rivals and are in no catalogue, with their evidence."""
    found, total = names.proposed(db, limit=limit)
    return ProposedNames(
        total=total,
        items=[
            ProposedName(
                name=one.name, spellings=dict(one.spellings), conversations=one.conversations, accounts=one.accounts,
                first=one.first, last=one.last, relations=dict(one.relations), likely=list(one.likely),
                quotes=[
                    Evidence(
                        insight_id=q.id, conversation_id=q.conversation_id, account=q.account, day=q.day,
                        before=q.before, text=q.text, after=q.after,
                    )
                    for q in quotes
                ],
            )
            for one, quotes in found
        ],
    )  # fmt: skip


@routes.post("/proposals", summary="Decide about a proposed name")
def decide(db: Db, body: Verdict) -> DecisionNumber:
    """Take a name into the catalogue, or never take it for a competitor again; stored mentions follow at once."""
    return DecisionNumber(
        decision=names.say(db, body.name, body.verdict, body.competitor, now=now(), actor=actor(ACTOR))
    )


@routes.get("/decisions", summary="List decisions about names")
def list_decisions(db: Db) -> list[Decision]:
    """The decisions that hold, the latest first."""
    return [Decision.model_validate(one, from_attributes=True) for one in decided.decisions(db)]


@routes.delete("/decisions/{decision}", status_code=204, summary="Undo a decision about a name")
def undo(db: Db, decision: Annotated[int, Path(ge=1, le=2**62)]) -> None:
    """What the decision added goes and what it took comes back, mentions and themes too. What only reading can tell, such
    as refused mentions, is queued to be read again."""
    submit_reading(db, names.restore(db, decision, now=now()).verdict)


@routes.put("/{name}", summary="Add a competitor or give it other aliases")
def save_competitor(db: Db, name: Name, body: Aliases) -> DecisionNumber:
    """Make an entry of the catalogue, or replace the aliases of one."""
    return DecisionNumber(decision=names.edit(db, name, body.aliases, now=now(), actor=actor(ACTOR)))


@routes.delete("/{name}", summary="Take a competitor out of the catalogue")
def remove_competitor(db: Db, name: Name) -> DecisionNumber:
    """Its mentions carry the words of the text, and its theme goes unless two accounts say its name. Where the history was
    read with it, reading it again is queued."""
    number = names.remove(db, name, now=now(), actor=actor(ACTOR))
    submit_reading(db, "removed")
    return DecisionNumber(decision=number)
