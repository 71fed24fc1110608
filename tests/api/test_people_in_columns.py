"""Who is known from columns alone stands in who is who, with where it is known from, and can be corrected."""

import re

import pytest

from pipelines.ingest import ingest
from pipelines.uploads.sides import parted

NOTES = """Date,Account,Contact,Owner,Description
2025-03-03,Arlo Foods,Dana Ortiz,Joel Okafor,Says the price is too high for what it does.
2025-03-04,Bexley,Raj Stroud,Joel Okafor,Asked whether we support single sign-on.
2025-03-05,Bexley,Joel Okafor,Raj Stroud,Asked whether we are cheaper next year.
"""


@pytest.fixture
def noted(db, tmp_path):
    (tmp_path / "notes.csv").write_text(NOTES)
    ingest(db, [tmp_path / "notes.csv"], title="notes", now=lambda: "2026-01-01T00:00:00+00:00")


def test_a_rep_and_a_contact_who_never_speak_are_listed_with_where_they_stand(empty_client, noted):
    page = empty_client.get("/speakers").text
    people = page[page.index('id="named"') :]

    assert "Dana Ortiz" in people
    assert "the contact of 1 conversation, for instance in notes.csv" in people


def test_who_stands_in_both_columns_is_not_known_and_comes_first(db, noted):
    named = parted(db, columns=10).named

    assert [(one.name, one.side) for one in named] == [
        ("Joel Okafor", "unknown"), ("Raj Stroud", "unknown"), ("Dana Ortiz", "buyer"),
    ]  # fmt: skip


def test_a_word_on_them_is_kept_and_undone(empty_client, db, noted):
    told = empty_client.post("/speakers", data={"subject": "Dana Ortiz", "side": "seller"})
    assert "<strong>Dana Ortiz</strong> is one of us" in told.text
    assert next(one for one in parted(db, columns=10).named if one.name == "Dana Ortiz").side == "seller"

    number = re.search(r'name="number" value="(\d+)"', told.text)[1]
    empty_client.post("/speakers/undone", data={"number": number})

    assert next(one for one in parted(db, columns=10).named if one.name == "Dana Ortiz").side == "buyer"


CALL = "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\nJoel Amber: The weather is fine.\n\n00:00:04.000 --> 00:00:09.000\nDana Ortiz: It is, and the train was on time.\n"


def test_what_columns_tell_of_speakers_is_taken_with_one_press_and_undone_with_one(empty_client, db, tmp_path, noted):
    (tmp_path / "call.vtt").write_text(CALL)
    (tmp_path / "more.csv").write_text(
        NOTES.partition("\n")[0] + "\n2025-04-03,Arlo Foods,Dana Ortiz,Joel Amber,Wants a pilot.\n"
    )
    for name in ("call.vtt", "more.csv"):
        ingest(db, [tmp_path / name], title=name, now=lambda: "2026-01-01T00:00:00+00:00")
    page = empty_client.get("/speakers").text
    assert 'action="/speakers/told"' in page and "For 2 of them the CRM" in page

    page = empty_client.post("/speakers/told").text

    assert "<strong>2 speakers</strong> have in every conversation" in page and 'action="/speakers/told"' not in page
    given = dict(re.findall(r'name="(first|number)" value="(\d+)"', page[page.index('class="done"') :])[:2])
    empty_client.post("/speakers/undone", data=given)
    assert 'action="/speakers/told"' in empty_client.get("/speakers").text
