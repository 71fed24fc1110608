"""Conversations and their utterances: saved whole, once, and taken back whole.

A mail thread may grow with a later upload; everything else with the same id is the same content.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from sqlite_utils import Database

from insights.personas import persona
from insights.records import Conversation, Utterance, stable_id

Saved = Literal["new", "grown", "duplicate"]


@dataclass(frozen=True, slots=True)
class StoredUtterance:
    """An utterance with its permanent id and its place in the conversation."""

    id: str
    position: int
    speaker: str
    role: str
    voice: str
    text: str
    started_at: float | None = None


def utterance_id(conversation: Conversation, position: int, utterance: Utterance) -> str:
    """A mail is known by its Message-ID wherever it stands in the thread; a turn by its place."""
    return stable_id(conversation.id, utterance.source_id or position, utterance.text)


def field_key(header: str) -> str:
    """One name for a column however a file writes it: "Deal Size", "deal_size" and "DEAL SIZE" are `deal_size`."""
    return "_".join(re.findall(r"\w+", header.casefold())) or "field"


def save(db: Database, conversation: Conversation, *, batch_id: int) -> tuple[Saved, int]:
    """Store what is not there yet; return what happened and how many utterances are new.

    Call it inside `db.atomic()`: the caller decides how many conversations make one transaction.
    """
    ids = [utterance_id(conversation, n, u) for n, u in enumerate(conversation.utterances)]
    known = {row["id"] for row in db.query("SELECT id FROM utterances WHERE conversation_id = ?", [conversation.id])}
    exists = bool(known) or db.table("conversations").count_where("id = ?", [conversation.id]) > 0
    if not exists:
        _insert_conversation(db, conversation)
    fresh = [(i, u) for i, u in zip(ids, conversation.utterances, strict=True) if i not in known]
    if fresh:
        _insert_utterances(db, conversation, fresh, begin=len(known))
        if known:
            _reorder(db, conversation)
        _touch(db, conversation.id)
    db.table("sightings").insert_all(
        ({"batch_id": batch_id, "utterance_id": i} for i in dict.fromkeys(ids)),
        ignore=True,
        pk=("utterance_id", "batch_id"),
    )
    return ("new" if not exists else "grown" if fresh else "duplicate"), len(fresh)


def load(db: Database, conversation_id: str) -> tuple[dict, list[StoredUtterance]] | None:
    """One conversation as a plain dictionary (own fields under "fields") with its utterances in order."""
    row = next(iter(db.query("SELECT * FROM conversations WHERE id = ?", [conversation_id])), None)
    if row is None:
        return None
    own = db.query(
        "SELECT name, value FROM conversation_fields WHERE conversation_id = ? ORDER BY name", [conversation_id]
    )
    fields = {field["name"]: field["value"] for field in own}
    return {**row, "participants": json.loads(row["participants"]), "fields": fields}, utterances(db, conversation_id)


def utterances(db: Database, conversation_id: str) -> list[StoredUtterance]:
    rows = db.query(
        "SELECT id, position, speaker, role, voice, text, started_at FROM utterances "
        "WHERE conversation_id = ? ORDER BY position",
        [conversation_id],
    )
    return [StoredUtterance(**row) for row in rows]


def waiting(db: Database, finder_version: str, *, limit: int) -> list[str]:
    """The work list of the analysis: conversations that this finder has not read as they stand now."""
    sql = "SELECT id FROM conversations WHERE analysed <> content_hash || ? ORDER BY id LIMIT ?"
    return [row["id"] for row in db.query(sql, [finder_version, limit])]


def count_waiting(db: Database, finder_version: str) -> int:
    return db.table("conversations").count_where("analysed <> content_hash || ?", [finder_version])


def ids(db: Database) -> list[str]:
    return [row["id"] for row in db.query("SELECT id FROM conversations ORDER BY id")]


def set_roles(db: Database, conversation_id: str, roles: Mapping[str, str]) -> None:
    """Change the side of utterances (id -> role); the conversation is then read anew."""
    for utterance, role in roles.items():
        db.execute("UPDATE utterances SET role = ? WHERE id = ?", [role, utterance])
    if roles:
        db.execute("UPDATE conversations SET analysed = '' WHERE id = ?", [conversation_id])


def mark_analysed(db: Database, conversation_id: str, finder_version: str) -> None:
    db.execute("UPDATE conversations SET analysed = content_hash || ? WHERE id = ?", [finder_version, conversation_id])


def values(db: Database, column: str, *, limit: int = 200) -> list[str]:
    """The distinct values of a fact or own field, most frequent first: what a filter offers."""
    if column in {"persona", "seniority", "stage", "outcome", "rep", "account", "kind"}:
        sql = (
            f"SELECT {column} AS v FROM conversations WHERE {column} <> '' GROUP BY v ORDER BY count(*) DESC, v LIMIT ?"
        )
        return [row["v"] for row in db.query(sql, [limit])]
    sql = "SELECT value AS v FROM conversation_fields WHERE name = ? GROUP BY v ORDER BY count(*) DESC, v LIMIT ?"
    return [row["v"] for row in db.query(sql, [column, limit])]


def field_names(db: Database, *, most_values: int = 40) -> list[str]:
    """Own fields that are worth a filter: those with few different values."""
    sql = "SELECT name FROM conversation_fields GROUP BY name HAVING count(DISTINCT value) <= ? ORDER BY name"
    return [row["name"] for row in db.query(sql, [most_values])]


def remove_unseen(db: Database) -> int:
    """Delete utterances that no batch brings any more, then emptied conversations; return how many of these."""
    orphans = "SELECT id FROM utterances WHERE id NOT IN (SELECT utterance_id FROM sightings)"
    touched = [row["c"] for row in db.query(f"SELECT DISTINCT conversation_id AS c FROM utterances WHERE id IN ({orphans})")]
    db.execute(f"DELETE FROM utterances WHERE id IN ({orphans})")
    gone = db.execute("DELETE FROM conversations WHERE id NOT IN (SELECT conversation_id FROM utterances)").rowcount
    for conversation_id in touched:
        _touch(db, conversation_id)
    return gone


def texts(db: Database) -> Iterator[tuple[str, str]]:
    """Every utterance's id and text, for checks and exports."""
    for row in db.query("SELECT id, text FROM utterances ORDER BY id"):
        yield row["id"], row["text"]


