"""What to send a buyer: our pages that answer what was said, what colleagues answered, or that nothing answers it yet.

What one would get wrong: nothing typed or pasted here is kept, unless somebody asks for a page to be written. And
"answered" says that a colleague replied and that the same was not heard again from that account, not that it convinced.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Literal

import numpy as np
from sqlite_utils import Database

from insights import answering, coverage, embedding, recognising
from insights.answering import Standing
from insights.errors import InsightsError
from insights.language.follow_up import says_something, told_in_note
from insights.language.turns import sentences
from insights.records import Company
from insights.stages import Step
from pipelines import cells, content, meanings, plan, quoting, shelf
from pipelines.store import asks, company, content_pages, insights, replies, themes, vectors
from pipelines.store import plan as notes
from pipelines.store.asks import Ask
from pipelines.store.content_pages import StoredPage
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote
from pipelines.store.remembered import can_remember, per_state, remembered
from pipelines.store.themes import Theme

if TYPE_CHECKING:
    from insights.language import Finder

Level = Standing | Literal["far"]
MadeFor = Mapping[str, tuple[tuple[str, ...], tuple[Step, ...]]]
LONGEST = 20_000  # characters of a pasted mail
SHORT = 240  # characters up to which a text is one question and is not looked through
MOST_PIECES, MOST_PAGES, MOST_REPLIES = 5, 3, 3
MOST_SENTENCES = 120  # of a pasted mail
RERANKED = 40  # pages whose words are compared as well
KEPT_PASSAGES = 40_000  # vectors of passages that stay in memory between two questions: 60 MB
CANDIDATES = 40  # quotes alike, among which those with a reply are looked for
ALIKE = 0.5  # cosine from which on a quote says something like what was asked
ALIKE_IN_THEME = 0.3  # the same where the quote is of the theme that was asked about
LONGEST_REPLY = 420
TO_THE_POINT = 0.25  # cosine from which on a colleague's sentence says something to what was asked
SHORT_SENTENCE = 60  # characters
LONGEST_WORDS = 1000


class UnknownAsk(InsightsError):
    """A request that is not there, or was taken back."""

    def __init__(self, number: object):
        super().__init__(f"There is no request {number} to undo: it was undone already, or never made.")


class NothingAsked(InsightsError):
    """A question without words."""

    def __init__(self) -> None:
        super().__init__(
            "Say what the buyer said, in a few words: what they object to, ask, or whom they compare us with."
        )


@dataclass(frozen=True, slots=True)
class Page:
    """A page of ours beside what was said. `passage` is the stretch that answers, verbatim; `strength` how much
    nearer than usual it is, None where a person's word decided (`said_by`). `lacks` are unusual words of the question that
    it does not name. `personas` and `steps` are those that the plan made it for."""

    page: StoredPage
    standing: Level
    passage: str
    strength: float | None
    lacks: tuple[str, ...]
    said_by: str
    personas: tuple[str, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a colleague said to a quote like it: `asked` and `words` are verbatim with names masked, `line` says to whom,
    so that it fits several customers. `quote_id` is one click from the context. `whole` is False where the colleague said more.
    `ended` says that the same was not heard from that account again; `reported` that a note tells it, in its writer's words."""

    quote_id: str
    asked: str
    words: str
    whole: bool
    line: str
    day: str
    likeness: float
    ended: bool
    reported: bool


@dataclass(frozen=True, slots=True)
class Likely:
    """A theme that it may be heard as, with the number of conversations and how well it fits (`recognising.Fit`), 0 where it was picked."""

    theme: Theme
    conversations: int
    fit: float


