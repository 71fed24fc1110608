"""What people said of own names, job titles and sides: every change with what stood before, so that each can be
undone."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlite_utils import Database

from insights.records import Competitor
from pipelines.store.counting import COUNTED
from pipelines.store.filters import phrase

Subject = Literal["product", "integration", "domain", "person", "persona", "side"]
# A linked conversation's title may be filled in from another telling of the meeting: its own is what a rule reads.
_OWN = """iif(filled LIKE '%"job_title"%', '', job_title)"""
_OWN_FUNCTION = """iif(filled LIKE '%"persona"%', 'unknown', persona)"""
_OWN_SENIORITY = """iif(filled LIKE '%"seniority"%', 'unknown', seniority)"""


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `before` and `after` are what the entry said, None where there was none; `undone_at` is "" while it
    holds."""

    id: int
    at: str
    actor: str
    subject: Subject
    name: str
    before: Any
    after: Any
    undone_at: str


@dataclass(frozen=True, slots=True)
class Titled:
    """A job title as it is read now, in how many conversations that count."""

    title: str
    function: str
    seniority: str
    conversations: int


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance in which something was said."""

    conversation_id: str
    position: int
    text: str
    account: str
    day: str


def note(db: Database, subject: Subject, name: str, before: Any, after: Any, *, now: str, actor: str) -> int:
    """Keep a change; return its number."""
    sql = "INSERT INTO catalogue_changes (at, actor, subject, name, before, after) VALUES (?, ?, ?, ?, ?, ?)"
    kept = ["" if value is None else json.dumps(value, ensure_ascii=False) for value in (before, after)]
    return int(db.execute(sql, [now, actor, subject, name, *kept]).lastrowid or 0)


def change(db: Database, number: int) -> Change | None:
    return next((_change(row) for row in db.query("SELECT * FROM catalogue_changes WHERE id = ?", [number])), None)


def between(db: Database, first: int, last: int) -> list[Change]:
    """The changes from one number to another, the oldest first."""
    sql = "SELECT * FROM catalogue_changes WHERE id BETWEEN ? AND ? ORDER BY id"
    return [_change(row) for row in db.query(sql, [first, last])]


def changes(db: Database, subjects: Sequence[Subject], *, limit: int = 20) -> list[Change]:
    """The latest changes of these subjects that hold, the latest first."""
    sql = f"""SELECT * FROM catalogue_changes WHERE undone_at = '' AND subject IN ({", ".join("?" * len(subjects))})
        ORDER BY id DESC LIMIT ?"""
    return [_change(row) for row in db.query(sql, [*subjects, limit])]


def later(db: Database, one: Change) -> Change | None:
    """The latest change of the same entry after this one that holds."""
    sql = (
        "SELECT * FROM catalogue_changes WHERE subject = ? AND name = ? AND id > ? AND undone_at = '' ORDER BY id DESC"
    )
    return next((_change(row) for row in db.query(sql, [one.subject, one.name, one.id])), None)


def mark_undone(db: Database, number: int, *, now: str) -> None:
    db.execute("UPDATE catalogue_changes SET undone_at = ? WHERE id = ?", [now, number])


def entries(db: Database, kind: str) -> list[Competitor]:
    """Own names of one kind with their other spellings, by name."""
    sql = "SELECT name, aliases FROM company WHERE kind = ? ORDER BY lower(name), name"
    return [Competitor(row["name"], tuple(json.loads(row["aliases"]))) for row in db.query(sql, [kind])]


def entry(db: Database, kind: str, name: str) -> Competitor | None:
    """An own name, whatever the case of its letters."""
    return next((one for one in entries(db, kind) if one.name.casefold() == name.casefold()), None)


def put(db: Database, kind: str, name: str, aliases: Sequence[str] | None) -> None:
    """Make an own name say this; None takes it out."""
    if aliases is None:
        db.execute("DELETE FROM company WHERE kind = ? AND name = ?", [kind, name])
        return
    sql = """INSERT INTO company (kind, name, aliases) VALUES (?, ?, ?)
        ON CONFLICT (kind, name) DO UPDATE SET aliases = excluded.aliases"""
    db.execute(sql, [kind, name, json.dumps(list(aliases), ensure_ascii=False)])


def titles(db: Database) -> list[Titled]:
    """Every job title with how it is read now, the most frequent first; the empty one is left out."""
    sql = f"""SELECT {_OWN} AS title, {_OWN_FUNCTION} AS function, {_OWN_SENIORITY} AS seniority,
            count(DISTINCT counted_as) AS conversations
        FROM conversations c WHERE {COUNTED} AND {_OWN} <> '' GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1"""
    return [Titled(**row) for row in db.query(sql)]


def count_titled(db: Database, wanted: Iterable[str]) -> int:
    """How many conversations that count have one of these job titles."""
    sql = f"""SELECT count(DISTINCT counted_as) AS n FROM conversations c
        WHERE {COUNTED} AND {_OWN} IN (SELECT value FROM json_each(?))"""
    return next(iter(db.query(sql, [json.dumps(list(wanted))])))["n"]


def untitled(db: Database) -> int:
    """How many conversations that count have no job title."""
    sql = f"SELECT count(DISTINCT counted_as) AS n FROM conversations c WHERE {COUNTED} AND job_title = ''"
    return next(iter(db.query(sql)))["n"]


def all_titles(db: Database) -> Iterator[tuple[str, str, str]]:
    """(title, function, seniority) as stored, of every conversation, copies too; each combination once."""
    sql = f"""SELECT DISTINCT {_OWN} AS title, {_OWN_FUNCTION} AS f, {_OWN_SENIORITY} AS s FROM conversations"""
    for row in db.query(sql):
        yield row["title"], row["f"], row["s"]


def set_persona(db: Database, title: str, function: str, seniority: str) -> list[str]:
    """Give the conversations of a job title this persona; return the ids of those that change."""
    where = f"{_OWN} = ? AND ({_OWN_FUNCTION} <> ? OR {_OWN_SENIORITY} <> ?)"
    sql = f"SELECT id FROM conversations WHERE job_title = ? AND {where}"
    ids = [row["id"] for row in db.query(sql, [title, title, function, seniority])]
    db.execute(
        """UPDATE conversations SET persona = ?, seniority = ?, filled = (SELECT coalesce(json_group_array(value), '[]')
            FROM json_each(filled) WHERE value NOT IN ('persona', 'seniority'))
        WHERE id IN (SELECT value FROM json_each(?))""",
        [function, seniority, json.dumps(ids)],
    )
    return ids


def said(db: Database, spellings: Sequence[str], *, limit: int = 3) -> tuple[int, int, list[Heard]]:
    """Where one of these phrases stands: conversations, accounts, and the newest places of different accounts."""
    if not (wanted := _any_of(spellings)):
        return 0, 0, []
    source = f"""FROM utterances_fts f JOIN utterances u ON u.rowid = f.rowid JOIN conversations c ON c.id = u.conversation_id
        WHERE utterances_fts MATCH ? AND {COUNTED}"""
    counts = f"SELECT count(DISTINCT c.counted_as) AS n, count(DISTINCT nullif(c.account_key, '')) AS a {source}"
    row = next(iter(db.query(counts, [wanted])))
    sql = f"""SELECT c.id AS conversation_id, u.position, u.text, c.account, c.day, max(c.day || u.id) AS newest {source}
        GROUP BY coalesce(nullif(c.account_key, ''), c.id) ORDER BY newest DESC LIMIT ?"""
    found = [
        Heard(one["conversation_id"], one["position"], one["text"], one["account"] or "", one["day"] or "")
        for one in db.query(sql, [wanted, limit])
    ]
    return row["n"], row["a"], found


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An utterance that holds a listed name in a conversation in which it is not counted. `standing` says why:
    "rejected" by a person, "doubted" for what people said of others, "" where no mention was found in it."""

    heard: Heard
    standing: str


