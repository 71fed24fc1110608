"""Rules of what is kept how long and what never comes in, what each would take away, and receipts of what they took."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Db, Today, actor
from api.errors import RESPONSES, Conflict
from api.models.common import Line
from insights.keeping import Rule
from pipelines.jobs import now
from pipelines.privacy import keeping
from pipelines.privacy.keeping import Effect
from pipelines.store import jobs
from pipelines.store import keeping as store
from pipelines.store.keeping import Applied, Kept

routes = APIRouter(tags=["retention"], responses=RESPONSES)
Number = Annotated[int, Path(ge=1, le=2**62)]
Actor = Annotated[Line, Field(min_length=1, max_length=80, description="who does it")]


class RuleBody(BaseModel):
    """A rule in plain words."""

    model_config = ConfigDict(extra="forbid")
    type: Annotated[
        Literal["age", "private"], Field(description="age: goes when older than `months`; private: never comes in")
    ]
    kind: Annotated[Literal["", "call", "email", "note", "chat"], Field(description="empty for all")] = ""
    field: Annotated[
        Literal["", "subject", "label", "person", "domain", "account", "folder", "conversation"],
        Field(description="what must hold `words`"),
    ] = ""
    words: Annotated[str, Field(max_length=200, description="plain words, found as whole words")] = ""
    months: Annotated[int, Field(ge=0, le=600)] = 0
    actor: Actor = "api"

    @property
    def rule(self) -> Rule:
        return Rule(self.type, self.kind, self.field, self.words, self.months)


class RuleNow(BaseModel):
    """A rule with what it says in words and what it would take away now. `id` is null for one that is not kept."""

    id: int | None
    told: str
    now: Effect


class ApplyBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    conversations: Annotated[
        int, Field(ge=0, le=2**50, description="how many it takes away, as shown: 409 where it would be others")
    ]
    actor: Actor = "api"


@routes.get("/retention/rules", summary="List keeping rules")
def list_rules(db: Db, today: Today) -> list[RuleNow]:
    """Each with what it would take away now."""
    return [_now(db, one, today) for one in store.every(db)]


@routes.post("/retention/rules/preview", summary="See what a rule would take away")
def preview_rule(db: Db, today: Today, body: RuleBody) -> RuleNow:
    """Nothing is kept or changed."""
    return RuleNow(id=None, told=keeping.checked(body.rule).told, now=keeping.preview(db, body.rule, today=today))


@routes.post("/retention/rules", status_code=201, summary="Add a keeping rule")
def add_rule(db: Db, today: Today, body: RuleBody) -> RuleNow:
    """An age rule is applied every day, first when it has held for one; a private rule holds from the next upload on."""
    return _now(db, keeping.add(db, body.rule, now=now(), actor=actor(body.actor)), today)


@routes.delete("/retention/rules/{number}", summary="Take a rule back")
def remove_rule(db: Db, today: Today, number: Number) -> RuleNow:
    """What it took away stays gone."""
    return _now(db, keeping.set_status(db, number, "removed", now=now(), actor=actor("api")), today)


@routes.post("/retention/rules/{number}/apply", status_code=202, summary="Apply a rule now")
def apply_rule(db: Db, today: Today, number: Number, body: ApplyBody) -> RuleNow:
    """Queued as a job; it cannot be undone. The receipt follows under /retention/receipts."""
    found = _now(db, keeping.get(db, number), today)
    if found.now.conversations != body.conversations:
        raise Conflict(
            f"It would take away {found.now.conversations:,} conversations now, not {body.conversations:,}. Nothing was done."
        )
    with db.atomic():
        jobs.add(db, "keep", {"rule": number, "actor": actor(body.actor)}, now=now())
    return found


@routes.get("/retention/receipts", summary="List what rules took away")
def list_receipts(db: Db) -> list[Applied]:
    """The latest hundred, the newest first."""
    return store.receipts(db)


def _now(db: Db, one: Kept, today: Today) -> RuleNow:
    return RuleNow(id=one.id, told=one.told, now=keeping.preview(db, one.rule, today=today))
