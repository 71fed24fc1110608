"""Our own pages: what each upload said of them, what follows from all uploads that stand, their passages and vectors.

A page keeps its number for ever; it is only not `present` while no upload that stands names it.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sqlite_utils import Database

from insights.content import ContentPage
from insights.content.pages import passages
from insights.records import Problem, text_hash


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as all uploads that stand tell it. `published` and `updated` are ISO days or "". `words` is how many the
    text has, 0 where only title and address are known."""

    id: int
    key: str
    url: str
    title: str
    type: str
    published: str
    updated: str
    words: int


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload of pages and what came of it; `undone_at` is "" while it stands."""

    id: int
    at: str
    actor: str
    title: str
    files: int
    read: int
    added: int
    changed: int
    problems: tuple[Problem, ...]
    undone_at: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's word on whether a page answers a theme; `note` is the note of the plan that says it by noting the page
    as published for it, None where somebody said it by itself."""

    id: int
    at: str
    actor: str
    theme_id: int
    key: str
    verdict: str
    note: int | None = None


def add_upload(db: Database, *, title: str, actor: str, now: str, files: int) -> int:
    sql = "INSERT INTO content_uploads (at, actor, title, files, read, added, changed) VALUES (?, ?, ?, ?, 0, 0, 0)"
    return int(db.execute(sql, [now, actor, title, files]).lastrowid or 0)


def finish_upload(
    db: Database, upload_id: int, *, read: int, added: int, changed: int, problems: Sequence[Problem]
) -> None:
    told = json.dumps([asdict(p) | {"record": {}} for p in problems], ensure_ascii=False)
    sql = "UPDATE content_uploads SET read = ?, added = ?, changed = ?, problems = ? WHERE id = ?"
    db.execute(sql, [read, added, changed, told, upload_id])


def set_undone(db: Database, upload_id: int, at: str) -> None:
    db.execute("UPDATE content_uploads SET undone_at = ? WHERE id = ?", [at, upload_id])


def uploads(db: Database) -> list[Upload]:
    """All uploads of pages, the newest first."""
    return [_upload(row) for row in db.query("SELECT * FROM content_uploads ORDER BY id DESC")]


def upload(db: Database, upload_id: int) -> Upload | None:
    return next((_upload(r) for r in db.query("SELECT * FROM content_uploads WHERE id = ?", [upload_id])), None)


def add_versions(db: Database, upload_id: int, pages: Mapping[str, ContentPage]) -> None:
    rows = [(upload_id, key, json.dumps(asdict(page), ensure_ascii=False)) for key, page in pages.items()]
    db.conn.executemany("INSERT OR REPLACE INTO content_versions (upload_id, key, content) VALUES (?, ?, ?)", rows)


def keys_of(db: Database, upload_id: int) -> list[str]:
    return [
        r["key"] for r in db.query("SELECT key FROM content_versions WHERE upload_id = ? ORDER BY key", [upload_id])
    ]


def versions(db: Database, keys: Iterable[str]) -> dict[str, list[ContentPage]]:
    """What the uploads that stand say of these pages, the oldest first."""
    sql = """SELECT v.key, v.content FROM content_versions v JOIN content_uploads u ON u.id = v.upload_id
        WHERE u.undone_at = '' AND v.key IN (SELECT value FROM json_each(?)) ORDER BY v.key, u.id"""
    found: dict[str, list[ContentPage]] = {}
    for row in db.query(sql, [json.dumps(list(keys))]):
        found.setdefault(row["key"], []).append(ContentPage(**json.loads(row["content"])))
    return found


