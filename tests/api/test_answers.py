"""What do I send: the page, the interface, the command, and requests that can be undone."""

import json

import numpy as np
import pytest

from insights import recognising
from insights.language import build
from insights.records import Company, Competitor, Conversation, Insight, Utterance, text_hash
from pipelines.planning import content
from pipelines.quotes import meanings
from pipelines.running import accelerator
from pipelines.sales import answers, asking, said
from pipelines.sales.asking import NothingAsked, UnknownAsk
from pipelines.store import asks, company, content_pages, conversations, insights, plan, theme_events, themes, vectors
from pipelines.store.themes import Theme
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme
from pipelines.uploads import settle
from tests.api import signing

NOW = "2026-03-20T09:00:00+00:00"
PAGES = """url,title,text
https://ours.example/pricing,What it costs,"It is priced per handheld and month. There is no charge per user or per seat, so seasonal staff cost nothing."
https://ours.example/sap,Integrating with SAP,"The connector exchanges items and stock postings with SAP ECC and S/4HANA. Set-up takes four days."
https://ours.example/offline,Counting without a connection,"Handhelds keep the list on the device and count without wifi, in freezers and between racks."
"""
ASKED = "Is it priced per seat or by usage?"
REPLY = "It is per handheld, Kim Rowe can send the sheet. Seats and users are not counted at all."


@pytest.fixture
def pages(db, tmp_path):
    file = tmp_path / "pages.csv"
    file.write_text(PAGES)
    content.add(db, [file], title="pages", actor="test", now=NOW)
    content.read_new(db)


def say(db, key: str, account: str, said: str, reply: str, *, day: str = "2026-02-01", back: bool = False, outcome: str = "answered"):  # fmt: skip
    """A call in which a buyer asks and a colleague answers."""
    turns = (Utterance("Dana Hill", "buyer", "verbatim", said), Utterance("Kim Rowe", "seller", "verbatim", reply))
    one = Conversation(
        id=key, kind="call", title=key, occurred_at=day, account=account, contact="Dana Hill", job_title="CFO",
        rep="Kim Rowe", utterances=turns,
    )  # fmt: skip
    with db.atomic():
        settle.write(db, [one], settle.knowledge(db))
        turn = conversations.utterances(db, key)[0]
        found = Insight("question", 0, len(said), said, "price", 0.9, follow_up=outcome, came_back=back)
        insights.replace(db, key, [(turn.id, said, found)])
        vectors.save(db, accelerator.encoder().name, [text_hash(said)], meanings.asked(said)[None])


def test_the_page_that_answers_comes_first_with_its_passage(db, pages):
    (found,) = answers.answers(db, ASKED).found
    assert found.pages[0].page.url == "https://ours.example/pricing"
    assert found.pages[0].standing == "answers"
    assert found.pages[0].passage in PAGES


def test_a_page_of_a_title_alone_may_answer_at_most(db, pages, tmp_path):
    """Nobody has read what it says; the plan calls it not judged."""
    (tmp_path / "more.csv").write_text(f"url,title\nhttps://ours.example/seats,{ASKED}\n")
    content.add(db, [tmp_path / "more.csv"], title="more", actor="test", now=NOW)
    content.read_new(db)
    (found,) = answers.answers(db, ASKED).found
    assert {page.page.url.rpartition("/")[2]: page.standing for page in found.pages}["seats"] == "may answer"


def test_nothing_is_said_to_answer_what_no_page_names(db, pages):
    (found,) = answers.answers(db, "Do you integrate with NetSuite?").found
    assert not found.answered
    assert found.pages == ()
    assert found.nearest[0].lacks == ("NetSuite",)


VERSUS = """https://ours.example/vs-beacon,Us and Beacon Count compared,"Where Beacon Count is ahead and where we are: both count on handhelds; theirs needs its own server."
"""


