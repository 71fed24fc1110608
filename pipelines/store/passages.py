"""Passages that come back word for word, counted over the conversations that count, to know templates from speech."""

import json
from collections.abc import Collection, Iterable

from sqlite_utils import Database

from pipelines.store import changes
from pipelines.store.counting import COUNTED


def save(db: Database, old: Collection[str], rows: Iterable[tuple[str, str, str, int, bool]]) -> None:
    """Store passages: (hash, conversation id, side, words, whether it is an empty form); those of `old` are
    replaced."""
    if old:
        sql = "DELETE FROM passages WHERE conversation_id IN (SELECT value FROM json_each(?))"
        db.execute(sql, [json.dumps(list(old))])
    db.conn.executemany(
        "INSERT OR IGNORE INTO passages (hash, conversation_id, side, words, form) VALUES (?, ?, ?, ?, ?)", rows
    )


def totals(db: Database, parts: Collection[int]) -> dict[int, dict[str, int]]:
    """How many conversations have passages of each side, in each of these parts of the conversations
    (`store.changes`)."""
    sql = f"""SELECT asked.value AS part, p.side, count(DISTINCT c.id) AS n FROM {changes.rows_of("conversations", "c")}
        CROSS JOIN passages p ON p.conversation_id = c.id GROUP BY 1, 2"""
    found: dict[int, dict[str, int]] = {part: {} for part in parts}
    for row in db.query(sql, {"parts": json.dumps(sorted(parts))}):
        found[row["part"]][row["side"]] = row["n"]
    return found


def repeated(db: Database, *, least: int, parts: Collection[int] | None = None) -> list[dict]:
    """Passages in at least so many conversations that count: hash, side, words, form, conversations, accounts. With
    `parts` those alone that stand in conversations of these parts, and what is boilerplate now."""
    often = "SELECT hash FROM passages GROUP BY hash HAVING count(*) >= :least"
    if parts is not None:
        often = f"""SELECT hash FROM (SELECT hash FROM boilerplate UNION SELECT q.hash
                FROM {changes.rows_of("conversations", "d")} CROSS JOIN passages q ON q.conversation_id = d.id) near
            WHERE (SELECT count(*) FROM passages n WHERE n.hash = near.hash) >= :least"""
    sql = f"""SELECT p.hash, p.side, max(p.words) AS words, max(p.form) AS form,
            count(DISTINCT c.counted_as) AS conversations, count(DISTINCT nullif(c.account_key, '')) AS accounts
        FROM ({often}) r CROSS JOIN passages p ON p.hash = r.hash
        CROSS JOIN conversations c ON c.id = p.conversation_id AND {COUNTED}
        GROUP BY p.hash, p.side ORDER BY p.hash, p.side"""
    return list(db.query(sql, {"least": least, "parts": json.dumps(sorted(parts or ()))}))


def known(db: Database) -> frozenset[str]:
    """The hashes of what is boilerplate."""
    return frozenset(row["hash"] for row in db.query("SELECT hash FROM boilerplate"))


def replace_known(db: Database, hashes: frozenset[str]) -> None:
    """Make these the boilerplate; conversations with a passage that came or went are read again."""
    changed = known(db) ^ hashes
    db.execute("DELETE FROM boilerplate")
    db.conn.executemany("INSERT INTO boilerplate (hash) VALUES (?)", [(one,) for one in sorted(hashes)])
    sql = """UPDATE conversations SET analysed = '' WHERE id IN
        (SELECT conversation_id FROM passages WHERE hash IN (SELECT value FROM json_each(?)))"""
    db.execute(sql, [json.dumps(sorted(changed))])
