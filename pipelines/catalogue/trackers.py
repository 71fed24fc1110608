"""Trackers: see what one would find before it is saved, save it, keep it up to date, take it away and bring it back."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from insights import examples, trackers
from insights.errors import InsightsError
from insights.trackers import BadTracker, Tracker
from pipelines.catalogue import sketches as filling
from pipelines.catalogue import tracking
from pipelines.catalogue.tracking import Candidate, Judged, Ready
from pipelines.progress import Progress, silent
from pipelines.store import conversations, passages
from pipelines.store import trackers as store
from pipelines.store.counting import COPIES
from pipelines.store.trackers import Counts, Found, Saved

MOST_READ = 1500  # different sentences that the encoder reads for a preview: about two seconds
SHOWN = 12


class UnknownTracker(InsightsError):
    """A tracker that is not there."""

    def __init__(self, tracker_id: object):
        super().__init__(f"There is no tracker {tracker_id}. List them: parley trackers list")


class ChangedMeanwhile(InsightsError):
    """Somebody else saved a version after this one was opened."""

    def __init__(self, name: str):
        super().__init__(f"“{name}” was changed by somebody else meanwhile. Open it anew and make your change there.")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a tracker would find in the history; nothing of it is saved.

    `surest` and `barely` are hits from both ends, `near` what lies just under the line, one an account. `waiting` is
    how many more sentences came near enough to be read when it is saved; the counts are then a least. `advice` says
    what would make the tracker better.
    """

    counts: Counts
    surest: tuple[Found, ...]
    barely: tuple[Found, ...]
    near: tuple[Found, ...]
    sentences: int
    waiting: int
    advice: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A saved tracker with how far it reaches."""

    saved: Saved
    counts: Counts


def preview(db: Database, tracker: Tracker, *, progress: Progress = silent) -> Preview:
    """Look through the whole history for what a tracker means. Raises BadTracker."""
    tracker = trackers.cleaned(tracker)
    trackers.check(tracker, named=False)
    filling.fill(db, progress=progress)
    ready = tracking.learn(db, tracker)
    candidates: list[Candidate] = []
    found: list[Judged] = []
    looked, after = 0, 0
    for stretch in tracking.stretches(db):
        candidates += tracking.near(ready, stretch)
        found += tracking.spoken(db, ready, after=after, until=stretch.last, nearly=True)
        looked, after = looked + len(stretch.utterances), stretch.last
        progress("looking", looked, None)
    candidates.sort(key=lambda c: (-c.above, c.text_hash, c.utterance_id, c.start))
    read = set(list(dict.fromkeys(c.text_hash for c in candidates))[:MOST_READ])
    found += tracking.judged(db, ready, [c for c in candidates if c.text_hash in read], keep=False)
    waiting = len(candidates) - sum(c.text_hash in read for c in candidates)
    return _told(db, ready, found, looked, waiting)


def save(db: Database, tracker: Tracker, *, now: str, actor: str, progress: Progress = silent) -> int:
    """Store a tracker and apply it to the whole history; return its id. Raises BadTracker."""
    tracker, learnt = _learnt(db, tracker, progress)
    with db.atomic():
        _check_name(db, tracker.name)
        tracker_id = store.add(db, tracker, learnt, models=tracking.models(), now=now, actor=actor)
    apply(db, tracker_id, progress=progress)
    return tracker_id


def edit(
    db: Database, tracker_id: int, tracker: Tracker, *, now: str, actor: str, base: int = 0, progress: Progress = silent
) -> Saved:
    """Store a new version and apply it to the whole history; until that is done the last version's hits show.

    `base` is the version that was edited, 0 for whichever there is. Raises UnknownTracker, BadTracker, and
    ChangedMeanwhile when there is a later one. What says the same as before makes no new version.
    """
    if trackers.cleaned(tracker) != get(db, tracker_id).tracker:
        tracker, learnt = _learnt(db, tracker, progress)
        with db.atomic():
            if base and get(db, tracker_id).version != base:
                raise ChangedMeanwhile(tracker.name)
            _check_name(db, tracker.name, but=tracker_id)
            store.change(db, tracker_id, tracker, learnt, models=tracking.models(), now=now, actor=actor)
    apply(db, tracker_id, progress=progress)
    return get(db, tracker_id)


def apply(db: Database, tracker_id: int, *, progress: Progress = silent) -> int:
    """Look at the sentences that a tracker has not seen; return how many. It can be killed and repeated."""
    saved = get(db, tracker_id)
    ready = tracking.again(saved.tracker, store.learnt(db, tracker_id, saved.version))
    seen = 0
    for stretch in tracking.stretches(db, after=saved.reached):
        found = tracking.judged(db, ready, tracking.near(ready, stretch), keep=True)
        found += tracking.spoken(db, ready, after=saved.reached, until=stretch.last)
        rows = tracking.rows(db, tracking.together([one for one in found if one.hit]))
        with db.atomic():
            if not store.advance(db, saved, rows, reached=stretch.last):
                return seen  # edited, or applied by another process, which goes on
        saved, seen = replace(saved, reached=stretch.last), seen + len(stretch.utterances)
        progress("tracking", seen, None)
    if saved.applied != saved.version:
        with db.atomic():
            store.show(db, saved)
    return seen


def keep_up(db: Database, *, now: str, progress: Progress = silent) -> None:
    """What trackers want of each run: all that `apply_all` does where there is one. Where there is none, sentences are
    only cut when somebody tries one, or when the worker has nothing else to do (`pipelines/jobs.py`)."""
    if store.every(db):
        apply_all(db, now=now, progress=progress)
    else:
        filling.forget(db)


def apply_all(db: Database, *, now: str, progress: Progress = silent) -> int:
    """Bring sketches and every tracker up to date; return how many sentences were new to one of them."""
    filling.fill(db, progress=progress)
    filling.tidy(db)
    seen = 0
    for saved in store.every(db):
        if saved.models != tracking.models():
            # Vectors of other models cannot be compared: learn from the same examples again.
            tracker, learnt = _learnt(db, saved.tracker, progress)
            with db.atomic():
                store.change(db, saved.id, tracker, learnt, models=tracking.models(), now=now, actor="parley")
        seen += apply(db, saved.id, progress=progress)
    return seen


def remove(db: Database, tracker_id: int) -> Saved:
    """Take a tracker away; it is kept, and can be brought back."""
    saved = get(db, tracker_id)
    with db.atomic():
        store.set_status(db, tracker_id, "removed")
    return saved


def restore(db: Database, tracker_id: int, *, progress: Progress = silent) -> Saved:
    """Bring a tracker back, and apply it to what came meanwhile. Raises BadTracker when its name is taken by now."""
    saved = get(db, tracker_id)
    with db.atomic():
        _check_name(db, saved.tracker.name, but=tracker_id)
        store.set_status(db, tracker_id, "active")
    filling.fill(db, progress=progress)
    apply(db, tracker_id, progress=progress)
    return get(db, tracker_id)


def get(db: Database, tracker_id: int) -> Saved:
    """A tracker, removed or not. Raises UnknownTracker."""
    saved = store.get(db, tracker_id)
    if saved is None:
        raise UnknownTracker(tracker_id)
    return saved


def back_to(
    db: Database, tracker_id: int, version: int, *, now: str, actor: str, base: int = 0, progress: Progress = silent
) -> Saved:
    """Make an earlier version the newest one again; nothing of the versions between is lost.

    Raises UnknownTracker also for a version that never was, BadTracker when its name is taken by now, ChangedMeanwhile.
    """
    get(db, tracker_id)
    earlier = next((was for number, was, _, _ in store.versions(db, tracker_id) if number == version), None)
    if earlier is None:
        raise UnknownTracker(f"{tracker_id} of version {version}")
    return edit(db, tracker_id, earlier, now=now, actor=actor, base=base, progress=progress)


def every(db: Database, status: str = "active") -> list[Listed]:
    return [Listed(saved, store.counts(db, saved)) for saved in store.every(db, status)]


def _learnt(db: Database, tracker: Tracker, progress: Progress) -> tuple[Tracker, bytes]:
    tracker = trackers.cleaned(tracker)
    trackers.check(tracker)
    filling.fill(db, progress=progress)
    ready = tracking.learn(db, tracker)
    return tracker, examples.to_bytes(ready.learnt) if ready.learnt else b""


def _check_name(db: Database, name: str, *, but: int = 0) -> None:
    if any(saved.tracker.name.casefold() == name.casefold() and saved.id != but for saved in store.every(db)):
        raise BadTracker([f"There is a tracker named “{name}” already. Choose another name, or edit that one."])


def _told(db: Database, ready: Ready, found: Sequence[Judged], looked: int, waiting: int) -> Preview:
    facts = tracking.details(db, {one.utterance_id for one in found})
    templates = passages.known(db)
    counted = [
        one
        for one in found
        if one.utterance_id in facts and facts[one.utterance_id]["standing"] not in COPIES
        and not (one.hit and templates and _dull(db, facts[one.utterance_id], one, templates))
    ]  # fmt: skip
    tracker = ready.tracker
    sided = [_sided(tracker, facts[one.utterance_id], one) for one in counted]
    hits = sorted(
        tracking.together(one for one in sided if one.hit), key=lambda j: (-j.confidence, -j.score, *_place(facts, j))
    )
    near = sorted((one for one in sided if not one.hit), key=lambda j: (-j.score, *_place(facts, j)))
    taken = {(one.utterance_id, one.start) for one in hits}
    near = [one for one in near if (one.utterance_id, one.start) not in taken]
    half = hits[: max(SHOWN, len(hits) // 2)]
    surest = _one_an_account(facts, half)
    shown = {(one.utterance_id, one.start) for one in half}
    barely = _one_an_account(facts, [h for h in reversed(hits) if (h.utterance_id, h.start) not in shown])
    counts = _counts(facts, hits)
    advice = tuple(_advice(ready, counts, waiting))
    return Preview(counts, surest, barely, _one_an_account(facts, near), looked, waiting, advice)


def _sided(tracker: Tracker, fact: dict, one: Judged) -> Judged:
    """A hit of the other side is a near miss."""
    if not one.hit or trackers.fits_side(tracker, fact["role"], fact["voice"]):
        return one
    said = {"seller": "said by the seller", "buyer": "said by the buyer"}.get(fact["role"], "the side is unknown")
    return replace(one, hit=False, why=f"{one.why}, but {'a note' if fact['voice'] == 'reported' else said}")


def _dull(db: Database, fact: dict, one: Judged, templates: frozenset[str]) -> bool:
    names = conversations.own_names(db, fact["conversation_id"])
    return tracking.passage_at(fact["utterance"], one.start, one.end, names) in templates


def _place(facts: dict[str, dict], one: Judged) -> tuple:
    return facts[one.utterance_id]["account"], one.utterance_id, one.start


def _one_an_account(facts: dict[str, dict], found: Sequence[Judged]) -> tuple[Found, ...]:
    """The first of each account, and of each wording."""
    shown: list[Found] = []
    accounts: set[str] = set()
    words: set[str] = set()
    for one in found:
        fact = facts[one.utterance_id]
        account, text = fact["account"] or fact["conversation_id"], fact["utterance"][one.start : one.end]
        if account in accounts or text.casefold() in words:
            continue
        accounts.add(account)
        words.add(text.casefold())
        rest = {k: v for k, v in fact.items() if k not in ("utterance", "language", "standing", "counted_as")}
        shown.append(Found(start=one.start, end=one.end, text=text, confidence=one.confidence, why=one.why, **rest))
        if len(shown) == SHOWN:
            break
    return tuple(shown)


def _counts(facts: dict[str, dict], hits: Sequence[Judged]) -> Counts:
    here = [facts[one.utterance_id] for one in hits]
    by_month = {(fact["day"][:7], fact["counted_as"]) for fact in here if fact["day"]}
    months = Counter(month for month, _ in by_month)
    noted = sum(fact["voice"] == "reported" for fact in here)
    own = sum(fact["role"] == "buyer" and fact["voice"] != "reported" for fact in here)
    return Counts(
        len(hits), own, noted, len({fact["counted_as"] for fact in here}),
        len({fact["account"] for fact in here} - {""}),
        max((fact["day"] for fact in here), default=""), tuple(sorted(months.items())),
    )  # fmt: skip


def _advice(ready: Ready, counts: Counts, waiting: int) -> Iterator[str]:
    tracker = ready.tracker
    if ready.learnt is not None:
        lonely = [n + 1 for n in examples.apart(ready.learnt.examples)]
        if lonely and len(lonely) * 2 > len(tracker.examples):
            yield "Most examples have little in common with one another. A tracker is one thing that people say: make several."
        elif lonely:
            listed = ", ".join(map(str, lonely))
            yield f"Little in common with the others: example {listed}. Leave it out, or track it by itself."
    if waiting:
        yield (
            f"{waiting:,} more sentences come near enough to be read when it is saved: the numbers here are a least. "
            "If the hits are good, that is fine; if not, choose closer examples or “strict”."
        )
    if not counts.hits:
        yield "Nothing in the history says this. " + (
            "Look at the near misses, count those that are meant, or choose “loose”."
            if tracker.examples
            else "Try fewer words, another word for it, or example sentences, which find what is said otherwise."
        )