@pytest.fixture
def rival(db, tmp_path):
    """Our pages, one of them on a competitor of the catalogue, and another competitor that has none."""
    file = tmp_path / "pages.csv"
    file.write_text(PAGES + VERSUS)
    content.add(db, [file], title="pages", actor="test", now=NOW)
    content.read_new(db)
    company.add(db, Company(competitors=(Competitor("Beacon Count", ("Beacon",)), Competitor("Nimbrel"))))


@pytest.mark.parametrize(
    ("words", "page"),
    [("we pay per user with Beacon, is yours priced per seat?", "pricing"), ("beacon is tied to our SAP, are you?", "sap"), ("Beacon Count has no trouble in freezers without wifi", "offline")],
)  # fmt: skip
def test_what_objects_and_names_a_rival_finds_a_page_for_either(db, rival, words, page):
    (found,) = answers.answers(db, words).found
    standing = {one.page.url.rsplit("/")[-1]: one.standing for one in found.pages}
    assert {page, "vs-beacon"} <= standing.keys()
    assert standing[page] == "may answer"  # it says nothing of the rival
    assert next(one for one in found.pages if one.page.url.endswith(page)).lacks == ("Beacon Count",)


def test_a_rival_that_no_page_names_hides_no_page_on_the_rest(db, rival):
    (found,) = answers.answers(db, "Nimbrel is priced per user, and yours?").found
    assert [one.page.url.rsplit("/")[-1] for one in found.pages][:1] == ["pricing"]
    assert not answers.answers(db, "how do you compare with Nimbrel?").found[0].answered


def test_what_a_rival_is_named_beside_is_what_colleagues_answered(db, rival):
    say(db, "c1", "Firm A", ASKED, REPLY)
    (found,) = answers.answers(db, "priced per seat or by usage, compared with Beacon?").found
    assert "per handheld" in found.replies[0].words


def test_a_persons_word_goes_before_likeness(db, filled, pages):
    theme = themes.active(db, "objection")[0]
    offline = next(page for page in content_pages.pages(db) if page.url.endswith("offline"))
    content.say(db, theme.id, offline.id, "answers", actor="Ed", now=NOW)
    first = answers.answers(db, "", theme=theme).found[0].pages[0]
    assert (first.page.id, first.said_by, first.strength) == (offline.id, "Ed", None)


def test_a_pasted_mail_is_answered_one_thing_after_the_other(db, pages, monkeypatch):
    told = company.load(db)
    monkeypatch.setitem(said._finders, told, build(told, rules_alone=True))  # without the tagger, which is slow to load
    mail = "Hi Tom,\n\nthanks for the demo.\n\nIs it priced per seat? Does it count in the freezer, where we have no wifi?\n\nBest,\nAna\n\nOn Monday Tom wrote:\n> Does it work with SAP?\n"
    found = answers.answers(db, mail).found
    assert [one.words for one in found] == [
        "Is it priced per seat?",
        "Does it count in the freezer, where we have no wifi?",
    ]
    assert [one.pages[0].page.url.rsplit("/")[-1] for one in found] == ["pricing", "offline"]


@pytest.mark.parametrize("given", ["", "   \n "])
def test_nothing_asked_is_said(db, given):
    with pytest.raises(NothingAsked):
        answers.answers(db, given)


@pytest.mark.parametrize("given", ["\x00", "?" * 50, "مرحبا", "a" * 30_000, "x\n" * 15_000, "SELECT * FROM; --"])
def test_odd_input_is_answered_all_the_same(db, pages, given):
    assert answers.answers(db, given).found


def test_without_pages_it_says_so(db):
    found = answers.answers(db, ASKED)
    assert (found.pages, found.found[0].pages) == (0, ())


def test_a_colleagues_words_are_told_with_names_left_out(db):
    say(db, "c1", "Firm A", ASKED, REPLY)
    (reply,) = answers.answers(db, "priced per seat or usage?").found[0].replies
    assert "per handheld" in reply.words
    assert "Kim" not in json.dumps([reply.words, reply.line, reply.asked])
    assert "Firm A" not in reply.line


