"""Which tables were written to since when: the counts that triggers keep of every table that pages read.

What one would get wrong: a count says that something was written, not that it differs now; and it says so whoever
wrote, a person with another SQLite tool too. A conversation is written to when what was said in it or is known of it
is, an insight when its place in a theme is; both are counted for every PART rows, so that columns in memory read again
only what may have changed. A table without such triggers counts as written to by every commit.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlite_utils import Database

from pipelines.store import state

PART_BITS = 12
PART = 1 << PART_BITS  # rows; the triggers' "rowid >> 12"
WITH = {
    "utterances": "conversations", "conversation_fields": "conversations", "conversation_keys": "conversations",
    "theme_members": "insights",
}  # fmt: skip
Counts = Mapping[str, Mapping[int, int]]


def counts(db: Database) -> dict[str, dict[int, int]]:
    """Of what is counted in parts, how often each part was written to; parts that never were are missing."""
    found: dict[str, dict[int, int]] = {}
    for name, part, count in db.conn.execute("SELECT name, part, count FROM changes"):
        found.setdefault(name, {})[part] = count
    return found


@dataclass(frozen=True, slots=True)
class Look:
    """What a stage has to look at: `parts` of a table that were written to since it last saw everything, None for
    all."""

    key: str
    parts: list[int] | None
    counts: Mapping[int, int]


def since(db: Database, key: str, name: str, *rest: object) -> Look:
    """What was written to since the stage of this key saw everything; all of it where what else it `rest`s on is not as
    it was.

    Ask before looking, and say `seen` with the answer afterwards: what comes in between is then looked at next time.
    """
    now, kept = counts(db).get(name, {}), json.loads(state.get(db, key) or "null")
    if kept is None or kept["rest"] != _told(db, rest):
        return Look(key, None, now)
    before = {int(part): count for part, count in kept["parts"].items()}
    return Look(key, sorted(part for part in now if now[part] != before.get(part)), now)


def seen(db: Database, look: Look, *rest: object) -> None:
    """Note that everything was looked at up to when `since` was asked."""
    value = json.dumps({"rest": _told(db, rest), "parts": look.counts})
    if state.get(db, look.key) != value:
        state.put(db, look.key, value)


def rows_of(table: str, name: str) -> str:
    """For a FROM: the rows of a table, called `name`, that lie in the parts listed in :parts as JSON."""
    first = f"asked.value << {PART_BITS}"
    return (
        f"json_each(:parts) asked CROSS JOIN {table} {name} ON {name}.rowid BETWEEN {first} AND ({first}) + {PART - 1}"
    )


def _told(db: Database, rest: tuple[object, ...]) -> list[str]:
    """A VACUUM, which may number rows anew and so move them to other parts, changes the schema's version."""
    return [str(db.conn.execute("PRAGMA schema_version").fetchone()[0]), *map(str, rest)]


def end(db: Database, table: str) -> tuple[int | None, int]:
    """The last row of a table that no trigger counts, and how many there are: from an index, 10 to 20 ms of a
    million."""
    sql = f"SELECT (SELECT max(rowid) FROM {table}), (SELECT count(*) FROM {table})"
    return tuple(db.conn.execute(sql).fetchone())


def ends(db: Database) -> list[tuple[int | None, int]]:
    """The ends of what grows with what is read and has no triggers: sentences, sketches, vectors. Passages (twice the
    time) and sentence vectors (they have no index: all vectors would be read) are left out."""
    return [end(db, one) for one in ("sentences", "sketches", "vectors")]


def totals(db: Database) -> dict[str, int]:
    """How often each table was written to, of those that have all their triggers."""
    sql = "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'changed\\_%' ESCAPE '\\' GROUP BY 1 HAVING count(*) = 3"
    known = {name: sum(parts.values()) for name, parts in counts(db).items()}
    return {table: known.get(WITH.get(table, table), 0) for (table,) in db.conn.execute(sql)}
