"""Column mappings that people saved by name: tables with the same heads are read by them without being asked again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlite_utils import Database

from insights.formats import ColumnMapping, SavedColumns

_USED = "json_extract(content, '$.off') IS NULL"


def save(
    db: Database, name: str, mapping: ColumnMapping, *, now: str, heads: Sequence[Sequence[str]] = (), upload: int = 0,
    by: str = "",
) -> None:  # fmt: skip
    """Save a mapping; one of the same name is replaced. `heads` are those of each table that it was seen to fit,
    `upload` is the one that it was confirmed for, `by` whom."""
    sql = """INSERT INTO column_mappings (name, content, saved_at) VALUES (?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET content = excluded.content, saved_at = excluded.saved_at"""
    said = {"columns": dict(mapping.columns), "date_order": mapping.date_order, "zone": mapping.zone}
    told = {name: value for name, value in (("upload", upload), ("by", by)) if value}
    content = json.dumps(said | {"heads": [list(one) for one in heads]} | told, ensure_ascii=False)
    with db.atomic():
        db.execute(sql, [name, content, now])


def of_upload(upload: int) -> str:
    """The name of the columns that were confirmed for an upload."""
    return f"upload {upload}"


def set_off(db: Database, name: str, *, off: bool) -> bool:
    """Use a mapping no more, or again; False when there is none of this name, or it stands so already."""
    sql = f"""UPDATE column_mappings SET content = json_{"set" if off else "remove"}(content, '$.off'{", json('true')" if off else ""})
        WHERE name = ? AND json_extract(content, '$.off') IS {"" if off else "NOT"} NULL"""
    with db.atomic():
        return db.execute(sql, [name]).rowcount > 0


def get(db: Database, name: str) -> ColumnMapping | None:
    found = saved(db, name)
    return ColumnMapping(found.columns, found.date_order, found.zone) if found else None


def saved(db: Database, name: str) -> SavedColumns | None:
    """A mapping with when, by whom and for what it was saved."""
    rows = db.query(f"SELECT * FROM column_mappings WHERE name = ? AND {_USED}", [name])
    return next((_saved(row) for row in rows), None)


def every(db: Database) -> tuple[SavedColumns, ...]:
    """All mappings that are in use, the latest saved first."""
    return tuple(
        map(_saved, db.query(f"SELECT * FROM column_mappings WHERE {_USED} ORDER BY saved_at DESC, name DESC"))
    )


def names(db: Database) -> list[str]:
    return [row["name"] for row in db.query(f"SELECT name FROM column_mappings WHERE {_USED} ORDER BY name")]


def remove(db: Database, name: str) -> bool:
    """Forget a mapping; False when there is none of this name."""
    with db.atomic():
        return db.execute("DELETE FROM column_mappings WHERE name = ?", [name]).rowcount > 0


def to_json(mapping: ColumnMapping) -> str:
    """A mapping whole, for a job that is worked off later: what is saved meanwhile does not change how it reads."""
    return json.dumps(asdict(mapping), ensure_ascii=False, default=dict)


def from_json(text: str) -> ColumnMapping:
    if not text:
        return ColumnMapping()
    value = json.loads(text)
    for name in ("saved", "used"):
        value[name] = tuple(SavedColumns(**one) for one in value.get(name, ()))
    return ColumnMapping(**value)


def _saved(row: Mapping[str, str]) -> SavedColumns:
    # What was saved before heads were kept knows its columns only.
    return SavedColumns(name=row["name"], saved_at=row["saved_at"], **json.loads(row["content"]))
