"""Which of an upload's problems another upload has solved: the row they are about came in with it.

A row is known again by the key that a file of problems gave it; else by its number in the system it comes from, or by its
place in the file, and by most of its cells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from insights.formats.tables import origins
from insights.once import accounts
from pipelines.store import batches, conversations

MOST_CANDIDATES = 2000
MOST_LOOKED_AT = 2000  # problems of an upload; what is beyond them counts as open


LEFT = -1  # of a problem that a person leaves as it is, in the place of the upload that solved it; 0: erased
_ALL = {1: "", 2: "both "}  # what else is said of that many: "all "


@dataclass(frozen=True, slots=True)
class Standing:
    """How an upload's problems stand: how many in all and how many of them are open (what went in all the same is
    neither), which uploads solved the others, and how many open rows can be corrected, those that went in among them.
    `erased` are neither open nor solved: who is in them was forgotten; nor are those that somebody `left` as they are.
    Of those that went in, `mended` came corrected later; `corrected_in` are the uploads that corrected any row."""

    total: int = 0
    open: int = 0
    by: tuple[int, ...] = ()
    correctable: int = 0
    mended: int = 0
    corrected_in: tuple[int, ...] = ()
    erased: int = 0
    left: int = 0

    def __str__(self) -> str:
        """ "2 not taken in", "2 not taken in, both solved by upload 2", "3 not taken in, 1 of them open"."""
        said, gone = f"{self.total:,} not taken in", self.total - self.open
        if not gone:
            return said
        if self.open:
            return f"{said}, {self.open:,} of them open"
        by = f"solved by upload {self.by[0]}" if len(self.by) == 1 else "solved by later uploads"
        how = " or ".join(
            [by] * bool(self.by)
            + ["left as they are" if self.total > 1 else "left as it is"] * bool(self.left)
            + ["erased since"] * bool(self.erased)
        )
        return f"{said}, {_ALL.get(self.total, 'all ')}{how}"

    def remarks(self, total: int) -> str:
        """ "3 taken in with a remark", "3 taken in with a remark, 2 mended in upload 3"."""
        said = f"{total:,} taken in with a remark"
        if not self.mended:
            return said
        which = _ALL.get(total, "all ") if self.mended >= total else f"{self.mended:,} of them "
        where = f"upload {self.corrected_in[0]}" if len(self.corrected_in) == 1 else "later uploads"
        return f"{said}, {which}mended in {where}"


def standing(db: Database, batch_id: int, total: int) -> Standing:
    """How the problems of an upload stand now; `total` is how many it has that kept something from going in."""
    looked = batches.problems(db, batch_id, limit=MOST_LOOKED_AT, records=True)
    since = solved(db, batch_id, looked) if looked else {}
    gone = sorted({since[p["id"]] for p in looked if p["id"] in since and not p["kept"]})
    done = sum(p["id"] in since and not p["kept"] for p in looked)
    closed = [p["closed_by"] for p in looked if p["id"] not in since and not p["kept"]]
    left_so, erased = closed.count(LEFT), sum(by is not None and by != LEFT for by in closed)
    again = sum(p["id"] in since and bool(p["record"]) for p in looked)
    mended = sum(p["id"] in since and p["kept"] for p in looked)
    later, left = tuple(sorted(set(since.values()))), batches.correctable(db, batch_id) - again
    return Standing(total, max(total - done - erased - left_so, 0), tuple(gone), left, mended, later, erased, left_so)


def leave(db: Database, batch_id: int) -> int:
    """Leave what is still open of an upload as it is, such as a file that cannot be read; how many that were. Nobody is
    asked to mend it any more; it can be taken up again."""
    with db.atomic():
        looked = batches.problems(db, batch_id, limit=-1, records=True)
        since = solved(db, batch_id, looked)
        ids = [p["id"] for p in looked if not p["kept"] and p["closed_by"] is None and p["id"] not in since]
        batches.close_problems(db, ids, LEFT)
    return len(ids)


def take_up(db: Database, batch_id: int) -> int:
    """Have what was left open again; how many that were."""
    with db.atomic():
        ids = [p["id"] for p in batches.problems(db, batch_id, limit=-1) if p["closed_by"] == LEFT]
        batches.close_problems(db, ids, None)
    return len(ids)


def solved(db: Database, batch_id: int, problems: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Problem's id -> the upload that brought its row. `problems` are a batch's rows with their records."""
    cells = {p["id"]: _cells(p["record"]) for p in problems if p["record"]}
    keys = {key for values in cells.values() for value in values if (key := accounts.account(value))}
    others: dict[str, list[dict]] = {}
    for row in conversations.brought_elsewhere(db, batch_id, sorted(keys), limit=MOST_CANDIDATES) if keys else ():
        others.setdefault(row["account_key"], []).append(row)
    found = _by_key(db, batch_id, problems) | _closed(db, problems)
    for problem in problems:
        if problem["id"] in found:
            continue
        mine = cells.get(problem["id"], frozenset())
        near = [row for key in sorted({accounts.account(value) for value in mine}) for row in others.get(key, ())]
        if batch := next((row["batch"] for row in near if _is_it(row, mine, problem)), 0):
            found[problem["id"]] = batch
    return found


def _closed(db: Database, problems: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """What was noted when a row's cells were erased, while that upload stands."""
    by = {p["id"]: p["closed_by"] for p in problems if (p["closed_by"] or 0) > 0}
    stands = {batch for batch in set(by.values()) if (found := batches.get(db, batch)) and found["status"] != "undone"}
    return {problem: batch for problem, batch in by.items() if batch in stands}


def _by_key(db: Database, batch_id: int, problems: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    keys = {p["id"]: origins.MENDED + origins.of_record(p["record"]) for p in problems if p["record"]}
    found: dict[int, int] = {}
    for kept in (False, True):
        # A file and an archive that holds it have the same row: one correction solves both.
        mine = {p["id"]: keys[p["id"]] for p in problems if p["id"] in keys and bool(p["kept"]) == kept}
        brought = conversations.brought_by_key(db, batch_id, {*mine.values()}, dated=kept) if mine else {}
        found |= {problem: brought[key] for problem, key in mine.items() if key in brought}
    return found


def _cells(record: Mapping[str, str]) -> frozenset[str]:
    return frozenset(value.strip() for value in record.values() if value.strip())


def _is_it(row: Mapping[str, Any], cells: frozenset[str], problem: Mapping[str, Any]) -> bool:
    """The same number, or the same place where there is none, and at least half of the cells; with a date, where that
    was the problem. Rows of one account have much in common: by its place alone it is known where all but one stand in it."""
    if (row["source_id"] not in cells) if row["source_id"] else (row["row"] != problem["row"]):
        return False
    if problem["kept"] and not row["occurred_at"]:
        return False
    common = len(cells & row["values"])
    return 2 * common >= len(cells) if row["source_id"] else common + 1 + problem["kept"] >= len(cells)
