"""Forgetting reaches whoever is known only by rows that could not be read, and every table that has come since."""

import json
import shutil
from pathlib import Path

import pytest

from pipelines import forget, persons
from pipelines.ingest import ingest
from pipelines.persons import Asked
from pipelines.store import comments as store_of_comments

NOW = "2026-01-15T12:00:00+00:00"
ADDRESS = "dana.ortiz@arlo.example"
HEAD = "Activity ID,Activity Date,Account,Contact Name,Contact Email,Description\n"
OTHERS = "A9,2025-03-04,Bexley Trading,Raj Stroud,raj@bexley.example,Raj asked for a longer trial of the scanners.\n"
NO_TEXT = f"A1,2025-03-03,Arlo Foods,Dana Ortiz,{ADDRESS},\n"
TOO_LONG = f"A1,2025-03-03,Arlo Foods,Dana Ortiz,{ADDRESS},The cellar has no signal,says nobody but her\n"
FIRST_LAST = HEAD.replace("Contact Name", "First Name,Last Name")
SPLIT = f"A1,2025-03-03,Arlo Foods,Dana,Ortiz,{ADDRESS},The cellar has no signal,says nobody but her\n"
SPLIT_OTHERS = OTHERS.replace("Raj Stroud", "Raj,Stroud")
TOKENS = (b"dana", b"ortiz", b"cellar has no", b"nobody but her")


@pytest.fixture
def bring(db, tmp_path):
    def upload(name: str, text: str) -> None:
        folder = tmp_path / "incoming"
        folder.mkdir()
        (folder / name).write_text(text)
        ingest(db, [folder / name], title=name, now=lambda: NOW)
        shutil.rmtree(folder)

    return upload


def _forget(db, home: Path, given: str = ADDRESS, account: str = "") -> forget.Receipt:
    return forget.forget(db, Asked(given, account), home, confirmed=given, now=lambda: NOW, actor="test")


def _left(home: Path) -> list[tuple[str, bytes]]:
    files = [(file.name, file.read_bytes().lower()) for file in home.rglob("*") if file.is_file()]
    return [(name, token) for name, data in files for token in TOKENS if token in data]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD + TOO_LONG + OTHERS, id="more cells than the header has"),
        pytest.param(HEAD + NO_TEXT + OTHERS, id="no words"),
        pytest.param(FIRST_LAST + SPLIT + SPLIT_OTHERS, id="first and last name in columns of their own"),
    ],
)
def test_who_is_only_in_rows_that_could_not_be_read_is_in_no_file_any_more(db, bring, tmp_path, text):
    bring("Calls of Dana Ortiz.csv", text)
    assert _left(tmp_path)
    _forget(db, tmp_path)
    assert _left(tmp_path) == []
    assert db.table("conversations").count_where("account = 'Bexley Trading'") == 1


def test_a_row_that_could_not_be_read_is_found_by_name_and_company_too(db, bring, tmp_path):
    bring("calls.csv", HEAD + TOO_LONG + OTHERS)
    _forget(db, tmp_path, "Dana Ortiz", "Arlo Foods")
    assert _left(tmp_path) == []


def test_a_row_that_only_speaks_of_the_person_stays_with_their_name_covered(db, bring, tmp_path):
    bring("calls.csv", HEAD + NO_TEXT + "A2,2025-03-04,Bexley Trading,Raj Stroud,,Met Dana Ortiz,and wants a pilot\n")
    _forget(db, tmp_path)
    assert _left(tmp_path) == []
    (left,) = [json.loads(row["record"]) for row in db.query("SELECT record FROM problems WHERE record <> '{}'")]
    assert left["Description"] == "Met ████ █████" and left["Contact Name"] == "Raj Stroud"


def test_cells_that_stand_one_column_off_make_nobody_a_name(db, bring):
    head = "Activity ID,Activity Date,Account,Contact Email,Title,Contact Name,Description\n"
    bring("calls.csv", head + f"A1,2025-03-03,Arlo Foods,{ADDRESS},VP, Head Purchasing,Dana Ortiz,It is too dear\n")
    assert "Head Purchasing" not in persons.find(db, Asked(ADDRESS)).names
