"""An upload's problems as a table that a person can correct and upload again.

Each row stands as its file gave it, behind columns that say where it was and what is wrong. Readers leave columns out
whose header begins with "parley_", and take off again what guards cells that a spreadsheet would run, so the corrected
table is uploaded as it is.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from sqlite_utils import Database

from insights.formats.formulas import guarded
from insights.formats.tables import origins
from pipelines.store import batches
from pipelines.uploads import readings
from pipelines.uploads.solved import solved

ABOUT = (origins.FILE, "parley_row", "parley_problem", "parley_advice", origins.KEY)


_DATE_IN = re.compile(r"The date in column '(.+?)' ", re.S)


def in_question(reason: str, record: Mapping[str, str]) -> str:
    """The date that a problem is about, as it stands in its row; "" where it is about something else."""
    found = _DATE_IN.match(reason)
    return record.get(found[1], "").strip() if found else ""


def without_rows(db: Database, batch_id: int, *, limit: int) -> list[dict]:
    """An upload's problems without the rows they are about, each with the `value` that is in question."""
    found = batches.problems(db, batch_id, limit=limit, records=True)
    return [problem | {"value": in_question(problem["reason"], problem.pop("record"))} for problem in found]


def separator(db: Database, batch_id: int) -> str:
    """What parts the cells of an upload's files with problems, of several kinds the one of most of them: its
    spreadsheet opens what is parted like that."""
    batch, left, counts = batches.get(db, batch_id), batches.files_with_problems(db, batch_id), Counter[str]()
    for one in readings.load(batch["readings"]) if batch else ():
        if one.delimiter:
            counts[one.delimiter] += len(left & {*one.files})
            left -= {*one.files}
    if not sum(counts.values()) and not left:  # nothing is wrong: what most of its tables are parted by
        for one in readings.load(batch["readings"]) if batch else ():
            counts[one.delimiter or ","] += one.tables
    counts[","] += len(left)
    return counts.most_common(1)[0][0]


def write_csv(db: Database, batch_id: int, out: TextIO, *, file: str = "", every: bool = False) -> int:
    """Write the problems of a batch (of one of its files, with `file`) as CSV; return how many there were.

    Those that another upload has solved are left out, unless `every` one is asked for.
    """
    headers = list(dict.fromkeys(name for p in _all(db, batch_id, file, every) for name in p["record"]))
    writer = csv.writer(out, delimiter=separator(db, batch_id))
    writer.writerow([*ABOUT, *map(guarded, headers)])
    count = 0
    for problem in _all(db, batch_id, file, every):
        row = "" if problem["row"] is None else str(problem["row"])
        key = origins.of_record(problem["record"]) if problem["record"] else ""
        about = (problem["file"], row, problem["reason"], problem["advice"], key)
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
        yield from (p for p in some if every or (p["id"] not in since and p["closed_by"] is None))
        after = some[-1]["id"]
