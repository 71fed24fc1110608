"""What the HTTP interface answers with, as far as the records of the lower packages are not the answer themselves."""

import unicodedata
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, Field

from api.wording import words
from pipelines.store.conversations import StoredUtterance
from pipelines.store.insights import Quote

T = TypeVar("T")


def one_line(text: str) -> str:
    """Text for a history or a name: control characters would reach terminals and tables."""
    if any(unicodedata.category(one) == "Cc" and not one.isspace() for one in text):
        raise ValueError("must not hold control characters")
    return text


Line = Annotated[str, AfterValidator(one_line)]


class Page(BaseModel, Generic[T]):
    """A part of a list. `next` is the value of `after` for the part that follows, null at the end."""

    items: list[T]
    next: str | None


class Words(BaseModel):
    """A quote for reading: the words, who said them where, and the address of their context."""

    id: str
    kind: str
    label: str
    text: str = Field(description="verbatim, never changed")
    voice: str
    source: str = Field(description="who said it, in which company and conversation, and when")
    theme_id: int | None
    theme: str
    context: str = Field(description="path of the page that shows it in its conversation")

    @staticmethod
    def of(quote: Quote) -> "Words":
        context = f"{words.link(f'/conversations/{quote.conversation_id}', {'quote': quote.id})}#u-{quote.position}"
        return Words(
            id=quote.id, kind=quote.kind, label=quote.label, text=quote.text, voice=quote.voice,
            source=words.source(quote),
            theme_id=quote.theme_id, theme=quote.theme, context=context,
        )  # fmt: skip


class Job(BaseModel):
    """Long work and how far it is; `total` is null while unknown.

    `done` and `total` are bytes in the stage "reading", else pieces of the stage's work.
    """

    id: int
    kind: str
    status: str
    stage: str
    done: int
    total: int | None
    error: str
    created_at: str
    started_at: str | None
    stage_began_at: str | None
    heartbeat_at: str | None
    finished_at: str | None
    result: dict[str, Any]


class Linked(BaseModel):
    """A conversation that is counted with another: its copy, an older version, or the same meeting ("occasion")."""

    id: str
    kind: str
    title: str
    occurred_at: str
    standing: str
    primary: str = ""
    confidence: float | None = None
    reasons: list[str] = []


class LinkDecision(BaseModel, extra="forbid"):
    """Whether another conversation is the same meeting."""

    other: str = Field(min_length=1, max_length=64)
    same: bool


class ConversationDetail(BaseModel):
    """A conversation with its facts, its utterances in order, and what was found in them.

    `counted_as` is the conversation that it counts as; `standing` says why: "" (itself), duplicate, revision, occasion.
    """

    id: str
    kind: str
    title: str
    occurred_at: str
    account: str
    contact: str
    job_title: str
    persona: str
    seniority: str
    rep: str
    stage: str
    outcome: str
    counted_as: str
    standing: str
    linked: list[Linked]
    file: str
    row: int | None
    participants: list[dict[str, Any]]
    fields: dict[str, str]
    utterances: list[StoredUtterance]
    insights: list[Quote]
