"""How alike two texts are, whatever tool wrote them down: fingerprints to look candidates up, and an exact measure.

Case, punctuation, white space, marks on letters and the sounds people make while thinking do not count. Bands only
propose: two texts that share one are compared exactly before anything is said about them.
"""

import re
import unicodedata
import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FEWEST_WORDS = 12
LONGEST = 100_000  # words that are compared (eleven hours of talk): the time to do it grows with their square
BANDS, ROWS = 16, 3
SEED = 20250601

Pairs = frozenset[tuple[str, str]]
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_MARKS = re.compile(r"[\u0300-\u036f]")
_HESITATION = "ah aha ahm eh em er erm hm hmm huh mhm mm mmm oh uh uhm um umm"
_SOUNDS = frozenset(_HESITATION.split())
_ODD = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def words(text: str) -> list[str]:
    """The words of a text in one spelling: lower case, without accents, apostrophes and "um"."""
    plain = text if text.isascii() else _MARKS.sub("", unicodedata.normalize("NFKD", text))
    found = [word for word in _WORD.findall(plain.casefold()) if word not in _SOUNDS]
    if "'" not in plain and "’" not in plain:
        return found
    # All at once: word by word, this would take most of the time.
    return "\n".join(found).replace("'", "").replace("’", "").split("\n") if found else found


def bands(text: str) -> tuple[int, ...]:
    """Sixteen signed 64-bit keys of a text; two texts that share a key at its place are worth comparing.

    Keys of different places never meet, so a store can keep them all in one column. () for a text of fewer than
    FEWEST_WORDS words: "left voicemail" is no sign of anything. Texts of which half the word pairs are the same share
    a key in 88 of 100 cases, those with two thirds in 99, those with a twentieth in 0.2.
    """
    return bands_of(words(text))


def bands_of(found: Sequence[str]) -> tuple[int, ...]:
    """The bands of words that were folded already (see `words`)."""
    if len(found) < FEWEST_WORDS:
        return ()
    starts, factors, shifts = _permutations()
    least = (np.multiply.outer(factors, _pair_hashes(found)) + shifts[:, None]).min(axis=1)
    grid = least.astype(np.uint64).reshape(BANDS, ROWS)
    keys = starts
    for row in range(ROWS):
        keys = _mixed(keys ^ (grid[:, row] * _ODD[0]))
    return tuple(keys.view(np.int64).tolist())


def similarity(a: str, b: str) -> float:
    """How much of two texts is the same words in the same order, in [0, 1]: 1 for the same words, unrelated talk
    stays below 0.5. Lines that only changed their place (two speakers listed one after the other) count as the same."""
    one, other = words(a), words(b)
    return similarity_of(one, other, pairs_of(one), pairs_of(other))


def pairs_of(found: Sequence[str]) -> Pairs:
    """The different pairs of words, of folded ones that follow each other: of the first LONGEST."""
    return frozenset(pairwise(found[:LONGEST]))


def similarity_of(a: Sequence[str], b: Sequence[str], one: Pairs, other: Pairs, *, least: float = 0.0) -> float:
    """The same for folded words and their pairs; 0.0 as soon as it cannot reach `least`, which is much faster."""
    from rapidfuzz.distance import Indel

    if not a or not b:
        return float(not a and not b)
    pairs = 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
    if pairs < least / 3:
        return 0.0  # words heard wrongly break two pairs each: what is alike by `least` keeps a third of that in pairs
    return max(
        pairs if pairs >= least else 0.0, Indel.normalized_similarity(a[:LONGEST], b[:LONGEST], score_cutoff=least)
    )


def containment_of(one: Pairs, other: Pairs) -> float:
    """The share of the shorter one's word pairs that stand in the longer one: 1 for a text that was cut or added to."""
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0


def _pair_hashes(found: Sequence[str]) -> NDArray[np.uint32]:
    parts = " ".join(found).encode("utf-8", "surrogatepass").split(b" ")
    numbers = np.fromiter(map(zlib.crc32, parts), np.uint64, len(found))
    mixed = _mixed(numbers)
    return (_mixed(mixed[:-1] * _ODD[0] + mixed[1:]) >> np.uint64(32)).astype(np.uint32)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread every bit over all others (the finaliser of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * _ODD[1]
    values = (values ^ (values >> np.uint64(27))) * _ODD[2]
    return values ^ (values >> np.uint64(31))


@lru_cache(maxsize=1)
def _permutations() -> tuple[NDArray[np.uint64], NDArray[np.uint32], NDArray[np.uint32]]:
    """A start for every band, and a multiplier and a summand for every hash: fixed, because stores keep the keys."""
    counted = np.arange(BANDS + 2 * BANDS * ROWS, dtype=np.uint64) + np.uint64(SEED)
    values = _mixed(counted * _ODD[0])
    rest = (values[BANDS:] >> np.uint64(32)).astype(np.uint32)
    return values[:BANDS], rest[: BANDS * ROWS] | np.uint32(1), rest[BANDS * ROWS :]
