"""What colleagues asked to be written: their words, their name, and the theme that it is about where one is known."""

from collections import Counter
from dataclasses import dataclass

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `theme_id` is None where no theme is near; `note_id` is the note that it left on the plan, None
    without; `theme` is the theme's name, "" for none; `undone_at` is "" while it stands."""

    id: int
    at: str
    actor: str
    words: str
    theme_id: int | None
    note_id: int | None
    undone_at: str
    theme: str


@dataclass(frozen=True, slots=True)
class Heard:
    """In how many conversations a theme is heard, and the commonest personas and stages there."""

    conversations: int
    personas: tuple[str, ...]
    stages: tuple[str, ...]


NOT_HEARD = Heard(0, (), ())
SHOWN = 2
_ASKS = """SELECT a.id, a.at, a.actor, a.words, a.theme_id, a.note_id, a.undone_at, coalesce(t.name, '') AS theme
    FROM asks a LEFT JOIN themes t ON t.id = a.theme_id"""


def add(db: Database, words: str, *, theme_id: int | None, note_id: int | None, actor: str, now: str) -> int:
    sql = "INSERT INTO asks (at, actor, words, theme_id, note_id) VALUES (?, ?, ?, ?, ?)"
    return int(db.execute(sql, [now, actor, words, theme_id, note_id]).lastrowid or 0)


def get(db: Database, number: int) -> Ask | None:
    return next((Ask(**row) for row in db.query(f"{_ASKS} WHERE a.id = ?", [number])), None)


def every(db: Database, *, since: str = "") -> list[Ask]:
    """Those that stand, the newest first; of those since a moment where one is given."""
    sql = f"{_ASKS} WHERE a.undone_at = '' AND a.at >= ? ORDER BY a.id DESC"
    return [Ask(**row) for row in db.query(sql, [since])]


def same(db: Database, words: str) -> Ask | None:
    """The standing one with these very words."""
    sql = f"{_ASKS} WHERE a.undone_at = '' AND lower(a.words) = lower(?) ORDER BY a.id LIMIT 1"
    return next((Ask(**row) for row in db.query(sql, [words])), None)


def undo(db: Database, number: int, at: str) -> bool:
    return bool(db.execute("UPDATE asks SET undone_at = ? WHERE id = ? AND undone_at = ''", [at, number]).rowcount)


def heard(db: Database, theme_id: int) -> Heard:
    """Where a theme is heard; what is not known is left out."""
    sql = """SELECT c.counted_as AS id, max(c.persona) AS persona, max(c.stage) AS stage FROM theme_members m
        JOIN shown_insights i ON i.id = m.insight_id JOIN conversations c ON c.id = i.conversation_id
        WHERE m.theme_id = ? GROUP BY c.counted_as"""
    rows = list(db.query(sql, [theme_id]))
    personas = Counter(row["persona"] for row in rows if row["persona"] not in ("", "unknown"))
    stages = Counter(row["stage"] for row in rows if row["stage"])
    return Heard(len(rows), _most(personas), _most(stages))


def _most(counted: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted(counted, key=lambda value: (-counted[value], value))[:SHOWN])
