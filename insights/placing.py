"""Place vectors by the centres of groups: who joins, who leaves, how sure it is, and how many may wait.

A `View` gives the unit vectors of some positions, so that a million of them are never copied as a whole. All cosines
are exact (insights/exact.py) and of equal ones the first centre counts.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from insights import exact

View = Callable[[np.ndarray], np.ndarray]

BLOCK = 16_384
FIT_SHARE = 0.6  # of a group's usual cosine to its centre that a text must reach to join or to stay
LEAST_COSINE = 0.38  # that a text must reach to join, however loose the group
NEAREST = 5  # examples of a group that a text is compared with
# Fitted once on the 20 % that were kept back from three public sets, each counted alike (see benchmarks/themes.py).
CURVE = (-2.69, 3.77, 8.75)


def centres(view: View, groups: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The unit mean of each of `count` groups, float32 (count, d), and its members' mean cosine to it; -1 is no
    group."""
    sizes = np.bincount(groups[groups >= 0], minlength=count)
    totals = sum(
        (exact.sums(exact.on_grid(view(rows)), groups[rows], count) for rows in blocks(np.flatnonzero(groups >= 0))),
        start=np.zeros((count, 1)),
    )
    units, lengths = exact.directions(totals)
    return units, np.round(lengths / np.maximum(sizes, 1), 4)


def settled(view: View, groups: np.ndarray, least: int) -> np.ndarray:
    """Let texts without a group join the nearest one that fits, and those far from their group's centre leave it.

    Groups left with fewer than `least` texts are none.
    """
    count = int(groups.max(initial=-1)) + 1
    if not count:
        return groups
    units, tightness = centres(view, groups, count)
    joined = groups.copy()
    for rows in blocks(np.arange(len(groups))):
        cosines = exact.cosines(exact.on_grid(view(rows)), exact.on_grid(units))
        best = np.where(groups[rows] < 0, cosines.argmax(axis=1), groups[rows])
        own = cosines[np.arange(len(rows)), best]
        needed = np.where(groups[rows] < 0, needed_cosine(tightness[best]), FIT_SHARE * tightness[best])
        joined[rows] = np.where(own >= needed, best, -1)
    sizes = np.bincount(joined[joined >= 0], minlength=count)
    return np.where((joined >= 0) & (sizes[joined] >= least), joined, -1)


def nearest(
    view: View, rows: np.ndarray, units: np.ndarray, *, examples: Sequence[np.ndarray] = ()
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each of some positions: the best group, the cosine to its centre, and the chance that it is the right one.

    The best is the one with the nearest centre; or, with examples of every group, the one whose centre and whose
    NEAREST examples are nearest taken together. Centres alone are worse where themes lie close (benchmarks/THEMES.md).
    """
    best, own, sure = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.float32), np.zeros(len(rows))
    grid, every = exact.on_grid(units), [exact.on_grid(some) for some in examples]
    for part in blocks(np.arange(len(rows)), BLOCK // 4 if every else BLOCK):
        vectors = exact.on_grid(view(rows[part]))
        cosines = exact.cosines(vectors, grid)
        best[part] = (cosines + _near_examples(vectors, every) if every else cosines).argmax(axis=1)
        own[part] = cosines[np.arange(len(part)), best[part]]
        sure[part] = confidences(cosines, best[part])
    return best, own, sure


def within(view: View, count: int, units: np.ndarray, needed: np.ndarray) -> np.ndarray:
    """Those of `count` positions that are as near to the centre of any group as that group needs: no other can
    belong."""
    grid, near = exact.on_grid(units), [np.zeros(0, np.int64)]
    for part in blocks(np.arange(count)):
        cosines = exact.cosines(exact.on_grid(view(part)), grid)
        near.append(part[(cosines >= needed).any(axis=1)])
    return np.concatenate(near)


def _near_examples(vectors: np.ndarray, examples: Sequence[np.ndarray]) -> np.ndarray:
    """The mean cosine to the NEAREST nearest examples of each group, (n, groups)."""
    means = np.empty((len(vectors), len(examples)), np.float32)
    for group, some in enumerate(examples):
        cosines = exact.cosines(vectors, some)
        count = min(NEAREST, cosines.shape[1])
        means[:, group] = np.sort(cosines, axis=1)[:, -count:].mean(axis=1)
    return means


def chosen(view: View, groups: np.ndarray, units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every position's cosine to its group's centre and the chance that it is the right one; 0 where there is none."""
    own, sure = np.zeros(len(groups), np.float32), np.zeros(len(groups))
    for rows in blocks(np.flatnonzero(groups >= 0)):
        cosines = exact.cosines(exact.on_grid(view(rows)), exact.on_grid(units))
        own[rows] = cosines[np.arange(len(rows)), groups[rows]]
        sure[rows] = confidences(cosines, groups[rows])
    return own, sure


def needed_cosine(tightness: np.ndarray) -> np.ndarray:
    """The cosine to a centre from which on a text belongs to groups of this tightness (0: unknown)."""
    return np.maximum(LEAST_COSINE, FIT_SHARE * tightness)


def blocks(rows: np.ndarray, size: int = BLOCK) -> Iterator[np.ndarray]:
    """Rows in parts, so that rows × groups never stand in memory as a whole."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def confidences(cosines: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Cosines (n, groups) and the chosen group of each row -> the chance in [0, 1] that it is the right one.

    A logistic curve over the cosine and its lead over the next group.
    """
    rows = np.arange(len(cosines))
    own = cosines[rows, chosen].astype(np.float64)
    others = cosines.copy()
    others[rows, chosen] = -1
    lead = np.clip(own - others.max(axis=1), -0.2, 0.4)
    return 1 / (1 + np.exp(-(CURVE[0] + CURVE[1] * own + CURVE[2] * lead)))
