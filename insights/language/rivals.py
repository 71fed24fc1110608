"""Judge names by their company: is this capitalised (or unusual) word a rival here, and in which relation to the buyer?

A linear head over the words around a name, the rules' cues and the turn before; trained by corpus/train_heads.py.
"""

import math
import zlib
from collections.abc import Iterator

import numpy as np
from spacy.tokens import Doc

from insights.records import RELATIONS

WIDTH = 1 << 12  # hashed features
AROUND = 4  # words on either side whose place counts
COPIES = 4  # buckets per fact: a fact is worth more than one word of many
WINDOW = 8  # words on either side that count wherever they stand


def features(
    doc: Doc, start: int, end: int, *, source: str, told: list[str], asked: str, earlier: bool, cased: bool
) -> np.ndarray:
    """Hashed buckets of a name's surroundings; `told` are the cues around it, `asked` what the seller asked before."""
    seen = {zlib.crc32(text.encode("utf-8", "replace")) % WIDTH for text in described(doc, start, end)}
    turn = doc.user_data.get("turn")
    facts = [f"source {source}", f"asked {asked}", f"earlier {earlier}", f"cased {cased}", "always"]
    facts += [f"cue {cue}" for cue in told]
    if turn is not None:
        facts += [f"role {turn.role} {turn.voice}", f"role {turn.role} asked {asked}"]
    seen.update(zlib.crc32(f"{copy} {fact}".encode()) % WIDTH for fact in facts for copy in range(COPIES))
    return np.array(sorted(seen), dtype=np.int64)


def described(doc: Doc, start: int, end: int) -> Iterator[str]:
    """The words around a name, near ones with their place."""
    words = [token.norm_ for token in doc]
    left = [word for word in words[max(0, start - WINDOW) : start] if word.strip()]
    right = [word for word in words[end : end + WINDOW] if word.strip()]
    for place in range(AROUND):
        yield f"left {place} {left[-1 - place] if place < len(left) else '<'}"
        yield f"right {place} {right[place] if place < len(right) else '>'}"
    yield f"left pair {' '.join(left[-2:])}"
    yield f"right pair {' '.join(right[:2])}"
    yield f"between {left[-1] if left else '<'} {right[0] if right else '>'}"
    yield from (f"near {word}" for word in {*left, *right})
    yield f"words {end - start}"
    yield f"opens {doc[start].is_sent_start or start == 0}"
    yield f"alone {len(doc) - (end - start) <= 2}"
    yield f"short {len(doc) <= 8}"


def judged(weights: np.ndarray, found: np.ndarray) -> tuple[float, str]:
    """How likely a name is a rival, and the likeliest relation; weights are (WIDTH, 1 + relations)."""
    scores = weights[found].sum(axis=0) / math.sqrt(len(found))
    likely = 1 / (1 + math.exp(-float(np.clip(scores[0], -30, 30))))
    return likely, RELATIONS[int(np.argmax(scores[1:]))]