def test_one_account_is_heard_once_and_what_came_back_not_at_all(db):
    say(db, "c1", "Firm A", ASKED, REPLY)
    say(db, "c2", "Firm A", ASKED + " ", REPLY)
    say(db, "c3", "Firm B", ASKED, REPLY, back=True)
    say(db, "c4", "Firm C", ASKED, REPLY, outcome="open")
    found = answers.answers(db, "priced per seat or usage?").found[0].replies
    assert [one.ended for one in found] == [True, False]  # Firm A once, then Firm B, which raised it again


def test_of_a_theme_that_is_picked_its_quotes_count_whatever_it_is_called(db):
    say(db, "c1", "Firm A", ASKED, REPLY)
    (insight,) = [row["id"] for row in db.query("SELECT id FROM insights")]
    with db.atomic():
        theme = ledger.create(db, "question", NewTheme("Zebras in winter", "price"), now=NOW).theme
        ledger.join(db, {insight: (theme, 0.9)}, now=NOW)
    assert answers.answers(db, "Zebras in winter").found[0].replies == ()
    (reply,) = answers.answers(db, "", theme=themes.get(db, theme)).found[0].replies
    assert "per handheld" in reply.words


def test_where_no_reply_is_surely_an_answer_it_says_that_there_are_replies_and_leads_to_them(client, db):
    say(db, "c1", "Firm A", ASKED, "The lake was frozen when we walked the dog on Sunday.")
    (found,) = answers.answers(db, "priced per seat or usage?").found
    (insight,) = [row["id"] for row in db.query("SELECT id FROM insights WHERE conversation_id = 'c1'")]
    assert (found.replies, found.replied) == ((), (insight,))
    page = client.post("/answers", data={"words": "priced per seat or usage?"}).text
    assert "Colleagues replied to 1 quote like it" in page and f'href="/quotes/{insight}"' in page
    nobody = client.post("/answers", data={"words": "is there an office in Lima?"}).text
    assert "No colleague is on record" in nobody and "replied to" not in nobody


def test_more_words_find_no_less(db, client):
    say(db, "c1", "Firm A", ASKED, REPLY)
    more = "The lake was frozen when we walked the dog on Sunday, and is it priced per seat or by usage?"
    assert answers.answers(db, "is it priced per seat or by usage?").found[0].replies
    (found,) = answers.answers(db, more).found
    told = [*found.replies, *(reply for one in found.maybe for reply in one.replies)]
    assert "per handheld" in told[0].words


def test_the_answers_of_what_it_may_be_stand_on_the_page_at_once(db, client):
    say(db, "c1", "Firm A", ASKED, REPLY)
    (insight,) = [row["id"] for row in db.query("SELECT id FROM insights WHERE conversation_id = 'c1'")]
    with db.atomic():
        shape = theme_events.add_shape(db, meanings.asked("Do zebras freeze in winter?"), 0.8, ["zebras"])
        theme = ledger.create(db, "question", NewTheme("Zebras in winter", "price", shape=shape), now=NOW).theme
        ledger.join(db, {insight: (theme, 0.9)}, now=NOW)
    (likely,) = said.likely(db, "my zebra will not sign")
    assert recognising.FITS <= likely.fit < recognising.SURE
    (found,) = answers.answers(db, "my zebra will not sign").found
    assert (found.theme, found.replies) == (None, ())
    assert [(one.words, one.theme.name, len(one.replies)) for one in found.maybe] == [("", "Zebras in winter", 1)]
    page = client.post("/answers", data={"words": "my zebra will not sign"}).text
    assert "What colleagues answered to what it may be" in page and "per handheld" in page
    assert "No colleague is on record" not in page


def test_a_short_reply_is_told_from_its_first_sentence(db):
    reply = "Not yet, the independent test is being commissioned and we expect the results of it in January. Until then I can offer our own lab results."
    say(
        db, "lab", "Acme", "Do you have lab results from an accredited laboratory?", f"Hi Dana.\n\n{reply}\n\nBest\nKim"
    )
    (found,) = answers.answers(db, "Do you have lab results?").found
    assert (found.replies[0].words, found.replies[0].whole) == (reply, True)


