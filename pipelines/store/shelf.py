"""What `pipelines.quotes.shelf` and `pipelines.quotes.meanings` ask the database for, beside the columns: words, usage,
vectors."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from sqlite_utils import Database

from insights import excerpts
from pipelines.store import borders, insights
from pipelines.store.covered import is_covered
from pipelines.store.filters import Filters, asked, conversation_condition, insight_condition

MARKS = ("\x02\x1b[", "\x1b]\x03")  # around a found word, while it is looked for
CHUNK = 4096
# As `utterances_fts` takes words, of which nothing but where they stand is kept.
_INDEX = "CREATE VIRTUAL TABLE said USING fts5(text, content='', columnsize=0, tokenize='porter unicode61')"
_HITS = """SELECT id, kind, text, start, end, CASE WHEN kind = 'competitor' OR id IN (SELECT insight_id FROM quote_borders)
        THEN (SELECT u.text FROM main.utterances u WHERE u.id = utterance_id) END
    FROM main.insights WHERE id IN (SELECT value FROM json_each(?))"""


def usages(db: Database) -> list[tuple[int, str]]:
    """The row numbers of insights of which somebody said what they may be used for, and what that is."""
    sql = "SELECT i.rowid, s.state FROM quote_usage s JOIN insights i ON i.id = s.insight_id"
    return db.conn.execute(sql).fetchall()


def used(db: Database) -> list[tuple[int]]:
    """The row numbers of insights of which it is noted where they were used."""
    sql = "SELECT DISTINCT i.rowid FROM quote_uses n JOIN insights i ON i.id = n.insight_id WHERE n.removed_at = ''"
    return db.conn.execute(sql).fetchall()


def matching_conversations(db: Database, filters: Filters) -> np.ndarray:
    """The rowids of conversations that match what filters say of conversations."""
    condition, values = conversation_condition(filters)
    return _numbers(db, f"SELECT c.rowid AS n FROM conversations c WHERE {condition}", values)


def matching_utterances(db: Database, filters: Filters) -> np.ndarray:
    """The rowids of utterances that hold the words that filters ask for."""
    condition, values = insight_condition(Filters(q=filters.q, match=filters.match))
    return _numbers(db, f"SELECT u.rowid AS n FROM utterances u WHERE {condition}", values)


def matching_insights(db: Database, filters: Filters) -> np.ndarray:
    """The ids of insights that match, as bytes."""
    condition, values = insight_condition(filters)
    return np.array(
        [row[0] for row in db.conn.execute(f"SELECT i.id {insights.JOINS} WHERE {condition}", values)], "S16"
    )


def holding(db: Database, filters: Filters, hits: np.ndarray) -> np.ndarray:
    """Of insights (ids as bytes) in whose utterances the words stand that filters ask for, those that hold them in what
    is quoted of them and not beside it alone.

    Looked for in an index that is made of them for it: so that both take the same for a word, in a time that grows with
    the hits and with nothing else."""
    wanted, _ = asked(filters.q, filters.match)
    said = _quoted(db, hits)
    with closing(sqlite3.connect(":memory:")) as own:
        own.execute(_INDEX)
        own.executemany("INSERT INTO said (rowid, text) VALUES (?, ?)", enumerate(said))
        ids = list(said.values())
        found = own.execute("SELECT rowid FROM said WHERE said MATCH ?", [wanted])
        return np.array([one for (row,) in found for one in ids[row]], "S16")


def _quoted(db: Database, hits: np.ndarray) -> dict[str, list[str]]:
    """What is quoted of insights, of a competitor's mention its sentence, with the ids of those that say it."""
    rows = db.conn.execute(_HITS, [json.dumps(hits.astype(str).tolist())]).fetchall()
    by_hand = borders.of(db, [row[0] for row in rows if row[5] is not None])
    said: dict[str, list[str]] = {}
    for key, kind, text, start, end, utterance in rows:
        if utterance is not None:
            own = by_hand.get(key)
            start, end = excerpts.quoted(kind, utterance, start, end, (own.start, own.end) if own else None)
            text = utterance[start:end]
        said.setdefault(text, []).append(key)
    return said


def families(db: Database, themes: Sequence[str]) -> set[int]:
    """These themes with what each of them went into when it was merged."""
    sql = """WITH RECURSIVE family(id) AS (SELECT id FROM themes WHERE id IN (SELECT value FROM json_each(?))
        UNION SELECT merged_into FROM themes JOIN family USING (id) WHERE merged_into IS NOT NULL) SELECT id FROM family"""
    numbers = [int(theme) for theme in themes if theme.isascii() and theme.isdigit()]
    return {row[0] for row in db.conn.execute(sql, [json.dumps(numbers)])}


@dataclass(frozen=True, slots=True)
class Hit:
    """An utterance's text and where the words of a query stand in it, in code points; at least one."""

    text: str
    spans: tuple[tuple[int, int], ...]


def hits(db: Database, filters: Filters, utterances: Collection[int]) -> dict[int, Hit]:
    """Where the words that filters ask for stand in each of these utterances (rowids), as the index finds them
    ("spending" for "spend")."""
    sql = """SELECT f.rowid, highlight(utterances_fts, 0, ?, ?), u.text FROM utterances_fts f JOIN utterances u ON u.rowid = f.rowid
        WHERE utterances_fts MATCH ? AND f.rowid IN (SELECT value FROM json_each(?))"""
    wanted, _ = asked(filters.q, filters.match)
    if not wanted:
        return {}
    values = [*MARKS, wanted, json.dumps(sorted(utterances))]
    found = {}
    for rowid, marked, text in db.conn.execute(sql, values):
        spans = _spans(marked)
        # A text that holds such marks itself, or a NUL, at which the index stops, is shown without found words.
        said = "".join(marked.replace(MARKS[0], "").split(MARKS[1]))
        if spans and (said == text or (is_covered(db) and len(said) == len(text))):
            found[rowid] = Hit(text, tuple(spans))
    return found


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
    # As one text: a million numbers as Python's own take ten times as long.
    found = db.conn.execute(f"SELECT group_concat(n) FROM ({sql})", list(values)).fetchone()[0]
    return np.fromstring(found, dtype=np.int64, sep=",") if found else np.zeros(0, np.int64)


def _spans(marked: str) -> list[tuple[int, int]]:
    spans, at = [], 0
    first, *rest = marked.split(MARKS[0])
    at = len(first)
    for piece in rest:
        word, _, after = piece.partition(MARKS[1])
        spans.append((at, at + len(word)))
        at += len(word) + len(after)
    return spans
