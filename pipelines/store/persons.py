"""Who is named in what is stored, as whom, and at which company."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlite_utils import Database

from insights.records import CrmRecord
from pipelines.store import crm


@dataclass(frozen=True, slots=True)
class Named:
    """A name or address as conversations have it, with the key of the company that it stands beside, "" for none."""

    name: str
    address: str
    account_key: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """Who is named in a conversation: every name, (name, address) and (name, job title) as they stand there, and the
    addresses that CRM records join it by."""

    id: str
    day: str
    names: tuple[str, ...]
    addressed: tuple[tuple[str, str], ...]
    titled: tuple[tuple[str, str], ...]
    known_by: frozenset[str]


def meetings_at(db: Database, accounts: Collection[str], addresses: Collection[str]) -> Iterator[Meeting]:
    """The conversations of these companies or with these addresses, with who is named in each."""
    sql = """SELECT id, substr(occurred_at, 1, 10) AS day, contact, job_title, rep, participants, (SELECT json_group_array(DISTINCT speaker)
            FROM utterances u WHERE u.conversation_id = c.id AND u.voice = 'verbatim') AS speakers,
            (SELECT json_group_array(substr(key, 7)) FROM conversation_keys k WHERE k.conversation_id = c.id
                AND k.key LIKE 'email:%') AS known_by
        FROM conversations c WHERE (account_key IN (SELECT value FROM json_each(?)) AND account_key <> '')
            OR EXISTS (SELECT 1 FROM json_each(participants) AS p WHERE lower(json_extract(p.value, '$.address'))
                IN (SELECT value FROM json_each(?)))
            OR id IN (SELECT conversation_id FROM conversation_keys WHERE key IN (SELECT 'email:' || value FROM json_each(?)))
        ORDER BY id"""
    wanted = json.dumps(sorted(addresses))
    for row in db.query(sql, [json.dumps(sorted(accounts)), wanted, wanted]):
        there = json.loads(row["participants"])
        names = (row["contact"], row["rep"], *(one["name"] for one in there), *json.loads(row["speakers"]))
        yield Meeting(
            row["id"], row["day"] or "", names, tuple((one["name"], one["address"].lower()) for one in there),
            ((row["contact"], row["job_title"]), *((one["name"], one.get("title", "")) for one in there)),
            frozenset(json.loads(row["known_by"])),
        )  # fmt: skip


def everybody(db: Database) -> list[Named]:
    """Everybody who takes part anywhere, each way of naming them once."""
    sql = """SELECT DISTINCT json_extract(p.value, '$.name') AS name, lower(json_extract(p.value, '$.address')) AS address,
            account_key FROM conversations, json_each(participants) AS p
        UNION SELECT contact, '', account_key FROM conversations WHERE contact <> ''
        UNION SELECT rep, '', account_key FROM conversations WHERE rep <> ''
        UNION SELECT u.speaker, '', c.account_key FROM utterances u JOIN conversations c ON c.id = u.conversation_id
            WHERE u.speaker <> '' AND u.voice = 'verbatim'
        UNION SELECT json_extract(content, '$.sender.name'), lower(json_extract(content, '$.sender.address')), '' FROM mails
        UNION SELECT json_extract(r.value, '$.name'), lower(json_extract(r.value, '$.address')), ''
            FROM mails, json_each(content, '$.recipients') AS r"""
    return [Named(row["name"] or "", row["address"] or "", row["account_key"]) for row in db.query(sql)]


def told(db: Database) -> Iterator[tuple[str, str, str]]:
    """(conversation, account key, text) of everything that was said, of every title and own field."""
    sql = """SELECT c.id, c.account_key, u.text FROM utterances u JOIN conversations c ON c.id = u.conversation_id
        UNION ALL SELECT id, account_key, title FROM conversations WHERE title <> ''
        UNION ALL SELECT c.id, c.account_key, f.value FROM conversation_fields f JOIN conversations c ON c.id = f.conversation_id"""
    yield from db.conn.execute(sql)


def nowhere(db: Database) -> Iterator[tuple[str, str]]:
    """(conversation, name) of everybody who takes part in a conversation that names no account."""
    sql = """SELECT id, contact FROM conversations WHERE account_key = '' AND contact <> ''
        UNION SELECT c.id, u.speaker FROM conversations c JOIN utterances u ON u.conversation_id = c.id
            WHERE c.account_key = '' AND u.speaker <> ''
        UNION SELECT c.id, json_extract(p.value, '$.name') FROM conversations c, json_each(c.participants) AS p
            WHERE c.account_key = '' AND json_extract(p.value, '$.address') = ''"""
    yield from db.conn.execute(sql)


def companies(db: Database, keys: Collection[str]) -> dict[str, str]:
    """How companies are written, by their keys: as most conversations have it."""
    sql = """SELECT account_key AS key, account, count(*) AS n FROM conversations
        WHERE account_key IN (SELECT value FROM json_each(?)) GROUP BY 1, 2 ORDER BY 3, 2 DESC"""
    return {key: key for key in keys} | {
        row["key"]: row["account"] for row in db.query(sql, [json.dumps(sorted(keys))])
    }


def unread(db: Database) -> Iterator[dict[str, str]]:
    """The rows that could not be read, as an upload's problems keep them: what stood in each column."""
    for (record,) in db.conn.execute("SELECT record FROM problems WHERE record NOT IN ('', '{}')").fetchall():
        told = json.loads(record)
        yield {str(name): value for name, value in told.items() if isinstance(value, str)}


