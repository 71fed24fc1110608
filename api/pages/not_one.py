"""“Not an objection”: said of a quote, or of a hand-over gap, where it is shown, and taken back there."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlite_utils import Database
from starlette.responses import RedirectResponse, Response

from api.deps import Db, actor
from api.errors import RESPONSES
from api.models.common import Line
from api.pages.quote import actor_of
from api.routes.reviews import Reviewed
from api.wording.words import link, plural
from pipelines.jobs import now
from pipelines.reviews import not_one
from pipelines.store import reviews

routes = APIRouter(include_in_schema=False)
interface = APIRouter(tags=["reports"], responses=RESPONSES)
TOLD = ("told", "event")
Back = Annotated[
    str,
    Form(pattern=r"^/(reports/handover|accounts/[0-9a-f]{16}|quotes/[0-9a-f]{16})([?#][^\r\n]*)?$", max_length=2000),
]
Place = Annotated[int, Form(ge=0, le=2**31)]


class GapBody(BaseModel):
    """A hand-over gap as the report tells it: offsets are code points of its utterance."""

    model_config = ConfigDict(extra="forbid")
    utterance: Annotated[str, Field(min_length=1, max_length=64)]
    start: Annotated[int, Field(ge=0, le=2**31)]
    end: Annotated[int, Field(ge=1, le=2**31)]
    actor: Line = Field(default="api", min_length=1, max_length=80, description="who says so")


@dataclass(frozen=True, slots=True)
class Done:
    """What was just said to be none: its number, and in words what came of it."""

    event: int
    words: str


def done(db: Database, told: str, event: int) -> Done | None:
    """What a page says after somebody said that something is none; None where that does not hold any more."""
    known = reviews.get(db, event) if told == "none" and event else None
    if known is None or known.verdict != "no":
        return None
    others = reviews.decided_by(db, event) - 1
    return Done(event, "Left out of every figure" + (f", with {plural(others, 'quote')} like it" if others > 0 else ""))


@routes.post("/review/none")
def deny(
    request: Request, db: Db, back: Back, quote: Annotated[str, Form(max_length=64)] = "",
    utterance: Annotated[str, Form(max_length=64)] = "", start: Place = 0, end: Place = 0,
) -> Response:  # fmt: skip
    who = actor_of(request)
    if quote:
        number = not_one.quote(db, quote, actor=who, now=now())
    else:
        number = not_one.gap(db, utterance, start, end, actor=who, now=now())
    return RedirectResponse(_back(back, told="none", event=number), 303)


@routes.post("/review/none/undo")
def undo(db: Db, event: Annotated[int, Form(ge=1, le=2**62)], back: Back) -> Response:
    not_one.undo(db, event, now=now())
    return RedirectResponse(_back(back), 303)


def _back(address: str, **told: object) -> str:
    """Where somebody came from, with what was done, and without what was done before."""
    parts = urlsplit(address)
    kept = {name: value for name, value in parse_qsl(parts.query) if name not in TOLD}
    return link(parts.path, kept | {name: str(value) for name, value in told.items()})


@interface.post("/reports/handover/none", status_code=201, summary="Say that a hand-over gap is none")
def deny_gap(db: Db, body: GapBody) -> Reviewed:
    """It is in no figure from then on, after every re-reading too. Take it back: DELETE /reviews/{review_id}"""
    number = not_one.gap(db, body.utterance, body.start, body.end, actor=actor(body.actor), now=now())
    return Reviewed(id=number, insights=0)
