"""Which tables were written to since when: the counts that triggers keep of every table that pages read.

What one would get wrong: a count says that something was written, not that it differs now; and it says so whoever wrote, a
person with another SQLite tool too. A conversation is written to when what was said in it or is known of it is, an insight
when its place in a theme is; both are counted for every PART rows, so that columns in memory read again only what may have
changed. A table without such triggers counts as written to by every commit.
"""

from collections.abc import Mapping

from sqlite_utils import Database

PART = 4096  # rows; the triggers' "rowid >> 12"
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


def ends(db: Database) -> list[tuple[int | None, int]]:
    """The last rows of what grows with what is read and has no triggers, and how many there are: sentences, sketches, vectors.

    A million rows of each are counted in 10 to 20 ms, from an index. Passages (twice that) and sentence vectors (they have
    no index: all vectors would be read) are not.
    """
    tables = ("sentences", "sketches", "vectors")
    return [
        db.conn.execute(f"SELECT (SELECT max(rowid) FROM {one}), (SELECT count(*) FROM {one})").fetchone()
        for one in tables
    ]


def totals(db: Database) -> dict[str, int]:
    """How often each table was written to, of those that have all their triggers."""
    sql = "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'changed\\_%' ESCAPE '\\' GROUP BY 1 HAVING count(*) = 3"
    known = {name: sum(parts.values()) for name, parts in counts(db).items()}
    return {table: known.get(WITH.get(table, table), 0) for (table,) in db.conn.execute(sql)}
