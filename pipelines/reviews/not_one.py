"""A person's "this is not one" on a quote or a hand-over gap: a verdict like those of `pipelines.reviews.review`, which
leaves it out of every figure and is taken back there or where it was given.

What one would get wrong: a gap is stored nowhere, so its verdict marks no row. It is known by hashes of what was said,
so that it holds again when the conversation is read anew, and is looked up each time gaps are looked for.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlite_utils import Database

from insights import handover
from insights.material import Said
from insights.records import text_hash
from insights.review import said_key
from pipelines.reviews import review
from pipelines.reviews.review import Answer, NoSuchPlace
from pipelines.store import reviews
from pipelines.store.covered import bare
from pipelines.store.reviews import Review

GAP = "handover"


@dataclass(frozen=True, slots=True)
class Denied:
    """Who said when that something is none; `review` is the number by which it is taken back."""

    review: int
    actor: str
    at: str


@dataclass(frozen=True, slots=True)
class DeniedQuote:
    """A quote that was said to be none, its words verbatim."""

    quote: str
    kind: str
    text: str
    day: str
    by: Denied


def quote(db: Database, quote_id: str, *, actor: str, now: str) -> int:
    """Say that a quote is none, and those like it with it; returns the review's number. Raises NoSuchPlace."""
    with db.atomic():  # two may say it at once
        shown = review.show(db, insight_id=quote_id)
        if shown is None or shown.insight is None:
            raise NoSuchPlace
        if shown.insight["standing"] == "rejected" and shown.insight["review_id"]:
            # A second word of the same would stand after the first is taken back.
            return int(shown.insight["review_id"])
        return review.answer(db, shown, Answer("no"), actor=actor, now=now)


def gap(db: Database, utterance_id: str, start: int, end: int, *, actor: str, now: str) -> int:
    """Say that a hand-over gap in [start, end) of an utterance is none; returns the review's number. Raises
    NoSuchPlace."""
    told = reviews.utterance(db, utterance_id)
    found = handover.gaps(Said(told["text"], told["role"], told["voice"])) if told else ()
    sort = next((one.sort for one in found if (one.start, one.end) == (start, end)), None)
    if told is None or sort is None:
        raise NoSuchPlace
    with db.atomic():
        key = said_key(told["before_text"], told["text"])
        if known := denied_gaps(db).get((key, start, end)):
            return known.review
        return reviews.add(
            db,
            Review(
                now, actor, "insight", "no", key, GAP, start, end, text_hash(told["text"][start:end]), label=sort,
                alike=False,
                conversation_id=told["conversation_id"],
            ),
        )  # fmt: skip


def undo(db: Database, number: int, *, now: str) -> Review:
    """Take a "no" back; what it left out counts again. Raises NoSuchPlace where it does not hold (any more)."""
    told = reviews.get(db, number)
    if told is None or told.verdict != "no" or not review.undo(db, number, now=now):
        raise NoSuchPlace
    return told


def denied_gaps(db: Database) -> dict[tuple[str, int, int], Denied]:
    """What was said to be no gap, by what was said and the place in it."""
    return {
        (one.said, one.start, one.end): Denied(one.id or 0, one.actor, one.at)
        for one in reviews.active(db)
        if one.kind == GAP
    }


def said_at(db: Database, utterance_id: str) -> str:
    """What an utterance is known by, whoever asks: covered words would have another key."""
    told = reviews.utterance(bare(db), utterance_id)
    return said_key(told["before_text"], told["text"]) if told else ""


def denied_quotes(db: Database, conversations: Collection[str]) -> tuple[DeniedQuote, ...]:
    """The quotes of these conversations that do not count because somebody said so, the last said first."""
    return tuple(
        DeniedQuote(row["id"], row["kind"], row["text"], row["day"], Denied(row["review"], row["actor"], row["at"]))
        for row in reviews.rejected(db, conversations)
    )
