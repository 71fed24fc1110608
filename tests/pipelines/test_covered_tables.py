"""Every table that holds texts is covered for who may not see originals, or is plain for a reason that is written down."""

import json
from contextlib import closing

import pytest

from pipelines.privacy.covering import cover
from pipelines.store import connect, covered, every_cell
from pipelines.store.covered import COLUMNS, PLAIN

SAID = "Ask Gundula Achterberg (gundula@zephyrine.example) of Zephyrine Works"
NAMES = ("gundula", "achterberg", "zephyrine", "gundula@")
ROWS = {
    "asks": {"words": SAID}, "comments": {"words": SAID, "name": SAID, "place": "/quotes?account=Zephyrine+Works&q=Gundula+Achterberg"},
    "comment_steps": {"comment_id": 1, "what": "closed", "words": SAID},
    "set_facts": {"act": 1, "name": "account", "value": "Zephyrine Works", "was": "Gundula Achterberg"},
    "signal_events": {"content": json.dumps({"account": "Zephyrine Works", "title": SAID})},
    "shared_months": {"content": json.dumps({"figures": [{"note": SAID}]})},
    "plan_notes": {"note": SAID}, "annotations": {"text": SAID}, "annotation_versions": {"content": json.dumps({"text": SAID})},
    "collections": {"title": SAID, "note": SAID}, "collection_quotes": {"note": SAID},
    "collection_events": {"edits": json.dumps({"title": [SAID, ""]})}, "usage_events": {"note": SAID},
    "quote_uses": {"title": SAID, "address": "https://ours.example/a?for=Gundula+Achterberg"},
    "digests": {"title": SAID, "plan": json.dumps({"title": SAID})}, "digest_runs": {"content": json.dumps({"text": SAID})},
    "saved_reports": {"title": SAID, "note": SAID, "query": "account=Zephyrine+Works"},
    "trackers": {"name": SAID}, "keeping_rules": {"words": "Gundula Achterberg"},
    "keeping_receipts": {"content": json.dumps({"rule": SAID})}, "theme_proposals": {"reason": SAID},
}  # fmt: skip


def _insert(db, table: str, given: dict) -> None:
    """A row with these values, and something in every other column that must have one."""
    columns = db.query(
        f"SELECT name, type, pk, \"notnull\" AS must, dflt_value AS given FROM pragma_table_info('{table}')"
    )
    row = {
        c["name"]: given.get(c["name"], "" if c["type"] == "TEXT" else 1)
        for c in columns
        if c["name"] in given or (c["must"] and c["given"] is None)
    }
    db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


@pytest.fixture
def planted(db, tmp_path):
    """A connection that shows no names, of a database whose every feature's table names somebody."""
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute("PRAGMA ignore_check_constraints = ON")
    with db.atomic():
        _insert(db, "conversations", {
            "id": "c1", "account": "Zephyrine Works", "account_key": "zephyrine works", "counted_as": "c1", "contact": "Gundula Achterberg", "participants": "[]",
        })  # fmt: skip
        for table, given in ROWS.items():
            _insert(db, table, given)
    with closing(connect(tmp_path / "parley.db")) as seen:
        cover(seen, tmp_path / "parley.db")
        yield seen


def test_every_table_with_texts_is_covered_or_plain_for_a_reason(db):
    with_texts = {one.name for one in every_cell.tables(db, but=()) if one.texts}
    assert with_texts - COLUMNS.keys() - PLAIN.keys() == set(), (
        "name it in covered.COLUMNS, or in PLAIN with the reason"
    )
    assert COLUMNS.keys() & PLAIN.keys() == set() and all(PLAIN.values())
    there = {one.name for one in every_cell.tables(db, but=())} | set(db.view_names())
    assert COLUMNS.keys() - there == set()


def test_a_covered_column_is_one_that_its_table_has(db):
    for table, shown in COLUMNS.items():
        there = {row[1] for row in db.execute(f"SELECT * FROM pragma_table_xinfo('{table}')")}
        assert set(shown) - there == set(), table


@pytest.mark.parametrize("table", ROWS)
def test_what_a_feature_keeps_names_nobody_to_who_may_not_see_originals(planted, table):
    told = repr(planted.execute(f"SELECT * FROM {table}").fetchall()).casefold()
    assert [name for name in NAMES if name in told] == []
    assert covered.bare(planted).table(table).count == 1