def test_the_command_leads_from_a_rivals_name_to_how_it_goes_beside_it(db, parley, at_home):
    company.add(db, Company(competitors=(Competitor("Nimbrel"),)))
    at_home()
    told = parley("answer", "we use Nimbrel and are happy").stdout
    assert "About Nimbrel. How it goes beside it: parley competition --competitor Nimbrel" in told


def test_a_signature_is_no_answer(db):
    sign = "Kim Rowe Account Executive | Our Firm +47 22 33 44 55 | https://ours.example/price-per-seat-or-usage"
    say(db, "c1", "Firm A", ASKED, f"{REPLY}\n{sign}")
    say(db, "c2", "Firm B", ASKED + " ", f"The lake was frozen when we walked the dog on Sunday.\n{sign}")
    (reply,) = answers.answers(db, "priced per seat or usage?").found[0].replies
    assert "per handheld" in reply.words and "Executive" not in reply.words


def test_a_colleague_is_asked_from_the_page_and_their_answer_stands_there(client):
    page = client.post("/answers", data={"words": "Runs on NetSuite?"}).text
    assert "Ask a colleague" in page and "What do I send to a buyer who says: “Runs on NetSuite?”?" in page
    asked = {
        "place": "/answers",
        "kind": "question",
        "to": "Sales",
        "words": "What do I send about NetSuite?",
        "who": "Rep One",
    }
    there = client.post("/comments", data=asked)
    assert there.url.path == "/answers" and "What do I send about NetSuite?" in there.text and "Rep One" in there.text
    answered = client.post(
        "/comments/1/close", data={"done": "Send the connector sheet.", "back": "place", "who": "Kim"}
    )
    assert answered.url.path == "/answers" and "Send the connector sheet." in answered.text


def test_what_an_account_raised_again_later_is_not_said_to_have_ended_it(db):
    say(db, "c1", "Firm A", ASKED, REPLY, day="2026-01-01")
    say(db, "c2", "Firm A", ASKED, "We will see, I do not know that by heart.", day="2026-02-01", outcome="open")
    assert [one.ended for one in answers.answers(db, "priced per seat or usage?").found[0].replies] == [False]


def test_a_reply_says_for_how_long_it_was_looked_whether_it_ended_it_and_that_the_deal_was_lost(client, db):
    say(db, "c1", "Firm A", ASKED, REPLY, day="2026-01-01")
    asked = {"words": "priced per seat or usage?"}
    (reply,) = answers.answers(db, asked["words"]).found[0].replies
    assert (reply.ended, reply.days, reply.looked_long, reply.lost) == (True, 0, False, False)
    assert "nothing heard from them since" in client.post("/answers", data=asked).text
    for key, day, told in (("c2", "2026-01-21", "not heard again in the 20 days that followed"), ("c3", "2026-03-15", "The same was not heard from these accounts again.")):  # fmt: skip
        say(db, key, "Firm A", "Do you have an app for phones?", "Yes.", day=day)
        with db.atomic():
            insights.replace(db, key, [])  # nothing that was raised again
            db.execute("UPDATE conversations SET outcome = 'lost' WHERE account = 'Firm A'")
        page = " ".join(client.post("/answers", data=asked).text.split())
        assert told in page and "the deal was lost" in page, key


@pytest.mark.parametrize("keys", [("a", "b", "c", "d"), ("d", "c", "b", "a"), ("b", "d", "a", "c")])
def test_replies_after_which_it_was_not_heard_again_come_first_and_what_put_off_or_lost_the_deal_last(db, keys):
    heard, silent, lost, off = keys
    for key in keys:
        say(db, key, f"Firm {key}", ASKED, REPLY, day="2026-01-01", outcome="deferred" if key == off else "answered")
    for key in (heard, lost):
        say(db, f"{key} 2", f"Firm {key}", "Do you have an app for phones?", "Yes.", day="2026-01-21")
        with db.atomic():
            insights.replace(db, f"{key} 2", [])
    with db.atomic():
        db.execute("UPDATE conversations SET outcome = 'lost' WHERE account = ?", [f"Firm {lost}"])

    def firms() -> list[str]:
        shown = answers.answers(db, "priced per seat or usage?").found[0].replies
        return [insights.get(db, one.quote_id).account.removeprefix("Firm ") for one in shown]

    assert firms()[:2] == [heard, silent]
    with db.atomic():
        db.execute("DELETE FROM conversations WHERE id IN (?, ?)", [heard, off])
    assert firms() == [silent, lost]


