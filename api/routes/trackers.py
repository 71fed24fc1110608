"""Trackers: a user's own concepts, tried on the history before they are saved."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from sqlite_utils import Database

from api.deps import Db, Limit, actor, kept_text, kept_texts, shown
from api.errors import RESPONSES, BadParameter
from api.models.common import Page
from insights.trackers import Tracker
from pipelines.catalogue import trackers
from pipelines.jobs import now
from pipelines.store import trackers as store

routes = APIRouter(tags=["trackers"], responses=RESPONSES)
TrackerId = Annotated[int, Path(ge=1, le=2**62)]
ACTOR = "api"
Lines = Annotated[list[Annotated[str, Field(max_length=2000)]], Field(max_length=1000)]


class TrackerBody(BaseModel, extra="forbid"):
    """A concept: phrases, or 5 to 20 example sentences, or both."""

    name: str = Field(default="", max_length=200)
    phrases: Lines = Field(default=[], description='matched in any word form; "*" stands for up to five words')
    examples: Lines = Field(default=[], description="sentences that say it, 5 to 20")
    counter_examples: Lines = Field(default=[], description="sentences that come near but are not meant")
    said_by: Literal["buyer", "seller", "anyone"] = "buyer"
    asked: Literal["question", "statement", "either"] = "either"
    strictness: Literal["strict", "normal", "loose"] = "normal"


class TrackerChange(TrackerBody):
    """The tracker as it should be; `version` is the one that was edited, 0 for whichever there is."""

    version: int = Field(default=0, ge=0)


class Sentence(BaseModel):
    """A sentence that was found, verbatim, and where it stands."""

    text: str
    start: int
    end: int
    confidence: float = Field(description="0.5 at the line; likeness to the examples, not the chance of being right")
    why: str
    utterance_id: str
    conversation_id: str
    position: int
    speaker: str
    role: str
    voice: str
    account: str
    day: str


class Month(BaseModel):
    month: str
    conversations: int


class Reach(BaseModel):
    """How far a tracker reaches."""

    hits: int
    own: int = Field(description="hits in the buyer's own words")
    reported: int = Field(description="hits in a rep's note about the buyer")
    conversations: int
    accounts: int
    last: str = Field(description="the last day it was heard, empty if never")
    months: list[Month]


class TrackerPreview(BaseModel):
    """What a tracker would find; `waiting` more sentences are read when it is saved, so the counts may be a least."""

    reach: Reach
    surest: list[Sentence]
    barely: list[Sentence]
    near_misses: list[Sentence]
    sentences: int
    waiting: int
    advice: list[str]


class SavedTracker(TrackerBody):
    """A saved tracker with how far it reaches; `complete` says that its version has been through the whole history."""

    id: int
    version: int
    complete: bool
    status: str
    created_at: str
    changed_at: str
    reach: Reach


@routes.get("/trackers", summary="List trackers")
def list_trackers(
    db: Db, status: Annotated[Literal["active", "removed"], Query(description="removed ones can be brought back")] = "active"
) -> list[SavedTracker]:  # fmt: skip
    """Every tracker with how far it reaches."""
    return [_saved(one) for one in trackers.every(db, status)]


@routes.post("/trackers/preview", summary="Try a tracker on the history")
def preview_tracker(db: Db, body: TrackerBody) -> TrackerPreview:
    """Hits and near misses in all that is stored. Nothing is saved."""
    seen = trackers.preview(db, _tracker(body))
    return TrackerPreview(
        reach=_reach(seen.counts), surest=_sentences(seen.surest), barely=_sentences(seen.barely),
        near_misses=_sentences(seen.near), sentences=seen.sentences, waiting=seen.waiting, advice=list(seen.advice),
    )  # fmt: skip


@routes.post("/trackers", status_code=201, summary="Save a tracker")
def add_tracker(db: Db, body: TrackerBody) -> SavedTracker:
    """Save a tracker and apply it to the whole history."""
    made = trackers.save(db, _tracker(body), now=now(), actor=actor(ACTOR))
    return show_tracker(shown(db), made)


@routes.get("/trackers/{tracker_id}", summary="Show a tracker")
def show_tracker(db: Db, tracker_id: TrackerId) -> SavedTracker:
    """A tracker with how far it reaches."""
    saved = trackers.get(db, tracker_id)
    return _saved(trackers.Listed(saved, store.counts(db, saved)))


@routes.put("/trackers/{tracker_id}", summary="Edit a tracker")
def edit_tracker(db: Db, tracker_id: TrackerId, body: TrackerChange) -> SavedTracker:
    """Save a new version and apply it to the whole history."""
    wanted = kept_tracker(db, tracker_id, _tracker(body))
    trackers.edit(db, tracker_id, wanted, now=now(), actor=actor(ACTOR), base=body.version)
    return show_tracker(shown(db), tracker_id)


@routes.delete("/trackers/{tracker_id}", status_code=204, summary="Remove a tracker")
def remove_tracker(db: Db, tracker_id: TrackerId) -> None:
    """Take a tracker away; it is kept and can be brought back."""
    trackers.remove(db, tracker_id)


@routes.post("/trackers/{tracker_id}/restore", summary="Bring a tracker back")
def restore_tracker(db: Db, tracker_id: TrackerId) -> SavedTracker:
    """Bring a removed tracker back, applied to what came meanwhile."""
    trackers.restore(db, tracker_id)
    return show_tracker(shown(db), tracker_id)


@routes.get("/trackers/{tracker_id}/hits", summary="List a tracker's hits")
def list_hits(db: Db, tracker_id: TrackerId, after: str = "", limit: Limit = 50) -> Page[Sentence]:
    """The sentences that a tracker found, newest first."""
    if after and not is_cursor(after):
        raise BadParameter("after", "is no cursor. Use the value of 'next' from the page before, unchanged.")
    found = store.hits(db, trackers.get(db, tracker_id), after=after, limit=limit + 1)
    return Page(
        items=_sentences(found[:limit]), next=store.cursor(found[limit - 1]) if len(found) > limit else None
    )  # fmt: skip


def is_cursor(after: str) -> bool:
    """Whether a text is what `store.cursor` makes."""
    day, _, rest = after.partition("~")
    utterance, _, start = rest.partition("~")
    return len(day) <= 10 and utterance.isalnum() and start.isascii() and start.isdigit() and len(start) < 10


def kept_tracker(db: Database, tracker_id: int, wanted: Tracker) -> Tracker:
    """What is wanted of a tracker, with what stood covered in it. Raises CoveredWords, UnknownTracker."""
    was = trackers.get(db, tracker_id).tracker
    return replace(
        wanted, name=kept_text(db, wanted.name, was.name), phrases=kept_texts(db, wanted.phrases, was.phrases),
        examples=kept_texts(db, wanted.examples, was.examples),
        counter_examples=kept_texts(db, wanted.counter_examples, was.counter_examples),
    )  # fmt: skip


def _tracker(body: TrackerBody) -> Tracker:
    return Tracker(
        body.name, tuple(body.phrases), tuple(body.examples), tuple(body.counter_examples), body.said_by, body.asked,
        body.strictness,
    )  # fmt: skip


def _saved(one: trackers.Listed) -> SavedTracker:
    t, s = one.saved.tracker, one.saved
    return SavedTracker(
        id=s.id, version=s.version, complete=s.applied == s.version, status=s.status, created_at=s.created_at,
        changed_at=s.changed_at, name=t.name, phrases=list(t.phrases), examples=list(t.examples),
        counter_examples=list(t.counter_examples), said_by=t.said_by, asked=t.asked, strictness=t.strictness,
        reach=_reach(one.counts),
    )  # fmt: skip


def _reach(counts: store.Counts) -> Reach:
    return Reach(
        hits=counts.hits, own=counts.own, reported=counts.reported, conversations=counts.conversations,
        accounts=counts.accounts, last=counts.last,
        months=[Month(month=month, conversations=n) for month, n in counts.months],
    )  # fmt: skip


def _sentences(found: "list[store.Found] | tuple[store.Found, ...]") -> list[Sentence]:
    return [Sentence.model_validate(one, from_attributes=True) for one in found]
