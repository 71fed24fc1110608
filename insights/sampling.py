"""What the conversations of a window are worth as evidence: samples, design effects and rates with their intervals.

A theme's rate is the share of conversations that carry it. Conversations of one account are alike, so every interval
is widened by the design effect of accounts, and two windows of the same accounts err together.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from insights.intervals import wilson

if TYPE_CHECKING:
    import numpy as np

LEVEL = 0.95
ASSUMED_CORRELATION = 0.2

Sizes = Mapping[Any, int]  # accounts, by name or by number


@dataclass(frozen=True, slots=True)
class Sample:
    """One window's evidence: per account, how many conversations carry the theme and how many there were at all.

    A conversation without an account is an account of its own. What is counted may also be deals, or the accounts
    themselves (then each is 1). `sums` are those of `conversations`, given where many themes share a window. `effect`
    holds the design effect once it was asked for.
    """

    carrying: Sizes
    conversations: Sizes
    sums: "Sums | None" = None
    effect: list[float] = field(default_factory=list, repr=False, compare=False)

    @property
    def numerator(self) -> int:
        return sum(self.carrying.values())

    @property
    def denominator(self) -> int:
        return self.sums.total if self.sums else sum(self.conversations.values())


@dataclass(frozen=True, slots=True)
class Sums:
    """What the design effect needs to know of a window's accounts, added up once for all themes: the conversations in
    total, the sum of squared sizes, and the sum of (size / all others)². `common` keeps, by the other window, the
    accounts that both have."""

    total: int
    squares: int
    leverage: float
    common: dict[int, tuple["Sums", "Common"]] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Common:
    """Accounts that two windows have: the place of each, and its conversations (n,) in the previous and current one."""

    places: Sizes
    before: "np.ndarray"
    now: "np.ndarray"


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of conversations with its 95 % interval; all None where there was no conversation."""

    numerator: int
    denominator: int
    low: float | None
    high: float | None

    @property
    def share(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None


def sample(rows: Iterable[tuple[str, str, bool]]) -> Sample:
    """Build a Sample from (conversation id, account, carries the theme) rows."""
    carrying: dict[str, int] = defaultdict(int)
    conversations: dict[str, int] = defaultdict(int)
    for conversation_id, account, carries in rows:
        cluster = account or f"\0{conversation_id}"
        conversations[cluster] += 1
        carrying[cluster] += carries
    return Sample(dict(carrying), dict(conversations))


def counted(accounts: "np.ndarray") -> dict[int, int]:
    """How often each account (n,), a number, is there, in the order in which they come."""
    import numpy as np

    counts = np.bincount(accounts)
    first = np.zeros(len(counts), np.int64)
    first[accounts[::-1]] = np.arange(len(accounts))[::-1]
    there = np.flatnonzero(counts)
    there = there[np.argsort(first[there])]
    return dict(zip(there.tolist(), counts[there].tolist(), strict=True))


def summed(sizes: Sizes) -> Sums:
    """Add up a window's accounts once."""
    n = sum(sizes.values())
    often = Counter(sizes.values())
    leverage = 0.0
    if len(sizes) > 1:
        share = {m: (m / (n - m)) ** 2 for m in often}
        # One by one, in the order of the accounts: sums of what is not whole depend on it.
        for m in sizes.values():
            leverage += share[m]
    return Sums(n, sum(m * m * times for m, times in often.items()), leverage)


def rate(evidence: Sample) -> Rate:
    """Wilson's score interval on the effective number of conversations, with Student's t where accounts are alike
    (Wilson 1927; Korn and Graubard 1998; coverage in benchmarks/REPORTS.md)."""
    hits, n = evidence.numerator, evidence.denominator
    if not n:
        return Rate(0, 0, None, None)
    low, high = wilson(hits / n, n / design_effect(evidence), quantile(evidence))
    return Rate(hits, n, low, high)


def quantile(evidence: Sample) -> float:
    """How many standard errors an interval reaches: Student's where accounts speak more than once, because their design
    effect is itself estimated from a few accounts, and the normal one where each speaks once and there is none.
    """
    sums = evidence.sums or summed(evidence.conversations)
    return _reach(sums.total, sums.squares)


@lru_cache(maxsize=4096)  # the windows and periods of a report are the same for all its themes
def _reach(total: int, squares: int) -> float:
    if squares == total:
        return NormalDist().inv_cdf(1 - (1 - LEVEL) / 2)
    from scipy.special import stdtrit

    return float(stdtrit(_freedom(total, squares), 1 - (1 - LEVEL) / 2))


def design_effect(evidence: Sample) -> float:
    """How much wider intervals must be because one account's conversations are alike; at least 1.

    The jackknife variance over accounts divided by that of single conversations (leaving an account out keeps a loud
    one from hiding its own weight; Korn and Graubard 1999). Where all or none carry the theme the data cannot say how
    alike an account's conversations are: an intraclass correlation of 0.2 is assumed (Kish 1965).
    """
    if not evidence.effect:
        evidence.effect.append(_design_effect(evidence))
    return evidence.effect[0]


def _design_effect(evidence: Sample) -> float:
    sizes = evidence.conversations
    n, clusters = evidence.denominator, len(sizes)
    if clusters < 2:
        # A single account is one observation, however often it speaks.
        return float(max(1, n))
    hits = evidence.numerator
    p = hits / n
    sums = evidence.sums or summed(sizes)
    if p in (0.0, 1.0):
        return 1 + ASSUMED_CORRELATION * (sums.squares / n - 1)
    # The sum of ((carrying - p * size) / others)² over all accounts; those that carry nothing are in `leverage` already.
    moved = p * p * sums.leverage
    known: dict[tuple[int, int], float] = {}
    for account, carrying in evidence.carrying.items():
        if carrying:
            size = sizes[account]
            term = known.get((carrying, size))
            if term is None:
                expected = p * size
                term = known[carrying, size] = ((carrying - expected) ** 2 - expected**2) / (n - size) ** 2
            moved += term
    variance = (clusters - 1) / clusters * moved
    return max(1.0, round(variance * (n - 1) / (p * (1 - p)), 9))


def freedom(evidence: Sample) -> float:
    """Degrees of freedom: the effective number of accounts less one, so that a few large ones count as few."""
    sums = evidence.sums or summed(evidence.conversations)
    return _freedom(sums.total, sums.squares)


def _freedom(total: int, squares: int) -> float:
    return max(1.0, total**2 / squares - 1)


def joined(one: float, other: float, alike: float) -> float:
    """The distance to a limit of a difference from those of its two parts, which go together by the correlation `alike`
    (method of variance estimates recovery: Zou 2007; without correlation Newcombe's)."""
    return sqrt(max(0.0, one**2 + other**2 - 2 * alike * one * other))


def correlation(previous: Sample, current: Sample) -> float:
    """How far the two windows' shares err together, because the same accounts speak in both: an account that always
    carries a theme makes it no more common now than before. In [-1, 1]; 0 where no account speaks more than once.

    The jackknife covariance over accounts that both windows have, never so large that the change would be surer than
    one of as many conversations of as many accounts.
    """
    d1, d2 = design_effect(previous), design_effect(current)
    n1, n2 = previous.denominator, current.denominator
    p1, p2 = previous.numerator / n1, current.numerator / n2
    if max(d1, d2) == 1.0 or p1 in (0.0, 1.0) or p2 in (0.0, 1.0):
        return 0.0
    together = _together(previous, current, p1, p2)
    plain1, plain2 = p1 * (1 - p1) / max(1, n1 - 1), p2 * (1 - p2) / max(1, n2 - 1)
    root = sqrt(d1 * plain1 * d2 * plain2)
    most = ((d1 - 1) * plain1 + (d2 - 1) * plain2) / (2 * root)
    return max(-1.0, min(1.0, most, together / root))


def _together(previous: Sample, current: Sample, p1: float, p2: float) -> float:
    """The sum over accounts of both windows of how far each carries more than expected, times the same of the other."""
    import numpy as np

    both = _common(previous, current)
    if not both.places:
        return 0.0
    off = []
    for sample, share, sizes in ((previous, p1, both.before), (current, p2, both.now)):
        carrying = np.zeros(len(sizes))
        for account, count in sample.carrying.items():
            if (place := both.places.get(account)) is not None:
                carrying[place] = count
        off.append((carrying - share * sizes, sample.denominator - sizes))
    (off1, others1), (off2, others2) = off
    # Added one by one: a pairwise sum would differ in the last bits from one machine to another.
    return float(np.cumsum(off1 / others1 * off2 / others2)[-1])


def _common(previous: Sample, current: Sample) -> Common:
    import numpy as np

    kept = current.sums.common.get(id(previous.sums)) if current.sums and previous.sums else None
    if kept and kept[0] is previous.sums:
        return kept[1]
    n1, n2 = previous.denominator, current.denominator
    found = [
        (account, m1, m2)
        for account, m2 in current.conversations.items()
        if (m1 := previous.conversations.get(account)) and m1 < n1 and m2 < n2
    ]
    places = {account: place for place, (account, _, _) in enumerate(found)}
    both = Common(places, *(np.array([row[n] for row in found], dtype=float) for n in (1, 2)))
    if current.sums and previous.sums:
        current.sums.common[id(previous.sums)] = (previous.sums, both)
    return both
