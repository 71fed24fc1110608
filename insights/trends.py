"""What may be said of a change between two windows: its interval, its test, and a verdict that nobody has to take back.

Themes are tested together, and one loud account alone never makes a trend.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, sqrt
from statistics import NormalDist
from typing import Literal

from insights.hypergeometric import fisher
from insights.intervals import wilson
from insights.sampling import LEVEL, Rate, Sample, correlation, design_effect, freedom, joined, quantile, rate

Verdict = Literal["rising", "falling", "new", "gone", "steady", "too few"]

FALSE_DISCOVERY_RATE = 0.10
SMALLEST_CHANGE_THAT_MATTERS = 0.10
POWER = 0.80
FEWEST_ACCOUNTS = 3
SMALL_COUNT = 10
# With five cases even "all of them in one window" has p > 0.05: such a theme cannot be judged, and testing it would
# only cost the others (Tarone 1990).
FEWEST_CASES = 6
# Why a change whose interval leaves out zero is none yet.
MANY = "sure if it were tested alone; of all that is tested together, some would move as far by chance"
STRICT = "its interval leaves out zero, but the stricter test that so few cases or accounts need does not"


@dataclass(frozen=True, slots=True)
class Change:
    """A difference of two shares in [-1, 1] with its 95 % interval.

    `p` is the two-sided p-value, None where there are too few cases to test; `q` the same after Benjamini and Hochberg
    over everything tested together.
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


def change(previous: Sample, current: Sample) -> Change:
    """Current minus previous share, with Newcombe's hybrid score interval (Newcombe 1998, method 10) and a test.

    The p-value is the largest of the pooled score test on effective numbers (against Student's t) and, where cases are
    few, Fisher's exact test on conversations, where carrying accounts are few, on accounts: the strictest answer, so
    that neither a few cases nor a few loud accounts make a trend.
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
    """Judge (previous, current) samples of all themes tested together, in the order given; `changes` are those of
    `change`, where they are known.

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
        found = f"{'more' if held.difference > 0 else 'less'} within like conversations"
        return f"{found}; over all that is not sure" if same else f"{found}, which their changed mix hides"
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


def q_among(change: Change, same: Change | None, tested: int) -> float | None:
    """The q-value of a change that is looked at by itself, of so many that were tested: that of the same among them. What
    has figures of its own, as a sub-theme has, was chosen among at least as many."""
    if same and same.p == change.p:
        return same.q
    return None if change.p is None else min(1.0, change.p * max(1, tested))


def rejudged(trend: Trend, q: float | None) -> Trend:
    """The same change with the q-value of a larger family, or its own where that is stricter: one that is no longer
    sure enough is none, and none becomes sure by what others are tested with it."""
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
    verdict, reason, needed = _verdict(previous, current, c, heard_before)
    if mix and verdict in ("steady", "too few") and c.p is not None:
        reason = mix
    return Trend(rate(current), rate(previous), c, verdict, reason, needed, _accounts(current))


def _verdict(previous: Sample, current: Sample, c: Change, heard_before: bool) -> tuple[Verdict, str, int | None]:
    total = previous.numerator + current.numerator
    base = total / max(1, previous.denominator + current.denominator)
    needed = ceil(round(conversations_needed(base) * max(design_effect(previous), design_effect(current)), 6))
    if c.difference is None:
        return "too few", "one of the two periods has no conversations", needed
    if 0 < (speaking := _accounts(previous, current)) < FEWEST_ACCOUNTS:
        return "too few", f"{'one account' if speaking == 1 else 'two accounts'} alone", None
    if c.p is None or c.q is None:
        return (
            "too few",
            f"fewer than {FEWEST_CASES} conversations carry it: {previous.numerator} before, {current.numerator} now",
            needed,
        )
    if c.q <= FALSE_DISCOVERY_RATE and c.p <= 1 - LEVEL:
        if c.difference > 0:
            return ("rising", "", None) if heard_before else ("new", "not heard before this period", None)
        return ("gone", "not heard in this period", None) if not current.numerator else ("falling", "", None)
    if c.low is not None and c.high is not None and max(-c.low, c.high) < SMALLEST_CHANGE_THAT_MATTERS:
        return "steady", "a change of 10 points or more is ruled out", None
    if c.p <= 1 - LEVEL or c.leaves_out_zero:
        return "too few", MANY if c.p <= 1 - LEVEL else STRICT, None
    if min(previous.denominator, current.denominator) >= needed:
        return "too few", "neither a change nor its absence is certain: a change of 10 points may be there or not", None
    heard = f"before there are {previous.denominator:,}, now {current.denominator:,}"
    return "too few", f"a change of 10 points would show from {needed:,} conversations a period; {heard}", needed


def _p_value(previous: Sample, current: Sample, e1: float, e2: float, alike: float) -> float:
    p1, p2 = previous.numerator / previous.denominator, current.numerator / current.denominator
    # Pooled over plain numbers: a loud account must not shrink the variance by making its own window weigh less.
    pooled = (previous.numerator + current.numerator) / (previous.denominator + current.denominator)
    if pooled == 1.0:
        return 1.0
    z = (p2 - p1) / (sqrt(pooled * (1 - pooled)) * joined(sqrt(1 / e1), sqrt(1 / e2), alike))
    from scipy.special import stdtr

    p = 2 * float(stdtr(min(freedom(previous), freedom(current)), -abs(z)))
    tables = []
    if pooled * min(previous.denominator, current.denominator) < SMALL_COUNT:
        tables.append([(s.numerator, s.denominator) for s in (previous, current)])
    if _accounts(previous, current) < SMALL_COUNT:
        tables.append([(_accounts(s), len(s.conversations)) for s in (previous, current)])
    return max([p, *(fisher(*before, *after) for before, after in tables)])


def _accounts(*windows: Sample) -> int:
    """How many accounts carry the theme in any of the windows."""
    return len({account for window in windows for account, count in window.carrying.items() if count})
