"""What lists of themes and their histories show: how far each reaches, what it was called, where quotes went."""

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlite_utils import Database

from insights.neighbours import Met
from pipelines.store import insights
from pipelines.store.filters import COUNTED, Filters, insight_condition
from pipelines.store.insights import JOINS, Quote
from pipelines.store.units import ACCOUNT, DEAL


@dataclass(frozen=True, slots=True)
class Reach:
    """Quotes, the conversations and accounts that they come from, and the ISO day of the newest; "" where none is known."""

    quotes: int = 0
    conversations: int = 0
    accounts: int = 0
    last: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """How many quotes one event moved from one theme to another; None stands for those that wait."""

    before: int | None
    after: int | None
    quotes: int


def reaches(db: Database) -> dict[int, Reach]:
    """How far every theme and sub-theme reaches, a theme's sub-themes counted in."""
    sql = f"SELECT {{id}} AS id, {_REACH} {JOINS} WHERE {{only}} GROUP BY {{id}}"
    levels = (("m.theme_id", "m.theme_id IS NOT NULL"), ("m.leaf_id", "m.leaf_id <> m.theme_id"))
    rows = [row for id_, only in levels for row in db.query(sql.format(id=id_, only=only))]
    return {row.pop("id"): Reach(**row) for row in rows}


def reach(db: Database, insight_ids: Collection[str]) -> Reach:
    """How far these insights reach, of those that are shown."""
    sql = f"SELECT {_REACH} {JOINS} WHERE i.id IN (SELECT value FROM json_each(?))"
    return Reach(**next(iter(db.query(sql, [json.dumps(sorted(insight_ids))]))))


def quotes(db: Database, insight_ids: Collection[str], *, limit: int) -> list[Quote]:
    """These insights, of those that are shown, as quotes, the newest first."""
    sql = f"""SELECT i.id {JOINS} WHERE i.id IN (SELECT value FROM json_each(?)) ORDER BY c.day DESC, i.id LIMIT ?"""
    rows = list(db.query(sql, [json.dumps(sorted(insight_ids)), limit]))
    found = [insights.get(db, row["id"]) for row in rows]
    return [quote for quote in found if quote]


def names(db: Database) -> dict[int, str]:
    """What every theme is called, or was called last where its making was undone."""
    known = {row["id"]: row["name"] for row in db.query("SELECT id, name FROM themes")}
    gone = [theme for theme, name in known.items() if not name]
    sql = """SELECT edits FROM theme_events WHERE id IN (SELECT event_id FROM theme_event_themes
        WHERE theme_id IN (SELECT value FROM json_each(?))) ORDER BY id"""
    for row in db.query(sql, [json.dumps(gone)]) if gone else ():
        for theme, field, _, after in json.loads(row["edits"]):
            if field == "name" and after and theme in gone:
                known[theme] = after
    return known


def held(db: Database, kind: str) -> int:
    """How many shown insights of a kind wait because a person said so: discovery leaves them alone."""
    sql = """SELECT count(*) AS n FROM shown_insights i LEFT JOIN theme_members m ON m.insight_id = i.id
        WHERE i.kind = ? AND m.insight_id IS NULL AND EXISTS (SELECT 1 FROM theme_moves x WHERE x.insight_id = i.id)"""
    return int(next(iter(db.query(sql, [kind])))["n"])


def directly_in(db: Database, theme_id: int) -> int:
    """How many shown quotes are in a theme and in none of its sub-themes."""
    sql = (
        """SELECT count(*) AS n FROM theme_members m JOIN shown_insights i ON i.id = m.insight_id WHERE m.leaf_id = ?"""
    )
    return int(next(iter(db.query(sql, [theme_id])))["n"])


def flows(db: Database, events: Collection[int]) -> dict[int, list[Flow]]:
    """Per event, from where to where how many quotes went."""
    sql = """SELECT event_id, before, after, count(*) AS quotes FROM theme_moves
        WHERE event_id IN (SELECT value FROM json_each(?)) GROUP BY event_id, before, after ORDER BY event_id, before, after"""
    found: dict[int, list[Flow]] = defaultdict(list)
    for row in db.query(sql, [json.dumps(sorted(events))]):
        found[row["event_id"]].append(Flow(row["before"], row["after"], row["quotes"]))
    return found


def met(db: Database, filters: Filters, theme_id: int) -> tuple[int, list[Met]]:
    """How many conversations carry a theme, and every other theme that comes up in them, with how often it does there,
    with how many accounts, and at all."""
    condition, values = insight_condition(replace(filters, theme="", kind=""))
    of = f"FROM ({_CARRIED.format(joins=JOINS, condition=condition)})"
    mine = f"SELECT id {of} WHERE theme_id = ? OR leaf_id = ?"
    carried = list(db.query(mine, [*values, theme_id, theme_id]))
    ids = json.dumps(sorted({row["id"] for row in carried}))
    inside = "id IN (SELECT value FROM json_each(?))"
    sql = f"""SELECT theme_id AS theme, count(DISTINCT CASE WHEN {inside} THEN id END) AS both,
        count(DISTINCT CASE WHEN {inside} THEN account END) AS accounts, count(DISTINCT id) AS other
        {of} WHERE theme_id IS NOT NULL AND theme_id <> ? GROUP BY theme_id HAVING both > 0 ORDER BY theme_id"""
    return len({row["id"] for row in carried}), [Met(**row) for row in db.query(sql, [ids, ids, *values, theme_id])]


_CARRIED = """SELECT m.theme_id, m.leaf_id, c.counted_as AS id, coalesce(nullif(c.account_key, ''), c.counted_as) AS account
    {joins} WHERE {condition}"""


def deals(db: Database, filters: Filters, theme_id: int) -> dict[str, str]:
    """The deals in whose conversations a theme comes up, each with its account."""
    condition, values = insight_condition(replace(filters, theme="", kind=""))
    sql = f"""SELECT {DEAL} AS deal, min({ACCOUNT}) AS account {JOINS}
        WHERE {COUNTED} AND (m.theme_id = ? OR m.leaf_id = ?) AND {condition} GROUP BY 1 ORDER BY 1"""
    return {row["deal"]: row["account"] for row in db.query(sql, [theme_id, theme_id, *values])}


_REACH = """count(*) AS quotes, count(DISTINCT c.counted_as) AS conversations,
    count(DISTINCT nullif(c.account, '')) AS accounts, coalesce(max(c.day), '') AS last"""
