"""A job that cannot go on now waits again: nothing of it is lost, and the try does not count."""

import shutil
from contextlib import closing
from threading import Event

import pytest

from pipelines.jobs import Stopped, submit_backup, work_forever, work_once
from pipelines.operation import backup
from pipelines.settings import Settings
from pipelines.store import connect, jobs


@pytest.fixture
def settings(tmp_path, bare_file) -> Settings:
    shutil.copy(bare_file, tmp_path / "parley.db")
    return Settings(home=tmp_path)


def test_a_worker_that_is_stopped_hands_its_job_back(settings):
    stop = Event()
    stop.set()
    with closing(connect(settings.database_file)) as db:
        job = submit_backup(db)

        with pytest.raises(Stopped):
            work_once(settings, stop)

        left = jobs.get(db, job)
        assert left is not None and (left["status"], left["tries"]) == ("waiting", 0)
        assert list(backup.folder_of(settings.database_file).iterdir()) == []
        assert work_once(settings)
        assert (jobs.get(db, job) or {})["status"] == "done"


def test_a_worker_that_is_to_stop_takes_nothing_new(settings):
    stop = Event()
    stop.set()
    with closing(connect(settings.database_file)) as db:
        job = submit_backup(db)

        work_forever(settings, stop)

        assert (jobs.get(db, job) or {})["status"] == "waiting"


def test_the_same_backup_is_not_queued_twice(settings):
    with closing(connect(settings.database_file)) as db:
        assert submit_backup(db) == submit_backup(db)
