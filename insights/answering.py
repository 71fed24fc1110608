"""Which of our pages answers what one buyer said: nearness by meaning, helped by the rare words that both share.

What one would get wrong: the nearest page is not yet an answer. Below one line nothing answers, between two a page may;
the lines were chosen on one half of labelled questions and measured on the other (benchmarks/ANSWERS.md).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np

Standing = Literal["answers", "may answer"]
ANSWERS = 0.55  # a page from here on is said to answer
MAY_ANSWER = 0.44  # from here on it is worth a look; below, nothing answers
OF_TITLE = 0.3  # how much of a page's nearness its title decides, the nearest passage the rest
OF_WORDS = 0.15  # what sharing every rare word adds
NAMED = 0.15  # what naming the competitor that was asked about adds
LONGEST_QUESTION = 400  # characters that are compared: the encoder sees about as many
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_SPLIT = re.compile(r"(?<=[.!?])\s+|\n+")
_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|thanks?|thank you|many thanks|cheers|best|kind|regards|sincerely|"
    r"(?:best|kind|warm) (?:wishes|regards)|hope (?:you|this|all)|i hope)\b[^.!?]{0,60}[.!?,]?$",
    re.I,
)
_SMALL = frozenset(
    """a about after all also am an and any are as at be because been before being but by can could did do does doing don for
    from get got had has have having he her here him his how i if in into is it its just like me more most my no not now of on
    one only or our out over said say she should so some such than that the their them then there these they thing this those
    to too up us very was we were what when where which while who why will with would you your yours really actually want need
    know tell think""".split()
)


@dataclass(frozen=True, slots=True)
class Near:
    """Pages against one question: `pages` (p,) are ids, `titles` and `bodies` (p,) cosines of the title and of the nearest
    passage (each of the other where a page has none), `passages` (p,) which row that passage is."""

    pages: np.ndarray
    titles: np.ndarray
    bodies: np.ndarray
    passages: np.ndarray

    @property
    def nearness(self) -> np.ndarray:
        """How near each page comes by meaning alone, a cosine."""
        return OF_TITLE * self.titles + (1 - OF_TITLE) * self.bodies


def near(question: np.ndarray, vectors: np.ndarray, pages: Sequence[int], titles: Sequence[bool]) -> Near:
    """Compare a unit vector (d,) with unit vectors (n, d) of passages, in the order of their pages; the first of a page's is
    its title."""
    if not len(pages):
        nothing = np.zeros(0)
        return Near(np.zeros(0, int), nothing, nothing, np.zeros(0, int))
    cosines = (vectors @ question.astype(vectors.dtype)).astype(np.float64)
    owner, is_title = np.asarray(pages), np.asarray(titles, dtype=bool)
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    title = np.maximum.reduceat(np.where(is_title, cosines, -np.inf), starts)
    within = np.where(is_title, -2.0, cosines)
    stops = np.r_[starts[1:], len(owner)]
    best = np.array([a + int(np.argmax(within[a:b])) for a, b in zip(starts, stops, strict=True)])
    body = cosines[best]  # of a page without text, its title's
    return Near(owner[starts], np.where(np.isinf(title), body, title), body, best)


def terms(text: str) -> frozenset[str]:
    """The telling words of a text, folded and cut to their stems' first letters, so that "prices" finds "pricing"."""
    found = (word.casefold().replace("’", "'").split("'")[0] for word in _WORD.findall(text))
    return frozenset(_stem(word) for word in found if word not in _SMALL and (len(word) > 2 or word.isdigit()))


def shared(question: str, texts: Sequence[str]) -> np.ndarray:
    """How much of a question's telling words each text has, in [0, 1], a word weighing more the fewer texts have it.

    Weights are inverse document frequencies among these texts: log(1 + n / number that have it), Spärck Jones (1972).
    """
    wanted = terms(question)
    if not wanted or not texts:
        return np.zeros(len(texts))
    have = [wanted & terms(text) for text in texts]
    spread = Counter(word for words in have for word in words)
    weight = {word: log(1 + len(texts) / spread[word]) if spread[word] else log(1 + len(texts)) for word in wanted}
    # Words that no page has say nothing on which page is nearer, but that none is quite to the point: they count in full.
    whole = sum(weight.values())
    return np.array([sum(weight[word] for word in words) / whole for words in have])


def plain(text: str) -> list[str]:
    """A text's words, folded: how names are compared."""
    return [word.casefold() for word in _WORD.findall(text)]


def names(text: str, spellings: Sequence[str]) -> bool:
    """Whether a text has one of a name's spellings as whole words."""
    said = f" {' '.join(plain(text))} "
    return any(f" {' '.join(plain(one))} " in said for one in spellings if plain(one))


def score(nearness: np.ndarray, words: np.ndarray) -> np.ndarray:
    """How well pages answer: nearness by meaning, with what their shared words add."""
    return nearness + OF_WORDS * words


def standing(value: float) -> Standing | None:
    """What a score means, None where the page does not answer."""
    return "answers" if value >= ANSWERS else "may answer" if value >= MAY_ANSWER else None


def gist(text: str) -> str:
    """The part of a text that can be compared: without greeting and thanks, and of what is long the end of the questions in
    it, else its beginning."""
    kept = [part.strip() for part in _SPLIT.split(text.strip()) if part.strip() and not _GREETING.match(part.strip())]
    whole = " ".join(kept) or " ".join(text.split())
    if len(whole) <= LONGEST_QUESTION:
        return whole
    asked = " ".join(part for part in kept if part.endswith("?"))
    return (asked or whole)[:LONGEST_QUESTION]


def _stem(word: str) -> str:
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "es", "ed", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
