"""What a rep notes for themselves to do ("Will ask product about dates", "Next steps: send the deck"): no word of the
buyer.

Rules over clauses and lines, kept as data in `patterns/own_tasks.json`. What one would get wrong: notes leave out who
is spoken of, so "will ask his boss" and "call in spring" are the buyer putting it off; only what a seller alone would
do counts.
"""

import json
import re
from functools import cache
from importlib import resources

_BOUND = re.compile(r"[.;:!?\n(|]\s*|\s[-–—/>]+\s|,\s+(?:and |but |so |then )?")
_NEAR = 300  # characters of a clause that are looked at; nobody writes a longer task
_LEAD = re.compile(r"^[\s\-–—*•·>\[\]()xX]*(?=\S)")
_LABEL = re.compile(r"^\W*[^\W\d_][\w /&'’-]{1,30}:\s")


def is_own_task(text: str, start: int, end: int) -> bool:
    """Whether what stands in [start, end) of a note is the note-taker's own task."""
    line = text.rfind("\n", 0, start) + 1
    if text.count('"', line, start) % 2 or text.rfind("“", line, start) > text.rfind("”", line, start):
        return False  # somebody's own words
    bounds = (found.end() for found in _BOUND.finditer(text, max(line, start - _NEAR), start + 1))
    first = max((at for at in bounds if at <= start), default=max(line, start - _NEAR))
    headed = _is_below_heading(text, line)
    if not headed and (label := _LABEL.match(text[line : line + _NEAR])) and line + label.end() <= start:
        return False  # "Customer: I have to ask my boss"
    clause = text[first : min(end, first + _NEAR)]
    if _any("not_mine", clause):
        return False
    bare = _LEAD.sub("", _without_heading(_LEAD.sub("", clause, count=1)), count=1)
    if _any("mine", bare):
        return True
    if _any("time", clause):
        return False
    asks = text[end - 1 : end + 1].rstrip().endswith("?")
    return _any("tasks", bare) or (headed and not asks and _any("below", bare))


def _is_below_heading(text: str, line: int) -> bool:
    """Whether a heading such as "Next steps:" begins a line or stands over the lines that it is among."""
    if _any("headings", _LEAD.sub("", text[line : line + _NEAR], count=1)):
        return True
    if _LABEL.match(text[line : line + _NEAR]):
        return False
    for above in reversed(text[max(0, line - 10 * _NEAR) : line].split("\n")[:-1]):
        bare = _LEAD.sub("", above[:_NEAR], count=1).strip("*_# ")
        if _any("headings", bare):
            return True
        if not bare or _LABEL.match(f"{bare} "):
            return False
    return False


def _without_heading(clause: str) -> str:
    return next((clause[found.end() :] for one in _patterns()["headings"] if (found := one.match(clause))), clause)


def _any(group: str, text: str) -> bool:
    return any(pattern.search(text) for pattern in _patterns()[group])


@cache
def _patterns() -> dict[str, tuple[re.Pattern[str], ...]]:
    file = resources.files("insights.language").joinpath("patterns", "own_tasks.json")
    return {
        group: tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
        for group, patterns in json.loads(file.read_text("utf-8")).items()
    }
