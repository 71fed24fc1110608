"""Train the finder's heads on the marked conversations of this folder and write insights/language/weights/.

    python corpus/train_heads.py [--folds 5]

Deterministic: the same corpus, patterns and encoder give the same file. Files named val_* are never read here.
"""

import argparse
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from spacy.language import Language
from spacy.tokens import Doc

from insights import embedding
from insights.language import finder, heads, rivals
from insights.language.rows import ROLES
from insights.language.turns import Turn
from insights.records import RELATIONS, Company

CORPUS = Path(__file__).parent
WEIGHTS = CORPUS.parent / "insights" / "language" / "weights"
STRENGTH = {
    "objection": 1.0,
    "question": 1.0,
    "label": 2.0,
    "gate": 0.5,
    "name": 4.0,
    "relation": 8.0,
}  # scikit-learn's C, by cross-validation
NAME_BETA = 0.7  # an unknown name that is no rival costs more than one that is missed
GATE_RECALL = 0.97  # share of marked clauses that the gate must let through
SCALES = {"words": 1.0, "dense": 1.0, "vector": 2.0, "turn": 1.5}  # how freely each block of features may speak
_MARK = re.compile(r"\[\[(\w+):(\w+)\|")
_LINE = re.compile(r"(customer|rep|note|unknown): (.*)")


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a buyer's turn with its features and its labels, "" where it carries no mark."""

    conversation: str
    text: str
    turn: str
    features: heads.Features
    labels: dict[str, str]


def marks_of(line: str) -> tuple[str, list[dict[str, Any]]]:
    """Take the marks out of a line: the text as it was said, and where they stood in it."""
    text: list[str] = []
    marks: list[dict[str, Any]] = []
    opened: list[tuple[str, str, int]] = []
    at = 0
    while at < len(line):
        if found := _MARK.match(line, at):
            opened.append((found[1], found[2], len(text)))
            at = found.end()
        elif opened and line.startswith("]]", at):
            kind, label, start = opened.pop()
            marks.append({"kind": kind, "start": start, "end": len(text), "label": label})
            at += 2
        else:
            text.append(line[at])
            at += 1
    return "".join(text), marks


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the utterances of one corpus file as labelled rows, with their context and the conversation's voice."""
    head, number = "", 0
    facts: dict[str, str] = {}
    before: list[dict[str, str]] = []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("# "):
            head, *rest = (part.strip() for part in line[2:].split(" | "))
            facts = dict(fact.split(": ", 1) for fact in rest if ": " in fact)
            before, number = [], 0
        elif head and (found := _LINE.fullmatch(line)):
            text, marks = marks_of(found[2])
            context = [] if facts.get("setting") == "single utterances" else before[-3:]
            yield {
                "id": f"{head}#{number}", "role": found[1], "text": text, "context": context, "marks": marks,
                "voice": facts.get("voice", ""),
            }  # fmt: skip
            before.append({"role": found[1], "text": text})
            number += 1


def docs(rows: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Doc, Language]]:
    """Run the rules over labelled rows."""
    nlp = finder.pipeline(Company())
    for row in rows:
        role, voice = ROLES[row["role"]]
        context = tuple((ROLES[said["role"]][0], said["text"]) for said in row["context"])
        doc = nlp.make_doc(finder.legible(row["text"]))
        doc.user_data["turn"] = Turn(role, voice, row["text"], context)
        yield row, nlp(doc), nlp


def names(rows: list[dict[str, Any]]) -> Iterator[tuple[str, np.ndarray, str]]:
    """Yield (conversation, features, relation) of each candidate for a rival's name, relation "" where it is none."""
    for row, doc, nlp in docs(rows):
        for named, found in nlp.get_pipe("parley_competitors").described(doc):
            span = doc[named.start : named.end]
            yield (
                row["id"].rsplit("#", 1)[0],
                found,
                label_at(row["marks"], "competitor", span.start_char, span.end_char),
            )


def train_names(candidates: list[tuple[str, np.ndarray, str]], folds: int) -> tuple[dict[str, np.ndarray], dict]:
    """Fit the head that tells rivals from other names, and the one that tells their relation."""
    lines = np.repeat(np.arange(len(candidates)), [len(found) for _, found, _ in candidates])
    values = np.concatenate([np.full(len(found), 1 / np.sqrt(len(found))) for _, found, _ in candidates])
    columns = np.concatenate([found for _, found, _ in candidates])
    full = sparse.csr_matrix((values, (lines, columns)), shape=(len(candidates), rivals.WIDTH))
    groups = np.array([conversation for conversation, _, _ in candidates])
    relation = np.array([label for _, _, label in candidates])
    truth = relation != ""
    classifier = model(STRENGTH["name"])
    splits = list(GroupKFold(folds).split(groups, groups=groups))
    scores = cross_val_predict(classifier, full, truth, cv=splits, method="decision_function")
    confidence = 1 / (1 + np.exp(-scores))
    threshold = best_threshold(truth, confidence, NAME_BETA)
    report = figures(truth, confidence, threshold)
    at = np.flatnonzero(truth)
    related = model(STRENGTH["relation"])
    guesses = cross_val_predict(related, full[at], relation[at], cv=GroupKFold(folds), groups=groups[at])
    report["label_accuracy"] = round(float((guesses == relation[at]).mean()), 3)
    related.fit(full[at], relation[at])
    weights = np.zeros((1 + len(RELATIONS), rivals.WIDTH))
    weights[0] = classifier.fit(full, truth).coef_[0]
    for label, row in zip(related.classes_, related.coef_, strict=True):
        weights[1 + RELATIONS.index(label)] = row
    return {"names": weights.T, "name_threshold": np.array([threshold])}, report


