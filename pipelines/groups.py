"""Two groups of conversations side by side: what one says more than the other, beyond chance over all themes.

Both are values of one field (two segments, two personas), so no conversation is in both; accounts may be, and the
interval of a difference allows for that. Groups differ in more than this one field: a difference is no cause.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlite_utils import Database

from insights import trends
from insights.trends import (
    FALSE_DISCOVERY_RATE,
    FEWEST_ACCOUNTS,
    LEVEL,
    SMALLEST_CHANGE_THAT_MATTERS,
    Change,
    Rate,
    Sample,
)
from pipelines.cuts import Whole
from pipelines.report import Row, TrendReport
from pipelines.store import report_rows
from pipelines.store.filters import Filters
from pipelines.store.report_rows import FOUND_SPLITS, INSIGHT_SPLITS, Exposure

Says = Literal["more", "less", "alike", "too few"]
MOST_LINES = 60


@dataclass(frozen=True, slots=True)
class Line:
    """A theme in both groups. `change` is the first share minus the second; `says` whether the first has surely more or
    less, whether a difference of 10 points is ruled out ("alike"), or too little is known."""

    row: Row
    one: Rate
    other: Rate
    change: Change
    says: Says


@dataclass(frozen=True, slots=True)
class Against:
    """Two values of a field in the current window of a report, what surely differs first; sizes in what the report counts."""

    by: str
    one: str
    other: str
    sizes: tuple[int, int]
    lines: tuple[Line, ...]
    filters: Filters

    @property
    def sure(self) -> int:
        """How many themes surely differ."""
        return sum(line.says in ("more", "less") for line in self.lines)


def comparable(by: str) -> bool:
    """Whether a conversation has one value of a field only."""
    return by not in INSIGHT_SPLITS and by not in FOUND_SPLITS


def against(db: Database, report: TrendReport, by: str, one: str, other: str) -> Against:
    """Compare two values of a comparable field; a filter on that field is left aside."""
    within = replace(
        _without(report.filters, by), kind="" if report.kind == "tracker" else report.kind,
        since=report.current.start.isoformat(), until=report.current.end.isoformat(),
    )  # fmt: skip
    groups: dict[str, list[Exposure]] = defaultdict(list)
    for e in report_rows.conversations(db, within, by=by, unit=report.unit):
        groups[e.split].append(e)
    hits = report_rows.tracked(db, within, by=by) if report.kind == "tracker" else report_rows.hits(db, within, by=by)
    carried: dict[tuple[int, str], set[str]] = defaultdict(set)
    for hit in hits:
        carried[hit.theme_id, hit.split].add(hit.conversation_id)
    rows = tuple({row.theme_id: replace(row, split="") for row in report.rows}.values())
    wholes = {value: Whole(groups[value]) for value in (one, other)}
    pairs = [tuple(wholes[value].sample(carried[row.theme_id, value]) for value in (one, other)) for row in rows]
    changes = [trends.change(second, first) for first, second in pairs]
    q_values = trends.adjusted([change.p for change in changes])
    lines = [
        Line(
            row,
            trends.rate(first),
            trends.rate(second),
            replace(change, q=q),
            _says(replace(change, q=q), first, second),
        )
        for row, (first, second), change, q in zip(rows, pairs, changes, q_values, strict=True)
        if first.numerator or second.numerator
    ]
    lines.sort(key=_rank)
    sizes = (len({e.unit for e in groups[one]}), len({e.unit for e in groups[other]}))
    return Against(by, one, other, sizes, tuple(lines[:MOST_LINES]), within)


def _says(change: Change, first: Sample, second: Sample) -> Says:
    if change.difference is None or change.low is None or change.high is None:
        return "too few"
    sure = change.q is not None and change.q <= FALSE_DISCOVERY_RATE and change.p is not None and change.p <= 1 - LEVEL
    greater = first if change.difference > 0 else second
    if sure and sum(count > 0 for count in greater.carrying.values()) >= FEWEST_ACCOUNTS:
        return "more" if change.difference > 0 else "less"
    most = SMALLEST_CHANGE_THAT_MATTERS
    return "alike" if -most < change.low and change.high < most else "too few"


def _rank(line: Line) -> tuple[bool, float, int, int]:
    """What surely differs first, then what is least likely to be chance."""
    p = 1.0 if line.change.p is None else line.change.p
    return line.says not in ("more", "less"), p, -line.one.numerator - line.other.numerator, line.row.theme_id


def _without(filters: Filters, by: str) -> Filters:
    if by in Filters.__dataclass_fields__ and by != "fields":
        change: Mapping[str, Any] = {by: ""}
        return replace(filters, **change)
    return replace(filters, fields={name: value for name, value in filters.fields.items() if name != by})
