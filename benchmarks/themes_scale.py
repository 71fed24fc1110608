"""Themes at scale: time and peak memory of the discovery stage over a database of many insights.

    python -m benchmarks.themes_scale TEXTS.jsonl.gz [--insights 10000 100000 1000000] [--embedded 20000] [--home FOLDER]

Real texts are few, so the first `--embedded` of the file are embedded once, and the rest are made from them: the same
words with a number, and a vector that is a little turned (cosine about 0.92). What is measured is everything that `parley mine` does
with themes: read vectors from the database, find themes, place insights, write the ledger, look for proposals; then one
more day of a hundredth as many. Each size runs in a process of its own.
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np

from insights import embedding
from insights.records import stable_id, text_hash
from pipelines.store import connect, prepare

TURNED = 0.43  # length of the noise beside the unit vector
A_CONVERSATION = 20
AT_ONCE = 20_000
NEW_DAY = 100  # a hundredth of the insights comes later
CHILD = """
import resource, sys, time
from contextlib import closing
from pathlib import Path
from pipelines.discover import discover
from pipelines.store import connect, themes
with closing(connect(sys.argv[1])) as db:
    begun = time.perf_counter()
    found = discover(db, encoder="bench", now=lambda: "2026-01-01T00:00:00+00:00")
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sizes = themes.total(db, "question"), themes.waiting(db, "question"), len(themes.active(db))
print(f"{seconds:.1f} {peak:.0f} {sizes[0]} {sizes[1]} {sizes[2]} {found.proposals}")
"""


def main() -> None:
    """Print a Markdown table with two rows per size: the whole history, and one more day."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--insights", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--embedded", type=int, default=20_000)
    parser.add_argument("--home", type=Path, help="where the databases are made (default: a temporary folder)")
    options = parser.parse_args()
    with gzip.open(options.texts, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in islice(lines, options.embedded)]
    vectors = embedding.embed(embedding.load(), texts)
    print("| insights | what | seconds | peak MB | themes | waiting | proposals |\n|---|---|---|---|---|---|---|")
    for count in options.insights:
        with tempfile.TemporaryDirectory(dir=options.home) as folder:
            file = Path(folder) / "bench.db"
            prepare(file)
            for what, numbers in (("all", range(count)), ("one more day", range(count, count + count // NEW_DAY))):
                with closing(connect(file)) as db:
                    fill(db, numbers, texts, vectors)
                done = subprocess.run(
                    [sys.executable, "-c", CHILD, str(file)], capture_output=True, text=True, check=True
                )
                seconds, peak, total, waiting, themes, proposals = done.stdout.split()
                share = f"{waiting} ({int(waiting) / int(total):.1%})"
                print(
                    f"| {int(total):,} | {what} | {seconds} | {peak} | {themes} | {share} | {proposals} |", flush=True
                )


def fill(db, numbers: range, texts: list[str], vectors: np.ndarray) -> None:
    """Write conversations of 20 questions each, with their vectors."""
    for start in range(numbers.start, numbers.stop, AT_ONCE):
        with db.atomic():
            _fill(db, range(start, min(start + AT_ONCE, numbers.stop)), texts, vectors)


def _fill(db, numbers: range, texts: list[str], vectors: np.ndarray) -> None:
    held = sorted({n // A_CONVERSATION for n in numbers})
    columns = "kind, title, occurred_at, account, contact, job_title, persona, seniority, rep, stage, outcome, file, content_hash"
    sql = f"INSERT OR IGNORE INTO conversations (id, counted_as, {columns}) VALUES (?, ?, 'call', '', ?, ?, '', '', '', '', '', '', '', '', '')"
    days = [f"{2024 + n % 2}-{n % 12 + 1:02}-{n % 28 + 1:02}" for n in held]
    rows = [(f"c{n}", f"c{n}", day, f"account {n % 5000}") for n, day in zip(held, days, strict=True)]
    db.conn.executemany(sql, rows)
    sql = """INSERT OR IGNORE INTO utterances (id, conversation_id, position, speaker, role, voice, text)
        VALUES (?, ?, 0, '', 'buyer', 'verbatim', '')"""
    db.conn.executemany(sql, [(f"u{n}", f"c{n}") for n in held])
    sql = """INSERT INTO insights (id, utterance_id, conversation_id, kind, label, name, start, end, text, text_hash, confidence)
        VALUES (?, ?, ?, 'question', 'capability', '', ?, ?, ?, ?, 0.9)"""
    quotes = list(_quotes(numbers, texts))
    db.conn.executemany(
        sql,
        [
            (
                stable_id("i", str(n)),
                f"u{n // A_CONVERSATION}",
                f"c{n // A_CONVERSATION}",
                n,
                n + 1,
                text,
                text_hash(text),
            )
            for n, text in quotes
        ],
    )
    noise = np.random.default_rng(numbers.start).normal(size=(len(numbers), vectors.shape[1])).astype(np.float32)
    noise *= TURNED / np.linalg.norm(noise, axis=1, keepdims=True)
    turned = vectors[[n % len(texts) for n in numbers]] + noise
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    blobs = [
        (text_hash(text), vector.astype("<f4").tobytes()) for (_, text), vector in zip(quotes, turned, strict=True)
    ]
    db.conn.executemany("INSERT OR IGNORE INTO vectors (text_hash, encoder, vector) VALUES (?, 'bench', ?)", blobs)


def _quotes(numbers: range, texts: list[str]) -> Iterator[tuple[int, str]]:
    for n in numbers:
        round_ = n // len(texts)
        yield n, texts[n % len(texts)] + (f" ({round_})" if round_ else "")


if __name__ == "__main__":
    main()