@dataclass(frozen=True, slots=True)
class Answer:
    """All that there is to one thing a buyer said. `themes` are those that fit, the best first; `theme` is the first where that
    is sure enough to go on, `heard` in how many conversations, by which `personas` and at which `stages` mostly. `rival` is a competitor's name where it is about one.
    `pages` answer it or may; `nearest` is what comes nearest where none does. `ask` is the
    standing request to write about it."""

    words: str
    kind: str
    rival: str
    theme: Theme | None
    themes: tuple[Likely, ...]
    heard: int
    personas: tuple[str, ...]
    stages: tuple[str, ...]
    pages: tuple[Page, ...]
    nearest: tuple[Page, ...]
    replies: tuple[Reply, ...]
    ask: Ask | None

    @property
    def answered(self) -> bool:
        """Whether a page of ours answers it, or may."""
        return bool(self.pages)


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything found in what was typed or pasted, in its order. `cut` says that only its beginning was read; `pages`
    are how many pages of ours are known, `waiting` how many of their passages have not been read."""

    given: str
    found: tuple[Answer, ...]
    cut: bool
    pages: int
    waiting: int


def answers(db: Database, given: str, *, theme: Theme | None = None) -> Answers:
    """Look for what to send. `given` is typed or pasted, `theme` a theme from its page. Raises NothingAsked for neither."""
    text = given.strip()[:LONGEST]
    if not text and theme is None:
        raise NothingAsked()
    if _waiting(db):
        content.read_new(db, most=content.AT_ONCE)
    told = company.load(db)
    pieces = [("", theme.name)] if theme and not text else _pieces(db, text, told)
    found = tuple(_answer(db, words, kind, told, theme if not text else None) for kind, words in pieces)
    return Answers(text, found, len(given.strip()) > LONGEST, content_pages.count(db), _waiting(db))


@per_state
def _waiting(db: Database) -> int:
    """How many passages of our pages have not been read; it takes a look at each, so it is kept."""
    return content.waiting(db)


def ask(db: Database, words: str, *, theme_id: int | None, actor: str, now: str) -> Ask:
    """Put what nothing answers on the content plan, with the asker's name; the same words twice are one request.

    A theme that has no status on the plan yet becomes an idea there. Raises NothingAsked, UnknownTopic.
    """
    told = " ".join(words.split())[:LONGEST_WORDS]
    if not told:
        raise NothingAsked()
    with db.atomic():
        if known := asks.same(db, told):
            return known
        note = None
        if theme_id is not None:
            cells.topic(db, theme_id)
            if notes.last(db, theme_id, "", "") is None:
                note = notes.add(
                    db, theme_id, "", "", status="idea", note=f"Asked for by {actor}: {told}"[: cells.LONGEST_NOTE], key="", day="",
                    actor=actor, now=now,
                )  # fmt: skip
        number = asks.add(db, told, theme_id=theme_id, note_id=note, actor=actor, now=now)
    found = asks.get(db, number)
    assert found is not None
    return found


def undo(db: Database, number: int, *, now: str) -> Ask:
    """Take a request back, and the idea that it left on the plan unless somebody has gone on from there. Raises UnknownAsk."""
    with db.atomic():
        found = asks.get(db, number)
        if found is None or not asks.undo(db, number, now):
            raise UnknownAsk(number)
        note = notes.get(db, found.note_id) if found.note_id else None
        if note and not note.undone_at:
            last = notes.last(db, note.theme_id, note.persona, note.step)
            if last and last.id == note.id:
                notes.undo(db, note.id, now)
    return found


# -- what was said ---------------------------------------------------------------------------------------------------


def _pieces(db: Database, text: str, told: Company) -> list[tuple[str, str]]:
    """What a text asks or objects to: (kind, words), found by the finder and by meaning. A short one with one thing in it is
    taken as it is. A sentence that says two things is two pieces: what a part alone would find must not vanish in the whole."""
    from insights.formats.mail.quoting import own_text

    short = len(text) <= SHORT and "\n" not in text
    words = text if short else own_text(text) or text
    # Sentence by sentence: a mail asks several things, and each wants an answer of its own.
    said = [part for part in answering.sentences(words) if short or not answering.is_courtesy(part)][:MOST_SENTENCES]
    parts = [recognising.clauses(one) for one in said]
    if short and sum(map(len, parts)) < 2:
        return [("", text)]
    kinds = iter(_kinds(told, [(clause, said[max(0, n - 2) : n]) for n, one in enumerate(parts) for clause in one]))
    pieces: list[tuple[str, str]] = []
    for sentence, mine in zip(said, parts, strict=True):
        pieces += _of_sentence(db, sentence, mine, [next(kinds) for _ in mine], told)
    if short and len(pieces) < 2:
        return [("", text)]
    return pieces[:MOST_PIECES] or [("", answering.gist(words))]


def _kinds(told: Company, clauses: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """What the finder says of each: objection or question, "competitor" where one is named only, "" where it finds nothing."""
    from insights.language import Turn, find

    turns = [Turn("buyer", "verbatim", words, tuple(("buyer", one) for one in before)) for words, before in clauses]
    kinds = []
    for (words, _), found in zip(clauses, find(_finder(told), turns), strict=True):
        kind = next((one.kind for one in found if one.kind != "competitor"), "question" if words.endswith("?") else "")
        kinds.append(kind or ("competitor" if found and _rival(words, told) else ""))
    return kinds


def _of_sentence(
    db: Database, sentence: str, clauses: Sequence[str], kinds: Sequence[str], told: Company
) -> list[tuple[str, str]]:  # fmt: skip
    """The things that a sentence says, each with its kind; the sentence as it stands where it says one."""
    themes_of = [likely(db, clause) for clause in clauses]
    sure = [found[0].theme.id if found and found[0].fit >= recognising.SURE else 0 for found in themes_of]
    own: list[tuple[str, str, int]] = []
    for clause, kind, theme in zip(clauses, kinds, sure, strict=True):
        if own and theme and theme == own[-1][2]:
            own[-1] = (own[-1][0] or kind, f"{own[-1][1]}, {clause}", theme)
        elif kind or theme:
            own.append((kind, clause, theme))
    if len(own) > 1:
        return [(kind if kind != "competitor" else "", words[: answering.LONGEST_QUESTION]) for kind, words, _ in own]
    return [("" if kind == "competitor" else kind, sentence[: answering.LONGEST_QUESTION]) for kind, _, _ in own]


_finders: dict[Company, "Finder"] = {}
_building = Lock()


def _finder(told: Company) -> "Finder":
    """The finder for this company, loaded at the first pasted mail and kept."""
    from insights.language import build

    with _building:
        if told not in _finders:
            _finders.clear()
            _finders[told] = build(told, threads=1)
        return _finders[told]


def _rival(words: str, told: Company) -> tuple[str, ...]:
    """A competitor that is named, with its other spellings; the longest name of several."""
    plain = f" {' '.join(answering.plain(words))} "
    named = [
        (len(name), rival)
        for rival in told.competitors
        for name in (rival.name, *rival.aliases)
        if f" {' '.join(answering.plain(name))} " in plain and answering.plain(name)
    ]
    if not named:
        return ()
    rival = max(named, key=lambda pair: (pair[0], pair[1].name))[1]
    return (rival.name, *rival.aliases)


def _answer(db: Database, words: str, kind: str, told: Company, given: Theme | None) -> Answer:
    gist, rival = answering.gist(words), _rival(words, told)
    alone = bool(rival) and any(answering.plain(words) == answering.plain(name) for name in rival)
    asked = f"How do you compare with {rival[0]}?" if alone else gist
    question = meanings.asked(asked)
    found_as = [_picked(db, given)] if given else likely(db, gist)
    theme = given or next((one.theme for one in found_as if one.fit >= recognising.SURE), None)
    heard = asks.heard(db, theme.id) if theme else asks.NOT_HEARD
    found = _pages(db, question, asked, theme, (*told.products, *told.domains, *told.people))
    return Answer(
        words, kind, rival[0] if rival else "", theme, tuple(found_as), heard.conversations, heard.personas, heard.stages,
        tuple(page for page in found if page.standing != "far"), tuple(page for page in found if page.standing == "far"),
        _replies(db, question, asked, theme, rival if alone else ()), asks.same(db, " ".join(words.split())[:LONGEST_WORDS]),
    )  # fmt: skip


def likely(db: Database, words: str) -> list[Likely]:
    """The objections and questions that words are most like, by the nearest quotes' themes, the best first."""
    known = {one.id: one for one in themes.active(db) if one.kind != "competitor"}
    if not known:
        return []
    kept, question = shelf.of(db, Filters()), meanings.asked(words)
    _, first = np.unique(kept.texts, return_index=True)  # the same said again is one voice, not many
    likeness = meanings.likeness(db, kept, words)[first]
    centres = {one: float(shape[0] @ question) for one, shape in themes.shapes(db, known).items()}
    found = recognising.best(words, likeness, kept.theme[first], centres, {one: t.name for one, t in known.items()})
    heard = {one.theme: asks.heard(db, one.theme).conversations for one in found}
    return [Likely(known[one.theme], heard[one.theme], round(one.fit, 4)) for one in found if heard[one.theme]]


