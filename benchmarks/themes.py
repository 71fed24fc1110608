"""Themes beside BERTopic and EVoC: agreement with people's labels, unassigned share, seconds; small and skewed sets.

    python -m benchmarks.themes PATH.jsonl… [--peers] [--parts quality,small]

Each line of a file is {"id", "text", "theme"}. One setting serves all files. Every method runs in a process of its own
(benchmarks/theme_peers.py) that has an empty cache for numba's compiled code ("cold": all that the process takes), and
then a second time in that process ("warm"). The peers need umap-learn and hdbscan, which BERTopic brings, and
`pip install evoc`.

Unassigned texts are read in two ways: as one group (V, ARI), and each as a group of its own ("alone").
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.theme_peers import METHODS
from insights import embedding, themes

OURS = "Parley"
SIZES = (100, 300, 1000, 3000)
DRAWS = (1,)
LEAST = 5  # texts of the rarest theme in a skewed set


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """A set with people's labels: texts, unit vectors (n, 384), themes."""

    name: str
    texts: Sequence[str]
    vectors: np.ndarray
    gold: Sequence[str]

    def only(self, rows: Sequence[int], name: str) -> "Labelled":
        """A part of it."""
        return Labelled(name, [self.texts[at] for at in rows], self.vectors[rows], [self.gold[at] for at in rows])


def main(arguments: Sequence[str]) -> None:
    """Print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH.jsonl")
    parser.add_argument("--peers", action="store_true", help="run BERTopic and EVoC too")
    parser.add_argument("--parts", default="quality,small", help="of quality, small, inside (default: the first two)")
    options = parser.parse_args(arguments)
    encoder = embedding.load()
    sets = [read(path, encoder) for path in options.paths]
    methods = list(METHODS) if options.peers else [OURS]
    if "quality" in options.parts:
        quality(sets, methods)
    if "small" in options.parts:
        small(sets, methods)
    if "inside" in options.parts:
        inside(sets)


def read(path: Path, encoder: embedding.Encoder) -> Labelled:
    """A labelled file with its vectors."""
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    texts = [row["text"] for row in rows]
    return Labelled(path.stem, texts, embedding.embed(encoder, texts), [row["theme"] for row in rows])


def quality(sets: Sequence[Labelled], methods: Sequence[str]) -> None:
    """The whole sets, each method cold, again and warm."""
    table(
        "set",
        "method",
        "texts",
        "V",
        "ARI",
        "V alone",
        "ARI alone",
        "themes",
        "unassigned",
        "cold s",
        "× ours",
        "warm s",
    )
    for data in sets:
        ours = 0.0
        for method in methods:
            with tempfile.TemporaryDirectory() as cache:
                labels, seconds, warm = run(method, data, cache, warm=True)
            cold = seconds - warm
            ours = cold if method == OURS else ours
            cells = [f"{cold:.1f}", f"{cold / ours:.1f}", f"{warm:.1f}"]
            row(data.name, method, str(len(data.texts)), *scores(data.gold, labels), *cells)


def small(sets: Sequence[Labelled], methods: Sequence[str]) -> None:
    """Random parts, and parts whose themes have sizes by Zipf's law; means over the sets."""
    table("part", "method", "draws", "V", "ARI", "V alone", "ARI alone", "themes/gold", "unassigned", "most unassigned")
    parts = [part for data in sets for part in _parts(data)]
    found = {method: _all(method, parts) for method in methods}
    for name in dict.fromkeys(part.name for part in parts):
        for method in methods:
            drawn = [(part, labels) for part, labels in zip(parts, found[method], strict=True) if part.name == name]
            measured = [_measured(part.gold, labels) for part, labels in drawn if labels is not None]
            if measured:
                mean = np.mean(measured, axis=0)
                shares = [f"{value:.3f}" for value in mean[:4]]
                most = f"{max(one[5] for one in measured):.1%}"
                row(name, method, f"{len(measured)} of {len(drawn)}", *shares, f"{mean[4]:.2f}", f"{mean[5]:.1%}", most)


