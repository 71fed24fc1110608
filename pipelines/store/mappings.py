"""Column mappings that people saved by name, to read the next export of the same tool the same way."""

import json
from dataclasses import asdict

from sqlite_utils import Database

from insights.formats import ColumnMapping


def save(db: Database, name: str, mapping: ColumnMapping, *, now: str) -> None:
    """Save a mapping; one of the same name is replaced."""
    sql = """INSERT INTO column_mappings (name, content, saved_at) VALUES (?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET content = excluded.content, saved_at = excluded.saved_at"""
    with db.atomic():
        db.execute(sql, [name, to_json(mapping), now])


def get(db: Database, name: str) -> ColumnMapping | None:
    rows = db.query("SELECT content FROM column_mappings WHERE name = ?", [name])
    return next((from_json(row["content"]) for row in rows), None)


def names(db: Database) -> list[str]:
    return [row["name"] for row in db.query("SELECT name FROM column_mappings ORDER BY name")]


def remove(db: Database, name: str) -> bool:
    """Forget a mapping; False when there is none of this name."""
    with db.atomic():
        return db.execute("DELETE FROM column_mappings WHERE name = ?", [name]).rowcount > 0


def to_json(mapping: ColumnMapping) -> str:
    return json.dumps(asdict(mapping), ensure_ascii=False, default=dict)


def from_json(text: str) -> ColumnMapping:
    return ColumnMapping(**json.loads(text)) if text else ColumnMapping()
