"""Batches: one upload each, with its counts and problems."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlite_utils import Database

from insights.records import Problem
from pipelines.store import state

_HANDS = ("by", "undone_at", "undone_by")
_COLUMNS = ("files", "conversations", "utterances", "duplicates", "problems")
_ALL = "SELECT b.*, s.value AS hands FROM batches b LEFT JOIN state s ON s.key = 'hands of upload ' || b.id"


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that is being read, and which attempt at it this is."""

    id: int
    attempt: int


def start(db: Database, *, title: str, now: str, source: str = "", reader: str = "") -> int:
    sql = "INSERT INTO batches (created_at, title, source, reader) VALUES (?, ?, ?, ?)"
    return int(db.execute(sql, [now, title, source, reader]).lastrowid or 0)


def note_hands(db: Database, batch_id: int, **told: object) -> None:
    """Keep who brought an upload (`by`), who took it back and when (`undone_at`, `undone_by`), and `went`: by a few of
    the items that went with it (kind, id) it is told which upload brought them again."""
    key = f"hands of upload {batch_id}"
    state.put(db, key, json.dumps(json.loads(state.get(db, key) or "{}") | told))


def brought_again(db: Database, batch_id: int) -> list[int]:
    """The uploads that brought again what went when this one was taken back, the first of them first."""
    went = json.loads(state.get(db, f"hands of upload {batch_id}") or "{}").get("went", [])
    sql = "SELECT DISTINCT batch_id FROM brought WHERE item_id IN (SELECT value FROM json_each(?)) AND batch_id > ? ORDER BY 1"
    return [row["batch_id"] for row in db.query(sql, [json.dumps(went), batch_id])]


def open_for_reading(
    db: Database, batch_id: int | None, *, title: str, source: str, reader: str, now: str,
    is_alive: Callable[[str], bool],
) -> Batch:  # fmt: skip
    """The batch to read into: the one named, the one of this source whose reader was killed, or a new one.

    Problems and results of an earlier attempt are forgotten: this one meets them again.
    """
    if batch_id is None:
        sql = "SELECT id, reader FROM batches WHERE source = ? AND source <> '' AND status = 'reading' ORDER BY id DESC"
        left = [row["id"] for row in list(db.query(sql, [source])) if not is_alive(row["reader"])]
        batch_id = left[0] if left else start(db, title=title, now=now, source=source)
    db.execute("UPDATE batches SET attempt = attempt + 1, reader = ? WHERE id = ?", [reader, batch_id])
    for table in ("problems", "batch_files", "known_pieces"):
        db.execute(f"DELETE FROM {table} WHERE batch_id = ?", [batch_id])
    (row,) = db.query("SELECT id, attempt FROM batches WHERE id = ?", [batch_id])
    return Batch(**row)


def note_counts(db: Database, batch_id: int, counts: Mapping[str, int]) -> None:
    """Keep the counts of a batch as far as it has been read."""
    sets = ", ".join(f"{name} = ?" for name in _COLUMNS)
    sql = f"UPDATE batches SET counts = ?, {sets} WHERE id = ?"
    db.execute(sql, [json.dumps(dict(counts)), *(counts[name] for name in _COLUMNS), batch_id])


def note_readings(db: Database, batch_id: int, readings: Sequence[Mapping[str, object]]) -> None:
    """Keep how the tables of a batch were read, as far as it has been read (see pipelines.uploads.readings)."""
    db.execute(
        "UPDATE batches SET readings = ? WHERE id = ?", [json.dumps(list(readings), ensure_ascii=False), batch_id]
    )


def finish(db: Database, batch_id: int, *, counts: Mapping[str, int], now: str) -> None:
    note_counts(db, batch_id, counts)
    sql = "UPDATE batches SET status = 'done', finished_at = ? WHERE id = ? AND status = 'reading'"
    db.execute(sql, [now, batch_id])


def fail(db: Database, batch_id: int, problem: Problem, *, now: str) -> None:
    """Close a batch whose reading broke off: what it had stored stays, can be seen and undone."""
    add_problems(db, batch_id, [problem])
    sql = "UPDATE batches SET status = 'done', finished_at = ?, problems = problems + 1 WHERE id = ? AND status = 'reading'"
    db.execute(sql, [now, batch_id])


