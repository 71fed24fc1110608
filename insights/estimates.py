"""What a sample of reviewed items says about all of them: shares with 95 % intervals, from strata of known sizes.

Nothing here knows how the sample was drawn; it must be a random one within each stratum, or the figures mean nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from insights.intervals import Z95, of_sample


@dataclass(frozen=True, slots=True)
class Stratum:
    """Items of one kind and confidence: how many there are, how many were reviewed at random, how many of these
    count."""

    size: int
    reviewed: int
    counted: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share of all `size` items with its 95 % interval, all in [0, 1], and how many were reviewed for it."""

    share: float
    low: float
    high: float
    reviewed: int
    size: int


def share(strata: Sequence[Stratum]) -> Estimate | None:
    """The share that counts over all strata, each weighted by its size; None where nothing was reviewed.

    Neighbours are put together where a stratum holds no review. The estimate is the Horvitz-Thompson one for a
    stratified sample (Cochran 1977, Sampling Techniques, 5.2); the interval is the stratified Wilson interval of Yan
    and Su (2010, Statistics in Biopharmaceutical Research 2:329), with variances at Agresti and Coull's shifted shares,
    so that a stratum without a single error is not taken for perfect, and with the finite population corrected for.
    """
    parts = joined(strata)
    total = sum(part.size for part in parts)
    if not parts or not total:
        return None
    weights = [part.size / total for part in parts]
    middle = sum(w * part.counted / part.reviewed for w, part in zip(weights, parts, strict=True))
    spreads = [w * sqrt(_variance(part)) for w, part in zip(weights, parts, strict=True)]
    # Each stratum's interval is narrower than 95 %: together they make one that is 95 %.
    z = Z95 * sqrt(sum(s * s for s in spreads)) / sum(spreads) if sum(spreads) else 0.0
    bounds = [of_sample(part.counted, part.reviewed, part.size, z) for part in parts]
    low = sum(w * bound[0] for w, bound in zip(weights, bounds, strict=True))
    high = sum(w * bound[1] for w, bound in zip(weights, bounds, strict=True))
    return Estimate(middle, min(low, middle), max(high, middle), sum(part.reviewed for part in parts), total)


def two_phase(strata: Sequence[Stratum], *, size: int) -> Estimate | None:
    """The share among `size` items of which only a first random sample was sorted into these strata.

    The strata's sizes are those in the first sample, so their weights are estimates too: what they add to the variance
    (Cochran 1977, 12.2) is added to the interval's arms, squared, as variances are (Zou and Donner 2008).
    """
    found = share(strata)
    if found is None or size <= found.size:
        return found
    parts, first = joined(strata), found.size
    between = sum(part.size / first * (part.counted / part.reviewed - found.share) ** 2 for part in parts)
    added = Z95 * Z95 * between / first * (1 - first / size)
    low = found.share - sqrt((found.share - found.low) ** 2 + added)
    high = found.share + sqrt((found.high - found.share) ** 2 + added)
    return Estimate(found.share, max(0.0, low), min(1.0, high), found.reviewed, size)


def missed(right: float, share: Estimate) -> Estimate:
    """Of 1 that should have been found, how much was missed: `right` were found rightly, `share` of the rest was
    missed.

    The number found rightly is taken as known: it varies far less than the number missed.
    """

    def of(part: float) -> float:
        lost = part * share.size
        return lost / (lost + right) if lost + right else 0.0

    return Estimate(of(share.share), of(share.low), of(share.high), share.reviewed, share.size)


def joined(strata: Sequence[Stratum]) -> list[Stratum]:
    """Strata with at least one review each: one without is put together with the one before it, else the one after."""
    parts: list[Stratum] = []
    waiting = 0
    for stratum in strata:
        if not stratum.size:
            continue
        if stratum.reviewed:
            parts.append(Stratum(stratum.size + waiting, stratum.reviewed, stratum.counted))
            waiting = 0
        elif parts:
            parts[-1] = Stratum(parts[-1].size + stratum.size, parts[-1].reviewed, parts[-1].counted)
        else:
            waiting += stratum.size
    return parts


def _variance(part: Stratum) -> float:
    """The variance of a stratum's share, at (x + 2) / (n + 4)."""
    shifted = (part.counted + 2) / (part.reviewed + 4)
    left = (part.size - part.reviewed) / max(1, part.size - 1) if part.size > part.reviewed else 0.0
    return shifted * (1 - shifted) / part.reviewed * left
