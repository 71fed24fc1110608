"""A collection as one thing: cleared for use, noted as used, copied; each at once and undone at once."""

import io
import json
import re

import openpyxl
import pytest

from pipelines.quotes import collections, usage
from pipelines.store import collections as stored
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


def test_picked_quotes_are_copied_in_one_piece_as_each_is_copied_alone(client, collection, db):
    _, ids = collection
    picked = [ids[2], ids[0], "f" * 16]
    each = [client.get(f"/api/v1/quotes/{one}/copy?style=segment").json()["formats"] for one in picked[:2]]
    address = "/quotes/copy?style=segment&back=/quotes%3Fkind%3Dobjection&" + "&".join(f"quote={one}" for one in picked)

    all_of_them = client.get(address, headers={"accept": "application/json"}).json()
    assert all_of_them["formats"]["text"] == "\n\n".join(one["text"] for one in each)
    assert (all_of_them["quotes"], all_of_them["internal"], all_of_them["style"]) == (2, 2, "segment")
    shown = client.get(address).text
    assert "Copy picked quotes" in shown and 'href="/quotes?kind=objection"' in shown
    account = client.get(f"/api/v1/quotes/{ids[2]}").json()["quote"]["account"]
    assert account and account not in shown
    assert "No quote is picked" in client.get("/quotes/copy?back=https://evil.example").text


@pytest.mark.parametrize(
    "address", ["/themes/1", "/plan/1", "/quotes?theme=1", "/reports/outcomes/quotes?theme=1", "/quotes?kind=objection"]
)
def test_quotes_are_picked_wherever_several_stand_together(client, collection, address):
    page = client.get(address)
    assert page.status_code == 200
    assert page.text.count('id="picks"') == 1 and 'formaction="/quotes/copy"' in page.text
    assert page.text.count('name="quote" value=') >= 2 and "/static/quotes.js" in page.text


def test_what_others_put_in_meanwhile_is_not_cleared_by_who_did_not_see_it(client, collection, db):
    made, ids = collection
    seen = re.search(r'name="held" value="([^"]+)"', client.get(f"/collections/{made}").text)[1]
    other = db.execute("SELECT id FROM shown_insights WHERE kind = 'question' LIMIT 1").fetchone()[0]
    collections.add(db, made, [other], now=NOW, actor="Kim")

    client.post(f"/collections/{made}/usage", data={"state": "approved", "name": "Ada", "held": seen})
    client.post(f"/collections/{made}/uses", data={"title": "Pricing article", "held": seen})

    assert states(db, [*ids, other]) == ["approved"] * len(ids) + ["internal"]
    assert [len(stored_usage.uses(db, one)) for one in (*ids, other)] == [1] * len(ids) + [0]


def test_an_order_that_somebody_else_changed_meanwhile_is_not_overwritten(client, collection, db):
    made, ids = collection
    seen = re.search(r'name="was" value="([^"]+)"', client.get(f"/collections/{made}").text.partition('id="order"')[2])[
        1
    ]
    mine, theirs = [ids[3], *ids[:3]], [ids[1], ids[0], *ids[2:]]
    collections.order(db, made, theirs, now=NOW, actor="Kim")

    answer = client.post(f"/collections/{made}/order", data={"order": mine, "was": seen})

    assert answer.status_code == 409
    assert "Somebody else changed the order meanwhile. Nothing was overwritten" in answer.text
    assert [row.insight_id for row in stored.kept(db, made)] == theirs


def test_quotes_that_came_or_went_meanwhile_are_no_change_of_the_order(client, collection, db):
    made, ids = collection
    other = db.execute("SELECT id FROM shown_insights WHERE kind = 'question' LIMIT 1").fetchone()[0]
    collections.add(db, made, [other], now=NOW, actor="Kim")
    collections.take_out(db, made, ids[1], now=NOW, actor="Kim")
    client.post(f"/collections/{made}/order", data={"order": [ids[3], *ids[:3]], "was": " ".join(ids)})
    assert [row.insight_id for row in stored.kept(db, made)] == [ids[3], ids[0], ids[2], other]


def test_a_quote_is_said_by_the_same_one_in_a_list_in_a_collection_and_where_it_is_copied(client, collection, db):
    made, ids = collection
    with db.atomic():  # who speaks is not the conversation's contact, and has a title of his own
        db.execute("UPDATE conversations SET contact = 'Moira Faraday', job_title = 'CEO'")
        db.execute("UPDATE utterances SET voice = 'verbatim'")
    listed = client.get("/quotes?kind=objection&fold=off&spread=off").text
    collected, alone = client.get(f"/collections/{made}").text, client.get(f"/quotes/{ids[0]}").text
    card = re.compile(rf'id="q-{ids[0]}".*?<p class="source"><bdi>(.*?)</bdi>', re.S)
    while not (said := card.search(listed)):
        listed = client.get(re.search(r'href="([^"]+)" rel="next"', listed)[1].replace("&amp;", "&")).text
    taken = client.get(f"/api/v1/quotes/{ids[0]}/copy").json()["taken"]
    assert said[1] == card.search(collected)[1] == taken["choices"][0]["line"]
    assert f"<strong><bdi>{said[1]}</bdi></strong>" in alone and "CEO" not in said[1]


