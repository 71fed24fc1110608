"""All conversations and shown insights as columns of numbers in memory; how they are kept up to date: `column_store`.

What one would get wrong: these are not other figures. Every function says what the SQL of its caller says; where a
filter needs the words themselves (`q`), or a connection sees what others do not, there is none and the SQL answers.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlite_utils import Database

from pipelines.store import changes, column_file
from pipelines.store.column_store import (
    FACTS,
    TABLES_TOLD,
    TEXTS,
    Array,
    Store,
    Table,
    at_one_moment,
    bring_up,
    brought_up,
    changed_parts,
    store_of,
    told_table,
)
from pipelines.store.covered import FREE_FACTS, is_covered, otherwise
from pipelines.store.filters import (
    CONVERSATION_COLUMNS,
    INSIGHT_COLUMNS,
    Filters,
    conversation_condition,
    family,
    options,
    wanted,
)
from pipelines.store.remembered import beneath, can_remember, note, remembered

MOST_FACTS = 16


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
    """The conversations: `rows` (c,) are their row numbers, ascending; `meeting` (c,) points into `ids`, the ids of
    what they count as, as `own` does for their own ids (`number` is the way back), and `rank` (ids,) says in which
    order those are. `day` (ids,) is the first known day of each, as a place in `days`, which are ascending and begin
    with "" for none; `there` (ids,) whether one of its tellings counts. `facts` are columns of the table."""

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
    """The shown insights, in the order of their row numbers. `of` (i,) is the place of each one's conversation among
    those that are `told`; `utterance` is a row number, `position` and `start` say where in its conversation it was
    said; `theme` and `leaf` are 0 while it waits, `fit` is -1 then."""

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


def told(db: Database) -> Told | None:
    """The conversations as they are now, on a covered connection with facts as it shows them; None on a connection that
    sees what others do not."""
    if not can_remember(db):
        return None
    known = beneath(db)
    return _shown(db, remembered(known, "told", lambda: _told(known, store_of(known))))


def read(db: Database) -> Columns | None:
    """The columns of the database as it is now, on a covered connection as `told` is; None on a connection that sees what
    others do not."""
    if not can_remember(db):
        return None
    known = beneath(db)
    found = remembered(known, "columns", lambda: _columns(known, store_of(known)))
    return replace(found, told=_shown(db, found.told)) if is_covered(db) else found


def _shown(db: Database, told: Told) -> Told:
    facts = {name: shown(db, fact) if name in FREE_FACTS else fact for name, fact in told.facts.items()}
    return replace(told, facts=facts) if is_covered(db) else told


def shown(db: Database, fact: Codes) -> Codes:
    """A stage or an outcome as a connection shows it; those that it shows alike are one."""
    shown_so = otherwise(db)
    if not shown_so:
        return fact
    told = [shown_so.get(one, one) for one in fact.values]
    places = {one: n for n, one in enumerate(dict.fromkeys(told))}
    return Codes(np.array([places[one] for one in told], np.int32)[fact.codes], tuple(places))


def _told(db: Database, store: Store) -> Told:
    note(TABLES_TOLD)
    with store.lock:
        with at_one_moment(db):
            column_file.take(db, store)
            store.told = told_table(db, store, changes.counts(db))
        return _as_told(store, store.told)


def _columns(db: Database, store: Store) -> Columns:
    with store.lock:
        with at_one_moment(db):
            column_file.take(db, store)
            bring_up(db, store, changes.counts(db))
        return as_columns(store)


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
        table.rows, meeting, columns["own"], counted, ids, store.known["meeting"], store.rank, ordered,
        np.where(first < len(ordered), first, 0), there, own_day, facts
    )  # fmt: skip


def as_columns(store: Store) -> Columns:
    """The columns as they were last brought up to date."""
    assert store.told and store.said
    told, columns = _as_told(store, store.told), store.said.columns
    texts = {name: Codes(columns[name], store.values(name)) for name in TEXTS}
    return Columns(
        told, store.said.rows, columns["ids"], np.searchsorted(told.rows, columns["of"]), columns["utterance"],
        columns["position"],
        columns["start"],
        columns["theme"], columns["leaf"], columns["fit"], columns["confidence"], texts,
    )  # fmt: skip


def facts(db: Database, told: Told, name: str, expression: str, values: Sequence[object] = ()) -> Codes:
    """The value of an SQL expression over `conversations c` of each of the conversations; kept under a name."""
    db = beneath(db)

    def read_them() -> tuple[Array, Codes]:
        note(TABLES_TOLD)
        store = store_of(db)
        with store.lock:
            with at_one_moment(db):
                before, counts = store.facts.get(name), changes.counts(db)
                changed = before and changed_parts(before.counts, counts, "conversations")
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
        if given := wanted(filters, name):
            chosen &= told.facts[name].among(given)
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
    """Of the chosen (c,) conversations that count, the places of those that are the only telling of their meeting, in
    the order of its ids; and the ids of the meetings of which several are chosen, whose facts SQL must put together."""
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
    """(i,) which insights match: what `insight_condition` says. None where what is kept here cannot tell: words, and
    what a quote may be or was used for."""
    if filters.q.strip() or filters.usage or filters.used:
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
