"""What was learnt from reviews: one row a training, with its weights and figures; the latest adopted one is in use."""

import json

import numpy as np
from sqlite_utils import Database

from insights.learning import Head


def add(db: Database, *, now: str, actor: str, adopted: bool, head: Head, figures: dict) -> int:
    """Store a training, adopted or not; return its id."""
    sql = "INSERT INTO learned (at, actor, adopted, weights, figures) VALUES (?, ?, ?, ?, ?)"
    blob = np.ascontiguousarray(head.weights, dtype="<f8").tobytes()
    return int(db.execute(sql, [now, actor, int(adopted), blob, json.dumps(figures)]).lastrowid or 0)


def active(db: Database) -> Head | None:
    """The head in use; None while the shipped confidence stands."""
    rows = db.query(f"SELECT weights FROM learned WHERE {_IN_USE} ORDER BY id DESC LIMIT 1")
    return next((Head(np.frombuffer(row["weights"], dtype="<f8")) for row in rows), None)


def active_id(db: Database) -> int:
    """The id of the training in use, 0 for none."""
    return next((row["id"] for row in db.query(f"SELECT id FROM learned WHERE {_IN_USE} ORDER BY id DESC LIMIT 1")), 0)


def take_back(db: Database, *, now: str) -> int:
    """Go back to the training before the one in use; return the id of the one taken back, 0 where there is none."""
    with db.atomic():
        in_use = active_id(db)
        db.execute("UPDATE learned SET undone_at = ? WHERE id = ?", [now, in_use])
    return in_use


def history(db: Database, *, limit: int = 20) -> list[dict]:
    """Trainings, the latest first: id, at, actor, adopted, undone_at and figures."""
    sql = "SELECT id, at, actor, adopted, undone_at, figures FROM learned ORDER BY id DESC LIMIT ?"
    rows = db.query(sql, [limit])
    return [{**row, "adopted": bool(row["adopted"]), "figures": json.loads(row["figures"])} for row in rows]


_IN_USE = "adopted = 1 AND undone_at IS NULL"
