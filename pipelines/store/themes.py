"""Themes as they stand today. Whatever changes one is an event of the ledger (`store/ledger.py`), which writes here."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from sqlite_utils import Database

from pipelines.store import columns
from pipelines.store.filters import COUNTED, Filters, insight_condition
from pipelines.store.insights import JOINS
from pipelines.store.remembered import per_state


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme or, with a `parent`, a sub-theme. `label` is the commonest label of its members when it was made, `into`
    the theme that a merged one went into."""

    id: int
    kind: str
    name: str
    label: str
    keywords: tuple[str, ...]
    status: str
    pinned: bool
    created_at: str
    parent: int | None
    into: int | None


def get(db: Database, theme_id: int) -> Theme | None:
    """A theme that there is or was; None too where its making was undone."""
    return next((_theme(row) for row in db.query(f"{_COLUMNS} WHERE t.id = ? AND status <> ''", [theme_id])), None)


def active(db: Database, kind: str = "") -> list[Theme]:
    """Active themes without their sub-themes, the oldest first."""
    sql = f"{_COLUMNS} WHERE status = 'active' AND parent_id IS NULL AND ? IN ('', kind) ORDER BY t.id"
    return [_theme(row) for row in db.query(sql, [kind])]


def all_of(db: Database, kind: str = "") -> list[Theme]:
    """Every theme and sub-theme that there is or was, the oldest first."""
    sql = f"{_COLUMNS} WHERE status <> '' AND ? IN ('', kind) ORDER BY t.id"
    return [_theme(row) for row in db.query(sql, [kind])]


def heirs(db: Database) -> dict[int, int]:
    """Of every merged theme, the one that it is part of now, through all mergers."""
    into = {t.id: t.into for t in all_of(db) if t.into is not None}
    found = {}
    for theme_id in into:
        at, seen = theme_id, {theme_id}
        while at in into and into[at] not in seen:
            at = into[at]
            seen.add(at)
        found[theme_id] = at
    return found


def subs(db: Database, theme_id: int) -> list[Theme]:
    """A theme's active sub-themes, the oldest first."""
    sql = f"{_COLUMNS} WHERE parent_id = ? AND status = 'active' ORDER BY t.id"
    return [_theme(row) for row in db.query(sql, [theme_id])]


def kinds(db: Database, ids: Collection[int]) -> dict[int, str]:
    """The kind of each of these themes, of those that there are."""
    sql = "SELECT id, kind FROM themes WHERE id IN (SELECT value FROM json_each(?)) AND status <> ''"
    return {row["id"]: row["kind"] for row in db.query(sql, [json.dumps(sorted(ids))])}


def shapes(db: Database, ids: Collection[int]) -> dict[int, tuple[np.ndarray, float]]:
    """Centre (d,) and tightness of each of these themes; those that are a name have none."""
    sql = """SELECT t.id, s.centroid, s.tightness FROM themes t JOIN theme_shapes s ON s.id = t.shape_id
        WHERE t.id IN (SELECT value FROM json_each(?)) AND length(s.centroid) > 0"""
    rows = db.query(sql, [json.dumps(sorted(ids))])
    return {row["id"]: (np.frombuffer(row["centroid"], dtype="<f4"), row["tightness"]) for row in rows}


def sizes(db: Database, kind: str) -> dict[int, int]:
    """How many quotes are shown of each theme and sub-theme of a kind, a theme's sub-themes counted in."""
    sql = """WITH placed AS (SELECT m.theme_id, m.leaf_id FROM theme_members m
            JOIN shown_insights i ON i.id = m.insight_id WHERE i.kind = ?)
        SELECT id, count(*) AS size FROM (SELECT theme_id AS id FROM placed
            UNION ALL SELECT leaf_id FROM placed WHERE leaf_id <> theme_id) GROUP BY id"""
    return {row["id"]: row["size"] for row in db.query(sql, [kind])}


def newcomers(db: Database, kind: str, encoder: str, *, limit: int = -1) -> list[str]:
    """The ids of embedded insights of a kind that never had a theme, in an order that their content gives."""
    sql = """SELECT i.id FROM shown_insights i LEFT JOIN theme_members m ON m.insight_id = i.id
        WHERE i.kind = ? AND m.insight_id IS NULL AND NOT EXISTS (SELECT 1 FROM theme_moves x WHERE x.insight_id = i.id)
        AND EXISTS (SELECT 1 FROM vectors v WHERE v.text_hash = i.text_hash AND v.encoder = ?)
        ORDER BY i.text_hash, i.id LIMIT ?"""
    return [row["id"] for row in db.query(sql, [kind, encoder, limit])]


def waiting(db: Database, kind: str) -> int:
    """How many insights of a kind are in no theme, whether newly come or let wait by a person."""
    sql = """SELECT count(*) AS n FROM shown_insights i LEFT JOIN theme_members m ON m.insight_id = i.id
        WHERE i.kind = ? AND m.insight_id IS NULL"""
    return int(next(iter(db.query(sql, [kind])))["n"])


