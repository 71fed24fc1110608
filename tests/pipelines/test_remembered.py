"""What is remembered of a database is never older than the database, whoever writes to it."""

import shutil
import subprocess
import sys
from contextlib import closing

import pytest

from pipelines.privacy.covering import cover
from pipelines.store import connect, covered, prepare, remembered
from pipelines.store.published import look_back


@pytest.fixture
def path(tmp_path, bare_file):
    shutil.copy(bare_file, tmp_path / "a.db")
    with closing(connect(tmp_path / "a.db")) as db:
        db.execute("CREATE TABLE things (n INTEGER)")
    yield tmp_path / "a.db"
    remembered.forget()


@pytest.fixture
def db(path):
    with closing(connect(path)) as db:
        yield db


calls: list[int] = []


@remembered.per_state
def how_many(db, more=0):
    calls.append(more)
    return db.execute("SELECT count(*) FROM things").fetchone()[0] + more


def asked(db, more=0):
    """(answer, whether it had to be worked out)."""
    before = len(calls)
    return how_many(db, more), len(calls) > before


def add(db):
    db.execute("INSERT INTO things VALUES (1)")


def test_it_is_worked_out_once_for_one_state_and_value(db):
    assert [asked(db), asked(db), asked(db, 5), asked(db, 5)] == [(0, True), (0, False), (5, True), (5, False)]


def test_other_connections_share_it(db, path):
    asked(db)
    with closing(connect(path)) as other:
        assert asked(other) == (0, False)


def test_a_write_of_the_same_connection_shows_at_once(db):
    asked(db)
    add(db)
    assert asked(db) == (1, True)


def test_a_write_of_another_connection_shows_at_once(db, path):
    asked(db)
    with closing(connect(path)) as other:
        add(other)
    assert asked(db) == (1, True)


def test_every_write_of_another_process_shows_at_once(db, path):
    program = "import sqlite3, sys\nfor line in sys.stdin:\n    c = sqlite3.connect(sys.argv[1]); c.execute('INSERT INTO things VALUES (1)'); c.commit(); c.close(); print('done', flush=True)"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin and other.stdout
        for n in range(5):
            assert asked(db) == (n, True)
            assert asked(db) == (n, False)
            other.stdin.write("\n")
            other.stdin.flush()
            assert other.stdout.readline() == "done\n"
        assert asked(db) == (5, True)
        other.stdin.close()


def test_what_is_not_committed_is_neither_taken_nor_kept(db, path):
    asked(db)
    with pytest.raises(ZeroDivisionError), db.atomic():
        add(db)
        assert asked(db) == (1, True)
        with closing(connect(path)) as other:
            assert asked(other) == (0, False)
        raise ZeroDivisionError
    assert asked(db) == (0, False)


def test_a_commit_while_it_is_worked_out_leaves_nothing_old_behind(db, path):
    def slow():
        found = db.execute("SELECT count(*) FROM things").fetchone()[0]
        with closing(connect(path)) as other:
            add(other)
        return found

    assert remembered.remembered(db, "slow", slow) == 0
    assert remembered.remembered(db, "slow", slow) == 1


def test_who_looks_back_neither_takes_nor_leaves_anything(db, path):
    asked(db)
    with closing(connect(path)) as back:
        look_back(back, "2026-01-31")
        assert asked(back)[1] and asked(back, 7)[1]
    assert asked(db, 7)[1]
    assert asked(db) == (0, False)


def test_another_file_in_the_same_place_is_another_database(db, path, tmp_path):
    add(db)
    asked(db)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    prepare(tmp_path / "b.db")
    with closing(connect(tmp_path / "b.db")) as other:
        other.execute("CREATE TABLE things (n INTEGER)")
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    (tmp_path / "b.db").replace(path)
    with closing(connect(path)) as fresh:
        assert asked(fresh) == (0, True)


