"""What leaves with a copied quote: no address of this server unasked, and no lines that a mail broke."""

import pytest

from api import quote_formats


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