def _measured(gold: Sequence[str], labels: np.ndarray) -> list[float]:
    count = len(set(labels.tolist()) - {-1}) / len(set(gold))
    return [*agreement(gold, labels), count, float((labels < 0).mean())]


def _all(method: str, parts: Sequence[Labelled]) -> list[np.ndarray | None]:
    """The group numbers of each part, found in one process; None where the method failed."""
    with tempfile.TemporaryDirectory() as folder:
        roots = [_written(part, Path(folder) / str(at)) for at, part in enumerate(parts)]
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.theme_peers", method, *map(str, roots)]
        subprocess.run(command, check=True, capture_output=True)
        return [np.load(path) if (path := root / "labels.npy").exists() else None for root in roots]


def _written(data: Labelled, root: Path) -> Path:
    root.mkdir(exist_ok=True)
    (root / "texts.json").write_text(json.dumps(data.texts), "utf-8")
    np.save(root / "vectors.npy", data.vectors)
    return root


def _parts(data: Labelled) -> Iterator[Labelled]:
    for seed in DRAWS:
        rng = random.Random(seed)
        for size in SIZES:
            if size < len(data.texts):
                yield data.only(sorted(rng.sample(range(len(data.texts)), size)), f"{size} at random")
        yield data.only(skewed(data.gold, rng), "sizes by Zipf")


