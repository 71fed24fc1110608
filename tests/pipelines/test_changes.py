"""What is remembered lasts until a table that it was read from is written to, and not a write longer."""

import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from pipelines.store import changes, connect, remembered

NOTE = "INSERT INTO annotations (text, created_at, changed_at, actor) VALUES ('x', '', '', '')"
COMPETITOR = "INSERT INTO competitors (name) VALUES ('{}')"
CONVERSATION = """INSERT INTO conversations (id, kind, title, occurred_at, account, contact, job_title, persona, seniority, rep, stage,
    outcome, file, content_hash) VALUES ('{}', 'call', '', '2026-01-01', '', '', '', '', '', '', '', '', '', '')"""


@pytest.fixture
def db(tmp_path, bare_file):
    shutil.copy(bare_file, tmp_path / "a.db")
    with closing(connect(tmp_path / "a.db")) as db:
        yield db
    remembered.forget()


class Counted:
    """A question to the database that counts how often it had to be worked out."""

    def __init__(self, db, sql):
        self.db, self.sql, self.times = db, sql, 0

    def __call__(self):
        self.times += 1
        return self.db.execute(self.sql).fetchone()[0]


def asked(db, question, times=1):
    return [remembered.remembered(db, question.sql, question) for _ in range(times)][-1]


def test_a_write_to_another_table_leaves_it(db):
    names = Counted(db, "SELECT count(*) FROM competitors")
    asked(db, names)
    db.execute(NOTE)
    assert (asked(db, names), names.times) == (0, 1)


def test_a_write_to_its_own_table_ends_it(db):
    names = Counted(db, "SELECT count(*) FROM competitors")
    asked(db, names)
    db.execute(COMPETITOR.format("Beacon"))
    assert (asked(db, names), names.times) == (1, 2)


def test_a_view_rests_on_its_tables(db):
    shown = Counted(db, "SELECT count(*) FROM shown_insights")
    asked(db, shown)
    db.execute("UPDATE insights SET standing = 'rejected'")
    db.execute(NOTE)
    asked(db, shown)
    assert shown.times == 1  # no row was there to be written to
    db.execute(CONVERSATION.format("c"))
    db.execute(
        "INSERT INTO utterances (id, conversation_id, position, speaker, role, voice, text) VALUES ('u', 'c', 0, '', '', '', '')"
    )
    db.execute("INSERT INTO insights (id, utterance_id, conversation_id, kind, label, name, start, end, text, text_hash, confidence)"
               " VALUES ('i', 'u', 'c', 'question', '', '', 0, 0, '', '', 1)")  # fmt: skip
    assert asked(db, shown) == 1
    db.execute("UPDATE insights SET standing = 'rejected'")
    assert asked(db, shown) == 0


def test_words_rest_on_what_was_said(db):
    found = Counted(db, "SELECT count(*) FROM utterances_fts WHERE utterances_fts MATCH 'budget'")
    asked(db, found)
    db.execute(CONVERSATION.format("c"))
    db.execute(
        "INSERT INTO utterances (id, conversation_id, position, speaker, role, voice, text) VALUES ('u', 'c', 0, '', '', '', 'Budget')"
    )
    assert asked(db, found) == 1


def test_what_is_taken_from_something_remembered_rests_on_its_tables_too(db):
    names = Counted(db, "SELECT count(*) FROM competitors")
    asked(db, names)
    assert remembered.remembered(db, "doubled", lambda: asked(db, names) * 2) == 0
    db.execute(COMPETITOR.format("Beacon"))
    assert remembered.remembered(db, "doubled", lambda: asked(db, names) * 2) == 2


def test_a_statement_that_ran_before_on_the_connection_is_seen_again(db):
    names = Counted(db, "SELECT count(*) FROM competitors")
    asked(db, names)
    other = Counted(db, names.sql)
    assert remembered.remembered(db, "another", lambda: (names(), asked(db, other))[1]) == 0
    db.execute(COMPETITOR.format("Beacon"))
    assert remembered.remembered(db, "another", names) == 1


