"""Compare found insights with labelled ones: precision, recall and F1 per kind with bootstrap intervals, label
agreement.

Within one utterance and kind a predicted span matches a labelled one when they overlap by at least half of the shorter;
pairs are one to one, largest overlap first. Intervals resample conversations (the part of an id before "#"), because
utterances of one conversation are not independent.
"""

import random
from collections.abc import Iterable, Mapping
from typing import Any

from insights.intervals import of_share
from insights.records import KINDS

Row = Mapping[str, Any]


def score(gold_rows: Iterable[Row], predicted_rows: Iterable[Row], *, rounds: int = 1000, seed: int = 0) -> dict:
    """Score predictions against labels.

    Gold rows are {"id", "marks": [{"kind", "start", "end", "label"}]}, predicted rows {"id", "insights": [the same]}.
    The result has "utterances", "missing" (gold rows without a prediction), and for each kind: gold, predicted,
    precision, recall, f1, f1_95 (percentile bootstrap over conversations; None without gold) and label_agreement.
    """
    gold_rows = list(gold_rows)
    predictions = {row["id"]: row.get("insights", row.get("marks", ())) for row in predicted_rows if "id" in row}
    result: dict[str, Any] = {
        "utterances": len(gold_rows),
        "missing": sum(row["id"] not in predictions for row in gold_rows),
    }
    rng = random.Random(seed)  # noqa: S311 - a bootstrap, not a secret
    for kind in KINDS:
        cells: dict[str, list[int]] = {}
        agreed = 0
        for row in gold_rows:
            gold = [mark for mark in row["marks"] if mark["kind"] == kind]
            predicted = [mark for mark in predictions.get(row["id"], ()) if mark["kind"] == kind]
            matched = pairs(gold, predicted)
            cell = cells.setdefault(row["id"].rsplit("#", 1)[0], [0, 0, 0])
            for at, count in enumerate((len(matched), len(predicted), len(gold))):
                cell[at] += count
            agreed += sum(ours.get("label") == theirs.get("label") for ours, theirs in matched)
        result[kind] = summary(list(cells.values()), agreed, rng, rounds)
    return result


def by_label(gold_rows: Iterable[Row], predicted_rows: Iterable[Row], kind: str) -> dict[str, dict[str, Any]]:
    """Per label of a kind: how many were labelled and found, and precision, recall and F1 where span and label
    agree."""
    predictions = {row["id"]: row.get("insights", row.get("marks", ())) for row in predicted_rows if "id" in row}
    counts: dict[str, list[int]] = {}
    for row in gold_rows:
        gold = [mark for mark in row["marks"] if mark["kind"] == kind]
        predicted = [mark for mark in predictions.get(row["id"], ()) if mark["kind"] == kind]
        for ours, theirs in pairs(gold, predicted):
            counts.setdefault(ours["label"], [0, 0, 0])[0] += ours["label"] == theirs.get("label")
        for at, marks in ((1, predicted), (2, gold)):
            for mark in marks:
                counts.setdefault(mark.get("label", ""), [0, 0, 0])[at] += 1
    found = {}
    for label, (hits, predicted_count, gold_count) in sorted(counts.items()):
        precision, recall, f1 = (round(ratio, 3) for ratio in ratios(hits, predicted_count, gold_count))
        found[label] = {
            "gold": gold_count, "predicted": predicted_count, "precision": precision, "recall": recall, "f1": f1,
        }  # fmt: skip
    return found


def reliability(
    gold_rows: Iterable[Row], predicted_rows: Iterable[Row], kind: str, *, bins: int = 5
) -> list[dict[str, Any]]:
    """Whether confidence means precision: spans of a kind in `bins` groups of equal size by their confidence.

    Each group is {"count", "confidence" (mean), "right" (share that matches a labelled span), "right_95" (Wilson)}.
    """
    predictions = {row["id"]: row.get("insights", ()) for row in predicted_rows if "id" in row}
    judged: list[tuple[float, bool]] = []
    for row in gold_rows:
        predicted = [mark for mark in predictions.get(row["id"], ()) if mark["kind"] == kind]
        matched = {id(theirs) for _, theirs in pairs((m for m in row["marks"] if m["kind"] == kind), predicted)}
        judged += [(float(mark["confidence"]), id(mark) in matched) for mark in predicted]
    judged.sort(key=lambda one: one[0])
    groups = []
    for n in range(bins):
        part = judged[n * len(judged) // bins : (n + 1) * len(judged) // bins]
        if part:
            right = sum(hit for _, hit in part)
            interval = of_share(right, len(part))
            groups.append(
                {
                    "count": len(part),
                    "confidence": round(sum(confidence for confidence, _ in part) / len(part), 3),
                    "right": round(right / len(part), 3),
                    "right_95": [round(edge, 3) for edge in interval],
                }
            )
    return groups


def pairs(gold: Iterable[Row], predicted: Iterable[Row]) -> list[tuple[Row, Row]]:
    """Pair spans one to one that overlap by at least half of the shorter, largest overlap first."""
    candidates = []
    predicted = list(predicted)
    for g, ours in enumerate(gold):
        for p, theirs in enumerate(predicted):
            overlap = min(ours["end"], theirs["end"]) - max(ours["start"], theirs["start"])
            shorter = max(1, min(ours["end"] - ours["start"], theirs["end"] - theirs["start"]))
            if overlap > 0 and overlap * 2 >= shorter:
                candidates.append((overlap, g, p, ours, theirs))
    taken_gold: set[int] = set()
    taken_predicted: set[int] = set()
    matched = []
    for _, g, p, ours, theirs in sorted(candidates, key=lambda candidate: -candidate[0]):
        if g not in taken_gold and p not in taken_predicted:
            taken_gold.add(g)
            taken_predicted.add(p)
            matched.append((ours, theirs))
    return matched


def summary(cells: list[list[int]], agreed: int, rng: random.Random, rounds: int) -> dict[str, Any]:
    """Sum (hits, predicted, gold) over conversations and bootstrap the F1."""
    hits, predicted, gold = (sum(cell[at] for cell in cells) for at in range(3))
    precision, recall, f1 = ratios(hits, predicted, gold)
    boot = []
    for _ in range(rounds if gold else 0):
        sample = rng.choices(cells, k=len(cells))
        boot.append(ratios(*(sum(cell[at] for cell in sample) for at in range(3)))[2])
    boot.sort()
    interval = [round(boot[int(0.025 * rounds)], 3), round(boot[int(0.975 * rounds) - 1], 3)] if boot else None
    return {
        "gold": gold,
        "predicted": predicted,
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "f1": round(f1, 3),
        "f1_95": interval,
        "label_agreement": round(agreed / hits, 3) if hits else None,
    }


def ratios(hits: int, predicted: int, gold: int) -> tuple[float, float, float]:
    """Precision, recall and their harmonic mean; 0 where nothing can be divided."""
    precision = hits / predicted if predicted else 0.0
    recall = hits / gold if gold else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0
