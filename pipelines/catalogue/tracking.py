"""Look for what a tracker means: rough vectors choose what the encoder reads, phrases are matched in the words.

A preview reads the nearest sentences only, a saved tracker all that come near enough; both judge a sentence alike.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlite_utils import Database

from insights import embedding, examples, phrases, sketch, trackers
from insights.examples import Learnt, Verdict
from insights.once import boilerplate
from insights.phrases import Phrase
from insights.records import text_hash
from insights.trackers import Tracker
from pipelines.catalogue import sketches as filling
from pipelines.chunks import chunks
from pipelines.running import accelerator
from pipelines.store import conversations, sketches
from pipelines.store import trackers as store
from pipelines.store.sketches import Stretch
from pipelines.store.trackers import Row

SENTENCES_AT_ONCE = 20_000
UTTERANCES_AT_ONCE = 5_000
MINED = ("", "en")  # languages that the encoder reads: English, and what is too short to tell
ALIKE = 0.92  # cosine of sketches from which on a phrase's hit is the same as a counter-example
NEAR = 0.0  # a phrase's near miss has no score


@dataclass(frozen=True, slots=True)
class Ready:
    """A tracker with what was learnt from its examples (None without), its phrases, and its counter-examples'
    sketches."""

    tracker: Tracker
    phrases: tuple[Phrase, ...]
    learnt: Learnt | None
    against: np.ndarray


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be meant; `above` says how far its sketch is over the rough line."""

    utterance_id: str
    start: int
    end: int
    text_hash: str
    above: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence that was looked at closely. `why` says what it is like, or what speaks against it."""

    utterance_id: str
    start: int
    end: int
    hit: bool
    score: float
    confidence: float
    why: str


def learn(db: Database, tracker: Tracker) -> Ready:
    """Learn from the examples against the history's own sentences; a tracker of phrases needs none."""
    against = sketch.sketch(filling.sketcher(), tracker.counter_examples)
    if not tracker.examples:
        return Ready(tracker, phrases.compile(tracker.phrases), None, against)
    told = [*tracker.examples, *tracker.counter_examples]
    exact, rough, many = (
        embedding.embed(accelerator.encoder(), told),
        sketch.sketch(filling.sketcher(), told),
        filling.background(db),
    )
    border = len(tracker.examples)
    learnt = examples.learn(
        exact[:border], exact[border:], many.vectors, (rough[:border], rough[border:], many.sketches),
        tracker.strictness
    )  # fmt: skip
    return Ready(tracker, phrases.compile(tracker.phrases), learnt, against)


def again(tracker: Tracker, learnt: bytes) -> Ready:
    """A saved tracker with what it learnt when it was saved."""
    against = sketch.sketch(filling.sketcher(), tracker.counter_examples)
    return Ready(tracker, phrases.compile(tracker.phrases), examples.from_bytes(learnt) if learnt else None, against)


def models() -> str:
    """The names of the encoder and the sketcher that a tracker is learnt with."""
    return f"{accelerator.encoder().name} {filling.sketcher().name}"


def stretches(db: Database, *, after: int = 0) -> Iterator[Stretch]:
    while found := sketches.stretch(db, after=after, limit=SENTENCES_AT_ONCE):
        yield found
        after = found.last


def near(ready: Ready, stretch: Stretch) -> list[Candidate]:
    """The sentences of a stretch that come near enough to the examples for the encoder to look at."""
    if ready.learnt is None:
        return []
    above = examples.passes(ready.learnt, sketches.unpacked(stretch.vectors))
    return [
        Candidate(stretch.utterances[n], *stretch.places[n], stretch.hashes[n], float(above[n]))
        for n in np.flatnonzero(above >= 0)
    ]


def judged(db: Database, ready: Ready, found: Sequence[Candidate], *, keep: bool) -> list[Judged]:
    """Judge candidates by the encoder; `keep` stores the vectors that had to be made."""
    if not found or ready.learnt is None:
        return []
    facts = details(db, {one.utterance_id for one in found})
    here = [one for one in found if one.utterance_id in facts and facts[one.utterance_id]["language"] in MINED]
    texts = {one.text_hash: facts[one.utterance_id]["utterance"][one.start : one.end] for one in here}
    parts = {h: trackers.read_part(text, 0, len(text)) for h, text in texts.items()}
    vectors = filling.encoded(db, parts, keep=keep)
    order = sorted(vectors)
    verdicts = dict(zip(order, examples.judge(ready.learnt, np.array([vectors[h] for h in order])), strict=True))
    result = []
    for one in here:
        verdict = verdicts[one.text_hash]
        fits = trackers.fits_form(ready.tracker, texts[one.text_hash])
        why = _why(verdict) if fits else _other_form(ready.tracker)
        result.append(
            Judged(one.utterance_id, one.start, one.end, verdict.hit and fits, verdict.score, verdict.confidence, why)
        )
    return result


