"""Which of our pages answers what one buyer said: nearness by meaning, helped by the telling words that both share.

What one would get wrong: the nearest page is not yet an answer. It must be clearly nearer than pages are to this
question anyway, and a page that lacks the very name that was asked about ("NetSuite") hardly answers. The lines were
chosen on one half of labelled questions and measured on the other (benchmarks/ANSWERS.md).
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np

Standing = Literal["answers", "may answer"]
ANSWERS = 0.20  # how much nearer than usual a page is that is said to answer
MAY_ANSWER = 0.11  # from here on it is worth a look; below, nothing answers
OF_WORDS = 0.25  # what sharing every telling word adds to a page's place in the list
LACKING = 0.15  # what lacking an unusual word of the question takes away
USUAL, USUAL_WEIGHT = 0.13, 10  # how near pages are to a question anyway, for as many pages as that is worth
ALIKE = 85  # of 100, spelled so much alike that one is a slip of the other
LONGEST_QUESTION = 400  # characters that are compared: the encoder sees about as many
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_SPLIT = re.compile(r"(?<=[.!?])\s+|\n+")
_LEADS = r"(?:(?:in )?compar(?:ed|ison) (?:with|to)|than|versus|vs\.?|against|next to|beside|unlike|from|with|to|at|by|over|of|like) (?:the )?"
_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|thanks?|thank you|many thanks|cheers|best|kind|regards|sincerely|"
    r"(?:best|kind|warm) (?:wishes|regards)|hope (?:you|this|all)|i hope)\b[^.!?]{0,60}[.!?,]?$",
    re.I,
)
# What stands in a signature beside names and titles; "[name]" is how a name is left out.
_CONTACT = re.compile(
    r"\[[a-z ]+\]|\S+@\S+|(?:https?://|www\.)\S+|\+?\(?\d[\d ().\-/]{6,}\d|\s\|\s|^\||\b(?:tel|phone|fax|mobile|cell|office|direct|e-?mail)\b\s*[.:#]",
    re.I,
)
_IN_NAMES = frozenset(
    [
        "of",
        "and",
        "for",
        "the",
        "at",
        "de",
        "da",
        "di",
        "du",
        "van",
        "von",
        "der",
        "den",
        "la",
        "le",
        "y",
        "e",
        "x",
        "ext",
    ]
)
_SMALL_WORDS = """a about after all also am an and any are as at be because been before being but by can could did do does doing don for
    from get got had has have having he her here him his how i if in into is it its just like me more most my no not now of on
    one only or our out over said say she should so some such than that the their them then there these they thing this those
    to too up us very was we were what when where which while who why will with would you your yours really actually want need
    know tell think"""
_SMALL = frozenset(_SMALL_WORDS.split())
# Words that say no more of a rival than that one compares or has it.
_COMPARING_WORDS = """compare compared compares comparing comparison versus against differ differs different difference differences
    better best worse alternative competitor instead beside unlike rather already currently use uses used using look looking evaluate
    evaluating choose pick moment today still"""


@dataclass(frozen=True, slots=True)
class Near:
    """Pages against one question: `pages` (p,) are ids, `titles` and `bodies` (p,) cosines of the title and of the
    nearest passage, each of the other where a page has none."""

    pages: np.ndarray
    titles: np.ndarray
    bodies: np.ndarray

    @property
    def nearness(self) -> np.ndarray:
        """How near each page comes by meaning alone: the mean of its title's cosine and its nearest passage's."""
        return (self.titles + self.bodies) / 2


def near(question: np.ndarray, vectors: np.ndarray, pages: Sequence[int], titles: Sequence[bool]) -> Near:
    """Compare a unit vector (d,) with unit vectors (n, d) of passages, in the order of their pages; the first of a
    page's is its title."""
    if not len(pages):
        nothing = np.zeros(0)
        return Near(np.zeros(0, int), nothing, nothing)
    cosines = (vectors @ question.astype(vectors.dtype)).astype(np.float64)
    owner, is_title = np.asarray(pages), np.asarray(titles, dtype=bool)
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    title = np.maximum.reduceat(np.where(is_title, cosines, -np.inf), starts)
    body = np.maximum.reduceat(np.where(is_title, -np.inf, cosines), starts)
    return Near(owner[starts], np.where(np.isinf(title), body, title), np.where(np.isinf(body), title, body))


def terms(text: str) -> frozenset[str]:
    """The telling words of a text, folded and cut to their stems' first letters, so that "prices" finds "pricing"."""
    found = map(_bare, _WORD.findall(text))
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


