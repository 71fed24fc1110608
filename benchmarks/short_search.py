"""What a search by meaning for one or two words finds: python -m benchmarks.short_search

The questions are the names of the labels and what else people call them, the quotes what the shipped finder finds in the validation conversations of corpus/
(nothing is trained on them), and to the point is what a person marked there with that label. Three orders: by meaning alone,
first what holds the words, and first what holds them or bears a label that goes by them, as the page has it. What one would get
wrong: the finder's labels are right or wrong as they are for users; only the marks say which.

Then whole sentences: the descriptions of the labels, by meaning alone, fused with an order by words (reciprocal ranks), and with
a little more for the label that eight of the nearest twenty have. That last one is helped by a truth made of labels.
"""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from corpus import marked
from insights import embedding
from insights.language import build
from insights.language.rows import extract
from insights.names import wording
from insights.names.labels import ALSO_CALLED, called
from insights.records import LABELS, Company
from pipelines.quotes.search import SHORT, SHORT_COSTS

FIRST, LEAST = 20, 10  # quotes looked at, and those there must be of a label
BY_WORDS = "SELECT rowid FROM said WHERE said MATCH ? ORDER BY bm25(said)"
Find = tuple[str, str, str]  # its words, the finder's label, the mark's ("" for none)


def main() -> None:
    found = list(dict.fromkeys(finds()))
    encoder = embedding.load(threads=1)
    texts = [text for text, _, _ in found]
    vectors = embedding.embed(encoder, texts)
    short = np.array([max(0.0, 1 - len(text.split()) / SHORT) for text in texts])
    print(f"{len(found):,} quotes")
    names = {label: [label] for label in dict.fromkeys((*LABELS["objection"], *LABELS["question"])) if label != "other"}
    others = sorted({word for words in ALSO_CALLED.values() for word in words.split()})
    for asked in (names, {word: called(word.split("-")) for word in others}):
        _words(asked, found, vectors, short, encoder)
    _sentences(found, vectors, short, encoder)


def _words(
    asked: Mapping[str, Sequence[str]], found: Sequence[Find], vectors: np.ndarray, short: np.ndarray, encoder: embedding.Encoder
) -> None:  # fmt: skip
    """Print how many of the first twenty to each question have one of its labels in three orders."""
    texts, count, totals = [text for text, _, _ in found], 0, np.zeros(3, int)
    print("\n| Question | marked | meaning | words first | words or label first |\n|---|---|---|---|---|")
    for written, labels in asked.items():
        right = np.array([gold in labels for _, _, gold in found])
        if right.sum() < LEAST:
            continue
        question = re.sub("[_-]", " ", written)
        like = vectors @ embedding.embed(encoder, [question])[0] - SHORT_COSTS * short
        holds = holding(texts, question)
        named = holds | np.array([told in labels for _, told, _ in found])
        hits = [int(right[np.lexsort((-like, ~first))][:FIRST].sum()) for first in (np.zeros_like(holds), holds, named)]
        totals, count = totals + hits, count + 1
        print(f"| {question} | {right.sum()} | {' | '.join(map(str, hits))} |")
    print(f"| all {count} | | {' | '.join(map(str, totals))} |")


def _sentences(found: Sequence[Find], vectors: np.ndarray, short: np.ndarray, encoder: embedding.Encoder) -> None:
    described = json.loads((Path(__file__).parent / "data" / "label_descriptions.json").read_text("utf-8"))
    told, gold = (np.array([one[at] for one in found]) for at in (1, 2))
    index, count = _index([text for text, _, _ in found]), 0
    totals: Counter[str] = Counter()
    for label, question in ((x, q) for labels in described.values() for x, asked in labels.items() for q in asked):
        right = gold == label
        if label == "other" or right.sum() < LEAST:
            continue
        like = vectors @ embedding.embed(encoder, [question])[0] - SHORT_COSTS * short
        nearest = np.argsort(-like, kind="stable")
        by_meaning, by_words = np.empty(len(found)), np.full(len(found), np.inf)
        by_meaning[nearest] = np.arange(len(found))
        telling = " OR ".join(f'"{word}"' for word in re.findall(r"[a-z]+", question.lower()) if wording.telling(word))
        for place, (row,) in enumerate(index.execute(BY_WORDS, [telling]) if telling else ()):
            by_words[row] = place
        [(most, votes)] = Counter(told[nearest[:FIRST]].tolist()).most_common(1)
        orders = {
            "meaning": like,
            **{f"fused, {k}": 1 / (k + by_meaning) + 1 / (k + by_words) for k in (10, 60)},
            "label of the nearest": like + 0.1 * ((told == most) & (votes >= FIRST * 0.4)),
        }
        count += 1
        for name, worth in orders.items():
            totals[name] += int(right[np.argsort(-worth, kind="stable")][: FIRST // 2].sum())
    print(f"\n{count} sentences, their first {FIRST // 2}\n\n| order | to the point |\n|---|---|")
    for name, hits in totals.items():
        print(f"| {name} | {hits} of {count * FIRST // 2} |")


def finds() -> list[Find]:
    """What the finder finds, each with the label of the mark of its kind that it overlaps."""
    rows = marked.read_all(validation=True)
    found = []
    for row, read in zip(rows, extract(build(Company()), rows), strict=True):
        for one in read["insights"]:
            if one["kind"] == "competitor":
                continue
            same = (
                m
                for m in row["marks"]
                if m["kind"] == one["kind"] and m["start"] < one["end"] and one["start"] < m["end"]
            )
            gold = next((mark["label"] for mark in same), "")
            found.append((row["text"][one["start"] : one["end"]], one["label"], gold))
    return found


def holding(texts: Sequence[str], question: str) -> np.ndarray:
    """Which texts hold all the words, as the index of utterances takes words."""
    holds = np.zeros(len(texts), bool)
    holds[[row for (row,) in _index(texts).execute(BY_WORDS, [question])]] = True
    return holds


def _index(texts: Sequence[str]) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE said USING fts5(text, tokenize='porter unicode61')")
    db.executemany("INSERT INTO said (rowid, text) VALUES (?, ?)", enumerate(texts))
    return db


if __name__ == "__main__":
    main()
