"""All conversations and shown insights as columns of numbers in memory, one copy a database, brought up to date in parts.

What one would get wrong: these are not other figures. Every function says what the SQL of its caller says; where a
filter needs the words themselves (`q`), or a connection sees what others do not, there is none and the SQL answers.

After a write only those parts of the tables are read again that `store.changes` says were written to (4,096 rows each), and
the insights of conversations that were. Texts are numbered as they come and keep their
numbers, so that columns read at different moments can be joined; a number whose text is gone stays unused.
"""

from bisect import bisect_left, bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import RLock

import numpy as np
from sqlite_utils import Database

from pipelines.store import changes
from pipelines.store.filters import (
    CONVERSATION_COLUMNS,
    COUNTED,
    INSIGHT_COLUMNS,
    Filters,
    conversation_condition,
    family,
    options,
)
from pipelines.store.remembered import beneath, can_remember, note, remembered, workbench

Array = np.ndarray
Counts = Mapping[str, Mapping[int, int]]
MOST_FACTS = 16
CHUNK = 4 * changes.PART
EVERY = (-(1 << 62), 1 << 62)  # rows


@dataclass(frozen=True, slots=True)
class Codes:
    """Texts as numbers: `codes` (n,) point into `values`; a value may be there that no code points to."""

    codes: Array
    values: Sequence[str]

    def among(self, wanted: Collection[str]) -> Array:
        """(n,) whether each is one of these."""
        chosen = set(wanted)
        there: Array = np.fromiter((value in chosen for value in self.values), bool, len(self.values))
        return there[self.codes] if len(self.codes) else np.zeros(0, bool)

    def where(self, chosen: Array) -> "Codes":
        """Those that are chosen, by a mask or by their places."""
        return Codes(self.codes[chosen], self.values)


@dataclass(frozen=True, slots=True)
class Told:
    """The conversations: `rows` (c,) are their row numbers, ascending; `meeting` (c,) points into `ids`, the ids of what they
    count as, as `own` does for their own ids (`number` is the way back), and `rank` (ids,) says in which order those are. `day` (ids,) is the first known day of each, as a place in
    `days`, which are ascending and begin with "" for none; `there` (ids,) whether one of its tellings counts. `facts` are
    columns of the table."""

    rows: Array
    meeting: Array
    own: Array
    counted: Array
    ids: Sequence[str]
    number: Mapping[str, int]
    rank: Array
    days: Sequence[str]
    day: Array
    there: Array
    own_day: Array
    facts: Mapping[str, Codes]


