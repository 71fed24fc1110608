"""WebVTT, SubRip and SBV captions to one call. Written for broken files: whole cues are kept, the rest is named.

Cues are cut out block by block rather than by webvtt-py, which gives up a whole file for one bad line.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from insights.formats.sources import Line, Source, larger, lines, shown
from insights.formats.tables.columns import ColumnMapping
from insights.formats.transcripts import calls, speech
from insights.formats.transcripts.speech import Piece
from insights.records import Conversation, Problem

_STAMP = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,:](\d{1,3}))?"
_TIMING = re.compile(rf"^\s*{_STAMP}\s*-{{1,2}}>\s*{_STAMP}(?:\s+.*)?$")
_SBV = re.compile(rf"^\s*{_STAMP},{_STAMP}\s*$")
# A timing line whose first or second time is spoilt.
_SPOILT = re.compile(
    r"^\s*(?:\d[\w.,]{0,8}:[\w:.,]{0,16}|\S{0,20})\s*-{1,2}>\s*\S{0,8}:\S{0,20}(?:\s.*)?$|^\s*\d\w?:[\w:.]{3,14},\d\w?:[\w:.]{3,14}\s*$"
)
_STUMP = re.compile(r"^\s*\d[\d:.,\s]*(?:-{1,2}>?.*)?$")
_START = re.compile(rf"^\s*{_STAMP}\s*(?:-{{1,2}}>|,(?=\d\w?:))")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?(?=[\s>])\s*([^>]{0,200})>", re.I)
_TAG = re.compile(
    r"</?(?:v|c|i|b|u|s|ruby|rt|lang|font)\b[^>]{0,200}>|<c[.\w]*>|<\d{1,4}:[\d:.]+>|\{\\[^}]{1,40}\}", re.I
)
_FACT = re.compile(r"^\s*([^\W\d_][\w /-]{1,40}?)\s*:\s+(.+)$")
_PARENTHESISED = re.compile(r"^\(([^()]{2,60})\)$")
# "[SPEAKER_00]: Hello" as WhisperX writes it, "[Ann Lee] Hello" as Zoom does.
_BRACKETED = re.compile(r"^\[([^\[\]:]{2,58})\]\s*:?\s+(?=\S)")
_SOUND = re.compile(r"^[\[(♪](?:music|applause|laughter|silence|♪)?[^\[\]()]{0,20}[\])♪]$", re.I)
_SOUNDS = re.compile(r"^\s*(?:music|applause|laugh|silence|inaudible|crosstalk|noise|cough|sigh|pause)", re.I)
_WORD_TIMED = re.compile(r"<\d{1,4}:[\d:.]+><c")
_LONGEST_TIMING = 500
_CUT = "Ask for the rest of this transcript and upload it again; what was whole is in."


@dataclass(slots=True)
class Scanned:
    """What has been read of one caption file; the reader's only state.

    `timings` counts every timing line met, `spoilt` are the lines of captions whose time is missing or was not
    understood, `early` those of words that stand before the first caption.
    """

    cues: list[tuple[float, float | None, list[str]]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    spoilt: list[int] = field(default_factory=list)
    early: list[int] = field(default_factory=list)
    timings: int = 0


def read(source: Source, mapping: ColumnMapping) -> Iterator[Conversation | Problem]:
    """Yield the file's one call, then a problem for each part that could not be read."""
    found = scan(source)
    pieces = _pieces(found.cues)
    names = speech.labels_of((piece.text for piece in pieces if piece.speaker is None), trusted=True)
    turns = speech.turns(speech.label(pieces, names))
    if turns:
        yield calls.build(source.name, turns, found.notes, mapping, found.problems)
        yield from (replace(problem, kept=True) for problem in found.problems)
        return
    reason = "There are no captions in this file." if not found.cues else "The captions in this file hold no words."
    advice = "Check that the file is a WebVTT, SubRip or SBV transcript."
    yield Problem(source.name, None, found.problems[0].reason if found.problems else reason, advice)


