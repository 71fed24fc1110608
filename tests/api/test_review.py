"""The review page and its doors: by form and key, by JSON, in the terminal; two people; nothing there; undo."""

import json
import re

import pytest

from pipelines.reviews import rulings
from pipelines.store import insights, review_items, vectors

PRICE = "It is more than we can spend this year"
HTML = {"Accept": "text/html"}


@pytest.fixture
def ready(db, filled) -> None:
    """The sample filled, as `parley mine` leaves it: read, embedded and settled."""
    ready_made(db)


def ready_made(db) -> None:
    import numpy as np

    db.execute("UPDATE conversations SET analysed = 'x'")
    hashes = [text_hash for text_hash, _ in insights.unembedded(db, "e")]
    vectors.save(db, "e", hashes, np.eye(384, dtype="f4")[: len(hashes)])
    rulings.settle(db)


@pytest.fixture
def listened(db, ready) -> None:
    """The same, and some silent utterances listened to."""
    silent = review_items.first_unmarked(db, 50)
    with db.atomic():
        review_items.save_scores(db, "f", [(one, 0.01 * (n % 30)) for n, one in enumerate(silent)], wanted=silent)


def page(client) -> str:
    answer = client.get("/review", headers=HTML)
    assert answer.status_code == 200
    return answer.text


def item(html: str) -> str:
    return re.search(r'name="item" value="([\d.]+)"', html)[1]


def start(client) -> str:
    client.post("/review/rounds")
    return page(client)


def test_an_empty_database_is_explained(empty_client):
    assert "Nothing to review yet" in page(empty_client)
    answer = empty_client.post("/review/rounds", headers=HTML)
    assert answer.status_code == 422 and "nothing to review yet" in answer.text


def test_a_round_begins_with_one_button(client, ready):
    assert 'action="/review/rounds"' in page(client)
    html = start(client)
    assert re.search(r"1 of \d+\.", html) and 'data-key="y"' in html and "<mark" in html


def test_no_script_is_needed_and_nothing_is_inline(client, ready):
    html = start(client)
    assert not re.findall(r"\sstyle=|<style|\son[a-z]+=|javascript:", html)
    assert len(re.findall(r"<h1[ >]", html)) == 1
    inputs = [tag for tag in re.findall(r"<(?:input|select)[^>]*>", html) if 'type="hidden"' not in tag]
    assert len(inputs) <= html.count("<label")


def test_keys_are_each_given_once(client, ready):
    keys = re.findall(r'data-key="(.)"', start(client))
    assert len(keys) == len(set(keys)) and {"y", "n", "s", "u", "1"} <= set(keys)


def test_an_answer_leads_to_the_next_item_and_undo_back(client, ready):
    first = start(client)
    client.post("/review", data={"item": item(first), "verdict": "yes"})
    second = page(client)
    assert item(second) != item(first) and "Yes: " in second
    client.post("/review/undo")
    assert item(page(client)) == item(first)


def test_another_label_is_one_button(client, ready):
    client.post("/review", data={"item": item(start(client)), "label": "other"})
    assert client.get("/api/v1/reviews/precision").status_code == 200
    assert "Another label" in page(client)


def test_two_browsers_get_different_items_and_a_late_answer_is_told(client, ready):
    first = start(client)
    other = client.get("/review", headers={**HTML, "Cookie": "parley_reviewer=0badcafe"})
    assert item(other.text) != item(first)
    client.post("/review", data={"item": item(first), "verdict": "yes"})
    late = client.post("/review", data={"item": item(first), "verdict": "no"}, headers=HTML)
    assert "that answer stands" in late.text


def silent_item(client) -> dict:
    queue = client.get("/api/v1/review/queue?limit=50").json()
    return next(one for one in queue["items"] if one["part"] == "recall")


def test_what_was_missed_is_marked_by_sentence_and_counts(client, listened):
    start(client)
    one = silent_item(client)
    body = {
        "item": f"{one['round']}.{one['position']}",
        "verdict": "missed",
        "kind": "objection",
        "label": "timing",
        "span": "0:0",
    }
    client.post("/review", data=body)
    found = client.get("/api/v1/quotes?label=timing").json()["items"]
    assert {quote["text"] for quote in found} == {one["text"].strip()}


@pytest.mark.parametrize("kind", ["objection", "question", "competitor"])
def test_the_words_and_label_of_what_was_missed_are_asked(client, listened, kind):
    start(client)
    while "Was anything missed here?" not in (html := page(client)):
        client.post("/review", data={"item": item(html), "verdict": "skip"})
    html = client.get(f"/review?missed={kind}", headers=HTML).text
    assert f'name="kind" value="{kind}"' in html and 'name="span"' in html and 'data-key="1"' in html


@pytest.mark.parametrize(
    "body",
    [
        {"item": "1.1", "verdict": "perhaps"},
        {"item": "1.1", "label": "incumbent"},
        {"item": "x", "verdict": "yes"},
        {"item": "1.1", "verdict": "yes", "span": "-1:4"},
    ],
)
def test_a_wrong_answer_is_refused(client, ready, body):
    start(client)
    assert client.post("/review", data=body, headers=HTML).status_code == 422


