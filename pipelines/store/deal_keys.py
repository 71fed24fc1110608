"""Which deal each conversation belongs to, from the columns in memory: the same as `units.DEAL`, without looking at all
conversations for one."""

import json
from collections.abc import Collection

import numpy as np
from sqlite_utils import Database

from pipelines.store import columns
from pipelines.store.column_store import Array
from pipelines.store.columns import Codes, Told
from pipelines.store.remembered import beneath, remembered
from pipelines.store.units import ACCOUNT, DEAL, OWN_DEAL, Unit


def units(db: Database, told: Told, unit: Unit) -> Codes:
    """What each conversation counts as: its deal or its account; itself is `told.meeting`."""
    return of_each(db, told) if unit == "deal" else columns.facts(db, told, "unit account", ACCOUNT)


def of_each(db: Database, told: Told) -> Codes:
    """The deal of each of the conversations (c,)."""
    db = beneath(db)
    rows, known = remembered(db, "deals", lambda: _now(db))
    return known if np.array_equal(rows, told.rows) else _of_each(db, told)


def of_some(db: Database, conversations: Collection[str]) -> dict[str, str]:
    """The deal of each of these conversations (ids); of one that went meanwhile, itself."""
    found = dict(zip(conversations, conversations, strict=True))
    if told := columns.told(db):
        deals, place = of_each(db, told), np.full(len(told.ids), -1)
        place[told.own] = np.arange(len(told.own))
        at = {id: place[told.number[id]] for id in found if id in told.number}
        found |= {id: deals.values[deals.codes[n]] for id, n in at.items() if n >= 0}
        # Whoever asks may have read conversations that came since the columns were looked at.
        conversations = [id for id in found if at.get(id, -1) < 0]
    if conversations:
        sql = f"SELECT c.id, {DEAL} FROM conversations c WHERE c.id IN (SELECT value FROM json_each(?))"
        found |= dict(db.execute(sql, [json.dumps(sorted(conversations))]).fetchall())
    return found


def _now(db: Database) -> tuple[Array, Codes]:
    """What is kept is of the conversations as they are now: whoever asks may have read them a moment ago."""
    told = columns.told(db)
    assert told  # asked for by who has columns
    return told.rows, _of_each(db, told)


def _of_each(db: Database, told: Told) -> Codes:
    own = columns.facts(db, told, "own deal", f"coalesce({OWN_DEAL}, '')")
    account, alone = told.facts["account_key"], columns.facts(db, told, "unit account", ACCOUNT)
    names = np.array([":" in one for one in own.values], bool)[own.codes]
    known = names & (account.codes != columns.blank(account))
    (of, deal), _ = columns.groups(account.codes[known], own.codes[known])
    one, many = np.unique(of, return_counts=True)
    only = np.full(len(account.values), -1)
    only[of] = deal
    only[one[many > 1]] = -1
    inferred = np.where(own.codes == columns.blank(own), only[account.codes], -1)
    codes = np.where(names, own.codes, np.where(inferred >= 0, inferred, len(own.values) + alone.codes))
    return Codes(codes.astype(np.int32), (*own.values, *alone.values))
