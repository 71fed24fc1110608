"""The words that buyers use and our pages do not, told apart from chance.

Log-odds of each word with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, "Fightin' Words", equations
16, 18, 19 and 22): rare words are drawn towards what both sides say, so a word heard once is never a finding.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt
from statistics import NormalDist

from insights.privacy.vocabulary import stop
from insights.trends import FALSE_DISCOVERY_RATE, adjusted

MOST_PRIOR = 500.0  # the weight of what both sides say together, in words; at most half as many as the smaller side has
FEWEST_SPEAKERS = 2
_WORD = re.compile(r"[^\W\d_][\w]*(?:['’-]\w+)*|\d+[^\W\d_]\w*")


@dataclass(frozen=True, slots=True)
class Term:
    """A word or pair of words: how often each side says it, how many buyers do, its z-score and its adjusted
    p-value."""

    term: str
    buyers: int
    pages: int
    speakers: int
    z: float
    q: float


def buyers_terms(
    quotes: Sequence[str], speakers: Sequence[str], pages: Sequence[str], *, most: int = 12
) -> tuple[Term, ...]:
    """Terms that buyers use more than our pages do, the surest first. `speakers` are the quotes' accounts.

    Only terms of two accounts and more are tested, all of them together (Benjamini and Hochberg 1995). A word that
    stands in a listed pair as often as by itself is not listed twice.
    """
    said = Counter(term for text in quotes for term in terms(text))
    written = Counter(term for text in pages for term in terms(text))
    if not said or not written:
        return ()
    heard: dict[str, set[str]] = {}
    for n, (text, speaker) in enumerate(zip(quotes, speakers, strict=True)):
        for term in set(terms(text)):
            heard.setdefault(term, set()).add(speaker or f"\0{n}")
    wanted = sorted(term for term, of in heard.items() if len(of) >= FEWEST_SPEAKERS)
    prior = min(MOST_PRIOR, said.total() / 2, written.total() / 2)
    scores = log_odds(said, written, wanted, prior=prior)
    q = adjusted([NormalDist().cdf(-z) for z in scores])
    found = [
        Term(term, said[term], written[term], len(heard[term]), z, p)
        for term, z, p in zip(wanted, scores, q, strict=True)
        if p is not None and p <= FALSE_DISCOVERY_RATE and z > 0
    ]
    found.sort(key=lambda t: (-t.z, t.term))
    return tuple(_once(found))[:most]


def log_odds(said: Counter[str], written: Counter[str], wanted: Sequence[str], *, prior: float) -> list[float]:
    """z-scores of the difference in log-odds of each wanted term, positive where `said` has more of it."""
    both = said.total() + written.total()
    n1, n2 = said.total(), written.total()
    scores = []
    for term in wanted:
        a = prior * (said[term] + written[term]) / both
        y1, y2 = said[term] + a, written[term] + a
        # Where a side says hardly anything else, the odds have no end: half a word is the least that is left.
        difference = log(y1 / max(n1 + prior - y1, 0.5)) - log(y2 / max(n2 + prior - y2, 0.5))
        scores.append(difference / sqrt(1 / y1 + 1 / y2))
    return scores


def terms(text: str) -> list[str]:
    """The telling words of a text and the pairs of them that stand together, in lower case."""
    words = [match[0].replace("’", "'") for match in _WORD.finditer(text.lower())]
    single = [word for word in words if _tells(word)]
    return single + [f"{a} {b}" for a, b in pairwise(words) if _tells(a) and _tells(b)]


def _tells(word: str) -> bool:
    return len(word) > 2 and word not in stop()


def _once(found: Sequence[Term]) -> list[Term]:
    """Without words that a listed pair says already."""
    pairs = [t for t in found if " " in t.term]
    return [
        t for t in found if " " in t.term or not any(t.term in p.term.split() and p.buyers >= t.buyers for p in pairs)
    ]
