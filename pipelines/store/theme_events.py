"""The theme ledger in SQL: events as they were recorded, and the tables that show what they add up to today."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlite_utils import Database

from insights.ledger_rules import Book, Edit, Event, Move, Standing

COLUMNS = {
    "name": "name", "status": "status", "parent": "parent_id", "into": "merged_into", "pinned": "pinned",
    "shape": "shape_id",
}  # fmt: skip

# Of `i`: it never had a theme, or only one that an undone upload had founded and that went with it.
NEW = """coalesce((SELECT x.after IS NULL AND e.type = 'undo' AND e.actor = 'parley' FROM theme_moves x
    JOIN theme_events e ON e.id = x.event_id WHERE x.insight_id = i.id ORDER BY x.event_id DESC LIMIT 1), 1)"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with who made it, when (ISO 8601) and why. `undone_by` is the event that took it back, if any."""

    id: int
    at: str
    actor: str
    reason: str
    kind: str
    event: Event
    moved: int
    undoes: int | None
    undone_by: int | None


def reserve(db: Database, *, kind: str, label: str, now: str) -> int:
    """A permanent id for a theme that the next event will make; `label` is the commonest of its members'."""
    sql = "INSERT INTO themes (kind, label, created_at) VALUES (?, ?, ?)"
    return int(db.execute(sql, [kind, label, now]).lastrowid or 0)


def add_shape(db: Database, centroid: np.ndarray | None, tightness: float, keywords: Iterable[str]) -> int | None:
    """Keep what a theme sounds like: unit centre (d,), mean cosine to it, keywords. None where there is nothing."""
    words = json.dumps(list(keywords), ensure_ascii=False)
    blob = b"" if centroid is None else np.ascontiguousarray(centroid, dtype="<f4").tobytes()
    if not blob and words == "[]":
        return None
    sql = "INSERT INTO theme_shapes (centroid, tightness, keywords) VALUES (?, ?, ?)"
    return int(db.execute(sql, [blob, float(tightness), words]).lastrowid or 0)


