"""How well "covered" holds: themes of real questions against answer pages written for the purpose, each present or not.

Usage: python -m benchmarks.coverage BANKING77.jsonl. The even half of the intents chose the lines, the odd half
measures them. Each half's themes meet the pages of all 77 intents, so that half of the pages belong to no theme. An
intent counts twice: with its own page (it is covered) and without it (it is not, and its neighbours' are still there).
"""

import json
import sys
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

import numpy as np

from insights import coverage, embedding
from insights.content.pages import ContentPage, passages
from insights.estimates import wilson

QUOTES = 30


def main(path: str) -> None:
    answers = json.loads((files("benchmarks") / "coverage_answers.json").read_text("utf-8"))
    said = defaultdict(list)
    for line in Path(path).read_text("utf-8").splitlines():
        row = json.loads(line)
        said[row["theme"]].append(row["text"])
    names, encoder = sorted(answers), embedding.load()
    every = [said[name] for name in names]
    said_so = [embedding.embed(encoder, s[:: max(1, len(s) // QUOTES)][:QUOTES]) for s in every]
    centres = np.stack([coverage.centre(quotes) for quotes in said_so])
    tight = np.array([(quotes @ centre).mean() for quotes, centre in zip(said_so, centres, strict=True)])
    texts, pages, titles = [], [], []
    for at, name in enumerate(names):
        for place, passage in enumerate(passages(ContentPage(name, *answers[name]))):
            texts.append(passage)
            pages.append(at)
            titles.append(place == 0)
    vectors = embedding.embed(encoder, texts)
    for half, rows in (("development", range(0, len(names), 2)), ("test", range(1, len(names), 2))):
        measure(
            half,
            list(rows),
            coverage.likeness(centres[list(rows)], tight[list(rows)], vectors, pages, titles),
            centres[list(rows)],
        )


def measure(half: str, rows: list[int], found: coverage.Likeness, themes: np.ndarray) -> None:
    own = coverage.own(found, themes, ["question"] * len(rows))
    for wanted in ("covered", "partly"):
        right = wrong = 0
        for at, page in enumerate(rows):
            without = [p for p in range(len(found.values)) if p != page]
            for pages in (range(len(found.values)), without):
                best = max(pages, key=lambda p: (RANK[_state(found, own, p, at)], found.values[p, at]))
                if RANK[_state(found, own, best, at)] >= RANK[wanted]:
                    right, wrong = right + (best == page), wrong + (best != page)
        sure, whole = _of(right, right + wrong), _of(right, len(rows))
        print(f"{half}, {wanted} or more: right when said {sure}; found of those with a page {whole}")


RANK = {"not covered": 0, "partly": 1, "covered": 2}


def _state(found: coverage.Likeness, own: np.ndarray, page: int, theme: int) -> str:
    return coverage.state(float(found.values[page, theme]), bool(own[page, theme]))


def _of(right: int, n: int) -> str:
    low, high = wilson(right, n, 1 << 30) if n else (0.0, 1.0)
    return f"{right}/{n} ({right / max(1, n):.2f}, {low:.2f} to {high:.2f})"


if __name__ == "__main__":
    main(sys.argv[1])