def _insert_conversation(db: Database, conversation: Conversation) -> None:
    who = persona(conversation.job_title)
    db.table("conversations").insert(
        {
            "id": conversation.id, "kind": conversation.kind, "title": conversation.title,
            "occurred_at": conversation.occurred_at, "account": conversation.account, "contact": conversation.contact,
            "job_title": conversation.job_title, "persona": who.function, "seniority": who.seniority,
            "rep": conversation.rep, "stage": conversation.stage, "outcome": conversation.outcome,
            "file": conversation.file, "row": conversation.row, "content_hash": "",
            "participants": json.dumps([asdict(p) for p in conversation.participants], ensure_ascii=False),
        }
    )  # fmt: skip
    db.table("conversation_fields").insert_all(
        {"conversation_id": conversation.id, "name": name, "value": value}
        for name, value in {field_key(name): value for name, value in sorted(conversation.fields.items())}.items()
        if value
    )


def _insert_utterances(
    db: Database, conversation: Conversation, fresh: list[tuple[str, Utterance]], *, begin: int
) -> None:
    rows = {
        i: {
            "id": i, "conversation_id": conversation.id, "position": begin + n, "speaker": u.speaker, "role": u.role,
            "voice": u.voice, "text": u.text, "started_at": u.started_at, "ended_at": u.ended_at,
            "source_id": u.source_id,
        }
        for n, (i, u) in enumerate(fresh)
    }  # fmt: skip
    db.table("utterances").insert_all(rows.values())


def _reorder(db: Database, conversation: Conversation) -> None:
    # Threads grow at any place; the order is by time, and by the mail's own id where times are equal or missing.
    sql = """UPDATE utterances SET position = ordered.n FROM (
        SELECT id, row_number() OVER (ORDER BY started_at IS NULL, started_at, source_id, position) - 1 AS n
        FROM utterances WHERE conversation_id = :c) AS ordered
        WHERE utterances.id = ordered.id"""
    db.execute(sql, {"c": conversation.id})


def _touch(db: Database, conversation_id: str) -> None:
    rows = db.query("SELECT id FROM utterances WHERE conversation_id = ? ORDER BY position", [conversation_id])
    content = stable_id(*(row["id"] for row in rows))
    db.execute(
        "UPDATE conversations SET content_hash = ? WHERE id = ? AND content_hash <> ?",
        [content, conversation_id, content],
    )
