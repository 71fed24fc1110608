"""Uploads: everything is new, known or a named problem; once, in any order, and taken back exactly."""

import shutil
import zipfile
from dataclasses import asdict

import pytest

from insights.records import Company
from pipelines.ingest import ingest
from pipelines.store import batches, company, connect, facets, prepare
from pipelines.uploads.sides import reassign
from pipelines.uploads.undo import undo


def test_notes_calls_and_mail_become_conversations_with_their_facts(db, upload, now):
    counts = ingest(db, [upload], title="first", now=now).counts

    assert (counts.files, counts.conversations, counts.utterances, counts.problems) == (3, 4, 6, 0)
    row = next(iter(db.query("SELECT * FROM conversations WHERE kind = 'note' AND account = 'Arlo Foods'")))
    assert (row["contact"], row["job_title"], row["persona"], row["stage"]) == (
        "Dana Ortiz", "VP Finance", "finance", "Evaluation",
    )  # fmt: skip
    assert facets.field_names(db) == ["segment"]


def test_the_same_batch_twice_changes_nothing(db, upload, now, content):
    ingest(db, [upload], title="first", now=now)
    before = content(db)

    again = ingest(db, [upload], title="again", now=now).counts

    assert (again.conversations, again.grown, again.utterances, again.duplicates) == (0, 0, 0, 5)
    assert content(db) == before


def test_the_order_of_files_does_not_matter(tmp_path, upload, now, content):
    found = []
    for order in (["notes.csv", "call.vtt", "mail.mbox"], ["mail.mbox", "call.vtt", "notes.csv"]):
        file = tmp_path / f"{order[0]}.db"
        prepare(file)
        db = connect(file)
        for name in order:
            ingest(db, [upload / name], title=name, now=now)
        found.append(content(db))
        db.close()

    assert found[0] == found[1]


def test_a_thread_that_grows_stays_one_conversation(db, tmp_path, upload, now, content):
    whole = (upload / "mail.mbox").read_text()
    first = tmp_path / "first.mbox"
    first.write_text(whole[: whole.index("From MAILER", 10)])
    ingest(db, [first], title="first", now=now)

    grown = ingest(db, [upload / "mail.mbox"], title="whole", now=now).counts

    assert (grown.conversations, grown.grown, grown.utterances) == (0, 1, 1)
    assert [u["position"] for u in content(db)["utterances"]] in ([0, 1], [1, 0])


def test_a_dry_run_says_the_same_and_keeps_nothing(db, upload, now, content):
    before = content(db)
    dry = ingest(db, [upload], title="dry", now=now, dry_run=True)

    assert content(db) == before
    assert batches.recent(db) == []
    real = ingest(db, [upload], title="real", now=now)
    assert (dry.counts, dry.problems, dry.batch_id) == (real.counts, real.problems, None)


def test_undo_restores_the_state_before(db, upload, now, content):
    ingest(db, [upload / "notes.csv"], title="first", now=now)
    before = content(db)
    second = ingest(db, [upload], title="second", now=now)

    undo(db, second.batch_id)

    assert content(db) == before


def test_undo_keeps_what_another_batch_brought_too(db, upload, now, content):
    first = ingest(db, [upload], title="first", now=now)
    ingest(db, [upload], title="again", now=now)
    before = content(db)

    undo(db, first.batch_id)

    assert content(db) == before


BAD = {
    "empty.csv": b"",
    "binary.csv": bytes(range(256)) * 200,
    "corrupt.csv": b'Date,Account,Notes\n2025-01-02,Acme,"never closed\n' + b"x,y\n" * 50,
    "half.vtt": b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nDana: It is too dear.\n\n00:00:02.000 --> 00:0",
    "unknown.xyz": b"whatever",
    "damaged.zip": b"PK\x03\x04 and then nothing",
    "broken.jsonl": b'{"text": "We have no budget."}\n{"text": \n',
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_file_is_a_named_problem_and_the_rest_goes_in(db, upload, now, name):
    (upload / name).write_bytes(BAD[name])

    done = ingest(db, [upload], title="mixed", now=now)

    assert {p.file for p in done.problems} == {name}
    assert all(p.reason and p.advice for p in done.problems)
    assert done.counts.conversations >= 4
    assert len(batches.problems(db, done.batch_id)) == len(done.problems)


def test_one_endless_line_is_a_problem_and_the_rest_goes_in(db, upload, now):
    with (upload / "long.csv").open("wb") as file:
        file.write(b"Date,Account,Notes\n2025-01-02,Acme,")
        for _ in range(20):
            file.write(b"word " * 200_000)
        file.write(b"\n2025-01-03,Bexley,They asked about training.\n")

    done = ingest(db, [upload], title="long", now=now)

    assert {p.file for p in done.problems} == {"long.csv"}
    assert done.counts.conversations == 5


def test_one_bad_member_does_not_stop_an_archive(db, tmp_path, upload, now):
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.write(upload / "notes.csv", "notes.csv")
        zipped.writestr("../evil.csv", "a,b")
        zipped.writestr("empty.csv", "")
    shutil.rmtree(upload)

    done = ingest(db, [archive], title="zip", now=now)

    assert done.counts.conversations == 2
    assert {p.file for p in done.problems} == {"export.zip/../evil.csv", "export.zip/empty.csv"}


def test_a_path_that_is_not_there_is_said_before_anything_is_written(db, tmp_path, now):
    with pytest.raises(FileNotFoundError, match=r"missing\.csv"):
        ingest(db, [tmp_path / "missing.csv"], title="x", now=now)

    assert batches.recent(db) == []


def test_an_interrupted_batch_is_resumed_without_doubles(db, upload, now, content):
    batch_id = batches.start(db, title="killed", now=now())
    ingest(db, [upload / "notes.csv"], title="killed", now=now, batch_id=batch_id)

    ingest(db, [upload], title="killed", now=now, batch_id=batch_id)

    assert len(content(db)["conversations"]) == 4
    undo(db, batch_id)
    assert content(db)["utterances"] == []


def test_telling_the_company_sets_the_sides_of_what_is_loaded(db, upload, now):
    ingest(db, [upload / "mail.mbox"], title="mail", now=now)
    company.add(db, Company(domains=("arlo.example",)))

    assert reassign(db) == 2
    assert {row["role"] for row in db.query("SELECT role FROM utterances")} == {"seller"}


def test_counts_add_up(db, upload, now):
    (upload / "broken.jsonl").write_bytes(BAD["broken.jsonl"])
    counts = asdict(ingest(db, [upload], title="sum", now=now).counts)

    stored = db.table("conversations").count
    assert counts["conversations"] == stored == 5
    assert counts["problems"] == db.table("problems").count == 1


def test_of_a_long_text_it_is_told_that_it_is_worked_on(db, tmp_path, monkeypatch):
    monkeypatch.setattr("pipelines.ingest.LONG", 3)
    (tmp_path / "call.txt").write_text(
        "".join(f"{'Ann' if n % 2 else 'Bo'}: We looked at number {n}.\n" for n in range(8))
    )
    told: list[tuple] = []
    ingest(
        db,
        [tmp_path / "call.txt"],
        title="call",
        now=lambda: "2026-01-01T00:00:00+00:00",
        progress=lambda *one: told.append(one),
    )
    assert ("telling who speaks in 8 utterances", 0, None) in told