def spoken(db: Database, ready: Ready, *, after: int, until: int, nearly: bool = False) -> list[Judged]:
    """Where phrases stand in utterances with sentences after one id and up to another; `nearly` adds near misses: other
    form, or the words in another order."""
    if not ready.phrases:
        return []
    keys = [phrase.key for phrase in ready.phrases]
    found: list[Judged] = []
    for utterance, text in store.holding(db, [] if "" in keys else sorted(set(keys)), after=after, until=until):
        hits = trackers.phrase_pieces(ready.phrases, text)
        for start, end, phrase in hits:
            fits = trackers.fits_form(ready.tracker, text[start:end])
            why = f"“{phrase}”" if fits else _other_form(ready.tracker)
            found.append(Judged(utterance, start, end, fits, 1.0, 1.0 if fits else 0.0, why))
        if nearly and not hits:
            found += _reordered(ready, utterance, text)
    return _without(ready, db, found)


def together(found: Iterable[Judged]) -> list[Judged]:
    """Hits of which none overlaps a better one of its utterance, in the order of utterances and places."""
    grouped: dict[str, list[Judged]] = {}
    for one in sorted(found, key=lambda j: (-j.confidence, j.start, j.end)):
        grouped.setdefault(one.utterance_id, []).append(one)
    kept: list[Judged] = []
    for utterance in sorted(grouped):
        places = [(one.start, one.end, n) for n, one in enumerate(grouped[utterance])]
        kept += [grouped[utterance][n] for _, _, n in trackers.apart_from_each_other(places)]
    return kept


def rows(db: Database, found: Sequence[Judged]) -> list[Row]:
    """Hits as they are stored."""
    facts = details(db, {one.utterance_id for one in found})
    names: dict[str, list[str]] = {}
    result = []
    for one in found:
        if one.utterance_id not in facts:
            continue
        fact = facts[one.utterance_id]
        text, conversation = fact["utterance"], fact["conversation_id"]
        if conversation not in names:
            names[conversation] = conversations.own_names(db, conversation)
        passage = passage_at(text, one.start, one.end, names[conversation])
        result.append(
            Row(one.utterance_id, one.start, one.end, text_hash(text[one.start : one.end]), one.confidence, one.why, passage)
        )  # fmt: skip
    return result


def passage_at(text: str, start: int, end: int, names: Sequence[str]) -> str:
    """The key of the passage that a sentence stands in, as boilerplate is counted; "" where it is none."""
    return next((p.hash for p in boilerplate.passages(text, names=names) if p.start <= start and end <= p.end), "")


def details(db: Database, utterance_ids: Collection[str]) -> dict[str, dict]:
    """The facts of utterances, however many."""
    found: dict[str, dict] = {}
    for some in chunks(sorted(utterance_ids), UTTERANCES_AT_ONCE):
        found |= store.facts(db, some)
    return found


def _without(ready: Ready, db: Database, found: list[Judged]) -> list[Judged]:
    """Take hits back that are the same as a counter-example."""
    if not len(ready.against) or not found:
        return found
    said = {i: fact["utterance"] for i, fact in details(db, {one.utterance_id for one in found}).items()}
    texts = [trackers.read_part(said.get(one.utterance_id, ""), one.start, one.end) for one in found]
    likeness = sketch.sketch(filling.sketcher(), texts) @ ready.against.T
    return [
        replace(one, hit=False, confidence=0.0, why=f"like counter-example {int(like.argmax()) + 1}")
        if like.max() >= ALIKE
        else one
        for one, like in zip(found, likeness, strict=True)
    ]


def _reordered(ready: Ready, utterance: str, text: str) -> Iterator[Judged]:
    for phrase in ready.phrases:
        if len(phrase.words) < 2 or not phrases.holds_words(phrase, text):
            continue
        for start, end in trackers.pieces(text):
            if phrases.holds_words(phrase, text[start:end]):
                why = f"the words of “{phrase.text}”, not in this order"
                yield Judged(utterance, start, end, False, NEAR, 0.0, why)
                return


def _why(verdict: Verdict) -> str:
    if verdict.counter is not None:
        return f"like counter-example {verdict.counter + 1}"
    return f"like example {verdict.example + 1}"


def _other_form(tracker: Tracker) -> str:
    return "not a question" if tracker.asked == "question" else "a question"
