"""The shared numbers: counted anew by hand, as published, and who sees a single rep's."""

import json
import re
from datetime import date

import pytest

from api.views import shared as shared_views
from pipelines.access import reps
from pipelines.access.accounts import Person
from pipelines.teams import shared, shared_figures
from pipelines.teams.shared import BadShared
from pipelines.teams.shared_figures import Agreed, Figure
from tests.api import signing
from tests.api.conftest import NOW, TODAY, fill

AS_OF = "2026-03-19"


def figure(db, key: str, day: str = AS_OF):
    return next(one for one in shared.as_of(db, day).figures if one.key == key)


def test_the_share_of_answered_objections_is_what_counting_by_hand_gives(db, filled):
    ids = [row["id"] for row in db.query("SELECT id FROM insights WHERE kind = 'objection' ORDER BY id")]
    with db.atomic():
        for one in ids[::3]:
            db.execute("UPDATE insights SET follow_up = 'answered' WHERE id = ?", [one])
    sql = """SELECT c.id, max(i.follow_up = 'answered') AS was FROM insights i JOIN conversations c ON c.id = i.conversation_id
        WHERE i.kind = 'objection' AND c.day > date(?, '-90 days') AND c.day <= ? GROUP BY c.id"""
    by_hand = [row["was"] for row in db.query(sql, [AS_OF, AS_OF])]
    found = figure(db, "answered")
    assert (found.count, found.of) == (sum(by_hand), len(by_hand)) and found.low < found.value < found.high


def test_every_figure_has_a_definition_and_says_what_is_missing(db, filled):
    for one in shared.shared(db, today=TODAY).figures:
        assert len(one.definition) > 60
        assert one.value is not None or one.note


def test_what_was_published_stays_as_it_was_and_today_stands_beside(db, filled):
    month = shared.publish(db, "2026-02", today=TODAY, now=NOW, actor="test")
    was = {one.key: one for one in shared.figures_of(month)}
    with db.atomic():
        db.execute("UPDATE insights SET follow_up = 'answered' WHERE kind = 'objection'")
    (line,) = shared_views.page(db, TODAY).months
    assert line.was == was and "answered" in line.changed and line.now["answered"].value == 1
    assert line.as_of == "2026-02-28"


def test_a_month_says_that_an_upload_of_it_was_taken_back_and_offers_to_publish_again(client, db):
    month = shared.publish(db, "2026-02", today=TODAY, now=NOW, actor="Kim")
    with db.atomic():
        content = json.dumps(month.content | {"uploads": [1]})
        db.execute("UPDATE shared_months SET content = ?", [content])
        db.execute("UPDATE batches SET status = 'undone', title = 'Notes of October' WHERE id = 1")
    for address in ("/shared", "/shared?month=2026-02"):
        page = client.get(address).text
        assert "gone since" in page and "Notes of October" in page and "/shared/publish?month=2026-02" in page


def test_the_table_of_months_says_what_shares_rest_on_and_today_only_where_it_differs(client, db):
    month = shared.publish(db, "2026-02", today=TODAY, now=NOW, actor="Kim")
    told = next(one for one in shared.figures_of(month) if one.key == "answered")
    assert f">{told.count} of {told.of}</span>" in client.get("/shared").text.split('id="published"')[1]
    for one in month.content["figures"]:
        one |= {"low": 0.0, "high": 1.0} if one["low"] is not None else {}  # another interval is not shown there
    with db.atomic():
        db.execute("UPDATE shared_months SET content = ?", [json.dumps(month.content)])
    assert "today:" not in client.get("/shared").text


def test_a_share_of_few_says_that_it_is_of_few():
    few, enough = (shared_figures._share("leads", [(f"c{n}", f"a{n}", True) for n in range(many)]) for many in (2, 10))
    assert few.value == 1 and "Too few to say" in few.note and not enough.note


def test_a_month_that_was_taken_back_can_be_brought_back_where_one_is(client, db):
    month = shared.publish(db, "2026-02", today=TODAY, now=NOW, actor="Kim")
    page = client.post(f"/shared/months/{month.id}/withdraw").text
    assert (
        "February 2026 is taken back" in page
        and f'action="/shared/months/{month.id}/restore"' in page.split("<main")[1]
    )
    client.post(f"/shared/months/{month.id}/restore")
    assert "is taken back" not in client.get(f"/shared?taken={month.id}").text


