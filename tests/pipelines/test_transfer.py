"""What people made or brought is carried whole: the same bytes again after an import, or nothing at all."""

import gzip
import json
import re
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.ingest import ingest
from pipelines.operation import transfer
from pipelines.operation.transfer import BadExport, FileThere, NotEmpty
from pipelines.store import connect, copying, health, prepare, rows, themes
from pipelines.store.migrations import migrations
from pipelines.themes import ledger
from pipelines.uploads.undo import undo

ANY = '{"é":"a\\n\\"b"}'  # text with all that a line of JSON must escape, and JSON itself


def one_row(db, table: str) -> dict:
    """A row for a table: each column something of its type, or a value that its CHECK allows."""
    (schema,) = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()
    row: dict = {}
    for _, name, kind, _, _, _, hidden in db.execute(f'PRAGMA table_xinfo("{table}")').fetchall():
        allowed = re.search(rf"\b{name} IN \(([^)]*)\)", schema)
        if hidden:
            continue
        one = 2 if name == "end" else 1  # what ends lies after what starts
        row[name] = {"INTEGER": one, "REAL": 0.25, "BLOB": b"\x00\xff"}.get(kind, ANY)
        if allowed:
            row[name] = allowed[1].split(",")[-1].strip().strip("'")
    return row


@pytest.fixture
def every(db):
    """One row in every table that is carried, all of them pointing to each other."""
    return fill(db)


def fill(db):
    db.execute("PRAGMA foreign_keys = OFF")
    with db.atomic():
        for table in rows.tables(db):
            if table != "sqlite_sequence":
                row = one_row(db, table)
                names, marks = ", ".join(map("[{}]".format, row)), ", ".join("?" * len(row))
                db.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', [*row.values()])
    return db


def lines(path: Path) -> list[tuple[str, dict]]:
    """The kind of each line and what it says."""
    return [next(iter(json.loads(line).items())) for line in path.read_text().splitlines()]


def carried_over(db, tmp_path) -> tuple[Path, Path]:
    """What is exported before and after an import."""
    first, second, new = tmp_path / "first.jsonl", tmp_path / "second.jsonl", tmp_path / "new home" / "parley.db"
    transfer.export(db, first)
    transfer.bring_in(first, new)
    with closing(connect(new)) as there:
        transfer.export(there, second)
    return first, second


def test_every_table_is_carried_or_left_out_for_a_reason(db):
    there = {name for name in db.table_names() if not name.startswith("utterances_fts")}

    assert there - set(rows.KEPT) == set(rows.LEFT_OUT)


def test_every_kind_of_record_comes_back_to_the_byte(every, tmp_path):
    first, second = carried_over(every, tmp_path)

    assert first.read_bytes() == second.read_bytes()
    counts = lines(first)[0][1]["records"]
    assert [name for name in counts if not counts[name]] == []


def test_a_mined_company_comes_back_to_the_byte_and_sound(mined_sample, tmp_path):
    shutil.copy(mined_sample, tmp_path / "parley.db")
    with closing(connect(tmp_path / "parley.db")) as db:
        ledger.rename(db, themes.all_of(db)[0].id, "Our name", now="2026-03-01T00:00:00+00:00", actor="Ann")
        first, second = carried_over(db, tmp_path)

    assert first.read_bytes() == second.read_bytes()
    with closing(connect(tmp_path / "new home" / "parley.db")) as db:
        assert copying.check(db.conn) == []
        assert health.index_agrees(db) and not health.themes_astray(db) and not health.members_astray(db)


def test_an_upload_can_still_be_undone_after_an_import(db, upload, now, tmp_path, content):
    ingest(db, [upload / "notes.csv"], title="kept", now=now)
    before = content(db)
    ingest(db, [upload], title="undone", now=now)
    carried_over(db, tmp_path)

    with closing(connect(tmp_path / "new home" / "parley.db")) as there:
        undo(there, 2)
        after = content(there)

    left = {"boilerplate"}
    assert {k: v for k, v in after.items() if k not in left} == {k: v for k, v in before.items() if k not in left}


def test_secrets_are_not_in_it_and_digests_wait_elsewhere(every, tmp_path):
    with every.atomic():
        every.execute(
            """UPDATE digests SET secret = 'hidden-key', status = 'active', plan = '{"webhook":"https://hidden-hook"}'"""
        )
        every.execute("UPDATE digest_deliveries SET address = 'hidden-address'") if every.table(
            "digest_deliveries"
        ).count else None
    first, _ = carried_over(every, tmp_path)

    assert "hidden" not in first.read_text()
    with closing(connect(tmp_path / "new home" / "parley.db")) as db:
        status, secret = db.execute("SELECT status, secret FROM digests").fetchone()
        assert status == "paused" and len(secret) > 30


def test_numbers_that_were_given_once_are_not_given_again(db, tmp_path):
    with db.atomic():
        db.execute("INSERT INTO batches (created_at, title) VALUES ('2026', 'a'), ('2026', 'b')")
        db.execute("DELETE FROM batches WHERE id = 2")
    carried_over(db, tmp_path)

    with closing(connect(tmp_path / "new home" / "parley.db")) as there:
        assert there.execute("INSERT INTO batches (created_at, title) VALUES ('2026', 'c')").lastrowid == 3


