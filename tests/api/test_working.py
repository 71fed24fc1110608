"""The worker beside a server: it works in a process of its own, comes back when it is killed, and ends with the server."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from multiprocessing import active_children
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest

from api.serving import working
from pipelines.jobs import submit_backup
from pipelines.settings import Settings
from pipelines.store import connect, jobs
from tests.waiting import until

SERVER = """
import sys, time
from pathlib import Path
from api.serving.working import working
from pipelines.settings import Settings

if __name__ == "__main__":
    with working(Settings(home=Path(sys.argv[1]))):
        time.sleep(600)
"""


@pytest.fixture
def settings(tmp_path, bare_file) -> Settings:
    shutil.copy(bare_file, tmp_path / "parley.db")
    return Settings(home=tmp_path)


def workers() -> list[BaseProcess]:
    return [one for one in active_children() if one.name == "parley-worker"]


def is_done(settings: Settings, job: int) -> bool:
    with closing(connect(settings.database_file)) as db:
        return (jobs.get(db, job) or {})["status"] == "done"


def submit(settings: Settings) -> int:
    with closing(connect(settings.database_file)) as db:
        return submit_backup(db)


def test_a_job_is_done_by_another_process_that_ends_with_the_block(settings):
    job = submit(settings)

    with working.working(settings):
        until(lambda: is_done(settings, job))
        assert workers()

    assert not workers()


def test_a_worker_that_is_killed_is_started_again(settings, monkeypatch):
    monkeypatch.setattr(working, "PAUSE", 0.01)
    with working.working(settings):
        until(workers)
        (first,) = workers()
        first.kill()
        until(lambda: [one for one in workers() if one.pid != first.pid])

        job = submit(settings)
        until(lambda: is_done(settings, job))


def test_a_worker_ends_when_its_server_is_killed(settings, tmp_path):
    program = tmp_path / "server.py"
    program.write_text(SERVER, "utf-8")
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    job = submit(settings)
    server = subprocess.Popen([sys.executable, program, settings.home], env=env)
    try:
        until(lambda: is_done(settings, job))  # the worker is at work
        left = psutil.Process(server.pid).children(recursive=True)
        assert left
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()

    gone, alive = psutil.wait_procs(left, timeout=60)
    assert gone and not alive