def _picked(db: Database, theme: Theme) -> Likely:
    return Likely(theme, asks.heard(db, theme.id).conversations, 0.0)


# -- our pages -------------------------------------------------------------------------------------------------------


def _pages(db: Database, question: np.ndarray, asked: str, theme: Theme | None, own: Sequence[str]) -> list[Page]:
    """The pages that answer or may, the best first; where none does, the nearest, which are said to be far."""
    if not content_pages.count(db):
        return []
    encoder = vectors.encoder(db) or meanings.encoder().name
    words = content.said(db).get(theme.id, {}) if theme else {}
    near = ranked(db, encoder, question, asked, own=own)
    known = content_pages.several(db, [one.page for one in near], list(words))
    said = {page.id: words[page.key] for page in known.values() if page.key in words}
    made_for = _made_for(db)
    found = [
        _page(known[page], None, word.actor, made_for)
        for page, word in sorted(said.items())
        if word.verdict == "answers"
    ]
    near = [one for one in near if one.page in known and one.page not in said]
    # The order is by place, not by standing: what is surest stands first only where it is the nearest as well.
    found += [_page(known[one.page], one, "", made_for) for one in near]
    chosen = [page for page in found if page.standing != "far"] or found
    return [_with_passage(db, encoder, page, question) for page in chosen[:MOST_PAGES]]


