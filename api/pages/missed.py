"""What the finder missed, marked by a person in a conversation: which words, of which kind, about what."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Db, originals
from api.errors import NotFound
from api.gate.who import actor
from api.pages.answering import ACTOR, RowId, page
from api.views import missed as views
from api.wording.words import link
from pipelines.jobs import now
from pipelines.reviews import review
from pipelines.store import reviews

routes = APIRouter(include_in_schema=False)
PLACE = "/conversations/{conversation_id}/missed/{position}"
Position = Annotated[int, Path(ge=0, le=2**62)]


@routes.get(PLACE, dependencies=[Depends(originals)])
def ask(request: Request, db: Db, conversation_id: str, position: Position) -> Response:
    return page(request, "missed.html", views.missed(db, conversation_id, position))


@routes.post(PLACE, dependencies=[Depends(originals)])
def mark(
    request: Request, db: Db, conversation_id: str, position: Position, found: Annotated[str, Form(max_length=80)],
    span: Annotated[str, Form(pattern=r"^(\d{1,9}:\d{1,9})?$")] = "",
) -> Response:  # fmt: skip
    kind, _, label = found.partition(":")
    start, end = (int(part) for part in (span or "0:0").split(":"))
    utterance_id = views.utterance_at(db, conversation_id, position)
    try:
        event = review.mark(db, utterance_id, kind, label, (start, end), actor=actor(ACTOR), now=now())
    except review.FoundAlready as there:
        answer = page(request, "missed.html", views.missed(db, conversation_id, position, there))
        answer.status_code = 409
        return answer
    told = link(f"/conversations/{conversation_id}", {"told": "missed", "event": str(event)})
    return RedirectResponse(f"{told}#u-{position}", 303)


@routes.post("/conversations/{conversation_id}/missed/{position}/undo")
def unmark(db: Db, conversation_id: str, position: Position, event: Annotated[RowId, Form()]) -> Response:
    said = reviews.get(db, event)
    here = said is not None and said.verdict == "missed" and said.conversation_id == conversation_id
    if not here or not review.undo(db, event, now=now()):
        raise NotFound("mark", str(event)[:20])
    return RedirectResponse(f"/conversations/{conversation_id}#u-{position}", 303)
