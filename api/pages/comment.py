"""The inbox of comments, and the forms for them that stand at themes, quotes and reports. Everything can be undone."""

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from sqlite_utils import Database
from starlette.responses import RedirectResponse, Response

from api.deps import Db, Today, actor, shown
from api.gate.who import visit
from api.pages.answering import ACTOR, RowId, page
from api.views import comment as views
from pipelines.jobs import now
from pipelines.store.comments import Comment
from pipelines.teams import comments

routes = APIRouter(include_in_schema=False)
Line = Annotated[str, Form(max_length=120)]
Words = Annotated[str, Form(max_length=20_000)]
Back = Annotated[str, Form(max_length=1000)]
_INBOX = re.compile(r"/comments(\?[\w=&%.+~-]*)?")
Base = Annotated[str, Form(pattern=r"^\d{0,15}$")]


@routes.get("/comments")
def show_comments(
    request: Request, db: Db, today: Today, show: Literal["open", "closed", "all"] = "open",
    to: Annotated[str, Query(max_length=120)] = "",
    side: Literal["", "sales", "marketing"] = "", moved: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> Response:  # fmt: skip
    return page(
        request,
        "comments.html",
        views.inbox(db, show=show, recipient=to, side=side, moved=moved, now=now(), today=today),
    )


@routes.post("/comments")
def add(
    db: Db, today: Today, words: Words, place: Annotated[str, Form(max_length=2000)], kind: Line = "comment", to: Line = "",
    side: Line = "",
    name: Line = "", who: Line = "", figure: Line = "",
) -> Response:  # fmt: skip
    about = {"place": place, "name": name} | (views.about(db, place, figure, today) if figure else {})
    made = comments.add(
        db, kind=kind, words=words, recipient=to, side=side, actor=actor(who.strip() or ACTOR), now=now(), **about
    )
    return RedirectResponse(f"{made.place}#c-{made.id}", 303)


@routes.post("/comments/side")
def take_side(db: Db, side: Line = "", back: Back = "") -> Response:
    if person := visit().person:
        comments.take_side(db, person, side, now=now())
    return RedirectResponse(back if _INBOX.fullmatch(back) else "/comments", 303)


@routes.post("/comments/{number}/close")
def close(db: Db, number: RowId, done: Words = "", base: Base = "", back: Back = "", who: Line = "") -> Response:
    one = comments.close(db, number, done=done, base=_base(base), actor=actor(who.strip() or ACTOR), now=now())
    return _back(db, one, back, moved=True)


@routes.post("/comments/{number}/answer")
def answer(
    db: Db, number: RowId, done: Words = "", base: Base = "", back: Back = "", close: Line = "", who: Line = ""
) -> Response:
    """An answer leaves it open unless `close` is pressed beside it."""
    seen, by = _base(base), actor(who.strip() or ACTOR)
    if close:
        return _back(db, comments.close(db, number, done=done, base=seen, actor=by, now=now()), back, moved=True)
    return _back(db, comments.answer(db, number, words=done, base=seen, actor=by, now=now()), back)


@routes.post("/comments/{number}/answers/{step}/back")
def take_back(db: Db, number: RowId, step: RowId, back: Back = "") -> Response:
    return _back(db, comments.take_back(db, number, step, by=visit().person, actor=actor(ACTOR), now=now()), back)


@routes.post("/comments/{number}/answers/{step}/again")
def put_back(db: Db, number: RowId, step: RowId, back: Back = "") -> Response:
    return _back(db, comments.put_back(db, number, step, by=visit().person, actor=actor(ACTOR), now=now()), back)


@routes.post("/comments/{number}/reopen")
def reopen(db: Db, number: RowId, base: Base = "", back: Back = "", who: Line = "") -> Response:
    return _back(db, comments.reopen(db, number, base=_base(base), actor=actor(who.strip() or ACTOR), now=now()), back)


@routes.post("/comments/{number}/to")
def hand_on(db: Db, number: RowId, to: Line, base: Base = "", back: Back = "", who: Line = "") -> Response:
    return _back(
        db, comments.hand_on(db, number, to=to, base=_base(base), actor=actor(who.strip() or ACTOR), now=now()), back
    )


@routes.post("/comments/{number}/remove")
def remove(db: Db, number: RowId, back: Back = "") -> Response:
    return _back(db, comments.remove(db, number, actor=actor(ACTOR), now=now()), back, moved=True)


@routes.post("/comments/{number}/restore")
def restore(db: Db, number: RowId) -> Response:
    return _back(db, comments.restore(db, number, actor=actor(ACTOR), now=now()), "")


def _base(text: str) -> int | None:
    return int(text) if text else None


def _back(db: Database, one: Comment, back: str, *, moved: bool = False) -> Response:
    """To the place itself, or to the list of the inbox where the form stood; what `moved` out of it is told there."""
    if back == "place" and not one.removed_at:
        return RedirectResponse(f"{comments.get(shown(db), one.id).place}#c-{one.id}", 303)
    listed = back if _INBOX.fullmatch(back) else "/comments?show=all"
    more = f"{'&' if '?' in listed else '?'}moved={one.id}" if moved else f"#c-{one.id}"
    return RedirectResponse(f"{listed}{more}", 303)
