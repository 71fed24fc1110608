"""Going somewhere by name, and the help that the pages give beside their terms."""

import re
from pathlib import Path

import pytest

from api.views import place as place_views
from api.wording import words
from api.wording.glossary import GLOSSARY
from pipelines.store import places, proposals, themes
from tests.api import signing

GET = "/api/v1/places"


def names(client, q: str) -> list[str]:
    return [goal["name"] for goal in client.get(GET, params={"q": q}).json()]


def test_without_words_every_page_of_the_navigation_is_offered_and_opens(client):
    goals = client.get(GET).json()
    assert {"Overview", "Uploads", "Report: Objections"} <= {goal["name"] for goal in goals}
    for goal in goals:
        assert client.get(goal["address"]).status_code == 200, goal


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("forget", "/settings/forget"), ("keeping", "/settings/keeping"), ("digests", "/reports/saved/digests"), ("call list", "/accounts#list"),
        ("shared numbers", "/shared"), ("hand-over", "/reports/handover"), ("handover", "/reports/handover"), ("personas", "/catalogue/personas"),
        ("logins", "/settings"), ("settings", "/settings"), ("backup", "/settings/health"), ("gdpr", "/settings/forget"),
        ("api key", "/settings"), ("speakers", "/speakers"), ("stages", "/catalogue/stages"),
    ],
)  # fmt: skip
def test_pages_are_found_by_their_name_and_by_what_people_call_them(client, words, address):
    assert address in [
        goal["address"] for goal in client.get(GET, params={"q": words}).json() if goal["heading"] == "Pages"
    ]


@pytest.mark.parametrize(
    "page", ["base.html", "account_parts.html", "words.CATALOGUE", "words.REPORTS", "words.NAVIGATION"]
)
def test_every_page_of_the_menus_and_settings_is_a_place(page):
    every = {address.partition("#")[0] for address, *_ in (*words.NAVIGATION, *words.REPORTS, *place_views.DOINGS)}
    if page.startswith("words."):
        linked = {address for address, *_ in getattr(words, page.partition(".")[2])}
    else:
        linked = set(
            re.findall(
                r'"(/(?:settings|help|docs|comments)[a-z/]*)"',
                (Path(words.__file__).parents[1] / "templates" / page).read_text(),
            )
        )
    assert linked and linked <= every


def test_only_pages_that_one_may_open_are_offered(db, settings):
    for role in ("viewer", "admin"):
        signing.add(db, role)
    client = signing.browser(signing.serve(settings, signing.Time()))
    offered = {}
    for role in ("viewer", "admin"):
        signing.sign_in(client, f"{role}@example.com")
        goals = client.get(GET).json()
        offered[role] = {goal["address"] for goal in goals}
        assert [goal["address"] for goal in goals if client.get(goal["address"]).status_code != 200] == []
    assert "/settings/people" in offered["admin"]
    assert not offered["viewer"] & {"/settings/people", "/settings/forget", "/review", "/reports/saved/digests"}


def test_a_viewer_s_pages_lead_to_nothing_that_is_closed_and_offer_nothing_that_cannot_be_done(db, settings):
    for role in ("viewer", "admin"):
        signing.add(db, role)
    client, shown = signing.browser(signing.serve(settings, signing.Time())), {}
    for role in ("viewer", "admin"):
        signing.sign_in(client, f"{role}@example.com")
        shown[role] = {path: client.get(path).text for path in ("/", "/speakers", "/uploads")}
        menu = re.search(r'id="main-nav".*?</nav>', shown[role]["/"], re.S)[0]
        assert [one for one in re.findall('href="(/[^"]*)"', menu) if client.get(one).status_code != 200] == []
    assert (
        "Names in quotes are covered" in shown["viewer"]["/"] and "as they were said or written." in shown["admin"]["/"]
    )
    assert (
        "Nobody was heard yet" not in shown["viewer"]["/speakers"]
        and "Shown with names only" in shown["viewer"]["/speakers"]
    )
    assert "Undo" not in shown["viewer"]["/uploads"]
    assert "as-covered" in shown["viewer"]["/"] and "as-covered" not in shown["admin"]["/"]


