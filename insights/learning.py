"""Learn from reviews how sure to be: a small head over the finder's confidence, the quote's meaning, label and side.

It starts from the shipped confidence and is held to it: the fewer the reviews, the less it moves. It re-scores what was
found; it cannot find what the tagger did not.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from insights.embedding import DIMENSIONS
from insights.records import KINDS, LABELS, Kind

SIDES = ("buyer", "seller", "unknown", "note")
FEWEST = 20  # reviews below which nothing is learnt
FEWEST_GROUPS = 5  # conversations below which it cannot be checked
FOLDS = 5
STRENGTHS = (0.125, 0.25, 0.5, 1.0)  # tried: factors of the standard deviations below
LARGEST_LOSS = 0.01  # of F1 on the anchor set
# Standard deviations of the prior on each group of weights (Gaussian, mean 0: no change to the shipped confidence).
_PRIOR = {"kind": 0.7, "slope": 0.3, "label": 0.5, "side": 0.3, "meaning": 1.5}
_LABELS = tuple((kind, label) for kind in KINDS for label in LABELS[kind])
_WIDTH = 2 * len(KINDS) + len(_LABELS) + len(SIDES) + DIMENSIONS
_STEPS = 15


@dataclass(frozen=True, slots=True)
class Case:
    """What the finder said of a span: kind, label, confidence in (0, 1), and whose words they are (one of SIDES)."""

    kind: Kind
    label: str
    confidence: float
    side: str


@dataclass(frozen=True, slots=True)
class Head:
    """Weights (WIDTH,): what is added to the logit of the shipped confidence."""

    weights: np.ndarray


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Cases with their vectors (n, 384), whether each was right (n,), and the conversation each is of (n,)."""

    cases: tuple[Case, ...]
    vectors: np.ndarray
    right: np.ndarray
    groups: np.ndarray


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a training came to: the head, whether it is better, why or why not in a sentence, and its figures."""

    head: Head
    adopted: bool
    reason: str
    figures: dict


def confidences(head: Head, cases: Sequence[Case], vectors: np.ndarray) -> np.ndarray:
    """The learnt confidence of each case, in (0, 1), (n,)."""
    return _sigmoid(_logits(cases) + _features(cases, vectors) @ head.weights)


def is_doubtful(kind: Kind, shipped: float, learnt: float) -> bool:
    """Whether what was found would not have been found with the learnt confidence."""
    return learnt < thresholds()[kind] <= shipped


@cache
def thresholds() -> dict[Kind, float]:
    """The shipped tagger's thresholds."""
    file = resources.files("insights.language").joinpath("tagger_model", "manifest.json")
    told = json.loads(file.read_text("utf-8"))["thresholds"]
    return {kind: float(told[kind]) for kind in KINDS}


def fit(known: Reviewed, *, strength: float = 1.0) -> Head:
    """The weights with the highest posterior: logistic regression with the shipped logit as offset and a Gaussian
    prior.

    Newton's method on the penalised likelihood (Hastie, Tibshirani and Friedman, Elements of Statistical Learning,
    4.4.1); it is convex, and hundreds of cases take milliseconds.
    """
    deviations = _deviations() * strength
    scaled = _features(known.cases, known.vectors) * deviations
    offset, right = _logits(known.cases), known.right.astype(float)
    weights = np.zeros(_WIDTH)
    for _ in range(_STEPS):
        p = _sigmoid(offset + scaled @ weights)
        gradient = scaled.T @ (right - p) - weights
        curvature = (scaled * (p * (1 - p))[:, None]).T @ scaled + np.eye(_WIDTH)
        step = np.linalg.solve(curvature, gradient)
        weights += step
        if np.abs(step).max() < 1e-3:
            break
    return Head(deviations * weights)


def train(known: Reviewed, anchor: "Anchor") -> Verdict:
    """Learn, check on the reviews by conversation and on the anchor set, and say whether it is worth using.

    It is adopted when the log loss of conversations that it has not seen falls by more than its standard error, and the
    F1 of no kind on the anchor set falls by more than a point. Of several strengths the best that does so is taken.
    """
    figures: dict = {
        "reviews": len(known.right), "conversations": len(set(known.groups.tolist())),
        "wrong": int((~known.right).sum()),
    }  # fmt: skip
    if len(known.right) < FEWEST or figures["conversations"] < FEWEST_GROUPS:
        told = f"{figures['reviews']} reviews of {figures['conversations']} conversations are too few to learn from"
        return Verdict(Head(np.zeros(_WIDTH)), False, f"{told}: {FEWEST} of {FEWEST_GROUPS} are needed.", figures)
    tried = [(held_out(known, strength), strength) for strength in STRENGTHS]
    tried.sort(key=lambda pair: _losses(pair[0], known.right).mean())
    verdicts = (_judged(known, anchor, found, strength, figures) for found, strength in tried)
    first = next(verdicts)
    return first if first.adopted else next((verdict for verdict in verdicts if verdict.adopted), first)


def _judged(known: Reviewed, anchor: "Anchor", found: np.ndarray, strength: float, figures: dict) -> Verdict:
    """One strength's head with its figures; `found` are the confidences that it gives held-out reviews."""
    head, shipped = fit(known, strength=strength), _shipped(known.cases)
    gains = _losses(shipped, known.right) - _losses(found, known.right)
    error = _standard_error(gains, known.groups)
    before, after = anchor.f1(Head(np.zeros(_WIDTH))), anchor.f1(head)
    figures = figures | {
        "strength": strength, "loss_before": _rounded(_losses(shipped, known.right).mean()),
        "loss_after": _rounded(_losses(found, known.right).mean()), "gain": _rounded(gains.mean()),
        "standard_error": _rounded(error), "correct_before": _rounded(_correct(shipped, known)),
        "correct_after": _rounded(_correct(found, known)), "anchor_before": before, "anchor_after": after,
    }  # fmt: skip
    worse = [kind for kind in KINDS if after[kind] < before[kind] - LARGEST_LOSS]
    if gains.mean() <= error:
        return Verdict(head, False, "It would not be surely better on conversations that it has not seen.", figures)
    if worse:
        return Verdict(
            head, False, f"It would lose more than a point of F1 on the anchor set ({', '.join(worse)}).", figures
        )
    return Verdict(head, True, "It is better on conversations that it has not seen.", figures)


