"""Mails as they were read, and what ties them to each other. Threads are worked out from them, never the other way."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlite_utils import Database

from insights.formats import mail as reading
from insights.formats.mail import Mail
from insights.records import stable_id

_NO_THREAD = "-"


def place(mail: Mail) -> str:
    """Where an upload held the mail, as JSON: what `brought` notes of it."""
    return json.dumps({"file": mail.file, "row": mail.row}, ensure_ascii=False)


def item_id(mail: Mail) -> str:
    """What a mail is known by: its Message-ID and its content."""
    return stable_id("mail", mail.id, _content(mail))


def add(db: Database, mails: Sequence[Mail]) -> list[str]:
    """Store mails that are not there yet; they wait for a thread (see `waiting`). Returns the id of each.

    A mail is known by its Message-ID and its content: a truncated copy is another item of the same mail.
    """
    contents = [_content(mail) for mail in mails]
    ids = [stable_id("mail", mail.id, content) for mail, content in zip(mails, contents, strict=True)]
    rows = dict(zip(ids, zip(mails, contents, strict=True), strict=True))
    known = {
        row["id"]
        for row in db.query("SELECT id FROM mails WHERE id IN (SELECT value FROM json_each(?))", [json.dumps([*rows])])
    }
    fresh = {i: mail for i, mail in rows.items() if i not in known}
    db.conn.executemany("INSERT INTO mails (id, content) VALUES (?, ?)", [(i, text) for i, (_, text) in fresh.items()])
    db.conn.executemany(
        "INSERT OR IGNORE INTO mail_marks (mark, mail_id) VALUES (?, ?)",
        [(mark, i) for i, (mail, _) in fresh.items() for mark in reading.marks(mail)],
    )
    return ids


def waiting(db: Database, *, limit: int) -> list[str]:
    """The work list of threading: mails that are in no thread yet."""
    return [row["id"] for row in db.query("SELECT id FROM mails WHERE conversation_id = '' LIMIT ?", [limit])]


def count_waiting(db: Database) -> int:
    return db.table("mails").count_where("conversation_id = ''")


def connected(db: Database, ids: Iterable[str]) -> dict[str, tuple[Mail, str]]:
    """These mails and all that can be in a thread with them: id -> the mail, and the conversation it is in now."""
    found: dict[str, tuple[Mail, str]] = {}
    todo = set(ids)
    while todo:
        added = _load(db, todo)
        found |= added
        marks = sorted({mark for mail, _ in added.values() for mark in reading.sought(reading.marks(mail))})
        sql = "SELECT DISTINCT mail_id AS id FROM mail_marks WHERE mark IN (SELECT value FROM json_each(?))"
        todo = {row["id"] for row in db.query(sql, [json.dumps(marks)])} - found.keys()
    return found


def _load(db: Database, ids: Iterable[str]) -> dict[str, tuple[Mail, str]]:
    sql = """SELECT id, content, conversation_id,
            (SELECT said FROM brought WHERE item_id = mails.id ORDER BY batch_id LIMIT 1) AS place
        FROM mails WHERE id IN (SELECT value FROM json_each(?))"""
    return {row["id"]: (_mail(row), row["conversation_id"]) for row in db.query(sql, [json.dumps(sorted(ids))])}


def _mail(row: dict) -> Mail:
    return reading.from_dict(json.loads(row["content"]) | json.loads(row["place"] or "{}"))


def put(db: Database, places: Iterable[tuple[str, str]]) -> None:
    """Note the conversation that each mail is in now: (mail id, conversation id or "" for a mail without any words)."""
    db.conn.executemany(
        "UPDATE mails SET conversation_id = ? WHERE id = ?", [(into or _NO_THREAD, i) for i, into in places]
    )


def conversations_of(db: Database, ids: Iterable[str]) -> list[str]:
    sql = """SELECT DISTINCT conversation_id AS c FROM mails
        WHERE id IN (SELECT value FROM json_each(?)) AND conversation_id NOT IN ('', ?) ORDER BY c"""
    return [row["c"] for row in db.query(sql, [json.dumps(list(ids)), _NO_THREAD])]


def remove(db: Database, ids: Iterable[str]) -> None:
    db.execute("DELETE FROM mails WHERE id IN (SELECT value FROM json_each(?))", [json.dumps(list(ids))])


def _content(mail: Mail) -> str:
    """A mail without its place: the same mail in another file is no other mail."""
    return json.dumps(replace(mail, file="", row=None), ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: Any) -> dict[str, object]:
    """A record for JSON, one level deep: `dataclasses.asdict` copies everything first and takes ten times as long."""
    return dict(value) if isinstance(value, Mapping) else {name: getattr(value, name) for name in value.__slots__}


def mails_in(db: Database, conversation_ids: Iterable[str]) -> list[str]:
    """The mails of these conversations."""
    sql = "SELECT id FROM mails WHERE conversation_id IN (SELECT value FROM json_each(?)) ORDER BY id"
    return [row["id"] for row in db.query(sql, [json.dumps(list(conversation_ids))])]


def outcome(db: Database, batch_id: int) -> dict[str, int]:
    """What the mails that came first with this upload made: new threads, grown ones, and new utterances."""
    fresh = """SELECT m.id, m.conversation_id AS c, json_extract(m.content, '$.id') AS message FROM brought b
        JOIN mails m ON m.id = b.item_id WHERE b.batch_id = :batch AND b.kind = 'mail' AND NOT EXISTS
        (SELECT 1 FROM brought o WHERE o.item_id = b.item_id AND o.batch_id <> b.batch_id)"""
    sql = f"""WITH fresh AS MATERIALIZED ({fresh}), made AS MATERIALIZED (
            SELECT DISTINCT c, EXISTS (SELECT 1 FROM mails x WHERE x.conversation_id = c
                AND x.id NOT IN (SELECT id FROM fresh)) AS grew FROM fresh WHERE c NOT IN ('', '-'))
        SELECT (SELECT count(*) FROM made WHERE NOT grew) AS new, (SELECT count(*) FROM made WHERE grew) AS grown,
            (SELECT count(*) FROM utterances u JOIN made ON made.c = u.conversation_id
                WHERE NOT grew OR u.source_id IN (SELECT message FROM fresh)) AS utterances"""
    return next(iter(db.query(sql, {"batch": batch_id})))
