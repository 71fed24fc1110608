"""What a rep notes for themselves to do ("Will ask product about dates", "Next steps: send the deck"): no word of the buyer.

Rules over clauses and lines, kept as data in `patterns/own_tasks.json`. What one would get wrong: notes leave out who is
spoken of, so "will ask his boss" and "call in spring" are the buyer putting it off; only what a seller alone would do counts.
"""

import json
import re
from functools import cache
from importlib import resources

_BOUND = re.compile(r"[.;:!?\n(|]\s*|\s[-–—/>]+\s|,\s+(?:and |but |so |then )?")
_LEAD = re.compile(r"^[\s\-–—*•·>\[\]()xX]*(?=\S)")
_STOP = re.compile(r"[.!?](?:\s|$)")
_HEADING = re.compile(r"^\W*[^\W\d_][\w /&'’-]{1,30}:")


def is_own_task(text: str, start: int, end: int) -> bool:
    """Whether what stands in [start, end) of a note is the note-taker's own task."""
    line = text.rfind("\n", 0, start) + 1
    if text.count('"', line, start) % 2 or text.rfind("“", line, start) > text.rfind("”", line, start):
        return False  # somebody's own words
    first = max((found.end() for found in _BOUND.finditer(text, line, start + 1) if found.end() <= start), default=line)
    clause = text[first:end]
    if _any("not_mine", clause):
        return False
    bare = _LEAD.sub("", clause, count=1)
    if _any("mine", bare):
        return True
    if _any("time", clause):
        return False
    asks = text[end - 1 : end + 1].rstrip().endswith("?")
    return _any("tasks", bare) or (not asks and _is_below_heading(text, line, start, end))


def _is_below_heading(text: str, line: int, start: int, end: int) -> bool:
    """Whether a heading such as "Next steps:" stands before it in its sentence, or over the lines that it is among."""
    if _any("headings", _LEAD.sub("", text[line:end], count=1)):
        return not _STOP.search(text[line:start])
    for above in reversed(text[:line].split("\n")[:-1]):
        bare = _LEAD.sub("", above, count=1).strip("*_# ")
        if _any("headings", bare):
            return not _HEADING.match(text[line:end])
        if not bare or _HEADING.match(bare):
            return False
    return False


def _any(group: str, text: str) -> bool:
    return any(pattern.search(text) for pattern in _patterns()[group])


@cache
def _patterns() -> dict[str, tuple[re.Pattern[str], ...]]:
    file = resources.files("insights.language").joinpath("patterns", "own_tasks.json")
    return {
        group: tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
        for group, patterns in json.loads(file.read_text("utf-8")).items()
    }
