"""What a quote's own page shows, and what is left where a quote is gone."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from sqlite_utils import Database

from api.deps import sees_originals
from api.errors import NotFound
from api.views.conversation import Piece, pieces
from api.wording import quote_formats
from insights import borders as rules
from insights import wording
from insights.attribution import STYLES, Style
from insights.records import LABELS
from pipelines.quotes import quoting
from pipelines.quotes.quoting import Taken
from pipelines.reviews import review
from pipelines.reviews.not_one import DeniedQuote, denied_quotes
from pipelines.store import borders as store
from pipelines.store import collections, conversations, gone, insights, reviews, usage
from pipelines.store.borders import Borders
from pipelines.store.collections import Collection
from pipelines.store.conversations import StoredUtterance
from pipelines.store.gone import Gone
from pipelines.store.insights import Quote
from pipelines.store.reviews import Review
from pipelines.store.usage import Standing, Use

AROUND, MOST_AROUND = 2, 40
WORDS_AROUND = 120  # beside the quote, among which its borders are moved
STYLE_NAMES: Mapping[Style, str] = {
    "role": "Role", "segment": "Kind of company", "full": "Name and company", "none": "Nobody named",
}  # fmt: skip
LONGEST_SHOWN = 2000  # characters of a turn beside the quote


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn near the quote; `text` is cut where it is very long, and then `whole` is False."""

    utterance: StoredUtterance
    text: str
    whole: bool


@dataclass(frozen=True, slots=True)
class CopyPanel:
    """A quote ready to take out in one style; `level` is the choice that was made, None for the safe one.
    `linked` says that its link is in, `usage` what it may be used for."""

    style: Style
    level: int | None
    taken: Taken
    formats: Mapping[str, str]
    linked: bool = False
    usage: str = "internal"


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters between white space: its place, the number of its sentence, and whether it is within the
    borders."""

    text: str
    start: int
    end: int
    sentence: int
    inside: bool


@dataclass(frozen=True, slots=True)
class BordersPanel:
    """Where a quote begins and ends in its utterance. `start` and `end` are what is tried (what holds, where nobody
    tries); `saved` is what holds and `base` the number by which it was set, 0 as it was found. `whole` are the borders
    of the whole sentence, where the quote is cut and it is short enough. `words` are those around it; more stand before
    or after where `cut_before` and `cut_after` say so. `history` is the newest first. `trying` says that somebody
    tries."""

    start: int
    end: int
    saved: tuple[int, int]
    base: int
    whole: tuple[int, int] | None
    words: tuple[Word, ...]
    cut_before: bool
    cut_after: bool
    history: tuple[Borders, ...]
    trying: bool

    @property
    def changed(self) -> bool:
        return (self.start, self.end) != self.saved


@dataclass(frozen=True, slots=True)
class QuotePage:
    """A quote in its place. `line` says who said it, without person or company; `more` that there are further turns.
    `labels` are those that its kind has, `labelled` the review that it has its label from."""

    quote: Quote
    line: str
    permalink: str
    said: tuple[Piece, ...]
    before: tuple[Turn, ...]
    after: tuple[Turn, ...]
    around: int
    more: bool
    facts: tuple[tuple[str, str], ...]
    alike: tuple[tuple[Quote, str], ...]
    copying: CopyPanel
    usage: Standing
    history: tuple[Standing, ...]
    uses: tuple[Use, ...]
    inside: tuple[Collection, ...]
    collections: tuple[Collection, ...]
    borders: BordersPanel
    labels: tuple[str, ...]
    labelled: Review | None


@dataclass(frozen=True, slots=True)
class GonePage:
    """What is left of a quote that is not shown any more: why, since when, and what people noted on it. `denied` is the
    quote where somebody said that it is none, and `alike` how many others went with it."""

    gone: Gone
    why: str
    conversation: bool
    usage: Standing
    uses: tuple[Use, ...]
    inside: tuple[Collection, ...]
    denied: DeniedQuote | None = None
    alike: int = 0


def find(db: Database, quote_id: str) -> Quote | Gone:
    """A quote, or its place where it is gone. Raises NotFound for what never was."""
    found = insights.get(db, quote_id) or gone.get(db, quote_id)
    if found is None:
        raise NotFound("quote", quote_id[:60])
    return found


def quote(
    db: Database, found: Quote, *, base: str, style: Style, level: int | None = None, around: int = AROUND,
    tried: tuple[int, int] | None = None, step: str = "", linked: bool = False,
) -> QuotePage:  # fmt: skip
    """The page of a quote that is there; `base` is the address of this server. `tried` are borders that somebody tries,
    and `step` moves them by one."""
    loaded = conversations.load(db, found.conversation_id)
    if loaded is None:
        raise NotFound("conversation", found.conversation_id)
    facts, turns = loaded
    place = next(n for n, turn in enumerate(turns) if turn.id == found.utterance_id)
    # Who may not see originals sees a quote in its place, not the whole conversation.
    around = min(max(around, 0), MOST_AROUND if sees_originals(db) else AROUND)
    first, last = max(0, place - around), place + 1 + around
    like = quoting.alike(db, found)
    history = usage.history(db, found.id)
    inside = collections.holding(db, found.id)
    return QuotePage(
        found, quoting.said_by(found), permalink(base, found.id), pieces(turns[place].text, [found]),
        tuple(map(_turn, turns[first:place])), tuple(map(_turn, turns[place + 1 : last])), around,
        first > 0 or last < len(turns), _facts(facts), tuple((one, quoting.said_by(one)) for one in like),
        copying(db, found, base=base, style=style, level=level, linked=linked),
        next((one for one in history if not one.undone_at), Standing()), tuple(history),
        tuple(usage.uses(db, found.id)),
        tuple(inside), tuple(one for one in collections.every(db) if one.id not in {c.id for c in inside}),
        borders(db, found, turns[place].text, tried=tried, step=step), LABELS[found.kind],
        review.labelled(db, found.id),
    )  # fmt: skip


def borders(
    db: Database, found: Quote, text: str, *, tried: tuple[int, int] | None = None, step: str = ""
) -> BordersPanel:  # fmt: skip
    """Where a quote begins and ends in its utterance's text, and what stands around it."""
    saved = found.span
    start, end = tried if tried and 0 <= tried[0] < tried[1] <= len(text) else saved
    known = next((one for one in rules.STEPS if one == step), None)
    if known:
        start, end = rules.moved(text, start, end, known)
    begins = [a for a, _ in rules.sentences(text)]
    spans = rules.words(text)
    first = next((n for n, (_, b) in enumerate(spans) if b > start), 0)
    last = next((n for n, (_, b) in enumerate(spans) if b >= end), len(spans) - 1)
    lead, rest = max(0, first - WORDS_AROUND), last + 1 + WORDS_AROUND
    shown = tuple(
        Word(text[a:b], a, b, bisect_right(begins, a), first <= n <= last)
        for n, (a, b) in enumerate(spans[lead:rest], lead)
    )
    whole = rules.whole(text, *saved) if rules.is_cut(text, *saved) else None
    return BordersPanel(
        start, end, saved, found.borders, whole, shown, lead > 0, rest < len(spans), tuple(store.history(db, found.id)),
        bool(tried or known),
    )  # fmt: skip


