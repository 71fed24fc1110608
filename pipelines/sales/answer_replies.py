"""What colleagues answered to the like of what a buyer said: their words verbatim, names masked."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlite_utils import Database

from insights import answering, embedding
from insights.language.follow_up import says_something, told_in_note
from insights.language.turns import sentences
from insights.themes import WEAK
from pipelines.quotes import meanings, quoting, shelf
from pipelines.running import accelerator
from pipelines.store import competition_rows, insights, replies
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote
from pipelines.store.themes import Theme

MOST_REPLIES = 3
MOST_SENTENCES = 120  # of a colleague's turn
CANDIDATES = 40  # quotes alike, among which those with a reply are looked for
ALIKE = 0.5  # cosine from which on a quote says something like what was asked
ALIKE_IN_THEME = 0.3  # the same where the quote is of the theme that was asked about
ALIKE_FIRMLY = 0.25  # the same where it is a firm member of it
LONGEST_REPLY = 420
LOOKED_LONG = 60  # days after a reply for which an account was heard, from which on silence on it says something
# Cosine from which on a colleague's sentence says something to what was asked, or to the buyer's words before it: who answers
# a price speaks of what it is made of, which is like neither "too expensive" nor any theme's name (benchmarks/ANSWERS.md).
TO_THE_POINT = 0.25
SHORT_SENTENCE = 60  # characters
SAYS_LITTLE = 12  # words beside a promise
_PROMISE = re.compile(
    r"\b(?:let me|i'll|i will|i'd|i am|i'm|we'll|we will|could i|can i|may i)\b.{0,40}\b(?:look|check|ask|(?:come|get|go) (?:back|through)|write|ring|call|sit|take|taking"
    r"|find out|follow up|send|reach out|speak)", re.I,
)  # fmt: skip
LAST = 3  # rank of what puts off or did not save the deal


@dataclass(frozen=True, slots=True)
class Reply:
    """What a colleague said to a quote like it: `asked` and `words` are verbatim with names masked, `line` says to
    whom, so that it fits several customers. `quote_id` is one click from the context. `whole` is False where the
    colleague said more. `ended` says that the same was not heard from that account again; `reported` that a note tells
    it, in its writer's words. `days` is for how long the account was heard after it, `lost` that the deal was lost."""

    quote_id: str
    asked: str
    words: str
    whole: bool
    line: str
    day: str
    likeness: float
    ended: bool
    reported: bool
    days: int
    lost: bool

    @property
    def looked_long(self) -> bool:
        """Whether the account was heard for long enough after it to say that it ended it."""
        return self.days >= LOOKED_LONG


@dataclass(frozen=True, slots=True)
class Replies:
    """What colleagues said. `to` are quotes like it that got a reply at all, the most alike first: where `found` is
    empty, none of those replies is surely to the point, and they are for reading in context."""

    found: tuple[Reply, ...]
    to: tuple[str, ...]


def answered(
    db: Database, question: np.ndarray, asked: str, theme: Theme | None, rival: Sequence[str], *, picked: bool = False
) -> Replies:  # fmt: skip
    """Colleagues' words to what is like it, one of each account: those after which it was not heard again, then those
    after which nothing was heard, then the others; replies that put off or whose deal was lost last; of each sort the
    most alike first. `picked` says that the theme itself is asked about, and `asked` is but its name."""
    named = replies.namings(db, rival, limit=CANDIDATES) if rival else []
    near = [(one, 1.0) for one in named] if rival else _alike(db, asked, theme, picked=picked)
    again = replies.came_again(db, [one for one, _ in near])
    quotes = insights.several(db, [one for one, _ in near])
    told = [(quote, likeness) for one, likeness in near if (quote := quotes.get(one))]
    after, closed = replies.looked(db, list(quotes)), competition_rows.closed(db)
    ranked = sorted(
        (_rank(_ended(quote, again, rival), days, lost, quote.follow_up == "deferred"), n, days, lost)
        for n, (quote, _) in enumerate(told)
        for days, deal in (after.get(quote.id, (0, "")),)
        for lost in (closed.get(deal) == "lost",)
    )
    found: list[Reply] = []
    late: list[Reply] = []
    seen: set[str] = set()
    for rank, n, days, lost in ranked:
        quote, likeness = told[n]
        if rank == LAST and len(found) + len(late) >= MOST_REPLIES:
            break
        if (account := quote.account.casefold() or quote.conversation_id) in seen:
            continue
        if reply := _reply(db, quote, likeness, question, ended=_ended(quote, again, rival)):
            seen.add(account)
            puts_off = rank < LAST and not reply.reported and _puts_off(reply.words)
            (late if puts_off else found).append(replace(reply, days=days, lost=lost))
        if len(found) == MOST_REPLIES:
            break
    return Replies(tuple([*found, *late][:MOST_REPLIES]), () if rival else tuple(quote.id for quote, _ in told))


def _puts_off(words: str) -> bool:
    """Whether a reply says little but that one will look, ask or write."""
    said = [words[slice(*place)] for place in sentences(words)]
    rest = [one for one in said if not _PROMISE.search(one) and _says_something(one)]
    return not says_something(words) or (len(rest) < len(said) and len(" ".join(rest).split()) < SAYS_LITTLE)


