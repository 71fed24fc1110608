"""Conversations, whole."""

from fastapi import APIRouter

from api.deps import Db
from api.errors import RESPONSES, NotFound
from api.models import ConversationDetail
from pipelines.store import conversations, insights

routes = APIRouter(tags=["conversations"], responses=RESPONSES)


@routes.get("/conversations/{conversation_id}", summary="Show a conversation")
def show_conversation(db: Db, conversation_id: str) -> ConversationDetail:
    """Its facts, its utterances in order, and what was found in them."""
    loaded = conversations.load(db, conversation_id)
    if loaded is None:
        raise NotFound("conversation", conversation_id)
    facts, utterances = loaded
    return ConversationDetail(**facts, utterances=utterances, insights=insights.of_conversation(db, conversation_id))
