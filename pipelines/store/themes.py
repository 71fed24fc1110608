"""Themes as they stand today. Whatever changes one is an event of the ledger (`store/ledger.py`), which writes here."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from sqlite_utils import Database

from pipelines.store import columns, state
from pipelines.store.counting import COUNTED
from pipelines.store.filters import Filters, insight_condition
from pipelines.store.insights import JOINS
from pipelines.store.remembered import per_state
from pipelines.store.theme_events import NEW

SHAKEN = "themes: an upload that was taken back was in them"


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


@dataclass(frozen=True, slots=True)
class Unmade:
    """A theme whose making was undone, by which event and whom."""

    theme: int
    event: int
    actor: str


def get(db: Database, theme_id: int) -> Theme | None:
    """A theme that there is or was; None too where its making was undone."""
    return next((_theme(row) for row in db.query(f"{_COLUMNS} WHERE t.id = ? AND status <> ''", [theme_id])), None)


@per_state
def active(db: Database, kind: str = "") -> tuple[Theme, ...]:
    """Active themes without their sub-themes, the oldest first."""
    sql = f"{_COLUMNS} WHERE status = 'active' AND parent_id IS NULL AND ? IN ('', kind) ORDER BY t.id"
    return tuple(_theme(row) for row in db.query(sql, [kind]))


@per_state
def all_of(db: Database, kind: str = "") -> tuple[Theme, ...]:
    """Every theme and sub-theme that there is or was, the oldest first."""
    sql = f"{_COLUMNS} WHERE status <> '' AND ? IN ('', kind) ORDER BY t.id"
    return tuple(_theme(row) for row in db.query(sql, [kind]))


def heirs(db: Database) -> dict[int, int]:
    """Of every merged theme, the one that it is part of now, through all mergers."""
    into: dict[int, int] = dict(
        db.execute("SELECT id, merged_into FROM themes WHERE merged_into IS NOT NULL AND status <> ''").fetchall()
    )
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
    sql = """SELECT t.id, CASE WHEN parent_id IS NULL THEN (SELECT count(*) FROM theme_members m WHERE m.theme_id = t.id)
            ELSE (SELECT count(*) FROM theme_members m WHERE m.leaf_id = t.id) END AS size FROM themes t WHERE t.kind = ?"""
    found = {row["id"]: row["size"] for row in db.query(sql, [kind])}
    # All are counted from an index and the few that are not shown taken off.
    hidden = f"""SELECT m.theme_id, m.leaf_id, count(*) AS n FROM {_HIDDEN} CROSS JOIN theme_members m ON m.insight_id = i.id
        WHERE i.kind = ? GROUP BY m.theme_id, m.leaf_id"""
    for row in db.query(hidden, [kind]):
        for theme in {row["theme_id"], row["leaf_id"]} & found.keys():
            found[theme] -= row["n"]
    return {theme: size for theme, size in found.items() if size}


def first_members(db: Database, theme_id: int, *, limit: int) -> list[str]:
    """The ids of some insights of a theme and its sub-themes, the first by their ids."""
    sql = "SELECT insight_id FROM theme_members WHERE theme_id = ? ORDER BY insight_id LIMIT ?"
    return [row["insight_id"] for row in db.query(sql, [theme_id, limit])]


def newcomers(db: Database, kind: str, encoder: str, *, least: float = 0, limit: int = -1) -> list[str]:
    """The ids of embedded insights of a kind that never had a theme (`NEW`), in an order that their content gives: of
    those that are found with a confidence of `least`."""
    sql = f"""SELECT i.id FROM unplaced p CROSS JOIN shown_insights i ON i.id = p.insight_id
        WHERE i.kind = ? AND i.confidence >= ? AND {NEW}
        AND EXISTS (SELECT 1 FROM vectors v WHERE v.text_hash = i.text_hash AND v.encoder = ?)
        ORDER BY i.text_hash, i.id LIMIT ?"""
    return [row["id"] for row in db.query(sql, [kind, least, encoder, limit])]


@per_state
def waiting(db: Database, kind: str) -> int:
    """How many insights of a kind are in no theme, whether newly come or let wait by a person."""
    sql = """SELECT count(*) AS n FROM unplaced p CROSS JOIN shown_insights i ON i.id = p.insight_id WHERE i.kind = ?"""
    return int(next(iter(db.query(sql, [kind])))["n"])


@per_state
def total(db: Database, kind: str) -> int:
    """How many insights of a kind are shown."""
    sql = f"""SELECT (SELECT count(*) FROM insights WHERE kind = :kind) - (SELECT count(*) FROM {_HIDDEN} WHERE i.kind = :kind)
        AS n"""
    return int(next(iter(db.query(sql, {"kind": kind})))["n"])


def unmade(db: Database, kind: str) -> dict[str, Unmade]:
    """Of each label of themes whose making was undone, the last that was."""
    sql = """SELECT t.label, t.id AS theme, max(e.id) AS event, e.actor FROM themes t
        JOIN theme_events e ON e.theme_id = t.id AND e.type = 'undo' WHERE t.status = '' AND t.kind = ? GROUP BY t.label"""
    return {row.pop("label"): Unmade(**row) for row in db.query(sql, [kind])}


def note_shaken(db: Database, conversation_ids: Collection[str], *, since: str) -> None:
    """Remember the themes that hold something said in these conversations, which are about to go, and that what founded
    a theme made before `since` (ISO 8601) is not among them."""
    sql = """SELECT DISTINCT m.theme_id AS id FROM json_each(?) o CROSS JOIN insights i ON i.conversation_id = o.value
        JOIN theme_members m ON m.insight_id = i.id"""
    before = shaken(db)
    found = [str(row["id"]) for row in db.query(sql, [json.dumps(sorted(conversation_ids))])]
    if found:
        state.put(db, SHAKEN, json.dumps(before | {one: min(since, before.get(one, since)) for one in found}))


def shaken(db: Database) -> dict[str, str]:
    """The themes (their ids as text) that undone uploads were in since this was last settled, each with the moment from
    which on what is gone may have founded it."""
    return json.loads(state.get(db, SHAKEN) or "{}")


def forget_shaken(db: Database) -> None:
    state.put(db, SHAKEN, "{}")


def unmade_and_back(db: Database, kind: str, *, least: int) -> list[int]:
    """The events by which Parley took back the making of themes that are gone, where so much of them is there again."""
    sql = """SELECT e.id FROM themes t JOIN theme_events e ON e.theme_id = t.id AND e.type = 'undo'
        AND e.actor = 'parley' AND e.undone_by IS NULL JOIN theme_moves x ON x.event_id = e.id
        JOIN insights i ON i.id = x.insight_id JOIN unplaced p ON p.insight_id = i.id
        WHERE t.status = '' AND t.kind = ? GROUP BY e.id HAVING count(DISTINCT i.id) >= ?"""
    return [row["id"] for row in db.query(sql, [kind, least])]


def last_heard(db: Database, ids: Collection[int], *, before: str) -> dict[int, str]:
    """Of these themes those that nothing is heard of since an ISO day, with the day of their newest conversation; ""
    where none has a day."""
    said = """FROM theme_members m CROSS JOIN shown_insights i ON i.id = m.insight_id
        CROSS JOIN conversations c ON c.id = i.conversation_id WHERE m.theme_id = t.id"""
    # A theme that people speak of is left at the first who did; only what is silent is read to its end.
    sql = f"""SELECT t.id, (SELECT max(c.day) {said}) AS day FROM themes t
        WHERE t.id IN (SELECT value FROM json_each(?)) AND NOT EXISTS (SELECT 1 {said} AND c.day >= ?)"""
    rows = db.query(sql, [json.dumps(sorted(ids)), before])
    return {row["id"]: row["day"] for row in rows if row["day"] is not None}


def newest_day(db: Database) -> str:
    """The ISO day of the newest conversation, "" without one."""
    return next(iter(db.query("SELECT coalesce(max(day), '') AS day FROM conversations")))["day"]


def names_said(db: Database) -> list[str]:
    """Every name that a competitor was mentioned by, also where the mention is not shown."""
    return [row["name"] for row in db.query("SELECT DISTINCT name FROM insights WHERE kind = 'competitor'")]


def mentions(db: Database, names: Collection[str]) -> list[dict]:
    """The competitor mentions by these names: name, conversation, account."""
    sql = """SELECT i.name, i.conversation_id, c.account FROM json_each(?) n
        CROSS JOIN shown_insights i ON i.name = n.value AND i.kind = 'competitor'
        JOIN conversations c ON c.id = i.conversation_id"""
    return list(db.query(sql, [json.dumps(sorted(names))]))


def astray(db: Database, targets: Mapping[str, int | None]) -> list[dict]:
    """The competitor mentions that are not in the theme that their name (as it was said) has here (None: it has none):
    id, name, and the theme that they are in (None: in none)."""
    sql = """SELECT i.id, i.name, m.leaf_id AS theme_id FROM json_each(?) n
        CROSS JOIN shown_insights i ON i.name = n.value ->> 0 AND i.kind = 'competitor'
        LEFT JOIN theme_members m ON m.insight_id = i.id WHERE m.leaf_id IS NOT n.value ->> 1 ORDER BY i.id"""
    return list(db.query(sql, [json.dumps(list(targets.items()))]))


@per_state
def counts(db: Database, filters: Filters) -> dict[int, dict]:
    """Per theme and per sub-theme: insights, conversations and accounts that match."""
    if (read := columns.read(db)) and (chosen := columns.insights(db, read, filters)) is not None:
        return counted(read, chosen)
    condition, values = insight_condition(filters)
    sql = f"""SELECT {{id}} AS id, count(*) AS insights, count(DISTINCT c.counted_as) AS conversations,
        count(DISTINCT nullif(c.account_key, '')) AS accounts {JOINS}
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
        account = read.told.facts["account_key"].codes[of]
        known = account != columns.blank(read.told.facts["account_key"])
        (with_meeting, _), _ = columns.groups(theme, read.told.meeting[of])
        (with_account, _), _ = columns.groups(theme[known], account[known])
        counts = [np.bincount(one) for one in (theme, with_meeting, with_account)]
        for one in np.flatnonzero(counts[0]).tolist():
            numbers = (int(n[one]) if one < len(n) else 0 for n in counts)
            found[one] = dict(zip(("insights", "conversations", "accounts"), numbers, strict=True))
    return found


