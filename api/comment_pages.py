"""The inbox of comments, and the forms for them that stand at themes, quotes and reports. Everything can be undone."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from sqlite_utils import Database
from starlette.responses import RedirectResponse, Response

from api import comment_views as views
from api.deps import Db, actor, shown
from api.pages import ACTOR, RowId, page
from pipelines import comments
from pipelines.jobs import now
from pipelines.store.comments import Comment

routes = APIRouter(include_in_schema=False)
Line = Annotated[str, Form(max_length=120)]
Words = Annotated[str, Form(max_length=20_000)]
Base = Annotated[str, Form(pattern=r"^\d{0,15}$")]


@routes.get("/comments")
def show_comments(
    request: Request, db: Db, show: Literal["open", "closed", "all"] = "open", to: Annotated[str, Query(max_length=120)] = "",
    side: Literal["", "sales", "marketing"] = "", removed: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> Response:  # fmt: skip
    return page(request, "comments.html", views.inbox(db, show=show, recipient=to, side=side, removed=removed))


@routes.post("/comments")
def add(
    db: Db, words: Words, place: Annotated[str, Form(max_length=2000)], kind: Line = "comment", to: Line = "", side: Line = "",
    name: Line = "", who: Line = "",
) -> Response:  # fmt: skip
    made = comments.add(
        db, kind=kind, place=place, words=words, recipient=to, side=side, name=name, actor=actor(who.strip() or ACTOR), now=now()
    )  # fmt: skip
    return RedirectResponse(f"{made.place}#c-{made.id}", 303)


@routes.post("/comments/{number}/close")
def close(db: Db, number: RowId, done: Words = "", base: Base = "", back: Line = "", who: Line = "") -> Response:
    one = comments.close(db, number, done=done, base=_base(base), actor=actor(who.strip() or ACTOR), now=now())
    return _back(db, one, back)


@routes.post("/comments/{number}/reopen")
def reopen(db: Db, number: RowId, base: Base = "", back: Line = "", who: Line = "") -> Response:
    return _back(db, comments.reopen(db, number, base=_base(base), actor=actor(who.strip() or ACTOR), now=now()), back)


@routes.post("/comments/{number}/to")
def hand_on(db: Db, number: RowId, to: Line, base: Base = "", back: Line = "", who: Line = "") -> Response:
    return _back(
        db, comments.hand_on(db, number, to=to, base=_base(base), actor=actor(who.strip() or ACTOR), now=now()), back
    )


@routes.post("/comments/{number}/remove")
def remove(db: Db, number: RowId) -> Response:
    comments.remove(db, number, actor=actor(ACTOR), now=now())
    return RedirectResponse(f"/comments?removed={number}", 303)


@routes.post("/comments/{number}/restore")
def restore(db: Db, number: RowId) -> Response:
    return _back(db, comments.restore(db, number, actor=actor(ACTOR), now=now()), "")


def _base(text: str) -> int | None:
    return int(text) if text else None


def _back(db: Database, one: Comment, back: str) -> Response:
    """To the place itself, or to the inbox, where the form stood."""
    place = comments.get(shown(db), one.id).place if back == "place" else "/comments?show=all"
    return RedirectResponse(f"{place}#c-{one.id}", 303)
