"""Reviews: what people said of what was found and of what was not, and the mark that this leaves on insights.

A review holds no customer's words and points at no row. It is known by hashes of what was said (see
`insights.review.said_key`), so it waits through re-mining and undo, and holds again when the same words come back.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from sqlite_utils import Database

Verdict = Literal["yes", "no", "label", "skip", "nothing", "missed"]


@dataclass(frozen=True, slots=True)
class Review:
    """One person's verdict. `start` and `end` are offsets in the utterance that `said` stands for.

    `label` and `confidence` are as the finder gave them; `new_label` is the person's. `alike` says whether it spreads
    to items like it. `id` is None until it is stored.
    """

    at: str
    actor: str
    subject: Literal["insight", "utterance"]
    verdict: Verdict
    said: str
    kind: str = ""
    start: int = 0
    end: int = 0
    quote: str = ""
    words: str = ""
    label: str = ""
    new_label: str = ""
    confidence: float = 0.0
    alike: bool = True
    conversation_id: str = ""
    id: int | None = None


_FIELDS = tuple(field.name for field in fields(Review))
_COLUMNS = ", ".join(_FIELDS)


def add(db: Database, review: Review) -> int:
    """Store a review; return its id."""
    names = _FIELDS[:-1]
    sql = f"INSERT INTO reviews ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    return int(db.execute(sql, [getattr(review, name) for name in names]).lastrowid or 0)


def get(db: Database, review_id: int) -> Review | None:
    """A review that holds; None when there is none or it was taken back."""
    sql = f"SELECT {_COLUMNS} FROM reviews WHERE id = ? AND undone_at IS NULL"
    return next((_review(row) for row in db.query(sql, [review_id])), None)


def active(db: Database) -> list[Review]:
    """Every review that holds, the oldest first."""
    return [_review(row) for row in db.query(f"SELECT {_COLUMNS} FROM reviews WHERE undone_at IS NULL ORDER BY id")]


def any_active(db: Database) -> bool:
    return bool(db.execute("SELECT EXISTS (SELECT 1 FROM reviews WHERE undone_at IS NULL)").fetchone()[0])


def recent(db: Database, *, actor: str = "", limit: int = 20) -> list[Review]:
    """The latest reviews that hold, of one person or of all."""
    sql = f"""SELECT {_COLUMNS} FROM reviews WHERE undone_at IS NULL AND (? = '' OR actor = ?)
        ORDER BY id DESC LIMIT ?"""
    return [_review(row) for row in db.query(sql, [actor, actor, limit])]


def take_back(db: Database, review_id: int, *, now: str) -> bool:
    """Mark a review as taken back; False when it does not hold. The row stays as history."""
    sql = "UPDATE reviews SET undone_at = ? WHERE id = ? AND undone_at IS NULL"
    return db.execute(sql, [now, review_id]).rowcount > 0


def places(
    db: Database, version: str, *, conversation_ids: Collection[str] | None = None, ids: Collection[str] | None = None,
    after: str = "", limit: int = 5000,
) -> list[dict]:  # fmt: skip
    """Insights that are not settled as `version` would, with the words around them, in the order of their ids."""
    more, values = "", [version, after]
    for column, chosen in (("i.conversation_id", conversation_ids), ("i.id", ids)):
        if chosen is not None:
            more += f" AND {column} IN (SELECT value FROM json_each(?))"
            values.append(json.dumps(sorted(chosen)))
    sql = f"""SELECT {PLACE} FROM insights i JOIN utterances u ON u.id = i.utterance_id
        WHERE i.settled <> ? AND i.id > ?{more} ORDER BY i.id LIMIT ?"""
    return list(db.query(sql, [*values, limit]))


def unsettled(db: Database, version: str) -> list[str]:
    """The ids of all insights that are not settled as `version` would, ascending."""
    sql = """SELECT id FROM insights WHERE rowid IN (SELECT rowid FROM insights WHERE settled < :version
        UNION ALL SELECT rowid FROM insights WHERE settled > :version) ORDER BY id"""
    return [row[0] for row in db.execute(sql, {"version": version})]


def places_of(db: Database, review: Review) -> list[dict]:
    """The found insights at a review's place, wherever its words are stored, with the hash of what was said."""
    sql = f"""SELECT {PLACE}, i.said FROM insights i JOIN utterances u ON u.id = i.utterance_id
        WHERE i.kind = ? AND i.said = ? AND i.found_confidence > 0 ORDER BY i.id"""
    return list(db.query(sql, [review.kind, review.said]))


