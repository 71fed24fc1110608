"""Rules of what is kept and what never comes in, and a receipt each time that one of them took something away."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from insights.keeping import Facts, Rule


@dataclass(frozen=True, slots=True)
class Kept:
    """A rule with its number and who made it. `since` is when it came to hold, later than `at` where it was taken back
    between."""

    id: int
    rule: Rule
    at: str
    actor: str
    status: str
    since: str

    @property
    def told(self) -> str:
        return self.rule.told


@dataclass(frozen=True, slots=True)
class Applied:
    """What a rule took away on one occasion: figures, no words."""

    id: int
    rule_id: int
    at: str
    actor: str
    content: dict[str, Any]


def add(db: Database, rule: Rule, *, now: str, actor: str) -> int:
    sql = "INSERT INTO keeping_rules (type, kind, field, words, months, at, actor) VALUES (?, ?, ?, ?, ?, ?, ?)"
    values = [rule.type, rule.kind, rule.field, rule.words, rule.months, now, actor]
    return int(db.execute(sql, values).lastrowid or 0)


def set_status(db: Database, number: int, status: str, *, now: str, actor: str) -> None:
    sql = "UPDATE keeping_rules SET status = ?, removed_at = ?, removed_by = ? WHERE id = ?"
    db.execute(sql, [status, now, actor if status == "removed" else "", number])


def get(db: Database, number: int) -> Kept | None:
    return next((_kept(row) for row in db.query(f"{_RULES} WHERE id = ?", [number])), None)


def every(db: Database, type: str = "", status: str = "active") -> list[Kept]:
    return [
        _kept(row) for row in db.query(f"{_RULES} WHERE ? IN ('', type) AND status = ? ORDER BY id", [type, status])
    ]


_RULES = (
    "SELECT id, type, kind, field, words, months, at, actor, status, max(at, removed_at) AS since FROM keeping_rules"
)


def _kept(row: dict) -> Kept:
    rule = Rule(row["type"], row["kind"], row["field"], row["words"], row["months"])
    return Kept(row["id"], rule, row["at"], row["actor"], row["status"], row["since"])


def add_receipt(db: Database, rule_id: int, content: dict, *, now: str, actor: str) -> int:
    sql = "INSERT INTO keeping_receipts (rule_id, at, actor, content) VALUES (?, ?, ?, ?)"
    return int(db.execute(sql, [rule_id, now, actor, json.dumps(content)]).lastrowid or 0)


def receipts(db: Database, *, limit: int = 100) -> list[Applied]:
    """The latest first."""
    rows = db.query("SELECT * FROM keeping_receipts ORDER BY id DESC LIMIT ?", [limit])
    return [Applied(**{**row, "content": json.loads(row["content"])}) for row in rows]


def conversation(db: Database, conversation_id: str) -> Facts | None:
    """Of one conversation what a rule against it alone needs."""
    sql = "SELECT kind, title FROM conversations WHERE id = ?"
    rows = db.query(sql, [conversation_id])
    return next((Facts(row["kind"], row["title"], (), (), "", "", conversation_id) for row in rows), None)


def conversations(db: Database, *, kind: str = "", older_than: str = "") -> Iterator[tuple[str, Facts]]:
    """Conversations of a kind with what rules look at; of a thread the latest mail tells how old it is. Those without a
    day have no age."""
    sql = """SELECT c.*, (SELECT json_group_array(json_array(name, value)) FROM conversation_fields f
            WHERE f.conversation_id = c.id) AS labels,
            (SELECT json_group_array(DISTINCT speaker) FROM utterances u WHERE u.conversation_id = c.id) AS speakers
        FROM conversations c WHERE :kind IN ('', c.kind) AND (:day = '' OR (c.day <> '' AND coalesce(date(c.occurred_at, (SELECT
            max(started_at) FROM utterances u WHERE u.conversation_id = c.id) || ' seconds'), c.day) < :day)) ORDER BY c.id"""
    for row in list(db.query(sql, {"kind": kind, "day": older_than})):
        persons = json.loads(row["participants"])
        names = [value for one in persons for value in (one["name"], one["address"]) if value]
        yield row["id"], Facts(
            row["kind"], row["title"], tuple((name, value) for name, value in json.loads(row["labels"])),
            (*names, row["contact"], row["rep"], *json.loads(row["speakers"])), row["account"], row["file"],
            row["id"],
        )  # fmt: skip


def sizes(db: Database, ids: Collection[str]) -> dict[str, int]:
    """How many conversations, utterances and quotes these are."""
    chosen = json.dumps(sorted(ids))
    counted = "SELECT count(*) FROM {} WHERE {} IN (SELECT value FROM json_each(?))"
    found = {
        "conversations": ("conversations", "id"),
        "utterances": ("utterances", "conversation_id"),
        "quotes": ("shown_insights", "conversation_id"),
    }
    return {name: int(db.execute(counted.format(*place), [chosen]).fetchone()[0]) for name, place in found.items()}
