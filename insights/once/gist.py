"""Does a note tell of this meeting? The rare words, names and numbers of a short text, looked for in a long one.

Everyday words and words of every sales conversation say nothing here; the caller takes out the names of who took part.
"""

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from insights.once import likeness

FEWEST_NUMBER = 13

_CARDINALS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
    " nineteen"
)
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth"
)
_ROUND = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: n for words in (_CARDINALS, _ORDINALS) for n, word in enumerate(words.split(), 1)}
_TENS = {word: 10 * n for n, word in enumerate(_ROUND.split(), 2)} | {"twentieth": 20, "thirtieth": 30}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_FIGURE = re.compile(r"(\d+)(k|m|th|st|nd|rd)?")
_GROUPED = re.compile(r"(?<=\d)[,.](?=\d{3}\b)")


def gist(texts: Iterable[str]) -> frozenset[str]:
    """The telling words of a text, cut to their stems, and its numbers from 13 up, spoken or written ("31k")."""
    dull = _common()
    found: set[str] = set()
    for text in texts:
        for word in _numbered(likeness.words(_GROUPED.sub("", text))):
            if word.isdecimal() and len(word) < 16:
                if int(word) >= FEWEST_NUMBER:
                    found.add(word)
            elif len(word) > 2 and word not in dull:
                found.add(stem(word))
    return frozenset(found)


def stems(names: Iterable[str]) -> frozenset[str]:
    """The stems of all words of some names, to be taken out of a gist."""
    return frozenset(stem(word) for name in names for word in likeness.words(name))


def stem(word: str) -> str:
    """The front of a word, good enough to find "counting" in "counts"; deliberately short of grammar."""
    for ending in ("ings", "ing", "ies", "ed", "es", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:7]


def _numbered(words: list[str]) -> Iterable[str]:
    """Words with their number words put together: "thirty", "one", "thousand" is "31000", "21st" is "21"."""
    total = current = 0
    open_number = False
    for word in [*words, ""]:
        figure = _FIGURE.fullmatch(word)
        if word in _SMALL or word in _TENS:
            value = _SMALL.get(word) or _TENS[word]
            joins = open_number and (current % 100 == 0 or (current % 100 in range(20, 100, 10) and value < 10))
            if open_number and not joins:
                yield str(total + current)
                total = current = 0
            current += value
            open_number = True
        elif open_number and word in _SCALES:
            current = max(1, current) * _SCALES[word]
            if word != "hundred":
                total, current = total + current, 0
        elif open_number and word == "and" and (current % 100 == 0):
            continue
        else:
            if open_number:
                yield str(total + current)
                total, current, open_number = 0, 0, False
            if figure and len(word) < 16:
                scale = {"k": 1000, "m": 1_000_000}.get(figure[2] or "", 1)
                if scale == 1 and not figure[2]:
                    current, open_number = int(figure[1]), True
                else:
                    yield str(int(figure[1]) * scale)
            elif word:
                yield word


@cache
def _common() -> frozenset[str]:
    lists = json.loads((files("insights.once") / "common_words.json").read_text("utf-8"))
    return frozenset(word for words in lists.values() for word in words)
