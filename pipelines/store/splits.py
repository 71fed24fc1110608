"""What reports are split by: facts of conversations and insights, and what was found in a conversation."""

from collections import defaultdict
from itertools import chain

from sqlite_utils import Database

from insights.language.names import do_it_yourself
from pipelines.store import catalogue, columns, company
from pipelines.store.counting import COUNTED
from pipelines.store.covered import shown_otherwise
from pipelines.store.filters import (
    CONVERSATION_COLUMNS,
    HIT_COUNTS,
    HITS,
    NAMING,
    phrase,
)
from pipelines.store.insights import JOINS
from pipelines.store.remembered import beneath, remembered

INSIGHT_SPLITS = {"relation": "i.label", "label": "i.label", "voice": "u.voice"}
# What was found in a conversation, not said of it: a conversation may have several of them, or none.
FOUND_SPLITS = ("competitor", "tracker", "ours")


def found(db: Database, by: str) -> dict[str, list[str]]:
    """The competitors, trackers, or products of our own, found in each conversation."""
    known = beneath(db)
    told = remembered(known, ("found", by), lambda: _look_for(known, by), large=True)
    otherwise = shown_otherwise(db, chain.from_iterable(told.values()))
    if not otherwise:
        return told
    return {id: list(dict.fromkeys(otherwise.get(one, one) for one in names)) for id, names in told.items()}


def _look_for(db: Database, by: str) -> dict[str, list[str]]:
    if by == "competitor":
        read = columns.read(db)
        return _decided(db, _competitors(read) if read else _named(db))
    named: dict[str, list[str]] = defaultdict(list)
    if by == "ours":
        for one in catalogue.entries(db, "product"):
            forms = " OR ".join(map(phrase, (one.name, *one.aliases)))
            for row in db.query(f"{NAMING} GROUP BY 1", [forms]):
                named[row["counted_as"]].append(one.name)
        return named
    return _values(
        db, f"SELECT DISTINCT c.counted_as AS id, t.name AS v {HITS} WHERE t.status = 'active' AND {HIT_COUNTS}"
    )


def _named(db: Database) -> dict[str, list[str]]:
    sql = f"SELECT DISTINCT c.counted_as AS id, i.name AS v {JOINS} WHERE i.kind = 'competitor' AND i.name <> '' AND {COUNTED}"
    return _values(db, sql)


def _values(db: Database, sql: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in db.query(f"{sql} ORDER BY 1, 2"):
        found[row["id"]].append(row["v"])
    return found


def _decided(db: Database, found: dict[str, list[str]]) -> dict[str, list[str]]:
    """Without names that nobody decided on: those of the catalogue, and the ways of doing without a vendor. An empty
    catalogue has decided nothing, and then every name stands."""
    listed = {one.name.lower() for one in company.load(db).competitors}
    if not listed:
        return found
    allowed = listed | {name.lower() for name in do_it_yourself()}
    kept = ((meeting, [name for name in names if name.lower() in allowed]) for meeting, names in found.items())
    return {meeting: names for meeting, names in kept if names}


def _competitors(read: columns.Columns) -> dict[str, list[str]]:
    """The competitors found in each conversation, by name."""
    name, told = read.texts["name"], read.told
    kind = read.texts["kind"].among(["competitor"])
    chosen = kind & (name.codes != columns.blank(name)) & told.counted[read.of]
    (meetings, names), _ = columns.groups(told.meeting[read.of[chosen]], name.codes[chosen])
    found: dict[str, list[str]] = defaultdict(list)
    for meeting, one in sorted(zip(columns.named(told.ids, meetings), columns.named(name.values, names), strict=True)):
        found[meeting].append(one)
    return found


def split_column(by: str) -> tuple[str, list[object]]:
    """The SQL of a field's value over `conversations c` (and `insights i`, `utterances u`), and what to bind to it."""
    if not by:
        return "''", []
    if column := INSIGHT_SPLITS.get(by) or CONVERSATION_COLUMNS.get(by):
        return column, []
    own = "coalesce((SELECT f.value FROM conversation_fields f WHERE f.conversation_id = c.id AND f.name = ?), '')"
    return own, [by]
