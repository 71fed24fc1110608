"""The loop within reach: comments at every report, the count in the header, the terminal, the audit log, and "What do I send?"."""

import pytest

from pipelines.access import accounts
from pipelines.store import audit, themes
from pipelines.store import comments as store
from pipelines.teams import comments
from tests.api import signing

NOW = "2026-03-20T09:00:00+00:00"
PLACES = (
    "/plan", "/competitors", "/shared", "/reports/material", "/reports/competition", "/reports/outcomes", "/reports/voice",
    "/accounts/signals", "/reports/objections?persona=finance",
)  # fmt: skip


def say(db, place="/plan", recipient="Ada", **more):
    return comments.add(
        db,
        **{"kind": "question", "words": "Is this right?", "actor": "Bo", "now": NOW} | more,
        place=place,
        recipient=recipient,
    )


@pytest.mark.parametrize("place", PLACES)
def test_what_is_said_at_a_page_stands_on_it(client, db, place):
    made = client.post(
        "/comments", data={"place": place, "words": "Looks off", "to": "Ada", "kind": "wrong"}, follow_redirects=False
    )
    assert made.status_code == 303 and made.headers["location"].startswith(f"{place}#c-")
    assert "Looks off" in client.get(place).text


def test_the_header_counts_what_is_open(client, db):
    assert 'aria-label="Inbox"' in client.get("/comments").text
    first, _ = say(db), say(db)
    assert 'aria-label="Inbox, 2 open"' in client.get("/comments").text
    comments.close(db, first.id, done="Done", base=None, actor="Ada", now=NOW)
    assert 'aria-label="Inbox, 1 open"' in client.get("/plan").text
    comments.reopen(db, first.id, actor="Ada", now=NOW)
    comments.remove(db, first.id, actor="Ada", now=NOW)
    assert store.waiting(db) == [("Ada", "Bo", "", 1)]


def test_with_accounts_only_what_is_for_me_is_counted(db, settings):
    for name in ("Ada Person", "Bo Person"):
        signing.add(db, "contributor", name)
    say(db, recipient="Ada Person")
    client = signing.browser(signing.serve(settings, signing.Time()))
    signing.sign_in(client, "bo@example.com")
    assert 'aria-label="Inbox"' in client.get("/comments").text
    signing.sign_in(client, "ada@example.com")
    assert 'aria-label="Inbox, 1 open"' in client.get("/comments").text


def test_who_asked_finds_the_answer_in_their_inbox(db, settings):
    for name in ("Ada Person", "Bo Person", "Cy Person"):
        signing.add(db, "contributor", name)
    old, one = say(db, recipient="Ada Person", actor="Bo Person"), say(db, recipient="Ada Person", actor="Bo Person")
    comments.close(db, old.id, done="Long ago", base=None, actor="Ada Person", now="2020-01-01T09:00:00+00:00")
    client = signing.browser(signing.serve(settings, signing.Time()))
    for name, told in (("ada", False), ("bo", True), ("cy", False)):
        signing.sign_in(client, f"{name}@example.com")
        if name == "ada":
            client.post(f"/comments/{one.id}/close", data={"done": "Yes, since May"})
        page = client.get("/comments").text
        assert ("Answered for you lately" in page, "Yes, since May" in page) == (told, told)
        assert "Long ago" not in page