def test_a_published_month_is_a_page_of_its_own_with_all_that_was_published(client, db):
    """The same page for both teams as it was: intervals, definitions, owners and targets, also as a file."""
    shared.agree(db, {"answered": Agreed(owner="Ada", target=0.6)})
    month = shared.publish(db, "2026-02", today=TODAY, now=NOW, actor="Kim")
    was = client.get("/shared?month=2026-02", headers={"accept": "application/json"}).json()
    with db.atomic():
        db.execute("UPDATE insights SET follow_up = 'answered' WHERE kind = 'objection'")
    shared.agree(db, {"answered": Agreed(owner="Bea", target=0.9)})
    again = client.get("/shared?month=2026-02", headers={"accept": "application/json"}).json()
    assert again["now"] == was["now"] and again["now"]["as_of"] == month.as_of
    told = next(one for one in again["now"]["figures"] if one["key"] == "answered")
    assert (told["agreed"]["owner"], told["agreed"]["target"]) == ("Ada", 0.6) and told["low"] <= told["value"] <= told[
        "high"
    ]
    page = client.get("/shared?month=2026-02").text
    assert "February 2026" in page and told["definition"][:40] in page and "Bea" not in page
    for format in ("csv", "md", "pdf", "pptx"):
        assert client.get(f"/api/v1/shared?month=2026-02&format={format}").status_code == 200
    assert "Bea" not in client.get("/api/v1/shared?month=2026-02&format=md").text
    assert client.get("/shared?month=2026-01").status_code == 404
    assert client.get("/shared?month=soon").status_code == 422


def test_a_month_is_published_once_by_itself_and_not_again_after_it_was_taken_back(db, filled):
    assert shared.publish_due(db, today=TODAY, now=NOW) is None  # it was uploaded today, and may go again
    db.execute("UPDATE batches SET created_at = '2026-03-10', finished_at = '2026-03-10'")
    first = shared.publish_due(db, today=TODAY, now=NOW)
    assert first.month == "2026-02" and shared.publish_due(db, today=TODAY, now=NOW) is None
    shared.withdraw(db, first.id, now=NOW)
    assert shared.publish_due(db, today=TODAY, now=NOW) is None and shared.published(db) == []
    shared.withdraw(db, first.id, now="")
    assert [one.id for one in shared.published(db)] == [first.id]


@pytest.mark.parametrize("month", ["0000-01", "9999-12", "2026-03", "2027-01", "2019-01", "2026-13", "soon"])
def test_a_month_that_is_not_over_or_of_which_nothing_is_known_is_not_published(db, filled, month):
    with pytest.raises(BadShared):
        shared.publish(db, month, today=TODAY, now=NOW, actor="test")


def test_what_was_agreed_on_is_shown_and_nothing_else(client, db):
    form = {"answered-on": "on", "answered-owner": "Ada", "answered-target": "60 %", "use-on": "on"}
    assert client.post("/shared/settings", data=form, follow_redirects=False).status_code == 303
    told = client.get("/api/v1/shared").json()["figures"]
    assert [one["key"] for one in told] == ["answered", "use"]
    assert told[0]["agreed"] == {"on": True, "owner": "Ada", "target": 0.6}


@pytest.mark.parametrize(("key", "text"), [("answered", "101"), ("answered", "-1"), ("time", "many"), ("use", "nan")])
def test_a_target_that_cannot_be_is_told(client, key, text):
    answer = client.post("/shared/settings", data={f"{key}-on": "on", f"{key}-target": text})
    assert 'role="alert"' in answer.text


def test_what_was_typed_stays_where_one_target_cannot_be_and_its_field_is_marked(client, db):
    shared.agree(db, {"use": Agreed(owner="Kim")})
    form = {
        "answered-on": "on", "answered-owner": "Ada Owner", "answered-target": "eighty", "time-target": "soon",
        "use-owner": "Lee", "use-target": "12,5",
    }  # fmt: skip
    page = client.post("/shared/settings", data=form).text
    for typed in ('value="Ada Owner"', 'value="eighty"', 'value="Lee"', 'value="12,5"'):
        assert typed in page
    assert page.count('aria-invalid="true"') == 2 and 'id="answered-wrong"' in page and 'id="time-wrong"' in page
    assert page.count('-on" checked') == 1  # the boxes too are as they were left
    assert shared.agreed(db)["use"] == Agreed(owner="Kim")


@pytest.mark.parametrize(("target", "reached"), [(0.3, "yes"), (0.5, "open"), (0.9, "no"), (None, "")])
def test_a_target_is_reached_only_where_the_interval_says_so(target, reached):
    told = Figure("answered", "", "", "share", 0.5, 0.4, 0.6, 50, 100, agreed=Agreed(target=target))
    assert told.reached == reached


def test_days_are_better_the_fewer():
    told = Figure("time", "", "", "days", 20, 15, 25, 10, 12, agreed=Agreed(target=30))
    assert told.reached == "yes"


@pytest.mark.parametrize("format", ["csv", "xlsx", "pdf", "pptx", "md", "html"])
def test_the_page_leaves_in_every_format(client, format):
    answer = client.get(f"/api/v1/shared?format={format}")
    assert answer.status_code == 200 and len(answer.content) > 200


