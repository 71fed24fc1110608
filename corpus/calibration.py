"""Make a tagger's scores mean something: how often a span of this score is right, and where the F1 is best."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from insights.evaluation import pairs
from insights.records import KINDS


@dataclass(frozen=True, slots=True)
class Held:
    """What was found in held-out text, for one kind: scores (logits), whether right, whether the label is right too,
    and how many marks there were in all."""

    scores: np.ndarray
    right: np.ndarray
    agreed: np.ndarray
    marks: int


def judged(rows: Sequence[dict[str, Any]], found: Sequence[Sequence[dict[str, Any]]], kind: str) -> Held:
    """Pair found spans ({"kind", "start", "end", "label", "score"}) with the rows' marks as the evaluation does."""
    scores, right, agreed, total = [], [], [], 0
    for row, spans in zip(rows, found, strict=True):
        marks = [mark for mark in row["marks"] if mark["kind"] == kind]
        mine = [span for span in spans if span["kind"] == kind]
        total += len(marks)
        matched = {id(span): mark["label"] == span["label"] for mark, span in pairs(marks, mine)}
        scores += [span["score"] for span in mine]
        right += [id(span) in matched for span in mine]
        agreed += [matched.get(id(span), False) for span in mine]
    return Held(np.array(scores), np.array(right, bool), np.array(agreed, bool), total)


def calibrated(held: Held) -> tuple[tuple[float, float], float, dict[str, float]]:
    """Slope and offset that make the score a probability (Platt 1999), the threshold with the best F1, figures there."""
    from sklearn.linear_model import LogisticRegression

    platt = LogisticRegression(C=1e6).fit(held.scores[:, None], held.right)
    slope, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    confidence = 1 / (1 + np.exp(-(slope * held.scores + offset)))
    order = np.argsort(-confidence, kind="stable")
    hits = np.cumsum(held.right[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + held.marks)
    best = int(np.argmax(f1))
    figures = {
        "marks": held.marks, "precision": hits[best] / (best + 1), "recall": hits[best] / held.marks, "f1": f1[best],
        "label_agreement": held.agreed[order][: best + 1].sum() / max(1, hits[best]),
    }  # fmt: skip
    threshold = float(confidence[order][best])
    return (slope, offset), threshold, {name: round(float(value), 3) for name, value in figures.items()}


def calibration(rows: Sequence[dict[str, Any]], found: Sequence[Sequence[dict[str, Any]]]) -> dict[str, Any]:
    """Calibration, thresholds and figures of each kind: {"calibration", "thresholds", "figures"}."""
    report: dict[str, Any] = {"calibration": {}, "thresholds": {}, "figures": {}}
    for kind in KINDS:
        pair, threshold, figures = calibrated(judged(rows, found, kind))
        report["calibration"][kind] = [round(value, 5) for value in pair]
        report["thresholds"][kind] = round(threshold, 4)
        report["figures"][kind] = figures
    return report
