"""What a server tells of itself: requests by template, jobs, sizes; never an address's words, never an error's text."""

import io
import json
import logging
import socket
import sqlite3
import sys
import threading
from contextlib import closing
from datetime import date
from threading import Thread

import httpx
import pytest
import uvicorn
from starlette.testclient import TestClient

from api.app import create_app
from api.serving.observing import begin_logs, tell_crashes
from pipelines.operation import ready
from pipelines.settings import Settings

from .conftest import TODAY


@pytest.fixture
def lines(tmp_path):
    """A function: what was logged since, each line as it was written in JSON."""
    loggers = [logging.getLogger(name) for name in ("parley", "uvicorn")]
    before = [(one.handlers, one.propagate, one.level) for one in loggers]
    stream = io.StringIO()
    begin_logs(Settings(home=tmp_path, log_format="json", log_level="info"), stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    for one, (handlers, propagate, level) in zip(loggers, before, strict=True):
        one.handlers, one.propagate = handlers, propagate
        one.setLevel(level)


def test_a_request_is_logged_by_its_template_and_a_number(client, lines):
    answer = client.get("/api/v1/themes/1?secret=words-of-a-customer")

    (line,) = lines()
    assert {"route": "/api/v1/themes/{theme_id}", "status": 200, "method": "GET", "user": None}.items() <= line.items()
    assert line["request"] == answer.headers["X-Request-ID"] and line["ms"] >= 0
    assert "customer" not in json.dumps(line)


def test_an_unknown_address_is_not_written_down(client, lines):
    client.get("/what-dana-said")

    (line,) = lines()
    assert (line["route"], line["status"]) == ("(none)", 404)


def test_an_error_is_told_by_its_type_alone(lines):
    try:
        raise ValueError("words of a customer")
    except ValueError:
        logging.getLogger("parley").exception("job 7 failed")

    (line,) = lines()
    assert line["error"] == "ValueError" and "customer" not in json.dumps(line)


@pytest.fixture
def silenced():
    """Another server of this process wrote only what is critical."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)


def test_what_nobody_foresaw_in_a_request_is_told_by_the_server_without_its_words(settings, filled, silenced, lines):
    app = create_app(settings, today=lambda: TODAY, worker=False)

    @app.get("/help/fails")
    def fails() -> None:
        date.fromisoformat("words of a customer")

    ours = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = Thread(target=ours.run, kwargs={"sockets": [listener]})
        serving.start()
        try:
            answer = httpx.get(f"http://127.0.0.1:{listener.getsockname()[1]}/help/fails")
        finally:
            ours.should_exit = True
            serving.join()

    told = [line for line in lines() if line.get("error")]
    assert answer.status_code == 500 and [line["error"] for line in told] == ["ValueError"]
    assert "api.serving" in told[0]["at"] and "customer" not in json.dumps(lines()) + answer.text


def test_what_nobody_foresaw_in_a_thread_is_told_without_its_words(lines, capfd, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    tell_crashes()

    fails = Thread(target=date.fromisoformat, args=["words of a customer"])
    fails.start()
    fails.join()

    (line,) = lines()
    assert line["error"] == "ValueError" and "customer" not in json.dumps(line) + capfd.readouterr().err


def test_figures_are_served_where_they_are_wanted(settings, filled):
    app = create_app(settings.model_copy(update={"metrics": True}), today=lambda: TODAY, worker=False)
    with TestClient(app, base_url="http://localhost") as client:
        client.get("/api/v1/themes/1")
        told = client.get("/metrics").text

    assert 'parley_request_seconds_count{method="GET",route="/api/v1/themes/{theme_id}",status="200"} 1.0' in told
    assert 'parley_rows{table="conversations"} 60.0' in told and 'parley_jobs{state="waiting"} 0.0' in told


def test_figures_are_not_there_otherwise(client):
    assert client.get("/metrics").status_code == 404


def test_it_is_ready_while_somebody_writes(client, db):
    db.conn.execute("BEGIN IMMEDIATE")

    assert client.get("/readyz").json() == {"status": "ready"}

    db.conn.execute("ROLLBACK")


@pytest.mark.parametrize("hindrance", ["schema", "room"])
def test_what_hinders_is_told(client, settings, monkeypatch, hindrance):
    if hindrance == "room":
        monkeypatch.setattr(ready, "LEAST_FREE", 1 << 62)
    else:
        with closing(sqlite3.connect(settings.database_file)) as conn, conn:
            conn.execute("DELETE FROM _sqlite_migrations WHERE id = (SELECT max(id) FROM _sqlite_migrations)")

    told = client.get("/readyz")

    assert told.status_code == 503 and hindrance in told.json()["reasons"][0]
