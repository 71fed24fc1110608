"""Deals, contacts and accounts from CRM exports, found by the ids, addresses and names that they are known by."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from sqlite_utils import Database

from insights.merging import folded, identity
from insights.records import CrmRecord, stable_id
from pipelines.chunks import chunks

RECORDS_AT_ONCE = 500
JOINED_BY = 1  # raised when records reach conversations by other rules: what they reach is then settled anew, once


def item_id(record: CrmRecord) -> str:
    """A record is known by what it says, wherever it stood."""
    return stable_id("record", record.kind, json.dumps(_said(record), sort_keys=True))


def add(db: Database, records: Sequence[CrmRecord]) -> None:
    """Store records that are not there yet."""
    rows = {item_id(record): record for record in records}
    db.conn.executemany(
        "INSERT OR IGNORE INTO crm_records (id, kind, content) VALUES (?, ?, ?)",
        [(i, r.kind, json.dumps(_said(r), ensure_ascii=False)) for i, r in rows.items()],
    )
    db.conn.executemany(
        "INSERT OR IGNORE INTO crm_keys (key, record_id) VALUES (?, ?)",
        [(key, i) for i, r in rows.items() for key in {*r.keys, *map(folded, r.keys)}],
    )


def is_empty(db: Database) -> bool:
    return not list(db.query("SELECT 1 FROM crm_records LIMIT 1"))


def by_keys(db: Database, keys: Iterable[str]) -> list[CrmRecord]:
    """The records that are known by any of these keys, those of the newest upload first."""
    sql = """SELECT r.kind, r.content, (SELECT max(batch_id) FROM brought WHERE item_id = r.id) AS newest FROM crm_records r
        WHERE r.id IN (SELECT record_id FROM crm_keys WHERE key IN (SELECT value FROM json_each(?)))
        ORDER BY newest DESC, r.id"""
    return [_record(row["kind"], row["content"]) for row in db.query(sql, [json.dumps(sorted(set(keys)))])]


def of_accounts(db: Database) -> Iterator[tuple[str, CrmRecord]]:
    """The records that name an account, with their ids."""
    sql = "SELECT id, kind, content FROM crm_records WHERE json_extract(content, '$.facts.account') <> '' ORDER BY id"
    for i, kind, content in db.conn.execute(sql):
        yield i, _record(kind, content)


def fields_of_accounts(db: Database) -> list[dict]:
    """The further fields of contacts and accounts that name their account, as `name`, `value`, `contact` (as written, "" for an
    account's record or where none stands), `kind` and the `day` of the newest upload that brought it."""
    sql = """SELECT r.kind, f.key AS name, f.value, json_extract(r.content, '$.facts.account') AS account,
            coalesce(json_extract(r.content, '$.facts.contact'), '') AS contact,
            (SELECT substr(max(a.created_at), 1, 10) FROM brought b JOIN batches a ON a.id = b.batch_id WHERE b.item_id = r.id) AS day
        FROM crm_records r, json_each(r.content, '$.fields') f
        WHERE r.kind IN ('contact', 'account') AND account <> '' AND day IS NOT NULL ORDER BY day, r.id"""
    return list(db.query(sql))


def every_key(db: Database) -> list[str]:
    return [row["key"] for row in db.query("SELECT DISTINCT key FROM crm_keys ORDER BY key")]


def newest(db: Database) -> dict[str, int]:
    """The newest upload that brought each record."""
    sql = "SELECT item_id, max(batch_id) FROM brought WHERE kind = 'record' GROUP BY item_id"
    return dict(db.conn.execute(sql).fetchall())


def replaced(db: Database, batch_id: int) -> Iterator[tuple[str, CrmRecord, CrmRecord]]:
    """Each record of an upload that the last upload before it had otherwise: its id, the record, and the former one."""
    mine = """SELECT r.id, r.kind, r.content FROM brought b JOIN crm_records r ON r.id = b.item_id
        WHERE b.batch_id = ? AND b.kind = 'record' ORDER BY r.kind, r.id"""
    earlier = """SELECT r.id, r.kind, r.content, (SELECT max(batch_id) FROM brought WHERE item_id = r.id AND batch_id < :batch) AS last
        FROM crm_records r WHERE last IS NOT NULL AND r.id IN (
            SELECT record_id FROM crm_keys WHERE key IN (SELECT value FROM json_each(:keys))) ORDER BY last, r.id"""
    for some in chunks(db.query(mine, [batch_id]), RECORDS_AT_ONCE):
        new = {row["id"]: _record(row["kind"], row["content"]) for row in some}
        keys = sorted({key for one in new.values() for key in one.keys})
        last: dict[tuple[str, str], tuple[str, CrmRecord]] = {}
        for row in db.query(earlier, {"batch": batch_id, "keys": json.dumps(keys)}):
            old = _record(row["kind"], row["content"])
            last[old.kind, identity(old)] = (row["id"], old)
        for i, one in new.items():
            former, old = last.get((one.kind, identity(one)), (i, one))
            if former != i:
                yield i, one, old


def keys_of(db: Database, ids: Iterable[str]) -> list[str]:
    """What these records are known by."""
    sql = "SELECT DISTINCT key FROM crm_keys WHERE record_id IN (SELECT value FROM json_each(?)) ORDER BY key"
    return [row["key"] for row in db.query(sql, [json.dumps(list(ids))])]


def remove(db: Database, ids: Iterable[str]) -> None:
    db.execute("DELETE FROM crm_records WHERE id IN (SELECT value FROM json_each(?))", [json.dumps(list(ids))])


def _said(record: CrmRecord) -> dict:
    return {"keys": list(record.keys), "facts": dict(record.facts), "fields": dict(record.fields)}


def _record(kind: Literal["deal", "contact", "account"], content: str) -> CrmRecord:
    value = json.loads(content)
    return CrmRecord(kind, tuple(value["keys"]), value["facts"], value["fields"])


def brought_by(db: Database, batch_id: int) -> list[str]:
    """The records that an upload brought."""
    sql = "SELECT item_id AS id FROM brought WHERE batch_id = ? AND kind = 'record' ORDER BY 1"
    return [row["id"] for row in db.query(sql, [batch_id])]


def conversations_of(db: Database, keys: Iterable[str]) -> list[str]:
    """The conversations that records of these keys may be about."""
    sql = """SELECT conversation_id AS id FROM conversation_keys WHERE key IN (SELECT value FROM json_each(:keys))
        UNION SELECT id FROM conversations WHERE account_key <> ''
            AND 'account:' || account_key IN (SELECT value FROM json_each(:keys)) ORDER BY 1"""
    return [row["id"] for row in db.query(sql, {"keys": json.dumps(list(keys))})]
