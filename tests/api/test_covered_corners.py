"""Corners where a name stood open to who may not see originals: views of the file, words by themselves, addresses, rivals."""

import json
import re
from contextlib import closing
from datetime import date

import pytest

from api.gate.access import least_role
from insights.periods import Period
from insights.records import Conversation, Insight, Participant, Utterance, stable_id
from insights.roles import SideCorrection
from pipelines.catalogue import names
from pipelines.privacy import covering
from pipelines.privacy.covering import cover
from pipelines.quotes import quoting, usage
from pipelines.report import breakdown
from pipelines.reports import annotations
from pipelines.store import connect, conversations, corrections, facets, insights
from pipelines.store.counting import COUNTED
from pipelines.store.covered import COLUMNS
from pipelines.store.filters import Filters
from pipelines.themes import ledger
from pipelines.uploads import settle

NAMES = re.compile("zephyrine|gundula|achterberg", re.I)
TOLD = {"now": "2026-03-20T09:00:00+00:00", "actor": "Ann"}
SAID = "We look at Zephyrine Works too, it is more than we can spend, Gundula Achterberg told us."
RIVAL, PRICE = "Zephyrine Works", "it is more than we can spend, Gundula Achterberg told us"


def call(name: str, account: str, contact: str, text: str) -> Conversation:
    return Conversation(
        id=stable_id(name), kind="call", title=name, occurred_at="2026-03-02", account=account, contact=contact,
        participants=(Participant(contact, role="buyer"),), utterances=(Utterance(contact, "buyer", "verbatim", text),),
    )  # fmt: skip


@pytest.fixture
def quote(db, filled) -> str:
    """A quote in a call of Brill & Co, who speak of another customer, and of somebody there, as of a rival."""
    theirs = call("theirs", "Brill & Co", "Alma Roth", SAID)
    with db.atomic():
        settle.write(db, [theirs, call("own", "Zephyrine Works", "Gundula Achterberg", "Hello.")], settle.knowledge(db))
        (turn,) = conversations.utterances(db, theirs.id)
        spans = [("competitor", RIVAL, "evaluating", RIVAL), ("competitor", "Gundula Achterberg", "evaluating", "Gundula Achterberg"),
                 ("objection", PRICE, "price", "")]  # fmt: skip
        found = [
            (turn.id, SAID, Insight(kind, start := SAID.index(said), start + len(said), said, label, 0.9, name))
            for kind, said, label, name in spans
        ]
        insights.replace(db, theirs.id, found)
    start = SAID.index(PRICE)
    return stable_id(turn.id, "objection", start, start + len(PRICE))


@pytest.fixture
def seen(db, settings):
    """The database as who sees no names reads it."""
    other = connect(settings.database_file)
    cover(other, settings.database_file)
    yield other
    other.close()


def test_every_view_of_the_file_is_covered_where_it_shows_a_text(db):
    """Such a view reads the tables themselves, not the views that stand before them."""
    for name in db.view_names():
        sql = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", [name]).fetchone()[0]
        beneath = {table for table in COLUMNS if re.search(rf"\b{table}\b", sql)}
        shown = {row[1] for row in db.execute(f"SELECT * FROM pragma_table_xinfo('{name}')")}
        texts = {column for table in beneath for column in COLUMNS[table]} & shown
        assert name == "shown_insights" or texts <= COLUMNS.get(name, {}).keys(), name


def test_a_note_on_what_a_quote_may_be_used_for_is_covered(covered_client, db, quote):
    usage.say(db, quote, "approved", note="Ask Gundula Achterberg", **TOLD)
    answer = covered_client.get(f"/api/v1/quotes/{quote}")
    assert answer.status_code == 200 and '"approved"' in answer.text and not NAMES.search(answer.text)


@pytest.mark.parametrize("word", ["achterberg", "Achterberg", "gundula", "zephyrine.example", "zephyrine works"])
def test_a_word_that_tells_a_theme_apart_is_covered_however_small_it_is_written(seen, db, quote, word):
    with db.atomic():
        theme = ledger.create(
            db, "objection", ledger.NewTheme("Costs", "price", (word, "budget")), now=TOLD["now"]
        ).theme
    (told,) = seen.execute(
        "SELECT s.keywords FROM themes t JOIN theme_shapes s ON s.id = t.shape_id WHERE t.id = ?", [theme]
    ).fetchone()
    assert re.fullmatch(r"[█ .]+", json.loads(told)[0]) and json.loads(told)[1] == "budget"


