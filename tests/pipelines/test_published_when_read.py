"""A month is published once, and only when all that was said in it is read."""

from contextlib import closing
from datetime import date

import pytest

from pipelines.ingest import ingest
from pipelines.store import connect, jobs, worklist
from pipelines.teams import shared
from pipelines.teams.shared import BadShared
from pipelines.uploads.undo import undo

TODAY, NOW = date(2026, 3, 5), "2026-03-05T09:00:00+00:00"


@pytest.fixture
def heard(db, tmp_path, now):
    (tmp_path / "notes.csv").write_text(
        'Date,Account,Notes\n2026-02-10,Arlo,"It is too dear for them."\n2026-03-02,Bexley,"They asked about sign-on."\n'
    )
    ingest(db, [tmp_path / "notes.csv"], title="Notes", now=now)
    return db


def read(db, until: str = "2026-12-31") -> None:
    with db.atomic():
        for row in list(db.query("SELECT id, content_hash FROM conversations WHERE day <= ?", [until])):
            worklist.mark_analysed(db, row["id"], row["content_hash"], "finder")


def by_itself(db):
    return shared.publish_due(db, today=TODAY, now=NOW)


def by_hand(db):
    return shared.publish(db, "2026-02", today=TODAY, now=NOW, actor="Ann")


def test_what_nobody_has_read_is_not_published(heard):
    assert by_itself(heard) is None
    with pytest.raises(BadShared, match=r"not read yet.*parley mine"):
        by_hand(heard)
    read(heard)
    assert by_itself(heard).month == "2026-02"


def test_what_was_heard_after_the_month_need_not_be_read(heard):
    read(heard, until="2026-02-28")
    assert by_hand(heard).month == "2026-02"


@pytest.mark.parametrize("status", ["waiting", "running"])
def test_while_a_job_is_at_work_nothing_is_published(heard, status):
    read(heard)
    job = jobs.add(heard, "mine", {}, now=NOW)
    heard.execute("UPDATE jobs SET status = ? WHERE id = ?", [status, job])

    assert by_itself(heard) is None
    with pytest.raises(BadShared, match="Publish once nothing waits"):
        by_hand(heard)
    jobs.finish(heard, job, result={}, now=NOW)
    assert by_itself(heard)


def test_a_backup_keeps_nothing_from_being_published(heard):
    read(heard)
    jobs.add(heard, "backup", {}, now=NOW)
    assert by_itself(heard)


def test_of_two_workers_one_publishes(heard, tmp_path, monkeypatch):
    read(heard)
    due, late = shared._due, []

    def other_is_faster(db, month, today):
        told = due(db, month, today)
        if not late:
            late.append(month)
            with closing(connect(tmp_path / "parley.db")) as other:
                assert by_itself(other)
        return told

    monkeypatch.setattr(shared, "_due", other_is_faster)
    assert by_itself(heard) is None
    assert len(shared.published(heard)) == 1


def ends(db, day: str) -> None:
    with db.atomic():
        db.execute("DELETE FROM conversations WHERE day > ?", [day])
        db.execute("UPDATE conversations SET occurred_at = ?", [day])


@pytest.mark.parametrize(("day", "published"), [("2026-02-16", False), ("2026-02-26", True)])
def test_a_month_whose_conversations_end_amid_it_is_left_to_a_person(heard, day, published):
    read(heard)
    ends(heard, day)
    assert bool(by_itself(heard)) == published
    assert ("16 Feb 2026" in shared.held_back(heard, "2026-02", today=TODAY)) != published
    assert by_hand(heard).month == "2026-02"


def test_what_was_uploaded_today_or_yesterday_publishes_nothing_by_itself(heard):
    read(heard)
    heard.execute("UPDATE batches SET finished_at = '2026-03-04T23:00:00+00:00'")
    assert by_itself(heard) is None and "taken back" in shared.held_back(heard, "2026-02", today=TODAY)
    assert shared.publish_due(heard, today=date(2026, 3, 6), now=NOW).month == "2026-02"


def test_a_file_that_comes_every_day_holds_nothing_back_where_it_brings_nothing_new_of_the_month(heard, tmp_path):
    ingest(heard, [tmp_path / "notes.csv"], title="The same again", now=lambda: NOW)
    read(heard)
    assert by_itself(heard).month == "2026-02"


def test_a_month_names_the_uploads_that_it_was_published_with_and_that_are_gone(heard, tmp_path):
    read(heard)
    (tmp_path / "more.csv").write_text('Date,Account,Notes\n2026-02-12,Carver,"They wait for a budget."\n')
    batch = ingest(heard, [tmp_path / "more.csv"], title="More notes", now=lambda: NOW).batch_id
    read(heard)
    month = by_hand(heard)
    assert shared.gone_since(heard, month) == []
    undo(heard, batch)
    assert shared.gone_since(heard, month) == ["More notes"]
    assert shared.gone_since(heard, by_hand(heard)) == []  # published again, without them
