"""Conversations, whole."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from api.deps import Db, actor, originals
from api.errors import RESPONSES, NotFound
from api.models.common import ConversationDetail, Line, LinkDecision, Linked
from pipelines.jobs import now, submit_mine
from pipelines.store import conversations, insights, links
from pipelines.uploads import set_facts
from pipelines.uploads.once import decide

routes = APIRouter(tags=["conversations"], responses=RESPONSES)
Fact = Annotated[Line | None, Field(max_length=set_facts.LONGEST)]
Act = Annotated[int, Path(ge=1, le=2**62)]


class SetFacts(BaseModel, extra="forbid"):
    """Facts to set by hand; null leaves one as it is, "" says that there is none. `base` is the last act that was seen on the
    one conversation (0: none), null to set them regardless."""

    conversations: list[str] = Field(min_length=1, max_length=set_facts.MOST_AT_ONCE)
    date: Fact = Field(default=None, description="YYYY-MM-DD")
    account: Fact = None
    contact: Fact = None
    deal: Fact = None
    actor: Line = Field(default="api", min_length=1, max_length=80)
    base: int | None = None


class ActDone(BaseModel):
    """The number by which it can be taken back, 0 where nothing changed."""

    id: int


@routes.get("/conversations/{conversation_id}", summary="Show a conversation", dependencies=[Depends(originals)])
def show_conversation(db: Db, conversation_id: str) -> ConversationDetail:
    """Its facts, its utterances in order, and what was found in them."""
    loaded = conversations.load(db, conversation_id)
    if loaded is None:
        raise NotFound("conversation", conversation_id)
    facts, utterances = loaded
    others = [Linked(**{**other, **other["link"]}) for other in links.of(db, conversation_id)]
    found = insights.of_conversation(db, conversation_id)
    return ConversationDetail(**facts, utterances=utterances, insights=found, linked=others)


@routes.post("/conversations/{conversation_id}/links", status_code=204, summary="Say whether two are one meeting")
def decide_link(db: Db, conversation_id: str, body: LinkDecision) -> None:
    """A person's word: it counts whatever Parley finds, and both are counted accordingly at once."""
    for one in (conversation_id, body.other):
        if not conversations.existing(db, [one]):
            raise NotFound("conversation", one)
    decide(db, conversation_id, body.other, same=body.same, now=now())


@routes.post(
    "/conversations/facts", status_code=201, summary="Set the date, account, contact or deal of conversations",
    dependencies=[Depends(originals)],
)  # fmt: skip
def set_some(db: Db, body: SetFacts) -> ActDone:
    """What no file says. It holds when the same file comes again."""
    values = {name: value for name in set_facts.NAMES if (value := getattr(body, name)) is not None}
    act = set_facts.put(db, body.conversations, values, base=body.base, now=now(), actor=actor(body.actor))
    submit_mine(db)
    return ActDone(id=act)


@routes.delete("/conversations/facts/{act}", status_code=204, summary="Take back facts that were set at once")
def unset(db: Db, act: Act) -> None:
    set_facts.take_back(db, act, now=now(), actor=actor("api"))
    submit_mine(db)
