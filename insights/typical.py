"""Choose the quotes that stand for a theme: typical, readable, in buyers' own words, from different accounts.

Values in, ids out. What one would get wrong: the most typical quotes are often the same sentence three times, so each
next one must be unlike those chosen.
"""

import re
from collections.abc import Sequence

import numpy as np

from insights.names import wording
from insights.records import Voice

READABLE = (4, 30)  # words of a quote that is read at a glance
ALIKE = 0.92  # cosine from which on two quotes say the same in the same words
UNLIKE = 0.3  # how much likeness to a chosen quote counts against the next
PIECE = 0.2  # what a piece of a sentence loses against a whole one
REPORTED = 0.08  # what a report loses against the same in the buyer's own words
_WHOLE = re.compile(r"[.!?…][\"'”’)]*$")
_CUT = re.compile(
    r"(?:\.\.\.|…|[,;:(–—-])\s*$|\b(?:and|or|but|the|a|an|to|of|for|with|is|are|that|because|if)$", re.IGNORECASE
)


def representatives(
    texts: Sequence[str],
    vectors: np.ndarray,
    *,
    ids: Sequence[str],
    accounts: Sequence[str] | None = None,
    voices: Sequence[Voice] | None = None,
    whole: Sequence[bool] | None = None,
    centroid: np.ndarray | None = None,
    most: int = 5,
) -> list[str]:
    """The ids of at most `most` members that stand for a theme, the best first, whatever the input's order.

    `vectors` are unit float32 (n, 384), `centroid` too (their mean where it is not given). A second quote of an account
    ("" is unknown) comes only when every other account had its turn; near-duplicates come never. Larger is better:
    cosine to the centroid, less a little for a report's voice, for a length outside 4 to 30 words, for a cut end, more
    where it is not `whole` (a sentence in full, see `quotable.is_sentence`), and for likeness to the quotes already
    chosen (maximal marginal relevance, Carbonell and Goldstein 1998).
    """
    if not len(texts) or most < 1:
        return []
    centre = vectors.mean(axis=0, dtype=np.float64) if centroid is None else centroid.astype(np.float64)
    centre = centre / max(float(np.linalg.norm(centre)), 1e-12)
    # Rounded, so that equal quotes do not depend on the last bit.
    worth = np.round(vectors.astype(np.float64) @ centre, 5)
    worth += np.array([_readable(text) for text in texts])
    if voices is not None:
        worth += np.array([-REPORTED if voice == "reported" else 0.0 for voice in voices])
    if whole is not None:
        worth -= PIECE * ~np.array(whole, dtype=bool)
    order = sorted(range(len(texts)), key=lambda at: (-worth[at], texts[at], ids[at]))[: max(50, 20 * most)]
    return [ids[at] for at in _different(order, worth, vectors, texts, accounts, most)]


def is_whole(text: str, before: str = "", after: str = "") -> bool:
    """Whether a quote is a sentence in full: `before` and `after` are the rest of its sentence in the conversation, of
    which nothing but a closing sign may be left; it begins like a sentence and does not break off."""
    said = text.strip()
    begins = said[:1].isupper() or said[:1].isdigit() or (not said[:1].isalpha() and said[1:2].isupper())
    # What stands after a closing sign is the next sentence.
    left_over = any(sign.isalnum() for sign in (before if _WHOLE.search(said) else before + after))
    return begins and not left_over and not _CUT.search(said) and len(wording.words(said)) >= READABLE[0]


def _different(
    order: Sequence[int], worth: np.ndarray, vectors: np.ndarray, texts: Sequence[str], accounts: Sequence[str] | None,
    most: int,
) -> list[int]:  # fmt: skip
    """Take the best, then again and again the best of those least like what was taken, one account after another."""
    chosen: list[int] = []
    left = list(order)
    likeness = np.zeros(len(worth))
    said: set[str] = set()
    heard: dict[str, int] = {}
    while left and len(chosen) < most:
        turns = {at: heard.get(accounts[at], 0) if accounts and accounts[at] else 0 for at in left}
        best = min(
            left, key=lambda at: (turns[at], -round(float(worth[at] - UNLIKE * likeness[at]), 5), order.index(at))
        )
        chosen.append(best)
        said.add(_same(texts[best]))
        if accounts and accounts[best]:
            heard[accounts[best]] = heard.get(accounts[best], 0) + 1
        rest = np.array(left)
        likeness[rest] = np.maximum(likeness[rest], vectors[rest] @ vectors[best])
        left = [at for at in left if likeness[at] < ALIKE and _same(texts[at]) not in said and at != best]
    return chosen


def _same(text: str) -> str:
    return " ".join(wording.words(text.lower()))


def _readable(text: str) -> float:
    """At most 0: what a quote loses for being too short, too long, cut off or full of fillers."""
    run = wording.words(text)
    fewest, most = READABLE
    loss = 0.1 * max(0, fewest - len(run)) + 0.01 * min(20, max(0, len(run) - most))
    if _CUT.search(text.strip()):
        loss += 0.1
    elif not _WHOLE.search(text.strip()):
        loss += 0.01
    fillers = sum(wording.part(word.lower()) == "F" for word in run)
    return -loss - 0.15 * fillers / max(1, len(run))
