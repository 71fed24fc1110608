"""Where a quote begins and ends, moved by words and by sentences: offsets into its utterance, never words of our own.

What one would get wrong: a border stands between two words. To cut a word in two could turn what was said ("dislike")
into its opposite.
"""

import re
from typing import Literal, get_args

Step = Literal[
    "start-word-more", "start-word-less", "start-sentence-more", "start-sentence-less",
    "end-word-less", "end-word-more", "end-sentence-less", "end-sentence-more", "whole",
]  # fmt: skip
STEPS: tuple[Step, ...] = get_args(Step)
SHORTEST_FULL_LINE = 45  # characters: mails break lines at 60 to 80, at a word's end
LONGEST_OFFERED = 600  # characters of a whole sentence that is still offered with one click
_WORD = re.compile(r"\S+")
# Mails break lines within a sentence: a line that goes on with a small letter is the same sentence.
_SHORTENED = "".join(
    rf"(?<!\b{one}[.!?…])"
    for one in ("Dr", "Mr", "Mrs", "Ms", "Prof", "St", "vs", "approx", "Mio", "Mrd", "Tsd", "Nr", "bzw", "ca")
)
# A sign comes first: whatever else could is tried at every letter of a text, and took a tenth of what pages cost.
_STOP = re.compile(
    r"[.!?…\n](?:(?<=\n)(?!\s*[a-z])\s*|(?<!\n)"
    + _SHORTENED
    + r"(?!(?<=\b[A-Z]\.)\s+[a-z])[.!?…]*[\"'”’)\]]*(?=\s|$)\s*)"
)


def words(text: str) -> list[tuple[int, int]]:
    """(start, end) of every run of characters between white space."""
    return [found.span() for found in _WORD.finditer(text)]


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of every sentence or line, without the white space around it."""
    found, start = [], 0
    for stop in (*(match.end() for match in _STOP.finditer(text)), len(text)):
        begin, end = trimmed(text, start, stop)
        if begin < end:
            found.append((begin, end))
        start = stop
    return found


def sentence_start(before: str) -> int:
    """Where the sentence begins, in what stands before a quote, that the quote goes on with."""
    at = len(before)
    while (at := max(before.rfind(sign, 0, at) for sign in ".!?…\n")) >= 0:
        if stop := _STOP.match(before, at):
            return stop.end()
    return 0


def line_start(text: str, first: int, start: int) -> int:
    """Where, from `first` on, the line or the lines begin that a mail broke in a sentence and that go on to `start`."""
    ends = [
        at.start() for at in re.finditer("\n", text[:start]) if at.start() >= first and not _is_broken(text, at.start())
    ]
    return ends[-1] + 1 if ends else first


def line_end(text: str, end: int, last: int) -> int:
    """Where, up to `last`, the line that holds `end` ends, or the last of the lines that a mail broke."""
    at = end
    while (at := text.find("\n", at, last)) >= 0:
        if not _is_broken(text, at):
            return at
        at += 1
    return last


def _is_broken(text: str, at: int) -> bool:
    """Whether a line that ends at `at` was broken because it was full: a point of a note, or a greeting, is shorter."""
    return at - text.rfind("\n", 0, at) - 1 >= SHORTEST_FULL_LINE


def moved(text: str, start: int, end: int, step: Step) -> tuple[int, int]:
    """The borders after one step; where there is nothing further to take in, or nothing left to leave out, they
    stay."""
    if step == "whole":
        return whole(text, start, end)
    side, unit, way = step.split("-")
    spans = words(text) if unit == "word" else sentences(text)
    if side == "start":
        begins = [a for a, _ in spans]
        before, after = [a for a in begins if a < start], [a for a in begins if start < a < end]
        return (before[-1] if before else start, end) if way == "more" else (after[0] if after else start, end)
    ends = [b for _, b in spans]
    before, after = [b for b in ends if start < b < end], [b for b in ends if b > end]
    return start, (after[0] if after else end) if way == "more" else (before[-1] if before else end)


def whole(text: str, start: int, end: int) -> tuple[int, int]:
    """The borders of the sentences that a quote begins and ends in."""
    spans = sentences(text)
    begin = max((a for a, _ in spans if a <= start), default=start)
    stop = min((b for _, b in spans if b >= end), default=end)
    return begin, stop


def is_cut(text: str, start: int, end: int) -> bool:
    """Whether the quote begins or ends within a sentence that is short enough to be quoted whole."""
    begin, stop = whole(text, start, end)
    return (begin, stop) != (start, end) and text[begin:stop] != text[start:end] and stop - begin <= LONGEST_OFFERED


def cut(text: str, start: int, end: int) -> tuple[bool, bool]:
    """Whether words of the same sentence stand before the quote, and after it."""
    begin, stop = whole(text, start, end)
    return any(map(str.isalnum, text[begin:start])), any(map(str.isalnum, text[end:stop]))


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The same borders without white space at either end."""
    said = text[start:end]
    return start + len(said) - len(said.lstrip()), end - (len(said) - len(said.rstrip()))


def is_between_words(text: str, at: int) -> bool:
    """Whether no word is cut in two here."""
    return not 0 < at < len(text) or not (text[at - 1].isalnum() and text[at].isalnum())
