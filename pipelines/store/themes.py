"""Themes and their ledger: ids are permanent and never reused; whatever changes a theme is an event."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from sqlite_utils import Database

from pipelines.store.filters import Filters, insight_condition
from pipelines.store.insights import JOINS


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme as it stands today. `label` is the commonest label of its members when it was made."""

    id: int
    kind: str
    name: str
    label: str
    keywords: tuple[str, ...]
    status: str
    pinned: bool
    created_at: str


def create(
    db: Database,
    *,
    kind: str,
    name: str,
    label: str,
    keywords: Iterable[str],
    centroid: np.ndarray | None,
    now: str,
    tightness: float = 0.0,
    actor: str = "parley",
) -> int:
    """Add a theme and its first event; return its permanent id."""
    blob = None if centroid is None else np.ascontiguousarray(centroid, dtype="<f4").tobytes()
    sql = """INSERT INTO themes (kind, name, label, keywords, centroid, tightness, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)"""
    values = [kind, name, label, json.dumps(list(keywords), ensure_ascii=False), blob, float(tightness), now]
    theme_id = int(db.execute(sql, values).lastrowid or 0)
    add_event(db, theme_id, "create", now=now, actor=actor, after={"name": name})
    return theme_id


def rename(db: Database, theme_id: int, name: str, *, now: str, actor: str, reason: str = "") -> None:
    """Give a theme another name; the old one stays in its history."""
    with db.atomic():
        before = get(db, theme_id)
        if before is None or before.name == name:
            return
        db.execute("UPDATE themes SET name = ? WHERE id = ?", [name, theme_id])
        add_event(
            db,
            theme_id,
            "rename",
            now=now,
            actor=actor,
            reason=reason,
            before={"name": before.name},
            after={"name": name},
        )


def add_event(
    db: Database, theme_id: int, type: str, *, now: str, actor: str, reason: str = "", before: dict | None = None,
    after: dict | None = None,
) -> None:  # fmt: skip
    sql = "INSERT INTO theme_events (theme_id, type, at, actor, reason, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)"
    db.execute(sql, [theme_id, type, now, actor, reason, json.dumps(before or {}), json.dumps(after or {})])


def events(db: Database, theme_id: int) -> list[dict]:
    rows = db.query(
        "SELECT type, at, actor, reason, before, after FROM theme_events WHERE theme_id = ? ORDER BY id", [theme_id]
    )
    return [{**row, "before": json.loads(row["before"]), "after": json.loads(row["after"])} for row in rows]


def get(db: Database, theme_id: int) -> Theme | None:
    return next((_theme(row) for row in db.query(f"{_COLUMNS} WHERE id = ?", [theme_id])), None)


def active(db: Database, kind: str = "") -> list[Theme]:
    condition, values = ("kind = ? AND status = 'active'", [kind]) if kind else ("status = 'active'", [])
    return [_theme(row) for row in db.query(f"{_COLUMNS} WHERE {condition} ORDER BY id", values)]


def shape(db: Database, theme_id: int) -> tuple[np.ndarray, float, int]:
    """A theme's centroid (d,), empty for one that is a name, its tightness and its number of insights."""
    sql = """SELECT centroid, tightness, (SELECT count(*) FROM theme_members m
            JOIN shown_insights i ON i.id = m.insight_id WHERE m.theme_id = themes.id) AS size
        FROM themes WHERE id = ?"""
    row = next(iter(db.query(sql, [theme_id])))
    return np.frombuffer(row["centroid"] or b"", dtype="<f4"), row["tightness"], row["size"]


def unassigned(db: Database, kind: str) -> list[str]:
    """The ids of embedded insights of a kind that wait for a theme, sorted."""
    sql = """SELECT i.id FROM shown_insights i LEFT JOIN theme_members m ON m.insight_id = i.id
        WHERE i.kind = ? AND m.theme_id IS NULL AND i.text_hash IN (SELECT text_hash FROM vectors) ORDER BY i.id"""
    return [row["id"] for row in db.query(sql, [kind])]


def mentions(db: Database) -> list[dict]:
    """Every competitor mention: insight id, name, conversation and account."""
    sql = """SELECT i.id, i.name, i.conversation_id, c.account FROM shown_insights i
        JOIN conversations c ON c.id = i.conversation_id WHERE i.kind = 'competitor' ORDER BY i.id"""
    return list(db.query(sql))


def follow(db: Database, members: Iterable[tuple[str, int]]) -> None:
    """Put competitor mentions (insight id, theme id) under the name the catalogue gives them now."""
    db.conn.executemany(
        """INSERT INTO theme_members (insight_id, theme_id, confidence) VALUES (?, ?, 1)
        ON CONFLICT (insight_id) DO UPDATE SET theme_id = excluded.theme_id WHERE theme_id <> excluded.theme_id""",
        members,
    )


def assign(db: Database, members: Iterable[tuple[str, int, float]]) -> None:
    """Put insights (id, theme id, confidence) into themes; an insight that has a theme keeps it."""
    db.table("theme_members").insert_all(
        ({"insight_id": i, "theme_id": t, "confidence": round(c, 4)} for i, t, c in members),
        pk="insight_id",
        ignore=True,
    )


def counts(db: Database, filters: Filters) -> dict[int, dict]:
    """Per theme: insights, conversations and accounts that match."""
    condition, values = insight_condition(filters)
    sql = f"""SELECT m.theme_id AS id, count(*) AS insights, count(DISTINCT c.counted_as) AS conversations,
        count(DISTINCT nullif(c.account, '')) AS accounts {JOINS}
        WHERE m.theme_id IS NOT NULL AND {condition} GROUP BY m.theme_id"""
    return {row["id"]: {k: row[k] for k in ("insights", "conversations", "accounts")} for row in db.query(sql, values)}


_COLUMNS = "SELECT id, kind, name, label, keywords, status, pinned, created_at FROM themes"


def _theme(row: dict) -> Theme:
    return Theme(**{**row, "keywords": tuple(json.loads(row["keywords"])), "pinned": bool(row["pinned"])})