def named(text: str, names: Collection[str]) -> bool:
    """Whether a text has one of these names in it, as whole words."""
    there = f" {' '.join(plain(text))} "
    return any(f" {' '.join(words)} " in there for name in names if (words := plain(name)))


def besides(question: str, names: Collection[str]) -> str:
    """What a question says besides naming a rival: "too expensive" of "too expensive compared with Acme"; "" where that
    is nothing that a page could be about. `names` are the rival's spellings; without one the question is as it was."""
    rest = question
    for words in sorted(map(_WORD.findall, names), key=len, reverse=True):
        if words:
            spelt = r"[\W_]+".join(map(re.escape, words))
            rest = re.sub(rf"(?:\b{_LEADS})?\b{spelt}\b(?:['’]s)?", " ", rest, flags=re.I)
    rest = " ".join(rest.split()).strip(" ,;:–—-")
    return rest if rest and (rest == question or terms(rest) - terms(_COMPARING_WORDS)) else ""


def plain(text: str) -> list[str]:
    """A text's words, folded: how names are compared."""
    return [word.casefold() for word in _WORD.findall(text)]


def usual(nearness: np.ndarray) -> float:
    """How near pages are to this question anyway: the mean over all of them, drawn to what is usual where they are
    few."""
    return float((nearness.sum() + USUAL * USUAL_WEIGHT) / (len(nearness) + USUAL_WEIGHT))


def order(nearness: np.ndarray, words: np.ndarray) -> np.ndarray:
    """What pages are ordered by: nearness by meaning, with what their shared words add."""
    return nearness + OF_WORDS * words


def strength(nearness: float, anyway: float, lacks: Collection[str]) -> float:
    """How much nearer than usual a page is, less what it lacks."""
    return nearness - anyway - (LACKING if lacks else 0.0)


def standing(strength: float) -> Standing | None:
    """What a strength means, None where the page does not answer."""
    return "answers" if strength >= ANSWERS else "may answer" if strength >= MAY_ANSWER else None


def unusual(question: str, *, own: Collection[str] = ()) -> tuple[str, ...]:
    """Words that are no everyday English, as they were written: names of products, standards, places. `own` are the
    seller's names, which every page is about."""
    from insights.language.names import words

    everyday, ours = words("common_words.txt"), {part for name in own for part in plain(name)}
    found: dict[str, str] = {}
    for word in _WORD.findall(question):
        folded = _bare(word)
        if (len(folded) > 2 and not folded.isdigit()) and folded not in everyday and folded not in ours:
            found.setdefault(folded, word)
    return tuple(found.values())


def lacking(words: Collection[str], text: str) -> tuple[str, ...]:
    """Those of a question's unusual words that a text has in no form: another ending, or a slip of the keyboard."""
    if not words:
        return ()
    from rapidfuzz import fuzz, process

    there = {_bare(word) for word in _WORD.findall(text)}
    stems = {_stem(word) for word in there}
    return tuple(
        word
        for word in words
        if _stem(_bare(word)) not in stems
        and process.extractOne(_bare(word), there, scorer=fuzz.ratio, score_cutoff=ALIKE) is None
    )


def sentences(text: str) -> list[str]:
    """A text's sentences, trimmed."""
    return [part.strip() for part in _SPLIT.split(text) if part.strip()]


def is_courtesy(sentence: str) -> bool:
    """Whether a sentence only greets, thanks or signs."""
    return bool(_GREETING.match(sentence.strip())) or len(sentence.split()) < 2


def is_signature(sentence: str) -> bool:
    """Whether a line is made of names, titles, numbers and addresses, and says nothing: "[name] Account Executive |
    [link]"."""
    bare, marks = _CONTACT.subn(" ", sentence)
    words = _WORD.findall(bare)
    spoken = sum(word[0].islower() and word not in _IN_NAMES for word in words)
    if marks:
        return spoken * 4 <= len(words)
    return not spoken and not bare.rstrip().endswith((".", "?", "!"))


def gist(text: str) -> str:
    """The part of a text that can be compared: without greeting and thanks, and of what is long the end of the
    questions in it, else its beginning."""
    kept = [part for part in sentences(text) if not _GREETING.match(part)]
    whole = " ".join(kept) or " ".join(text.split())
    if len(whole) <= LONGEST_QUESTION:
        return whole
    asked = " ".join(part for part in kept if part.endswith("?"))
    return (asked or whole)[:LONGEST_QUESTION]


def _bare(word: str) -> str:
    return word.casefold().replace("’", "'").split("'")[0]


def _stem(word: str) -> str:
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "es", "ed", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
