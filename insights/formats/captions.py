"""WebVTT and SubRip captions to one call. Written for broken files: whole cues are kept, the rest is a named problem.

Cues are cut out block by block rather than by webvtt-py, which gives up a whole file for one bad line.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from insights.formats import dates, facts, speech
from insights.formats.columns import ColumnMapping, known, normalise
from insights.formats.sources import Line, Source, lines, shown
from insights.formats.speech import Piece
from insights.records import Conversation, Participant, Problem, Utterance

_STAMP = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,:](\d{1,3}))?"
TIMING = re.compile(rf"^\s*{_STAMP}\s*-{{1,2}}>\s*{_STAMP}(?:\s+.*)?$")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]{1,200})>", re.I)
_TAG = re.compile(
    r"</?(?:v|c|i|b|u|s|ruby|rt|lang|font)\b[^>]{0,200}>|<c[.\w]*>|<\d{1,4}:[\d:.]+>|\{\\[^}]{1,40}\}", re.I
)
_FACT = re.compile(r"^\s*([^\W\d_][\w /-]{1,40}?)\s*:\s+(.+)$")
_PARENTHESISED = re.compile(r"^\(([^()]{2,60})\)$")
_SOUND = re.compile(r"^[\[(♪](?:music|applause|laughter|silence|♪)?[^\[\]()]{0,20}[\])♪]$", re.I)
_WORD_TIMED = re.compile(r"<\d{1,4}:[\d:.]+><c")
_PERSON = re.compile(r"^\s*([^();,]{2,80}?)\s*(?:\(\s*([^(),]{1,40}?)\s*(?:,\s*([^()]{1,80}?)\s*)?\))?\s*$")
_CUT = "Ask for the rest of this transcript and upload it again; what was whole is in."


@dataclass(slots=True)
class _File:
    """What has been read of one caption file; the reader's only state."""

    cues: list[tuple[float, float, list[str]]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read(source: Source, mapping: ColumnMapping) -> Iterator[Conversation | Problem]:
    """Yield the file's one call, then a problem for each part that could not be read."""
    found = _scan(source)
    pieces = _pieces(found.cues)
    names = speech.labels_of((piece.text for piece in pieces if piece.speaker is None), trusted=True)
    turns = speech.turns(speech.label(pieces, names))
    if turns:
        yield call(source.name, turns, found.notes, mapping, found.problems)
    elif not found.problems:
        advice = "Check that the file is a WebVTT or SubRip transcript."
        found.problems.append(Problem(source.name, None, "There are no captions in this file.", advice))
    yield from found.problems


def call(
    name: str, turns: Sequence[Utterance], notes: Mapping[str, str], mapping: ColumnMapping, problems: list[Problem]
) -> Conversation:
    """Build a call from turns and from `key: value` facts; a date in the file's name counts when no other is there."""
    values: dict[str, str] = {}
    fields: dict[str, str] = {}
    people: list[Participant] = []
    for key, value in notes.items():
        if key.casefold() in ("participants", "attendees") and (people := _people(value)):
            continue
        role = mapping.columns.get(key) or (known(key) or ("", 0))[0]
        if role in (*facts.FACTS, "id", "date", "title", "kind") and role not in values:
            values[role] = value
        else:
            fields[key] = value
    # In a sidecar "title" is the contact's job title once there is another word for the call's own.
    if "job_title" not in values and normalise("title") in map(normalise, notes) and "contact" in values:
        values["job_title"] = values.pop("title", "")
    listed = {person.name for person in people}
    occurred_at = ""
    if values.get("date"):
        try:
            occurred_at = dates.parse(values["date"])
        except ValueError:
            reason = "The date noted at the top was not understood or could be day/month or month/day."
            problems.append(Problem(name, None, reason, "Write it as YYYY-MM-DD."))
    return facts.conversation(
        facts.kind_of(values.get("kind", ""), "call"),
        turns,
        source_id=values.get("id", ""),
        title=values.get("title", ""),
        occurred_at=occurred_at or ("" if values.get("date") else dates.in_name(name)),
        facts=values,
        fields=fields,
        participants=[*people, *(person for person in facts.speakers(turns) if person.name not in listed)],
        file=name,
    )


def _people(text: str) -> list[Participant]:
    """ "Ann Lee (rep); Bob Ray (customer, CFO)" as participants; [] when it is written in another way."""
    found = [_PERSON.match(part) for part in text.split(";") if part.strip()]
    if not all(found):
        return []
    return [Participant(m[1], "", facts.side_of(m[2] or ""), m[3] or "") for m in found if m]


def _scan(source: Source) -> _File:
    found = _File()
    size = 0
    block: list[Line] = []
    last: Line | None = None
    for line in lines(source):
        last = line
        if line.overlong:
            reason = f"A line is longer than {shown(source.limits.line)}."
            found.problems.append(Problem(source.name, line.number, reason, "Export the transcript again."))
            continue
        size += len(line.text)
        if size > source.limits.record:
            reason = f"The transcript is larger than {shown(source.limits.record)}; the rest was not read."
            found.problems.append(Problem(source.name, line.number, reason, "Split it into one file a call."))
            break
        if line.text.strip():
            if TIMING.match(line.text) and any(TIMING.match(earlier.text) for earlier in block):
                _take(block, found)  # a cue that follows without the blank line in between
                block = []
            block.append(line)
        elif block and not (len(block) <= 2 and TIMING.match(block[-1].text) and line.text):
            _take(block, found)
            block = []
    tail = block
    whole = len(found.cues)
    if tail:
        _take(tail, found)
    if last is not None and (cut := _cut_at(tail, found, whole, last)):
        found.problems.append(Problem(source.name, cut.number, "The file ends in the middle of a caption.", _CUT))
    return found


def _take(block: Sequence[Line], found: _File) -> None:
    """Read one block: a cue, a NOTE with facts, or something captions allow and we do not need."""
    at = next((i for i, line in enumerate(block) if TIMING.match(line.text)), None)
    if at is not None:
        match = TIMING.match(block[at].text)
        assert match
        found.cues.append(
            (_seconds(match.groups()[:4]), _seconds(match.groups()[4:]), [x.text for x in block[at + 1 :]])
        )
        return
    opening = block[0].text.lstrip("\ufeff ")
    if opening.startswith(("NOTE", "WEBVTT")):
        for line in block:
            text = re.sub(r"^\s*(?:NOTE|WEBVTT)\b[ -]*", "", line.text)
            if not found.cues and (fact := _FACT.match(text)) and not opening.startswith("WEBVTT -"):
                found.notes.setdefault(fact[1], fact[2].strip())
    elif found.cues and not re.fullmatch(r"\d+|STYLE|REGION", opening) and "{" not in opening:
        found.cues[-1][2].extend(line.text for line in block)  # words after a blank line within a cue


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, secs, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(secs or 0)
    return round(whole + float(f"0.{fraction or '0'}"), 3)


def _cut_at(tail: Sequence[Line], found: _File, whole: int, last: Line) -> Line | None:
    """The line where a file breaks off, None when it ends as captions end."""
    if not tail:
        return None
    closing = tail[-1]
    timed = any(TIMING.match(line.text) for line in tail)
    if not timed:
        # A cue number, or half a timing line, with no words after it.
        return closing if re.match(r"^\s*\d[\d:.,\s]*(?:-{1,2}>?.*)?$", closing.text) and found.cues else None
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


def _pieces(cues: Sequence[tuple[float, float, list[str]]]) -> list[Piece]:
    """Cues as pieces; a cue with several voices gives several. Rolling captions lose the lines they repeat."""
    rolling = any(_WORD_TIMED.search(line) for cue in cues[:50] for line in cue[2])
    found: list[Piece] = []
    shown_last = ""
    for start, end, words in cues:
        if rolling:
            kept = []
            for line in words:
                text = _clean(line)
                if text and text != shown_last:
                    kept.append(line)
                    shown_last = text
            words = kept
        found.extend(Piece(speaker, text, start, end) for speaker, text in _voices(words) if not _SOUND.match(text))
    return found


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
