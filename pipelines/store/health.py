"""What must hold in a sound database, asked of the database: quotes as they were said, the index, the ledger,
references.

Every function reads only, but for those whose name begins with `rebuild`, which the caller runs inside `db.atomic()`.
"""

import json
import sqlite3
from collections.abc import Iterator

from sqlite_utils import Database

from insights.ledger_rules import Standing
from pipelines.store import state, theme_events
from pipelines.store.theme_events import COLUMNS

# Rows that refer to others without a foreign key (undo and redo need that): what is left over means that work was lost.
LEFT_OVER = {
    "conversations that count as one that is not there": """SELECT count(*) FROM conversations
        WHERE counted_as NOT IN (SELECT id FROM conversations)""",
    "insights that name another conversation than their utterance's": """SELECT count(*) FROM insights i
        JOIN utterances u ON u.id = i.utterance_id WHERE u.conversation_id <> i.conversation_id""",
    "conversations that no upload brought": """SELECT count(*) FROM conversations c
        WHERE NOT EXISTS (SELECT 1 FROM brought b WHERE b.item_id = c.id AND b.kind = 'conversation')
        AND NOT EXISTS (SELECT 1 FROM mails m WHERE m.conversation_id = c.id)""",
    "mails in a thread that is not there": """SELECT count(*) FROM mails WHERE conversation_id NOT IN ('', '-')
        AND conversation_id NOT IN (SELECT id FROM conversations)""",
    "conversations that an upload brought and that are not there": """SELECT count(*) FROM brought
        WHERE kind = 'conversation' AND item_id NOT IN (SELECT id FROM conversations)""",
    "mails that an upload brought and that are not there": """SELECT count(*) FROM brought
        WHERE kind = 'mail' AND item_id NOT IN (SELECT id FROM mails)""",
    "CRM records that an upload brought and that are not there": """SELECT count(*) FROM brought
        WHERE kind = 'record' AND item_id NOT IN (SELECT id FROM crm_records)""",
}  # fmt: skip


def left_over(db: Database) -> dict[str, int]:
    """How many rows there are of each kind that should have none; those without are left out."""
    found = {what: int(db.conn.execute(sql).fetchone()[0]) for what, sql in LEFT_OVER.items()}
    return {what: count for what, count in found.items() if count}


def quotes(db: Database) -> Iterator[tuple[str, int, int, str, str, str]]:
    """(id, start, end, text, hash, what was said) of every insight."""
    sql = """SELECT i.id, i.start, i.end, i.text, i.text_hash, u.text FROM insights i
        JOIN utterances u ON u.id = i.utterance_id"""
    return iter(db.conn.execute(sql))


