"""What is asked of a person who says that a turn holds something which was not found."""

from dataclasses import dataclass

from sqlite_utils import Database

from api.errors import NotFound
from insights.language.turns import sentences
from insights.records import KINDS, LABELS, Kind
from pipelines.reviews import review
from pipelines.reviews.review import FoundAlready, Shown
from pipelines.store import conversations, reviews


@dataclass(frozen=True, slots=True)
class Clash:
    """A quote that stands already in the words that somebody marked; who said so and when, "" where it was found."""

    quote_id: str
    kind: str
    label: str
    actor: str
    at: str


@dataclass(frozen=True, slots=True)
class MissedPage:
    """A turn with those around it. `parts` are its sentences (start, end, text), `found` what stands in it already
    (kind, words), `labels` what each kind can be about."""

    conversation_id: str
    position: int
    shown: Shown
    parts: tuple[tuple[int, int, str], ...]
    found: tuple[tuple[str, str], ...]
    labels: tuple[tuple[Kind, tuple[str, ...]], ...]
    clash: Clash | None = None


def missed(db: Database, conversation_id: str, position: int, there: FoundAlready | None = None) -> MissedPage:
    """The page; with what is `there` already where the words could not be marked for it. Raises NotFound."""
    utterance_id = utterance_at(db, conversation_id, position)
    shown = review.show(db, utterance_id=utterance_id)
    assert shown is not None
    text = shown.utterance["text"]
    return MissedPage(
        conversation_id, position, shown, tuple((start, end, text[start:end]) for start, end in sentences(text)),
        tuple((one["kind"], text[one["start"] : one["end"]]) for one in reviews.marks(db, utterance_id)),
        tuple((kind, LABELS[kind]) for kind in KINDS), _clash(db, there) if there else None,
    )  # fmt: skip


def _clash(db: Database, there: FoundAlready) -> Clash:
    place = reviews.place(db, there.quote_id)
    said = reviews.get(db, place["review_id"]) if place and place["review_id"] else None
    return Clash(there.quote_id, there.kind, there.label, *((said.actor, said.at) if said else ("", "")))


def utterance_at(db: Database, conversation_id: str, position: int) -> str:
    """The id of the turn at a place. Raises NotFound."""
    said = conversations.utterances(db, conversation_id)
    found = next((one.id for one in said if one.position == position), None)
    if found is None:
        raise NotFound("turn", f"{conversation_id[:16]}#{position}")
    return found
