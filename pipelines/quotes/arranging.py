"""A list of quotes in its order: the same said again folded, no account filling a stretch, a place to go on from.

What one would get wrong: the last few lists are kept whole, for whoever leafs through one; what they are made of is in
their key to the last bit.
"""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from insights import quotable
from pipelines.quotes import shelf
from pipelines.quotes.shelf import Shelf

Sort = Literal["", "newest", "best", "typical", "likeness"]
STRETCH = 25  # quotes in order, of which
AN_ACCOUNT = 5  # at most so many are of one account
MOST_UNFOLDED = 10  # of those that say the same, shown beneath the first
MOST_LISTS = 3  # that are kept: 24 bytes a quote each
HOLDS = 10_000_000  # above every key: what holds the words itself comes before what was said beside them
CURSOR = re.compile(r"(?:(-?\d{1,9})~)?(\d{4}-\d{2}-\d{2})?~([0-9a-f]{16})")


class BadCursor(ValueError):
    """A cursor that is none, or one of another order."""


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
class Listed:
    """A whole list: the `matching` places in order (m,) with the number that each is ordered by; of the quotes shown
    (s,) their indices among them, how many say the same `again` and how many stand `back` behind each; `first_of` (m,)
    is the index of the first that says the same. `counts` are what of these is counted."""

    matching: np.ndarray
    keys: np.ndarray
    shown: np.ndarray
    again: np.ndarray
    back: np.ndarray
    first_of: np.ndarray
    counts: Counts


def arranged(
    kept: Shelf,
    mask: np.ndarray,
    sort: Sort,
    likeness: np.ndarray,
    holds: np.ndarray | None,
    *,
    fold: bool,
    spread: bool,
) -> Listed:
    """Put what matches in order, what says the same again folded and accounts spread if asked for; what `holds` words
    comes first. The last few lists are kept."""
    key = (
        shelf.digest(np.packbits(mask)), sort, fold, spread, None if holds is None else shelf.digest(np.packbits(holds)),
        shelf.digest(likeness) if sort == "likeness" else None,
    )  # fmt: skip
    found = kept.arranged.get(key)
    if found is None:
        found = kept.arranged[key] = _list(kept, mask, sort, likeness, holds, fold=fold, spread=spread)
        while len(kept.arranged) > MOST_LISTS:
            kept.arranged.popitem(last=False)
    return found


def _list(
    kept: Shelf,
    mask: np.ndarray,
    sort: Sort,
    likeness: np.ndarray,
    holds: np.ndarray | None,
    *,
    fold: bool,
    spread: bool,
) -> Listed:
    matching, keys = _ordered(kept, mask, sort, likeness, holds)
    shown, again, first_of = _folded(kept, matching, fold=fold)
    spread = spread and shelf.different(kept.accounts[matching[shown]]) > AN_ACCOUNT
    stays, back = _spread(kept, matching[shown], keys[shown] >= HOLDS, on=spread)
    counts = _counts(kept, mask, len(shown), len(shown) - int(np.count_nonzero(stays)))
    small = np.int32
    return Listed(
        matching.astype(small), keys.astype(small), shown[stays].astype(small), again[stays].astype(small),
        back[stays].astype(small), first_of.astype(small), counts,
    )  # fmt: skip


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


def start_of(kept: Shelf, list_: Listed, after: str, *, keyed: bool) -> int:
    """How many of the shown ones come up to a cursor, whether or not its quote is still there."""
    if not after:
        return 0
    found = CURSOR.fullmatch(after)
    if not found or (found[1] is None) == keyed:
        raise BadCursor(after)
    key, day, insight = int(found[1] or 0), (found[2] or "").encode(), found[3].encode()
    newer = (kept.days > day) | ((kept.days == day) & (kept.ids >= insight))
    place = int(np.count_nonzero(newer))  # places below it are newer, or are the quote itself
    mine, places = list_.keys[list_.shown], list_.matching[list_.shown]
    return int(np.count_nonzero((mine > key) | ((mine == key) & (places < place))))


def cursor(kept: Shelf, place: int, key: int, *, keyed: bool) -> str:
    before = f"{key}~" if keyed else ""
    return f"{before}{kept.days[place].decode()}~{kept.ids[place].decode()}"


def others_of(first_of: np.ndarray, index: int, most: int) -> np.ndarray:
    """The next `most` indices that say the same as this one; mostly they are near, so it is not looked to the end."""
    found, start, size = np.zeros(0, np.int64), index + 1, 4_096
    while len(found) < most:
        found = np.append(found, start + np.flatnonzero(first_of[start : start + size] == index))
        start, size = start + size, 8 * size
    return found[:most]


def _counts(kept: Shelf, mask: np.ndarray, different: int, back: int) -> Counts:
    return Counts(
        int(np.count_nonzero(mask)), shelf.different(kept.meetings[mask]),
        shelf.different(kept.accounts[mask & kept.named]), different, back,
    )  # fmt: skip
