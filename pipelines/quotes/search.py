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

from insights import excerpts, quotable
from insights.errors import DamagedModel
from insights.names import labels
from pipelines.quotes import meanings, shelf
from pipelines.quotes.shelf import Shelf
from pipelines.store import facets, insights
from pipelines.store import shelf as rows
from pipelines.store.covered import FREE_FACTS, HIDDEN, is_covered, shown_otherwise
from pipelines.store.filters import Filters, options
from pipelines.store.insights import Quote

By = Literal["words", "meaning"]
Sort = Literal["", "newest", "best", "typical", "likeness"]
# Of quotes about something else altogether fewer than one in a hundred are as like a question (0.7 % of 50,000 pairs of a
# question and a quote of another business), and of the twenty nearest that are as like, six in ten are to the point.
LEAST_LIKENESS = 0.35
NEAREST = 50  # shown even where fewer are as like as that, beneath a line which says that they are doubtful
# Below so many words a quote is like many things; the likeness that it loses when it has none of them.
SHORT, SHORT_COSTS = 4, 0.15
# Of a question, up to which what holds them or bears a label that goes by them comes first (benchmarks/SEARCH.md).
FEW_WORDS = 2
STRETCH = 25  # quotes in order, of which
AN_ACCOUNT = 5  # at most so many are of one account
MOST_UNFOLDED = 10  # of those that say the same, shown beneath the first
HOLDS = 10_000_000  # above every key: what holds the words itself comes before what was said beside them
CURSOR = re.compile(r"(?:(\d{1,9})~)?(\d{4}-\d{2}-\d{2})?~([0-9a-f]{16})")


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
class Counts:
    """What matches: quotes, the conversations and accounts that they come from, how many say something different, and
    how many of those stand back for other accounts' sake. `unknown` have no vector yet, so that meaning cannot find
    them. `aside` are the quotes among `insights` that do not hold the words themselves, or so many beyond them where
    they are left out. `loose` of them belong to the theme that is filtered by only loosely, and come last; not told
    where words are looked for."""

    insights: int = 0
    conversations: int = 0
    accounts: int = 0
    different: int = 0
    back: int = 0
    unknown: int = 0
    aside: int = 0
    loose: int = 0


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


