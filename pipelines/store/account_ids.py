"""By which id the CRM knows an account: from columns of uploads, else from what CRM exports say of an account of its
name.

What one would get wrong: an account can have several. The one told last counts, where it was named alone; a cell that
names two companies does not say which is meant.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from insights.formats.tables.crm import account_ids, accounts_ids
from insights.once import accounts
from pipelines.store import crm
from pipelines.store.counting import COUNTED
from pipelines.store.covered import is_covered
from pipelines.store.remembered import per_state
from pipelines.store.units import ACCOUNT


@dataclass(frozen=True, slots=True)
class KnownAs:
    """The CRM's id of an account ("" where none was named alone), and the other ids that it was told with, the newest
    first."""

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
    # What conversations of an account say alike is told once, when it was told last: most say the same.
    sql = f"""SELECT account, keys, max(told) AS last FROM (
            SELECT {ACCOUNT} AS account, group_concat(k.key, char(10)) AS keys, coalesce(c.day, '') || ' ' || c.id AS told
            FROM conversation_keys k JOIN conversations c ON c.id = k.conversation_id
            WHERE {COUNTED} AND (k.key >= 'id:account:' AND k.key < 'id:account;' OR k.key >= 'id:001' AND k.key < 'id:002'
                OR k.key >= 'as:account:' AND k.key < 'as:account;') GROUP BY c.id)
        GROUP BY account, keys ORDER BY last"""
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for account, keys, _ in db.conn.execute(sql):
        found[account].append(account_ids(sorted(keys.split("\n"))))
    return {account: known for account, told in found.items() if (known := _of(told)) != NOT_KNOWN}


@per_state
def _recorded(db: Database) -> Mapping[str, KnownAs]:
    """By records of CRM exports: those of accounts before those of their deals and contacts; what an upload says at
    once counts as one telling."""
    newest = crm.newest(db)
    found: dict[tuple[str, bool], dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for record, account, is_account, ids in _read(db):
        found[account, is_account][newest.get(record, 0)].update(ids)
    told = {place: _of([tuple(sorted(ids)) for _, ids in sorted(uploads.items())]) for place, uploads in found.items()}
    return {account: known for (account, _), known in sorted(told.items()) if known != NOT_KNOWN}


@per_state
def _read(db: Database) -> Sequence[tuple[str, str, bool, tuple[str, ...]]]:
    """The records that say an account's id: their own, the account's key, whether it is the account's own record, and
    its ids. Kept apart from which upload was the newest, which changes with every upload."""
    return [
        (i, key, record.kind == "account", ids)
        for i, record in crm.of_accounts(db)
        if (key := accounts.account(record.facts["account"])) and (ids := accounts_ids(record))
    ]


def _of(told: Sequence[tuple[str, ...]]) -> KnownAs:
    """What comes of several tellings, the oldest first."""
    one = next((ids[0] for ids in reversed(told) if len(ids) == 1), "")
    return KnownAs(one, tuple(dict.fromkeys(other for ids in reversed(told) for other in ids if other != one)))
