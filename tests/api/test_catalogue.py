"""The catalogue: every tab opens, a word is tried before it is saved, holds at once, and is undone to the letter."""

import pytest

from insights.personas import PersonaRule, persona
from insights.records import Conversation, Participant, Utterance
from pipelines.catalogue import own_names, personas
from pipelines.uploads import settle

HOSTILE = ["<script>alert(1)</script>", "\u202eevil", "🙂" * 50, "w" * 10_000, "a\x00b"]
TABS = [
    "/catalogue",
    "/competitors",
    "/catalogue/own",
    "/catalogue/integrations",
    "/catalogue/personas",
    "/catalogue/stages",
    "/trackers",
]


def stored(db):
    return list(db.query("SELECT id, persona, seniority, filled FROM conversations ORDER BY id"))


@pytest.mark.parametrize(
    "address", [*TABS, "/api/v1/catalogue/names", "/api/v1/catalogue/personas", "/api/v1/catalogue/stages"]
)
def test_every_tab_opens_on_an_empty_database_too(client, empty_client, address):
    assert (client.get(address).status_code, empty_client.get(address).status_code) == (200, 200)


def test_a_rule_is_tried_without_being_kept(client, db):
    before = stored(db)
    told = client.post("/api/v1/catalogue/personas/preview", json={"words": "CFO", "function": "operations"}).json()
    by_hand = next(iter(db.query("SELECT count(DISTINCT counted_as) AS n FROM conversations WHERE job_title = 'CFO'")))[
        "n"
    ]
    assert told["conversations"] == by_hand > 0
    assert stored(db) == before


def test_a_rule_holds_at_once_and_is_undone_to_the_letter(client, db):
    before = stored(db)
    kept = client.put("/api/v1/catalogue/personas/rules", json={"words": "CFO", "function": "operations"}).json()
    assert {r["persona"] for r in db.query("SELECT persona FROM conversations WHERE job_title = 'CFO'")} == {
        "operations"
    }
    assert client.delete(f"/api/v1/catalogue/changes/{kept['change']}").status_code == 204
    assert stored(db) == before


def test_nobody_overwrites_a_rule_that_they_did_not_see(client, db):
    personas.save(db, PersonaRule("cfo", "hr", ""), now="2026-03-20", actor="another")
    form = {"words": "CFO", "function": "operations", "seen": "none", "action": "save"}
    answer = client.post("/catalogue/personas", data=form)
    assert answer.status_code == 409
    assert "Somebody changed this meanwhile" in answer.text
    assert personas.get(db, "cfo") == PersonaRule("cfo", "hr", "")


def test_of_two_rules_the_longer_words_win(db):
    personas.save(db, PersonaRule("buyer", "operations", ""), now="n", actor="a")
    personas.save(db, PersonaRule("senior buyer", "finance", ""), now="n", actor="a")
    from pipelines.store import corrections

    assert persona("Senior Buyer", corrections.persona_rules(db)).function == "finance"


def test_a_title_in_other_letters_can_be_told(db):
    rule = personas.checked(PersonaRule("директор по закупкам", "legal_procurement", "director"))
    assert persona("Директор по закупкам", [rule]).function == "legal_procurement"


def test_an_own_name_takes_a_competitors_mentions_at_once(client, db):
    count = "SELECT count(*) AS n FROM insights WHERE kind = 'competitor' AND name = 'Beacon'"
    had = next(iter(db.query(count)))["n"]
    told = client.post("/api/v1/catalogue/names/preview", json={"name": "beacon"}).json()
    assert told["mentions"] == had > 0
    assert client.put("/api/v1/catalogue/names/product/Beacon", json={"aliases": []}).status_code == 200
    assert next(iter(db.query(count)))["n"] == 0


def test_an_entry_that_changed_meanwhile_is_not_overwritten(client, db):
    own_names.save(db, "product", "Lumen", now="n", actor="a")
    seen = client.get("/api/v1/catalogue/names").json()[0]["version"]
    own_names.save(db, "product", "Lumen", ["Lumin"], now="n", actor="another")
    form = {"kind": "product", "name": "Lumen", "aliases": "Loomen", "seen": seen, "action": "save"}
    answer = client.post("/catalogue/names", data=form)
    assert answer.status_code == 409
    assert "Loomen" in answer.text
    assert own_names.catalogue.entry(db, "product", "Lumen").aliases == ("Lumin",)


def test_what_was_changed_again_since_is_undone_first(client, db):
    first = own_names.save(db, "product", "Lumen", now="n", actor="a")
    own_names.save(db, "product", "Lumen", ["Lumin"], now="n", actor="a")
    answer = client.delete(f"/api/v1/catalogue/changes/{first}")
    assert answer.status_code == 409
    assert "Undo that change first" in answer.json()["detail"]


