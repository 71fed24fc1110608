"""What an upload brings, piece by piece, for who tries it first: conversations that are new or grow, and what changes
of others.

Worked out on a trial's copy and kept beside the files, with which it goes.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database

from insights.formats.formulas import guarded
from pipelines.store import pieces
from pipelines.store.pieces import New
from pipelines.uploads import said_anew
from pipelines.uploads.problems import separator

HEADER = ("what", "account", "date", "kind", "title", "file", "row", "fact", "before", "after")


def write_file(db: Database, batch_id: int, path: Path) -> int:
    """Write all of it as a table that spreadsheets open rightly, a row for each conversation that is new and for each
    fact that changes; return how many rows."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=separator(db, batch_id))
        writer.writerow(HEADER)
        for row in _rows(db, batch_id):
            writer.writerow(map(guarded, row))
            count += 1
    return count


def _rows(db: Database, batch_id: int) -> Iterator[tuple[str, ...]]:
    for one in new(db, batch_id):
        what = "grows" if one.grows else "new"
        yield (what, one.account, one.day, one.kind, one.title, one.file, _number(one.row), "", "", "")
    for it in said_anew.every(db, batch_id):
        for change in it.changes:
            about = ("changes", it.account, it.day, it.of, it.title, it.file, _number(it.row))
            yield (*about, change.name, change.before, change.after)


def new(db: Database, batch_id: int, *, limit: int = -1) -> Iterator[New]:
    """The conversations that no earlier upload has, and the threads that grow, by file and row; those of its rows that
    count in place of an earlier version are changes."""
    replaced = {one.conversation for one in pieces.replaced(db, batch_id, limit=-1)}
    for one in pieces.new(db, batch_id):
        if limit == 0:
            return
        if one.conversation not in replaced:
            limit -= 1
            yield one


def _number(row: int | None) -> str:
    return "" if row is None else str(row)
