"""The loop: a comment goes to a named person, stands at its place, and is closed visibly; everything can be undone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.access import accounts, sessions, tokens
from pipelines.privacy import covering
from pipelines.sales import asking
from pipelines.settings import Settings
from pipelines.store import accounts as people
from pipelines.store import comments as store
from pipelines.store import themes
from pipelines.teams import comments, digest_plans, digests
from pipelines.teams.comments import BadComment, CommentMoved, NotYours, UnknownComment

NOW, LATER = "2026-03-20T09:00:00+00:00", "2026-03-21T09:00:00+00:00"


def say(db, **values):
    given = {
        "kind": "question",
        "place": "/themes/1",
        "words": "Is that so?",
        "recipient": "Kim",
        "actor": "Ann",
        "now": NOW,
    }
    return comments.add(db, **(given | values))


def test_a_comment_is_open_for_somebody_until_it_is_closed_with_what_was_done(db, filled):
    made = say(db)
    assert (made.recipient, made.closed, made.name) == ("Kim", None, f"“{themes.get(db, 1).name}”"[:120])
    done = comments.close(db, made.id, done="Renamed the theme", base=0, actor="Kim", now=LATER)
    assert (done.closed.actor, done.closed.at, done.closed.words) == ("Kim", LATER, "Renamed the theme")
    assert comments.reopen(db, made.id, actor="Ann", now=LATER).closed is None


def test_what_needs_no_words_is_closed_without_any(client, db, filled):
    made = say(db)
    page = client.post(
        f"/comments/{made.id}/close", data={"who": "Kim", "base": "0", "back": "/comments?show=all"}
    ).text
    assert "<strong>Closed</strong> by <bdi>Kim</bdi>" in page and "<strong>Answered</strong>" not in page
    assert comments.get(db, made.id).closed.words == ""


def test_of_two_who_close_at_once_the_second_is_told(db):
    made = say(db)
    comments.close(db, made.id, done="Done", base=0, actor="Kim", now=LATER)
    with pytest.raises(CommentMoved, match="closed by Kim"):
        comments.close(db, made.id, done="Me too", base=0, actor="Lee", now=LATER)


def test_on_the_page_the_second_is_led_back_to_the_inbox(client, db, filled):
    made = say(db)
    comments.close(db, made.id, done="Done", base=0, actor="Kim", now=LATER)
    page = client.post(f"/comments/{made.id}/close", data={"base": "0"}, headers={"Accept": "text/html"}).text
    assert "closed by Kim" in page and '<a class="button" href="/comments">To: Inbox</a>' in page


def test_an_answer_leaves_it_open_and_can_be_taken_back(db):
    made = say(db)
    told = comments.answer(db, made.id, words="Two of three did", base=0, actor="Kim", now=LATER)
    assert told.closed is None and [(a.actor, a.words) for a in told.answers] == [("Kim", "Two of three did")]
    assert store.waiting(db) == [("Kim", "Ann", "", 1)]
    comments.answer(db, made.id, words="Two of three did", actor="Kim", now=LATER)  # sent twice
    more = comments.answer(db, made.id, words="And the third?", actor="Ann", now=LATER)
    assert len(more.answers) == 2
    back = comments.take_back(db, made.id, more.answers[1].id, actor="Ann", now=LATER)
    assert [a.actor for a in back.answers] == ["Kim"] and [s.what for s in back.told] == ["answered", "taken back"]
    again = comments.put_back(db, made.id, more.answers[1].id, actor="Ann", now=LATER)
    assert [a.actor for a in again.answers] == ["Kim", "Ann"] and [s.what for s in again.told] == ["answered"] * 2
    back = comments.take_back(db, made.id, more.answers[1].id, actor="Ann", now=LATER)
    assert [a.actor for a in back.answers] == ["Kim"]
    done = comments.close(db, made.id, done="Settled", base=back.steps[-1].id, actor="Ann", now=LATER)
    assert done.closed.words == "Settled" and comments.reopen(db, made.id, actor="Ann", now=LATER).closed is None


def kim(db, email: str, name: str, made: str):
    """Kim, signed in; named past what gives every new login a name of its own, as older versions did."""
    user = accounts.add_person(db, email, name="x", role="contributor", password="", now=made, actor="test")
    people.change(db, user.id, name=name)
    return user


def here(db, user):
    return sessions.by_session(db, sessions.sign_in(db, user, now=LATER), now=LATER)[0]


def test_of_two_logins_of_one_name_neither_takes_back_what_the_other_answered(db):
    made = say(db)
    one = kim(db, "kim@ours.example", "Kim Rowe", NOW)
    told = comments.answer(db, made.id, words="No", actor="Kim Rowe", now=LATER).answers[0]
    assert comments.may_take_back(here(db, one), told)
    two = kim(db, "kim.rowe@ours.example", "Kim Rowe", NOW)
    for who in (one, two):
        with pytest.raises(NotYours, match="More than one login"):
            comments.take_back(db, made.id, told.id, by=here(db, who), actor="Kim Rowe", now=LATER)
    token = tokens.create(db, one.id, name="t", scope="write", days=3, now=NOW, actor="test")[1]
    assert not comments.may_take_back(tokens.by_token(db, token, now=NOW)[0], told)
    people.change(db, one.id, role="admin")
    assert comments.take_back(db, made.id, told.id, by=here(db, one), actor="Kim Rowe", now=LATER).answers == ()


def test_who_got_the_name_of_a_login_that_was_removed_takes_back_nothing_of_it(db):
    made = say(db)
    told = comments.answer(db, made.id, words="No", actor="Kim Rowe", now=NOW).answers[0]
    with pytest.raises(NotYours):
        later = here(db, kim(db, "kim@ours.example", "Kim Rowe", LATER))
        comments.take_back(db, made.id, told.id, by=later, actor="Kim Rowe", now=LATER)


def test_what_was_closed_or_answered_meanwhile_is_told_to_who_answers(db):
    made = say(db)
    comments.answer(db, made.id, words="Yes", base=0, actor="Kim", now=LATER)
    with pytest.raises(CommentMoved, match="answered by Kim"):
        comments.close(db, made.id, done="No", base=0, actor="Lee", now=LATER)
    comments.close(db, made.id, done="Yes", base=None, actor="Kim", now=LATER)
    with pytest.raises(CommentMoved, match="closed by Kim"):
        comments.answer(db, made.id, words="No", base=None, actor="Lee", now=LATER)
    with pytest.raises(BadComment):
        comments.take_back(db, made.id, 999, actor="Kim", now=LATER)


def test_answering_and_closing_are_two_buttons_of_one_form(client, db, filled):
    made = say(db)
    page = client.post(
        f"/comments/{made.id}/answer", data={"done": "Two did", "who": "Kim", "base": "0", "back": "/comments"}
    )
    assert (
        "<strong>Answer</strong> by <bdi>Kim</bdi>" in page.text and "Two did" in page.text and "Take back" in page.text
    )
    step = comments.get(db, made.id).answers[0].id
    assert "Two did" not in client.post(f"/comments/{made.id}/answers/{step}/back", data={"back": "/comments"}).text
    last = comments.get(db, made.id).steps[-1].id
    closed = client.post(
        f"/comments/{made.id}/answer", data={"done": "All did", "base": str(last), "back": "/comments", "close": "yes"}
    )
    assert "Closed: what" in closed.text and comments.get(db, made.id).closed
    path = f"/api/v1/comments/{say(db).id}/steps"
    made = client.post(path, json={"act": "answer", "done": "Yes"}).json()
    assert [s["what"] for s in made["steps"]] == ["answered"]
    back = client.post(path, json={"act": "take back", "answer": made["steps"][0]["id"]}).json()
    assert [s["what"] for s in back["steps"]] == ["answered", "taken back"]


def test_it_can_be_handed_on_removed_and_brought_back(db):
    made = say(db)
    assert comments.hand_on(db, made.id, to="Lee", actor="Kim", now=LATER).recipient == "Lee"
    comments.remove(db, made.id, actor="Kim", now=LATER)
    assert store.every(db) == [] == store.at(db, "/themes/1")
    comments.restore(db, made.id, actor="Kim", now=LATER)
    assert [s.what for s in store.every(db)[0].steps] == ["handed on", "removed", "restored"]
    with pytest.raises(UnknownComment):
        comments.get(db, 99)


@pytest.mark.parametrize(
    "wrong",
    [
        {"place": "https://elsewhere.example/"}, {"place": "//elsewhere.example"}, {"place": "/settings/people"}, {"place": "/themes/x"},
        {"place": "/themes/1\nSet-Cookie: a=b"}, {"words": " "}, {"kind": "shout"}, {"recipient": " "}, {"side": "both"},
        {"place": "/reports/objections?" + "x" * 5000},
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused(db, wrong):
    with pytest.raises(BadComment):
        say(db, **wrong)


def test_a_place_has_its_comments_whatever_its_filters(db):
    say(db, place="/reports/objections?persona=finance", name="The 12 % of finance")
    say(db, place="/reports/objections")
    say(db, place="/reports/questions")
    assert len(store.at(db, "/reports/objections")) == 2
    assert store.at(db, "/reports/objection") == []


@pytest.mark.parametrize("place", ["/themes/1", "/reports/handover"])
def test_it_stands_at_the_place_itself_and_in_the_inbox(client, place):
    form = {"words": "<b>This</b> is not ours", "place": place, "kind": "wrong", "to": "Kim", "who": "Ann"}
    at = client.post("/comments", data=form)
    assert at.status_code == 200 and at.url.path == place
    assert "&lt;b&gt;This&lt;/b&gt; is not ours" in at.text
    inbox = client.get("/comments").text
    assert "This&lt;/b&gt; is not ours" in inbox and "Kim" in inbox
    closed = client.post(
        "/comments/1/close", data={"done": "Moved the quote", "base": "0", "back": "place", "who": "Kim"}
    )
    assert closed.url.path == place
    assert "Moved the quote" in closed.text and "Closed" in closed.text
    assert "is not ours" not in client.get("/comments").text
    assert "is not ours" in client.get("/comments?show=closed").text
    client.post("/comments/1/reopen", data={})
    assert "is not ours" in client.get("/comments").text
    assert "Undo" in client.post("/comments/1/remove").text
    assert "is not ours" not in client.get(place).text
    client.post("/comments/1/restore")
    assert "is not ours" in client.get(place).text


def test_where_there_are_accounts_it_goes_to_one_of_them(db):
    accounts.add_person(db, "kim@ours.example", name="Kim Rowe", role="contributor", password="", now=NOW, actor="test")
    assert say(db, recipient="kim@ours.example").recipient == "Kim Rowe"
    assert comments.people(db) == ("Kim Rowe",)
    with pytest.raises(BadComment, match="Kim Rowe"):
        say(db, recipient="Lee")


def test_a_quote_has_its_comments(client, db):
    quote = next(db.query("SELECT id FROM insights LIMIT 1"))["id"]
    assert (
        client.post("/comments", data={"words": "Who said it?", "place": f"/quotes/{quote}", "to": "Kim"}).status_code
        == 200
    )
    assert "Who said it?" in client.get(f"/quotes/{quote}").text


def test_the_interface_keeps_the_same(client):
    made = client.post(
        "/api/v1/comments", json={"words": "So?", "place": "/plan", "recipient": "Kim", "side": "marketing"}
    )
    assert made.status_code == 201
    number = made.json()["id"]
    step = f"/api/v1/comments/{number}/steps"
    assert client.post(step, json={"act": "close", "done": "Yes", "base": 0}).json()["steps"][0]["words"] == "Yes"
    assert client.post(step, json={"act": "close", "done": "Yes", "base": 0}).status_code == 409
    assert client.get("/api/v1/comments").json() == []
    assert len(client.get("/api/v1/comments?status=all&place=/plan").json()) == 1
    assert client.post(step, json={"act": "reopen"}).status_code == 200
    assert client.post("/api/v1/comments/99/steps", json={"act": "reopen"}).status_code == 404
    assert client.post("/api/v1/comments", json={"words": "x", "place": "/etc", "recipient": "Kim"}).status_code == 422


def test_digests_for_one_side_hold_what_is_open_and_what_was_done(db, filled):
    open_, done = say(db, side="marketing", words="Secret words"), say(db, side="marketing", kind="wrong")
    say(db, side="sales", recipient="Rep")
    comments.close(db, done.id, done="Fixed", base=None, actor="Lee", now=LATER)
    asking.ask(db, "Runs on NetSuite?", theme_id=None, actor="Rep", now=LATER)
    plan = digest_plans.Plan("Weekly", mails=("team@example.com",), side="marketing")
    letter = digests.preview(
        db, plan, Settings(home=Path("/nowhere")), now=datetime(2026, 3, 22, 8, tzinfo=UTC), actor="Ann"
    )
    told = [item.sentence for item in letter.items]
    assert sum(one.startswith("Open, for Kim") for one in told) == 1
    assert any(one.startswith("Closed by Lee") for one in told)
    assert any("1 request for content, from Rep." in one for one in told)
    assert {item.leads for item in letter.items if item.key.startswith(("comment:", "asked:"))} == {"Open it"}
    assert letter.foot[0].startswith("Set up by Ann on")
    assert not any("Secret" in one or "Rep:" in one for one in told)
    assert letter.about.startswith("For marketing")
    assert open_.id != done.id


def test_a_digest_tells_of_whoever_has_no_login_in_words(db, filled):
    one = say(db, side="marketing")
    comments.close(db, one.id, done="", base=None, actor="web page", now=LATER)
    (told, *_) = comments.changes(db, "marketing", since="")
    assert told.sentence.startswith("Closed by somebody without a login: what ")


def test_a_digest_for_neither_side_is_as_it_was(db, filled):
    say(db)
    letter = digests.preview(
        db, digest_plans.Plan("Weekly", mails=("a@example.com",)), Settings(home=Path("/nowhere")), now=datetime(2026, 3, 22, 8, tzinfo=UTC), actor="Ann"
    )  # fmt: skip
    assert not any("Kim" in item.sentence for item in letter.items)


@pytest.mark.parametrize("place", ["/accounts/0123456789abcdef", "/reports/saved/" + "0" * 32, "/", "/trackers/1"])
def test_what_stands_on_any_page_with_figures_can_be_talked_about(db, place):
    assert say(db, place=place).place == place


def test_who_sees_no_names_is_not_told_which_account_a_comment_is_on(db, filled, settings):
    """The address of an account is made of its name alone: a list of names could be tried against it."""
    say(db, place="/accounts/0123456789abcdef")
    covering.cover(db, settings.database_file)
    assert [one.place for one in store.every(db)] == ["/accounts"]