def total(db: Database, kind: str) -> int:
    """How many insights of a kind are shown."""
    return int(next(iter(db.query("SELECT count(*) AS n FROM shown_insights WHERE kind = ?", [kind])))["n"])


def undone_labels(db: Database, kind: str) -> set[str]:
    """The labels of themes whose making was undone."""
    return {row["label"] for row in db.query("SELECT label FROM themes WHERE status = '' AND kind = ?", [kind])}


def last_heard(db: Database, kind: str) -> dict[int, str]:
    """The ISO day of the newest conversation of each theme; "" where none has a day."""
    sql = """SELECT m.theme_id AS id, max(c.day) AS day FROM theme_members m JOIN shown_insights i ON i.id = m.insight_id
        JOIN conversations c ON c.id = i.conversation_id WHERE i.kind = ? GROUP BY m.theme_id"""
    return {row["id"]: row["day"] for row in db.query(sql, [kind])}


def newest_day(db: Database) -> str:
    """The ISO day of the newest conversation, "" without one."""
    return next(iter(db.query("SELECT coalesce(max(day), '') AS day FROM conversations")))["day"]


def mentions(db: Database) -> list[dict]:
    """Every competitor mention: insight id, name, conversation, account, and the theme it is in."""
    sql = """SELECT i.id, i.name, i.conversation_id, c.account, m.leaf_id AS theme_id FROM shown_insights i
        JOIN conversations c ON c.id = i.conversation_id LEFT JOIN theme_members m ON m.insight_id = i.id
        WHERE i.kind = 'competitor' ORDER BY i.id"""
    return list(db.query(sql))


@per_state
def counts(db: Database, filters: Filters) -> dict[int, dict]:
    """Per theme and per sub-theme: insights, conversations and accounts that match."""
    if (read := columns.read(db)) and (chosen := columns.insights(db, read, filters)) is not None:
        return counted(read, chosen)
    condition, values = insight_condition(filters)
    sql = f"""SELECT {{id}} AS id, count(*) AS insights, count(DISTINCT c.counted_as) AS conversations,
        count(DISTINCT nullif(c.account, '')) AS accounts {JOINS}
        WHERE {{only}} AND {condition} GROUP BY {{id}}"""
    levels = (("m.theme_id", "m.theme_id IS NOT NULL"), ("m.leaf_id", "m.leaf_id <> m.theme_id"))
    rows = [row for id_, only in levels for row in db.query(sql.format(id=id_, only=only), values)]
    return {row["id"]: {k: row[k] for k in ("insights", "conversations", "accounts")} for row in rows}


def counted(read: columns.Columns, chosen: np.ndarray) -> dict[int, dict]:
    """The counts of the `chosen` (i,) insights, from the columns."""
    found: dict[int, dict] = {}
    for at, only in ((read.theme, read.theme > 0), (read.leaf, (read.leaf > 0) & (read.leaf != read.theme))):
        here = chosen & only
        theme, of = at[here], read.of[here]
        account = read.told.facts["account"].codes[of]
        known = account != columns.blank(read.told.facts["account"])
        (with_meeting, _), _ = columns.groups(theme, read.told.meeting[of])
        (with_account, _), _ = columns.groups(theme[known], account[known])
        counts = [np.bincount(one) for one in (theme, with_meeting, with_account)]
        for one in np.flatnonzero(counts[0]).tolist():
            numbers = (int(n[one]) if one < len(n) else 0 for n in counts)
            found[one] = dict(zip(("insights", "conversations", "accounts"), numbers, strict=True))
    return found


def reach(db: Database, themes: Iterable[int]) -> dict[str, int]:
    """Of these themes and sub-themes together: quotes, conversations, accounts, and conversations with more than one."""
    among = "(SELECT value FROM json_each(:ids))"
    said = f"{JOINS} WHERE {COUNTED} AND (m.theme_id IN {among} OR m.leaf_id IN {among})"
    sql = f"""SELECT count(*) AS quotes, count(DISTINCT c.counted_as) AS conversations,
        count(DISTINCT nullif(c.account, '')) AS accounts,
        (SELECT count(*) FROM (SELECT 1 {said} GROUP BY c.counted_as HAVING count(DISTINCT m.theme_id) > 1)) AS both
        {said}"""
    return next(iter(db.query(sql, {"ids": json.dumps(sorted(themes))})))


_COLUMNS = """SELECT t.id, kind, name, label, coalesce(s.keywords, '[]') AS keywords, status, pinned, created_at,
    parent_id AS parent, merged_into AS "into" FROM themes t LEFT JOIN theme_shapes s ON s.id = t.shape_id"""


def _theme(row: dict) -> Theme:
    return Theme(**{**row, "keywords": tuple(json.loads(row["keywords"])), "pinned": bool(row["pinned"])})
