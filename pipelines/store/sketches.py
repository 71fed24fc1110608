"""Rough vectors of everything that is said, by content hash: a sentence that is said twice is sketched once.

`sentences` tell where in which utterance; their ids grow and are never used again, so whoever has looked at all up to
one has only the higher ones to look at. Every utterance has at least one, which tells those that are still to be cut.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from sqlite_utils import Database

from pipelines.store import changes, state

KEY, PRUNED = "sketcher", "seen sentences gone"
_MISSING = "NOT EXISTS (SELECT 1 FROM sentences s WHERE s.utterance_id = u.id)"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Sentences in the order of their ids: where they stand, and their sketches as int8 (n, d). `last` is the last
    id."""

    utterances: list[str]
    places: list[tuple[int, int]]
    hashes: list[str]
    vectors: np.ndarray
    last: int


def renew(db: Database, sketcher: str) -> None:
    """Forget sketches of another sketcher: its vectors cannot be compared with this one's."""
    if state.get(db, KEY) == sketcher:
        return
    with db.atomic():
        if state.get(db, KEY) != sketcher:
            db.execute("DELETE FROM sentences")
            db.execute("DELETE FROM sketches")
            state.put(db, KEY, sketcher)


def gone(db: Database) -> int:
    """How many sentences were ever taken away: their numbers are given once."""
    sql = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'sentences'), 0) - (SELECT count(*) FROM sentences)"
    return int(db.execute(sql).fetchone()[0])


def count_missing(db: Database) -> int:
    return next(iter(db.query(f"SELECT count(*) AS n FROM utterances u WHERE {_MISSING}")))["n"]


def missing_in(db: Database, parts: Collection[int]) -> list[str]:
    """The ids of utterances that are not cut yet, of conversations in these parts (`store.changes`)."""
    sql = f"""SELECT u.id FROM {changes.rows_of("conversations", "c")} CROSS JOIN utterances u ON u.conversation_id = c.id
        WHERE {_MISSING} ORDER BY u.id"""
    return [row[0] for row in db.execute(sql, {"parts": json.dumps(list(parts))})]


def missing(db: Database, *, after: str, limit: int) -> list[tuple[str, str]]:
    """(id, text) of utterances that are not cut yet, by id."""
    sql = f"SELECT id, text FROM utterances u WHERE id > ? AND {_MISSING} ORDER BY id LIMIT ?"
    return [(row["id"], row["text"]) for row in db.query(sql, [after, limit])]


def known(db: Database, hashes: Iterable[str]) -> set[str]:
    sql = "SELECT text_hash FROM sketches WHERE text_hash IN (SELECT value FROM json_each(?))"
    return {row["text_hash"] for row in db.query(sql, [json.dumps(list(hashes))])}


def save(db: Database, hashes: Sequence[str], vectors: np.ndarray, places: Sequence[tuple[str, int, int, str]]) -> None:
    """Store unit vectors (n, d) under their hashes, and sentences (utterance, start, end, hash); inside `db.atomic()`.

    What was undone or cut by another process meanwhile is left out.
    """
    rows = zip(hashes, packed(vectors), strict=True)
    sql = "INSERT OR IGNORE INTO sketches (text_hash, vector) VALUES (?, ?)"
    db.conn.executemany(sql, [(one, vector.tobytes()) for one, vector in rows])
    ids = json.dumps(list({place[0] for place in places}))
    sql = f"SELECT u.id FROM utterances u WHERE u.id IN (SELECT value FROM json_each(?)) AND {_MISSING}"
    waiting = {row["id"] for row in db.query(sql, [ids])}
    db.conn.executemany(
        """INSERT INTO sentences (utterance_id, start, end, sketch_id)
        SELECT ?, ?, ?, id FROM sketches WHERE text_hash = ?""",
        [place for place in places if place[0] in waiting],
    )


