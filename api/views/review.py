"""What the review page shows: one item with its context, the answers with their keys, how far the round is, what it
brought."""

from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from api.gate.who import actor as signed_in
from insights.estimates import Estimate
from insights.language.turns import sentences
from insights.records import KINDS, LABELS
from pipelines.reviews import precision, review
from pipelines.reviews.precision import Precision
from pipelines.reviews.review import Round, Shown
from pipelines.store import reviews
from pipelines.store.filters import Filters
from pipelines.store.insights import count
from pipelines.store.reviews import Review

# What a label is chosen by, the same on every page; y, n, s, u and z are answers, o, q and c kinds of what was missed.
KEYS = "123456789abdefghijklmprtvwx"
RECENT = 8


@dataclass(frozen=True, slots=True)
class Done:
    """A verdict of before, in a few words, and how many insights besides its own stand so because of it."""

    id: int
    verdict: str
    kind: str
    label: str
    others: int


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """`asked` is the item in question, None where none is left. `missed` is the kind that a person says was missed
    here: then they are asked for its words (`parts`: (start, end, text)) and its label. `labels` are (key, label), that
    which was found among them, so that each stands at the same place under the same key."""

    round: Round | None
    asked: Shown | None
    missed: str
    labels: tuple[tuple[str, str], ...]
    parts: tuple[tuple[int, int, str], ...]
    figures: tuple[Precision, ...]
    recent: tuple[Done, ...]
    told: str
    empty: bool


def page(db: Database, *, holder: str, now: str, missed: str = "", told: str = "") -> ReviewPage:
    item = review.following(db, holder=holder, now=now)
    asked = review.show(db, item) if item else None
    kind = missed if missed in KINDS and asked and not asked.insight else ""
    about = asked.insight["kind"] if asked and asked.insight else kind
    keyed = zip(KEYS, LABELS[about], strict=False) if about else ()
    text = asked.utterance["text"] if asked and kind else ""
    return ReviewPage(
        review.progress(db), asked, kind, tuple(keyed),
        tuple((start, end, text[start:end]) for start, end in sentences(text)), tuple(precision.precision(db)),
        tuple(_done(db, one) for one in reviews.recent(db, actor=actor(holder), limit=RECENT)), told,
        not count(db, Filters())["conversations"],
    )  # fmt: skip


def actor(holder: str) -> str:
    """Who answers on the page: who is signed in; without accounts a browser is a person."""
    return signed_in(f"page {holder}")


def _done(db: Database, one: Review) -> Done:
    others = max(0, reviews.decided_by(db, one.id or 0) - 1)
    return Done(one.id or 0, one.verdict, one.kind, one.new_label or one.label, others)


FEWEST_HEARD = 10  # silent places, below which nothing is said of what was missed


def sentence(found: Precision) -> str:
    """ "84 % right (71 to 92), 40 reviewed"; what was missed too, where it is known."""
    from api.wording import words

    if found.precision is None:
        if found.answered:
            return f"{found.answered} reviewed, none of the random ones that a share is told from"
        return "nothing reviewed yet"
    told = f"{words.percent(found.precision.share)} right {_interval(found.precision)}, {found.precision.reviewed} reviewed"
    agreed, judged = found.labels
    if judged:
        told += f"; label right in {agreed} of {judged}"
    if found.missed is not None and found.missed.reviewed < FEWEST_HEARD:
        told += f"; too few silent places heard to say what was missed ({found.missed.reviewed})"
    elif found.missed is not None:
        per = round(100 * found.missed.share)
        low, high = round(100 * found.missed.low), round(100 * found.missed.high)
        told += f"; about {per} of 100 missed ({low} to {high}; {found.missed.reviewed} silent places heard)"
    return told


def _interval(found: Estimate) -> str:
    return f"({100 * found.low:.0f} to {100 * found.high:.0f})"


def plain(found: Estimate | None) -> dict[str, Any] | None:
    """An estimate for machines, rounded to four places."""
    if found is None:
        return None
    return {
        "share": round(found.share, 4), "low": round(found.low, 4), "high": round(found.high, 4),
        "reviewed": found.reviewed, "of": found.size,
    }  # fmt: skip
