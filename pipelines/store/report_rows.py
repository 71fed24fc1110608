"""What reports count: one exposure per conversation, one hit per conversation and theme.

The note, the transcript and the recap of one meeting are one conversation here (see `filters.COUNTED`)."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from insights.periods import Period
from pipelines.store import catalogue
from pipelines.store.filters import (
    CONVERSATION_COLUMNS,
    COUNTED,
    HIT_COUNTS,
    HITS,
    MEETINGS,
    NAMING,
    Filters,
    conversation_condition,
    insight_condition,
    phrase,
)
from pipelines.store.insights import JOINS
from pipelines.store.units import EXPRESSIONS, Unit

INSIGHT_SPLITS = {"relation": "i.label", "label": "i.label", "voice": "u.voice"}
# What was found in a conversation, not said of it: a conversation may have several of them, or none.
FOUND_SPLITS = ("competitor", "tracker", "ours")
APART = " · "  # between the values of a stratum's fields


@dataclass(frozen=True, slots=True)
class Exposure:
    """A conversation that was listened to: it counts in the denominator. `day` is "" when unknown.

    `cluster` is what is alike: its account, or without one what is counted: itself, or its deal. `unit` is what is counted (see `store.units`).
    `stratum` holds the values of the fields whose mix is held constant.
    """

    id: str
    day: str
    account: str
    split: str
    unit: str = ""
    stratum: str = ""

    @property
    def cluster(self) -> str:
        return self.account or f"\0{self.unit or self.id}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A conversation that carries a theme: it counts once in the numerator, however many insights it holds."""

    theme_id: int
    conversation_id: str
    split: str
    insights: int


def conversations(
    db: Database, filters: Filters, *, by: str = "", unit: Unit = "conversation", held: Sequence[str] = ()
) -> list[Exposure]:
    """The conversations that match, each with its value of `by` ("" for splits of insights, which share them all)."""
    condition, values = conversation_condition(filters)
    plain = by in INSIGHT_SPLITS or by in FOUND_SPLITS
    column, more = ("''", []) if plain else split_column(by)
    parts, own = zip(*map(split_column, held), strict=True) if held else ((), ())
    stratum = f" || '{APART}' || ".join(f"group_concat(DISTINCT {part})" for part in parts) or "''"
    sql = f"""SELECT c.counted_as AS id, min(w.day) AS day, max(c.account_key) AS account,
        {column} AS split, min({EXPRESSIONS[unit]}) AS unit, {stratum} AS stratum
        FROM conversations c JOIN {MEETINGS} w ON w.id = c.counted_as
        WHERE {COUNTED} AND {condition} GROUP BY c.counted_as, split ORDER BY c.counted_as"""
    bound = [*more, *(value for values in own for value in values), *values]
    found = [
        Exposure(i, day, account, value, counted, _sorted(known))
        for i, day, account, value, counted, known in db.execute(sql, bound)
    ]
    if unit == "deal":
        found = _of_one_account(found)
    if by not in FOUND_SPLITS:
        return found
    within = _found(db, by)
    return [
        Exposure(e.id, e.day, e.account, value, e.unit, e.stratum) for e in found for value in within.get(e.id, ("",))
    ]


def _of_one_account(exposures: Sequence[Exposure]) -> list[Exposure]:
    """Every deal under one account, the first by name that its conversations have: under two it would count twice."""
    accounts: dict[str, str] = {}
    for e in exposures:
        if e.account:
            accounts[e.unit] = min(e.account, accounts.get(e.unit, e.account))
    return [replace(e, account=accounts.get(e.unit, "")) for e in exposures]


def count(db: Database, filters: Filters) -> dict[str, int]:
    """How many conversations match, with or without a date, and how many accounts they are of."""
    condition, values = conversation_condition(filters)
    sql = f"""SELECT count(DISTINCT c.counted_as) AS conversations, count(DISTINCT nullif(c.account, '')) AS accounts
        FROM conversations c WHERE {COUNTED} AND {condition}"""
    return next(iter(db.query(sql, values)))


def hits(db: Database, filters: Filters, *, by: str = "") -> list[Hit]:
    """Which conversations carry which theme, with the value of `by` and the number of insights."""
    condition, values = insight_condition(filters)
    column, more = ("''", []) if by in FOUND_SPLITS else split_column(by)
    sql = f"""SELECT m.theme_id, c.counted_as AS conversation_id, {column} AS split, count(*) AS insights {JOINS}
        WHERE m.theme_id IS NOT NULL AND {COUNTED} AND {condition} GROUP BY m.theme_id, c.counted_as, split"""
    return _spread(db, by, [Hit(*row) for row in db.execute(sql, [*more, *values])])


