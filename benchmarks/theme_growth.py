"""Themes over time and at scale: what stays when texts are added, whether a second machine says the same, a million.

    python -m benchmarks.theme_growth growth|threads PATH.jsonl… [--peers]
    python -m benchmarks.theme_growth scale TEXTS.jsonl.gz [--sizes 10000,100000,1000000]

`growth`: themes are found among 80 %, the rest joins at once or on ten days (or: a tenth is there, and nine tenths
join); what waits after each day may become a new theme. "kept" is the share of texts with a theme before whose theme is
the same after; a refit's themes are matched one to one by overlap first. Quality is that of the added texts alone, those
that wait counted as one group; the cold refit saw all texts and is judged on the same ones.
`scale`: 30,000 texts are embedded; more are made of them by a number and a little noise, so that all differ.
"""

import argparse
import gzip
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks import theme_peers
from benchmarks.themes import Labelled, agreement, read, row, table
from insights import embedding, themes

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
EMBEDDED = 30_000
NOISE = 0.01  # of each component: copies have a cosine of about 0.98 to their original


def main(arguments: Sequence[str]) -> None:
    """Print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["growth", "threads", "scale", "one-digest", "one-scale"])
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--peers", action="store_true", help="refit BERTopic too")
    parser.add_argument("--sizes", default="10000,100000,1000000")
    options = parser.parse_args(arguments)
    match options.part:
        case "growth":
            growth([read(path, embedding.load()) for path in options.paths], peers=options.peers)
        case "threads":
            threads(options.paths)
        case "scale":
            scale(options.paths[0], [int(size) for size in options.sizes.split(",")])
        case "one-digest":
            sys.stdout.write(digest(options.paths[0]))
        case "one-scale":
            one_scale(options.paths[0], int(options.sizes))


def growth(sets: Sequence[Labelled], *, peers: bool) -> None:
    """What stays and how good the newcomers' themes are."""
    table("set", "way", "kept", "V new", "ARI new", "waiting of new", "themes before", "themes after")
    for data in sets:
        order = random.Random(1).sample(range(len(data.texts)), len(data.texts))
        data = data.only(order, data.name)
        fifth = len(data.texts) * 4 // 5
        for name, edges in (
            ("a fifth joins at once", [fifth, len(data.texts)]),
            ("a fifth joins on ten days", np.linspace(fifth, len(data.texts), 11).astype(int).tolist()),
            (
                "nine tenths join on nine days",
                np.linspace(len(data.texts) // 10, len(data.texts), 10).astype(int).tolist(),
            ),
        ):
            kept, found, before = _grown(data, edges)
            _line(data, name, kept, found, before, edges[0])
        refits = [("cold refit", theme_peers.parley)]
        refits += [("BERTopic refit", theme_peers.bertopic)] if peers else []
        for name, method in refits:
            old = np.asarray(method(data.texts[:fifth], data.vectors[:fifth]))
            new = np.asarray(method(data.texts, data.vectors))
            _line(data, name, _matched(old, new[:fifth]), new, len(set(old.tolist()) - {-1}), fifth)
            if name == "cold refit":  # for the last way
                _line(data, "cold refit, judged on nine tenths", None, new, 0, len(data.texts) // 10)


def _line(data: Labelled, name: str, kept: float | None, found: np.ndarray, before: int, start: int) -> None:
    v, ari, *_ = agreement(data.gold[start:], found[start:])
    cells = ["" if kept is None else f"{kept:.1%}", f"{v:.3f}", f"{ari:.3f}", f"{(found[start:] < 0).mean():.1%}"]
    row(data.name, name, *cells, str(before), str(len(set(found.tolist()) - {-1})))


def _grown(data: Labelled, edges: Sequence[int]) -> tuple[float, np.ndarray, int]:
    """The least share of texts that kept their theme from one day to the next, each text's theme, themes at first."""
    ids = [f"{at:07}" for at in range(len(data.texts))]
    first = themes.discover(data.texts[: edges[0]], data.vectors[: edges[0]], ids=ids[: edges[0]])
    of_text = np.full(len(data.texts), -1)
    of_text[: edges[0]] = [-1 if one.theme is None else one.theme for one in first.assignments]
    states = [_state(at, theme, data, ids, of_text) for at, theme in enumerate(first.themes)]
    kept = [1.0]
    for start, end in pairwise(edges):
        before = of_text.copy()
        placed = themes.assign(data.vectors[start:end], states)
        of_text[start:end] = [-1 if one.theme is None else int(one.theme) for one in placed]
        waiting = np.flatnonzero(of_text[:end] < 0).tolist()
        found = themes.propose(
            [data.texts[at] for at in waiting], data.vectors[waiting], states, placed=sum(one.size for one in states),
            ids=[ids[at] for at in waiting],
        )  # fmt: skip
        for at, one in zip(waiting, found.assignments, strict=True):
            of_text[at] = -1 if one.theme is None else one.theme + len(states)
        states += [_state(at + len(states), theme, data, ids, of_text) for at, theme in enumerate(found.themes)]
        had = before >= 0
        kept.append(float((of_text[had] == before[had]).mean()))
    return min(kept), of_text, len(first.themes)


def _state(
    at: int, theme: themes.FoundTheme, data: Labelled, ids: Sequence[str], of_text: np.ndarray
) -> themes.ThemeState:
    members = np.flatnonzero(of_text == at).tolist()
    return themes.ThemeState(
        f"{at:05}", "question", theme.name, theme.keywords, theme.centroid, theme.size, tightness=theme.tightness,
        examples=themes.examples(data.vectors[members], [ids[n] for n in members]),
    )  # fmt: skip


def _matched(old: np.ndarray, new: np.ndarray) -> float:
    """The share of texts with a theme whose theme afterwards is the one that theirs is matched with."""
    from scipy.optimize import linear_sum_assignment

    overlap = np.zeros((old.max() + 1, max(new.max() + 1, 1)))
    both = (old >= 0) & (new >= 0)
    np.add.at(overlap, (old[both], new[both]), 1)
    return float(overlap[linear_sum_assignment(-overlap)].sum() / (old >= 0).sum())


def threads(paths: Sequence[Path]) -> None:
    """The digest of everything found, by 1, 2 and 4 threads and with the input in another order."""
    table("set", "threads", "digest")
    for path in paths:
        for count in (1, 2, 4):
            environment = os.environ | dict.fromkeys(THREADS, str(count))
            command = [sys.executable, "-m", "benchmarks.theme_growth", "one-digest", str(path)]
            done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
            row(path.stem, str(count), done.stdout)


def digest(path: Path) -> str:
    """The digest of a file's discovery, and whether that of the shuffled file is the same."""
    data = read(path, embedding.load(threads=1))
    ids = [f"{at:07}" for at in range(len(data.texts))]
    order = random.Random(2).sample(range(len(data.texts)), len(data.texts))
    found = themes.discover(data.texts, data.vectors, ids=ids)
    again = themes.discover([data.texts[at] for at in order], data.vectors[order], ids=[ids[at] for at in order])
    same = _bytes(found) == _bytes(again)
    return f"{hashlib.sha256(_bytes(found)).hexdigest()[:16]}, shuffled {'the same' if same else 'DIFFERENT'}"


def _bytes(found: themes.Discovery) -> bytes:
    assignments = sorted(found.assignments, key=lambda one: one.id)
    described = [(one, one.centroid.tobytes()) for theme in found.themes for one in (theme, *theme.subs)]
    facts = [(one.name, one.keywords, one.tightness, one.size, one.representatives, raw) for one, raw in described]
    return repr((assignments, facts, found.needs)).encode()


def scale(path: Path, sizes: Sequence[int]) -> None:
    """Seconds and peak memory of a discovery, each size in a process of its own."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        texts = sorted({json.loads(line)["text"] for line in file})
    texts = random.Random(1).sample(texts, EMBEDDED)
    root = Path(os.environ.get("TMPDIR", "/tmp")) / "theme_scale"
    root.mkdir(exist_ok=True)
    (root / "texts.json").write_text(json.dumps(texts), "utf-8")
    np.save(root / "vectors.npy", embedding.embed(embedding.load(), texts))
    table("texts", "seconds", "peak MB", "of which vectors MB", "themes", "sub-themes", "unassigned", "weak")
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.theme_growth", "one-scale", str(root), "--sizes", str(size)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        row(f"{size:,}", *json.loads(done.stdout))


def one_scale(root: Path, size: int) -> None:
    """Print the cells of one size."""
    base, few = np.load(root / "vectors.npy"), json.loads((root / "texts.json").read_text("utf-8"))
    texts = [few[at % len(few)] if at < len(few) else f"{few[at % len(few)]} {at}" for at in range(size)]
    vectors = np.empty((size, base.shape[1]), np.float32)
    for start in range(0, size, len(base)):
        block = vectors[start : start + len(base)]
        noise = np.random.default_rng(start).standard_normal(block.shape, np.float32)
        block[:] = base[: len(block)] + (NOISE * noise if start else 0)
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    del base, few, noise
    started = time.perf_counter()
    found = themes.discover(texts, vectors, ids=[f"{at:07}" for at in range(size)])
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    waiting = sum(one.theme is None for one in found.assignments) / size
    weak = sum(one.theme is not None and one.confidence < themes.WEAK for one in found.assignments) / size
    cells = [f"{seconds:.1f}", f"{peak:.0f}", f"{vectors.nbytes / 2**20:.0f}", str(len(found.themes))]
    cells += [str(sum(len(theme.subs) for theme in found.themes)), f"{waiting:.1%}", f"{weak:.1%}"]
    sys.stdout.write(json.dumps(cells))


if __name__ == "__main__":
    main(sys.argv[1:])
