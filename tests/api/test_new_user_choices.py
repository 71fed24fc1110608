"""What a new user met when choosing: what columns mean, who is who, addresses of the catalogue, and doubled work."""

import io
import re

import pytest

from api.wording.column_words import GROUPS
from insights.formats.tables import columns
from pipelines.ingest import ingest
from pipelines.jobs import submit_sides
from pipelines.store import jobs
from pipelines.uploads import sides

NOTES = "Ref#,Whn,Our Person,Their Guy,Guy Title,Pipe Pos,Scribbles\n1,02/03/2026,Dana Whitlock,Helen Cross,Buyer,Disco,The price is far too high for them this year\n"
TALK = """WEBVTT

00:00:01.000 --> 00:00:05.000
<v Dana Whitlock>Thanks for joining, Helen. How did the pilot go?

00:00:06.000 --> 00:00:10.000
<v Tom Beck>From the finance side we cannot sign before July.
"""
NOW = "2026-03-20T09:00:00+00:00"


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("Our Person", "rep"),
        ("Our Guy", "rep"),
        ("Their Guy", "contact"),
        ("Guy Title", "job_title"),
        ("Pipe Pos", "stage"),
    ],
)
def test_headers_that_somebody_wrote_for_themselves_are_guessed(header, role):
    assert columns.guessed(header) == role


@pytest.mark.parametrize("header", ["Whn", "Column 1"])
def test_one_impossible_day_among_many_does_not_take_the_dates_away(header):
    rows = [[f"{day:02}/03/2026"] for day in range(1, 31)] + [["31/02/2026"]]

    assert [one.role for one in columns.meanings([header], rows)] == ["date"]


def test_every_meaning_of_a_column_stands_in_one_group():
    grouped = [one.role for group in GROUPS for one in group.choices]

    assert sorted(grouped) == sorted(columns.roles())


@pytest.fixture
def check(empty_client):
    def page(text: str, name: str = "notes.csv", query: str = ""):
        files = {"files": (name, io.BytesIO(text.encode()), "text/plain")}
        shown = empty_client.post("/uploads", files=files, data={"action": "check"})
        return empty_client.get(f"{shown.url.path}?{query}").text if query else shown.text

    return page


def test_meanings_are_grouped_and_the_technical_ones_wait_until_asked_for(check):
    page = check(NOTES)

    assert re.findall(r'<optgroup label="([^"]+)"', page)[:4] == [
        "Who",
        "When",
        "What was said",
        "Deal",
    ]
    assert 'value="message_id"' not in page
    assert "Account: the buyer’s company" in page
    assert 'value="message_id"' in check(NOTES, query="technical=yes")


def test_a_technical_meaning_in_use_stays_chosen(check):
    assert re.search(
        r'<option value="message_id" selected', check("Message ID,Date,Text\n<a@b>,2026-03-01,It is too dear for us\n")
    )


def test_what_the_files_do_not_say_stands_open_where_they_lack_it(check):
    closed = check("Date,Account,Notes\n2026-03-01,Acme,The price is far too high for them\n")

    assert 'open><summary id="given-head"' in check(NOTES)
    assert 'open><summary id="given-head"' not in closed


def test_whoever_is_spoken_of_moves_at_once_though_the_work_waits(empty_client, db, tmp_path):
    (tmp_path / "call.vtt").write_text(TALK)
    ingest(db, [tmp_path / "call.vtt"], title="call", now=lambda: NOW)
    assert "Tom Beck" in {one.name for one in sides.parted(db).open}

    page = empty_client.post("/speakers", data={"subject": "Tom Beck", "side": "buyer"}).text

    assert "Tom Beck" not in {one.name for one in sides.parted(db).open}
    assert "your word: is being worked out again" in page


def test_on_an_empty_database_there_is_nothing_to_work_out(db):
    assert submit_sides(db, []) is None
    assert jobs.unfinished(db) == []


def test_the_same_work_does_not_wait_twice(db, filled):
    assert submit_sides(db, []) == submit_sides(db, [])
    assert len(jobs.unfinished(db, "sides")) == 1


@pytest.mark.parametrize("name", ["competitors", "trackers"])
def test_lists_that_have_pages_of_their_own_are_found_under_the_catalogue(empty_client, name):
    page = empty_client.get(f"/catalogue/{name}")

    assert (page.status_code, page.url.path) == (200, f"/{name}")
