"""Mail domains and names of who takes part in conversations, with and without an account: what an account can be told by."""

import json
from collections.abc import Iterator

from sqlite_utils import Database

from pipelines.store.counting import COUNTED

_THOSE = f"""FROM conversations c, json_each(c.participants) p
    WHERE {COUNTED} AND json_extract(p.value, '$.role') <> 'seller'
        AND instr(json_extract(p.value, '$.address'), '@')"""
_DOMAIN = "lower(substr(json_extract(p.value, '$.address'), instr(json_extract(p.value, '$.address'), '@') + 1))"


def of_accounts(db: Database) -> Iterator[tuple[str, str, str, int]]:
    """Domain, account as it is written, its key, and in how many of its conversations somebody has an address there."""
    sql = f"SELECT {_DOMAIN} AS domain, max(c.account), c.account_key, count(DISTINCT c.id) {_THOSE} AND c.account_key <> '' GROUP BY 1, 3"
    yield from db.execute(sql)


def without_account(db: Database) -> dict[str, set[str]]:
    """The conversations that count without an account, with the domains of who takes part in them, sellers left out."""
    sql = f"SELECT c.id, json_group_array({_DOMAIN}) {_THOSE} AND c.account = '' GROUP BY c.id"
    return {one: set(json.loads(domains)) for one, domains in db.execute(sql)}


def of_named_contacts(db: Database) -> Iterator[tuple[str, str, str, int]]:
    """Contact in full, account as it is written, its key, and in how many of its conversations they are the contact."""
    yield from db.execute(
        f"""SELECT trim(c.contact), max(c.account), c.account_key, count(*) FROM conversations c
        WHERE {COUNTED} AND c.account_key <> '' AND instr(trim(c.contact), ' ') GROUP BY 1, 3"""
    )


def people_without_account(db: Database) -> dict[str, set[str]]:
    """The conversations that count without an account, with the full names of who takes part in them, sellers left
    out."""
    sql = f"""SELECT c.id, json_group_array(trim(json_extract(p.value, '$.name'))) FROM conversations c, json_each(c.participants) p
        WHERE {COUNTED} AND c.account = '' AND json_extract(p.value, '$.role') <> 'seller'
            AND instr(trim(json_extract(p.value, '$.name')), ' ') GROUP BY c.id"""
    return {one: set(json.loads(names)) for one, names in db.execute(sql)}


def of_contacts(db: Database) -> Iterator[tuple[str, str]]:
    """The addresses of the CRM's contacts, with the account that each is of."""
    sql = """SELECT substr(k.key, 7), json_extract(r.content, '$.facts.account') FROM crm_keys k JOIN crm_records r ON r.id = k.record_id
        WHERE k.key >= 'email:' AND k.key < 'email;' AND r.kind = 'contact' AND json_extract(r.content, '$.facts.account') <> ''"""
    yield from db.execute(sql)


def of_websites(db: Database) -> Iterator[tuple[str, str, str]]:
    """The fields of the CRM's accounts that may hold a website: what each is called, what stands there, and the account."""
    sql = """SELECT f.key, f.value, json_extract(r.content, '$.facts.account') FROM crm_records r, json_each(r.content, '$.fields') f
        WHERE r.kind = 'account' AND json_extract(r.content, '$.facts.account') <> ''
            AND (f.key LIKE '%website%' OR f.key LIKE '%domain%') AND f.value <> ''"""
    yield from db.execute(sql)


def accounts(db: Database) -> dict[str, str]:
    """The accounts that conversations have: key -> as it is written."""
    sql = "SELECT account_key, max(account) FROM conversations WHERE account_key <> '' GROUP BY account_key"
    return dict(db.execute(sql))
