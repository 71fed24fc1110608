"""Read the marked conversations of this folder (README.md says how they are written) as labelled rows."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parent
CONTEXT = 3  # earlier utterances that a row carries
_MARK = re.compile(r"\[\[(\w+):(\w+)\|")
_LINE = re.compile(r"(customer|rep|note|unknown): (.*)")
VARIOUS = frozenset({"", "any", "variou"})  # as `trade` writes them
_UNRELATED = ("single utterances", "mixed replies", "mixed notes")


def read_all(*, validation: bool = False) -> list[dict[str, Any]]:
    """The rows of all training files, or of the files kept for validation, in the order of the file names.

    Training rows of an industry that validation has are left out, so that validation only knows new industries.
    """
    parts: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for path in sorted(CORPUS.glob("*.txt")):
        parts[path.name.startswith("val_")] += read(path)
    if validation:
        return parts[True]
    kept = {trade(row["industry"]) for row in parts[True]} - VARIOUS
    return [row for row in parts[False] if trade(row["industry"]) not in kept]


def trade(industry: str) -> str:
    """An industry by its plain name: "Driving schools B2C" is "driving school"."""
    return industry.lower().replace(" b2c", "").rstrip("s")


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the utterances of one file: {"id", "role", "text", "context", "marks", "voice", "industry"}."""
    head, number = "", 0
    facts: dict[str, str] = {}
    before: list[dict[str, str]] = []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("# "):
            head, *rest = (part.strip() for part in line[2:].split(" | "))
            facts = dict(fact.split(": ", 1) for fact in rest if ": " in fact)
            before, number = [], 0
        elif head and (found := _LINE.fullmatch(line)):
            text, marks = marks_of(found[2])
            alone = facts.get("setting", "").startswith(_UNRELATED)
            yield {
                "id": f"{head}#{number}", "role": found[1], "text": text, "marks": marks,
                "context": [] if alone else before[-CONTEXT:],
                "voice": facts.get("voice", ""), "industry": facts.get("industry", ""),
            }  # fmt: skip
            before.append({"role": found[1], "text": text})
            number += 1


def marks_of(line: str) -> tuple[str, list[dict[str, Any]]]:
    """Take the marks out of a line: the text as it was said, and where they stood in it."""
    text: list[str] = []
    marks: list[dict[str, Any]] = []
    opened: list[tuple[str, str, int]] = []
    at = 0
    while at < len(line):
        if found := _MARK.match(line, at):
            opened.append((found[1], found[2], len(text)))
            at = found.end()
        elif opened and line.startswith("]]", at):
            kind, label, start = opened.pop()
            marks.append({"kind": kind, "start": start, "end": len(text), "label": label})
            at += 2
        else:
            text.append(line[at])
            at += 1
    return "".join(text), marks
