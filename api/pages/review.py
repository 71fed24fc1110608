"""The review page: one item at a time, answered by forms; a browser is a person, known by a cookie that names
nobody."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Cookie, Form, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Db
from api.pages.answering import page
from api.views import review as review_views
from pipelines.jobs import now
from pipelines.reviews import review
from pipelines.reviews.review import Answer, AnsweredAlready
from pipelines.store import reviews
from pipelines.store.reviews import Verdict

routes = APIRouter(include_in_schema=False)
COOKIE = "parley_reviewer"
Holder = Annotated[str, Cookie(alias=COOKIE, pattern="^[0-9a-f]{8}$")]
TOLD = {
    "taken": "Somebody answered that one a moment ago, and that answer stands.", "undone": "Taken back.",
    "nothing": "There is nothing of yours to take back.", "gone": "What that was about is no longer here.",
}  # fmt: skip


@routes.get("/review")
def show_review(request: Request, db: Db, missed: str = "", told: str = "", holder: Holder = "") -> Response:
    mine = holder or secrets.token_hex(4)
    view = review_views.page(db, holder=mine, now=now(), missed=missed, told=TOLD.get(told, ""))
    answer = page(request, "review.html", view, sentence=review_views.sentence)
    if not holder:
        answer.set_cookie(COOKIE, mine, max_age=365 * 86400, httponly=True, samesite="strict", path="/review")
    return answer


@routes.post("/review/rounds")
def start_round(db: Db, holder: Holder = "") -> Response:
    review.draw(db, now=now(), actor=review_views.actor(holder))
    return RedirectResponse("/review", 303)


@routes.post("/review")
def answer_item(
    db: Db, item: Annotated[str, Form(pattern=r"^\d{1,9}\.\d{1,4}$")], verdict: Annotated[Verdict, Form()] = "label",
    label: Annotated[str, Form(max_length=40)] = "", kind: Annotated[str, Form(max_length=20)] = "",
    span: Annotated[str, Form(pattern=r"^(\d{1,9}:\d{1,9})?$")] = "", here: Annotated[bool, Form()] = False,
    holder: Holder = "",
) -> Response:  # fmt: skip
    round_id, position = (int(part) for part in item.split("."))
    start, end = (int(part) for part in (span or "0:0").split(":"))
    asked = review.item_at(db, round_id, position)
    shown = review.show(db, asked) if asked else None
    if shown is None:
        return RedirectResponse("/review?told=gone", 303)
    if asked and asked.review_id is not None:
        return RedirectResponse("/review?told=taken", 303)
    given = Answer(verdict, label, kind, start, end, alike=not here)
    try:
        review.answer(db, shown, given, actor=review_views.actor(holder), now=now())
    except AnsweredAlready:
        return RedirectResponse("/review?told=taken", 303)
    return RedirectResponse("/review", 303)


@routes.post("/review/undo")
def undo_answer(db: Db, id: Annotated[int, Form(ge=0, le=2**62)] = 0, holder: Holder = "") -> Response:
    last = id or next((r.id or 0 for r in reviews.recent(db, actor=review_views.actor(holder), limit=1)), 0)
    taken = bool(last) and review.undo(db, last, now=now())
    return RedirectResponse(f"/review?told={'undone' if taken else 'nothing'}", 303)
