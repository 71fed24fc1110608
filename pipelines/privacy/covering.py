"""Cover names for whoever may not see originals: what a connection shows to a viewer, and what a viewer may ask for.

What one would get wrong: words that find something tell that it was said. So a name finds nothing, whoever has it, as a
name that nobody has finds nothing; and a filter by company or rep is refused whatever it says.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from threading import Lock
from typing import Any

from sqlite_utils import Database

from insights import privacy
from insights.errors import InsightsError
from insights.people import is_titled
from insights.privacy import Known
from insights.privacy.vocabulary import common, fold, given_names
from pipelines.quotes import quoting
from pipelines.quotes.quoting import Always
from pipelines.store import catalogue, changes, company, connect, covered, remembered, sources
from pipelines.store.covered import COVER, holds_cover, is_covered
from pipelines.store.filters import Filters, quoted_words
from pipelines.store.remembered import per_state

MOST_LOOKED_AT = 200  # texts with a word in which it is looked whether the word is a name there
REMEMBERED = 20_000  # texts, as long as nobody's name comes or goes
_NAMING = ("conversations", "company", "competitors")  # where names are
_NAMING_SAID = (*_NAMING, "insights")  # what was said in a conversation may be a competitor's name there
Texts = dict[tuple[str, str], str]  # (utterance, or "", or _A_WORD; text) -> the text covered
_A_WORD = "\0"
_texts: dict[tuple[str, tuple[str, ...]], tuple[tuple[int, ...], Texts]] = {}  # of the database asked last
_lock = Lock()
UNFOUND = COVER * 8  # what is looked for in the place of a name
_WORD = re.compile(r"[^\W_]+(?:['’.@-][^\W_]+)*")
_ID = re.compile(r"[0-9a-f]{16,64}|\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}[\d:.]*(Z|[+-]\d{2}:?\d{2})?)?")


class CoveredWords(InsightsError):
    """A text came with covers in the place of names that whoever sent it may not see."""

    def __init__(self) -> None:
        super().__init__(
            f"A name is covered in this text ({COVER * 4}). Saving it would put the cover in the place of the name, so nothing "
            "was changed. Leave a covered text as it is, write it without the name, or ask somebody who sees names."
        )


def cover(db: Database, file: Any, *, opened: Callable[[Any], Database] = connect) -> None:
    """Let a connection show nobody's name; what it opens for that, with `opened`, is closed with it."""
    beneath = opened(file)
    kept, kept_said = (_kept_texts(beneath, str(file), naming) for naming in (_NAMING, _NAMING_SAID))
    always = cache(lambda: quoting.ours(beneath))  # once a connection: a page asks for hundreds of texts

    # Whatever is worked out from a covered text rests on who is named where: that is noted below.
    def said(utterance: str, conversation: str, text: str) -> str:
        if not text:
            return text
        remembered.note(_NAMING_SAID)
        return _once(
            kept_said, (utterance, text), lambda: _covered(text, quoting.known_in(beneath, conversation, utterance))
        )

    def plain(text: str) -> str:
        return _plain(beneath, kept, text, always())

    def shown(text: str) -> str:
        return _once(kept, ("", text), lambda: _covered(text, quoting.known_anywhere(beneath, text, always())))

    facts = {text: told for text in sources.facts(beneath) if (told := shown(text)) != text}
    facts |= {text.casefold(): told.casefold() for text, told in facts.items()}  # as outcomes are compared
    covered.cover(db, beneath, said, plain, lambda word: _keyword(beneath, kept, word, plain), facts)


def _keyword(beneath: Database, kept: Texts, word: str, plain: Callable[[str], str]) -> str:
    """A word by itself, as themes are told by: names stand there in small letters, and half of them alone. Every theme
    that is listed has some, so each is looked at once."""

    def look() -> str:
        names = sources.name_words(beneath) - _kept(beneath) - common()
        named = not names.isdisjoint(map(fold, re.findall(r"[^\W_]+", word)))
        return re.sub(r"\S", COVER, word) if named or COVER in plain(word.title()) else word

    remembered.note(_NAMING)
    return _once(kept, (_A_WORD, word), look)


def _plain(beneath: Database, kept: Texts, text: str, always: Always | None = None) -> str:
    """A text of no conversation, covered."""
    if not text or _ID.fullmatch(text):
        return text
    remembered.note(_NAMING)
    return _once(kept, ("", text), lambda: _covered(text, quoting.known_anywhere(beneath, text, always)))


def _once(kept: Texts, key: tuple[str, str], make: Callable[[], str]) -> str:
    found = kept.get(key)
    if found is None:
        found = kept[key] = make()
        if len(kept) > REMEMBERED:  # one that was covered early; another request may be at it too
            kept.pop(next(iter(kept)), None)
    return found


def _kept_texts(db: Database, file: str, naming: tuple[str, ...]) -> Texts:
    """The texts that were covered before, until a name may have come or gone in these tables."""
    counts = changes.counts(db)
    state = tuple(sum(counts.get(name, {}).values()) for name in naming)
    with _lock:
        if _texts.get((file, naming), ((), {}))[0] != state:
            for key in [key for key in _texts if key[0] != file]:
                del _texts[key]
            _texts[file, naming] = (state, {})
        return _texts[file, naming][1]


def _covered(text: str, known: Known) -> str:
    pieces, place = [], 0
    for span in privacy.find(text, known=known):
        pieces += [text[place : span.start], re.sub(r"\S", COVER, text[span.start : span.end])]
        place = span.end
    return "".join([*pieces, text[place:]])


