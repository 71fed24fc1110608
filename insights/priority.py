"""What to write next, as a score that a person can work out beside it: every part is shown as it counts, none is
hidden.

score = 100 x (at least this share of conversations) x trend x lost deals x gap. It rises with each part and with no
other. The share is the lower end of its 95 % interval, so that a cell of three conversations never leads by chance.
"""

from dataclasses import dataclass
from typing import Literal

from insights import wording
from insights.sampling import Rate
from insights.trends import Verdict

State = Literal["covered", "partly", "title only", "not covered", "unknown"]

TREND: dict[Verdict, float] = {"rising": 1.5, "new": 1.5, "falling": 0.5, "gone": 0.5, "steady": 1.0, "too few": 1.0}
GAP: dict[State, float] = {"covered": 0.2, "partly": 0.5, "title only": 0.5, "not covered": 1.0, "unknown": 1.0}
MOST_LOST = 2.0
_TREND_WORDS: dict[Verdict, str] = {
    "rising": "rising", "new": "new", "falling": "falling", "gone": "not heard lately", "steady": "steady",
    "too few": "too few to say whether it rises",
}  # fmt: skip
_GAP_WORDS: dict[State, str] = {
    "covered": "a page answers it", "partly": "a page answers a part of it",
    "title only": "not judged, only the title of a page is known",
    "not covered": "no page found that answers it",
    "unknown": "no pages known yet",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lost:
    """How a theme goes with lost deals: in `carrying` of the `deals` lost ones; `low` is the lower end of the 95 %
    interval of its odds ratio (above 1: heard more in deals that were lost), None where it cannot be told."""

    carrying: int
    deals: int
    low: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """One factor of a score, rounded to what is shown of it, and what it rests on."""

    name: str
    factor: float
    words: str

    @property
    def shown(self) -> str:
        """The factor as it is written: what is written multiplies to the score."""
        return f"{self.factor:g}"


@dataclass(frozen=True, slots=True)
class Priority:
    """`score` in points (0 to 300) is the product of the parts' factors; `words` say it in one line."""

    score: float
    parts: tuple[Part, ...]
    words: str

    @property
    def product(self) -> str:
        """The score with all its digits, as the parts that are shown multiply to it."""
        return f"{self.score:.6f}".rstrip("0").rstrip(".")


def priority(volume: Rate, verdict: Verdict, *, lost: Lost | None, state: State) -> Priority:
    """Score one theme or cell. `lost` None leaves that part out: nothing is known of outcomes."""
    low = volume.low or 0.0
    heard = f"heard in {volume.numerator:,} of {volume.denominator:,}"
    points = float(f"{100 * low:.2g}") if low < 0.1 else round(100 * low, 1)
    parts = [
        Part("Heard", points, f"{heard}: at least {points:g}\N{NO-BREAK SPACE}% of conversations"),
        Part("Trend", TREND[verdict], _TREND_WORDS[verdict]),
    ]
    said = [heard, _TREND_WORDS[verdict]]
    if lost is not None and lost.deals:
        odds = round(lost.low or 1.0, 2)
        factor = min(MOST_LOST, max(1.0, odds))
        told = f"in {lost.carrying:,} of {wording.plural(lost.deals, 'lost deal')}"
        more = f", odds at least {odds:g} times those of other deals" if factor > 1 else ""
        parts.append(Part("Lost deals", factor, told + (more or ", no more than chance would give")))
        said.append(told)
    parts.append(Part("Gap", GAP[state], _GAP_WORDS[state]))
    score = 1.0
    for part in parts:
        score *= part.factor
    # 3.3 × 1.5 is 4.95 for people, not 4.949999999.
    return Priority(round(score, 9), tuple(parts), ", ".join([*said, _GAP_WORDS[state]]))
