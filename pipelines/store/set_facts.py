"""Facts of conversations that people set by hand: events, known by the conversation's id, so that they wait while an
upload is undone and hold again when the same file comes once more."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class SetFact:
    """One fact of one conversation. `act` is the number of what was done at once, `was` what stood there before
    (of a date with its time and zone, where it had them)."""

    id: int
    act: int
    conversation_id: str
    at: str
    actor: str
    name: str
    value: str
    was: str
    undone_at: str
    undone_by: str


def add(db: Database, rows: Sequence[tuple[str, str, str, str]], *, now: str, actor: str) -> int:
    """Note (conversation id, name, value, what it was), all done at once; returns the act's number."""
    last = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'set_facts'").fetchone()
    act = (last[0] if last else 0) + 1
    sql = "INSERT INTO set_facts (act, conversation_id, at, actor, name, value, was) VALUES (?, ?, ?, ?, ?, ?, ?)"
    db.conn.executemany(sql, [(act, one, now, actor, name, value, was) for one, name, value, was in rows])
    return act


def of(db: Database, conversation_ids: Collection[str]) -> dict[str, dict[str, tuple[str | None, str]]]:
    """Conversation id → name → (the value that holds, None where all were taken back; what stood there before any)."""
    if not db.execute("SELECT EXISTS (SELECT 1 FROM set_facts)").fetchone()[0]:
        return {}
    sql = """SELECT conversation_id, name, value, was, undone_at FROM set_facts
        WHERE conversation_id IN (SELECT value FROM json_each(?)) ORDER BY id"""
    found: dict[str, dict[str, tuple[str | None, str]]] = defaultdict(dict)
    for row in db.query(sql, [json.dumps(sorted(conversation_ids))]):
        value, first = found[row["conversation_id"]].get(row["name"], (None, row["was"]))
        found[row["conversation_id"]][row["name"]] = (value if row["undone_at"] else row["value"], first)
    return found


def history(db: Database, conversation_id: str) -> list[SetFact]:
    """All that was set of a conversation, the newest first."""
    return [
        SetFact(**row)
        for row in db.query("SELECT * FROM set_facts WHERE conversation_id = ? ORDER BY id DESC", [conversation_id])
    ]


def of_act(db: Database, act: int) -> list[SetFact]:
    return [SetFact(**row) for row in db.query("SELECT * FROM set_facts WHERE act = ? ORDER BY id", [act])]


def latest(db: Database, conversation_id: str) -> int:
    """The number of the last act that holds on a conversation, 0 for none."""
    sql = "SELECT coalesce(max(act), 0) FROM set_facts WHERE conversation_id = ? AND undone_at = ''"
    return int(db.execute(sql, [conversation_id]).fetchone()[0])


def set_undone(db: Database, act: int, *, at: str, by: str) -> int:
    """Take an act back, or with `at` "" let it hold again; how many facts that changes."""
    sql = "UPDATE set_facts SET undone_at = ?, undone_by = ? WHERE act = ? AND (undone_at = '') <> (? = '')"
    return db.execute(sql, [at, by, act, at]).rowcount


def overtaken(db: Database, act: int) -> bool:
    """Whether somebody set one of an act's facts again since."""
    sql = """SELECT EXISTS (SELECT 1 FROM set_facts a JOIN set_facts b ON b.conversation_id = a.conversation_id
        AND b.name = a.name AND b.act > a.act AND b.undone_at = '' WHERE a.act = ?)"""
    return bool(db.execute(sql, [act]).fetchone()[0])