def clauses(rows: list[dict[str, Any]]) -> Iterator[Clause]:
    """Run the rules over labelled rows and pair each clause of a buyer's turn with its marks."""
    for row, doc, _ in docs(rows):
        before = heads.hashed_before(doc.user_data["turn"])
        for clause in doc.user_data["evidence"]:
            span = doc[clause.start : clause.end]
            labels = {kind: label_at(row["marks"], kind, span.start_char, span.end_char) for kind in heads.KINDS}
            found = heads.features(doc, clause, before)
            yield Clause(row["id"].rsplit("#", 1)[0], heads.text_of(doc, clause), heads.turn_of(doc), found, labels)


def label_at(marks: list[dict[str, Any]], kind: str, start: int, end: int) -> str:
    """The label of the mark that covers most of a clause, or most of which lies in it."""
    best, label = 0, ""
    for mark in marks:
        overlap = min(end, mark["end"]) - max(start, mark["start"])
        if mark["kind"] == kind and overlap > best and overlap * 2 >= min(end - start, mark["end"] - mark["start"]):
            best, label = overlap, mark["label"]
    return label


def matrix(items: list[Clause], vectors: np.ndarray | None) -> sparse.csr_matrix:
    """Stack features in the order that insights.language.heads.linear expects, each block scaled."""
    width = heads.BUCKETS + heads.BEFORE
    columns = np.concatenate([item.features.buckets for item in items])
    lines = np.repeat(np.arange(len(items)), [len(item.features.buckets) for item in items])
    values = np.repeat([item.features.share for item in items], [len(item.features.buckets) for item in items])
    words = sparse.csr_matrix((values, (lines, columns)), shape=(len(items), width)) * SCALES["words"]
    blocks = [words, sparse.csr_matrix(np.stack([item.features.dense for item in items]) * SCALES["dense"])]
    if vectors is not None:
        blocks.append(sparse.csr_matrix(vectors * np.repeat([SCALES["vector"], SCALES["turn"]], embedding.DIMENSIONS)))
    return sparse.hstack(blocks).tocsr()


def unscaled(coefficients: np.ndarray) -> np.ndarray:
    """Fold the scales of the blocks into the weights: (outputs, width) -> (width, outputs)."""
    weights = coefficients.T.copy()
    words = heads.BUCKETS + heads.BEFORE
    weights[:words] *= SCALES["words"]
    weights[words : words + heads.DENSE] *= SCALES["dense"]
    vector, turn = words + heads.DENSE, words + heads.DENSE + embedding.DIMENSIONS
    weights[vector:turn] *= SCALES["vector"]
    weights[turn:] *= SCALES["turn"]
    return weights


def model(strength: float) -> LogisticRegression:
    """A logistic regression without intercept: the last dense feature is always 1."""
    return LogisticRegression(C=strength, fit_intercept=False, max_iter=500, tol=1e-5)


def best_threshold(truth: np.ndarray, confidence: np.ndarray, beta: float = 1.0) -> float:
    """The confidence from which on marking gives the best F-beta; below 1, precision weighs more than recall."""
    order = np.argsort(-confidence, kind="stable")
    hits = np.cumsum(truth[order])
    f = (1 + beta**2) * hits / (np.arange(1, len(truth) + 1) + beta**2 * truth.sum())
    return float(confidence[order][int(np.argmax(f))])


def encode(encoder: embedding.Encoder, texts: list[str]) -> np.ndarray:
    """Embed texts, each different one once."""
    at = {text: n for n, text in enumerate(dict.fromkeys(texts))}
    return embedding.embed(encoder, list(at))[[at[text] for text in texts]]


