"""How like a quote is to what somebody looks for: the encoder's vectors of all quotes in memory, and one product a
question.

What one would get wrong: a vector belongs to a text's hash for good, so what is kept is never stale, whatever is
written; only what is new has to be read. Above MOST_KEPT different texts the rest is read anew at every question.
"""

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np
from sqlite_utils import Database

from insights import embedding
from pipelines.quotes.shelf import Shelf
from pipelines.running.accelerator import encoder
from pipelines.store import shelf as rows
from pipelines.store.words import number

MOST_KEPT = 200_000  # texts: 307 MB
MOST_READ = 2_000  # characters of a question that the encoder can see at all
_reading = Lock()


@dataclass(slots=True)
class _Kept:
    """Vectors (capacity, 384), and the texts' hashes, ascending, with the row of each; `placed` are the rows of the
    `hashes` that were asked for last, one past the end where there is none."""

    vectors: np.ndarray
    known: np.ndarray
    rows: np.ndarray
    hashes: np.ndarray
    placed: np.ndarray


def _nothing() -> "_Kept":
    none, hashes = np.zeros(0, np.int64), np.zeros(0, np.uint64)
    return _Kept(np.empty((0, embedding.DIMENSIONS), np.float32), hashes, none, hashes, none)


_kept: OrderedDict[str, _Kept] = OrderedDict()  # the encoder's name: one for all databases


@lru_cache(maxsize=1024)
def asked(question: str) -> np.ndarray:
    """The unit vector (384,) of what somebody looks for."""
    return embedding.embed(encoder(), [question[:MOST_READ]])[0]


def likeness(db: Database, shelf: Shelf, question: str) -> np.ndarray:
    """Cosine of the question and every quote on the shelf, float32 (n,); nan where a quote has no vector yet."""
    vector, name = asked(question), encoder().name
    with _reading:
        kept = _kept.get(name) or _kept.setdefault(name, _nothing())
        if kept.hashes is not shelf.hashes:
            _read(db, name, kept, shelf)
        filled = len(kept.known)
        products = np.append(kept.vectors[:filled] @ vector, np.float32(np.nan))
        by_text = products[kept.placed]
        places = kept.placed
    if filled >= MOST_KEPT:
        _add_unkept(db, name, shelf, vector, places, by_text)
    return by_text[shelf.texts] if len(shelf) else np.zeros(0, np.float32)


def _read(db: Database, name: str, kept: _Kept, shelf: Shelf) -> None:
    """Take in vectors of texts that were not there before, as many as are kept, and note where each text's is."""
    new = np.setdiff1d(shelf.hashes, kept.known, assume_unique=True)
    if len(new) and len(kept.known) + len(new) > MOST_KEPT:
        # Another database, or much that is gone by now: begin with what is asked for.
        kept.vectors, kept.known, kept.rows = _nothing().vectors, _nothing().known, _nothing().rows
        new = shelf.hashes[:MOST_KEPT]
    if len(new):
        filled = len(kept.known)
        space = np.empty((filled + len(new), embedding.DIMENSIONS), np.float32)
        space[:filled] = kept.vectors[:filled]
        kept.vectors, found = space, [kept.known]
        wanted = [f"{one:016x}" for one in new.tolist()] if len(new) < len(shelf.hashes) else None
        for texts, vectors in rows.vectors(db, name, wanted):
            numbers = np.array([number(text) for text in texts], np.uint64)
            chosen = np.isin(numbers, new)
            at = sum(map(len, found))
            kept.vectors[at : at + int(chosen.sum())] = vectors[chosen]
            found.append(numbers[chosen])
        every = np.concatenate(found)
        places = np.concatenate([kept.rows, np.arange(filled, len(every))])
        hashes = np.concatenate([kept.known, *found[1:]])
        order = np.argsort(hashes)
        kept.known, kept.rows = hashes[order], places[order]
    kept.placed = np.full(len(shelf.hashes), len(kept.known), np.int64)
    if len(kept.known):
        near = np.minimum(np.searchsorted(kept.known, shelf.hashes), len(kept.known) - 1)
        same = kept.known[near] == shelf.hashes
        kept.placed[same] = kept.rows[near[same]]
    kept.hashes = shelf.hashes


def _add_unkept(
    db: Database, name: str, shelf: Shelf, vector: np.ndarray, places: np.ndarray, by_text: np.ndarray
) -> None:  # fmt: skip
    missing = {f"{shelf.hashes[at]:016x}": at for at in np.flatnonzero(np.isnan(by_text))}
    for hashes, vectors in rows.vectors(db, name, missing):
        for text, product in zip(hashes, vectors @ vector, strict=True):
            by_text[missing[text]] = product
