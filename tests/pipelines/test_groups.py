"""Two groups side by side: the figures are those counted by hand, and only what is sure over all themes is told."""

import pytest
from scipy.stats import false_discovery_control

from pipelines.report import trend_report
from pipelines.reports import groups
from pipelines.store.filters import Filters
from tests.api.conftest import TODAY
from tests.api.conftest import company as company
from tests.api.conftest import company_file as company_file
from tests.api.conftest import db as db
from tests.api.conftest import settings as settings


@pytest.fixture
def report(db, company):
    company(db, count=240)
    return trend_report(db, Filters(), kind="objection", today=TODAY, days=365)


def by_hand(db, theme: int, segment: str) -> tuple[int, int]:
    of = """SELECT DISTINCT c.id FROM conversations c JOIN conversation_fields f ON f.conversation_id = c.id
        WHERE f.name = 'segment' AND f.value = ?"""
    carrying = """SELECT DISTINCT i.conversation_id FROM insights i JOIN theme_members m ON m.insight_id = i.id WHERE m.theme_id = ?"""
    every = {row["id"] for row in db.query(of, [segment])}
    return len(every & {row["conversation_id"] for row in db.query(carrying, [theme])}), len(every)


def test_the_shares_are_those_of_each_group(db, report):
    found = groups.against(db, report, "segment", "enterprise", "mid-market")
    for line in found.lines:
        assert (line.one.numerator, line.one.denominator) == by_hand(db, line.row.theme_id, "enterprise")
        assert (line.other.numerator, line.other.denominator) == by_hand(db, line.row.theme_id, "mid-market")


def test_the_other_way_round_is_the_same_with_the_other_sign(db, report):
    one = groups.against(db, report, "segment", "enterprise", "mid-market")
    other = groups.against(db, report, "segment", "mid-market", "enterprise")
    turned = {line.row.theme_id: line for line in other.lines}
    for line in one.lines:
        back = turned[line.row.theme_id]
        assert line.change.difference == pytest.approx(-back.change.difference) and line.change.p == pytest.approx(
            back.change.p
        )


def test_a_filter_on_the_compared_field_is_left_aside(db, report):
    narrow = trend_report(db, Filters(fields={"segment": "enterprise"}), kind="objection", today=TODAY, days=365)
    assert groups.against(db, narrow, "segment", "enterprise", "mid-market").sizes[1] > 0


def test_false_discoveries_are_controlled_over_all_themes(db, report):
    found = groups.against(db, report, "persona", "finance", "operations")
    tested = [line for line in found.lines if line.change.p is not None]
    expected = false_discovery_control([line.change.p for line in tested])
    assert [line.change.q for line in tested] == pytest.approx(list(expected))


def test_a_theme_that_one_group_alone_says_is_told(db, report):
    with db.atomic():
        db.execute(
            """DELETE FROM theme_members WHERE theme_id = 1 AND insight_id IN (SELECT i.id FROM insights i
            JOIN conversation_fields f ON f.conversation_id = i.conversation_id WHERE f.value = 'enterprise')"""
        )
    found = groups.against(db, report, "segment", "enterprise", "mid-market")
    assert found.lines[0].row.theme_id == 1 and found.lines[0].says == "less" and found.sure >= 1


def test_groups_that_nobody_is_in_say_nothing(db, report):
    found = groups.against(db, report, "segment", "nobody", "nothing")
    assert found.lines == () and found.sizes == (0, 0) and found.sure == 0


@pytest.mark.parametrize("by", ["voice", "relation", "competitor", "tracker", "ours"])
def test_what_a_conversation_has_several_of_cannot_be_compared(by):
    assert not groups.comparable(by)
