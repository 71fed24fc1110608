"""Themes over HTTP: every change once in earnest, its way back, what is refused, and two people at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from api.errors import Problem
from pipelines.store import proposals
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme

V1 = "/api/v1/themes"
PRICE, SETUP, SECURITY, RIVAL = 1, 2, 3, 4
NOW = "2026-03-20T09:00:00+00:00"
DEAR = [f"It costs too much for {who}" for who in ("us", "a shop", "our team", "this year", "the board", "my boss", "now", "them")]  # fmt: skip
SLOW = [f"The roll-out takes until {when}" for when in ("May", "June", "July", "autumn", "winter", "Easter", "spring", "Monday")]  # fmt: skip


def got(client, path: str = "", **params) -> dict:
    answer = client.get(V1 + path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def post(client, path: str, status: int = 200, **body) -> dict:
    answer = client.post(V1 + path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def undo(client, done: dict, status: int = 200) -> dict:
    return post(client, f"/events/{done['event']['id']}/undo", status)


def state(db) -> dict:
    """All that themes are today."""
    themes = (
        "SELECT id, name, status, parent_id, merged_into, pinned, shape_id FROM themes WHERE status <> '' ORDER BY id"
    )
    members = "SELECT * FROM theme_members ORDER BY insight_id"
    return {sql: list(db.query(sql)) for sql in (themes, members)}


def quotes_of(client, theme: int) -> list[str]:
    return [q["id"] for q in client.get("/api/v1/insights", params={"theme": theme, "limit": 200}).json()["items"]]


def mixed(db, say) -> int:
    """A theme that holds two things."""
    dear, slow = say(DEAR, SLOW)
    return ledger.create(db, "objection", NewTheme("Worries", members=dict.fromkeys(dear + slow, 0.9)), now=NOW).theme


# Looking


def test_themes_are_listed_by_status_and_below_their_theme(client, db, say):
    theme = mixed(db, say)
    post(client, f"/{theme}/split", inside=True)
    post(client, f"/{SETUP}/retire")
    post(client, f"/{theme}/merge", others=[PRICE])

    ids = {status: [t["id"] for t in got(client, status=status)["items"]] for status in ("active", "retired", "merged")}
    subs = got(client, parent=theme)["items"]

    assert ids == {"active": [SECURITY, RIVAL, theme], "retired": [SETUP], "merged": [PRICE]}
    assert len(subs) == 2 and {sub["insights"] for sub in subs} == {8}
    assert got(client, f"/{PRICE}")["theme"]["into"] == theme


def test_a_theme_shows_its_counts_sub_themes_and_history(client, db, say):
    theme = mixed(db, say)
    post(client, f"/{theme}/split", inside=True)

    shown = got(client, f"/{theme}")

    assert shown["counts"] == {"insights": 16, "conversations": 16, "accounts": 16}
    assert [sub["parent"] for sub in shown["subs"]] == [theme, theme]
    assert [event["type"] for event in shown["events"]] == ["create", "split"]


def test_following_next_gives_every_event_once(client):
    for n in range(5):
        client.patch(f"{V1}/{PRICE}", json={"name": f"Name {n}"})
    seen, after = [], ""
    while after is not None:
        page = got(client, "/events", limit=2, after=after)
        seen += [event["id"] for event in page["items"]]
        after = page["next"]
    assert seen == [event["id"] for event in got(client, "/events", limit=200)["items"]]
    assert seen == sorted(seen, reverse=True) and len(seen) == 9


# Changes and their way back


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        (f"/{PRICE}/merge", {"others": [SETUP]}, "Merged “"),
        (f"/{PRICE}/pin", {}, "Pinned “Too expensive this year”"),
        (f"/{PRICE}/retire", {}, "Retired “Too expensive this year”"),
    ],
)
def test_a_change_is_told_and_undone_to_the_letter(client, db, path, body, says):
    before = state(db)
    done = post(client, path, **body, actor="Ann", reason="a try")
    event = done["event"]
    assert event["summary"].startswith(says) and (event["actor"], event["reason"]) == ("Ann", "a try")
    assert state(db) != before
    assert client.post(event["undo"]).status_code == 200
    assert state(db) == before
    assert got(client, f"/events/{event['id']}")["undone_by"]


def test_undoing_an_undo_makes_the_change_stand_again(client, db):
    done = post(client, f"/{PRICE}/merge", others=[SETUP])
    after = state(db)
    back = undo(client, done)
    assert undo(client, back)["event"]["summary"] == f"Took event {back['event']['id']} back"
    assert state(db) == after


def test_a_theme_is_renamed_and_told_with_both_names(client):
    done = client.patch(f"{V1}/{PRICE}", json={"name": "Too dear"}).json()
    assert done["event"]["summary"] == "Renamed “Too expensive this year” to “Too dear”"
    assert done["theme"]["name"] == "Too dear" and done["theme"]["insights"] > 0
    assert client.patch(f"{V1}/{PRICE}", json={"name": "Too dear"}).json()["event"] is None


def test_a_merge_is_tried_before_it_is_made(client, db):
    before = state(db)
    tried = post(client, f"/{PRICE}/merge", others=[SETUP], dry_run=True)
    assert state(db) == before and tried["event"] is None
    done = post(client, f"/{PRICE}/merge", others=[SETUP])
    assert done["theme"]["insights"] == tried["preview"]["quotes"]
    assert done["theme"]["conversations"] == tried["preview"]["conversations"]
    assert tried["preview"]["both"] > 0


def test_a_split_is_tried_and_then_made_of_the_parts_that_were_shown(client, db, say):
    theme = mixed(db, say)
    before = state(db)
    tried = post(client, f"/{theme}/split", dry_run=True)
    assert state(db) == before
    assert [part["size"] for part in tried["parts"]] == [8, 8] and tried["stays"] == 8
    assert {q["text"] for q in tried["parts"][1]["examples"]} < {*DEAR, *SLOW}
    second = {**tried["parts"][1], "name": "The second"}
    assert post(client, f"/{theme}/split", parts=[second], dry_run=True)["stays"] == 8
    done = post(client, f"/{theme}/split", parts=[second])
    assert done["event"]["summary"] == "Took “The second” (8 quotes) out of “Worries”"
    assert done["theme"]["insights"] == 8
    undo(client, done)
    assert state(db) == before


def test_sub_themes_are_made_and_promoted(client, db, say):
    theme = mixed(db, say)
    before = state(db)
    inside = post(client, f"/{theme}/split", inside=True)
    first = got(client, parent=theme)["items"][0]
    promoted = post(client, f"/{theme}/split", promoted=[first["id"]])
    assert got(client, f"/{first['id']}")["theme"]["parent"] is None and promoted["theme"]["insights"] == 8
    undo(client, promoted)
    undo(client, inside)
    assert state(db) == before


def test_quotes_are_moved_and_let_wait(client, db):
    before = state(db)
    some = quotes_of(client, PRICE)[:3]
    moved = post(client, "/moves", insights=some, to=SETUP)
    assert moved["event"]["summary"].startswith("Moved 3 quotes from “Too expensive this year” to “") and set(
        some
    ) < set(quotes_of(client, SETUP))
    waits = post(client, "/moves", insights=some[:1], to=None)
    assert waits["event"]["summary"].endswith("to wait") and waits["theme"] is None
    assert [one["held"] for one in got(client, "/waiting", kind="objection")] == [1]
    undo(client, waits)
    undo(client, moved)
    assert state(db) == before


def test_a_retired_theme_is_restored(client):
    post(client, f"/{PRICE}/retire")
    assert PRICE not in [theme["id"] for theme in got(client)["items"]]
    assert post(client, f"/{PRICE}/restore")["theme"]["status"] == "active"


# What is refused


def test_only_a_blocked_undo_speaks_of_what_to_undo_first(client):
    assert "undo_first" not in client.get("/api/v1/themes/99").json()


def test_a_blocked_undo_names_what_to_undo_first(client, db):
    before = state(db)
    merged = post(client, f"/{PRICE}/merge", others=[SETUP])
    moved_there = next(m["insight_id"] for m in db.query("SELECT * FROM theme_moves WHERE before = 2"))
    moved = post(client, "/moves", insights=[moved_there], to=None)
    blocked = undo(client, merged, 409)
    assert [(one["id"], one["type"]) for one in blocked["undo_first"]] == [(moved["event"]["id"], "move")]
    undo(client, moved)
    undo(client, merged)
    assert state(db) == before
    assert "undone already" in undo(client, merged, 409)["detail"]


def test_a_pinned_theme_is_left_alone_until_it_is_unpinned(client):
    post(client, f"/{PRICE}/pin")
    assert post(client, f"/{PRICE}/pin")["event"] is None
    for path, body in (("/retire", {}), ("/merge", {"others": [SETUP]}), ("/split", {"promoted": [SETUP]})):
        assert "is pinned" in post(client, f"/{PRICE}{path}", 409, **body)["detail"]
    assert client.patch(f"{V1}/{PRICE}", json={"name": "Other"}).status_code == 409
    assert "is pinned" in post(client, "/moves", 409, insights=quotes_of(client, PRICE)[:1], to=None)["detail"]
    post(client, f"/{PRICE}/unpin")
    assert post(client, f"/{PRICE}/retire")["event"]


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        (f"/{PRICE}/merge", {"others": [PRICE]}, 422, "at least two different themes"),
        (f"/{PRICE}/merge", {"others": [SECURITY]}, 422, "cannot be in one theme"),
        (f"/{PRICE}/merge", {"others": [RIVAL]}, 409, "catalogue"),
        (f"/{PRICE}/merge", {"others": [99]}, 404, "There is no theme 99"),
        (f"/{PRICE}/merge", {"others": []}, 422, "others"),
        ("/99/merge", {"others": [PRICE], "dry_run": True}, 404, "There is no theme 99"),
        (f"/{PRICE}/split", {}, 422, "does not fall into parts"),
        ("/99/split", {"dry_run": True}, 404, "There is no theme 99"),
        (f"/{RIVAL}/split", {"dry_run": True}, 409, "catalogue"),
        (f"/{PRICE}/split", {"parts": [{"name": "X", "insights": ["none"]}]}, 422, "only part what is in the theme"),
        (f"/{PRICE}/split", {"parts": [{"name": "X", "insights": ["a"]}, {"name": "x", "insights": ["b"]}]}, 422, "Two parts"),
        (f"/{PRICE}/split", {"parts": [], "dry_run": False}, 422, "take something out"),
        ("/moves", {"insights": ["none"], "to": PRICE}, 422, "no longer there"),
        ("/moves", {"insights": ["none"]}, 422, "to"),
        (f"/{PRICE}/merge", {"others": [SETUP], "dryrun": True}, 422, "dryrun"),
        (f"/{PRICE}/merge", {"others": [True]}, 422, "others"),
        (f"/{PRICE}/pin", {"reason": "\x1b[31m"}, 422, "control characters"),
        (f"/{PRICE}/pin", {"actor": "\ud800"}, 422, "actor"),
        (f"/{PRICE}/restore", {}, 409, "is active"),
        ("/events/99999/undo", {}, 404, "There is no event 99999"),
        ("/proposals/9/accept", {}, 404, "There is no proposal 9"),
        ("/proposals/9/dismiss", {}, 404, "There is no proposal 9"),
        ("/proposals/9/reopen", {}, 404, "There is no proposal 9"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_and_changes_nothing(client, db, path, body, status, says):
    before = state(db)
    answer = client.post(V1 + path, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text
    assert answer.headers["content-type"] == "application/problem+json" and Problem(**answer.json())
    assert state(db) == before


def test_of_two_people_who_merge_the_same_theme_one_is_told_that_it_is_gone(client):
    start = Barrier(2)

    def merge(_: int) -> tuple[int, dict]:
        start.wait()
        answer = client.post(f"{V1}/{PRICE}/merge", json={"others": [SETUP]})
        return answer.status_code, answer.json()

    with ThreadPoolExecutor(2) as pool:
        (first, _), (second, told) = sorted(pool.map(merge, range(2)), key=lambda answer: answer[0])
    assert (first, second) == (200, 409) and "is merged" in told["detail"]
    assert [e["type"] for e in got(client, "/events")["items"]].count("merge") == 1


# Proposals


def proposed(db, say) -> dict[str, int]:
    """One proposal of each of four types."""
    dear, slow = say(DEAR, SLOW)
    theme = ledger.create(db, "objection", NewTheme("Worries", members=dict.fromkeys(slow, 0.9)), now=NOW).theme
    bare = {"label": "price", "keywords": ["much"], "shape": None}
    new = {"name": "Costs too much", **bare, "examples": dear[:2], "subs": []}
    parts = [{"name": "By May", "keywords": ["may"], "examples": slow[:1], "size": 3}]
    contents = {
        "new": (8, new, dict.fromkeys(dear, (0, 0.9))),
        "split": (8, {"theme": theme, "parts": parts, "stays": 5}, dict.fromkeys(slow[:3], (1, 1.0))),
        "merge": (50, {"into": PRICE, "other": SETUP, "alike": 0.93}, {}),
        "retire": (40, {"theme": SETUP, "last": "2024-01-01"}, {}),
    }
    with db.atomic():
        return {
            type: proposals.put(
                db, kind="objection", type=type, signature=type, size=size, content=content, members=members, now=NOW
            )
            for type, (size, content, members) in contents.items()
        }  # fmt: skip


def test_proposals_come_in_pages_the_largest_first(client, db, say):
    proposed(db, say)
    whole = got(client, "/proposals")["items"]
    seen, after = [], ""
    while after is not None:
        page = got(client, "/proposals", limit=1, after=after)
        seen += page["items"]
        after = page["next"]
    assert seen == whole and [p["type"] for p in whole] == ["merge", "retire", "new", "split"]
    assert [p["type"] for p in got(client, "/proposals", type="split")["items"]] == ["split"]
    assert got(client, "/proposals", kind="question")["items"] == []


def test_a_proposal_is_shown_with_quotes_and_what_it_would_make(client, db, say):
    ids = proposed(db, say)
    new, merge, split = (got(client, f"/proposals/{ids[type]}") for type in ("new", "merge", "split"))
    assert new["summary"] == "Make “Costs too much” of 8 quotes that wait"
    assert [q["text"] for q in new["examples"][0]["quotes"]] == DEAR[:2]
    assert merge["preview"]["both"] > 0 and len(merge["examples"]) == 2 and merge["examples"][0]["quotes"]
    assert split["examples"][0]["number"] == 1 and split["parts"][0]["size"] == 3
    assert split["summary"] == "Split “Worries”: take out “By May” (3); 5 of 8 quotes stay"


@pytest.mark.parametrize(
    ("type", "body", "says"),
    [
        ("new", {}, "Made “Costs too much” from 8 quotes"),
        ("new", {"name": "Too dear"}, "Made “Too dear” from 8 quotes"),
        ("new", {"into": PRICE}, "Moved 8 quotes to “Too expensive this year”"),
        ("split", {"keep": [1]}, "Took “By May” (3 quotes) out of “Worries”"),
        ("split", {"inside": True}, "Made “By May” (3 quotes) a sub-theme of “Worries”"),
        ("merge", {"into": SETUP}, "Merged “Too expensive this year” into “"),
        ("retire", {}, "Retired “"),
    ],
)
def test_a_proposal_is_accepted_as_it_is_or_edited_and_waits_again_when_undone(client, db, say, type, body, says):
    number, before = proposed(db, say)[type], state(db)
    done = post(client, f"/proposals/{number}/accept", **body)
    assert done["event"]["summary"].startswith(says)
    assert (done["proposal"]["status"], done["proposal"]["event_id"]) == ("accepted", done["event"]["id"])
    assert "accepted already" in post(client, f"/proposals/{number}/accept", 409)["detail"]
    undo(client, done)
    assert got(client, f"/proposals/{number}")["status"] == "open"
    assert state(db) == before


def test_quotes_are_left_out_of_a_new_theme(client, db, say):
    number = proposed(db, say)["new"]
    out = list(proposals.members(db, number))[:2]
    assert post(client, f"/proposals/{number}/accept", without=out)["theme"]["insights"] == 6


@pytest.mark.parametrize(
    ("type", "body"),
    [
        ("new", {"keep": [1]}),
        ("new", {"name": "X", "into": PRICE}),
        ("new", {"without": ["none"]}),
        ("merge", {"into": SECURITY}),
        ("split", {"keep": [2]}),
        ("split", {"keep": []}),
        ("split", {"name": "X"}),
        ("retire", {"into": PRICE}),
    ],
)
def test_an_edit_that_does_not_fit_is_refused_and_the_proposal_stays_open(client, db, say, type, body):
    number, before = proposed(db, say)[type], state(db)
    post(client, f"/proposals/{number}/accept", 422, **body)
    assert got(client, f"/proposals/{number}")["status"] == "open" and state(db) == before


def test_a_dismissal_is_taken_back(client, db, say):
    number = proposed(db, say)["merge"]
    assert post(client, f"/proposals/{number}/dismiss", actor="Ann", reason="two things")["reason"] == "two things"
    assert post(client, f"/proposals/{number}/accept", 409)["status"] == 409
    assert got(client, "/proposals", status="dismissed")["items"][0]["actor"] == "Ann"
    assert post(client, f"/proposals/{number}/reopen")["status"] == "open"
    post(client, f"/proposals/{number}/reopen", 409)


def test_the_policy_is_shown_and_changed(client):
    assert got(client, "/policy")["new"] == "accept"
    assert client.put(f"{V1}/policy", json={"split": "accept"}).json() == {**got(client, "/policy"), "split": "accept"}
    assert client.put(f"{V1}/policy", json={"split": "perhaps"}).status_code == 422
    assert got(client, "/policy")["split"] == "accept"


def test_what_waits_is_counted_against_the_budget(client, say):
    assert {one["kind"]: one["waiting"] for one in got(client, "/waiting")} == {
        "objection": 0,
        "question": 0,
        "competitor": 0,
    }
    say([f"{n} euros are too much" for n in range(100)])
    (one,) = got(client, "/waiting", kind="objection")
    assert (one["waiting"], one["budget"], one["over"]) == (100, one["total"] // 10, True)


# Whatever is sent

IDS = st.one_of(
    st.integers(), st.sampled_from([0, -1, 2**62, 2**63, 2**64, 10**30, True, None, 1.5, "", "1", "x\x00", "٣", "1e3"])
)
TEXTS = st.one_of(st.text(max_size=20), st.sampled_from(["\ud800", "\x00", "'; DROP TABLE themes; --", "x" * 5000]))
LEAVES = st.one_of(IDS, TEXTS)
ANYTHING = st.one_of(LEAVES, st.lists(LEAVES, max_size=3), st.lists(st.lists(LEAVES, max_size=2), max_size=2))
CHANGES = ("merge", "split", "pin", "unpin", "retire", "restore")
PATHS = st.one_of(
    st.builds("/{}/{}".format, IDS, st.sampled_from(CHANGES)),
    st.builds("/events/{}/undo".format, IDS),
    st.builds("/proposals/{}/{}".format, IDS, st.sampled_from(("accept", "dismiss", "reopen"))),
    st.just("/moves"),
)
FIELDS = ("others", "parts", "promoted", "inside", "dry_run", "insights", "to", "name", "into", "without", "keep", "actor", "reason")  # fmt: skip
BODIES = st.one_of(st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=4), ANYTHING)
HAMMERED = hypothesis_settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@HAMMERED
@given(path=PATHS, body=BODIES)
def test_no_body_and_no_number_makes_the_server_fail(client, path, body):
    place = V1 + path.replace("\x00", "%00").replace("?", "")
    sent = client.post(place, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert sent.status_code < 500


@HAMMERED
@given(number=IDS, after=TEXTS)
def test_no_address_makes_the_server_fail(client, number, after):
    where = str(number).replace("\x00", "%00")
    for path in (f"/{where}", f"/events/{where}", f"/proposals/{where}"):
        assert client.get(V1 + path).status_code < 500
    after = after.encode("utf-8", "replace").decode()
    for path in ("", "/events", "/proposals"):
        assert client.get(V1 + path, params={"after": after, "parent": where, "status": after}).status_code < 500
