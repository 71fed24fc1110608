"""Rows of the competition report: every counted conversation with its deal, every mention, and what stands beside one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlite_utils import Database

from insights.records import RELATIONS
from insights.rivalry import Mention
from pipelines.store import columns
from pipelines.store.filters import COUNTED, MEETINGS, Filters, conversation_condition, insight_condition
from pipelines.store.insights import JOINS
from pipelines.store.remembered import remembered
from pipelines.store.units import ACCOUNT, DEAL


@dataclass(frozen=True, slots=True)
class Heard:
    """A counted conversation. `account` is a key that is never empty, `name` what the account is called."""

    id: str
    day: str
    deal: str
    account: str
    name: str
    stage: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Beside:
    """An objection or question: what it is, its theme (None while it waits), and where it was said."""

    id: str
    kind: str
    label: str
    theme_id: int | None
    theme: str
    conversation: str
    source: str
    place: int


@dataclass(frozen=True, slots=True)
class Written:
    """A mention with the text it stands in, where that text may compare."""

    id: str
    rival: str
    start: int
    end: int
    text: str
    role: str
    voice: str
    conversation: str


def conversations(db: Database, filters: Filters) -> list[Heard]:
    """One row a counted conversation, its deal and facts those of the telling that it is counted as."""
    condition, values = conversation_condition(filters)
    sql = f"""SELECT id, day, deal, account, name, stage, outcome FROM (
        SELECT c.counted_as AS id, w.day, {DEAL} AS deal, {ACCOUNT} AS account, c.account AS name, c.stage, c.outcome,
            row_number() OVER (PARTITION BY c.counted_as ORDER BY c.id <> c.counted_as, c.id) AS place
        FROM conversations c JOIN {MEETINGS} w ON w.id = c.counted_as WHERE {COUNTED} AND {condition}) WHERE place = 1 ORDER BY day, id"""
    return [Heard(**row) for row in db.query(sql, values)]


def outcomes(db: Database) -> list[tuple[str, str, str]]:
    """(deal, day, outcome) of every counted conversation that names an outcome: a deal's is not changed by a filter. The list
    is shared: nobody may change it."""
    return remembered(db, "outcomes", lambda: _outcomes(db), large=True)


def _outcomes(db: Database) -> list[tuple[str, str, str]]:
    if told := columns.told(db):
        outcome = told.facts["outcome"]
        chosen = np.flatnonzero(told.counted & (outcome.codes != columns.blank(outcome)))
        facts = (columns.facts(db, told, "unit deal", DEAL), columns.Codes(told.own_day, told.days), outcome)
        texts = [columns.named(one.values, one.codes[chosen]) for one in facts]
        return list(zip(*texts, strict=True))
    sql = f"""SELECT {DEAL} AS deal, c.day AS day, c.outcome AS outcome FROM conversations c
        WHERE {COUNTED} AND c.outcome <> ''"""
    return [(row["deal"], row["day"], row["outcome"]) for row in db.query(sql)]


def mentions(db: Database, filters: Filters) -> list[tuple[Mention, str]]:
    """Every mention of a name, in order of time, with the conversation that it stands in itself."""
    condition, values = insight_condition(replace(filters, kind="competitor"))
    sql = f"""SELECT i.id, i.name AS rival, i.label AS relation, {DEAL} AS deal, {ACCOUNT} AS account,
            c.counted_as AS conversation, c.day, u.position AS place, c.stage, u.role, u.voice, c.id AS source
        {JOINS} WHERE {COUNTED} AND i.name <> '' AND {condition} ORDER BY c.day, c.counted_as, c.id, u.position, i.start"""
    found = []
    for row in db.query(sql, values):
        source = row.pop("source")
        # A name that nothing more is known of is a mention.
        row["relation"] = row["relation"] if row["relation"] in RELATIONS else "mention"
        found.append((Mention(**row), source))
    return found


def beside(db: Database, filters: Filters) -> list[Beside]:
    """Objections and questions of the conversations that match."""
    condition, values = insight_condition(replace(filters, kind="objection,question"))
    sql = f"""SELECT i.id, i.kind, i.label, m.theme_id, coalesce(t.name, '') AS theme, c.counted_as AS conversation,
            c.id AS source, u.position AS place {JOINS} WHERE {COUNTED} AND {condition} ORDER BY i.id"""
    return [Beside(**row) for row in db.query(sql, values)]


def comparing(db: Database, filters: Filters, names: Sequence[str]) -> list[Written]:
    """Mentions of these names in utterances that hold the word "than", with their text."""
    condition, values = insight_condition(replace(filters, kind="competitor"))
    marks = ", ".join("?" * len(names))
    sql = f"""SELECT i.id, i.name AS rival, i.start, i.end, u.text, u.role, u.voice, c.counted_as AS conversation
        {JOINS} WHERE {COUNTED} AND i.name IN ({marks}) AND u.text LIKE '% than %' AND {condition} ORDER BY i.id"""
    return [Written(**row) for row in db.query(sql, [*names, *values])]
