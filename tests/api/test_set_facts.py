"""Facts that no file says are set by hand: for one conversation, for many, on the way in; undoable and kept."""

import io
import re

import pytest

from pipelines.ingest import ingest
from pipelines.jobs import work_once
from pipelines.store import conversations
from pipelines.uploads import set_facts
from pipelines.uploads.undo import undo

CALL = "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\n<v Ann>Honestly, it is too expensive for us.</v>\n"
NOW = "2026-03-20T09:00:00+00:00"


@pytest.fixture
def bring(db, tmp_path):
    def upload(*names: str) -> list[str]:
        for n, name in enumerate(names):
            (tmp_path / name).write_text(CALL.replace("too expensive", f"too expensive by {n} times"))
        ingest(db, [tmp_path / name for name in names], title="calls", now=lambda: NOW)
        return conversations.ids(db)

    return upload


def stands(db, one: str) -> dict[str, str]:
    return set_facts.standing(db, one)


def test_a_transcript_without_date_and_account_is_given_both_on_its_page(empty_client, db, bring):
    (one,) = bring("call.vtt")

    told = empty_client.post(f"/conversations/{one}/facts", data={"date": "2026-02-03", "account": "Acme", "base": 0})

    assert "Set by hand: date, account of 1 conversation" in told.text
    assert stands(db, one) == {"date": "2026-02-03", "account": "Acme", "contact": "", "deal": ""}


def test_what_was_set_is_undone_and_set_again(empty_client, db, bring):
    (one,) = bring("call.vtt")
    told = empty_client.post(f"/conversations/{one}/facts", data={"date": "2026-02-03", "account": "Acme"})
    act = re.search(r"/conversations/facts/(\d+)/undo", told.text)[1]

    told = empty_client.post(f"/conversations/facts/{act}/undo")

    assert "Undone: date, account of 1 conversation" in told.text
    assert set(stands(db, one).values()) == {""}
    empty_client.post(f"/conversations/facts/{act}/redo")
    assert stands(db, one)["date"] == "2026-02-03"


def test_it_is_kept_when_the_same_file_comes_again_even_after_an_undo(db, bring):
    (one,) = bring("call.vtt")
    set_facts.put(db, [one], {"account": "Acme", "date": "2026-02-03", "deal": "Renewal"}, now=NOW, actor="Ann")
    undo(db, 1)
    assert conversations.ids(db) == []

    bring("call.vtt")

    assert stands(db, one) == {"date": "2026-02-03", "account": "Acme", "contact": "", "deal": "Renewal"}


def test_many_are_set_at_once_and_those_that_have_one_are_left(empty_client, db, bring):
    first, second, third = bring("a.vtt", "b.vtt", "c.vtt")
    set_facts.put(db, [first], {"account": "Acme"}, now=NOW, actor="Ann")

    told = empty_client.post("/uploads/1/facts", data={"every": "account", "account": "Bexley"})

    assert "Set by hand: account of 2 conversations" in told.text
    assert [stands(db, one)["account"] for one in (first, second, third)] == ["Acme", "Bexley", "Bexley"]


def test_the_check_before_an_upload_asks_what_the_files_do_not_say(empty_client, settings, db):
    files = {"files": ("call.vtt", io.BytesIO(CALL.encode()), "text/vtt")}
    page = empty_client.post("/uploads", files=files, data={"action": "check"})
    assert "What the files do not say" in page.text
    token = re.search(r"/uploads/waiting/([0-9a-f]{16})", str(page.url))[1]

    empty_client.post(
        f"/uploads/waiting/{token}", data={"action": "upload", "given:account": "Acme", "given:date": "2026-02-03"}
    )
    while work_once(settings):
        pass

    (one,) = conversations.ids(db)
    assert (stands(db, one)["account"], stands(db, one)["date"]) == ("Acme", "2026-02-03")


def test_of_two_editors_the_second_is_told(empty_client, bring):
    (one,) = bring("call.vtt")
    empty_client.post(f"/conversations/{one}/facts", data={"account": "Acme", "base": 0})

    second = empty_client.post(f"/conversations/{one}/facts", data={"account": "Bexley", "base": 0})

    assert second.status_code == 409
    assert "changed the facts of this conversation" in second.text


@pytest.mark.parametrize("date", ["3 March", "2026-02-30", "0001-01-01"])
def test_a_date_that_is_none_is_refused(empty_client, db, bring, date):
    (one,) = bring("call.vtt")
    assert empty_client.post(f"/conversations/{one}/facts", data={"date": date}).status_code == 422
    assert stands(db, one)["date"] == ""


def test_a_deal_that_was_named_is_counted_as_one(db, bring):
    from pipelines.store.units import DEAL

    ids = bring("a.vtt", "b.vtt")
    set_facts.put(db, ids, {"deal": "Renewal 2026"}, now=NOW, actor="Ann")
    assert db.execute(f"SELECT count(DISTINCT {DEAL}) FROM conversations c").fetchone()[0] == 1


def test_the_interface_sets_and_takes_back(empty_client, db, bring):
    (one,) = bring("call.vtt")
    made = empty_client.post("/api/v1/conversations/facts", json={"conversations": [one], "account": "Acme"})
    assert (made.status_code, stands(db, one)["account"]) == (201, "Acme")
    assert empty_client.delete(f"/api/v1/conversations/facts/{made.json()['id']}").status_code == 204
    assert stands(db, one)["account"] == ""


def test_the_terminal_sets_and_takes_back(bring, parley, at_home):
    (one,) = bring("call.vtt")
    at_home()
    assert "parley facts undo 1" in parley("facts", "set", one, "--account", "Acme").stdout
    assert "Acme" in parley("facts", "show", one).stdout
    assert "1 facts" in parley("facts", "undo", "1").stdout
    assert "Acme" not in parley("facts", "show", one).stdout
