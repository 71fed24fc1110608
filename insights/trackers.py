"""Trackers: a user's own concept, told by phrases or by example sentences, and what of a text it is found in.

A tracker says which sentences are meant; who said them is asked when hits are read, so that a corrected side counts at
once. What is judged are pieces of an utterance: sentences, and stretches of speech that nobody punctuated.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from insights import phrases
from insights.errors import InsightsError
from insights.examples import LEAST, Strictness
from insights.language.turns import sentences

SaidBy = Literal["buyer", "seller", "anyone"]
Form = Literal["question", "statement", "either"]

MOST = 60  # examples, and counter-examples
ASKED = 20  # examples that are worth writing down at first
MOST_PHRASES = 100
LONGEST_NAME, LONGEST_PHRASE, LONGEST_EXAMPLE = 80, 200, 500
STRETCH, STEP = 32, 12  # words: a longer sentence is cut into stretches of 2 × STEP words, one every STEP
LONGEST_PIECE = 1000  # characters of a piece that are read
_WORD = re.compile(r"\S+")
_OPENS = re.compile(
    r"^(?:(?:so|and|but|ok|okay|um|uh|well|hi|hello|yeah|yes|right|then|also|or|now|alright|great)\b[,\s]*)*"
    r"(?:what|how|why|who|whom|whose|where|when|which|is|are|do|does|did|can|could|would|will|have|has|should|any|may)"
    r"(?:n't|nt|'s|s)?\s+\w",
    re.IGNORECASE,
)
_INDIRECT = re.compile(
    r"\b(?:wonder(?:s|ed|ing)?\s+(?:if|whether|what|how|why|who|when|which|about)|(?:ask|asks|asked|asking|enquired|inquired)\b"
    r"|(?:want|wants|wanted|like|need|needs)\s+to\s+(?:know|understand)|(?:curious|question|questions)\s+(?:about|on|if|whether)"
    r"|(?:tell|walk|talk)\s+(?:me|us)\s+(?:about|through|how|what|more|if|whether)|(?:what|how)\s+about)\b",
    re.IGNORECASE,
)


class BadTracker(InsightsError):
    """A tracker that cannot be used as it is written; the message names every reason."""

    def __init__(self, reasons: Sequence[str]):
        super().__init__(" ".join(reasons))
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class Tracker:
    """A concept. `asked` tells questions from statements; `strictness` how near a sentence must come to the examples.
    `forgotten` of its examples went because whoever said them was forgotten."""

    name: str
    phrases: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()
    said_by: SaidBy = "buyer"
    asked: Form = "either"
    strictness: Strictness = "normal"
    forgotten: int = 0


def cleaned(tracker: Tracker) -> Tracker:
    """White space folded, empty and repeated lines gone; a sentence that is example and counter-example is the
    latter."""
    against = _lines(tracker.counter_examples)
    barred = {line.casefold() for line in against}
    return Tracker(
        _text(tracker.name), _lines(tracker.phrases),
        tuple(line for line in _lines(tracker.examples) if line.casefold() not in barred), against,
        tracker.said_by, tracker.asked, tracker.strictness,
    )  # fmt: skip


def check(tracker: Tracker, *, named: bool = True) -> None:
    """Raise BadTracker with everything that is wrong and what to do; `named` False lets an empty name pass."""
    reasons = list(_wrong(tracker, named))
    if reasons:
        raise BadTracker(reasons)


def _wrong(tracker: Tracker, named: bool) -> Any:
    if named and not tracker.name:
        yield "Give the tracker a name."
    if len(tracker.name) > LONGEST_NAME:
        yield f"The name has {len(tracker.name)} characters; {LONGEST_NAME} at most."
    if not tracker.phrases and not tracker.examples:
        yield f"Write phrases, one a line, or {LEAST} to {ASKED} example sentences."
    if tracker.examples and not tracker.phrases and len(tracker.examples) < LEAST:
        yield f"{LEAST} to {ASKED} example sentences are needed; you gave {len(tracker.examples)}. Add some, or use phrases."
    for what, lines, most, longest in (
        ("phrases", tracker.phrases, MOST_PHRASES, LONGEST_PHRASE),
        ("examples", tracker.examples, MOST, LONGEST_EXAMPLE),
        ("counter-examples", tracker.counter_examples, MOST, LONGEST_EXAMPLE),
    ):
        if len(lines) > most:
            yield f"These are {len(lines)} {what}; {most} at most. Keep the clearest, or make two trackers."
        for line in lines:
            if len(line) > longest:
                yield f"“{line[:40]}…” has {len(line)} characters; {what} have {longest} at most. Keep the telling part."
    for line in tracker.phrases:
        if phrases.is_empty(line):
            yield f"“{line[:40]}” has no word to look for."


def pieces(text: str) -> list[tuple[int, int]]:
    """(start, end) of the pieces of an utterance, in order, at least one; stretches of long speech overlap by half."""
    found: list[tuple[int, int]] = []
    for start, end in sentences(text):
        words = [word.span() for word in _WORD.finditer(text, start, end)]
        if len(words) <= STRETCH:
            found.append((start, end))
            continue
        for first in range(0, len(words) - STEP, STEP):
            found.append((words[first][0], words[min(len(words), first + 2 * STEP) - 1][1]))
    return found or [(0, len(text))]


def read_part(text: str, start: int, end: int) -> str:
    """The part of a piece that vectors are made of: a piece without end is read up to its first thousand characters."""
    return text[start : min(end, start + LONGEST_PIECE)]


def phrase_pieces(found: Sequence[phrases.Phrase], text: str) -> list[tuple[int, int, str]]:
    """(start, end, phrase) of the pieces that hold a phrase, each piece once; a phrase across a border takes both."""
    borders = pieces(text)
    hits: dict[int, tuple[int, int, str]] = {}
    for match in phrases.find(found, text):
        start = next(s for s, e in reversed(borders) if s <= match.start)
        whole = [(s, e) for s, e in borders if s <= match.start and e >= match.end]
        if whole:
            start, end = whole[0]
        else:
            end = next((e for _, e in borders if e >= match.end), len(text))
        hits.setdefault(start, (start, end, match.phrase))
    return apart_from_each_other(sorted(hits.values()))


def apart_from_each_other(found: Sequence[Any]) -> list[Any]:
    """Of spans (start, end, ...) in order of preference, those that do not overlap one before them; sorted."""
    kept: list[Any] = []
    for one in found:
        if all(one[1] <= other[0] or other[1] <= one[0] for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one[0])


def is_question(text: str) -> bool:
    """Whether a sentence asks: by its mark, its first words, or words of asking ("asked whether", "wondering if")."""
    return text.rstrip(" )\"'”»").endswith("?") or bool(_OPENS.match(text.lstrip()) or _INDIRECT.search(text))


def fits_form(tracker: Tracker, text: str) -> bool:
    return tracker.asked == "either" or (tracker.asked == "question") == is_question(text)


def fits_side(tracker: Tracker, role: str, voice: str) -> bool:
    """Whether what a side said counts; a note reports the buyer."""
    return tracker.said_by == "anyone" or tracker.said_by == ("buyer" if voice == "reported" else role)


def to_dict(tracker: Tracker) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(tracker).items()}


def from_dict(values: dict[str, Any]) -> Tracker:
    """The tracker of `to_dict`."""
    plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    return Tracker(**plain)


def _text(line: str) -> str:
    # A lone surrogate, which JSON can carry, is no text to a database.
    return " ".join(line.replace("\0", " ").encode("utf-8", "replace").decode().split())


def _lines(lines: Sequence[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for line in map(_text, lines):
        if line:
            found.setdefault(line.casefold(), line)
    return tuple(found.values())