def record(
    db: Database, event: Event, *, now: str, actor: str, reason: str = "", undoes: int | None = None,
    confidences: Mapping[str, float] | None = None,
) -> int:  # fmt: skip
    """Write an event down and bring the tables up to it; return its number. The caller holds the transaction.

    A moved insight without a confidence of its own keeps the one it has; an undo gives back the one it had before.
    """
    subject = event.about if event.about is not None else min(event.themes)
    kind = next(iter(db.query("SELECT kind FROM themes WHERE id = ?", [subject])))["kind"]
    sql = """INSERT INTO theme_events (type, at, actor, reason, kind, theme_id, edits, moved, undoes)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
    edits = [[edit.theme, edit.field, edit.before, edit.after] for edit in event.edits]
    told = [event.type, now, actor, reason, kind, event.about, json.dumps(edits, ensure_ascii=False), len(event.moves)]
    number = int(db.execute(sql, [*told, undoes]).lastrowid or 0)
    concerned = [(theme, number) for theme in sorted(event.themes)]
    db.conn.executemany("INSERT INTO theme_event_themes (theme_id, event_id) VALUES (?, ?)", concerned)
    _edit(db, event.edits)
    sure = dict(confidences or {})
    unsaid = [move for move in event.moves if move.insight not in sure]
    kept = _confidences(db, unsaid, before=number) | _confidences(db, unsaid, before=undoes)
    _move(db, number, event.moves, kept | sure)
    if undoes is not None:
        # Undoing an undo makes the first event stand again.
        db.execute("UPDATE theme_events SET undone_by = NULL WHERE undone_by = ?", [undoes])
        db.execute("UPDATE theme_events SET undone_by = ? WHERE id = ?", [number, undoes])
    return number


def _edit(db: Database, edits: Iterable[Edit]) -> None:
    for edit in edits:
        db.execute(f"UPDATE themes SET {COLUMNS[edit.field]} = ? WHERE id = ?", [edit.after, edit.theme])
        if edit.field == "parent":
            counted = edit.theme if edit.after is None else edit.after
            db.execute("UPDATE theme_members SET theme_id = ? WHERE leaf_id = ?", [counted, edit.theme])


def _move(db: Database, number: int, moves: Collection[Move], confidences: Mapping[str, float]) -> None:
    rows = [
        {
            "event": number, "insight": move.insight, "before": move.before, "after": move.after,
            "confidence": round(confidences.get(move.insight, 1.0), 4),
        }
        for move in moves
    ]  # fmt: skip
    sql = "INSERT INTO theme_moves (insight_id, event_id, before, after, confidence) VALUES (:insight, :event, :before, :after, :confidence)"
    db.conn.executemany(sql, rows)
    db.conn.executemany("DELETE FROM theme_members WHERE insight_id = :insight AND :after IS NULL", rows)
    db.conn.executemany(_PLACE, [row for row in rows if row["after"] is not None])


# An insight that an undone upload took along is placed when it comes back (`returning`).
_PLACE = """INSERT INTO theme_members (insight_id, theme_id, leaf_id, confidence)
    SELECT i.id, coalesce(t.parent_id, t.id), t.id, :confidence FROM insights i JOIN themes t ON t.id = :after
    WHERE i.id = :insight ON CONFLICT (insight_id) DO UPDATE
    SET theme_id = excluded.theme_id, leaf_id = excluded.leaf_id, confidence = excluded.confidence"""


def _confidences(db: Database, moves: Collection[Move], *, before: int | None) -> dict[str, float]:
    """The confidence that each of these insights had before an event, of those that had been placed."""
    if not moves or before is None:
        return {}
    sql = """SELECT insight_id, confidence, max(event_id) FROM theme_moves
        WHERE event_id < ? AND insight_id IN (SELECT value FROM json_each(?)) GROUP BY insight_id"""
    rows = db.query(sql, [before, json.dumps([move.insight for move in moves])])
    return {row["insight_id"]: row["confidence"] for row in rows}


def returning(db: Database) -> int:
    """Put insights that came back with a repeated upload where the ledger has them; how many there were."""
    sql = f"""INSERT INTO theme_members (insight_id, theme_id, leaf_id, confidence)
        SELECT i.id, coalesce(t.parent_id, t.id), t.id, last.confidence
        FROM (SELECT insight_id, after, confidence, max(event_id) {_LOST}) AS last
        JOIN insights i ON i.id = last.insight_id JOIN themes t ON t.id = last.after"""
    return int(db.execute(sql).rowcount)


# Bare columns beside max() are those of the row that has it (sqlite.org/lang_select.html#bareagg).
_LOST = """FROM theme_moves WHERE insight_id IN (SELECT insight_id FROM unplaced)
    GROUP BY insight_id"""


def unplaced(db: Database, insights: Collection[str]) -> set[str]:
    """Those of these insights that are there and never had a theme (`NEW`)."""
    sql = f"SELECT id FROM shown_insights i WHERE id IN (SELECT value FROM json_each(?)) AND {NEW}"
    return {row["id"] for row in db.query(sql, [json.dumps(sorted(insights))])}


def joined_since(db: Database, theme_id: int, type: str) -> tuple[int, int, str]:
    """Since the theme's last standing event of a type: quotes and conversations that joined it, and that event's
    time."""
    sql = """WITH last AS (SELECT id, at FROM theme_events WHERE theme_id = :id AND type = :type AND undone_by IS NULL
            ORDER BY id DESC LIMIT 1)
        SELECT count(*) AS quotes, count(DISTINCT c.counted_as) AS conversations, coalesce((SELECT at FROM last), '') AS at
        FROM theme_moves m JOIN theme_events e ON e.id = m.event_id AND e.type = 'join' JOIN last ON m.event_id > last.id
        JOIN shown_insights i ON i.id = m.insight_id JOIN conversations c ON c.id = i.conversation_id
        WHERE m.after IN (SELECT id FROM themes WHERE id = :id OR parent_id = :id)"""
    row = next(iter(db.query(sql, {"id": theme_id, "type": type})))
    return row["quotes"], row["conversations"], row["at"]


def get(db: Database, event_id: int) -> Recorded | None:
    """An event with every move of it."""
    return next((_recorded(db, row, moves=True) for row in db.query(f"{_EVENTS} WHERE id = ?", [event_id])), None)


def of_theme(db: Database, theme_id: int) -> list[Recorded]:
    """A theme's history, the oldest first; `event.moves` are left out, `moved` counts those that concern this theme."""
    sql = f"""SELECT id, type, at, actor, reason, kind, theme_id, edits, undoes, undone_by, (SELECT count(*) FROM
        theme_moves m WHERE m.event_id = theme_events.id AND (m.before IN ({_FAMILY}) OR m.after IN ({_FAMILY}))) AS moved
        FROM theme_events WHERE id IN (SELECT event_id FROM theme_event_themes WHERE theme_id = :id) ORDER BY id"""
    return [_recorded(db, row) for row in db.query(sql, {"id": theme_id})]


