"""Batches: one upload each, with its counts and problems; undone as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlite_utils import Database

from insights.records import Problem
from pipelines.store import conversations


def start(db: Database, *, title: str, now: str) -> int:
    return int(db.execute("INSERT INTO batches (created_at, title) VALUES (?, ?)", [now, title]).lastrowid or 0)


def finish(db: Database, batch_id: int, *, counts: Mapping[str, int], now: str) -> None:
    columns = ("files", "conversations", "utterances", "duplicates", "problems")
    sql = f"""UPDATE batches SET status = 'done', finished_at = ?, {", ".join(f"{c} = ?" for c in columns)}
        WHERE id = ? AND status = 'reading'"""
    db.execute(sql, [now, *(counts[c] for c in columns), batch_id])


def fail(db: Database, batch_id: int, problem: Problem, *, now: str) -> None:
    """Close a batch whose reading broke off: what it had stored stays, can be seen and undone."""
    db.table("problems").insert({"batch_id": batch_id, **asdict(problem)})
    sql = "UPDATE batches SET status = 'done', finished_at = ?, problems = problems + 1 WHERE id = ? AND status = 'reading'"
    db.execute(sql, [now, batch_id])


def replace_problems(db: Database, batch_id: int, problems: Sequence[Problem]) -> None:
    """Make `problems` the batch's problems; a resumed batch must not list them twice."""
    db.execute("DELETE FROM problems WHERE batch_id = ?", [batch_id])
    db.table("problems").insert_all(
        {"batch_id": batch_id, "file": p.file, "row": p.row, "reason": p.reason, "advice": p.advice} for p in problems
    )


def problems(db: Database, batch_id: int, *, after: int = 0, limit: int = 200) -> list[dict]:
    sql = "SELECT id, file, row, reason, advice FROM problems WHERE batch_id = ? AND id > ? ORDER BY id LIMIT ?"
    return list(db.query(sql, [batch_id, after, limit]))


def get(db: Database, batch_id: int) -> dict | None:
    return next(iter(db.query("SELECT * FROM batches WHERE id = ?", [batch_id])), None)


def recent(db: Database, *, before: int | None = None, limit: int = 50) -> list[dict]:
    """The newest first; `before` is the id that the page before ended with."""
    sql = "SELECT * FROM batches WHERE id < ? ORDER BY id DESC LIMIT ?"
    return list(db.query(sql, [before or 1 << 62, limit]))


def undo(db: Database, batch_id: int) -> int:
    """Take a batch back: what only it brought goes, what another batch brought too stays. Returns conversations gone.

    A batch that waits or is being read is taken back too: its reader finds it undone and stops.
    """
    with db.atomic():
        db.execute("UPDATE batches SET status = 'undone' WHERE id = ?", [batch_id])
        db.execute("DELETE FROM sightings WHERE batch_id = ?", [batch_id])
        return conversations.remove_unseen(db)


def is_undone(db: Database, batch_id: int) -> bool:
    return db.table("batches").count_where("id = ? AND status = 'undone'", [batch_id]) > 0
