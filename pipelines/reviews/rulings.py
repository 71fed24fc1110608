"""What people's reviews and what was learnt from them mean for each insight: its standing, label and confidence.

A review rules on its own place, on the same words of the same kind, and on what means the same (`insights.review`);
where people said different things of words that are alike, each holds for its own place only. Everything here can be
worked out again from the reviews, so nothing is lost when a process is killed or a review is taken back.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sqlite_utils import Database

from insights import learning
from insights.learning import Case, Head
from insights.records import Kind
from insights.review import Ruling, agreed, can_be_near, near, said_key, words_key
from pipelines.chunks import chunks
from pipelines.progress import Progress, silent
from pipelines.store import learned, reviews, vectors
from pipelines.store.reviews import Review

REVISION = "1"  # raise it when the rules change: everything is then settled anew
AT_ONCE = 2000
Ruled = tuple[Ruling, int]


@dataclass(frozen=True, slots=True)
class Rulings:
    """Every ruling that holds, by place, by words, and by meaning ((kind, found label) -> vectors (n, d), rulings)."""

    places: dict[tuple[str, str], list[Review]]
    words: dict[tuple[str, str], list[Ruled]]
    meanings: dict[tuple[str, str], tuple[np.ndarray, list[Ruled]]]


def load(db: Database, encoder: str) -> Rulings:
    """All rulings of the reviews that hold; the later word on the same place wins."""
    latest = {(r.kind, r.said, r.start, r.end): r for r in reviews.active(db) if ruling_of(r)}
    stored = vectors.by_hash(db, encoder, {r.quote for r in latest.values()})
    found = Rulings({}, {}, {})
    meant: dict[tuple[str, str], list[tuple[np.ndarray, Ruled]]] = {}
    for review in sorted(latest.values(), key=lambda r: r.id or 0):
        ruling = ruling_of(review)
        assert ruling is not None and review.id is not None
        found.places.setdefault((review.kind, review.said), []).append(review)
        if review.alike and review.words:
            found.words.setdefault((review.kind, review.words), []).append((ruling, review.id))
        if review.alike and review.quote in stored and _means_more(review, ruling):
            pair = stored[review.quote], (ruling, review.id)
            meant.setdefault((review.kind, review.label), []).append(pair)
    for key, pairs in meant.items():
        found.meanings[key] = np.stack([vector for vector, _ in pairs]), [ruled for _, ruled in pairs]
    return found


def ruling_of(review: Review) -> Ruling | None:
    """What a review says of its insight; None where it says nothing of one."""
    match review.verdict:
        case "yes":
            return Ruling(True)
        case "label" | "missed":
            return Ruling(True, review.new_label)
        case "no":
            return Ruling(False)
    return None


def version(db: Database) -> str:
    """Names the rules and the head that insights are settled by."""
    return f"{REVISION}.{learned.active_id(db)}"


def settle(
    db: Database, *, conversation_ids: Collection[str] | None = None, ids: Collection[str] | None = None,
    progress: Progress = silent,
) -> int:  # fmt: skip
    """Settle what is not settled, all of it or of these conversations or insights; return how many insights it looked
    at.

    One whose words have no vector yet is settled by its words alone and stays on the list.
    """
    encoder, wanted, done = vectors.encoder(db), version(db), 0
    known, head = load(db, encoder), learned.active(db)
    for rows in _unsettled(db, wanted, conversation_ids, ids):
        with db.atomic():
            if version(db) != wanted:
                return done  # somebody trained, or took it back, meanwhile: the next run settles by that
            reviews.settle(db, _settled(db, rows, known, head, encoder, wanted))
        done += len(rows)
        progress("settling", done, None)
    return done


def _unsettled(
    db: Database, wanted: str, conversation_ids: Collection[str] | None, ids: Collection[str] | None
) -> Iterator[list[dict]]:
    """What is not settled, some at a time: all of it by the list of what waits, so that nothing else is looked at."""
    if conversation_ids is None and ids is None:
        for some in chunks(reviews.unsettled(db, wanted), AT_ONCE):
            if rows := reviews.places(db, wanted, ids=some, limit=AT_ONCE):
                yield rows
        return
    last = ""
    while rows := reviews.places(db, wanted, conversation_ids=conversation_ids, ids=ids, after=last, limit=AT_ONCE):
        last = rows[-1]["id"]
        yield rows


def settle_words(db: Database, conversation_ids: Collection[str]) -> None:
    """Settle conversations that were read anew, where people have said anything yet."""
    if conversation_ids and reviews.any_active(db):
        settle(db, conversation_ids=conversation_ids)


def _settled(
    db: Database, rows: Sequence[dict], known: Rulings, head: Head | None, encoder: str, wanted: str
) -> list[dict]:
    stored = vectors.by_hash(db, encoder, {row["text_hash"] for row in rows})
    scores = _scores(rows, stored, head)
    return [_one(row, known, stored.get(row["text_hash"]), scores.get(row["id"]), wanted) for row in rows]


def _scores(rows: Sequence[dict], stored: dict[str, np.ndarray], head: Head | None) -> dict[str, float]:
    """What the head makes of the finder's confidence, id -> confidence."""
    ready = [row for row in rows if row["text_hash"] in stored and row["found_confidence"] > 0]
    if head is None or not ready:
        return {}
    found = learning.confidences(
        head, [case_of(row) for row in ready], np.stack([stored[r["text_hash"]] for r in ready])
    )
    return {row["id"]: float(score) for row, score in zip(ready, found, strict=True)}


