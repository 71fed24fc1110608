"""Our own pages that answer what a buyer said, or may: ranked by meaning and shared words, a person's word before
both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from sqlite_utils import Database

from insights import answering, coverage
from insights.answering import Standing
from insights.stages import Step
from pipelines import plan
from pipelines.planning import content
from pipelines.quotes import meanings
from pipelines.running import accelerator
from pipelines.store import content_pages, vectors
from pipelines.store.content_pages import StoredPage
from pipelines.store.remembered import can_remember, remembered
from pipelines.store.themes import Theme

Level = Standing | Literal["far"]
MadeFor = Mapping[str, tuple[tuple[str, ...], tuple[Step, ...]]]
Rivals = Sequence[Sequence[str]]
MOST_PAGES = 3
RERANKED = 40  # pages whose words are compared as well
COMPARED = "How do you compare with {}?"
KEPT_PASSAGES = 40_000  # vectors of passages that stay in memory between two questions: 60 MB


@dataclass(frozen=True, slots=True)
class Page:
    """A page of ours beside what was said. `passage` is the stretch that answers, verbatim; `strength` how much nearer
    than usual it is, beside a picked theme how near (1: as its typical quote), None where a person's word decided
    (`said_by`). `lacks` are unusual words of the question that it does not name. `personas` and `steps` are those that the
    plan made it for."""

    page: StoredPage
    standing: Level
    passage: str
    strength: float | None
    lacks: tuple[str, ...]
    said_by: str
    personas: tuple[str, ...]
    steps: tuple[Step, ...]


def pages(
    db: Database, asked: str, theme: Theme | None, own: Sequence[str], rivals: Rivals = ()
) -> list[Page]:  # fmt: skip
    """The pages that answer or may, the best first; where none does, the nearest, which are said to be far. `rivals`
    are the competitors that are named, each with its other spellings."""
    if not content_pages.count(db):
        return []
    encoder = vectors.encoder(db) or accelerator.encoder().name
    words = content.said(db).get(theme.id, {}) if theme else {}
    question = meanings.asked(asked)
    near = ranked(db, encoder, asked, own=own, rivals=rivals)
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


def of_theme(db: Database, theme: Theme) -> list[Page]:
    """The pages beside a theme that was picked, as the plan judges them: by what buyers typically say, not by what the
    theme is called. What the plan calls a gap has only far ones."""
    made_for = _made_for(db)
    matches = content.of_theme(db, theme.id).matches
    found = [
        Page(
            one.page, _STANDING.get(one.state, "far"), one.passage,
            None if one.said or one.likeness is None else round(one.likeness, 4), (), one.said.actor if one.said else "",
            *made_for.get(one.page.key, ((), ())),
        )
        for one in matches
    ]  # fmt: skip
    return ([page for page in found if page.standing != "far"] or found)[:MOST_PAGES]


_STANDING: Mapping[str, Level] = {"covered": "answers", "partly": "may answer", "title only": "may answer"}


def _page(page: StoredPage, rank: "Ranked | None", said_by: str, made_for: MadeFor) -> Page:
    personas, steps = made_for.get(page.key, ((), ()))
    if rank is None:
        return Page(page, "answers", "", None, (), said_by, personas, steps)
    standing: Level = answering.standing(rank.strength) or "far"
    if standing == "answers" and not (rank.whole and page.words):  # of a title alone nobody has read what it says
        standing = "may answer"
    return Page(page, standing, "", round(rank.strength, 4), rank.lacks, "", personas, steps)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A page's place in the order, how much nearer than usual it is, and what it lacks of the question's unusual words.
    `whole` is False where it does not name a rival that the question names."""

    page: int
    order: float
    strength: float
    lacks: tuple[str, ...]
    whole: bool = True


def ranked(
    db: Database, encoder: str, asked: str, *, own: Sequence[str] = (), rivals: Rivals = ()
) -> list[Ranked]:  # fmt: skip
    """The nearest pages, the best first. What is said besides rivals' names is looked for by itself, and so is each
    rival: a page on prices does not name it, and the page that compares the two is near to no single objection."""
    if not rivals:
        return _ranked(db, encoder, asked, own)
    names = [name for one in rivals for name in one]
    said, compared = answering.besides(asked, names), [COMPARED.format(one[0]) for one in rivals]
    if not said:
        return _ranked(db, encoder, compared[0], own)
    parts = [_ranked(db, encoder, said, (*own, *names), rivals)]
    parts += [
        [page for page in _ranked(db, encoder, words, (*own, *names), [one]) if page.whole]
        for words, one in zip(compared, rivals, strict=True)
    ]
    # Each part's best stands before all others.
    firsts = {part[0].page for part in parts[:MOST_PAGES] if part}
    found = {one.page: one for one in sorted((one for part in parts for one in part), key=_place, reverse=True)}
    return sorted(found.values(), key=lambda one: (one.page not in firsts, _place(one)))


def _place(one: Ranked) -> tuple[float, int]:
    return -one.order, one.page


def _ranked(
    db: Database, encoder: str, asked: str, own: Sequence[str], rivals: Rivals = ()
) -> list[Ranked]:  # fmt: skip
    """The nearest to what is asked, the best first; that a page does not name a rival is told, not held against it."""
    question = meanings.asked(asked)
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
        strength = answering.strength(found[page], anyway, lacks)
        unnamed = tuple(one[0] for one in rivals if not answering.named(text, one))
        result.append(Ranked(page, float(place), strength, (*lacks, *unnamed), not unnamed))
    return sorted(result, key=_place)


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
