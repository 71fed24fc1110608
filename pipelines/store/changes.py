"""Which tables were written to since when: the counts that triggers keep of every table that pages read.

What one would get wrong: a count says that something was written, not that it differs now; and it says so whoever wrote,
a person with another SQLite tool too. Of the tables that grow with the history it is kept for every PART rows (by rowid;
the rows of `conversation_fields` and `conversation_keys` by their conversation's), so that columns in memory read again
only what may have changed. A table without such triggers counts as written to by every commit.
"""

from collections.abc import Mapping

from sqlite_utils import Database

PART = 4096  # rows; the triggers' "rowid >> 12"
Counts = Mapping[str, Mapping[int, int]]


def counts(db: Database) -> dict[str, dict[int, int]]:
    """Of each table, how often each of its parts was written to; parts that never were are missing."""
    found: dict[str, dict[int, int]] = {name: {} for name in watched(db)}
    for name, part, count in db.conn.execute("SELECT name, part, count FROM changes"):
        if name in found:
            found[name][part] = count
    return found


def watched(db: Database) -> set[str]:
    """The tables that have all their triggers."""
    sql = "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'changed\\_%' ESCAPE '\\' GROUP BY 1 HAVING count(*) = 3"
    return {name for (name,) in db.conn.execute(sql)}
