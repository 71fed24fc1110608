"""A collection as one thing: cleared for use, noted as used, copied; each at once and undone at once."""

import re

import pytest

from pipelines import collections, usage
from pipelines.store import usage as stored_usage

NOW = "2026-03-20T09:00:00+00:00"


@pytest.fixture
def collection(db, filled):
    """The number of a collection and the ids of its quotes in order."""
    sql = "SELECT id FROM shown_insights WHERE kind = 'objection' ORDER BY id LIMIT 4"
    ids = [row["id"] for row in db.query(sql)]
    return collections.create(db, title="Pricing article", quotes=ids, now=NOW, actor="Ann")[0], ids


def states(db, ids):
    found = stored_usage.of(db, ids)
    return [found.get(one, stored_usage.Standing()).state for one in ids]


def test_a_whole_collection_is_cleared_at_once_and_what_was_said_of_one_stays(client, collection, db):
    made, ids = collection
    usage.say(db, ids[0], "approved", now="2026-01-01T00:00:00+00:00", actor="Kim")

    nameless = client.post(f"/collections/{made}/usage", data={"state": "anonymised"})
    assert nameless.status_code == 422 and "needs a name" in nameless.text
    shown = client.post(f"/collections/{made}/usage", data={"state": "anonymised", "name": "Ada"}).text
    assert states(db, ids) == ["approved"] + ["anonymised"] * (len(ids) - 1)
    assert f"Set {len(ids) - 1} quotes to “Without names”" in shown or "Set 1 quote to" in shown

    event = re.search(r'name="event" value="(\d+)"', shown)[1]
    client.post(f"/collections/{made}/undo", data={"event": event})
    assert states(db, ids) == ["approved"] + ["internal"] * (len(ids) - 1)


def test_clearing_at_once_is_not_undone_where_somebody_said_something_since(client, collection, db):
    made, ids = collection
    done = client.post(f"/api/v1/collections/{made}/usage", json={"state": "anonymised", "actor": "Ada"}).json()[
        "events"
    ]
    usage.say(db, ids[1], "approved", now="2026-01-01T00:00:00+00:00", actor="Kim")

    assert client.post(f"/api/v1/collections/events/{done[0]}/undo").status_code == 409
    assert states(db, ids)[1] == "approved" and states(db, ids)[0] == "anonymised"
    over = client.post(f"/api/v1/collections/{made}/usage", json={"state": "anonymised", "over": True, "actor": "Ada"})
    assert over.json()["events"] and set(states(db, ids)) == {"anonymised"}


def test_where_a_whole_collection_was_used_is_noted_on_each_quote_and_undone(client, collection, db):
    made, ids = collection
    done = client.post(f"/api/v1/collections/{made}/uses", json={"title": "Pricing article"}).json()["events"]
    assert [uses.title for one in ids for uses in stored_usage.uses(db, one)] == ["Pricing article"] * len(ids)

    client.post(f"/api/v1/collections/events/{done[0]}/undo")
    assert not [uses for one in ids for uses in stored_usage.uses(db, one)]


def test_all_quotes_of_a_collection_are_copied_in_order_without_names_and_links(client, collection):
    made, ids = collection
    order = [held["kept"]["insight_id"] for held in client.get(f"/api/v1/collections/{made}").json()["quotes"]]
    each = [client.get(f"/api/v1/quotes/{one}/copy").json()["formats"] for one in order]
    formats = client.get(f"/api/v1/collections/{made}/copy").json()["formats"]
    assert formats["text"] == "\n\n".join(one["text"] for one in each)
    assert formats["html"].count("<blockquote") == formats["markdown"].count("> “") == len(ids)
    assert "http" not in formats["markdown"]
    assert "Copy all quotes" in client.get(f"/collections/{made}/copy").text
