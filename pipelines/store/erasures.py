"""Receipts of erasures and the marks of whom was forgotten: keyed hashes, from which nobody can be listed.

Whoever has the database file has the key too and can test a guess; without the file a mark says nothing.
"""

import hmac
import json
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from pipelines.store import state

KEY = "erasure key"
_BYTES = 16


@dataclass(frozen=True, slots=True)
class Erasure:
    """One receipt. `asked` is what the request was filed under (no name), `mark` the hash of the address or name given,
    `marks` how many marks keep the person's words out, `lifted_at` when that ended, "" while it holds."""

    id: int
    at: str
    actor: str
    asked: str
    mark: str
    receipt: dict[str, Any]
    marks: int
    lifted_at: str


def key(db: Database) -> bytes:
    """This database's own key; made when it is first needed."""
    known = state.get(db, KEY)
    if known is None:
        with db.atomic():  # another process may be first: marks of two keys would never meet
            known = state.get(db, KEY) or secrets.token_hex(32)
            state.put(db, KEY, known)
    return bytes.fromhex(known)


def mark(secret: bytes, kind: str, *parts: str) -> str:
    """What an address ("email"), a name at a company ("name"), a whole name ("alone"; "borne" where others bear it too)
    or a number ("phone") is known by."""
    told = "\x1f".join((kind, *parts)).encode("utf-8", "surrogatepass")
    return hmac.digest(secret, told, "sha256")[:_BYTES].hex()


def add(db: Database, *, now: str, actor: str, asked: str, mark: str, receipt: dict) -> int:
    sql = "INSERT INTO erasures (at, actor, asked, mark, receipt) VALUES (?, ?, ?, ?, ?)"
    return int(db.execute(sql, [now, actor, asked, mark, json.dumps(receipt, ensure_ascii=False)]).lastrowid or 0)


def note(db: Database, erasure_id: int, receipt: dict) -> None:
    """Replace what a receipt says: what the search of the files found is known only after the erasure."""
    db.execute("UPDATE erasures SET receipt = ? WHERE id = ?", [json.dumps(receipt, ensure_ascii=False), erasure_id])


def keep_out(db: Database, erasure_id: int, marks: Iterable[str]) -> None:
    rows = [(one, erasure_id) for one in sorted(set(marks))]
    db.conn.executemany("INSERT OR REPLACE INTO forgotten (mark, erasure_id) VALUES (?, ?)", rows)


def lift(db: Database, erasure_id: int, *, now: str, actor: str) -> int:
    """Let somebody in again; returns how many marks that lifted."""
    sql = "UPDATE forgotten SET lifted_at = ?, lifted_by = ? WHERE erasure_id = ? AND lifted_at = ''"
    return db.execute(sql, [now, actor, erasure_id]).rowcount


def marks(db: Database) -> frozenset[str]:
    """The marks of everybody who is kept out now."""
    return frozenset(row["mark"] for row in db.query("SELECT mark FROM forgotten WHERE lifted_at = ''"))


_ROWS = """SELECT e.*, (SELECT count(*) FROM forgotten f WHERE f.erasure_id = e.id AND f.lifted_at = '') AS marks,
    coalesce((SELECT max(lifted_at) FROM forgotten f WHERE f.erasure_id = e.id), '') AS lifted_at FROM erasures e"""


def get(db: Database, erasure_id: int) -> Erasure | None:
    return next((_erasure(row) for row in db.query(f"{_ROWS} WHERE id = ?", [erasure_id])), None)


def every(db: Database, *, limit: int = 100) -> list[Erasure]:
    """The latest first."""
    return [_erasure(row) for row in db.query(f"{_ROWS} ORDER BY id DESC LIMIT ?", [limit])]


def last_with_quotes(db: Database, *, since: str) -> str:
    """The last day from `since` on (ISO) on which quotes went with somebody who was forgotten; "" where there is
    none."""
    sql = """SELECT coalesce(max(substr(at, 1, 10)), '') FROM erasures WHERE substr(at, 1, 10) >= ? AND EXISTS (
        SELECT 1 FROM json_each(receipt, '$.rows') WHERE json_extract(value, '$.table') = 'insights'
            AND json_extract(value, '$.removed') > 0)"""
    return str(db.execute(sql, [since]).fetchone()[0])


def known(db: Database, marks: Collection[str]) -> list[int]:
    """The erasures that these marks belong to."""
    sql = "SELECT DISTINCT erasure_id AS id FROM forgotten WHERE mark IN (SELECT value FROM json_each(?)) ORDER BY 1"
    return [row["id"] for row in db.query(sql, [json.dumps(sorted(marks))])]


def given(db: Database, mark: str) -> list[int]:
    """The erasures that this address, name or number was given for."""
    return [row["id"] for row in db.query("SELECT id FROM erasures WHERE mark = ? ORDER BY id", [mark])]


def _erasure(row: dict) -> Erasure:
    return Erasure(**{**row, "receipt": json.loads(row["receipt"])})
