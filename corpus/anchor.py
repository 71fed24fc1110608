"""Make the anchor set that learning from reviews is checked on: what a tagger found in parts of the corpus it had not seen.

    python -m corpus.anchor FOLD/found.jsonl [...]

The files are those that `corpus.train_tagger folds` writes. Run it again whenever the tagger is trained anew.
"""

import argparse
import json
import math
from importlib.resources import files
from pathlib import Path

import numpy as np

from corpus import marked
from insights import embedding
from insights.evaluation import pairs
from insights.records import KINDS

TARGET = Path(__file__).parent.parent / "insights" / "language" / "anchor.npz"
LEAST = 0.2  # confidence; what lies lower is never shown
SIDES = {"customer": "buyer", "rep": "seller", "note": "note", "unknown": "unknown"}


def make(found_files: list[Path], corpus: Path, target: Path) -> dict[str, int]:
    """Write the anchor set; return how many spans and marks it has."""
    manifest = json.loads(files("insights.language").joinpath("tagger_model", "manifest.json").read_text("utf-8"))
    rows = {
        row["id"]: row
        for path in sorted(corpus.glob("*.txt"))
        if not path.name.startswith("val_")
        for row in marked.read(path)
    }
    spans: list[tuple[str, str, float, str, bool, str]] = []
    marks: dict[str, int] = dict.fromkeys(KINDS, 0)
    for line in (line for file in found_files for line in file.read_text("utf-8").splitlines()):
        found = json.loads(line)
        row = rows.get(found["id"])
        if row is None:
            continue
        for kind in KINDS:
            slope, offset = manifest["calibration"][kind]
            labelled = [mark for mark in row["marks"] if mark["kind"] == kind]
            mine = [span for span in found["spans"] if span["kind"] == kind]
            hits = {id(span) for _, span in pairs(labelled, mine)}
            marks[kind] += len(labelled)
            for span in mine:
                sure = round(1 / (1 + math.exp(-(slope * span["score"] + offset))), 4)
                if sure >= LEAST:
                    text = row["text"][span["start"] : span["end"]]
                    spans.append((kind, span["label"], sure, SIDES[row["role"]], id(span) in hits, text))
    vectors = embedding.embed(embedding.load(), [text for *_, text in spans])
    kinds, labels, confidences, sides, right, _ = zip(*spans, strict=True)
    np.savez_compressed(
        target, kinds=np.array(kinds), labels=np.array(labels), confidences=np.array(confidences), sides=np.array(sides),
        right=np.array(right), vectors=np.round(vectors * 127).astype(np.int8), marks=np.array([marks[k] for k in KINDS]),
    )  # fmt: skip
    return {"spans": len(spans), **marks}


def main() -> None:
    """Read the arguments and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("found", nargs="+", type=Path)
    parser.add_argument("--corpus", type=Path, default=Path(__file__).parent)
    parser.add_argument("--target", type=Path, default=TARGET)
    arguments = parser.parse_args()
    print(json.dumps(make(arguments.found, arguments.corpus, arguments.target)))


if __name__ == "__main__":
    main()
