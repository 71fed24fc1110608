"""A month is published once, and only when all that was said in it is read."""

from contextlib import closing
from datetime import date

import pytest

from pipelines.ingest import ingest
from pipelines.store import connect, jobs, worklist
from pipelines.teams import shared
from pipelines.teams.shared import BadShared

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

    def other_is_faster(db, month):
        told = due(db, month)
        if not late:
            late.append(month)
            with closing(connect(tmp_path / "parley.db")) as other:
                assert by_itself(other)
        return told

    monkeypatch.setattr(shared, "_due", other_is_faster)
    assert by_itself(heard) is None
    assert len(shared.published(heard)) == 1
