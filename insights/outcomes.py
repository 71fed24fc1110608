"""Whether deals in which a theme came up are lost more often: odds ratios held constant over strata, never a cause.

Strata are segments and how many conversations a deal has: a deal with ten calls carries more themes than one with a
single note, and if lost deals talk longer every theme would seem to lose deals.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Literal

from insights.intervals import wilson
from insights.sampling import ASSUMED_CORRELATION, LEVEL, Rate
from insights.trends import FALSE_DISCOVERY_RATE, adjusted

Standing = Literal["lost more", "won more", "no association", "too few"]

# Below these an odds ratio says more of its formula than of the deals.
FEWEST_DEALS = 10
FEWEST_OUTCOMES = 5
TALKS = ((1, "1 conversation"), (3, "2 to 3"), (10**9, "4 and more"))


@dataclass(frozen=True, slots=True)
class Deal:
    """A closed deal: whether it was lost, its account, the value of the field that is held constant, and how many
    conversations are known of it."""

    key: str
    lost: bool
    account: str
    segment: str
    conversations: int


@dataclass(frozen=True, slots=True)
class Odds:
    """An odds ratio with its 95 % interval; all None where it cannot be told."""

    ratio: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Association:
    """How a theme goes with losing. `with_it` and `without` are the shares of lost among closed deals that carry it and
    that do not. `crude` compares all deals, `odds` among like ones (`strata` of them could be compared); both are the
    odds of losing with it over those without. `p` and `q` are of the adjusted one, None where it was not tested;
    `unequal` says that strata disagree. `needed` is how many more closed deals would be needed, where too few.
    """

    with_it: Rate
    without: Rate
    crude: Odds
    odds: Odds
    strata: int
    p: float | None
    q: float | None
    unequal: bool
    standing: Standing
    needed: int


Counts = tuple[int, int, int, int]  # of one stratum: lost and won deals that carry the theme, lost and won that do not


def talks(conversations: int) -> str:
    """The group of deals that have about as many conversations."""
    return next(name for most, name in TALKS if conversations <= most)


def associations(deals: Sequence[Deal], carried: Sequence[frozenset[str] | set[str]]) -> list[Association]:
    """One Association a theme, given as the keys of the deals that carry it; all are tested together.

    Intervals are widened by the design effect of accounts with several deals (Kish 1965, correlation 0.2).
    """
    wide = _design_effect(deals)
    whole: dict[tuple[str, str], list[int]] = {}
    place: dict[str, tuple[tuple[str, str], int]] = {}
    for deal in deals:
        place[deal.key] = (deal.segment, talks(deal.conversations)), 0 if deal.lost else 1
        whole.setdefault(place[deal.key][0], [0, 0])[place[deal.key][1]] += 1
    found = [_associate(_strata(whole, place, keys), wide) for keys in carried]
    q_values = adjusted([one.p for one in found])
    return [_judged(replace(one, q=q)) for one, q in zip(found, q_values, strict=True)]


def mantel_haenszel(strata: Sequence[Counts], *, wide: float = 1.0, level: float = LEVEL) -> Odds:
    """The common odds ratio (Mantel and Haenszel 1959) with Robins, Breslow and Greenland's interval (1986).

    `wide` multiplies the variance of its logarithm. None where a margin is empty.
    """
    r = s = pr = ps_qr = qs = 0.0
    for a, b, c, d in strata:
        n = a + b + c + d
        if not n:
            continue
        p, q, rk, sk = (a + d) / n, (b + c) / n, a * d / n, b * c / n
        r, s = r + rk, s + sk
        pr, ps_qr, qs = pr + p * rk, ps_qr + p * sk + q * rk, qs + q * sk
    if not r or not s:
        return Odds(None, None, None)
    variance = wide * (pr / (2 * r * r) + ps_qr / (2 * r * s) + qs / (2 * s * s))
    reach = NormalDist().inv_cdf(1 - (1 - level) / 2) * sqrt(variance)
    return Odds(r / s, exp(log(r / s) - reach), exp(log(r / s) + reach))


def cochran(strata: Sequence[Counts], *, wide: float = 1.0) -> float | None:
    """The two-sided p-value of no association (Cochran 1954; Mantel and Haenszel 1959), without continuity
    correction."""
    excess = variance = 0.0
    for a, b, c, d in strata:
        n = a + b + c + d
        if n < 2:
            continue
        with_it, lost = a + b, a + c
        excess += a - with_it * lost / n
        variance += with_it * (n - with_it) * lost * (n - lost) / (n * n * (n - 1))
    if not variance:
        return None
    return 2 * NormalDist().cdf(-abs(excess) / sqrt(variance * wide))


def unequal(strata: Sequence[Counts]) -> float | None:
    """The p-value of equal odds ratios over strata (Breslow and Day 1980, with Tarone's correction 1985)."""
    from scipy.special import chdtrc

    kept = [t for t in strata if all((t[0] + t[1], t[2] + t[3], t[0] + t[2], t[1] + t[3]))]
    ratio = mantel_haenszel(kept).ratio
    if ratio is None or len(kept) < 2:
        return None
    square = excess = total = 0.0
    for a, b, c, d in kept:
        mean = _expected(a + b, c + d, a + c, ratio)
        cells = (mean, a + b - mean, a + c - mean, d - a + mean)
        if min(cells) <= 0:
            return None
        variance = 1 / sum(1 / cell for cell in cells)
        square += (a - mean) ** 2 / variance
        excess, total = excess + a - mean, total + variance
    return float(chdtrc(len(kept) - 1, max(0.0, square - excess**2 / total)))


def _expected(with_it: int, without: int, lost: int, ratio: float) -> float:
    """How many lost deals would carry it if the odds ratio held in this stratum: the root of a quadratic within
    bounds."""
    if abs(ratio - 1) < 1e-9:
        return with_it * lost / (with_it + without)
    a = 1 - ratio
    b = without - lost + ratio * (with_it + lost)
    c = -ratio * with_it * lost
    root = sqrt(b * b - 4 * a * c)
    low, high = max(0, lost - without), min(with_it, lost)
    return next((x for x in ((-b + root) / (2 * a), (-b - root) / (2 * a)) if low <= x <= high), float(low))


def _strata(
    whole: Mapping[tuple[str, str], Sequence[int]],
    place: Mapping[str, tuple[tuple[str, str], int]],
    keys: Collection[str],
) -> list[Counts]:
    """Per stratum the lost and won deals that carry a theme, and those that do not."""
    mine = {stratum: [0, 0] for stratum in whole}
    for key in keys:
        if key in place:
            stratum, end = place[key]
            mine[stratum][end] += 1
    return [(a, b, whole[stratum][0] - a, whole[stratum][1] - b) for stratum, (a, b) in mine.items()]


def _associate(strata: Sequence[Counts], wide: float) -> Association:
    a, b, c, d = (sum(column) for column in zip(*strata, strict=True)) if strata else (0, 0, 0, 0)
    needed = max(0, FEWEST_DEALS - (a + b), FEWEST_DEALS - (c + d))
    enough = not needed and min(a + c, b + d) >= FEWEST_OUTCOMES
    if not needed and not enough:
        needed = FEWEST_OUTCOMES - min(a + c, b + d)
    telling = [t for t in strata if (t[0] + t[1]) and (t[2] + t[3]) and (t[0] + t[2]) and (t[1] + t[3])]
    odds = mantel_haenszel(strata, wide=wide)
    p = _strictest(strata, odds, wide) if enough else None
    homogeneity = unequal(strata) if enough else None
    return Association(
        _rate(a, a + b, wide), _rate(c, c + d, wide), mantel_haenszel([(a, b, c, d)], wide=wide), odds, len(telling), p,
        None,
        homogeneity is not None and homogeneity <= 1 - LEVEL, "too few", needed,
    )  # fmt: skip


def _strictest(strata: Sequence[Counts], odds: Odds, wide: float) -> float | None:
    """The larger of Cochran's p-value and the one that belongs to the interval, so that verdict and interval agree."""
    score = cochran(strata, wide=wide)
    if score is None or odds.ratio is None or odds.high is None or odds.ratio <= 0:
        return None
    error = (log(odds.high) - log(odds.ratio)) / NormalDist().inv_cdf(1 - (1 - LEVEL) / 2)
    return max(score, 2 * NormalDist().cdf(-abs(log(odds.ratio)) / error))


def _judged(one: Association) -> Association:
    if one.p is None or one.q is None or one.odds.ratio is None:
        return one
    if one.q <= FALSE_DISCOVERY_RATE and one.p <= 1 - LEVEL:
        return replace(one, standing="lost more" if one.odds.ratio > 1 else "won more")
    return replace(one, standing="no association")


def _rate(hits: int, n: int, wide: float) -> Rate:
    if not n:
        return Rate(0, 0, None, None)
    low, high = wilson(hits / n, n / wide, NormalDist().inv_cdf(1 - (1 - LEVEL) / 2))
    return Rate(hits, n, low, high)


def _design_effect(deals: Sequence[Deal]) -> float:
    sizes: dict[str, int] = {}
    for deal in deals:
        sizes[deal.account] = sizes.get(deal.account, 0) + 1
    return 1 + ASSUMED_CORRELATION * (sum(m * m for m in sizes.values()) / len(deals) - 1) if deals else 1.0
