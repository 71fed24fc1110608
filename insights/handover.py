"""Where marketing and sales are out of step with what a buyer was told: wrong expectations, missing information, wrong
person or fit, promised material that did not come.

Rules over single sentences of buyers and notes, kept as data in `handover_words.json`; the first three sorts come from
`insights.material`, whose report tells them too. A find is a place in the text. What one would get wrong: "we are too
small for this" is also an objection; here it counts because somebody was reached for whom the product is not made.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

from insights import material
from insights.material import Said

Sort = Literal["expectation set wrongly", "information not received", "wrong person", "wrong fit", "promised, not sent"]
SORTS: tuple[Sort, ...] = get_args(Sort)
MEANINGS: dict[Sort, str] = {
    "expectation set wrongly": "A buyer had been told, or had reason to think, something that does not hold.",
    "information not received": "A buyer had not been told, or could not find, what we take to be known.",
    "wrong person": "Whoever was reached says that it is not theirs to deal with.",
    "wrong fit": "Whoever was reached says that the product is not made for them.",
    "promised, not sent": "A buyer waits for material that somebody had promised.",
}
_OF_MATERIAL: dict[str, Sort] = {
    "not told": "information not received", "told wrongly": "expectation set wrongly",
    "did not expect it": "expectation set wrongly",
}  # fmt: skip
_OWN: tuple[Sort, ...] = ("promised, not sent", "wrong person", "wrong fit")
# "If I'm not the right person, I'll find who is": nothing has happened yet.
_SUPPOSED = re.compile(
    r"^\W*(?:if|in case|unless|suppose|should)\b|\bif (?:i'm|i am|we're|we are|you're|this is|that's)\b", re.I
)
_SEARCH = (
    "right", "wrong", "talk", "speak", "reach", "area", "responsibility", "responsible", "remit", "department",
    "handle", "deal",
    "nothing", "idea", "why", "warehouse", "stock", "inventory", "relevant", "meant", "built", "aimed", "intended",
    "designed",
    "small", "tiny", "big", "large", "student", "competitor", "journalist", "consultant", "downloaded", "registered",
    "fit",
    "waiting", "promised", "send", "share", "received", "seen", "came", "arrived", "sent", "target", "market",
    "logistics", "signed",
    "receive", "manage", "got", "attached", "store", "contact", "calling", "writing", "job", "desk",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gap:
    """A sentence in [start, end) of the text, and its sort."""

    start: int
    end: int
    sort: Sort


def search_words() -> tuple[str, ...]:
    """Single words of which a text that holds a gap has at least one (stemmed)."""
    return tuple(sorted({*_SEARCH, *material.search_words()}))


def gaps(said: Said) -> Iterator[Gap]:
    """Every sentence of a buyer, or of a note, in which the two sides are out of step; one sort a sentence."""
    if said.voice != "reported" and said.role != "buyer":
        return
    seen: set[int] = set()
    for begin, end in material.sentences_of(said.text):
        sentence = said.text[begin:end]
        plain = " ".join(sentence.replace("’", "'").split())
        sort = next((sort for sort, pattern in _patterns() if pattern.search(plain)), None)
        if sort and not _SUPPOSED.search(plain):
            lead = len(sentence) - len(sentence.lstrip())
            seen.add(begin + lead)
            yield Gap(begin + lead, begin + len(sentence.rstrip()), sort)
    for one in material.gaps(said):
        if one.start not in seen:
            yield Gap(one.start, one.end, _OF_MATERIAL[one.kind])


@cache
def _patterns() -> tuple[tuple[Sort, re.Pattern[str]], ...]:
    told = json.loads(files("insights").joinpath("handover_words.json").read_text("utf-8"))
    return tuple((sort, re.compile("|".join(told[sort]), re.I)) for sort in _OWN)
