"""Which conversations the finder has still to read: those whose content, or whose finder, is not the one they were read
with."""

import json
from collections.abc import Collection, Iterable

from sqlite_utils import Database

from pipelines.store.counting import counts

_COUNTS = counts("conversations")

# Each alternative by an index, so that what was read is not looked at: other content, an older finder, a newer one. The
# index of what is unread is mostly empty; SQLite would take one of all conversations.
_WAITS = f"""rowid IN (SELECT rowid FROM conversations INDEXED BY conversations_unread
        WHERE substr(analysed, 1, 16) <> content_hash AND {_COUNTS}
    UNION ALL SELECT rowid FROM conversations WHERE substr(analysed, 17) < :finder AND {_COUNTS}
    UNION ALL SELECT rowid FROM conversations WHERE substr(analysed, 17) > :finder AND {_COUNTS})"""


def waiting(db: Database, finder_version: str) -> list[str]:
    """The work list of the analysis: the ids of conversations that this finder has not read as they stand now."""
    sql = f"SELECT id FROM conversations WHERE {_WAITS} ORDER BY id"
    return [row[0] for row in db.execute(sql, {"finder": finder_version})]


def unread(db: Database, finder_version: str, some: Collection[str]) -> dict[str, str]:
    """Those of these that are still to be read, id -> content."""
    sql = f"""SELECT id, content_hash FROM conversations WHERE id IN (SELECT value FROM json_each(?))
        AND analysed <> content_hash || ? AND {_COUNTS} ORDER BY id"""
    return {row["id"]: row["content_hash"] for row in db.query(sql, [json.dumps(list(some)), finder_version])}


def contents(db: Database, conversation_ids: Iterable[str]) -> dict[str, str]:
    """The content hashes of those conversations that are still there."""
    ids = list(conversation_ids)
    sql = f"SELECT id, content_hash FROM conversations WHERE id IN ({', '.join('?' * len(ids))})"
    return {row["id"]: row["content_hash"] for row in db.query(sql, ids)}


def count_waiting(db: Database, finder_version: str) -> int:
    return db.table("conversations").count_where(_WAITS, {"finder": finder_version})


def some_unread(db: Database, *, until: str = "9999") -> bool:
    """Whether a conversation, of a day or the time before it, was never read as it stands now, by whatever finder."""
    sql = f"""SELECT 1 FROM conversations INDEXED BY conversations_unread
        WHERE substr(analysed, 1, 16) <> content_hash AND {_COUNTS} AND day <= ? LIMIT 1"""
    return db.execute(sql, [until]).fetchone() is not None


def mark_analysed(db: Database, conversation_id: str, content: str, finder_version: str) -> None:
    """Note that `content` was read; what has been added since then is still to be read."""
    db.execute("UPDATE conversations SET analysed = ? WHERE id = ?", [content + finder_version, conversation_id])
