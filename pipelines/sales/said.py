"""What a buyer said, taken apart: the things that a text asks or objects to, and the themes that they are heard as."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from sqlite_utils import Database

from insights import answering, recognising
from insights.records import Company
from pipelines.quotes import meanings, shelf
from pipelines.running import accelerator
from pipelines.store import asks, themes
from pipelines.store.filters import Filters
from pipelines.store.themes import Theme

if TYPE_CHECKING:
    from insights.language import Finder

SHORT = 240  # characters up to which a text is one question and is not looked through
MOST_PIECES = 5
MOST_SENTENCES = 120  # of a pasted mail


@dataclass(frozen=True, slots=True)
class Likely:
    """A theme that it may be heard as, with the number of conversations and how well it fits (`recognising.Fit`), 0
    where it was picked."""

    theme: Theme
    conversations: int
    fit: float


def pieces(db: Database, text: str, told: Company) -> list[tuple[str, str]]:
    """What a text asks or objects to: (kind, words), found by the finder and by meaning. A short one with one thing in
    it is taken as it is. A sentence that says two things is two pieces: what a part alone would find must not vanish in
    the whole."""
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
    """What the finder says of each: objection or question, "competitor" where one is named only, "" where it finds
    nothing."""
    from insights.language import Turn, find

    turns = [Turn("buyer", "verbatim", words, tuple(("buyer", one) for one in before)) for words, before in clauses]
    kinds = []
    for (words, _), found in zip(clauses, find(_finder(told), turns), strict=True):
        kind = next((one.kind for one in found if one.kind != "competitor"), "question" if words.endswith("?") else "")
        kinds.append(kind or ("competitor" if found and rivals(words, told) else ""))
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
    """The finder for this company, loaded once and kept."""
    from insights.language import build

    with _building:
        if told not in _finders:
            _finders.clear()
            _finders[told] = build(told, threads=1)
        return _finders[told]


def make_ready(told: Company) -> None:
    """Load what reads a pasted mail, which takes seconds once. Raises DamagedModel."""
    _finder(told)
    accelerator.encoder()


def rivals(words: str, told: Company) -> tuple[tuple[str, ...], ...]:
    """The competitors that are named, each with its other spellings, the longest name first."""
    named = [
        (-max(map(len, there)), one.name, (one.name, *one.aliases))
        for one in told.competitors
        if (there := [name for name in (one.name, *one.aliases) if answering.named(words, [name])])
    ]
    return tuple(spellings for _, _, spellings in sorted(named))


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


def picked(db: Database, theme: Theme) -> Likely:
    return Likely(theme, asks.heard(db, theme.id).conversations, 0.0)
