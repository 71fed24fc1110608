"""What a marketing manager stumbled over: the pages agree with one another, and say whom they compare."""

import html
import re
from datetime import date

import pytest

from pipelines.discover import BY_MEANING
from pipelines.store import competition_rows, content_pages, themes
from pipelines.store.filters import Filters
from pipelines.teams import shared
from pipelines.teams.shared_figures import Agreed
from pipelines.themes import neighbours
from tests.api.conftest import NOW, TODAY


def price(db):
    return next(theme for theme in themes.active(db, "objection") if "expensive" in theme.name)


def test_other_deals_are_those_within_the_same_filters(db, filled):
    only = Filters(account="Account 03,Account 04")
    ends = neighbours.ends(db, only, price(db))
    within = {one.deal for one in competition_rows.conversations(db, only)} & competition_rows.closed(db).keys()
    assert ends.won + ends.lost + ends.others.denominator == len(within)


def test_the_overview_and_the_themes_page_count_the_same_quotes_as_waiting(client, db):
    db.execute("DELETE FROM theme_members WHERE insight_id IN (SELECT id FROM insights WHERE kind = 'competitor')")
    expected = sum(themes.waiting(db, kind) for kind in BY_MEANING)
    assert client.get("/", headers={"accept": "application/json"}).json()["waiting"] == expected


def test_a_published_month_says_its_days_and_its_targets_as_they_were(client, db):
    shared.agree(db, {"answered": Agreed(True, "Ines", 0.6)})
    shared.publish(db, "2026-02", today=TODAY, now=NOW, actor="Ines")
    shared.agree(db, {"answered": Agreed(True, "Omar", 0.9)})
    html = client.get("/shared").text
    month = html[html.index("Published months") :]
    assert "Counted to 28 Feb 2026" in month and "Ines" in month and re.search(r"target 60\s%", month)


def test_it_is_said_where_the_conversations_of_a_published_month_ended(db, filled):
    db.execute("UPDATE conversations SET occurred_at = '2026-02-22' WHERE day > '2026-02-22'")
    assert shared.heard_until(db, date(2026, 2, 28)) == "2026-02-22"


def test_an_unpublished_month_is_told_to_people_not_to_programmers(client):
    html = client.get("/shared").text
    assert (
        "No month is published yet" in html and "parley shared publish" not in html and "Publish February 2026" in html
    )


def test_one_page_is_added_by_hand_and_undone(client, db):
    form = {"title": "What it costs", "url": "https://example.org/price", "text": "Ten euros a user and month."}
    assert "1 new" in client.post("/plan/pages/one", data=form).text
    assert [page.title for page in content_pages.pages(db)] == ["What it costs"]
    [upload] = content_pages.uploads(db)
    client.post(f"/plan/pages/uploads/{upload.id}/undo")
    assert not content_pages.pages(db)


@pytest.mark.parametrize(("title", "url"), [("", "https://example.org"), ("Price", ""), ("Price", "no address")])
def test_a_page_by_hand_that_lacks_something_comes_back_with_what_was_typed(client, db, title, url):
    answer = client.post("/plan/pages/one", data={"title": title, "url": url, "text": "Kept words"})
    assert answer.status_code == 422 and "Kept words" in answer.text and 'role="alert"' in answer.text
    assert not content_pages.pages(db)


def test_the_day_of_publication_is_today_unless_another_is_given(client, db):
    html = client.get(f"/plan/{price(db).id}").text
    assert f'name="day" max="{TODAY}" value="{TODAY}"' in html


def test_what_is_wrong_with_a_day_stands_beside_the_form(client, db):
    form = {"status": "published", "base": 0, "day": "2027-01-01"}
    html = client.post(f"/plan/{price(db).id}/notes", data=form).text
    assert html.index('id="note-problem"') > html.index('name="day"')


@pytest.mark.parametrize("path", ["/", "/plan", "/quotes", "/reports/objections", "/reports/voice"])
def test_the_menu_goes_to_unfiltered_pages_and_what_is_filtered_by_is_taken_along_beside_its_chips(client, path):
    html = client.get(f"{path}?segment=mid-market&since=2026-01-01").text
    nav = html[html.index('aria-label="Main"') : html.index("</nav>")]
    assert "mid-market" not in nav and 'href="/themes"' in nav
    chips = html[html.index('aria-label="Filters in use"') :].partition("</ul>")[0]
    assert re.search(r">Clear( all)?</a>", chips)
    along = html[html.index('class="along') :].partition("</p>")[0]
    wanted = {"/", "/plan", "/quotes", "/reports/objections"} - {path}
    assert {one for one in wanted if f'href="{one}?since=2026-01-01&amp;segment=mid-market"' in along} >= wanted - {
        "/reports/objections"
    }


def test_what_belongs_to_one_list_of_quotes_is_not_taken_along(client):
    html = client.get("/quotes?theme=none&kind=objection&persona=finance").text
    along = html[html.index('class="along') :].partition("</p>")[0]
    assert 'href="/plan?persona=finance"' in along and "theme=none" not in along
    assert 'class="along' not in client.get("/quotes?kind=objection").text


def test_with_a_filter_on_the_outcome_win_rates_are_said_to_mean_nothing(client):
    html = client.get("/reports/competition?outcome=lost").text
    assert "a win rate says nothing here" in html and "Too few closed deals for a word" not in html


def test_the_competition_report_leads_to_objections_in_the_same_conversations(client):
    assert "/reports/objections?beside=Beacon" in client.get("/reports/competition?competitor=Beacon").text


def test_from_a_theme_to_a_report_on_it_alone_that_says_its_name_and_sends_its_changes(client, db):
    theme = price(db)
    (there,) = re.findall(
        r'href="(/reports/objections\?theme=\d+)">As a report', client.get(f"/themes/{theme.id}").text
    )
    page = client.get(there).text
    assert "it had too little evidence" in page or "changed" in page
    told = client.get(f"/api/v1/reports/trends?kind=objection&theme={theme.id}&format=md").text
    assert f"Theme: {theme.name}" in told and f"Theme: {theme.id}" not in told
    (form,) = re.findall(r'href="(/reports/saved/digests\?[^"#]*)', page)
    asked = client.get(form.replace("&amp;", "&")).text
    assert re.search(rf'name="theme" value="{theme.id}" checked><span>Theme: {re.escape(theme.name)}', asked)
    preview = client.post(
        "/reports/saved/digests/preview", data={"title": "T", "kinds": "objection", "theme": theme.id}
    ).text
    assert f"Objections (Theme: {theme.name})" in html.unescape(preview)
    kept = {"address": f"/reports/objections?theme={theme.id}", "title": "One theme", "note": ""}
    client.post("/reports/saved", data=kept)
    assert f"Theme: {theme.name}" in html.unescape(client.get("/reports/saved").text)
