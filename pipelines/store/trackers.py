"""Trackers with their versions and hits. Hits of a new version show when it has been through the whole history, all at
once.

A hit says that a sentence is meant; who said it, whether its conversation counts, and whether it is boilerplate are
asked when hits are read, so that an undo, a corrected side or a copy found later needs no new search.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from insights.records import text_hash
from insights.trackers import Tracker, from_dict, to_dict
from pipelines.store.covered import COVER, is_covered
from pipelines.store.filters import HIT_COUNTS, HITS, OUTCOME
from pipelines.store.insights import NotVerbatim


@dataclass(frozen=True, slots=True)
class Saved:
    """A tracker as it is stored. `applied` is the version whose hits show (0: none yet), `reached` the last sentence
    that `version` has looked at; `models` names the encoder and the sketcher that it was learnt with."""

    id: int
    tracker: Tracker
    version: int
    applied: int
    reached: int
    status: str
    created_at: str
    changed_at: str
    models: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How far a tracker reaches: conversations and accounts, the last day, and conversations by month, the oldest
    first.

    `own` of the hits are the buyer's own words, `reported` a rep's note about the buyer; the rest said our side, or
    somebody whose side is not known.
    """

    hits: int
    own: int
    reported: int
    conversations: int
    accounts: int
    last: str
    months: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A sentence with everything a reader needs beside it: `text` is the utterance from `start` to `end`, verbatim."""

    utterance_id: str
    start: int
    end: int
    text: str
    confidence: float
    why: str
    conversation_id: str
    position: int
    speaker: str
    role: str
    voice: str
    title: str
    day: str
    channel: str
    account: str
    job_title: str
    persona: str
    stage: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Row:
    """A hit to be stored; `passage` is the boilerplate key of the passage that it stands in, "" for none."""

    utterance_id: str
    start: int
    end: int
    text_hash: str
    confidence: float
    why: str
    passage: str = ""


def add(db: Database, tracker: Tracker, learnt: bytes, *, models: str, now: str, actor: str) -> int:
    """Store a tracker as its first version; return its permanent id. Call it inside `db.atomic()`."""
    sql = "INSERT INTO trackers (name, said_by, created_at) VALUES (?, ?, ?)"
    tracker_id = int(db.execute(sql, [tracker.name, tracker.said_by, now]).lastrowid or 0)
    _version(db, tracker_id, 1, tracker, learnt, models=models, now=now, actor=actor)
    return tracker_id


def change(db: Database, tracker_id: int, tracker: Tracker, learnt: bytes, *, models: str, now: str, actor: str) -> int:
    """Store a new version, which looks at the history from its start; inside `db.atomic()`."""
    sql = """UPDATE trackers SET version = version + 1, reached = 0, name = ?, said_by = ? WHERE id = ?
        RETURNING version"""
    version = next(iter(db.execute_returning_dicts(sql, [tracker.name, tracker.said_by, tracker_id])))["version"]
    _version(db, tracker_id, version, tracker, learnt, models=models, now=now, actor=actor)
    return version


def set_status(db: Database, tracker_id: int, status: str) -> None:
    db.execute("UPDATE trackers SET status = ? WHERE id = ?", [status, tracker_id])


def get(db: Database, tracker_id: int) -> Saved | None:
    return next((_saved(row) for row in db.query(f"{_SAVED} WHERE t.id = ?", [tracker_id])), None)


def every(db: Database, status: str = "active") -> list[Saved]:
    return [_saved(row) for row in db.query(f"{_SAVED} WHERE t.status = ? ORDER BY t.id", [status])]


def learnt(db: Database, tracker_id: int, version: int) -> bytes:
    sql = "SELECT learnt FROM tracker_versions WHERE tracker_id = ? AND version = ?"
    return next(iter(db.query(sql, [tracker_id, version])))["learnt"]


def versions(db: Database, tracker_id: int) -> list[tuple[int, Tracker, str, str]]:
    """Every version, the oldest first: number, what it says, when, and who made it."""
    sql = "SELECT version, content, at, actor FROM tracker_versions WHERE tracker_id = ? ORDER BY version"
    return [
        (row["version"], from_dict(json.loads(row["content"])), row["at"], row["actor"])
        for row in db.query(sql, [tracker_id])
    ]


def advance(db: Database, saved: Saved, rows: Sequence[Row], *, reached: int) -> bool:
    """Store what `saved.version` found up to sentence `reached`; False when another process was first, or edited it.

    Call it inside `db.atomic()`.
    """
    sql = "UPDATE trackers SET reached = ? WHERE id = ? AND version = ? AND reached = ?"
    if not db.execute(sql, [reached, saved.id, saved.version, saved.reached]).rowcount:
        return False
    # What was undone meanwhile has no utterance any more.
    sql = """INSERT OR IGNORE INTO tracker_hits (tracker_id, version, utterance_id, start, end, text_hash, confidence, why, passage)
        SELECT ?, ?, id, ?, ?, ?, ?, ?, ? FROM utterances WHERE id = ?"""
    db.conn.executemany(
        sql,
        [
            (saved.id, saved.version, r.start, r.end, r.text_hash, r.confidence, r.why, r.passage, r.utterance_id)
            for r in rows
        ],
    )
    return True


def show(db: Database, saved: Saved) -> None:
    """Let the hits of `saved.version` be seen, and forget those of earlier ones; inside `db.atomic()`."""
    sql = "UPDATE trackers SET applied = version WHERE id = ? AND version = ? AND reached = ?"
    if db.execute(sql, [saved.id, saved.version, saved.reached]).rowcount:
        db.execute("DELETE FROM tracker_hits WHERE tracker_id = ? AND version <> ?", [saved.id, saved.version])


def counts(db: Database, saved: Saved) -> Counts:
    condition = f"h.tracker_id = ? AND {HIT_COUNTS}"
    sql = f"""SELECT count(*) AS hits, {_BY_VOICE}, count(DISTINCT c.counted_as) AS conversations,
        count(DISTINCT nullif(c.account_key, '')) AS accounts, coalesce(max(c.day), '') AS last {HITS} WHERE {condition}"""
    row = next(iter(db.query(sql, [saved.id])))
    months = f"""SELECT substr(c.day, 1, 7) AS month, count(DISTINCT c.counted_as) AS n {HITS}
        WHERE {condition} AND c.day <> '' GROUP BY month ORDER BY month"""
    return Counts(**row, months=tuple((r["month"], r["n"]) for r in db.query(months, [saved.id])))


def hits(db: Database, saved: Saved, *, after: str = "", limit: int = 25) -> list[Found]:
    """Hits that count, newest first; `after` is the cursor of the last one shown. Raises NotVerbatim."""
    condition, values = f"h.tracker_id = ? AND {HIT_COUNTS}", [saved.id]
    if after:
        day, utterance, start = after.split("~")
        condition += " AND (c.day, h.utterance_id, h.start) < (?, ?, ?)"
        values += [day, utterance, int(start)]  # type: ignore[list-item]
    sql = f"""SELECT h.utterance_id, h.start, h.end, h.confidence, h.why, h.text_hash, {FACTS} {HITS}
        WHERE {condition} ORDER BY c.day DESC, h.utterance_id DESC, h.start DESC LIMIT ?"""
    hidden = {"account": ""} if is_covered(db) else {}
    return [_found(row | hidden) for row in db.query(sql, [*values, limit])]


def cursor(found: Found) -> str:
    return f"{found.day}~{found.utterance_id}~{found.start}"


def facts(db: Database, utterance_ids: Iterable[str]) -> dict[str, dict]:
    """Utterances by id with their text, language, side and the facts of their conversations."""
    sql = f"""SELECT u.id AS utterance_id, u.language, c.standing, c.counted_as, {FACTS} FROM utterances u
        JOIN conversations c ON c.id = u.conversation_id WHERE u.id IN (SELECT value FROM json_each(?))"""
    return {row["utterance_id"]: row for row in db.query(sql, [json.dumps(list(utterance_ids))])}


def holding(db: Database, keys: Sequence[str], *, after: int, until: int) -> list[tuple[str, str]]:
    """(id, text) of utterances with sentences after one id and up to another that hold one of the keys; all for [].

    A key is in plain lower-case letters; the case of the text does not matter.
    """
    some = " OR ".join("instr(lower(text), ?)" for _ in keys) or "1"
    sql = f"""SELECT id, text FROM utterances WHERE id IN (SELECT utterance_id FROM sentences WHERE id > ? AND id <= ?)
        AND ({some}) ORDER BY id"""
    return [(row["id"], row["text"]) for row in db.query(sql, [after, until, *keys])]


FACTS = f"""u.text AS utterance, u.conversation_id, u.position, u.speaker, u.role, u.voice, c.title, c.day, c.kind AS channel, c.account,
    c.job_title, c.persona, c.stage, {OUTCOME} AS outcome"""
# Whose words hits are: a note is a rep's, whoever it is about.
_BY_VOICE = """coalesce(sum(u.role = 'buyer' AND u.voice <> 'reported'), 0) AS own,
    coalesce(sum(u.voice = 'reported'), 0) AS reported"""
_SAVED = """SELECT t.*, v.content, v.at, v.models FROM trackers t
    JOIN tracker_versions v ON v.tracker_id = t.id AND v.version = t.version"""


def _saved(row: dict) -> Saved:
    tracker = replace(from_dict(json.loads(row["content"])), name=row["name"])
    return Saved(
        row["id"], tracker, row["version"], row["applied"], row["reached"], row["status"], row["created_at"], row["at"],
        row["models"],
    )  # fmt: skip


def _found(row: dict) -> Found:
    text = row.pop("utterance")[row["start"] : row["end"]]
    if text_hash(text) != row.pop("text_hash") and COVER not in text:
        raise NotVerbatim(row["utterance_id"])
    return Found(text=text, **row)


def _version(
    db: Database, tracker_id: int, version: int, tracker: Tracker, learnt: bytes, *, models: str, now: str, actor: str
) -> None:
    sql = "INSERT INTO tracker_versions (tracker_id, version, content, learnt, models, at, actor) VALUES (?, ?, ?, ?, ?, ?, ?)"
    content = json.dumps(to_dict(tracker), ensure_ascii=False)
    db.execute(sql, [tracker_id, version, content, learnt, models, now, actor])