def test_memory_is_bounded(db, monkeypatch):
    monkeypatch.setattr(remembered, "LARGE_FILE", 1)
    for n in range(remembered.MOST_ENTRIES + 1):
        asked(db, n)
    assert asked(db, remembered.MOST_ENTRIES)[1] is False
    assert asked(db, 0)[1] is True


def test_of_a_small_file_more_is_kept_because_what_is_kept_is_smaller(db):
    pages = 3 * remembered.MOST_ENTRIES
    for n in range(pages):
        asked(db, n)
    assert [asked(db, n)[1] for n in range(pages)] == [False] * pages
    lists = 3 * remembered.MOST_LARGE

    def read(n):
        return remembered.remembered(db, ("list", n), lambda: (calls.append(n), how_many(db, n))[1], large=True)

    for n in range(lists):
        read(n)
    before = len(calls)
    assert [read(n) for n in range(lists)] == list(range(lists)) and len(calls) == before


@remembered.per_state
def twice(db):
    return how_many(db) + how_many(db, 5)


def test_the_file_is_looked_at_once_for_all_that_one_thing_is_worked_out_of(db, monkeypatch):
    real, looks = remembered._state, []

    def counted(path, *, looked=False):
        looks.append(looked)
        return real(path, looked=looked)

    monkeypatch.setattr(remembered, "_state", counted)
    assert twice(db) == 5
    assert looks == [False, True, True]
    add(db)
    assert twice(db) == 7


def test_a_request_that_only_looks_asks_about_the_file_once(path, monkeypatch):
    real, looks = remembered._state, []
    monkeypatch.setattr(
        remembered, "_state", lambda path, *, looked=False: (looks.append(looked), real(path, looked=looked))[1]
    )
    with closing(connect(path)) as request, closing(connect(path)) as other:
        remembered.look_once(request)
        assert (how_many(request), how_many(request, 5), how_many(request)) == (0, 5, 0)
        assert looks == [False, True, True]
        add(other)
        with closing(connect(path)) as later:  # whoever begins after a write sees it
            remembered.look_once(later)
            assert how_many(later) == 1
        assert how_many(request) == 1  # what somebody has seen meanwhile is no secret


def test_a_request_that_only_looks_sees_what_it_wrote_itself_all_the_same(path):
    with closing(connect(path)) as request:
        remembered.look_once(request)
        assert how_many(request) == 0
        add(request)
        assert how_many(request) == 1


def test_what_it_works_out_after_a_write_it_has_not_looked_at_is_kept_for_nobody_else(path):
    with closing(connect(path)) as request, closing(connect(path)) as other:
        remembered.look_once(request)
        assert how_many(request) == 0
        add(other)
        assert asked(request, 5) == (6, True)  # worked out of the file as it is, under what was seen before
        assert asked(other, 5) == (6, True) and asked(other) == (1, True)


def test_what_is_written_while_something_is_worked_out_is_not_kept_as_if_it_had_not_been(db, path):
    @remembered.per_state
    def slow(db):
        before = how_many(db)
        with closing(connect(path)) as other:
            add(other)
        return before, how_many(db, 5)

    assert slow(db) == (0, 6)
    assert (how_many(db), how_many(db, 5)) == (1, 6)


def test_a_table_of_its_own_is_seen_whenever_a_connection_makes_it(db):
    assert remembered.can_remember(db)
    db.execute("CREATE TEMP TABLE own (id INT)")
    assert not remembered.can_remember(db)
    db.execute("DROP TABLE own")
    assert remembered.can_remember(db)


def test_what_is_read_on_the_connection_beneath_a_covered_one_counts_as_read(path):
    @remembered.per_state
    def both(db):
        beneath = covered.bare(db).execute("SELECT count(*) FROM collections").fetchone()[0]
        return beneath, db.execute("SELECT count(*) FROM annotations").fetchone()[0]

    with closing(connect(path)) as db, closing(connect(path)) as other:
        cover(db, path)
        assert both(db) == (0, 0)
        other.execute("INSERT INTO collections (title, created_at, changed_at, actor) VALUES ('Spring', '', '', '')")
        assert both(db) == (1, 0)
