"""Find quotes by words or by meaning: filtered, put in order, the same said again folded, no account filling the page.

What one would get wrong: what is left out is always said. `Counts` hold what matches, how much of it is different, and
how many of those stand back because their account has had its turn; every order goes on from a cursor of its own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from sqlite_utils import Database

from insights import excerpts
from insights.errors import DamagedModel
from insights.names import labels
from pipelines.quotes import meanings, shelf
from pipelines.quotes.arranging import MOST_UNFOLDED, Counts, Listed, Sort, arranged, cursor, others_of, start_of
from pipelines.quotes.shelf import Shelf
from pipelines.store import facets, insights
from pipelines.store import shelf as rows
from pipelines.store.covered import FREE_FACTS, HIDDEN, is_covered, shown_otherwise
from pipelines.store.filters import Filters, options
from pipelines.store.insights import Quote

By = Literal["words", "meaning"]
# Of quotes about something else altogether fewer than one in a hundred are as like a question (0.7 % of 50,000 pairs of a
# question and a quote of another business), and of the twenty nearest that are as like, six in ten are to the point.
LEAST_LIKENESS = 0.35
NEAREST = 50  # shown even where fewer are as like as that, beneath a line which says that they are doubtful
# Below so many words a quote is like many things; the likeness that it loses when it has none of them.
SHORT, SHORT_COSTS = 4, 0.15
# Of a question, up to which what holds them or bears a label that goes by them comes first (benchmarks/SEARCH.md).
FEW_WORDS = 2


@dataclass(frozen=True, slots=True)
class Ask:
    """How to look, beside the filters. `like` is a quote whose repetitions alone are wanted; `after` a cursor. Without
    `aside` what holds the words only beside it, in its utterance, is left out."""

    by: By = "words"
    sort: Sort = ""
    fold: bool = True
    spread: bool = True
    aside: bool = True
    like: str = ""
    after: str = ""
    limit: int = 25


@dataclass(frozen=True, slots=True)
class Item:
    """A quote of a list. `again` counts those that say the same (`others` are the first of them), `back` those of the
    same account that stand back from this stretch of the list after it. `likeness` is None unless meaning was asked
    for. `found` are the words that were found, as they were said; `nearby` is the sentence that has them where it is
    another. `aside` says that the quote itself does not hold them: they stand beside it. `named`: by meaning, it holds
    the few words that were looked for or bears a label that goes by them."""

    quote: Quote
    again: int = 0
    others: tuple[Quote, ...] = ()
    back: int = 0
    likeness: float | None = None
    found: tuple[str, ...] = ()
    nearby: str = ""
    aside: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A part of what was found, the cursor of the next part ("" at the end), and the counts of the whole.

    `facets` hold, for each field, the meetings of every value, its own filter left aside. `without` says of each filter
    in use how many quotes there would be if it were taken away; empty unless nothing was found. `named` come first by
    meaning for a question of FEW_WORDS. `near` are those and all as like as LEAST_LIKENESS, the others by meaning are
    doubtful; `far` says that none is: these are the nearest. `trouble` says why meaning cannot be asked for, and what
    to do."""

    items: tuple[Item, ...]
    next: str
    counts: Counts
    facets: Mapping[str, Mapping[str, int]]
    without: Mapping[str, int]
    sort: Sort
    near: int
    far: bool
    trouble: str
    named: int = 0


