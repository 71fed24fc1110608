"""Train on the reviews of this company: seconds, on this machine, without torch; kept only when it is better."""

from dataclasses import dataclass

import numpy as np
from sqlite_utils import Database

from insights import embedding, learning
from insights.learning import DIMENSIONS, Case, Reviewed, Verdict
from pipelines.catalogue import sketches
from pipelines.progress import Progress, silent
from pipelines.reviews import rulings
from pipelines.reviews.rulings import case_of
from pipelines.store import learned, reviews, vectors


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training came to: its id, whether it is in use now, why or why not, its figures, insights settled anew."""

    id: int
    adopted: bool
    reason: str
    figures: dict
    settled: int


def train(db: Database, *, now: str, actor: str, progress: Progress = silent) -> Trained:
    """Learn from every review that holds and use it from now on if it is better; what was found is scored anew.

    Nothing is read through the tagger again: what it did not find stays unfound, only what it found is judged anew.
    """
    verdict: Verdict = learning.train(examples(db), learning.anchor())
    figures = {**verdict.figures, "reason": verdict.reason}
    with db.atomic():
        row = learned.add(db, now=now, actor=actor, adopted=verdict.adopted, head=verdict.head, figures=figures)
    settled = rulings.settle(db, progress=progress) if verdict.adopted else 0
    return Trained(row, verdict.adopted, verdict.reason, verdict.figures, settled)


def go_back(db: Database, *, now: str, progress: Progress = silent) -> int:
    """Use the training before the one in use, or the shipped confidence; return the id taken back, 0 for none."""
    taken = learned.take_back(db, now=now)
    if taken:
        rulings.settle(db, progress=progress)
    return taken


def examples(db: Database) -> Reviewed:
    """The reviews of what the finder found, whose words are here: one case a place, right or wrong.

    A review whose upload was undone waits with it and teaches nothing meanwhile.
    """
    latest = {(r.kind, r.said, r.start, r.end): r for r in reviews.active(db) if r.verdict in ("yes", "no", "label")}
    places = {row["id"]: row for review in latest.values() for row in reviews.places_of(db, review)}
    cases: dict[tuple[str, str, int, int], tuple[Case, str, bool, str]] = {}
    for key, review in latest.items():
        for row in places.values():
            if row["kind"] == review.kind and row["said"] == review.said and rulings.overlap(row, review):
                cases[key] = case_of(row), row["text_hash"], review.verdict != "no", row["conversation_id"]
                break
    texts = {row["text_hash"]: row["text"] for row in places.values()}
    stored = _vectors(db, {text_hash: texts[text_hash] for _, text_hash, _, _ in cases.values()})
    rows = list(cases.values())
    return Reviewed(
        tuple(case for case, *_ in rows),
        np.stack([stored[h] for _, h, _, _ in rows]) if rows else np.zeros((0, DIMENSIONS), np.float32),
        np.array([right for _, _, right, _ in rows], bool),
        np.array([conversation for *_, conversation in rows]),
    )


def _vectors(db: Database, texts: dict[str, str]) -> dict[str, np.ndarray]:
    stored = vectors.by_hash(db, vectors.encoder(db), texts)
    if left := [text_hash for text_hash in texts if text_hash not in stored]:
        found = embedding.embed(sketches.encoder(), [texts[text_hash] for text_hash in left])
        stored |= dict(zip(left, found, strict=True))
    return stored
