"""What is wrong is found, said with what to do, and mended only where it follows from other rows."""

import os
import shutil
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest

from pipelines.operation import backup, doctor
from pipelines.settings import Settings, unknown_names
from pipelines.store import connect, copying, jobs
from pipelines.themes import ledger

NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)


@pytest.fixture
def settings(mined_sample, tmp_path) -> Settings:
    shutil.copy(mined_sample, tmp_path / "parley.db")
    return Settings(home=tmp_path)


@pytest.fixture
def db(settings):
    with closing(connect(settings.database_file)) as db:
        yield db


def found(settings: Settings, *, whole: bool = True) -> dict[str, str]:
    """Level by check, of what is not fine."""
    examined = doctor.examine(settings, now=NOW, whole=whole)
    return {one.check: one.level for one in examined.findings if one.level not in ("fine", "note")}


def test_a_mined_database_is_sound(settings):
    assert found(settings) == {}


def test_looking_changes_nothing(settings, db):
    before = db.conn.execute("PRAGMA data_version").fetchone()

    doctor.examine(settings, now=NOW)

    assert db.conn.execute("PRAGMA data_version").fetchone() == before


SPOILT = {
    "quotes": ("UPDATE insights SET text = text || '!' WHERE id = (SELECT min(id) FROM insights)", "error"),
    "search index": ("INSERT INTO utterances_fts (utterances_fts) VALUES ('delete-all')", "error"),
    "ledger": ("DELETE FROM theme_members WHERE insight_id = (SELECT min(insight_id) FROM theme_members)", "error"),
    "vectors": ("DELETE FROM vectors WHERE text_hash = (SELECT min(text_hash) FROM vectors)", "warning"),
    "left-over rows": ("UPDATE conversations SET counted_as = 'nobody' WHERE id = (SELECT min(id) FROM conversations)", "warning"),
    "jobs": ("INSERT INTO jobs (kind, status, created_at, heartbeat_at) VALUES ('mine', 'running', '2026-01-01', '2026-01-01')", "warning"),
    "uploads": ("UPDATE batches SET status = 'reading', reader = 'gone'", "warning"),
    "integrity": ("PRAGMA foreign_keys = OFF; DELETE FROM batches", "error"),
}  # fmt: skip


@pytest.mark.parametrize("check", SPOILT)
def test_what_is_wrong_is_found(settings, db, check):
    sql, level = SPOILT[check]
    db.conn.executescript(sql)

    assert found(settings).get(check) == level


def test_a_flipped_byte_in_a_page_is_found(settings, db):
    page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'utterances'").fetchone()[0]
    size = db.execute("PRAGMA page_size").fetchone()[0]
    db.close()
    with settings.database_file.open("r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(b"\xff\xff\xff")

    assert "error" in found(settings).values()


def test_repair_makes_the_index_and_the_themes_anew(settings, db):
    db.conn.executescript(
        "INSERT INTO utterances_fts (utterances_fts) VALUES ('delete-all'); DELETE FROM theme_members; UPDATE themes SET name = 'x'"
    )
    examined = doctor.examine(settings, now=NOW)

    assert len(doctor.repair(settings, examined)) == 2

    (before,) = [one.file for one in backup.listed(settings.database_file)]
    with closing(copying.opened(before)) as kept:
        assert kept.execute("SELECT count(*) FROM theme_members").fetchone() == (0,)
    assert found(settings) == {}


def test_what_people_did_to_themes_is_what_the_ledger_adds_up_to(settings, db):
    now = NOW.isoformat()
    one, two, three = [row["theme_id"] for row in db.query(
        "SELECT theme_id, count(*) AS n FROM theme_members m JOIN themes t ON t.id = m.theme_id "
        "WHERE t.kind = 'objection' GROUP BY theme_id ORDER BY n DESC LIMIT 3"
    )]  # fmt: skip
    ledger.merge(db, one, [two], now=now, actor="Ann")
    event = ledger.retire(db, three, now=now, actor="Ann")
    ledger.undo(db, event, now=now, actor="Ann")

    assert found(settings) == {}


def test_half_a_copy_is_removed_by_repair(settings):
    half = settings.home / "backups" / "parley-x.db.part"
    half.parent.mkdir()
    half.write_text("half")

    doctor.repair(settings, doctor.examine(settings, now=NOW, whole=False))

    assert not half.exists()


def test_uploaded_files_that_nobody_wants_are_told_and_kept(settings, db):
    for name in ("left", "wanted"):
        (settings.uploads / name).mkdir(parents=True)
        os.utime(settings.uploads / name, (time.time() - 9e8,) * 2)
    jobs.add(db, "ingest", {"path": str(settings.uploads / "wanted")}, now="2026-03-20T08:59:00+00:00")

    examined = doctor.examine(settings, now=NOW, whole=False)
    doctor.repair(settings, examined)

    (told,) = [one for one in examined.findings if one.check == "uploaded files"]
    assert told.what.endswith(": 1.")
    assert (settings.uploads / "left").exists()


def test_no_database_is_a_finding_and_none_is_created(tmp_path):
    assert found(Settings(home=tmp_path / "nowhere")) == {"database": "error"}
    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_is_no_database_is_a_finding(tmp_path):
    (tmp_path / "parley.db").write_text("no database" * 500)

    examined = doctor.examine(Settings(home=tmp_path), now=NOW)
    (finding,) = [one for one in examined.findings if one.level == "error"]
    assert finding.check == "database" and "parley restore" in finding.advice and "parley doctor" not in finding.advice


def test_a_mistyped_setting_is_a_finding(tmp_path, monkeypatch):
    monkeypatch.setenv("PARLEY_HOSST", "x")
    (tmp_path / "parley.toml").write_text("prot = 1\nport = 8400\n")

    assert unknown_names(tmp_path) == ["PARLEY_HOSST", "'prot' in parley.toml"]


def test_a_sound_copy_has_no_problems_and_a_cut_one_has(settings, tmp_path):
    assert copying.problems(settings.database_file) == []

    cut = tmp_path / "cut.db"
    cut.write_bytes(settings.database_file.read_bytes()[:-8192])

    assert copying.problems(cut)
