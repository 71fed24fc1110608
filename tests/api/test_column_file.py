"""What lies beside the database spares a start reading everything, changes nothing that is read, and holds nobody who
was erased."""

import random
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.privacy import forget
from pipelines.privacy.persons import Asked
from pipelines.store import column_file, column_store, columns, connect, conversations, remembered, words
from pipelines.store.copying import columns_beside

WRITES = (
    "UPDATE conversations SET stage = 'Anew ' || rowid WHERE rowid % 7 = 0",
    "UPDATE conversations SET occurred_at = '2024-05-0' || (1 + rowid % 9) WHERE rowid % 5 = 0",
    "UPDATE insights SET name = 'Somebody' WHERE kind = 'competitor' AND rowid % 3 = 0",
    "DELETE FROM theme_members WHERE rowid % 11 = 0",
    "DELETE FROM insights WHERE rowid % 13 = 0",
    "UPDATE conversation_fields SET value = 'else' WHERE rowid % 2 = 0",
)


@pytest.fixture(autouse=True)
def of_few(monkeypatch, db, filled):
    monkeypatch.setattr(column_file, "LEAST", 1)


def seen(db) -> tuple:
    """All that the columns, the words and one own field tell, by row and in plain texts."""
    told, read = columns.told(db), words.read(db)
    said = read.columns
    first = [
        told.rows.tolist(),
        columns.named(told.ids, told.meeting),
        columns.named(told.days, told.own_day),
        told.counted.tolist(),
    ]
    order = [told.ids[n] for n in sorted(range(len(told.ids)), key=told.rank.__getitem__)]
    first += [columns.named(one.values, one.codes) for _, one in sorted(told.facts.items())]
    first += [columns.named(own.values, own.codes) for own in [columns.own_field(db, told, "segment")]]
    then = [
        said.rows.tolist(),
        said.ids.tolist(),
        said.of.tolist(),
        said.theme.tolist(),
        said.fit.tolist(),
        said.start.tolist(),
    ]
    then += [columns.named(one.values, one.codes) for _, one in sorted(said.texts.items())]
    last = [one.tolist() for one in (read.hashes, read.folds, read.count, read.whole, read.hangs, read.begins)]
    return first, [one for one in order if one in set(first[1])], then, last


def started(db, monkeypatch) -> tuple[tuple, list]:
    """What a process that starts sees, and which ranges of rows it read."""
    remembered.forget()
    ranges, read = [], column_store._read

    def spied(db, sql, values, asked, coded):
        asked = list(asked)
        ranges.extend(asked)
        return read(db, sql, values, asked, coded)

    monkeypatch.setattr(column_store, "_read", spied)
    found = seen(db)
    monkeypatch.setattr(column_store, "_read", read)
    return found, ranges


def fresh(db, monkeypatch) -> tuple:
    """What is seen without anything beside the database."""
    kept = columns_beside(column_file.file_of(db))
    kept.unlink(missing_ok=True)
    return started(db, monkeypatch)[0]


def keep(db) -> bytes:
    seen(db)
    assert column_file.keep(db)
    return columns_beside(column_file.file_of(db)).read_bytes()


def test_a_start_reads_nothing_that_was_not_written_to(db, monkeypatch):
    before = seen(db)
    keep(db)
    assert columns_beside(column_file.file_of(db)).stat().st_mode & 0o777 == 0o600
    found, ranges = started(db, monkeypatch)
    assert (found, ranges) == (before, [])
    assert not column_file.keep(db)  # what lies there is as new


@pytest.mark.parametrize("seed", range(6))
def test_what_was_written_since_is_read_again_and_nothing_else_is_told(db, monkeypatch, seed):
    keep(db)
    for sql in random.Random(seed).sample(WRITES, 3):
        with db.atomic():
            db.execute(sql)
    found, ranges = started(db, monkeypatch)
    assert column_store.EVERY not in ranges and ranges
    assert found == fresh(db, monkeypatch)


def test_the_file_of_another_history_is_not_taken(db, tmp_path, monkeypatch):
    """A backup is restored by hand, and as much is written to it as was to what it replaced."""
    file = column_file.file_of(db)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(file, tmp_path / "before.db")
    with db.atomic():
        db.execute("UPDATE conversations SET stage = 'One'")
    kept = keep(db)
    shutil.copy(columns_beside(file), columns_beside(tmp_path / "before.db"))
    with closing(connect(tmp_path / "before.db")) as other:
        with other.atomic():
            other.execute("UPDATE conversations SET stage = 'Other'")
        found, ranges = started(other, monkeypatch)
        assert column_store.EVERY in ranges and "Other" in str(found[0]) and "'One'" not in str(found[0])
    assert columns_beside(file).read_bytes() == kept


