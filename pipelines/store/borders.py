"""Where quotes begin and end by a person's hand: known by the quote's id alone, so that it holds again after undo and
mining."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Borders:
    """Offsets into the utterance, set by whom and when; `id` is the number of the event, 0 where nobody set any."""

    id: int = 0
    at: str = ""
    actor: str = ""
    start: int = 0
    end: int = 0
    undone_at: str = ""
    undone_by: str = ""


_COLUMNS = "id, at, actor, start, end, undone_at, undone_by"


def of(db: Database, insight_ids: Collection[str]) -> dict[str, Borders]:
    """The borders that hold, of those quotes whose borders somebody set."""
    sql = f"""SELECT insight_id, {_COLUMNS} FROM quote_borders WHERE undone_at = ''
        AND insight_id IN (SELECT value FROM json_each(?)) ORDER BY id"""
    rows = db.query(sql, [json.dumps(sorted(insight_ids))])
    return {row.pop("insight_id"): Borders(**row) for row in rows}


def history(db: Database, insight_id: str) -> list[Borders]:
    """Every setting of a quote's borders, the newest first, those that were taken back among them."""
    sql = f"SELECT {_COLUMNS} FROM quote_borders WHERE insight_id = ? ORDER BY id DESC"
    return [Borders(**row) for row in db.query(sql, [insight_id])]


def add(db: Database, insight_id: str, start: int, end: int, *, now: str, actor: str) -> int:
    sql = "INSERT INTO quote_borders (insight_id, at, actor, start, end) VALUES (?, ?, ?, ?, ?)"
    return int(db.execute(sql, [insight_id, now, actor, start, end]).lastrowid or 0)


def set_undone(db: Database, insight_id: str, event_id: int, *, at: str, by: str) -> bool:
    """Take an event back, or with `at` "" let it hold again; False where it is so already."""
    sql = """UPDATE quote_borders SET undone_at = ?, undone_by = ? WHERE id = ? AND insight_id = ?
        AND (undone_at = '') <> (? = '')"""
    return db.execute(sql, [at, by, event_id, insight_id, at]).rowcount > 0


def hand_over(db: Database, gone: Collection[str], new: Collection[str]) -> None:
    """Let what was set of quotes that go hold for the new ones in their place: where just one of the same kind
    overlaps."""
    sql = """SELECT a.id AS gone, min(f.id) AS new FROM insights a JOIN insights f ON f.utterance_id = a.utterance_id
        AND f.kind = a.kind AND f.start < a.end AND a.start < f.end
        WHERE a.id IN (SELECT value FROM json_each(:gone)) AND f.id IN (SELECT value FROM json_each(:new))
        AND EXISTS (SELECT 1 FROM quote_borders WHERE insight_id = a.id) GROUP BY a.id HAVING count(*) = 1"""
    found = list(db.query(sql, {"gone": json.dumps(sorted(gone)), "new": json.dumps(sorted(new))}))
    db.conn.executemany("UPDATE quote_borders SET insight_id = :new WHERE insight_id = :gone", found)


def rows(db: Database) -> list[int]:
    """The row numbers of the insights whose borders somebody set."""
    sql = "SELECT rowid FROM insights WHERE id IN (SELECT insight_id FROM quote_borders WHERE undone_at = '')"
    return [row[0] for row in db.conn.execute(sql)]


def place(db: Database, insight_id: str) -> tuple[str, int, int] | None:
    """The utterance's text and where the finder found the quote in it, of a quote that is shown."""
    sql = """SELECT u.text, i.start, i.end FROM shown_insights i JOIN utterances u ON u.id = i.utterance_id WHERE i.id = ?"""
    return next(((row["text"], row["start"], row["end"]) for row in db.query(sql, [insight_id])), None)