def test_reviews_over_http_hold_and_are_taken_back(client, ready):
    quote = next(q for q in client.get("/api/v1/insights?limit=200").json()["items"] if q["text"] == PRICE)
    made = client.post("/api/v1/reviews", json={"insight_id": quote["id"], "verdict": "no"})
    assert made.status_code == 201 and made.json()["insights"] > 1
    assert client.get(f"/api/v1/insights/{quote['id']}").status_code == 404
    assert PRICE not in client.get("/quotes", headers=HTML).text
    assert client.delete(f"/api/v1/reviews/{made.json()['id']}").status_code == 204
    assert client.get(f"/api/v1/insights/{quote['id']}").status_code == 200
    assert client.delete(f"/api/v1/reviews/{made.json()['id']}").status_code == 404


def test_a_second_answer_over_http_conflicts(client, ready):
    queue = client.post("/api/v1/review/rounds").json()
    one = next(i for i in queue["items"] if i["insight_id"])
    body = {"round": one["round"], "position": one["position"], "verdict": "yes"}
    assert [client.post("/api/v1/reviews", json=body).status_code for _ in range(2)] == [201, 409]


def test_a_theme_shows_its_precision_once_enough_was_reviewed(client, ready):
    assert "right when reviewed" not in client.get("/themes/1", headers=HTML).text
    html = start(client)
    while 'name="item"' in html:
        verdict = "nothing" if "Was anything missed here?" in html else "yes"
        client.post("/review", data={"item": item(html), "verdict": verdict})
        html = page(client)
    assert "This round is done" in html
    assert re.search(r"100\s% right when reviewed", client.get("/themes/1", headers=HTML).text)


def test_the_terminal_asks_exports_and_takes_back(parley, tmp_path, settings, ready, monkeypatch):
    monkeypatch.setenv("PARLEY_DATABASE", str(settings.database_file))
    assert "1 of" in parley("review", stdin="y\nq\n").stdout
    assert "reviewed" in parley("review", "--list").stdout
    assert parley("review", "--export", str(tmp_path / "rows.jsonl")).returncode == 0
    row = json.loads((tmp_path / "rows.jsonl").read_text().splitlines()[0])
    assert set(row) == {"id", "role", "text", "context", "marks"}
    assert parley("review", "--undo", "0").returncode == 0
    assert parley("review", "--undo", "0").returncode == 1
    assert "too few" in parley("train").stdout and "not used" in parley("train", "--status").stdout
    assert parley("train", "--undo").returncode == 1


def test_the_end_of_what_is_typed_ends_a_review_like_q(parley, settings, ready, monkeypatch):
    monkeypatch.setenv("PARLEY_DATABASE", str(settings.database_file))
    done = parley("review", stdin="y\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\nWhat you answered holds. To go on: parley review\n")
    assert parley("review", stdin="q\n").stdout.endswith("What you answered holds. To go on: parley review\n")


def keys(html: str) -> tuple[tuple[str, str], ...]:
    return tuple(re.findall(r'name="label" value="(\w+)" data-key="(\w)"', html))


def test_a_label_has_the_same_key_wherever_it_is_asked_for(client, listened):
    html, seen = start(client), set()
    while 'name="item"' in html:
        if "Was anything missed here?" in html:
            seen |= {
                (kind, keys(client.get(f"/review?missed={kind}", headers=HTML).text))
                for kind in ("objection", "question")
            }
        elif kind := re.search(r"Is this a buyer.s (objection|question)", html):
            seen.add((kind[1], keys(html)))
        client.post("/review", data={"item": item(html), "verdict": "skip"})
        html = page(client)
    given = {}
    for kind, found in seen:
        for label, key in found:
            assert given.setdefault((kind, label), key) == key
    assert (
        len({frozenset(found) for kind, found in seen if kind == "objection"}) > 1
    )  # what was found is not offered again


def test_what_was_missed_can_be_left_open_or_be_of_another_kind_by_the_keys_of_the_queue(client, listened):
    start(client)
    while "Was anything missed here?" not in (html := page(client)):
        client.post("/review", data={"item": item(html), "verdict": "skip"})
    asked = client.get("/review?missed=objection", headers=HTML).text
    found = re.findall(r'data-key="(\w)"', asked)
    assert {"n", "s", "q", "c", "u"} <= set(found) and len(found) == len(set(found))
    assert re.search(r"<kbd>n</kbd> Back", asked) and 'form="unsure" data-key="s"' in asked


def test_each_label_stands_at_the_place_of_its_key_whatever_was_found(client, ready):
    places = set()
    html = start(client)
    for _ in range(12):
        offered = re.findall(
            r'data-key="(\w)"><kbd>\w</kbd> ([\w -]+?)(?: <span class="of">as found</span>)?</button>', html
        )
        labels = [one for one in offered if one[0] in "123456789"]
        if "Is this a buyer" in html:
            places.add(tuple(key for key, _ in labels))
            assert html.count('value="yes" data-key') == 2
        client.post("/review", data={"item": item(html), "verdict": "skip"})
        html = page(client)
    assert places == {tuple("123456789")}


