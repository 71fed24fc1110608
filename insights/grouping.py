"""Texts to group numbers: fold what says the same, cluster a sample of the rest, let everything else join.

What one would get wrong: likeness may count labels too, but a group's centre is of the meaning alone, because newcomers
are placed by meaning.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import nsmallest

import numpy as np

from insights import folding, graph, placing
from insights.records import text_hash

LABEL_WEIGHT = 0.15  # how much an equal label counts beside equal meaning
LEAST_TEXTS = 8
BUDGET = 0.1  # of the texts may be left without a theme; the best fitting of the rest join as weak members
TINY = 100  # texts, from which on the budget holds


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """What is to be grouped. `view` gives the vectors in which likeness counts, `plain` those of the meaning alone."""

    texts: Sequence[str]
    ids: Sequence[str]
    labels: Sequence[str] | None
    accounts: Sequence[str] | None
    private: frozenset[str]
    view: placing.View
    plain: placing.View

    def only(self, rows: Sequence[int]) -> "Input":
        chosen = np.asarray(rows)
        labels = None if self.labels is None else [self.labels[at] for at in rows]
        accounts = None if self.accounts is None else [self.accounts[at] for at in rows]
        return Input(
            [self.texts[at] for at in rows], [self.ids[at] for at in rows], labels, accounts, self.private,
            lambda at: self.view(chosen[at]), lambda at: self.plain(chosen[at]),
        )  # fmt: skip


Clusterer = Callable[[Sequence[str], np.ndarray, np.ndarray], np.ndarray]


def prepared(
    texts: Sequence[str], vectors: np.ndarray, ids: Sequence[str], labels: Sequence[str] | None,
    accounts: Sequence[str] | None = None, private: frozenset[str] = frozenset(),
) -> Input:  # fmt: skip
    """With labels, likeness is a weighted mean of the texts' cosine and "same label"."""
    if labels is None:
        return Input(texts, ids, None, accounts, private, lambda rows: vectors[rows], lambda rows: vectors[rows])
    known, codes = np.unique(np.array(labels, dtype=object), return_inverse=True)

    def drawn(rows: np.ndarray) -> np.ndarray:
        same = np.zeros((len(rows), len(known)), np.float32)
        same[np.arange(len(rows)), codes[rows]] = LABEL_WEIGHT**0.5
        return np.hstack([vectors[rows] * np.float32((1 - LABEL_WEIGHT) ** 0.5), same])

    return Input(texts, ids, labels, accounts, private, drawn, lambda rows: vectors[rows])


def grouped(given: Input, cluster: Clusterer, least: int) -> tuple[np.ndarray, int]:
    """Each text's group, -1 for none, and how many different texts are missing.

    Equal texts are one, near duplicates among those that are clustered too; of more than graph.MOST texts a sample,
    chosen by their content, is clustered and the rest joins.
    """
    folded = folding.equal(given.texts, given.ids)
    if len(folded) > graph.MOST:
        by_content = sorted(range(len(folded)), key=lambda at: text_hash(given.texts[folded[at][0]]))
        folded = [folded[at] for at in sorted(by_content[: graph.MOST])]
    firsts = np.array([members[0] for members in folded], np.int64)
    groups = np.full(len(given.texts), -1)
    texts, vectors = [given.texts[members[0]] for members in folded], given.view(firsts)
    weights = np.array([len(members) for members in folded])
    leaders = folding.near(texts, given.plain(firsts), weights.tolist())
    heads = np.flatnonzero(leaders == np.arange(len(leaders)))
    if len(heads) < LEAST_TEXTS:
        return groups, LEAST_TEXTS - len(heads)
    sums = np.bincount(leaders, weights, len(leaders)).astype(np.int64)
    of_head = np.full(len(leaders), -1)
    of_head[heads] = cluster([texts[at] for at in heads], vectors[heads], sums[heads])
    for members, group in zip(folded, of_head[leaders], strict=True):
        groups[members] = group
    return placing.settled(given.view, groups, least), 0


def within_budget(given: Input, groups: np.ndarray, units: np.ndarray, tightness: np.ndarray) -> np.ndarray:
    """Groups with the best fitting of those without one added, until no more than the budget waits."""
    waiting = np.flatnonzero(groups < 0)
    surplus = len(waiting) - int(BUDGET * len(groups))
    if len(groups) < TINY or surplus <= 0 or not len(units):
        return groups
    best, own, _ = placing.nearest(given.plain, waiting, units)
    fits = dict(zip(waiting.tolist(), (own / np.maximum(tightness[best], 1e-3)).tolist(), strict=True))
    nearest = nsmallest(surplus, fits, key=lambda at: (-fits[at], given.texts[at], given.ids[at]))
    joining = np.searchsorted(waiting, nearest)
    joined = groups.copy()
    joined[waiting[joining]] = best[joining]
    return joined


def ranked(groups: np.ndarray, ids: Sequence[str]) -> tuple[np.ndarray, list[int]]:
    """Groups renumbered by size, then by smallest id, and their old numbers in that order."""
    first: dict[int, str] = {}
    for id_, group in zip(ids, groups.tolist(), strict=True):
        if group >= 0:
            first[group] = min(first.get(group, id_), id_)
    sizes = np.bincount(groups[groups >= 0]).tolist()
    order = sorted(first, key=lambda group: (-sizes[group], first[group]))
    rank = np.full(len(sizes) + 1, -1)
    rank[order] = np.arange(len(order))
    return rank[groups], order
