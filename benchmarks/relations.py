"""How often the relation of a rival is right ("in use", "evaluated", ...), names given: precision and recall by relation.

    python -m benchmarks.relations [--training] [--rules] [--wrong]

Only utterances that name a rival are read; the validation part unless `--training`, which the tagger was trained on.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from typing import Any

from benchmarks.finding import listed
from corpus import marked
from insights.intervals import wilson
from insights.language.finder import build
from insights.language.rows import extract
from insights.records import RELATIONS

Z = 1.959964


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a Markdown table, and with `--wrong` what is taken for something else."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--training", action="store_true")
    parser.add_argument("--rules", action="store_true", help="the rules alone, without the tagger")
    parser.add_argument("--wrong", action="store_true", help="print every wrong one; never of the validation part")
    asked = parser.parse_args(arguments)
    rows = [r for r in marked.read_all(validation=not asked.training) if any(rival(mark) for mark in r["marks"])]
    pairs = list(paired(rows, list(extract(build(listed(rows), rules_alone=asked.rules), rows))))
    print("| relation | marked | said | right | precision (95 %) | recall (95 %) |\n|---|---|---|---|---|---|")
    both = Counter((gold, said) for gold, said, _ in pairs)
    for relation in RELATIONS:
        there = sum(n for (one, _), n in both.items() if one == relation)
        found = sum(n for (_, one), n in both.items() if one == relation)
        right = both[relation, relation]
        print(f"| {relation} | {there} | {found} | {right} | {share(right, found)} | {share(right, there)} |")
    right = sum(n for (gold, said), n in both.items() if gold == said)
    print(f"| all | {len(pairs)} | {len(pairs)} | {right} | {share(right, len(pairs))} | |")
    if asked.wrong and asked.training:
        for gold, said, text in pairs:
            if gold != said:
                print(f"{gold} taken for {said}: {text}")


def rival(mark: dict[str, Any]) -> bool:
    return bool(mark["kind"] == "competitor")


def paired(rows: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """(marked relation, found relation, words around it) of every rival that was marked and found."""
    pairs = []
    for row, one in zip(rows, found, strict=True):
        for mark in filter(rival, row["marks"]):
            for span in one["insights"]:
                if span["kind"] == "competitor" and span["start"] < mark["end"] and mark["start"] < span["end"]:
                    around = row["text"][max(0, mark["start"] - 80) : mark["end"] + 60]
                    pairs.append((mark["label"], span["label"], around))
                    break
    return pairs


def share(part: int, whole: int) -> str:
    if not whole:
        return "–"
    low, high = wilson(part / whole, whole, Z)
    return f"{part / whole:.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    main()
