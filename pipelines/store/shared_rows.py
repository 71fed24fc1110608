"""The numbers that both teams agreed on, as they were published month by month."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from pipelines.store.counting import COUNTED


@dataclass(frozen=True, slots=True)
class Month:
    """One publication of a month ("2026-10"): figures as of a day. A newer one of the same month stands in its
    place."""

    id: int
    month: str
    at: str
    actor: str
    as_of: str
    content: dict[str, Any]
    withdrawn_at: str


def add(db: Database, month: str, *, as_of: str, content: dict[str, Any], now: str, actor: str) -> int:
    sql = "INSERT INTO shared_months (month, at, actor, as_of, content) VALUES (?, ?, ?, ?, ?)"
    return int(db.execute(sql, [month, now, actor, as_of, json.dumps(content, ensure_ascii=False)]).lastrowid or 0)


def withdraw(db: Database, number: int, at: str, *, actor: str) -> bool:
    """Take a publication back, or bring it back with "" for the time. Who did so stands in its content: the columns are
    older."""
    sql = "UPDATE shared_months SET withdrawn_at = ?, content = json_set(content, ?, ?) WHERE id = ?"
    return bool(db.execute(sql, [at, "$.withdrawn_by" if at else "$.restored_by", actor, number]).rowcount)


def get(db: Database, number: int) -> Month | None:
    return next((_month(row) for row in db.query("SELECT * FROM shared_months WHERE id = ?", [number])), None)


def every(db: Database) -> list[Month]:
    """Every publication, the newest month and publication first."""
    return [_month(row) for row in db.query("SELECT * FROM shared_months ORDER BY month DESC, id DESC")]


def has(db: Database, month: str) -> bool:
    """Whether a month was ever published, taken back or not."""
    return bool(db.conn.execute("SELECT 1 FROM shared_months WHERE month = ? LIMIT 1", [month]).fetchone())


def heard_in(db: Database, month: str) -> bool:
    """Whether any counted conversation was in a month. The worker asks it again and again: it takes an index."""
    sql = f"SELECT 1 FROM conversations c WHERE c.day BETWEEN ? AND ? AND {COUNTED} LIMIT 1"
    return bool(db.conn.execute(sql, [f"{month}-01", f"{month}-31"]).fetchone())


def newest_day(db: Database, until: str) -> str:
    """The ISO day of the newest conversation up to a day, "" without one."""
    return str(
        db.conn.execute("SELECT coalesce(max(day), '') FROM conversations WHERE day <= ?", [until]).fetchone()[0]
    )


def came_lately(db: Database, since: str, until: str, *, uploaded: str) -> bool:
    """Whether an upload that was read on the ISO day `uploaded` or later was the first to bring a conversation or mail
    of these days. The worker asks it again and again: only such uploads are looked through."""
    sql = f"""SELECT 1 FROM batches b CROSS JOIN brought x ON x.batch_id = b.id {_HELD}
        WHERE b.status <> 'undone' AND coalesce(b.finished_at, b.created_at) >= ? AND c.day BETWEEN ? AND ?
        AND NOT EXISTS (SELECT 1 FROM brought o WHERE o.item_id = x.item_id AND o.batch_id < b.id) LIMIT 1"""
    return bool(db.conn.execute(sql, [uploaded, since, until]).fetchone())


def uploads(db: Database, since: str, until: str) -> list[int]:
    """The uploads that conversations of these days come from."""
    sql = f"""SELECT DISTINCT b.id FROM batches b CROSS JOIN brought x ON x.batch_id = b.id {_HELD}
        WHERE b.status <> 'undone' AND c.day BETWEEN ? AND ? ORDER BY b.id"""
    return [row["id"] for row in db.query(sql, [since, until])]


_HELD = """LEFT JOIN mails m ON x.kind = 'mail' AND m.id = x.item_id
    JOIN conversations c ON c.id = coalesce(m.conversation_id, x.item_id)"""


def taken_back(db: Database, uploads: Collection[int]) -> list[str]:
    """The titles of those of these uploads that were undone since."""
    sql = "SELECT title FROM batches WHERE id IN (SELECT value FROM json_each(?)) AND status = 'undone' ORDER BY id"
    return [row["title"] for row in db.query(sql, [json.dumps(sorted(uploads))])]


def _month(row: dict[str, Any]) -> Month:
    return Month(**row | {"content": json.loads(row["content"])})
