"""Comments on themes, quotes and figures: to a named person, closed visibly."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Db, Today, actor, shown
from api.errors import RESPONSES, BadParameter
from api.gate.who import visit
from api.models.common import Line
from api.views import comment as views
from pipelines.jobs import now
from pipelines.store import comments as store
from pipelines.store.comments import Comment
from pipelines.teams import comments

routes = APIRouter(tags=["comments"], responses=RESPONSES)
Number = Annotated[int, Path(ge=1, le=2**62)]


class CommentBody(BaseModel):
    """A comment as somebody writes it."""

    model_config = ConfigDict(extra="forbid")
    words: Annotated[str, Field(min_length=1, max_length=2000)]
    place: Annotated[str, Field(min_length=1, max_length=1500, description="an address within Parley: /themes/3, /reports/objections?persona=finance")]  # fmt: skip
    recipient: Line = Field(
        default="",
        max_length=120,
        description="whom it is for; one of the accounts where there are any; a `side` is enough",
    )
    kind: Literal["comment", "question", "wrong"] = "comment"
    side: Literal["", "sales", "marketing"] = ""
    name: Line = Field(default="", max_length=120, description="what the place or figure is called")
    figure: Line = Field(
        default="",
        max_length=120,
        description="one figure of the place: theme-3 in a report or on a theme’s page, number-coverage among the shared numbers; its value now is kept",
    )
    actor: Line = Field(default="api", min_length=1, max_length=80, description="who says it")


class StepBody(BaseModel):
    """Something done about a comment. `done` says what, for "close" and "answer" (which leaves it open); `to` is whom it goes
    to, for "hand on"; `answer` is the step that "take back" takes back, as its author or an
    administrator, and "put back" puts back."""

    model_config = ConfigDict(extra="forbid")
    act: Literal["answer", "take back", "put back", "close", "reopen", "hand on", "remove", "restore"]
    done: Annotated[str, Field(max_length=2000)] = ""
    to: Line = Field(default="", max_length=120)
    answer: Annotated[int, Field(ge=0, le=2**62, strict=True)] = 0
    base: Annotated[int, Field(ge=0, le=2**62, strict=True, description="the last step that was seen; 409 where a later one came")] | None = None  # fmt: skip
    actor: Line = Field(default="api", min_length=1, max_length=80, description="who does it")


@routes.get("/comments", summary="List comments")
def list_comments(
    db: Db, place: Annotated[str, Query(max_length=1500, description="only at this place, whatever its filters")] = "",
    to: Annotated[str, Query(max_length=120, description="only for this person")] = "",
    side: Annotated[Literal["", "sales", "marketing"], Query(description="only for this side")] = "",
    status: Literal["open", "closed", "all"] = "open",
) -> list[Comment]:  # fmt: skip
    """Comments that were not removed, each with its steps; open ones unless told otherwise."""
    found = store.at(db, place.partition("?")[0]) if place else store.every(db)
    return [
        one
        for one in comments.ordered(found)
        if to in ("", one.recipient)
        and side in ("", one.side)
        and (status == "all" or (one.closed is not None) == (status == "closed"))
    ]


@routes.post("/comments", status_code=201, summary="Say something of a theme, a quote or a figure")
def add(db: Db, today: Today, body: CommentBody) -> Comment:
    """It goes to a named person or to a side, stands at the place itself, and in the inbox until it is closed."""
    about = {"place": body.place, "name": body.name}
    if body.figure:
        if not (found := views.about(db, body.place, body.figure, today)):
            raise BadParameter("figure", "is none that this place shows")
        about |= found
    made = comments.add(
        db, kind=body.kind, words=body.words, recipient=body.recipient, side=body.side, actor=actor(body.actor),
        now=now(), **about,
    )  # fmt: skip
    return comments.get(shown(db), made.id)


@routes.post("/comments/{number}/steps", summary="Answer a comment, close, reopen, hand on, remove or restore it")
def step(db: Db, number: Number, body: StepBody) -> Comment:
    """Every step is kept with who and when; closing says what was done."""
    told = {"actor": actor(body.actor), "now": now()}
    match body.act:
        case "answer":
            comments.answer(db, number, words=body.done, base=body.base, **told)
        case "take back":
            comments.take_back(db, number, body.answer, by=visit().person, **told)
        case "put back":
            comments.put_back(db, number, body.answer, by=visit().person, **told)
        case "close":
            comments.close(db, number, done=body.done, base=body.base, **told)
        case "reopen":
            comments.reopen(db, number, base=body.base, **told)
        case "hand on":
            comments.hand_on(db, number, to=body.to, base=body.base, **told)
        case "remove":
            comments.remove(db, number, **told)
        case "restore":
            comments.restore(db, number, **told)
    return comments.get(shown(db), number)
