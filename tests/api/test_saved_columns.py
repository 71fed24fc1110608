"""Saved columns and what a table lacks, told where a person looks: the check page, the upload's page, the API, the terminal."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from pipelines.ingest import ingest
from pipelines.jobs import now
from pipelines.store import jobs, mappings
from pipelines.uploads.trial import parts

HEADS = "Ref#,Moment,House,Scribbles"
EXPORT = f"{HEADS}\n1,03/04/2026,Acme,They said it is too expensive for them and left.\n2,04/04/2026,Bexley,Asked us about single sign-on and audit logs.\n"
COLUMNS = {"Ref#": "id", "Moment": "date", "House": "account", "Scribbles": "text"}
BY_SAVED = "as “CRM notes”."


@pytest.fixture
def kept(empty_client):
    empty_client.put("/api/v1/mappings/CRM notes", json={"columns": COLUMNS, "date_order": "dmy"})
    return empty_client


def files(data: bytes | str = EXPORT, name: str = "n.csv"):
    return [("files", (name, data, "text/csv"))]


def work(db) -> None:
    """Read what is queued as a worker does, without mining it."""
    (job,) = jobs.unfinished(db, "ingest")
    told = job["arguments"]
    how = mappings.from_json(told["mapping"])
    ingest(db, parts(Path(told["path"])), title=told["title"], now=now, batch_id=told["batch_id"], mapping=how)
    jobs.finish(db, job["id"], result={}, now=now())


def read(client, db, data: bytes | str = EXPORT, name: str = "n.csv", **form: str) -> str:
    """Upload through the page; the text of the upload's own page."""
    address = client.post("/uploads", files=files(data, name), data=form).url.fragment
    work(db)
    return client.get("/uploads/" + address.removeprefix("batch-")).text


def facts(db) -> set[tuple[str, str]]:
    return {
        (row["day"], row["account"]) for row in db.query("SELECT day, account FROM conversations WHERE counted_as = id")
    }


RIGHT = {("2026-04-03", "Acme"), ("2026-04-04", "Bexley")}


def test_a_plain_upload_is_read_by_saved_columns_and_says_so(kept, db):
    page = read(kept, db)

    assert BY_SAVED in page and "No problems" in page and facts(db) == RIGHT


def test_a_member_of_an_archive_is_read_by_them_through_the_api(kept, db):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in/n.csv", EXPORT)
    batch = kept.post("/api/v1/batches", files=files(packed.getvalue(), "all.zip")).json()["batch"]
    work(db)

    told = kept.get(f"/api/v1/batches/{batch}").json()
    assert facts(db) == RIGHT and BY_SAVED in told["notices"][0] and told["readings"][0]["saved"] == "CRM notes"


def test_one_upload_can_be_read_without_them(kept, db):
    tried = kept.post("/api/v1/batches", files=files(), data={"dry_run": "true", "mapping": "none"}).json()

    assert tried["notices"][0].startswith("n.csv: No account was found")


def test_the_check_page_uses_them_and_one_button_takes_them_away_and_back(kept):
    page = kept.post("/uploads", files=files(), data={"action": "check"})
    assert BY_SAVED in page.text and "3 Apr 2026" in page.text

    plain = kept.post(page.url.path, data={"action": "plain"})
    assert plain.url.query == b"mapping=none" and BY_SAVED not in plain.text and "Columns that may hold" in plain.text

    again = kept.post(page.url.path, data={"action": "by-saved", "mapping": "none", "applied": "none"})
    assert again.url.query == b"" and BY_SAVED in again.text


def test_what_the_check_page_shows_by_saved_columns_is_no_choice_of_its_own(kept):
    page = kept.post("/uploads", files=files(), data={"action": "check"})
    form = {f"{kind}:{header}": role for header, role in COLUMNS.items() for kind in ("column", "found")}

    answer = kept.post(
        page.url.path, data={**form, "action": "check", "date_order": "dmy", "found_order": "dmy", "column:Ref#": ""}
    )

    assert answer.url.query == b"column%3ARef%23=" and BY_SAVED in answer.text


def test_columns_saved_on_the_check_page_apply_to_the_next_plain_upload(empty_client, db):
    page = empty_client.post("/uploads", files=files(), data={"action": "check"})
    form = {f"column:{header}": role for header, role in COLUMNS.items()}
    empty_client.post(page.url.path, data={**form, "action": "save", "save_as": "CRM notes", "date_order": "dmy"})

    assert BY_SAVED in read(empty_client, db) and facts(db) == RIGHT


def test_a_plain_upload_that_lacks_dates_and_accounts_never_says_just_no_problems(empty_client, db):
    page = read(empty_client, db, EXPORT.replace("03/04/2026", "early"))

    assert (
        "No problems" not in page
        and "No date and no account was found" in page
        and "2 conversations count like this" in page
    )
    assert "columns not understood" in empty_client.get("/uploads").text


def test_it_is_told_as_mended_once_the_right_reading_is_in(empty_client, db):
    read(empty_client, db)
    empty_client.put("/api/v1/mappings/CRM notes", json={"columns": COLUMNS, "date_order": "dmy"})
    read(empty_client, db)

    page = empty_client.get("/uploads/1").text
    assert "Mended" in page and "Undo" in page and facts(db) == RIGHT
    assert "columns not understood" not in empty_client.get("/uploads").text


def test_none_is_no_name_for_saved_columns(empty_client):
    answer = empty_client.put("/api/v1/mappings/None", json={"columns": COLUMNS})

    assert answer.status_code == 422 and "Choose another name" in answer.json()["detail"]


def test_the_terminal_saves_columns_like_a_file_and_reads_the_next_one_by_them(parley, tmp_path):
    (tmp_path / "n.csv").write_text(EXPORT)
    columns = [word for header, role in list(COLUMNS.items())[1:] for word in ("--column", f"{header}={role}")]
    parley("mappings", "save", "CRM notes", "--like", "n.csv", *columns, "--date-order", "dmy")

    done = json.loads(parley("ingest", "--json", "n.csv").stdout)
    assert BY_SAVED in done["notices"][0] and done["readings"][0]["missing"] == []

    plain = parley("ingest", "n.csv", "--mapping", "none")
    assert "No account was found" in plain.stdout and "--column HEADER=ROLE" in plain.stdout