def place(db: Database, insight_id: str) -> dict | None:
    """One insight as `places` gives it."""
    sql = f"SELECT {PLACE} FROM insights i JOIN utterances u ON u.id = i.utterance_id WHERE i.id = ?"
    return next(iter(db.query(sql, [insight_id])), None)


BEFORE = """coalesce((SELECT b.text FROM utterances b WHERE b.conversation_id = u.conversation_id
    AND b.position = u.position - 1), '')"""
PLACE = f"""i.id, i.kind, i.label, i.name, i.start, i.end, i.text, i.text_hash, i.confidence, i.found_label,
    i.found_confidence, i.standing, i.review_id, i.conversation_id, i.utterance_id, u.role, u.voice, u.position,
    u.text AS utterance, {BEFORE} AS before_text"""


def settle(db: Database, rows: Iterable[dict]) -> None:
    """Write what insights came to: {"id", "label", "confidence", "standing", "review_id", "said", "words",
    "settled"}."""
    sql = """UPDATE insights SET label = :label, confidence = :confidence, standing = :standing, review_id = :review_id,
        said = :said, words = :words, settled = :settled WHERE id = :id"""
    db.conn.executemany(sql, list(rows))


def unsettle(db: Database, insight_ids: Collection[str]) -> None:
    """Let these insights be settled anew."""
    sql = "UPDATE insights SET settled = '' WHERE id IN (SELECT value FROM json_each(?))"
    db.execute(sql, [json.dumps(sorted(insight_ids))])


def about(db: Database, review: Review) -> set[str]:
    """Insights of a review's kind that were said at its place, or in its words."""
    sql = """SELECT id FROM insights WHERE kind = :kind AND said = :said
        UNION SELECT id FROM insights WHERE kind = :kind AND words = :words AND :words <> ''"""
    values = {"kind": review.kind, "said": review.said, "words": review.words}
    return {row["id"] for row in db.query(sql, values)}


def with_words(db: Database, kind: str, words: str) -> set[str]:
    """Insights of a kind in the same words."""
    return {row["id"] for row in db.query("SELECT id FROM insights WHERE kind = ? AND words = ?", [kind, words])}


def comparable(db: Database, encoder: str, *, kind: str, label: str) -> tuple[list[dict], bytes]:
    """Insights of a kind that the finder gave a label: (id, text), and their vectors as one buffer."""
    sql = """SELECT i.id, i.text, v.vector FROM insights i JOIN vectors v ON v.text_hash = i.text_hash AND v.encoder = ?
        WHERE i.kind = ? AND i.found_label = ? ORDER BY i.id"""
    rows = list(db.query(sql, [encoder, kind, label]))
    return rows, b"".join(row.pop("vector") for row in rows)


def rejected(db: Database, conversation_ids: Collection[str]) -> list[dict]:
    """The insights of these conversations that a review leaves out, with who said so and when, the last said first."""
    sql = """SELECT i.id, i.kind, i.text, coalesce(c.day, '') AS day, r.id AS review, r.actor, r.at
        FROM insights i JOIN reviews r ON r.id = i.review_id JOIN conversations c ON c.id = i.conversation_id
        WHERE i.standing = 'rejected' AND i.conversation_id IN (SELECT value FROM json_each(?)) ORDER BY r.id DESC, i.id"""
    return list(db.query(sql, [json.dumps(sorted(conversation_ids))]))