@dataclass(frozen=True, slots=True)
class Columns:
    """The shown insights, in the order of their row numbers. `of` (i,) is the place of each one's conversation among those
    that are `told`; `utterance` is a row number, `position` and `start` say where in its conversation it was said; `theme` and `leaf` are 0 while it waits, `fit` is -1 then."""

    told: Told
    rows: Array
    ids: Array
    of: Array
    utterance: Array
    position: Array
    start: Array
    theme: Array
    leaf: Array
    fit: Array
    confidence: Array
    texts: Mapping[str, Codes]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of a table in the order of its rows, and how often each part of each table had been written to by then."""

    rows: Array
    columns: Mapping[str, Array]
    counts: Counts


def _numbering() -> dict[str, int]:
    return defaultdict(count().__next__)


@dataclass(slots=True)
class Store:
    """What is brought up to date of one database; whoever works on it holds `lock`. `known` numbers the texts of each column;
    `rank` is that of as many ids as there were."""

    lock: RLock = field(default_factory=RLock)
    known: "defaultdict[str, dict[str, int]]" = field(default_factory=lambda: defaultdict(_numbering))
    told: Table | None = None
    said: Table | None = None
    words: Table | None = None
    rank: Array = field(default_factory=lambda: np.zeros(0, np.int32))
    facts: "OrderedDict[str, Table]" = field(default_factory=OrderedDict)

    def coded(self, name: str, texts: Iterable[str]) -> Array:
        return np.array(list(map(self.known[name].__getitem__, texts)), np.int32)

    def values(self, name: str) -> Sequence[str]:
        return tuple(self.known[name])


FACTS = ("account_key", *CONVERSATION_COLUMNS)
TEXTS = ("kind", "label", "name", "follow_up", "answered", "voice", "role")
_COLUMN_OF = {"account_key": "c.account_key", **CONVERSATION_COLUMNS}
_TOLD = f"""SELECT c.rowid, c.counted_as, c.id, {COUNTED}, coalesce(c.day, ''), {", ".join(_COLUMN_OF[name] for name in FACTS)}
    FROM conversations c WHERE c.rowid BETWEEN ? AND ? ORDER BY c.rowid"""
_SAID = """SELECT r.rowid, i.id, c.rowid, u.rowid, u.position, i.start, coalesce(m.theme_id, 0), coalesce(m.leaf_id, 0),
        coalesce(m.confidence, -1), i.confidence, i.kind, i.label, i.name,
        CASE WHEN i.came_back THEN 'came_back' ELSE i.follow_up END, CASE i.follow_up WHEN 'answered' THEN '1' ELSE '' END,
        u.voice, u.role
    FROM insights r JOIN shown_insights i ON i.id = r.id JOIN utterances u ON u.id = i.utterance_id
    JOIN conversations c ON c.id = i.conversation_id LEFT JOIN theme_members m ON m.insight_id = i.id
    WHERE r.rowid BETWEEN ? AND ? ORDER BY r.rowid"""
_TABLES_TOLD = ("conversations",)
_TABLES_SAID = ("conversations", "insights")


def told(db: Database) -> Told | None:
    """The conversations as they are now; None on a connection that sees what others do not."""
    if not can_remember(db):
        return None
    db = beneath(db)
    return remembered(db, "told", lambda: _told(db, store_of(db)))


def read(db: Database) -> Columns | None:
    """The columns of the database as it is now; None on a connection that sees what others do not."""
    if not can_remember(db):
        return None
    db = beneath(db)
    return remembered(db, "columns", lambda: _columns(db, store_of(db)))


def store_of(db: Database) -> Store:
    return workbench(db, "columns", Store)


@contextmanager
def at_one_moment(db: Database) -> Iterator[None]:
    """All that is read inside is of one state. "BEGIN" alone would take the write lock (see `store.connect`)."""
    began = not db.conn.in_transaction
    if began:
        db.conn.execute("BEGIN DEFERRED")
    try:
        yield
    finally:
        if began:
            db.conn.execute("COMMIT")


def _told(db: Database, store: Store) -> Told:
    note(_TABLES_TOLD)
    with store.lock:
        with at_one_moment(db):
            store.told = _told_table(db, store, changes.counts(db))
        return _as_told(store, store.told)


def _columns(db: Database, store: Store) -> Columns:
    with store.lock:
        with at_one_moment(db):
            bring_up(db, store, changes.counts(db))
        return as_columns(store)


def bring_up(db: Database, store: Store, counts: Counts) -> None:
    """Read again what was written to since. Called with the store's lock, within a transaction."""
    note(_TABLES_SAID)
    store.told, store.said = _told_table(db, store, counts), _said_table(db, store, counts)


def _told_table(db: Database, store: Store, counts: Counts) -> Table:
    def coded(rows: Sequence[tuple]) -> dict[str, Array]:
        meeting, own, counted, day, *facts = list(zip(*rows, strict=True))[1:] if rows else [()] * (4 + len(FACTS))
        found = {
            "meeting": store.coded("meeting", meeting),
            "own": store.coded("meeting", own),
            "day": store.coded("day", day),
        }
        found |= {name: store.coded(name, texts) for name, texts in zip(FACTS, facts, strict=True)}
        return {"counted": np.array(counted, bool), **found}

    changed = store.told and _changed(store.told.counts, counts, "conversations")
    return brought_up(db, store.told, counts, changed or set(), _TOLD, (), coded)


