"""What leaves with a copied quote: no address of this server unasked, and no lines that a mail broke."""

import pytest

from api.wording import quote_formats


@pytest.mark.parametrize("kind", ["markdown", "html"])
def test_no_address_leaves_unasked(client, kind):
    one = client.get("/api/v1/insights").json()["items"][0]["id"]
    assert "/quotes/" not in client.get(f"/api/v1/quotes/{one}/copy").json()["formats"][kind]
    assert f"/quotes/{one}" in client.get(f"/api/v1/quotes/{one}/copy?linked=true").json()["formats"][kind]


def test_the_page_offers_the_link_with_a_tick(client):
    one = client.get("/api/v1/insights").json()["items"][0]["id"]
    assert "With a link for colleagues" in client.get(f"/quotes/{one}").text
    assert "not for publishing" in client.get(f"/quotes/{one}?linked=true").text


def test_a_mail_s_broken_lines_are_one_paragraph():
    assert quote_formats.one_paragraph("it is \n\ntoo\r\ndear") == "it is too dear"


@pytest.mark.parametrize("style", ["role", "none"])
def test_a_collections_file_has_each_quote_once_with_its_note_and_no_local_address(client, style):
    one = client.get("/api/v1/insights").json()["items"][0]
    made = client.post("/api/v1/collections", json={"title": "Prices", "quotes": [one["id"]]}).json()["id"]
    client.patch(f"/api/v1/collections/{made}/quotes/{one['id']}", json={"note": "for the headline"})
    told = client.get(f"/collections/{made}/export?format=md&style={style}").text
    assert "for the headline" in told
    assert "http://" not in told
    assert told.count("> “") == 1