def test_what_colleagues_were_asked_is_found_by_what_it_means(client):
    def asks(words: str) -> str:
        return client.post("/answers", data={"words": words}).text

    question = "What do I send to a buyer who says: “Can we host it ourselves in the United States?”?"
    client.post("/comments", data={"place": "/answers", "kind": "question", "to": "Sales", "words": question, "who": "Rep"})  # fmt: skip
    assert "Asked of colleagues here" in asks("Can we host it ourselves in the US?")
    client.post("/comments/1/close", data={"done": "No, only in the EU.", "who": "Kim"})
    again = asks("Can we host it ourselves in the US?")
    assert "No, only in the EU." in again and "No colleague is on record" not in again
    assert "No, only in the EU." not in asks("Do you have a SOC 2 report?")
    assert "No, only in the EU." in client.get("/answers").text


def test_what_is_put_on_the_plan_leaves_the_box_and_the_way_to_a_colleague(client):
    page = client.post("/answers", data={"words": "Runs on NetSuite?"}).text
    assert 'name="given" value="Runs on NetSuite?"' in page
    there = client.post("/answers/asks", data={"words": "Runs on NetSuite?", "given": "Runs on NetSuite?", "who": "Rep"}).text  # fmt: skip
    assert ">Runs on NetSuite?</textarea>" in there and "Ask a colleague" in there and "asked for by Rep" in there


def test_nobody_is_offered_or_lets_be_asked_themselves(db, filled, tmp_path):
    for name in ("Ada Person", "Bo Person"):
        signing.add(db, "contributor", name)
    client = signing.browser(signing.serve(signing.settings_of(tmp_path), signing.Time()))
    signing.sign_in(client, "ada@example.com")
    page = client.post("/answers", data={"words": "Runs on NetSuite?"}).text
    assert "<option>Bo Person</option>" in page and "<option>Ada Person</option>" not in page
    sent = client.post(
        "/comments", data={"place": "/answers", "kind": "question", "to": "Ada Person", "words": "What?"}
    )
    assert sent.status_code == 422 and "yourself" in sent.text


def test_a_request_stands_on_the_plan_and_can_be_undone(db, filled):
    theme = themes.active(db, "objection")[0]
    made = asking.ask(db, "  Too dear\nfor us ", theme_id=theme.id, actor="Rep One", now=NOW)
    assert (made.words, made.actor, made.theme) == ("Too dear for us", "Rep One", theme.name)
    assert "Rep One" in plan.last(db, theme.id, "", "").note
    assert asking.ask(db, "too dear for us", theme_id=None, actor="Rep Two", now=NOW).id == made.id
    asking.undo(db, made.id, now=NOW)
    assert asks.every(db) == []
    assert plan.last(db, theme.id, "", "") is None
    with pytest.raises(UnknownAsk):
        asking.undo(db, made.id, now=NOW)


def test_an_idea_that_somebody_went_on_from_stays(db, filled):
    theme = themes.active(db, "objection")[0]
    made = asking.ask(db, "Too dear", theme_id=theme.id, actor="Rep One", now=NOW)
    plan.add(db, theme.id, "", "", status="planned", note="", key="", day="", actor="Ed", now=NOW)
    asking.undo(db, made.id, now=NOW)
    assert plan.last(db, theme.id, "", "").status == "planned"


def test_the_page_works_with_and_without_words(client):
    assert "What do I send?" in client.get("/answers").text
    told = client.post("/answers", data={"words": "<script>alert(1)</script> too dear?"})
    assert told.status_code == 200
    assert "<script>alert" not in told.text
    assert client.get("/answers?theme=1").status_code == 200
    assert client.get("/answers?theme=99999").status_code == 200