def case_of(row: dict) -> Case:
    """What the head looks at besides a quote's vector."""
    side = "note" if row["voice"] == "reported" else row["role"]
    return Case(row["kind"], row["found_label"], row["found_confidence"], side)


def _one(row: dict, known: Rulings, vector: np.ndarray | None, score: float | None, wanted: str) -> dict:
    said, words = said_key(row["before_text"], row["utterance"]), words_key(row["kind"], row["text"])
    ruled = _ruled(row, known, said, words, vector)
    confidence = row["found_confidence"] if score is None else round(score, 4)
    standing, label, review_id = "", row["found_label"], None
    if ruled is not None:
        ruling, review_id = ruled
        standing, label = "" if ruling.counts else "rejected", ruling.label or label
    elif score is not None and learning.is_doubtful(row["kind"], row["found_confidence"], score):
        standing = "doubted"
    if row["found_confidence"] == 0:  # added by a person
        confidence = row["confidence"]
    return {
        "id": row["id"], "label": label, "confidence": confidence, "standing": standing, "review_id": review_id,
        "said": said, "words": words, "settled": "" if vector is None else wanted,
    }  # fmt: skip


def _ruled(row: dict, known: Rulings, said: str, words: str, vector: np.ndarray | None) -> Ruled | None:
    own = [r for r in known.places.get((row["kind"], said), ()) if overlap(row, r)]
    if own and (ruling := ruling_of(own[-1])) is not None:
        return ruling, own[-1].id or 0
    if words and (ruled := _agreed(known.words.get((row["kind"], words), []))):
        return ruled
    meant = known.meanings.get((row["kind"], row["found_label"]))
    if vector is None or meant is None or not can_be_near(row["kind"], row["text"]):
        return None
    hits = near(row["kind"], vector[None], meant[0])[0]
    return _agreed([ruled for ruled, hit in zip(meant[1], hits, strict=True) if hit])


def overlap(row: dict, review: Review) -> bool:
    """Whether an insight and a review are about the same stretch: half of the shorter, as the evaluation has it."""
    shared = min(row["end"], review.end) - max(row["start"], review.start)
    return 2 * shared >= max(1, min(row["end"] - row["start"], review.end - review.start))


def _agreed(ruled: Sequence[Ruled]) -> Ruled | None:
    ruling = agreed([one for one, _ in ruled])
    return None if ruling is None else (ruling, ruled[-1][1])


def alike(db: Database, place: dict) -> dict[str, list[str]]:
    """The insights that a verdict on this one would reach besides it, "no" and "label" apart: ids without those that
    somebody looked at themselves.
    """
    review = unsaved(place)
    same = _same_words(db, review)
    close = _near_ids(db, review, place["text"])
    own = {place["id"], *_looked_at(db, same | close)}
    return {
        "no": sorted((same | close) - own),
        "label": sorted((same | (close if _labels_spread(review) else set())) - own),
    }


def reach(db: Database, review: Review, text: str = "") -> set[str]:
    """The insights that a review may change: at its place, in its words, near its meaning."""
    return reviews.about(db, review) | _near_ids(db, review, text)


def unsaved(place: dict, **values: object) -> Review:
    """A review of an insight as `reviews.place` gives it."""
    base = {
        "at": "", "actor": "", "subject": "insight", "verdict": "no", "kind": place["kind"],
        "said": said_key(place["before_text"], place["utterance"]), "start": place["start"], "end": place["end"],
        "quote": place["text_hash"], "words": words_key(place["kind"], place["text"]), "label": place["found_label"],
        "confidence": place["found_confidence"], "conversation_id": place["conversation_id"],
    }  # fmt: skip
    return Review(**{**base, **values})


def _same_words(db: Database, review: Review) -> set[str]:
    return reviews.with_words(db, review.kind, review.words) if review.words else set()


def _near_ids(db: Database, review: Review, text: str = "") -> set[str]:
    encoder = vectors.encoder(db)
    vector = vectors.by_hash(db, encoder, [review.quote]).get(review.quote)
    if vector is None or review.kind not in ("objection", "question") or (text and not can_be_near(review.kind, text)):
        return set()
    kind: Kind = review.kind  # type: ignore[assignment]
    found: set[str] = set()
    rows, blob = reviews.comparable(db, encoder, kind=kind, label=review.label)
    if rows:
        hits = near(kind, vector[None], np.frombuffer(blob, dtype="<f4").reshape(len(rows), -1))[0]
        found = {row["id"] for row, hit in zip(rows, hits, strict=True) if hit and can_be_near(kind, row["text"])}
    return found


def _looked_at(db: Database, insight_ids: Collection[str]) -> set[str]:
    """Those of the insights that have a review of their own."""
    places = reviews.said_of(reviews.active(db))
    found = set()
    for some in chunks(sorted(insight_ids), AT_ONCE):
        for row in reviews.places(db, "-", ids=some, limit=AT_ONCE):
            said = said_key(row["before_text"], row["utterance"])
            if any(r.kind == row["kind"] and overlap(row, r) for r in places.get(said, ())):
                found.add(row["id"])
    return found


def _labels_spread(review: Review) -> bool:
    return review.kind == "objection"


def _means_more(review: Review, ruling: Ruling) -> bool:
    """Whether a ruling holds for what means the same: a question's label and what was missed do not."""
    return review.verdict != "missed" and (not ruling.label or _labels_spread(review))