def timing(line: str) -> tuple[float, float | None] | None:
    """Start and end of a timing line in seconds (the end is None when it is spoilt), None for any other line."""
    line = line.strip()
    if len(line) > _LONGEST_TIMING:
        return None
    if match := _TIMING.match(line) or _SBV.match(line):
        return _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
    if _SPOILT.match(line) and (match := _START.match(line)):
        return _seconds(match.groups()), None
    return None


def scan(source: Source) -> Scanned:
    """Cut a caption file into cues, facts noted on top, and problems."""
    found = Scanned()
    size = 0
    block: list[Line] = []
    timed = False
    last: Line | None = None
    for line in lines(source):
        last = line
        if line.overlong:
            reason = f"A line is longer than {shown(source.limits.line)}."
            found.problems.append(Problem(source.name, line.number, reason, "Export the transcript again."))
            continue
        size += max(source.limits.least, len(line.text))
        if size > source.limits.record:
            reason = f"The transcript is larger than {larger(source.limits)}; the rest was not read."
            found.problems.append(Problem(source.name, line.number, reason, "Split it into one file a call."))
            break
        is_timing = timing(line.text) is not None
        found.timings += is_timing
        if line.text.strip():
            if is_timing and timed:
                _take(block, found)  # a cue that follows without the blank line in between
                block = []
            block.append(line)
            timed = timed or is_timing
        elif block and not (timed and timing(block[-1].text) and line.text):
            _take(block, found)
            block, timed = [], False
    tail = block
    whole = len(found.cues)
    if tail and not _is_stump(tail):
        _take(tail, found)
    if last is not None and (cut := _cut_at(tail, found, whole, last)):
        found.problems.append(Problem(source.name, cut.number, "The file ends in the middle of a caption.", _CUT))
    if found.early and found.cues:
        reason = "The words that stand here, before the first caption's time, were left out."
        found.problems.append(
            Problem(source.name, found.early[0], reason, "Put a time above them if somebody said them.")
        )
    if found.spoilt:
        several = f"The times of {len(found.spoilt)} captions, the first of them here, are"
        which = "A caption's time is" if len(found.spoilt) == 1 else several
        reason = f"{which} missing or not understood; their words were kept with the caption before."
        advice = "Write times as 00:00:01.000 --> 00:00:02.500."
        found.problems.append(Problem(source.name, found.spoilt[0], reason, advice))
    return found


def _take(block: Sequence[Line], found: Scanned) -> None:
    """Read one block: a cue, a NOTE with facts, or something captions allow and we do not need."""
    at, times = next(((i, t) for i, line in enumerate(block) if (t := timing(line.text))), (0, None))
    if times:
        found.cues.append((*times, [line.text for line in block[at + 1 :]]))
        if times[1] is None:
            found.spoilt.append(block[at].number)
        return
    opening = block[0].text.lstrip("\ufeff ")
    if re.match(r"(?:NOTE|WEBVTT)\b", opening):
        for line in block:
            text = re.sub(r"^\s*(?:NOTE|WEBVTT)\b[ -]*", "", line.text)
            if not found.cues and (fact := _FACT.match(text)) and not opening.startswith("WEBVTT -"):
                found.notes.setdefault(fact[1], fact[2].strip())
    elif not re.fullmatch(r"(?:\d+|STYLE|REGION)\s*", opening) or (len(block) > 1 and opening.strip().isdigit()):
        _without_time(block, found)


def _without_time(block: Sequence[Line], found: Scanned) -> None:
    """Words after a blank line within a cue, or a cue whose timing line is missing: they follow the cue before."""
    words = [line for line in block if len(line.text) > _LONGEST_TIMING or not _SPOILT.match(line.text.strip())]
    numbered = len(words) > 1 and words[0].text.strip().isdigit()
    if not found.cues:
        found.early += [line.number for line in words[:1]]
    if not found.cues or (not words and len(block) == 1):
        return
    if numbered or len(words) < len(block):
        found.spoilt.append(block[0].number)
    found.cues[-1][2].extend(line.text for line in words[numbered:])


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, secs, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(secs or 0)
    return round(whole + float(f"0.{fraction or '0'}"), 3)


