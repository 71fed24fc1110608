"""How well "covered" holds: themes against answer pages written for the purpose, each present or not.

Usage: python -m benchmarks.coverage [BANKING77.jsonl].
- BANKING77: the even half of the intents chose the lines, the odd half measures them. Each half's themes meet the pages
  of all 77 intents, so that half of the pages belong to no theme.
- Sales: what buyers say in our own corpus, by label, against a page for each label; it measures only. A page for the
  same matter of the other kind (objection:roi, question:roi) is right too.
A theme counts twice: with its own page (it is covered) and without it (it is not, and its neighbours' are still there).
"""

import json
import re
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from insights import coverage, embedding
from insights.content.pages import ContentPage, passages
from insights.embedding import Encoder
from insights.intervals import of_share

QUOTES = 30
SALES_QUOTES = 200  # a label is broader than a theme
RANK = {"not covered": 0, "partly": 1, "covered": 2}
_MARK = re.compile(r"\[\[(objection|question):(\w+)\|((?:[^\[\]]|\[\[[^\]]*\]\])*)\]\]")
_TWINS = {"price": "pricing", "security_legal": "security"}


def main(path: str) -> None:
    encoder = embedding.load()
    answers = json.loads((files("benchmarks") / "coverage_sales.json").read_text("utf-8"))
    measure(encoder, "sales, development", answers, corpus(), SALES_QUOTES, range(0, len(answers), 2))
    measure(encoder, "sales, test", answers, corpus(), SALES_QUOTES, range(1, len(answers), 2))
    if path:
        said = defaultdict(list)
        for line in Path(path).read_text("utf-8").splitlines():
            row = json.loads(line)
            said[row["theme"]].append(row["text"])
        answers = json.loads((files("benchmarks") / "coverage_answers.json").read_text("utf-8"))
        measure(encoder, "bank, development", answers, said, QUOTES, range(0, len(answers), 2))
        measure(encoder, "bank, test", answers, said, QUOTES, range(1, len(answers), 2))


def corpus() -> dict[str, list[str]]:
    """What buyers say in the written part of the corpus, by kind and label; at least three words."""
    said = defaultdict(list)
    for file in sorted(Path("corpus").glob("*.txt")):
        for kind, label, text in _MARK.findall("" if file.name.startswith("r_") else file.read_text("utf-8")):
            words = re.sub(r"\[\[[^|]*\|([^\]]*)\]\]", r"\1", text).strip()
            if len(words.split()) >= 3:
                said[f"{kind}:{label}"].append(words)
    return said


def measure(
    encoder: Encoder, name: str, answers: Mapping, said: Mapping[str, Sequence[str]], most: int, rows: Sequence[int]
) -> None:
    names = sorted(answers)
    quotes = [embedding.embed(encoder, said[names[r]][:: max(1, len(said[names[r]]) // most)][:most]) for r in rows]
    centres = np.stack([coverage.centre(one) for one in quotes])
    tight = np.array([(one @ centre).mean() for one, centre in zip(quotes, centres, strict=True)])
    texts, pages, titles = [], [], []
    for at, one in enumerate(names):
        for place, passage in enumerate(passages(ContentPage(one, *answers[one]))):
            texts.append(passage)
            pages.append(at)
            titles.append(place == 0)
    found = coverage.likeness(centres, tight, embedding.embed(encoder, texts), pages, titles)
    own = coverage.own(found, centres, [names[r].partition(":")[0] if ":" in names[r] else "question" for r in rows])
    for wanted in ("covered", "partly"):
        right = wrong = 0
        for at, row in enumerate(rows):
            mine = {p for p in range(len(names)) if _matter(names[p]) == _matter(names[row])}
            for left_out in (set(), mine):
                among = [p for p in range(len(names)) if p not in left_out]
                best = max(among, key=lambda p: (RANK[_state(found, own, p, at)], found.values[p, at]))
                if RANK[_state(found, own, best, at)] >= RANK[wanted]:
                    right, wrong = right + (best in mine), wrong + (best not in mine)
        sure, whole = _of(right, right + wrong), _of(right, len(rows))
        print(f"{name}, {wanted} or more: right when said {sure}; found of those with a page {whole}")


def _matter(name: str) -> str:
    """What a page is about, whichever kind asks for it."""
    label = name.rpartition(":")[2]
    return _TWINS.get(label, label)


def _state(found: coverage.Likeness, own: np.ndarray, page: int, theme: int) -> str:
    return coverage.state(float(found.values[page, theme]), bool(own[page, theme]))


def _of(right: int, n: int) -> str:
    low, high = of_share(right, n)
    return f"{right}/{n} ({right / max(1, n):.2f}, {low:.2f} to {high:.2f})"


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
