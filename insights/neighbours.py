"""Themes near to one: those that sound alike, and those that come up in the same conversations more than by chance.

Neither says that one leads to the other: people who mind the price may simply talk longer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from insights.hypergeometric import at_least
from insights.trends import FALSE_DISCOVERY_RATE, adjusted

FEWEST_TOGETHER = 3
FEWEST_ACCOUNTS = 3
# The cosine of two themes' centres in words; what is less alike than the last is not called alike.
LIKENESS = ((0.8, "nearly the same"), (0.6, "much alike"), (0.45, "somewhat alike"))


@dataclass(frozen=True, slots=True)
class Met:
    """Another theme in conversations that carry one: `both` carry both, of `accounts` accounts; `other` carry it at
    all."""

    theme: int
    both: int
    accounts: int
    other: int


@dataclass(frozen=True, slots=True)
class Beside:
    """A theme that comes along beyond chance: counts, how many would by chance, and the p-value adjusted over all
    tested."""

    met: Met
    expected: float
    q: float


def likeness(cosine: float) -> str:
    """How alike two themes sound, "" for not alike."""
    return next((words for least, words in LIKENESS if cosine >= least), "")


def nearest(cosines: Mapping[int, float]) -> int | None:
    """The theme that sounds most alike, by each one's cosine; None where none sounds alike."""
    best = max(cosines, key=lambda theme: (cosines[theme], -theme), default=None)
    return best if best is not None and likeness(cosines[best]) else None


def beside(found: Sequence[Met], *, mine: int, total: int) -> tuple[Beside, ...]:
    """Those that come along more often than by chance, the surest first. `mine` of `total` conversations carry the
    theme.

    One-sided Fisher's exact test (the hypergeometric tail) on conversations, false discoveries controlled over every
    other theme that was met (Benjamini and Hochberg 1995); at least three conversations and three accounts.
    """
    p_values: list[float | None] = [at_least(one.both, mine=mine, other=one.other, total=total) for one in found]
    told = [
        Beside(one, mine * one.other / total, q)
        for one, q in zip(found, adjusted(p_values), strict=True)
        if q is not None
        and q <= FALSE_DISCOVERY_RATE
        and one.both >= FEWEST_TOGETHER
        and one.accounts >= FEWEST_ACCOUNTS
    ]
    return tuple(sorted(told, key=lambda one: (one.q, -one.met.both, one.met.theme)))
