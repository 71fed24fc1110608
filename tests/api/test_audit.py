"""The audit log: who read, changed and exported what, in ids; only added to; for administrators."""

import csv
import io
import sqlite3

import pytest

from pipelines.access import audit
from pipelines.store import audit as store
from pipelines.store.audit import Entry
from tests.api import signing
from tests.api.signing import PASSWORD, START, Time


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def app(tmp_path, db, time):
    return signing.serve(signing.settings_of(tmp_path), time)


@pytest.fixture
def ada(db):
    return signing.add(db, "admin", "Ada Admin")


def told(db, **given):
    return [(e.actor, e.act, e.what, e.ids) for e in reversed(store.entries(db, **given))]


def test_what_a_person_reads_changes_and_exports_is_written_with_ids_and_without_words(app, db, ada):
    headers = {"authorization": f"Bearer {signing.token(db, ada, 'admin')}"}
    with signing.browser(app) as client:
        client.headers |= headers
        client.get("/quotes?q=secretword&account=Secret+Account")
        client.post("/annotations", data={"text": "secretword", "starts": "2026-03-01"})
        client.get("/api/v1/annotations/1")
        client.get("/settings/audit?format=csv")
        client.put("/api/v1/competitors/Secretword", json={"aliases": []})
        client.get("/static/parley.css")
        client.get("/api/v1/annotations/999")
    wanted = [("read", "GET /quotes", ""), ("changed", "POST /annotations", ""), ("read", "GET /api/v1/annotations/{number}", "1"),
              ("exported", "GET /settings/audit", ""), ("changed", "PUT /api/v1/competitors/{name}", "")]  # fmt: skip
    found = [entry[1:] for entry in told(db, who="Ada Admin") if entry[1] in ("read", "changed", "exported")]
    assert found == wanted
    kept = str(list(db.query("SELECT * FROM audit"))).casefold()
    assert "secretword" not in kept and "secret+account" not in kept and "secret account" not in kept


def test_what_was_refused_is_written_too(app, db, ada):
    bo = signing.add(db, "viewer", "Bo Writer")
    with signing.browser(app) as client:
        client.headers["authorization"] = f"Bearer {signing.token(db, bo)}"
        assert client.get("/settings/people").status_code == 403
    assert told(db, act="refused") == [("Bo Writer", "refused", "GET /settings/…", "")]


def test_logins_are_written_with_the_address_and_no_password(app, db, ada):
    client = signing.browser(app)
    signing.sign_in(client, ada.email, "wrong words at random")
    signing.sign_in(client, ada.email)
    client.post("/logout")
    acts = [(entry[1], entry[3]) for entry in told(db) if "sign" in entry[1]]
    assert acts == [("failed to sign in", str(ada.id)), ("signed in", ""), ("signed out", "")]
    kept = str(list(db.query("SELECT * FROM audit")))
    assert PASSWORD not in kept and "wrong words" not in kept and "testclient" in kept


def test_without_accounts_nothing_is_written(app, db):
    with signing.browser(app) as client:
        assert client.get("/quotes").status_code == 200
    assert told(db) == []


@pytest.mark.parametrize(
    "sql", ["UPDATE audit SET actor = 'Eve'", "DELETE FROM audit", "DELETE FROM audit WHERE id = 1"]
)
def test_the_database_refuses_to_alter_the_log(db, ada, sql):
    before = told(db)
    with pytest.raises(sqlite3.IntegrityError, match="only added to"):
        db.execute(sql)
    assert told(db) == before


def test_entries_go_when_they_are_past_their_time_and_not_before(db):
    for at in ("2025-03-19T08:00:00+00:00", "2025-03-21T08:00:00+00:00", START):
        store.add(db, [Entry(at, "Ada Admin", "read", "GET /")])
    assert audit.prune(db, days=365, now=START) == 1
    assert [entry.at[:10] for entry in store.entries(db)] == ["2026-03-20", "2025-03-21"]
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("DELETE FROM audit")


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        ({"who": "Bo Writer"}, "2"),
        ({"act": "exported"}, "3"),
        ({"what": "/themes"}, "1 3"),
        ({"what": "71"}, "2"),
        ({"what": "%"}, ""),
        ({"since": "2026-03-21"}, "2 3"),
        ({"until": "2026-03-20"}, "1"),
    ],
)
def test_the_log_can_be_filtered(db, given, ids):
    store.add(db, [
        Entry("2026-03-20T23:59:59+00:00", "Ada Admin", "read", "GET /themes"),
        Entry("2026-03-21T08:00:00+00:00", "Bo Writer", "changed", "POST /quotes/{quote_id}", "71 8"),
        Entry("2026-03-22T08:00:00+00:00", "Ada Admin", "exported", "GET /themes/{theme_id}", "5"),
    ])  # fmt: skip
    assert " ".join(str(entry.id) for entry in reversed(store.entries(db, **given))) == ids


def test_the_csv_holds_what_the_page_shows_and_no_formula(app, db, ada):
    store.add(db, [Entry(START, "=cmd() Writer", "made a person contributor", ids="7")])
    client = signing.browser(app)
    signing.sign_in(client, ada.email)
    answer = client.get("/settings/audit?format=csv&act=made+a+person+contributor")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-disposition"].startswith("attachment")
    assert [(row["actor"], row["act"]) for row in rows] == [("'=cmd() Writer", "made a person contributor")]
    assert "=cmd() Writer" in client.get("/settings/audit").text


def test_the_log_is_read_page_by_page(app, db, ada):
    store.add(db, [Entry(START, "Ada Admin", "read", f"GET /{n}") for n in range(150)])
    client = signing.browser(app)
    client.headers["authorization"] = f"Bearer {signing.token(db, ada, 'admin')}"
    seen, after = [], "0"
    while after:
        part = client.get(f"/api/v1/audit?limit=60&act=read&after={after}").json()
        seen += [entry["what"] for entry in part["items"]]
        after = part["next"]
    assert seen == [f"GET /{n}" for n in reversed(range(150))]


def test_a_day_that_is_none_is_said_to_be(app, db, ada):
    client = signing.browser(app)
    client.headers["authorization"] = f"Bearer {signing.token(db, ada, 'admin')}"
    assert client.get("/api/v1/audit?since=yesterday").status_code == 422
