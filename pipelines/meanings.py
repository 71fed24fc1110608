"""How like a quote is to what somebody looks for: the encoder's vectors of all quotes in memory, and one product a question.

What one would get wrong: a vector belongs to a text's hash for good, so what is kept is never stale, whatever is written;
only what is new has to be read. Above MOST_KEPT different texts the rest is read anew at every question.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from sqlite_utils import Database

from insights import embedding
from pipelines.shelf import Shelf
from pipelines.sketches import encoder as shared_encoder
from pipelines.store import shelf as rows

if TYPE_CHECKING:
    from insights.embedding import Encoder

MOST_KEPT = 200_000  # texts: 307 MB
MOST_READ = 2_000  # characters of a question that the encoder can see at all
_loading, _reading = Lock(), Lock()


@dataclass(slots=True)
class _Kept:
    """Vectors (capacity, 384) and the row of each text's hash; `placed` are the rows of the shelf that was asked last."""

    vectors: np.ndarray
    rows: dict[str, int] = field(default_factory=dict)
    hashes: tuple[str, ...] = ()
    placed: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))


_kept: OrderedDict[str, _Kept] = OrderedDict()  # the encoder's name: one for all databases


def encoder() -> "Encoder":
    """The shipped encoder, loaded once a process whoever asks first; raises DamagedModel."""
    with _loading:
        return shared_encoder()


@lru_cache(maxsize=256)
def asked(question: str) -> np.ndarray:
    """The unit vector (384,) of what somebody looks for."""
    return embedding.embed(encoder(), [question[:MOST_READ]])[0]


def likeness(db: Database, shelf: Shelf, question: str) -> np.ndarray:
    """Cosine of the question and every quote on the shelf, float32 (n,); nan where a quote has no vector yet."""
    vector, name = asked(question), encoder().name
    with _reading:
        kept = _kept.get(name) or _kept.setdefault(name, _Kept(np.empty((0, embedding.DIMENSIONS), np.float32)))
        if kept.hashes is not shelf.hashes:
            _read(db, name, kept, shelf)
        filled = len(kept.rows)
        products = np.append(kept.vectors[:filled] @ vector, np.float32(np.nan))
        by_text = products[kept.placed]
        places = kept.placed
    if len(kept.rows) >= MOST_KEPT:
        _add_unkept(db, name, shelf, vector, places, by_text)
    return by_text[shelf.texts] if len(shelf) else np.zeros(0, np.float32)


def _read(db: Database, name: str, kept: _Kept, shelf: Shelf) -> None:
    """Take in vectors of texts that were not there before, as many as are kept, and note where each text's is."""
    new = [text for text in shelf.hashes if text not in kept.rows]
    if new and len(kept.rows) + len(new) > MOST_KEPT:
        # Another database, or much that is gone by now: begin with what is asked for.
        kept.vectors, kept.rows = np.empty((0, embedding.DIMENSIONS), np.float32), {}
        new = list(shelf.hashes)[:MOST_KEPT]
    if new:
        space = np.empty((len(kept.rows) + len(new), embedding.DIMENSIONS), np.float32)
        space[: len(kept.rows)] = kept.vectors[: len(kept.rows)]
        kept.vectors, wanted = space, set(new)
        for hashes, vectors in rows.vectors(db, name, wanted if len(wanted) < len(shelf.hashes) else None):
            chosen = [place for place, text in enumerate(hashes) if text in wanted]
            at = len(kept.rows)
            kept.vectors[at : at + len(chosen)] = vectors[chosen]
            kept.rows.update((hashes[place], at + n) for n, place in enumerate(chosen))
    last = len(kept.rows)
    kept.placed = np.array([kept.rows.get(text, last) for text in shelf.hashes], np.int64)
    kept.hashes = shelf.hashes


def _add_unkept(
    db: Database, name: str, shelf: Shelf, vector: np.ndarray, places: np.ndarray, by_text: np.ndarray
) -> None:  # fmt: skip
    missing = {shelf.hashes[at]: at for at in np.flatnonzero(np.isnan(by_text))}
    for hashes, vectors in rows.vectors(db, name, missing):
        for text, product in zip(hashes, vectors @ vector, strict=True):
            by_text[missing[text]] = product