def train(items: list[Clause], vectors: np.ndarray, folds: int) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Fit the gate, the kinds and the labels; calibrate and set thresholds on conversations held out in turn."""
    groups = np.array([item.conversation for item in items])
    splits = list(GroupKFold(folds).split(groups, groups=groups))
    full, lexical = matrix(items, vectors), matrix(items, None)
    report: dict[str, Any] = {"clauses": len(items)}
    truth = {kind: np.array([bool(item.labels[kind]) for item in items]) for kind in heads.KINDS}
    marked = truth["objection"] | truth["question"]
    gate = model(STRENGTH["gate"])
    held_out = cross_val_predict(gate, lexical, marked, cv=splits, method="decision_function")
    opening = float(np.quantile(held_out[marked], 1 - GATE_RECALL))
    report["gate"] = {"recall": GATE_RECALL, "open": round(float((held_out >= opening).mean()), 3)}
    outputs, calibration, thresholds = [], [], []
    for kind in heads.KINDS:
        classifier = model(STRENGTH[kind])
        scores = cross_val_predict(classifier, full, truth[kind], cv=splits, method="decision_function")
        passing = held_out >= opening
        platt = LogisticRegression(C=1e6).fit(scores[passing, None], truth[kind][passing])
        slope, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
        confidence = np.where(passing, 1 / (1 + np.exp(-(slope * scores + offset))), 0.0)
        threshold = best_threshold(truth[kind], confidence)
        calibration.append((slope, offset))
        thresholds.append(threshold)
        outputs.append(classifier.fit(full, truth[kind]).coef_)
        report[kind] = figures(truth[kind], confidence, threshold)
    for kind in heads.KINDS:
        outputs.append(labels(items, full, kind, folds, report[kind]))
    weights = {
        "gate": unscaled(gate.fit(lexical, marked).coef_),
        "heads": unscaled(np.concatenate(outputs)),
        "calibration": np.array(calibration),
        "thresholds": np.array(thresholds),
        "gate_threshold": np.array([opening]),
    }
    return weights, report


def labels(items: list[Clause], full: sparse.csr_matrix, kind: str, folds: int, report: dict[str, Any]) -> np.ndarray:
    """Fit one kind's label head on its marked clauses: (labels, width), zero for labels that never occur."""
    at = np.array([n for n, item in enumerate(items) if item.labels[kind]])
    truth = np.array([items[n].labels[kind] for n in at])
    groups = np.array([items[n].conversation for n in at])
    classifier = LogisticRegression(C=STRENGTH["label"], fit_intercept=False, max_iter=500, tol=1e-5)
    guesses = cross_val_predict(classifier, full[at], truth, cv=GroupKFold(folds), groups=groups)
    report["label_accuracy"] = round(float((guesses == truth).mean()), 3)
    classifier.fit(full[at], truth)
    known = list(classifier.classes_)
    coefficients = np.zeros((len(heads.LABELS[kind]), full.shape[1]))
    for n, label in enumerate(heads.LABELS[kind]):
        if label in known:
            coefficients[n] = classifier.coef_[known.index(label)]
    return coefficients


def figures(truth: np.ndarray, confidence: np.ndarray, threshold: float) -> dict[str, float]:
    """Held-out precision, recall and F1 over clauses."""
    said = confidence >= threshold
    hits = int((said & truth).sum())
    precision, recall = hits / max(int(said.sum()), 1), hits / max(int(truth.sum()), 1)
    return {
        "marked": int(truth.sum()),
        "threshold": round(threshold, 3),
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 3),
    }


def write(weights: dict[str, np.ndarray], report: dict[str, Any]) -> None:
    """Write the weights as float16 with their hash, and what was measured."""
    WEIGHTS.mkdir(exist_ok=True)
    exact = {"calibration", "thresholds", "gate_threshold", "name_threshold"}
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        allow_pickle=False,
        **{k: v.astype(np.float32 if k in exact else np.float16) for k, v in sorted(weights.items())},
    )
    (WEIGHTS / "heads.npz").write_bytes(buffer.getvalue())
    (WEIGHTS / "heads.sha256").write_text(hashlib.sha256(buffer.getvalue()).hexdigest() + "\n", "ascii")
    (WEIGHTS / "manifest.json").write_text(json.dumps(report, indent=2, sort_keys=True) + "\n", "utf-8")


def main() -> None:
    """Train on every file of the corpus that is not for validation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folds", type=int, default=5)
    folds = parser.parse_args().folds
    files = [path for path in sorted(CORPUS.glob("*.txt")) if not path.name.startswith("val_")]
    rows = [row for path in files for row in read(path)]
    items = list(clauses(rows))
    encoder = embedding.load()
    vectors = np.hstack(
        [encode(encoder, [item.text for item in items]), encode(encoder, [item.turn for item in items])]
    )
    weights, report = train(items, vectors, folds)
    named, report["competitor"] = train_names(list(names(rows)), folds)
    weights |= named
    report["encoder"] = encoder.name
    report["files"] = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    write(weights, report)
    print(json.dumps({key: value for key, value in report.items() if key != "files"}, indent=2))


if __name__ == "__main__":
    main()
