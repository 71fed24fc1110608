"""Saved reports at every door: kept as published, whatever happens to the data later."""

import io
import json
import re
import shutil
from html import unescape

import pytest

from pipelines.store import batches
from pipelines.themes import ledger
from pipelines.uploads.undo import undo

NOW = "2026-03-20T10:00:00+00:00"
PRICE = "It is more than we can spend this year"
REPORTS = ["/reports/objections", "/reports/questions", "/reports/competitors"]


def save(client, address="/reports/objections", title="Deck of March", **rest) -> dict:
    answer = client.post("/api/v1/saved", json={"address": address, "title": title, **rest})
    assert answer.status_code == 201, answer.text
    return answer.json()


def shown(client, path: str, status: int = 200) -> str:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def tables(client, saved: dict) -> list:
    sections = client.get(f"/api/v1/saved/{saved['id']}").json()["document"]["sections"]
    return [section["table"] for section in sections if section["table"]]


@pytest.mark.parametrize("path", REPORTS)
def test_each_report_can_be_saved_from_its_page(client, path):
    form = re.search(
        r'name="address" value="([^"]+)"', client.get(f"{path}?persona=finance", headers={"Accept": "text/html"}).text
    )
    assert form, "the page has no button to save it"
    made = client.post("/reports/saved", data={"address": unescape(form[1]), "title": "Kept"}, follow_redirects=False)
    assert made.status_code == 303
    page = shown(client, made.headers["location"])
    assert "As published on" in page and "Persona: " in page and f'href="{path}?persona=finance' in page


def test_what_is_kept_holds_no_customers_words_but_the_page_shows_them_verbatim(telling, db):
    saved = save(telling)
    (row,) = db.query("SELECT content FROM saved_reports")
    assert PRICE not in row["content"] and "Account " not in json.dumps(
        [s["quotes"] for s in json.loads(row["content"])["document"]["sections"]]
    )
    assert PRICE in shown(telling, saved["page"])


def test_a_saved_report_stays_when_its_theme_is_renamed_and_says_what_differs(client, db):
    saved = save(client)
    before = tables(client, saved)
    (theme,) = db.query("SELECT id FROM themes WHERE name = 'Too expensive this year'")
    ledger.rename(db, theme["id"], "Over budget", now=NOW, actor="web page")
    assert tables(client, saved) == before
    page = shown(client, saved["page"])
    assert "No longer there under this name: “Too expensive this year" in page and "New since: “Over budget" in page


def test_a_saved_report_survives_the_undo_of_its_upload(telling, db):
    saved = save(telling)
    before = tables(telling, saved)
    undo(db, batches.recent(db)[0]["id"])
    assert tables(telling, saved) == before
    page = shown(telling, saved["page"])
    assert PRICE not in page and "cannot be shown any more" in page
    assert "With today’s data nothing matches this report any more." in page


def test_a_report_that_was_taken_back_says_so_and_by_whom_and_comes_back(client):
    saved = save(client)
    client.post(f"{saved['page']}/remove")
    assert "by somebody without a login. It had been saved" in shown(client, saved["page"], 410)
    assert client.get(f"/api/v1/saved/{saved['id']}").status_code == 409
    assert "is taken back; its link says so" in shown(client, f"/reports/saved?removed={saved['id']}")
    client.post(f"{saved['page']}/restore")
    assert "As published on" in shown(client, saved["page"])


def test_every_format_gives_the_figures_as_published(client):
    saved = save(client)
    for format in ("csv", "xlsx", "pptx", "pdf", "md", "html", "json"):
        answer = client.get(f"/api/v1/saved/{saved['id']}?format={format}")
        assert answer.status_code == 200 and answer.content, format
    main = tables(client, saved)[0]
    text = client.get(f"/api/v1/saved/{saved['id']}?format=csv").content.decode("utf-8-sig")
    assert text.splitlines()[0].startswith(main["columns"][0]["name"])
    assert len(text.splitlines()) == len(main["rows"]) + 1


def test_titles_are_found_changed_and_never_markup(client):
    saved = save(client, title="<b>Deck</b> 100 % sure", note="for the board")
    save(client, title="Another")
    assert [one["title"] for one in client.get("/api/v1/saved?q=100 % BOARD").json()["items"]] == [
        "<b>Deck</b> 100 % sure"
    ]
    assert "<b>Deck" not in client.get(saved["page"], headers={"Accept": "text/html"}).text
    client.post(saved["page"], data={"title": "Deck", "note": ""})
    assert client.get("/api/v1/saved?q=board").json()["items"] == []
    assert "Deck" in shown(client, "/reports/saved?q=deck") and "Another" not in shown(client, "/reports/saved?q=deck")


