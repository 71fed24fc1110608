"""Small facts that a stage remembers about its own last run."""

from sqlite_utils import Database


def get(db: Database, key: str) -> str | None:
    return next((row["value"] for row in db.query("SELECT value FROM state WHERE key = ?", [key])), None)


def put(db: Database, key: str, value: str) -> None:
    db.execute(
        "INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        [key, value],
    )
