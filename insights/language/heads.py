"""The trained heads: linear models over a clause's vector, its words, its cues and what was said before.

Trained by corpus/train_heads.py; here numpy alone reads the weights. A lexical gate decides which clauses are worth the
sentence encoder, then one head per kind says how likely a clause is an objection or a question, and one which label.
The confidence is calibrated on held-out conversations: of the marks with 0.8, about 80 % were right.
"""

import hashlib
import io
import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from spacy.tokens import Doc

from insights.errors import DamagedModel
from insights.language.evidence import Evidence
from insights.language.evidence import objection as ruled_objection
from insights.language.evidence import question as ruled_question
from insights.language.marks import Verdict, mark
from insights.language.turns import Turn
from insights.records import OBJECTION_LABELS, QUESTION_LABELS

BUCKETS = 1 << 13  # hashed words and word pairs
BEFORE = 1 << 10  # hashed words of the utterance before
ASKING = ("direct", "indirect", "reported")
DENSE = len(OBJECTION_LABELS) + len(ASKING) + len(QUESTION_LABELS) + 16
WHOLE = 600  # characters of the turn that a clause stands in
KINDS = ("objection", "question")
LABELS: Mapping[str, Sequence[str]] = {"objection": OBJECTION_LABELS, "question": QUESTION_LABELS}


@dataclass(frozen=True, slots=True)
class Heads:
    """Weights by name, the thresholds that they ship with, and the hash of their file."""

    weights: Mapping[str, np.ndarray]
    thresholds: Mapping[str, float]
    gate: float
    names: np.ndarray
    name_threshold: float
    digest: str


@dataclass(frozen=True, slots=True)
class Features:
    """What a clause is judged by, before its vector: hashed words with their weight, and some dense figures."""

    buckets: np.ndarray
    share: float
    dense: np.ndarray


def load() -> Heads:
    """Read the shipped weights; raises DamagedModel when they are missing or not the released ones."""
    folder = resources.files("insights.language").joinpath("weights")
    try:
        content = folder.joinpath("heads.npz").read_bytes()
        expected = folder.joinpath("heads.sha256").read_text("ascii").split()[0]
    except (OSError, IndexError) as error:
        raise DamagedModel("heads.npz") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise DamagedModel("heads.npz")
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        weights = {name: file[name].astype(np.float32) for name in file.files}
    thresholds = dict(zip(KINDS, map(float, weights.pop("thresholds")), strict=True))
    gate, least = float(weights.pop("gate_threshold")[0]), float(weights.pop("name_threshold")[0])
    return Heads(weights, thresholds, gate, weights.pop("names"), least, digest)


def features(doc: Doc, clause: Evidence, before: np.ndarray) -> Features:
    """Describe one clause; `before` are the hashed words of the utterance before it."""
    words = [token.norm_ for token in doc[clause.start : clause.end] if not token.is_space]
    pairs = [f"{left} {right}" for left, right in zip(["<", *words], [*words, ">"], strict=True)]
    hashed = {zlib.crc32(word.encode("utf-8", "replace")) % BUCKETS for word in (*words, *pairs)}
    buckets = np.fromiter(sorted(hashed), dtype=np.int64, count=len(hashed))
    share = 1 / math.sqrt(max(len(hashed), 1))
    return Features(np.concatenate([buckets, before + BUCKETS]), share, dense(doc, clause, len(words)))


def hashed_before(turn: Turn | None) -> np.ndarray:
    """Buckets of the last words said before a turn, the two sides apart."""
    if turn is None or not turn.context:
        return np.empty(0, dtype=np.int64)
    role, text = turn.context[-1]
    words = {f"{role == 'seller'} {word}" for word in text.lower().replace("?", " ?").split()[-25:]}
    return np.array(sorted({zlib.crc32(word.encode("utf-8", "replace")) % BEFORE for word in words}), dtype=np.int64)