def add_problems(db: Database, batch_id: int, problems: Sequence[Problem]) -> None:
    rows = [
        {**asdict(p), "batch_id": batch_id, "record": json.dumps(dict(p.record), ensure_ascii=False)} for p in problems
    ]
    columns = "batch_id, file, row, reason, advice, kept, record"
    sql = f"INSERT INTO problems ({columns}) VALUES (:batch_id, :file, :row, :reason, :advice, :kept, :record)"
    db.conn.executemany(sql, rows)


def problems(
    db: Database, batch_id: int, *, after: int = 0, limit: int = 200, records: bool = False, file: str = "",
    reason: str = "",
) -> list[dict]:  # fmt: skip
    """A batch's problems in the order they were met, those of one file or reason where given; with `records` the
    rows."""
    columns = "id, file, row, reason, advice, kept, closed_by" + (", record" if records else "")
    sql = f"""SELECT {columns} FROM problems WHERE batch_id = :batch AND id > :after AND (:file = '' OR file = :file)
        AND (:reason = '' OR reason = :reason) ORDER BY id LIMIT :limit"""
    rows = db.query(sql, {"batch": batch_id, "after": after, "limit": limit, "file": file, "reason": reason})
    return [
        {**row, "kept": bool(row["kept"])} | ({"record": json.loads(row["record"])} if records else {}) for row in rows
    ]


def reasons(db: Database, batch_id: int) -> list[tuple[str, int]]:
    """What is wrong in a batch and how often, the most frequent first."""
    sql = (
        "SELECT reason, count(*) AS n FROM problems WHERE batch_id = ? GROUP BY reason ORDER BY n DESC, reason LIMIT 20"
    )
    return [(row["reason"], row["n"]) for row in db.query(sql, [batch_id])]


def files_with_problems(db: Database, batch_id: int) -> set[str]:
    """The names of those of a batch's files that have problems."""
    return {row["file"] for row in db.query("SELECT DISTINCT file FROM problems WHERE batch_id = ?", [batch_id])}


def correctable(db: Database, batch_id: int) -> int:
    """How many of a batch's problems are about a row that can be corrected and uploaded again."""
    return db.table("problems").count_where("batch_id = ? AND record <> '{}' AND closed_by IS NULL", [batch_id])


def close_problems(db: Database, ids: Collection[int], by: int | None) -> None:
    """Note of problems what closed them (see `uploads.solved`), None for nothing any more."""
    db.conn.executemany("UPDATE problems SET closed_by = ? WHERE id = ?", [(by, number) for number in ids])


def get(db: Database, batch_id: int) -> dict | None:
    """An upload with all that is kept of it, who brought it and took it back as `note_hands` has it ("" for unknown)."""
    return next((_row(row) for row in db.query(f"{_ALL} WHERE b.id = ?", [batch_id])), None)


def recent(db: Database, *, before: int | None = None, limit: int = 50) -> list[dict]:
    """The newest first, each as `get` has it; `before` is the id that the page before ended with."""
    sql = f"{_ALL} WHERE b.id < ? ORDER BY b.id DESC LIMIT ?"
    return [_row(row) for row in db.query(sql, [before or 1 << 62, limit])]


def _row(row: dict) -> dict:
    hands = json.loads(row.pop("hands") or "{}")
    known = {name: hands.get(name, "") for name in _HANDS}
    return {**row, "counts": json.loads(row["counts"]), "readings": json.loads(row["readings"]), **known}


def mark_undone(db: Database, batch_id: int) -> None:
    db.execute("UPDATE batches SET status = 'undone' WHERE id = ?", [batch_id])


def is_read_by(db: Database, saved: str) -> bool:
    """Whether a table of an upload that stands was read by the columns saved under this name."""
    sql = """SELECT EXISTS (SELECT 1 FROM batches b, json_each(b.readings) r
        WHERE b.status <> 'undone' AND json_extract(r.value, '$.saved') = ?)"""
    return bool(db.conn.execute(sql, [saved]).fetchone()[0])


def is_undone(db: Database, batch_id: int) -> bool:
    return db.table("batches").count_where("id = ? AND status = 'undone'", [batch_id]) > 0
