"""What is quoted of a find, and what stands beside it: the rest of its sentence.

What one would get wrong: a find may hold several sentences. Where little is missing of its first and last they are quoted
whole, however long that is; else it stays as it was found.
"""

import re
from typing import Any

from insights.borders import cut, line_end, line_start, whole

AROUND = 160
LONGEST_SENTENCE = 240  # characters up to which a part of a sentence is quoted with the rest of it
MOST_ADDED = 120  # characters of it up to which it is quoted with several sentences, however long
_SENTENCE_END = re.compile(r"[.!?…](?!(?<=\b[A-Z]\.)\s+[a-z])(?=\s)\s+|\n+")
_ENDS_ITSELF = re.compile(r"[.!?…][\"'”’)\]]*$")


def quoted(kind: str, utterance: str, start: int, end: int, own: tuple[int, int] | None) -> tuple[int, int]:
    """Where what is quoted begins and ends in its utterance: what was set by hand (`own`); else the span that was
    found, with the rest of its sentence where it is a competitor's name, or a part of sentences that are short enough
    to be quoted whole, or of which little is missing."""
    if own is not None and own[1] <= len(utterance):
        return (min(own[0], start), max(own[1], end)) if kind == "competitor" else own
    if kind == "competitor":
        beside = around(utterance, start, end)
        return start - len(beside["before"]), end + len(beside["after"])
    first, last = whole(utterance, start, end)
    first, last = line_start(utterance, first, start), line_end(utterance, end, last)
    added = (last - first) - (end - start)
    if (last - first > LONGEST_SENTENCE and added > MOST_ADDED) or not any(cut(utterance, start, end)):
        first, last = start, end
    # A quotation within it is closed.
    return first, last + (utterance[last : last + 1] == '"' and utterance.count('"', first, last) % 2)


def around(utterance: str, start: int, end: int) -> dict[str, Any]:
    """The rest of the sentence around a span, as Quote has it: `before` and `after`."""
    before = utterance[max(0, start - AROUND) : start]
    # Nothing after what ends its sentence itself; "Acme Inc." does so only before what begins one.
    over = _ENDS_ITSELF.search(utterance[start:end]) and not utterance[end:].lstrip()[:1].islower()
    after = "" if over else utterance[end : end + AROUND]
    ends = [match.end() for match in _SENTENCE_END.finditer(before)]
    # A sentence that begins further back is cut between two words, as is one that goes on further.
    begin = ends[-1] if ends else before.find(" ") + 1 if start > AROUND else 0
    stop = _SENTENCE_END.search(after)
    cut = after.rfind(" ") if end + AROUND < len(utterance) else len(after)
    return {"before": before[begin:], "after": after[: stop.start() + 1].rstrip() if stop else after[: max(0, cut)]}
