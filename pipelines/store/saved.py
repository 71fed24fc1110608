"""Saved reports: what was shown, as JSON without a customer's word, under an id that is never given twice."""

from dataclasses import dataclass

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class SavedReport:
    """A report as it was published. `report` and `query` are its live address, `day` the ISO date that it is as of,
    `at` when it was saved, `event_id` the last event of the theme ledger then, `version` that of Parley. `content` is a
    stored Document, "" in lists."""

    id: str
    title: str
    note: str
    report: str
    query: str
    day: str
    content: str
    at: str
    actor: str
    event_id: int
    version: str
    status: str
    removed_at: str
    removed_by: str


_LISTED = """SELECT id, title, note, report, query, day, '' AS content, at, actor, event_id, version, status, removed_at,
    removed_by FROM saved_reports"""


def add(db: Database, saved: SavedReport) -> None:
    names = SavedReport.__slots__
    sql = f"INSERT INTO saved_reports ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    db.execute(sql, [getattr(saved, name) for name in names])


def get(db: Database, saved_id: str) -> SavedReport | None:
    rows = db.query(f"SELECT {', '.join(SavedReport.__slots__)} FROM saved_reports WHERE id = ?", [saved_id])
    return next((SavedReport(**row) for row in rows), None)


def every(db: Database, *, status: str = "active", q: str = "", after: str = "", limit: int = 50) -> list[SavedReport]:
    """Saved reports, the newest first; `q` are words that must all stand in title, note or author, `after` is a
    cursor."""
    parts, values = ["status = ?"], [status]
    for word in q.split():
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        parts.append("(title || ' ' || note || ' ' || actor || ' ' || report) LIKE ? ESCAPE '\\'")
        values.append(f"%{escaped}%")
    if after:
        at, _, saved_id = after.rpartition("~")
        parts.append("(at, id) < (?, ?)")
        values += [at, saved_id]
    sql = f"{_LISTED} WHERE {' AND '.join(parts)} ORDER BY at DESC, id DESC LIMIT ?"
    return [SavedReport(**row) for row in db.query(sql, [*values, limit])]


def cursor(saved: SavedReport) -> str:
    return f"{saved.at}~{saved.id}"


def describe(db: Database, saved_id: str, *, title: str, note: str) -> None:
    db.execute("UPDATE saved_reports SET title = ?, note = ? WHERE id = ?", [title, note, saved_id])


def set_status(db: Database, saved_id: str, status: str, *, at: str, by: str) -> None:
    sql = "UPDATE saved_reports SET status = ?, removed_at = ?, removed_by = ? WHERE id = ? AND status <> ?"
    db.execute(sql, [status, at, by, saved_id, status])


def last_event(db: Database) -> int:
    """The number of the newest event of the theme ledger, 0 before the first."""
    return int(next(iter(db.query("SELECT coalesce(max(id), 0) AS id FROM main.theme_events")))["id"])
