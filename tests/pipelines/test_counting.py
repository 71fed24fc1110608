"""Which conversations count is said once."""

import re
from pathlib import Path

import pytest

from pipelines.store import worklist

ROOT = Path(__file__).parents[2]
# Both kinds of copy in a list, or one of them told apart from the rest: what `pipelines.store.counting` is there for.
OWN_WAY = re.compile(
    r"""(['"])(duplicate|revision)\1\s*,\s*\1(duplicate|revision)\1|(<>|!=)\s*(['"])(duplicate|revision)\b"""
)
# What is written once and for all: the schema, its indexes, and the kinds of links themselves.
KNOWN = {
    "pipelines/store/counting.py",
    "pipelines/store/migrations.py",
    "insights/once/seen.py",
    "insights/once/twins.py",
}


def test_no_query_says_in_its_own_words_what_counts():
    files = (file for package in ("insights", "pipelines", "api") for file in (ROOT / package).rglob("*.py"))
    found = {str(file.relative_to(ROOT)) for file in files if OWN_WAY.search(file.read_text(encoding="utf-8"))}
    assert found == KNOWN


@pytest.mark.parametrize(
    "own_way",
    ["c.standing NOT IN ('duplicate', 'revision')", "standing IN ('revision','duplicate')", "standing <> 'revision'"],
)
def test_such_words_would_be_found(own_way):
    assert OWN_WAY.search(own_way)


def test_what_waits_is_looked_up_in_the_indexes_of_what_counts(db):
    sql = f"EXPLAIN QUERY PLAN SELECT id FROM conversations WHERE {worklist._WAITS}"
    plan = " ".join(row[3] for row in db.execute(sql, {"finder": "1"}))
    assert (
        plan.count("USING INDEX conversations_unread") == 1 and plan.count("USING INDEX conversations_read_with") == 2
    )