_FAMILY = "SELECT id FROM themes WHERE id = :id OR parent_id = :id"


def recent(db: Database, *, before: int | None = None, limit: int = 50) -> list[Recorded]:
    """The newest events that people or policies made, the newest first; joins are the everyday and left out."""
    where = "WHERE type <> 'join' AND (:before IS NULL OR id < :before)"
    rows = db.query(f"{_EVENTS} {where} ORDER BY id DESC LIMIT :limit", {"before": before, "limit": limit})
    return [_recorded(db, row) for row in rows]


def after(db: Database, theme_id: int, number: int) -> list[Recorded]:
    """What was done to a theme after an event, the oldest first; what joins or follows its name is left out."""
    sql = f"""{_EVENTS} WHERE id > ? AND theme_id IS NOT NULL
        AND id IN (SELECT event_id FROM theme_event_themes WHERE theme_id = ?) ORDER BY id"""
    return [_recorded(db, row) for row in db.query(sql, [number, theme_id])]


def moved_since(db: Database, insights: Collection[str], number: int) -> list[Recorded]:
    """The standing events after this one that put any of these insights somewhere, the oldest first; joins left out."""
    sql = f"""{_EVENTS} WHERE id > ? AND theme_id IS NOT NULL AND undone_by IS NULL AND undoes IS NULL AND id IN (
        SELECT event_id FROM theme_moves WHERE insight_id IN (SELECT value FROM json_each(?))) ORDER BY id"""
    return [_recorded(db, row) for row in db.query(sql, [number, json.dumps(sorted(insights))])]


def last(db: Database) -> int:
    """The number of the newest event, 0 before the first."""
    return int(next(iter(db.query("SELECT coalesce(max(id), 0) AS id FROM theme_events")))["id"])


def later(db: Database, event: Recorded, themes: Collection[int], insights: Collection[str]) -> list[Recorded]:
    """The standing events after this one that changed any of these themes or insights, the newest first."""
    sql = f"""{_EVENTS} WHERE id > :id AND undone_by IS NULL AND id IN (
        SELECT event_id FROM theme_event_themes WHERE theme_id IN (SELECT value FROM json_each(:themes))
        UNION SELECT event_id FROM theme_moves WHERE insight_id IN (SELECT value FROM json_each(:insights)))
        AND undoes IS NULL ORDER BY id DESC"""
    values = {"id": event.id, "themes": json.dumps(sorted(themes)), "insights": json.dumps(sorted(insights))}
    return [_recorded(db, row) for row in db.query(sql, values)]


def standing(db: Database, ids: Collection[int]) -> dict[int, Standing]:
    """These themes as they stand, the themes that they are part of, and every theme that refers to one of them."""
    sql = """WITH asked AS (SELECT value FROM json_each(:ids))
        SELECT id, name, status, parent_id AS parent, merged_into AS "into", pinned, shape_id AS shape FROM themes
        WHERE id IN asked OR parent_id IN asked OR merged_into IN asked
        OR id IN (SELECT parent_id FROM themes WHERE id IN asked)"""
    rows = db.query(sql, {"ids": json.dumps(sorted(ids))})
    return {row["id"]: Standing(**{**row, "pinned": bool(row["pinned"])}) for row in rows}


