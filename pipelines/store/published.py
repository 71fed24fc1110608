"""See everything as it was published on a day: the themes as they stood then, over what had been uploaded by then.

What one would get wrong: nothing is computed anew in the queries. For this connection, temporary tables and views of
the same names stand before the real ones, so that every list and report is counted as always.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

from sqlite_utils import Database

from insights.periods import Period
from pipelines.store import covered, theme_events
from pipelines.store.counting import COUNTED
from pipelines.store.filters import Filters, conversation_condition, insight_condition
from pipelines.store.insights import JOINS

# What is not looked back at, for whoever compares a figure with an old deck.
TODAYS = "The catalogue is today’s: competitors, own names, personas and stages that were changed since count as they do now."
# Uploads that were undone since are gone and cannot be shown again.
_THERE = """SELECT b.item_id AS id FROM main.brought b JOIN main.batches a ON a.id = b.batch_id
        WHERE b.kind = 'conversation' AND substr(a.created_at, 1, 10) <= ?
    UNION SELECT m.conversation_id FROM main.mails m JOIN main.brought b ON b.item_id = m.id AND b.kind = 'mail'
        JOIN main.batches a ON a.id = b.batch_id WHERE substr(a.created_at, 1, 10) <= ?"""
# A copy or an older version counted by itself while the one that it is counted with was not there yet.
_STOOD = {
    "standing": "CASE WHEN counted_as IN (SELECT id FROM temp.there) THEN standing ELSE '' END",
    "counted_as": "CASE WHEN counted_as IN (SELECT id FROM temp.there) THEN counted_as ELSE id END",
}
# What a person rejected later, or was learnt to doubt later, was shown.
_SHOWN = """CREATE TEMP VIEW shown_insights AS SELECT * FROM insights i WHERE standing = ''
    OR (standing = 'rejected' AND review_id IN (SELECT id FROM main.reviews WHERE substr(at, 1, 10) > (SELECT day FROM temp.published)))
    OR (standing = 'doubted' AND NOT EXISTS (SELECT 1 FROM main.learned WHERE adopted
        AND substr(at, 1, 10) <= (SELECT day FROM temp.published)))"""


def look_back(db: Database, day: str) -> None:
    """Let this connection see themes and conversations as at the end of an ISO day (UTC); for reading only."""
    number = theme_events.number_at(db, day)
    then = theme_events.standing_at(db, number)
    db.execute("CREATE TEMP TABLE published AS SELECT ? AS day", [day])
    db.execute("CREATE TEMP TABLE there (id TEXT PRIMARY KEY)")
    db.execute(f"INSERT OR IGNORE INTO temp.there {_THERE}", [day, day])
    hidden = covered.COLUMNS if covered.is_covered(db) else {}
    for name in ("conversations", "shown_insights", "themes") if hidden else ():
        db.execute(f"DROP VIEW temp.{name}")
    shown = {**hidden.get("conversations", {}), **_STOOD}
    db.execute(covered.view(db, "conversations", shown, where="WHERE id IN (SELECT id FROM temp.there)"))
    db.execute(_SHOWN)
    db.execute("CREATE TEMP TABLE themes AS SELECT * FROM main.themes WHERE 0")
    fields = [(t.name, t.status, t.parent, t.into, t.pinned, t.shape, t.id) for t in then.values()]
    db.conn.executemany(
        """INSERT INTO temp.themes (name, status, parent_id, merged_into, pinned, shape_id, id, kind, label, created_at)
        SELECT ?, ?, ?, ?, ?, ?, id, kind, label, created_at FROM main.themes WHERE id = ?""", fields,
    )  # fmt: skip
    db.execute(
        "CREATE TEMP TABLE theme_members (insight_id TEXT PRIMARY KEY, theme_id INT, leaf_id INT, confidence REAL)"
    )
    db.execute(
        """INSERT INTO temp.theme_members SELECT last.insight_id, coalesce(t.parent_id, t.id), t.id, last.confidence
        FROM (SELECT insight_id, after, confidence, max(event_id) FROM main.theme_moves WHERE event_id <= ?
            GROUP BY insight_id) AS last
        JOIN temp.themes t ON t.id = last.after JOIN main.insights i ON i.id = last.insight_id""", [number],
    )  # fmt: skip
    db.execute("CREATE INDEX temp.members_theme ON theme_members(theme_id)")


@dataclass(frozen=True, slots=True)
class Then:
    """What was counted on a day: the conversations, those of which something was in a theme, and those of each
    theme."""

    conversations: set[str]
    placed: set[str]
    carrying: dict[int, set[str]]


def members_at(db: Database, filters: Filters, *, kind: str, period: Period) -> Then:
    """The conversations of a period and their themes as they stood at the end of its last day; nothing is changed."""
    day = period.end.isoformat()
    number = theme_events.number_at(db, day)
    within = replace(filters, since=period.start.isoformat(), until=day, published="")
    condition, values = conversation_condition(within)
    if not number:
        return Then(set(), set(), {})
    sql = f"SELECT DISTINCT c.counted_as AS id FROM conversations c WHERE {COUNTED} AND c.id IN ({_THERE}) AND {condition}"
    there = {row["id"] for row in db.query(sql, [day, day, *values])}
    if not there:
        return Then(set(), set(), {})
    then = theme_events.standing_at(db, number)
    placed: set[str] = set()
    carrying: dict[int, set[str]] = defaultdict(set)
    condition, values = insight_condition(replace(within, kind=kind, theme=""))
    sql = f"""SELECT c.counted_as AS id, x.after AS leaf, max(x.event_id) AS event {JOINS}
        JOIN theme_moves x ON x.insight_id = i.id AND x.event_id <= ?
        WHERE {COUNTED} AND {condition} GROUP BY i.id"""
    for row in db.query(sql, [number, *values]):
        stood = then.get(row["leaf"]) if row["leaf"] is not None else None
        if stood is None or row["id"] not in there:
            continue
        placed.add(row["id"])
        carrying[stood.parent or stood.id].add(row["id"])
    return Then(there, placed, dict(carrying))


def members_now(db: Database, filters: Filters, *, kind: str, period: Period) -> dict[int, set[str]]:
    """The conversations of each theme in a period as they are counted now."""
    within = replace(filters, kind=kind, since=period.start.isoformat(), until=period.end.isoformat())
    condition, values = insight_condition(within)
    sql = f"""SELECT DISTINCT m.theme_id AS theme, c.counted_as AS id {JOINS}
        WHERE m.theme_id IS NOT NULL AND {COUNTED} AND {condition}"""
    found: dict[int, set[str]] = defaultdict(set)
    for row in db.query(sql, values):
        found[row["theme"]].add(row["id"])
    return dict(found)
