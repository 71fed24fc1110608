"""Digests: what changed, at most five things, by mail or webhook, when it is due."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from api.deps import Db, OurSettings, Today, actor, kept_text, sees_originals, shown
from api.errors import RESPONSES
from api.pages.digest import check_sides, digest_filters
from api.views import digest as views
from insights.schedules import Schedule
from pipelines.store import digests as store
from pipelines.teams import digest_plans, digests, letters
from pipelines.teams.digest_plans import Plan
from pipelines.teams.digests import Digest

routes = APIRouter(tags=["digests"], responses=RESPONSES)
DigestId = Annotated[int, Path(ge=1, le=2**62)]
ACTOR = "api"
Kind = Literal["objection", "question", "competitor", "tracker"]
Short = Annotated[str, Field(max_length=400)]


class ScheduleBody(BaseModel, extra="forbid"):
    """Every hour, every day, every week on `day` 0 (Monday) to 6, or every month on `day` 1 to 31, at `hour` 0 to 23 of the zone's clock."""

    every: Literal["hour", "day", "week", "month"] = "week"
    day: int = Field(default=0, ge=0, le=31)
    hour: int = Field(default=8, ge=0, le=23)
    zone: str = Field(default="UTC", max_length=64, description="an IANA name, for instance Europe/Berlin")


class DigestBody(BaseModel, extra="forbid"):
    """What a digest tells, when and to whom."""

    title: str = Field(max_length=1000)
    kinds: list[Kind] = Field(default=[], description="all where none is named")
    filters: dict[Short, Short] = Field(default={}, max_length=40, description="the filters of every list, by name")
    schedule: ScheduleBody = ScheduleBody()
    mails: list[Short] = Field(default=[], max_length=100)
    webhook: str = Field(default="", max_length=4000, description="http(s) address; never told again in full")
    form: Literal["json", "slack", "teams"] = "json"
    only_changes: bool = Field(default=True, description="send nothing where nothing is new")
    quotes: Literal["none", "role", "account"] = Field(
        default="role", description="whose words they are: role and industry, or role and account"
    )
    proposals: bool = Field(default=False, description="also tell what waits for a decision: proposed themes and names")
    this: Short = Field(
        default="", description="with `that`: tell what differs between two groups, not what changed; FIELD:VALUE"
    )
    that: Short = ""
    over: Literal["", "all"] = Field(
        default="", description="all: compare all conversations, not the current window alone"
    )
    days: Short = Field(
        default="", description="how long the windows compared are, in days; quarter for calendar quarters"
    )
    side: Literal["", "sales", "marketing"] = Field(
        default="", description="add open comments, and what came of them and of requests, for one side"
    )


class DigestChange(DigestBody):
    """The digest as it should be; `webhook` null keeps the address, `version` is the one that was edited, 0 for any."""

    webhook: str | None = Field(default=None, max_length=4000)  # type: ignore[assignment]
    version: int = Field(default=0, ge=0)


class SavedDigest(DigestBody):
    """A digest as it is set up. `webhook` is its address without the part that is as good as a password."""

    id: int
    version: int
    status: str
    next_due: str = Field(description="UTC; of an active digest")
    created_at: str
    changed_at: str
    actor: str


class Letter(BaseModel):
    """Exactly what would be sent now: the mail as text and HTML, and what the webhook would be posted."""

    subject: str
    text: str
    html: str
    payload: dict[str, Any]


class Delivery(BaseModel):
    """A message to one address: waiting, sending, sent, failed, or unknown (it may have arrived)."""

    channel: str
    address: str
    status: str
    tries: int
    try_at: str
    finished_at: str
    reason: str


class Run(BaseModel):
    """One time that it was due, or asked for (`asked` is "now"): waiting, ready, quiet (nothing changed) or failed."""

    id: int
    due_at: str
    asked: str
    status: str
    reason: str
    deliveries: list[Delivery]


class Asked(BaseModel):
    run: int


@routes.get("/digests", summary="List digests")
def list_digests(
    db: Db, status: Annotated[Literal["", "active", "paused", "removed"], Query(description="all but removed without it")] = ""
) -> list[SavedDigest]:  # fmt: skip
    """Every digest, by title."""
    return [_told(one) for one in digests.every(db, *([status] if status else []))]


