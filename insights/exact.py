"""Cosines that are the same on every machine, whatever the number of threads and the order of the sums.

A matrix product's last bits depend on how the sums are split, and a comparison that hangs on them would move texts
between themes. So unit vectors are put on a grid of whole numbers, fine enough for cosines to 0.0003 and coarse enough
that every partial sum of a product is a whole number below 2**24, which float32 holds exactly in whatever order.
"""

import numpy as np

GRID = 4080  # rounding 1,024 components lengthens a vector by at most 16, so it stays within 2**12


def on_grid(vectors: np.ndarray) -> np.ndarray:
    """Unit vectors (n, d) -> whole numbers as float32 (n, d), of length about GRID."""
    return np.rint(vectors.astype(np.float32, copy=False) * np.float32(GRID))


def cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Vectors on the grid (n, d) and (m, d) -> cosines float32 (n, m)."""
    return (left @ right.T) / np.float32(GRID * GRID)


def sums(vectors: np.ndarray, groups: np.ndarray, count: int) -> np.ndarray:
    """The sums of the vectors on the grid (n, d) of each of `count` groups, float64 (count, d), exact; -1 is no
    group."""
    from scipy.sparse import csr_matrix

    rows = np.flatnonzero(groups >= 0)
    member = csr_matrix((np.ones(len(rows)), (groups[rows], rows)), (count, len(vectors)))
    return np.asarray(member @ vectors.astype(np.float64))


def directions(totals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums (count, d) -> unit float32 (count, d) and their lengths in units of one vector, float64 (count,)."""
    lengths = np.sqrt((totals * totals).sum(axis=1))  # not a product by BLAS, which splits sums by threads
    return (totals / np.maximum(lengths, 1e-12)[:, None]).astype(np.float32), lengths / GRID
