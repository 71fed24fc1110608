"""Transcripts as text: names and clock times beside, above or before the words, as Otter, Zoom, Teams, Meet and others
write them. The shapes differ in where the name and the time stand; the time is always one into the recording, unless it
is so late that it can only be a time of day.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from insights.formats import dates, facts
from insights.formats.tables import columns
from insights.formats.transcripts import captions, roster, speech
from insights.formats.transcripts.speech import Piece
from insights.records import Participant, Utterance

_CLOCK = r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"
# "[00:00:01] Alice: words", "00:01 - 00:05", "(0:12) words"
_LEADING = re.compile(rf"^\s*[\[(@]?({_CLOCK})(?:\s*(?:-|–|-->|to)\s*({_CLOCK}))?[\])]?\s*[-–|]?\s*(.*)$")
# "Alice Chen  0:01", "Alice Chen (00:12:33)", "Alice Chen [00:01]:", "[Alice Chen] 10:01:22"
_TRAILING = re.compile(rf"^\s*(\S.{{0,78}}?)(\s{{2,}}|\s*[\[(|–-]\s*|\s+|\t)({_CLOCK})\s*([AaPp][Mm])?[\])]?\s*:?\s*$")
# "Alice Chen (00:12): words"
_INLINE = re.compile(rf"^\s*(\S.{{0,58}}?)\s*[\[(]({_CLOCK})\s*([AaPp][Mm])?[\])]\s*:?[*_]{{0,2}}\s+(\S.*)$")
_UNPADDED = re.compile(r"^\s*(\d+:\d+:\d+(?:\.\d+)?)\s*-->\s*(\d+:\d+:\d+(?:\.\d+)?)")
# "0:12 | Ann Lee" stands above words only, whatever the name is like.
_BARRED = re.compile(rf"^\s*{_CLOCK}\s*\|\s*(\S[^|]{{0,58}}?)\s*$")
_ALONE = re.compile(rf"^\s*[\[(]?({_CLOCK})[\])]?\s*$")
# What the programs write about their own work.
_PROGRAM = re.compile(
    r"^\s*(?:Transcribed by https?://otter\.ai\S*|(?:Meeting|Transcription|Recording) ended after [\d:]+.{0,4}"
    r"|This editable transcript was computer[- ]generated and might contain errors\..{0,120}"
    r"|.{1,80}? (?:started|stopped) transcription\.?|(?:\d+ (?:hours?|minutes?|seconds?),?\s?){1,3})\s*$"
)
# Teams' page has each time a second time, in words.
_IN_WORDS = re.compile(r"^\s*(?:\d+ (?:hours?|minutes?|seconds?),?\s?){1,3}(?=\d{1,2}:\d{2})")
# A time that only a recording has: with seconds, in brackets, or on a line by itself.
_RECORDED = re.compile(rf"^\s*(?:[\[(@]?\d{{1,3}}:\d{{2}}:\d{{2}}|[\[(]{_CLOCK}[\])]|{_CLOCK}\s*$)")
PEOPLE = ("attendees", "participants", "invitees")
_HEADINGS = re.compile(
    rf"^(?:{'|'.join(PEOPLE)}|speakers|transcript|summary keywords|keywords|topics|(?:call )?summary|highlights)\s*:?$",
    re.I,
)
_DAY = re.compile(r"(\d{4})[-/](\d{2})[-/](\d{2})(?:\s+(?:at\s+)?(\d{1,2}:\d{2})(?:\s*(GMT|UTC|Z)\b(?![+-]\d))?)?")
# "Recorded on Jun 23, 2026 via Zoom, 31m": what stands around the date that says when it was.
_AROUND_DAY = re.compile(
    r"^(?:(?:call|meeting) )?(?:recorded|held|took place|started)(?: (?:on|at))?:?\s+|\s+(?:via|with|by|using|in)\s.*$"
    r"|\s*[,(]\s*\d+\s?(?:h|m|min|minutes)\b.*$",
    re.I,
)
# The first words of a recording come within hours of its start: later, the clock is on the wall.
_TIME_OF_DAY = 4 * 3600


def transcript(body: Sequence[str]) -> tuple[dict[str, str], list[Participant], list[Utterance]]:
    """The turns of a file with what stands above the first of them as notes and as people; none when it is no
    transcript.

    Lines that name no speakers are one when nearly all of them carry times into a recording, in their order.
    """
    pieces = _pieces(body)
    if not any(piece.speaker for piece in pieces) and not (pieces and _is_recorded(body)):
        return {}, [], []
    first = next(i for i, piece in enumerate(pieces) if piece.speaker is not None or piece.start is not None)
    found = speech.turns(pieces[first:])
    notes, people = preamble([piece.text for piece in pieces[:first]], [turn.speaker for turn in found])
    return (notes, people, roster.in_full(found, people)) if found else ({}, [], [])


def turns(body: Sequence[str]) -> list[Utterance]:
    """The turns of a transcript, [] when the lines name no speakers."""
    pieces = _pieces(body)
    return speech.turns(pieces) if any(piece.speaker for piece in pieces) else []


def _pieces(body: Sequence[str]) -> list[Piece]:
    kept = [_IN_WORDS.sub("", speech.narrow(line)) for line in body if line.strip()]
    kept = [line for line in kept if not _PROGRAM.match(line)]
    pieces, stamps = _timed(kept)
    trusted = stamps >= 2 and stamps >= len(pieces) / 6
    if not trusted:
        pieces = _sectioned(kept)
    texts = [piece.text for piece in pieces if piece.speaker is None and piece.text]
    names = speech.labels_of(texts, trusted=trusted)
    names = frozenset(name for name in names if not (_HEADINGS.match(name) or columns.means(name, "title")))
    return _rebased(list(speech.label(pieces, names))) if trusted or names else []


def _timed(body: Sequence[str]) -> tuple[list[Piece], int]:
    """Pieces of a transcript whose lines carry clock times, and how many times there were."""
    pieces: list[Piece] = []
    start = end = None
    expect_name = False
    stamps = 0
    above, after = _names_above(body), _names_after(body)
    for line in body:
        if match := _UNPADDED.match(line):
            start, end, expect_name, stamps = facts.seconds(match[1]), facts.seconds(match[2]), True, stamps + 1
        elif times := captions.timing(line):
            (start, end), expect_name, stamps = times, True, stamps + 1
        elif match := _LEADING.match(line):
            start, end, stamps = facts.seconds(match[1]), facts.seconds(match[2] or ""), stamps + 1
            expect_name = not match[3]
            if match[3].strip() in after:
                pieces.append(Piece(match[3].strip(), "", start, end))
            elif match[3]:
                pieces.append(Piece(None, match[3], start, end))
            elif above and pieces:
                pieces[-1] = Piece(pieces[-1].text, "", start, end)
                expect_name = False
        elif (match := _TRAILING.match(line)) and _is_name(match[1], match[2]):
            start, end, stamps = _seconds(match[3], match[4]), None, stamps + 1
            pieces.append(Piece(_name(match[1]), "", start, None))
        elif (match := _INLINE.match(line)) and speech.looks_named(_name(match[1])):
            start, end, stamps = _seconds(match[2], match[3]), None, stamps + 1
            pieces.append(Piece(_name(match[1]), match[4], start, None))
        elif expect_name and speech.looks_named(line.strip().rstrip(":")):
            pieces.append(Piece(line.strip().rstrip(":"), "", start, end))
            expect_name = False
        else:
            pieces.append(Piece(None, line.strip(), start, end))
            expect_name = False
            start = None  # a time is that of the words that follow it, not of all below
    return pieces, stamps


def _is_recorded(body: Sequence[str]) -> bool:
    lines = [line for line in body if line.strip()]
    stamped = [line for line in lines if _RECORDED.match(line)]
    times = [facts.seconds(match[1]) or 0.0 for line in stamped if (match := _LEADING.match(line))]
    return len(times) > 2 and len(stamped) >= len(lines) * 0.4 and times == sorted(times)


def _sectioned(body: Sequence[str]) -> list[Piece]:
    """Pieces of a transcript with a time every few minutes, as Meet writes: it is the next words' alone."""
    pieces: list[Piece] = []
    start: float | None = None
    for line in body:
        if match := _ALONE.match(line):
            start = facts.seconds(match[1])
        else:
            pieces.append(Piece(None, line, start))
            start = None
    return pieces


