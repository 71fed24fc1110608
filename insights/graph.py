"""Group unit vectors by the graph of their nearest neighbours; the estimator that BERTopic's clustering slot takes.

One setting serves every set (this module's constants; measured in benchmarks/THEMES.md). What one would get wrong:
Leiden on a neighbour graph over-splits, the more the larger the set, so the number of neighbours grows with the set and
communities that are as near to each other as to themselves are merged afterwards. Every comparison is between exact
numbers (insights/exact.py), so the same vectors in the same order give the same communities on any machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from insights import exact

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

NEIGHBOURS = 0.35  # of the square root of the set's size
NEIGHBOURS_OF_FEW = 1.7  # times a small set's size to the power of 0.3
ENOUGH = 10  # neighbours that small sets have from 370 texts on, until the share gives more
RESOLUTION = 0.1  # of the constant Potts objective: the share of possible edges that a community must exceed
LEAST_SIMILARITY = 0.3  # texts further apart than this cosine are no neighbours, however lonely
MERGE_RATIO = 0.82  # of similarity between two communities to similarity within them
LEAST_COHESION = 0.2  # a community whose pairs are on average further apart is no theme
SEED = 7
MOST = (
    12_000  # vectors that are grouped at once: more take longer and split themes finer; above 20,000 sums are not exact
)
BLOCK = 512
FOLD = 32
SPARE = 4


def neighbour_count(size: int) -> int:
    """Neighbours per text: a share of the square root of the set's size, more in small sets, at least 4, at most 64.

    Small sets are a company's first months: some twenty topics, a few of them large. With fewer neighbours these fall
    into pieces that are too small to tell a trend from chance.
    """
    few = min(ENOUGH, round(NEIGHBOURS_OF_FEW * size**0.3))
    return min(max(4, few, round(NEIGHBOURS * size**0.5)), 64)


def least_theme_size(size: int) -> int:
    """The fewest texts that make a theme: 3 in small sets, 10 among ten thousand, at most 25."""
    return min(max(3, round(size**0.5 / 10)), 25)


def neighbours(vectors: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Nearest neighbours of vectors on the grid: indices int32 (n, count), cosines float32 (n, count), nearest first.

    `count` must be below n; of equally near ones the first counts. Each row of the block product is folded into FOLD
    layers; a column group whose largest value is not among the largest groups holds no neighbour, so only the others
    are sorted (3 times faster). SPARE more are taken than needed, so that ties at the edge are decided by position.
    """
    size = len(vectors)
    groups = -(-size // FOLD)
    columns = np.zeros((vectors.shape[1], groups * FOLD), np.float32)
    columns[:, :size] = vectors.T
    indices, cosines = np.empty((size, count), np.int32), np.empty((size, count), np.float32)
    kept, taken = min(count + SPARE, groups), min(count + SPARE, size)
    for start in range(0, size, BLOCK):
        block = vectors[start : start + BLOCK] @ columns
        rows = np.arange(len(block))
        block[:, size:] = -np.inf
        block[rows, rows + start] = -np.inf
        largest = block.reshape(len(block), FOLD, groups).max(axis=1)
        chosen = np.argpartition(-largest, kept - 1, axis=1)[:, :kept]
        candidates = (chosen[:, :, None] + np.arange(FOLD) * groups).reshape(len(block), -1)
        values = np.take_along_axis(block, candidates, axis=1)
        first = np.argpartition(-values, taken - 1, axis=1)[:, :taken]
        candidates, values = np.take_along_axis(candidates, first, 1), np.take_along_axis(values, first, 1)
        order = np.lexsort((candidates, -values), axis=1)[:, :count]
        indices[start : start + BLOCK] = np.take_along_axis(candidates, order, axis=1)
        cosines[start : start + BLOCK] = np.take_along_axis(values, order, axis=1)
    return indices, cosines / np.float32(exact.GRID**2)


def communities(vectors: np.ndarray, *, ratio: float = MERGE_RATIO) -> np.ndarray:
    """Unit vectors (n, d) -> community numbers int64 (n,): Leiden with the constant Potts objective (Traag et al. 2011;
    2019), then merging upwards. A lonely text is a community of its own. n is at most MOST."""
    import graspologic_native

    vectors = exact.on_grid(vectors)
    if len(vectors) < 2:
        return np.zeros(len(vectors), np.int64)
    graph = _graph(*neighbours(vectors, min(neighbour_count(len(vectors)), len(vectors) - 1)))
    if not graph.nnz:  # graspologic-native 1.3.1 panics on a graph without edges
        return np.arange(len(vectors))
    _, found = graspologic_native.leiden_csr(
        graph.indptr.astype(np.int64), graph.indices.astype(np.int32), graph.data, len(vectors),
        resolution=RESOLUTION, iterations=1, use_modularity=False, seed=SEED,
    )  # fmt: skip
    labels = np.fromiter((found[index] for index in range(len(vectors))), np.int64, len(vectors))
    return merged(vectors, np.unique(labels, return_inverse=True)[1], ratio=ratio)


def merged(vectors: np.ndarray, labels: np.ndarray, *, ratio: float = MERGE_RATIO) -> np.ndarray:
    """Join the two communities most alike, again and again, while they are alike enough.

    Alike is the mean cosine of their pairs over the geometric mean of the pairs within each. Communities far below the
    least size of a theme are left alone: there may be thousands. `vectors` are on the grid.
    """
    sizes = np.bincount(labels)
    taking = np.flatnonzero(sizes >= max(2, least_theme_size(len(vectors)) // 2))
    if len(taking) < 2:
        return labels
    place = np.full(len(sizes), -1)
    place[taking] = np.arange(len(taking))
    totals = exact.sums(vectors, place[labels], len(taking))
    # Whole numbers below 2**53 for MOST texts and fewer: exact, whatever the order of the sums.
    products = totals @ totals.T
    selves = exact.sums((vectors * vectors).sum(axis=1, keepdims=True), place[labels], len(taking))[:, 0]
    target = np.arange(len(sizes))
    for first, second in _mergers(products, selves, sizes[taking].astype(np.float64), ratio):
        target[target == taking[second]] = taking[first]
    return np.unique(target[labels], return_inverse=True)[1]


def _mergers(products: np.ndarray, selves: np.ndarray, sizes: np.ndarray, ratio: float) -> Iterator[tuple[int, int]]:
    """The pairs to join, one after the other; of equally near ones the first. The arguments are used up.

    `products` (k, k) are the communities' sums multiplied with each other, `selves` those of each text with itself.
    """
    within = _within(products.diagonal(), selves, sizes)
    alike = _ratio(products / np.outer(sizes, sizes), within[:, None], within[None, :])
    np.fill_diagonal(alike, -1)
    while True:
        first, second = sorted(divmod(int(alike.argmax()), len(sizes)))
        if alike[first, second] < ratio:
            return
        yield first, second
        products[first] += products[second]
        products[:, first] += products[:, second]
        sizes[first] += sizes[second]
        selves[first] += selves[second]
        within[first], within[second] = _within(products[first, first], selves[first], sizes[first]), 0
        alike[first] = _ratio(products[first] / (sizes * sizes[first]), within, within[first])
        alike[second], alike[first, first] = -1, -1
        alike[:, second], alike[:, first] = -1, alike[first]


@dataclass(slots=True)
class GraphClusterer:
    """The estimator for BERTopic's clustering slot: `fit` sets `labels_`, -1 for texts that belong nowhere.

    `weights` counts how many texts each vector stands for (near duplicates are folded before), for the least size,
    which is `least` or else what the set's size asks for; `ratio` is that of merging.
    """

    weights: np.ndarray | None = None
    ratio: float = MERGE_RATIO
    least: int = 0
    labels_: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    def fit(self, vectors: np.ndarray, y: Any = None) -> "GraphClusterer":
        weights = np.ones(len(vectors), np.int64) if self.weights is None else self.weights
        labels = communities(vectors, ratio=self.ratio)
        sizes = np.bincount(labels)
        grid = exact.on_grid(vectors)
        totals = exact.sums(grid, labels, len(sizes))
        selves = exact.sums((grid * grid).sum(axis=1, keepdims=True), labels, len(sizes))[:, 0]
        cohesion = _within((totals * totals).sum(axis=1), selves, sizes) / exact.GRID**2
        big = np.bincount(labels, weights) >= (self.least or least_theme_size(int(weights.sum())))
        self.labels_ = np.where((big & ((sizes < 2) | (cohesion >= LEAST_COHESION)))[labels], labels, -1)
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


def _within(squares: np.ndarray, selves: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The mean product of distinct pairs within each community; 0 where there are none."""
    pairs = sizes * (sizes - 1)
    return np.where(pairs > 0, (squares - selves) / np.maximum(pairs, 1), 0)


def _ratio(between: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    product = left * right
    return np.where(product > 0, between / np.sqrt(np.maximum(product, 1e-12)), -1)