def test_the_list_comes_in_pages(client):
    titles = [save(client, title=f"Report {n}")["title"] for n in range(5)]
    first = client.get("/api/v1/saved?limit=3").json()
    second = client.get("/api/v1/saved", params={"limit": 3, "after": first["next"]}).json()
    assert sorted(one["title"] for one in (*first["items"], *second["items"])) == titles and second["next"] is None


@pytest.mark.parametrize(
    ("address", "title", "status", "says"),
    [
        ("/quotes", "X", 422, "is no report that can be saved"),
        ("https://evil.example/reports/objections", "X", 422, "is no report"),
        ("//evil.example/reports/objections", "X", 422, "is no report"),
        ("/reports/objections?colour=red", "X", 422, "is no filter here"),
        ("/reports/objections?by=weather", "X", 422, "is no field"),
        ("/reports/objections?account=Nobody", "X", 404, "There is nothing to save"),
        ("/reports/objections", "  ", 422, "Give the report a title"),
        ("/reports/objections", "t" * 200, 422, "120 is the most"),
    ],
)
def test_what_cannot_be_saved_is_told(client, address, title, status, says):
    answer = client.post("/api/v1/saved", json={"address": address, "title": title})
    assert answer.status_code == status and says in answer.json()["detail"]


def test_an_id_that_nobody_gave_leads_nowhere(client):
    assert client.get("/api/v1/saved/" + "0" * 32).status_code == 404
    assert client.get("/reports/saved/1").status_code == 404


def test_ids_are_long_and_never_alike(client):
    made = {save(client)["id"] for _ in range(4)}
    assert len(made) == 4 and all(re.fullmatch("[0-9a-f]{32}", one) for one in made)


def test_an_empty_database_says_how_to_save(empty_client):
    assert "Nothing saved yet" in shown(empty_client, "/reports/saved")
    answer = empty_client.post("/api/v1/saved", json={"address": "/reports/objections", "title": "X"})
    assert answer.status_code == 404


def test_a_report_that_is_no_more_is_still_shown(client, db):
    saved = save(client)
    db.execute("UPDATE saved_reports SET report = 'weather_report'")
    page = shown(client, saved["page"])
    assert "As published on" in page and "See it with today" not in page


def test_the_terminal_says_how_to_save_and_what_cannot_be(parley):
    assert "Nothing saved" in parley("saved", "list").stdout
    made = parley("saved", "add", "/reports/objections", "X")
    assert made.returncode == 1 and "There is nothing to save" in made.stderr


def test_the_terminal_shows_renames_takes_back_and_brings_back(client, settings, tmp_path, parley):
    saved = save(client)
    shutil.copytree(settings.home, tmp_path / "home", ignore=shutil.ignore_patterns("home"))
    assert saved["id"] in parley("saved", "list", "deck").stdout
    assert "Too expensive this year" in parley("saved", "show", saved["id"]).stdout
    assert "Now “Better”" in parley("saved", "rename", saved["id"], "Better").stdout
    assert "To bring it back" in parley("saved", "remove", saved["id"]).stdout
    assert parley("saved", "show", saved["id"]).returncode == 1
    assert "is back" in parley("saved", "restore", saved["id"]).stdout


def test_two_groups_side_by_side_are_saved_with_the_report(client):
    asked = "/reports/objections?this=segment:enterprise&that=segment:mid-market"
    offered = client.get(asked).text.split('name="address" value="')[1].split('"')[0]
    assert "this=segment" in offered and "that=segment" in offered
    made = client.post("/api/v1/saved", json={"address": asked, "title": "Two groups"})

    page = client.get(f"/reports/saved/{made.json()['id']}").text
    assert "enterprise against mid-market" in page.casefold()


def test_a_saved_decks_slides_are_headed_as_the_reports_own(telling):
    from pptx import Presentation

    def titles(path: str) -> list[str]:
        deck = Presentation(io.BytesIO(telling.get(path).content))
        return [slide.shapes.title.text_frame.text for slide in deck.slides][2:]

    saved = save(telling, "/reports/objections?by=segment")
    own = titles("/api/v1/reports/trends?kind=objection&cut=segment&format=pptx")
    assert titles(f"/api/v1/saved/{saved['id']}?format=pptx") == own
