"""Set the date, account, contact and deal of one conversation, or of many of an upload; take it back, and do it
again."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Db, actor, originals
from api.errors import NotFound
from api.pages.answering import ACTOR, RowId, page
from api.views import facts as views
from api.wording.words import link
from pipelines.jobs import now, submit_mine
from pipelines.uploads import set_facts

routes = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1000)]
Ids = Annotated[list[str], Form(max_length=set_facts.MOST_AT_ONCE)]


@routes.post("/conversations/{conversation_id}/facts", dependencies=[Depends(originals)])
def set_one(
    db: Db, conversation_id: str, date: Text = "", account: Text = "", contact: Text = "", deal: Text = "",
    base: Annotated[int | None, Form(ge=0, le=2**62)] = None,
) -> Response:  # fmt: skip
    values = {"date": date, "account": account, "contact": contact, "deal": deal}
    act = set_facts.put(db, [conversation_id], values, base=base, now=now(), actor=actor(ACTOR))
    return RedirectResponse(
        link(f"/conversations/{conversation_id}", {"told": "facts", "event": str(act)}) + "#facts", 303
    )


def given_facts(date: Text = "", account: Text = "", contact: Text = "", deal: Text = "") -> dict[str, str]:
    values = {"date": date, "account": account, "contact": contact, "deal": deal}
    return {name: value for name, value in values.items() if value.strip()}


Given = Annotated[dict[str, str], Depends(given_facts)]
Every = Annotated[str, Form(max_length=20)]
Over = Annotated[bool, Form()]


@routes.post("/uploads/{batch_id}/facts", dependencies=[Depends(originals)])
def set_many(
    request: Request, db: Db, batch_id: RowId, given: Given, conversation: Ids | None = None, every: Every = "",
    over: Over = False, sure: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    """What is missing of those that are ticked, or of all of the upload; with `over` what is known too, once the person
    has seen how much that replaces."""
    if not given:
        raise set_facts.BadFact("Nothing was filled in: say the date, account, contact or deal.")
    view = views.planned(db, batch_id, conversation or [], given, every=every, over=over)
    if not view.conversations:
        raise set_facts.BadFact("No conversation was chosen. Tick those that are meant.")
    if view.replaces and not sure:
        return page(request, "facts_check.html", view)
    act = set_facts.put(db, view.conversations, given, over=over, now=now(), actor=actor(ACTOR))
    submit_mine(db)
    told = {"told": "facts", "event": str(act)} if act else {"told": "facts-none"}
    return RedirectResponse(link(f"/uploads/{batch_id}", told), 303)


@routes.post("/uploads/{batch_id}/facts/preview", dependencies=[Depends(originals)])
def preview_many(
    request: Request, db: Db, batch_id: RowId, given: Given, conversation: Ids | None = None, every: Every = "",
    over: Over = False
) -> Response:  # fmt: skip
    """What `set_many` would do, said as a line; the script puts it under the form while somebody fills it in."""
    try:
        view = views.planned(db, batch_id, conversation or [], given, every=every, over=over)
    except set_facts.BadFact:  # half a date while it is typed
        view = views.planned(db, batch_id, conversation or [], {}, every=every, over=over)
    return page(request, "facts_check.html", view)


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