def test_an_answer_is_taken_back_by_its_author_or_an_administrator_and_the_author_is_told(db, settings):
    for role, name in (("contributor", "Ada Person"), ("contributor", "Bo Person"), ("admin", "Cy Person")):
        signing.add(db, role, name)
    one = say(db, recipient="Ada Person", actor="Bo Person")
    step = comments.answer(db, one.id, words="Yes, since May", actor="Ada Person", now=NOW).answers[0].id
    client = signing.browser(signing.serve(settings, signing.Time()))

    def sends(name: str, way: str) -> tuple[int, bool]:
        signing.sign_in(client, f"{name}@example.com")
        sent = client.post(f"/comments/{one.id}/answers/{step}/{way}")
        return sent.status_code, bool(comments.get(db, one.id).answers)

    signing.sign_in(client, "bo@example.com")
    assert "Take back</button>" not in client.get("/comments").text
    assert sends("bo", "back") == (403, True)
    key = {"authorization": f"Bearer {signing.token(db, accounts.find(db, 'bo@example.com'), 'write')}"}
    body = {"act": "take back", "answer": step}
    assert client.post(f"/api/v1/comments/{one.id}/steps", json=body, headers=key).status_code == 403
    assert sends("cy", "back") == (303, False)
    for name, told in (("bo", False), ("ada", True)):
        signing.sign_in(client, f"{name}@example.com")
        page = client.get("/comments").text
        assert "was taken back by <bdi>Cy Person</bdi>" in page and "Yes, since May" not in page
        assert ("An answer of yours was taken back" in page, f"answers/{step}/again" in page and ">Undo</button>" in page) == (told, told)  # fmt: skip
    assert sends("bo", "again") == (403, False)
    assert sends("ada", "again") == (303, True)
    assert sends("ada", "back") == (303, False)
    assert "An answer of yours" not in client.get("/comments").text  # they did it themselves


def test_what_was_asked_of_somebody_who_left_is_back_with_who_asked_and_with_administrators(db, settings):
    ada, *_ = [signing.add(db, role, name) for name, role in (("Ada Person", "contributor"), ("Bo Person", "contributor"), ("Cy Person", "contributor"), ("Di Person", "admin"))]  # fmt: skip
    say(db, recipient="Ada Person", actor="Bo Person")
    client = signing.browser(signing.serve(settings, signing.Time()))

    def waits(name: str) -> bool:
        signing.sign_in(client, f"{name}@example.com")
        page = client.get("/comments?to=me").text
        assert ("Is this right?" in page) == ('aria-label="Inbox, 1 open"' in page)
        return "no longer here: hand it on" in page

    assert not any(map(waits, ("bo", "cy", "di")))
    accounts.set_standing(db, ada.id, enabled=False, now=NOW, actor="Di Person")
    assert [waits(name) for name in ("bo", "cy", "di")] == [True, False, True]
    accounts.remove_person(db, ada.id, now=NOW, actor="Di Person")
    assert [waits(name) for name in ("bo", "cy", "di")] == [True, False, True]


@pytest.mark.parametrize("to", ["side:marketing", "Marketing"])
def test_a_side_is_enough_and_has_it_in_its_inbox(client, db, to):
    made = client.post("/comments", data={"place": "/plan", "words": "Looks off", "to": to}, follow_redirects=False)
    assert made.status_code == 303
    assert "Looks off" in client.get("/comments?side=marketing").text
    assert "Looks off" not in client.get("/comments?side=sales").text
    assert "to <bdi>Marketing</bdi>" in client.get("/plan").text
    (one,) = client.get("/api/v1/comments?side=marketing").json()
    assert (one["recipient"], one["side"]) == ("", "marketing")
    told = comments.changes(db, "marketing", since="")[0].sentence
    assert told.startswith("Open, for Marketing:") and comments.changes(db, "sales", since="") == []


def test_what_is_for_a_side_reaches_who_said_that_they_are_on_it(db, settings):
    for name in ("Ada Person", "Bo Person"):
        signing.add(db, "viewer", name)
    made = say(db, recipient="", side="sales")
    clients = {name: signing.browser(signing.serve(settings, signing.Time())) for name in ("ada", "bo")}
    for name, client in clients.items():
        signing.sign_in(client, f"{name}@example.com")

    def waits() -> dict[str, bool]:
        return {name: "Is this right?" in client.get("/comments?to=me").text for name, client in clients.items()}

    assert waits() == {"ada": True, "bo": True}  # nobody said so: it must not be lost
    assert clients["bo"].post("/comments/side", data={"side": "sales"}).status_code == 303
    assert waits() == {"ada": False, "bo": True}
    comments.hand_on(db, made.id, to="Ada Person", actor="Bo Person", now=NOW)
    assert waits() == {"ada": True, "bo": False}
    comments.hand_on(db, made.id, to="Sales", actor="Ada Person", now=NOW)
    assert waits() == {"ada": False, "bo": True}
    accounts.remove_person(db, 2, now=NOW, actor="Ada Person")
    assert db.execute("SELECT count(*) FROM access_settings WHERE name LIKE 'side:%'").fetchone() == (0,)