def _is_stump(tail: Sequence[Line]) -> bool:
    """True for a cue number, or half a timing line, with no words after it."""
    return not any(timing(line.text) for line in tail) and bool(_STUMP.match(tail[-1].text))


def _cut_at(tail: Sequence[Line], found: Scanned, whole: int, last: Line) -> Line | None:
    """The line where a file breaks off, None when it ends as captions end."""
    if not tail:
        return None
    closing = tail[-1]
    timed = any(timing(line.text) for line in tail)
    if not timed:
        return closing if _is_stump(tail) and found.cues else None
    words = found.cues[-1][2]
    if not any(word.strip() for word in words):
        found.cues.pop()
        return closing
    earlier = [" ".join(cue[2]) for cue in found.cues[:whole]]
    final = " ".join(words)
    if "<v" in final and "</v>" not in final and earlier and all("</v>" in text for text in earlier if "<v" in text):
        return closing
    stops = sum(text.rstrip().endswith((".", "?", "!", "…", '"')) for text in earlier)
    unstopped = not re.search(r"[.?!…\"'’”)\]>]$", final.rstrip())
    return closing if not last.ended and unstopped and len(earlier) >= 5 and stops >= 0.8 * len(earlier) else None


def _pieces(cues: Sequence[tuple[float, float | None, list[str]]]) -> list[Piece]:
    """Cues as pieces; a cue with several voices gives several."""
    if any(_WORD_TIMED.search(line) for cue in cues[:50] for line in cue[2]):
        cues = list(_unrolled(cues))
    pieces = [
        Piece(speaker, text, start, end)
        for start, end, words in cues
        for speaker, text in _voices(words)
        if not _SOUND.match(text)
    ]
    bracketed = [_BRACKETED.match(piece.text) if piece.speaker is None else None for piece in pieces]
    if sum(match is not None and speech.looks_named(match[1]) for match in bracketed) <= len(pieces) / 2:
        return pieces  # "[inaudible]", "[Laughter]": a sound now and then
    return [
        replace(piece, speaker=match[1].strip(), text=piece.text[match.end() :])
        if match and speech.looks_named(match[1]) and not _SOUNDS.match(match[1])
        else piece
        for piece, match in zip(pieces, bracketed, strict=True)
    ]


def _unrolled(cues: Sequence[tuple[float, float | None, list[str]]]) -> Iterator[tuple[float, float | None, list[str]]]:
    """Rolling captions without their repetitions: a line counts once, where it stands finished.

    YouTube shows a line growing word by word, then whole and still, then above the next one. The still one is taken;
    a line that never comes back is taken as it grew.
    """
    last = ""
    texts = [[_clean(line) for line in words] for _, _, words in cues]
    for i, (start, end, words) in enumerate(cues):
        kept = []
        following = texts[i + 1] if i + 1 < len(cues) else []
        for line, text in zip(words, texts[i], strict=True):
            if not text or text == last or (_WORD_TIMED.search(line) and text in following):
                continue
            kept.append(line)
            last = text
        yield start, end, kept


def _voices(words: Sequence[str]) -> Iterator[tuple[str | None, str]]:
    speaker: str | None = None
    text: list[str] = []
    for line in words:
        parts = _VOICE.split(line)
        named = _PARENTHESISED.match(line.strip())
        if named and speech.looks_named(named[1]):
            parts = ["", named[1], ""]
        if line.strip() == "-":
            continue
        text.append(_clean(parts[0]))
        for name, rest in zip(parts[1::2], parts[2::2], strict=True):
            if any(text):
                yield speaker, " ".join(part for part in text if part)
            speaker, text = " ".join(html.unescape(name).split()), [_clean(rest)]
    if any(text) or speaker:
        yield speaker, " ".join(part for part in text if part)


def _clean(text: str) -> str:
    return _TAG.sub("", html.unescape(_TAG.sub("", text))).strip()
