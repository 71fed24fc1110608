"""What a tracker tells on its page: whose words its hits are, and how a save is taken back."""

import re
from html import unescape

import pytest

FORM = {"name": "Spending", "phrases": "can spend"}
PAGE = {"Accept": "text/html"}


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture
def saved(client):
    answer = client.post("/trackers", data=FORM, headers=PAGE)
    assert answer.status_code == 200
    return answer


def test_hits_in_notes_are_not_said_to_be_the_buyers_own_words(client, saved):
    reach = client.get("/api/v1/trackers/1").json()["reach"]
    assert reach["own"] and reach["reported"] and reach["own"] + reach["reported"] == reach["hits"]
    told = words(saved.text)
    assert f"{reach['own']} in the buyer’s own words, {reach['reported']} in a rep’s note about the buyer" in told
    assert "Said by the buyer," not in told


def test_a_preview_tells_whose_words_as_the_saved_tracker_does(client):
    tried = client.post("/api/v1/trackers/preview", json={"phrases": ["can spend"]}).json()["reach"]
    assert tried == client.post("/api/v1/trackers", json={"name": "S", "phrases": ["can spend"]}).json()["reach"]


def test_saving_a_new_tracker_is_undone_by_one_click(client, saved):
    assert "“Spending” is saved." in words(saved.text) and 'action="/trackers/1/remove"' in saved.text
    assert "is removed" in client.post("/trackers/1/remove", headers=PAGE).text
    assert client.get("/api/v1/trackers").json() == []


def test_a_saved_change_is_undone_by_one_click(client, saved):
    changed = client.post("/trackers/1", data={**FORM, "phrases": "half a year", "version": 1}, headers=PAGE)
    assert "The change of “Spending” is saved." in words(changed.text)
    client.post("/trackers/1/back", data={"to": 1, "version": 2}, headers=PAGE)
    now = client.get("/api/v1/trackers/1").json()
    assert (now["phrases"], now["version"]) == (["can spend"], 3)


def test_an_undo_never_takes_back_what_somebody_else_saved_meanwhile(client, saved):
    client.post("/trackers/1", data={**FORM, "phrases": "half a year", "version": 1})
    client.post("/trackers/1", data={**FORM, "phrases": "budget", "version": 2})
    late = client.post("/trackers/1/back", data={"to": 1, "version": 2}, headers=PAGE)
    assert late.status_code == 422 and "changed by somebody else" in late.text
    assert client.get("/api/v1/trackers/1").json()["phrases"] == ["budget"]


def test_saving_what_was_not_changed_offers_no_undo(client, saved):
    assert 'class="done"' not in client.post("/trackers/1", data={**FORM, "version": 1}, headers=PAGE).text


def test_a_version_that_never_was_is_not_found(client, saved):
    assert client.post("/trackers/1/back", data={"to": 9, "version": 1}).status_code == 404
