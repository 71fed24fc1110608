"""Themes beside BERTopic's default: V-measure, adjusted Rand, themes, unassigned share, seconds, and what stays stable.

    python -m benchmarks.themes PATH.jsonl… [--peer]

Each line of a file is {"id", "text", "theme"}. One setting serves all files. Unassigned texts count as one group. The
peer runs in the same process, after ours; its seconds contain numba's compilation, as a new process's would.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from insights import embedding, themes

HEADER = ("set", "method", "texts", "V", "ARI", "themes", "unassigned", "seconds", "note")


def main(arguments: Sequence[str]) -> None:
    """Print a Markdown table with a few rows per file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH.jsonl")
    parser.add_argument("--peer", action="store_true", help="run BERTopic's default too (needs umap-learn and hdbscan)")
    options = parser.parse_args(arguments)
    encoder = embedding.load()
    _print(HEADER)
    _print(["---"] * len(HEADER))
    for path in options.paths:
        with path.open(encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        texts = [row["text"] for row in rows]
        started = time.perf_counter()
        vectors = embedding.embed(encoder, texts)
        seconds = time.perf_counter() - started
        _print(
            [
                path.stem,
                "embedding",
                str(len(texts)),
                *[""] * 4,
                f"{seconds:.1f}",
                f"{len(texts) / seconds:.0f} a second",
            ]
        )
        gold = [row["theme"] for row in rows]
        for method, found, taken, note in _measurements(texts, vectors, gold, peer=options.peer):
            _print([path.stem, method, *_scores(*found), f"{taken:.1f}", note])


T = TypeVar("T")
Found = tuple[Sequence[str], Sequence[int]]


def _measurements(
    texts: Sequence[str], vectors: np.ndarray, gold: Sequence[str], *, peer: bool
) -> Iterator[tuple[str, Found, float, str]]:
    """(method, (gold, found), seconds, note) for each thing measured on one set."""
    ids = [f"{at:07}" for at in range(len(texts))]
    found, seconds = _timed(lambda: themes.discover(texts, vectors, ids=ids))
    yield "parley", (gold, _indices(found)), seconds, ""

    order = random.Random(1).sample(range(len(texts)), len(texts))
    again, seconds = _timed(
        lambda: themes.discover([texts[at] for at in order], vectors[order], ids=[ids[at] for at in order])
    )
    same = sum(one == found.assignments[at] for at, one in zip(order, again.assignments, strict=True))
    yield (
        "parley, shuffled",
        ([gold[at] for at in order], _indices(again)),
        seconds,
        f"{same / len(texts):.1%} identical",
    )

    old, new = order[: len(order) * 4 // 5], order[len(order) * 4 // 5 :]
    learned = themes.discover([texts[at] for at in old], vectors[old], ids=[ids[at] for at in old])
    states = [_state(at, theme) for at, theme in enumerate(learned.themes)]
    joined, seconds = _timed(lambda: themes.assign(vectors[new], states))
    indices = [-1 if theme is None else int(theme) for theme, _ in joined]
    right = _right(learned, [gold[at] for at in old], indices, [gold[at] for at in new])
    yield "parley, a fifth joins", ([gold[at] for at in new], indices), seconds, f"{right:.1%} of the joined are right"
    if peer:
        topics, seconds = _timed(lambda: _bertopic(texts, vectors))
        yield "BERTopic default", (gold, topics), seconds, ""


def _bertopic(texts: Sequence[str], vectors: np.ndarray) -> list[int]:
    """BERTopic as it comes, UMAP's seed apart, without which it would not repeat itself."""
    from bertopic import BERTopic
    from hdbscan import HDBSCAN
    from umap import UMAP

    reduction = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", low_memory=False, random_state=1)
    clusterer = HDBSCAN(min_cluster_size=10, metric="euclidean", cluster_selection_method="eom", prediction_data=True)
    topics, _ = BERTopic(umap_model=reduction, hdbscan_model=clusterer).fit_transform(list(texts), embeddings=vectors)
    return [int(topic) for topic in topics]


def _right(learned: themes.Discovery, old: Sequence[str], joined: Sequence[int], new: Sequence[str]) -> float:
    """The share of joined texts whose gold theme is the commonest one of the theme they joined."""
    counts: dict[int, Counter[str]] = {}
    for at, label in zip(_indices(learned), old, strict=True):
        counts.setdefault(at, Counter())[label] += 1
    hits = [counts[at].most_common(1)[0][0] == label for at, label in zip(joined, new, strict=True) if at >= 0]
    return sum(hits) / max(1, len(hits))


def _state(at: int, theme: themes.FoundTheme) -> themes.ThemeState:
    return themes.ThemeState(
        str(at), "question", theme.name, theme.keywords, theme.centroid, theme.size, tightness=theme.tightness
    )


def _indices(found: themes.Discovery) -> list[int]:
    return [-1 if one.theme is None else one.theme for one in found.assignments]


def _scores(gold: Sequence[str], found: Sequence[int]) -> list[str]:
    from sklearn.metrics import adjusted_rand_score, v_measure_score

    unassigned = sum(at < 0 for at in found) / len(found)
    return [
        str(len(found)), f"{v_measure_score(gold, found):.3f}", f"{adjusted_rand_score(gold, found):.3f}",
        str(len(set(found) - {-1})), f"{unassigned:.1%}",
    ]  # fmt: skip


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def _print(cells: Sequence[str]) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
