"""Notes in SQL: as they stand, and every state that each was in."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlite_utils import Database

CONTENT = ("text", "starts", "ends", "kind", "theme_id", "link", "status")


@dataclass(frozen=True, slots=True)
class Annotation:
    """A note. `starts` and `ends` are ISO days: both "" where it is pinned to a page, `ends` "" where it is one day's.
    `kind` and `theme_id` say which charts and pages it concerns, "" and None for all. `actor` made this version."""

    id: int
    text: str
    starts: str
    ends: str
    kind: str
    theme_id: int | None
    link: str
    version: int
    status: str
    created_at: str
    changed_at: str
    actor: str

    @property
    def cursor(self) -> str:
        return f"{self.starts}~{self.id}"


def add(db: Database, content: Mapping[str, Any], *, now: str, actor: str) -> int:
    names = [*content, "created_at", "changed_at", "actor"]
    sql = f"INSERT INTO annotations ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    number = int(db.execute(sql, [*content.values(), now, now, actor]).lastrowid or 0)
    _note(db, number)
    return number


def change(db: Database, number: int, content: Mapping[str, Any], *, now: str, actor: str) -> None:
    """Make the next version."""
    names = ", ".join(f"{name} = ?" for name in content)
    sql = f"UPDATE annotations SET {names}, version = version + 1, changed_at = ?, actor = ? WHERE id = ?"
    db.execute(sql, [*content.values(), now, actor, number])
    _note(db, number)


def get(db: Database, number: int) -> Annotation | None:
    return next((Annotation(**row) for row in db.query("SELECT * FROM annotations WHERE id = ?", [number])), None)


def at_version(db: Database, number: int, version: int) -> Annotation | None:
    """A note as it stood in one of its versions."""
    now = get(db, number)
    sql = "SELECT content, at, actor FROM annotation_versions WHERE annotation_id = ? AND version = ?"
    row = next(iter(db.query(sql, [number, version])), None)
    if now is None or row is None:
        return None
    return replace(now, **json.loads(row["content"]), version=version, changed_at=row["at"], actor=row["actor"])


def every(
    db: Database, *, status: str = "active", dated: bool | None = None, q: str = "", after: str = "", limit: int = -1
) -> list[Annotation]:
    """Notes, the newest day first, those without one last; `q` are words that must all stand in the text, `dated` keeps
    those with or without a day, `after` is a cursor."""
    parts, values = ["status = ?"], [status]
    if dated is not None:
        parts.append("starts <> ''" if dated else "starts = ''")
    for word in q.split():
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        parts.append("text LIKE ? ESCAPE '\\'")
        values.append(f"%{escaped}%")
    if after:
        parts.append("(starts, id) < (?, ?)")
        values += [after.partition("~")[0], int(after.partition("~")[2])]  # type: ignore[list-item]
    sql = f"SELECT * FROM annotations WHERE {' AND '.join(parts)} ORDER BY starts DESC, id DESC LIMIT ?"
    return [Annotation(**row) for row in db.query(sql, [*values, limit])]


def _note(db: Database, number: int) -> None:
    one = get(db, number)
    if one:
        content = {name: value for name, value in asdict(one).items() if name in CONTENT}
        values = [number, one.version, json.dumps(content, ensure_ascii=False), one.changed_at, one.actor]
        db.execute("INSERT INTO annotation_versions VALUES (?, ?, ?, ?, ?)", values)
