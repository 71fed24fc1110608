"""Learn the weights of insights/evidence.json: python corpus/train_sides.py [persuasion.jsonl.gz].

Data: the training files of this folder, and the even half (by hash of the id) of PersuasionForGood and CraigslistBargain
when their file is given. Weights keep the sign that their side says; cross-validation over industries sets the scale.
"""

import gzip
import hashlib
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from marked import CORPUS, read

from insights import evidence
from insights.records import Company, Conversation, Utterance

FILE = Path(evidence.__file__).with_name("evidence.json")
WINDOWS = (4, 8, 16, 400)  # utterances: short excerpts must be calibrated too
L2 = 3.0
CAUTION = 1.0  # the scale at most: other firms' talk is less like the training data than its own held-out folds are

Talk = tuple[str, str, list[tuple[str, str]]]  # source, group, turns of (role, text)


def corpus(*, validation: bool) -> Iterator[Talk]:
    """The conversations of this folder in which both sides speak."""
    for path in sorted(CORPUS.glob("*.txt")):
        if path.name.startswith("val_") == validation:
            yield from _of_file(path)


def _of_file(path: Path) -> Iterator[Talk]:
    settings = {
        line[2:].split(" | ")[0]: line for line in path.read_text("utf-8").splitlines() if line.startswith("# ")
    }
    talks: dict[str, list[tuple[str, str]]] = {}
    industry: dict[str, str] = {}
    for row in read(path):
        head = row["id"].rsplit("#", 1)[0]
        if not any(f"setting: {kind}" in settings[head] for kind in ("single", "mixed")):
            talks.setdefault(head, []).append((row["role"], row["text"]))
            industry[head] = row["industry"]
    for head, turns in talks.items():
        if {"rep", "customer"} <= {role for role, _ in turns}:
            yield "corpus", industry[head], turns


def persuasion(path: Path, *, half: int) -> Iterator[Talk]:
    """The dialogues whose id hashes to the half: 0 to learn from, 1 to report on."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 2 == half:
                yield row["domain"], row["id"], [(turn["role"], turn["text"]) for turn in row["turns"]]


def differences(talks: list[Talk]) -> tuple[np.ndarray, np.ndarray, list[tuple[str, str]]]:
    """The seller's amounts less the buyer's (n, signs), the rows' weights (n,), and each row's source and group."""
    signs = evidence.signs()
    sizes = {source: sum(talk[0] == source for talk in talks) for source in {talk[0] for talk in talks}}
    share = {"corpus": 1.0, "bargaining": 0.25, "donation": 0.15}
    rows, weights, keys = [], [], []
    for source, group, turns in talks:
        for window in windows(turns):
            said = tuple(Utterance(role, "unknown", "verbatim", text) for role, text in window)
            shown = evidence.read(Conversation("c", "call", "", "", said), Company())
            times = {role: {sign.sign: sign.times for sign in shown.get(role, [])} for role in ("rep", "customer")}
            amounts = [[evidence.amount(times[role].get(sign.name, 0), sign.most) for sign in signs] for role in times]
            row = [seller - buyer for seller, buyer in zip(*amounts, strict=True)]
            if any(row):
                rows.append(row)
                weights.append(share[source] * 1000 / sizes[source] / len(WINDOWS))
                keys.append((source, group))
    return np.array(rows), np.array(weights), keys


def windows(turns: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Excerpts of several lengths, from places that depend on the text alone."""
    draw = random.Random(turns[0][1])
    for length in WINDOWS:
        start = draw.randrange(max(1, len(turns) - length))
        part = turns[start : start + length]
        if len({role for role, _ in part} & {"rep", "customer"}) == 2:
            yield part


def fit(x: np.ndarray, weights: np.ndarray, direction: np.ndarray, *, steps: int = 3000) -> np.ndarray:
    """Logistic regression without intercept on differences; a weight that would turn against its side is 0."""
    beta = direction * 0.1
    rate = 4.0 / (weights @ (x**2).sum(1) + L2)
    for _ in range(steps):
        missed = 1 / (1 + np.exp(x @ beta))
        beta = beta + rate * (x.T @ (weights * missed) - L2 * beta)
        beta = np.where(beta * direction < 0, 0.0, beta)
    return beta


def scale_of(margins: np.ndarray, weights: np.ndarray) -> float:
    """The factor on held-out margins under which confidence is likeliest (least log-loss)."""
    factors = np.arange(0.3, 1.6, 0.02)
    losses = [float(weights @ np.log1p(np.exp(-factor * margins))) for factor in factors]
    return float(factors[int(np.argmin(losses))])


def main() -> None:
    talks = list(corpus(validation=False))
    if len(sys.argv) > 1:
        talks += persuasion(Path(sys.argv[1]), half=0)
    x, weights, keys = differences(talks)
    rows = json.loads(FILE.read_text("utf-8"))
    direction = np.array([1.0 if row["side"] == "seller" else -1.0 for row in rows])
    fold = np.array([int(hashlib.sha256(f"{key}".encode()).hexdigest(), 16) % 5 for key in keys])
    margins = np.zeros(len(x))
    for number in range(5):
        margins[fold == number] = x[fold == number] @ fit(x[fold != number], weights[fold != number], direction)
    scale = scale_of(margins, weights)
    learned = fit(x, weights, direction) * min(scale, CAUTION)
    for source in sorted({key[0] for key in keys}):
        here = np.array([key[0] == source for key in keys])
        print(source, int(here.sum()), "cross-validated accuracy", round(float((margins[here] > 0).mean()), 3))
        p = 1 / (1 + np.exp(-scale * np.abs(margins[here])))
        for level in (0.8, 0.9, 0.95):
            sure = p >= level
            print(
                "  at",
                level,
                "coverage",
                round(float(sure.mean()), 3),
                "precision",
                round(float((margins[here][sure] > 0).mean()), 3),
            )
    print("scale", round(scale, 2))
    for row, weight in zip(rows, learned, strict=True):
        row["weight"] = round(float(weight), 2)
        print(f"{row['weight']:6.2f}  {row['sign']}")
    FILE.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
