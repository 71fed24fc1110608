"""The formats of a list of quotes are named once: menus, pages and the interface offer the same."""

from api.exports import LISTED


def test_the_menus_of_quotes_and_of_a_collection_offer_what_the_interface_takes(client):
    quotes, made = client.get("/quotes").text, client.post("/api/v1/collections", json={"title": "Prices"}).json()
    collection = client.get(f"/collections/{made['id']}").text
    for name in LISTED:
        assert client.get(f"/api/v1/quotes/export?format={name}").status_code == 200
        assert client.get(f"/api/v1/collections/{made['id']}/export?format={name}").status_code == 200
        if name != "json":  # for programs
            assert f'name="format" value="{name}"' in quotes
            assert f'name="format" value="{name}"' in collection
