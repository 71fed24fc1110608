"""Themes of what the finder finds in the corpus's validation part: how many hold mostly what is no objection or question, where
finds below a confidence found none.

    python -m benchmarks.theme_founding

Draws of 300 finds each are made into themes, as `pipelines/discover.py` does it but for the budget: what is below joins a
theme that it is near enough to, or waits. Beside it: all found themes, and those of which fewer than half are sure are dropped.
"""

import random
from collections import Counter
from collections.abc import Sequence

import numpy as np

from corpus import marked
from insights import embedding, themes
from insights.language.finder import build
from insights.language.rows import extract
from insights.records import Kind
from insights.themes import ThemeState

DRAWS, SIZE = 8, 300
LEAST = (0.5, 0.6, 0.7)
WAYS = (("all", 0.0), *(("those from", least) for least in LEAST), *(("half from", least) for least in LEAST))
Find = tuple[str, str, float, bool]  # text, label, confidence, whether it is marked


def main() -> None:
    """Print a Markdown table."""
    rows = marked.read_all(validation=True)
    found, encoder = list(extract(build(), rows)), embedding.load()
    print("| kind | founded by | themes | mostly none | none in themes | of what is marked, in a theme |")
    print("|---|---|---|---|---|---|")
    kinds: tuple[Kind, ...] = ("objection", "question")
    for kind in kinds:
        finds = [
            (one["text"], one["label"], one["confidence"], any(_meet(mark, one) for mark in row["marks"] if mark["kind"] == kind))
            for row, told in zip(rows, found, strict=True)
            for one in told["insights"]
            if one["kind"] == kind
        ]  # fmt: skip
        vectors = embedding.embed(encoder, [text for text, *_ in finds])
        for way, least in WAYS:
            told: Counter[str] = Counter()
            for seed in range(DRAWS):
                drawn = sorted(random.Random(seed).sample(range(len(finds)), min(SIZE, len(finds))))
                told += _measured(finds, vectors, drawn, kind, way, least)
            print(
                f"| {kind} | {way} {least or ''} | {told['themes']} | {told['bad']} | {told['none'] / told['in']:.1%} "
                f"| {(told['in'] - told['none']) / told['marked']:.1%} |"
            )


def _meet(mark: dict, one: dict) -> bool:
    return min(mark["end"], one["end"]) > max(mark["start"], one["start"])


def _measured(
    finds: Sequence[Find], vectors: np.ndarray, drawn: Sequence[int], kind: Kind, way: str, least: float
) -> Counter[str]:
    sure = [at for at in drawn if way != "those from" or finds[at][2] >= least]
    rest = sorted(set(drawn) - set(sure))
    found = themes.propose(
        [finds[at][0] for at in sure], vectors[sure], [], placed=0, ids=[f"{at:05}" for at in sure],
        labels=[finds[at][1] for at in sure],
    )  # fmt: skip
    members: dict[int, list[int]] = {n: [] for n in range(len(found.themes))}
    for one in found.assignments:
        if one.theme is not None:
            members[one.theme].append(int(one.id))
    if way == "half from":
        members = {n: some for n, some in members.items() if 2 * sum(finds[at][2] >= least for at in some) >= len(some)}
    known = [
        ThemeState(str(n), kind, t.name, t.keywords, t.centroid, t.size, tightness=t.tightness)
        for n, t in enumerate(found.themes)
        if n in members
    ]
    if way == "half from":
        rest += sorted(set(sure) - {at for some in members.values() for at in some})
    for at, placed in zip(rest, themes.assign(vectors[rest], known), strict=True):
        if placed.theme is not None:
            members[int(placed.theme)].append(at)
    told = Counter(marked=sum(finds[at][3] for at in drawn), themes=len(members))
    for some in members.values():
        none = sum(not finds[at][3] for at in some)
        told.update({"bad": int(2 * none > len(some)), "none": none, "in": len(some)})
    return told


if __name__ == "__main__":
    main()
