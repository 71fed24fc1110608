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


def told(db: Database) -> Iterator[tuple[str, str]]:
    """(account key, text) of everything that was said, of every title and own field."""
    sql = """SELECT c.account_key, u.text FROM utterances u JOIN conversations c ON c.id = u.conversation_id
        UNION ALL SELECT account_key, title FROM conversations WHERE title <> ''
        UNION ALL SELECT c.account_key, f.value FROM conversation_fields f JOIN conversations c ON c.id = f.conversation_id"""
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
    """(contact, account key) of conversations and CRM records whose fields hold a telephone number with these digits."""
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