def write(db: Database, key: str, page: ContentPage | None) -> str:
    """Make this the page of that key, None where no upload names it any more; returns added, changed, same or gone."""
    old = next(iter(db.query("SELECT * FROM content_pages WHERE key = ?", [key])), None)
    if page is None:
        db.execute("UPDATE content_pages SET present = 0 WHERE key = ?", [key])
        return "gone"
    row = {k: getattr(page, k) for k in ("url", "title", "text", "type", "published", "updated")}
    if old and old["present"] and all(old[k] == v for k, v in row.items()):
        return "same"
    sql = """INSERT INTO content_pages (key, url, title, text, type, published, updated)
        VALUES (:key, :url, :title, :text, :type, :published, :updated)
        ON CONFLICT (key) DO UPDATE SET url = excluded.url, title = excluded.title, text = excluded.text,
        type = excluded.type, published = excluded.published, updated = excluded.updated, present = 1"""
    db.execute(sql, row | {"key": key})
    page_id = next(iter(db.query("SELECT id FROM content_pages WHERE key = ?", [key])))["id"]
    db.execute("DELETE FROM content_passages WHERE page_id = ?", [page_id])
    texts = [(page_id, n, text, text_hash(text)) for n, text in enumerate(passages(page))]
    db.conn.executemany("INSERT INTO content_passages (page_id, position, text, text_hash) VALUES (?, ?, ?, ?)", texts)
    return "changed" if old and old["present"] else "added"


def pages(db: Database) -> list[StoredPage]:
    """All pages that an upload names, by title."""
    return [_page(row) for row in db.query(f"{_PAGES} WHERE present ORDER BY title COLLATE NOCASE, id")]


def page(db: Database, page_id: int) -> StoredPage | None:
    return next((_page(row) for row in db.query(f"{_PAGES} WHERE id = ?", [page_id])), None)


def several(db: Database, ids: Sequence[int], keys: Sequence[str]) -> dict[int, StoredPage]:
    """The present pages of these numbers, and those of these keys, by number."""
    sql = f"""{_PAGES} WHERE present AND (id IN (SELECT value FROM json_each(?))
        OR key IN (SELECT value FROM json_each(?))) ORDER BY id"""
    return {row["id"]: _page(row) for row in db.query(sql, [json.dumps(list(ids)), json.dumps(list(keys))])}


def by_key(db: Database, key: str) -> StoredPage | None:
    return next((_page(row) for row in db.query(f"{_PAGES} WHERE key = ?", [key])), None)


def count(db: Database) -> int:
    return int(next(iter(db.query("SELECT count(*) AS n FROM content_pages WHERE present")))["n"])


def texts(db: Database, page_ids: Collection[int] | None = None) -> list[str]:
    """Title and words of each page that is present, of all for None."""
    some = "" if page_ids is None else "AND id IN (SELECT value FROM json_each(?))"
    sql = f"SELECT title, text FROM content_pages WHERE present {some} ORDER BY id"
    values = [] if page_ids is None else [json.dumps(sorted(page_ids))]
    return [f"{row['title']}\n{row['text']}" for row in db.query(sql, values)]


def unread(db: Database, encoder: str) -> Iterator[tuple[str, str]]:
    """Distinct (hash, text) of passages that have no vector of this encoder yet."""
    sql = """SELECT p.text_hash AS h, min(p.text) AS text FROM content_passages p JOIN content_pages c ON c.id = p.page_id
        LEFT JOIN content_vectors v ON v.text_hash = p.text_hash AND v.encoder = ?
        WHERE v.text_hash IS NULL AND c.present GROUP BY p.text_hash ORDER BY p.text_hash"""
    for row in list(db.query(sql, [encoder])):
        yield row["h"], row["text"]


def save_vectors(db: Database, encoder: str, hashes: Sequence[str], vectors: np.ndarray) -> None:
    """Store unit vectors (n, d) as little-endian float32 under their texts' hashes."""
    rows = zip(hashes, np.ascontiguousarray(vectors, dtype="<f4"), strict=True)
    sql = "INSERT OR IGNORE INTO content_vectors (text_hash, encoder, vector) VALUES (?, ?, ?)"
    db.conn.executemany(sql, [(h, encoder, v.tobytes()) for h, v in rows])


def prune(db: Database) -> None:
    """Forget vectors of passages that no page has any more."""
    db.execute("DELETE FROM content_vectors WHERE text_hash NOT IN (SELECT text_hash FROM content_passages)")


