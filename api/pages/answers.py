"""The page "What do I send?" and the requests that it leaves on the plan."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Db, actor, shown
from api.pages.answering import ACTOR, RowId, page
from api.serving import warming
from api.views import answers as views
from pipelines.jobs import now
from pipelines.sales import asking

routes = APIRouter(include_in_schema=False)
Words = Annotated[str, Query(max_length=2000)]
Number = Annotated[int, Query(ge=0, le=2**62)]


@routes.get("/answers")
def show_answers(request: Request, db: Db, words: Words = "", theme: Number = 0, done: Number = 0) -> Response:
    if not words and not theme:
        warming.expect_a_mail()
    return page(request, "answers.html", views.view(db, words, theme=theme, done=done), heard=views.heard)


@routes.post("/answers")
def find_answers(request: Request, db: Db, words: Annotated[str, Form(max_length=200_000)] = "") -> Response:
    # What a buyer wrote does not belong into an address, which logs and histories keep.
    return page(request, "answers.html", views.view(db, words), heard=views.heard)


@routes.post("/answers/asks")
def ask(
    request: Request, db: Db, words: Annotated[str, Form(max_length=2000)],
    theme: Annotated[int, Form(ge=0, le=2**62)] = 0,
    who: Annotated[str, Form(max_length=80)] = "", given: Annotated[str, Form(max_length=200_000)] = "",
) -> Response:  # fmt: skip
    """`given` is the mail that it was found in: the answers to the rest of it stay on the page."""
    made = asking.ask(db, words, theme_id=theme or None, actor=actor(who.strip() or ACTOR), now=now())
    if given.strip():
        return page(request, "answers.html", views.view(shown(db), given, done=made.id), heard=views.heard)
    return RedirectResponse(
        f"/answers?theme={theme}&done={made.id}#done" if theme else f"/answers?done={made.id}#asked", 303
    )


@routes.post("/answers/asks/{number}/undo")
def undo(db: Db, number: RowId) -> Response:
    asking.undo(db, number, now=now())
    return RedirectResponse("/answers#asked", 303)
