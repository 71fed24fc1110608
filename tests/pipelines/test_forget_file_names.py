"""A forgotten person comes back by no name of a file, and is covered in what colleagues wrote however they wrote it."""

import shutil

import pytest

from insights.formats import ColumnMapping
from pipelines.ingest import ingest
from pipelines.jobs import submit_ingest, submit_trial
from pipelines.privacy import forget, traces
from pipelines.privacy.persons import Asked
from pipelines.reports import annotations
from pipelines.store import batches, jobs
from pipelines.store import comments as stored
from pipelines.teams import comments

NOW = "2026-01-15T12:00:00+00:00"
NOTES = """Activity ID,Activity Date,Account,Contact Name,Contact Email,Contact Phone,Description
A1,2025-03-03,Arlo Foods,Dana Ortiz,dana.ortiz@arlo.example,+49 171 5550123,"Dana Ortiz said that it is too expensive."
A2,2025-03-04,Bexley Trading,Raj Stroud,raj@bexley.example,,"Raj asked for a longer trial of the scanners."
"""
MORE = NOTES.splitlines()[0] + '\nA3,2025-04-04,Bexley Trading,Raj Stroud,raj@bexley.example,,"Raj wants a discount."\n'
FILES = ("Notes Dana Ortiz.csv", "2025-04-04_dana-ortiz.csv", "ORTIZ, Dana (Arlo).csv", "dana.ortiz@arlo.example.csv")


@pytest.fixture
def gone(db, tmp_path):
    """A function that forgets Dana Ortiz, whose note was read."""
    file = tmp_path / "notes.csv"
    file.write_text(NOTES)
    ingest(db, [file], title="notes", now=lambda: NOW)
    file.unlink()

    def run() -> None:
        given = "dana.ortiz@arlo.example"
        forget.forget(db, Asked(given), tmp_path, confirmed=given, now=lambda: NOW, actor="test")

    return run


def left(tmp_path) -> list[str]:
    """The files of the home that hold what Dana Ortiz is called, however it is written."""
    found = traces.search(tmp_path, ("dana ortiz", "ortiz, dana", "dana-ortiz", "dana.ortiz", "dana_ortiz"))
    return [place.file for place in found.places]


@pytest.mark.parametrize("name", FILES)
def test_a_later_file_that_is_called_by_a_forgotten_name_comes_in_without_it(db, tmp_path, gone, name):
    gone()
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / name).write_text(MORE)
    told = ingest(db, [folder / name], title=name, now=lambda: NOW)
    shutil.rmtree(folder)

    assert told.counts.added == 1
    (file,) = {
        row["file"]
        for row in db.query("SELECT file FROM conversations WHERE contact = 'Raj Stroud' AND file <> 'notes.csv'")
    }
    assert "█" in file and file.endswith(".csv") and file.count("█") >= 9
    assert left(tmp_path) == []


def test_an_upload_that_waits_is_not_called_by_a_forgotten_name(db, tmp_path, gone):
    gone()
    job, batch = submit_ingest(db, tmp_path / "uploads" / "1", title="Notes Dana Ortiz.csv")
    trial = submit_trial(db, tmp_path / "uploads" / "2", title="Notes Dana Ortiz.csv", mapping=ColumnMapping())
    names = [jobs.get(db, one)["arguments"]["title"] for one in (job, trial)]
    assert {*names, batches.get(db, batch)["title"]} == {"Notes ████ █████.csv"}


def test_a_first_name_beside_the_whole_one_means_the_same_person(db, tmp_path, gone):
    words = "Ask Dana Ortiz of Arlo; Dana knows, and so does Raj."
    comments.add(db, kind="question", place="/themes/1", words=words, recipient="Kim", actor="Ann", now=NOW)
    gone()
    (one,) = stored.every(db)
    assert one.words == "Ask ████ █████ of Arlo; ████ knows, and so does Raj."


@pytest.mark.parametrize("number", ["+49–171–5550123", "0171‑5550123", "+49 171 − 555 0123", "0171/5550123"])
def test_a_number_is_known_whatever_dash_stands_in_it(db, tmp_path, gone, number):
    note = annotations.add(db, annotations.Draft(f"Call {number} today", "2026-01-02"), now=NOW, actor="Ann")
    gone()
    assert "0123" not in annotations.get(db, note.id).text and annotations.get(db, note.id).text.endswith(" today")
