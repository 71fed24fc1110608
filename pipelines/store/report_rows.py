"""What reports count: one exposure per conversation, one hit per conversation and theme.

The note, the transcript and the recap of one meeting are one conversation here (see `filters.COUNTED`)."""

from dataclasses import dataclass

from sqlite_utils import Database

from pipelines.store.filters import CONVERSATION_COLUMNS, COUNTED, Filters, conversation_condition, insight_condition
from pipelines.store.insights import JOINS

INSIGHT_SPLITS = {"relation": "i.label", "label": "i.label", "voice": "u.voice"}


@dataclass(frozen=True, slots=True)
class Exposure:
    """A conversation that was listened to: it counts in the denominator. `day` is "" when unknown."""

    id: str
    day: str
    account: str
    split: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A conversation that carries a theme: it counts once in the numerator, however many insights it holds."""

    theme_id: int
    conversation_id: str
    split: str
    insights: int


def conversations(db: Database, filters: Filters, *, by: str = "") -> list[Exposure]:
    """The conversations that match, each with its value of `by` ("" for splits of insights, which share them all)."""
    condition, values = conversation_condition(filters)
    column, more = ("''", []) if by in INSIGHT_SPLITS else _split(by)
    sql = f"""SELECT c.counted_as AS id, coalesce(min(nullif(c.day, '')), '') AS day, max(c.account) AS account, {column} AS split
        FROM conversations c WHERE {COUNTED} AND {condition} GROUP BY c.counted_as, split ORDER BY c.counted_as"""
    return [Exposure(**row) for row in db.query(sql, [*more, *values])]


def count(db: Database, filters: Filters) -> dict[str, int]:
    """How many conversations match, with or without a date, and how many accounts they are of."""
    condition, values = conversation_condition(filters)
    sql = f"""SELECT count(DISTINCT c.counted_as) AS conversations, count(DISTINCT nullif(c.account, '')) AS accounts
        FROM conversations c WHERE {COUNTED} AND {condition}"""
    return next(iter(db.query(sql, values)))


def hits(db: Database, filters: Filters, *, by: str = "") -> list[Hit]:
    condition, values = insight_condition(filters)
    column, more = _split(by)
    sql = f"""SELECT m.theme_id, c.counted_as AS conversation_id, {column} AS split, count(*) AS insights {JOINS}
        WHERE m.theme_id IS NOT NULL AND {COUNTED} AND {condition} GROUP BY m.theme_id, c.counted_as, split"""
    return [Hit(**row) for row in db.query(sql, [*more, *values])]


def _split(by: str) -> tuple[str, list[object]]:
    if not by:
        return "''", []
    if column := INSIGHT_SPLITS.get(by) or CONVERSATION_COLUMNS.get(by):
        return column, []
    own = "coalesce((SELECT f.value FROM conversation_fields f WHERE f.conversation_id = c.id AND f.name = ?), '')"
    return own, [by]