def dense(doc: Doc, clause: Evidence, length: int) -> np.ndarray:
    """The rules' opinion, who speaks, and the clause's place and length."""
    turn: Turn | None = doc.user_data.get("turn")
    row = [clause.objection.get(label, 0.0) for label in OBJECTION_LABELS]
    row += [clause.question.get(label, 0.0) for label in ASKING]
    row += [clause.topics.get(label, 0.0) for label in QUESTION_LABELS]
    bare = length < 2
    last = turn.context[-1] if turn is not None and turn.context else ("unknown", "")
    row += [
        ruled_objection(clause)[1],
        ruled_question(clause, bare=bare)[1],
        float(clause.asked),
        float("objection" in clause.vetoed),
        float("question" in clause.vetoed),
        float("question" in clause.beaten),
        float(turn is not None and turn.voice == "reported"),
        float(turn is not None and turn.role == "unknown"),
        float(bare),
        min(length, 30) / 30,
        float(length <= 4),
        float(clause.start == 0),
        float("?" in doc.text),
        float(last[0] == "seller"),
        float(last[0] == "seller" and "?" in last[1]),
        1.0,
    ]
    return np.array(row, dtype=np.float32)


def text_of(doc: Doc, clause: Evidence) -> str:
    """What the encoder reads of a clause."""
    return doc[clause.start : clause.end].text.strip()


def turn_of(doc: Doc) -> str:
    """What the encoder reads of the whole turn: it tells what "that" and "it" in a clause are about."""
    return doc.text[:WHOLE].strip()


def judge(heads: Heads, encoder: Any, docs: Iterable[Doc]) -> None:
    """Replace the rules' spans in each doc by those of the heads, with one call of the encoder for all of them."""
    from insights.embedding import embed

    work: list[tuple[Doc, Evidence, Features]] = []
    judged: list[Doc] = []
    for doc in docs:
        if doc.user_data["evidence"]:
            judged.append(doc)
            before = hashed_before(doc.user_data.get("turn"))
            found = [(doc, clause, features(doc, clause, before)) for clause in doc.user_data["evidence"]]
            work.extend(item for item in found if is_open(heads, item[2]))
    verdicts: dict[int, list[Verdict]] = {id(doc): [] for doc in judged}
    if work:
        texts = list(dict.fromkeys(text for doc, clause, _ in work for text in (text_of(doc, clause), turn_of(doc))))
        vectors = dict(zip(texts, embed(encoder, texts), strict=True))
        for doc, clause, found in work:
            vector = np.concatenate([vectors[text_of(doc, clause)], vectors[turn_of(doc)]])
            verdicts[id(doc)].append(verdict(heads, clause, found, vector))
    for doc in judged:
        mark(doc, verdicts[id(doc)], dict(heads.thresholds))


def is_open(heads: Heads, found: Features) -> bool:
    """The gate: whether a clause may be worth the encoder, by its words and cues."""
    weights = heads.weights["gate"]
    return float(linear(weights, found, None)[0]) >= heads.gate


def linear(weights: np.ndarray, found: Features, vector: np.ndarray | None) -> np.ndarray:
    """Scores of one clause: weights are (buckets + before + dense [+ vector], outputs)."""
    words = BUCKETS + BEFORE
    score = weights[found.buckets].sum(axis=0) * found.share + found.dense @ weights[words : words + DENSE]
    return score if vector is None else score + vector @ weights[words + DENSE :]


def verdict(heads: Heads, clause: Evidence, found: Features, vector: np.ndarray) -> Verdict:
    """Judge one clause: calibrated confidence and likeliest label for each kind."""
    scores = linear(heads.weights["heads"], found, vector)
    labels: dict[str, str] = {}
    confidence: dict[str, float] = {}
    at = len(KINDS)
    for n, kind in enumerate(KINDS):
        slope, offset = heads.weights["calibration"][n]
        confidence[kind] = 1 / (1 + math.exp(-float(np.clip(slope * scores[n] + offset, -30, 30))))
        labels[kind] = LABELS[kind][int(np.argmax(scores[at : at + len(LABELS[kind])]))]
        at += len(LABELS[kind])
    if "question" in clause.beaten and clause.objection:
        # A counter-offer asks nothing, whatever its question mark: "would you take 400?"
        labels["objection"], weight = ruled_objection(clause)
        confidence = {"objection": max(confidence["objection"], weight), "question": confidence["question"] * 0.4}
    return Verdict(clause, labels, confidence)