def test_a_viewer_is_offered_no_button_that_would_be_refused(db, filled, settings):
    for role in ("viewer", "contributor"):
        signing.add(db, role)
    with db.atomic():
        for theme in themes.active(db)[:2]:
            told = {"kind": theme.kind, "type": "retire", "signature": str(theme.id), "size": 3}
            proposals.put(db, **told, content={"theme": theme.id, "last": "2024-01-01"}, now=signing.START)
    client, shown = signing.browser(signing.serve(settings, signing.Time())), {}
    for role in ("viewer", "contributor"):
        signing.sign_in(client, f"{role}@example.com")
        shown[role] = {path: client.get(path).text for path in ("/themes", "/collections")}
    for path, offered in (
        ("/themes", ("Accept them", "Dismiss them", 'name="chosen"')),
        ("/collections", ("New collection", "choose Collect")),
    ):
        assert [one for one in offered if one in shown["viewer"][path]] == []
        assert [one for one in offered if one not in shown["contributor"][path]] == []
    assert (
        "whoever may contribute decides" in shown["viewer"]["/themes"]
        and "Whoever may contribute" in shown["viewer"]["/collections"]
    )
    links = Path("api/static/parley.css").read_text()
    assert ".place-links" in links[links.index(".as-covered main") :][:300]  # below a quote: "The whole conversation"


def test_a_theme_is_found_by_parts_of_its_name_in_any_order_and_case(client):
    goals = client.get(GET, params={"q": "YEAR too"}).json()
    theme = next(goal for goal in goals if goal["heading"] == "Themes")
    assert theme["name"] == "Too expensive this year"
    assert re.fullmatch(r"\d+ quotes", theme["detail"])
    assert "Too expensive this year" in client.get(theme["address"]).text


def test_a_whole_sentence_is_offered_to_be_looked_for_among_answers(client):
    said = "We cannot pay that much this year"
    told = [goal for goal in client.get(GET, params={"q": said}).json() if goal["heading"] == "Answers"]
    assert len(told) == 1 and said in client.get(told[0]["address"]).text
    assert not [goal for goal in client.get(GET, params={"q": "pay much"}).json() if goal["heading"] == "Answers"]


def test_a_conversation_leads_to_its_account(client, db):
    one = next(db.query("SELECT id, account FROM conversations WHERE account <> ''"))
    address = re.search(rf'href="(/accounts/[0-9a-f]+)">{one["account"]}<', client.get(f"/conversations/{one['id']}").text)[1]  # fmt: skip
    assert one["account"] in client.get(address).text


def test_an_account_leads_to_what_is_open_in_it(client, db):
    with db.atomic():
        db.execute("UPDATE conversations SET outcome = 'open'")
        db.execute("UPDATE insights SET follow_up = 'open' WHERE kind <> 'competitor'")
    account = next(goal for goal in client.get(GET, params={"q": "account 07"}).json() if goal["heading"] == "Accounts")
    assert ("conversation" in account["detail"] and "without an answer" in account["detail"]) or "persist" in account["detail"]  # fmt: skip
    assert "Account 07" in client.get(account["address"]).text


def test_a_search_in_the_quotes_is_always_the_last_offer(client):
    (only,) = client.get(GET, params={"q": "zebra & co"}).json()
    assert only["name"] == "Search quotes for “zebra & co”"
    assert only["address"] == "/quotes?q=zebra%20%26%20co"


@pytest.mark.parametrize("q", ["%", "_", "\\", "%%%", "a_c"])
def test_what_looks_like_a_pattern_is_only_looked_for_as_it_is(client, q):
    assert [name for name in names(client, q) if not name.startswith("Search")] == []


@pytest.mark.parametrize("q", ["\x00", "'; DROP TABLE themes; --", "😀" * 50, "\u202e", '"'])
def test_hostile_words_find_nothing_and_break_nothing(client, q):
    assert client.get(GET, params={"q": q}).status_code == 200


def test_a_retired_theme_is_not_looked_for(db, client):
    (theme,) = places.named(db, "Too expensive")
    assert client.post(f"/api/v1/themes/{theme.key}/retire").status_code < 300
    assert not list(places.named(db, "Too expensive"))


def test_names_that_begin_with_the_words_come_first(db, client):
    with db.atomic():
        for name in ("The great wall", "Great wall", "Wall, great"):
            db.execute("INSERT INTO trackers (name, created_at) VALUES (?, '2026-01-01T00:00:00+00:00')", [name])
    assert names(client, "great")[:3] == ["Great wall", "The great wall", "Wall, great"]


def test_the_question_mark_beside_a_term_opens_what_the_help_page_says(client):
    page, help_page = client.get("/reports/objections").text, client.get("/help").text
    asked = set(re.findall(r'popovertarget="term-(\w+)"', page))
    assert {"verdict", "share", "change"} <= asked
    for key in asked:
        assert page.count(f'id="term-{key}"') == 1
        assert GLOSSARY[key].meaning in help_page
