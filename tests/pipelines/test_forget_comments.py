"""Forgetting a person reaches what colleagues wrote about them, and they are in no answer and no gap any more."""

from datetime import date

from pipelines.ingest import ingest
from pipelines.privacy import forget
from pipelines.privacy.persons import Asked
from pipelines.reports import handover
from pipelines.sales import asking
from pipelines.store import asks
from pipelines.store import comments as store
from pipelines.store.filters import Filters
from pipelines.teams import comments

NOTES = """Activity ID,Activity Date,Account,Contact Name,Contact Email,Description
A1,2025-03-03,Arlo Foods,Dana Ortiz,dana.ortiz@arlo.example,"Dana Ortiz said: I am still waiting for the deck you promised."
A2,2025-03-04,Bexley Trading,Raj Stroud,raj@bexley.example,"Raj asked for a longer trial of the scanners."
"""
NOW = "2026-01-15T12:00:00+00:00"


def test_a_forgotten_person_is_in_no_comment_no_request_and_no_gap(db, tmp_path):
    file = tmp_path / "notes.csv"
    file.write_text(NOTES)
    ingest(db, [file], title="notes", now=lambda: NOW)
    file.unlink()
    made = comments.add(
        db, kind="wrong", place="/themes/1", words="Dana Ortiz never said that, ask dana.ortiz@arlo.example", recipient="Kim", actor="Ann", now=NOW
    )  # fmt: skip
    comments.close(db, made.id, done="Dana Ortiz was asked again", base=None, actor="Kim", now=NOW)
    asking.ask(db, "What do I send Dana Ortiz?", theme_id=None, actor="Ann", now=NOW)

    forget.forget(
        db,
        Asked("dana.ortiz@arlo.example"),
        tmp_path,
        confirmed="dana.ortiz@arlo.example",
        now=lambda: NOW,
        actor="test",
    )

    (left,) = store.every(db)
    told = [left.words, *(step.words for step in left.steps), *(one.words for one in asks.every(db))]
    assert not any("Ortiz" in one or "dana.ortiz" in one for one in told)
    assert left.closed is not None
    found = handover.handover_report(db, Filters(), today=date(2026, 1, 15)).any.found
    assert not any("Ortiz" in one.text for one in found)