def test_yes_something_was_missed_has_the_key_that_yes_has(client, listened):
    start(client)
    while "Was anything missed here?" not in (html := page(client)):
        client.post("/review", data={"item": item(html), "verdict": "skip"})
    assert re.search(r'href="/review\?missed=objection" data-key="y"', html)


def test_answers_outside_the_random_order_are_not_called_none_and_one_silent_place_tells_no_share():
    from api.views.review import sentence
    from insights.estimates import Estimate
    from pipelines.reviews.precision import Precision

    assert sentence(Precision("question", None, (0, 0), None)) == "nothing reviewed yet"
    assert sentence(Precision("question", None, (1, 1), None, 2)).startswith("2 reviewed, none of the random ones")
    right, one = Estimate(0.9, 0.7, 1.0, 12, 90), Estimate(0.0, 0.0, 0.05, 1, 40)
    assert "of 100 missed" not in sentence(Precision("objection", right, (5, 5), one, 12))
    assert "too few silent places heard to say what was missed (1)" in sentence(
        Precision("objection", right, (5, 5), one, 12)
    )


def a_turn(db) -> tuple[str, int, str]:
    row = next(
        db.query(
            "SELECT conversation_id, position, text FROM utterances WHERE text LIKE 'Thanks for making time%' ORDER BY id"
        )
    )
    return row["conversation_id"], row["position"], row["text"]


def test_words_that_were_missed_are_marked_in_the_conversation_count_at_once_and_are_unmarked(client, db, ready):
    conversation, position, text = a_turn(db)
    place = f"/conversations/{conversation}/missed/{position}"
    assert f'href="{place}"' in client.get(f"/conversations/{conversation}", headers=HTML).text
    asked = client.get(place, headers=HTML).text
    assert "Something was missed here" in asked and 'value="objection:timing"' in asked and text in asked

    marked = client.post(
        place, data={"found": "objection:timing", "span": "7:22"}, headers=HTML, follow_redirects=False
    )

    where = marked.headers["location"]
    (row,) = db.query(
        "SELECT text, label FROM shown_insights WHERE conversation_id = ? AND label = 'timing'", [conversation]
    )
    assert (row["text"], row["label"]) == (text[7:22], "timing")
    assert "Marked as objection, timing" in client.get(where, headers=HTML).text
    again = client.post(place, data={"found": "objection:price", "span": "10:20"}, headers=HTML)
    told = re.sub(r"<[^>]+>", "", again.text)
    assert again.status_code == 409 and "In these words stands an objection already: timing, marked by" in told
    (quote,) = db.query("SELECT id FROM shown_insights WHERE conversation_id = ? AND label = 'timing'", [conversation])
    assert f'href="/quotes/{quote["id"]}">Open it' in again.text
    part = re.search(r'name="span" value="(\d+:\d+)"(?! checked)', again.text)[1]
    kept = client.post(place, data={"found": "objection:price", "span": part}, headers=HTML)
    assert (
        kept.status_code == 409
        and f'value="{part}" checked' in kept.text
        and len(re.findall(r'name="span"[^>]* checked', kept.text)) == 1
    )
    event = re.search(r"event=(\d+)", where)[1]
    elsewhere = client.post("/conversations/another/missed/0/undo", data={"event": event}, headers=HTML)
    assert elsewhere.status_code == 404
    client.post(f"/conversations/{conversation}/missed/0/undo", data={"event": event})
    assert not list(
        db.query("SELECT 1 FROM shown_insights WHERE conversation_id = ? AND label = 'timing'", [conversation])
    )
    assert (
        client.post(f"/conversations/{conversation}/missed/0/undo", data={"event": event}, headers=HTML).status_code
        == 404
    )


@pytest.mark.parametrize(
    ("data", "status"),
    [({"found": "objection:nonsense"}, 422), ({"found": "nonsense"}, 422), ({"found": "objection:price", "span": "7:99999"}, 422), ({}, 422)],
)  # fmt: skip
def test_what_cannot_be_marked_is_refused_and_a_turn_that_is_not_there_is_not_found(client, db, ready, data, status):
    conversation, position, _ = a_turn(db)
    assert (
        client.post(f"/conversations/{conversation}/missed/{position}", data=data, headers=HTML).status_code == status
    )
    assert client.get(f"/conversations/{conversation}/missed/9999", headers=HTML).status_code == 404


def test_what_is_marked_unasked_is_no_part_of_the_sample_that_says_how_much_is_missed(client, db, listened):
    from pipelines.reviews import review

    said = next(iter(review_items.scored(db)))
    row = next(db.query("SELECT conversation_id, position FROM utterances WHERE id = ?", [said]))
    place = f"/conversations/{row['conversation_id']}/missed/{row['position']}"

    assert client.post(place, data={"found": "question:pricing"}, headers=HTML).status_code == 200
    assert review.heard(db) == {}
