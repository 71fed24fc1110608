"""Review over HTTP: the queue, answers and their undo, and how good the finder is."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from api.deps import Db, actor, shown
from api.errors import RESPONSES, NotFound
from api.views.review import plain
from pipelines.jobs import now
from pipelines.reviews import precision, review
from pipelines.reviews.precision import Precision
from pipelines.reviews.review import Answer, Shown
from pipelines.store import review_items, reviews
from pipelines.store.reviews import Verdict

routes = APIRouter(tags=["review"], responses=RESPONSES)


class Said(BaseModel):
    """An utterance around the one in question."""

    position: int
    speaker: str
    role: str
    voice: str
    text: str


class QueueItem(BaseModel):
    """Something to judge. `insight_id` is null for an utterance in which nothing was found; offsets are code points of
    `text`. `also_no` and `also_label` are how many more items a "no" or another label reaches."""

    round: int
    position: int
    part: Literal["estimate", "learn", "recall"]
    insight_id: str | None
    utterance_id: str
    conversation_id: str
    kind: str
    label: str
    start: int
    end: int
    text: str
    context: list[Said]
    also_no: int
    also_label: int


class Queue(BaseModel):
    """The newest round: how many of its items are answered, of how many, and those that are not."""

    round: int | None
    done: int
    total: int
    items: list[QueueItem]


class Reviewing(BaseModel, extra="forbid"):
    """A verdict: yes, no, label (with the right one), skip; for a silent utterance nothing, skip, or missed with kind, label
    and place (0, 0 for all of it). Of an item of a round, or of any insight. `alike` false holds for this place alone."""

    round: int | None = Field(default=None, ge=1, le=2**62)
    position: int | None = Field(default=None, ge=1, le=10_000)
    insight_id: str = Field(default="", max_length=64)
    verdict: Verdict
    label: str = Field(default="", max_length=40)
    kind: str = Field(default="", max_length=20)
    start: int = Field(default=0, ge=0, le=2**31)
    end: int = Field(default=0, ge=0, le=2**31)
    alike: bool = True
    actor: str = Field(default="api", min_length=1, max_length=80)


class Reviewed(BaseModel):
    """The stored verdict, and how many insights stand as they do because of it."""

    id: int
    insights: int


class Share(BaseModel):
    """A share with its 95 % interval, from so many reviewed of so many."""

    share: float
    low: float
    high: float
    reviewed: int
    of: int


class KindPrecision(BaseModel):
    """How often the finder is right about a kind, how often with the right label, and which share it missed."""

    kind: str
    precision: Share | None
    labels_agreed: int
    labels_of: int
    missed: Share | None


class ThemePrecision(BaseModel):
    """The precision of a theme of which at least ten insights were reviewed at random."""

    theme_id: int
    precision: Share


class Figures(BaseModel):
    """Precision per kind and per theme."""

    kinds: list[KindPrecision]
    themes: list[ThemePrecision]


@routes.get("/review/queue", summary="List what to review")
def show_queue(db: Db, limit: Annotated[int, Query(ge=1, le=50)] = 10) -> Queue:
    """The open items of the newest round, in their order. Start one: POST /review/rounds"""
    found = review.progress(db)
    waiting = [i for i in review_items.items(db, found.id) if i.review_id is None][:limit] if found else []
    shown = [one for item in waiting if (one := review.show(db, item))]
    items = [_item(one) for one in shown]
    return Queue(
        round=found.id if found else None,
        done=found.done if found else 0,
        total=found.total if found else 0,
        items=items,
    )


@routes.post("/review/rounds", summary="Start a round", status_code=201)
def start_round(db: Db) -> Queue:
    """Draw the 50 most useful items: half at random, a quarter to learn from, a quarter to see what was missed."""
    review.draw(db, now=now(), actor=actor("api"))
    return show_queue(shown(db))


@routes.post("/reviews", summary="Review", status_code=201)
def add_review(db: Db, body: Reviewing) -> Reviewed:
    """Store a verdict; it holds at once, for what is like it too, and after every re-mining."""
    item = review.item_at(db, body.round, body.position) if body.round and body.position else None
    if body.round and item is None:
        raise NotFound("item", f"{body.round}.{body.position}")
    if item and item.review_id is not None:
        raise review.AnsweredAlready
    shown = review.show(db, item, insight_id=body.insight_id)
    if shown is None:
        raise NotFound("insight", body.insight_id)
    given = Answer(body.verdict, body.label, body.kind, body.start, body.end, alike=body.alike)
    review_id = review.answer(db, shown, given, actor=actor(body.actor), now=now())
    return Reviewed(id=review_id, insights=reviews.decided_by(db, review_id))


@routes.delete("/reviews/{review_id}", summary="Undo a review", status_code=204)
def undo_review(db: Db, review_id: Annotated[int, Path(ge=1, le=2**62)]) -> None:
    """Take a verdict back with all that it changed; its item is asked again."""
    if not review.undo(db, review_id, now=now()):
        raise NotFound("review", review_id)


@routes.get("/reviews/precision", summary="How good the finder is")
def show_precision(db: Db) -> Figures:
    """Precision, label agreement and the share missed, per kind and theme, from items drawn at random alone."""
    themes = [ThemePrecision(theme_id=i, precision=Share(**plain(e) or {})) for i, e in precision.of_themes(db).items()]
    return Figures(kinds=[_kind(one) for one in precision.precision(db)], themes=themes)


def _kind(found: Precision) -> KindPrecision:
    agreed, judged = found.labels
    parts: dict[str, Any] = {"precision": plain(found.precision), "missed": plain(found.missed)}
    return KindPrecision(kind=found.kind, labels_agreed=agreed, labels_of=judged, **parts)


def _item(shown: Shown) -> QueueItem:
    i, u, item = shown.insight, shown.utterance, shown.item
    assert item is not None
    return QueueItem(
        round=item.round_id, position=item.position, part=item.part, insight_id=i["id"] if i else None,  # type: ignore[arg-type]
        utterance_id=u["id"], conversation_id=u["conversation_id"], kind=i["kind"] if i else "",
        label=i["found_label"] if i else "", start=i["start"] if i else 0, end=i["end"] if i else len(u["text"]),
        text=u["text"], also_no=len(shown.also["no"]), also_label=len(shown.also["label"]),
        context=[Said(**{k: v for k, v in said.items() if k != "id"}) for said in shown.said if said["id"] != u["id"]],
    )  # fmt: skip
