"""Review: draw a round of items worth a person's time, take the answers, and say how good the finder is.

Precision and recall only ever come from items in their random order (`store.review_items`), whoever asked about them
and why; the part of a round that is picked for learning tells nothing about how often the finder is right.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from sqlite_utils import Database

from insights import learning
from insights.errors import InsightsError
from insights.records import KINDS, LABELS, Insight, Kind
from insights.review import Candidate, allocate, instructive, said_key, score_band, sizes
from pipelines.reviews import rulings
from pipelines.store import insights, review_items, reviews, vectors
from pipelines.store.conversations import StoredUtterance
from pipelines.store.review_items import Item
from pipelines.store.reviews import Review, Verdict

HELD = timedelta(minutes=10)  # how long an item is kept for the person who looks at it
PICKED_FROM = 400  # candidates of each kind that the instructive part is picked from

REPEATED = 5  # insights looked at for one that says something new
BEFORE, AFTER = 2, 1  # utterances of context


class NothingToReview(InsightsError):
    """There is nothing, or nothing more, to ask about."""

    def __init__(self) -> None:
        super().__init__("There is nothing to review yet. Upload conversations, let them be mined, and come back.")


class UnknownLabel(InsightsError):
    """A label that the kind does not have."""

    def __init__(self, kind: str, label: str):
        super().__init__(f"'{label}' is no label of a {kind}. Known: {', '.join(LABELS.get(kind, ()))}.")


class AnsweredAlready(InsightsError):
    """Two people were given one item; the first answer stands."""

    def __init__(self) -> None:
        super().__init__("Somebody answered this one a moment ago, and that answer stands.")


class NoSuchPlace(InsightsError):
    """A span that the utterance does not have."""

    def __init__(self) -> None:
        super().__init__("The words that were marked are not in this utterance. Mark them again.")


class FoundAlready(InsightsError):
    """Words that are a quote of that kind already, or part of one: its id, and its label."""

    def __init__(self, quote_id: str, kind: str, label: str) -> None:
        self.quote_id, self.kind, self.label = quote_id, kind, label
        what = {"objection": "An objection", "question": "A question"}.get(kind, "A competitor’s name")
        super().__init__(f"{what} is marked in these words already. Open it to correct its label, or mark other words.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says: `label` for "label" and "missed", `kind`, `start` and `end` for "missed" (0, 0: all of
    it)."""

    verdict: Verdict
    label: str = ""
    kind: str = ""
    start: int = 0
    end: int = 0
    alike: bool = True


@dataclass(frozen=True, slots=True)
class Shown:
    """An item with what a person needs to judge it.

    `insight` is the place of the insight in question (None for an unmarked utterance), `said` the utterances around it,
    `at` the position of its own. `also` are the ids of insights that a "no" or a "label" reaches too.
    """

    item: Item | None
    utterance: dict
    insight: dict | None
    said: tuple[dict, ...]
    also: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Round:
    """How far a round is."""

    id: int
    done: int
    total: int


def draw(db: Database, *, now: str, actor: str) -> int:
    """Start a new round; return its id. Raises NothingToReview when there is nothing to ask about."""
    parts = sizes()
    sampled, seen = _sampled(db, parts["estimate"])
    silent = _unmarked(db, parts["recall"])
    # What one part cannot fill, the next one may.
    picked = _instructive(db, sum(parts.values()) - len(sampled) - len(silent), {*sampled, *seen})
    items = _mixed(
        [("estimate", "insight", i) for i in sampled], [("learn", "insight", i) for i in picked],
        [("recall", "utterance", i) for i in silent],
    )  # fmt: skip
    if not items:
        raise NothingToReview
    with db.atomic():
        return review_items.start(db, items, now=now, actor=actor)