def find(db: Database, filters: Filters, ask: Ask, *, facets: Sequence[str] = ()) -> Found:
    """Look once; `facets` are the fields to count, own fields among them. Raises BadCursor."""
    kept = shelf.of(db, filters)
    question = filters.q.strip() if ask.by == "meaning" else ""
    masks = shelf.parts(db, kept, replace(filters, q="", match="") if question else filters)
    if ask.like:
        masks["like"] = _like(kept, ask.like)
    likeness, trouble = _likeness(db, kept, question)
    sort: Sort = ask.sort if ask.sort and (question or ask.sort != "likeness") else "likeness" if question else "newest"
    named = _named(db, kept, question)
    if question:
        masks["q"] = named | _near(shelf.together(kept, masks.values()), likeness, ranked=sort == "likeness")
    holds = shelf.holding(db, kept, filters, masks["q"]) if "q" in masks and not question else None
    mask = shelf.together(kept, masks.values())
    aside = 0 if holds is None else int(np.count_nonzero(mask & ~holds))
    if holds is not None and not ask.aside:
        masks["q"] = holds
        mask = mask & holds
    # In a theme's own list what belongs there only loosely stands apart, after everything else.
    apart = bool(options(filters.theme)) and not filters.q.strip()
    fits = ~kept.loose if apart else holds
    near = int(np.count_nonzero(mask & ((likeness >= LEAST_LIKENESS) | named))) if question else 0
    list_ = arranged(
        kept, mask, sort, likeness, named if sort == "likeness" else fits,
        fold=ask.fold and not ask.like, spread=ask.spread and not ask.like,
    )  # fmt: skip
    shown = list_.shown
    keyed = sort != "newest" or fits is not None
    start = start_of(kept, list_, ask.after, keyed=keyed)
    end = start + ask.limit
    items = _items(db, kept, filters, ask, list_, slice(start, end), likeness if question else None, holds, named)
    unknown = np.isnan(likeness) & _but(kept, masks, "q") if question and not trouble else np.zeros(0, bool)
    loose = int(np.count_nonzero(mask & kept.loose)) if apart else 0
    counted = replace(list_.counts, unknown=int(np.count_nonzero(unknown)), aside=aside, loose=loose)
    last = shown[end - 1] if end < len(shown) else -1
    return Found(
        items, cursor(kept, list_.matching[last], list_.keys[last], keyed=keyed) if last >= 0 else "", counted,
        {name: {} if is_covered(db) and name in HIDDEN else _facet(db, kept, masks, mask, name) for name in facets},
        {} if counted.insights else {name: int(np.count_nonzero(_but(kept, masks, name))) for name in masks},
        sort, near, bool(question) and not near and bool(mask.any()), trouble, int(np.count_nonzero(mask & named)),
    )  # fmt: skip


def fields(db: Database, filters: Filters) -> tuple[str, ...]:
    """The own fields that can be a facet."""
    offered = facets.filter_names(db)
    return tuple(name for name in shelf.of(db, filters).fields if name not in shelf.COLUMNS and name in offered)


def _likeness(db: Database, kept: Shelf, question: str) -> tuple[np.ndarray, str]:
    nothing = np.full(len(kept), np.nan, np.float32)
    if not question:
        return nothing, ""
    try:
        found = meanings.likeness(db, kept, question)
    except DamagedModel as error:
        return nothing, f"{error} Until then, look for words."
    if len(kept) and np.isnan(found).all():
        return nothing, (
            "No quote has been prepared for this yet. It is done when what was uploaded has been read through; if no upload "
            "is being worked on, run: parley mine. Until then, look for words."
        )
    missing = np.clip(1 - kept.length / SHORT, 0, 1).astype(np.float32)
    return found - SHORT_COSTS * missing, ""


def _near(others: np.ndarray, likeness: np.ndarray, *, ranked: bool) -> np.ndarray:
    """Which quotes are near enough; where they are shown in that order, or none is, the nearest others too."""
    near = np.greater_equal(likeness, LEAST_LIKENESS)  # no number is as like as nothing: what has no vector stays out
    known = np.flatnonzero(others & ~np.isnan(likeness))
    if len(known) and (ranked or not (near & others).any()):
        near[known[_largest(likeness[known], NEAREST)]] = True
    return near


def _largest(values: np.ndarray, most: int) -> np.ndarray:
    """The places of so many of the largest, of equal ones the first: a look at each instead of an order of all."""
    if len(values) <= most:
        return np.arange(len(values))
    last = np.partition(values, -most)[-most]
    above = np.flatnonzero(values > last)
    return np.concatenate([above, np.flatnonzero(values == last)[: most - len(above)]])


