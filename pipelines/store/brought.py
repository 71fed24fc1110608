"""What each upload brought, as it brought it: the ground that everything shown is worked out from, and undone by.

An item is a conversation, a mail or a CRM record, under the id that its content gives it. One row for each upload that
held it, so an upload is taken back by forgetting its rows and working out again what they touched.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Literal

from sqlite_utils import Database

ItemKind = Literal["conversation", "mail", "record"]


def note(db: Database, batch_id: int, kind: ItemKind, said: Mapping[str, str], *, attempt: int) -> set[str]:
    """Note that an upload brought these items (id -> what it said of it, as JSON); return the ids known before.

    Known is what another upload brought, or what this attempt at reading the batch has met already: an attempt that
    was killed does not make its own conversations duplicates.
    """
    sql = """SELECT DISTINCT item_id AS id FROM brought WHERE item_id IN (SELECT value FROM json_each(:ids))
        AND (batch_id <> :batch OR attempt = :attempt)"""
    values = {"ids": json.dumps(list(said)), "batch": batch_id, "attempt": attempt}
    known = {row["id"] for row in db.query(sql, values)}
    db.conn.executemany(
        """INSERT INTO brought (item_id, batch_id, attempt, kind, said) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (item_id, batch_id) DO UPDATE SET attempt = excluded.attempt""",
        [(item_id, batch_id, attempt, kind, text) for item_id, text in said.items()],
    )
    return known


def versions(db: Database, ids: Iterable[str], *, until: int = 1 << 62) -> dict[str, list[str]]:
    """What the uploads said of each item, the oldest upload first, those after the batch `until` left out."""
    sql = """SELECT item_id AS id, said FROM brought WHERE item_id IN (SELECT value FROM json_each(?)) AND batch_id <= ?
        ORDER BY item_id, batch_id"""
    found: dict[str, list[str]] = {}
    for row in db.query(sql, [json.dumps(list(ids)), until]):
        found.setdefault(row["id"], []).append(row["said"])
    return found


def told_otherwise(db: Database, batch_id: int) -> list[str]:
    """The conversations that an earlier upload brought too, of which this one says other things than the last before
    it: where it stood in its file is none of them."""
    said = "json_remove({0}.said, '$.file', '$.row', '$.origins')"
    sql = f"""SELECT b.item_id AS id FROM brought b JOIN brought o ON o.item_id = b.item_id AND o.batch_id = (
            SELECT max(batch_id) FROM brought WHERE item_id = b.item_id AND batch_id < b.batch_id)
        WHERE b.batch_id = ? AND b.kind = 'conversation' AND {said.format("b")} <> {said.format("o")} ORDER BY b.item_id"""
    return [row["id"] for row in db.query(sql, [batch_id])]


def only_by(db: Database, batch_id: int, kind: ItemKind) -> list[str]:
    """The items that no other upload brought."""
    sql = """SELECT item_id AS id FROM brought b WHERE batch_id = ? AND kind = ?
        AND NOT EXISTS (SELECT 1 FROM brought o WHERE o.item_id = b.item_id AND o.batch_id <> b.batch_id) ORDER BY 1"""
    return [row["id"] for row in db.query(sql, [batch_id, kind])]


def shared_by(db: Database, batch_id: int, kind: ItemKind) -> list[str]:
    """The items that another upload brought too."""
    sql = """SELECT item_id AS id FROM brought b WHERE batch_id = ? AND kind = ?
        AND EXISTS (SELECT 1 FROM brought o WHERE o.item_id = b.item_id AND o.batch_id <> b.batch_id) ORDER BY 1"""
    return [row["id"] for row in db.query(sql, [batch_id, kind])]


def counted(db: Database, batch_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """How many items each of these uploads brought, and how many of them another one brought too."""
    sql = """SELECT batch_id, count(*), sum(EXISTS (SELECT 1 FROM brought o WHERE o.item_id = b.item_id AND o.batch_id <> b.batch_id))
        FROM brought b WHERE batch_id IN (SELECT value FROM json_each(?)) GROUP BY batch_id"""
    return {batch: (items, shared) for batch, items, shared in db.execute(sql, [json.dumps(list(batch_ids))])}


def shared(db: Database, batch_ids: Collection[int]) -> dict[int, list[tuple[int, int]]]:
    """The other uploads that brought items of each of these (id, how many), those with most first."""
    sql = """SELECT b.batch_id, o.batch_id, count(*) FROM brought b JOIN brought o ON o.item_id = b.item_id AND o.batch_id <> b.batch_id
        WHERE b.batch_id IN (SELECT value FROM json_each(?)) GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"""
    found: dict[int, list[tuple[int, int]]] = {}
    for batch, other, items in db.execute(sql, [json.dumps(list(batch_ids))]):
        found.setdefault(batch, []).append((other, items))
    return found


def overtaken(db: Database, batch_id: int, kind: ItemKind) -> list[str]:
    """The items that a later upload brought too."""
    sql = """SELECT item_id AS id FROM brought b WHERE batch_id = ? AND kind = ?
        AND EXISTS (SELECT 1 FROM brought o WHERE o.item_id = b.item_id AND o.batch_id > b.batch_id) ORDER BY 1"""
    return [row["id"] for row in db.query(sql, [batch_id, kind])]


def forget(db: Database, batch_id: int) -> None:
    """Drop what is noted of an upload."""
    db.execute("DELETE FROM brought WHERE batch_id = ?", [batch_id])