def test_a_collection_says_where_its_quotes_were_used(client, collection, db):
    made, ids = collection
    assert "Used in:" not in client.get(f"/collections/{made}").text
    for one in ids[:2]:
        usage.used(db, one, title="Pricing article", address="", day="2026-02-03", now=NOW, actor="Ann")
    usage.used(db, ids[0], title="Pricing article", address="", day="2026-02-03", now=NOW, actor="Ann")

    page = client.get(f"/collections/{made}").text

    assert f"Pricing article</bdi> (2 of {len(ids)} quotes, 3 Feb 2026)" in page
    assert page.count("Used in:") == 3
    text = client.get(f"/collections/{made}/export?format=csv").text
    assert "Used in" in text and "Pricing article (3 Feb 2026)" in text


def test_a_workbook_of_a_collection_holds_each_quote_once(client, collection):
    made, _ = collection
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/collections/{made}/export?format=xlsx").content))
    assert book.sheetnames == ["Summary", "Quotes"]


def test_a_workbook_leads_back_to_each_quote_by_the_address_by_which_one_came(client, collection):
    made, ids = collection

    def links(style):
        book = openpyxl.load_workbook(
            io.BytesIO(client.get(f"/collections/{made}/export?format=xlsx&style={style}").content)
        )
        return [cell.hyperlink.target for row in book["Quotes"] for cell in row if cell.hyperlink]

    assert links("role") == [f"http://localhost/quotes/{one}" for one in ids]
    assert links("none") == []
    assert "http://localhost" not in client.get(f"/collections/{made}/export?format=md").text


def test_copying_says_that_a_quote_is_for_internal_use_only(client, collection, db):
    _, ids = collection
    told = "nobody has cleared it for use outside"
    assert client.get(f"/api/v1/quotes/{ids[0]}/copy").json()["usage"] == "internal"
    assert told in client.get(f"/quotes/{ids[0]}/copy").text
    usage.say(db, ids[0], "anonymised", now=NOW, actor="Kim")
    assert client.get(f"/api/v1/quotes/{ids[0]}/copy").json()["usage"] == "anonymised"
    assert told not in client.get(f"/quotes/{ids[0]}/copy").text


def test_quotes_that_were_used_already_can_be_told_from_those_that_were_not(client, collection, db):
    _, ids = collection
    whole = client.get("/api/v1/quotes?fold=off&spread=off&limit=100").json()["counts"]["insights"]
    noted = usage.used(db, ids[0], title="Pricing article", now=NOW, actor="Ann")

    def listed(used):
        found = client.get(f"/api/v1/quotes?used={used}&fold=off&spread=off&limit=100").json()
        return [one["id"] for one in found["items"]], found["counts"]["insights"]

    assert listed("yes") == ([ids[0]], 1)
    assert ids[0] not in listed("no")[0] and listed("no")[1] == whole - 1
    assert [q["id"] for q in client.get("/api/v1/insights?used=yes").json()["items"]] == [ids[0]]
    page = client.get("/quotes").text
    assert "Used already" in page and "used=no" in page
    assert "Used already:</span> <bdi>Not yet" in client.get("/quotes?used=no").text
    usage.set_use(db, ids[0], noted, removed=True, now=NOW, actor="Ann")
    assert listed("yes") == ([], 0)


def test_a_collection_says_from_how_many_accounts_its_quotes_are(client, collection, db, request):
    made, ids = collection
    sql = "SELECT count(DISTINCT c.account_key) FROM insights i JOIN conversations c ON c.id = i.conversation_id WHERE i.id IN (SELECT value FROM json_each(?))"
    (accounts,) = db.execute(sql, [json.dumps(list(ids))]).fetchone()
    pages = [client.get(f"/collections/{made}").text]
    pages.append(request.getfixturevalue("covered_client").get(f"/collections/{made}").text)  # who sees no names
    told = f'<p class="lead">{len(ids)} quotes from {accounts} account{"s" * (accounts != 1)}'
    assert all(told in page for page in pages)


def test_copied_markdown_holds_the_quotes_and_nothing_between_them(client, collection):
    made, _ = collection
    each = [client.get(f"/api/v1/quotes/{one['kept']['insight_id']}/copy").json()["formats"]["markdown"] for one in client.get(f"/api/v1/collections/{made}").json()["quotes"]]  # fmt: skip
    assert client.get(f"/api/v1/collections/{made}/copy").json()["formats"]["markdown"] == "\n\n".join(each)
