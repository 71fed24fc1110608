"""An upload's problems as a table that a person can correct and upload again.

Each row stands as its file gave it, behind columns that say where it was and what is wrong. Readers leave columns out
whose header begins with "parley_", and take off again what guards cells that a spreadsheet would run, so the corrected
table is uploaded as it is.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from sqlite_utils import Database

from insights.formats.formulas import guarded
from pipelines.solved import solved
from pipelines.store import batches

ABOUT = ("parley_file", "parley_row", "parley_problem", "parley_advice")


def write_csv(db: Database, batch_id: int, out: TextIO, *, file: str = "", every: bool = False) -> int:
    """Write the problems of a batch (of one of its files, with `file`) as CSV; return how many there were.

    Those that another upload has solved are left out, unless `every` one is asked for.
    """
    headers = list(dict.fromkeys(name for p in _all(db, batch_id, file, every) for name in p["record"]))
    writer = csv.writer(out)
    writer.writerow([*ABOUT, *map(guarded, headers)])
    count = 0
    for problem in _all(db, batch_id, file, every):
        row = "" if problem["row"] is None else str(problem["row"])
        about = (problem["file"], row, problem["reason"], problem["advice"])
        writer.writerow(map(guarded, [*about, *(problem["record"].get(name, "") for name in headers)]))
        count += 1
    return count


def write_file(db: Database, batch_id: int, path: Path) -> int:
    """Write the problems of a batch to a CSV file that spreadsheets open rightly; return how many there were."""
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        return write_csv(db, batch_id, out)


def _all(db: Database, batch_id: int, file: str, every: bool) -> Iterator[dict]:
    after = 0
    while some := batches.problems(db, batch_id, after=after, limit=1000, records=True, file=file):
        since = {} if every else solved(db, batch_id, some)
        yield from (problem for problem in some if problem["id"] not in since)
        after = some[-1]["id"]