def skewed(gold: Sequence[str], rng: random.Random) -> list[int]:
    """Rows of which the n-th theme has 1/n as many as the first, in a random order of themes, and at least LEAST."""
    members: dict[str, list[int]] = defaultdict(list)
    for at, label in enumerate(gold):
        members[label].append(at)
    labels = sorted(members)
    rng.shuffle(labels)
    most = len(members[labels[0]])
    return sorted(
        at
        for place, label in enumerate(labels)
        for at in rng.sample(members[label], min(len(members[label]), max(LEAST, most // (place + 1))))
    )


def inside(sets: Sequence[Labelled]) -> None:
    """What members and sub-themes are worth: right is who has the label that most firm members of the theme have.

    A theme of 20 and more is pure where nine tenths have one label, mixed where a second label has a fifth.
    """
    members: dict[str, list[list[float]]] = defaultdict(list)
    levels: dict[str, list[np.ndarray]] = defaultdict(list)
    for data in sets:
        for part in (data, *_parts(data)):
            found = themes.discover(part.texts, part.vectors, ids=[f"{at:07}" for at in range(len(part.texts))])
            members[part.name].append(_members(part, found))
            for name, subs in (("sub-themes", _subs(found)), ("divide", _divided(part, found))):
                levels[name].append(_levels(part, found, subs))
    table("set", "firm", "right", "weak", "right", "waiting", "themes", "with sub-themes")
    for name, rows in members.items():
        firm, right, weak, weak_right, waiting, count, parents = np.nanmean(rows, axis=0)
        shares = [f"{value:.1%}" for value in (firm, right, weak, weak_right, waiting)]
        row(name, *shares, f"{count:.0f}", f"{parents:.0f}")
    table(
        "way",
        "pure, split",
        "mixed, split",
        "V within split mixed ones",
        "V, parts beside themes",
        "ARI, parts beside themes",
    )
    for name, measured in levels.items():
        pure, split, mixed, apart, *_ = np.sum(measured, axis=0)
        within, v, ari = np.nanmean(np.array(measured)[:, 4:], axis=0)
        row(
            name,
            f"{split:.0f} of {pure:.0f}",
            f"{apart:.0f} of {mixed:.0f}",
            f"{within:.3f}",
            f"{v:+.3f}",
            f"{ari:+.3f}",
        )


def _members(data: Labelled, found: themes.Discovery) -> list[float]:
    group, gold = _groups(found), np.array(data.gold)
    firm = np.array([one.confidence >= themes.WEAK for one in found.assignments]) & (group >= 0)
    weak = ~firm & (group >= 0)
    right = np.zeros(len(group), bool)
    for at in range(len(found.themes)):
        most = Counter(gold[firm & (group == at)].tolist()).most_common(1)
        right[group == at] = gold[group == at] == (most[0][0] if most else None)
    parents = sum(bool(theme.subs) for theme in found.themes)
    return [
        firm.mean(), right[firm].mean(), weak.mean(), right[weak].mean() if weak.any() else np.nan,
        (group < 0).mean(), len(found.themes), parents,
    ]  # fmt: skip


def _groups(found: themes.Discovery) -> np.ndarray:
    return np.array([-1 if one.theme is None else one.theme for one in found.assignments])


def _subs(found: themes.Discovery) -> np.ndarray:
    return np.array([-1 if one.sub is None else one.sub for one in found.assignments])


def _divided(data: Labelled, found: themes.Discovery) -> np.ndarray:
    """Each text's part when every theme that is large enough for sub-themes is divided on demand."""
    parts, group = np.full(len(data.texts), -1), _groups(found)
    for at, theme in enumerate(found.themes):
        rows = np.flatnonzero(group == at).tolist()
        if theme.size >= themes.SUB_FROM:
            one = themes.divide([data.texts[n] for n in rows], data.vectors[rows], ids=[f"{n:07}" for n in rows])
            parts[rows] = _groups(one)
    return parts


def _levels(data: Labelled, found: themes.Discovery, parts: np.ndarray) -> np.ndarray:
    """Pure themes, those split, mixed themes, those split, V in the latter, gain in V, gain in ARI."""
    group, gold = _groups(found), np.array(data.gold)
    counts, within = np.zeros(4), []
    for at, theme in enumerate(found.themes):
        rows = group == at
        labels = Counter(gold[rows].tolist()).most_common(2)
        if theme.size < themes.SUB_FROM:
            continue
        split = bool((parts[rows] >= 0).any())
        if labels[0][1] >= 0.9 * theme.size:
            counts[:2] += 1, split
        elif labels[1][1] >= 0.2 * theme.size:
            counts[2:] += 1, split
            within += [agreement(gold[rows], parts[rows])[0]] if split else []
    leaf = np.unique(np.stack([group, parts]), axis=1, return_inverse=True)[1].ravel()
    placed = group >= 0
    gain = np.subtract(agreement(gold[placed], leaf[placed])[:2], agreement(gold[placed], group[placed])[:2])
    return np.array([*counts, np.mean(within) if within else np.nan, *gain])


def run(method: str, data: Labelled, cache: str, *, warm: bool) -> tuple[np.ndarray, float, float]:
    """Group numbers, seconds of the whole process, and seconds of a second time in it."""
    with tempfile.TemporaryDirectory() as folder:
        root = _written(data, Path(folder))
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.theme_peers", method, folder, *["--warm"] * warm]
        environment = os.environ | {"NUMBA_CACHE_DIR": cache}
        started = time.perf_counter()
        subprocess.run(command, check=True, env=environment, capture_output=True)
        seconds = time.perf_counter() - started
        result = json.loads((root / "result.json").read_text("utf-8"))
        return np.load(root / "labels.npy"), seconds, result.get("warm", 0.0)


def agreement(gold: Sequence[str] | np.ndarray, found: np.ndarray) -> tuple[float, float, float, float]:
    """V and ARI with the unassigned as one group, then with each of them alone."""
    from sklearn.metrics import adjusted_rand_score, v_measure_score

    alone = np.where(found < 0, found.max(initial=0) + 1 + np.arange(len(found)), found)
    return (
        v_measure_score(gold, found), adjusted_rand_score(gold, found),
        v_measure_score(gold, alone), adjusted_rand_score(gold, alone),
    )  # fmt: skip


def scores(gold: Sequence[str], found: np.ndarray) -> list[str]:
    """The agreement, the number of themes, and the unassigned share, as cells."""
    numbers = [f"{value:.3f}" for value in agreement(gold, found)]
    return [*numbers, str(len(set(found.tolist()) - {-1})), f"{(found < 0).mean():.1%}"]


def table(*heads: str) -> None:
    """Begin a table."""
    sys.stdout.write("\n")
    row(*heads)
    row(*["---"] * len(heads))


def row(*cells: str) -> None:
    """One line of a table."""
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
