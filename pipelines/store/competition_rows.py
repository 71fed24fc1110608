"""Rows of the competition report: every counted conversation with its deal, every mention, and what stands beside
one."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlite_utils import Database

from insights import deals
from insights.deals import Closed
from insights.records import RELATIONS
from insights.rivalry import Mention
from pipelines.store import columns, deal_keys
from pipelines.store.counting import COUNTED
from pipelines.store.covered import shown_otherwise
from pipelines.store.filters import MEETINGS, OUTCOME, Filters, conversation_condition, insight_condition
from pipelines.store.insights import JOINS
from pipelines.store.remembered import beneath, key_of, remembered
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
    """An objection or question: what it is, its theme (None while it waits), and where it was said: `source` is the
    conversation that it stands in itself."""

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
    """One row a counted conversation, in the order of days and ids, its deal and facts those of the telling that it is
    counted as. The list is shared: nobody may change it."""
    db = beneath(db)
    return remembered(db, ("heard", key_of((filters,))), lambda: _conversations(db, filters), large=True)


def _conversations(db: Database, filters: Filters) -> list[Heard]:
    told = columns.told(db)
    if told is None:
        return _ranked(db, filters)
    alone, several = columns.alone(told, columns.conversations(db, told, filters))
    alone = alone[np.argsort(told.day[told.meeting[alone]], kind="stable")]
    meeting = told.meeting[alone]
    facts = (
        deal_keys.of_each(db, told),
        _account(db, told),
        *(told.facts[name] for name in ("account", "stage", "outcome")),
    )
    texts = [columns.named(one.values, one.codes[alone]) for one in facts]
    ids, days = columns.named(told.ids, meeting), columns.named(told.days, told.day[meeting])
    found = [Heard(*row) for row in zip(ids, days, *texts, strict=True)]
    if several:
        found = sorted([*found, *_ranked(db, filters, only=several)], key=lambda h: (h.day, h.id))
    return found


def _account(db: Database, told: columns.Told) -> columns.Codes:
    return columns.facts(db, told, "unit account", ACCOUNT)


def _ranked(db: Database, filters: Filters, *, only: Sequence[str] | None = None) -> list[Heard]:
    """The same by SQL; `only` some meetings."""
    condition, values = conversation_condition(filters)
    some = "" if only is None else "AND c.counted_as IN (SELECT value FROM json_each(?))"
    sql = f"""SELECT id, day, deal, account, name, stage, outcome FROM (
        SELECT c.counted_as AS id, w.day, {DEAL} AS deal, {ACCOUNT} AS account, c.account AS name, c.stage, {OUTCOME} AS outcome,
            row_number() OVER (PARTITION BY c.counted_as ORDER BY c.id <> c.counted_as, c.id) AS place
        FROM conversations c JOIN {MEETINGS} w ON w.id = c.counted_as WHERE {COUNTED} AND {condition} {some})
        WHERE place = 1 ORDER BY day, id"""
    return [Heard(**row) for row in db.query(sql, [*values, *([] if only is None else [json.dumps(only)])])]


def closed(db: Database) -> dict[str, Closed]:
    """The deals that are won or lost, with which of the two. It is shared: nobody may change it."""
    db = beneath(db)
    return remembered(db, "closed deals", lambda: _closed(db), large=True)


def over(db: Database) -> dict[str, Closed]:
    """The same as deals stand now: without those that were closed and are open again. It is shared: nobody may change
    it."""
    db = beneath(db)
    return remembered(db, "deals that are over", lambda: _closed(db, deals.standing), large=True)


def _closed(db: Database, judge: Callable[[list[tuple[str, str]]], Closed] = deals.of_deal) -> dict[str, Closed]:
    told: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for deal, day, outcome in outcomes(db):
        told[deal].append((day, outcome))
    return {deal: said for deal, pairs in told.items() if (said := judge(pairs))}


def outcomes(db: Database) -> list[tuple[str, str, str]]:
    """(deal, day, outcome) of every counted conversation that names an outcome: a deal's is not changed by a filter.
    The list is shared: nobody may change it."""
    db = beneath(db)
    return remembered(db, "outcomes", lambda: _outcomes(db), large=True)


def _outcomes(db: Database) -> list[tuple[str, str, str]]:
    if told := columns.told(db):
        outcome = told.facts["outcome"]
        chosen = np.flatnonzero(told.counted & (outcome.codes != columns.blank(outcome)))
        facts = (deal_keys.of_each(db, told), columns.Codes(told.own_day, told.days), outcome)
        texts = [columns.named(one.values, one.codes[chosen]) for one in facts]
        return list(zip(*texts, strict=True))
    sql = f"""SELECT {DEAL} AS deal, c.day AS day, {OUTCOME} AS outcome FROM conversations c
        WHERE {COUNTED} AND {OUTCOME} <> ''"""
    return [(row["deal"], row["day"], row["outcome"]) for row in db.query(sql)]


def mentions(db: Database, filters: Filters) -> list[tuple[Mention, str]]:
    """Every mention of a name, in order of time, with the conversation that it stands in itself."""
    found = _every_mention(beneath(db), replace(filters, kind="competitor"))
    otherwise = shown_otherwise(db, (one.rival for one, _ in found))
    return [(m._replace(rival=otherwise.get(m.rival, m.rival)), id) for m, id in found] if otherwise else found


def _every_mention(db: Database, filters: Filters) -> list[tuple[Mention, str]]:
    if (read := columns.read(db)) and (chosen := columns.insights(db, read, filters)) is not None:
        return _mentions(db, read, chosen)
    condition, values = insight_condition(filters)
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


def _mentions(db: Database, read: columns.Columns, chosen: np.ndarray) -> list[tuple[Mention, str]]:
    """The same from the columns."""
    told, texts = read.told, read.texts
    name, label = texts["name"], texts["label"]
    at = np.flatnonzero(chosen & told.counted[read.of] & (name.codes != columns.blank(name)))
    of = read.of[at]
    order = (told.own_day[of], told.rank[told.meeting[of]], told.rank[told.own[of]], read.position[at], read.start[at])
    at = at[np.lexsort(order[::-1])]
    of = read.of[at]
    relation = columns.Codes(label.codes, [one if one in RELATIONS else "mention" for one in label.values])
    facts = (name, relation), (deal_keys.of_each(db, told), _account(db, told)), (texts["role"], texts["voice"])
    (rivals, relations), (deals_, accounts), (roles, voices) = (
        [columns.named(one.values, one.codes[at if n != 1 else of]) for one in pair] for n, pair in enumerate(facts)
    )
    meetings, days = columns.named(told.ids, told.meeting[of]), columns.named(told.days, told.own_day[of])
    stages = columns.named(told.facts["stage"].values, told.facts["stage"].codes[of])
    ids, places = read.ids[at].astype("U").tolist(), read.position[at].tolist()
    rows = zip(ids, rivals, relations, deals_, accounts, meetings, days, places, stages, roles, voices, strict=True)
    return list(zip(map(Mention._make, rows), columns.named(told.ids, told.own[of]), strict=True))


def beside(db: Database, filters: Filters) -> list[Beside]:
    """Objections and questions of the conversations that match, in the order of their ids."""
    filters = replace(filters, kind="objection,question")
    if (read := columns.read(db)) and (chosen := columns.insights(db, read, filters)) is not None:
        return _beside(db, read, chosen)
    condition, values = insight_condition(filters)
    sql = f"""SELECT i.id, i.kind, i.label, m.theme_id, coalesce(t.name, '') AS theme, c.counted_as AS conversation,
            c.id AS source, u.position AS place {JOINS} WHERE {COUNTED} AND {condition} ORDER BY i.id"""
    return [Beside(**row) for row in db.query(sql, values)]


def _beside(db: Database, read: columns.Columns, chosen: np.ndarray) -> list[Beside]:
    """The same from the columns."""
    told = read.told
    at = np.flatnonzero(chosen & told.counted[read.of])
    at = at[np.argsort(read.ids[at], kind="stable")]
    of = read.of[at]
    called = dict(db.conn.execute("SELECT id, name FROM themes").fetchall())
    themes = [one or None for one in read.theme[at].tolist()]
    kinds, labels = (columns.named(read.texts[name].values, read.texts[name].codes[at]) for name in ("kind", "label"))
    rows = zip(
        read.ids[at].astype("U").tolist(), kinds, labels, themes, [called.get(one, "") for one in themes],
        columns.named(told.ids, told.meeting[of]), columns.named(told.ids, told.own[of]), read.position[at].tolist(),
        strict=True,
    )  # fmt: skip
    return [Beside(*row) for row in rows]


def comparing(db: Database, filters: Filters, names: Sequence[str]) -> list[Written]:
    """Mentions of these names in utterances that hold the word "than", with their text."""
    condition, values = insight_condition(replace(filters, kind="competitor"))
    marks = ", ".join("?" * len(names))
    sql = f"""SELECT i.id, i.name AS rival, i.start, i.end, u.text, u.role, u.voice, c.counted_as AS conversation
        {JOINS} WHERE {COUNTED} AND i.name IN ({marks}) AND u.text LIKE '% than %' AND {condition}
        AND u.rowid IN (SELECT rowid FROM utterances_fts WHERE utterances_fts MATCH 'than') ORDER BY i.id"""
    return [Written(**row) for row in db.query(sql, [*names, *values])]