@pytest.mark.parametrize(
    ("chosen", "role", "name", "sees"),
    [
        ("off", "admin", "Ada", False), ("off", "viewer", "Kim Rowe", False), ("self", "viewer", "Kim Rowe", True), ("self", "admin", "Ada", False),
        ("admin", "admin", "Ada", True), ("admin", "contributor", "Ada", False), ("contributor", "contributor", "Ada", True), ("contributor", "viewer", "Ada", False),
    ],
)  # fmt: skip
def test_a_reps_figures_are_for_the_rep_and_whom_the_setting_allows(db, chosen, role, name, sees):
    reps.choose(db, chosen)
    number = signing.add(
        db, "viewer", "Kim Rowe"
    ).id  # the account of this name is the rep only once an administrator says so
    assert not reps.may_see(db, Person(number, "Kim Rowe", "x@example.com", "viewer"), "Kim Rowe")
    reps.name(db, number, "Kim Rowe", actor="Ada", now=signing.START)
    number = number if name == "Kim Rowe" else number + 1
    assert reps.may_see(db, Person(number, name, "x@example.com", role), "Kim Rowe") is sees


def test_without_accounts_nobody_sees_a_reps_figures(client):
    assert client.get("/shared", headers={"accept": "application/json"}).json()["reps"] == []


def test_no_figure_about_a_rep_is_shown_to_a_role_that_may_not_see_it(tmp_path, db):
    """Every route of signals, personas and shared numbers, by role and setting."""
    app = signing.serve(signing.settings_of(tmp_path), signing.Time())
    fill(db)
    people = {"viewer": ("read", "Vera View"), "contributor": ("write", "Cara Con"), "admin": ("admin", "Ada Admin")}
    keys = {role: signing.token(db, signing.add(db, role, name), scope) for role, (scope, name) in people.items()}
    rep = signing.add(db, "viewer", "Kim Rowe")
    reps.name(db, rep.id, "Kim Rowe", actor="Ada", now=signing.START)
    keys["rep"] = signing.token(db, rep, "read")
    from pipelines.privacy import originals
    from pipelines.store import themes

    originals.settle(db, sees="viewer", now=signing.START, actor="test")
    theme = themes.active(db, "objection")[0].id
    by_rep = [
        "/accounts",
        "/accounts/signals",
        f"/accounts/raised/{theme}",
        "/reports/personas",
        "/reports/personas/finance",
    ]
    by_rep += [
        "/api/v1/signals",
        "/api/v1/signals/definitions",
        f"/api/v1/themes/{theme}/accounts",
        "/api/v1/reports/personas/finance",
    ]
    allowed = {"off": set(), "self": {"rep"}, "admin": {"rep", "admin"}, "contributor": {"rep", "admin", "contributor"}}
    with signing.browser(app) as client:

        def ask(role: str, path: str, **query: str):
            asked = {"authorization": f"Bearer {keys[role]}", "accept": "application/json"}
            return client.get(path, params=query, headers=asked)

        for chosen, told in (("off", "are shown to nobody"), ("self", "nobody has said yet which rep")):
            reps.choose(db, chosen)
            page = client.get(
                "/shared", headers={"authorization": f"Bearer {keys['contributor']}", "accept": "text/html"}
            )
            assert told in page.text
        for chosen, who in allowed.items():
            reps.choose(db, chosen)
            for role in keys:
                told = ask(role, "/shared")
                assert ({one["name"] for one in told.json()["reps"]} == {"Kim Rowe"}) is (role in who), (chosen, role)
        reps.choose(db, "self")
        assert [ask(role, "/api/v1/signals/definitions", rep="Kim Rowe").status_code for role in ("rep", "admin")] == [
            200,
            403,
        ]
        assert "Kim Rowe" not in ask("rep", "/api/v1/shared").text
        reps.choose(db, "off")
        assert {ask(role, path, rep="Kim Rowe").status_code for role in ("viewer", "admin") for path in by_rep} == {403}


def test_only_an_administrator_says_who_sees_reps(tmp_path, db):
    app = signing.serve(signing.settings_of(tmp_path), signing.Time())
    key = signing.token(db, signing.add(db, "contributor"), "write")
    signing.add(db, "admin")
    with signing.browser(app) as client:
        answer = client.post(
            "/shared/reps", data={"seen_by": "contributor"}, headers={"authorization": f"Bearer {key}"}
        )
    assert (answer.status_code, reps.seen_by(db)) == (403, "off")


