"""The columns of `store.columns` as they are kept in memory, one copy a database, and brought up to date in parts.

After a write only those parts of the tables are read again that `store.changes` says were written to (4,096 rows each),
and the insights of conversations that were. Texts are numbered as they come and keep their numbers, so that columns
read at different moments can be joined; a number whose text is gone stays unused.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import RLock

import numpy as np
from sqlite_utils import Database

from pipelines.store import changes
from pipelines.store.counting import COUNTED
from pipelines.store.filters import (
    CONVERSATION_COLUMNS,
)
from pipelines.store.remembered import can_remember, note, workbench

Array = np.ndarray
Counts = Mapping[str, Mapping[int, int]]
CHUNK = 4 * changes.PART
EVERY = (-(1 << 62), 1 << 62)  # rows


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of a table in the order of its rows, and how often each part of each table had been written to by
    then."""

    rows: Array
    columns: Mapping[str, Array]
    counts: Counts


def numbering(texts: Sequence[str] = ()) -> dict[str, int]:
    """Numbers these texts, then whatever it is asked for, as it comes."""
    return defaultdict(count(len(texts)).__next__, zip(texts, range(len(texts)), strict=True))


@dataclass(slots=True)
class Store:
    """What is brought up to date of one database; whoever works on it holds `lock`. `known` numbers the texts of each
    column; `rank` is that of as many ids as there were. `beside` are the tables that lie beside the database (see
    `column_file`) and their counts, None for nothing; `looked` whether it was looked for."""

    lock: RLock = field(default_factory=RLock)
    known: "defaultdict[str, dict[str, int]]" = field(default_factory=lambda: defaultdict(numbering))
    told: Table | None = None
    said: Table | None = None
    words: Table | None = None
    rank: Array = field(default_factory=lambda: np.zeros(0, np.int32))
    facts: "OrderedDict[str, Table]" = field(default_factory=OrderedDict)
    beside: tuple[frozenset[str], Counts] | None = None
    looked: bool = False

    def coded(self, name: str, texts: Iterable[str]) -> Array:
        return np.array(list(map(self.known[name].__getitem__, texts)), np.int32)

    def values(self, name: str) -> Sequence[str]:
        return tuple(self.known[name])


FACTS = ("account_key", *CONVERSATION_COLUMNS)
TEXTS = ("kind", "label", "name", "follow_up", "reply", "voice", "role")
_COLUMN_OF = {"account_key": "c.account_key", **CONVERSATION_COLUMNS}
_TOLD = f"""SELECT c.rowid, c.counted_as, c.id, {COUNTED}, coalesce(c.day, ''), {", ".join(_COLUMN_OF[name] for name in FACTS)}
    FROM conversations c WHERE c.rowid BETWEEN ? AND ? ORDER BY c.rowid"""
_SAID = """SELECT i.rowid, i.id, c.rowid, u.rowid, u.position, i.start, coalesce(m.theme_id, 0), coalesce(m.leaf_id, 0),
        coalesce(m.confidence, -1), i.confidence, i.kind, i.label, i.name,
        CASE WHEN i.came_back THEN 'came_back' ELSE i.follow_up END, i.follow_up, u.voice, u.role
    FROM insights i {} JOIN utterances u ON u.id = i.utterance_id
    JOIN conversations c ON c.id = i.conversation_id LEFT JOIN theme_members m ON m.insight_id = i.id
    WHERE {} AND i.rowid BETWEEN ? AND ? ORDER BY i.rowid"""
TABLES_TOLD = ("conversations",)
_TABLES_SAID = ("conversations", "insights")


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


def bring_up(db: Database, store: Store, counts: Counts) -> None:
    """Read again what was written to since. Called with the store's lock, within a transaction."""
    note(_TABLES_SAID)
    store.told, store.said = told_table(db, store, counts), _said_table(db, store, counts)


def told_table(db: Database, store: Store, counts: Counts) -> Table:
    def coded(rows: Sequence[tuple]) -> dict[str, Array]:
        meeting, own, counted, day, *facts = list(zip(*rows, strict=True))[1:] if rows else [()] * (4 + len(FACTS))
        found = {
            "meeting": store.coded("meeting", meeting),
            "own": store.coded("meeting", own),
            "day": store.coded("day", day),
        }
        found |= {name: store.coded(name, texts) for name, texts in zip(FACTS, facts, strict=True)}
        return {"counted": np.array(counted, bool), **found}

    changed = store.told and changed_parts(store.told.counts, counts, "conversations")
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
    return brought_up(db, store.said, counts, changed or set(), _SAID.format(*shown(db)), (), coded)


def shown(db: Database) -> tuple[str, str]:
    """What `insights i` are joined with, and the condition on them, so that only the shown ones are read: by their own row,
    unless this connection has a `shown_insights` of its own, which costs another look at each."""
    return ("", "i.standing = ''") if can_remember(db) else ("JOIN shown_insights s ON s.id = i.id", "1")


def changed_parts(before: Counts, now: Counts, name: str) -> set[int]:
    """The parts that were written to."""
    then = before.get(name, {})
    return {part for part, count in now.get(name, {}).items() if then.get(part) != count}


def changed_insights(db: Database, table: Table, said: Table, counts: Counts) -> set[int]:
    """The parts of the insights that were written to since a table of theirs was read, or in which lie some of
    conversations that were."""
    found = changed_parts(table.counts, counts, "insights")
    if conversations_ := changed_parts(table.counts, counts, "conversations"):
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
    """The table with its changed parts read again, or all of it; `sql` takes the values, then a first and a last
    row."""
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
