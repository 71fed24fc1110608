"""Jobs: long work as rows, claimed atomically, so that a killed process leaves nothing half known."""

import json

from sqlite_utils import Database

STOPPED = "stopped"  # the error of a job that a person ended


def add(db: Database, kind: str, arguments: dict, *, now: str) -> int:
    sql = "INSERT INTO jobs (kind, arguments, created_at) VALUES (?, ?, ?)"
    return int(db.execute(sql, [kind, json.dumps(arguments), now]).lastrowid or 0)


def claim(db: Database, *, now: str, stale_before: str) -> dict | None:
    """Take the oldest job that waits, or that runs without a sign of life since `stale_before` (its worker was killed).
    What only makes ready (`sketch`) lets all others go first.

    One job runs at a time, whoever works: two that mine at once would find the same themes twice.
    """
    sql = """UPDATE jobs SET status = 'running', tries = tries + 1, started_at = coalesce(started_at, :now), heartbeat_at = :now
        WHERE id = (SELECT id FROM jobs WHERE status = 'waiting'
            OR (status = 'running' AND heartbeat_at < :stale) ORDER BY kind = 'sketch', id LIMIT 1)
        AND NOT EXISTS (SELECT 1 FROM jobs WHERE status = 'running' AND heartbeat_at >= :stale) RETURNING *"""
    with db.atomic():
        row = next(iter(db.execute_returning_dicts(sql, {"now": now, "stale": stale_before})), None)
    return _job(row) if row else None


def beat(db: Database, job_id: int, *, stage: str, done: int, total: int | None, now: str) -> None:
    sql = """UPDATE jobs SET stage_began_at = iif(stage = :stage AND done <= :done, coalesce(stage_began_at, :now), :now),
        stage = :stage, done = :done, total = :total, heartbeat_at = :now WHERE id = :id"""
    db.execute(sql, {"stage": stage, "done": done, "total": total, "now": now, "id": job_id})


def alive(db: Database, job_id: int, *, now: str) -> None:
    db.execute("UPDATE jobs SET heartbeat_at = ? WHERE id = ? AND status = 'running'", [now, job_id])


def hand_back(db: Database, job_id: int, *, stage: str) -> None:
    """Let a job wait again that could not go on now; what it did stands, and this try does not count."""
    sql = "UPDATE jobs SET status = 'waiting', tries = tries - 1, stage = ? WHERE id = ? AND status = 'running'"
    db.execute(sql, [stage, job_id])


def finish(db: Database, job_id: int, *, result: dict, now: str) -> None:
    sql = "UPDATE jobs SET status = 'done', result = ?, finished_at = ? WHERE id = ? AND status <> 'failed'"
    db.execute(sql, [json.dumps(result), now, job_id])


def fail(db: Database, job_id: int, *, error: str, now: str) -> None:
    db.execute("UPDATE jobs SET status = 'failed', error = ?, finished_at = ? WHERE id = ?", [error, now, job_id])


def stop(db: Database, job_id: int, *, now: str) -> bool:
    """End a job that waits or runs, as a person asked: its worker finds it ended. False where it is over already."""
    sql = "UPDATE jobs SET status = 'failed', error = ?, finished_at = ? WHERE id = ? AND status IN ('waiting', 'running')"
    return bool(db.execute(sql, [STOPPED, now, job_id]).rowcount)


def settle_copy(db: Database, *, now: str) -> None:
    """In a copy that came in the place of the database, end the making of copies: it went on while this one was made."""
    sql = "UPDATE jobs SET status = 'done', finished_at = ? WHERE kind = 'backup' AND status IN ('waiting', 'running')"
    db.execute(sql, [now])


def get(db: Database, job_id: int) -> dict | None:
    return next((_job(row) for row in db.query("SELECT * FROM jobs WHERE id = ?", [job_id])), None)


def unfinished(db: Database, kind: str = "") -> list[dict]:
    """The jobs that wait or run, of one kind or of all."""
    sql = "SELECT * FROM jobs WHERE status IN ('waiting', 'running') AND (? = '' OR kind = ?) ORDER BY id"
    return [_job(row) for row in db.query(sql, [kind, kind])]


def newest(db: Database, *kinds: str) -> dict | None:
    """The job of one of these kinds that came to its end last, None where none did."""
    marks = ", ".join("?" * len(kinds))
    sql = f"SELECT * FROM jobs WHERE status = 'done' AND kind IN ({marks}) ORDER BY id DESC LIMIT 1"
    return next((_job(row) for row in db.query(sql, list(kinds))), None)


def reads(db: Database, batch_id: int) -> bool:
    """True while a job waits to read this batch, or reads it."""
    return any(job["arguments"].get("batch_id") == batch_id for job in unfinished(db, "ingest"))


def recent(db: Database, *, before: int | None = None, limit: int = 50) -> list[dict]:
    sql = "SELECT * FROM jobs WHERE id < ? ORDER BY id DESC LIMIT ?"
    return [_job(row) for row in db.query(sql, [before or 1 << 62, limit])]


def _job(row: dict) -> dict:
    return {**row, "arguments": json.loads(row["arguments"]), "result": json.loads(row["result"])}
