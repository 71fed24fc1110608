"""What lists of themes and their histories show: how far each reaches, what it was called, where quotes went."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from sqlite_utils import Database

from insights.neighbours import Met
from pipelines.store import columns, insights, themes
from pipelines.store.counting import COUNTED
from pipelines.store.filters import Filters, insight_condition
from pipelines.store.insights import JOINS, Quote
from pipelines.store.remembered import per_state
from pipelines.store.theme_events import NEW
from pipelines.store.units import ACCOUNT, DEAL


@dataclass(frozen=True, slots=True)
class Reach:
    """Quotes, the conversations and accounts that they come from, and the ISO day of the newest; "" where none is
    known."""

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


@per_state
def reaches(db: Database) -> dict[int, Reach]:
    """How far every theme and sub-theme reaches, a theme's sub-themes counted in."""
    if read := columns.read(db):
        return _reaches(read)
    sql = f"SELECT {{id}} AS id, {_REACH} {JOINS} WHERE {{only}} GROUP BY {{id}}"
    levels = (("m.theme_id", "m.theme_id IS NOT NULL"), ("m.leaf_id", "m.leaf_id <> m.theme_id"))
    rows = [row for id_, only in levels for row in db.query(sql.format(id=id_, only=only))]
    return {row.pop("id"): Reach(**row) for row in rows}


def _reaches(read: columns.Columns) -> dict[int, Reach]:
    """The same from the columns; both figures from the same ones, for meanwhile somebody may make a theme."""
    size = int(max(read.theme.max(initial=0), read.leaf.max(initial=0))) + 1
    last = np.zeros(size, np.int32)
    for at in (read.theme, read.leaf):
        np.maximum.at(last, at, read.told.own_day[read.of])
    days = read.told.days
    return {
        theme: Reach(said["insights"], said["conversations"], said["accounts"], days[last[theme]])
        for theme, said in themes.counted(read, np.ones(len(read.of), bool)).items()
    }


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


@per_state
def names(db: Database) -> Mapping[int, str]:
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
    sql = f"""SELECT count(*) AS n FROM shown_insights i LEFT JOIN theme_members m ON m.insight_id = i.id
        WHERE i.kind = ? AND m.insight_id IS NULL AND NOT {NEW}"""
    return int(next(iter(db.query(sql, [kind])))["n"])


def directly_in(db: Database, theme_id: int) -> int:
    """How many shown quotes are in a theme and in none of its sub-themes."""
    sql = (
        """SELECT count(*) AS n FROM theme_members m JOIN shown_insights i ON i.id = m.insight_id WHERE m.leaf_id = ?"""
    )
    return int(next(iter(db.query(sql, [theme_id])))["n"])


def is_spoken_of(db: Database, theme_id: int) -> bool:
    """Whether people wrote of a theme or planned for it: in the plan, on charts, of a page that answers it, in
    comments."""
    sql = """SELECT 1 FROM plan_notes WHERE theme_id = :id UNION ALL SELECT 1 FROM annotations WHERE theme_id = :id
        UNION ALL SELECT 1 FROM content_answers WHERE theme_id = :id
        UNION ALL SELECT 1 FROM comments WHERE place || '?' LIKE '/themes/' || :id || '?%' LIMIT 1"""
    return bool(db.conn.execute(sql, {"id": theme_id}).fetchone())


def flows(db: Database, events: Collection[int]) -> dict[int, list[Flow]]:
    """Per event, from where to where how many quotes went."""
    sql = """SELECT event_id, before, after, count(*) AS quotes FROM theme_moves
        WHERE event_id IN (SELECT value FROM json_each(?)) GROUP BY event_id, before, after ORDER BY event_id, before, after"""
    found: dict[int, list[Flow]] = defaultdict(list)
    for row in db.query(sql, [json.dumps(sorted(events))]):
        found[row["event_id"]].append(Flow(row["before"], row["after"], row["quotes"]))
    return found


def met(db: Database, filters: Filters, theme_id: int, *, sub: bool = False) -> tuple[int, list[Met]]:
    """How many conversations carry a theme (a sub-theme with `sub`), and every other theme that comes up in them, with
    how often it does there, with how many accounts, and at all."""
    plain = replace(filters, theme="", kind="")
    if (read := columns.read(db)) and (chosen := columns.insights(db, read, plain)) is not None:
        return _met(db, read, chosen, theme_id, sub)
    condition, values = insight_condition(plain)
    column = "leaf_id" if sub else "theme_id"
    mine = {
        i
        for (i,) in db.execute(
            f"SELECT DISTINCT c.counted_as {JOINS} WHERE m.{column} = ? AND {condition}", [theme_id, *values]
        )
    }
    # Read once and counted here: SQLite takes three times as long to tell both counts apart.
    joins = JOINS if values or condition != "1" else _PLACED
    sql = f"SELECT m.theme_id, c.counted_as, {ACCOUNT} {joins} WHERE m.theme_id IS NOT NULL AND m.theme_id <> ? AND {condition}"
    every: dict[int, set[str]] = defaultdict(set)
    accounts: dict[int, set[str]] = defaultdict(set)
    for theme, conversation, account in db.execute(sql, [theme_id, *values]):
        every[theme].add(conversation)
        if conversation in mine:
            accounts[theme].add(account)
    found = [
        Met(theme, len(every[theme] & mine), len(accounts[theme]), len(every[theme])) for theme in sorted(accounts)
    ]
    return len(mine), found


def _met(
    db: Database, read: columns.Columns, chosen: np.ndarray, theme_id: int, sub: bool
) -> tuple[int, list[Met]]:  # fmt: skip
    """The same from the columns, among the `chosen` (i,) insights."""
    account = columns.facts(db, read.told, "unit account", ACCOUNT).codes
    chosen = chosen & (read.theme > 0)
    theme, leaf, of = read.theme[chosen], read.leaf[chosen], read.of[chosen]
    meeting = read.told.meeting[of]
    mine = np.zeros(len(read.told.ids), bool)
    mine[meeting[(leaf if sub else theme) == theme_id]] = True
    beside = mine[meeting]
    keys = ((theme, meeting), (theme[beside], meeting[beside]), (theme[beside], account[of[beside]]))
    size = int(theme.max(initial=0)) + 1
    every, both, accounts = (np.bincount(columns.groups(*pair)[0][0], minlength=size).tolist() for pair in keys)
    found = [Met(n, both[n], accounts[n], every[n]) for n in range(size) if both[n] and n != theme_id]
    return int(mine.sum()), found


_PLACED = """FROM theme_members m JOIN shown_insights i ON i.id = m.insight_id JOIN conversations c ON c.id = i.conversation_id"""


def deals(db: Database, filters: Filters, theme_id: int, *, sub: bool = False) -> dict[str, str]:
    """The deals in whose conversations a theme (a sub-theme with `sub`) comes up, each with its account."""
    condition, values = insight_condition(replace(filters, theme="", kind=""))
    sql = f"""SELECT {DEAL} AS deal, min({ACCOUNT}) AS account {JOINS}
        WHERE {COUNTED} AND m.{"leaf_id" if sub else "theme_id"} = ? AND {condition} GROUP BY 1 ORDER BY 1"""
    return {row["deal"]: row["account"] for row in db.query(sql, [theme_id, *values])}


_REACH = """count(*) AS quotes, count(DISTINCT c.counted_as) AS conversations,
    count(DISTINCT nullif(c.account_key, '')) AS accounts, coalesce(max(c.day), '') AS last"""
