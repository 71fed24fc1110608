"""How good a quote is to quote: whose words, whether they are a sentence in full, whether they are read at a glance.

What one would get wrong: a quote that begins in the middle of a sentence may be surely found and still be no good to quote.
"""

import re
from typing import Any

import numpy as np

from insights.typical import READABLE

NEAR = 3  # characters beside a quote that tell whether it begins and ends a sentence
SCALE = 10_000  # of the confidence, the least of what counts
_BEGUN = re.compile(r"(?:^|[.!?…\n][\"'”’)\]]*)\s*[\"'“‘(\[-]*\s*$")
_ENDED = re.compile(r"[.!?…][\"'”’)\]]*\s*$")
_ENDS = re.compile(r"\s*(?:$|[.!?…\n]|[\"'”’)\]]+(?:[.!?…]|\s*$))")


def is_sentence(text: str, before: str, after: str) -> bool:
    """Whether a quote begins and ends as a sentence does, told from it and the NEAR characters on either side of it ("" at
    the beginning and the end of what was said)."""
    said = text.strip()
    first = next((sign for sign in said if sign.isalnum()), "")
    if not first or first.islower() or not _BEGUN.search(before):
        return False
    return bool(_ENDED.search(said) or _ENDS.match(after))


def worth(*, own: Any, whole: Any, words: Any, confidence: Any) -> Any:
    """A whole number, or an array of them, the larger the better: the buyer's own words come before a report or our own, a
    whole sentence before a piece of one, 4 to 30 words before fewer or more, then how surely it was found (in [0, 1])."""
    readable = (words >= READABLE[0]) & (words <= READABLE[1])
    rank = np.asarray(own) * 4 + np.asarray(whole & readable) * 2 + np.asarray(readable)
    return rank.astype(np.int64) * (SCALE + 1) + np.rint(np.asarray(confidence) * SCALE).astype(np.int64)
