"""How long a preview takes over a stored history, and how well ten examples find the rest of what they are examples of.

    python -m benchmarks.trackers                      both parts; texts are made from corpus/
    python -m benchmarks.trackers --texts FILE.jsonl.gz --themes FILE.jsonl

Speed: N utterances are stored and sketched, then a ten-example tracker and a phrase tracker are previewed, beside the
encoder over every sentence (a sample of it, scaled) and a search by words. Quality: of the sentences that carry one
label of `corpus/*.txt` (files b and c; the method was chosen on files a and on another data set), ten are examples
and the rest should be found. Labels are wider than concepts: "price" is said in a hundred unlike ways. `--themes`
takes rows {"text", "theme"} whose themes are concepts.
"""

import argparse
import gzip
import json
import random
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
from sqlite_utils import Database

from corpus import marked
from insights import embedding, examples, sketch
from insights.language.turns import sentences
from insights.records import stable_id
from insights.trackers import Tracker
from pipelines.catalogue import sketches as filling
from pipelines.catalogue import trackers
from pipelines.running import accelerator
from pipelines.store import connect, prepare

NOW = "2025-01-01T00:00:00+00:00"
TEN = (
    "Do you have a window seat for me?", "I'd like to change my seat.", "Can I pick another seat?",
    "Please give me an aisle seat.", "Could you move me to a different seat?", "Is there a seat next to my wife?",
    "I want to sit by the window.", "What is my seat number?", "My seat assignment is wrong.",
    "Can you check my seat assignment?",
)  # fmt: skip
TEN_SALES = (
    "That is more than we wanted to pay.", "The price is too high for us.", "It is too expensive.",
    "We cannot justify the cost.", "The quote is well above our expectation.", "That price tag is too steep.",
    "It costs too much for a small team.", "We find it rather expensive.", "Your price is higher than we thought.",
    "That is a lot of money for us.",
)  # fmt: skip
T = TypeVar("T")
EMBEDDED = 2000
RUNS = 3