def are_said_together(db: Database, some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether one utterance holds one of these phrases and one of the others."""
    one, other = _any_of(some), _any_of(others)
    sql = "SELECT 1 FROM utterances_fts WHERE utterances_fts MATCH ? LIMIT 1"
    return bool(one and other and db.execute(sql, [f"({one}) AND ({other})"]).fetchone())


def uncounted(db: Database, spellings: Sequence[str], ids: Iterable[str]) -> int:
    """In how many of the conversations where one of these phrases stands none of these mentions (their ids) counts."""
    if not (wanted := _any_of(spellings)):
        return 0
    values = {"words": wanted, "ids": json.dumps(list(ids))}
    return int(db.execute(f"SELECT count(DISTINCT c.counted_as) {_UNCOUNTED}", values).fetchone()[0])


def left_out(db: Database, spellings: Sequence[str], ids: Iterable[str], *, limit: int) -> list[LeftOut]:
    """What is said in these conversations, one utterance of each, the newest first."""
    if not (wanted := _any_of(spellings)):
        return []
    sql = f"""SELECT c.id AS conversation_id, u.position, u.text, coalesce(c.account, '') AS account,
            coalesce(c.day, '') AS day, min(u.position), coalesce((SELECT max(i.standing) FROM insights i
            WHERE i.conversation_id = c.id AND i.id IN (SELECT value FROM json_each(:ids))), '') AS standing
        {_UNCOUNTED} GROUP BY c.counted_as ORDER BY c.day DESC, c.id LIMIT :limit"""
    rows = db.query(sql, {"words": wanted, "ids": json.dumps(list(ids)), "limit": limit})
    told = ("conversation_id", "position", "text", "account", "day")
    return [LeftOut(Heard(*(row[key] for key in told)), row["standing"]) for row in rows]


def _any_of(spellings: Sequence[str]) -> str:
    return " OR ".join(phrase(one) for one in spellings if any(c.isalnum() for c in one))


_UNCOUNTED = f"""FROM utterances_fts f JOIN utterances u ON u.rowid = f.rowid
    JOIN conversations c ON c.id = u.conversation_id WHERE utterances_fts MATCH :words AND {COUNTED} AND c.counted_as NOT IN (
        SELECT d.counted_as FROM shown_insights i JOIN conversations d ON d.id = i.conversation_id
        WHERE i.id IN (SELECT value FROM json_each(:ids)))"""


def terms(db: Database) -> list[tuple[str, int]]:
    """Every word stem of what was said, with how many utterances hold it."""
    db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.said_terms USING fts5vocab('main', 'utterances_fts', 'row')")
    return [
        (row["term"], row["doc"]) for row in db.query("SELECT term, doc FROM temp.said_terms WHERE length(term) > 3")
    ]


def _change(row: dict) -> Change:
    return Change(**{**row, **{key: json.loads(row[key]) if row[key] else None for key in ("before", "after")}})
