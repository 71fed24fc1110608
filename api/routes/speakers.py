"""Who is who: speakers with their sides, and corrections that hold for every file."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from api.deps import Db, Limit, originals
from api.errors import RESPONSES
from insights.roles import SideCorrection
from pipelines.jobs import now, submit_sides
from pipelines.store import corrections
from pipelines.uploads import sides

routes = APIRouter(tags=["speakers"], responses=RESPONSES)


class Excerpt(BaseModel):
    """Words that show a side, and where they stand."""

    conversation_id: str
    position: int
    text: str


class Speaker(BaseModel):
    """Somebody who speaks, in all conversations together; `conversation_id` is set for labels that name nobody."""

    subject: str
    name: str
    conversation_id: str
    side: str
    source: str
    confidence: float
    conversations: int
    reasons: dict[str, int]
    excerpts: list[Excerpt]


class Speakers(BaseModel):
    """The speakers that were asked for, and how many there are."""

    items: list[Speaker]
    total: int


class Corrected(BaseModel):
    """A correction that holds; who it is about is "" for who sees no names."""

    subject: str
    side: Literal["buyer", "seller", "unknown"]
    conversation_id: str = Field(default="", max_length=64)


class Correction(Corrected, extra="forbid"):
    """A person's word on a side: of a name or an address in every file, or of any label in one conversation."""

    subject: str = Field(min_length=1, max_length=300)


class Correcting(BaseModel):
    """What a correction is about, and the job that works it out and mines again."""

    conversations: int
    job: int | None


@routes.get("/speakers", summary="List speakers and their sides")
def list_speakers(
    db: Db, every: Annotated[bool, Query(alias="all", description="those whose side is sure too")] = False,
    limit: Limit = 100,
) -> Speakers:  # fmt: skip
    """Speakers whose side should be looked at, the most heard first, with what shows it."""
    found, total = sides.who_is_who(db, every=every, limit=limit)
    return Speakers(items=[Speaker.model_validate(one, from_attributes=True) for one in found], total=total)


@routes.get("/speakers/corrections", summary="List corrections of sides")
def list_corrections(db: Db) -> list[Corrected]:
    """Every correction that holds."""
    found = corrections.sides(db)
    return [Corrected(subject=c.subject, side=c.role, conversation_id=c.conversation_id) for c in found]


@routes.post("/speakers/corrections", summary="Correct a side", dependencies=[Depends(originals)])
def add_correction(db: Db, body: Correction) -> Correcting:
    """Say who somebody is; what depends on it is worked out again by a job."""
    ids = sides.correct(db, SideCorrection(body.subject, body.side, body.conversation_id), now=now())
    return Correcting(conversations=len(ids), job=submit_sides(db, ids) if ids else None)


@routes.delete("/speakers/corrections", summary="Take a correction back", dependencies=[Depends(originals)])
def remove_correction(
    db: Db, subject: Annotated[str, Query(min_length=1, max_length=300)], conversation_id: str = ""
) -> Correcting:
    """Let what is known otherwise decide again."""
    ids = sides.withdraw(db, subject, conversation_id)
    return Correcting(conversations=len(ids), job=submit_sides(db, ids) if ids else None)
