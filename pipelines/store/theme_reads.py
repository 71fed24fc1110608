"""What the doors to themes ask beside what the ledger itself needs: names, where moves went, what a person let wait."""

import json
from collections import defaultdict
from collections.abc import Collection

from sqlite_utils import Database


def names(db: Database, ids: Collection[int]) -> dict[int, str]:
    """The present name of each of these themes; "" where its making was undone."""
    sql = "SELECT id, name FROM themes WHERE id IN (SELECT value FROM json_each(?))"
    return {row["id"]: row["name"] for row in db.query(sql, [json.dumps(sorted(ids))])}


def went_to(db: Database, event_ids: Collection[int]) -> dict[int, set[int | None]]:
    """Where the quotes that each of these events moved went; None among them where some were let wait."""
    sql = """SELECT DISTINCT event_id, after FROM theme_moves WHERE event_id IN (SELECT value FROM json_each(?))"""
    found: dict[int, set[int | None]] = defaultdict(set)
    for row in db.query(sql, [json.dumps(sorted(event_ids))]):
        found[row["event_id"]].add(row["after"])
    return dict(found)


def held(db: Database, kind: str) -> int:
    """How many shown insights of a kind wait because a person said so: discovery leaves them alone."""
    sql = """SELECT count(*) AS n FROM shown_insights i LEFT JOIN theme_members m ON m.insight_id = i.id
        WHERE i.kind = ? AND m.insight_id IS NULL AND EXISTS (SELECT 1 FROM theme_moves x WHERE x.insight_id = i.id)"""
    return int(next(iter(db.query(sql, [kind])))["n"])


def directly_in(db: Database, theme_id: int) -> int:
    """How many shown quotes are in a theme and in none of its sub-themes."""
    sql = (
        """SELECT count(*) AS n FROM theme_members m JOIN shown_insights i ON i.id = m.insight_id WHERE m.leaf_id = ?"""
    )
    return int(next(iter(db.query(sql, [theme_id])))["n"])
