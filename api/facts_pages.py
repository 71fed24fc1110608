"""Set the date, account, contact and deal of one conversation, or of many of an upload; take it back, and do it again."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from api.deps import Db, actor
from api.errors import NotFound
from api.pages import ACTOR, RowId
from api.words import link
from pipelines import set_facts
from pipelines.jobs import now, submit_mine
from pipelines.store import batches

routes = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1000)]
Ids = Annotated[list[str], Form(max_length=set_facts.MOST_AT_ONCE)]


@routes.post("/conversations/{conversation_id}/facts")
def set_one(
    db: Db, conversation_id: str, date: Text = "", account: Text = "", contact: Text = "", deal: Text = "",
    base: Annotated[int | None, Form(ge=0, le=2**62)] = None,
) -> Response:  # fmt: skip
    values = {"date": date, "account": account, "contact": contact, "deal": deal}
    act = set_facts.put(db, [conversation_id], values, base=base, now=now(), actor=actor(ACTOR))
    return RedirectResponse(
        link(f"/conversations/{conversation_id}", {"told": "facts", "event": str(act)}) + "#facts", 303
    )


@routes.post("/uploads/{batch_id}/facts")
def set_many(
    db: Db, batch_id: RowId, conversation: Ids | None = None, every: Text = "", date: Text = "", account: Text = "",
    contact: Text = "", deal: Text = "",
) -> Response:  # fmt: skip
    """Of those that are ticked, or with `every` (a fact) of all of the upload that lack it."""
    if batches.get(db, batch_id) is None:
        raise NotFound("upload", batch_id)
    values = {"date": date, "account": account, "contact": contact, "deal": deal}
    given = {name: value for name, value in values.items() if value.strip()}
    if not given:
        raise set_facts.BadFact("Nothing was filled in: say the date, account, contact or deal.")
    if every in set_facts.NAMES:
        conversation = set_facts.lacking(db, batch_id, [every])[every]
    act = set_facts.put(db, conversation or [], given, now=now(), actor=actor(ACTOR))
    submit_mine(db)
    return RedirectResponse(link(f"/uploads/{batch_id}", {"told": "facts", "event": str(act)}), 303)


@routes.post("/conversations/facts/{act}/{what}")
def turn(db: Db, act: RowId, what: str, back: Annotated[str, Form(max_length=300)] = "") -> Response:
    """Undo an act, or do it again."""
    if what not in ("undo", "redo"):
        raise NotFound("act", what[:20])
    who = actor(ACTOR)
    told = set_facts.take_back(db, act, now=now(), actor=who) if what == "undo" else set_facts.again(db, act)
    submit_mine(db)
    local = back if back.startswith(("/conversations/", "/uploads/")) and "//" not in back and "?" not in back else ""
    at = local or f"/conversations/{told[0].conversation_id}"
    named = "facts-undone" if what == "undo" else "facts"
    return RedirectResponse(link(at, {"told": named, "event": str(act)}), 303)
