"""The doors to the catalogue of competitors: every one opens, and a word said at one is seen at another."""

from contextlib import closing

import pytest

from insights.records import text_hash
from pipelines.catalogue import names, own_names
from pipelines.store import connect, jobs, state, themes, worklist


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


def names_of_themes(db) -> list[str]:
    return [theme.name for theme in themes.active(db, "competitor")]


@pytest.fixture
def dakelin(client, db) -> int:
    """The number of the decision that made Dakelin an entry, which one mention was meant for."""
    found = next(iter(db.query("SELECT id, utterance_id FROM insights WHERE kind = 'competitor' ORDER BY id")))
    mention = {"name": "Dakeln", "hash": text_hash("Dakeln"), "id": found["id"]}
    with db.atomic():
        said = "UPDATE utterances SET text = replace(text, 'Beacon', 'Dakeln') WHERE id = ?"
        db.execute(said, [found["utterance_id"]])
        db.execute("UPDATE insights SET name = :name, text = :name, text_hash = :hash WHERE id = :id", mention)
    saved = client.put("/api/v1/competitors/Dakelin", json={"aliases": ["Dakeln"]})
    assert "Dakelin" in names_of_themes(db)
    return saved.json()["decision"]


def test_undoing_on_the_page_takes_an_entrys_mentions_off_the_overview_at_once(client, db, dakelin):
    assert "Dakelin" in client.get("/").text
    told = client.post("/competitors/undone", data={"decision": dakelin}).text
    assert "It stands as it did before." in told
    assert "Dakelin" not in client.get("/").text
    assert "Dakelin" not in names_of_themes(db)
    assert jobs.unfinished(db, "mine") == []


def test_undoing_over_http_takes_an_entrys_theme_away_at_once(client, db, dakelin):
    client.delete(f"/api/v1/competitors/decisions/{dakelin}")
    assert "Dakelin" not in names_of_themes(db)


def test_undoing_on_the_terminal_takes_an_entrys_theme_away_at_once(dakelin, parley, at_home, tmp_path):
    at_home()
    assert parley("competitors", "restore", str(dakelin)).returncode == 0
    with closing(connect(tmp_path / "home" / "parley.db")) as home:
        assert "Dakelin" not in names_of_themes(home)


def test_what_was_read_with_an_entry_is_read_again_without_it_and_the_page_says_so(client, db):
    number = client.put("/api/v1/competitors/Dakelin", json={"aliases": []}).json()["decision"]
    with db.atomic():
        state.put(db, own_names.READ, own_names.stamp(db))
    told = client.post("/competitors/undone", data={"decision": number}).text
    assert "mentions follow as the history is read again" in told
    assert len(jobs.unfinished(db, "mine")) == 1


def test_a_refusal_that_is_undone_before_any_reading_is_read_again(client, db):
    db.execute("UPDATE conversations SET analysed = content_hash || 'v'")
    db.conn.commit()
    number = client.post("/api/v1/competitors/proposals", json={"name": "Beacon", "verdict": "refused"}).json()[
        "decision"
    ]
    client.delete(f"/api/v1/competitors/decisions/{number}")
    assert worklist.count_waiting(db, "v") > 0
    assert len(jobs.unfinished(db, "mine")) == 1


def test_spellings_are_tried_on_the_history_before_they_are_saved(client, db):
    shown = client.post("/competitors/effect", data={"name": "Beakon", "aliases": "Beacon", "place": "new"}).text
    said, uncounted = names.effect(db, "Beakon", ["Beacon"]).conversations, names.effect(db, "Beakon", []).uncounted
    assert (
        said
        and f"stands in {said} conversations" in shown
        and f"Beacon in {said}" in shown
        and "Beakon in none" in shown
        and 'id="effect-new"' in shown
    )
    assert "Saving counts at once as Beakon" in shown and "mentions of Beacon" in shown
    assert (
        uncounted == 0
        and "Not said in anything" in client.post("/competitors/effect", data={"name": "Nobody Ever"}).text
    )
    assert client.get("/api/v1/competitors").json() == []


def test_what_saving_meets_and_what_waits_for_reading_is_told_after_it(client, db):
    with db.atomic():
        state.put(db, own_names.READ, own_names.stamp(db))
    told = client.post("/competitors/entries", data={"name": "Beakon", "aliases": "Beacon"}).text
    met = names.effect(db, "Beakon", ["Beacon"])
    assert 0 < met.uncounted < met.conversations and "Read it again now" in told
    assert (
        f"in {met.uncounted} of them it is not counted yet" in told and f"{met.conversations} conversations of" in told
    )
    client.post("/competitors/read")
    assert len(jobs.unfinished(db, "mine")) == 1


def test_where_a_listed_name_stands_and_is_not_counted_can_be_looked_at_with_the_reason(client, db):
    client.post("/competitors/entries", data={"name": "Beakon", "aliases": "Beacon"})
    with db.atomic():
        state.put(db, own_names.READ, own_names.stamp(db))  # read, and in some conversations not found
        refused = next(iter(db.query("SELECT id FROM insights WHERE kind = 'competitor' AND name = 'Beakon' LIMIT 1")))[
            "id"
        ]
        db.execute("UPDATE insights SET standing = 'rejected' WHERE id = ?", [refused])
    met = names.effect(db, "Beakon", ["Beacon"])
    _, left = names.left_out(db, "Beakon")
    counted = next(one for one in names.catalogue(db) if one.name == "Beakon").standing.conversations
    assert len(left) == met.uncounted == met.conversations - counted
    assert {one.standing for one in left} == {"", "rejected"}
    number = client.get("/api/v1/competitors/decisions").json()[0]["id"]
    assert f"in {met.uncounted} of them it is not counted" in client.get(f"/competitors?done={number}").text
    page = client.get("/competitors?left=beakon").text.split('id="left"')[1].split("</section>")[0]
    assert page.count("<li>") == len(left) and "not taken for a mention of a rival" in page and "a person said" in page


def test_a_spelling_of_another_entry_is_said_while_it_is_typed(client):
    client.post("/competitors/entries", data={"name": "Beacon"})
    told = client.post("/competitors/effect", data={"name": "Dakelin", "aliases": "beacon"}).text
    assert "already stands for Beacon" in told
