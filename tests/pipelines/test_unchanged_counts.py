"""Rows that are gone from the middle, and the days of silence, make mining look again."""

import shutil
from contextlib import closing

import pytest

from pipelines import nothing_new
from pipelines.sales import signals, standing
from pipelines.store import connect


@pytest.fixture
def mined(mined_sample, tmp_path):
    shutil.copy(mined_sample, tmp_path / "parley.db")
    with closing(connect(tmp_path / "parley.db")) as db:
        yield db


@pytest.mark.parametrize("table", ["sentences", "sketches", "vectors"])
def test_a_row_that_is_gone_from_the_middle_changes_the_stamp(mined, table):
    was = nothing_new.stamp(mined)
    mined.execute("PRAGMA foreign_keys = OFF")
    assert mined.execute(f"DELETE FROM {table} WHERE rowid = (SELECT min(rowid) FROM {table})").rowcount == 1
    assert nothing_new.stamp(mined) != was


def test_other_days_of_silence_change_the_stamp(mined):
    was = nothing_new.stamp(mined)
    signals.set_quiet_days(mined, standing.quiet_days(mined) + 1)
    assert nothing_new.stamp(mined) != was
