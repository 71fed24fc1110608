"""What a quote may be used for, with its history, and where it was used. Known by the quote's id alone, so that it
waits while an upload is undone."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlite_utils import Database

STATES = ("internal", "anonymised", "approved")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a quote may be used for, said by whom and when; `id` is the number of the event, 0 where nobody said."""

    state: str = "internal"
    at: str = ""
    actor: str = ""
    note: str = ""
    id: int = 0
    undone_at: str = ""
    undone_by: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """Where a quote was used: `day` is an ISO date, "" if unknown."""

    id: int
    insight_id: str
    title: str
    address: str
    day: str
    at: str
    actor: str
    removed_at: str
    removed_by: str


def of(db: Database, insight_ids: Collection[str]) -> dict[str, Standing]:
    """The standing of those quotes of which somebody said something."""
    sql = """SELECT insight_id AS i, state, at, actor, note FROM quote_usage
        WHERE insight_id IN (SELECT value FROM json_each(?))"""
    rows = list(db.query(sql, [json.dumps(sorted(insight_ids))]))
    return {row.pop("i"): Standing(**row) for row in rows}


def unnamed(db: Database, utterance_ids: Collection[str]) -> dict[str, list[tuple[int, int]]]:
    """Where in these utterances quotes stand that may be used without names alone, those too that are not shown any
    more."""
    sql = """SELECT i.utterance_id, i.start, i.end FROM quote_usage u JOIN main.insights i ON i.id = u.insight_id
        WHERE u.state = 'anonymised' AND i.utterance_id IN (SELECT value FROM json_each(?))"""
    found: dict[str, list[tuple[int, int]]] = {}
    for utterance, start, end in db.execute(sql, [json.dumps(sorted(utterance_ids))]):
        found.setdefault(utterance, []).append((start, end))
    return found


def is_unnamed(db: Database, utterance_id: str, start: int, end: int) -> bool:
    """Whether a quote in this stretch of an utterance may be used without names alone."""
    return any(first < end and start < last for first, last in unnamed(db, [utterance_id]).get(utterance_id, ()))


def history(db: Database, insight_id: str) -> list[Standing]:
    """All that was said of a quote, the newest first."""
    sql = "SELECT id, state, at, actor, note, undone_at, undone_by FROM usage_events WHERE insight_id = ? ORDER BY id DESC"
    return [Standing(**row) for row in db.query(sql, [insight_id])]


def say(db: Database, insight_id: str, state: str, *, note: str, now: str, actor: str) -> int:
    sql = "INSERT INTO usage_events (insight_id, at, actor, state, note) VALUES (?, ?, ?, ?, ?)"
    return int(db.execute(sql, [insight_id, now, actor, state, note]).lastrowid or 0)


def unsay(db: Database, insight_id: str, event_id: int, *, now: str, actor: str) -> bool:
    sql = "UPDATE usage_events SET undone_at = ?, undone_by = ? WHERE id = ? AND insight_id = ? AND undone_at = ''"
    return db.execute(sql, [now, actor, event_id, insight_id]).rowcount > 0


def uses(db: Database, insight_id: str) -> list[Use]:
    """Where a quote was used, the newest first."""
    return uses_of(db, [insight_id]).get(insight_id, [])


def uses_of(db: Database, insight_ids: Collection[str]) -> dict[str, list[Use]]:
    """Where each of those quotes was used that was used anywhere, the newest first."""
    sql = """SELECT * FROM quote_uses WHERE insight_id IN (SELECT value FROM json_each(?)) AND removed_at = ''
        ORDER BY day DESC, id DESC"""
    found: dict[str, list[Use]] = {}
    for row in db.query(sql, [json.dumps(sorted(insight_ids))]):
        found.setdefault(row["insight_id"], []).append(Use(**row))
    return found


def add_use(db: Database, insight_id: str, *, title: str, address: str, day: str, now: str, actor: str) -> int:
    sql = "INSERT INTO quote_uses (insight_id, title, address, day, at, actor) VALUES (?, ?, ?, ?, ?, ?)"
    return int(db.execute(sql, [insight_id, title, address, day, now, actor]).lastrowid or 0)


def set_removed(db: Database, insight_id: str, use_id: int, *, at: str, by: str) -> bool:
    sql = "UPDATE quote_uses SET removed_at = ?, removed_by = ? WHERE id = ? AND insight_id = ? AND (removed_at = '') <> (? = '')"
    return db.execute(sql, [at, by, use_id, insight_id, at]).rowcount > 0
