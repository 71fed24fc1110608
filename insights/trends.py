"""Counts and exposures become rates, intervals and verdicts that nobody has to take back.

A theme's rate is the share of conversations that carry it. Conversations of one account are alike, so every interval
and test is widened by the design effect of accounts; one loud account alone never makes a trend.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import ceil, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

from insights.intervals import wilson

if TYPE_CHECKING:
    import numpy as np

Verdict = Literal["rising", "falling", "new", "gone", "steady", "too few"]

LEVEL = 0.95
FALSE_DISCOVERY_RATE = 0.10
SMALLEST_CHANGE_THAT_MATTERS = 0.10
POWER = 0.80
FEWEST_ACCOUNTS = 3
ASSUMED_CORRELATION = 0.2
SMALL_COUNT = 10
# With five cases even "all of them in one window" has p > 0.05: such a theme cannot be judged, and testing it would
# only cost the others (Tarone 1990).
FEWEST_CASES = 6
# Why a change whose interval leaves out zero is none yet.
MANY = "sure if it were tested alone; of all that is tested together, some would move as far by chance"
STRICT = "its interval leaves out zero, but the stricter test that so few cases or accounts need does not"

Sizes = Mapping[Any, int]  # accounts, by name or by number


@dataclass(frozen=True, slots=True)
class Sample:
    """One window's evidence: per account, how many conversations carry the theme and how many there were at all.

    A conversation without an account is an account of its own. What is counted may also be deals, or the accounts
    themselves (then each is 1). `sums` are those of `conversations`, given where many themes share a window. `effect` holds
    the design effect once it was asked for.
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


@dataclass(frozen=True, slots=True)
class Change:
    """A difference of two shares in [-1, 1] with its 95 % interval.

    `p` is the two-sided p-value, None where there are too few cases to test; `q` the same after Benjamini and Hochberg over everything tested together.
    """

    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    q: float | None

    @property
    def leaves_out_zero(self) -> bool:
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True, slots=True)
class Trend:
    """What one theme did between two windows, and what may be said about it.

    `needed` is the number of conversations a window would need before a change of 10 points could be seen, given
    where the verdict is "too few". `accounts` is how many accounts carry the theme in the current window.
    """

    current: Rate
    previous: Rate
    change: Change
    verdict: Verdict
    reason: str
    needed: int | None
    accounts: int

    @property
    def leaning(self) -> bool:
        """Whether there is no verdict though the interval of the change leaves out zero."""
        return self.verdict == "too few" and self.change.leaves_out_zero


def sample(rows: Iterable[tuple[str, str, bool]]) -> Sample:
    """Build a Sample from (conversation id, account, carries the theme) rows."""
    carrying: dict[str, int] = defaultdict(int)
    conversations: dict[str, int] = defaultdict(int)
    for conversation_id, account, carries in rows:
        cluster = account or f"\0{conversation_id}"
        conversations[cluster] += 1
        carrying[cluster] += carries
    return Sample(dict(carrying), dict(conversations))


@dataclass(frozen=True, slots=True)
class Within:
    """A change of a theme with the mix of conversations held constant, and what the mix did (see `insights.mix`).

    `difference` is the change within strata in [-1, 1] with its 95 % interval and two-sided p, `mix` the rest of the
    crude change: what came of more or fewer conversations of each stratum. `strata` is how many were told apart.
    """

    difference: float
    low: float
    high: float
    p: float
    mix: float
    strata: int


def counted(accounts: "np.ndarray") -> dict[int, int]:
    """How often each account (n,), a number, is there, in the order in which they come."""
    import numpy as np

    counts = np.bincount(accounts)
    first = np.zeros(len(counts), np.int64)
    first[accounts[::-1]] = np.arange(len(accounts))[::-1]
    there = np.flatnonzero(counts)
    there = there[np.argsort(first[there])]
    return dict(zip(there.tolist(), counts[there].tolist(), strict=True))


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


