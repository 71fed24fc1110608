"""Turns: who said what when, from labelled pieces of a transcript. Captions and plain text share these rules.

The trap: "So here's the thing: we're behind" is not a speaker called "So here's the thing", and a note's
"Budget: 20k" is not one called "Budget". A label counts only when the whole file bears it out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from insights.formats import facts
from insights.formats.tables import columns
from insights.records import Utterance

_LABEL = re.compile(
    r"^\s*(?:[*_]{1,2}|>{2}\s?)?([^\W\d_][^:\n\t]{0,58}?|\d[\w ]{0,20}?)\s*(?::[*_]{1,2}|[*_]{0,2}\s?:)(?:\s+(.*)|$)",
    re.S,
)
_LOOSE = re.compile(
    r"^\s*(?:[*_]{1,2}|>{2}\s?)?([^\s:\-\"][^:\n\t]{0,78}?)\s*(?::[*_]{1,2}|[*_]{0,2}\s?:)(?:\s+(.*)|$)", re.S
)
# "Lee, Ann" and "Lee, Ann (Acme)", as directories write names.
_LAST_FIRST = re.compile(r"^[^\W\d_a-z][\w.'’\-]*(?: [^\W\d_][\w.'’\-]*){0,2}, [^\W\d_a-z][\w.'’\-]*(?: .{0,40})?$")
_GAP = re.compile(r"\s{9,}")
_NUMBERED = re.compile(r"^(?:speaker|person|participant|sprecher|voice|spk|unknown speaker)[ _-]?\w{0,3}$", re.I)
_NAME_WORD = re.compile(
    r"^(?:[^\W\d_a-z][\w.'’\-]*|de|da|di|del|der|den|van|von|la|le|bin|al|el|y|of|at|from|the|&|[|/–-]|\(.*|.*\))$"
)
_NOTE_WORDS = re.compile(
    r"\b(?:pains?|pain points?|budget|next ?steps?|timeline|timing|authority|need|decision|criteria|champion|competitors?"
    r"|competition|objections?|questions?|action(?: item)?s?|todo|summary|notes?|background|goals?|risks?|pricing|price"
    r"|use case|requirements?|attendees|participants|agenda|follow[- ]?ups?|concerns?|status|metrics|tools?|stack|team size"
    r"|http|https|re|fwd?|p\.?s|tel|phone|e-?mail|fax|warning|note to self|example|update|current|interested in|asked)\b",
    re.I,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A cue or line: `speaker` is None where it carries on with whoever spoke before."""

    speaker: str | None
    text: str
    start: float | None = None
    end: float | None = None


def narrow(text: str) -> str:
    """A line without its wide gaps, which patterns for names would search through again and again."""
    return _GAP.sub(lambda gap: gap[0][:8], text)


def split_label(text: str, *, loose: bool = False) -> tuple[str, str] | None:
    """Part "Jane Doe: hello" into label and words; None when it opens with no label. `loose` takes signs for names."""
    line = narrow(text)
    match = (_LOOSE if loose else _LABEL).match(line)
    if not match:
        return None
    label = match[1].strip(" *_")
    if not label or len(label.split()) > 7 or re.search(r"[?!;,]\s|\.\s[a-z]|https?$", _in_order(label)):
        return None
    said = (match[2] or "").strip()
    opened = line[: match.start(1)].strip()
    if opened[:1] in ("*", "_") and opened not in line[match.end(1) : match.start(2)]:
        said = said.removesuffix(opened).rstrip()  # "**Ann: hello**": the whole line was set off
    return label, said


def _in_order(label: str) -> str:
    return label.replace(", ", " ", 1) if _LAST_FIRST.match(label) else label


def looks_named(label: str) -> bool:
    """True for a person's name, a numbered speaker, or a side ("Rep", "Customer (Anita)")."""
    label = _in_order(label)
    if _NUMBERED.match(label) or (facts.side_of(label) != "unknown" and len(label.split()) <= 4):
        return True
    return not _NOTE_WORDS.search(label) and all(_NAME_WORD.match(word) for word in label.split())


def labels_of(texts: Iterable[str], *, trusted: bool = False) -> frozenset[str]:
    """The labels of a file that are speakers. `trusted` is for captions and timed lines, where a name is expected.

    Most pieces must be labelled (captions), or labels must come back; a label that looks like no name must recur.
    """
    counts: Counter[str] = Counter()
    total = 0
    for text in texts:
        total += 1
        if found := split_label(text, loose=trusted):
            counts[found[0]] += 1
    labelled = sum(counts.values())
    named = {label for label, count in counts.items() if looks_named(label)}
    again = {label for label, count in counts.items() if count > 2 and not _NOTE_WORDS.fullmatch(label)}
    if trusted and labelled >= total * 0.97 and total > 2:
        return frozenset(counts)  # the recorder labels every cue, so whatever stands before the colon is a speaker
    if trusted:
        # One label in a hundred cues of somebody's speech is a figure of speech; in most cues it is how Zoom writes.
        return frozenset(named | (again if labelled > total / 2 else set())) if labelled > total / 4 else frozenset()
    if columns_only(counts):
        return frozenset()
    recurring = any(counts[label] > 1 for label in named | again)
    sides = {facts.side_of(label) for label in named} - {"unknown"}
    if (recurring and len(counts) < labelled) or len(sides) == 2 or (len(named) >= 2 and labelled == total):
        return frozenset(named | again)
    return frozenset()


def columns_only(counts: Counter[str]) -> bool:
    """True when every label is a form's field ("Account:", "Stage:"), each used once: a filled-in form, not speech."""
    speakers = ("contact", "rep", "speaker")
    known = [columns.known(label) for label in counts]
    return max(counts.values(), default=0) <= 1 and all(role and role[0] not in speakers for role in known)


def label(texts: Sequence[Piece], names: frozenset[str]) -> Iterator[Piece]:
    """Give pieces without a speaker the one that their text opens with."""
    for piece in texts:
        found = split_label(piece.text, loose=True) if piece.speaker is None else None
        if found and found[0] in names:
            yield Piece(found[0], found[1], piece.start, piece.end)
        else:
            yield piece


def turns(pieces: Iterable[Piece], *, joint: str = " ", pause: float | None = None) -> list[Utterance]:
    """Join what one speaker says on end into one turn; times are those of its first and last piece.

    `joint` stands between the pieces (a line end in chats). A piece that starts more than `pause` seconds after the
    one before opens a turn of its own.
    """
    found: list[Utterance] = []
    speaker, words, start, end = "", list[str](), None, None
    last: float | None = None

    def close() -> None:
        if words:
            found.append(Utterance(speaker, facts.side_of(speaker), "verbatim", joint.join(words), start, end))

    for piece in pieces:
        text = joint.join(filter(None, (" ".join(line.split()) for line in piece.text.splitlines())))
        late = pause is not None and piece.start is not None and last is not None and piece.start - last > pause
        if (piece.speaker is not None and piece.speaker != speaker) or late:
            close()
            speaker, words, start, end = speaker if piece.speaker is None else piece.speaker, [], None, None
        start = piece.start if start is None and not words else start
        if not text:
            continue
        words.append(text)
        end = piece.end if piece.end is not None else end
        last = piece.start if piece.start is not None else last
    close()
    return found