def test_the_terminal_publishes_and_takes_back(parley, tmp_path, company):
    from contextlib import closing

    from pipelines.store import connect, prepare

    file = tmp_path / "home" / "parley.db"
    file.parent.mkdir()
    prepare(file)
    with closing(connect(file)) as db:
        company(db)
    made = parley("shared", "publish", "--month", "2026-02")
    number = re.search(r"withdraw (\d+)", made.stdout)[1]
    assert "February 2026" in parley("shared", "show", "--format", "md").stdout
    assert parley("shared", "withdraw", number).returncode == 0
    assert "February 2026" not in parley("shared", "show", "--format", "md").stdout


def test_it_is_said_when_the_first_month_will_be_published():
    assert (
        "the first can be November 2026, from 1 Dec 2026 on, once its conversations are uploaded"
        in shared_views.first("2026-03", date(2026, 11, 26))
    )
    assert "October 2026 is published by itself as soon as" in shared_views.first("2026-10", date(2026, 11, 26))


@pytest.fixture
def agreeing(tmp_path, db, filled):
    """A server with an administrator, two contributors (Ada is named as the owner of a figure) and who sends what."""
    app = signing.serve(signing.settings_of(tmp_path), signing.Time())
    people = {"ada": ("contributor", "Ada Owner"), "joel": ("contributor", "Joel Rep"), "mara": ("admin", "Mara Boss")}
    clients = {}
    for key, (role, name) in people.items():
        signing.add(db, role, name)
        clients[key] = signing.browser(app)
        signing.sign_in(clients[key], f"{key}@example.com")
    shared.agree(db, {"answered": Agreed(owner="Ada Owner")}, actor="Mara Boss", now=NOW)
    return clients


def test_only_administrators_and_owners_publish_take_back_and_choose_and_are_named(db, agreeing):
    month = shared.publish(db, "2026-02", today=TODAY, now=NOW, actor="Mara Boss")
    ways = {
        "/shared/publish": {"month": "2026-01"}, f"/shared/months/{month.id}/withdraw": {},
        f"/shared/months/{month.id}/restore": {}, "/shared/settings": {"answered-on": "on", "answered-owner": "Ada Owner"},
    }  # fmt: skip
    for who, status in (("joel", 403), ("ada", 303), ("mara", 303)):
        assert {way: agreeing[who].post(way, data=data).status_code for way, data in ways.items()} == dict.fromkeys(ways, status)  # fmt: skip
    agreeing["ada"].post(f"/shared/months/{month.id}/withdraw")
    page = agreeing["joel"].get("/shared").text
    assert "February 2026" in page and "by <bdi>Ada Owner</bdi>" in page
    assert "Bring back" not in page and "Take back" not in page and "Publish February" not in page
    settings = agreeing["joel"].get("/shared/settings").text
    assert "Chosen by <bdi>Mara Boss</bdi>" in settings and "<fieldset" in settings and " disabled" in settings
    assert "owners of the numbers: Ada Owner" in agreeing["mara"].get("/settings/people").text


def test_an_owner_who_only_looks_is_told_why_there_is_no_button(tmp_path, db, agreeing):
    signing.add(db, "viewer", "Vera Views")
    shared.agree(db, {"use": Agreed(owner="Vera Views")}, actor="Mara Boss", now=NOW)
    vera = signing.browser(signing.serve(signing.settings_of(tmp_path), signing.Time()))
    signing.sign_in(vera, "vera@example.com")
    told = vera.get("/shared").text
    assert "your role here looks only" in told and "Publish February" not in told
    assert "your role here looks only" not in agreeing["joel"].get("/shared").text
    assert "Named, and only looking: <strong>Vera Views</strong>" in agreeing["mara"].get("/shared/settings").text


def test_a_name_that_two_logins_have_makes_neither_an_owner(db, agreeing):
    signing.add(db, "contributor", "Other")
    db.execute("UPDATE users SET name = 'Ada Owner' WHERE email = 'other@example.com'")
    assert agreeing["ada"].post("/shared/settings", data={}).status_code == 403


def test_a_month_is_shown_as_it_would_be_published_before_it_is(client, db):
    page = client.get("/shared/publish?month=2026-02").text
    assert shared.published(db) == [] and "Counted to 28 Feb 2026" in page
    one = next(
        one
        for one in shared.draft(db, "2026-02", today=TODAY)[0].figures
        if one.value is not None and one.unit != "days"
    )
    assert f"{one.count} of {one.of}" in page and 'action="/shared/publish"' in page
    assert "is not over yet" in client.get("/shared/publish?month=2026-03").text
    client.post("/shared/publish", data={"month": "2026-02"})
    assert [one.month for one in shared.published(db)] == ["2026-02"]


def test_what_was_chosen_about_reps_is_said_to_be_saved_and_by_whom(db, agreeing):
    answer = agreeing["mara"].post("/shared/reps", data={"seen_by": "admin"})
    page = agreeing["mara"].get(answer.headers["location"].partition("#")[0]).text
    assert "Saved." in page and "Chosen by <bdi>Mara Boss</bdi>" in page
