"""A theme's page: how deals end that raise it, what is near it, and an index that leads to all of it."""

import re
from html import unescape

import pytest

from pipelines.store import theme_events, theme_lists, themes, vectors
from pipelines.store.filters import Filters
from pipelines.themes import ledger, neighbours
from tests.api.test_theme_forms import ids

NOW = "2026-03-20T10:00:00+00:00"


def accounts_of(db, theme: int) -> dict[str, set[str]]:
    """Per account (which is a deal here) the outcomes of the conversations in which a theme comes up."""
    sql = """SELECT lower(c.account) AS account, c.outcome FROM conversations c JOIN insights i ON i.conversation_id = c.id
        JOIN theme_members m ON m.insight_id = i.id WHERE m.theme_id = ?"""
    found: dict[str, set[str]] = {}
    for row in db.query(sql, [theme]):
        found.setdefault(row["account"], set()).add(row["outcome"])
    return found


def test_deals_that_raise_a_theme_are_counted_once_each(db, filled):
    found = neighbours.ends(db, Filters(), themes.get(db, 1))
    assert found and found.won + found.lost + found.open == len(accounts_of(db, 1))
    assert found.lost_share.denominator == found.won + found.lost and found.lost_share.numerator == found.lost


def test_the_newest_outcome_of_a_deal_is_the_one_that_counts(db, filled):
    lost = 0
    for account in accounts_of(db, 1):
        sql = "SELECT outcome FROM conversations WHERE lower(account) = ? AND outcome IN ('won', 'lost') ORDER BY day DESC LIMIT 1"
        lost += next((row["outcome"] for row in db.query(sql, [account])), "") == "lost"
    assert neighbours.ends(db, Filters(), themes.get(db, 1)).lost == lost


def test_a_filter_on_the_outcome_is_left_aside(db, filled):
    theme = themes.get(db, 1)
    assert neighbours.ends(db, Filters(outcome="lost"), theme) == neighbours.ends(db, Filters(), theme)


def test_without_any_known_outcome_nothing_is_said_of_deals(client, db):
    with db.atomic():
        db.execute("UPDATE conversations SET outcome = ''")
    assert neighbours.ends(db, Filters(), themes.get(db, 1)) is None
    assert "How deals end" not in client.get("/themes/1").text


def test_too_few_closed_deals_say_nothing(client, db):
    with db.atomic():
        db.execute("UPDATE conversations SET outcome = 'open' WHERE account > 'Account 08'")
    html = client.get("/themes/1").text
    assert "Too few to say" in html and "Difference in points" not in html


def test_an_association_is_never_called_a_cause(client):
    assert "An association is no cause" in client.get("/themes/1").text


def test_themes_that_sound_alike_lead_to_both_side_by_side(client, db, say):
    (first, second, third) = say(["dear"] * 3, ["steep"] * 3, ["slow"] * 3)
    made = []
    for name, quotes in (("Dear", first[:2] + second[:1]), ("Steep", second[1:] + first[2:]), ("Slow", third)):
        _rows, found = vectors.of_insights(db, "test", quotes)
        shape = None
        if len(found):
            centre = found.mean(0)
            with db.atomic():
                shape = theme_events.add_shape(db, centre / (centre @ centre) ** 0.5, 0.9, ())
        made.append(
            ledger.create(
                db, "objection", ledger.NewTheme(name, "price", (), shape, dict.fromkeys(quotes, 1.0)), now=NOW
            ).theme
        )
    alike = neighbours.alike(db, themes.get(db, made[0]))
    assert [one.theme.name for one in alike] == ["Steep"] and alike[0].likeness
    html = client.get(f"/themes/{made[0]}").text
    address = f"/themes/{made[0]}/merge?with={made[1]}"
    assert address in unescape(html) and client.get(address).status_code == 200


def test_a_theme_that_comes_along_is_counted_by_conversation(db, filled):
    mine, met = theme_lists.met(db, Filters(), 1)
    assert mine == len(ids(db, 1))
    sql = """SELECT count(DISTINCT i.conversation_id) AS n FROM insights i JOIN theme_members m ON m.insight_id = i.id
        WHERE m.theme_id = 2 AND i.conversation_id IN (SELECT i.conversation_id FROM insights i JOIN theme_members m
        ON m.insight_id = i.id WHERE m.theme_id = 1)"""
    (both,) = (row["n"] for row in db.query(sql))
    assert next(one.both for one in met if one.theme == 2) == both


@pytest.mark.parametrize("path", ["/themes/1", "/themes/3", "/themes/4"])
def test_the_index_of_a_page_leads_to_parts_that_are_there(client, path):
    html = client.get(path).text
    (index,) = re.findall(r'<nav class="in-page".*?</nav>', html, re.S)
    named = re.findall(r'href="#([^"]+)"', index)
    assert "history" in named and all(f'id="{one}"' in html for one in named)


def test_a_competitor_leads_to_its_deals(client):
    html = client.get("/themes/4").text
    (address,) = {unescape(one) for one in re.findall(r'href="(/reports/competition\?[^"]*)"', html)}
    assert "competitor=Beacon" in address and client.get(address).status_code == 200