def copying(
    db: Database, found: Quote, *, base: str, style: Style, level: int | None = None, linked: bool = False
) -> CopyPanel:  # fmt: skip
    """The quote ready to take out; `linked` puts its link in, which leads readers to the conversation and so stays out
    unasked."""
    style = allowed(db, style)
    taken = quoting.take(db, found, style, level=level)
    address = permalink(base, found.id) if linked else ""
    return CopyPanel(taken.style, level, taken, quote_formats.rendered(taken, address), linked, found.usage)


def allowed(db: Database, style: Style) -> Style:
    """The style, or without names for who may not see originals."""
    return style if style != "full" or sees_originals(db) else "role"


def permalink(base: str, quote_id: str) -> str:
    return f"{base.rstrip('/')}/quotes/{quote_id}"


def left(db: Database, place: Gone) -> GonePage:
    """The page of a quote that is gone."""
    there = bool(conversations.existing(db, [place.conversation_id]))
    known = denied_quotes(db, [place.conversation_id]) if place.standing == "rejected" else ()
    denied = next((one for one in known if one.quote == place.id), None)
    return GonePage(
        place, why(db, place, there), there, usage.of(db, [place.id]).get(place.id, Standing()),
        tuple(usage.uses(db, place.id)), tuple(collections.holding(db, place.id)), denied,
        max(0, reviews.decided_by(db, denied.by.review) - 1) if denied else 0,
    )  # fmt: skip


def why(db: Database, place: Gone, there: bool) -> str:
    """What happened to a quote that is gone, in a sentence or two."""
    if place.standing:
        by = "A reviewer said" if place.standing == "rejected" else "Parley learnt from reviews"
        return f"{by} that this is no {place.kind}, so it is not shown as a quote. The conversation is unchanged."
    since = f" on {wording.day(place.at)}" if place.at else ""
    if not there:
        return f"The upload that brought its conversation was undone{since}, or the conversation was erased. If it is uploaded again, this address shows the quote again."
    if insights.utterance_text(db, place.utterance_id):
        return f"Parley read the conversation again{since} and does not find this quote in it any more. The words are still there."
    return f"Its conversation was changed or redacted{since}: the words that were quoted are not in it any more."


def style_of(asked: str, remembered: str) -> Style:
    """The style that the address asks for, else the one that was chosen last, else the role."""
    return next((style for one in (asked, remembered) for style in STYLES if style == one), "role")


def _turn(turn: StoredUtterance) -> Turn:
    whole = len(turn.text) <= LONGEST_SHOWN
    return Turn(
        turn, turn.text if whole else turn.text[:LONGEST_SHOWN].rpartition(" ")[0] or turn.text[:LONGEST_SHOWN], whole
    )


def _facts(facts: Mapping) -> tuple[tuple[str, str], ...]:
    told = [
        ("Account", facts["account"]), ("Contact", facts["contact"]), ("Job title", facts["job_title"]),
        ("Rep", facts["rep"]),
        ("Stage", facts["stage"]), ("Outcome", wording.value("outcome", facts["outcome"])),
    ]  # fmt: skip
    own = [(wording.human(name), value) for name, value in facts["fields"].items() if len(value) <= 200]
    return tuple((name, value) for name, value in (*told, *own) if value)