def index_agrees(db: Database) -> bool:
    """Whether the search index says what the utterances say. It is asked by what SQLite counts as a write."""
    try:
        db.conn.execute("INSERT INTO utterances_fts (utterances_fts, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CORRUPT:
            return False
        raise
    return True


def rebuild_index(db: Database) -> None:
    db.execute("INSERT INTO utterances_fts (utterances_fts) VALUES ('rebuild')")


def vectors(db: Database, encoder: str, size: int) -> dict[str, int]:
    """Of the quotes' texts: how many there are, how many have no vector of this encoder (`size` is a vector's bytes),
    how many vectors have another size, and how many are of another encoder."""
    sql = """SELECT count(DISTINCT i.text_hash), count(DISTINCT i.text_hash) FILTER (WHERE v.vector IS NULL)
        FROM shown_insights i LEFT JOIN vectors v ON v.text_hash = i.text_hash AND v.encoder = ?"""
    texts, missing = db.conn.execute(sql, [encoder]).fetchone()
    sql = "SELECT count(*) FILTER (WHERE encoder = ? AND length(vector) <> ?), count(*) FILTER (WHERE encoder <> ?) FROM vectors"
    odd, others = db.conn.execute(sql, [encoder, size, encoder]).fetchone()
    return {"texts": texts, "missing": missing, "odd": odd, "others": others}


def themes_astray(db: Database) -> list[int]:
    """The themes that do not stand as the ledger says."""
    told = theme_events.standing_at(db, theme_events.last(db))
    there = {row["id"]: row for row in db.query("SELECT * FROM themes")}
    wrong = [number for number, theme in told.items() if number not in there or _stands(there[number]) != theme]
    # A theme without an event was reserved and never made: it stands nowhere.
    return sorted(wrong + [number for number, row in there.items() if number not in told and row["status"]])


def _stands(row: dict) -> Standing:
    values = {name: row[column] for name, column in COLUMNS.items()}
    return Standing(row["id"], **{**values, "pinned": bool(values["pinned"])})


# The place of every insight that is there by its last move, as `store.theme_events` writes it.
_PLACES = """SELECT i.id AS insight_id, coalesce(t.parent_id, t.id) AS theme_id, t.id AS leaf_id, last.confidence
    FROM (SELECT insight_id, after, confidence, max(event_id) FROM theme_moves GROUP BY insight_id) AS last
    JOIN insights i ON i.id = last.insight_id JOIN themes t ON t.id = last.after"""


def members_astray(db: Database) -> int:
    """How many insights are not in the theme that the ledger has them in, or in one that it does not."""
    members = "SELECT insight_id, theme_id, leaf_id, confidence FROM theme_members"
    sql = f"""SELECT count(DISTINCT insight_id) FROM (SELECT * FROM (SELECT * FROM ({_PLACES}) EXCEPT {members})
        UNION ALL SELECT * FROM ({members} EXCEPT SELECT * FROM ({_PLACES})))"""
    return int(db.conn.execute(sql).fetchone()[0])


def rebuild_themes(db: Database) -> None:
    """Have the themes and what belongs to them stand as the ledger says."""
    sql = f"UPDATE themes SET {', '.join(f'{column} = ?' for column in COLUMNS.values())} WHERE id = ?"
    for number, theme in theme_events.standing_at(db, theme_events.last(db)).items():
        db.execute(sql, [*(getattr(theme, name) for name in COLUMNS), number])
    db.execute("DELETE FROM theme_members")
    db.execute(f"INSERT INTO theme_members (insight_id, theme_id, leaf_id, confidence) {_PLACES}")


def stuck(db: Database, *, stale_before: str, since: str) -> dict[str, list[int]]:
    """The numbers of jobs that run without a sign of life, that wait, and that failed since a moment (ISO 8601)."""
    sql = """SELECT id, iif(status = 'running', 'silent', status) AS how FROM jobs WHERE status = 'waiting'
        OR (status = 'running' AND heartbeat_at < ?) OR (status = 'failed' AND finished_at >= ?) ORDER BY id"""
    found: dict[str, list[int]] = {"silent": [], "waiting": [], "failed": []}
    for row in db.query(sql, [stale_before, since]):
        found[row["how"]].append(row["id"])
    return found


def wanted_uploads(db: Database) -> set[str]:
    """The folders of uploads that a job will read or try."""
    rows = db.query("SELECT arguments FROM jobs WHERE status IN ('waiting', 'running')")
    told = [json.loads(row["arguments"]) for row in rows]
    return {str(one[name]) for one in told for name in ("path", "folder") if one.get(name)}


def half_read(db: Database) -> list[tuple[int, str]]:
    """(number, title) of uploads whose reading began and that no job will go on with."""
    sql = "SELECT id, title FROM batches WHERE status = 'reading' AND reader <> '' ORDER BY id"
    return [(row["id"], row["title"]) for row in db.query(sql)]


def sketcher(db: Database) -> str:
    """The name of what sentences were sketched with, "" before the first."""
    return state.get(db, "sketcher") or ""


def jobs_by_state(db: Database) -> dict[str, int]:
    """How many jobs there are in each state, all states named."""
    found = {row["status"]: row["n"] for row in db.query("SELECT status, count(*) AS n FROM jobs GROUP BY status")}
    return {state: found.get(state, 0) for state in ("waiting", "running", "done", "failed")}


def row_counts(db: Database) -> dict[str, int]:
    """How many rows the tables have that grow with what is uploaded."""
    names = ("conversations", "utterances", "insights", "themes", "theme_events", "vectors")
    return {name: int(db.conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0]) for name in names}