def kept(db: Database, given: str, stored: str) -> str:
    """What who sees no names says of a stored text: the stored one, where they send back what stood covered in its
    place. Raises CoveredWords for anything else that is covered."""
    if not holds_cover(given):
        return given
    (found,) = kept_lines(db, [given], [stored])
    return found


def without_names(db: Database, text: str) -> str:
    """A text of no conversation as who sees no names is shown it."""
    beneath = covered.bare(db)
    return _plain(beneath, _kept_texts(beneath, _file(beneath), _NAMING), text)


def link_without_names(db: Database, address: str) -> str:
    """An address elsewhere as who sees no names is shown it."""
    beneath = covered.bare(db)
    kept = _kept_texts(beneath, _file(beneath), _NAMING)
    return covered.link(address, lambda word: _keyword(beneath, kept, word, lambda text: _plain(beneath, kept, text)))


def _file(db: Database) -> str:
    return str(db.conn.execute("PRAGMA database_list").fetchone()[2])


def kept_lines(db: Database, given: Iterable[str], stored: Iterable[str]) -> tuple[str, ...]:
    """The same for several lines: each that came back covered stands for the next stored one that is covered like
    it."""
    left = [(" ".join(without_names(db, one).split()), one) for one in stored]
    found = []
    for one in given:
        if holds_cover(one):
            pair = next((pair for pair in left if pair[0] == " ".join(one.split())), None)
            if pair is None:
                raise CoveredWords
            left.remove(pair)
            one = pair[1]
        found.append(one)
    return tuple(found)


def findable(db: Database, names: Iterable[str]) -> list[str]:
    """The names that may be looked for: in the place of one that is somebody's, something that is nowhere."""
    if not is_covered(db):
        return list(names)
    return [UNFOUND if names_somebody(covered.bare(db), name) else name for name in names]


def rivals(db: Database, names: Sequence[str]) -> list[str]:
    """The names of rivals that may be asked for; one that nobody decided on may be a customer's. Those of the catalogue
    are never covered, and what nobody was called by finds nothing anyhow."""
    named = _rivals(covered.bare(db))
    told = {name: named[name.casefold()] for name in names if name.casefold() in named}
    hidden = covered.shown_otherwise(db, told.values())
    return [UNFOUND if told.get(name) in hidden else name for name in names]


def told_facts(db: Database, values: Sequence[str]) -> list[str]:
    """The stages or outcomes that may be asked for: not those in which somebody is named."""
    hidden = {one.casefold() for one in covered.otherwise(db)}
    return [UNFOUND if one.casefold() in hidden else one for one in values]


@per_state
def _rivals(db: Database) -> dict[str, str]:
    """What competitors are called where they were found, by the same in small letters."""
    return {
        row["name"].casefold(): row["name"]
        for row in db.query("SELECT DISTINCT name FROM insights WHERE kind = 'competitor'")
    }


def asked(db: Database, filters: Filters) -> str:
    """The words to look for instead of those that were asked for: the same, unless one of them names somebody."""
    words = filters.q.strip()
    return UNFOUND if words and names_somebody(covered.bare(db), words) else filters.q


@per_state
def names_somebody(db: Database, words: str) -> bool:
    """Whether words, or one of them, are a name of a person or company, an address or a number of somebody.

    A word that stands in more than MOST_LOOKED_AT texts and is no given name, nor part of what a company or person of
    the database is called, is taken for what it looks like.
    """
    if privacy.find(words, known=quoting.known_anywhere(db, words)) or privacy.find(
        words.title(), known=quoting.known_anywhere(db, words.title())
    ):
        return True
    return any(_is_name(db, word) for word in sorted({*_WORD.findall(words.casefold())}))


def _is_name(db: Database, word: str) -> bool:
    folded = fold(word)
    if folded in given_names():
        return True
    if folded not in common() and folded in sources.name_words(db) - _kept(db):
        return True
    sql = """SELECT u.id, u.conversation_id, u.text, highlight(utterances_fts, 0, char(2), char(3)) FROM utterances_fts f
        JOIN utterances u ON u.rowid = f.rowid WHERE utterances_fts MATCH ? LIMIT ?"""
    rows = db.conn.execute(sql, [quoted_words(word), MOST_LOOKED_AT + 1]).fetchall()
    if len(rows) > MOST_LOOKED_AT:
        return False
    kept = _kept_texts(db, _file(db), _NAMING_SAID)
    return any(_stands_covered(db, kept, *row) for row in rows)


def _stands_covered(db: Database, kept: Texts, utterance: str, conversation: str, text: str, marked: str) -> bool:
    """Whether one of the marked places lies where a name is."""
    shown = _once(kept, (utterance, text), lambda: _covered(text, quoting.known_in(db, conversation, utterance)))
    at, places = 0, []
    for piece in re.split("([\x02\x03])", marked):
        if piece == "\x02":
            places.append(at)
        elif piece != "\x03":
            at += len(piece)
    return any(shown[place : place + 1] == COVER != text[place : place + 1] for place in places)


def _kept(db: Database) -> frozenset[str]:
    """The words of what is never covered: competitors, our own products and what they work with."""
    told = company.load(db)
    kept = [*told.products, *told.integrations, *(n for one in told.competitors for n in (one.name, *one.aliases))]
    return frozenset(fold(word) for name in kept if not is_titled(name) for word in _WORD.findall(name))


def products(db: Database) -> frozenset[str]:
    """What may be asked for as a product of ours: its name, or all its spellings as the filter writes them."""
    entries = catalogue.entries(db, "product")
    return frozenset(text for one in entries for text in (one.name, ",".join((one.name, *one.aliases))))
