"""Uploads: queued, tried, listed, undone."""

import pytest

from api.uploads import safe_name
from pipelines.store import jobs

NOTES = b"account,date,notes\nAcme,2026-03-01,They said it is too expensive.\n"


def upload(client, path: str = "/api/v1/batches", **data: str):
    return client.post(path, files=[("files", ("../notes.csv", NOTES, "text/csv"))], data=data)


def test_an_upload_becomes_a_job_and_waits_under_the_uploads(client, db, settings):
    answer = upload(client, title="November")
    assert answer.status_code == 202 and answer.headers["location"] == f"/api/v1/jobs/{answer.json()['job']}"
    job = client.get(answer.headers["location"]).json()
    assert (job["kind"], job["status"]) == ("ingest", "waiting")
    stored = list(settings.uploads.rglob("*.csv"))
    assert [path.read_bytes() for path in stored] == [NOTES]
    assert jobs.get(db, job["id"])["arguments"]["path"] == str(stored[0].parent.parent)
    assert client.get("/api/v1/batches").json()["items"][0]["title"] == "November"


def test_a_dry_run_keeps_nothing(client, settings):
    before = client.get("/api/v1/batches").json()
    answer = upload(client, dry_run="true")
    assert answer.status_code == 200, answer.text
    assert answer.json()["dry_run"] and answer.json()["counts"]["conversations"] == 1
    assert client.get("/api/v1/batches").json() == before
    assert not list(settings.uploads.iterdir())


def test_an_upload_without_a_file_is_refused(client):
    assert client.post("/api/v1/batches", data={"title": "x"}).status_code == 422
    assert client.post("/api/v1/batches", files=[("files", ("", b"", "text/csv"))]).status_code == 422


def test_undoing_takes_back_what_only_this_upload_brought(client):
    answer = client.delete("/api/v1/batches/1")
    assert answer.json() == {"batch": 1, "conversations_removed": 60}
    assert client.get("/api/v1/batches/1").json()["status"] == "undone"
    assert client.get("/api/v1/insights").json()["items"] == []
    assert client.delete("/api/v1/batches/1").json()["conversations_removed"] == 0


def test_an_upload_that_is_being_read_cannot_be_undone(client):
    batch = upload(client).json()["batch"]
    assert client.delete(f"/api/v1/batches/{batch}").status_code == 409


def test_problems_say_where_and_what_to_do(client):
    problem = client.get("/api/v1/batches/1/problems").json()["items"][0]
    assert (problem["file"], problem["row"], problem["advice"]) == ("crm-export.csv", 17, "Fill the column 'notes'.")


def test_the_page_shows_a_waiting_job_and_its_form_works(client):
    html = upload(client, path="/uploads").text
    assert "waits for its turn" in html and "notes.csv" in html


def test_the_page_tries_an_upload(client):
    assert "This would come in" in upload(client, path="/uploads", dry_run="true").text


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("notes.csv", "notes.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\mail.mbox", "mail.mbox"),
        (".htaccess", "htaccess"),
        ("a\x00b\n.csv", "ab.csv"),
        ("..", "file-1"),
        ("", "file-1"),
        ("x" * 300 + ".csv", "x" * 196 + ".csv"),
    ],
)
def test_a_file_name_is_made_safe(given, kept):
    assert safe_name(given, 1) == kept
