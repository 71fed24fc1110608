"""By which id the CRM knows an account: from columns of uploads, else from what CRM exports say of an account of its name.

What one would get wrong: an account can have several. The one told last counts, where it was named alone; a cell that names two
companies does not say which is meant.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from insights.formats.tables.crm import account_ids, accounts_ids
from insights.once import accounts
from pipelines.store import crm
from pipelines.store.covered import is_covered
from pipelines.store.filters import COUNTED
from pipelines.store.remembered import per_state
from pipelines.store.units import ACCOUNT


@dataclass(frozen=True, slots=True)
class KnownAs:
    """The CRM's id of an account ("" where none was named alone), and the other ids that it was told with, the newest first."""

    id: str = ""
    others: tuple[str, ...] = ()


NOT_KNOWN = KnownAs()


def every(db: Database) -> Mapping[str, KnownAs]:
    """What the CRM knows each account by, by the account's key. Nothing for who sees no names: an id is one too."""
    return {} if is_covered(db) else {**_recorded(db), **_told(db)}


def crm_id(known: Mapping[str, KnownAs], account: str) -> str:
    return known.get(account, NOT_KNOWN).id


@per_state
def _told(db: Database) -> Mapping[str, KnownAs]:
    """By what the conversations themselves say."""
    sql = f"""SELECT {ACCOUNT} AS account, json_group_array(k.key) AS keys
        FROM conversation_keys k JOIN conversations c ON c.id = k.conversation_id
        WHERE {COUNTED} AND (k.key >= 'id:account:' AND k.key < 'id:account;' OR k.key >= 'id:001' AND k.key < 'id:002'
            OR k.key >= 'as:account:' AND k.key < 'as:account;')
        GROUP BY c.id ORDER BY c.day, c.id"""
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for account, keys in db.conn.execute(sql):
        found[account].append(account_ids(sorted(json.loads(keys))))
    return {account: known for account, told in found.items() if (known := _of(told)) != NOT_KNOWN}


@per_state
def _recorded(db: Database) -> Mapping[str, KnownAs]:
    """By records of CRM exports: those of accounts before those of their deals and contacts; what an upload says at once counts as one telling."""
    found: dict[tuple[str, bool], dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for record, upload in crm.of_accounts(db):
        if key := accounts.account(record.facts["account"]):
            found[key, record.kind == "account"][upload] += accounts_ids(record)
    told = {place: _of([tuple(sorted(set(ids))) for ids in uploads.values()]) for place, uploads in found.items()}
    return {account: known for (account, _), known in sorted(told.items()) if known != NOT_KNOWN}


def _of(told: Sequence[tuple[str, ...]]) -> KnownAs:
    """What comes of several tellings, the oldest first."""
    one = next((ids[0] for ids in reversed(told) if len(ids) == 1), "")
    return KnownAs(one, tuple(dict.fromkeys(other for ids in reversed(told) for other in ids if other != one)))