def stretch(db: Database, *, after: int, limit: int) -> Stretch | None:
    """The next sentences after an id, about `limit` of them and of whole utterances; None at the end."""
    sql = """SELECT s.id, s.utterance_id, s.start, s.end, k.text_hash, k.vector FROM sentences s
        JOIN sketches k ON k.id = s.sketch_id WHERE s.id > ? ORDER BY s.id LIMIT ?"""
    rows = db.execute(sql, [after, limit]).fetchall()
    if not rows:
        return None
    # The sentences of an utterance follow one another: the last one's may go on, however many there are.
    more = "s.id > ? AND s.utterance_id = ?"
    rows += db.execute(sql.replace("s.id > ?", more), [rows[-1][0], rows[-1][1], 1 << 30]).fetchall()
    vectors = np.frombuffer(b"".join(row[5] for row in rows), np.int8).reshape(len(rows), -1)
    places = [(row[2], row[3]) for row in rows]
    return Stretch([row[1] for row in rows], places, [row[4] for row in rows], vectors, rows[-1][0])


def sample(db: Database, size: int) -> tuple[list[str], list[str], np.ndarray]:
    """Hashes, texts and sketches (n, d) of sentences that stand for all: those whose hashes come first, so that the
    order of uploads does not matter. English, and what is too short to tell."""
    sql = """SELECT k.text_hash AS h, k.vector AS v, min(u.id || ' ' || s.start || ' ' || s.end) AS place
        FROM (SELECT * FROM sketches ORDER BY text_hash LIMIT ?) k JOIN sentences s ON s.sketch_id = k.id
        JOIN utterances u ON u.id = s.utterance_id WHERE u.language IN ('', 'en') GROUP BY k.text_hash ORDER BY 1"""
    rows = list(db.query(sql, [size]))
    places = [row["place"].split(" ") for row in rows]
    said = texts(db, {place[0] for place in places})
    vectors = np.frombuffer(b"".join(row["v"] for row in rows), np.int8).reshape(len(rows), -1) if rows else None
    found = [said[utterance][int(start) : int(end)] for utterance, start, end in places]
    return [row["h"] for row in rows], found, unpacked(vectors) if vectors is not None else np.zeros((0, 0), np.float32)


def texts(db: Database, utterance_ids: Collection[str]) -> dict[str, str]:
    sql = "SELECT id, text FROM utterances WHERE id IN (SELECT value FROM json_each(?))"
    return {row["id"]: row["text"] for row in db.query(sql, [json.dumps(list(utterance_ids))])}


def encoded(db: Database, encoder: str, hashes: Collection[str]) -> dict[str, np.ndarray]:
    """Kept vectors of the encoder, hash -> (384,) float32."""
    sql = "SELECT text_hash, vector FROM sentence_vectors WHERE encoder = ? AND text_hash IN (SELECT value FROM json_each(?))"
    rows = db.query(sql, [encoder, json.dumps(list(hashes))])
    return {row["text_hash"]: np.frombuffer(row["vector"], "<f2").astype(np.float32) for row in rows}


def save_encoded(db: Database, encoder: str, hashes: Sequence[str], vectors: np.ndarray) -> None:
    """Keep the encoder's vectors (n, 384) in half precision."""
    rows = zip(hashes, np.ascontiguousarray(vectors, "<f2"), strict=True)
    sql = "INSERT OR IGNORE INTO sentence_vectors (text_hash, encoder, vector) VALUES (?, ?, ?)"
    db.conn.executemany(sql, [(one, encoder, vector.tobytes()) for one, vector in rows])


def prune(db: Database, encoder: str) -> None:
    """Forget sketches and vectors whose words are no longer anywhere, and vectors of another encoder."""
    if state.get(db, PRUNED) != (taken := str(gone(db))):
        db.execute("DELETE FROM sketches WHERE id NOT IN (SELECT sketch_id FROM sentences)")
        state.put(db, PRUNED, taken)
    sql = "DELETE FROM sentence_vectors WHERE encoder <> ? OR text_hash NOT IN (SELECT text_hash FROM sketches)"
    db.execute(sql, [encoder])


def packed(vectors: np.ndarray) -> np.ndarray:
    """Vectors (n, d) as int8, each by its own largest component."""
    scale = 127 / np.maximum(np.abs(vectors).max(axis=1, keepdims=True, initial=0), 1e-9)
    return np.round(vectors * scale).astype(np.int8)


def unpacked(vectors: np.ndarray) -> np.ndarray:
    """int8 (n, d) -> unit float32 (n, d); cosine with what was packed is above 0.999."""
    found = vectors.astype(np.float32)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
