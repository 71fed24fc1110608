"""Learn from a few example sentences what else says the same: a line between them and what is said otherwise.

Regularised least squares on sentence vectors, the examples against a background of ordinary sentences, both sides of
equal weight. Where the line lies is told by the examples themselves: each is judged by what is learnt from the others.
The same is learnt on rough vectors (`sketch`), with a line that lets more through: they choose what the encoder reads.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import Literal

import numpy as np

Strictness = Literal["strict", "normal", "loose"]

LEAST = 5  # examples from which on a line can be learnt
RIDGE = 0.02  # chosen on clinc150 (benchmarks/trackers.py reports on other sets)
# How far from the background's upper edge to the examples' middle the line lies. The edge is a quantile of the background,
# but no more than so many deviations from its median: a concept that many sentences share must not bar itself.
SHARE: dict[Strictness, float] = {"strict": 0.75, "normal": 0.5, "loose": 0.25}
EDGE: dict[Strictness, tuple[float, float]] = {"strict": (0.995, 6.0), "normal": (0.99, 5.0), "loose": (0.98, 4.0)}
# With fewer than LEAST examples: the cosine with the nearest one from which on a sentence is like it.
ALONE: dict[Strictness, float] = {"strict": 0.85, "normal": 0.75, "loose": 0.65}
SAME = 0.97  # cosine from which on two sentences are one
APART = 0.35  # an example that is no nearer to another than this has little in common with them
SKETCH_QUANTILE = 0.95  # of the background, below the line of the rough vectors
SKETCH_MARGIN = 0.25
WHOLE = 19.0  # odds at the examples' middle: a confidence of 0.95


@dataclass(frozen=True, slots=True)
class Side:
    """A direction (d,), its offset and the line: what scores at least `line` passes. `middle` is where examples lie."""

    direction: np.ndarray
    offset: float
    line: float
    middle: float


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt from examples: unit float32 vectors (k, 384) of examples and counter-examples, the encoder's side
    (an empty direction with fewer than LEAST examples: then the nearest example decides), and the sketches' side."""

    examples: np.ndarray
    counters: np.ndarray
    exact: Side
    rough: Side


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence judged: `score` compares within one tracker, `confidence` is 0.5 at the line and in [0, 1].

    `example` is the nearest example, counted from 0; `counter` the counter-example that forbids it, None without one.
    """

    hit: bool
    score: float
    confidence: float
    example: int
    counter: int | None


def learn(
    examples: np.ndarray, counters: np.ndarray, background: np.ndarray, rough: Sequence[np.ndarray],
    strictness: Strictness
) -> Learnt:  # fmt: skip
    """Draw the lines. `rough` are the same three as sketches (n, 256), the background's perhaps of other sentences.

    Call it with at least one example and one sentence of background.
    """
    if len(examples) < LEAST:
        line = ALONE[strictness]
        exact = Side(np.zeros(0, np.float32), 0.0, line, line + (1 - line) / 2)
        return Learnt(examples, counters, exact, _nearly(rough[0], line))
    known = _known(background)
    direction, offset = _fit(examples, counters, known)
    others = _each_by_the_others(examples, counters, known)
    middle = float(np.median(others))
    edge = _edge(background @ direction + offset, *EDGE[strictness])
    line = edge + SHARE[strictness] * max(0.0, middle - edge)
    exact = Side(direction, offset, line, max(middle, line + 1e-3))
    return Learnt(examples, counters, exact, _rough(*rough))


def passes(learnt: Learnt, sketches: np.ndarray) -> np.ndarray:
    """Sketches (n, 256) -> how far each is above the rough line, (n,) float32; negative: not worth the encoder."""
    side = learnt.rough
    directions = side.direction.reshape(-1, sketches.shape[1])
    return (sketches @ directions.T).max(axis=1) + side.offset - side.line


def judge(learnt: Learnt, vectors: np.ndarray) -> list[Verdict]:
    """Judge sentences by their unit vectors (n, 384)."""
    if not len(vectors):
        return []
    near = vectors @ learnt.examples.T
    far = vectors @ learnt.counters.T if len(learnt.counters) else np.full((len(vectors), 1), -1.0, np.float32)
    side = learnt.exact
    scores = vectors @ side.direction + side.offset if len(side.direction) else near.max(axis=1)
    scale = (side.middle - side.line) / np.log(WHOLE)
    sure = 1 / (1 + np.exp(-np.clip((scores - side.line) / scale, -30, 30)))
    return [
        _verdict(float(score), float(confidence), likeness, unlike, side.line)
        for score, confidence, likeness, unlike in zip(scores, sure, near, far, strict=True)
    ]


def apart(examples: np.ndarray) -> list[int]:
    """The examples, counted from 0, that have little in common with all others."""
    if len(examples) < 2:
        return []
    likeness = examples @ examples.T
    np.fill_diagonal(likeness, -1)
    return [int(n) for n in np.flatnonzero(likeness.max(axis=1) < APART)]


def background() -> list[str]:
    """Ordinary sentences of sales conversations, for a history that has too few of its own."""
    return files("insights").joinpath("background.txt").read_text("utf-8").splitlines()


def to_bytes(learnt: Learnt) -> bytes:
    """Everything that was learnt, to be stored beside its tracker."""
    kept = {"examples": learnt.examples, "counters": learnt.counters}
    for name in ("exact", "rough"):
        kept |= {f"{name}_{f.name}": np.asarray(getattr(getattr(learnt, name), f.name)) for f in fields(Side)}
    file = io.BytesIO()
    np.savez(file, **kept)  # type: ignore[arg-type]
    return file.getvalue()


def from_bytes(data: bytes) -> Learnt:
    with np.load(io.BytesIO(data), allow_pickle=False) as kept:
        exact, rough = (
            Side(kept[f"{n}_direction"], *(float(kept[f"{n}_{f.name}"]) for f in fields(Side)[1:]))
            for n in ("exact", "rough")
        )
        return Learnt(kept["examples"], kept["counters"], exact, rough)


def _verdict(score: float, confidence: float, near: np.ndarray, far: np.ndarray, line: float) -> Verdict:
    example, counter = int(near.argmax()), int(far.argmax())
    if far[counter] >= SAME or (far[counter] > near[example] and far[counter] >= ALONE["loose"]):
        return Verdict(False, score, round(min(confidence, 0.49), 2), example, counter)
    if near[example] >= SAME:
        return Verdict(True, max(score, line), round(max(confidence, 0.95), 2), example, None)
    return Verdict(score >= line, score, round(confidence, 2), example, None)


@dataclass(frozen=True, slots=True)
class _Known:
    """The background as a fit needs it: its mean (d,), and the inverse of its second moment with the ridge (d, d)."""

    mean: np.ndarray
    inverse: np.ndarray


def _known(background: np.ndarray) -> _Known:
    second = (background.T @ background).astype(np.float64) / len(background)
    inverse = np.linalg.inv(second + RIDGE * np.eye(len(second)))
    return _Known(background.mean(axis=0, dtype=np.float64), inverse)


def _fit(examples: np.ndarray, counters: np.ndarray, known: _Known) -> tuple[np.ndarray, float]:
    """Weighted ridge regression of +1 (examples) and -1 (the rest): direction (d,) and offset.

    Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 3.4.1, with weights: the examples weigh as much
    as the background, a counter-example as much as an example. Few sentences change the background's matrix by a low
    rank, so its inverse is updated by Woodbury's identity (Golub, Van Loan, Matrix Computations, 2.1.4).
    """
    near, far = examples.astype(np.float64), counters.astype(np.float64).reshape(-1, examples.shape[1])
    each = 1 / len(near)
    total, against = 2 + each * len(far), each * far.sum(axis=0)
    centre = (near.mean(axis=0) + known.mean + against) / total
    level = (2 - total) / total
    shared = near.mean(axis=0) - known.mean - against - total * level * centre
    added = np.vstack([near, far, centre])
    inverted = known.inverse @ np.column_stack([added.T, shared])
    weights = np.append(np.full(len(near) + len(far), 1 / each), -1 / total)
    inner = np.diag(weights) + added @ inverted[:, :-1]
    direction = inverted[:, -1] - inverted[:, :-1] @ np.linalg.solve(inner, added @ inverted[:, -1])
    return direction.astype(np.float32), float(level - centre @ direction)


def _each_by_the_others(examples: np.ndarray, counters: np.ndarray, background: _Known) -> np.ndarray:
    """The score of each example (k,), learnt from the others."""
    found = []
    for n in range(len(examples)):
        direction, offset = _fit(np.delete(examples, n, axis=0), counters, background)
        found.append(examples[n] @ direction + offset)
    return np.array(found)


def _edge(scores: np.ndarray, quantile: float, deviations: float) -> float:
    """The upper edge of ordinary scores; the deviation is the median one, which a few sentences do not move."""
    middle = float(np.median(scores))
    spread = 1.4826 * float(np.median(np.abs(scores - middle)))
    return min(float(np.quantile(scores, quantile)), middle + deviations * spread)


def _rough(examples: np.ndarray, counters: np.ndarray, background: np.ndarray) -> Side:
    known, none = _known(background), counters[:0]
    direction, offset = _fit(examples, none, known)
    ordinary, others = background @ direction + offset, _each_by_the_others(examples, none, known)
    middle = float(np.median(others))
    lowest = float(others.min()) - SKETCH_MARGIN * max(0.0, middle - float(np.median(ordinary)))
    return Side(direction, offset, max(float(np.quantile(ordinary, SKETCH_QUANTILE)), lowest), middle)


def _nearly(examples: np.ndarray, line: float) -> Side:
    """Each example is a direction of its own; rough vectors of one meaning differ more than the encoder's."""
    return Side(examples.ravel(), 0.0, line - 0.2, line)
