"""The page that says who is who, and lets a person correct it once for every file."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from api import upload_views
from api.deps import Db
from api.pages import page
from insights.roles import SideCorrection
from pipelines import sides
from pipelines.jobs import now, submit_sides

routes = APIRouter(include_in_schema=False)


@routes.get("/speakers")
def show_speakers(request: Request, db: Db, all: bool = False, saved: str = "") -> Response:
    return page(request, "speakers.html", upload_views.speakers(db, every=all), every=all, saved=saved[:100])


@routes.post("/speakers")
def correct_speaker(
    db: Db, subject: Annotated[str, Form(min_length=1, max_length=300)],
    side: Annotated[Literal["buyer", "seller", "unknown", "as found"], Form()],
    conversation_id: Annotated[str, Form(max_length=64)] = "", back: Annotated[str, Form(max_length=300)] = "",
) -> Response:  # fmt: skip
    if side == "as found":
        ids = sides.withdraw(db, subject, conversation_id)
    else:
        ids = sides.correct(db, SideCorrection(subject, side, conversation_id), now=now())
    if ids:
        submit_sides(db, ids)
    local = back if back.startswith("/conversations/") and "//" not in back else "/speakers?saved=1"
    return RedirectResponse(local, 303)