def test_a_table_without_counts_ends_with_every_commit(db):
    db.execute("CREATE TABLE things (n INTEGER)")
    things = Counted(db, "SELECT count(*) FROM things")
    asked(db, things, times=2)
    assert things.times == 1
    db.execute(NOTE)
    asked(db, things)
    assert things.times == 2


def test_a_table_that_lost_a_trigger_ends_with_every_commit(db):
    db.execute("DROP TRIGGER changed_competitors_delete")
    names = Counted(db, "SELECT count(*) FROM competitors")
    asked(db, names)
    db.execute(NOTE)
    asked(db, names)
    assert names.times == 2


@pytest.mark.parametrize(
    "sql",
    [
        COMPETITOR.format("Beacon"), "UPDATE competitors SET aliases = '[]'", "DELETE FROM competitors",
        "INSERT OR REPLACE INTO competitors (name) VALUES ('Known')",
    ],
)  # fmt: skip
def test_every_sort_of_write_counts_up(db, sql):
    db.execute(COMPETITOR.format("Known"))
    before = changes.counts(db)["competitors"][0]
    db.execute(sql)
    assert changes.counts(db)["competitors"][0] > before


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO conversation_fields VALUES ('c', 'segment', 'smb')", "UPDATE utterances SET voice = 'reported'",
        "DELETE FROM utterances", "UPDATE conversations SET outcome = 'won'", "DELETE FROM conversations",
        "INSERT INTO conversation_keys (key, conversation_id) VALUES ('name:a', 'c')",
    ],
)  # fmt: skip
def test_a_conversation_is_written_to_with_what_belongs_to_it(db, sql):
    db.execute(CONVERSATION.format("c"))
    db.execute(
        "INSERT INTO utterances (id, conversation_id, position, speaker, role, voice, text) VALUES ('u', 'c', 0, '', '', '', '')"
    )
    before = changes.counts(db)["conversations"][0]
    db.execute(sql)
    assert changes.counts(db)["conversations"][0] > before


def test_the_view_of_shown_insights_reads_insights_alone(db):
    """Columns are brought up to date by what was written to conversations and insights: a view of more must be told to them."""
    read = set()
    db.conn.set_authorizer(
        lambda action, table, *_: (read.add(table) if action == sqlite3.SQLITE_READ else None, sqlite3.SQLITE_OK)[1]
    )
    db.execute("SELECT * FROM shown_insights").fetchall()
    assert read == {"insights", "shown_insights"}


def test_what_another_thread_works_out_is_waited_for(db):
    begun, go_on = threading.Event(), threading.Event()
    names = Counted(db, "SELECT count(*) FROM competitors")

    def slowly():
        begun.set()
        go_on.wait(10)
        return names()

    with (
        ThreadPoolExecutor(2) as pool,
        closing(connect(db.conn.execute("PRAGMA database_list").fetchone()[2])) as other,
    ):
        first = pool.submit(remembered.remembered, db, names.sql, slowly)
        begun.wait(10)
        second = pool.submit(remembered.remembered, other, names.sql, slowly)
        go_on.set()
        assert (first.result(), second.result(), names.times) == (0, 0, 1)


def test_what_fails_fails_for_who_waits_and_is_tried_again_for_who_asks_later(db, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()
    waits = remembered._waited

    def fails():
        begun.set()
        go_on.wait(10)
        raise ZeroDivisionError

    def waited(*args, **kwargs):
        go_on.set()  # only now, so that the second has asked before the first has failed
        return waits(*args, **kwargs)

    monkeypatch.setattr(remembered, "_waited", waited)
    with (
        ThreadPoolExecutor(2) as pool,
        closing(connect(db.conn.execute("PRAGMA database_list").fetchone()[2])) as other,
    ):
        first = pool.submit(remembered.remembered, db, "names", fails)
        begun.wait(10)
        second = pool.submit(remembered.remembered, other, "names", lambda: 7)
        for asked in (first, second):
            with pytest.raises(ZeroDivisionError):
                asked.result()
        assert remembered.remembered(other, "names", lambda: 7) == 7
