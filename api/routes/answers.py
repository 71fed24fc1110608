"""What to send a buyer: pages of ours that answer, what colleagues answered, and what should be written."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Db, actor, as_told
from api.errors import RESPONSES, NotFound
from api.models.common import Line
from pipelines.jobs import now
from pipelines.sales import answers, asking
from pipelines.sales.answers import Answers
from pipelines.store import asks, themes
from pipelines.store.asks import Ask

routes = APIRouter(tags=["answers"], responses=RESPONSES)


class AskBody(BaseModel):
    """What should be written."""

    model_config = ConfigDict(extra="forbid")
    words: Annotated[str, Field(min_length=1, max_length=1000, description="what the buyer said, or what is missing")]
    theme: Annotated[int, Field(ge=1, le=2**62, strict=True)] | None = None
    actor: Line = Field(default="api", min_length=1, max_length=80, description="who asks for it")


class QuestionBody(BaseModel):
    """What a buyer said or wrote; nothing of it is kept."""

    model_config = ConfigDict(extra="forbid")
    words: Annotated[str, Field(min_length=1, max_length=20_000, description="a sentence, or a whole mail")]


@routes.get("/answers", summary="What to send for a question, an objection or a competitor")
def answers_of(
    db: Db, words: Annotated[str, Query(max_length=2000, description="the buyer's words; longer ones with POST")] = "",
    theme: Annotated[int, Query(ge=0, le=2**62, description="a theme's id instead of words")] = 0,
) -> Answers:  # fmt: skip
    """Pages of ours that answer it with the passage that does, and what colleagues answered when it was not heard again.

    `pages` is empty where nothing answers it. Names in replies are masked.
    """
    about = themes.get(db, theme) if theme else None
    if theme and (about is None or about.status != "active"):
        raise NotFound("theme", theme)
    return answers.answers(db, words, theme=about)


@routes.post("/answers", summary="What to send for a pasted mail")
def answers_to_mail(db: Db, body: QuestionBody) -> Answers:
    """As with GET. A mail is read through: everything that it asks or objects to is answered by itself."""
    return answers.answers(db, body.words)


@routes.get("/answers/asks", summary="List what colleagues asked to be written")
def list_asks(db: Db) -> list[Ask]:
    """Requests that stand, the newest first."""
    return asks.every(db)


@routes.post("/answers/asks", status_code=201, summary="Ask for a page to be written")
def ask(db: Db, body: AskBody) -> Ask:
    """Put it on the content plan with the asker's name; the same words twice are one request."""
    made = asking.ask(db, body.words, theme_id=body.theme, actor=actor(body.actor), now=now())
    return replace(made, words=as_told(db, made.words))


@routes.delete("/answers/asks/{number}", summary="Take a request back")
def undo(db: Db, number: Annotated[int, Path(ge=1, le=2**62)]) -> Ask:
    """It goes from the plan, with the idea that it left there unless somebody went on from it."""
    undone = asking.undo(db, number, now=now())
    return replace(undone, words=as_told(db, undone.words))
