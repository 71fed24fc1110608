"""What a person may want to go to by its name: themes, trackers, saved reports, digests, accounts.

What one would get wrong: a theme that was merged or retired still has a page, but nobody looks for it by name.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from sqlite_utils import Database

from pipelines.store.counting import COUNTED
from pipelines.store.covered import COVER, is_covered

Sort = Literal["theme", "competitor", "tracker", "report", "digest", "account"]

# Each gives: key (what its address is made of), name, size (conversations of an account, members of a theme; else 0).
_SIZE = """CASE WHEN t.parent_id IS NULL THEN (SELECT count(*) FROM theme_members m WHERE m.theme_id = t.id)
    ELSE (SELECT count(*) FROM theme_members m WHERE m.leaf_id = t.id) END"""
_SQL: dict[Sort, str] = {
    "theme": f"""SELECT t.id, t.name AS name, {_SIZE} FROM themes t
        WHERE t.kind <> 'competitor' AND t.status = 'active'""",
    "competitor": f"""SELECT t.id, t.name AS name, {_SIZE} FROM themes t
        WHERE t.kind = 'competitor' AND t.status = 'active'""",
    "tracker": "SELECT t.id, t.name AS name, 0 FROM trackers t WHERE t.status = 'active'",
    "report": "SELECT t.id, t.title AS name, 0 FROM saved_reports t WHERE t.status = 'active'",
    "digest": "SELECT t.id, t.title AS name, 0 FROM digests t WHERE t.status <> 'removed'",
    "account": f"""SELECT t.account_key, t.account AS name, count(DISTINCT t.counted_as) FROM conversations t
        WHERE t.account <> '' AND {COUNTED.replace("c.", "t.")} GROUP BY t.account""",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Something with a name and a page. `size` counts quotes of a theme, conversations of an account, else 0."""

    sort: Sort
    key: str
    name: str
    size: int


def named(db: Database, words: str, *, limit: int = 6, sorts: Collection[Sort] = tuple(_SQL)) -> Iterator[Place]:
    """Of each of the `sorts` the places whose names hold all `words`, in any order and case: those that begin with the
    first word before the others, then the largest; `limit` a sort at most."""
    wanted = words.replace("\x00", " ").split()
    if not wanted or COVER in words:  # a name that is covered here would be like every covered one
        return
    for sort, sql in _SQL.items():
        if sort not in sorts or (sort == "account" and is_covered(db)):
            continue
        holds = " AND ".join("name LIKE ? ESCAPE '\\'" for _ in wanted)
        values = [f"%{_literal(word)}%" for word in wanted]
        ordered = f"SELECT * FROM ({sql}) WHERE {holds} ORDER BY name LIKE ? ESCAPE '\\' DESC, 3 DESC, name LIMIT ?"
        for key, name, size in db.execute(ordered, [*values, f"{_literal(wanted[0])}%", limit]).fetchall():
            yield Place(sort, str(key), name, size)


def _literal(word: str) -> str:
    """A word in which LIKE sees no pattern."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
