"""What a new customer will get: the whole finder on every industry, read by a tagger that has seen none of it.

    python -m corpus.figures [--work build/pupil]
    python -m corpus.figures --work build/tagger    # of the teacher, by its folds

Reads what `python -m corpus.distil_tagger … held` left behind, or `python -m corpus.train_tagger folds`: one tagger a part of
the corpus, trained on the others. What one would get wrong: the gate is left out (it has seen all industries), and confidence and thresholds are the same for all
parts and were fitted on the same predictions, so F1 at the best threshold is a little flattered (three numbers fitted on
thousands of marks).
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from corpus import marked
from corpus.distil_tagger import rows_of
from corpus.tagger_data import PARTS, group_of, part
from corpus.train_tagger import CORPUS, calibrate
from insights import evaluation, language
from insights.language.rows import extract
from insights.records import KINDS

Row = dict[str, Any]
FEWEST = 40  # marks that an industry needs to be shown by itself


def main() -> None:
    """Print the figures as a table: all, by source, by voice, by industry, by label."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=CORPUS.parent / "build" / "pupil")
    work = parser.parse_args().work
    report, parts = read_by(work)
    found: dict[str, Row] = {}
    for folder, held in parts.items():
        finder = language.build(model=calibrated(folder, report), gate=False)
        found |= {row["id"]: row for row in extract(finder, held)}
    rows = [row for row in marked.read_all() if row["id"] in found]
    print(
        "| rows | utterances | kind | marks | precision | recall | F1 (95 %) | label |\n|---|---|---|---|---|---|---|---|"
    )
    for name, chosen in groups(rows):
        print_scores(name, chosen, [found[row["id"]] for row in chosen])
    print("\n| kind | label | marks | precision | recall | F1 |\n|---|---|---|---|---|---|")
    for kind in KINDS:
        for label, one in evaluation.by_label(rows, list(found.values()), kind).items():
            print(
                f"| {kind} | {label} | {one['gold']} | {one['precision']:.2f} | {one['recall']:.2f} | {one['f1']:.2f} |"
            )
    print("\n| kind | said confidence | share right (95 %) | spans |\n|---|---|---|---|")
    for kind in KINDS:
        for one in evaluation.reliability(rows, list(found.values()), kind, bins=8):
            low, high = one["right_95"]
            print(
                f"| {kind} | {one['confidence']:.2f} | {one['right']:.2f} ({low:.2f} to {high:.2f}) | {one['count']} |"
            )


def read_by(work: Path) -> tuple[Row, dict[Path, list[Row]]]:
    """The report of a training, and which rows the tagger in each of its folders has not seen."""
    if (work / "held").exists():
        return json.loads((work / "report.json").read_text("utf-8")), {work / "held": rows_of("held")}
    rows = marked.read_all()
    return calibrate(work), {
        work / f"fold_{n}": [row for row in rows if part(group_of(row)) == n] for n in range(PARTS)
    }


def calibrated(fold: Path, report: Row) -> Path:
    """Give a fold's tagger the calibration and thresholds that all folds agreed on; its folder."""
    manifest = json.loads((fold / "manifest.json").read_text("utf-8"))
    (fold / "manifest.json").write_text(json.dumps(manifest | report, indent=2) + "\n", "utf-8")
    return fold


def groups(rows: Sequence[Row]) -> Iterable[tuple[str, list[Row]]]:
    """Yield what is shown: everything, written and real text, voices, and industries with marks enough."""
    yield "all", list(rows)
    real = [row for row in rows if row["id"].startswith(("pers-", "serv", "service-"))]
    yield "real dialogues", real
    yield "written for the corpus", [row for row in rows if row["id"] not in {one["id"] for one in real}]
    for voice in sorted({row["voice"] for row in rows}):
        yield f"voice {voice}", [row for row in rows if row["voice"] == voice]
    for industry in sorted({row["industry"] for row in rows}):
        chosen = [row for row in rows if row["industry"] == industry]
        if sum(len(row["marks"]) for row in chosen) >= FEWEST:
            yield industry, chosen


def print_scores(name: str, rows: Sequence[Row], found: Sequence[Row]) -> None:
    """One line a kind."""
    scores = evaluation.score(rows, found)
    for kind in KINDS:
        one = scores[kind]
        low, high = one["f1_95"] or (0, 0)
        print(
            f"| {name} | {len(rows)} | {kind} | {one['gold']} | {one['precision']:.2f} | {one['recall']:.2f} | "
            f"{one['f1']:.3f} ({low:.2f} to {high:.2f}) | {one['label_agreement'] or '–'} |"
        )


if __name__ == "__main__":
    main()
