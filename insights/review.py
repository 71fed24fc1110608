"""What a review is about: to which items a person's verdict spreads, and which items are worth a person's time.

How far a verdict spreads was measured on the corpus (DECISIONS.md): a name, a short phrase or a question's label means
another thing in another place, so those stay where they were said.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from insights.records import Kind, stable_id

Part = Literal["estimate", "learn", "recall"]
BANDS = (0.6, 0.8, 0.92)  # borders of the strata of confidence
SCORES = (0.03, 0.15)  # the same of utterances in which nothing was found, by the best that was thought of
SIZE = 50  # of a round
SHARES: Mapping[Part, float] = {"estimate": 0.5, "learn": 0.26, "recall": 0.24}
# Words from which on the same words are taken to mean the same: among what is found 0 of 14 pairs disagreed, but of all
# marked and unmarked text of the corpus 10 of 48 objections and 18 of 540 questions did (of three words 84 of 174).
SAME_WORDS = 4
NEAR_WORDS = 5  # words from which on meaning can be compared
NEAR: Mapping[Kind, float] = {"objection": 0.92, "question": 0.94}  # cosine: 0 of 250 wrong spreads
ALIKE = 0.9  # cosine from which on one of two items is enough to learn from
NEIGHBOURS = 8
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An insight that could be asked about, `threshold` being that of its kind."""

    id: str
    kind: Kind
    label: str
    confidence: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a review says of items like its own: whether they count, and under which label ("" for their own)."""

    counts: bool
    label: str = ""


def plain_words(text: str) -> str:
    """A quote's words in lower case without marks: what "the same words" means."""
    return " ".join(_WORD.findall(text.casefold().replace("’", "").replace("'", "")))


def words_key(kind: str, text: str) -> str:
    """What insights of the same kind and words share; "" where the words are too few, or a name, to mean the same."""
    words = plain_words(text)
    return stable_id(kind, words) if kind in NEAR and len(words.split()) >= SAME_WORDS else ""


def said_key(before: str, text: str) -> str:
    """What an utterance is known by wherever it is stored: its words and those of the utterance before it."""
    return stable_id("said", before, text)


def can_be_near(kind: str, text: str) -> bool:
    """Whether a quote has enough words for its meaning to be compared."""
    return kind in NEAR and len(plain_words(text).split()) >= NEAR_WORDS


def agreed(rulings: Sequence[Ruling]) -> Ruling | None:
    """What rulings on items like this one come to; None where people said different things of them, or nothing."""
    return rulings[0] if rulings and all(one == rulings[0] for one in rulings) else None


def near(kind: Kind, vectors: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which of `others` (m, d) mean the same as which of `vectors` (n, d): booleans (n, m)."""
    return vectors @ others.T >= NEAR[kind]


def band(confidence: float) -> int:
    """The stratum of a confidence: 0 for the least sure."""
    return sum(confidence >= border for border in BANDS)


def score_band(score: float) -> int:
    """The stratum of an utterance in which nothing was found: 0 where nothing was thought of either."""
    return sum(score >= border for border in SCORES)


def sizes(total: int = SIZE) -> dict[Part, int]:
    """How many items of a round each part has."""
    recall, learn = round(total * SHARES["recall"]), round(total * SHARES["learn"])
    return {"estimate": total - recall - learn, "learn": learn, "recall": recall}


def allocate(strata: Mapping[object, tuple[int, float, int]], total: int) -> dict[object, int]:
    """Share `total` reviews out over strata: key -> (size, expected share, how many are left to review).

    In proportion to size × standard deviation, which makes the interval of the whole narrowest (Neyman 1934), at least
    one from each stratum while there are enough, and never more than are left.
    """
    left = {key: rest for key, (_, _, rest) in strata.items() if rest > 0}
    weights = {key: strata[key][0] * sqrt(max(0.01, strata[key][1] * (1 - strata[key][1]))) for key in left}
    order = sorted(left, key=lambda key: (-weights[key], str(key)))
    given = dict.fromkeys(left, 0)
    for key in order[:total]:
        given[key] = 1
    for _ in range(total - sum(given.values())):
        open_ = [key for key in order if given[key] < left[key]]
        if not open_:
            break
        # The one that is furthest behind its due share (Webster's method).
        given[max(open_, key=lambda key: weights[key] / (2 * given[key] + 1))] += 1
    return given


def instructive(candidates: Sequence[Candidate], vectors: np.ndarray, count: int) -> list[str]:
    """The ids of the `count` candidates from which most can be learnt, the best first; of those alike only one.

    `vectors` (n, d) are unit vectors of their quotes. What is near its threshold is unsure; what its neighbours in
    meaning would label otherwise, or doubt, is suspicious.
    """
    if not candidates or count <= 0:
        return []
    unsure = np.array([1 - min(1.0, abs(c.confidence - c.threshold) / 0.4) for c in candidates])
    scores = unsure + _differing(candidates, vectors)
    chosen: list[int] = []
    for n in np.argsort(-scores, kind="stable"):
        if not chosen or float((vectors[chosen] @ vectors[n]).max()) < ALIKE:
            chosen.append(int(n))
        if len(chosen) == count:
            break
    return [candidates[n].id for n in chosen]


def _differing(candidates: Sequence[Candidate], vectors: np.ndarray) -> np.ndarray:
    """The share of each candidate's nearest neighbours that another label or a much lower confidence has, (n,)."""
    near_by = min(NEIGHBOURS, len(candidates) - 1)
    if near_by < 1:
        return np.zeros(len(candidates))
    labels = np.array([f"{c.kind} {c.label}" for c in candidates])
    sure = np.array([c.confidence for c in candidates])
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -1)
    nearest = np.argpartition(-alike, near_by - 1, axis=1)[:, :near_by]
    weights = np.clip(np.take_along_axis(alike, nearest, axis=1), 0, None)
    other = (labels[nearest] != labels[:, None]) | (np.abs(sure[nearest] - sure[:, None]) > 0.3)
    return (weights * other).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-6)