def test_a_spelling_of_one_name_cannot_be_anothers(client, db):
    own_names.save(db, "product", "Lumen", ["Lumin"], now="n", actor="a")
    answer = client.put("/api/v1/catalogue/names/integration/Lumin", json={})
    assert answer.status_code == 422
    assert "already stands for product Lumen" in answer.json()["detail"]


def test_a_stage_is_tried_saved_and_undone(client, db):
    line = client.get("/api/v1/catalogue/stages").json()[0]
    step = "customer" if line["step"] != "customer" else "decision"
    told = client.get("/api/v1/catalogue/stages/preview", params={"stage": line["stage"], "step": step}).json()
    assert told["conversations"] == line["conversations"]
    form = {"stage": line["stage"], "step": step, "seen": 0, "action": "save"}
    page = client.post("/catalogue/stages", data=form)
    assert page.status_code == 200
    now = {s["stage"]: s for s in client.get("/api/v1/catalogue/stages").json()}[line["stage"]]
    assert now["step"] == step
    client.post("/catalogue/stages/undone", data={"number": now["said"]})
    assert {s["stage"]: s for s in client.get("/api/v1/catalogue/stages").json()}[line["stage"]] == line


def test_two_people_who_say_something_of_one_stage_are_told(client):
    line = client.get("/api/v1/catalogue/stages").json()[0]
    form = {"stage": line["stage"], "step": "customer", "seen": 0, "action": "save"}
    client.post("/catalogue/stages", data=form)
    again = client.post("/catalogue/stages", data=form | {"step": "decision"})
    assert again.status_code == 409
    assert "Somebody changed" in again.text


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/catalogue/names", {"kind": "product", "name": None, "aliases": None}),
        ("/catalogue/names/effect", {"kind": "product", "name": None, "aliases": None}),
        ("/catalogue/personas", {"words": None, "function": "hr"}),
        ("/catalogue/personas/effect", {"words": None, "function": "hr"}),
        ("/catalogue/stages", {"stage": None, "step": "customer"}),
        ("/catalogue/stages/effect", {"stage": None, "step": "customer"}),
    ],
)
@pytest.mark.parametrize("action", ["look", "save"])
def test_hostile_text_is_text_in_every_field(client, address, form, action, text):
    given = {name: text if value is None else value for name, value in form.items()}
    answer = client.post(address, data={**given, "action": action})
    assert answer.status_code in (200, 409, 422)
    assert "<script>alert" not in answer.text


def test_two_people_who_spell_one_competitor_lose_nothing(client):
    client.put("/api/v1/competitors/Beacon", json={"aliases": []})
    form = {"name": "Beacon", "seen": own_names.version(None), "aliases": "Beekon"}
    answer = client.post("/competitors/entries", data=form, headers={"accept": "text/html"})
    assert answer.status_code == 409
    assert "Somebody changed “Beacon” meanwhile" in answer.text


def test_a_mail_domain_and_a_colleague_say_whom_they_would_put_on_our_side(client, db):
    spoken = tuple(Utterance(who, "unknown", "verbatim", "The weather is fine.") for who in ("Zora Quint", "Lee Ash"))
    people = (Participant("Zora Quint", "kim@ourfirm.example"), Participant("Lee Ash", "lee@theirs.example"))
    with db.atomic():
        settle.write(db, [Conversation("c" * 16, "call", "", "", spoken, people)], settle.knowledge(db))

    def effect(kind, name):
        return " ".join(client.post("/catalogue/names/effect", data={"kind": kind, "name": name}).text.split())

    assert "1 address in 1 conversation. In 1 of them it does not count as us yet" in effect(
        "domain", "ourfirm.example"
    )
    assert "no address of it in anything uploaded so far" in effect("domain", "elsewhere.example")
    assert "speaks in 1 conversation. In 1 of them they do not count as us yet" in effect("person", "Zora Quint")
    assert "nobody called so" in effect("person", "Nobody Atall")


def test_titles_of_earlier_versions_and_none_at_all_add_up_to_what_counts(client, db):
    one, other = (
        row["id"] for row in db.query("SELECT id FROM conversations WHERE job_title <> '' ORDER BY id LIMIT 2")
    )
    with db.atomic():
        db.execute("UPDATE conversations SET filled = '[\"job_title\"]' WHERE id = ?", [one])
        db.execute("UPDATE conversations SET job_title = '' WHERE id = ?", [other])
    shown = client.get("/catalogue/personas", headers={"accept": "application/json"}).json()
    counted = db.execute("SELECT count(DISTINCT counted_as) FROM conversations").fetchone()[0]
    assert (shown["by_another"], shown["untitled"]) == (1, 1)
    assert sum(title["conversations"] for title in shown["titles"]) + 1 + 1 == counted
    assert "1 conversation has the title from an earlier version" in client.get("/catalogue/personas").text