def _page(page: StoredPage, rank: "Ranked | None", said_by: str, made_for: MadeFor) -> Page:
    personas, steps = made_for.get(page.key, ((), ()))
    if rank is None:
        return Page(page, "answers", "", None, (), said_by, personas, steps)
    standing: Level = answering.standing(rank.strength) or "far"
    return Page(page, standing, "", round(rank.strength, 4), rank.lacks, "", personas, steps)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A page's place in the order, how much nearer than usual it is, and what it lacks of the question's unusual words."""

    page: int
    order: float
    strength: float
    lacks: tuple[str, ...]


def ranked(db: Database, encoder: str, question: np.ndarray, asked: str, *, own: Sequence[str] = ()) -> list[Ranked]:
    """The nearest pages, the best first."""
    found: dict[int, float] = {}
    every = []
    for owners, titles, made in _passages(db, encoder):
        near = answering.near(question, made, owners, titles)
        value = near.nearness
        every.append(value)
        for at in np.argsort(-value, kind="stable")[:RERANKED]:
            found[int(near.pages[at])] = float(value[at])
    if not every:
        return []
    anyway, unusual = answering.usual(np.concatenate(every)), answering.unusual(asked, own=own)
    best = sorted(sorted(found, key=lambda page: (-found[page], page))[:RERANKED])
    texts = content_pages.texts(db, best)
    order = answering.order(np.array([found[page] for page in best]), answering.shared(asked, texts))
    result = []
    for page, text, place in zip(best, texts, order, strict=True):
        lacks = answering.lacking(unusual, text)
        result.append(Ranked(page, float(place), answering.strength(found[page], anyway, lacks), lacks))
    return sorted(result, key=lambda one: (-one.order, one.page))


def _passages(db: Database, encoder: str) -> Sequence[tuple[list[int], list[bool], np.ndarray]]:
    """All passages with their vectors; kept in memory unless there are very many."""

    def read() -> list[tuple[list[int], list[bool], np.ndarray]] | None:
        kept, size = [], 0
        for part in content_pages.read_passages(db, encoder):
            size += len(part[0])
            if size > KEPT_PASSAGES:
                return None
            kept.append(part)
        return kept

    found = remembered(db, ("passages of pages", encoder), read, large=True) if can_remember(db) else read()
    return found if found is not None else content_pages.read_passages(db, encoder)  # type: ignore[return-value]


def _made_for(db: Database) -> MadeFor:
    """Page's key -> the personas and steps that the plan says it was published for."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for note in plan.standing(plan.notes_of(db)).values():
        if note.key:
            personas, steps = found.setdefault(note.key, (set(), set()))
            personas |= {note.persona} - {""}
            steps |= {note.step} - {""}
    return {key: (tuple(sorted(p)), tuple(sorted(s))) for key, (p, s) in found.items()}  # type: ignore[arg-type]


