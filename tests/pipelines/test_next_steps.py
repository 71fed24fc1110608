"""What to do next: the surest changes first, then what would make figures wrong; nothing when nothing is to be done."""

import shutil
from contextlib import closing
from dataclasses import asdict
from datetime import date

import pytest

from insights.sentences import Told
from pipelines.ingest import Counts
from pipelines.reports import next_steps
from pipelines.reports.summary import Story
from pipelines.store import batches, connect
from pipelines.store import proposals as store

NOW, TODAY = "2026-03-20T09:00:00+00:00", date(2026, 3, 20)


@pytest.fixture
def db(tmp_path, bare_file):
    shutil.copy(bare_file, tmp_path / "x.db")
    with closing(connect(tmp_path / "x.db")) as db:
        yield db


def story(kind: str = "objection", verdict: str = "rising", name: str = "Price", theme: int = 7) -> Story:
    return Story(kind, theme, name, verdict, Told("What.", "Sure.", ()), (), f"/themes/{theme}")


def steps(db, *stories: Story, as_of: date = TODAY, conversations: int = 100, undated: int = 0) -> list[str]:
    found = next_steps.steps(db, stories, as_of=as_of, today=TODAY, conversations=conversations, undated=undated)
    return [step.path for step in found]


def test_nothing_is_to_be_done_where_nothing_changed_and_all_is_well(db):
    assert steps(db) == []


@pytest.mark.parametrize(
    ("told", "path"),
    [
        (story("competitor", "new", "B & C/D"), "/reports/competition?competitor=B%20%26%20C/D"),
        (story("objection", "rising"), "/plan/7"),
        (story("question", "new"), "/plan/7"),
        (story("competitor", "gone"), "/themes/7"),
        (story("objection", "falling"), "/themes/7"),
    ],
)
def test_a_change_leads_to_what_can_be_done_about_it(db, told: Story, path: str):
    assert steps(db, told) == [path]


def test_two_changes_at_most_leave_room_for_what_would_make_figures_wrong(db):
    found = steps(db, *(story(theme=n) for n in range(1, 6)), as_of=date(2026, 1, 1), undated=50)
    assert found == ["/plan/1", "/plan/2", "/uploads"]


def test_old_conversations_missing_dates_problems_and_proposals_are_told_in_this_order(db):
    batch = batches.start(db, title="x", now=NOW)
    batches.finish(db, batch, counts=asdict(Counts(problems=3)), now=NOW)
    with db.atomic():
        store.put(db, kind="objection", type="new", signature="s", size=9, content={}, members=None, now=NOW)
    assert steps(db, as_of=date(2026, 1, 1), undated=50) == ["/uploads", "/uploads", f"/uploads/{batch}"]
    assert steps(db) == [f"/uploads/{batch}", "/themes#proposals"]


def test_who_has_hardly_any_conversations_is_asked_for_more_and_for_nothing_else(db):
    assert steps(db, as_of=date(2025, 1, 1), conversations=1) == ["/uploads"]


def test_an_empty_database_has_nothing_to_do_about_changes(db):
    assert next_steps.steps(db, (), as_of=None, today=TODAY, conversations=0, undated=0) == ()
