"""A quote's borders set by hand: on its page, over the interface; verbatim, undoable, and kept through mining."""

from contextlib import closing

import pytest

from insights.records import Insight, stable_id
from pipelines.operation import transfer
from pipelines.quotes import borders
from pipelines.store import connect, conversations, insights
from tests.api.test_quote_pages import store as store_quote

SAID = "We like it. Honestly, that is more than we can spend this year. Maybe next spring?"
START, END = SAID.index("more than"), SAID.index(" this year")
WHOLE = "Honestly, that is more than we can spend this year."


@pytest.fixture
def quote(db):
    return store_quote(db, SAID, start=START, end=END)


def text_of(client, quote) -> str:
    return client.get(f"/api/v1/quotes/{quote}").json()["quote"]["text"]


def test_a_cut_quote_is_made_whole_with_one_click_and_keeps_its_address(empty_client, quote):
    page = empty_client.get(f"/quotes/{quote}").text
    assert "Whole sentence" in page

    told = empty_client.post(f"/quotes/{quote}/borders", data={"step": "whole", "base": 0, "name": "Ann"})

    assert "Changed where the quote begins and ends" in told.text
    assert text_of(empty_client, quote) == WHOLE
    assert f"“{WHOLE}”" in empty_client.get(f"/api/v1/quotes/{quote}/copy").json()["formats"]["text"]


def test_borders_are_tried_without_a_script_before_they_are_saved(empty_client, quote):
    page = empty_client.get(f"/quotes/{quote}?start={START}&end={END}&step=start-word-more").text

    assert f'name="start" value="{SAID.index("is more")}"' in page
    assert text_of(empty_client, quote) == SAID[START:END]


def test_an_undo_gives_the_found_words_back_and_can_itself_be_undone(empty_client, quote):
    empty_client.post(f"/quotes/{quote}/borders", data={"step": "whole"})
    event = empty_client.get(f"/api/v1/quotes/{quote}").json()["borders"]["base"]

    told = empty_client.post(f"/quotes/{quote}/borders/{event}/undo")

    assert "Undone: the quote begins and ends as before" in told.text
    assert "Redo" in told.text
    assert text_of(empty_client, quote) == SAID[START:END]
    empty_client.post(f"/quotes/{quote}/borders/{event}/redo")
    assert text_of(empty_client, quote) == WHOLE


def test_of_two_editors_the_second_is_told(empty_client, quote):
    empty_client.post(f"/quotes/{quote}/borders", data={"start": START, "end": len(SAID), "base": 0, "name": "Ann"})

    second = empty_client.post(f"/quotes/{quote}/borders", data={"step": "whole", "base": 0, "name": "Bo"})

    assert second.status_code == 409
    assert "Meanwhile Ann changed where this quote begins or ends" in second.text
    assert text_of(empty_client, quote) == SAID[START:]


@pytest.mark.parametrize(
    ("start", "end"), [(0, 3), (START, 10_000), (END, START), (START + 1, END), (len(SAID) - 3, len(SAID))]
)
def test_borders_that_are_none_are_refused(empty_client, quote, start, end):
    answer = empty_client.put(f"/api/v1/quotes/{quote}/borders", json={"start": start, "end": end})

    assert answer.status_code == 422
    assert text_of(empty_client, quote) == SAID[START:END]


def test_borders_hold_after_the_conversation_is_read_again(empty_client, db, quote):
    empty_client.put(f"/api/v1/quotes/{quote}/borders", json={})
    turn = conversations.utterances(db, stable_id("one"))[5]

    with db.atomic():
        found = Insight("objection", START, END, SAID[START:END], "budget", 0.8)
        insights.replace(db, stable_id("one"), [(turn.id, SAID, found)])

    assert text_of(empty_client, quote) == WHOLE


def test_a_competitors_mention_keeps_its_name_and_changes_what_stands_around_it(db):
    store_quote(db, SAID, start=0, end=3)
    turn = conversations.utterances(db, stable_id("one"))[5]
    at = SAID.index("spend")
    with db.atomic():
        rival = Insight("competitor", at, at + 5, "spend", "mention", 0.9, name="spend")
        insights.replace(db, stable_id("one"), [(turn.id, SAID, rival)])
    quote = stable_id(turn.id, "competitor", at, at + 5)

    borders.put(db, quote, SAID.index("we can"), END, now="2026-03-20", actor="Ann")

    found = insights.get(db, quote)
    assert (found.before, found.text, found.after) == ("we can ", "spend", "")


def test_a_collection_shows_the_new_borders(empty_client, quote):
    empty_client.post("/collections/add", data={"quote": quote, "title": "Pricing"})
    empty_client.put(f"/api/v1/quotes/{quote}/borders", json={})

    assert WHOLE in empty_client.get("/collections/1/export?format=md").text


def test_an_export_and_import_keep_the_borders(db, tmp_path, quote):
    borders.put_whole(db, quote, now="2026-03-20", actor="Ann")
    transfer.export(db, tmp_path / "out.jsonl")
    transfer.bring_in(tmp_path / "out.jsonl", tmp_path / "new.db")

    with closing(connect(tmp_path / "new.db")) as new:
        assert insights.get(new, quote).text == WHOLE


def test_the_terminal_sets_borders_and_takes_them_back(quote, parley, at_home):
    at_home()
    assert WHOLE in parley("borders", quote, "--whole").stdout
    assert parley("borders", quote, "--undo", "1").returncode == 0
    assert parley("borders", quote, "--undo", "2").returncode == 1
