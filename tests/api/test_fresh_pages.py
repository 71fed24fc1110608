"""No page shows what was: a write by another process is there with the next request."""

import subprocess
import sys

import pytest

RENAME = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"


def elsewhere(settings, sql: str) -> None:
    subprocess.run([sys.executable, "-c", RENAME, str(settings.database_file), sql], check=True)


@pytest.mark.parametrize(
    "path", ["/", "/reports/objections", "/themes", "/quotes", "/plan", "/api/v1/reports/trends?kind=objection"]
)
def test_a_theme_renamed_by_another_process_has_its_new_name_at_once(client, settings, path):
    assert "Too expensive" in client.get(path).text
    elsewhere(settings, "UPDATE themes SET name = 'Beyond our means' WHERE id = 1")
    renamed = client.get(path).text
    assert "Beyond our means" in renamed
    elsewhere(settings, "UPDATE themes SET name = 'Too expensive this year' WHERE id = 1")
    assert "Beyond our means" not in client.get(path).text


def test_figures_are_those_of_the_conversations_that_are_there_now(client, settings):
    counted = "/api/v1/reports/trends?kind=objection"
    before = client.get(counted).json()["conversations"]
    elsewhere(settings, "UPDATE conversations SET standing = 'duplicate' WHERE rowid = 5")
    assert client.get(counted).json()["conversations"] == before - 1


def test_asking_twice_costs_hardly_any_statement(client, monkeypatch):
    from pipelines.store import _Connection

    asked: list[str] = []
    plain = _Connection.execute
    monkeypatch.setattr(
        _Connection, "execute", lambda self, sql, *more: (asked.append(sql), plain(self, sql, *more))[1]
    )
    client.get("/reports/objections")
    first = len(asked)
    asked.clear()
    client.get("/reports/objections")
    own = [
        sql
        for sql in asked
        if not sql.startswith(("PRAGMA", "SELECT 1 FROM sqlite_temp_master", "SELECT name FROM sqlite_temp_master"))
    ]
    assert len(own) < first / 5 and len(own) <= 15