def _said_table(db: Database, store: Store, counts: Counts) -> Table:
    def coded(rows: Sequence[tuple]) -> dict[str, Array]:
        ids, of, utterance, position, start, theme, leaf, fit, confidence, *texts = (
            list(zip(*rows, strict=True))[1:] if rows else [()] * 16
        )
        found = {"ids": np.array(ids, "S16"), "fit": np.array(fit, float), "confidence": np.array(confidence, float)}
        numbers = {"of": of, "utterance": utterance, "position": position, "start": start, "theme": theme, "leaf": leaf}
        found |= {name: np.array(column, np.int32) for name, column in numbers.items()}
        return found | {name: store.coded(name, column) for name, column in zip(TEXTS, texts, strict=True)}

    changed = store.said and changed_insights(db, store.said, store.said, counts)
    return brought_up(db, store.said, counts, changed or set(), _SAID, (), coded)


def _changed(before: Counts, now: Counts, name: str) -> set[int]:
    """The parts that were written to."""
    then = before.get(name, {})
    return {part for part, count in now.get(name, {}).items() if then.get(part) != count}


def changed_insights(db: Database, table: Table, said: Table, counts: Counts) -> set[int]:
    """The parts of the insights that were written to since a table of theirs was read, or in which lie some of conversations
    that were."""
    found = _changed(table.counts, counts, "insights")
    if conversations_ := _changed(table.counts, counts, "conversations"):
        found.update(np.unique(said.rows[np.isin(said.columns["of"] >> 12, list(conversations_))] >> 12).tolist())
        sql = """SELECT DISTINCT i.rowid >> 12 FROM conversations c JOIN insights i ON i.conversation_id = c.id
            WHERE c.rowid BETWEEN ? AND ?"""
        for limits in _ranges(conversations_):
            found.update(part for (part,) in db.conn.execute(sql, limits))
    return found


def brought_up(
    db: Database, table: Table | None, counts: Counts, changed: Collection[int], sql: str, values: Sequence[object],
    coded: Callable[[Sequence[tuple]], dict[str, Array]],
) -> Table:  # fmt: skip
    """The table with its changed parts read again, or all of it; `sql` takes the values, then a first and a last row."""
    if table is None:
        return Table(*_read(db, sql, values, [EVERY], coded), counts)
    if not changed:
        return Table(table.rows, table.columns, counts)
    rows, columns = _read(db, sql, values, _ranges(changed), coded)
    kept = ~np.isin(table.rows >> 12, list(changed))
    both = np.concatenate([table.rows[kept], rows])
    order = np.argsort(both, kind="stable")
    joined = {name: np.concatenate([old[kept], columns[name]])[order] for name, old in table.columns.items()}
    return Table(both[order], joined, counts)


