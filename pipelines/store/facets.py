"""Facts and own fields as filters offer them: what values they have, and which fields are worth a filter."""

import re
from collections.abc import Collection, Iterator

import numpy as np
from sqlite_utils import Database

from insights.formats.tables.contents import comes_again, reaches
from pipelines.store import columns
from pipelines.store.covered import HIDDEN, bare, is_covered
from pipelines.store.filters import CONVERSATION_COLUMNS
from pipelines.store.remembered import per_state


@per_state
def has(db: Database, name: str, value: str) -> bool:
    """Whether a fact or an own field of some conversation is just this."""
    if column := CONVERSATION_COLUMNS.get(name):
        return next(db.query(f"SELECT 1 FROM conversations c WHERE {column} = ? LIMIT 1", [value]), None) is not None
    sql = "SELECT 1 FROM conversation_fields WHERE name = ? AND value = ? LIMIT 1"
    return next(db.query(sql, [name, value]), None) is not None


def values(db: Database, column: str, *, limit: int = 200) -> list[str]:
    """The distinct values of a fact or own field, most frequent first: what a filter offers."""
    if is_covered(db) and (column in HIDDEN or (column not in CONVERSATION_COLUMNS and column not in field_names(db))):
        return []
    if column in {"persona", "seniority", "stage", "outcome", "rep", "account", "kind"}:
        if told := columns.told(db):
            fact = told.facts["channel" if column == "kind" else column]
            counts = np.bincount(fact.codes, minlength=len(fact.values)).tolist()
            known = [(-n, value) for value, n in zip(fact.values, counts, strict=True) if value and n]
            return [value for _, value in sorted(known)[:limit]]
        value = CONVERSATION_COLUMNS.get(column, f"c.{column}")
        sql = f"SELECT {value} AS v FROM conversations c WHERE v <> '' GROUP BY v ORDER BY count(*) DESC, v LIMIT ?"
        return [row["v"] for row in db.query(sql, [limit])]
    sql = "SELECT value AS v FROM conversation_fields WHERE name = ? GROUP BY v ORDER BY count(*) DESC, v LIMIT ?"
    return [row["v"] for row in db.query(sql, [column, limit])]


_AROUND = re.compile(r"^(?:account|company)_|__(?:c|pc|r)$")
FEW_VALUES = 40  # of an own field, up to which it can be a filter for who sees no names


@per_state
def field_names(db: Database, *, most_values: int = 40) -> list[str]:
    """Own fields that are worth a filter: those with few different values; on a covered connection none that name
    somebody."""
    if is_covered(db):
        few = field_names(bare(db), most_values=min(most_values, FEW_VALUES))
        return [name for name in few if not _names_somebody(db, name)]
    return [name for name, (different, *_) in _spread(db).items() if different <= most_values]


def meant(name: str, known: Collection[str]) -> str:
    """The field that a name means: itself, else the first that a CRM only writes more around (`account_segment`,
    `segment__c`); "" for none."""
    return name if name in known else next((one for one in known if _AROUND.sub("", one) == name), "")


def filter_names(db: Database, *, most_values: int = 40) -> list[str]:
    """Those of `field_names` that are offered to choose from: what nearly every conversation has for itself is not, nor
    are addresses and numbers at which people are reached."""
    spread, reaching = _spread(bare(db)), _reaching(bare(db))
    names = field_names(db, most_values=most_values)
    return [name for name in names if name not in reaching and comes_again(*spread[name])]


@per_state
def _reaching(db: Database) -> frozenset[str]:
    return frozenset(
        name for name in _spread(db) if reaches(name.replace("_", " "), _first_values(db, name, FEW_VALUES))
    )


def _first_values(db: Database, field: str, most: int) -> list[str]:
    """The first values of an own field in their order, each found by its index: a field may stand in every
    conversation."""
    sql = """WITH RECURSIVE one(v) AS (SELECT min(value) FROM conversation_fields WHERE name = :name UNION ALL
        SELECT (SELECT min(value) FROM conversation_fields WHERE name = :name AND value > v) FROM one WHERE v IS NOT NULL
        LIMIT :most) SELECT v FROM one WHERE v <> ''"""
    return [value for (value,) in db.execute(sql, {"name": field, "most": most})]


@per_state
def _spread(db: Database) -> dict[str, tuple[int, int, int]]:
    """Of every own field: its values, the conversations that share theirs with another, and all that have one."""
    sql = """SELECT name, count(*), sum(CASE WHEN n > 1 THEN n ELSE 0 END), sum(n) FROM (SELECT name, value, count(*) AS n
        FROM conversation_fields GROUP BY name, value) GROUP BY name ORDER BY name"""
    return {name: (different, shared, of) for name, different, shared, of in db.execute(sql)}


def field_values(db: Database) -> Iterator[tuple[str, str, int]]:
    """Every value of every own field, with the number of conversations that have it."""
    yield from db.execute(
        "SELECT name, value, count(*) FROM conversation_fields WHERE value <> '' GROUP BY name, value"
    )


def _names_somebody(db: Database, field: str) -> bool:
    """Whether a value of an own field is shown otherwise on a covered connection."""
    sql = "SELECT 1 FROM (SELECT DISTINCT value FROM main.conversation_fields WHERE name = ?) WHERE covered(value) <> value LIMIT 1"
    return db.execute(sql, [field]).fetchone() is not None
