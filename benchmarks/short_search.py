"""What a search by meaning for one or two words finds: python -m benchmarks.short_search

The questions are the names of the labels, the quotes what the shipped finder finds in the validation conversations of corpus/
(nothing is trained on them), and to the point is what a person marked there with that label. Three orders: by meaning alone,
first what holds the words, and first what holds them or bears the label of that name, as the page has it. What one would get
wrong: the finder's labels are right or wrong as they are for users; only the marks say which.
"""

import sqlite3
from collections.abc import Sequence

import numpy as np

from corpus import marked
from insights import embedding
from insights.language import build
from insights.language.rows import extract
from insights.records import LABELS, Company
from pipelines.quotes.search import SHORT, SHORT_COSTS

FIRST, LEAST = 20, 10  # quotes looked at, and those there must be of a label
Find = tuple[str, str, str]  # its words, the finder's label, the mark's ("" for none)


def main() -> None:
    found = list(dict.fromkeys(finds()))
    encoder = embedding.load(threads=1)
    texts = [text for text, _, _ in found]
    vectors = embedding.embed(encoder, texts)
    short = np.array([max(0.0, 1 - len(text.split()) / SHORT) for text in texts])
    totals = np.zeros(3, int)
    print(
        f"{len(found):,} quotes\n\n| Question | marked | meaning | words first | words or label first |\n|---|---|---|---|---|"
    )
    for label in dict.fromkeys((*LABELS["objection"], *LABELS["question"])):
        right = np.array([gold == label for _, _, gold in found])
        if label == "other" or right.sum() < LEAST:
            continue
        question = label.replace("_", " ")
        like = vectors @ embedding.embed(encoder, [question])[0] - SHORT_COSTS * short
        holds = holding(texts, question)
        named = holds | np.array([told == label for _, told, _ in found])
        hits = [int(right[np.lexsort((-like, ~first))][:FIRST].sum()) for first in (np.zeros_like(holds), holds, named)]
        totals += hits
        print(f"| {question} | {right.sum()} | {' | '.join(map(str, hits))} |")
    print(f"| all | | {' | '.join(map(str, totals))} |")


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
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE said USING fts5(text, tokenize='porter unicode61')")
    db.executemany("INSERT INTO said (rowid, text) VALUES (?, ?)", enumerate(texts))
    holds = np.zeros(len(texts), bool)
    holds[[row for (row,) in db.execute("SELECT rowid FROM said WHERE said MATCH ?", [question])]] = True
    return holds


if __name__ == "__main__":
    main()