def _rank(ended: bool, days: int, lost: bool, deferred: bool) -> int:
    """How much a reply is worth reading first, 0 the most: whether the same was not heard again though the account
    was."""
    if lost or deferred:
        return LAST
    return (0 if days else 1) if ended else 2


def _ended(quote: Quote, again: Collection[str], rival: Sequence[str]) -> bool:
    """Whether it was answered and the same not heard again, as far as is known."""
    return quote.id not in again and not quote.came_back and (bool(rival) or quote.follow_up == "answered")


def _alike(db: Database, asked: str, theme: Theme | None, *, picked: bool) -> list[tuple[str, float]]:
    """Quotes that say something like it and to which a colleague said something, in a talk, a mail or as a note
    tells."""
    filters = Filters(kind="objection,question", follow_up="answered,came_back,deferred")
    kept = shelf.of(db, filters)
    if not len(kept):
        return []
    mask = shelf.together(kept, shelf.parts(db, kept, filters).values())
    likeness = np.where(mask, np.nan_to_num(meanings.likeness(db, kept, asked), nan=-1.0), -1.0)
    # What is filed under the same theme says the same in other words; a few words are like few quotes to the letter.
    line = np.full(len(kept), ALIKE)
    if theme:
        line[kept.theme == theme.id] = ALIKE_IN_THEME
        # A theme's name is like few of the quotes in it, and no measure of them: where it was picked they are what is asked.
        line[(kept.theme == theme.id) & (kept.fit >= WEAK)] = -1.0 if picked else ALIKE_FIRMLY
    best = np.argsort(-likeness, kind="stable")
    best = best[mask[best] & (likeness[best] >= line[best])][:CANDIDATES]
    return [(kept.ids[at].decode(), round(float(likeness[at]), 4)) for at in best]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The part of a colleague's turn that is nearest to what was asked."""

    turn: replies.Turn
    start: int
    end: int


def _in_note(db: Database, quote: Quote, question: np.ndarray) -> _Stretch | None:
    """Where a note tells what was said to it, to the point."""
    text = insights.utterance_text(db, quote.utterance_id)
    place = told_in_note(text, quote.end)
    if place is None or _nearness(quote, [text[slice(*place)]], question)[0] < TO_THE_POINT:
        return None
    turn = replies.Turn(quote.utterance_id, quote.conversation_id, quote.position, text)
    return _Stretch(turn, place[0], min(place[1], place[0] + LONGEST_REPLY))


def _nearness(quote: Quote, words: Sequence[str], question: np.ndarray) -> np.ndarray:
    """Cosine of each of the n sentences with what was asked, or with the buyer's words before them where that is more:
    (n,)."""
    made = embedding.embed(accelerator.encoder(), [quote.text, *words])
    return np.maximum(made[1:] @ question, made[1:] @ made[0])


def _says_something(sentence: str) -> bool:
    return not answering.is_courtesy(sentence) and not answering.is_signature(sentence)


def _stretch(db: Database, quote: Quote, question: np.ndarray) -> _Stretch | None:
    """Where a colleague's next turns say something to it: from the sentence that is nearest in meaning on."""
    if quote.voice == "reported":
        return _in_note(db, quote, question)
    turns = [turn for turn in replies.after(db, quote.conversation_id, quote.position) if says_something(turn.text)]
    if not turns:
        return None
    turn = turns[0]
    places = [place for place in sentences(turn.text) if _says_something(turn.text[slice(*place)])][:MOST_SENTENCES]
    if not places:
        return None
    near = _nearness(quote, [turn.text[a:b] for a, b in places], question)
    best = int(near.argmax())
    if near[best] < TO_THE_POINT:
        return None
    if places[-1][1] - places[0][0] <= LONGEST_REPLY:
        return _Stretch(turn, places[0][0], places[-1][1])  # "Until then …" means nothing without what stands before
    start, end = places[best]
    # The sentence before often says yes or no; those after say how.
    if best and places[best - 1][1] - places[best - 1][0] <= SHORT_SENTENCE:
        start = places[best - 1][0]
    for _, stop in places[best + 1 :]:
        if stop - start > LONGEST_REPLY:
            break
        end = stop
    return _Stretch(turn, start, min(end, start + LONGEST_REPLY))


def _reply(db: Database, quote: Quote, likeness: float, question: np.ndarray, *, ended: bool) -> Reply | None:
    """The colleague's words that answered, names masked; None where no turn says anything to the point."""
    found = _stretch(db, quote, question)
    if found is None:
        return None
    turn = found.turn
    words = quoting.masked(db, quote.conversation_id, turn.utterance_id, found.start, found.end)
    taken = quoting.take(db, quote, "role")
    reported = quote.voice == "reported"
    beside = (turn.text[: found.start], turn.text[found.end :])
    # A greeting above and a name beneath are nothing that is left out.
    whole = reported or not any(_says_something(part[slice(*place)]) for part in beside for place in sentences(part))
    line = "" if taken.alone else taken.line
    return Reply(quote.id, taken.words.text, words, whole, line, quote.day, likeness, ended, reported, 0, False)
