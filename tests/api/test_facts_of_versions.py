"""Facts are set of what counts: a copy or an older version is not offered, not changed, and never counts again by it."""

import re

import pytest

from pipelines.store import pieces
from pipelines.store import set_facts as store
from pipelines.uploads import set_facts
from pipelines.uploads.once import count_once
from pipelines.uploads.refresh import refresh
from tests.api.conftest import NOW
from tests.api.test_what_came import ACME as NUMBERED
from tests.api.test_what_came import NORVIK, add, page

ACME = NUMBERED.replace("N-1", "")  # a number would make it the same record on any day
UNDATED = ACME.replace("2026-01-05", "2026-02-31")
ALSO = NORVIK.replace("2026-01-06", "")


@pytest.fixture
def versions(db, tmp_path) -> tuple[str, str, str]:
    """The older version that came without its date, the one that counts in its place, and another without a date."""
    add(db, tmp_path, "first", ("a.csv", UNDATED + ALSO))
    add(db, tmp_path, "second", ("b.csv", ACME))
    sql = "SELECT id FROM conversations ORDER BY standing = '', account"
    old, new, also = (row["id"] for row in db.query(sql))
    return old, new, also


def without_dates(db) -> set[str]:
    return {row["id"] for row in db.query("SELECT id FROM conversations WHERE coalesce(day, '') = ''")}


def test_an_older_version_is_not_among_those_without_a_date(empty_client, versions):
    old, _, also = versions
    assert "1 conversation without a date" in page(empty_client, 1)
    shown = page(empty_client, 1, lacking="true")
    assert f'value="{also}"' in shown and old not in shown


def test_an_older_version_is_shown_for_what_it_is_and_cannot_be_ticked(empty_client, versions):
    old, _, also = versions
    shown = page(empty_client, 1)
    listed = shown[shown.index('id="conversations"') :]
    assert f'value="{also}"' in listed and f'value="{old}"' not in listed
    assert f'href="/conversations/{old}"' in listed and "does not count" in listed
    assert f'action="/conversations/{old}/facts"' not in empty_client.get(f"/conversations/{old}").text


@pytest.mark.parametrize("every", ["lacking", "date", ""])
def test_setting_the_date_of_all_leaves_an_older_version_and_the_count(empty_client, db, versions, every):
    old, _, also = versions
    before = pieces.counted(db)

    told = empty_client.post(
        "/uploads/1/facts", data={"conversation": [old, also], "every": every, "date": "2026-02-27"}
    )

    assert "Set by hand: date of 1 conversation" in told.text
    assert without_dates(db) == {old}
    assert pieces.counted(db) == before == (3, 2)


def test_an_older_version_is_refused_wherever_it_is_named(empty_client, db, versions, parley, at_home):
    old, _, also = versions
    facts = {"date": "2026-02-27"}
    for answer in (
        empty_client.post("/api/v1/conversations/facts", json={"conversations": [old, also], **facts}),
        empty_client.post(f"/conversations/{old}/facts", data=facts),
    ):
        assert answer.status_code == 422 and "counts in its place" in answer.text
    at_home()
    refused = parley("facts", "set", old, "--date", "2026-02-27")
    assert refused.returncode and "counts in its place" in refused.stderr
    assert without_dates(db) == {old, also}


def test_what_was_taken_back_is_not_set_again_once_a_later_version_counts(empty_client, db, tmp_path):
    add(db, tmp_path, "first", ("a.csv", UNDATED))
    (old,) = without_dates(db)
    act = set_facts.put(db, [old], {"date": "2026-02-27"}, now=NOW, actor="Ann")
    set_facts.take_back(db, act, now=NOW, actor="Ann")
    add(db, tmp_path, "second", ("b.csv", ACME))

    assert empty_client.post(f"/conversations/facts/{act}/redo").status_code == 422
    assert pieces.counted(db) == (2, 1)


def test_a_date_that_made_an_older_version_count_is_taken_back_and_it_counts_once(db, versions):
    old, _, _ = versions
    with db.atomic():
        act = store.add(
            db, [(old, "date", "2026-02-27", "")], now=NOW, actor="Ann"
        )  # as it was set before this was refused
        refresh(db, [old])
    count_once(db)
    assert pieces.counted(db) == (3, 3)
    set_facts.take_back(db, act, now=NOW, actor="Ann")
    assert pieces.counted(db) == (3, 2)


def test_a_version_follows_what_is_set_of_the_one_that_counts(empty_client, db, tmp_path):
    note = ACME.replace("N-1", "").replace(
        "this year", "this year and would rather wait for the spring with their team"
    )
    add(db, tmp_path, "first", ("a.csv", note))
    add(db, tmp_path, "second", ("b.csv", note.replace("team", "finance team")))
    (new,) = (row["id"] for row in db.query("SELECT id FROM conversations WHERE standing = ''"))
    assert pieces.counted(db) == (2, 1)

    told = empty_client.post(f"/conversations/{new}/facts", data={"date": "2026-03-09", "account": "Bexley", "base": 0})

    assert "date, account of 1 conversation" in told.text
    assert pieces.counted(db) == (2, 1)
    undo = re.search(r"/conversations/facts/\d+/undo", told.text)
    empty_client.post(undo[0])
    assert pieces.counted(db) == (2, 1)
    assert {row["day"] for row in db.query("SELECT day FROM conversations")} == {"2026-01-05"}
