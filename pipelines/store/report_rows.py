"""What reports count: one hit per conversation and theme, and who stands behind a figure; what they divide by is in
`exposure_rows`."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from sqlite_utils import Database

from insights.periods import Period
from pipelines.store import columns, deal_keys, splits
from pipelines.store.counting import COUNTED
from pipelines.store.exposure_rows import Exposures
from pipelines.store.filters import (
    HIT_COUNTS,
    HITS,
    Filters,
    conversation_condition,
    insight_condition,
)
from pipelines.store.insights import JOINS
from pipelines.store.remembered import per_state
from pipelines.store.splits import FOUND_SPLITS, INSIGHT_SPLITS, split_column
from pipelines.store.units import EXPRESSIONS, Unit


@dataclass(frozen=True, slots=True)
class Hit:
    """A conversation that carries a theme: it counts once in the numerator, however many insights it holds."""

    theme_id: int
    conversation_id: str
    split: str
    insights: int


def hits(db: Database, filters: Filters, *, by: str = "") -> list[Hit]:
    """Which conversations carry which theme, with the value of `by` and the number of insights."""
    if (read := columns.read(db)) and (chosen := columns.insights(db, read, filters)) is not None:
        return _spread(db, by, _hits(db, read, chosen, by))
    condition, values = insight_condition(filters)
    column, more = ("''", []) if by in FOUND_SPLITS else split_column(by)
    sql = f"""SELECT m.theme_id, c.counted_as AS conversation_id, {column} AS split, count(*) AS insights {JOINS}
        WHERE m.theme_id IS NOT NULL AND {COUNTED} AND {condition} GROUP BY m.theme_id, c.counted_as, split"""
    return _spread(db, by, [Hit(*row) for row in db.execute(sql, [*more, *values])])


@dataclass(frozen=True, slots=True)
class Carrying:
    """What carries a theme, by the numbers of the meetings, each once; and its number of insights."""

    meetings: np.ndarray
    insights: int


def carrying(
    db: Database, filters: Filters, among: Exposures, *, by: str = "", trackers: bool = False
) -> dict[tuple[int, str], Carrying]:
    """The same as `hits`, or `tracked`, put together by theme and value of `by`, in the numbers of the exposures."""
    quick = not trackers and by not in FOUND_SPLITS
    read = columns.read(db) if quick else None
    same = read is not None and read.told.number is among.number
    if read and same and (chosen := columns.insights(db, read, filters)) is not None:
        return _carrying(db, read, chosen, by)
    found: dict[tuple[int, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    numbers: dict[tuple[int, str], int] = defaultdict(int)
    for hit in tracked(db, filters, by=by) if trackers else hits(db, filters, by=by):
        numbers[hit.theme_id, hit.split] += hit.insights
        found[hit.theme_id, hit.split][among.number.get(hit.conversation_id, -1)] += 1
    return {
        key: Carrying(np.array([one for one in ids if 0 <= one < len(among.ids)], np.int64), numbers[key])
        for key, ids in found.items()
    }


def _carrying(db: Database, read: columns.Columns, chosen: np.ndarray, by: str) -> dict[tuple[int, str], Carrying]:
    theme, of, codes, names = _split(db, read, chosen, by)
    in_order = np.argsort(read.told.rank)
    (themes, values, ranks), counts = columns.groups(theme, codes, read.told.rank[read.told.meeting[of]])
    meetings = in_order[ranks]
    found: dict[tuple[int, str], Carrying] = {}
    borders = np.flatnonzero((np.diff(themes) != 0) | (np.diff(values) != 0)) + 1
    for begin, end in pairwise([0, *borders.tolist(), len(themes)] if len(themes) else []):
        key = int(themes[begin]), names[values[begin]]
        found[key] = Carrying(meetings[begin:end], int(counts[begin:end].sum()))
    return found


def _hits(db: Database, read: columns.Columns, chosen: np.ndarray, by: str) -> list[Hit]:
    """The hits of the `chosen` (i,) insights, from the columns."""
    theme, of, codes, names = _split(db, read, chosen, by)
    ids, in_order = read.told.ids, np.argsort(read.told.rank)
    (themes, ranks, values), counts = columns.groups(theme, read.told.rank[read.told.meeting[of]], codes)
    rows = (one.tolist() for one in (themes, in_order[ranks], values, counts))
    return [Hit(t, ids[m], names[v], n) for t, m, v, n in zip(*rows, strict=True)]


def _split(
    db: Database, read: columns.Columns, chosen: np.ndarray, by: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Sequence[str]]:
    """Of the `chosen` (i,) insights that are in a theme and count: theme, conversation, code of the value; the
    values."""
    chosen = chosen & (read.theme > 0) & read.told.counted[read.of]
    of = read.of[chosen]
    if by in INSIGHT_SPLITS:
        split = read.texts[INSIGHT_SPLITS[by].partition(".")[2]]
        codes, names = split.codes[chosen], split.values
    elif not by or by in FOUND_SPLITS:
        codes, names = np.zeros(len(of), dtype=np.int64), ("",)
    else:
        split = columns.fact(db, read.told, by)
        codes, names = split.codes[of], split.values
    return read.theme[chosen], of, codes, names


def waiting(db: Database, filters: Filters, period: Period) -> tuple[int, int]:
    """How many of the quotes of a period are in no theme, and how many there are."""
    inside = replace(filters, theme="", since=period.start.isoformat(), until=period.end.isoformat())
    if (read := columns.read(db)) and (chosen := columns.insights(db, read, inside)) is not None:
        chosen = chosen & read.told.counted[read.of]
        return int((chosen & (read.theme == 0)).sum()), int(chosen.sum())
    condition, values = insight_condition(inside)
    sql = f"SELECT coalesce(sum(m.theme_id IS NULL), 0), count(*) {JOINS} WHERE {COUNTED} AND {condition}"
    none, every = db.execute(sql, values).fetchone()
    return none, every


def tracked(db: Database, filters: Filters, *, by: str = "") -> list[Hit]:
    """Which conversations carry which tracker; filters on what was found by the finder do not apply to them."""
    condition, values = conversation_condition(filters)
    column, more = (
        split_column(by) if by == "voice" or (by not in INSIGHT_SPLITS and by not in FOUND_SPLITS) else ("''", [])
    )
    said = "".join(f" AND u.{name} = ?" for name in ("voice", "role") if getattr(filters, name))
    said_values = [getattr(filters, name) for name in ("voice", "role") if getattr(filters, name)]
    sql = f"""SELECT h.tracker_id AS theme_id, c.counted_as AS conversation_id, {column} AS split, count(*) AS insights {HITS}
        WHERE t.status = 'active' AND {HIT_COUNTS} AND {condition}{said} GROUP BY h.tracker_id, c.counted_as, split"""
    return _spread(db, by, [Hit(**row) for row in db.query(sql, [*more, *values, *said_values])])


@dataclass(frozen=True, slots=True)
class Carriers:
    """Of what carries a theme (conversations, accounts or deals): the most that one account holds, those known from
    notes alone, and those that name no account."""

    units: int
    largest: int
    reported: int
    unnamed: int


@per_state
def carriers(
    db: Database, filters: Filters, kind: str, theme_id: int, period: Period, *, unit: Unit = "conversation"
) -> Carriers:
    """Who stands behind a theme's, or a tracker's, figure for a period."""
    within = replace(filters, kind="", since=period.start.isoformat(), until=period.end.isoformat())
    if kind == "tracker":
        condition, values = conversation_condition(within)
        rest = f"{HITS} WHERE t.status = 'active' AND {HIT_COUNTS} AND h.tracker_id = ? AND {condition}"
        values = [theme_id, *values]
    else:
        within = replace(within, theme=str(theme_id))
        if (read := columns.read(db)) and (chosen := columns.insights(db, read, within)) is not None:
            return _carriers(db, read, chosen, unit)
        condition, values = insight_condition(within)
        rest = f"{JOINS} WHERE {COUNTED} AND {condition}"
    sql = f"""SELECT {EXPRESSIONS[unit]} AS unit, max(c.account_key) AS account, max(u.voice = 'verbatim') AS verbatim {rest}
        GROUP BY unit"""
    rows = list(db.query(sql, values))
    accounts = Counter(row["account"] for row in rows if row["account"])
    return Carriers(
        len(rows),
        max(accounts.values(), default=0),
        sum(not row["verbatim"] for row in rows),
        len(rows) - accounts.total(),
    )


def _carriers(db: Database, read: columns.Columns, chosen: np.ndarray, unit: Unit) -> Carriers:
    """The same from the columns, of the `chosen` (i,) insights."""
    told, account = read.told, read.told.facts["account_key"]
    chosen = chosen & told.counted[read.of]
    of = read.of[chosen]
    codes = told.meeting if unit == "conversation" else deal_keys.units(db, told, unit).codes
    different, units = np.unique(codes[of], return_inverse=True)
    order = sorted(range(len(account.values)), key=account.values.__getitem__)  # "" is the first
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    named, verbatim = np.zeros(len(different), np.int64), np.zeros(len(different), bool)
    np.maximum.at(named, units, place[account.codes[of]])
    verbatim[units[read.texts["voice"].among(["verbatim"])[chosen]]] = True
    known = named[named > 0] if "" in account.values else named
    return Carriers(
        len(different), int(np.bincount(known).max(initial=0)), int((~verbatim).sum()), len(named) - len(known)
    )


def _spread(db: Database, by: str, found: list[Hit]) -> list[Hit]:
    if by not in FOUND_SPLITS:
        return found
    within = splits.found(db, by)
    return [
        Hit(h.theme_id, h.conversation_id, value, h.insights)
        for h in found
        for value in within.get(h.conversation_id, ("",))
    ]
