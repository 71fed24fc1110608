"""Group unit vectors by the graph of their nearest neighbours; the estimator that BERTopic's clustering slot takes.

One setting serves every set (SETTINGS in this module's constants; measured in benchmarks/themes.py). What one would get
wrong: Leiden on a neighbour graph over-splits, the more the larger the set, so the number of neighbours grows with the
set and communities that are as near to each other as to themselves are merged afterwards.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

RESOLUTION = 0.1  # of the constant Potts objective: the share of possible edges that a community must exceed
LEAST_SIMILARITY = 0.3  # texts further apart than this cosine are no neighbours, however lonely
MERGE_RATIO = 0.83  # of similarity between two communities to similarity within them
LEAST_COHESION = 0.2  # a community whose pairs are on average further apart is no theme
SEED = 7
BLOCK = 512
FOLD = 32


def neighbour_count(size: int) -> int:
    """Neighbours per text: the size to the power of 0.4, at least 4 and at most 64."""
    return min(max(4, round(size**0.4)), 64)


def least_theme_size(size: int) -> int:
    """The fewest texts that make a theme: 3 in small sets, 10 among ten thousand, at most 25."""
    return min(max(3, round(size**0.5 / 10)), 25)


def neighbours(vectors: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Exact nearest neighbours by cosine: indices int32 (n, count) and cosines float32 (n, count), nearest first.

    `count` must be below n. Each row of the block product is folded into FOLD layers; a column group whose largest
    value is not among the `count` largest groups holds no neighbour, so only the others are sorted (3 times faster).
    """
    size = len(vectors)
    groups = -(-size // FOLD)
    columns = np.zeros((vectors.shape[1], groups * FOLD), np.float32)
    columns[:, :size] = vectors.T
    indices, cosines = np.empty((size, count), np.int32), np.empty((size, count), np.float32)
    kept = min(count, groups)
    for start in range(0, size, BLOCK):
        block = vectors[start : start + BLOCK] @ columns
        rows = np.arange(len(block))
        block[:, size:] = -3
        block[rows, rows + start] = -2
        largest = block.reshape(len(block), FOLD, groups).max(axis=1)
        chosen = np.argpartition(-largest, kept - 1, axis=1)[:, :kept]
        candidates = (chosen[:, :, None] + np.arange(FOLD) * groups).reshape(len(block), -1)
        values = np.take_along_axis(block, candidates, axis=1)
        first = np.argpartition(-values, count - 1, axis=1)[:, :count]
        candidates, values = np.take_along_axis(candidates, first, 1), np.take_along_axis(values, first, 1)
        order = np.lexsort((candidates, -values), axis=1)
        indices[start : start + BLOCK] = np.take_along_axis(candidates, order, axis=1)
        cosines[start : start + BLOCK] = np.take_along_axis(values, order, axis=1)
    return indices, cosines


def communities(vectors: np.ndarray) -> np.ndarray:
    """Unit vectors (n, d) -> community numbers int64 (n,): Leiden with the constant Potts objective (Traag et al. 2011;
    2019), then merging upwards. A lonely text is a community of its own."""
    import graspologic_native

    if len(vectors) < 2:
        return np.zeros(len(vectors), np.int64)
    graph = _graph(*neighbours(vectors, min(neighbour_count(len(vectors)), len(vectors) - 1)))
    if not graph.nnz:  # graspologic-native 1.3.1 panics on a graph without edges
        return np.arange(len(vectors))
    _, found = graspologic_native.leiden_csr(
        graph.indptr.astype(np.int64), graph.indices.astype(np.int32), graph.data, len(vectors),
        resolution=RESOLUTION, iterations=2, use_modularity=False, seed=SEED,
    )  # fmt: skip
    labels = np.fromiter((found[index] for index in range(len(vectors))), np.int64, len(vectors))
    return merged(vectors, np.unique(labels, return_inverse=True)[1])


def merged(vectors: np.ndarray, labels: np.ndarray, *, ratio: float = MERGE_RATIO) -> np.ndarray:
    """Join the two communities most alike, again and again, while they are alike enough.

    Alike is the mean cosine of their pairs over the geometric mean of the pairs within each. Communities of one text
    have no pairs of their own and are left alone.
    """
    count = int(labels.max()) + 1
    sizes = np.bincount(labels, minlength=count).astype(np.float64)
    sums = np.zeros((count, vectors.shape[1]))
    np.add.at(sums, labels, vectors.astype(np.float64))
    within = _cohesion(sums, sizes)
    means = sums / sizes[:, None]
    alike = _ratio(means @ means.T, within[:, None], within[None, :])
    np.fill_diagonal(alike, -1)
    target = np.arange(count)
    while True:
        first, second = sorted(divmod(int(alike.argmax()), count))
        if alike[first, second] < ratio:
            return np.unique(target[labels], return_inverse=True)[1]
        sums[first] += sums[second]
        sizes[first] += sizes[second]
        means[first] = sums[first] / sizes[first]
        target[target == second] = first
        within[first], within[second] = _cohesion(sums[first : first + 1], sizes[first : first + 1])[0], 0
        alike[second], alike[:, second] = -1, -1
        alike[first] = _ratio(means @ means[first], within, within[first])
        alike[first, first] = -1
        alike[:, first] = alike[first]


@dataclass(slots=True)
class GraphClusterer:
    """The estimator for BERTopic's clustering slot: `fit` sets `labels_`, -1 for texts that belong nowhere.

    `weights` counts how many texts each vector stands for (near duplicates are folded before), for the least size.
    """

    weights: np.ndarray | None = None
    labels_: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    def fit(self, vectors: np.ndarray, y: Any = None) -> "GraphClusterer":
        weights = np.ones(len(vectors), np.int64) if self.weights is None else self.weights
        labels = communities(vectors)
        sums = np.zeros((labels.max() + 1, vectors.shape[1]))
        np.add.at(sums, labels, vectors.astype(np.float64))
        sizes = np.bincount(labels)
        big = np.bincount(labels, weights) >= least_theme_size(int(weights.sum()))
        tight = np.where(sizes > 1, _cohesion(sums, sizes.astype(np.float64)), 1) >= LEAST_COHESION
        self.labels_ = np.where((big & tight)[labels], labels, -1)
        return self

    def predict(self, vectors: np.ndarray) -> np.ndarray:
        raise NotImplementedError("New texts join themes by themes.assign, which never moves old ones.")


def _graph(indices: np.ndarray, cosines: np.ndarray) -> "csr_matrix":
    """The symmetric graph that joins two texts when either is among the other's neighbours."""
    from scipy.sparse import csr_matrix

    size, count = indices.shape
    near = (cosines >= LEAST_SIMILARITY).ravel()
    rows = np.repeat(np.arange(size), count)[near]
    graph = csr_matrix((np.ones(len(rows)), (rows, indices.ravel()[near])), (size, size))
    graph = graph.maximum(graph.T).tocsr()
    graph.sort_indices()
    return graph


def _cohesion(sums: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The mean cosine of distinct pairs within each community; 0 where there are none."""
    pairs = sizes * (sizes - 1)
    return np.where(pairs > 0, ((sums * sums).sum(axis=1) - sizes) / np.maximum(pairs, 1), 0)


def _ratio(between: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    product = left * right
    return np.where(product > 0, between / np.sqrt(np.maximum(product, 1e-9)), -1)
