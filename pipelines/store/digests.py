"""Digests, the times at which they were due, and every single message: who was to get it and what became of it."""

import json
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Row:
    """A digest as it is stored; `plan` is what `digest_plans.Plan` says, `next_due` an ISO time in UTC."""

    id: int
    title: str
    plan: dict[str, Any]
    version: int
    next_due: str
    secret: str
    status: str
    created_at: str
    changed_at: str
    actor: str


@dataclass(frozen=True, slots=True)
class Run:
    """One time that a digest was due, or asked for (`asked` is "now"). `content` is empty until it was worked out."""

    id: int
    digest_id: int
    due_at: str
    asked: str
    created_at: str
    status: str
    content: dict[str, Any]
    reason: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to one address. `unknown` says that Parley was stopped, or heard nothing, while it was being sent."""

    id: int
    run_id: int
    channel: str
    address: str
    status: str
    tries: int
    try_at: str
    claimed_at: str
    finished_at: str
    reason: str


def add(db: Database, *, title: str, plan: dict, next_due: str, secret: str, now: str, actor: str) -> int:
    sql = """INSERT INTO digests (title, plan, next_due, secret, created_at, changed_at, actor) VALUES (?, ?, ?, ?, ?, ?, ?)"""
    return int(db.execute(sql, [title, _json(plan), next_due, secret, now, now, actor]).lastrowid or 0)


def change(db: Database, digest_id: int, *, title: str, plan: dict, next_due: str, now: str, actor: str) -> None:
    sql = """UPDATE digests SET title = ?, plan = ?, next_due = ?, changed_at = ?, actor = ?, version = version + 1
        WHERE id = ?"""
    db.execute(sql, [title, _json(plan), next_due, now, actor, digest_id])


def set_status(db: Database, digest_id: int, status: str, *, next_due: str, now: str) -> None:
    sql = "UPDATE digests SET status = ?, next_due = ?, changed_at = ? WHERE id = ?"
    db.execute(sql, [status, next_due, now, digest_id])


def get(db: Database, digest_id: int) -> Row | None:
    return next((_row(row) for row in db.query("SELECT * FROM digests WHERE id = ?", [digest_id])), None)


def every(db: Database, *statuses: str) -> list[Row]:
    sql = "SELECT * FROM digests WHERE status IN (SELECT value FROM json_each(?)) ORDER BY title COLLATE NOCASE, id"
    return [_row(row) for row in db.query(sql, [_json(statuses or ("active", "paused"))])]


def due(db: Database, *, now: str) -> list[Row]:
    """Active digests whose time has come."""
    return [_row(row) for row in db.query("SELECT * FROM digests WHERE status = 'active' AND next_due <= ?", [now])]


def move_on(db: Database, row: Row, *, next_due: str) -> bool:
    """Set the next time; False when another worker was first or the digest was changed meanwhile."""
    sql = "UPDATE digests SET next_due = ? WHERE id = ? AND next_due = ? AND status = 'active'"
    return bool(db.execute(sql, [next_due, row.id, row.next_due]).rowcount)


def add_run(db: Database, digest_id: int, *, due_at: str, asked: str, now: str) -> int:
    """A run's id, 0 when there is one of this time already."""
    sql = "INSERT OR IGNORE INTO digest_runs (digest_id, due_at, asked, created_at) VALUES (?, ?, ?, ?)"
    cursor = db.execute(sql, [digest_id, due_at, asked, now])
    return int(cursor.lastrowid or 0) if cursor.rowcount else 0


def run(db: Database, run_id: int) -> Run | None:
    return next((_run(row) for row in db.query("SELECT * FROM digest_runs WHERE id = ?", [run_id])), None)


def runs(db: Database, digest_id: int, *, limit: int = 20) -> list[tuple[Run, list[Delivery]]]:
    """The newest runs with their messages."""
    found = [_run(row) for row in db.query(f"{_RUNS} ORDER BY id DESC LIMIT ?", [digest_id, limit])]
    return [(one, deliveries(db, one.id)) for one in found]


def last_sent(db: Database, digest_id: int) -> Run | None:
    """The newest scheduled run of which a message went out."""
    sql = f"""{_RUNS} AND asked = '' AND id IN (SELECT run_id FROM digest_deliveries WHERE status IN ('sent', 'unknown'))
        ORDER BY id DESC LIMIT 1"""
    return next((_run(row) for row in db.query(sql, [digest_id])), None)


