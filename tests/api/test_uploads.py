"""Uploads: queued, tried, listed, undone."""

import pytest

from api.uploads import safe_name
from pipelines.jobs import work_once
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


def test_a_dry_run_that_is_asked_for_in_the_address_is_no_upload(client):
    before = client.get("/api/v1/batches").json()
    answer = client.post("/api/v1/batches?dry_run=true", files={"files": ("n.csv", b"notes\nToo dear\n")})

    assert answer.status_code == 422 and "form" in answer.json()["detail"]
    assert client.get("/api/v1/batches").json() == before


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


def test_undoing_takes_back_what_only_this_upload_brought(client, db):
    answer = client.delete("/api/v1/batches/1")
    assert answer.json() == {"batch": 1, "conversations_removed": 60, "stayed": 0, "held_by": []}
    assert client.get("/api/v1/batches/1").json()["status"] == "undone"
    assert client.get("/api/v1/insights").json()["items"] == []
    assert client.delete("/api/v1/batches/1").json()["conversations_removed"] == 0
    assert [job["kind"] for job in jobs.unfinished(db)] == ["mine"]  # themes and proposals follow what is left


def test_of_two_who_undo_an_upload_the_second_is_told_that_it_was_done(client):
    assert "60 conversations went with it" in client.post("/uploads/1/undo").text
    second = client.post("/uploads/1/undo").text
    assert "It was undone already, <time" in second and "went with it" not in second


def test_an_upload_that_is_being_read_cannot_be_undone(client):
    batch = upload(client).json()["batch"]
    assert client.delete(f"/api/v1/batches/{batch}").status_code == 409


def test_problems_say_where_and_what_to_do(client):
    problem = client.get("/api/v1/batches/1/problems").json()["items"][0]
    assert (problem["file"], problem["row"], problem["advice"]) == ("crm-export.csv", 17, "Fill the column 'notes'.")


def test_the_page_shows_a_waiting_job_and_its_form_works(client):
    html = upload(client, path="/uploads").text
    assert "waits for its turn" in html and "notes.csv" in html


AMBIGUOUS = b"Firma,Wann,Was gesagt wurde\nAcme,03/04/2026,They said it is too expensive.\n"


@pytest.fixture
def waiting(client):
    """The address of an upload that waits to be checked."""
    answer = client.post("/uploads", files=[("files", ("n.csv", AMBIGUOUS, "text/csv"))], data={"action": "check"})
    return answer.url.path


def test_an_upload_can_be_checked_before_it_is_read(client, db, waiting):
    html = client.get(waiting).text

    assert "Check before reading" in html and "Was gesagt wurde" in html and "Day first" in html
    assert jobs.recent(db) == []


def test_of_several_tables_it_says_which_one_leaves_the_dates_open(client, waiting):
    assert "Nothing in the file settles it." in client.get(waiting).text
    settled = AMBIGUOUS.replace(b"03/04", b"23/04")
    files = [("files", ("n.csv", AMBIGUOUS, "text/csv")), ("files", ("m.csv", settled, "text/csv"))]
    both = client.post("/uploads", files=files, data={"action": "check"}).text
    assert (
        "Nothing in n.csv settles it. What you choose holds for every table here whose own dates do not settle it."
        in both
    )


def test_what_a_person_says_of_the_columns_is_shown_at_once(client, waiting):
    html = client.post(waiting, data={"action": "check", "date_order": "dmy", "column:Firma": ""}).text

    assert "3 Apr 2026" in html
    assert "as you said" in html


def test_trying_says_what_would_come_in_and_keeps_the_files(client, db, settings, waiting):
    page = client.post(waiting, data={"action": "try"})
    assert "Trying it" in page.text

    work_once(settings)

    html = client.get(page.url.path + "?" + page.url.query.decode()).text
    assert "This would come in" in html and "could be day/month" in html
    assert db.table("conversations").count == 60
    table = client.get(f"{waiting}/problems.csv").text
    assert "parley_problem" in table.splitlines()[0] and "03/04/2026" in table


def test_a_checked_upload_is_read_as_the_person_said(client, db, settings, waiting):
    client.post(waiting, data={"action": "upload", "title": "April", "date_order": "dmy"})

    assert client.post(waiting, data={"action": "upload"}).status_code == 409
    work_once(settings)

    assert [row["day"] for row in db.query("SELECT day FROM conversations WHERE account = 'Acme'")] == ["2026-04-03"]
    assert client.get(waiting).status_code == 404


def test_columns_are_saved_by_name_and_offered_again(client, db, waiting):
    client.post(waiting, data={"action": "save", "save_as": "our CRM", "date_order": "dmy"})

    assert "<option>our CRM</option>" in client.get(waiting).text
    assert client.get("/api/v1/mappings").json()[0]["date_order"] == "dmy"


def test_an_upload_that_waits_can_be_discarded(client, settings, waiting):
    client.post(waiting, data={"action": "discard"})

    assert not list(settings.uploads.iterdir())


@pytest.mark.parametrize("token", ["0" * 16, "../../etc"])
def test_nothing_but_waiting_uploads_can_be_looked_at(client, token):
    assert client.get(f"/uploads/waiting/{token}").status_code in (404, 422)


def test_a_preview_says_what_columns_were_taken_for(client):
    answer = client.post("/api/v1/previews", files=[("files", ("n.csv", AMBIGUOUS, "text/csv"))])

    (table,) = answer.json()["tables"]
    assert (table["subject"], table["ambiguous"], table["date_examples"]) == ("conversations", True, ["03/04/2026"])
    assert {c["header"]: c["why"] for c in table["columns"]}["Was gesagt wurde"] == "content"


def test_columns_of_an_upload_must_be_known_roles(client):
    answer = client.post(
        "/api/v1/previews", files=[("files", ("n.csv", AMBIGUOUS))], data={"columns": '{"Firma": "x"}'}
    )

    assert answer.status_code == 422 and "is not one of" in answer.json()["detail"]


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
