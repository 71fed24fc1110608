"""What reports count: one exposure per conversation, one hit per conversation and theme.

The note, the transcript and the recap of one meeting are one conversation here (see `filters.COUNTED`)."""

import json
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from sqlite_utils import Database

from insights.language.names import do_it_yourself
from insights.periods import Period
from pipelines.store import catalogue, columns, company
from pipelines.store.filters import (
    CONVERSATION_COLUMNS,
    COUNTED,
    HIT_COUNTS,
    HITS,
    MEETINGS,
    NAMING,
    Filters,
    conversation_condition,
    insight_condition,
    phrase,
)
from pipelines.store.insights import JOINS
from pipelines.store.remembered import beneath, key_of, per_state, remembered
from pipelines.store.units import EXPRESSIONS, Unit

INSIGHT_SPLITS = {"relation": "i.label", "label": "i.label", "voice": "u.voice"}
# What was found in a conversation, not said of it: a conversation may have several of them, or none.
FOUND_SPLITS = ("competitor", "tracker", "ours")
APART = " · "  # between the values of a stratum's fields


@dataclass(frozen=True, slots=True)
class Exposure:
    """A conversation that was listened to: it counts in the denominator. `day` is "" when unknown.

    `cluster` is what is alike: its account, or without one what is counted: itself, or its deal. `unit` is what is counted (see `store.units`).
    `stratum` holds the values of the fields whose mix is held constant.
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

    `meeting` (n,) points into `ids`, `number` is the way back; `day` (n,) into `days`, which are ascending. `cluster` and
    `unit` (n,) are equal where what is alike, and what is counted, is the same; a unit that is a conversation has its
    meeting's number. `account` has the account's key.
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


@dataclass(frozen=True, slots=True)
class Hit:
    """A conversation that carries a theme: it counts once in the numerator, however many insights it holds."""

    theme_id: int
    conversation_id: str
    split: str
    insights: int


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
    db, key = beneath(db), ("exposures", key_of((plain, by, unit, tuple(held))))
    return remembered(db, key, lambda: _exposures(db, plain, by, unit, held), large=True)


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
    within = _found(db, by)
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
        known = columns.facts(db, told, f"unit {unit}", EXPRESSIONS[unit])
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
    """Of the `chosen` (i,) insights that are in a theme and count: theme, conversation, code of the value; the values."""
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
    """Of what carries a theme (conversations, accounts or deals): the most that one account holds, and those known from
    notes alone."""

    units: int
    largest: int
    reported: int


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
    return Carriers(len(rows), max(accounts.values(), default=0), sum(not row["verbatim"] for row in rows))


def _carriers(db: Database, read: columns.Columns, chosen: np.ndarray, unit: Unit) -> Carriers:
    """The same from the columns, of the `chosen` (i,) insights."""
    told, account = read.told, read.told.facts["account_key"]
    chosen = chosen & told.counted[read.of]
    of = read.of[chosen]
    codes = told.meeting if unit == "conversation" else columns.facts(db, told, f"unit {unit}", EXPRESSIONS[unit]).codes
    different, units = np.unique(codes[of], return_inverse=True)
    order = sorted(range(len(account.values)), key=account.values.__getitem__)  # "" is the first
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    named, verbatim = np.zeros(len(different), np.int64), np.zeros(len(different), bool)
    np.maximum.at(named, units, place[account.codes[of]])
    verbatim[units[read.texts["voice"].among(["verbatim"])[chosen]]] = True
    known = named[named > 0] if "" in account.values else named
    return Carriers(len(different), int(np.bincount(known).max(initial=0)), int((~verbatim).sum()))


def _sorted(stratum: str) -> str:
    """The same values in whatever order the tellings of one meeting were read: SQLite gives them in none."""
    return APART.join(",".join(sorted(part.split(","))) for part in stratum.split(APART)) if "," in stratum else stratum


def _spread(db: Database, by: str, found: list[Hit]) -> list[Hit]:
    if by not in FOUND_SPLITS:
        return found
    within = _found(db, by)
    return [
        Hit(h.theme_id, h.conversation_id, value, h.insights)
        for h in found
        for value in within.get(h.conversation_id, ("",))
    ]


def _found(db: Database, by: str) -> dict[str, list[str]]:
    """The competitors, trackers, or products of our own, found in each conversation."""
    db = beneath(db)
    return remembered(db, ("found", by), lambda: _look_for(db, by), large=True)


def _look_for(db: Database, by: str) -> dict[str, list[str]]:
    if by == "competitor":
        read = columns.read(db)
        return _decided(db, _competitors(read) if read else _named(db))
    named: dict[str, list[str]] = defaultdict(list)
    if by == "ours":
        for one in catalogue.entries(db, "product"):
            forms = " OR ".join(map(phrase, (one.name, *one.aliases)))
            for row in db.query(f"{NAMING} GROUP BY 1", [forms]):
                named[row["counted_as"]].append(one.name)
        return named
    return _values(
        db, f"SELECT DISTINCT c.counted_as AS id, t.name AS v {HITS} WHERE t.status = 'active' AND {HIT_COUNTS}"
    )


def _named(db: Database) -> dict[str, list[str]]:
    sql = f"SELECT DISTINCT c.counted_as AS id, i.name AS v {JOINS} WHERE i.kind = 'competitor' AND i.name <> '' AND {COUNTED}"
    return _values(db, sql)


def _values(db: Database, sql: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in db.query(f"{sql} ORDER BY 1, 2"):
        found[row["id"]].append(row["v"])
    return found


def _decided(db: Database, found: dict[str, list[str]]) -> dict[str, list[str]]:
    """Without names that nobody decided on: those of the catalogue, and the ways of doing without a vendor. An empty
    catalogue has decided nothing, and then every name stands."""
    listed = {one.name.lower() for one in company.load(db).competitors}
    if not listed:
        return found
    allowed = listed | {name.lower() for name in do_it_yourself()}
    kept = ((meeting, [name for name in names if name.lower() in allowed]) for meeting, names in found.items())
    return {meeting: names for meeting, names in kept if names}


def _competitors(read: columns.Columns) -> dict[str, list[str]]:
    """The competitors found in each conversation, by name."""
    name, told = read.texts["name"], read.told
    kind = read.texts["kind"].among(["competitor"])
    chosen = kind & (name.codes != columns.blank(name)) & told.counted[read.of]
    (meetings, names), _ = columns.groups(told.meeting[read.of[chosen]], name.codes[chosen])
    found: dict[str, list[str]] = defaultdict(list)
    for meeting, one in sorted(zip(columns.named(told.ids, meetings), columns.named(name.values, names), strict=True)):
        found[meeting].append(one)
    return found


def split_column(by: str) -> tuple[str, list[object]]:
    """The SQL of a field's value over `conversations c` (and `insights i`, `utterances u`), and what to bind to it."""
    if not by:
        return "''", []
    if column := INSIGHT_SPLITS.get(by) or CONVERSATION_COLUMNS.get(by):
        return column, []
    own = "coalesce((SELECT f.value FROM conversation_fields f WHERE f.conversation_id = c.id AND f.name = ?), '')"
    return own, [by]