@pytest.mark.parametrize(
    "link",
    ["https://ours.example/zephyrine-works", "https://zephyrine.example/", "https://ours.example/a?for=Gundula+Achterberg"],
)  # fmt: skip
def test_an_address_that_names_somebody_is_covered_and_stays_when_it_comes_back(covered_client, db, quote, link):
    number = annotations.add(db, annotations.Draft("Launch", "2026-03-01", link=link), **TOLD).id
    shown = covered_client.get(f"/api/v1/annotations/{number}").json()
    assert "█" in shown["link"] and not NAMES.search(json.dumps(shown))
    told = {"text": "Launch day", "starts": "2026-03-01", "link": shown["link"], "version": 1}
    assert covered_client.put(f"/api/v1/annotations/{number}", json=told).status_code == 200
    assert annotations.get(db, number).link == link
    told |= {"link": "https://elsewhere.example/████", "version": 2}
    assert covered_client.put(f"/api/v1/annotations/{number}", json=told).status_code == 422


def test_an_address_that_names_nobody_stands_as_it_is(covered_client, db, quote):
    link = "https://ours.example/spring-launch?from=mail"
    number = annotations.add(db, annotations.Draft("Launch", "2026-03-01", link=link), **TOLD).id
    assert covered_client.get(f"/api/v1/annotations/{number}").json()["link"] == link


RIVALS = (
    "/api/v1/insights?kind=competitor&limit=200", "/api/v1/quotes?limit=200", "/api/v1/competitors/proposals", "/competitors",
    "/api/v1/reports/competitors", "/reports/competition", "/api/v1/reports/trends?kind=objection&by=competitor",
    "/reports/objections?by=competitor", "/quotes?kind=competitor", "/api/v1/themes", "/themes/1",
)  # fmt: skip


@pytest.mark.parametrize("path", RIVALS)
def test_a_customer_who_was_taken_for_a_rival_is_covered(covered_client, quote, path):
    answer = covered_client.get(path)
    assert answer.status_code == 200 and NAMES.findall(answer.text) == []


def test_a_customer_of_whom_somebody_said_that_they_are_no_rival_is_covered(covered_client, db, quote):
    names.say(db, "Brightpath", "refused", **TOLD)
    number = names.say(db, RIVAL, "refused", **TOLD)
    for path in ("/api/v1/competitors/decisions", "/competitors", f"/competitors?done={number}"):
        told = covered_client.get(path).text
        assert "Brightpath" in told and NAMES.findall(told) == [], path
    assert covered_client.delete(f"/api/v1/competitors/decisions/{number}").status_code == 204
    told = covered_client.get(f"/competitors?undone={number}").text
    assert "Undone:" in told and NAMES.findall(told) == []


@pytest.mark.parametrize("name", ["competitor", "beside"])
def test_a_customer_who_was_taken_for_a_rival_finds_nothing(covered_client, quote, name):
    path = f"/api/v1/insights?{name}=Zephyrine Works"
    assert covered_client.get(f"/api/v1/insights?{name}=Beacon").json()["items"]
    assert covered_client.get(path).json()["items"] == []


def test_a_quote_leaves_without_a_customer_who_was_taken_for_a_rival(db, quote):
    taken = quoting.take(db, insights.get(db, quote))
    assert taken.words.text == "We look at [company] too, it is more than we can spend, [name] told us."
    (turn,) = conversations.utterances(db, stable_id("theirs"))
    assert RIVAL in quoting.known_in(db, stable_id("theirs"), turn.id).companies


def test_who_sees_no_names_lists_corrections_of_sides_without_whom(covered_client, db, quote):
    corrections.correct_side(db, SideCorrection("person:gundula achterberg", "buyer"), now=TOLD["now"])
    answer = covered_client.get("/api/v1/speakers/corrections")
    assert answer.json() == [{"subject": "", "side": "buyer", "conversation_id": ""}]


def test_what_tables_of_customers_are_called_is_nothing_for_viewers():
    assert least_role("GET", "/api/v1/mappings") == "contributor"


def test_a_word_that_is_asked_for_again_and_again_is_looked_up_once(covered_client, filled, monkeypatch):
    """Each word costs a look at two hundred texts."""
    looked = []
    real = quoting.known_in
    monkeypatch.setattr(
        quoting,
        "known_in",
        lambda db, conversation, utterance: looked.append(utterance) or real(db, conversation, utterance),
    )
    told = [covered_client.get(f"/api/v1/insights?q={'spend ' * times}") for times in (1, 150)]
    assert [answer.status_code for answer in told] == [200, 200] and told[0].json() == told[1].json()
    assert len(looked) == len(set(looked)) > 10


def test_more_is_looked_for_than_anybody_types(covered_client):
    answer = covered_client.get(f"/api/v1/insights?q={'ab ' * 350}")
    assert answer.status_code == 422 and "1,000 characters" in answer.json()["detail"]


def test_thousands_of_names_of_rivals_are_not_looked_up_one_by_one(covered_client, filled, monkeypatch):
    monkeypatch.setattr(covering, "names_somebody", lambda *_: pytest.fail("looked up"))
    asked = ",".join(f"Rival {n}" for n in range(500))
    assert covered_client.get(f"/api/v1/insights?competitor={asked}").json()["items"] == []