class BadCursor(ValueError):
    """A cursor that is none, or one of another order."""


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
    matching, keys = _ordered(kept, mask, sort, likeness, named if sort == "likeness" else fits)
    shown, again, first_of = _folded(kept, matching, fold=ask.fold and not ask.like)
    spread = ask.spread and not ask.like and shelf.different(kept.accounts[matching[shown]]) > AN_ACCOUNT
    stays, back = _spread(kept, matching[shown], keys[shown] >= HOLDS, on=spread)
    different, shown, again, back = len(shown), shown[stays], again[stays], back[stays]
    keyed = sort != "newest" or fits is not None
    start = _start(kept, matching, keys, shown, ask.after, keyed=keyed)
    end = start + ask.limit
    items = _items(
        db, kept, filters, ask, matching, (shown[start:end], again[start:end], back[start:end]), first_of,
        likeness if question else None, holds, named,
    )  # fmt: skip
    unknown = np.isnan(likeness) & _but(kept, masks, "q") if question and not trouble else np.zeros(0, bool)
    counted = _counts(kept, mask, different, different - len(shown), int(np.count_nonzero(unknown)), aside, int(np.count_nonzero(mask & kept.loose)) if apart else 0)  # fmt: skip
    last = shown[end - 1] if end < len(shown) else -1
    return Found(
        items, _cursor(kept, matching[last], keys[last], keyed=keyed) if last >= 0 else "", counted,
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
        near[known[np.argsort(-likeness[known], kind="stable")[:NEAREST]]] = True
    return near


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


def _ordered(
    kept: Shelf, mask: np.ndarray, sort: Sort, likeness: np.ndarray, holds: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """The matching places in order, with the whole number that each is ordered by, the largest first, then the newest.
    What `holds` the words that were looked for comes before everything else."""
    matching = np.flatnonzero(mask)
    match sort:
        case "best":
            keys = _leading(kept, matching, kept.worth[matching])
        case "typical":
            keys = np.rint((kept.fit[matching] + 1) * 10_000).astype(np.int64)
        case "likeness":
            keys = np.rint(np.nan_to_num(likeness[matching].astype(np.float64)) * 10_000).astype(np.int64)
        case _:
            keys = np.zeros(len(matching), np.int64)
    if holds is not None:
        keys = keys + HOLDS * holds[matching]
    order = np.argsort(-keys, kind="stable")
    return matching[order], keys[order]


def _leading(kept: Shelf, matching: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """The worth of the matching places, so that the best of each sentence comes before all that is second in its
    own."""
    order = np.argsort(-worth, kind="stable")
    _, first = np.unique(kept.sentences[matching][order], return_index=True)
    leads = np.zeros(len(matching), np.int64)
    leads[order[first]] = quotable.LEADS
    return worth + leads


def _folded(kept: Shelf, matching: np.ndarray, *, fold: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the matching places in order, the indices of the first of each that say the same, how many follow it, and per
    index the index of its first."""
    every = np.arange(len(matching))
    if not fold or not len(matching):
        return every, np.zeros(len(matching), np.int64), every
    codes = kept.folds[matching]
    first = np.zeros(int(codes.max()) + 1, np.int64)
    first[codes[::-1]] = every[::-1]  # the last that is written is the first in order
    first_of = first[codes]
    shown = np.flatnonzero(first_of == every)
    return shown, np.bincount(codes)[codes[shown]] - 1, first_of


def _spread(kept: Shelf, places: np.ndarray, holds: np.ndarray, *, on: bool) -> tuple[np.ndarray, np.ndarray]:
    """Which of these places are shown, and how many of the account stand back behind each.

    In every stretch of STRETCH quotes an account has its first AN_ACCOUNT; the last of them holds the number of the
    others. Stretches are counted from the end, so that newer quotes do not move those that somebody has already paged
    to; those that hold the words (the first of the list) have stretches of their own.
    """
    shown, back = np.ones(len(places), bool), np.zeros(len(places), np.int64)
    if not on or not len(places):
        return shown, back
    first = np.count_nonzero(holds)
    stretch = (np.where(holds, first, len(places)) - 1 - np.arange(len(places))) // STRETCH + holds * len(places)
    codes = stretch * (int(kept.accounts.max()) + 1) + kept.accounts[places]
    order = np.argsort(codes, kind="stable")
    runs = np.flatnonzero(np.diff(codes[order], prepend=-1))
    lengths = np.diff(runs, append=len(order))
    rank = np.arange(len(order)) - np.repeat(runs, lengths)
    # Conversations without an account are of different ones for all that is known.
    named = kept.named[places[order]]
    shown[order] = (rank < AN_ACCOUNT) | ~named
    full = lengths > AN_ACCOUNT
    holders = order[runs[full] + AN_ACCOUNT - 1]
    back[holders] = np.where(kept.named[places[holders]], lengths[full] - AN_ACCOUNT, 0)
    return shown, back


def _start(
    kept: Shelf, matching: np.ndarray, keys: np.ndarray, shown: np.ndarray, after: str, *, keyed: bool
) -> int:  # fmt: skip
    """How many of the shown ones come up to a cursor, whether or not its quote is still there."""
    if not after:
        return 0
    found = CURSOR.fullmatch(after)
    if not found or (found[1] is None) == keyed:
        raise BadCursor(after)
    key, day, insight = int(found[1] or 0), (found[2] or "").encode(), found[3].encode()
    newer = (kept.days > day) | ((kept.days == day) & (kept.ids >= insight))
    place = int(np.count_nonzero(newer))  # places below it are newer, or are the quote itself
    mine, places = keys[shown], matching[shown]
    return int(np.count_nonzero((mine > key) | ((mine == key) & (places < place))))


def _cursor(kept: Shelf, place: int, key: int, *, keyed: bool) -> str:
    before = f"{key}~" if keyed else ""
    return f"{before}{kept.days[place].decode()}~{kept.ids[place].decode()}"


def _items(
    db: Database, kept: Shelf, filters: Filters, ask: Ask, matching: np.ndarray,
    page: tuple[np.ndarray, np.ndarray, np.ndarray], first_of: np.ndarray, likeness: np.ndarray | None,
    holds: np.ndarray | None, bears: np.ndarray,
) -> tuple[Item, ...]:  # fmt: skip
    (shown, again, back), others = page, {}
    for index, count in zip(shown, again, strict=True):
        if count:
            others[index] = np.flatnonzero(first_of == index)[1 : MOST_UNFOLDED + 1]
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


def _counts(kept: Shelf, mask: np.ndarray, different: int, back: int, unknown: int, aside: int, loose: int) -> Counts:
    return Counts(
        int(np.count_nonzero(mask)), shelf.different(kept.meetings[mask]),
        shelf.different(kept.accounts[mask & kept.named]), different, back, unknown, aside, loose,
    )  # fmt: skip


def _but(kept: Shelf, masks: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    return shelf.together(kept, (mask for one, mask in masks.items() if one != name))


def _facet(
    db: Database, kept: Shelf, masks: Mapping[str, np.ndarray], mask: np.ndarray, name: str
) -> Mapping[str, int]:
    within = _but(kept, masks, name) if name in masks else mask
    counts = shelf.counts(kept, name, within) if name in kept.fields else {}
    covered = shown_otherwise(db, counts) if name in ("competitor", *FREE_FACTS) else {}
    return {value: number for value, number in counts.items() if value not in covered} if covered else counts
