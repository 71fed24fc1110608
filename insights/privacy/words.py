"""A text as words, each with what its place and its capital say of it; and the words that stand in names or beside them."""

import re
from dataclasses import dataclass

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


WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
POSSESSIVE = re.compile(r"['’](?:s|S|ll|d|re|ve|m)$")
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


def words_of(text: str) -> list[Word]:
    words: list[Word] = []
    last = 0
    for match in WORD.finditer(text):
        plain = POSSESSIVE.sub("", match[0])
        gap = text[last : match.start()]
        starts = not words or (bool(_SENTENCE_END.search(gap)) and not _is_initial(words[-1], gap))
        start, last = match.start(), match.start() + len(plain)
        words.append(Word(start, last, fold(plain), plain[:1].isupper(), starts, gap))
    return words


def _is_initial(word: Word, gap: str) -> bool:
    return gap.startswith(".") and (word.end - word.start == 1 or word.folded in TITLES) and "\n" not in gap


def joined(gap: str) -> bool:
    return gap.strip() in ("", ",", "&", "-", ".", "’", "'", ", ", "/") and len(gap) < 4 and "\n" not in gap