def _sampled(db: Database, count: int) -> tuple[list[str], set[str]]:
    """The next insights of every stratum in its random order, and those that were looked at already."""
    seen: dict[tuple[str, int], set[str]] = {}
    for row in review_items.reviewed(db):
        seen.setdefault((row["kind"], row["band"]), set()).add(row["id"])
    strata = {key: (size, sure, size - len(seen.get(key, ()))) for key, (size, sure) in review_items.strata(db).items()}
    # Each kind is a figure of its own: as many for the rare as for the frequent.
    kinds = [kind for kind in KINDS if any(key[0] == kind and left for key, (_, _, left) in strata.items())]
    given: dict[object, int] = {}
    for n, kind in enumerate(kinds):
        mine = {key: value for key, value in strata.items() if key[0] == kind}
        given |= allocate(mine, count // len(kinds) + (n < count % len(kinds)))  # type: ignore[arg-type]
    found: list[str] = []
    for key in sorted(strata):
        without = seen.get(key, set())
        some = review_items.next_in(db, *key, without=without, limit=REPEATED * given.get(key, 0))
        found += [row["id"] for row in once(some)[: given.get(key, 0)]]
    return sorted(found), set().union(*seen.values()) if seen else set()


def once(rows: Sequence[dict]) -> list[dict]:
    """Rows of {"id", "words"} without those in the words of an earlier one: one answer is theirs too."""
    seen: set[str] = set()
    return [row for row in rows if not row["words"] or not (row["words"] in seen or seen.add(row["words"]))]  # type: ignore[func-returns-value]


def _instructive(db: Database, count: int, without: Collection[str]) -> list[str]:
    encoder, limits = vectors.encoder(db), learning.thresholds()
    rows: dict[str, dict] = {}
    for kind in KINDS:
        near = review_items.unsure(
            db, encoder, kind=kind, threshold=limits[kind], without=without, limit=PICKED_FROM // 2
        )
        some = review_items.random_some(db, encoder, kind=kind, without=without, limit=PICKED_FROM // 2)
        rows |= {row["id"]: row for row in (*near, *some)}
    blobs = [row.pop("vector") for row in rows.values()]
    found = np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), -1) if blobs else np.zeros((0, 0))
    candidates = [Candidate(**row, threshold=limits[row["kind"]]) for row in rows.values()]
    return instructive(candidates, found, count)


def _unmarked(db: Database, count: int) -> list[str]:
    """The next unmarked utterances of every stratum of the first sample, in its random order."""
    known, done = review_items.scored(db), set(heard(db))
    strata: dict[object, list[str]] = {}
    for utterance_id, score in sorted(known.items()):
        strata.setdefault(score_band(score), []).append(utterance_id)
    given = allocate(
        {
            key: (len(ids), sum(known[i] for i in ids) / len(ids), sum(i not in done for i in ids))
            for key, ids in strata.items()
        },
        count,
    )
    return [i for key, number in given.items() for i in [i for i in strata[key] if i not in done][:number]]


def heard(db: Database) -> dict[str, Review]:
    """The first sample's unmarked utterances that were reviewed, id -> review."""
    asked = review_items.answered(db)  # what somebody marked unasked was not drawn at random
    by_said = {r.said: r for r in reviews.active(db) if r.subject == "utterance" and r.id in asked}
    found = {}
    for utterance_id in review_items.scored(db) if by_said else ():
        utterance = reviews.utterance(db, utterance_id)
        if utterance and (review := by_said.get(said_key(utterance["before_text"], utterance["text"]))):
            found[utterance_id] = review
    return found