def reach(db: Database, themes: Iterable[int]) -> dict[str, int]:
    """Of these themes and sub-themes together: quotes, conversations, accounts, and conversations with more than
    one."""
    ids = sorted(themes)
    if read := columns.read(db):
        within = (np.isin(read.theme, ids) | np.isin(read.leaf, ids)) & read.told.counted[read.of]
        of, account = read.of[within], read.told.facts["account_key"]
        (meetings, _), _ = columns.groups(read.told.meeting[of], read.theme[within])
        return {
            "quotes": len(of), "conversations": len(np.unique(meetings)),
            "accounts": columns.distinct(account.codes[of], but=columns.blank(account)),
            "both": int(np.count_nonzero(np.bincount(meetings) > 1)),
        }  # fmt: skip
    among = "(SELECT value FROM json_each(:ids))"
    said = f"{JOINS} WHERE {COUNTED} AND (m.theme_id IN {among} OR m.leaf_id IN {among})"
    sql = f"""SELECT count(*) AS quotes, count(DISTINCT c.counted_as) AS conversations,
        count(DISTINCT nullif(c.account_key, '')) AS accounts,
        (SELECT count(*) FROM (SELECT 1 {said} GROUP BY c.counted_as HAVING count(DISTINCT m.theme_id) > 1)) AS both
        {said}"""
    return next(iter(db.query(sql, {"ids": json.dumps(ids)})))


_HIDDEN = "(SELECT id, kind FROM insights WHERE standing <> '') i"
_COLUMNS = """SELECT t.id, kind, name, label, coalesce(s.keywords, '[]') AS keywords, status, pinned, created_at,
    parent_id AS parent, merged_into AS "into" FROM themes t LEFT JOIN theme_shapes s ON s.id = t.shape_id"""


def _theme(row: dict) -> Theme:
    return Theme(**{**row, "keywords": tuple(json.loads(row["keywords"])), "pinned": bool(row["pinned"])})
