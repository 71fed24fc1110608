"""Forget a person, and the receipts of it. The address is in the body, never in the web address, where logs would keep it."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Db, OurSettings, actor
from api.errors import RESPONSES
from api.models.common import Line
from pipelines.jobs import now
from pipelines.privacy import forget, forgotten, receipts
from pipelines.privacy.forget import Preview
from pipelines.privacy.persons import Asked
from pipelines.privacy.receipts import Receipt

routes = APIRouter(tags=["erasures"], responses=RESPONSES)
Number = Annotated[int, Path(ge=1, le=2**62)]
Given = Annotated[
    str, Field(min_length=3, max_length=300, description="a mail address, a whole name, or a telephone number")
]
Account = Annotated[str, Field(max_length=300, description="the company, where a name is given")]


class WhoBody(BaseModel):
    """Whom to forget."""

    model_config = ConfigDict(extra="forbid")
    given: Given
    account: Account = ""
    which: Annotated[
        tuple[Line, ...],
        Field(
            max_length=200,
            description="among people of one name at one company: the addresses and job titles of the one, or * for all of them",
        ),
    ] = ()


class EraseBody(WhoBody):
    """Whom to forget, confirmed. It cannot be undone."""

    confirm: Annotated[str, Field(max_length=300, description="`given` once more, as it is there")]
    token: Annotated[
        str, Field(max_length=64, description="`token` of the preview: 409 where something else would go now")
    ]
    reference: Annotated[
        str, Field(max_length=200, description="what the request is filed under; not the person's name")
    ] = ""
    actor: Line = Field(default="api", min_length=1, max_length=80, description="who does it")


class LiftBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    actor: Line = Field(default="api", min_length=1, max_length=80, description="who does it")


@routes.post("/erasures/preview", summary="See what forgetting a person would remove")
def preview_erasure(db: Db, settings: OurSettings, body: WhoBody) -> Preview:
    """Counts by table, every figure that would change and why, and what would remain. Nothing is changed."""
    return forget.preview(db, Asked(body.given, body.account, body.which), settings.home)


@routes.post("/erasures", status_code=201, summary="Forget a person")
def erase(db: Db, settings: OurSettings, body: EraseBody) -> Receipt:
    """Remove the person's words and cover their name in others'. Returns the receipt; it cannot be undone."""
    done = forget.forget(
        db, Asked(body.given, body.account, body.which), settings.home, confirmed=body.confirm, token=body.token,
        now=now, actor=actor(body.actor),
        reference=body.reference,
    )  # fmt: skip
    forgotten.note(db, settings.home)
    return done


@routes.get("/erasures", summary="List receipts of erasures")
def list_erasures(db: Db) -> list[Receipt]:
    """The latest hundred, the newest first."""
    return receipts.every(db)


@routes.get("/erasures/{number}", summary="Show a receipt")
def show_erasure(db: Db, number: Number) -> Receipt:
    """What was removed, what remains and why. It does not say who it was."""
    return receipts.get(db, number)


@routes.post("/erasures/{number}/lift", summary="Let somebody's words come in again")
def lift_erasure(db: Db, settings: OurSettings, number: Number, body: LiftBody) -> Receipt:
    """Later uploads may bring the person again. What was forgotten stays forgotten."""
    lifted = receipts.lift(db, number, now=now(), actor=actor(body.actor))
    forgotten.note(db, settings.home)
    return lifted
