"""Every undo of the catalogue says what was undone and offers to do it again."""

import re


def test_a_competitor_that_was_undone_is_named_and_comes_back(client):
    told = client.post("/competitors/entries", data={"name": "Quillbox", "aliases": ""}).text
    number = re.search(r'name="decision" value="(\d+)"', told)[1]

    told = client.post("/competitors/undone", data={"decision": number}).text
    assert "<strong>Undone:</strong> <bdi>Quillbox</bdi>" in told
    assert "Redo" in told

    told = client.post("/competitors/again", data={"decision": number}).text
    assert "<strong>Quillbox</strong>" in told


def test_an_own_name_that_was_undone_is_named_and_comes_back(client, db):
    told = client.post("/catalogue/names", data={"kind": "product", "name": "Quillbox", "action": "save"}).text
    number = re.search(r'action="/catalogue/undone"[^>]*>.*?name="number" value="(\d+)"', told)[1]

    told = client.post("/catalogue/undone", data={"number": number}).text
    assert "<strong>Undone:</strong>" in told
    assert "Quillbox" in told

    client.post("/catalogue/again", data={"number": number})
    assert list(db.query("SELECT name FROM company WHERE name = 'Quillbox'"))


def test_a_side_that_was_undone_is_named_and_comes_back(client, db):
    told = client.post("/speakers", data={"subject": "Dana Hill", "side": "seller"}).text
    number = re.search(r'name="number" value="(\d+)"', told)[1]

    told = client.post("/speakers/undone", data={"number": number}).text
    assert "your word on <bdi>Dana Hill</bdi>" in told

    client.post("/catalogue/again", data={"number": number})
    assert [row["role"] for row in db.query("SELECT role FROM side_corrections")] == ["seller"]


def test_what_holds_cannot_be_done_again(client):
    told = client.post("/speakers", data={"subject": "Dana Hill", "side": "seller"}).text
    number = re.search(r'name="number" value="(\d+)"', told)[1]
    assert client.post("/catalogue/again", data={"number": number}).status_code == 404
