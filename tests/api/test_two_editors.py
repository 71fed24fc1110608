"""Two people change one theme: the second is told what was done meanwhile, keeps what they typed, and decides."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest

from pipelines.store import theme_events, themes
from pipelines.themes import editing, ledger
from tests.api.test_theme_forms import banner, ids

PRICE, SETUP = 1, 2
NOW = "2026-03-20T10:00:00+00:00"
KIM = {"now": NOW, "actor": "Kim"}
HTML = {"Accept": "text/html"}


def opened(client, path: str) -> list[str]:
    """The versions that a page says were seen."""
    return re.findall(r'name="saw" value="([^"]+)"', client.get(path).text)


def seen(client, path: str = "/themes/1") -> str:
    return opened(client, path)[0]


def post(client, path: str, status: int = 409, **data) -> str:
    answer = client.post(path, data={name.rstrip("_"): value for name, value in data.items()}, headers=HTML)
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def test_nothing_is_in_the_way_of_who_is_alone(client, db):
    post(client, "/themes/1/rename", 200, name="Price level", saw=seen(client))
    assert themes.get(db, PRICE).name == "Price level"


def test_the_second_to_rename_sees_the_first_name_and_keeps_their_own(client, db):
    mine = seen(client)
    ledger.rename(db, PRICE, "What it costs", reason="as sales calls it", **KIM)
    html = post(client, "/themes/1/rename", name="Price <level>", reason="our deck", saw=mine)
    assert "“What it costs” was changed meanwhile, by Kim" in html and "as sales calls it" in html
    assert 'value="Price <level>"' in html and 'value="our deck"' in html
    assert themes.get(db, PRICE).name == "What it costs"
    again = re.findall(r'name="saw" value="([^"]+)"', html)[0]
    done = post(client, "/themes/1/rename", 200, name="Price <level>", reason="our deck", saw=again)
    assert "Renamed" in banner(done) and themes.get(db, PRICE).name == "Price <level>"


def test_who_wants_the_name_that_it_has_by_now_is_not_bothered(client, db):
    mine = seen(client)
    ledger.rename(db, PRICE, "What it costs", **KIM)
    post(client, "/themes/1/rename", 200, name=" What it  costs", saw=mine)


def test_what_was_undone_again_is_no_change(client, db):
    mine = seen(client)
    ledger.undo(db, ledger.rename(db, PRICE, "What it costs", **KIM), **KIM)
    post(client, "/themes/1/rename", 200, name="Price level", saw=mine)


def test_quotes_that_join_are_no_change(client, db, say):
    mine = seen(client)
    (new,) = say(["It is dear"])
    ledger.join(db, {new[0]: (PRICE, 0.9)}, now=NOW)
    post(client, "/themes/1/rename", 200, name="Price level", saw=mine)


@pytest.mark.parametrize("act", ["pin", "retire"])
def test_a_standing_is_not_changed_unseen(client, db, act):
    mine = seen(client)
    ledger.rename(db, PRICE, "What it costs", **KIM)
    html = post(client, "/themes/1/standing", act=act, saw=mine)
    assert "What it costs" in html and f'value="{act}"' in html
    post(client, "/themes/1/standing", 200, act=act, saw=re.findall(r'name="saw" value="([^"]+)"', html)[0])


def test_two_who_pin_are_both_content(client, db):
    mine = seen(client)
    ledger.pin(db, PRICE, **KIM)
    post(client, "/themes/1/standing", 200, act="pin", saw=mine)


def test_a_merge_looks_at_both_themes(client, db):
    mine = opened(client, "/themes/1/merge?with=2")
    assert len(mine) == 2
    ledger.move(db, ids(db, SETUP)[:2], PRICE, **KIM)
    html = post(client, "/themes/1/merge", with_="2", into="1", reason="the same", saw=mine)
    assert "the same" in html and "Merge" in html and themes.get(db, SETUP).status == "active"
    again = re.findall(r'name="saw" value="([^"]+)"', html)
    post(client, "/themes/1/merge", 200, with_="2", into="1", saw=again)
    assert themes.get(db, SETUP).status == "merged"


def test_a_theme_that_was_merged_meanwhile_is_said_to_be(client, db):
    mine = seen(client, "/themes/2")
    ledger.merge(db, PRICE, [SETUP], **KIM)
    html = post(client, "/themes/2/rename", name="Roll-out", saw=mine)
    assert "Merged" in html and 'value="Roll-out"' in html
    again = re.findall(r'name="saw" value="([^"]+)"', html)[0]
    assert "merged" in post(client, "/themes/2/rename", name="Roll-out", saw=again)


def test_names_typed_for_parts_survive_a_change_of_the_theme(client, db):
    html = client.get("/themes/1/split").text
    mine, parts = seen(client), re.findall(r'name="seen" value="([^"]+)"', html)
    ledger.rename(db, PRICE, "What it costs", **KIM)
    told = post(client, "/themes/1/split", name=["Budgets", "Lists"], leaves=["1"], seen=parts or ["x"], saw=mine)
    assert 'value="Budgets"' in told and 'value="Lists"' in told


def test_parts_that_are_others_by_now_are_not_split_but_what_was_typed_stays(client):
    told = post(client, "/themes/1/split", name=["Budgets", "Lists"], leaves=["1"], seen="elsewhen", saw=seen(client))
    assert "other parts by now" in told and 'value="Lists"' in told and 'href="/themes/1/split"' in told


def test_quotes_that_another_moved_meanwhile_are_not_moved_on_unseen(client, db):
    since = str(theme_events.last(db))
    chosen = ids(db, PRICE)[:3]
    ledger.move(db, chosen[:1], None, **KIM)
    html = post(client, "/themes/move", quote=chosen, to="2", since=since)
    assert "by Kim" in html and html.count('name="quote"') == 3
    again = re.findall(r'name="since" value="(\d+)"', html)[0]
    post(client, "/themes/move", 200, quote=chosen, to="2", since=again)
    assert set(chosen) <= set(ids(db, SETUP))


def test_other_quotes_of_the_theme_may_be_moved_meanwhile(client, db):
    since, chosen = str(theme_events.last(db)), ids(db, PRICE)
    ledger.move(db, chosen[:1], None, **KIM)
    post(client, "/themes/move", 200, quote=chosen[1:3], to="2", since=since)


def test_of_two_who_undo_one_event_the_second_hears_who_did(client, db):
    event = ledger.rename(db, PRICE, "What it costs", **KIM)
    ledger.undo(db, event, now=NOW, actor="Dana")
    html = post(client, f"/themes/events/{event}/undo", back="/themes/1")
    assert "undone it already" in html and "Dana" in html and "Redo" in html


@pytest.mark.parametrize(
    ("name", "says"), [("W" * 10_000, "1 to 120 characters"), ("\x00", "1 to 120 characters"), ("<b>x", "called")]
)
def test_a_name_that_cannot_be_is_told_and_stays_to_be_mended(client, db, name, says):
    ledger.rename(db, SETUP, "<b>x", **KIM)
    answer = client.post("/themes/1/rename", data={"name": name, "reason": "because"}, headers=HTML)
    html = unescape(answer.text)
    assert answer.status_code in (409, 422) and says in html and f'value="{name}"' in html and 'value="because"' in html


@pytest.mark.parametrize("saw", ["", "1", "x:1", "1:", "1:x", "1:" + "9" * 40, "²:³"])
def test_a_form_that_says_nothing_useful_is_taken_as_it_is(client, saw):
    post(client, "/themes/1/rename", 200, name="Price level", saw=saw)


def test_of_many_browsers_that_rename_at_once_one_wins_and_the_others_are_told(client, db):
    mine = seen(client)

    def rename(n: int) -> tuple[int, str, str]:
        data = {"name": f"No. {n}", "saw": mine}
        answer = client.post("/themes/1/rename", data=data, headers=HTML, follow_redirects=False)
        return answer.status_code, f"No. {n}", answer.text

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(rename, range(8)))
    won = [name for status, name, _ in answers if status == 303]
    lost = [(name, text) for status, name, text in answers if status == 409]
    assert len(won) == 1 and len(lost) == 7 and themes.get(db, PRICE).name == won[0]
    assert all(f'value="{name}"' in text and won[0] in text for name, text in lost)


def test_a_program_is_told_what_changed_and_can_do_it_all_the_same(client, db):
    version = client.get("/api/v1/themes/1").json()["version"]
    ledger.rename(db, PRICE, "What it costs", **KIM)
    refused = client.patch("/api/v1/themes/1", json={"name": "Price level", "version": version})
    told = refused.json()
    assert refused.status_code == 409 and refused.headers["content-type"] == "application/problem+json"
    (event,) = told["changed"]
    assert (event["type"], event["actor"], event["at"]) == ("rename", "Kim", NOW)
    assert event["changed"] == [
        {"theme": 1, "field": "name", "before": "Too expensive this year", "after": "What it costs"}
    ]
    done = client.patch("/api/v1/themes/1", json={"name": "Price level", "version": told["version"]})
    assert done.status_code == 200 and done.json()["version"] == editing.version(db, PRICE)


@pytest.mark.parametrize(
    ("path", "body"),
    [("merge", {"others": [2]}), ("retire", {}), ("pin", {}), ("split", {"promoted": [2]})],
)
def test_every_change_over_http_takes_a_version(client, db, path, body):
    version = client.get("/api/v1/themes/1").json()["version"]
    ledger.rename(db, PRICE, "What it costs", **KIM)
    assert client.post(f"/api/v1/themes/1/{path}", json={**body, "version": version}).status_code == 409


def test_a_merge_over_http_checks_the_others_too(client, db):
    version = client.get("/api/v1/themes/2").json()["version"]
    ledger.rename(db, SETUP, "Roll-out", **KIM)
    refused = client.post("/api/v1/themes/1/merge", json={"others": [2], "versions": {"2": version}})
    assert refused.status_code == 409 and "Roll-out" in refused.json()["detail"]


def test_moves_over_http_take_the_newest_event_that_was_seen(client, db):
    last, chosen = theme_events.last(db), ids(db, PRICE)[:2]
    ledger.move(db, chosen, None, **KIM)
    assert client.post("/api/v1/themes/moves", json={"insights": chosen, "to": 2, "version": last}).status_code == 409
    assert client.post("/api/v1/themes/moves", json={"insights": chosen, "to": 2}).status_code == 200