def _named(db: Database, kept: Shelf, question: str) -> np.ndarray:
    """Which quotes hold the few words of a question, or bear a label that goes by them: a word alone means little
    to the encoder."""
    typed = re.findall(r"\w+", question)  # a minus or quotation marks mean nothing by meaning
    if not 0 < len(typed) <= FEW_WORDS:
        return np.zeros(len(kept), bool)
    words = Filters(q=" ".join(typed))
    hits = shelf.parts(db, kept, words)["q"]
    return shelf.holding(db, kept, words, hits) | kept.fields["label"].among(labels.called(typed))


def _like(kept: Shelf, insight: str) -> np.ndarray:
    """The quotes that say the same as one of them."""
    places = np.flatnonzero(kept.ids == insight.encode("ascii", "replace"))
    return kept.folds == kept.folds[places[0]] if len(places) else np.zeros(len(kept), bool)


def _items(
    db: Database, kept: Shelf, filters: Filters, ask: Ask, list_: Listed, page: slice, likeness: np.ndarray | None,
    holds: np.ndarray | None, bears: np.ndarray,
) -> tuple[Item, ...]:  # fmt: skip
    matching, others = list_.matching, {}
    shown, again, back = list_.shown[page], list_.again[page], list_.back[page]
    for index, count in zip(shown, again, strict=True):
        if count:
            others[index] = others_of(list_.first_of, int(index), min(int(count), MOST_UNFOLDED))
    named = {
        int(index): kept.ids[matching[index]].decode()
        for index in {*shown, *(o for mine in others.values() for o in mine)}
    }
    quotes = insights.several(db, list(named.values()))
    hits: dict[int, rows.Hit] = {}
    if filters.q.strip() and ask.by == "words":
        hits = rows.hits(db, filters, {int(kept.utterances[matching[index]]) for index in shown})
    items = []
    for index, more, behind in zip(shown, again, back, strict=True):
        quote = quotes.get(named[int(index)])
        if quote is not None:  # it may have gone since the shelf was read
            rest = tuple(quotes[named[int(o)]] for o in others.get(index, ()) if named[int(o)] in quotes)
            alike = (
                None if likeness is None or np.isnan(likeness[matching[index]]) else float(likeness[matching[index]])
            )
            hit = hits.get(int(kept.utterances[matching[index]]))
            found, nearby = _found_words(quote, hit) if hit else ((), "")
            aside = holds is not None and not holds[matching[index]]
            items.append(
                Item(quote, int(more), rest, int(behind), alike, found, nearby, aside, bool(bears[matching[index]]))
            )
    return tuple(items)


def _found_words(quote: Quote, hit: rows.Hit) -> tuple[tuple[str, ...], str]:
    """The found words as they were said, and, where none of them is in the quote's sentence, what stands around the
    first."""
    first, last = quote.start - len(quote.before), quote.end + len(quote.after)
    said = tuple(dict.fromkeys(hit.text[start:end] for start, end in hit.spans))
    if any(first <= start and end <= last for start, end in hit.spans):
        return said, ""
    around = excerpts.around(hit.text, *hit.spans[0])
    return said, around["before"] + hit.text[slice(*hit.spans[0])] + around["after"]


def _but(kept: Shelf, masks: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    return shelf.together(kept, (mask for one, mask in masks.items() if one != name))


def _facet(
    db: Database, kept: Shelf, masks: Mapping[str, np.ndarray], mask: np.ndarray, name: str
) -> Mapping[str, int]:
    within = _but(kept, masks, name) if name in masks else mask
    counts = shelf.counts(kept, name, within) if name in kept.fields else {}
    covered = shown_otherwise(db, counts) if name in ("competitor", *FREE_FACTS) else {}
    return {value: number for value, number in counts.items() if value not in covered} if covered else counts
