"""Tell a change of a theme from a change of the mix: more enterprise calls raise what enterprises say, nobody changed.

The crude change of a share is the change within strata (segments, kinds of conversation) plus what the changed weights
of the strata did (Kitagawa 1955: both periods' weights averaged, so that the two parts add up exactly).
"""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import NamedTuple, Protocol

from insights import sampling
from insights.intervals import wilson
from insights.sampling import Sample
from insights.trends import Within

# With fewer conversations in either window a stratum's own share says nothing; such strata are taken together.
FEWEST = 10


class Share(Protocol):
    """So many of so many conversations, or of what else is counted: a Sample is one."""

    @property
    def numerator(self) -> int: ...
    @property
    def denominator(self) -> int: ...


class Counts(NamedTuple):
    """A Share by its two numbers."""

    numerator: int
    denominator: int


Stratum = tuple[Share, Share]


def within(strata: Mapping[str, Stratum], previous: Sample, current: Sample) -> Within | None:
    """The change within strata of (previous, current) shares that together make up `previous` and `current`.

    Intervals combine the strata's Wilson intervals (method of variance estimates recovery: Zou and Donner 2008), the
    p-value is that of the pooled score test over strata; both on effective numbers, with the windows' own design
    effects, because single strata hold too few accounts to tell theirs. None when fewer than two strata can be told
    apart.
    """
    parts = collapsed(list(strata.values()))
    n0, n1 = previous.denominator, current.denominator
    if len(parts) < 2 or not n0 or not n1:
        return None
    d0, d1 = sampling.design_effect(previous), sampling.design_effect(current)
    z0, z1 = sampling.quantile(previous), sampling.quantile(current)
    difference = 0.0
    # Squared, of the two windows: how far the share may be off downwards and upwards, and its variance if nothing changed.
    low_side, high_side, variance = [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]
    for before, after in parts:
        m0, m1 = before.denominator, after.denominator
        p0, p1 = before.numerator / m0, after.numerator / m1
        weight = (m0 / n0 + m1 / n1) / 2
        low0, high0 = wilson(p0, max(1.0, m0 / d0), z0)
        low1, high1 = wilson(p1, max(1.0, m1 / d1), z1)
        pooled = (before.numerator + after.numerator) / (m0 + m1)
        difference += weight * (p1 - p0)
        for at, (p, low, high, m, d) in enumerate(((p0, low0, high0, m0, d0), (p1, low1, high1, m1, d1))):
            low_side[at] += weight**2 * (p - low) ** 2
            high_side[at] += weight**2 * (high - p) ** 2
            variance[at] += weight**2 * pooled * (1 - pooled) * d / m
    alike = sampling.correlation(previous, current)
    below = sampling.joined(sqrt(low_side[1]), sqrt(high_side[0]), alike)
    above = sampling.joined(sqrt(high_side[1]), sqrt(low_side[0]), alike)
    crude = current.numerator / n1 - previous.numerator / n0
    low, high = max(-1.0, difference - below), min(1.0, difference + above)
    error = sampling.joined(sqrt(variance[0]), sqrt(variance[1]), alike)
    p = _p_value(difference, error, min(sampling.freedom(previous), sampling.freedom(current)))
    return Within(difference, low, high, p, crude - difference, len(parts))


def collapsed(strata: Sequence[Stratum]) -> list[Stratum]:
    """The strata that hold enough in both windows, the largest first; the others as one, or with the smallest of
    them."""
    large = sorted((s for s in strata if _least(s) >= FEWEST), key=lambda s: -_least(s))
    rest = [s for s in strata if _least(s) < FEWEST and (s[0].denominator or s[1].denominator)]
    if not rest:
        return large
    together = (_joined([s[0] for s in rest]), _joined([s[1] for s in rest]))
    if _least(together) >= FEWEST or not large:
        return [*large, together]
    smallest = large.pop()
    return [*large, (_joined([smallest[0], together[0]]), _joined([smallest[1], together[1]]))]


def _least(stratum: Stratum) -> int:
    return min(stratum[0].denominator, stratum[1].denominator)


def _joined(shares: Sequence[Share]) -> Share:
    return Counts(sum(one.numerator for one in shares), sum(one.denominator for one in shares))


def _p_value(difference: float, error: float, freedom: float) -> float:
    if not error:
        return 1.0
    from scipy.special import stdtr

    return 2 * float(stdtr(freedom, -abs(difference) / error))
