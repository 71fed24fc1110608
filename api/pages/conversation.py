"""A conversation to read, and a person's word on whether another is the same."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Db, originals
from api.errors import NotFound
from api.pages.answering import page
from api.views import conversation as views
from api.views import facts as facts_views
from insights.signals import account_id
from pipelines.jobs import now
from pipelines.store import reviews
from pipelines.store.conversations import existing
from pipelines.uploads.once import decide

routes = APIRouter(include_in_schema=False)


@routes.get("/conversations/{conversation_id}", dependencies=[Depends(originals)])
def conversation(
    request: Request, db: Db, conversation_id: str, quote: str = "", told: Annotated[str, Query(max_length=20)] = "",
    event: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> Response:  # fmt: skip
    done = facts_views.done(db, told, event)
    said = reviews.get(db, event) if told == "missed" else None
    return page(
        request,
        "conversation.html",
        views.conversation(db, conversation_id),
        chosen=quote,
        done=done,
        marked=said if said and said.verdict == "missed" else None,
        account_id=account_id,
    )


@routes.post("/conversations/{conversation_id}/links")
def decide_link(
    db: Db, conversation_id: str, other: Annotated[str, Form(max_length=64)], same: Annotated[bool, Form()]
) -> Response:
    if len(existing(db, [conversation_id, other])) < 2:
        raise NotFound("conversation", other)
    decide(db, conversation_id, other, same=same, now=now())
    return RedirectResponse(f"/conversations/{conversation_id}", 303)
