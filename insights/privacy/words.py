"""A text as words, each with what its place and its capital say of it; and the words that stand in names or beside them."""

import re
from dataclasses import dataclass
from functools import lru_cache

from insights import people
from insights.privacy.vocabulary import fold


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: `folded` without case and accents, `starts` says that a sentence begins with it, `gap` what
    stands between it and the word before."""

    start: int
    end: int
    folded: str
    capital: bool
    starts: bool
    gap: str


def word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# A letter with its accents, however they are written, and with what may break a word; a blank of no width ends one.
_LETTER = r"(?:[^\W_][\u0300-\u036f\u00ad\u200c\u200d\u2060\ufeff]*)"
WORD = re.compile(rf"{_LETTER}+(?:['’\-‐‑]{_LETTER}+)*")
POSSESSIVE = re.compile(r"['’](?:s|S|ll|d|re|ve|m)$")
_LONGEST_WRAP = 12  # signs
_SENTENCE_END = re.compile(r"[.!?…:\n\"“”—–]|^\s*[-*•]")
PARTICLES = word_set("van von der den de di da dos del della la le el al bin ibn ter ten zu zur af av mac mc st")
TITLES = people.HONORIFICS
# What only people do: a first name that is also a word begins the sentence before one of these.
DOES = word_set(
    "said says say asked asks told tells wants wanted thinks thought agreed agrees replied wrote mentioned confirmed called emailed "
    "mailed rang joined promised insists insisted complained signed knows knew likes liked hates hated feels felt sits works"
)
# And what follows a name, but none of the words that begin a sentence of their own: "Sue went", not "Mark the".
HAS = word_set("has had is was went came took sent got gave pushed needs brought also still")
# Words that open a sentence beside "not" ("Will not do", "May not").
MODAL = word_set("will may")


@lru_cache(maxsize=4)  # whoever looks up names in a text reads its words first
def words_of(text: str) -> tuple[Word, ...]:
    words: list[Word] = []
    last = 0
    for match in WORD.finditer(text):
        plain = POSSESSIVE.sub("", match[0])
        gap = text[last : match.start()]
        starts = not words or (bool(_SENTENCE_END.search(gap)) and not _is_initial(words[-1], gap))
        start, last = match.start(), match.start() + len(plain)
        words.append(Word(start, last, fold(plain), plain[:1].isupper(), starts, gap))
    return tuple(words)


def _is_initial(word: Word, gap: str) -> bool:
    return gap.startswith(".") and (word.end - word.start == 1 or word.folded in TITLES) and "\n" not in gap


def wrapped(gap: str) -> bool:
    """Whether two words may be of one name that is known: beside each other, in bold, or where a line of a mail ends."""
    return joined(gap) or (
        len(gap) <= _LONGEST_WRAP and gap.count("\n") < 2 and gap.strip(" \u00a0\u200b\t\r\n>*_+") in ("", "&", ",")
    )


def joined(gap: str) -> bool:
    return gap.strip() in ("", ",", "&", "-", ".", "’", "'", ", ", "/") and len(gap) < 4 and "\n" not in gap