def _names_above(body: Sequence[str]) -> bool:
    """True when every time that stands alone has a name on the line above it."""
    at = [i for i, line in enumerate(body) if _ALONE.match(line)]
    return len(at) > 1 and all(i > 0 and _is_name(body[i - 1].strip(), "  ") for i in at)


def _names_after(body: Sequence[str]) -> frozenset[str]:
    """What stands alone after a time again and again, with words on the line below: names ("00:01 Ann Lee"). Where
    nothing but such stands after a time, or a bar between them, those who speak once are among them."""
    found: Counter[str] = Counter()
    barred: set[str] = set()
    stamped = 0
    for line, below in pairwise(body):
        if (bar := _BARRED.match(line)) and not _LEADING.match(below):
            barred.add(bar[1])
        match = _LEADING.match(line)
        stamped += bool(match and match[3])
        if match and match[3] and not _LEADING.match(below) and _is_name(match[3].strip(), ""):
            found[match[3].strip()] += 1
    again = frozenset(name for name, count in found.items() if count > 1)
    return (frozenset(found) if again and found.total() == stamped else again) | barred


def _is_name(text: str, gap: str) -> bool:
    """True for a name; in brackets, or before a wide gap, any few words without a sentence's marks are one."""
    name = _name(text)
    if not name or name.endswith((".", "?", "!", ",", ";")):
        return False
    wide = (len(gap) > 1 and not gap.strip()) or (text.startswith("[") and text.endswith("]"))
    return speech.looks_named(name) or (wide and len(name.split()) <= 6 and not re.search(r"[?!:;]|\.\s", name))


