"""Conversations, whole."""

from fastapi import APIRouter, Depends

from api.deps import Db, originals
from api.errors import RESPONSES, NotFound
from api.models import ConversationDetail, LinkDecision, Linked
from pipelines.jobs import now
from pipelines.once import decide
from pipelines.store import conversations, insights, links

routes = APIRouter(tags=["conversations"], responses=RESPONSES)


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