def test_one_click_puts_it_on_the_plan_and_one_takes_it_off(client):
    there = client.post("/answers/asks", data={"words": "Runs on NetSuite?", "theme": "0", "who": "Rep One"})
    assert "Runs on NetSuite?" in there.text
    assert "Rep One" in client.get("/plan").text
    gone = client.post("/answers/asks/1/undo")
    assert "Runs on NetSuite?" not in gone.text
    assert client.post("/answers/asks/1/undo").status_code == 404


def test_what_is_asked_for_of_a_mail_leaves_the_rest_of_its_answers_on_the_page(client):
    mail = "Is it priced per seat, and does it count in the freezer without wifi?"
    page = client.post("/answers", data={"words": mail})
    assert page.text.count('name="given"') == 2
    there = client.post("/answers/asks", data={"words": "Is it priced per seat", "given": mail, "who": "Rep One"})
    assert "Rep One" in there.text and "does it count in the freezer" in there.text


def test_who_only_looks_is_told_who_can_put_it_on_the_plan(db, filled, tmp_path):
    keys = {
        role: signing.token(db, signing.add(db, role), scope)
        for role, scope in (("viewer", "read"), ("contributor", "write"))
    }
    client = signing.browser(signing.serve(signing.settings_of(tmp_path), signing.Time()))
    for role, told in (("viewer", True), ("contributor", False)):
        headers = {"authorization": f"Bearer {keys[role]}"}
        page = client.post("/answers", data={"words": "Runs on NetSuite?"}, headers=headers)
        assert ("your role here looks only" in page.text) is told
        sent = client.post(
            "/answers/asks", data={"words": "Runs on NetSuite?", "who": "Somebody Else"}, headers=headers
        )
        assert sent.status_code == (403 if told else 303)
        said = client.post(
            "/api/v1/answers/asks", json={"words": "Runs on Odoo?", "actor": "Somebody Else"}, headers=headers
        )
        assert said.status_code == (403 if told else 201)
    listed = client.get("/api/v1/answers/asks", headers={"authorization": f"Bearer {keys['viewer']}"}).json()
    assert [(one["words"], one["actor"]) for one in listed] == [
        ("Runs on Odoo?", "Contributor Person"),
        ("Runs on NetSuite?", "Contributor Person"),
    ]


def test_what_was_asked_for_stands_in_the_plans_files_and_on_the_terminal(client, db, at_home, parley):
    asking.ask(db, "Runs on NetSuite?", theme_id=None, actor="Rep One", now=NOW)
    told = client.get("/api/v1/plan?format=md").text
    assert "Runs on NetSuite?" in told and "Rep One" in told
    assert client.get("/api/v1/plan?format=csv&table=asked").text.count("Runs on NetSuite?") == 1
    at_home()
    assert "“Runs on NetSuite?”  Rep One, 2026-03-20" in parley("plan").stdout


def test_the_interface_tells_the_same(client):
    assert client.get("/api/v1/answers", params={"words": ASKED}).json()["found"][0]["words"] == ASKED
    assert client.get("/api/v1/answers").status_code == 422
    assert client.get("/api/v1/answers?theme=99999").status_code == 404
    assert client.post("/api/v1/answers", json={"words": "Hi,\n\nis it priced by seat?"}).json()["found"]
    made = client.post("/api/v1/answers/asks", json={"words": "Why so dear?", "actor": "Rep"})
    assert made.status_code == 201
    assert client.get("/api/v1/answers/asks").json()[0]["actor"] == "Rep"
    assert client.delete(f"/api/v1/answers/asks/{made.json()['id']}").status_code == 200
    assert client.get("/api/v1/answers/asks").json() == []


def test_the_command_answers_asks_and_undoes(parley):
    parley("init")
    told = parley("answer", "is it priced by seat?")
    assert "Nothing of ours answers this yet" in told.stdout
    made = parley("answer", "is it priced by seat?", "--ask", "--who", "Rep")
    assert "request 1" in made.stdout
    assert parley("answer", "--undo", "1").returncode == 0
    assert parley("answer").returncode != 0


