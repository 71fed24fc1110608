"""What signals are worked out from, what was noted of them, and where they are sent."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlite_utils import Database

from insights.formats.tables.columns import means
from insights.signals import THEME, Raised
from insights.themes import WEAK
from pipelines.store import columns, deal_keys
from pipelines.store.conversations import DEAL_FIELDS
from pipelines.store.counting import COUNTED
from pipelines.store.filters import OUTCOME, Filters, conversation_condition, insight_condition
from pipelines.store.insights import JOINS
from pipelines.store.units import ACCOUNT, OWN_DEAL

SURE = 0.8  # the finder's confidence from which one objection alone is believed (benchmarks/SIGNALS.md)


@dataclass(frozen=True, slots=True)
class Event:
    """A change of one signal: it appeared, changed, closed, or was withdrawn because what it rested on is gone.
    `content` is the signal as it was then, without anybody's words."""

    id: int
    at: str
    signal_id: str
    change: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Hook:
    """An address that new events are posted to. `position` is the last event that it got; `tries` how often the next
    ones were refused since, and `told` why."""

    id: int
    url: str
    secret: str
    position: int
    status: str
    tries: int
    try_at: str
    told: str
    created_at: str
    actor: str


def raised(db: Database, filters: Filters) -> list[Raised]:
    """Questions and objections of the conversations that match, by what they are about: their theme, or only their
    label where they are in none or fit it loosely."""
    if (read := columns.read(db)) and (chosen := columns.insights(db, read, filters)) is not None:
        return _raised(db, read, chosen)
    condition, values = insight_condition(filters)
    firm = f"m.confidence >= {WEAK}"
    sql = f"""SELECT i.id, i.kind,
            CASE WHEN {firm} THEN 'theme:' || m.theme_id ELSE 'label:' || i.label END AS subject,
            CASE WHEN {firm} THEN t.name ELSE i.label END AS name, c.counted_as AS conversation, i.follow_up,
            u.voice = 'reported' AS noted, i.confidence >= {SURE} AS sure
        {JOINS} WHERE {COUNTED} AND i.kind IN ('question', 'objection') AND ({firm} OR i.label <> '')
        AND {condition} ORDER BY i.id"""
    return [
        Raised(id, kind, subject, name, conversation, follow_up, bool(noted), bool(sure))
        for id, kind, subject, name, conversation, follow_up, noted, sure in db.execute(sql, values)
    ]


def _raised(db: Database, read: columns.Columns, chosen: np.ndarray) -> list[Raised]:
    """The same from the columns; the themes' names are asked of `db`, which may cover them."""
    told, texts, label = read.told, read.texts, read.texts["label"]
    firm = read.fit >= WEAK
    about = firm | (label.codes != columns.blank(label))
    at = np.flatnonzero(chosen & told.counted[read.of] & texts["kind"].among(["question", "objection"]) & about)
    at = at[np.argsort(read.ids[at], kind="stable")]
    called = dict(db.conn.execute("SELECT id, name FROM themes").fetchall())
    themes, of_theme = np.unique(read.theme[at], return_inverse=True)
    themed = [(f"{THEME}{theme}", called.get(theme, "")) for theme in themes.tolist()]
    labelled = [(f"label:{one}", one) for one in label.values]
    about_them = [
        themed[theme] if sure else labelled[code]
        for theme, code, sure in zip(of_theme.tolist(), label.codes[at].tolist(), firm[at].tolist(), strict=True)
    ]
    subjects, names = zip(*about_them, strict=True) if about_them else ((), ())
    kinds, replies = (columns.named(texts[name].values, texts[name].codes[at]) for name in ("kind", "reply"))
    rows = zip(
        read.ids[at].astype("U").tolist(), kinds, subjects, names, columns.named(told.ids, told.meeting[read.of[at]]),
        replies,
        texts["voice"].among(["reported"])[at].tolist(), (read.confidence[at] >= SURE).tolist(), strict=True,
    )  # fmt: skip
    return list(map(Raised._make, rows))


