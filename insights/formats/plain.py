"""Plain text: a transcript when its lines name speakers, otherwise a seller's note."""

import re
from collections.abc import Iterator, Sequence

from insights.formats import calls, captions, facts, speech
from insights.formats.columns import ColumnMapping, known
from insights.formats.sources import Source, lines, shown
from insights.formats.speech import Piece
from insights.records import Conversation, Problem, Utterance

_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"
# "[00:00:01] Alice: words", "00:01 - 00:05", "(0:12) words"
_LEADING = re.compile(rf"^\s*[\[(]?({_CLOCK})(?:\s*(?:-|–|-->|to)\s*({_CLOCK}))?[\])]?\s*[-–|]?\s*(.*)$")
# "Alice Chen  0:01", "Alice Chen (00:12:33)", "Alice Chen [00:01]:"
_TRAILING = re.compile(rf"^\s*(\S.{{0,58}}?)(?:\s{{2,}}|\s*[\[(|–-]\s*|\s+|\t)({_CLOCK})\s*(?:AM|PM)?[\])]?\s*:?\s*$")
_FACT = re.compile(r"^\s*(?:[*_]{2})?([^\W\d_][\w /-]{1,40}?)(?:[*_]{2})?\s*:(?:[*_]{2})?\s+(.+)$")
# Facts that no speaker is ever called by; a block of facts needs one of them.
_TELLING = ("date", "account", "title", "stage", "outcome", "job_title", "kind", "id", "time")


def read(source: Source, mapping: ColumnMapping) -> Iterator[Conversation | Problem]:
    """Yield the file's one conversation, then a problem for each part that could not be read."""
    problems: list[Problem] = []
    body = _text(source, problems)
    notes, start = _facts_on_top(body)
    found = turns(body[start:])
    kind = "call"
    if not found:
        kind = "note"
        speaker = next((value for key, value in notes.items() if (known(key) or ("",))[0] == "rep"), "")
        parts = facts.paragraphs(facts.plain_text("\n".join(body[start:])))
        found = [Utterance(speaker, "seller", "reported", part) for part in parts]
    if found:
        yield calls.build(source.name, found, {"kind": kind} | notes, mapping, problems)
    elif not problems:
        problems.append(Problem(source.name, None, "There is no text in this file.", "Leave it out, or fill it."))
    yield from problems


def _text(source: Source, problems: list[Problem]) -> list[str]:
    found: list[str] = []
    size = 0
    for line in lines(source):
        size += len(line.text) + 1
        if line.overlong:
            reason = f"A line is longer than {shown(source.limits.line)}."
            problems.append(Problem(source.name, line.number, reason, "Break it into lines, or leave it out."))
        elif size > source.limits.record:
            reason = f"The text is larger than {shown(source.limits.record)}; the rest was not read."
            problems.append(Problem(source.name, line.number, reason, "Split it into one file a conversation."))
            break
        else:
            found.append(line.text)
    return found


def _facts_on_top(body: Sequence[str]) -> tuple[dict[str, str], int]:
    """The `Account: Acme` lines that open a file and end at a blank line, and where the text after them starts."""
    notes: dict[str, str] = {}
    roles: set[str] = set()
    start = next((i for i, line in enumerate(body) if line.strip()), 0)
    heading = re.match(r"^#{1,3}\s+(.+)$", body[start]) if body else None
    at = start + 1 if heading else start
    while heading and at < len(body) and not body[at].strip():
        at += 1
    while at < len(body):
        fact = _FACT.match(body[at])
        role = known(fact[1]) if fact else None
        if not fact or not role or fact[1] in notes or role[0] in ("text", "speaker"):
            break
        notes[fact[1]] = fact[2].strip()
        roles.add(role[0])
        at += 1
    if at == len(body):
        return {}, 0
    if not roles & set(_TELLING) or body[at].strip() not in ("", "---"):
        notes, at = {}, start + 1 if heading else start
    if heading:
        notes = {"subject": heading[1].strip()} | notes
    return notes, at


def turns(body: Sequence[str]) -> list[Utterance]:
    """The turns of a transcript, [] when the lines name no speakers."""
    pieces = _timed(body)
    if pieces is None:
        texts = [line for line in body if line.strip()]
        names = speech.labels_of(texts)
        pieces = list(speech.label([Piece(None, line) for line in texts], names)) if names else []
    found = speech.turns(pieces)
    return found if any(utterance.speaker for utterance in found) else []


def _timed(body: Sequence[str]) -> list[Piece] | None:
    """Pieces of a transcript whose lines carry clock times; None when it has too few of them to be one."""
    pieces: list[Piece] = []
    start = end = None
    expect_name = False
    stamps = 0
    for line in body:
        if not line.strip():
            continue
        if match := captions.timing(line) or re.match(
            r"^\s*(\d+:\d+:\d+(?:\.\d+)?)\s*-->\s*(\d+:\d+:\d+(?:\.\d+)?)", line
        ):
            first, _, last = line.partition("-->")
            start, end, expect_name = facts.seconds(first), facts.seconds(last), True
            stamps += 1
        elif match := _LEADING.match(line):
            start, end = facts.seconds(match[1]), facts.seconds(match[2] or "")
            stamps += 1
            expect_name = not match[3]
            if match[3]:
                pieces.append(Piece(None, match[3], start, end))
        elif (match := _TRAILING.match(line)) and speech.looks_named(match[1].rstrip(" :")):
            start, end, stamps = facts.seconds(match[2]), None, stamps + 1
            pieces.append(Piece(match[1].rstrip(" :"), "", start, None))
        elif expect_name and speech.looks_named(line.strip().rstrip(":")):
            pieces.append(Piece(line.strip().rstrip(":"), "", start, end))
            expect_name = False
        else:
            pieces.append(Piece(None, line.strip(), start, end))
            expect_name = False
    if stamps < 2 or stamps < len(pieces) / 6:
        return None
    names = speech.labels_of((piece.text for piece in pieces if piece.speaker is None and piece.text), trusted=True)
    return list(speech.label(pieces, names))