def test_what_was_typed_is_kept_nowhere(client, db):
    client.post("/answers", data={"words": "Quixotic Zebra Holdings asked for a refund"})
    for (table,) in db.conn.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%fts%'"
    ).fetchall():
        assert not any("Quixotic" in str(row) for row in db.conn.execute(f"SELECT * FROM {table}"))


def test_a_worry_is_heard_as_the_theme_of_the_quotes_that_say_the_like():
    """Far from every centre, and yet near to single quotes: those vote."""
    near, themes_of = np.array([0.6, 0.55, 0.2, 0.4]), np.array([9, 9, 1, 1])
    found = recognising.best(
        "data leaves the country", near, themes_of, {9: 0.3, 1: 0.1}, {9: "Data stays", 1: "Price"}
    )
    assert found[0].theme == 9
    assert found[0].fit >= recognising.SURE


def test_one_quote_that_is_hardly_alike_is_no_theme():
    assert recognising.best("the coffee was great", np.array([0.37]), np.array([1]), {1: 0.2}, {1: "WiFi"}) == []


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("We fear our data leaves the country, and honestly the price is steep", ["We fear our data leaves the country", "the price is steep"]),
        ("Is it priced per seat and how long does it take?", ["Is it priced per seat", "how long does it take?"]),
        ("Your price is higher than Nimbrel and my CFO will not sign", ["Your price is higher than Nimbrel", "my CFO will not sign"]),
        ("Sales and marketing both like it", ["Sales and marketing both like it"]),
    ],
)  # fmt: skip
def test_the_parts_of_a_sentence_stand_by_themselves(sentence, parts):
    assert recognising.clauses(sentence) == parts


def test_each_of_two_questions_in_one_line_is_answered_by_itself(db, pages):
    found = answers.answers(db, "Is it priced per seat, and does it count in the freezer without wifi?").found
    assert [one.pages[0].page.url.rsplit("/")[-1] for one in found] == ["pricing", "offline"]


def heard(db, said: str) -> Theme:
    """A theme of one question, called something else."""
    say(db, "c1", "Firm A", said, REPLY)
    (insight,) = [row["id"] for row in db.query("SELECT id FROM insights WHERE conversation_id = 'c1'")]
    with db.atomic():
        shape = theme_events.add_shape(db, meanings.asked(said), 0.8, ["zebras"])
        theme = ledger.create(db, "question", NewTheme("Offline counting", "price", shape=shape), now=NOW).theme
        ledger.join(db, {insight: (theme, 0.9)}, now=NOW)
    return themes.get(db, theme)


def test_beside_a_picked_theme_stand_the_pages_that_the_plan_names(db, pages):
    """Its name alone would bring another page, and the plan would say the one and answers the other."""
    theme = heard(db, "What does it cost each month, is it priced per user or per handheld?")
    state = content.covered(db, [theme.id])[theme.id]
    assert state.matches[0].page.url.endswith("pricing") and state.state in ("covered", "partly")
    (found,) = answers.answers(db, "", theme=theme).found
    assert [page.page.url.rsplit("/")[-1] for page in found.pages] == ["pricing"]
    assert found.pages[0].passage == state.matches[0].passage
    assert found.on_plan == state.state


def test_what_is_a_gap_on_the_plan_has_no_page_as_a_picked_theme_and_says_so_of_words(client, db, pages):
    theme = heard(db, "Who will train the night shift?")
    assert content.covered(db, [theme.id])[theme.id].state == "not covered"
    (picked,) = answers.answers(db, "", theme=theme).found
    assert picked.pages == () and picked.nearest
    words = "Who will train the night shift in freezers without wifi?"
    (found,) = answers.answers(db, words).found
    assert found.theme and found.pages and found.on_plan == "not covered"
    page = client.post("/answers", data={"words": words}).text
    assert f'href="/plan/{theme.id}"' in page and "is a gap all the same" in page