def read_passages(
    db: Database, encoder: str, *, at_once: int = 8192
) -> Iterator[tuple[list[int], list[bool], np.ndarray]]:
    """The passages of present pages that have a vector, in stretches of whole pages: whose each is, whether it is the
    title, and unit vectors (n, d). So a large site never lies in memory as a whole."""
    sql = """SELECT p.page_id, p.position, v.vector FROM content_passages p
        JOIN content_pages c ON c.id = p.page_id AND c.present
        JOIN content_vectors v ON v.text_hash = p.text_hash AND v.encoder = ? ORDER BY p.page_id, p.position"""
    held: list[dict[str, Any]] = []
    for row in db.query(sql, [encoder]):
        if len(held) >= at_once and row["page_id"] != held[-1]["page_id"]:
            yield _stretch(held)
            held = []
        held.append(row)
    if held:
        yield _stretch(held)


def of_page(db: Database, encoder: str, page_id: int) -> tuple[list[str], list[bool], np.ndarray]:
    """The passages of one page that have a vector: texts, whether each is the title, and unit vectors (n, d)."""
    sql = """SELECT p.page_id, p.position, p.text, v.vector FROM content_passages p
        JOIN content_vectors v ON v.text_hash = p.text_hash AND v.encoder = ? WHERE p.page_id = ? ORDER BY p.position"""
    rows = list(db.query(sql, [encoder, page_id]))
    if not rows:
        return [], [], np.zeros((0, 0), dtype=np.float32)
    _, titles, found = _stretch(rows)
    return [row["text"] for row in rows], titles, found


def _stretch(rows: Sequence[dict[str, Any]]) -> tuple[list[int], list[bool], np.ndarray]:
    found = np.frombuffer(b"".join(row["vector"] for row in rows), dtype="<f4").reshape(len(rows), -1)
    return [row["page_id"] for row in rows], [row["position"] == 0 for row in rows], found


def waiting(db: Database, encoder: str) -> int:
    """How many passages of present pages have no vector of this encoder yet, of any where "" is asked for."""
    sql = """SELECT count(*) AS n FROM content_passages p JOIN content_pages c ON c.id = p.page_id AND c.present
        WHERE NOT EXISTS (SELECT 1 FROM content_vectors v WHERE v.text_hash = p.text_hash AND ? IN ('', v.encoder))"""
    return int(next(iter(db.query(sql, [encoder])))["n"])


def answer(db: Database, theme_id: int, key: str, verdict: str, *, actor: str, now: str) -> int:
    sql = "INSERT INTO content_answers (at, actor, theme_id, key, verdict) VALUES (?, ?, ?, ?, ?)"
    return int(db.execute(sql, [now, actor, theme_id, key, verdict]).lastrowid or 0)


def answers(db: Database) -> list[Answer]:
    """Every word of a person that stands, the oldest first: of several on one theme and page the last counts."""
    sql = """SELECT id, at, actor, theme_id, key, verdict,
            (SELECT min(n.id) FROM plan_notes n WHERE n.answer_id = content_answers.id) AS note
        FROM content_answers WHERE undone_at = '' ORDER BY id"""
    return [Answer(**row) for row in db.query(sql)]


def redo_answer(db: Database, answer_id: int) -> None:
    db.execute("UPDATE content_answers SET undone_at = '' WHERE id = ?", [answer_id])


def uploaded(db: Database, key: str) -> bool:
    """Whether an upload that stands names a page, other than what was noted in the plan."""
    sql = """SELECT 1 FROM content_versions v JOIN content_uploads u ON u.id = v.upload_id AND u.undone_at = ''
        WHERE v.key = ? AND NOT EXISTS (SELECT 1 FROM plan_notes n WHERE n.upload_id = u.id) LIMIT 1"""
    return bool(db.execute(sql, [key]).fetchone())


def undo_answer(db: Database, answer_id: int, at: str) -> bool:
    sql = "UPDATE content_answers SET undone_at = ? WHERE id = ? AND undone_at = ''"
    return db.execute(sql, [at, answer_id]).rowcount > 0


_PAGES = """SELECT id, key, url, title, type, published, updated, CASE WHEN trim(text) = '' THEN 0 ELSE
    length(trim(text)) - length(replace(replace(trim(text), ' ', ''), char(10), '')) + 1 END AS words FROM content_pages"""


def _page(row: dict[str, Any]) -> StoredPage:
    return StoredPage(**row)


def _upload(row: dict[str, Any]) -> Upload:
    return Upload(**row | {"problems": tuple(Problem(**p) for p in json.loads(row["problems"]))})