def test_what_is_closed_in_a_list_of_the_inbox_leaves_that_list_open_and_can_be_undone_there(client, db):
    made, _ = say(db), say(db, words="And that?")
    here = "/comments?show=open&to=Ada"
    page = client.post(f"/comments/{made.id}/close", data={"done": "It is", "back": here})
    assert str(page.url).endswith(f"{here}&moved={made.id}") and "And that?" in page.text
    assert "Is this right?" not in page.text and f'action="/comments/{made.id}/reopen"' in page.text
    again = client.post(f"/comments/{made.id}/reopen", data={"back": here})
    assert "Is this right?" in again.text and again.url.path == "/comments"
    for back in ("https://evil.example", "//evil.example/comments", "/comments?x\r\ny"):
        sent = client.post(f"/comments/{made.id}/remove", data={"back": back}, follow_redirects=False)
        assert sent.headers["location"].startswith("/comments?show=all")


@pytest.mark.parametrize("place", PLACES)
def test_the_way_to_the_comments_says_how_many_are_open_there(client, db, place):
    link = '<a href="#comments"'
    assert f"{link}>Comment</a>" in client.get(place).text
    first, _ = say(db, place), say(db, place)
    comments.close(db, first.id, done="Done", base=None, actor="Ada", now=NOW)
    assert f'{link} aria-label="Comment, 1 open here">' in client.get(place).text


def test_the_audit_log_says_in_words_what_became_of_a_comment(db):
    signing.add(db, "contributor", "Ada Person")
    made = say(db, place="/plan?persona=finance", recipient="Ada Person", kind="wrong")
    comments.close(db, made.id, done="Mended", base=None, actor="Ada Person", now=NOW)
    told = [(one.actor, one.act, one.what, one.ids) for one in audit.entries(db) if one.what == "on /plan"]
    assert told == [
        ("Ada Person", "closed a comment", "on /plan", "1"),
        ("Bo", "called something wrong", "on /plan", "1"),
    ]


def test_without_accounts_nothing_is_put_down(db):
    say(db)
    assert audit.entries(db) == []


def test_comments_are_listed_closed_and_reopened_in_the_terminal(db, settings, parley, monkeypatch):
    monkeypatch.setenv("PARLEY_DATABASE", str(settings.database_file))
    made = say(db)
    assert "Bo to Ada" in parley("comments", "list").stdout and "Is this right?" in parley("comments", "list").stdout
    parley("comments", "close", str(made.id), "--done", "It is", "--who", "Ada")
    assert parley("comments", "list").stdout == "Nothing is open.\n"
    assert "Closed by Ada" in parley("comments", "list", "--status", "all").stdout
    parley("comments", "reopen", str(made.id))
    assert comments.get(db, made.id).closed is None


def test_from_a_quote_a_theme_and_a_competitor_it_is_one_step_to_what_to_send(client, db, filled):
    quote = client.get("/api/v1/quotes?kind=objection").json()["items"][0]["id"]
    assert 'action="/answers"' in client.get(f"/quotes/{quote}").text
    for kind, start in (("objection", "/answers?theme="), ("competitor", "/answers?words=")):
        theme = themes.active(db, kind)[0]
        assert f'href="{start}' in client.get(f"/themes/{theme.id}").text


def test_a_persona_sheet_is_saved_as_published_and_leads_back_to_itself(client, filled):
    kept = {"address": "/reports/personas/finance?stage=Demo", "title": "Finance in March"}
    made = client.post("/api/v1/saved", json=kept)
    assert made.status_code == 201
    page = client.get(f"/reports/saved/{made.json()['id']}", headers={"accept": "text/html"}).text
    assert 'href="/reports/personas/finance?stage=Demo"' in page


def test_the_search_for_an_account_stays_when_filters_are_set(client, filled):
    bar = client.get("/accounts?name=Ac&signal=objection").text.partition("data-autosubmit")[2].partition("</form>")[0]
    assert 'name="name" value="Ac"' in bar and 'name="signal" value="objection"' in bar