def change(previous: Sample, current: Sample) -> Change:
    """Current minus previous share, with Newcombe's hybrid score interval (Newcombe 1998, method 10) and a test.

    The p-value is the largest of the pooled score test on effective numbers (against Student's t) and, where cases are few, Fisher's exact
    test on conversations, where carrying accounts are few, on accounts: the strictest answer, so that neither a few
    cases nor a few loud accounts make a trend.
    """
    n1, n2 = previous.denominator, current.denominator
    if not n1 or not n2:
        return Change(None, None, None, None, None)
    p1, p2 = previous.numerator / n1, current.numerator / n2
    e1, e2 = n1 / design_effect(previous), n2 / design_effect(current)
    low1, high1 = wilson(p1, e1, quantile(previous))
    low2, high2 = wilson(p2, e2, quantile(current))
    alike = correlation(previous, current)
    low = p2 - p1 - joined(p2 - low2, high1 - p1, alike)
    high = p2 - p1 + joined(high2 - p2, p1 - low1, alike)
    enough = previous.numerator + current.numerator >= FEWEST_CASES
    p = _p_value(previous, current, e1, e2, alike) if enough else None
    return Change(p2 - p1, max(-1.0, low), min(1.0, high), p, None)


def trends(
    pairs: Sequence[tuple[Sample, Sample]],
    *,
    ever_before: Sequence[bool] | None = None,
    within: Sequence[Within | None] | None = None,
    changes: Sequence[Change] | None = None,
) -> list[Trend]:
    """Judge (previous, current) samples of all themes tested together, in the order given; `changes` are those of `change`, where
    they are known.

    `ever_before` says for each whether it was heard at any time before the current window ("new" needs that it was
    not); without it, the previous window decides. `within` is what is left of each change when the mix of conversations
    is held constant: a verdict needs both to be unlikely to be chance.
    """
    shares = within or [None] * len(pairs)
    crude = changes or [change(previous, current) for previous, current in pairs]
    strictest = [_strictest(c, held) for c, held in zip(crude, shares, strict=True)]
    q_values = adjusted([c.p for c in strictest])
    heard = ever_before or [previous.numerator > 0 for previous, _ in pairs]
    rows = zip(pairs, strictest, q_values, heard, crude, shares, strict=True)
    return [
        _judge(previous, current, replace(c, q=q), before, _mix_note(plain, held))
        for (previous, current), c, q, before, plain, held in rows
    ]


def _strictest(plain: Change, held: Within | None) -> Change:
    """The change with the larger of the two p-values; one in the other direction within the strata is none at all."""
    if held is None or plain.p is None or plain.difference is None:
        return plain
    return replace(plain, p=max(plain.p, held.p if held.difference * plain.difference > 0 else 1.0))


def _mix_note(plain: Change, held: Within | None) -> str:
    """Why a change is not called one though the plain numbers, or those within the strata, would do; "" otherwise."""
    if held is None or plain.p is None or plain.difference is None:
        return ""
    same = held.difference * plain.difference > 0
    if held.p <= 1 - LEVEL and not (same and plain.p <= 1 - LEVEL):
        return f"{'more' if held.difference > 0 else 'less'} within like conversations, which their changed mix hides"
    if plain.p <= 1 - LEVEL and held.p > 1 - LEVEL:
        return "the mix of conversations changed, the theme within it did not for sure"
    return ""


def adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjusted p-values of Benjamini and Hochberg (1995); None stays None and does not count as a test."""
    ranked = sorted((p, n) for n, p in enumerate(p_values) if p is not None)
    result: list[float | None] = [None] * len(p_values)
    smallest = 1.0
    for rank in range(len(ranked), 0, -1):
        p, n = ranked[rank - 1]
        smallest = min(smallest, p * len(ranked) / rank)
        result[n] = smallest
    return result


def rejudged(trend: Trend, q: float | None) -> Trend:
    """The same change with the q-value of a larger family, or its own where that is stricter: one that is no longer sure
    enough is none, and none becomes sure by what others are tested with it."""
    q = max(q, trend.change.q) if q is not None and trend.change.q is not None else q
    trend = replace(trend, change=replace(trend.change, q=q))
    if trend.verdict in ("too few", "steady") or (q is not None and q <= FALSE_DISCOVERY_RATE):
        return trend
    return replace(trend, verdict="too few", reason=MANY)


def conversations_needed(base: float, *, difference: float = SMALLEST_CHANGE_THAT_MATTERS, power: float = POWER) -> int:
    """Conversations per window to see `base` change by `difference` (two proportions; Fleiss 1981), two-sided 5 %."""
    other = base + difference if base + difference <= 1 else base - difference
    mean = (base + other) / 2
    z_alpha, z_beta = NormalDist().inv_cdf(1 - (1 - LEVEL) / 2), NormalDist().inv_cdf(power)
    root = z_alpha * sqrt(2 * mean * (1 - mean)) + z_beta * sqrt(base * (1 - base) + other * (1 - other))
    return ceil((root / difference) ** 2)


def _judge(previous: Sample, current: Sample, c: Change, heard_before: bool, mix: str) -> Trend:
    accounts = _accounts(current)
    verdict, reason, needed = _verdict(previous, current, c, heard_before, accounts)
    if mix and verdict in ("steady", "too few") and c.p is not None:
        reason = mix
    return Trend(rate(current), rate(previous), c, verdict, reason, needed, accounts)


def _verdict(
    previous: Sample, current: Sample, c: Change, heard_before: bool, accounts: int
) -> tuple[Verdict, str, int | None]:
    total = previous.numerator + current.numerator
    base = total / max(1, previous.denominator + current.denominator)
    needed = ceil(round(conversations_needed(base) * max(design_effect(previous), design_effect(current)), 6))
    if c.difference is None:
        return "too few", "one of the two periods has no conversations", needed
    carrying_accounts = {a for s in (previous, current) for a, count in s.carrying.items() if count}
    if 0 < len(carrying_accounts) < FEWEST_ACCOUNTS:
        return "too few", f"{'one account' if len(carrying_accounts) == 1 else 'two accounts'} alone", None
    if c.p is None or c.q is None:
        return "too few", f"fewer than {FEWEST_CASES} conversations carry it", needed
    if c.q <= FALSE_DISCOVERY_RATE and c.p <= 1 - LEVEL:
        if c.difference > 0:
            return ("rising", "", None) if heard_before else ("new", "not heard before this period", None)
        return ("gone", "not heard in this period", None) if not current.numerator else ("falling", "", None)
    if c.low is not None and c.high is not None and max(-c.low, c.high) < SMALLEST_CHANGE_THAT_MATTERS:
        return "steady", "a change of 10 points or more is ruled out", None
    if c.p <= 1 - LEVEL or c.leaves_out_zero:
        return "too few", MANY if c.p <= 1 - LEVEL else STRICT, None
    if min(previous.denominator, current.denominator) >= needed:
        return "too few", "neither a change nor its absence is certain", None
    return "too few", f"a change of 10 points would show from {needed} conversations a period", needed


def joined(one: float, other: float, alike: float) -> float:
    """The distance to a limit of a difference from those of its two parts, which go together by the correlation `alike`
    (method of variance estimates recovery: Zou 2007; without correlation Newcombe's)."""
    return sqrt(max(0.0, one**2 + other**2 - 2 * alike * one * other))


def correlation(previous: Sample, current: Sample) -> float:
    """How far the two windows' shares err together, because the same accounts speak in both: an account that always
    carries a theme makes it no more common now than before. In [-1, 1]; 0 where no account speaks more than once.

    The jackknife covariance over accounts that both windows have, never so large that the change would be surer than one
    of as many conversations of as many accounts.
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


def _p_value(previous: Sample, current: Sample, e1: float, e2: float, alike: float) -> float:
    p1, p2 = previous.numerator / previous.denominator, current.numerator / current.denominator
    # Pooled over plain numbers: a loud account must not shrink the variance by making its own window weigh less.
    pooled = (previous.numerator + current.numerator) / (previous.denominator + current.denominator)
    if pooled in (0.0, 1.0):
        return 1.0
    z = (p2 - p1) / (sqrt(pooled * (1 - pooled)) * joined(sqrt(1 / e1), sqrt(1 / e2), alike))
    from scipy.special import stdtr

    p = 2 * float(stdtr(min(freedom(previous), freedom(current)), -abs(z)))
    tables = []
    if pooled * min(previous.denominator, current.denominator) < SMALL_COUNT:
        tables.append([(s.numerator, s.denominator) for s in (previous, current)])
    if len({a for s in (previous, current) for a, count in s.carrying.items() if count}) < SMALL_COUNT:
        tables.append([(_accounts(s), len(s.conversations)) for s in (previous, current)])
    return max([p, *(_exact(*before, *after) for before, after in tables)])


def freedom(evidence: Sample) -> float:
    """Degrees of freedom: the effective number of accounts less one, so that a few large ones count as few."""
    sums = evidence.sums or summed(evidence.conversations)
    return _freedom(sums.total, sums.squares)


def _freedom(total: int, squares: int) -> float:
    return max(1.0, total**2 / squares - 1)


def _accounts(evidence: Sample) -> int:
    return sum(count > 0 for count in evidence.carrying.values())


@lru_cache(maxsize=8192)  # SciPy takes two milliseconds for one
def _exact(hits: int, n: int, other_hits: int, other_n: int) -> float:
    from scipy.stats import fisher_exact

    return float(fisher_exact([[hits, n - hits], [other_hits, other_n - other_hits]]).pvalue)