def _read(
    db: Database, sql: str, values: Sequence[object], ranges: Iterable[tuple[int, int]],
    coded: Callable[[Sequence[tuple]], dict[str, Array]],
) -> tuple[Array, dict[str, Array]]:  # fmt: skip
    """The rows of these ranges, a chunk at a time: as Python's objects they are ten times as large."""
    rows, parts = [], []
    for start, end in ranges:
        cursor = db.conn.execute(sql, [*values, start, end])
        while found := cursor.fetchmany(CHUNK):
            rows.append(np.array([row[0] for row in found], np.int64))
            parts.append(coded(found))
    if not parts:
        return np.zeros(0, np.int64), coded([])
    return np.concatenate(rows), {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _ranges(parts: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and last rows of these parts, those that follow each other taken together."""
    start = end = None
    for part in sorted(part for part in parts if part >= 0):
        if start is not None and part == end:
            end = part + 1
            continue
        if start is not None and end is not None:
            yield start * changes.PART, end * changes.PART - 1
        start, end = part, part + 1
    if start is not None and end is not None:
        yield start * changes.PART, end * changes.PART - 1


def _as_told(store: Store, table: Table) -> Told:
    columns = table.columns
    ids, days = store.values("meeting"), store.values("day")
    order = sorted(range(len(days)), key=days.__getitem__)
    ordered = ("", *(days[n] for n in order if days[n]))
    place = np.zeros(len(days), np.int32)
    place[[n for n in order if days[n]]] = np.arange(1, len(ordered))
    own_day = place[columns["day"]] if len(days) else np.zeros(0, np.int32)
    if len(store.rank) != len(ids):
        store.rank = np.zeros(len(ids), np.int32)
        store.rank[np.argsort(np.array(ids, "U"), kind="stable")] = np.arange(len(ids))
    counted, meeting = columns["counted"], columns["meeting"]
    first = np.full(len(ids), len(ordered), np.int32)
    known = counted & (own_day > 0)
    np.minimum.at(first, meeting[known], own_day[known])
    there = np.zeros(len(ids), bool)
    there[meeting[counted]] = True
    facts = {name: Codes(columns[name], store.values(name)) for name in FACTS}
    return Told(
        table.rows, meeting, columns["own"], counted, ids, store.known["meeting"], store.rank, ordered, np.where(first < len(ordered), first, 0), there, own_day, facts
    )  # fmt: skip


def as_columns(store: Store) -> Columns:
    """The columns as they were last brought up to date."""
    assert store.told and store.said
    told, columns = _as_told(store, store.told), store.said.columns
    texts = {name: Codes(columns[name], store.values(name)) for name in TEXTS}
    return Columns(
        told, store.said.rows, columns["ids"], np.searchsorted(told.rows, columns["of"]), columns["utterance"], columns["position"],
        columns["start"],
        columns["theme"], columns["leaf"], columns["fit"], columns["confidence"], texts,
    )  # fmt: skip


def facts(db: Database, told: Told, name: str, expression: str, values: Sequence[object] = ()) -> Codes:
    """The value of an SQL expression over `conversations c` of each of the conversations; kept under a name."""
    db = beneath(db)

    def read_them() -> tuple[Array, Codes]:
        note(_TABLES_TOLD)
        store = store_of(db)
        with store.lock:
            with at_one_moment(db):
                before, counts = store.facts.get(name), changes.counts(db)
                changed = before and _changed(before.counts, counts, "conversations")
                sql = (
                    f"SELECT c.rowid, {expression} FROM conversations c WHERE c.rowid BETWEEN ? AND ? ORDER BY c.rowid"
                )
                key = f"fact {name}"
                store.coded(key, [""])
                table = brought_up(
                    db, before, counts, changed or set(), sql, values,
                    lambda rows: {"": store.coded(key, [row[1] for row in rows])},
                )  # fmt: skip
            store.facts[name] = table
            store.facts.move_to_end(name)
            while len(store.facts) > MOST_FACTS:
                gone, _ = store.facts.popitem(last=False)
                store.known.pop(f"fact {gone}", None)
            return table.rows, Codes(table.columns[""], store.values(key))

    rows, known = remembered(db, ("facts", name), read_them)
    if len(rows) == len(told.rows) and (rows == told.rows).all():
        return known
    # A conversation that came or went since they were read is not theirs.
    at = np.minimum(np.searchsorted(rows, told.rows), max(0, len(rows) - 1))
    same = rows[at] == told.rows if len(rows) else np.zeros(len(told.rows), dtype=bool)
    return Codes(np.where(same, known.codes[at] if len(rows) else 0, blank(known)), known.values)


def fact(db: Database, told: Told, name: str) -> Codes:
    """A field of the conversations, or one of the uploads' own columns; "" everywhere without a name."""
    if not name:
        return Codes(np.zeros(len(told.rows), np.int32), ("",))
    return told.facts[name] if name in CONVERSATION_COLUMNS else own_field(db, told, name)


def own_field(db: Database, told: Told, name: str) -> Codes:
    """One of the uploads' own columns, "" where a conversation has none."""
    own = "coalesce((SELECT f.value FROM conversation_fields f WHERE f.conversation_id = c.id AND f.name = ?), '')"
    return facts(db, told, f"split {name}", own, [name])


def conversations(db: Database, told: Told, filters: Filters) -> Array:
    """(c,) which conversations match: what `conversation_condition` says."""
    chosen = np.ones(len(told.rows), dtype=bool)
    for name in CONVERSATION_COLUMNS:
        if value := getattr(filters, name):
            chosen &= told.facts[name].among(options(value))
    for name, value in filters.fields.items():
        if value:
            chosen &= own_field(db, told, name).among(options(value))
    rest = Filters(tracker=filters.tracker, beside=filters.beside, ours=filters.ours)
    condition, values = conversation_condition(rest)
    if condition != "1":
        sql = f"SELECT c.rowid FROM conversations c WHERE {condition}"
        found = np.array([row[0] for row in db.execute(sql, values)], dtype=np.int64)
        chosen &= np.isin(told.rows, found)
    if filters.since or filters.until:
        chosen &= within(told, filters.since, filters.until)[told.meeting]
    return chosen


def alone(told: Told, chosen: Array) -> tuple[Array, list[str]]:
    """Of the chosen (c,) conversations that count, the places of those that are the only telling of their meeting, in the order
    of its ids; and the ids of the meetings of which several are chosen, whose facts SQL must put together."""
    chosen = chosen & told.counted
    several = np.bincount(told.meeting[chosen], minlength=len(told.ids)) > 1
    places = np.flatnonzero(chosen & ~several[told.meeting])
    places = places[np.argsort(told.rank[told.meeting[places]], kind="stable")]
    return places, [told.ids[n] for n in np.flatnonzero(several).tolist()]


def named(values: Sequence[str], codes: Array) -> list[str]:
    """Numbers as the texts that they stand for."""
    found: list[str] = np.array(values, dtype=object)[codes].tolist() if len(codes) else []
    return found


def within(told: Told, since: str, until: str) -> Array:
    """(ids,) which meetings were on these days, "" for no limit; without a day they are before every `until`."""
    inside: Array = told.there.copy()
    if since:
        inside &= told.day >= bisect_left(told.days, since)
    if until:
        inside &= told.day < bisect_right(told.days, until)
    return inside


def insights(db: Database, columns: Columns, filters: Filters) -> Array | None:
    """(i,) which insights match: what `insight_condition` says. None where what is kept here cannot tell: words, and what a quote may be used for."""
    if filters.q.strip() or filters.usage:
        return None
    chosen: Array = conversations(db, columns.told, filters)[columns.of]
    texts = columns.texts
    wanted = {name: getattr(filters, name) for name in INSIGHT_COLUMNS}
    wanted |= {"name": filters.competitor, "follow_up": filters.follow_up}
    for name, value in wanted.items():
        if value:
            chosen &= texts[name].among(options(value))
    if filters.relation:
        chosen &= texts["kind"].among(["competitor"]) & texts["label"].among(options(filters.relation))
    if filters.theme == "none":
        chosen &= columns.theme == 0
    elif filters.theme:
        sql, values = family(filters.theme)
        ids = np.array([row[0] for row in db.execute(sql, values)], dtype=np.int64)
        chosen &= np.isin(columns.theme, ids) | np.isin(columns.leaf, ids)
    return chosen


def groups(*keys: Array) -> tuple[list[Array], Array]:
    """The distinct rows of columns that run parallel, in order, and how often each is there."""
    sizes = [int(key.max(initial=0)) + 1 for key in keys]
    joined = np.zeros(len(keys[0]), dtype=np.int64)
    for key, size in zip(keys, sizes, strict=True):
        joined = joined * size + key
    found, counts = np.unique(joined, return_counts=True)
    parts = []
    for size in reversed(sizes):
        found, part = np.divmod(found, size)
        parts.append(part)
    return parts[::-1], counts


def distinct(keys: Array, *, but: int = -1) -> int:
    """How many different numbers there are, one of them left aside."""
    there = np.bincount(keys)
    return int(np.count_nonzero(there)) - int(0 <= but < len(there) and there[but] > 0)


def blank(codes: Codes) -> int:
    """The code of "", -1 where it does not occur."""
    return codes.values.index("") if "" in codes.values else -1


def with_none(one: Codes) -> Codes:
    """The same with a number for ""."""
    return one if "" in one.values else Codes(one.codes, (*one.values, ""))