@pytest.mark.parametrize(
    "damage",
    [
        lambda b: b"",
        lambda b: b[: len(b) // 2],
        lambda b: b[:900] + bytes([b[900] ^ 255]) + b[901:],
        lambda b: b"no file of ours",
        lambda b: b[: (at := b.index(b"PK\x01\x02") + 10)] + b"\x63" + b[at + 1 :],  # packed in a way that there is not
    ],
)
def test_a_damaged_file_is_as_none(db, monkeypatch, damage):
    before, whole = seen(db), keep(db)
    columns_beside(column_file.file_of(db)).write_bytes(damage(whole))
    assert started(db, monkeypatch)[0] == before
    assert column_file.keep(db)
    assert started(db, monkeypatch) == (before, [])


def test_other_code_does_not_take_what_this_one_made(db, monkeypatch):
    keep(db)
    monkeypatch.setattr(column_file, "_form", lambda: "another")
    assert column_store.EVERY in started(db, monkeypatch)[1]


def test_it_goes_with_a_conversation_and_holds_no_text_that_is_gone(db):
    """What a process numbered once it keeps until it ends; the file must not."""
    with db.atomic():
        db.execute("UPDATE conversations SET rep = 'Rosalind Quist' WHERE rowid = 1")
    assert b"Rosalind Quist" in keep(db)
    one = next(iter(db.query("SELECT id FROM conversations WHERE rowid = 1")))["id"]
    with db.atomic():
        conversations.remove(db, [one])
    assert not columns_beside(column_file.file_of(db)).exists()
    assert b"Rosalind Quist" not in keep(db)


def test_an_own_field_read_before_a_conversation_went_is_not_put_there_after_it(db):
    """Nobody asks for the field again; what the process still has of it is of before."""
    sql = "SELECT conversation_id AS id FROM conversation_fields WHERE name = 'segment' LIMIT 1"
    one = next(iter(db.query(sql)))["id"]
    with db.atomic():
        db.execute("UPDATE conversation_fields SET value = 'Rosalind Quist' WHERE conversation_id = ?", [one])
    assert b"Rosalind Quist" in keep(db)
    with db.atomic():
        conversations.remove(db, [one])
    columns.read(db)
    assert column_file.keep(db)
    assert b"Rosalind Quist" not in columns_beside(column_file.file_of(db)).read_bytes()


@pytest.mark.parametrize("drop", [forget.clean_file, lambda db: conversations.remove(db, [])])
def test_what_a_process_that_was_killed_left_half_written_goes_with_the_rest(db, monkeypatch, drop):
    seen(db)
    with monkeypatch.context() as killed:
        killed.setattr(Path, "unlink", lambda *_, **__: None)
        killed.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError))
        assert not column_file.keep(db)
    folder = column_file.file_of(db).parent
    assert list(folder.glob("*columns*"))
    drop(db)
    assert not list(folder.glob("*columns*"))


def test_it_is_gone_when_an_erasure_is_committed(db, monkeypatch, settings):
    """Whatever becomes of the process before it writes the file of the database anew."""
    with db.atomic():
        db.execute("UPDATE conversations SET rep = 'Rosalind Quist', contact = 'Rosalind Quist' WHERE rowid = 1")
    assert b"Rosalind Quist" in keep(db)

    def killed(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(forget, "clean_file", killed)
    home, now = column_file.file_of(db).parent, lambda: "2026-03-20T09:00:00+00:00"
    account = next(iter(db.query("SELECT account FROM conversations WHERE rowid = 1")))["account"]
    with pytest.raises(KeyboardInterrupt):
        forget.forget(db, Asked("Rosalind Quist", account), home, confirmed="Rosalind Quist", now=now, actor="test")
    assert not db.table("conversations").count_where("rep = 'Rosalind Quist'")
    assert not columns_beside(column_file.file_of(db)).exists()


def test_it_goes_when_somebody_is_forgotten(db):
    keep(db)
    assert forget.clean_file(db)
    assert not columns_beside(column_file.file_of(db)).exists()


def test_what_is_written_meanwhile_is_not_passed_over(db, monkeypatch):
    """An erasure between the reading and the putting in place would be undone by the file."""
    seen(db)
    packed = column_file._packed

    def slow(*args):
        found = packed(*args)
        with closing(connect(column_file.file_of(db))) as other, other.atomic():
            other.execute("UPDATE conversations SET rep = 'Else' WHERE rowid = 1")
        return found

    monkeypatch.setattr(column_file, "_packed", slow)
    assert not column_file.keep(db)
    assert list(column_file.file_of(db).parent.glob("*columns*")) == []


def test_where_nothing_can_be_written_nothing_is_said(db, monkeypatch):
    seen(db)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(column_file.np, "savez", full)
    assert not column_file.keep(db)
    assert list(column_file.file_of(db).parent.glob("*columns*")) == []


def test_of_few_insights_nothing_is_kept(db, monkeypatch):
    monkeypatch.setattr(column_file, "LEAST", 10_000)
    seen(db)
    assert not column_file.keep(db)
