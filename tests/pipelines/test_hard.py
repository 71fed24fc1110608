"""Uploads under ill treatment: undone in any order, killed, beside each other, spoilt. See `benchmarks.hardness` for more."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import bad_files, hardness, homes
from benchmarks.uploads import pool, write
from pipelines.ingest import ingest
from pipelines.store import connect, prepare
from pipelines.uploads.undo import undo

MAIL = """From MAILER Thu Mar 06 10:00:00 2025
Message-ID: <m{n}@arlo.example>
From: Dana Ortiz <dana@arlo.example>
To: Joel Okafor <joel@vendor.example>
Date: Thu, 06 Mar 2025 10:00:00 +0000
Subject: Offer {n}

Does number {n} work offline?

"""
HEADERS = "Activity ID,Activity Date,Company / Account,Contact Name,Opportunity ID,Description\n"
NOTE = (
    "A1,2025-03-05,Arlo Foods,Dana Ortiz,,Dana says 31k a year {is_} a lot for three warehouses. Auditor Whitcombe wants "
    "freezer temperatures logged and scanners must do minus 25 in the cold store.\n"
)


@pytest.fixture
def send(db, tmp_path, now):
    def upload(name: str, text: str) -> int:
        (tmp_path / name).write_text(text)
        return ingest(db, [tmp_path / name], title=name, now=now).batch_id or 0

    return upload


@pytest.mark.parametrize("seed", range(5))
def test_uploads_and_undos_in_any_order_leave_what_the_rest_would_make(tmp_path, seed):
    chance = random.Random(seed)
    uploads = pool(chance, uploads=hardness.UPLOADS)
    played = hardness.operations_of(chance, hardness.UPLOADS)

    got = hardness.play(tmp_path / "a", uploads, played)

    assert got == hardness.play(tmp_path / "b", uploads, hardness.left(played))


def test_a_thread_is_named_after_the_file_that_is_left(db, send, now):
    first = send("first.mbox", MAIL.format(n=1) + MAIL.format(n=2))
    send("second.mbox", MAIL.format(n=2))

    undo(db, first)

    assert [(row["file"], row["row"]) for row in db.query("SELECT file, row FROM conversations")] == [
        ("second.mbox", 1)
    ]


def test_the_note_that_was_uploaded_last_counts_also_when_it_is_an_old_one(db, send):
    for name, verb in (("a.csv", "is"), ("b.csv", "was"), ("c.csv", "is")):
        send(name, HEADERS + NOTE.format(is_=verb))

    standing = {row["file"]: row["standing"] for row in db.query("SELECT file, standing FROM conversations")}
    assert standing == {"a.csv": "", "b.csv": "revision"}


def test_another_key_of_a_known_note_is_what_it_is_found_by(db, send):
    send("a.csv", HEADERS + NOTE.format(is_="is"))
    send("b.csv", HEADERS + NOTE.format(is_="is").replace("Ortiz,,", "Ortiz,D7,"))

    assert db.table("block_keys").count_where("key LIKE 'deal:%'") == 1


def test_deals_that_come_while_notes_are_read_are_joined_to_all_of_them(db, tmp_path, now, monkeypatch):
    rows = [f"A{n},2025-03-05,Account {n},Dana Ortiz,D{n},She asked for number {n} of the offers.\n" for n in range(3)]
    (tmp_path / "notes.csv").write_text(HEADERS + "".join(rows))
    (tmp_path / "deals.csv").write_text(
        "Id,Name,StageName,CloseDate\n" + "".join(f"D{n},Deal {n},Proposal,2025-06-01\n" for n in range(3))
    )
    monkeypatch.setattr("pipelines.ingest.PIECES_PER_TRANSACTION", 1)
    other = connect(tmp_path / "parley.db")
    came = []

    def progress(stage: str, done: int, total: int | None) -> None:
        if stage == "reading" and not came:
            came.append(ingest(other, [tmp_path / "deals.csv"], title="deals", now=now))

    ingest(db, [tmp_path / "notes.csv"], title="notes", now=now, progress=progress)
    other.close()

    assert [row["stage"] for row in db.query("SELECT stage FROM conversations")] == ["Proposal"] * 3


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")
@pytest.mark.parametrize("moment", [2, 5])
def test_an_upload_that_was_killed_is_finished_by_the_next_run(tmp_path, moment):
    folder = tmp_path / "upload"
    for upload in pool(random.Random(3), uploads=5):
        write(folder, upload)
    killed, whole = tmp_path / "killed.db", tmp_path / "whole.db"
    child = """
