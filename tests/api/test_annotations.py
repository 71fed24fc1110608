"""Notes over HTTP, on pages, in exports and on the terminal: marked, named, undone, never lost when two people save."""

import io
import json
import re
from html import unescape
from zipfile import ZipFile

import pytest

from pipelines.reports import annotations
from pipelines.reports.annotations import Draft
from pipelines.themes import ledger
from tests.api.test_theme_forms import banner

HOSTILE = "<script>alert(1)</script> \u202eאבג 🎉 \"'`{{7*7}}</svg>"
LAUNCH = {"text": "Autumn price list", "starts": "2026-02-10"}
HTML = {"Accept": "text/html"}


def post(client, path: str, status: int = 200, **data) -> str:
    answer = client.post(path, data=data, headers=HTML)
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def undo_of(html: str) -> str:
    return re.findall(r'action="(/annotations/\d+/undo\?version=\d+)"', html)[0]


@pytest.mark.parametrize("path", ["/reports/objections", "/themes/1"])
def test_a_note_is_marked_on_the_chart_and_named_beneath(client, path):
    plain = client.get(path).text
    html = post(client, "/annotations", back=path, **LAUNCH)
    assert "Autumn price list" in html and banner(html).startswith("Added the note “Autumn price list”")
    drawn = re.findall(r"<text[^>]*>(1)</text>", html)
    assert drawn and not re.findall(r"<text[^>]*>(1)</text>", plain)
    assert 'class="mark-no">1</span>' in html


def test_a_note_of_one_theme_is_on_no_other(client):
    post(client, "/annotations", about="2", back="/themes/2", **LAUNCH)
    assert "Autumn price list" in client.get("/themes/2").text
    assert "Autumn price list" not in client.get("/themes/1").text
    assert "Autumn price list" in client.get("/reports/objections").text


def test_a_note_is_pinned_to_a_theme_that_has_no_chart(client, db):
    ledger.retire(db, 2, now="2026-03-01T09:00:00+00:00", actor="Dana")
    html = client.get("/themes/2").text
    assert "Add a note</summary>" in html
    html = post(client, "/annotations", text="Out of the report for now", about="2", back="/themes/2")
    assert "Out of the report for now" in html and "Added the note" in banner(html)


def test_undo_takes_a_note_off_and_undo_brings_it_back(client):
    html = post(client, "/annotations", back="/themes/1", **LAUNCH)
    gone = post(client, undo_of(html), back="/themes/1")
    assert 'class="mark-no"' not in gone and banner(gone).startswith("Removed the note")
    assert 'class="mark-no"' in post(client, undo_of(gone), back="/themes/1")


def test_what_was_written_stays_when_it_cannot_be_kept(client):
    html = post(
        client, "/annotations", status=422, text="Launch of the century", starts="2026-03-02", ends="2026-03-01"
    )
    assert 'value="Launch of the century"' in html and "before its first" in html


def test_a_note_opens_for_changing_with_the_version_that_was_seen(client, db):
    note = annotations.add(db, Draft("Launch", "2026-02-10", theme=2), now="2026-03-01T09:00:00+00:00", actor="Dana")
    html = client.get(f"/annotations?edit={note.id}").text
    assert 'value="Launch"' in html and 'name="version" value="1"' in html and '<option value="2" selected>' in html
    assert client.get("/annotations?edit=99").status_code == 404


def test_a_change_that_cannot_be_kept_still_knows_what_it_was_made_of(client, db):
    note = annotations.add(db, Draft("Launch", "2026-02-10"), now="2026-03-01T09:00:00+00:00", actor="Dana")
    html = post(client, f"/annotations/{note.id}", status=422, text="Mine", starts="2026-02-30", version="1")
    assert 'name="version" value="1"' in html and f'action="/annotations/{note.id}"' in html and 'value="Mine"' in html
    assert "There is no note 99" in post(client, "/annotations/99/remove", status=404)


def test_many_notes_do_not_fill_a_page_with_forms(client, db):
    for day in range(1, 29):
        annotations.add(db, Draft(f"No. {day}", f"2026-02-{day:02}"), now="2026-03-01T09:00:00+00:00", actor="Dana")
    html = client.get("/reports/objections").text
    assert "16 later notes" in html and html.count("/remove") == 12


def test_two_browsers_that_change_one_note_lose_nothing(client, db):
    note = annotations.add(db, Draft("Launch", "2026-02-10"), now="2026-03-01T09:00:00+00:00", actor="Dana")
    mine = {"version": "1", "starts": "2026-02-10"}
    post(client, f"/annotations/{note.id}", text="First browser", **mine)
    html = post(client, f"/annotations/{note.id}", status=409, text="Second browser", **mine)
    assert "First browser" in html and 'value="Second browser"' in html
    version = re.findall(r'name="version" value="(\d+)"', html)[-1]
    assert "Second browser" in post(
        client, f"/annotations/{note.id}", text="Second browser", starts="2026-02-10", version=version
    )


def test_a_note_removed_by_another_is_told_and_can_be_saved_all_the_same(client, db):
    note = annotations.add(db, Draft("Launch", "2026-02-10"), now="2026-03-01T09:00:00+00:00", actor="Dana")
    post(client, f"/annotations/{note.id}/remove", version="1")
    html = post(client, f"/annotations/{note.id}", status=409, text="Mine", starts="2026-02-10", version="1")
    assert "removed meanwhile" in html and 'value="Mine"' in html


@pytest.mark.parametrize("path", ["/reports/objections", "/themes/1", "/annotations"])
def test_hostile_words_are_shown_as_they_are(client, path):
    html = client.post("/annotations", data={"text": HOSTILE, "starts": "2026-02-10", "back": path}, headers=HTML).text
    assert "<script>alert" not in html and "&lt;script&gt;" in html and "{{7*7}}" in html
    assert len(re.findall(r"<svg", html)) == html.count("</svg>")


