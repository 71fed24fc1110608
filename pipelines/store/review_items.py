"""Rounds of items to review, who holds which, and the populations that the random parts are drawn from.

Ids are hashes of content, as good as random numbers that never change: the sample of a stratum is its items in the
order of their ids, as far as they were reviewed (permanent random numbers, Ohlsson 1995). So rounds add up to one
sample, and what a new upload brings takes its random place in it.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from insights.review import BANDS
from pipelines.store.counting import COUNTED

# What the finder found and nothing learnt made doubtful: also what people rejected, or precision would flatter.
_FOUND = "i.found_confidence > 0 AND i.standing <> 'doubted'"
# Buyers' words that are mined, in conversations that count, with nothing found in them.
_UNMARKED = f"""FROM utterances u JOIN conversations c ON c.id = u.conversation_id
    WHERE (u.role <> 'seller' OR u.voice = 'reported') AND u.language IN ('', 'en') AND c.analysed <> ''
    AND {COUNTED}
    AND NOT EXISTS (SELECT 1 FROM insights i WHERE i.utterance_id = u.id AND {_FOUND})"""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a round: part estimate, learn or recall; `subject_id` is an insight's or an utterance's id."""

    round_id: int
    position: int
    part: str
    subject: str
    subject_id: str
    holder: str
    held_at: str
    review_id: int | None


def start(db: Database, items: Sequence[tuple[str, str, str]], *, now: str, actor: str) -> int:
    """Store a round of (part, subject, id) in this order; return its id."""
    sql = "INSERT INTO review_rounds (at, actor) VALUES (?, ?)"
    round_id = int(db.execute(sql, [now, actor]).lastrowid or 0)
    db.conn.executemany(
        "INSERT INTO review_items (round_id, position, part, subject, subject_id) VALUES (?, ?, ?, ?, ?)",
        [(round_id, n, *item) for n, item in enumerate(items, 1)],
    )
    return round_id


def latest(db: Database) -> int:
    """The id of the newest round, 0 before the first."""
    return next((row["id"] or 0 for row in db.query("SELECT max(id) AS id FROM review_rounds")), 0)


def items(db: Database, round_id: int) -> list[Item]:
    """A round's items that are still there, in their order; what an undo or a re-mining took away is left out."""
    sql = f"""SELECT {_ITEM} FROM review_items WHERE round_id = ? AND (review_id IS NOT NULL
        OR (subject = 'insight' AND EXISTS (SELECT 1 FROM insights WHERE id = subject_id))
        OR (subject = 'utterance' AND EXISTS (SELECT 1 FROM utterances WHERE id = subject_id))) ORDER BY position"""
    return [Item(**row) for row in db.query(sql, [round_id])]


def hold(db: Database, item: Item, *, holder: str, now: str) -> None:
    """Note that somebody looks at an item, so that nobody else is given it."""
    sql = "UPDATE review_items SET holder = ?, held_at = ? WHERE round_id = ? AND position = ?"
    db.execute(sql, [holder, now, item.round_id, item.position])


def answer(db: Database, item: Item, review_id: int) -> bool:
    """Tie a review to its item; False when somebody else's is there."""
    sql = "UPDATE review_items SET review_id = ? WHERE round_id = ? AND position = ? AND review_id IS NULL"
    return db.execute(sql, [review_id, item.round_id, item.position]).rowcount > 0


def answered(db: Database) -> set[int]:
    """The numbers of the reviews that answer an item of a round."""
    return {row[0] for row in db.execute("SELECT review_id FROM review_items WHERE review_id IS NOT NULL")}


def reopen(db: Database, review_id: int) -> None:
    """Let the item of a review that was taken back be asked again, first of whoever answered it."""
    db.execute("UPDATE review_items SET review_id = NULL WHERE review_id = ?", [review_id])


def strata(db: Database) -> dict[tuple[str, int], tuple[int, float]]:
    """Per kind and band of confidence: how many insights the finder found, and their mean confidence."""
    sql = f"""SELECT i.kind, {_band("i.found_confidence", BANDS)} AS band, count(*) AS n, avg(i.found_confidence) AS sure
        FROM insights i WHERE {_FOUND} GROUP BY i.kind, band"""
    return {(row["kind"], row["band"]): (row["n"], row["sure"]) for row in db.query(sql)}


def themed_strata(db: Database, themes: Collection[int]) -> dict[int, dict[tuple[str, int], int]]:
    """The same sizes for each of these themes: theme id -> (kind, band) -> insights."""
    sql = f"""SELECT m.theme_id, i.kind, {_band("i.found_confidence", BANDS)} AS band, count(*) AS n
        FROM theme_members m JOIN insights i ON i.id = m.insight_id
        WHERE m.theme_id IN (SELECT value FROM json_each(?)) AND {_FOUND} GROUP BY m.theme_id, i.kind, band"""
    found: dict[int, dict[tuple[str, int], int]] = {}
    for row in db.query(sql, [json.dumps(list(themes))]):
        found.setdefault(row["theme_id"], {})[row["kind"], row["band"]] = row["n"]
    return found


