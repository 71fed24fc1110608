"""What discovery proposes, what was decided about it, and which proposals a policy decides."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlite_utils import Database

from pipelines.store import state, themes

Type = Literal["new", "split", "merge", "retire", "restore"]
Decision = Literal["accept", "ask"]
TYPES: tuple[Type, ...] = ("new", "split", "merge", "retire", "restore")
# A new theme changes no other, so it need not wait for a person; everything else does.
DEFAULTS: Mapping[Type, Decision] = {"new": "accept", "split": "ask", "merge": "ask", "retire": "ask", "restore": "ask"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change of themes that waits for a decision, or what was decided. `content` depends on the type:

    new: name, label, keywords, shape, examples (insight ids), subs (of name, keywords, shape each);
    split: theme, parts (of name, keywords, examples, size each), alike; merge: into, other, alike, and `words`
    (how much of their words they share) where only that speaks for it;
    retire: theme, last (ISO day); restore: theme, since (ISO day). `size` counts quotes.
    """

    id: int
    at: str
    kind: str
    type: Type
    status: str
    signature: str
    size: int
    content: dict[str, Any]
    decided_at: str
    actor: str
    reason: str
    event_id: int | None


def policy(db: Database) -> dict[Type, Decision]:
    """Which types of proposal are accepted as they come, and which wait for a person."""
    return {kind: state.get(db, f"theme policy {kind}") or DEFAULTS[kind] for kind in TYPES}  # type: ignore[misc]


def set_policy(db: Database, type: Type, decision: Decision) -> None:
    state.put(db, f"theme policy {type}", decision)


def get(db: Database, proposal_id: int) -> Proposal | None:
    """A proposal as it stands by now, see `listed`; an open one that no longer holds is "outdated"."""
    found = next((_proposal(row) for row in db.query(f"{_COLUMNS} WHERE id = ?", [proposal_id])), None)
    if found is None or found.status != "open":
        return found
    return next((one for one in listed(db) if one.id == proposal_id), replace(found, status="outdated"))


def listed(db: Database, *, status: str = "open", kind: str = "") -> list[Proposal]:
    """Proposals of a status, what would concern most quotes first.

    An open one follows a theme that was merged to the theme that it went into. One whose two themes are one by now,
    that says what another says, or whose theme is no longer in reports is left out. Nothing of it is written down: it
    is as it was when the merger is undone.
    """
    sql = f"{_COLUMNS} WHERE status = ? AND ? IN ('', kind) ORDER BY size DESC, id"
    found = [_proposal(row) for row in db.query(sql, [status, kind])]
    return list(_followed(db, found)) if status == "open" else found


def _followed(db: Database, found: Sequence[Proposal]) -> Iterator[Proposal]:
    heirs, told = themes.heirs(db) if found else {}, {(one.type, one.signature) for one in found}
    out = {row["id"] for row in db.query("SELECT id FROM themes WHERE status = 'retired'")} if found else set()
    for one in found:
        named = {key: one.content[key] for key in ("theme", "into", "other") if key in one.content}
        now = {key: heirs.get(theme, theme) for key, theme in named.items()}
        if one.type in ("merge", "split", "retire") and out & set(now.values()):
            continue
        if now == named:
            yield one
            continue
        signature = " ".join(map(str, sorted(now.values())))
        if len(set(now.values())) < len(now) or one.type not in ("merge", "split") or (one.type, signature) in told:
            continue
        if decided(db, one.type, signature) is None:
            told.add((one.type, signature))
            yield replace(one, signature=signature, content=one.content | now)


def members(db: Database, proposal_id: int) -> dict[str, tuple[int, float]]:
    """Insight id → (part, confidence); part 0 is the theme itself."""
    sql = "SELECT insight_id, part, confidence FROM theme_proposal_members WHERE proposal_id = ? ORDER BY insight_id"
    return {row["insight_id"]: (row["part"], row["confidence"]) for row in db.query(sql, [proposal_id])}