def _name(text: str) -> str:
    name = text.strip(" *_:")
    return name[1:-1].strip() if name.startswith("[") and name.endswith("]") else name


def _seconds(clock: str, half: str | None) -> float | None:
    if not half:
        return facts.seconds(clock)
    try:
        return facts.seconds(dates.clock(f"{clock} {half}"))
    except ValueError:
        return facts.seconds(clock)


def _rebased(pieces: list[Piece]) -> list[Piece]:
    """Times of day become times from the first one."""
    first = next((piece.start for piece in pieces if piece.start is not None), None)
    if first is None or first < _TIME_OF_DAY:
        return pieces
    return [replace(piece, start=_since(first, piece.start), end=_since(first, piece.end)) for piece in pieces]


def _since(first: float, time: float | None) -> float | None:
    return None if time is None else round((time - first) % 86_400, 3)  # past midnight too


def preamble(texts: Sequence[str], speakers: Sequence[str] = ()) -> tuple[dict[str, str], list[Participant]]:
    """What stands above the first words: a title, a date, who took part; the rest under "preamble"."""
    notes: dict[str, str] = {}
    rest: list[str] = []
    listed: list[str] = []
    heading = ""
    for text in texts:
        line = text.strip(" #*")
        if not re.search(r"\w", line):
            continue
        label, said = speech.split_label(line) or ("", "")
        if _HEADINGS.match(line):
            heading = line.rstrip(": ").casefold()
        elif label.casefold() in PEOPLE and roster.is_entry(said):
            listed.append(said)
        elif heading in PEOPLE and roster.is_entry(line) and not _date(line):
            listed.append(line)
        elif "date" not in notes and (date := _date(line)):
            notes["date"] = date
            if "subject" not in notes and _DAY.search(line):
                notes["subject"] = line
        elif "subject" not in notes and not heading:
            notes["subject"] = said if columns.means(label, "title") else line
        else:
            rest.append(line)
    return notes | ({"preamble": "\n".join(rest)} if rest else {}), roster.read(listed, speakers)


def _date(line: str) -> str:
    """The date that a line above a transcript is, or holds as YYYY-MM-DD; "" when there is none."""
    if match := _DAY.search(line):
        return f"{match[1]}-{match[2]}-{match[3]}" + (f" {match[4]} {match[5] or ''}".rstrip() if match[4] else "")
    try:
        return dates.parse(_AROUND_DAY.sub("", re.split(r"\s[•·|]\s", line)[0]))
    except ValueError:
        return ""
