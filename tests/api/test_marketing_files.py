"""What leaves with a saved report bears its title; the plan and the brief say why, and leave out what is of another theme."""

import pytest

from api.exports.document import Column, Table
from api.exports.documents import _widths
from api.views.plan import below
from api.views.saved import chosen_in
from insights import neighbours
from insights.priority import priority
from insights.sampling import Rate
from insights.trends import Change, Trend
from pipelines.plan import Line
from pipelines.planning.content import Coverage
from pipelines.store.themes import Theme


def test_a_saved_reports_title_is_in_its_files_and_their_names(client):
    body = {"address": "/reports/objections", "title": "Autumn: what hurts?"}
    kept = client.post("/api/v1/saved", json=body).json()
    answer = client.get(f"/api/v1/saved/{kept['id']}?format=md")
    assert answer.text.startswith("# Autumn: what hurts?")
    assert "parley-autumn-what-hurts-2026-" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("this", "outcome:won", "Side by side: outcome Won"),
        ("that", "persona:it_security", "With: persona IT and security"),
    ],
)
def test_two_sides_are_told_in_words(name, value, told):
    assert chosen_in(name, value) == told


def test_a_column_of_text_is_not_pressed_by_the_headers_of_figures():
    columns = (
        Column("Theme"),
        Column("What can be said"),
        *(Column(f"Won of those that raise it {n}", "count") for n in range(6)),
    )
    rows = (("Price: costs too much", "Deals that raise it are lost more often", *range(6)),)
    widths = _widths(Table("t", "T", columns, rows))
    assert widths[1] > 2 * max(widths[2:])


def line(number: int, verdict: str, heard: int) -> Line:
    volume = Rate(heard, 300, heard / 400, heard / 250)
    trend = Trend(volume, volume, Change(0.0, None, None, None, None), verdict, "", None, 9)
    theme = Theme(number, "objection", f"Theme {number}", "price", (), "active", False, "", None, None)
    return Line(
        theme,
        volume,
        trend,
        None,
        Coverage("unknown", ()),
        priority(volume, verdict, lost=None, state="unknown"),
        None,
        (),
        {},
    )


def test_the_plan_says_why_a_rising_theme_stands_below_a_steady_one():
    told = below([line(1, "steady", 90), line(2, "rising", 17)])
    assert list(told) == [2] and "heard less: in 17 conversations, not 90" in told[2]


def test_a_rising_theme_on_top_needs_no_reason():
    assert not below([line(1, "rising", 90), line(2, "steady", 17)])


@pytest.mark.parametrize(("cosines", "found"), [({7: 0.59, 8: 0.55}, 7), ({7: 0.42, 8: 0.3}, None), ({}, None)])
def test_an_objection_takes_no_question_of_a_theme_that_does_not_sound_alike(cosines, found):
    assert neighbours.nearest(cosines) == found


def test_the_statuses_of_a_brief_are_written_alike(client, db):
    theme = next(db.query("SELECT id FROM themes WHERE kind = 'objection'"))["id"]
    assert ">In writing</option>" in client.get(f"/plan/{theme}").text