def put(
    db: Database, *, kind: str, type: Type, signature: str, size: int, content: Mapping[str, Any],
    members: Mapping[str, tuple[int, float]] | None = None, now: str, known: int | None = None,
) -> int:  # fmt: skip
    """Write a proposal down, or bring the open one `known` up to date; return its id."""
    values = [now, size, json.dumps(content, ensure_ascii=False)]
    if known is None:
        sql = """INSERT INTO theme_proposals (at, seen_at, size, content, kind, type, signature)
            VALUES (?, ?, ?, ?, ?, ?, ?)"""
        known = int(db.execute(sql, [now, *values, kind, type, signature]).lastrowid or 0)
    else:
        db.execute("UPDATE theme_proposals SET seen_at = ?, size = ?, content = ? WHERE id = ?", [*values, known])
        db.execute("DELETE FROM theme_proposal_members WHERE proposal_id = ?", [known])
    rows = [(known, insight, part, round(sure, 4)) for insight, (part, sure) in (members or {}).items()]
    db.conn.executemany("INSERT INTO theme_proposal_members VALUES (?, ?, ?, ?)", rows)
    return known


def decide(
    db: Database, proposal_id: int, status: str, *, now: str, actor: str, reason: str = "", event_id: int | None = None
) -> None:
    """Close an open proposal, or open one again (status "open")."""
    sql = "UPDATE theme_proposals SET status = ?, decided_at = ?, actor = ?, reason = ?, event_id = ? WHERE id = ?"
    db.execute(sql, [status, now, actor, reason, event_id, proposal_id])


def reopen(db: Database, event_id: int) -> None:
    """Let what was accepted by an event wait for a decision again."""
    sql = "UPDATE theme_proposals SET status = 'open' WHERE event_id = ? AND status = 'accepted'"
    db.execute(sql, [event_id])


def reaccept(db: Database, event_id: int, *, now: str, actor: str) -> None:
    """Close again what `reopen` opened, unless it was decided otherwise in the meantime."""
    sql = """UPDATE theme_proposals SET status = 'accepted', decided_at = ?, actor = ?
        WHERE event_id = ? AND status = 'open'"""
    db.execute(sql, [now, actor, event_id])


def outdate(db: Database, kind: str, types: Collection[Type], kept: Collection[int], *, now: str) -> None:
    """Close the open proposals of these types that no longer hold."""
    sql = """UPDATE theme_proposals SET status = 'outdated', decided_at = ? WHERE status = 'open' AND kind = ?
        AND type IN (SELECT value FROM json_each(?)) AND id NOT IN (SELECT value FROM json_each(?))"""
    db.execute(sql, [now, kind, json.dumps(sorted(types)), json.dumps(sorted(kept))])


def decided(db: Database, type: Type, signature: str) -> int | None:
    """The largest size at which a proposal of this signature was accepted or dismissed; None where none was.

    One that lapsed after its acceptance had been undone was decided too. Of two themes it counts as well if it was
    decided of those that went into them.
    """
    was = "(status IN ('accepted', 'dismissed') OR (status = 'outdated' AND event_id IS NOT NULL))"
    sql = f"SELECT max(size) AS size FROM theme_proposals WHERE type = ? AND signature = ? AND {was}"
    found = next(iter(db.query(sql, [type, signature])))["size"]
    if found is not None or type != "merge":
        return found
    heirs = themes.heirs(db)
    rows = db.query("SELECT size, content FROM theme_proposals WHERE type = 'merge' AND status = 'dismissed'")
    pairs = ((row["size"], json.loads(row["content"])) for row in rows)
    return max((size for size, one in pairs if _signed(one, heirs) == signature), default=None)


def _signed(content: Mapping[str, Any], heirs: Mapping[int, int]) -> str:
    return " ".join(map(str, sorted(heirs.get(content[key], content[key]) for key in ("into", "other"))))


def sharing(db: Database, insights: Collection[str]) -> list[Proposal]:
    """Proposals of new themes, open or decided, that hold half of these insights or more, the newest first."""
    sql = f"""{_COLUMNS} WHERE type = 'new' AND status <> 'outdated' AND id IN (
        SELECT proposal_id FROM theme_proposal_members WHERE insight_id IN (SELECT value FROM json_each(?))
        GROUP BY proposal_id HAVING 2 * count(*) >= ?) ORDER BY id DESC"""
    return [_proposal(row) for row in db.query(sql, [json.dumps(sorted(insights)), len(insights)])]


_COLUMNS = """SELECT id, at, kind, type, status, signature, size, content, decided_at, actor, reason, event_id
    FROM theme_proposals"""


def _proposal(row: dict) -> Proposal:
    return Proposal(**{**row, "content": json.loads(row["content"])})
