"""Jobs: claimed once, seen to be alive, found again after a kill."""

import shutil
import threading
from contextlib import closing

from insights.formats import ColumnMapping
from pipelines.jobs import submit_ingest, submit_trial, work_once
from pipelines.settings import Settings
from pipelines.store import batches, connect, jobs, prepare
from pipelines.uploads.undo import undo


def test_a_job_is_claimed_by_one_worker_only(db, tmp_path):
    for _ in range(20):
        jobs.add(db, "mine", {}, now="2025-01-01T00:00:00")
    claimed: list[int] = []

    def work() -> None:
        with closing(connect(tmp_path / "parley.db")) as own:
            while job := jobs.claim(own, now="2025-01-01T00:01:00", stale_before="2025-01-01T00:00:00"):
                claimed.append(job["id"])
                jobs.finish(own, job["id"], result={}, now="2025-01-01T00:01:00")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claimed) == list(range(1, 21))


def test_a_job_whose_worker_was_killed_is_taken_up_again(db):
    job_id = jobs.add(db, "mine", {}, now="2025-01-01T00:00:00")
    jobs.claim(db, now="2025-01-01T00:00:10", stale_before="2025-01-01T00:00:00")

    assert jobs.claim(db, now="2025-01-01T00:00:20", stale_before="2025-01-01T00:00:09") is None
    assert jobs.claim(db, now="2025-01-01T00:05:00", stale_before="2025-01-01T00:04:00")["id"] == job_id


def test_a_sign_of_life_keeps_a_long_job(db):
    job_id = jobs.add(db, "mine", {}, now="2025-01-01T00:00:00")
    jobs.claim(db, now="2025-01-01T00:00:10", stale_before="2025-01-01T00:00:00")
    jobs.alive(db, job_id, now="2025-01-01T00:04:30")

    assert jobs.claim(db, now="2025-01-01T00:05:00", stale_before="2025-01-01T00:04:00") is None


def test_one_job_runs_at_a_time(db):
    first, second = (jobs.add(db, "mine", {}, now="2025-01-01T00:00:00") for _ in range(2))
    jobs.claim(db, now="2025-01-01T00:00:10", stale_before="2025-01-01T00:00:00")

    assert jobs.claim(db, now="2025-01-01T00:00:20", stale_before="2025-01-01T00:00:05") is None
    jobs.finish(db, first, result={}, now="2025-01-01T00:00:30")
    assert jobs.claim(db, now="2025-01-01T00:00:40", stale_before="2025-01-01T00:00:05")["id"] == second


def test_a_finished_job_keeps_its_result(db):
    job_id = jobs.add(db, "mine", {"a": 1}, now="2025-01-01T00:00:00")
    jobs.finish(db, job_id, result={"insights": 3}, now="2025-01-01T00:01:00")

    job = jobs.get(db, job_id)
    assert (job["status"], job["arguments"], job["result"]) == ("done", {"a": 1}, {"insights": 3})


def test_an_upload_that_breaks_off_is_closed_with_its_reason(tmp_path):
    settings = Settings(home=tmp_path)
    prepare(settings.database_file)
    with closing(connect(settings.database_file)) as db:
        job_id, batch_id = submit_ingest(db, tmp_path / "vanished", title="vanished")

        assert work_once(settings)

        assert jobs.get(db, job_id)["status"] == "failed"
        assert batches.get(db, batch_id)["status"] == "done"
        assert "no longer there" in batches.problems(db, batch_id)[0]["reason"]
        assert not work_once(settings)


def test_an_upload_that_was_undone_before_it_was_read_stays_out(tmp_path):
    settings = Settings(home=tmp_path)
    prepare(settings.database_file)
    folder = tmp_path / "uploads" / "one"
    folder.mkdir(parents=True)
    (folder / "notes.csv").write_text("Date,Account,Notes\n2025-01-02,Arlo,They have no budget this year.\n")
    with closing(connect(settings.database_file)) as db:
        job_id, batch_id = submit_ingest(db, folder, title="notes.csv")
        undo(db, batch_id)

        assert work_once(settings)

        assert jobs.get(db, job_id)["status"] == "done"
        assert db.table("conversations").count == 0
        assert batches.get(db, batch_id)["status"] == "undone"
        assert not folder.exists()


def test_a_trial_whose_files_are_discarded_gives_its_place_to_the_next(tmp_path):
    settings = Settings(home=tmp_path)
    prepare(settings.database_file)
    folder = tmp_path / "uploads" / "one"
    (folder / "00001").mkdir(parents=True)
    (folder / "00001" / "notes.csv").write_text("Date,Account,Notes\n2025-01-02,Arlo,They have no budget this year.\n")
    with closing(connect(settings.database_file)) as db:
        job_id = submit_trial(db, folder, title="notes.csv", mapping=ColumnMapping())
        shutil.rmtree(folder)

        assert work_once(settings)

        assert jobs.get(db, job_id)["status"] == "failed"
        assert "no longer there" in jobs.get(db, job_id)["error"]


def test_what_trackers_look_through_is_made_ready_in_a_job_of_its_own(tmp_path):
    """Nobody waits for it who only uploads."""
    settings = Settings(home=tmp_path)
    prepare(settings.database_file)
    folder = tmp_path / "sent"
    folder.mkdir()
    (folder / "notes.csv").write_text("Date,Account,Notes\n2025-01-02,Acme,They asked what it costs.\n", "utf-8")
    with closing(connect(settings.database_file)) as db:
        submit_ingest(db, folder, title="notes")
        assert work_once(settings)
        assert db.table("insights").count and not db.table("sketches").count
        assert work_once(settings)
        assert db.table("sketches").count == db.table("sentences").count == 1
        assert not work_once(settings)
