"""Wilson's score interval of a share, the only one in the house.

What one would get wrong: a share of 0 or 1 has an interval too, with one end that is the share itself; and `n` may be
an effective number, smaller than what was counted, where the same accounts speak again and again.
"""

from math import sqrt

Z95 = 1.959964


def wilson(p: float, n: float, z: float = Z95) -> tuple[float, float]:
    """The limits, in [0, 1], of a share `p` of `n` (maybe effective) observations at `z` standard errors (Wilson
    1927)."""
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return (0.0 if p == 0 else max(0.0, middle - half)), (1.0 if p == 1 else min(1.0, middle + half))


def of_share(hits: int, count: int, z: float = Z95) -> tuple[float, float]:
    """The limits of `hits` of `count`; (0, 1) of nothing."""
    return wilson(hits / count, count, z) if count else (0.0, 1.0)


def of_sample(hits: int, count: int, size: int, z: float = Z95) -> tuple[float, float]:
    """The limits of `hits` of `count` drawn from `size` in all: narrower as the sample nears them, a point when it is
    them."""
    if count >= size:
        return hits / count, hits / count
    return wilson(hits / count, count * (size - 1) / (size - count), z)
