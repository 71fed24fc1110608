"""A word on one figure keeps the days and filters it counted and how it stood, and is shown beside how it stands now."""

import re
from html import unescape

import pytest

from pipelines.access import reps
from pipelines.store import comments as store
from pipelines.themes import ledger
from tests.api import signing

PAGE = {"Accept": "text/html"}
NOW = "2026-03-20T09:00:00+00:00"


def options(page: str) -> dict[str, str]:
    """The figures that a page's form offers, by their keys."""
    (chosen,) = re.findall(r'<select name="figure">(.*?)</select>', page, re.S)
    return {key: unescape(text) for key, text in re.findall(r'<option value="([^"]+)">(.*?)</option>', chosen)}


def say(client, place: str, figure: str) -> str:
    """The page after something was said of a figure there."""
    sent = {"place": place, "kind": "wrong", "words": "It cannot be so many", "to": "Kim", "figure": figure}
    return client.post("/comments", data=sent).text


@pytest.mark.parametrize("place", ["/reports/objections?persona=finance", "/themes/1", "/themes/1?persona=finance"])
def test_a_themes_share_is_spoken_of_with_its_filter_days_and_value(client, db, place):
    offered = options(client.get(place, headers=PAGE).text)
    name, _, value = offered["theme-1"].partition(": ")

    page = say(client, place, "theme-1")

    (made,) = store.every(db)
    assert (made.name, made.was, made.figure) == (name, value, "theme-1")
    assert "since=20" in made.place and "until=20" in made.place and ("persona=finance" in made.place) == ("?" in place)
    assert f"{value} <span" in unescape(page) and "The same now." in page
    assert options(page)["theme-1"] == offered["theme-1"]
    inbox = client.get("/comments", headers=PAGE).text
    assert ("Persona: Finance; " in inbox) == ("?" in place) and " to " in inbox


def test_what_the_figure_is_now_stands_beside_what_it_was(client, db):
    say(client, "/reports/objections", "theme-1")
    (made,) = store.every(db)
    some = [row["id"] for row in db.query("SELECT insight_id AS id FROM theme_members WHERE theme_id = 1 LIMIT 4")]
    ledger.move(db, some, None, now=NOW, actor="Kim")

    for page in (client.get(made.place).text, client.get("/comments", headers=PAGE).text):
        told = re.search(r'<p class="said-here">(.*?)</p>', page, re.S)[1]
        assert made.was in unescape(told) and "Now " in told and "The same now" not in told
    elsewhere = client.get("/reports/objections?persona=finance", headers=PAGE).text
    assert "As it is now" in re.search(r'<p class="said-here">(.*?)</p>', elsewhere, re.S)[1]


def test_a_shared_number_is_spoken_of(client, db):
    offered = options(client.get("/shared", headers=PAGE).text)
    page = say(client, "/shared", "number-coverage")
    (made,) = store.every(db)
    assert f"{made.name}: {made.was}" == offered["number-coverage"] and made.place == "/shared"
    assert "The same now." in page


def test_a_program_names_the_figure_and_is_told_where_there_is_none(client):
    body = {"place": "/reports/objections", "words": "Really?", "recipient": "Kim", "figure": "theme-1"}
    made = client.post("/api/v1/comments", json=body).json()
    assert made["figure"] == "theme-1" and " of " in made["was"]
    assert client.get("/api/v1/comments").json()[0]["was"] == made["was"]
    assert client.post("/api/v1/comments", json=body | {"figure": "theme-99"}).status_code == 422
    forged = {"place": "/reports/objections?about_figure=theme-1&figure_was=99+of+100", "figure": ""}
    assert client.post("/api/v1/comments", json=body | forged).status_code == 422


@pytest.mark.parametrize("place", ["/reports/outcomes", "/reports/voice?kind=objection", "/plan?persona=finance"])
def test_a_row_of_any_other_report_is_spoken_of_by_its_name(client, db, place):
    offered = options(client.get(place, headers=PAGE).text)
    key = next(iter(offered))
    page = say(client, place, key)
    (made,) = store.every(db)
    assert f"{made.name}: {made.was}" == offered[key] and made.place == place and "The same now." in page


def test_no_figure_of_a_single_rep_is_kept_where_others_read_it(db, filled, tmp_path):
    """The inbox is everybody’s."""
    reps.choose(db, "admin")
    key = signing.token(db, signing.add(db, "admin", "Ada"), "admin")
    with signing.browser(signing.serve(signing.settings_of(tmp_path), signing.Time())) as client:
        asked = {"authorization": f"Bearer {key}"}
        page = client.get("/reports/objections?rep=Kim+Rowe", headers=asked | PAGE)
        assert page.status_code == 200 and 'name="figure"' not in page.text
        body = {"place": "/reports/objections?rep=Kim+Rowe", "words": "So?", "side": "sales", "figure": "theme-1"}
        assert client.post("/api/v1/comments", json=body, headers=asked).status_code == 422


def test_what_is_said_as_published_is_kept_with_what_stands_today(client, db):
    day = "/reports/objections?published=2026-02-01"
    assert 'name="figure"' not in client.get(day, headers=PAGE).text
    say(client, day, "theme-1")
    (made,) = store.every(db)
    assert (made.place, made.figure) == (day, "")


def test_a_filter_that_is_no_more_leaves_the_comment(client, db):
    number = store.add(
        db, kind="wrong", place="/reports/objections?region=north", name="Price", words="No", recipient="Kim", side="",
        actor="Ann", now=NOW, figure="theme-1", was="28 %, 34 of 120 conversations",
    )  # fmt: skip
    page = client.get("/comments", headers=PAGE).text
    assert f'id="c-{number}"' in page and "34 of 120" in page