def main() -> None:
    """Print both parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, help='utterances, JSON lines {"text"}, may be gzipped')
    parser.add_argument("--themes", type=Path, help='rows {"text", "theme"}, JSON lines')
    parser.add_argument("--utterances", type=int, default=100_000)
    parser.add_argument("--part", choices=["speed", "quality", "both"], default="both")
    asked = parser.parse_args()
    if asked.part != "quality":
        speed(asked.texts, asked.utterances)
    if asked.part != "speed":
        quality(asked.themes)


def speed(file: Path | None, size: int) -> None:
    texts = read(file)[:size] if file else made(size)
    with TemporaryDirectory() as folder:
        prepare(Path(folder) / "p.db")
        db = connect(Path(folder) / "p.db")
        store(db, texts)
        before = _size(db)
        _, took, cpu = timed(lambda: filling.fill(db))
        _, tidied, _ = timed(lambda: filling.tidy(db))
        n = next(iter(db.query("SELECT count(*) AS n FROM sentences")))["n"]
        print(
            f"{len(texts):,} utterances, {n:,} sentences; sketched in {took:.1f} s ({cpu:.1f} s of CPU), background {tidied:.1f} s"
        )
        print(f"database {before / 1e6:.0f} MB before, {_size(db) / 1e6:.0f} MB with sketches")
        print("| way | seconds, median of 3 | CPU seconds | hits |\n|---|---|---|---|")
        ten = Tracker("", examples=TEN if file else TEN_SALES, said_by="anyone")
        phrase = Tracker(
            "",
            phrases=("window seat", "change * seat") if file else ("too expensive", "price * high"),
            said_by="anyone",
        )
        for name, tracker in (("ten examples", ten), ("two phrases", phrase)):
            report(f"preview, {name}", partial(previewed, db, tracker))
        report("saved and applied, ten examples", lambda: _saved(db, ten), runs=1)
        words = '"window" "seat"' if file else '"too" "expensive"'
        report(
            "search by words (FTS5)",
            lambda: db.execute("SELECT count(*) FROM utterances_fts WHERE utterances_fts MATCH ?", [words]).fetchone()[
                0
            ],
        )
        model, some = accelerator.encoder(), random.Random(1).sample(texts, EMBEDDED)
        cut = [text[start:end] for text in some for start, end in sentences(text)]
        _, took, cpu = timed(lambda: embedding.embed(model, cut))
        factor = n / len(cut)
        print(
            f"| encoder over every sentence at preview time ({len(cut):,} of {n:,} done, scaled) | {took * factor:.0f} | {cpu * factor:.0f} | |"
        )
        print(f"largest memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
        db.close()


def previewed(db: Database, tracker: Tracker) -> int:
    return trackers.preview(db, tracker).counts.hits


def _saved(db: Database, tracker: Tracker) -> int:
    tracker_id = trackers.save(
        db, Tracker("saved", examples=tracker.examples, said_by="anyone"), now=NOW, actor="benchmark"
    )
    return next(one.counts.hits for one in trackers.every(db) if one.saved.id == tracker_id)


def quality(themes: Path | None) -> None:
    print("| set | classes | way | precision | recall | F1 |\n|---|---|---|---|---|---|")
    score("corpus b, c: labels", *_corpus())
    if themes:
        rows = [json.loads(line) for line in themes.read_text("utf-8").splitlines()]
        rows = random.Random(3).sample(rows, min(len(rows), 6000))
        score(themes.stem, [row["text"] for row in rows], [{row["theme"]} for row in rows])


def score(name: str, texts: Sequence[str], labels: Sequence[set[str]]) -> None:
    """Mean over classes of at least 40: ten at random are examples, the others should be found among all the rest."""
    vectors, rough = embedding.embed(accelerator.encoder(), texts), sketch.sketch(filling.sketcher(), texts)
    every = sorted({label for some in labels for label in some} - {"oos"})
    chosen = [label for label in every if sum(label in some for some in labels) >= 40][:40]
    order = np.array(sorted(range(len(texts)), key=lambda n: stable_id(texts[n])))[: filling.BACKGROUND]
    found: dict[str, list[tuple[float, float, float]]] = {}
    for label in chosen:
        right = np.array([label in some for some in labels])
        ten = np.random.default_rng(7).choice(np.flatnonzero(right), 10, replace=False)
        rest = np.ones(len(texts), bool)
        rest[ten] = False
        for level in ("strict", "normal", "loose"):
            none = vectors[:0], rough[:0]
            learnt = examples.learn(
                vectors[ten], none[0], vectors[order], (rough[ten], none[1], rough[order]), level
            )  # fmt: skip
            read_ = (examples.passes(learnt, rough) >= 0) & rest
            hit = np.zeros(len(texts), bool)
            verdicts = examples.judge(learnt, vectors[read_])
            hit[np.flatnonzero(read_)] = [one.hit for one in verdicts]
            found.setdefault(level, []).append(measures(hit[rest], right[rest]))
            if level == "normal":
                # The centroid by the very same number of hits, and by the best line that the truth could give it.
                cosine = vectors @ vectors[ten].mean(axis=0)
                ranked = np.argsort(-np.where(rest, cosine, -9))
                same = np.zeros(len(texts), bool)
                same[ranked[: hit.sum()]] = True
                found.setdefault("cosine to the centroid, as many hits as normal", []).append(
                    measures(same[rest], right[rest])
                )
                found.setdefault("cosine to the centroid, at 0.5", []).append(
                    measures(centroid(vectors, ten)[rest], right[rest])
                )
    for way, some in found.items():
        p, r, f = np.mean(some, axis=0)
        print(f"| {name} ({len(texts):,}) | {len(chosen)} | {way} | {p:.2f} | {r:.2f} | {f:.2f} |", flush=True)


def centroid(vectors: np.ndarray, ten: np.ndarray) -> np.ndarray:
    middle = vectors[ten].mean(axis=0)
    return vectors @ (middle / np.linalg.norm(middle)) >= 0.5


def measures(hit: np.ndarray, right: np.ndarray) -> tuple[float, float, float]:
    both = int((hit & right).sum())
    precision, recall = both / max(1, int(hit.sum())), both / max(1, int(right.sum()))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def _corpus() -> tuple[list[str], list[set[str]]]:
    """The distinct sentences of files b and c, each with the labels of the marks that it mostly is."""
    found: dict[str, set[str]] = {}
    for path in sorted(marked.CORPUS.glob("[bc]_*.txt")):
        for row in marked.read(path):
            for start, end in sentences(row["text"]):
                here = found.setdefault(row["text"][start:end], set())
                here.update(label for label, share in _marks(row, start, end) if share > 0.5)
    return list(found), list(found.values())


def _marks(row: dict, start: int, end: int) -> Iterator[tuple[str, float]]:
    for mark in row["marks"]:
        if mark["kind"] != "competitor":
            shared = min(end, mark["end"]) - max(start, mark["start"])
            yield f"{mark['kind']}:{mark['label']}", shared / min(end - start, mark["end"] - mark["start"])


def read(file: Path) -> list[str]:
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return [json.loads(line)["text"] for line in data.decode("utf-8").splitlines()]


def made(size: int) -> list[str]:
    """Utterances of two sentences each, put together from the corpus so that most are different."""
    found = [row["text"] for row in marked.read_all() if row["text"].strip()]
    pick = random.Random(5)
    return [f"{pick.choice(found)} {pick.choice(found)}" for _ in range(size)]


def store(db: Database, texts: Sequence[str]) -> None:
    """Store texts as conversations of ten utterances, without the stages that a benchmark of trackers does not need."""
    with db.atomic():
        for n in range(0, len(texts), 10):
            row = (f"c{n:08}", "call", "", f"2025-{n // 10 % 12 + 1:02}-05", f"Account {n // 10 % 400}", f"c{n:08}")
            db.execute(
                """INSERT INTO conversations (id, kind, title, occurred_at, account, counted_as, contact, job_title, persona,
                seniority, rep, stage, outcome, file, content_hash) VALUES (?, ?, ?, ?, ?, ?, '', '', '', '', '', '', '', '', '')""",
                row,
            )
            said = [(f"u{n + k:08}", row[0], k, text) for k, text in enumerate(texts[n : n + 10])]
            db.conn.executemany(
                """INSERT INTO utterances (id, conversation_id, position, speaker, role, voice, text)
                VALUES (?, ?, ?, 'D', 'buyer', 'verbatim', ?)""",
                said,
            )


def report(name: str, work: Callable[[], int], *, runs: int = RUNS) -> None:
    found = [timed(work) for _ in range(runs)]
    seconds, cpu = np.median([one[1] for one in found]), np.median([one[2] for one in found])
    first = f" (first {found[0][1]:.1f})" if runs > 1 else ""
    print(f"| {name} | {seconds:.3g}{first} | {cpu:.3g} | {found[0][0]:,} |", flush=True)


def timed(work: Callable[[], T]) -> tuple[T, float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - began, time.process_time() - cpu


def _size(db: Database) -> int:
    return next(iter(db.query("PRAGMA page_count")))["page_count"] * 4096


if __name__ == "__main__":
    main()
