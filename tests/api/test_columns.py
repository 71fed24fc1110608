"""What is counted from columns is to the letter what the SQL counts: inside a transaction the SQL answers."""

import pytest

from insights.periods import Period
from pipelines.report import breakdown, trend_report
from pipelines.store import columns, exposure_rows, insights, report_rows, themes
from pipelines.store.filters import Filters

from .conftest import RIVAL, TODAY

FILTERS = [
    Filters(),
    Filters(kind="objection"),
    Filters(kind="objection,question", voice="verbatim", role="buyer"),
    Filters(persona="finance"),
    Filters(since="2025-09-01", until="2026-01-31"),
    Filters(until="2025-12-01", channel="call", fields={"segment": "enterprise"}),
    Filters(theme="1"),
    Filters(theme="none"),
    Filters(competitor=RIVAL, relation="incumbent"),
    Filters(beside=RIVAL, label="price,security"),
    Filters(follow_up="open"),
    Filters(account="Account 01"),
    Filters(q="budget"),
]
PERIOD = Period("", TODAY.replace(year=2025), TODAY, True)


@pytest.fixture
def told_twice(db, filled):
    """Meetings with several tellings, of other days and personas; a copy, which counts nowhere; one without a day, and
    quotes that wait."""
    ids = [row["id"] for row in db.query("SELECT id FROM conversations ORDER BY id")]
    for n in (3, 10, 24, 38):
        db.execute("UPDATE conversations SET counted_as = ? WHERE id IN (?, ?)", [ids[n], ids[n + 1], ids[n + 2]])
    db.execute("UPDATE conversations SET standing = 'duplicate', counted_as = ? WHERE id = ?", [ids[50], ids[51]])
    db.execute("UPDATE conversations SET occurred_at = '' WHERE id IN (?, ?)", [ids[3], ids[55]])
    db.execute("UPDATE conversations SET account = '', account_key = '' WHERE id IN (?, ?)", [ids[11], ids[54]])
    db.execute("DELETE FROM theme_members WHERE rowid % 9 = 0")
    assert columns.read(db) is not None


def both(db, ask):
    """The answer from the columns, and that of the SQL."""
    quick = ask()
    db.conn.execute("BEGIN DEFERRED")
    try:
        assert columns.read(db) is None
        return quick, ask()
    finally:
        db.conn.execute("COMMIT")


def carrying(db, filters, by):
    """What carries each theme and value, by the meetings' ids, each once."""
    among = exposure_rows.exposures(db, filters)
    found = report_rows.carrying(db, filters, among, by=by)
    assert all(len(set(held.meetings)) == len(held.meetings) for held in found.values())
    return {key: ({among.ids[n] for n in held.meetings}, held.insights) for key, held in found.items()}


@pytest.mark.parametrize("filters", FILTERS, ids=lambda f: ",".join(f.active) or "all")
@pytest.mark.parametrize("by", ["", "persona", "segment", "voice", "label", "competitor", "channel"])
def test_conversations_and_hits_are_those_of_the_sql(db, told_twice, filters, by):
    for unit in ("conversation", "account", "deal"):
        held = tuple(name for name in ("segment", "channel") if name != by)
        quick, slow = both(db, lambda u=unit, h=held: exposure_rows.conversations(db, filters, by=by, unit=u, held=h))
        assert quick == slow
    quick, slow = both(db, lambda: report_rows.hits(db, filters, by=by))
    assert sorted(quick, key=repr) == sorted(slow, key=repr)
    quick, slow = both(db, lambda: carrying(db, filters, by))
    assert quick == slow


@pytest.mark.parametrize("filters", FILTERS, ids=lambda f: ",".join(f.active) or "all")
def test_totals_are_those_of_the_sql(db, told_twice, filters):
    asked = (
        lambda: insights.count(db, filters),
        lambda: exposure_rows.count(db, filters),
        lambda: themes.counts(db, filters),
        lambda: report_rows.waiting(db, filters, PERIOD),
        lambda: themes.reach(db, [1, 2, 3]),
        lambda: themes.reach(db, [99_999]),
    )
    for ask in asked:
        quick, slow = both(db, ask)
        assert quick == slow


@pytest.mark.parametrize("unit", ["conversation", "account", "deal"])
@pytest.mark.parametrize("kind", ["objection", "competitor"])
def test_a_report_is_the_same_from_both(db, told_twice, kind, unit):
    quick, slow = both(db, lambda: trend_report(db, Filters(), kind=kind, today=TODAY, unit=unit))
    assert quick == slow
    quick, slow = both(db, lambda: breakdown(db, Filters(theme="1", kind="objection"), by="persona", period=PERIOD))
    assert quick == slow


def test_an_empty_database_has_columns_too(db):
    assert both(db, lambda: insights.count(db, Filters())) == ({"insights": 0, "conversations": 0, "accounts": 0},) * 2
    assert both(db, lambda: exposure_rows.conversations(db, Filters(), by="persona", held=("channel",))) == ([], [])
    assert both(db, lambda: report_rows.hits(db, Filters(), by="persona")) == ([], [])