@pytest.mark.parametrize(
    "back", ["https://evil.example/themes/1", "//evil.example", "/themes/1/merge", "javascript:x", "//[", "http://["]
)
def test_a_form_leads_nowhere_else(client, back):
    answer = client.post("/annotations", data={**LAUNCH, "back": back}, follow_redirects=False)
    assert answer.headers["location"].startswith("/annotations?")


def test_an_address_with_a_note_that_is_not_there_is_shown_without(client):
    for noted in ("9.1", "x", "1.1.1", "1." + "9" * 30, "²"):
        assert client.get("/reports/objections", params={"noted": noted}).status_code == 200


def test_the_empty_database_has_a_place_for_notes(empty_client):
    assert "Add a note" in empty_client.get("/annotations").text
    html = post(empty_client, "/annotations", **LAUNCH)
    assert "Autumn price list" in html


@pytest.mark.parametrize("format", ["md", "html", "csv", "xlsx", "pptx", "pdf"])
def test_exports_have_what_happened(client, format):
    post(client, "/annotations", **LAUNCH)
    table = "&table=happened" if format == "csv" else ""
    answer = client.get(f"/api/v1/reports/trends?kind=objection&format={format}{table}")
    assert answer.status_code == 200
    if format in ("md", "html", "csv"):
        assert "Autumn price list" in answer.text
    elif format in ("xlsx", "pptx"):
        with ZipFile(io.BytesIO(answer.content)) as package:
            assert any(b"Autumn price list" in package.read(name) for name in package.namelist())


@pytest.mark.parametrize("format", ["md", "xlsx", "pptx", "pdf"])
def test_the_competition_report_has_its_notes_on_its_page_and_in_its_files(client, format):
    html = post(client, "/annotations", back="/reports/competition", about="competitor", **LAUNCH)
    assert 'class="mark-no">1</span>' in html and "Added the note “Autumn price list”" in html
    answer = client.get(f"/api/v1/reports/competitors?format={format}")
    assert answer.status_code == 200 and (format != "md" or "Autumn price list" in answer.text)


def test_the_slide_of_notes_is_headed_by_what_it_shows_and_holds_no_empty_box(client):
    from pptx import Presentation

    post(client, "/annotations", **LAUNCH)
    deck = Presentation(io.BytesIO(client.get("/api/v1/reports/trends?kind=objection&format=pptx").content))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert "What happened meanwhile" in titles and not any(one.startswith("The numbers stand") for one in titles)
    assert all(
        shape.text_frame.text.strip()
        for slide in deck.slides
        for shape in slide.shapes
        if shape.name.startswith("TextBox")
    )


def test_an_export_without_notes_says_nothing_of_them(client):
    assert "What happened" not in client.get("/api/v1/reports/trends?kind=objection&format=md").text


def test_the_interface_keeps_lists_changes_and_undoes(client):
    made = client.post("/api/v1/annotations", json={**LAUNCH, "theme": 1, "actor": "Dana"})
    assert made.status_code == 201 and made.json()["kind"] == "objection" and made.json()["version"] == 1
    number = made.json()["id"]
    changed = client.put(f"/api/v1/annotations/{number}", json={**LAUNCH, "text": "Newer", "version": 1}).json()
    assert (changed["text"], changed["theme"], changed["version"]) == ("Newer", None, 2)
    refused = client.put(f"/api/v1/annotations/{number}", json={**LAUNCH, "text": "Lost", "version": 1})
    assert (
        refused.status_code == 409
        and refused.json()["now"]["text"] == "Newer"
        and refused.json()["now"]["version"] == 2
    )
    gone = client.delete(f"/api/v1/annotations/{number}?version=2").json()
    assert gone["status"] == "removed" and client.get("/api/v1/annotations").json()["items"] == []
    back = client.post(f"/api/v1/annotations/{number}/undo?version=3").json()
    assert back["status"] == "active" and client.get("/api/v1/annotations").json()["items"] == [back]
    told = client.get("/api/v1/reports/trends?kind=objection").json()["happened"]
    assert [(one["number"], one["text"]) for one in told] == [(1, "Newer")]


def test_the_list_goes_on_page_by_page(client):
    for day in range(1, 8):
        client.post("/api/v1/annotations", json={"text": f"No. {day}", "starts": f"2026-02-0{day}"})
    client.post("/api/v1/annotations", json={"text": "pinned", "kind": "objection"})
    seen, after = [], ""
    while after is not None:
        page = client.get("/api/v1/annotations", params={"limit": 3, "after": after}).json()
        seen, after = [*seen, *(one["text"] for one in page["items"])], page["next"]
    assert seen == [*(f"No. {day}" for day in range(7, 0, -1)), "pinned"]


@pytest.mark.parametrize(
    "body", [{"text": ""}, {"text": "x"}, {"text": "x", "starts": "2026-02-30"}, {"text": "x", "wrong": 1}]
)
def test_the_interface_refuses_what_it_cannot_keep(client, body):
    assert client.post("/api/v1/annotations", json=body).status_code == 422


def test_the_terminal_adds_lists_removes_and_undoes(parley):
    assert "Note 1" in parley("annotations", "add", "Autumn price list", "--on", "2026-03-02").stdout
    assert "2026-03-02" in parley("annotations", "list").stdout
    assert "Undo" in parley("annotations", "remove", "1").stdout
    assert "No note" in parley("annotations", "list").stdout
    parley("annotations", "undo", "1")
    assert json.loads(parley("annotations", "list", "--json").stdout)["version"] == 3
    bad = parley("annotations", "add", "When?")
    assert bad.returncode == 1 and "Give the day" in bad.stderr
