"""Small facts that a stage remembers about its own last run."""

import json

from sqlite_utils import Database


def get(db: Database, key: str) -> str | None:
    return next((row["value"] for row in db.query("SELECT value FROM state WHERE key = ?", [key])), None)


def put(db: Database, key: str, value: str) -> None:
    db.execute(
        "INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        [key, value],
    )


def sign(db: Database, key: str, *, actor: str, now: str) -> None:
    """Note who decided something, and when."""
    put(db, key, json.dumps({"by": actor, "at": now}, ensure_ascii=False))


def signed(db: Database, key: str) -> tuple[str, str]:
    """Who decided it last, and when; "" where nobody did or it is not known."""
    told = json.loads(get(db, key) or "{}")
    return told.get("by", ""), told.get("at", "")