def waiting(db: Database, filters: Filters, period: Period) -> tuple[int, int]:
    """How many of the quotes of a period are in no theme, and how many there are."""
    inside = replace(filters, theme="", since=period.start.isoformat(), until=period.end.isoformat())
    condition, values = insight_condition(inside)
    sql = f"SELECT coalesce(sum(m.theme_id IS NULL), 0), count(*) {JOINS} WHERE {COUNTED} AND {condition}"
    none, every = db.execute(sql, values).fetchone()
    return none, every


def tracked(db: Database, filters: Filters, *, by: str = "") -> list[Hit]:
    """Which conversations carry which tracker; filters on what was found by the finder do not apply to them."""
    condition, values = conversation_condition(filters)
    column, more = (
        split_column(by) if by == "voice" or (by not in INSIGHT_SPLITS and by not in FOUND_SPLITS) else ("''", [])
    )
    said = "".join(f" AND u.{name} = ?" for name in ("voice", "role") if getattr(filters, name))
    said_values = [getattr(filters, name) for name in ("voice", "role") if getattr(filters, name)]
    sql = f"""SELECT h.tracker_id AS theme_id, c.counted_as AS conversation_id, {column} AS split, count(*) AS insights {HITS}
        WHERE t.status = 'active' AND {HIT_COUNTS} AND {condition}{said} GROUP BY h.tracker_id, c.counted_as, split"""
    return _spread(db, by, [Hit(**row) for row in db.query(sql, [*more, *values, *said_values])])


@dataclass(frozen=True, slots=True)
class Carriers:
    """Of what carries a theme (conversations, accounts or deals): the most that one account holds, and those known from
    notes alone."""

    units: int
    largest: int
    reported: int


def carriers(
    db: Database, filters: Filters, kind: str, theme_id: int, period: Period, *, unit: Unit = "conversation"
) -> Carriers:
    """Who stands behind a theme's, or a tracker's, figure for a period."""
    within = replace(filters, kind="", since=period.start.isoformat(), until=period.end.isoformat())
    if kind == "tracker":
        condition, values = conversation_condition(within)
        rest = f"{HITS} WHERE t.status = 'active' AND {HIT_COUNTS} AND h.tracker_id = ? AND {condition}"
        values = [theme_id, *values]
    else:
        condition, values = insight_condition(replace(within, theme=str(theme_id)))
        rest = f"{JOINS} WHERE {COUNTED} AND {condition}"
    sql = f"""SELECT {EXPRESSIONS[unit]} AS unit, max(c.account_key) AS account, max(u.voice = 'verbatim') AS verbatim {rest}
        GROUP BY unit"""
    rows = list(db.query(sql, values))
    accounts = Counter(row["account"] for row in rows if row["account"])
    return Carriers(len(rows), max(accounts.values(), default=0), sum(not row["verbatim"] for row in rows))


def _sorted(stratum: str) -> str:
    """The same values in whatever order the tellings of one meeting were read: SQLite gives them in none."""
    return APART.join(",".join(sorted(part.split(","))) for part in stratum.split(APART)) if "," in stratum else stratum


def _spread(db: Database, by: str, found: list[Hit]) -> list[Hit]:
    if by not in FOUND_SPLITS:
        return found
    within = _found(db, by)
    return [
        Hit(h.theme_id, h.conversation_id, value, h.insights)
        for h in found
        for value in within.get(h.conversation_id, ("",))
    ]


def _found(db: Database, by: str) -> dict[str, list[str]]:
    """The competitors, trackers, or products of our own, found in each conversation."""
    named: dict[str, list[str]] = defaultdict(list)
    if by == "ours":
        for one in catalogue.entries(db, "product"):
            forms = " OR ".join(map(phrase, (one.name, *one.aliases)))
            for row in db.query(f"{NAMING} GROUP BY 1", [forms]):
                named[row["counted_as"]].append(one.name)
        return named
    sql = {
        "competitor": f"SELECT DISTINCT c.counted_as AS id, i.name AS v {JOINS} WHERE i.kind = 'competitor' AND i.name <> '' AND {COUNTED}",
        "tracker": f"SELECT DISTINCT c.counted_as AS id, t.name AS v {HITS} WHERE t.status = 'active' AND {HIT_COUNTS}",
    }[by]
    found: dict[str, list[str]] = defaultdict(list)
    for row in db.query(f"{sql} ORDER BY 1, 2"):
        found[row["id"]].append(row["v"])
    return found


def split_column(by: str) -> tuple[str, list[object]]:
    """The SQL of a field's value over `conversations c` (and `insights i`, `utterances u`), and what to bind to it."""
    if not by:
        return "''", []
    if column := INSIGHT_SPLITS.get(by) or CONVERSATION_COLUMNS.get(by):
        return column, []
    own = "coalesce((SELECT f.value FROM conversation_fields f WHERE f.conversation_id = c.id AND f.name = ?), '')"
    return own, [by]
