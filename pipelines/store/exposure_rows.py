"""What reports divide by: one exposure per conversation, or deal, or account, that was listened to.

The note, the transcript and the recap of one meeting are one conversation here (see `filters.COUNTED`)."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlite_utils import Database

from pipelines.store import columns, deal_keys, splits
from pipelines.store.counting import COUNTED
from pipelines.store.covered import FREE_FACTS, shows
from pipelines.store.filters import (
    MEETINGS,
    Filters,
    conversation_condition,
)
from pipelines.store.remembered import beneath, key_of, per_state, remembered
from pipelines.store.splits import FOUND_SPLITS, INSIGHT_SPLITS, split_column
from pipelines.store.units import EXPRESSIONS, Unit

APART = " · "  # between the values of a stratum's fields


@dataclass(frozen=True, slots=True)
class Exposure:
    """A conversation that was listened to: it counts in the denominator. `day` is "" when unknown.

    `cluster` is what is alike: its account, or without one what is counted: itself, or its deal. `unit` is what is
    counted (see `store.units`). `stratum` holds the values of the fields whose mix is held constant.
    """

    id: str
    day: str
    account: str
    split: str
    unit: str = ""
    stratum: str = ""

    @property
    def cluster(self) -> str:
        return self.account or f"\0{self.unit or self.id}"


@dataclass(frozen=True, slots=True)
class Exposures:
    """Exposures as numbers, in the order of their ids, one a meeting and value of the split.

    `meeting` (n,) points into `ids`, `number` is the way back; `day` (n,) into `days`, which are ascending. `cluster`
    and `unit` (n,) are equal where what is alike, and what is counted, is the same; a unit that is a conversation has
    its meeting's number. `account` has the account's key.
    """

    ids: Sequence[str]
    number: Mapping[str, int]
    meeting: np.ndarray
    days: Sequence[str]
    day: np.ndarray
    account: columns.Codes
    cluster: np.ndarray
    unit: np.ndarray
    units: Sequence[str]
    split: columns.Codes
    stratum: columns.Codes

    def __len__(self) -> int:
        return len(self.meeting)

    def where(self, chosen: np.ndarray) -> "Exposures":
        """Those that are chosen, by a mask or by their places."""
        return replace(
            self, meeting=self.meeting[chosen], day=self.day[chosen], account=self.account.where(chosen),
            cluster=self.cluster[chosen], unit=self.unit[chosen], split=self.split.where(chosen),
            stratum=self.stratum.where(chosen),
        )  # fmt: skip

    def first_of(self, day: str) -> int:
        """Where a day stands, or would stand, in `days`."""
        return bisect_left(self.days, day)

    def between(self, start: str, end: str) -> np.ndarray:
        """(days,) which of `days` are from `start` to `end`, both inclusive."""
        places = np.arange(len(self.days))
        return (places >= self.first_of(start)) & (places < bisect_right(self.days, end))


def conversations(
    db: Database, filters: Filters, *, by: str = "", unit: Unit = "conversation", held: Sequence[str] = ()
) -> list[Exposure]:
    """The conversations that match, each with its value of `by` ("" for splits of insights, which share them all)."""
    found = exposures(db, filters, by=by, unit=unit, held=held)
    pairs = (
        (found.ids, found.meeting), (found.days, found.day), (found.account.values, found.account.codes),
        (found.split.values, found.split.codes), (found.units, found.unit), (found.stratum.values, found.stratum.codes),
    )  # fmt: skip
    return [Exposure(*row) for row in zip(*(columns.named(*pair) for pair in pairs), strict=True)]


def exposures(
    db: Database, filters: Filters, *, by: str = "", unit: Unit = "conversation", held: Sequence[str] = ()
) -> Exposures:
    """The same as numbers. What is returned is shared: nobody may change it."""
    plain = of_conversations(filters)
    # What people named has names in it, which not everybody sees.
    here = db if by in FOUND_SPLITS else beneath(db)
    key = ("exposures", key_of((plain, by, unit, tuple(held))), shows(here))
    found = remembered(here, key, lambda: _exposures(here, plain, by, unit, held), large=True)
    return replace(found, split=columns.shown(db, found.split)) if by in FREE_FACTS else found


def of_conversations(filters: Filters) -> Filters:
    """The filters without those that look into conversations: what the denominator rests on."""
    return replace(
        filters, kind="", theme="", label="", relation="", competitor="", voice="", role="", follow_up="", q=""
    )


def _exposures(db: Database, filters: Filters, by: str, unit: Unit, held: Sequence[str]) -> Exposures:
    own = "" if by in INSIGHT_SPLITS or by in FOUND_SPLITS else by
    if told := columns.told(db):
        found = _from_columns(db, told, filters, own, unit, held)
    else:
        found = _numbered(_grouped(db, filters, own, unit, held))
    if unit == "deal":
        found = _of_one_account(found)
    if by not in FOUND_SPLITS:
        return found
    within = splits.found(db, by)
    known: dict[str, int] = {}
    places, codes = [], []
    for place, meeting in enumerate(found.meeting.tolist()):
        for value in within.get(found.ids[meeting], ("",)):
            places.append(place)
            codes.append(known.setdefault(value, len(known)))
    return replace(
        found.where(np.array(places, np.int64)), split=columns.Codes(np.array(codes, np.int64), tuple(known))
    )


def _from_columns(
    db: Database, told: columns.Told, filters: Filters, by: str, unit: Unit, held: Sequence[str]
) -> Exposures:
    """The same as `_grouped`: meetings of one telling from the columns, those of several by SQL."""
    alone, only = columns.alone(told, columns.conversations(db, told, filters))
    meeting = told.meeting[alone]
    texts = {
        "account": told.facts["account_key"],
        "split": columns.fact(db, told, by),
        "stratum": _strata(db, told, held),
    }
    coded = {name: one.where(alone) for name, one in texts.items()}
    counted, units = meeting, told.ids
    if unit != "conversation":
        known = deal_keys.units(db, told, unit)
        units = (*told.ids, *known.values)
        counted = np.array([told.number.get(v, len(told.ids) + n) for n, v in enumerate(known.values)])[
            known.codes[alone]
        ]
    found = Exposures(
        told.ids, told.number, meeting, told.days, told.day[meeting], unit=counted, units=units,
        cluster=_clusters(coded["account"], counted), **coded,
    )  # fmt: skip
    if only:
        found = _with(found, _grouped(db, filters, by, unit, held, only=only), told.rank)
    return found


def _strata(db: Database, told: columns.Told, held: Sequence[str]) -> columns.Codes:
    """The values of several fields together."""
    fields = [columns.fact(db, told, name) for name in held]
    if not fields:
        return columns.fact(db, told, "")
    joined = np.zeros(len(told.rows), np.int64)
    for one in fields:
        joined = joined * len(one.values) + one.codes
    different, places = np.unique(joined, return_inverse=True)
    names: list[list[str]] = [[] for _ in different]
    for one in reversed(fields):
        different, codes = np.divmod(different, max(1, len(one.values)))
        for parts, code in zip(names, codes.tolist(), strict=True):
            parts.insert(0, one.values[code])
    known: dict[str, int] = {}
    numbers = np.array([known.setdefault(_sorted(APART.join(parts)), len(known)) for parts in names], np.int64)
    return columns.Codes(numbers[places] if len(places) else places, tuple(known))


def _clusters(account: columns.Codes, unit: np.ndarray) -> np.ndarray:
    """What is alike: the account, or without one what is counted."""
    return np.where(account.codes != columns.blank(account), account.codes, len(account.values) + unit)


def _numbered(rows: Sequence[Exposure]) -> Exposures:
    ids = tuple(sorted({e.id for e in rows}))
    none, nothing = np.zeros(0, np.int64), columns.Codes(np.zeros(0, np.int64), ())
    number = {one: n for n, one in enumerate(ids)}
    empty = Exposures(ids, number, none, (), none, nothing, none, none, ids, nothing, nothing)
    return _with(empty, rows, np.arange(len(ids)))


def _with(found: Exposures, rows: Sequence[Exposure], rank: np.ndarray) -> Exposures:
    """Add exposures of other meetings; `rank` (ids,) is their order."""

    def longer(one: columns.Codes, texts: Sequence[str]) -> columns.Codes:
        # A value may be there twice (a unit that is also a meeting's id); codes point to the first.
        known, values = dict[str, int](), list(one.values)
        for n, value in enumerate(values):
            known.setdefault(value, n)
        for text in texts:
            if text not in known:
                known[text] = len(values)
                values.append(text)
        codes = np.array([known[text] for text in texts], np.int64)
        return columns.Codes(np.concatenate([one.codes, codes]), tuple(values))

    meeting = np.concatenate([found.meeting, np.array([found.number[e.id] for e in rows], np.int64)])
    order = np.argsort(rank[meeting], kind="stable")
    day = longer(columns.Codes(found.day, found.days), [e.day for e in rows])
    days = tuple(sorted(day.values))
    places = np.array([bisect_left(days, one) for one in day.values], np.int64)
    unit = longer(columns.Codes(found.unit, found.units), [e.unit or e.id for e in rows])
    account = longer(found.account, [e.account for e in rows])
    whole = Exposures(
        found.ids, found.number, meeting, days, places[day.codes], account, _clusters(account, unit.codes), unit.codes,
        unit.values, longer(found.split, [e.split for e in rows]), longer(found.stratum, [e.stratum for e in rows]),
    )  # fmt: skip
    return whole.where(order)


def _grouped(
    db: Database, filters: Filters, by: str, unit: Unit, held: Sequence[str], *, only: Sequence[str] | None = None
) -> list[Exposure]:
    """One exposure a meeting and value, from all its tellings that match; `only` some meetings."""
    condition, values = conversation_condition(filters)
    column, more = split_column(by)
    parts, own = zip(*map(split_column, held), strict=True) if held else ((), ())
    stratum = f" || '{APART}' || ".join(f"group_concat(DISTINCT {part})" for part in parts) or "''"
    some = "" if only is None else "AND c.counted_as IN (SELECT value FROM json_each(?))"
    sql = f"""SELECT c.counted_as AS id, min(w.day) AS day, max(c.account_key) AS account,
        {column} AS split, min({EXPRESSIONS[unit]}) AS unit, {stratum} AS stratum
        FROM conversations c JOIN {MEETINGS} w ON w.id = c.counted_as
        WHERE {COUNTED} AND {condition} {some} GROUP BY c.counted_as, split ORDER BY c.counted_as"""
    bound = [*more, *(value for values in own for value in values), *values]
    bound += [] if only is None else [json.dumps(only)]
    return [
        Exposure(i, day, account, value, counted, _sorted(known))
        for i, day, account, value, counted, known in db.execute(sql, bound)
    ]


def _of_one_account(found: Exposures) -> Exposures:
    """Every deal under one account, the first by name that its conversations have: under two it would count twice."""
    values, codes = found.account.values, found.account.codes
    order = np.array(sorted(range(len(values)), key=values.__getitem__), np.int64)
    place = np.empty(len(values), np.int64)
    place[order] = np.arange(len(values))
    first = np.full(int(found.unit.max(initial=0)) + 1, len(values), np.int64)
    named = codes != columns.blank(found.account)
    np.minimum.at(first, found.unit[named], place[codes[named]])
    account = columns.with_none(found.account)
    of_unit = np.append(order, columns.blank(account))[first]
    account = columns.Codes(of_unit[found.unit], account.values)
    return replace(found, account=account, cluster=_clusters(account, found.unit))


@per_state
def count(db: Database, filters: Filters) -> dict[str, int]:
    """How many conversations match, with or without a date, and how many accounts they are of."""
    if told := columns.told(db):
        chosen, account = columns.conversations(db, told, filters) & told.counted, told.facts["account_key"]
        accounts = columns.distinct(account.codes[chosen], but=columns.blank(account))
        return {"conversations": columns.distinct(told.meeting[chosen]), "accounts": accounts}
    condition, values = conversation_condition(filters)
    sql = f"""SELECT count(DISTINCT c.counted_as) AS conversations, count(DISTINCT nullif(c.account_key, '')) AS accounts
        FROM conversations c WHERE {COUNTED} AND {condition}"""
    return next(iter(db.query(sql, values)))


def _sorted(stratum: str) -> str:
    """The same values in whatever order the tellings of one meeting were read: SQLite gives them in none."""
    return APART.join(",".join(sorted(part.split(","))) for part in stratum.split(APART)) if "," in stratum else stratum
