"""A conversation to read: its turns cut at the borders of its quotes, what is counted with it, and what may be the same."""

import json
from dataclasses import dataclass
from itertools import pairwise

from sqlite_utils import Database

from api.errors import NotFound
from api.views import facts as facts_views
from api.views.facts import Facts
from insights.people import is_generic
from pipelines.store import conversations, insights, jobs, links
from pipelines.store.conversations import StoredUtterance
from pipelines.store.insights import Quote


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an utterance and the quotes that cover it; pieces put together are the utterance."""

    text: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Said:
    utterance: StoredUtterance
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """A conversation to read; `generic` says which speakers' labels name nobody. `others` are counted with it,
    `candidates` may be the same meeting: a person should say. `working` are the corrections of sides that are being
    worked out."""

    facts: dict
    said: tuple[Said, ...]
    quotes: tuple[Quote, ...]
    generic: dict[str, bool]
    link: dict
    others: tuple[dict, ...]
    candidates: tuple[dict, ...]
    working: tuple[dict, ...]
    by_hand: Facts


def conversation(db: Database, conversation_id: str) -> ConversationPage:
    loaded = conversations.load(db, conversation_id)
    if loaded is None:
        raise NotFound("conversation", conversation_id)
    facts, utterances = loaded
    found = insights.of_conversation(db, conversation_id)
    by_utterance: dict[str, list[Quote]] = {}
    for quote in found:
        by_utterance.setdefault(quote.utterance_id, []).append(quote)
    said = tuple(Said(u, pieces(u.text, by_utterance.get(u.id, []))) for u in utterances)
    generic = {u.speaker: is_generic(u.speaker) for u in utterances}
    others = tuple(links.of(db, conversation_id))
    working = tuple(job for job in jobs.unfinished(db, "sides") if _concerns(job, conversation_id))
    return ConversationPage(
        facts, said, tuple(found), generic, _link(facts), others, _candidates(db, facts), working,
        facts_views.facts(db, conversation_id),
    )  # fmt: skip


def _concerns(job: dict, conversation_id: str) -> bool:
    """Whether a job works out the sides of this conversation; [] stands for all of them."""
    return not job["arguments"]["conversations"] or conversation_id in job["arguments"]["conversations"]


def _link(facts: dict) -> dict:
    """Why a conversation is linked: primary and reasons, both empty where it is not."""
    return {"primary": "", "reasons": ()} | json.loads(facts["link"])


def _candidates(db: Database, facts: dict) -> tuple[dict, ...]:
    ids = json.loads(facts["link"]).get("candidates", ())
    rows = [loaded[0] for i in ids if (loaded := conversations.load(db, i))]
    return tuple({key: row[key] for key in ("id", "kind", "title", "occurred_at", "rep")} for row in rows)


def pieces(text: str, found: list[Quote]) -> tuple[Piece, ...]:
    """Cut a text at the borders of its quotes, which may overlap."""
    borders = sorted({0, len(text), *(b for q in found for b in (q.start, q.end))})
    return tuple(
        Piece(text[begin:end], tuple(q for q in found if q.start <= begin and end <= q.end))
        for begin, end in pairwise(borders)
    )
