"""A full disk and a database that may not be written: said with what to do, nothing changed, and right again afterwards.

The disk is full in earnest: the system refuses to let any file of this process grow beyond a size (RLIMIT_FSIZE).
"""

import resource
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from api import deps
from pipelines.ingest import ingest
from pipelines.jobs import submit_ingest, work_once
from pipelines.operation import backup
from pipelines.operation.backup import NoRoom
from pipelines.settings import Settings
from pipelines.store import connect, copying, health, jobs, themes, trouble
from pipelines.uploads.trial import parts

pytestmark = pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="there is no such limit")
NOW = "2026-03-20T09:00:00+00:00"
NOTE = "Company / Account,Activity Date,Description\n"


@contextmanager
def full_disk(most: int = 4096) -> Iterator[None]:
    """No file of this process may grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def sound(settings: Settings) -> bool:
    with closing(connect(settings.database_file)) as db:
        return copying.check(db.conn) == [] and health.index_agrees(db) and not health.themes_astray(db)


def test_an_edit_says_that_the_disk_is_full_and_changes_nothing(client, settings, db):
    (theme, *_) = themes.all_of(db)
    change = {"name": "Another name", "actor": "Ann"}

    with full_disk():
        refused = client.patch(f"/api/v1/themes/{theme.id}", json=change)

    assert refused.status_code == 507
    assert "no room left on the disk. Nothing was changed. Make room" in refused.json()["detail"]
    assert themes.get(db, theme.id) == theme
    assert client.patch(f"/api/v1/themes/{theme.id}", json=change).status_code < 300
    assert sound(settings)


def test_a_page_says_it_to_a_person(client, db):
    (theme, *_) = themes.all_of(db)

    with full_disk():
        page = client.post(f"/themes/{theme.id}/rename", data={"name": "Other"}, headers={"Accept": "text/html"})

    assert page.status_code == 507
    assert "no room left on the disk" in page.text and "<h1" in page.text


def test_pages_are_shown_all_the_same(client):
    with full_disk():
        assert client.get("/themes", headers={"Accept": "text/html"}).status_code == 200


def test_an_upload_that_does_not_fit_leaves_nothing(client, settings):
    with full_disk(20_000):
        refused = client.post("/api/v1/batches", files={"files": ("big.csv", NOTE + "x,2025-01-01,word\n" * 5000)})

    assert refused.status_code == 507
    assert not settings.uploads.exists() or list(settings.uploads.iterdir()) == []
    assert jobs.recent(_opened(settings)) == []


def _opened(settings: Settings):
    return connect(settings.database_file)


def test_a_job_waits_for_room_and_its_files_stay(settings, db, tmp_path):
    folder = settings.uploads / "abc"
    folder.mkdir(parents=True)
    (folder / "notes.csv").write_text(
        NOTE + "".join(f"Firm {n},2025-01-01,It is too dear said {n}\n" for n in range(400))
    )
    job, batch = submit_ingest(db, folder, title="notes")

    # Room for a word about the job, not for what it reads.
    with full_disk(300_000), pytest.raises(Exception) as error:
        work_once(settings)

    told = trouble.trouble_of(error.value)
    assert told is not None and told.kind == "full"
    waiting = jobs.get(db, job)
    assert waiting is not None and waiting["status"] in ("waiting", "running")
    assert (folder / "notes.csv").exists()
    ingest(db, parts(folder), title="notes", batch_id=batch, now=lambda: NOW)  # as the job will
    assert db.table("conversations").count == 400 and sound(settings)


def test_a_command_says_what_to_do_and_goes_on_where_it_was(parley, tmp_path):
    (tmp_path / "notes.csv").write_text(
        NOTE + "".join(f"Firm {n},2025-01-01,It is too dear said {n}\n" for n in range(400))
    )
    parley("batches")

    with full_disk(400_000):
        stopped = parley("ingest", "notes.csv")
    again = parley("ingest", "notes.csv")

    assert stopped.returncode == 1
    assert stopped.stderr.startswith("parley: There is no room left on the disk. Make room")
    assert "it goes on where it was" in stopped.stderr
    assert again.returncode == 0 and "400 pieces" in again.stdout


def test_a_backup_that_does_not_fit_leaves_no_file(settings, filled, db, monkeypatch):
    with full_disk(100_000), pytest.raises(Exception) as error:
        backup.backup(db, settings.database_file, now=NOW)

    assert isinstance(error.value, NoRoom) or trouble.trouble_of(error.value).kind == "full"
    assert list(backup.folder_of(settings.database_file).iterdir()) == []


def test_a_database_that_may_not_be_written_is_said_and_read(client, settings, db, monkeypatch):
    (theme, *_) = themes.all_of(db)

    def reading_only(path: Path):
        opened = connect(path)
        opened.execute("PRAGMA query_only = ON")
        return opened

    monkeypatch.setattr(deps, "connect", reading_only)
    refused = client.patch(f"/api/v1/themes/{theme.id}", json={"name": "Other", "actor": "Ann"})

    assert refused.status_code == 503
    assert "may not be written. Nothing was changed. Check the rights" in refused.json()["detail"]
    assert client.get("/api/v1/themes").status_code == 200


@pytest.mark.parametrize("start", ["doctor", "ingest"])
def test_a_damaged_file_is_said_with_the_way_back(parley, tmp_path, start):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "parley.db").write_text("not a database" * 100)
    (tmp_path / "notes.csv").write_text(NOTE)

    told = parley(start, *(["notes.csv"] if start == "ingest" else []))

    assert told.returncode == 1
    assert "parley restore" in told.stdout + told.stderr or "parley backups" in told.stderr


@pytest.mark.parametrize("code", [sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR])
def test_a_page_is_told_of_trouble_without_what_to_type(code):
    """Why an upload failed was told with `parley doctor`."""
    error = sqlite3.DatabaseError("no")
    error.sqlite_errorcode = code
    found = trouble.trouble_of(error)
    assert "`" not in found.clicked and "Settings, “Health and copies”" in found.clicked
    assert "`parley doctor` says what is wrong" in found.typed


def test_without_a_folder_for_temporary_files_it_says_so_and_what_to_mount():
    """A container with a read-only root and no /tmp: SQLite calls it a disk I/O error."""

    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_GETTEMPPATH
    found = trouble.trouble_of(error)
    assert (found.kind, "temporary files" in found.what, "--tmpfs /tmp" in found.typed) == ("no temporary", True, True)
