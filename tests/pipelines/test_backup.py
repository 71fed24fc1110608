"""Backups are whole while others write, restores are refused or complete, and what was there before is kept."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from pipelines.ingest import ingest
from pipelines.jobs import work_once
from pipelines.operation import backup
from pipelines.operation.backup import AlreadyThere, BadBackup, NoRoom
from pipelines.settings import Settings
from pipelines.store import NewerDatabase, connect, copying, held, prepare
from pipelines.store.held import InUse

NOW = "2026-03-20T09:00:00+00:00"
LATER = "2026-03-21T09:00:00+00:00"


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "parley.db"


def accounts(file: Path) -> list[str]:
    with closing(connect(file)) as db:
        return [row["account"] for row in db.query("SELECT account FROM conversations ORDER BY account, id")]


def rename(db, name: str) -> None:
    with db.atomic():
        db.execute("UPDATE conversations SET account = ?", [name])


def test_a_backup_brings_everything_back(db, file, upload, now):
    ingest(db, [upload], title="x", now=now)
    before = accounts(file)
    made = backup.backup(db, file, now=NOW)
    rename(db, "wrong")
    db.close()

    restored = backup.restore(made.backup.file, file, now=LATER)

    assert accounts(file) == before
    assert restored.aside is not None and set(accounts(restored.aside)) == {"wrong"}


def test_a_restore_is_undone_by_restoring_what_was_kept(db, file, upload, now):
    ingest(db, [upload], title="x", now=now)
    made = backup.backup(db, file, now=NOW)
    rename(db, "newer")
    db.close()
    aside = backup.restore(made.backup.file, file, now=LATER).aside

    assert aside is not None
    backup.restore(aside, file, now="2026-03-21T09:00:01+00:00")

    assert set(accounts(file)) == {"newer"}


def test_a_backup_is_one_moment_of_a_database_that_others_write(db, file, monkeypatch):
    """Two rows change together, again and again, while pages are copied a few at a time."""
    monkeypatch.setattr(copying, "PAGES_AT_ONCE", 3)
    with db.atomic():
        db.execute("INSERT INTO state (key, value) VALUES ('one', '0'), ('two', '0')")
    written = []

    def write(stage: str, done: int, total: int | None) -> None:
        if stage == "copying":
            with closing(connect(file)) as other, other.atomic():
                other.execute("UPDATE state SET value = value + 1 WHERE key IN ('one', 'two')")
            written.append(done)

    made = backup.backup(db, file, now=NOW, progress=write)

    with closing(copying.opened(made.backup.file)) as copy:
        assert copy.execute("SELECT value FROM state WHERE key IN ('one', 'two')").fetchall() == [("0",), ("0",)]
    assert len(written) > 3
    assert db.execute("SELECT value FROM state WHERE key = 'two'").fetchone()[0] == str(len(written))


def test_its_manifest_says_what_it_holds(db, file, upload, now):
    ingest(db, [upload], title="x", now=now)

    made = backup.backup(db, file, now=NOW)

    told = json.loads(backup.manifest_of(made.backup.file).read_text())
    assert (told["at"], told["rows"]["conversations"], told["schema"]) == (NOW, 4, copying.migrated(db.conn)[-1])
    assert told["sha256"] == copying.sha256(made.backup.file)
    assert made.backup.file.stat().st_mode & 0o077 == 0


def test_only_so_many_are_kept_and_no_copy_from_before_a_change(db, file):
    folder = backup.folder_of(file)
    folder.mkdir()
    (folder / "parley-before-m001.db").write_bytes(b"kept")
    for day in (1, 2, 3, 4):
        made = backup.backup(db, file, now=f"2026-03-0{day}T09:00:00+00:00", keep=2)

    assert [one.name for one in made.removed] == ["parley-2026-03-02T09-00-00Z.db"]
    assert sorted(one.name for one in folder.glob("*.db")) == [
        "parley-2026-03-03T09-00-00Z.db",
        "parley-2026-03-04T09-00-00Z.db",
        "parley-before-m001.db",
    ]


def test_a_backup_overwrites_nothing(db, file, tmp_path):
    (tmp_path / "mine.db").write_text("mine")

    with pytest.raises(AlreadyThere):
        backup.backup(db, file, tmp_path / "mine.db", now=NOW)

    assert (tmp_path / "mine.db").read_text() == "mine"


def test_no_room_is_said_before_anything_is_written(db, file, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "ROOM_LEFT", 1e12)

    with pytest.raises(NoRoom, match="Make room"):
        backup.backup(db, file, tmp_path / "elsewhere", now=NOW)

    assert list((tmp_path / "elsewhere").glob("*")) == []


def test_a_copy_that_stops_leaves_no_file(db, file):
    def stop(stage: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup.backup(db, file, now=NOW, progress=stop)

    assert list(backup.folder_of(file).iterdir()) == []
    assert not db.conn.in_transaction


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4096])
    backup.manifest_of(path).unlink()


def foreign(path: Path) -> None:
    path.unlink()
    backup.manifest_of(path).unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")


def no_database(path: Path) -> None:
    path.write_text("not at all" * 1000)
    backup.manifest_of(path).unlink()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (flipped, "SHA-256"),
        (cut, "damaged|no database"),
        (foreign, "not one of Parley's"),
        (no_database, "no database"),
    ],
)
def test_a_bad_backup_is_refused_and_nothing_is_changed(db, file, upload, now, spoil, said):
    ingest(db, [upload], title="x", now=now)
    made = backup.backup(db, file, now=NOW)
    db.close()
    before = accounts(file)
    spoil(made.backup.file)

    with pytest.raises(BadBackup, match=said):
        backup.restore(made.backup.file, file, now=LATER)

    assert accounts(file) == before
    assert not list(file.parent.glob("*.restoring*"))


def test_a_backup_of_a_newer_parley_is_refused(db, file):
    with db.atomic():
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('parley', 'm999_later', '')"
        )
    made = backup.backup(db, file, now=NOW)
    db.close()

    with pytest.raises(NewerDatabase, match="m999_later"):
        backup.restore(made.backup.file, file, now=LATER)


def test_a_damaged_database_is_replaced_and_kept_as_it_was(db, file):
    made = backup.backup(db, file, now=NOW)
    db.close()
    file.write_bytes(b"destroyed" * 1000)

    restored = backup.restore(made.backup.file, file, now=LATER)

    assert copying.problems(file) == []
    assert restored.aside is not None and restored.aside.read_bytes() == b"destroyed" * 1000


def test_a_restore_refuses_while_another_process_has_the_database(db, file):
    made = backup.backup(db, file, now=NOW)
    # What `held.shared` does, without the seconds that importing it takes in a process of its own.
    code = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_SH); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-S", "-c", code, str(held.lock_of(file))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        with pytest.raises(InUse, match="Stop it"):
            backup.restore(made.backup.file, file, now=LATER)
        other.communicate("")

    assert not held.is_used(file)


def test_a_restore_into_an_empty_home_needs_nothing_there(db, file, upload, now, tmp_path):
    ingest(db, [upload], title="x", now=now)
    made = backup.backup(db, file, tmp_path / "away.db", now=NOW)

    restored = backup.restore(made.backup.file, tmp_path / "new home" / "parley.db", now=LATER)

    assert restored.aside is None
    assert accounts(tmp_path / "new home" / "parley.db") == accounts(file)


def test_a_daily_backup_is_made_once_a_day_and_only_when_wanted(tmp_path):
    prepare(tmp_path / "parley.db")

    assert not work_once(Settings(home=tmp_path))
    assert work_once(Settings(home=tmp_path, backup_daily=True))
    assert not work_once(Settings(home=tmp_path, backup_daily=True))

    (made,) = backup.listed(tmp_path / "parley.db")
    assert made.manifest is not None


def test_two_that_begin_at_once_on_a_file_without_a_log_both_succeed(tmp_path):
    """Switching to the log fails at once where somebody writes; it is tried again."""
    file = tmp_path / "old.db"
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as writer:
        writer.execute("CREATE TABLE x (n)")
        writer.execute("BEGIN IMMEDIATE")
        failed: list[BaseException] = []

        def begin() -> None:
            try:
                prepare(file)
            except BaseException as error:
                failed.append(error)

        thread = Thread(target=begin)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        writer.execute("COMMIT")
        thread.join(20)

    assert not failed and not thread.is_alive()
    with closing(connect(file)) as db:
        assert db.journal_mode == "wal"
