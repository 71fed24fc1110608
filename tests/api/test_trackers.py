"""Trackers at every door: the pages, the HTTP interface and the command line."""

import re
from html import unescape

import pytest

PRICE = "It is more than we can spend this year"
EXAMPLES = [
    "That is more than we can spend.", "We cannot spend that much this year.", "It costs more than we have this year.",
    "This year we have no money for that.", "It is above what we can spend.",
]  # fmt: skip


def shown(client, path: str) -> str:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


def add(client, **values) -> dict:
    answer = client.post("/api/v1/trackers", json={"name": "Spending", "phrases": ["can spend"], **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_tracker_is_tried_saved_changed_removed_and_brought_back(client):
    tried = client.post("/api/v1/trackers/preview", json={"phrases": ["can spend"]}).json()
    assert tried["reach"]["conversations"] > 0 and PRICE in tried["surest"][0]["text"]
    saved = add(client)
    assert saved["reach"] == tried["reach"] and saved["complete"]
    place = f"/api/v1/trackers/{saved['id']}"
    changed = client.put(place, json={"name": "Spending", "phrases": ["half a year"], "version": 1}).json()
    assert changed["version"] == 2 and changed["reach"] != saved["reach"]
    assert client.delete(place).status_code == 204
    assert client.get("/api/v1/trackers").json() == []
    assert client.post(f"{place}/restore").json()["reach"] == changed["reach"]


def test_the_hits_of_a_tracker_come_in_pages(client):
    place = f"/api/v1/trackers/{add(client)['id']}/hits"
    whole = client.get(f"{place}?limit=200").json()["items"]
    first = client.get(f"{place}?limit=2").json()
    second = client.get(place, params={"limit": 2, "after": first["next"]}).json()
    assert [*first["items"], *second["items"]] == whole[:4]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"name": "X"}, 422, "Write phrases, one a line, or 5 to 20 example sentences."),
        ({"name": "X", "examples": EXAMPLES[:3]}, 422, "5 to 20 example sentences are needed; you gave 3."),
        ({"phrases": ["price"]}, 422, "Give the tracker a name."),
        ({"name": "X", "phrases": ["..."]}, 422, "has no word to look for"),
        ({"name": "X", "phrases": ["p" * 300]}, 422, "has 300 characters"),
    ],
)
def test_what_cannot_be_tracked_is_told(client, body, status, says):
    answer = client.post("/api/v1/trackers", json=body)
    assert answer.status_code == status and says in answer.json()["detail"]


def test_a_change_of_an_older_version_is_refused(client):
    place = f"/api/v1/trackers/{add(client)['id']}"
    client.put(place, json={"name": "Spending", "phrases": ["budget"], "version": 1})
    late = client.put(place, json={"name": "Spending", "phrases": ["price"], "version": 1})
    assert late.status_code == 409 and "changed by somebody else" in late.json()["detail"]


def test_reports_are_cut_by_a_tracker(client):
    tracker = add(client)
    cut = client.get(f"/api/v1/insights?kind=question&tracker={tracker['id']}&limit=200").json()["items"]
    every = client.get("/api/v1/insights?kind=question&limit=200").json()["items"]
    assert 0 < len(cut) < len(every)
    assert client.get("/api/v1/insights?tracker=x").status_code == 422


def test_the_form_previews_teaches_and_saves_without_a_script(client):
    form = {"name": "Spending", "examples": "\n".join(EXAMPLES), "said_by": "anyone"}
    html = client.post("/trackers/preview", data=form, headers={"Accept": "text/html"}).text
    assert "Would count" in html and "Near, would not count" in html
    missed = unescape(re.findall(r'name="count" value="([^"]*)"', html)[0])
    html = client.post("/trackers/preview", data={**form, "count": missed}).text
    assert f"{EXAMPLES[-1]}\n{missed}</textarea>" in unescape(html)
    html = client.post("/trackers/preview", data={**form, "skip": PRICE}).text
    assert 'name="counter_examples"' in html
    assert "What it found" in client.post("/trackers", data=form).text
    assert "Spending" in shown(client, "/trackers")


def test_a_wrong_form_keeps_what_was_written(client):
    answer = client.post("/trackers", data={"name": "X", "examples": "Only <one> sentence"})
    assert answer.status_code == 422 and "you gave 1" in answer.text
    assert "Only &lt;one&gt; sentence</textarea>" in answer.text


@pytest.mark.parametrize("path", ["/trackers", "/trackers/1"])
def test_a_tracker_page_has_nothing_inline_and_labels_every_field(client, path):
    add(client)
    html = shown(client, path)
    assert not re.findall(r"\sstyle=|<style|\son[a-z]+=|javascript:", html)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids)) and len(re.findall(r"<h1[ >]", html)) == 1
    fields = [tag for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", html) if 'type="hidden"' not in tag]
    assert len(fields) <= html.count("<label")


def test_before_any_upload_the_page_says_what_to_do(empty_client):
    assert "Nothing to look through yet" in shown(empty_client, "/trackers")


def test_an_unknown_tracker_is_not_found(client):
    assert client.get("/trackers/99").status_code == 404
    assert client.get("/api/v1/trackers/99").status_code == 404


def test_the_command_line_does_what_the_pages_do(parley, tmp_path):
    note = "Activity ID,Date,Account,Owner,Description\n1,2025-03-03,Arlo,Joel,Says the price is too high for them.\n"
    (tmp_path / "notes.csv").write_text(note)
    parley("ingest", "notes.csv")
    assert (
        "1 sentence looked at.\n1 sentence in 1 conversation of 1 account, last on"
        in parley("trackers", "preview", "--phrase", "prices").stdout
    )
    assert "Saved as tracker 1" in parley("trackers", "add", "Price", "--phrase", "prices").stdout
    assert "Price" in parley("trackers", "list").stdout
    assert "is at version 2" in parley("trackers", "edit", "1", "--said-by", "seller").stdout
    assert "0 sentences" in parley("trackers", "show", "1").stdout
    assert "restore 1" in parley("trackers", "remove", "1").stdout
    assert "is back" in parley("trackers", "restore", "1").stdout
    assert parley("trackers", "show", "7").returncode == 1
    assert "you gave 1" in parley("trackers", "preview", "--example", "One.").stderr


def test_a_tracker_says_that_examples_went_with_somebody_who_was_forgotten_until_it_is_changed(client, db):
    saved = add(client)
    assert "forgotten" not in shown(client, f"/trackers/{saved['id']}")
    with db.atomic():
        db.execute("UPDATE tracker_versions SET content = json_set(content, '$.forgotten', 2)")
    page = shown(client, f"/trackers/{saved['id']}")
    assert "2 examples of it went because whoever said them was forgotten" in page
    assert "2 examples gone with somebody who was forgotten" in page
    client.put(f"/api/v1/trackers/{saved['id']}", json={"name": "Spending", "phrases": ["half a year"], "version": 1})
    page = shown(client, f"/trackers/{saved['id']}")
    assert "of it went" not in page and "2 examples gone with" in page
