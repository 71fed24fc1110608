"""Whether "What do I send?" recognises the theme of a buyer's words: python -m benchmarks.answer_themes DATABASE

The database is the sample company, mined (`parley demo`). The questions were written before anything was tuned; the ways'
weights were chosen on the "tune" half of `data/answer_themes.jsonl`, the "report" half is what counts.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlite_utils import Database

from insights import answering
from insights.intervals import wilson
from pipelines.quotes import meanings
from pipelines.sales import said
from pipelines.store import connect, themes

DATA = Path(__file__).parent / "data" / "answer_themes.jsonl"
REPORT = Path(__file__).parent / "ANSWER_THEMES.md"
SAME_THEME = 0.55  # cosine to a theme's centre from which on the former way took it to be that theme


def by_centre(db: Database, words: str, names: Mapping[int, str]) -> list[int]:
    """The former way: the theme whose centre is nearest, where it is near enough."""
    question = meanings.asked(words)
    near = {one: float(shape[0] @ question) for one, shape in themes.shapes(db, names).items()}
    best = max(near, key=lambda one: near[one])
    return [best] if near[best] >= SAME_THEME else []


def _share(hits: int, count: int) -> str:
    low, high = wilson(hits / count, count)
    return f"{hits / count:.0%} ({low:.0%} to {high:.0%}; {hits} of {count})"


def row(name: str, found: Sequence[tuple[list[int], set[int]]]) -> str:
    """How often a right theme is among the first three and first, and how many are shown."""
    three, first = (
        sum(bool(right & set(ids[:3])) for ids, right in found),
        sum(bool(right & set(ids[:1])) for ids, right in found),
    )
    shown = sum(len(ids) for ids, _ in found) / len(found)
    return f"| {name} | {_share(three, len(found))} | {_share(first, len(found))} | {shown:.1f} |"


def main() -> None:
    db = connect(sys.argv[1])
    names = {one.id: one.name for one in themes.active(db) if one.kind != "competitor"}
    cases = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
    told = [
        "# Is the theme of a buyer's words recognised?", "",
        f"{len(cases)} objections and questions in varied words, written for this and labelled before anything was tuned (CC0,",
        "`data/answer_themes.jsonl`), against the themes of the sample company; where several themes hold the same, each of them",
        "is right. Weights were chosen on one half, the other is what counts. In brackets 95 % intervals (Wilson). Made by",
        "`python -m benchmarks.answer_themes DATABASE`.",
    ]  # fmt: skip
    for half, title in (
        ("report", "The half that nothing was chosen on"),
        ("tune", "The half that weights were chosen on"),
    ):
        before, after = [], []
        for case in (one for one in cases if one["half"] == half):
            right, gist = (
                {one for one, name in names.items() if re.search(case["theme"], name)},
                answering.gist(case["words"]),
            )
            before.append((by_centre(db, gist, names), right))
            after.append(([one.theme.id for one in said.likely(db, gist)], right))
        told += [
            "",
            f"## {title}",
            "",
            "| way | right theme among the first three | first | shown |",
            "|---|---|---|---|",
        ]
        told += [row("nearest centre (before)", before), row("nearest quotes' themes, centre and name (kept)", after)]
    REPORT.write_text("\n".join(told) + "\n", "utf-8")
    print("\n".join(told))


if __name__ == "__main__":
    main()
