"""The numbers that both teams agreed on, as they were published month by month."""

import json
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from pipelines.store.filters import COUNTED


@dataclass(frozen=True, slots=True)
class Month:
    """One publication of a month ("2026-10"): figures as of a day. A newer one of the same month stands in its place."""

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
    """Take a publication back, or bring it back with "" for the time. Who did so stands in its content: the columns are older."""
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


def _month(row: dict[str, Any]) -> Month:
    return Month(**row | {"content": json.loads(row["content"])})
