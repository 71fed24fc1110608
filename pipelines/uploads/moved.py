"""Rows that came again under another account: the same words, day and columns, so somebody may have corrected the
account.

Words alone do not tell: a colleague may write the same to two customers on one day. So it is asked, and counted as a
later version once a person says so.
"""

from collections import Counter

from sqlite_utils import Database

from pipelines.store import links, pieces
from pipelines.store.pieces import Moved
from pipelines.uploads.once import count_once


def found(db: Database, batch_id: int) -> list[Moved]:
    """The rows of an upload that stood under another account before, where each is one row of then and one of now."""
    every = pieces.moved(db, batch_id)
    now, then = Counter(one.conversation for one in every), Counter(one.former for one in every)
    return [one for one in every if now[one.conversation] == then[one.former] == 1]


def take(db: Database, batch_id: int, *, now: str) -> int:
    """Count these rows in place of those of then; returns how many."""
    return _say(db, [one for one in found(db, batch_id) if not one.taken], same=True, now=now)


def leave(db: Database, batch_id: int, *, now: str) -> int:
    """Take that back: both count again; returns how many."""
    return _say(db, [one for one in found(db, batch_id) if one.taken], same=False, now=now)


def _say(db: Database, rows: list[Moved], *, same: bool, now: str) -> int:
    with db.atomic():
        for one in rows:
            links.decide(db, one.conversation, one.former, same=same, now=now)
    count_once(db)
    return len(rows)
