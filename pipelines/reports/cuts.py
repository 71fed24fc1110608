"""Themes against the values of a field: who says what, at which stage, when; each cell a share that can be opened."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlite_utils import Database

from insights import sampling, trends
from insights.sampling import LEVEL, Rate, Sample, Sizes
from insights.trends import FALSE_DISCOVERY_RATE, FEWEST_ACCOUNTS
from pipelines.report import Row, TrendReport
from pipelines.store import exposure_rows, report_rows, splits
from pipelines.store.exposure_rows import Exposure

MOST_COLUMNS = 8
FEWEST = 10  # conversations of a column, under which hardly anything can be said of it
Standing = Literal["", "more", "less"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A theme's share among the conversations of one value, and whether that is more or less than among all others
    beyond chance, over the whole table."""

    rate: Rate
    standing: Standing = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """A report's rows against the values of `by` in the current window. `columns` are (value, conversations), those in
    which something stands out first, the value "" standing for those of which it is not known; `cells` run parallel to
    `rows` and `columns`. `left_out` counts the values that are not shown. `exclusive` says whether a conversation has
    one value only, `timed` that the columns are periods: an upload may have a field of that name."""

    by: str
    columns: tuple[tuple[str, int], ...]
    rows: tuple[Row, ...]
    cells: tuple[tuple[Cell, ...], ...]
    left_out: int
    exclusive: bool
    timed: bool = False

    @property
    def striking(self) -> bool:
        """Whether anything stands out."""
        return any(cell.standing for row in self.cells for cell in row)

    @property
    def thin(self) -> tuple[int, ...]:
        """The places of columns that a page need not show: of too few conversations, with nothing that stands out in
        them. None where every value is so, and no periods, which are read beside each other."""
        found = [
            n for n, (_, count) in enumerate(self.columns)
            if count < FEWEST and not any(row[n].standing for row in self.cells)
        ]  # fmt: skip
        left = any(value for n, (value, _) in enumerate(self.columns) if n not in found)
        return tuple(found) if left and not self.timed else ()


def cut(db: Database, report: TrendReport, by: str, *, most: int = MOST_COLUMNS) -> Cut:
    """Cut the current window of a report by a field; of a report that is split already, each theme as a whole."""
    rows = tuple({row.theme_id: replace(row, split="") for row in report.rows}.values())
    since, until = report.current.start.isoformat(), report.current.end.isoformat()
    kind = "" if report.kind == "tracker" else report.kind
    within = replace(report.filters, kind=kind, since=since, until=until)
    exposures = exposure_rows.conversations(db, within, by=by, unit=report.unit)
    hits = report_rows.tracked(db, within, by=by) if report.kind == "tracker" else report_rows.hits(db, within, by=by)
    by_insight = by in splits.INSIGHT_SPLITS
    groups: dict[str, list[Exposure]] = defaultdict(list)
    for e in exposures:
        groups[e.split].append(e)
    carried: dict[tuple[int, str], set[str]] = defaultdict(set)
    for hit in hits:
        carried[hit.theme_id, hit.split].add(hit.conversation_id)
    if by_insight:
        groups = {split: exposures for _, split in carried}
        weights = {
            split: len({i for (_, s), found in carried.items() if s == split for i in found}) for split in groups
        }
    else:
        weights = {split: len({e.unit for e in group}) for split, group in groups.items()}
    known = sorted((value for value in groups if value), key=lambda value: (-weights[value], value))
    shown = [*known[:most], *([""] if groups.get("") and not by_insight else [])]
    wholes = {value: Whole(groups[value]) for value in shown}
    samples = {
        (row.theme_id, value): wholes[value].sample(carried.get((row.theme_id, value), set()))
        for row in rows
        for value in shown
    }
    exclusive = by not in splits.INSIGHT_SPLITS and by not in splits.FOUND_SPLITS
    standings = _standings(samples, rows, shown) if exclusive else {}
    striking = {value for _, value in standings}
    shown.sort(key=lambda value: value not in striking)
    cells = tuple(
        tuple(
            Cell(sampling.rate(samples[row.theme_id, value]), standings.get((row.theme_id, value), ""))
            for value in shown
        )
        for row in rows
    )
    columns = tuple((value, len({e.unit for e in groups[value]})) for value in shown)
    return Cut(by, columns, rows, cells, max(0, len(known) - most), exclusive)


def over_time(report: TrendReport, *, most: int) -> Cut:
    """The same table with the newest periods as columns, by their labels."""
    first = max(0, len(report.periods) - most)
    first_row = report.rows[0].series if report.rows else ()
    columns = tuple(
        (period.label, first_row[n].denominator if first_row else 0) for n, period in enumerate(report.periods)
    )[first:]
    cells = tuple(tuple(Cell(rate) for rate in row.series[first:]) for row in report.rows)
    return Cut("period", columns, report.rows, cells, first, exclusive=True, timed=True)


class Whole:
    """The conversations of one value, counted once for all rows."""

    def __init__(self, exposures: Sequence[Exposure]):
        self.of = {e.id: (n, e.cluster, e.unit) for n, e in enumerate(exposures)}
        whole: dict[str, set[str]] = defaultdict(set)
        for _, cluster, unit in self.of.values():
            whole[cluster].add(unit)
        self.sizes = {cluster: len(units) for cluster, units in whole.items()}
        self.sums = sampling.summed(self.sizes)

    def sample(self, carrying: set[str]) -> Sample:
        part: dict[str, set[str]] = defaultdict(set)
        for _, cluster, unit in sorted(self.of[one] for one in carrying if one in self.of):
            part[cluster].add(unit)
        return Sample({cluster: len(units) for cluster, units in part.items()}, self.sizes, self.sums)


def _standings(
    samples: dict[tuple[int, str], Sample], rows: Sequence[Row], values: Sequence[str]
) -> dict[tuple[int, str], Standing]:
    """Each cell against all others of its row; false discoveries are controlled over the whole table."""
    keys, changes = [], []
    whole: dict[str, Sample] = {}  # of the others, without what carries a theme: the same for all rows
    for row in rows:
        mine = {value: samples[row.theme_id, value] for value in values}
        for value in values:
            if not value or len(values) < 2:
                continue
            rest = [mine[other] for other in values if other != value]
            if value not in whole:
                together = _added([one.conversations for one in rest])
                whole[value] = Sample({}, together, sampling.summed(together))
            others = replace(whole[value], carrying=_added([one.carrying for one in rest]), effect=[])
            keys.append((row.theme_id, value))
            changes.append(trends.change(others, mine[value]))
    found: dict[tuple[int, str], Standing] = {}
    for key, one, q in zip(keys, changes, trends.adjusted([c.p for c in changes]), strict=True):
        sure = q is not None and q <= FALSE_DISCOVERY_RATE and one.p is not None and one.p <= 1 - LEVEL
        carrying = sum(count > 0 for count in samples[key].carrying.values())
        if sure and one.difference and (one.difference < 0 or carrying >= FEWEST_ACCOUNTS):
            found[key] = "more" if one.difference > 0 else "less"
    return found


def _added(parts: Sequence[Sizes]) -> Sizes:
    found: dict[str, int] = defaultdict(int)
    for one in parts:
        for account, count in one.items():
            found[account] += count
    return dict(found)
