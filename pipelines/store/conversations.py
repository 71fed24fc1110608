"""Conversations and their utterances: saved whole, once, and taken back whole.

A mail thread may grow with a later upload; everything else with the same id is the same content. Facts are those of the
newest upload: a deal moves on while what was said stays.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from sqlite_utils import Database

from insights.formats.facts import FACTS
from insights.personas import persona
from insights.records import Conversation, Role, Utterance, Voice, stable_id
from pipelines.store import threads

Saved = Literal["new", "grown", "duplicate"]


@dataclass(frozen=True, slots=True)
class StoredUtterance:
    """An utterance with its permanent id and its place in the conversation."""

    id: str
    position: int
    speaker: str
    role: Role
    voice: Voice
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

    What is there already takes the facts that this upload gives. A mail thread goes where its other mails are.
    Call it inside `db.atomic()`: the caller decides how many conversations make one transaction.
    """
    joined = False
    if conversation.references:
        conversation, joined = threads.placed(db, conversation)
    exists = db.table("conversations").count_where("id = ?", [conversation.id]) > 0
    if exists:
        _update_facts(db, conversation)
    else:
        _insert_conversation(db, conversation)
    known, ids = _known(db, conversation)
    if conversation.references:
        threads.remember(db, conversation)
    fresh = [(i, u) for i, u in zip(ids, conversation.utterances, strict=True) if i not in known]
    if fresh:
        _insert_utterances(db, conversation, fresh, begin=len(known))
    if (fresh and known) or joined:
        threads.reorder(db, conversation.id)
    if fresh or joined:
        _touch(db, conversation.id)
    db.table("sightings").insert_all(
        ({"batch_id": batch_id, "utterance_id": i} for i in dict.fromkeys(ids)),
        ignore=True,
        pk=("utterance_id", "batch_id"),
    )
    return ("new" if not exists else "grown" if fresh or joined else "duplicate"), len(fresh)


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


def present(db: Database, conversation_id: str) -> set[str]:
    """The names of those who take part, case folded: the account, the people, and the parts of the people's names."""
    sql = """SELECT account, contact, rep FROM conversations WHERE id = :c
        UNION SELECT '', speaker, '' FROM utterances WHERE conversation_id = :c"""
    names: set[str] = set()
    for row in db.query(sql, {"c": conversation_id}):
        names.add(row["account"].casefold())
        for person in (row["contact"], row["rep"]):
            names.update((person.casefold(), *person.casefold().split()))
    return names - {""}


def waiting(db: Database, finder_version: str, *, limit: int) -> dict[str, str]:
    """The work list of the analysis: conversations that this finder has not read as they stand now, id -> content."""
    sql = "SELECT id, content_hash FROM conversations WHERE analysed <> content_hash || ? ORDER BY id LIMIT ?"
    return {row["id"]: row["content_hash"] for row in db.query(sql, [finder_version, limit])}


def contents(db: Database, conversation_ids: Iterable[str]) -> dict[str, str]:
    """The content hashes of those conversations that are still there."""
    ids = list(conversation_ids)
    sql = f"SELECT id, content_hash FROM conversations WHERE id IN ({', '.join('?' * len(ids))})"
    return {row["id"]: row["content_hash"] for row in db.query(sql, ids)}


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


def mark_analysed(db: Database, conversation_id: str, content: str, finder_version: str) -> None:
    """Note that `content` was read; what has been added since then is still to be read."""
    db.execute("UPDATE conversations SET analysed = ? WHERE id = ?", [content + finder_version, conversation_id])


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
    touched = [
        row["c"] for row in db.query(f"SELECT DISTINCT conversation_id AS c FROM utterances WHERE id IN ({orphans})")
    ]
    db.execute(f"DELETE FROM utterances WHERE id IN ({orphans})")
    gone = db.execute("DELETE FROM conversations WHERE id NOT IN (SELECT conversation_id FROM utterances)").rowcount
    for conversation_id in touched:
        threads.settle(db, conversation_id)
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
            "participants": _people(conversation),
        }
    )  # fmt: skip
    _save_fields(db, conversation)


def _save_fields(db: Database, conversation: Conversation) -> None:
    fields = {field_key(name): value for name, value in sorted(conversation.fields.items())}
    db.table("conversation_fields").upsert_all(
        ({"conversation_id": conversation.id, "name": name, "value": value} for name, value in fields.items() if value),
        pk=("conversation_id", "name"),
    )


def _update_facts(db: Database, conversation: Conversation) -> None:
    """Take the facts, own fields and people that the newest upload gives; what it leaves empty stays."""
    (row,) = db.query("SELECT * FROM conversations WHERE id = ?", [conversation.id])
    given = {name: value for name in FACTS if (value := getattr(conversation, name))}
    if conversation.job_title:
        who = persona(conversation.job_title)
        given |= {"persona": who.function, "seniority": who.seniority}
    given["participants"] = threads.with_people(row["participants"], _people(conversation))
    changed = {name: value for name, value in given.items() if row[name] != value}
    # Who takes part decides what the finder keeps (see `present`), so these are read again.
    if changed.keys() & {"account", "contact", "rep"}:
        changed["analysed"] = ""
    if changed:
        db.table("conversations").update(conversation.id, changed)
    _save_fields(db, conversation)


def _people(conversation: Conversation) -> str:
    return json.dumps([asdict(p) for p in conversation.participants], ensure_ascii=False)


def _known(db: Database, conversation: Conversation) -> tuple[set[str], list[str]]:
    """The ids of the utterances that are stored, and those of the conversation's own, each under its stored id.

    A mail keeps its id when its thread is joined to another, so it is looked up by its Message-ID.
    """
    sql = "SELECT id, source_id, text FROM utterances WHERE conversation_id = ?"
    rows = list(db.query(sql, [conversation.id]))
    mails = {(row["source_id"], row["text"]): row["id"] for row in rows if row["source_id"]}
    ids = [
        mails.get((u.source_id, u.text)) or utterance_id(conversation, n, u)
        for n, u in enumerate(conversation.utterances)
    ]
    return {row["id"] for row in rows}, ids


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


def _touch(db: Database, conversation_id: str) -> None:
    rows = db.query("SELECT id FROM utterances WHERE conversation_id = ? ORDER BY position", [conversation_id])
    content = stable_id(*(row["id"] for row in rows))
    db.execute(
        "UPDATE conversations SET content_hash = ? WHERE id = ? AND content_hash <> ?",
        [content, conversation_id, content],
    )
