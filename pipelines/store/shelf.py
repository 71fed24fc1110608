"""Everything that quotes are filtered, folded and counted by, read at once: what `pipelines.shelf` keeps in memory."""

import json
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from sqlite_utils import Database

from pipelines.store import insights
from pipelines.store.filters import Filters, conversation_condition, insight_condition, quoted_words

FACTS = ("kind", "account", "persona", "seniority", "stage", "outcome", "rep")
MARKS = ("\x02\x1b[", "\x1b]\x03")  # around a found word, while it is looked for
CHUNK = 4096


def conversations(db: Database) -> list[tuple]:
    """Of each conversation: id, rowid, the meeting it counts as, its ISO day or "", and FACTS."""
    sql = f"SELECT c.id, c.rowid, c.counted_as, c.day, {', '.join(f'c.{name}' for name in FACTS)} FROM conversations c"
    return db.conn.execute(sql).fetchall()


def rows(db: Database) -> list[tuple]:
    """Of each shown insight: id, conversation id, kind, label, name, what became of it, hash, text, confidence, rowid, voice
    and side of its utterance, theme, sub-theme and how well it fits; None where it waits."""
    return db.conn.execute(
        """SELECT i.id, i.conversation_id, i.kind, i.label, i.name,
            CASE WHEN i.came_back THEN 'came_back' ELSE i.follow_up END, i.text_hash, i.text, i.confidence,
            u.rowid, u.voice, u.role, m.theme_id, m.leaf_id, m.confidence
        FROM shown_insights i JOIN utterances u ON u.id = i.utterance_id LEFT JOIN theme_members m ON m.insight_id = i.id"""
    ).fetchall()


def sentences(db: Database, known: Collection[str]) -> Iterator[tuple[str, str]]:
    """The sentence around each mention of a competitor that is not among the known ones, with the insight's id."""
    sql = """SELECT i.id, i.start, i.end, u.text FROM shown_insights i JOIN utterances u ON u.id = i.utterance_id
        WHERE i.kind = 'competitor'"""
    for insight, start, end, text in db.conn.execute(sql):
        if insight not in known:
            around = insights.around(text, start, end)
            yield insight, around["before"] + text[start:end] + around["after"]


def own_fields(db: Database, names: Sequence[str]) -> list[tuple[str, str, str]]:
    """Conversation id, name and value of these own fields."""
    sql = "SELECT conversation_id, name, value FROM conversation_fields WHERE name IN (SELECT value FROM json_each(?))"
    return db.conn.execute(sql, [json.dumps(list(names))]).fetchall()


def matching_conversations(db: Database, filters: Filters) -> np.ndarray:
    """The rowids of conversations that match what filters say of conversations."""
    condition, values = conversation_condition(filters)
    return _numbers(db, f"SELECT c.rowid FROM conversations c WHERE {condition}", values)


def matching_utterances(db: Database, query: str) -> np.ndarray:
    """The rowids of utterances that hold all the words."""
    condition, values = insight_condition(Filters(q=query))
    return _numbers(db, f"SELECT u.rowid FROM utterances u WHERE {condition}", values)


def families(db: Database, themes: Sequence[str]) -> set[int]:
    """These themes with what each of them went into when it was merged."""
    sql = """WITH RECURSIVE family(id) AS (SELECT id FROM themes WHERE id IN (SELECT value FROM json_each(?))
        UNION SELECT merged_into FROM themes JOIN family USING (id) WHERE merged_into IS NOT NULL) SELECT id FROM family"""
    numbers = [int(theme) for theme in themes if theme.isascii() and theme.isdigit()]
    return {row[0] for row in db.conn.execute(sql, [json.dumps(numbers)])}


def hits(db: Database, query: str, utterances: Collection[int]) -> dict[int, list[tuple[int, int]]]:
    """Where the words of a query stand in each of these utterances (rowids): offsets in code points, found as the index
    finds them ("spending" for "spend")."""
    sql = """SELECT f.rowid, highlight(utterances_fts, 0, ?, ?), u.text FROM utterances_fts f JOIN utterances u ON u.rowid = f.rowid
        WHERE utterances_fts MATCH ? AND f.rowid IN (SELECT value FROM json_each(?))"""
    values = [*MARKS, quoted_words(query), json.dumps(sorted(utterances))]
    found = {}
    for rowid, marked, text in db.conn.execute(sql, values):
        spans = _spans(marked)
        # A text that holds such marks itself, or a NUL, at which the index stops, is shown without found words.
        if spans and "".join(marked.replace(MARKS[0], "").split(MARKS[1])) == text:
            found[rowid] = spans
    return found


def vector_count(db: Database, encoder: str) -> int:
    return int(db.conn.execute("SELECT count(*) FROM vectors WHERE encoder = ?", [encoder]).fetchone()[0])


def vectors(
    db: Database, encoder: str, hashes: Collection[str] | None = None
) -> Iterator[tuple[list[str], np.ndarray]]:
    """Hashes with unit vectors (n, d), in parts: all that are stored of an encoder, or those of these texts."""
    sql, values = "SELECT text_hash, vector FROM vectors WHERE encoder = ?", [encoder]
    if hashes is not None:
        sql += " AND text_hash IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(sorted(hashes)))
    cursor = db.conn.execute(sql, values)
    while part := cursor.fetchmany(CHUNK):
        blobs = b"".join(blob for _, blob in part)
        yield [name for name, _ in part], np.frombuffer(blobs, dtype="<f4").reshape(len(part), -1)


def _numbers(db: Database, sql: str, values: Sequence[object]) -> np.ndarray:
    return np.fromiter((row[0] for row in db.conn.execute(sql, list(values))), dtype=np.int64)


def _spans(marked: str) -> list[tuple[int, int]]:
    spans, at = [], 0
    first, *rest = marked.split(MARKS[0])
    at = len(first)
    for piece in rest:
        word, _, after = piece.partition(MARKS[1])
        spans.append((at, at + len(word)))
        at += len(word) + len(after)
    return spans
