"""Two groups of conversations side by side: what one says more than the other, beyond chance over all themes.

Both are values of one field (two segments, two personas), so no conversation is in both; accounts may be, and the
interval of a difference allows for that. Groups differ in more than this one field: a difference is no cause.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Literal

from sqlite_utils import Database

from insights import sampling, trends, wording
from insights.sampling import LEVEL, Rate, Sample
from insights.trends import FALSE_DISCOVERY_RATE, FEWEST_ACCOUNTS, SMALLEST_CHANGE_THAT_MATTERS, Change
from pipelines.report import Row, TrendReport
from pipelines.reports.cuts import Whole
from pipelines.store import exposure_rows, report_rows
from pipelines.store.exposure_rows import Exposure
from pipelines.store.filters import CONVERSATION_COLUMNS, NAMES, Filters, shown
from pipelines.store.splits import FOUND_SPLITS, INSIGHT_SPLITS
from pipelines.store.units import Unit

Says = Literal["more", "less", "alike", "too few"]
MOST_LINES = 60


@dataclass(frozen=True, slots=True)
class Line:
    """A theme in both groups. `change` is the first share minus the second; `says` whether the first has surely more or
    less, whether a difference of 10 points is ruled out ("alike"), or too little is known: then `reason` says why."""

    row: Row
    one: Rate
    other: Rate
    change: Change
    says: Says
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Against:
    """Two values of a field in the current window of a report, or with `whole` in all that it counts, what surely
    differs first; sizes in what the report counts."""

    by: str
    one: str
    other: str
    sizes: tuple[int, int]
    lines: tuple[Line, ...]
    filters: Filters
    whole: bool = False

    @property
    def silent(self) -> tuple[str, ...]:
        """Which of the two values no conversation compared has."""
        return tuple(value for value, size in zip((self.one, self.other), self.sizes, strict=True) if not size)

    def of(self, value: str) -> Filters:
        """The filters that find the conversations of one of the two."""
        return _with(self.filters, self.by, value)

    @property
    def sure(self) -> int:
        """How many themes surely differ."""
        return sum(line.says in ("more", "less") for line in self.lines)


def comparable(by: str) -> bool:
    """Whether a conversation has one value of a field only: its columns, and the uploads' own."""
    return by in CONVERSATION_COLUMNS or by not in (*NAMES, *INSIGHT_SPLITS, *FOUND_SPLITS)


def against(
    db: Database, report: TrendReport, by: str, one: str, other: str, *, whole: bool = False
) -> Against:  # fmt: skip
    """Compare two values of a comparable field in the current window, or with `whole` in all conversations that match;
    a filter on that field is left aside."""
    within = replace(_without(report.filters, by), kind="" if report.kind == "tracker" else report.kind)
    if not whole:
        within = replace(within, since=report.current.start.isoformat(), until=report.current.end.isoformat())
    groups: dict[str, list[Exposure]] = defaultdict(list)
    for e in exposure_rows.conversations(db, within, by=by, unit=report.unit):
        groups[e.split].append(e)
    hits = report_rows.tracked(db, within, by=by) if report.kind == "tracker" else report_rows.hits(db, within, by=by)
    carried: dict[tuple[int, str], set[str]] = defaultdict(set)
    for hit in hits:
        carried[hit.theme_id, hit.split].add(hit.conversation_id)
    rows = tuple({row.theme_id: replace(row, split="") for row in report.rows}.values())
    names = [value if value in groups else shown(value) for value in (one, other)]  # a comma of its own is marked
    wholes = {name: Whole(groups[name]) for name in names}
    pairs = [tuple(wholes[name].sample(carried[row.theme_id, name]) for name in names) for row in rows]
    changes = [trends.change(second, first) for first, second in pairs]
    q_values = trends.adjusted([change.p for change in changes])
    lines = [
        _line(row, first, second, replace(change, q=q), report.unit)
        for row, (first, second), change, q in zip(rows, pairs, changes, q_values, strict=True)
        if first.numerator or second.numerator
    ]
    lines.sort(key=_rank)
    sizes = (len({e.unit for e in groups[names[0]]}), len({e.unit for e in groups[names[1]]}))
    return Against(by, one, other, sizes, tuple(lines[:MOST_LINES]), within, whole)


def _line(row: Row, first: Sample, second: Sample, change: Change, unit: Unit) -> Line:
    says = _says(change, first, second)
    why = reason(change, first, second, unit) if says == "too few" else ""
    return Line(row, sampling.rate(first), sampling.rate(second), change, says, why)


def reason(change: Change, first: Sample, second: Sample, unit: Unit) -> str:
    """Why nothing can be said of a difference: too few accounts, or too little of what is counted (as `trends` has
    it)."""
    if change.difference is None:
        return f"one of the two has no {unit}"
    accounts = {a for sample in (first, second) for a, count in sample.carrying.items() if count}
    greater = first if change.difference > 0 else second
    if _is_sure(change):
        accounts = {a for a, count in greater.carrying.items() if count}
    if 0 < len(accounts) < FEWEST_ACCOUNTS:
        return f"{'one account' if len(accounts) == 1 else 'two accounts'} alone"
    if change.p is None or change.q is None:
        return f"fewer than {trends.FEWEST_CASES} {unit}s carry it"
    base = (first.numerator + second.numerator) / (first.denominator + second.denominator)
    widest = max(sampling.design_effect(first), sampling.design_effect(second))
    needed = ceil(round(trends.conversations_needed(base) * widest, 6))
    if min(first.denominator, second.denominator) >= needed:
        return "neither a difference nor its absence is certain"
    return f"a difference of 10 points would show from {wording.number(needed)} {unit}s a group"


def _is_sure(change: Change) -> bool:
    return change.q is not None and change.q <= FALSE_DISCOVERY_RATE and change.p is not None and change.p <= 1 - LEVEL


def _says(change: Change, first: Sample, second: Sample) -> Says:
    if change.difference is None or change.low is None or change.high is None:
        return "too few"
    greater = first if change.difference > 0 else second
    if _is_sure(change) and sum(count > 0 for count in greater.carrying.values()) >= FEWEST_ACCOUNTS:
        return "more" if change.difference > 0 else "less"
    most = SMALLEST_CHANGE_THAT_MATTERS
    return "alike" if -most < change.low and change.high < most else "too few"


def _rank(line: Line) -> tuple[bool, float, int, int]:
    """What surely differs first, then what is least likely to be chance."""
    p = 1.0 if line.change.p is None else line.change.p
    return line.says not in ("more", "less"), p, -line.one.numerator - line.other.numerator, line.row.theme_id


def _without(filters: Filters, by: str) -> Filters:
    return _with(filters, by, "")


def _with(filters: Filters, by: str, value: str) -> Filters:
    if by in Filters.__dataclass_fields__ and by != "fields":
        change: Mapping[str, Any] = {by: value}
        return replace(filters, **change)
    rest = {name: one for name, one in filters.fields.items() if name != by}
    return replace(filters, fields=rest | ({by: value} if value else {}))
