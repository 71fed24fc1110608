"""Collections of quotes: rows, the order of their quotes, and the events by which every act can be undone."""

import json
from collections.abc import Collection as Several
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection as it stands; `version` grows with every change, `quotes` is how many it holds."""

    id: int
    title: str
    note: str
    status: str
    version: int
    created_at: str
    changed_at: str
    actor: str
    quotes: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A quote in a collection, in whatever state the quote itself is."""

    insight_id: str
    place: int
    note: str
    added_at: str
    added_by: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something done to a collection. `edits` are [insight id or "", field, before, after]; a quote's field "" is the
    whole row, None while it is not in."""

    id: int
    collection_id: int
    at: str
    actor: str
    type: str
    edits: list[list[Any]]
    undone_at: str
    undone_by: str


_COUNTED = (
    "SELECT c.*, (SELECT count(*) FROM collection_quotes q WHERE q.collection_id = c.id) AS quotes FROM collections c"
)


def get(db: Database, collection_id: int) -> Collection | None:
    return next((Collection(**row) for row in db.query(f"{_COUNTED} WHERE id = ?", [collection_id])), None)


def every(db: Database, *statuses: str) -> list[Collection]:
    """Collections in these states, the one that changed last first."""
    sql = f"{_COUNTED} WHERE status IN (SELECT value FROM json_each(?)) ORDER BY changed_at DESC, id DESC"
    return [Collection(**row) for row in db.query(sql, [json.dumps(statuses or ("active",))])]


def holding(db: Database, insight_id: str) -> list[Collection]:
    """The active collections that a quote is in."""
    sql = f"""{_COUNTED} WHERE status = 'active' AND id IN
        (SELECT collection_id FROM collection_quotes WHERE insight_id = ?) ORDER BY title, id"""
    return [Collection(**row) for row in db.query(sql, [insight_id])]


def kept(db: Database, collection_id: int) -> list[Kept]:
    """Its quotes in order."""
    sql = "SELECT insight_id, place, note, added_at, added_by FROM collection_quotes WHERE collection_id = ? ORDER BY place, insight_id"
    return [Kept(**row) for row in db.query(sql, [collection_id])]


def create(db: Database, *, title: str, note: str, now: str, actor: str) -> int:
    sql = "INSERT INTO collections (title, note, created_at, changed_at, actor) VALUES (?, ?, ?, ?, ?)"
    return int(db.execute(sql, [title, note, now, now, actor]).lastrowid or 0)


def write(db: Database, collection_id: int, edits: Sequence[Sequence[Any]], *, now: str) -> None:
    """Give cells their new values (`edits` as in Event); the collection's version grows."""
    for insight_id, field, _, after in edits:
        if not insight_id:
            db.execute(
                f"UPDATE collections SET {_field(field, 'title', 'note', 'status')} = ? WHERE id = ?",
                [after, collection_id],
            )
        elif field:
            sql = f"UPDATE collection_quotes SET {_field(field, 'place', 'note')} = ? WHERE collection_id = ? AND insight_id = ?"
            db.execute(sql, [after, collection_id, insight_id])
        elif after is None:
            db.execute(
                "DELETE FROM collection_quotes WHERE collection_id = ? AND insight_id = ?", [collection_id, insight_id]
            )
        else:
            sql = "INSERT INTO collection_quotes (collection_id, insight_id, place, note, added_at, added_by) VALUES (?, ?, ?, ?, ?, ?)"
            db.execute(sql, [collection_id, insight_id, *(after[k] for k in ("place", "note", "added_at", "added_by"))])
    db.execute("UPDATE collections SET version = version + 1, changed_at = ? WHERE id = ?", [now, collection_id])


def _field(name: str, *known: str) -> str:
    if name not in known:
        raise KeyError(name)
    return name


def note_event(
    db: Database, collection_id: int, type: str, edits: Sequence[Sequence[Any]], *, now: str, actor: str
) -> int:
    sql = "INSERT INTO collection_events (collection_id, at, actor, type, edits) VALUES (?, ?, ?, ?, ?)"
    values = [collection_id, now, actor, type, json.dumps(edits, ensure_ascii=False)]
    return int(db.execute(sql, values).lastrowid or 0)


def event(db: Database, event_id: int) -> Event | None:
    rows = db.query("SELECT * FROM collection_events WHERE id = ?", [event_id])
    return next((Event(**{**row, "edits": json.loads(row["edits"])}) for row in rows), None)


def events(db: Database, collection_id: int, *, limit: int = 50) -> list[Event]:
    """What was done to it, the newest first."""
    rows = db.query(
        "SELECT * FROM collection_events WHERE collection_id = ? ORDER BY id DESC LIMIT ?", [collection_id, limit]
    )
    return [Event(**{**row, "edits": json.loads(row["edits"])}) for row in rows]


def mark_undone(db: Database, event_id: int, *, now: str, actor: str) -> None:
    db.execute("UPDATE collection_events SET undone_at = ?, undone_by = ? WHERE id = ?", [now, actor, event_id])


def known_quotes(db: Database, insight_ids: Several[str]) -> set[str]:
    """Those of the ids that are or once were quotes."""
    sql = "SELECT id FROM {} WHERE id IN (SELECT value FROM json_each(?))"
    ids = json.dumps(sorted(insight_ids))
    return {row["id"] for table in ("insights", "gone_quotes") for row in db.query(sql.format(table), [ids])}