def test_it_can_be_packed_and_the_same_content_is_the_same_bytes(every, tmp_path):
    transfer.export(every, tmp_path / "a.jsonl.gz")
    transfer.export(every, tmp_path / "b.gz")
    transfer.export(every, tmp_path / "plain.jsonl")

    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    assert gzip.decompress((tmp_path / "b.gz").read_bytes()) == (tmp_path / "plain.jsonl").read_bytes()
    transfer.bring_in(tmp_path / "b.gz", tmp_path / "new.db")


def test_an_export_overwrites_nothing(db, tmp_path):
    (tmp_path / "mine.jsonl").write_text("mine")

    with pytest.raises(FileThere):
        transfer.export(db, tmp_path / "mine.jsonl")


def test_an_import_never_mixes(db, upload, now, tmp_path):
    transfer.export(db, tmp_path / "all.jsonl")
    ingest(db, [upload], title="x", now=now)
    db.close()

    with pytest.raises(NotEmpty, match="parley backup"):
        transfer.bring_in(tmp_path / "all.jsonl", tmp_path / "parley.db")


def test_an_empty_database_is_replaced(every, tmp_path):
    transfer.export(every, tmp_path / "all.jsonl")
    prepare(tmp_path / "empty.db")

    transfer.bring_in(tmp_path / "all.jsonl", tmp_path / "empty.db")

    with closing(connect(tmp_path / "empty.db")) as db:
        assert db.table("conversations").count == 1


def cut_in_a_line(data: bytes) -> bytes:
    return data[:-150]


def cut_between_lines(data: bytes) -> bytes:
    return b"\n".join(data.split(b"\n")[:40]) + b"\n"


def with_a_word_changed(data: bytes) -> bytes:
    return data.replace(b'{"themes":{"id":1', b'{"themes":{"id":2')


def with_a_record_more(data: bytes) -> bytes:
    found = data.split(b"\n")
    return b"\n".join([*found[:5], found[5], *found[5:]])


def with_a_table_of_accounts(data: bytes) -> bytes:
    return data.replace(b'{"company":', b'{"users":')


def with_a_column_more(data: bytes) -> bytes:
    return data.replace(b'{"company":{', b'{"company":{"x":1,')


def of_a_newer_schema(data: bytes) -> bytes:
    return data.replace(b'"schema":"m', b'"schema":"m9', 1)


def with_more_after_the_end(data: bytes) -> bytes:
    return data + b'{"company":{}}\n'


def something_else(data: bytes) -> bytes:
    return b'{"name": "somebody"}\n'


@pytest.mark.parametrize(
    "spoil",
    [
        cut_in_a_line, cut_between_lines, with_a_word_changed, with_a_record_more, with_a_table_of_accounts,
        with_a_column_more, of_a_newer_schema, with_more_after_the_end, something_else,
    ],
)  # fmt: skip
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_is_no_whole_export_changes_nothing(every, tmp_path, spoil, pack):
    transfer.export(every, tmp_path / "all.jsonl")
    (tmp_path / "bad").write_bytes(pack(spoil((tmp_path / "all.jsonl").read_bytes())))

    with pytest.raises(BadExport, match="Nothing was changed"):
        transfer.bring_in(tmp_path / "bad", tmp_path / "home" / "parley.db")

    assert [one.name for one in (tmp_path / "home").iterdir()] == ["parley.db.lock"]


@pytest.mark.parametrize("notes", ["Date,Notes\n2026-01-05,Too dear.\n", '{"notes": "Too dear."}\n'])
def test_who_imports_call_notes_is_told_how_they_are_read(tmp_path, notes):
    (tmp_path / "notes.csv").write_text(notes)
    with pytest.raises(BadExport, match=r"no export of Parley's.* parley ingest"):
        transfer.bring_in(tmp_path / "notes.csv", tmp_path / "home" / "parley.db")


def test_packing_that_breaks_off_is_said(every, tmp_path):
    transfer.export(every, tmp_path / "all.gz")
    (tmp_path / "cut.gz").write_bytes((tmp_path / "all.gz").read_bytes()[:-40])

    with pytest.raises(BadExport):
        transfer.bring_in(tmp_path / "cut.gz", tmp_path / "home" / "parley.db")


def test_an_import_that_is_stopped_leaves_no_database(every, tmp_path):
    transfer.export(every, tmp_path / "all.jsonl")

    def stop(stage: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transfer.bring_in(tmp_path / "all.jsonl", tmp_path / "home" / "parley.db", progress=stop)

    assert [one.name for one in (tmp_path / "home").iterdir()] == ["parley.db.lock"]


def test_an_older_schema_is_brought_up_to_date(tmp_path):
    """An export of the Parley of the fourteenth migration."""
    with closing(connect(tmp_path / "old.db")) as old:
        migrations.apply(old, stop_before="m015_annotations")
        transfer.export(fill(old), tmp_path / "old.jsonl")

    transfer.bring_in(tmp_path / "old.jsonl", tmp_path / "new.db")

    with closing(connect(tmp_path / "new.db")) as db:
        assert db.table("collections").count == 1 and db.table("annotations").count == 0
        assert not migrations.pending(db)
