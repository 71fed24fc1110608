"""All conversations and shown insights as columns of numbers, read once a state of the database.

What one would get wrong: these are not other figures. Every function says what the SQL of its caller says; where a
filter needs the words themselves (`q`), or a connection sees what others do not, there is none and the SQL answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlite_utils import Database

from pipelines.store.filters import COUNTED, INSIGHT_COLUMNS, Filters, conversation_condition, family, options
from pipelines.store.remembered import can_remember, remembered

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Codes:
    """Texts as numbers: `codes` (n,) point into `values`."""

    codes: Array
    values: tuple[str, ...]

    def among(self, wanted: Sequence[str]) -> Array:
        """(n,) whether each is one of these."""
        known = [n for n, value in enumerate(self.values) if value in set(wanted)]
        return np.isin(self.codes, known)


@dataclass(frozen=True, slots=True)
class Columns:
    """`rows` (c,) are the conversations' row numbers, ascending; `meeting` (c,) points into `ids`, the ids of what they
    count as, ascending. `day` (meetings,) is the first known day of each as text, "" where there is none, and `there`
    whether one of its tellings counts. `of` (i,) is each insight's place among `rows`; `theme` and `leaf` are 0 while
    it waits."""

    rows: Array
    meeting: Array
    counted: Array
    account: Codes
    ids: tuple[str, ...]
    day: Array
    there: Array
    of: Array
    theme: Array
    leaf: Array
    texts: dict[str, Codes]


_INSIGHTS = """SELECT c.rowid, coalesce(m.theme_id, 0), coalesce(m.leaf_id, 0), i.kind, i.label, i.name,
        CASE WHEN i.came_back THEN 'came_back' ELSE i.follow_up END, u.voice, u.role
    FROM shown_insights i JOIN utterances u ON u.id = i.utterance_id JOIN conversations c ON c.id = i.conversation_id
    LEFT JOIN theme_members m ON m.insight_id = i.id"""
_TEXTS = ("kind", "label", "name", "follow_up", "voice", "role")


def read(db: Database) -> Columns | None:
    """The columns of the database as it is now; None on a connection that sees what others do not."""
    return remembered(db, "columns", lambda: _read(db), large=True) if can_remember(db) else None


def _read(db: Database) -> Columns:
    # Both lists at one moment; "BEGIN" alone would take the write lock (see `store.connect`).
    db.conn.execute("BEGIN DEFERRED")
    try:
        sql = f"SELECT c.rowid, c.counted_as, {COUNTED}, coalesce(c.day, ''), c.account FROM conversations c ORDER BY c.rowid"
        heard, found = db.conn.execute(sql).fetchall(), db.conn.execute(_INSIGHTS).fetchall()
    finally:
        db.conn.execute("COMMIT")
    rowids, counted_as, counts, days, accounts = zip(*heard, strict=True) if heard else ((),) * 5
    ids = tuple(sorted(set(counted_as)))
    places = {one: n for n, one in enumerate(ids)}
    meeting = np.array([places[one] for one in counted_as], dtype=np.int64)
    first = [""] * len(ids)
    for at, day, counted in zip(meeting.tolist(), days, counts, strict=True):
        if counted and day and (not first[at] or day < first[at]):
            first[at] = day
    counted_array = np.array(counts, dtype=bool)
    there = np.zeros(len(ids), dtype=bool)
    there[meeting[counted_array]] = True
    rows = np.array(rowids, dtype=np.int64)
    columns = list(zip(*found, strict=True)) if found else [()] * 9
    return Columns(
        rows, meeting, counted_array, coded(accounts), ids, np.array(first, dtype="U10"), there,
        np.searchsorted(rows, np.array(columns[0], dtype=np.int64)), np.array(columns[1], dtype=np.int64),
        np.array(columns[2], dtype=np.int64), {name: coded(one) for name, one in zip(_TEXTS, columns[3:], strict=True)},
    )  # fmt: skip


def facts(db: Database, columns: Columns, name: str, expression: str, values: Sequence[object] = ()) -> Codes:
    """The value of an SQL expression over `conversations c` of each of the columns' conversations; kept under a name."""

    def read_them() -> tuple[Array, Codes]:
        found = db.conn.execute(
            f"SELECT c.rowid, {expression} FROM conversations c ORDER BY c.rowid", values
        ).fetchall()
        return np.array([row[0] for row in found], dtype=np.int64), coded([*(row[1] for row in found), ""])

    rows, known = remembered(db, ("facts", name), read_them)
    # A conversation that came or went since the columns were read is not theirs.
    at = np.minimum(np.searchsorted(rows, columns.rows), max(0, len(rows) - 1))
    same = rows[at] == columns.rows if len(rows) else np.zeros(len(columns.rows), dtype=bool)
    return Codes(np.where(same, known.codes[at], known.codes[-1]), known.values)


def coded(texts: Sequence[str]) -> Codes:
    known: dict[str, int] = {}
    codes = np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int64)
    return Codes(codes, tuple(known))


def conversations(db: Database, columns: Columns, filters: Filters) -> Array:
    """(c,) which conversations match: what `conversation_condition` says."""
    chosen = np.ones(len(columns.rows), dtype=bool)
    condition, values = conversation_condition(replace(filters, since="", until=""))
    if condition != "1":
        sql = f"SELECT c.rowid FROM conversations c WHERE {condition}"
        found = np.array([row[0] for row in db.execute(sql, values)], dtype=np.int64)
        chosen &= np.isin(columns.rows, found)
    if filters.since or filters.until:
        inside = columns.there.copy()
        if filters.since:
            inside &= columns.day >= filters.since
        if filters.until:
            inside &= columns.day <= filters.until
        chosen &= inside[columns.meeting]
    return chosen


def insights(db: Database, columns: Columns, filters: Filters) -> Array | None:
    """(i,) which insights match: what `insight_condition` says. None where what is kept here cannot tell: words, and what a quote may be used for."""
    if filters.q.strip() or filters.usage:
        return None
    chosen: Array = conversations(db, columns, filters)[columns.of]
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


def groups(*keys: Array) -> tuple[list[list[int]], list[int]]:
    """The distinct rows of columns that run parallel, in order, and how often each is there."""
    sizes = [int(key.max(initial=0)) + 1 for key in keys]
    joined = np.zeros(len(keys[0]), dtype=np.int64)
    for key, size in zip(keys, sizes, strict=True):
        joined = joined * size + key
    found, counts = np.unique(joined, return_counts=True)
    parts = []
    for size in reversed(sizes):
        found, part = np.divmod(found, size)
        parts.append(part.tolist())
    return parts[::-1], counts.tolist()


def distinct(keys: Array, *, but: int = -1) -> int:
    found = np.unique(keys)
    return len(found) - int(but in found)


def blank(codes: Codes) -> int:
    """The code of "", -1 where it does not occur."""
    return codes.values.index("") if "" in codes.values else -1