def reviewed(db: Database) -> list[dict]:
    """Every found insight that a verdict holds of by its place or words: id, kind, band, theme_id, review, verdict.

    The latest verdict counts. (A verdict spread by meaning is no look at the thing itself.)
    """
    overlap = "2 * (min(i.end, r.end) - max(i.start, r.start)) >= max(1, min(i.end - i.start, r.end - r.start))"
    sql = f"""SELECT i.id, i.kind, {_band("i.found_confidence", BANDS)} AS band, m.theme_id, i.found_label,
            r.id AS review, r.verdict, r.new_label
        FROM reviews r JOIN insights i ON i.kind = r.kind AND i.said = r.said AND {overlap}
        LEFT JOIN theme_members m ON m.insight_id = i.id
        WHERE r.undone_at IS NULL AND r.verdict IN ('yes', 'no', 'label', 'skip') AND {_FOUND}
        UNION ALL
        SELECT i.id, i.kind, {_band("i.found_confidence", BANDS)}, m.theme_id, i.found_label, 0, r.verdict, r.new_label
        FROM (SELECT kind, words, min(verdict) AS verdict, min(new_label) AS new_label FROM reviews WHERE undone_at IS NULL
            AND verdict IN ('yes', 'no', 'label') AND words <> '' AND alike GROUP BY kind, words
            HAVING count(DISTINCT verdict || new_label) = 1) r
        JOIN insights i ON i.words = r.words AND i.kind = r.kind LEFT JOIN theme_members m ON m.insight_id = i.id
        WHERE {_FOUND} ORDER BY 6"""
    return list({row["id"]: row for row in db.query(sql)}.values())


def next_in(db: Database, kind: str, band: int, *, without: Collection[str], limit: int) -> list[dict]:
    """The next insights of a stratum in its random order (id, words), leaving out those that were looked at."""
    sql = f"""SELECT i.id, i.words FROM insights i WHERE i.kind = ? AND {_band("i.found_confidence", BANDS)} = ? AND {_FOUND}
        AND i.id NOT IN (SELECT value FROM json_each(?)) ORDER BY i.id LIMIT ?"""
    return list(db.query(sql, [kind, band, json.dumps(sorted(without)), limit]))


def unsure(
    db: Database, encoder: str, *, kind: str, threshold: float, without: Collection[str], limit: int
) -> list[dict]:
    """The insights of a kind nearest to its threshold that nobody decided: id, kind, label, confidence, vector."""
    sql = """SELECT i.id, i.kind, i.label, i.confidence, v.vector FROM shown_insights i
        JOIN vectors v ON v.text_hash = i.text_hash AND v.encoder = ?
        WHERE i.kind = ? AND i.review_id IS NULL AND i.id NOT IN (SELECT value FROM json_each(?))
        ORDER BY abs(i.confidence - ?), i.id LIMIT ?"""
    return list(db.query(sql, [encoder, kind, json.dumps(sorted(without)), threshold, limit]))


def random_some(db: Database, encoder: str, *, kind: str, without: Collection[str], limit: int) -> list[dict]:
    """Insights of a kind in random order, the latest of it first (the sample of `next_in` takes the earliest)."""
    sql = """SELECT i.id, i.kind, i.label, i.confidence, v.vector FROM shown_insights i
        JOIN vectors v ON v.text_hash = i.text_hash AND v.encoder = ?
        WHERE i.kind = ? AND i.review_id IS NULL AND i.id NOT IN (SELECT value FROM json_each(?))
        ORDER BY i.id DESC LIMIT ?"""
    return list(db.query(sql, [encoder, kind, json.dumps(sorted(without)), limit]))


def count_unmarked(db: Database) -> int:
    return next(iter(db.query(f"SELECT count(*) AS n {_UNMARKED}")))["n"]


def first_unmarked(db: Database, limit: int) -> list[str]:
    """The first sample of buyers' utterances with nothing found, in its random order."""
    return [row["id"] for row in db.query(f"SELECT u.id {_UNMARKED} ORDER BY u.id LIMIT ?", [limit])]


def scores(db: Database, finder: str) -> dict[str, float]:
    """What this finder thought of unmarked utterances, id -> the best confidence that it did not act on."""
    return {row["utterance_id"]: row["score"] for row in db.query("SELECT * FROM unmarked WHERE finder = ?", [finder])}


def scored(db: Database) -> dict[str, float]:
    """The same, by whichever finder looked last."""
    return {row["utterance_id"]: row["score"] for row in db.query("SELECT * FROM unmarked ORDER BY utterance_id")}


def save_scores(db: Database, finder: str, found: Iterable[tuple[str, float]], *, wanted: Collection[str]) -> None:
    """Store scores, and forget those of utterances that are not in the first sample any more."""
    sql = "DELETE FROM unmarked WHERE utterance_id NOT IN (SELECT value FROM json_each(?))"
    db.execute(sql, [json.dumps(sorted(wanted))])
    db.conn.executemany(
        """INSERT INTO unmarked (utterance_id, finder, score) SELECT id, ?, ? FROM utterances WHERE id = ?
        ON CONFLICT (utterance_id) DO UPDATE SET finder = excluded.finder, score = excluded.score""",
        [(finder, score, utterance_id) for utterance_id, score in found],
    )


_ITEM = "round_id, position, part, subject, subject_id, holder, held_at, review_id"


def _band(column: str, borders: Sequence[float]) -> str:
    return "(" + " + ".join(f"({column} >= {border})" for border in borders) + ")"
