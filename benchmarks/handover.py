"""How well gaps of the hand-over are found in sentences written after the rules: python -m benchmarks.handover"""

import json
from collections import Counter
from pathlib import Path

from insights.handover import SORTS, gaps
from insights.intervals import wilson
from insights.material import Said

DATA = Path(__file__).parent / "data" / "handover.jsonl"
REPORT = Path(__file__).parent / "HANDOVER.md"


def main() -> None:
    rows = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
    right, said, there = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        note = row["role"] == "note"
        found = {
            one.sort
            for one in gaps(Said(row["text"], "seller" if note else "buyer", "reported" if note else "verbatim"))
        }
        said.update(found)
        there.update([row["sort"]] if row["sort"] else [])
        right.update(found & {row["sort"]})
    told = [
        "# Hand-over gaps", "",
        f"{len(rows)} sentences of buyers and notes, written after the rules and not used to change them; {len(rows) - there.total()}",
        "show no gap, most of them close to one (CC0, `data/handover.jsonl`). In brackets 95 % intervals (Wilson). Made by",
        "`python -m benchmarks.handover`.", "",
        "| sort | right of what is found | found of what is there |", "|---|---|---|",
        *(f"| {sort} | {_share(right[sort], said[sort])} | {_share(right[sort], there[sort])} |" for sort in SORTS),
        f"| all | {_share(right.total(), said.total())} | {_share(right.total(), there.total())} |", "",
        "So what is counted is mostly right, and much is missed that is said in other words: shares are lower bounds, and the",
        "report says so.",
    ]  # fmt: skip
    REPORT.write_text("\n".join(told) + "\n", "utf-8")
    print("\n".join(told))


def _share(hits: int, count: int) -> str:
    if not count:
        return "–"
    low, high = wilson(hits / count, count)
    return f"{hits / count:.0%} ({low:.0%} to {high:.0%}; {hits} of {count})"


if __name__ == "__main__":
    main()
