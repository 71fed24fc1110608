"""Where quotes stood that are gone, so that an address that was given once still says what happened."""

from dataclasses import dataclass

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Gone:
    """The place of a quote that is no longer there. `position` is that of its utterance, None where that went first.
    `standing` is "" for what was deleted, "rejected" or "doubted" for what is there but does not count."""

    id: str
    kind: str
    utterance_id: str
    conversation_id: str
    position: int | None
    start: int
    end: int
    text_hash: str
    at: str
    standing: str = ""


def get(db: Database, insight_id: str) -> Gone | None:
    hidden = """SELECT i.id, i.kind, i.utterance_id, i.conversation_id, u.position, i.start, i."end", i.text_hash, '' AS at, i.standing
        FROM insights i LEFT JOIN utterances u ON u.id = i.utterance_id WHERE i.id = ? AND i.standing <> ''"""
    for row in db.query(hidden, [insight_id]):
        return Gone(**row)
    return next((Gone(**row) for row in db.query("SELECT * FROM gone_quotes WHERE id = ?", [insight_id])), None)


def now_at(db: Database, gone: Gone) -> str:
    """The id of the quote that stands there now: the same words in the conversation, or else one of the same kind that
    covers the place; "" for none."""
    sql = """SELECT id FROM shown_insights WHERE kind = :kind AND id <> :id AND (
            (conversation_id = :c AND text_hash = :hash) OR (utterance_id = :u AND start < :end AND :start < end))
        ORDER BY text_hash = :hash DESC, min(end, :end) - max(start, :start) DESC, id LIMIT 1"""
    values = {
        "kind": gone.kind, "id": gone.id, "c": gone.conversation_id, "hash": gone.text_hash, "u": gone.utterance_id,
        "start": gone.start, "end": gone.end,
    }  # fmt: skip
    return next((row["id"] for row in db.query(sql, values)), "")


def starting(db: Database, prefix: str, *, limit: int = 3) -> list[str]:
    """Ids, of quotes that are there or gone, that begin with some hexadecimal digits."""
    sql = """SELECT id FROM insights WHERE id >= :a AND id < :b
        UNION SELECT id FROM gone_quotes WHERE id >= :a AND id < :b ORDER BY id LIMIT :n"""
    return [row["id"] for row in db.query(sql, {"a": prefix, "b": prefix + "g", "n": limit})]