def with_number(db: Database, digits: str) -> list[tuple[str, str]]:
    """(contact, account key) of conversations and CRM records whose fields hold a telephone number with these
    digits."""
    plain = (
        "replace(replace(replace(replace(replace(replace({}, ' ', ''), '-', ''), '(', ''), ')', ''), '.', ''), '/', '')"
    )
    sql = f"""SELECT DISTINCT c.contact AS name, c.account_key AS a FROM conversation_fields f
            JOIN conversations c ON c.id = f.conversation_id WHERE {plain.format("f.value")} LIKE ?
        UNION SELECT json_extract(r.content, '$.facts.contact'), lower(json_extract(r.content, '$.facts.account'))
            FROM crm_records r WHERE r.kind = 'contact' AND {plain.format("r.content")} LIKE ?"""
    pattern = f"%{digits}%"
    return [(row["name"] or "", row["a"] or "") for row in db.query(sql, [pattern, pattern])]


def records_of(db: Database, addresses: Collection[str], accounts: Collection[str]) -> list[CrmRecord]:
    return crm.by_keys(db, [*(f"email:{one}" for one in addresses), *(f"account:{one}" for one in accounts)])


def fields_of_contact(db: Database, names: Collection[str], accounts: Collection[str]) -> Iterator[dict[str, str]]:
    """The own fields of each conversation whose contact bears one of these names at one of these companies."""
    sql = """SELECT conversation_id AS c, json_group_object(f.name, f.value) AS fields FROM conversation_fields f
        JOIN conversations c ON c.id = f.conversation_id WHERE c.contact IN (SELECT value FROM json_each(?))
        AND c.account_key IN (SELECT value FROM json_each(?)) GROUP BY 1"""
    for row in db.query(sql, [json.dumps(sorted(names)), json.dumps(sorted(accounts))]):
        yield json.loads(row["fields"])


def fields_of(db: Database, conversation_ids: Collection[str]) -> Iterator[dict[str, str]]:
    """The own fields of each of these conversations."""
    sql = """SELECT json_group_object(name, value) AS fields FROM conversation_fields
        WHERE conversation_id IN (SELECT value FROM json_each(?)) GROUP BY conversation_id"""
    for row in db.query(sql, [json.dumps(sorted(conversation_ids))]):
        yield json.loads(row["fields"])