def book(db: Database, event: Event) -> Book:
    """What an event's undoing must know: its themes, those that refer to them, and all that belongs or belonged to
    it."""
    themes = standing(db, event.themes)
    sql = """SELECT insight_id, after, max(event_id) FROM theme_moves WHERE insight_id IN (
        SELECT value FROM json_each(:insights) UNION SELECT insight_id FROM theme_moves
        WHERE after IN (SELECT value FROM json_each(:made))) GROUP BY insight_id"""
    # Themes that the undoing takes away, or merges again.
    made = sorted(
        {
            e.theme
            for e in event.edits
            if (e.field == "status" and not e.before) or (e.field == "into" and e.before is not None)
        }
    )
    values = {"insights": json.dumps([move.insight for move in event.moves]), "made": json.dumps(made)}
    placed = {row["insight_id"]: row["after"] for row in db.query(sql, values) if row["after"] is not None}
    return Book(themes, placed)


def members(db: Database, theme_ids: Collection[int]) -> dict[str, int]:
    """All insights that the ledger has in these themes or their sub-themes, with the one of them that each is in.

    What an undone upload took along is among them, so that it goes along.
    """
    sql = """SELECT insight_id, after, max(event_id) FROM theme_moves WHERE insight_id IN (
        SELECT insight_id FROM theme_moves WHERE after IN (SELECT value FROM json_each(:ids)))
        GROUP BY insight_id"""
    family = [t.id for t in standing(db, theme_ids).values() if t.id in theme_ids or t.parent in theme_ids]
    rows = db.query(sql, {"ids": json.dumps(family)})
    return {row["insight_id"]: row["after"] for row in rows if row["after"] in family}


def places(db: Database, insights: Collection[str]) -> dict[str, int | None]:
    """Where each of these insights, of those that there are, belongs; None for one that waits."""
    sql = """SELECT i.id, coalesce(m.leaf_id, (SELECT x.after FROM theme_moves x WHERE x.insight_id = i.id
            ORDER BY x.event_id DESC LIMIT 1)) AS leaf_id
        FROM insights i LEFT JOIN theme_members m ON m.insight_id = i.id
        WHERE i.id IN (SELECT value FROM json_each(?))"""
    return {row["id"]: row["leaf_id"] for row in db.query(sql, [json.dumps(sorted(insights))])}


def kinds_of(db: Database, insights: Collection[str]) -> set[str]:
    """The kinds of these insights."""
    sql = "SELECT DISTINCT kind FROM insights WHERE id IN (SELECT value FROM json_each(?))"
    return {row["kind"] for row in db.query(sql, [json.dumps(sorted(insights))])}


def number_at(db: Database, moment: str) -> int:
    """The number of the last event up to a moment (ISO 8601, or a date, which means its end); 0 before the first."""
    sql = "SELECT coalesce(max(id), 0) AS id FROM theme_events WHERE substr(at, 1, length(?)) <= ?"
    return int(next(iter(db.query(sql, [moment, moment])))["id"])


def standing_at(db: Database, number: int) -> dict[int, Standing]:
    """All themes as they stood after an event."""
    fields: dict[int, dict[str, Any]] = defaultdict(dict)
    for row in db.query("SELECT edits FROM theme_events WHERE id <= ? AND edits <> '[]' ORDER BY id", [number]):
        for theme, name, _, after in json.loads(row["edits"]):
            fields[theme][name] = after
    return {theme: Standing(theme, **values) for theme, values in fields.items()}


_EVENTS = "SELECT id, type, at, actor, reason, kind, theme_id, edits, moved, undoes, undone_by FROM theme_events"


def _recorded(db: Database, row: dict, *, moves: bool = False) -> Recorded:
    edits = tuple(Edit(*edit) for edit in json.loads(row.pop("edits")))
    moved: tuple[Move, ...] = ()
    if moves:
        sql = "SELECT insight_id, before, after FROM theme_moves WHERE event_id = ? ORDER BY insight_id"
        moved = tuple(Move(one["insight_id"], one["before"], one["after"]) for one in db.query(sql, [row["id"]]))
    event = Event(row.pop("type"), row.pop("theme_id"), edits, moved)
    return Recorded(event=event, **row)
