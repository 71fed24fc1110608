"""How good a quote is to quote: whose words, whether they are a sentence in full, read at a glance, and understood
alone.

What one would get wrong: a quote that begins in the middle of a sentence may be surely found and still be no good to
quote.
"""

import re
from typing import Any

import numpy as np

from insights.themes import WEAK
from insights.typical import READABLE

NEAR = 3  # characters beside a quote that tell whether it begins and ends a sentence
LEADS = 32 * 10_001  # above every worth: the first quote of a sentence comes before what else was found in it
SCALE = 10_000  # of the confidence, the least of what counts
DOUBTFUL = 0.6  # of confidence: below, two in three finds of the validation part are right, above nine in ten (benchmarks/THEMES.md)
LOOSE = 0.2  # of confidence times fit, below which more than half are something else (benchmarks/THEMES.md)
_BEGUN = re.compile(r"(?:^|[.!?…\n][\"'”’)\]]*)\s*[\"'“‘(\[-]*\s*$")
_ENDED = re.compile(r"[.!?…][\"'”’)\]]*\s*$")
_TRAILS = re.compile(r"(?:\.\.|…)[\"'”’)\]]*\s*$")
OPENING = 8  # words in which what is pointed at must have been named
_LEAD = r"\W*(?:(?:and|but|so|or|well|then|also|yes|yeah|no|oh|hmm|ok|okay|because|since|though)\W+)*"
_POINTS = re.compile(
    rf"""^{_LEAD}(?:it|that|this|they|them|these|those|he|she|his|her|their|same)\b
    |\b(?:he|she|him|his|her|they|them|theirs?)\b
    |\b(?:is|are|was|were|does|do|did|can|could|would|will|has|have|should|if|how|what|when|who|why|until|because|with|without|for|of|on
        |after|before|by)\s+(?:it|that|this|these|those)\b(?!\s+(?:the|an?|my|your|our|we|you|i|he|she|they|year|month|week|time|quarter
        |spring|summer|autumn|winter|morning|afternoon|evening))
    |\b(?:this|that)\W*$|\b(?:that|this|the\ other|which|same)\s+one\b|\bthere\W*$""",
    re.VERBOSE,
)
_WORDS = re.compile(r"[a-z]+")
_POINTERS = frozenset(
    [
        "it",
        "that",
        "this",
        "they",
        "them",
        "these",
        "those",
        "he",
        "she",
        "him",
        "his",
        "her",
        "their",
        "theirs",
        "same",
        "one",
        "there",
    ]
)
# "It is hard to …", "it takes us a year if …": the word points forward.
_FORWARD = re.compile(
    r"\bit(?:['’]s| is| was| would be| will be|['’]d be| takes| took| possible| rains)?\b[^.,;?!]*\b(?:to|if|when|that|for (?:me|us) to|possible)\b"
)
# A line that goes on with a small letter is the same sentence.
_ENDS = re.compile(r"[^\S\n]*(?:$|[.!?…]|\n(?!\s*[a-z])|[\"'”’)\]]+(?:[.!?…]|\s*$))")


def is_sentence(text: str, before: str, after: str) -> bool:
    """Whether a quote begins and ends as a sentence does, told from it and the NEAR characters on either side of it (""
    at the beginning and the end of what was said)."""
    said = text.strip()
    first = next((sign for sign in said if sign.isalnum()), "")
    if not first or first.islower() or not _BEGUN.search(before):
        return False
    if _TRAILS.search(said) or after.lstrip().startswith(("..", "…")):
        return False  # it breaks off
    return bool(_ENDED.search(said) or _ENDS.match(after))


def hangs(text: str) -> bool:
    """Whether a quote's opening points at something that was named before it ("They went with that one")."""
    words = text.lower().split(maxsplit=OPENING + 4)[: OPENING + 4]
    if _POINTERS.isdisjoint(_WORDS.findall(" ".join(words))):
        return False  # most, told fast
    if not _POINTS.search(" ".join(words[:OPENING])):
        return False
    return not _FORWARD.search(" ".join(words))


def is_loose(confidence: Any, fit: Any) -> Any:
    """Whether a quote belongs to its theme only loosely, by its `fit` there or by that times its `confidence`, how
    surely it was found, both in [0, 1]. Where a person put it there (1), it does not, nor while it waits (below 0)."""
    return (fit >= 0) & (fit < 1) & ((fit < WEAK) | (confidence * fit < LOOSE))


def worth(
    *, own: Any, whole: Any, words: Any, hangs: Any, confidence: Any, loose: Any = False, confirmed: Any = False
) -> Any:
    """A whole number, or an array of them, the larger the better: what was surely found, or `confirmed` by a person,
    and belongs to its theme comes before what is doubtful or `loose` there, the buyer's own words before a report or
    our own, a whole sentence before a piece of one, 4 to 30 words before fewer or more, what is understood alone before
    what `hangs` in the air, then how surely it was found (in [0, 1])."""
    readable = (words >= READABLE[0]) & (words <= READABLE[1])
    sentence = np.asarray(whole & readable) * 4 + np.asarray(readable) * 2 + ~np.asarray(hangs)
    doubtful = (np.asarray(confidence) < DOUBTFUL) & ~np.asarray(confirmed)
    rank = ~(np.asarray(loose) | doubtful) * 16 + np.asarray(own) * 8 + sentence
    return rank.astype(np.int64) * (SCALE + 1) + np.rint(np.asarray(confidence) * SCALE).astype(np.int64)
