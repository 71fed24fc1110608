"""Vectors of quotes by content hash: the same words are embedded once, however often they are said."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence

import numpy as np
from sqlite_utils import Database

from insights.quotable import NEAR


def save(db: Database, encoder: str, hashes: Sequence[str], vectors: np.ndarray) -> None:
    """Store unit vectors (n, d) as little-endian float32 under their texts' hashes."""
    rows = zip(hashes, np.ascontiguousarray(vectors, dtype="<f4"), strict=True)
    db.table("vectors").insert_all(
        ({"text_hash": h, "encoder": encoder, "vector": v.tobytes()} for h, v in rows),
        pk=("text_hash", "encoder"), ignore=True,
    )  # fmt: skip


def of_insights(db: Database, encoder: str, insights: Collection[str]) -> tuple[list[dict], np.ndarray]:
    """Those of these insights that are shown (id, label, text, leaf_id, conversation_id, account, voice, and as
    `before` and `after` the few characters beside them) by id, with their unit vectors, shape (n, d)."""
    sql = f"""SELECT i.id, i.label, i.text, m.leaf_id, i.conversation_id, c.account, u.voice, v.vector,
            substr(u.text, max(1, i.start + 1 - {NEAR}), min(i.start, {NEAR})) AS before, substr(u.text, i.end + 1, {NEAR}) AS after
        FROM shown_insights i JOIN vectors v ON v.text_hash = i.text_hash AND v.encoder = ?
        JOIN conversations c ON c.id = i.conversation_id JOIN utterances u ON u.id = i.utterance_id
        LEFT JOIN theme_members m ON m.insight_id = i.id
        WHERE i.id IN (SELECT value FROM json_each(?)) ORDER BY i.id"""
    rows = list(db.query(sql, [encoder, json.dumps(sorted(insights))]))
    blobs = [row.pop("vector") for row in rows]
    if not blobs:
        return [], np.zeros((0, 0), dtype=np.float32)
    return rows, np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), -1)


def of_members(
    db: Database, encoder: str, kind: str, themes: Collection[int], *, least: float, most: int
) -> dict[int, np.ndarray]:
    """For each of these themes of a kind the vectors (m, d) of at most `most` members, chosen by their ids, of those that
    belong to it with a confidence of `least` or more and did not merely join: what joined must not draw in what comes
    later. None of a theme without any."""
    # Theme by theme along the index: a large one is left as soon as it has given its share.
    sql = """SELECT v.vector FROM (SELECT i.text_hash, m.insight_id
        FROM theme_members m CROSS JOIN shown_insights i ON i.id = m.insight_id
        WHERE m.theme_id = ? AND i.kind = ? AND m.confidence >= ? AND EXISTS (SELECT 1 FROM theme_moves x JOIN theme_events e
            ON e.id = x.event_id AND e.type <> 'join' WHERE x.insight_id = m.insight_id AND x.after = m.leaf_id)
        ORDER BY m.insight_id LIMIT ?) AS few
        JOIN vectors v ON v.text_hash = few.text_hash AND v.encoder = ? ORDER BY few.insight_id"""
    found: dict[int, list[bytes]] = defaultdict(list)
    for theme in sorted(themes):
        for (vector,) in db.execute(sql, [theme, kind, least, most, encoder]).fetchall():
            found[theme].append(vector)
    return {
        theme: np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), -1) for theme, blobs in found.items()
    }


def prune(db: Database) -> None:
    """Forget vectors whose words are no longer anywhere; those of rejected insights stay, so that they teach."""
    # Both indexes are read in the order of the hashes; by itself SQLite would read the vectors, a hundred times as many bytes.
    db.execute("""DELETE FROM vectors WHERE rowid IN (SELECT v.rowid FROM vectors v
        WHERE NOT EXISTS (SELECT 1 FROM insights i WHERE i.text_hash = v.text_hash))""")


def by_hash(db: Database, encoder: str, hashes: Collection[str]) -> dict[str, np.ndarray]:
    """The vectors (d,) that are stored of these texts."""
    sql = "SELECT text_hash, vector FROM vectors WHERE encoder = ? AND text_hash IN (SELECT value FROM json_each(?))"
    rows = db.query(sql, [encoder, json.dumps(sorted(hashes))])
    return {row["text_hash"]: np.frombuffer(row["vector"], dtype="<f4") for row in rows}


def encoder(db: Database) -> str:
    """The name of the encoder that vectors were stored with last, "" while there are none."""
    rows = db.query("SELECT encoder FROM vectors ORDER BY rowid DESC LIMIT 1")
    return next((row["encoder"] for row in rows), "")
