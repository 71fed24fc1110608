"""The page that says who is who, and lets a person correct it once for every file."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Db, actor, originals, sees_originals
from api.pages.answering import ACTOR, page
from api.views import upload as upload_views
from insights.roles import SURE
from pipelines.catalogue import own_names
from pipelines.jobs import now, submit_sides
from pipelines.store import catalogue
from pipelines.uploads import sides

routes = APIRouter(include_in_schema=False)


@routes.get("/speakers")
def show_speakers(
    request: Request,
    db: Db,
    all: bool = False,
    done: Annotated[int, Query(ge=0, le=2**62)] = 0,
    undone: Annotated[int, Query(ge=0, le=2**62)] = 0,
    first: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> Response:
    """`first` to `done` are changes that were made at once."""
    last = catalogue.change(db, done) if done else None
    last = last if last and last.subject == "side" and not last.undone_at else None
    taken = catalogue.change(db, undone) if undone else None
    taken = taken if taken and taken.subject == "side" and taken.undone_at else None
    view = upload_views.speakers(db, every=all)
    return page(
        request,
        "speakers.html",
        view,
        every=all,
        named=sees_originals(db),
        sure=SURE,
        last=last,
        about=len(sides.about(db, last)) if last else 0,
        undone=taken,
        first=first if last and 0 < first < done else 0,
    )


@routes.post("/speakers/told", dependencies=[Depends(originals)])
def take_as_told(db: Db) -> Response:
    numbers, ids = sides.take_as_told(db, now=now(), actor=actor(ACTOR))
    if not numbers:
        return RedirectResponse("/speakers", 303)
    submit_sides(db, ids)
    return RedirectResponse(f"/speakers?first={numbers[0]}&done={numbers[-1]}", 303)


@routes.post("/speakers/undone")
def undo(
    db: Db, number: Annotated[int, Form(ge=1, le=2**62)], first: Annotated[int, Form(ge=0, le=2**62)] = 0
) -> Response:
    """Undo one change of a side, or all from `first` on that were made at once with it."""
    one = catalogue.change(db, number)
    if one is None or one.subject != "side":
        raise own_names.NothingToUndo(number)
    several = 0 < first < number
    undone = (
        own_names.undo_at_once(db, first, number, now=now()) if several else [own_names.undo(db, number, now=now())]
    )
    if ids := sorted({conversation for change in undone for conversation in sides.about(db, change)}):
        submit_sides(db, ids)
    if several:
        return RedirectResponse("/speakers", 303)
    return RedirectResponse(f"/speakers?undone={number}", 303)


@routes.post("/speakers", dependencies=[Depends(originals)])
def correct_speaker(
    db: Db, subject: Annotated[str, Form(min_length=1, max_length=300)],
    side: Annotated[Literal["buyer", "seller", "unknown", "as found"], Form()],
    conversation_id: Annotated[str, Form(max_length=64)] = "", back: Annotated[str, Form(max_length=300)] = "",
) -> Response:  # fmt: skip
    wanted = None if side == "as found" else side
    number, ids = sides.say(db, subject, wanted, conversation_id, now=now(), actor=actor(ACTOR))
    if ids:
        submit_sides(db, ids)
    local = back if back.startswith("/conversations/") and "//" not in back else f"/speakers?done={number}"
    return RedirectResponse(local, 303)