def held_out(known: Reviewed, strength: float) -> np.ndarray:
    """The confidence of each case by a head that has not seen its conversation, (n,)."""
    groups = sorted(set(known.groups.tolist()))
    fold = {group: n % FOLDS for n, group in enumerate(groups)}
    part = np.array([fold[group] for group in known.groups.tolist()])
    found = np.zeros(len(known.right))
    for n in range(FOLDS):
        out = part == n
        if not out.any():
            continue
        head = fit(_only(known, ~out), strength=strength)
        found[out] = confidences(head, [c for c, o in zip(known.cases, out, strict=True) if o], known.vectors[out])
    return found


@dataclass(frozen=True, slots=True)
class Anchor:
    """Spans of the corpus that a tagger had not seen when it found them: what learning must not make worse.

    `marks` are the labelled spans there are in all, by kind.
    """

    cases: tuple[Case, ...]
    vectors: np.ndarray
    right: np.ndarray
    marks: dict[str, int]

    def f1(self, head: Head) -> dict[str, float]:
        """The F1 of each kind at the shipped thresholds."""
        found = confidences(head, self.cases, self.vectors)
        limits, shipped = thresholds(), _shipped(self.cases)
        kept = np.array(
            [f >= limits[c.kind] and s >= limits[c.kind] for c, f, s in zip(self.cases, found, shipped, strict=True)]
        )
        kinds = np.array([case.kind for case in self.cases])
        result: dict[str, float] = {}
        for kind in KINDS:
            mine = kept & (kinds == kind)
            hits = int((mine & self.right).sum())
            result[kind] = _rounded(2 * hits / max(1, int(mine.sum()) + self.marks[kind]))
        return result


@cache
def anchor() -> Anchor:
    """The shipped anchor set (corpus/anchor.py makes it)."""
    with resources.files("insights.language").joinpath("anchor.npz").open("rb") as file:
        data = np.load(file, allow_pickle=False)
        columns = [data[name].tolist() for name in ("kinds", "labels", "confidences", "sides")]
        vectors = data["vectors"].astype(np.float32) / 127
        marks = dict(zip(KINDS, data["marks"].tolist(), strict=True))
        right = data["right"].astype(bool)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return Anchor(tuple(Case(*row) for row in zip(*columns, strict=True)), vectors, right, marks)


def _features(cases: Sequence[Case], vectors: np.ndarray) -> np.ndarray:
    """Per case: its kind, its shipped logit in its kind's column, its label, its side, its quote's vector."""
    rows = np.zeros((len(cases), _WIDTH))
    logits = _logits(cases)
    label_at = {pair: 2 * len(KINDS) + n for n, pair in enumerate(_LABELS)}
    side_at = {side: 2 * len(KINDS) + len(_LABELS) + n for n, side in enumerate(SIDES)}
    for n, case in enumerate(cases):
        kind = KINDS.index(case.kind)
        rows[n, kind], rows[n, len(KINDS) + kind] = 1.0, np.clip(logits[n], -4, 4)
        if (case.kind, case.label) in label_at:
            rows[n, label_at[case.kind, case.label]] = 1.0
        rows[n, side_at[case.side]] = 1.0
    rows[:, -DIMENSIONS:] = vectors
    return rows


def _deviations() -> np.ndarray:
    groups = (
        ("kind", len(KINDS)),
        ("slope", len(KINDS)),
        ("label", len(_LABELS)),
        ("side", len(SIDES)),
        ("meaning", DIMENSIONS),
    )
    return np.concatenate([np.full(count, _PRIOR[name]) for name, count in groups])


def _shipped(cases: Sequence[Case]) -> np.ndarray:
    return np.clip(np.array([case.confidence for case in cases]), 0.005, 0.995)


def _logits(cases: Sequence[Case]) -> np.ndarray:
    p = _shipped(cases)
    return np.log(p / (1 - p))


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(z, -30, 30)))


def _losses(found: np.ndarray, right: np.ndarray) -> np.ndarray:
    return -np.log(np.where(right, found, 1 - found))


def _standard_error(gains: np.ndarray, groups: np.ndarray) -> float:
    """Of the mean gain, with conversations and not cases taken as independent."""
    names = sorted(set(groups.tolist()))
    sums = np.array([(gains[groups == name] - gains.mean()).sum() for name in names])
    return float(np.sqrt((sums**2).sum()) / len(gains))


def _correct(found: np.ndarray, known: Reviewed) -> float:
    """The share of reviewed items on whose side of the threshold the confidence lies."""
    limits = thresholds()
    kept = np.array([f >= limits[c.kind] for c, f in zip(known.cases, found, strict=True)])
    return float((kept == known.right).mean())


def _only(known: Reviewed, chosen: np.ndarray) -> Reviewed:
    cases = tuple(case for case, keep in zip(known.cases, chosen, strict=True) if keep)
    return Reviewed(cases, known.vectors[chosen], known.right[chosen], known.groups[chosen])


def _rounded(value: float) -> float:
    return round(float(value), 4)