def _mixed(*parts: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Parts in one order, each spread evenly over the whole, so that a round that is broken off has some of each."""
    placed = [((n + 0.5) / len(part), k, item) for k, part in enumerate(parts) for n, item in enumerate(part)]
    return [item for _, _, item in sorted(placed)]


def progress(db: Database) -> Round | None:
    """The newest round, None before the first."""
    round_id = review_items.latest(db)
    items = review_items.items(db, round_id)
    return Round(round_id, sum(i.review_id is not None for i in items), len(items)) if round_id else None


def following(db: Database, *, holder: str, now: str) -> Item | None:
    """The next item for somebody, kept for them for a while; None when a round is over or there is none.

    What another person looks at is passed over, unless nothing else is left.
    """
    with db.atomic():
        waiting = [i for i in review_items.items(db, review_items.latest(db)) if i.review_id is None]
        long_ago = (datetime.fromisoformat(now) - HELD).isoformat()
        free = [i for i in waiting if i.holder == holder or i.held_at < long_ago]
        mine = [i for i in free if i.holder == holder and i.held_at >= long_ago]
        item = next(iter([*mine, *free]), None)
        if item is not None:
            review_items.hold(db, item, holder=holder, now=now)
    return item


def item_at(db: Database, round_id: int, position: int) -> Item | None:
    """An item of a round by its place."""
    return next((i for i in review_items.items(db, round_id) if i.position == position), None)


def show(db: Database, item: Item | None = None, *, insight_id: str = "", utterance_id: str = "") -> Shown | None:
    """An item of a round, any insight, or any utterance, ready to be judged; None when it is gone."""
    subject = ("insight", insight_id) if insight_id else ("utterance", utterance_id)
    if item:
        subject = (item.subject, item.subject_id)
    insight = reviews.place(db, subject[1]) if subject[0] == "insight" else None
    utterance = reviews.utterance(db, insight["utterance_id"] if insight else subject[1])
    if utterance is None or (subject[0] == "insight" and insight is None):
        return None
    said = reviews.around(db, utterance["conversation_id"], utterance["position"], before=BEFORE, after=AFTER)
    also = rulings.alike(db, insight) if insight else {"no": [], "label": []}
    return Shown(item, utterance, insight, tuple(said), also)


def answer(db: Database, shown: Shown, given: Answer, *, actor: str, now: str) -> int:
    """Store a person's verdict and let it hold at once; return the review's id.

    Raises UnknownLabel, NoSuchPlace, and AnsweredAlready when another person was quicker with the same item.
    """
    review = _review(shown, given, actor, now)
    with db.atomic():
        review_id = reviews.add(db, review)
        if shown.item is not None and not review_items.answer(db, shown.item, review_id):
            db.execute("DELETE FROM reviews WHERE id = ?", [review_id])
            taken = True
        else:
            taken = False
            _apply(db, replace(review, id=review_id), shown)
    if taken:
        raise AnsweredAlready
    return review_id


def mark(db: Database, utterance_id: str, kind: str, label: str, span: tuple[int, int], *, actor: str, now: str) -> int:
    """Say which words of an utterance were missed, asked by nobody; they count at once. Returns the review's number.

    Raises NoSuchPlace, UnknownLabel, FoundAlready.
    """
    with db.atomic():
        shown = show(db, utterance_id=utterance_id)
        if shown is None:
            raise NoSuchPlace
        start, end = span if any(span) else (0, len(shown.utterance["text"]))
        if there := reviews.marked(db, utterance_id, kind, start, end):
            raise FoundAlready(there["id"], kind, there["label"])
        return answer(db, shown, Answer("missed", label, kind, start, end), actor=actor, now=now)


def relabel(db: Database, quote_id: str, label: str, *, actor: str, now: str) -> int:
    """Say where a quote is shown which label it should have; it holds for this quote alone. Returns the review's
    number, 0 where the quote has that label. Raises NoSuchPlace, UnknownLabel."""
    with db.atomic():
        shown = show(db, insight_id=quote_id)
        if shown is None or shown.insight is None or shown.insight["standing"]:
            raise NoSuchPlace
        if shown.insight["label"] == label:
            return 0
        return answer(db, shown, Answer("label", label, alike=False), actor=actor, now=now)


def labelled(db: Database, quote_id: str) -> Review | None:
    """The review that a quote has its label from; None where it has the finder's."""
    place = reviews.place(db, quote_id)
    found = reviews.get(db, place["review_id"]) if place and place["review_id"] else None
    return found if found and found.verdict == "label" else None


def _apply(db: Database, review: Review, shown: Shown) -> None:
    """Let a review change what it reaches."""
    if review.verdict == "missed":
        _add_missed(db, review, shown.utterance["text"])
    elif review.verdict in ("skip", "nothing"):
        return
    ids = rulings.reach(db, review, shown.insight["text"] if shown.insight else "")
    if shown.insight:
        ids.add(shown.insight["id"])
    reviews.unsettle(db, ids)
    rulings.settle(db, ids=ids)


def undo(db: Database, review_id: int, *, now: str) -> bool:
    """Take a review back with all that it changed; False when it does not hold (any more)."""
    with db.atomic():
        review = reviews.get(db, review_id)
        if review is None:
            return False
        ids = rulings.reach(db, review)
        reviews.take_back(db, review_id, now=now)
        review_items.reopen(db, review_id)
        if review.verdict == "missed":
            reviews.drop_added(db, review)
        reviews.unsettle(db, ids)
        rulings.settle(db, ids=ids)
    return True


def _review(shown: Shown, given: Answer, actor: str, now: str) -> Review:
    if shown.insight is not None:
        if given.verdict == "label":
            _check_label(shown.insight["kind"], given.label)
        if given.verdict in ("nothing", "missed"):
            raise NoSuchPlace
        new = given.label if given.verdict == "label" else ""
        # Another label that is the finder's own is a yes.
        verdict = "yes" if new and new == shown.insight["found_label"] else given.verdict
        return rulings.unsaved(
            shown.insight,
            at=now,
            actor=actor,
            verdict=verdict,
            new_label=new if verdict == "label" else "",
            alike=given.alike,
        )
    u = shown.utterance
    said = said_key(u["before_text"], u["text"])
    base = Review(now, actor, "utterance", given.verdict, said, conversation_id=u["conversation_id"])
    if given.verdict != "missed":
        if given.verdict not in ("nothing", "skip"):
            raise NoSuchPlace
        return base
    _check_label(given.kind, given.label)
    start, end = trimmed(u["text"], given.start, given.end)
    quote = insights.text_hash(u["text"][start:end])
    return replace(
        base, kind=given.kind, start=start, end=end, quote=quote, label=given.label, new_label=given.label, alike=False
    )


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A marked stretch without the spaces at its ends; (0, 0) is the whole text. Raises NoSuchPlace."""
    if (start, end) == (0, 0):
        end = len(text)
    if not 0 <= start < end <= len(text) or not text[start:end].strip():
        raise NoSuchPlace
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def _check_label(kind: str, label: str) -> None:
    if label not in LABELS.get(kind, ()):
        raise UnknownLabel(kind, label)


def _add_missed(db: Database, review: Review, text: str) -> None:
    """Add what a person found to every utterance of the same words in the same place; mining keeps it there."""
    for row in reviews.same_words(db, text):
        if said_key(row["before_text"], row["text"]) == review.said:
            insights.add(
                db, row["conversation_id"], row["id"], row["text"], as_insight(review, row["text"]), said=review.said
            )


def as_insight(review: Review, text: str) -> Insight:
    """What a person found, as an insight of the utterance's text."""
    words = text[review.start : review.end]
    kind: Kind = review.kind  # type: ignore[assignment]
    return Insight(kind, review.start, review.end, words, review.new_label, 1.0, words if kind == "competitor" else "")


def add_missed(
    db: Database, conversation_id: str, utterances: Sequence[StoredUtterance], known: Mapping[str, Sequence[Review]]
) -> None:
    """Add to a conversation that was read anew what people found in its words (`missed_in`)."""
    if not known:
        return
    for before, utterance in zip(["", *(u.text for u in utterances)], utterances, strict=False):
        for review in known.get(said_key(before, utterance.text), ()):
            insights.add(
                db, conversation_id, utterance.id, utterance.text, as_insight(review, utterance.text), said=review.said
            )


def missed_in(db: Database) -> dict[str, list[Review]]:
    """What people found where the finder had found nothing, by the place that it was said."""
    return reviews.said_of([review for review in reviews.active(db) if review.verdict == "missed"])
