"""Every text cell of every table, whatever feature it belongs to: what must be gone must be gone from tables to come
too.

What one would get wrong: a table without a rowid is addressed by its key, and ids are exchanged in two steps, because
the new id of one row may be the old one of another.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlite_utils import Database

# What is not gone through: receipts hold no person's words; accounts, their log and rules are for people to decide on.
APART = {
    "users": "An account by which somebody signs in. Remove it: parley users",
    "invitations": "An invitation to sign in. Withdraw it under Settings.",
    "audit": "The log of who did what is never altered. Its rows go when they are past their time.",
    "keeping_rules": "A rule of what is kept names them. Take it back: parley retention list",
}  # fmt: skip
LEFT_OUT = frozenset({
    *APART, "_sqlite_migrations", "erasures", "forgotten", "keeping_receipts", "sessions", "tokens", "access_settings",
    "audit_kept",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its text columns, and the columns by which one of its rows is addressed."""

    name: str
    texts: tuple[str, ...]
    key: tuple[str, ...]


def tables(db: Database, *, but: Collection[str] = LEFT_OUT) -> list[Table]:
    """All tables that hold what people said or wrote, in whatever form; those of the word index are made anew
    instead."""
    found = []
    rows = db.query(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    for row in list(rows):
        if row["name"] in but or "_fts" in row["name"] or row["sql"].startswith("CREATE VIRTUAL"):
            continue
        columns = list(db.query(f"SELECT name, type, pk, hidden FROM pragma_table_xinfo('{row['name']}')"))
        texts = tuple(c["name"] for c in columns if c["type"].upper() == "TEXT" and not c["hidden"])
        own = tuple(c["name"] for c in sorted(columns, key=lambda c: c["pk"]) if c["pk"])
        found.append(Table(row["name"], texts, own if "WITHOUT ROWID" in row["sql"].upper() else ("rowid",)))
    return found


def counts(db: Database) -> dict[str, int]:
    """Rows by table."""
    return {t.name: int(db.execute(f'SELECT count(*) FROM "{t.name}"').fetchone()[0]) for t in tables(db)}


def naming(db: Database, where: str) -> list[tuple[str, int]]:
    """The tables that are not gone through, with how many of their rows an SQL function finds the person in."""
    found = []
    for table in tables(db, but=()):
        if table.name in APART and table.texts:
            condition = " OR ".join(f'{where}("{column}")' for column in table.texts)
            number = int(db.execute(f'SELECT count(*) FROM "{table.name}" WHERE {condition}').fetchone()[0])
            found += [(table.name, number)] if number else []
    return found


def rewrite(
    db: Database, change: Callable[[str], str], *, where: str = "", but: frozenset[str] = frozenset()
) -> Counter[str]:
    """Pass every text cell through a function; `where` is the name of an SQL function that says which are worth it.

    Returns the changed rows by table. A row that becomes what another one is already is dropped.
    """
    changed: Counter[str] = Counter()
    for table in tables(db):
        if table.name in but:
            continue
        touched = set()
        for column in table.texts:
            for key, text in _cells(db, table, column, where):
                if (new := change(text)) != text:
                    _set(db, table, column, key, new)
                    touched.add(key)
        if touched:
            changed[table.name] += len(touched)
    return changed


def _cells(db: Database, table: Table, column: str, where: str) -> Iterator[tuple[tuple, str]]:
    key = ", ".join(f'"{name}"' if name != "rowid" else name for name in table.key)
    # Ids and hashes, most cells of a large database, name nobody: they are told apart before the function is called.
    condition = f'"{column}" GLOB \'*[^0-9a-f]*\' AND {where}("{column}")' if where else f"\"{column}\" <> ''"
    rows = db.execute(f'SELECT {key}, "{column}" FROM "{table.name}" WHERE {condition}').fetchall()
    for *own, text in rows:
        if isinstance(text, str):
            yield tuple(own), text


def _set(db: Database, table: Table, column: str, key: tuple, text: str) -> None:
    same = " AND ".join(f'"{name}" IS ?' if name != "rowid" else "rowid = ?" for name in table.key)
    db.execute(f'UPDATE OR REPLACE "{table.name}" SET "{column}" = ? WHERE {same}', [text, *key])


def exchange(db: Database, ids: Mapping[str, str]) -> Counter[str]:
    """Give things other ids wherever they are named by a cell of their own; returns the changed rows by table.

    Call it inside `db.atomic()`: references are checked at its end.
    """
    db.execute("PRAGMA defer_foreign_keys = ON")
    db.execute("CREATE TEMP TABLE exchanged (old TEXT PRIMARY KEY, new TEXT NOT NULL) WITHOUT ROWID")
    db.conn.executemany(
        "INSERT INTO exchanged VALUES (?, '~' || ?)", [pair for pair in ids.items() if pair[0] != pair[1]]
    )
    changed: Counter[str] = Counter()
    try:
        for table in tables(db):
            for column in table.texts:
                name, cell = f'"{table.name}"', f'"{column}"'
                sql = f"""UPDATE OR REPLACE {name} SET {cell} = (SELECT new FROM temp.exchanged WHERE old = {cell})
                    WHERE {cell} IN (SELECT old FROM temp.exchanged)"""
                if number := db.execute(sql).rowcount:
                    changed[table.name] += number
                    db.execute(
                        f"UPDATE OR REPLACE {name} SET {cell} = substr({cell}, 2) WHERE {cell} IN (SELECT new FROM temp.exchanged)"
                    )
    finally:
        db.execute("DROP TABLE temp.exchanged")
    return changed
