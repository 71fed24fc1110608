"""Notes on a course over time: which of them fall into which periods, and how each is numbered.

A note says that something happened, never that it caused anything: it has no figure of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from insights.periods import Period


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened from `starts` to `ends` (both inclusive, the same day for one day). `theme` names the one
    theme that it concerns, None where it concerns all."""

    id: int
    text: str
    starts: date
    ends: date
    theme: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A happening with its number on a chart, and the labels of the first and the last period that it falls into."""

    number: int
    happening: Happening
    first: str
    last: str


def marks(happenings: Iterable[Happening], periods: Sequence[Period]) -> tuple[Mark, ...]:
    """Those that fall into the periods, numbered from 1 by their first day."""
    found = []
    for one in sorted(happenings, key=lambda h: (h.starts, h.ends, h.id)):
        covered = [period.label for period in periods if period.start <= one.ends and one.starts <= period.end]
        if covered:
            found.append((one, covered[0], covered[-1]))
    return tuple(Mark(n, one, first, last) for n, (one, first, last) in enumerate(found, 1))


def of_theme(found: Sequence[Mark], theme: int) -> tuple[Mark, ...]:
    """The marks that concern a theme: its own, and those of all."""
    return tuple(mark for mark in found if mark.happening.theme in (None, theme))


def labels(found: Iterable[Mark]) -> Mapping[str, str]:
    """Per period what stands at its mark: "2", or "2–4" where several begin in it."""
    numbers: dict[str, list[int]] = {}
    for mark in found:
        numbers.setdefault(mark.first, []).append(mark.number)
    return {period: _short(sorted(those)) for period, those in numbers.items()}


def _short(numbers: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{a}" if a == b else f"{a},{b}" if b == a + 1 else f"{a}–{b}" for a, b in runs)
