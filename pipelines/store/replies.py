"""What colleagues said to an objection or question: the seller's turns after a quote, and whether it was raised
again."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlite_utils import Database

from pipelines.store import deal_keys
from pipelines.store.counting import COUNTED

TURNS = 6  # after the quote, in which a reply is looked for: as `insights.language.follow_up` does


@dataclass(frozen=True, slots=True)
class Turn:
    """A seller's turn after a quote."""

    utterance_id: str
    conversation_id: str
    position: int
    text: str


def after(db: Database, conversation_id: str, position: int) -> list[Turn]:
    """The seller's own words in the next turns, the nearest first."""
    sql = """SELECT id AS utterance_id, conversation_id, position, text FROM utterances WHERE conversation_id = ?
        AND position > ? AND position <= ? AND role = 'seller' AND voice = 'verbatim' ORDER BY position"""
    return [Turn(**row) for row in db.query(sql, [conversation_id, position, position + TURNS])]


def came_again(db: Database, insight_ids: Collection[str]) -> set[str]:
    """Those of these quotes whose theme, or where they have none whose label, the same account raised on a later
    day."""
    sql = """SELECT i.id FROM insights i JOIN conversations c ON c.id = i.conversation_id
        LEFT JOIN theme_members m ON m.insight_id = i.id
        WHERE i.id IN (SELECT value FROM json_each(?)) AND c.account_key <> '' AND EXISTS (
            SELECT 1 FROM conversations d JOIN shown_insights j ON j.conversation_id = d.id
            LEFT JOIN theme_members n ON n.insight_id = j.id
            WHERE d.account_key = c.account_key AND d.day > c.day AND d.counted_as <> c.counted_as AND j.kind = i.kind
            AND CASE WHEN m.theme_id IS NULL THEN j.label = i.label AND i.label <> 'other' ELSE n.theme_id = m.theme_id END)"""
    return {row["id"] for row in db.query(sql, [json.dumps(sorted(insight_ids))])}


def looked(db: Database, insight_ids: Collection[str]) -> dict[str, tuple[int, str]]:
    """How many days after each of these quotes its account was still heard, and the key of its deal."""
    sql = """SELECT i.id, c.id AS conversation, CAST(julianday(coalesce((SELECT max(d.day) FROM conversations d
        WHERE d.account_key = c.account_key AND c.account_key <> ''), c.day)) - julianday(c.day) AS INTEGER) AS days
        FROM insights i JOIN conversations c ON c.id = i.conversation_id
        WHERE i.id IN (SELECT value FROM json_each(?))"""
    rows = list(db.query(sql, [json.dumps(sorted(insight_ids))]))
    deals = deal_keys.of_some(db, {row["conversation"] for row in rows})
    return {row["id"]: (row["days"] or 0, deals[row["conversation"]]) for row in rows}


def namings(db: Database, names: Collection[str], *, limit: int) -> list[str]:
    """Quotes of buyers' own words in which a competitor of these names was named, the newest first."""
    sql = f"""SELECT i.id FROM shown_insights i JOIN utterances u ON u.id = i.utterance_id
        JOIN conversations c ON c.id = i.conversation_id WHERE i.kind = 'competitor' AND u.role = 'buyer'
        AND u.voice = 'verbatim' AND {COUNTED}
        AND i.name IN (SELECT value FROM json_each(?)) ORDER BY c.day DESC, i.id LIMIT ?"""
    return [row["id"] for row in db.query(sql, [json.dumps(sorted(names)), limit])]
