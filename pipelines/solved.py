"""Which of an upload's problems another upload has solved: the row they are about came in with it.

A row is known again by its number in the system it comes from, or by its place in the file, and by most of its cells.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from insights.once import accounts
from pipelines.store import conversations

MOST_CANDIDATES = 2000


def solved(db: Database, batch_id: int, problems: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Problem's id -> the upload that brought its row. `problems` are a batch's rows with their records."""
    cells = {p["id"]: _cells(p["record"]) for p in problems if p["record"]}
    keys = {key for values in cells.values() for value in values if (key := accounts.account(value))}
    others: dict[str, list[dict]] = {}
    for row in conversations.brought_elsewhere(db, batch_id, sorted(keys), limit=MOST_CANDIDATES) if keys else ():
        others.setdefault(row["account_key"], []).append(row)
    found = {}
    for problem in problems:
        mine = cells.get(problem["id"], frozenset())
        near = [row for key in sorted({accounts.account(value) for value in mine}) for row in others.get(key, ())]
        if batch := next((row["batch"] for row in near if _is_it(row, mine, problem)), 0):
            found[problem["id"]] = batch
    return found


def _cells(record: Mapping[str, str]) -> frozenset[str]:
    return frozenset(value.strip() for value in record.values() if value.strip())


def _is_it(row: Mapping[str, Any], cells: frozenset[str], problem: Mapping[str, Any]) -> bool:
    """The same number, or the same place where there is none, and at least half of the cells; with a date, where that
    was the problem."""
    if (row["source_id"] not in cells) if row["source_id"] else (row["row"] != problem["row"]):
        return False
    if problem["kept"] and not row["occurred_at"]:
        return False
    return 2 * len(cells & row["values"]) >= len(cells)