@routes.post("/digests/preview", summary="See what a digest would say")
def preview_digest(db: Db, settings: OurSettings, today: Today, body: DigestBody) -> Letter:
    """Exactly what would be sent now. Nothing is sent or saved."""
    letter = digests.preview(db, _plan(db, body, today), settings, now=_now(), actor=actor(ACTOR))
    payload = letters.payload(letter, body.form, key="digest-preview")
    return Letter(subject=letter.subject, text=letters.text(letter), html=letters.html(letter), payload=payload)


@routes.post("/digests", status_code=201, summary="Set a digest up")
def add_digest(db: Db, today: Today, body: DigestBody) -> SavedDigest:
    """It is sent from its next due time on."""
    made = digests.save(db, _plan(db, body, today), now=_now(), actor=actor(ACTOR))
    return show_digest(shown(db), made.id)


@routes.get("/digests/{digest_id}", summary="Show a digest")
def show_digest(db: Db, digest_id: DigestId) -> SavedDigest:
    """A digest as it is set up, removed or not."""
    return _told(digests.get(db, digest_id))


@routes.put("/digests/{digest_id}", summary="Change a digest")
def change_digest(db: Db, today: Today, digest_id: DigestId, body: DigestChange) -> SavedDigest:
    """The whole of it; a webhook that is left out stays."""
    known = digests.get(db, digest_id)
    webhook = known.plan.webhook if body.webhook is None else body.webhook
    plan = _plan(db, body, today, webhook=webhook, was=known.plan)
    digests.edit(db, digest_id, plan, now=_now(), actor=actor(ACTOR), base=body.version)
    return show_digest(shown(db), digest_id)


@routes.delete("/digests/{digest_id}", status_code=204, summary="Remove a digest")
def remove_digest(db: Db, digest_id: DigestId) -> None:
    """It is kept and can be brought back with `resume`."""
    digests.set_status(db, digest_id, "removed", now=_now())


@routes.post("/digests/{digest_id}/pause", summary="Pause a digest")
def pause_digest(db: Db, digest_id: DigestId) -> SavedDigest:
    """Nothing is sent until it is resumed."""
    digests.set_status(db, digest_id, "paused", now=_now())
    return show_digest(shown(db), digest_id)


@routes.post("/digests/{digest_id}/resume", summary="Let a digest go on")
def resume_digest(db: Db, digest_id: DigestId) -> SavedDigest:
    """From its next due time on; also brings a removed one back."""
    digests.set_status(db, digest_id, "active", now=_now())
    return show_digest(shown(db), digest_id)


@routes.post("/digests/{digest_id}/send", status_code=202, summary="Send a digest now")
def send_digest(db: Db, digest_id: DigestId) -> Asked:
    """Whether or not something changed; the worker sends it."""
    return Asked(run=digests.send_now(db, digest_id, now=_now()))


@routes.get("/digests/{digest_id}/runs", summary="List what became of a digest")
def list_runs(db: Db, digest_id: DigestId, limit: Annotated[int, Query(ge=1, le=200)] = 20) -> list[Run]:
    """The newest times that it was due, with what became of every message."""
    digests.get(db, digest_id)
    found = []
    for run, sent in store.runs(db, digest_id, limit=limit):
        messages = [Delivery(**{name: getattr(one, name) for name in Delivery.model_fields}) for one in sent]
        told = {name: getattr(run, name) for name in ("id", "due_at", "asked", "status", "reason")}
        found.append(Run(**told, deliveries=messages))
    return found


def _plan(db: Db, body: DigestBody, today: Any, *, webhook: str | None = None, was: Plan | None = None) -> Plan:
    """`was` is the plan that is changed. Who may not see names sets up a digest that is worked out as they see it."""
    wanted = views.filters_from(body.filters)
    title = kept_text(db, body.title, was.title if was else "")
    given = digest_filters(db, wanted, today)
    check_sides(db, body.this, body.that, today)
    values = body.model_dump(exclude={"schedule", "version", "filters", "webhook", "title"})
    values |= {
        "kinds": tuple(body.kinds),
        "mails": tuple(body.mails),
        "webhook": body.webhook if webhook is None else webhook,
    }
    covered = not sees_originals(db)
    return Plan(title, **values, filters=given, schedule=Schedule(**body.schedule.model_dump()), covered=covered)


def _told(digest: Digest) -> SavedDigest:
    plan = asdict(digest.plan) | {"webhook": digest_plans.masked(digest.plan.webhook)}
    plan.pop("covered")
    rest = {
        name: getattr(digest, name)
        for name in ("id", "version", "status", "next_due", "created_at", "changed_at", "actor")
    }
    return SavedDigest(**plan, **rest)


def _now() -> datetime:
    return datetime.now(UTC)
