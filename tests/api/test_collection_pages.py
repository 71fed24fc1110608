"""Collections: everything is undone, nobody's words are lost, and what is gone is said to be."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from pipelines.quotes import collections, usage
from pipelines.quotes.collections import ChangedAfter
from pipelines.store import collections as store
from pipelines.store import connect
from pipelines.uploads.undo import undo

NOW = "2026-03-20T09:00:00+00:00"
TOLD = {"now": NOW, "actor": "Ann"}
HOSTILE = "<script>alert(1)</script> \u202egnp.exe 😀 " + "x" * 60


@pytest.fixture
def ids(db, filled):
    return [row["id"] for row in db.query("SELECT id FROM shown_insights WHERE kind = 'objection' ORDER BY id LIMIT 4")]


def held(db, number):
    return [row.insight_id for row in store.kept(db, number)]


def test_quotes_are_collected_into_a_new_collection_and_undone(client, db, ids):
    page = client.post("/collections/add", data={"quote": ids[:2], "title": "Pricing article", "name": "Ann"})

    assert "Made the collection with 2 quotes" in page.text
    assert held(db, 1) == ids[:2]
    client.post("/collections/1/undo", data={"event": 1, "back": "/collections"})
    assert client.get("/collections/1").status_code == 404


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("title", {"value": "Another name"}),
        ("note", {"value": "For the spring issue"}),
        ("quote-note", {"quote": 0, "value": "Opens the piece"}),
        ("up", {"quote": 1}),
        ("down", {"quote": 0}),
        ("order", {"order": [2, 0, 1]}),
        ("out", {"quote": 1}),
        ("archive", {}),
    ],
)
def test_every_act_is_undone_to_the_state_before(client, db, ids, field, data):
    number, _ = collections.create(db, title="A", note="n", quotes=ids[:3], **TOLD)
    before = (
        store.get(db, number).title,
        store.get(db, number).note,
        store.get(db, number).status,
        store.kept(db, number),
    )
    given = dict(data)
    if "quote" in data:
        given["quote"] = ids[data["quote"]]
    if "order" in data:
        given["order"] = [ids[n] for n in data["order"]]
    done = client.post(f"/collections/{number}/{field}", data=given, follow_redirects=False)
    event = done.headers["location"].partition("done=")[2].partition("#")[0]
    client.post(f"/collections/{number}/undo", data={"event": event})

    after = store.get(db, number)
    assert done.status_code == 303
    assert (after.title, after.note, after.status, store.kept(db, number)) == before


def test_two_who_rename_it_lose_nothing(client, db):
    number, _ = collections.create(db, title="First", **TOLD)
    client.post(f"/collections/{number}/title", data={"value": "Theirs", "was": "First"})

    mine = client.post(f"/collections/{number}/title", data={"value": "Mine", "was": "First"})

    assert mine.status_code == 409
    assert "It now reads “Theirs”" in mine.text
    assert 'value="Mine"' in mine.text
    assert store.get(db, number).title == "Theirs"


def test_two_notes_on_different_quotes_are_no_conflict(client, db, ids):
    number, _ = collections.create(db, title="A", quotes=ids[:2], **TOLD)
    for quote, note in zip(ids[:2], ("one", "two"), strict=True):
        client.post(f"/collections/{number}/quote-note", data={"quote": quote, "value": note, "was": "", "seen": "yes"})

    assert [row.note for row in store.kept(db, number)] == ["one", "two"]


def test_a_note_that_somebody_changed_meanwhile_is_not_overwritten(client, db, ids):
    number, _ = collections.create(db, title="A", quotes=ids[:1], **TOLD)
    collections.annotate(db, number, ids[0], "theirs", **TOLD)

    mine = client.post(
        f"/collections/{number}/quote-note", data={"quote": ids[0], "value": "mine", "was": "", "seen": "yes"}
    )

    assert mine.status_code == 409
    assert "mine</textarea>" in mine.text
    assert store.kept(db, number)[0].note == "theirs"


def test_an_undo_under_a_later_change_is_refused(db):
    number, _ = collections.create(db, title="A", **TOLD)
    event = collections.describe(db, number, title="B", **TOLD)
    collections.describe(db, number, title="C", **TOLD)

    with pytest.raises(ChangedAfter):
        collections.undo(db, event, **TOLD)
    assert store.get(db, number).title == "C"


def test_a_quote_added_by_another_keeps_its_place_when_i_order(db, ids):
    number, _ = collections.create(db, title="A", quotes=ids[:2], **TOLD)
    collections.add(db, number, [ids[2]], **TOLD)
    collections.order(db, number, [ids[1], ids[0]], **TOLD)

    assert held(db, number) == [ids[1], ids[0], ids[2]]


def test_an_addition_is_undone_though_the_order_changed_since(db, ids):
    number, _ = collections.create(db, title="A", quotes=ids[:2], **TOLD)
    event = collections.add(db, number, [ids[2]], **TOLD)
    collections.move(db, number, ids[2], -1, **TOLD)
    collections.undo(db, event, **TOLD)

    assert held(db, number) == ids[:2]


def test_a_killed_change_has_changed_nothing(db, ids, monkeypatch):
    number, _ = collections.create(db, title="A", quotes=ids[:2], **TOLD)

    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "note_event", killed)
    with pytest.raises(KeyboardInterrupt):
        collections.take_out(db, number, ids[0], **TOLD)

    assert held(db, number) == ids[:2]


def test_what_an_undone_upload_took_stays_as_no_longer_there_with_its_note(client, db, ids):
    number, _ = collections.create(db, title="A", quotes=ids[:2], **TOLD)
    collections.annotate(db, number, ids[0], "Opens the piece", **TOLD)
    undo(db, 1)

    page = client.get(f"/collections/{number}").text

    assert "2 of them no longer there" in page
    assert "Opens the piece" in page
    exported = client.get(f"/collections/{number}/export?format=md").text
    assert "Quote 1 is no longer there" in exported


def test_an_export_names_nobody_unless_asked(client, db, ids):
    number, _ = collections.create(db, title="A", quotes=ids, **TOLD)
    collections.annotate(db, number, ids[0], "Dana wants to see it", **TOLD)

    for format in ("md", "html", "csv", "json"):
        told = client.get(f"/collections/{number}/export?format={format}")
        assert told.status_code == 200
        assert "Account " not in told.text
        assert "Dana" not in told.text
    full = client.get(f"/collections/{number}/export?format=csv&style=full").text
    assert "Account " in full
    assert "Dana wants to see it" in full


def test_a_title_that_names_a_customer_is_masked_in_an_export_without_names(client, db, ids):
    number, _ = collections.create(db, title="What Account 03 said of Beacon", quotes=ids, **TOLD)

    assert client.get(f"/collections/{number}/export?format=md").text.startswith("# What \\[company\\] said of Beacon")


def test_the_export_has_every_quote_to_the_letter(client, db, ids):
    number, _ = collections.create(db, title="A", quotes=ids, **TOLD)
    texts = {row["id"]: row["text"] for row in db.query("SELECT id, text FROM insights")}

    rows = list(
        csv.DictReader(io.StringIO(client.get(f"/collections/{number}/export?format=csv").text.lstrip("\ufeff")))
    )

    assert [row["Quote"] for row in rows] == [texts[one] for one in ids]


@pytest.mark.parametrize("field", ["title", "note"])
def test_hostile_words_are_text(client, db, ids, field):
    number, _ = collections.create(db, title="A", quotes=ids[:1], **TOLD)
    client.post(f"/collections/{number}/{field}", data={"value": HOSTILE + "\x00"})

    for address in ("/collections", f"/collections/{number}", f"/collections/{number}/export?format=html"):
        page = client.get(address).text
        assert "<script>alert" not in page
        assert "\x00" not in page


@pytest.mark.parametrize("title", ["", "   ", "\u200b", "x" * 121, "\x00"])
def test_a_collection_needs_a_name_that_can_be_read(client, title):
    assert client.post("/collections", data={"title": title}).status_code in (303, 422)
    assert client.get("/api/v1/collections").json() == []


def test_what_is_no_quote_cannot_be_collected(client, db):
    assert client.post("/collections/add", data={"quote": "nonsense", "title": "A"}).status_code == 422
    assert client.get("/api/v1/collections").json() == []


def test_an_address_elsewhere_is_not_followed_back(client, db, ids):
    page = client.get(f"/collections/add?quote={ids[0]}&back=//evil.example/x").text

    assert "evil" not in page


def test_the_interface_refuses_a_version_that_is_old_and_changes_nothing(client, ids):
    made = client.post("/api/v1/collections", json={"title": "A", "quotes": ids[:2]}).json()
    address = f"/api/v1/collections/{made['id']}"
    assert client.patch(address, json={"title": "B", "version": made["version"]}).status_code == 200

    late = client.patch(address, json={"title": "C", "quotes": [ids[1], ids[0]], "version": made["version"]})

    assert late.status_code == 409
    assert client.get(address).json()["collection"]["title"] == "B"


def test_a_name_that_was_written_means_a_new_collection_whatever_the_list_above_it_says(client, db, ids):
    old, _ = collections.create(db, title="Old", **TOLD)
    client.post("/collections/add", data={"quote": ids[:1], "to": str(old), "title": "Phone set"})
    assert {one.title: len(held(db, one.id)) for one in store.every(db)} == {"Old": 0, "Phone set": 1}


def test_a_removed_collection_comes_back_with_an_undo(client, ids):
    made = client.post("/api/v1/collections", json={"title": "A", "quotes": ids[:2]}).json()
    (event,) = client.delete(f"/api/v1/collections/{made['id']}").json()["events"]
    assert client.get(f"/api/v1/collections/{made['id']}").status_code == 404
    client.post(f"/api/v1/collections/events/{event}/undo")

    assert len(client.get(f"/api/v1/collections/{made['id']}").json()["quotes"]) == 2


def test_an_empty_database_teaches(empty_client):
    assert "No collection yet" in empty_client.get("/collections").text
    assert empty_client.get("/collections/1").status_code == 404


def test_the_terminal_lists_shows_and_exports(parley, tmp_path):
    assert "No collection" in parley("collections", "list").stdout
    assert parley("collections", "show", "1").returncode == 1
    assert parley("collections", "export", "1", "--format", "docx").returncode == 2


def test_the_terminal_shows_and_exports_without_names(settings, db, ids, parley, tmp_path, monkeypatch):
    number, _ = collections.create(db, title="Pricing", quotes=ids, **TOLD)
    (tmp_path / "home").symlink_to(settings.home)

    assert "Pricing (4)" in parley("collections", "list").stdout
    shown = parley("collections", "show", str(number)).stdout
    assert "“" in shown
    assert "Account " not in shown
    assert parley("collections", "export", str(number), "-o", "out.md").returncode == 0
    assert "Account " not in (tmp_path / "out.md").read_text()
    assert "Account " in parley("collections", "show", str(number), "--style", "full").stdout


def test_many_who_add_at_once_lose_nothing(settings, db, filled):
    every = [row["id"] for row in db.query("SELECT id FROM shown_insights ORDER BY id LIMIT 24")]
    number, _ = collections.create(db, title="A", **TOLD)

    def add(quote):
        with closing(connect(settings.database_file)) as own:
            collections.add(own, number, [quote], **TOLD)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, every))

    assert sorted(held(db, number)) == every
    assert [row.place for row in store.kept(db, number)] == list(range(1, 25))


@pytest.mark.parametrize(
    ("style", "name"),
    [("role", "role"), ("segment", "company-kind"), ("full", "named"), ("none", "nobody-named")],
)
def test_the_name_of_a_file_says_its_style(client, db, ids, style, name):
    number, _ = collections.create(db, title="Pricing: article", quotes=ids, **TOLD)

    told = client.get(f"/collections/{number}/export?format=md&style={style}").headers["content-disposition"]

    assert f"pricing-article-{name}-20" in told and told.endswith('.md"')


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("Über uns", "filename*=UTF-8''%C3%BCber-uns-role-20"),
        ("価格", "filename*=UTF-8''%E4%BE%A1"),
        ("?!", "collection-1-role-20"),
    ],
)
def test_a_file_is_called_like_its_collection_in_any_script(client, db, ids, title, named):
    number, _ = collections.create(db, title=title, quotes=ids[:1], **TOLD)
    assert named in client.get(f"/collections/{number}/export?format=csv").headers["content-disposition"]


def test_an_empty_column_is_left_out_of_an_export(client, db, ids):
    number, _ = collections.create(db, title="A", quotes=ids, **TOLD)
    address = f"/collections/{number}/export?format=csv&style="

    assert "Note" not in client.get(address + "role").text.splitlines()[0]
    assert "Note" not in client.get(address + "full").text.splitlines()[0]
    collections.annotate(db, number, ids[0], "Opens the piece", **TOLD)
    assert "Note" in client.get(address + "full").text.splitlines()[0]


def test_quotes_for_internal_use_are_told_of_where_one_exports(client, db, ids):
    number, _ = collections.create(db, title="A", quotes=ids[:3], **TOLD)
    usage.say(db, ids[1], "anonymised", **TOLD)

    menu = client.get(f"/collections/{number}").text.partition(">Export</summary>")[2].partition("</details>")[0]
    file = client.get(f"/collections/{number}/export?format=csv").text

    assert "2 of 3 quotes are “Internal only”" in menu
    assert "Quotes 1 and 3 are “Internal only”" in client.get(f"/collections/{number}/export?format=md").text
    assert file.count("Internal only") == 2


def test_nothing_is_said_of_internal_use_where_all_may_be_used(client, db, ids):
    number, _ = collections.create(db, title="A", quotes=ids[:1], **TOLD)
    usage.say(db, ids[0], "anonymised", **TOLD)

    menu = client.get(f"/collections/{number}").text.partition(">Export</summary>")[2].partition("</details>")[0]
    assert menu and "Internal only" not in menu
    assert "Internal only" not in client.get(f"/collections/{number}/export?format=md").text


@pytest.mark.parametrize("format", ["md", "html"])
def test_where_nobody_is_named_no_dash_stands_for_them(client, db, ids, format):
    number, _ = collections.create(db, title="A", quotes=ids[:2], **TOLD)
    made = client.get(f"/api/v1/collections/{number}/export", params={"format": format, "style": "none"}).text
    assert "blockquote" in made or "> " in made
    assert "— —" not in made and ">—" not in made
