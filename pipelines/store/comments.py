"""What colleagues say of a theme, a quote or a figure, to whom, and what was done about it. Nothing is deleted.

A comment's steps are appended; the last that is closed or reopened says how it stands.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote_plus, urlencode

from sqlite_utils import Database

Kind = Literal["comment", "question", "wrong"]
Side = Literal["", "sales", "marketing"]
What = Literal["closed", "reopened", "removed", "restored", "handed on", "answered", "taken back", "put back"]


# The table knows five steps (its check is older): an answer is kept as a reopening with words, of what is open already, and
# what was taken back as a restoring with the number of the answer, what was put back as a removing; none has words otherwise.
_KEPT_AS: dict[What, What] = {"answered": "reopened", "taken back": "restored", "put back": "removed"}
FIGURE, _WAS = "about_figure", "figure_was"
_ABOUT = re.compile(rf"[?&]{FIGURE}=([\w-]+)&{_WAS}=([^&]*)$")
_MEANS: dict[str, What] = {kept: what for what, kept in _KEPT_AS.items()}


@dataclass(frozen=True, slots=True)
class Step:
    """What was done about a comment; `words` say what, for "handed on" to whom, for "taken back" and "put back" the
    number of the answer."""

    id: int
    comment_id: int
    at: str
    actor: str
    what: What
    words: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment at `place`, an address within Parley, which is called `name`. `recipient` is whom it is for now, ""
    where it is for whoever is on its side. Where it is about one `figure` of the place (its key there), `was` is the
    value in words as it stood then."""

    id: int
    at: str
    actor: str
    kind: Kind
    place: str
    name: str
    words: str
    recipient: str
    side: Side
    removed_at: str
    steps: tuple[Step, ...]
    figure: str = ""
    was: str = ""

    @property
    def closed(self) -> Step | None:
        """The step that closed it, None while it is open."""
        last = next((s for s in reversed(self.steps) if s.what in ("closed", "reopened")), None)
        return last if last and last.what == "closed" else None

    @property
    def answers(self) -> tuple[Step, ...]:
        """What was answered without closing it, without what was taken back."""
        gone = {s.words for s in self.taken_back}
        return tuple(s for s in self.steps if s.what == "answered" and str(s.id) not in gone)

    @property
    def taken_back(self) -> tuple[Step, ...]:
        """The steps that took an answer back which was not put back since."""
        last = {s.words: s for s in self.steps if s.what in ("taken back", "put back")}
        return tuple(s for s in last.values() if s.what == "taken back")

    def answer_of(self, step: Step) -> Step | None:
        """The answer that a step took back or put back."""
        return next((s for s in self.steps if str(s.id) == step.words and s.what == "answered"), None)

    @property
    def told(self) -> tuple[Step, ...]:
        """The steps that are shown where it stands: answers, those that were taken back, closings, and to whom it
        went."""
        here = self.answers + self.taken_back
        return tuple(s for s in self.steps if s in here or s.what in ("closed", "reopened", "handed on"))

    @property
    def to(self) -> str:
        """Whom it is for: a person, or a side."""
        return self.recipient or self.side.capitalize()

    @property
    def path(self) -> str:
        """The place without its filters."""
        return self.place.partition("?")[0]


def add(
    db: Database, *, kind: str, place: str, name: str, words: str, recipient: str, side: str, actor: str, now: str,
    figure: str = "", was: str = "",
) -> int:  # fmt: skip
    if figure:
        place += ("&" if "?" in place else "?") + urlencode({FIGURE: figure, _WAS: was})
    sql = "INSERT INTO comments (at, actor, kind, place, name, words, recipient, side) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    return int(db.execute(sql, [now, actor, kind, place, name, words, recipient, side]).lastrowid or 0)


def step(db: Database, comment_id: int, what: What, *, words: str, side: str = "", actor: str, now: str) -> int:
    """Append a step; what it means for the comment's own row is written with it. `side` is that which it is handed on
    to."""
    if what == "handed on" and side:
        db.execute("UPDATE comments SET recipient = '', side = ? WHERE id = ?", [side, comment_id])
    elif what == "handed on":
        db.execute("UPDATE comments SET recipient = ? WHERE id = ?", [words, comment_id])
    if what in ("removed", "restored"):
        db.execute("UPDATE comments SET removed_at = ? WHERE id = ?", [now if what == "removed" else "", comment_id])
    sql = "INSERT INTO comment_steps (comment_id, at, actor, what, words) VALUES (?, ?, ?, ?, ?)"
    return int(db.execute(sql, [comment_id, now, actor, _KEPT_AS.get(what, what), words]).lastrowid or 0)


def get(db: Database, comment_id: int) -> Comment | None:
    """A comment, removed or not."""
    return next(iter(_read(db, "id = ?", [comment_id])), None)


def every(db: Database) -> list[Comment]:
    """All that were not removed, the newest first."""
    return _read(db, "removed_at = ''", [])


def at(db: Database, path: str) -> list[Comment]:
    """Those at a place, whatever its filters, the oldest first."""
    # A place and its filters sort together: "?" is followed by "@".
    return _read(db, "removed_at = '' AND (place = ? OR (place >= ? AND place < ?))", [path, f"{path}?", f"{path}@"])[
        ::-1
    ]


def waiting(db: Database) -> list[tuple[str, str, str, int]]:
    """How many are open, as (for whom, by whom, for which side, count)."""
    sql = """SELECT recipient, actor, side, count(*) FROM comments c WHERE removed_at = '' AND coalesce((SELECT what FROM
        comment_steps WHERE comment_id = c.id AND what IN ('closed', 'reopened') ORDER BY id DESC LIMIT 1), '') <> 'closed'
        GROUP BY recipient, actor, side"""
    return db.execute(sql).fetchall()


def recipients(db: Database, *, limit: int = 100) -> list[str]:
    """Whom comments were for, the latest first."""
    sql = "SELECT recipient FROM comments WHERE recipient <> '' GROUP BY recipient ORDER BY max(id) DESC LIMIT ?"
    return [row["recipient"] for row in db.query(sql, [limit])]


def _read(db: Database, condition: str, values: list) -> list[Comment]:
    rows = list(db.query(f"SELECT * FROM comments WHERE {condition} ORDER BY id DESC", values))
    steps = _steps(db, [row["id"] for row in rows])
    return [Comment(**_parted(row), steps=tuple(steps.get(row["id"], ()))) for row in rows]


def _parted(row: dict) -> dict:
    """The figure that a comment is about stands at the end of its place."""
    found = _ABOUT.search(row["place"])
    if found is None:
        return row
    return row | {"place": row["place"][: found.start()], "figure": found[1], "was": unquote_plus(found[2])}


def _steps(db: Database, ids: Collection[int]) -> dict[int, list[Step]]:
    sql = "SELECT * FROM comment_steps WHERE comment_id IN (SELECT value FROM json_each(?)) ORDER BY id"
    found: dict[int, list[Step]] = {}
    for row in db.query(sql, [json.dumps(sorted(ids))]):
        row["what"] = _MEANS.get(row["what"], row["what"]) if row["words"] else row["what"]
        found.setdefault(row["comment_id"], []).append(Step(**row))
    return found
