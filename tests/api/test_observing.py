"""What a server tells of itself: requests by template, jobs, sizes; never an address's words, never an error's text."""

import io
import json
import logging
import sqlite3
from contextlib import closing

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.serving.observing import begin_logs
from pipelines.operation import ready
from pipelines.settings import Settings

from .conftest import TODAY


@pytest.fixture
def lines(tmp_path):
    """A function: what was logged since, each line as it was written in JSON."""
    before = (
        logging.getLogger("parley").handlers,
        logging.getLogger("parley").propagate,
        logging.getLogger("parley").level,
    )
    stream = io.StringIO()
    begin_logs(Settings(home=tmp_path, log_format="json", log_level="info"), stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger("parley").handlers, logging.getLogger("parley").propagate = before[:2]
    logging.getLogger("parley").setLevel(before[2])


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