def _with_passage(db: Database, encoder: str, page: Page, question: np.ndarray) -> Page:
    texts, titles, made = content_pages.of_page(db, encoder, page.page.id)
    if not texts:
        return page
    return replace(page, passage=texts[coverage.nearest(question, made, titles)])


# -- what colleagues answered ----------------------------------------------------------------------------------------


def _replies(
    db: Database, question: np.ndarray, asked: str, theme: Theme | None, rival: Sequence[str]
) -> tuple[Reply, ...]:  # fmt: skip
    """Colleagues' words to what is like it, one of each account: those that ended it, then the others, the most alike first."""
    named = replies.namings(db, rival, limit=CANDIDATES) if rival else []
    near = [(one, 1.0) for one in named] if rival else _alike(db, asked, theme)
    again = replies.came_again(db, [one for one, _ in near])
    quotes = insights.several(db, [one for one, _ in near])
    told = [(quote, likeness) for one, likeness in near if (quote := quotes.get(one))]
    ended = [pair for pair in told if _ended(pair[0], again, rival)]
    found: list[Reply] = []
    seen: set[str] = set()
    for quote, likeness in [*ended, *(pair for pair in told if pair not in ended)]:
        if (account := quote.account.casefold() or quote.conversation_id) in seen:
            continue
        if reply := _reply(db, quote, likeness, question, ended=_ended(quote, again, rival)):
            seen.add(account)
            found.append(reply)
        if len(found) == MOST_REPLIES:
            break
    return tuple(found)


def _ended(quote: Quote, again: Collection[str], rival: Sequence[str]) -> bool:
    """Whether it was answered and the same not heard again, as far as is known."""
    return quote.id not in again and not quote.came_back and (bool(rival) or quote.follow_up == "answered")


def _alike(db: Database, asked: str, theme: Theme | None) -> list[tuple[str, float]]:
    """Quotes that say something like it and to which a colleague said something, in a talk, a mail or as a note tells."""
    filters = Filters(kind="objection,question", follow_up="answered,came_back,deferred")
    kept = shelf.of(db, filters)
    if not len(kept):
        return []
    mask = shelf.together(kept, shelf.parts(db, kept, filters).values())
    likeness = np.where(mask, np.nan_to_num(meanings.likeness(db, kept, asked), nan=-1.0), -1.0)
    # What is filed under the same theme says the same in other words; a few words are like few quotes to the letter.
    line = np.where(kept.theme == theme.id, ALIKE_IN_THEME, ALIKE) if theme else np.full(len(kept), ALIKE)
    best = np.argsort(-likeness, kind="stable")
    best = best[likeness[best] >= line[best]][:CANDIDATES]
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
    if place is None or meanings.asked(text[slice(*place)]) @ question < TO_THE_POINT:
        return None
    turn = replies.Turn(quote.utterance_id, quote.conversation_id, quote.position, text)
    return _Stretch(turn, place[0], min(place[1], place[0] + LONGEST_REPLY))


def _stretch(db: Database, quote: Quote, question: np.ndarray) -> _Stretch | None:
    """Where a colleague's next turns say something to it: from the sentence that is nearest in meaning on."""
    if quote.voice == "reported":
        return _in_note(db, quote, question)
    turns = [turn for turn in replies.after(db, quote.conversation_id, quote.position) if says_something(turn.text)]
    if not turns:
        return None
    turn = turns[0]
    places = [place for place in sentences(turn.text) if not answering.is_courtesy(turn.text[slice(*place)])]
    places = places[:MOST_SENTENCES]
    if not places:
        return None
    near = embedding.embed(meanings.encoder(), [turn.text[a:b] for a, b in places]) @ question
    best = int(near.argmax())
    if near[best] < TO_THE_POINT:
        return None
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
    whole = reported or (not turn.text[: found.start].strip() and not turn.text[found.end :].strip())
    line = "" if taken.alone else taken.line
    return Reply(quote.id, taken.words.text, words, whole, line, quote.day, likeness, ended, reported)
