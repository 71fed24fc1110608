"""Sketch every sentence that is stored, so that a tracker can look at the whole history in a second.

The work list is a query, as everywhere: the stage can be stopped, killed and repeated.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from sqlite_utils import Database

from insights import embedding, examples, sketch, trackers
from insights.records import text_hash
from pipelines.chunks import chunks
from pipelines.progress import Progress, silent
from pipelines.running.accelerator import encoder
from pipelines.store import changes, sketches
from pipelines.store.changes import Look
from pipelines.store.covered import bare

if TYPE_CHECKING:
    from insights.sketch import Sketcher

UTTERANCES_PER_TRANSACTION = 2000
CUT = "seen utterances"
BACKGROUND = 1000  # sentences that stand for what is said otherwise


@dataclass(frozen=True, slots=True)
class Background:
    """Ordinary sentences: the encoder's vectors (n, 384) and the sketches (n, 256) of the same."""

    vectors: np.ndarray
    sketches: np.ndarray


@cache
def sketcher() -> "Sketcher":
    """The shipped sketcher, loaded once a process."""
    return sketch.load()


def fill(db: Database, *, progress: Progress = silent) -> int:
    """Cut and sketch what is not yet; return how many utterances that were. Always of the words themselves: what one
    person sees covered is sketched for everybody."""
    db = bare(db)
    model = sketcher()
    sketches.renew(db, model.name)
    look = changes.since(db, CUT, "conversations", model.name, sketches.gone(db))
    done, total, waiting = 0, *_waiting(db, look)
    for work in waiting:
        places = [
            (utterance, start, end, text_hash(text[start:end]))
            for utterance, text in work
            for start, end in trackers.pieces(text)
        ]
        said = dict(work)
        wanted = {h: trackers.read_part(said[utterance], start, end) for utterance, start, end, h in places}
        new = sorted(wanted.keys() - sketches.known(db, wanted))
        vectors = sketch.sketch(model, [wanted[h] for h in new])
        with db.atomic():
            sketches.save(db, new, vectors, places)
        done += len(work)
        progress("sketching", min(done, total), total)
    with db.atomic():
        changes.seen(db, look, model.name, sketches.gone(db))
    return done


def _waiting(db: Database, look: Look) -> tuple[int, Iterator[list[tuple[str, str]]]]:
    """How many utterances are not cut yet, and these as (id, text), some at a time."""
    if look.parts is not None:
        ids = sketches.missing_in(db, look.parts)
        some = chunks(ids, UTTERANCES_PER_TRANSACTION)
        return len(ids), (sorted(sketches.texts(db, part).items()) for part in some)
    return sketches.count_missing(db), _by_id(db)


def _by_id(db: Database) -> Iterator[list[tuple[str, str]]]:
    last = ""
    while work := sketches.missing(db, after=last, limit=UTTERANCES_PER_TRANSACTION):
        yield work
        last = work[-1][0]


def behind(db: Database) -> bool:
    """Whether sentences wait to be sketched."""
    db = bare(db)
    return _waiting(db, changes.since(db, CUT, "conversations", sketcher().name, sketches.gone(db)))[0] > 0


def forget(db: Database) -> None:
    """Forget what nothing is made of any more."""
    with db.atomic():
        sketches.prune(db, encoder().name)


def tidy(db: Database) -> None:
    """Forget what nothing is made of any more, and keep the vectors of the history's background at hand."""
    forget(db)
    _own(db, keep=True)


def background(db: Database) -> Background:
    """Ordinary sentences of the history, or, where it is short, of sales conversations in general as well."""
    exact, rough = _own(db, keep=False)
    if len(exact) >= BACKGROUND // 2:
        return Background(exact, rough)
    general, general_rough = _general()
    return Background(np.vstack([exact, general]), np.vstack([rough, general_rough]))


def _own(db: Database, *, keep: bool) -> tuple[np.ndarray, np.ndarray]:
    """The history's sentences as a background has them; `keep` stores the encoder's vectors that had to be made."""
    hashes, texts, rough = sketches.sample(db, BACKGROUND)
    vectors = encoded(db, dict(zip(hashes, texts, strict=True)), keep=keep)
    exact = np.array([vectors[h] for h in hashes], np.float32).reshape(len(hashes), embedding.DIMENSIONS)
    return exact, rough.reshape(len(hashes), sketch.DIMENSIONS)


def encoded(db: Database, texts: dict[str, str], *, keep: bool) -> dict[str, np.ndarray]:
    """The encoder's vectors of texts by their hashes, from what is kept where it is."""
    model = encoder()
    found = sketches.encoded(db, model.name, texts)
    new = sorted(texts.keys() - found.keys())
    if new:
        # Half precision from the first, so that a sentence is judged alike whether it was kept or not.
        made = embedding.embed(model, [texts[h] for h in new]).astype(np.float16).astype(np.float32)
        found |= dict(zip(new, made, strict=True))
        if keep:
            with db.atomic():
                sketches.save_encoded(db, model.name, new, made)
    return found


@cache
def _general() -> tuple[np.ndarray, np.ndarray]:
    texts = examples.background()
    return embedding.embed(encoder(), texts), sketch.sketch(sketcher(), texts)
