"""The server as a process: what whoever connects to it may rely on."""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from threading import Lock

from starlette.testclient import TestClient

from api.app import MOST_AT_ONCE, create_app
from tests.api.conftest import TODAY

ROOT = Path(__file__).parents[2]
PAUSE = 6  # seconds; the server's library closes idle connections after five


def test_a_connection_that_was_idle_for_a_while_is_still_answered(tmp_path):
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--no-worker"]
    env = {**os.environ, "PARLEY_HOME": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True) as server:
        try:
            found = next(match for line in server.stderr if (match := re.search(r"http://127\.0\.0\.1:(\d+)/", line)))
            connection = answered(int(found[1]))

            connection.auto_open = 0  # as a proxy, which has sent the request already
            time.sleep(PAUSE)
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200
            connection.close()
        finally:
            server.terminate()


def answered(port: int) -> HTTPConnection:
    """A connection that was answered once, as soon as the server listens."""
    while True:
        connection = HTTPConnection("127.0.0.1", port)
        try:
            connection.request("GET", "/healthz")
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            assert connection.getresponse().read()
            return connection


def test_no_more_requests_share_the_interpreter_than_make_sense(settings, db):
    app = create_app(settings, today=lambda: TODAY, worker=False)
    at_once, most, lock = [0], [0], Lock()

    @app.get("/slow")
    def slow() -> None:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        time.sleep(0.02)
        with lock:
            at_once[0] -= 1

    with TestClient(app, base_url="http://localhost") as client, ThreadPoolExecutor(40) as people:
        assert {one.status_code for one in people.map(lambda _: client.get("/slow"), range(80))} == {200}
    assert 1 < most[0] <= MOST_AT_ONCE
