"""Two who note at once what changed in signals say nothing that is not so."""

import shutil
from contextlib import closing
from datetime import date

import pytest

from pipelines.sales import signals
from pipelines.store import connect, signal_rows

TODAY = date(2026, 11, 26)


@pytest.fixture
def mined(mined_sample, tmp_path):
    shutil.copy(mined_sample, tmp_path / "parley.db")
    with closing(connect(tmp_path / "parley.db")) as db:
        signals.note_changes(db, today=TODAY, now="before")
        yield db


def test_what_was_found_before_another_noted_more_is_not_noted(mined, tmp_path, monkeypatch):
    newest, heard, done = signal_rows.newest(mined), signals.as_they_stand, []
    signal = next(
        one
        for one in heard(mined, signals.Filters(), today=TODAY).signals
        if one.is_open and one.type != "silence" and one.evidence
    )

    def slow(db, filters, *, today):
        found = heard(db, filters, today=today)
        if not done:
            done.append(True)
            with closing(connect(tmp_path / "parley.db")) as other:
                marks = ",".join("?" * len(signal.evidence))
                other.execute(f"DELETE FROM insights WHERE id IN ({marks})", list(signal.evidence))
                signals.note_changes(other, today=TODAY, now="other")
        return found

    mined.execute("UPDATE conversations SET title = title WHERE rowid = 1")
    monkeypatch.setattr(signals, "as_they_stand", slow)

    assert signals.note_changes(mined, today=TODAY, now="late") == 0
    assert signals.note_changes(mined, today=TODAY, now="next") == 0
    told = signal_rows.events(mined, after=newest, limit=10_000)
    assert told
    assert {one.at for one in told} == {"other"}
