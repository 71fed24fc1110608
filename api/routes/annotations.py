"""Notes on charts, reports and themes. A note says that something happened; it is never given as a cause."""

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Db, Limit, actor, kept_link, kept_text, shown
from api.errors import RESPONSES, BadParameter
from api.models.common import Line, Page
from pipelines.jobs import now
from pipelines.reports import annotations
from pipelines.reports.annotations import Draft
from pipelines.store import annotations as store

routes = APIRouter(tags=["annotations"], responses=RESPONSES)
NoteId = Annotated[int, Path(ge=1, le=2**62)]
Version = Annotated[int, Query(ge=1, le=2**50, description="the version that was seen; 409 where a later one came")]


class AnnotationBody(BaseModel):
    """A note. With `starts` it is marked on every chart that shows the day; without, it needs a `kind` or a `theme`, to
    whose page it is pinned. A theme's note has the theme's kind."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=1, max_length=500, description="what happened, in one line")]
    starts: Annotated[str, Field(max_length=10, description="YYYY-MM-DD, empty for a pinned note")] = ""
    ends: Annotated[str, Field(max_length=10, description="the last day, empty for one day's")] = ""
    kind: Annotated[
        str, Field(max_length=20, description="objection, question, competitor or tracker; empty for all")
    ] = ""
    theme: Annotated[int, Field(ge=1, le=2**62, strict=True)] | None = None
    link: Annotated[str, Field(max_length=500, description="a web address to read on")] = ""
    actor: Line = Field(default="api", min_length=1, max_length=80, description="who writes it")


class AnnotationChange(AnnotationBody):
    """The whole note anew. `version` is the one that was edited: 409 where somebody saved a later one."""

    version: Annotated[int, Field(ge=1, le=2**50, strict=True)] | None = None


class Annotation(BaseModel):
    """A note as it stands. `actor` made this version of it."""

    id: int
    text: str
    starts: str
    ends: str
    kind: str
    theme: int | None
    link: str
    version: int
    status: Literal["active", "removed"]
    created_at: str
    changed_at: str
    actor: str

    @classmethod
    def of(cls, one: store.Annotation) -> "Annotation":
        values = asdict(one)
        return cls(theme=values.pop("theme_id"), **values)


@routes.get("/annotations", summary="List notes")
def list_annotations(
    db: Db, status: Annotated[Literal["active", "removed"], Query(description="removed ones can be brought back")] = "active",
    q: Annotated[str, Query(max_length=200, description="words that must all occur")] = "", after: str = "",
    limit: Limit = 50,
) -> Page[Annotation]:  # fmt: skip
    """Notes, the newest day first, those that are pinned to a page last."""
    day, mark, number = after.partition("~")
    if after and not (mark and number.isascii() and number.isdigit() and len(number) < 16 and len(day) in (0, 10)):
        raise BadParameter("after", "is no cursor. Use the value of 'next' from the page before, unchanged.")
    found = store.every(db, status=status, q=q, after=after, limit=limit + 1)
    items = [Annotation.of(one) for one in found[:limit]]
    return Page(items=items, next=found[limit - 1].cursor if len(found) > limit else None)


@routes.post("/annotations", status_code=201, summary="Add a note")
def add_annotation(db: Db, body: AnnotationBody) -> Annotation:
    """Mark something that happened, or pin a note to a report or theme."""
    return show_annotation(shown(db), annotations.add(db, _draft(body), now=now(), actor=actor(body.actor)).id)


@routes.get("/annotations/{number}", summary="Show a note")
def show_annotation(db: Db, number: NoteId) -> Annotation:
    """A note, removed or not."""
    return Annotation.of(annotations.get(db, number))


@routes.put("/annotations/{number}", summary="Change a note")
def edit_annotation(db: Db, number: NoteId, body: AnnotationChange) -> Annotation:
    """Save it anew. A removed note stands again."""
    was = annotations.get(db, number)
    told = {"text": kept_text(db, body.text, was.text), "link": kept_link(db, body.link, was.link)}
    draft = _draft(body.model_copy(update=told))
    annotations.edit(db, number, draft, base=body.version or 0, now=now(), actor=actor(body.actor))
    return show_annotation(shown(db), number)


@routes.delete("/annotations/{number}", summary="Remove a note")
def remove_annotation(db: Db, number: NoteId, version: Version | None = None) -> Annotation:
    """Take it off every chart and page. It is kept: undo the version that is answered with to bring it back."""
    annotations.remove(db, number, base=version or 0, now=now(), actor=actor("api"))
    return show_annotation(shown(db), number)


@routes.post("/annotations/{number}/undo", summary="Undo a change of a note")
def undo_annotation(db: Db, number: NoteId, version: Version) -> Annotation:
    """Take back what a version did, as long as no later one came: the one before stands again."""
    annotations.undo(db, number, base=version, now=now(), actor=actor("api"))
    return show_annotation(shown(db), number)


def _draft(body: AnnotationBody) -> Draft:
    return Draft(body.text, body.starts, body.ends, body.kind, body.theme, body.link)
