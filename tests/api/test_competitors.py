"""The doors to the catalogue of competitors: every one opens, and a word said at one is seen at another."""

import pytest


@pytest.mark.parametrize(
    "address",
    ["/competitors", "/api/v1/competitors", "/api/v1/competitors/proposals", "/api/v1/competitors/decisions"],
)
def test_every_door_opens_on_an_empty_database_too(client, empty_client, address):
    assert (client.get(address).status_code, empty_client.get(address).status_code) == (200, 200)


def test_a_decision_over_http_is_seen_and_undone_on_the_page(client):
    body = {"name": "Beacon", "verdict": "competitor"}
    number = client.post("/api/v1/competitors/proposals", json=body).json()["decision"]
    assert "<strong>Beacon</strong> is a competitor" in client.get(f"/competitors?done={number}").text
    assert client.delete(f"/api/v1/competitors/decisions/{number}").status_code == 204
    assert client.get("/api/v1/competitors").json() == []
