"""The audit log: who read, changed and exported what. Rows hold ids and the names of people who use Parley, never what
customers said; the database itself refuses to alter a row, or to delete one before its time."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. `what` is an address with names in place of values, or the thing that was done; `ids` are the values
    that are ids; `status` is the HTTP status, None where nothing was asked over HTTP."""

    at: str
    actor: str
    act: str
    what: str = ""
    ids: str = ""
    user_id: int | None = None
    token_id: int | None = None
    address: str = ""
    status: int | None = None
    id: int | None = None


def add(db: Database, entries: Iterable[Entry]) -> None:
    """Write entries in one transaction of their own."""
    names = [name for name in Entry.__slots__ if name != "id"]
    sql = f"INSERT INTO audit ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    with db.atomic():
        db.conn.executemany(sql, [[getattr(entry, name) for name in names] for entry in entries])


def entries(
    db: Database, *, who: str = "", act: str = "", since: str = "", until: str = "", what: str = "", before: int = 0,
    limit: int = 100,
) -> list[Entry]:  # fmt: skip
    """Entries, the newest first; `since` and `until` are days, `what` a part of the address or an id, `before` a
    cursor."""
    parts, values = ["1"], []
    for part, value in (
        ("actor = ?", who), ("act = ?", act), ("at >= ?", since), ("at < date(?, '+1 day')", until), ("id < ?", before),
    ):  # fmt: skip
        if value:
            parts.append(part)
            values.append(value)
    if what:
        escaped = what.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        parts.append("(what LIKE ? ESCAPE '\\' OR ' ' || ids || ' ' LIKE ? ESCAPE '\\')")
        values += [f"%{escaped}%", f"% {escaped} %"]
    sql = f"SELECT {', '.join(Entry.__slots__)} FROM audit WHERE {' AND '.join(parts)} ORDER BY id DESC LIMIT ?"
    return [Entry(**row) for row in db.query(sql, [*values, limit])]


@dataclass(frozen=True, slots=True)
class Unnamed:
    """What was done while there were no accounts, as far as Parley keeps it elsewhere: `kind` is "upload", what a
    change of the catalogue was about, "competitor", "forgetting", "tracker" or "review"; `id` is its number, `undone`
    whether it was taken back."""

    at: str
    kind: str
    id: int
    actor: str
    undone: bool


def unnamed(db: Database, *, limit: int) -> list[Unnamed]:
    """What was done before the first account was made, the newest first."""
    sql = """WITH done AS (
            SELECT created_at AS at, 'upload' AS kind, id, '' AS actor, status = 'undone' AS undone FROM batches
            UNION ALL SELECT at, subject, id, actor, undone_at <> '' FROM catalogue_changes
            UNION ALL SELECT at, 'competitor', id, actor, undone_at <> '' FROM name_decisions
            UNION ALL SELECT at, 'forgetting', id, actor, 0 FROM erasures
            UNION ALL SELECT created_at, 'tracker', id, '', status = 'removed' FROM trackers
            UNION ALL SELECT at, 'review', id, actor, undone_at IS NOT NULL FROM reviews)
        SELECT * FROM done WHERE at < coalesce((SELECT min(created_at) FROM users), '9999') ORDER BY at DESC, id DESC LIMIT ?"""
    return [Unnamed(**{**row, "undone": bool(row["undone"])}) for row in db.query(sql, [limit])]


def people(db: Database) -> list[str]:
    """Everybody who is named in the log."""
    return [row[0] for row in db.execute("SELECT DISTINCT actor FROM audit ORDER BY actor COLLATE NOCASE")]


def acts(db: Database) -> list[str]:
    """Every kind of act in the log."""
    return [row[0] for row in db.execute("SELECT DISTINCT act FROM audit ORDER BY act")]


def drop(db: Database, *, before: str) -> int:
    """Delete what is older than `before`; returns how many rows went."""
    if db.execute("SELECT 1 FROM audit WHERE at < ? LIMIT 1", [before]).fetchone() is None:
        return 0
    with db.atomic():
        db.execute("UPDATE audit_kept SET since = ? WHERE since < ?", [before, before])
        return db.execute("DELETE FROM audit WHERE at < ?", [before]).rowcount