def people(
    db: Database, filters: Filters, *, theme: int = 0, meetings: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Who was talked to: a row a telling with its account, deal, contact and day; with `theme` only those that raised
    it, with `meetings` (ids) only their tellings."""
    if theme:
        condition, values = insight_condition(filters)
        source = (
            f"""c.id IN (SELECT i.conversation_id {JOINS} WHERE (m.theme_id = ? OR m.leaf_id = ?) AND {condition})"""
        )
        values = [theme, theme, *values]
    else:
        source, values = conversation_condition(filters)
    if meetings is not None:
        source, values = (
            f"{source} AND c.counted_as IN (SELECT value FROM json_each(?))",
            [*values, json.dumps(list(meetings))],
        )
    sql = f"""SELECT c.id, c.counted_as, coalesce(c.day, '') AS day, {ACCOUNT} AS account, c.account AS name, c.contact, c.job_title, c.persona, c.stage, {OUTCOME} AS outcome, c.rep
        FROM conversations c WHERE {COUNTED} AND {source} ORDER BY c.day, c.id"""
    rows = list(db.query(sql, values))
    deals = deal_keys.of_some(db, [row["id"] for row in rows])
    return [row | {"deal": deals[row["id"]]} for row in rows]


def deal_names(db: Database, meetings: Sequence[str]) -> dict[str, str]:
    """What the deals of some meetings are called, as uploads wrote it last, by their keys; those without a name are
    left out."""
    named = [name for name in field_names(db) if name in DEAL_FIELDS or means(name, "deal")]
    sql = f"""SELECT coalesce({OWN_DEAL}, {ACCOUNT}) AS deal, f.value FROM conversations c JOIN conversation_fields f ON f.conversation_id = c.id
        WHERE {COUNTED} AND f.name IN (SELECT value FROM json_each(?)) AND c.counted_as IN (SELECT value FROM json_each(?))
        ORDER BY c.day, c.id, f.name DESC"""
    return dict(db.execute(sql, [json.dumps(named), json.dumps(list(meetings))]).fetchall())


def owners(db: Database) -> dict[str, str]:
    """The rep of each meeting that counts, as told last; those without one are left out."""
    sql = f"SELECT c.counted_as, c.rep FROM conversations c WHERE {COUNTED} AND c.rep <> '' ORDER BY c.day, c.id"
    return {row["counted_as"]: row["rep"] for row in db.query(sql)}


def fields(db: Database, names: Sequence[str]) -> list[dict[str, Any]]:
    """What these fields of uploads say, of every conversation that counts, the newest last."""
    sql = f"""SELECT f.conversation_id AS id, f.name, f.value, c.contact, {ACCOUNT} AS account, coalesce(c.day, '') AS day
        FROM conversation_fields f JOIN conversations c ON c.id = f.conversation_id
        WHERE f.name IN (SELECT value FROM json_each(?)) AND {COUNTED} ORDER BY c.day, c.id"""
    return list(db.query(sql, [json.dumps(list(names))]))


def field_names(db: Database) -> list[str]:
    return [row["name"] for row in db.query("SELECT DISTINCT name FROM conversation_fields ORDER BY name")]


def events(db: Database, *, after: int = 0, limit: int = 200) -> list[Event]:
    """What changed after an event, the oldest first."""
    sql = "SELECT id, at, signal_id, change, content FROM signal_events WHERE id > ? ORDER BY id LIMIT ?"
    return [Event(**row | {"content": json.loads(row["content"])}) for row in db.query(sql, [after, limit])]


def newest(db: Database) -> int:
    """The number of the last event."""
    return int(db.conn.execute("SELECT coalesce(max(id), 0) FROM signal_events").fetchone()[0])


def noted(db: Database) -> dict[str, Event]:
    """The last event of every signal that ever was."""
    sql = """SELECT id, at, signal_id, change, content FROM signal_events
        WHERE id IN (SELECT max(id) FROM signal_events GROUP BY signal_id)"""
    return {row["signal_id"]: Event(**row | {"content": json.loads(row["content"])}) for row in db.query(sql)}


def note(db: Database, rows: Collection[tuple[str, str, dict[str, Any]]], *, now: str) -> None:
    """Add events (signal, change, content) in their order."""
    db.conn.executemany(
        "INSERT INTO signal_events (at, signal_id, change, content) VALUES (?, ?, ?, ?)",
        [(now, signal, change, json.dumps(content, ensure_ascii=False)) for signal, change, content in rows],
    )


def add_hook(db: Database, url: str, *, secret: str, position: int, now: str, actor: str) -> int:
    sql = "INSERT INTO signal_hooks (url, secret, position, created_at, actor) VALUES (?, ?, ?, ?, ?)"
    return int(db.execute(sql, [url, secret, position, now, actor]).lastrowid or 0)


def hooks(db: Database, *statuses: str) -> list[Hook]:
    sql = "SELECT * FROM signal_hooks WHERE status IN (SELECT value FROM json_each(?)) ORDER BY id"
    return [Hook(**row) for row in db.query(sql, [json.dumps(statuses or ("active", "paused"))])]


def hook(db: Database, hook_id: int) -> Hook | None:
    return next((Hook(**row) for row in db.query("SELECT * FROM signal_hooks WHERE id = ?", [hook_id])), None)


def set_hook(db: Database, hook_id: int, status: str) -> None:
    db.execute("UPDATE signal_hooks SET status = ?, tries = 0, try_at = '' WHERE id = ?", [status, hook_id])


def settle_hook(
    db: Database, one: Hook, *, position: int, tries: int = 0, try_at: str = "", told: str = "", status: str = "active"
) -> bool:
    """Note how far a hook is; False when somebody else moved or changed it meanwhile."""
    sql = """UPDATE signal_hooks SET position = ?, tries = ?, try_at = ?, told = ?, status = ?
        WHERE id = ? AND position = ? AND status = 'active'"""
    return bool(db.execute(sql, [position, tries, try_at, told, status, one.id, one.position]).rowcount)
