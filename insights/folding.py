"""Fold texts that say the same in the same words, so that a template or a repeated sentence is one voice with a weight.

Equal after normalising is always the same. Nearly equal is: four fifths of the words shared, and hardly any difference
in meaning; "we can pay" and "we can't pay" share most words and are kept apart by their vectors. What one would get
wrong: folding is by a leader, not in chains, so a row of small changes does not join what its ends have not in common.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from insights import exact

SHARED = (4, 5)  # the least share of words in common: as whole numbers, so that a comparison has no last bit
LEAST_COSINE = 0.95


def normalised(text: str) -> str:
    """The form under which two texts are one: letters and digits, without case, accents' spelling and spacing."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"\w+", folded)) or folded.strip()


def equal(texts: Sequence[str], ids: Sequence[str]) -> list[list[int]]:
    """Indices of equal texts together, in an order that the input's order has no part in."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, text in enumerate(texts):
        groups[normalised(text)].append(index)
    return [sorted(groups[key], key=lambda index: (texts[index], ids[index])) for key in sorted(groups)]


def near(texts: Sequence[str], vectors: np.ndarray, weights: Sequence[int]) -> np.ndarray:
    """The position of the text that each of n different texts is folded into; of itself where it leads.

    Heavier texts lead, then earlier ones. Candidates share one of their rarest words: two sets of words of which four
    fifths are in common cannot do otherwise (prefix filter, Chaudhuri et al. 2006; Bayardo et al. 2007).
    """
    words = [set(normalised(text).split()) for text in texts]
    common = Counter(word for own in words for word in own)
    grid = exact.on_grid(vectors)
    leaders = np.arange(len(texts))
    holders: dict[str, list[int]] = defaultdict(list)
    for at in sorted(range(len(texts)), key=lambda at: (-weights[at], at)):
        rare = sorted(words[at], key=lambda word: (common[word], word))[: _prefix(len(words[at]))]
        candidates = sorted({other for word in rare for other in holders[word] if _alike(words[at], words[other])})
        if candidates:
            likeness = exact.cosines(grid[[at]], grid[candidates])[0]
            if likeness.max() >= LEAST_COSINE:
                leaders[at] = candidates[int(likeness.argmax())]
                continue
        for word in rare:
            holders[word].append(at)
    return leaders


def _prefix(count: int) -> int:
    """How many of a text's rarest words must hold one of those of any text that is alike."""
    part, whole = SHARED
    return count - -(-count * part // whole) + 1


def _alike(left: set[str], right: set[str]) -> bool:
    part, whole = SHARED
    if min(len(left), len(right)) * whole < max(len(left), len(right)) * part:
        return False
    both = len(left & right)
    return both * whole >= (len(left) + len(right) - both) * part


def said_again(text: str) -> str:
    """The form under which a quote is the same words said again: `normalised`, without articles, hesitation and
    stutter, with contractions written out. A form and not a distance: a millisecond for a hundred texts, whatever else
    is there, and "we can" never meets "we can't"."""
    plain = f" {text.lower()} "
    for written, spoken in _SPOKEN:  # a few times as fast as one pattern of them all
        if written in plain:
            plain = plain.replace(written, spoken)
    # Most texts are plain letters, for which a table says what `normalised` says, several times as fast.
    words = plain.translate(_APART).split() if plain.isascii() else normalised(plain).split()
    kept = [word for word, _ in groupby([word for word in words if word not in _EMPTY])]
    return " ".join(kept) or normalised(text)


# Words that change nothing of what is said; those that may are not among them: "not just the price" is not "not the price".
_EMPTY = frozenset(
    [
        "a", "an", "the", "um", "umm", "uh", "uhm", "erm", "er", "hm", "hmm", "mm", "ah", "oh", "eh", "so", "well",
        "okay",
        "ok", "yeah", "yep", "actually", "basically", "honestly", "really", "please", "very", "exactly", "though",
    ]
)  # fmt: skip
# In this order: what softens, then contractions, the irregular ones first.
_SPOKEN = (
    ("’", "'"), (" a little bit ", " "), (" a little ", " "), (" a bit ", " "), (" way too ", " too "),
    ("cannot", "can not"), ("can't", "can not"), ("won't", "will not"), ("n't", " not"), ("'re", " are"), ("'s", " is"),
    ("'m", " am"), ("'ll", " will"), ("'ve", " have"), ("'d", " would"),
)  # fmt: skip
_APART = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) == "_")}