import os, signal, sys
from pathlib import Path
from pipelines import ingest
from pipelines.store import connect, prepare
ingest.PIECES_PER_TRANSACTION = 20
left = int(sys.argv[3])
def progress(stage, done, total):
    global left
    left -= stage != "reading" or done > 0
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
prepare(sys.argv[1])
ingest.ingest(connect(sys.argv[1]), [Path(sys.argv[2])], title="x", now=lambda: "2025-12-31", progress=progress)
"""
    assert subprocess.run([sys.executable, "-c", child, killed, folder, str(moment)]).returncode == -signal.SIGKILL

    for file in (killed, whole):
        prepare(file)
        db = connect(file)
        ingest(db, [folder], title="x", now=lambda: "2025-12-31")
        db.close()

    assert homes.content(killed, batches=True) == homes.content(whole, batches=True)
    assert homes.sound(killed)


def test_an_undo_that_breaks_off_has_undone_nothing(db, send, now, content, monkeypatch):
    batch = send("notes.csv", HEADERS + NOTE.format(is_="is"))
    before = content(db)

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipelines.uploads.undo.find_templates", stop)
    with pytest.raises(KeyboardInterrupt):
        undo(db, batch)

    assert content(db) == before


SAMPLES = [file for file in bad_files.samples() if file.stat().st_size < 20_000 and file.suffix != ".pdf"]


def test_spoilt_samples_add_up(tmp_path, db, now):
    chance = random.Random(5)
    for sample in chance.sample(SAMPLES, k=40):
        (tmp_path / sample.name).write_bytes(bad_files.damaged(sample.read_bytes(), chance))
        counts = ingest(db, [tmp_path / sample.name], title=sample.name, now=now).counts
        assert counts.pieces == counts.added + counts.duplicates + counts.problems, sample.name


@pytest.mark.parametrize("seed", range(2))
def test_a_dry_run_of_anything_has_the_verdicts_of_the_real_one(tmp_path, db, now, seed):
    chance = random.Random(seed)
    for upload in pool(chance, uploads=3):
        write(tmp_path / "mixed", upload)
    for sample in chance.sample(SAMPLES, k=5):
        (tmp_path / "mixed" / sample.name).write_bytes(bad_files.damaged(sample.read_bytes(), chance))

    dry = ingest(db, [tmp_path / "mixed"], title="x", now=now, dry_run=True)
    real = ingest(db, [tmp_path / "mixed"], title="x", now=now)

    assert (dry.counts, dry.problems) == (real.counts, real.problems)


def test_an_empty_folder_and_dead_links_are_said(tmp_path, db, now):
    (tmp_path / "nothing").mkdir()
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "gone.csv").symlink_to(tmp_path / "nowhere.csv")
    (tmp_path / "links" / "round").symlink_to(tmp_path / "links")

    done = ingest(db, [tmp_path / "nothing", tmp_path / "links"], title="x", now=now)

    assert sorted(problem.file for problem in done.problems) == ["gone.csv", "nothing", "round"]
    assert done.counts.pieces == done.counts.problems == 3


def test_a_full_disk_is_said_in_a_sentence(tmp_path):
    from api.commands.terminal import told

    prepare(tmp_path / "full.db")
    db = connect(tmp_path / "full.db")
    db.conn.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(sqlite3.OperationalError) as error:
        shutil.copy(bad_files.ROOT / "pipelines" / "sample" / "call_notes.csv", tmp_path / "notes.csv")
        ingest(db, [Path(tmp_path / "notes.csv")], title="x", now=lambda: "2025-12-31")
    db.close()

    assert told(error.value).startswith("There is no room left on the disk.")