FACTS = (
    "/api/v1/quotes?limit=200", "/api/v1/insights?limit=200", "/quotes", "/api/v1/quotes/export?format=csv", "/themes/1", "/api/v1/themes/1/export",
    "/api/v1/reports/trends?kind=objection&by=stage", "/api/v1/reports/trends?kind=objection&by=outcome", "/api/v1/reports/outcomes",
    "/reports/objections?by=stage", "/reports/objections", "/api/v1/reports/voice", "/api/v1/conversations", "/plan", "/api/v1/search?q=spend",
)  # fmt: skip


@pytest.mark.parametrize("path", FACTS)
def test_a_stage_or_an_outcome_that_names_somebody_is_covered(covered_client, client, db, quote, path):
    with db.atomic():
        sql = "UPDATE conversations SET stage = 'Waiting for Gundula Achterberg', outcome = 'lost to Zephyrine Works'"
        db.execute(sql + " WHERE rowid % 2 = 0 AND stage <> 'x'")
    told = covered_client.get(path)
    around = [told.text[max(0, one.start() - 90) : one.end() + 30] for one in NAMES.finditer(told.text)]
    assert told.status_code in (200, 404) and around == []
    assert covered_client.get("/api/v1/quotes?stage=Waiting for Gundula Achterberg").json()["items"] == []


def test_a_stage_that_names_nobody_is_told_beside_one_that_does(covered_client, db, quote):
    with db.atomic():
        db.execute("UPDATE conversations SET stage = 'Demo'")
        db.execute("UPDATE conversations SET stage = 'Waiting for Gundula Achterberg' WHERE rowid = 1")
    stages = covered_client.get("/api/v1/quotes?limit=1").json()["facets"]["stage"]
    assert "Demo" in stages and not NAMES.search(str(stages))


def test_what_a_theme_of_a_rival_is_told_by_is_covered_where_the_rival_is_a_customer(seen, db, quote):
    with db.atomic():
        made = [
            ledger.create(db, "competitor", ledger.NewTheme(name, name.casefold()), now=TOLD["now"]).theme
            for name in ("Zephyrine Works", "Beacon")
        ]
    labels = [seen.execute("SELECT label FROM themes WHERE id = ?", [one]).fetchone()[0] for one in made]
    assert not NAMES.search(labels[0]) and labels[1] == "beacon"


def test_a_customers_name_with_more_beside_it_that_was_taken_for_a_rival_is_covered(covered_client, db, filled):
    said = "We compared it with Zephyrine Works Systems, it is more than we can spend."
    theirs = call("more", "Brill & Co", "Alma Roth", said)
    with db.atomic():
        settle.write(db, [theirs, call("own", "Zephyrine Works", "Ann Bo", "Hello.")], settle.knowledge(db))
        (turn,) = conversations.utterances(db, theirs.id)
        start = said.index("Zephyrine")
        rival = Insight(
            "competitor", start, start + 23, "Zephyrine Works Systems", "evaluating", 0.9, "Zephyrine Works Systems"
        )
        insights.replace(db, theirs.id, [(turn.id, said, rival)])
    told = covered_client.get("/api/v1/insights?kind=competitor&limit=200").text
    assert "We compared it with" in told and not NAMES.search(told)


def test_what_a_page_saw_of_a_write_that_came_after_its_covers_were_made_is_kept_for_nobody(db, quote, seen, settings):
    named = "Waiting for Gundula Achterberg"
    with db.atomic():
        db.execute("UPDATE conversations SET stage = ? WHERE rowid = 1", [named])
    assert facets.has(seen, "stage", named)  # a page that was being made meanwhile
    with closing(connect(settings.database_file)) as later:
        cover(later, settings.database_file)
        assert not facets.has(later, "stage", named)


def test_stages_that_are_covered_alike_are_one(db, quote, settings):
    with db.atomic():
        db.execute("UPDATE conversations SET stage = 'Demo'")
        for n, name in ((1, "Olga Berg"), (2, "Alma Roth")):
            db.execute("UPDATE conversations SET contact = ? WHERE rowid % 3 = ?", [name, n])
            db.execute("UPDATE conversations SET stage = 'With ' || ? WHERE rowid % 3 = ?", [name, n])
    with closing(connect(settings.database_file)) as seen:
        cover(seen, settings.database_file)
        told, period = facets.values(seen, "stage"), Period("all", date(2020, 1, 1), date(2030, 1, 1), True)
        rates = [(name, rate.denominator) for name, rate in breakdown(seen, Filters(), by="stage", period=period)]
    counted = dict(db.execute(f"SELECT stage = 'Demo', count(*) FROM conversations c WHERE {COUNTED} GROUP BY 1"))
    assert sorted(told) == sorted(set(told)) and len(told) == 2
    assert sorted(rates) == sorted((name, counted[name == "Demo"]) for name in told)
