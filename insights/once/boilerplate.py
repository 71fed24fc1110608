"""Passages that come back word for word: rep templates, CRM form headings, mail footers. They are nobody's objection.

A store counts the hashes, over the conversations that count (a copy of an upload is no sign of a template), and asks
`is_boilerplate`. Short sentences never are: many buyers say "we don't have the budget this year", and each means it.
"""

import re
from collections.abc import Collection, Iterator
from typing import Literal, NamedTuple

from insights.once import likeness
from insights.records import stable_id

Side = Literal["buyer", "seller", "note"]

FEWEST_WORDS = 10
LONGEST_NAME = 200  # characters of a name that are read
LEAST_WORDS = {"buyer": 25, "note": 15, "seller": FEWEST_WORDS}
_LINE = re.compile(r"[^\r\n]+")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+(?=[\"'“‘(]?[^\W_a-z])")
_HEADING = re.compile(r"\s*(?:[-*•#>]+\s*)?([^\W\d_][^:\r\n]{0,40}):\s*(\S.*)?$")
_NOTHING = frozenset(
    [
        "", "none", "no", "nil", "n a", "na", "not applicable", "nothing", "tbd", "tbc", "unknown", "open",
        "to be defined",
        "to be discussed", "to be confirmed", "keine", "kein", "offen", "aucun", "aucune", "ninguno", "ninguna",
        "nessuno",
        "nessuna", "geen", "inga", "ingen",
    ]
)  # fmt: skip
_NUMBER = re.compile(r"\d+")
_GREETING = re.compile(
    r"\W{0,5}(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hallo|guten tag|liebe[rs]?|sehr geehrte[rs]?|bonjour|hola"
    r"|estimad[oa]|ciao|buongiorno|beste|hej|ol[aá])\b[^,!\r\n]{0,40}[,!]\s*",
    re.I,
)


class Passage(NamedTuple):
    """`text[start:end]`, its hash after folding, its words, and whether it is a form's line that was left empty."""

    start: int
    end: int
    hash: str
    words: int
    form: bool


def passages(text: str, *, names: Collection[str] = ()) -> list[Passage]:
    """The sentences of ten words and more, and the form lines that say nothing ("Objections: none", "Next steps:").

    White space, case, punctuation and a greeting in front do not count. `names` (the people and the account of the
    conversation) do not either; in passages of twenty words and more nor do numbers: a footer's telephone number
    changes with the rep, "our limit is 20,000" is what somebody said.
    """
    dull = {word for name in names for word in likeness.words(name[:LONGEST_NAME])}
    found: list[Passage] = []
    for line in _LINE.finditer(text):
        if heading := _HEADING.fullmatch(line[0]):
            value = heading[2] or ""
            if len(value) < 40 and " ".join(likeness.words(value)) in _NOTHING:
                folded = " ".join(likeness.words(line[0]))
                start, end = _trimmed(text, line.start(), line.end())
                found.append(Passage(start, end, stable_id("form", folded), len(folded.split()), True))
                continue
        for start, end in _sentences(text, line.start(), line.end()):
            greeting = _GREETING.match(text, start, end)
            after = text[greeting.end() if greeting else start : end]
            words = [word for word in likeness.words(after) if word not in dull]
            if len(words) >= FEWEST_WORDS:
                found.append(Passage(start, end, stable_id("passage", *_folded(words)), len(words), False))
    return found


def headings(text: str) -> int:
    """How many lines stand as "Label: value" or "Label:", as in the forms of a CRM."""
    return sum(bool(_HEADING.fullmatch(line[0])) for line in _LINE.finditer(text))


def may_be(side: Side, *, words: int, form: bool) -> bool:
    """Whether a passage could be boilerplate at all, however often it came back: the others need not be counted."""
    if form:
        return side != "buyer"
    return words >= LEAST_WORDS[side]


def is_boilerplate(
    conversations: int, accounts: int, total: int, side: Side, *, words: int, form: bool = False
) -> bool:
    """Whether a passage of so many `words`, seen in so many `conversations` of so many `accounts`, of `total` of that
    side, is a text that was not written for them.

    A buyer's passage needs 25 words in four conversations, whatever the account: a firm's footer comes from one firm. A
    seller's needs four conversations and three accounts, and one in 500 of all: in a million conversations chance
    repeats much. Of what a rep noted, which may be what buyers said, only 15 words and more are taken, or an empty
    form.
    """
    if form:
        return side != "buyer" and conversations >= 3
    if words < LEAST_WORDS[side] or conversations < 4:
        return False
    if side == "buyer":
        return True
    if accounts < 3:
        return False
    return words >= 25 or conversations * 500 >= total


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for match in _SENTENCE_END.finditer(text, start, end):
        yield _trimmed(text, start, match.start())
        start = match.end()
    yield _trimmed(text, start, end)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - (len(part) - len(part.rstrip()))


def _folded(words: list[str]) -> list[str]:
    return [_NUMBER.sub("0", word) for word in words] if len(words) >= 20 else words
