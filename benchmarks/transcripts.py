"""How faithfully transcripts are read: `python -m benchmarks.transcripts FOLDER` -> Markdown tables.

FOLDER holds `formats.jsonl` (one sample a line: id, input, expect) and `vtt.jsonl` with the files that it names and
counts made by another reader. Nothing of what was said is printed, only names of samples and counts.
"""

import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from insights import formats
from insights.formats.sources import Limits, open_source
from insights.formats.transcripts import captions
from insights.records import Conversation, Problem, Utterance

Row = tuple[str, str, str]
_SBV_LINE = re.compile(r"^\d+:\d\d:\d\d\.\d+,\d+:\d\d:\d\d\.\d+$", re.M)


def main(folder: Path) -> None:
    samples = [json.loads(line) for line in (folder / "formats.jsonl").read_text("utf-8").splitlines()]
    _table("Samples of formats", ("sample", "verdict", "found"), [sample(item) for item in samples])
    meetings = [json.loads(line) for line in (folder / "vtt.jsonl").read_text("utf-8").splitlines()]
    _table("Real meetings", ("meeting", "verdict", "difference"), [meeting(item, folder) for item in meetings])


def sample(item: dict) -> Row:
    """One sample's verdict: its turns against the expected ones, or its cues against the count of timing lines."""
    data = item["input"].encode()
    found = list(formats.read(item["id"], io.BytesIO(data)))
    problems = sum(isinstance(part, Problem) for part in found)
    turns = [turn for part in found if isinstance(part, Conversation) for turn in part.utterances]
    shown = f"{len(turns)} turns, {problems} problems"
    if "turns" in item["expect"]:
        wanted = [
            (turn["speaker"] or "", turn["text"], turn["start_ms"], turn["end_ms"]) for turn in item["expect"]["turns"]
        ]
        different = ", ".join(_differences(wanted, [_plain(turn) for turn in turns]))
        return item["id"], "differs" if different else "equal", different or shown
    cues, lines = _timings(item["id"], data), item["expect"]["n_timings"]
    note = ""
    if item["format"] == "sbv":
        # The reference counted arrows, which SBV has none of: its timing lines are counted here, by themselves.
        note, lines = f" (arrows: {lines})", len(_SBV_LINE.findall(item["input"]))
    return item["id"], "equal" if cues == lines else "differs", f"{cues} cues, {lines} timing lines{note}; {shown}"


def _timings(name: str, data: bytes) -> int:
    return captions.scan(open_source(name, io.BytesIO(data), Limits())).timings


def meeting(item: dict, folder: Path) -> Row:
    """One real transcript's verdict: speakers, turns and cues against the reference counts."""
    data = (folder / item["file"]).read_bytes()
    (call,) = [part for part in formats.read(item["file"], io.BytesIO(data)) if isinstance(part, Conversation)]
    speakers = sorted({turn.speaker for turn in call.utterances if turn.speaker})
    cues = _timings(item["file"], data)
    different = [
        f"{name} {ours} for {theirs}"
        for name, ours, theirs in (
            ("turns", len(call.utterances), item["n_turns"]),
            ("speakers", len(speakers), len(item["speakers"])),
            ("cues", cues, item["n_cues"]),
        )
        if ours != theirs
    ]
    if len(speakers) == len(item["speakers"]) and speakers != sorted(item["speakers"]):
        different.append("other names")
    return item["id"], "differs" if different else "equal", ", ".join(different)


def _plain(turn: Utterance) -> tuple[str, str, int | None, int | None]:
    start, end = (None if time is None else round(time * 1000) for time in (turn.started_at, turn.ended_at))
    return turn.speaker, turn.text, start, end


def _differences(wanted: list[tuple], found: list[tuple]) -> Iterator[str]:
    if len(wanted) != len(found):
        yield f"{len(found)} turns for {len(wanted)}"
        return
    for number, (one, other) in enumerate(zip(wanted, found, strict=True), start=1):
        for name, expected, got in zip(("speaker", "text", "start", "end"), one, other, strict=True):
            if expected != got:
                yield f"turn {number}: {name}" + (f" {got} for {expected}" if name in ("start", "end") else "")


def _table(title: str, head: Row, rows: list[Row]) -> None:
    equal = sum(verdict == "equal" for _, verdict, _ in rows)
    print(f"## {title}: {equal} of {len(rows)} equal\n\n| {' | '.join(head)} |\n|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |")
    print()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
