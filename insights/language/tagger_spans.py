"""Scores of tokens in, spans of the text out: whole words, whole clauses, without the "and" before or the "so"
after."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from insights.records import KINDS, LABELS, Kind

INSIDE = -2.0  # logit from which on a token belongs to a span; the span's own threshold decides afterwards
BEGIN = 2.0  # logit from which on a token opens a new span though the one before is inside one
WIDTH = 2 * len(KINDS) + sum(len(LABELS[kind]) for kind in KINDS)
_COLUMNS = {
    kind: slice(2 * len(KINDS) + before, 2 * len(KINDS) + before + len(LABELS[kind]))
    for kind, before in zip(KINDS, np.cumsum([0, *(len(LABELS[kind]) for kind in KINDS)]).tolist(), strict=False)
}
_JUNK = re.compile(
    r"""(?:[\s,;:.…–—\-*•·>)\]]+|(?:and|but|or|yeah|okay|ok|alright|hm+|mm+|um+|uh+|because)\b"""
    r"""|(?:so|well|yes|also|plus|then|right|however)\b(?=,))+""",
    re.IGNORECASE,
)
_MARKS = frozenset(',;:.…–—-(["')
_JOINING = re.compile(r"[\s,](?:and|but|so|or|because|then|um+|uh+)\Z", re.IGNORECASE)
LONGEST_JOINING = 20  # characters of one of these words
_STOP = re.compile(r"(?<=[.!?…;])[\"'”’)\]]*\s+|\n+")
_BLANK_LINE = re.compile(r"\n\s*?\n")
_NAME = re.compile(r"[A-Z][\w'’-]*(?: [A-Z][\w'’-]*){0,2}")
_HANGING = re.compile(
    r"\b(?:a|an|the|to|of|in|on|for|with|at|by|from|than|if|that|is|are|our|your|their|my)$", re.IGNORECASE
)
# What a note writes before a question or an objection that it quotes ("Asked: where is our data?").
_LEAD = re.compile(
    r"(?:(?:he|she|they|customer|client|prospect|buyer)\s+)?(?:also\s+)?"
    r"(?:asked|asks|asking|wondered|wonders|said|says|questions?|objections?|concerns?)",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    r"(?:(?:best|kind|warm|many|with|regards|wishes|thanks|thank you|cheers|yours|sincerely)\b[\s,.!]*)+", re.I
)
REACH = 3  # words that may lie between a span's end and the end of its sentence and still be taken in
REACH_HANGING = 8  # the same, where the span breaks off in mid-phrase


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an utterance, in characters, with its kind, label and calibrated confidence."""

    kind: Kind
    start: int
    end: int
    label: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Run:
    """Tokens `first` to `last` (exclusive) that belong together, and the logit of the surest."""

    kind: Kind
    first: int
    last: int
    score: float
    label: str


def runs(scores: np.ndarray, places: np.ndarray, text: str = "") -> Iterator[Run]:
    """Yield the runs of each kind in scores (tokens, WIDTH): 3 × inside, 3 × begin, then each kind's label logits. What
    stands beneath a blank line is another thing."""
    above = np.array([stop.end() for stop in _BLANK_LINE.finditer(text)], int)
    fresh = np.diff(np.searchsorted(above, places[:, 0], "right"), prepend=0) > 0  # a token that begins a paragraph
    opens = np.concatenate([[True], places[1:, 0] > places[:-1, 1]])  # a token that begins a word
    for n, kind in enumerate(KINDS):
        inside = by_word(scores[:, n], opens)
        begin = scores[:, len(KINDS) + n]
        first = -1
        for t in range(len(inside) + 1):
            ends = t == len(inside) or inside[t] < INSIDE or (opens[t] and (begin[t] >= BEGIN or fresh[t]))
            if first >= 0 and ends:
                logits = scores[first:t, _COLUMNS[kind]].mean(axis=0)
                yield Run(kind, first, t, float(inside[first:t].max()), LABELS[kind][int(logits.argmax())])
                first = -1
            if first < 0 and t < len(inside) and inside[t] >= INSIDE:
                first = t


def by_word(inside: np.ndarray, opens: np.ndarray) -> np.ndarray:
    """Give all pieces of a word the word's mean, so that no span cuts a word."""
    word = np.cumsum(opens) - 1
    return (np.bincount(word, inside) / np.bincount(word))[word]


def snapped(text: str, kind: Kind, start: int, end: int) -> tuple[int, int]:
    """Fit a span to the words around it; an objection or question also to its sentence's border where that is near."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    if kind == "competitor":
        return trimmed(text, start, end)
    left, right = sentence(text, start, end)
    reach = REACH_HANGING if _HANGING.search(text[start:end]) else REACH
    if len(text[left:start].split()) <= REACH and not text[left:start].rstrip().endswith((",", ":", "-", "–", "—")):
        start = left
    if len(text[end:right].split()) <= reach and not text[end:right].lstrip().startswith((",", ":", "-", "–", "—")):
        end = right
    mark = text.rfind("?", start, end) + 1
    if kind == "question" and mark and end - mark < mark - start:
        end = mark  # what follows is the answer, or the next thing said
    return trimmed(text, start, end)


def says_nothing(text: str, start: int, end: int) -> bool:
    """Whether a span is marks alone, ends a mail, or only says that a question or an objection follows."""
    said = text[start:end]
    return (
        not any(map(str.isalnum, said))
        or bool(_FAREWELL.fullmatch(said.strip()))
        or (text[end : end + 1] == ":" and bool(_LEAD.fullmatch(said.strip())))
    )


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Borders of the sentences that a span begins and ends in."""
    left, right = 0, len(text)
    for stop in _STOP.finditer(text):
        if stop.end() <= start:
            left = stop.end()
        elif stop.start() >= end:
            right = stop.start()
            break
    return left, right


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Take a conjunction or filler off the front, and marks and a hanging "and" off the end; never everything."""
    if (junk := _JUNK.match(text, start, end)) and junk.end() < end:
        start = junk.end()
    end = _without_signature(text, start, end)
    left = _without_tail(text, start, end)
    return start, left if left > start else end


def _without_signature(text: str, start: int, end: int) -> int:
    """Where a span ends without a last line that is nothing but a name, beneath a whole sentence: who wrote the mail."""
    above, _, last = text[start:end].rpartition("\n")
    said = above.rstrip()
    signed = said.endswith((".", "!", "?")) and "\n" in above[len(said) :] and _NAME.fullmatch(last.strip())
    return start + len(said) if signed else end


def _without_tail(text: str, start: int, end: int) -> int:
    """Where a span ends without what hangs at its end, looked for from there: a pattern would try each of ten thousand
    blanks."""
    while end > start:
        if text[end - 1].isspace() or text[end - 1] in _MARKS:
            end -= 1
        elif joining := _JOINING.search(text, max(start, end - LONGEST_JOINING), end):
            end = joining.start()
        else:
            break
    return end


def without_overlaps(spans: Sequence[Span]) -> list[Span]:
    """Where two spans of one kind overlap (windows of a long utterance, snapping), keep the surer one."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (-span.confidence, span.start)):
        if all(span.kind != other.kind or span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda span: (span.start, -span.end, span.kind))