def settle_run(db: Database, run_id: int, status: str, *, content: dict | None = None, reason: str = "") -> bool:
    """Note what a run came to; False when that is known already."""
    sql = "UPDATE digest_runs SET status = ?, content = ?, reason = ? WHERE id = ? AND status = 'waiting'"
    return bool(db.execute(sql, [status, _json(content) if content else "", reason, run_id]).rowcount)


def add_delivery(db: Database, run_id: int, channel: str, address: str, *, now: str) -> None:
    sql = "INSERT OR IGNORE INTO digest_deliveries (run_id, channel, address, try_at) VALUES (?, ?, ?, ?)"
    db.execute(sql, [run_id, channel, address, now])


def deliveries(db: Database, run_id: int) -> list[Delivery]:
    sql = "SELECT * FROM digest_deliveries WHERE run_id = ? ORDER BY id"
    return [Delivery(**row) for row in db.query(sql, [run_id])]


def claim(db: Database, run_id: int, *, now: str) -> Delivery | None:
    """Take one message of a run that is to be sent now; only one worker gets it."""
    sql = """UPDATE digest_deliveries SET status = 'sending', tries = tries + 1, claimed_at = :now WHERE id = (
            SELECT id FROM digest_deliveries WHERE run_id = :run AND status = 'waiting' AND try_at <= :now ORDER BY id LIMIT 1)
        AND status = 'waiting' RETURNING *"""
    with db.atomic():
        row = next(iter(db.execute_returning_dicts(sql, {"run": run_id, "now": now})), None)
    return Delivery(**row) if row else None


def settle(db: Database, delivery: Delivery, status: str, *, now: str, reason: str = "", try_at: str = "") -> None:
    """Note what became of a message that this worker had claimed."""
    sql = """UPDATE digest_deliveries SET status = ?, reason = ?, try_at = ?, finished_at = ?
        WHERE id = ? AND claimed_at = ? AND status IN ('sending', 'unknown')"""
    finished = "" if status == "waiting" else now
    with db.atomic():
        db.execute(sql, [status, reason, try_at or delivery.try_at, finished, delivery.id, delivery.claimed_at])


def give_up_lost(db: Database, *, before: str, now: str, reason: str) -> int:
    """Messages that were being sent since long before: nobody knows whether they arrived. How many there were."""
    there = "SELECT 1 FROM digest_deliveries WHERE status = 'sending' AND claimed_at < ? LIMIT 1"
    if not list(db.query(there, [before])):
        return 0  # asked every second: no write lock for nothing
    sql = "UPDATE digest_deliveries SET status = 'unknown', reason = ?, finished_at = ? WHERE status = 'sending' AND claimed_at < ?"
    with db.atomic():
        return int(db.execute(sql, [reason, now, before]).rowcount)


def stop(db: Database, digest_id: int, *, now: str, reason: str) -> None:
    """Take back the messages of a digest that were not sent yet."""
    sql = """UPDATE digest_deliveries SET status = 'failed', reason = ?, finished_at = ? WHERE status = 'waiting'
        AND run_id IN (SELECT id FROM digest_runs WHERE digest_id = ?)"""
    runs = "UPDATE digest_runs SET status = 'failed', reason = ? WHERE digest_id = ? AND status = 'waiting'"
    with db.atomic():
        db.execute(sql, [reason, now, digest_id])
        db.execute(runs, [reason, digest_id])


def to_do(db: Database, *, now: str) -> list[int]:
    """Runs that were not worked out yet, or have a message to be sent by now."""
    sql = """SELECT id FROM digest_runs WHERE status = 'waiting' UNION
        SELECT run_id FROM digest_deliveries WHERE status = 'waiting' AND try_at <= ? ORDER BY id"""
    return [row["id"] for row in db.query(sql, [now])]


_RUNS = "SELECT * FROM digest_runs WHERE digest_id = ?"


def _row(row: dict) -> Row:
    return Row(**{**row, "plan": json.loads(row["plan"])})


def _run(row: dict) -> Run:
    kept = {name: row[name] for name in Run.__slots__}
    return Run(**{**kept, "content": json.loads(row["content"]) if row["content"] else {}})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