def rejected_in(db: Database, theme_id: int) -> list[dict]:
    """The reviews that leave quotes of a theme, or of a sub-theme, out, the newest first: {"id", "actor", "at",
    "quotes", "quote"}, how many quotes there are and the id of one."""
    sql = """SELECT r.id, r.actor, r.at, count(*) AS quotes, min(i.id) AS quote FROM theme_members m
        JOIN insights i ON i.id = m.insight_id JOIN reviews r ON r.id = i.review_id
        WHERE (m.theme_id = :theme OR m.leaf_id = :theme) AND i.standing = 'rejected' GROUP BY r.id ORDER BY r.id DESC"""
    return list(db.query(sql, {"theme": theme_id}))


def decided_by(db: Database, review_id: int) -> int:
    """How many insights stand as they do because of a review."""
    return db.table("insights").count_where("review_id = ?", [review_id])


def drop_added(db: Database, review: Review) -> None:
    """Remove the insights that a person added and the finder has not found."""
    sql = """DELETE FROM insights WHERE found_confidence = 0 AND kind = ? AND said = ? AND start = ? AND "end" = ?"""
    db.execute(sql, [review.kind, review.said, review.start, review.end])


def utterance(db: Database, utterance_id: str) -> dict | None:
    """An utterance with the words before it."""
    sql = f"""SELECT u.id, u.conversation_id, u.position, u.speaker, u.role, u.voice, u.text, {BEFORE} AS before_text
        FROM utterances u WHERE u.id = ?"""
    return next(iter(db.query(sql, [utterance_id])), None)


def utterances_said(db: Database, said: Collection[str]) -> list[dict]:
    """Utterances with insights known by these hashes, and those of the conversations where they were looked at."""
    sql = f"""SELECT u.id, u.conversation_id, u.position, u.speaker, u.role, u.voice, u.text, {BEFORE} AS before_text
        FROM utterances u WHERE u.id IN (SELECT utterance_id FROM insights WHERE said IN (SELECT value FROM json_each(:said)))
        OR u.conversation_id IN (SELECT conversation_id FROM reviews WHERE said IN (SELECT value FROM json_each(:said)))
        ORDER BY u.conversation_id, u.position"""
    return list(db.query(sql, {"said": json.dumps(sorted(said))}))


def marks(db: Database, utterance_id: str) -> list[dict]:
    """What counts in an utterance: kind, start, end, label."""
    sql = "SELECT kind, start, end, label FROM shown_insights WHERE utterance_id = ? ORDER BY start, end, kind"
    return list(db.query(sql, [utterance_id]))


def marked(db: Database, utterance_id: str, kind: str, start: int, end: int) -> dict | None:
    """The first of what counts in these words of an utterance, or in some of them: its id and label."""
    sql = """SELECT id, label FROM shown_insights
        WHERE utterance_id = ? AND kind = ? AND start < ? AND ? < end ORDER BY start, end LIMIT 1"""
    return next(iter(db.query(sql, [utterance_id, kind, end, start])), None)


def same_words(db: Database, text: str) -> list[dict]:
    """Every utterance of exactly these words, with the words before it."""
    sql = f"SELECT u.id, u.conversation_id, u.text, {BEFORE} AS before_text FROM utterances u WHERE u.text = ?"
    return list(db.query(sql, [text]))


def around(db: Database, conversation_id: str, position: int, *, before: int, after: int) -> list[dict]:
    """The utterances around one, that one included."""
    sql = """SELECT id, position, speaker, role, voice, text FROM utterances
        WHERE conversation_id = ? AND position BETWEEN ? AND ? ORDER BY position"""
    return list(db.query(sql, [conversation_id, position - before, position + after]))


def _review(row: dict) -> Review:
    return Review(**{**row, "alike": bool(row["alike"])})


def said_of(reviews: Sequence[Review]) -> dict[str, list[Review]]:
    """Reviews by the place that they are about."""
    found: dict[str, list[Review]] = {}
    for review in reviews:
        found.setdefault(review.said, []).append(review)
    return found
