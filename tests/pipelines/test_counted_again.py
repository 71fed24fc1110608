"""What is kept of counting, and taken again after a write, is what counting anew would say."""

import shutil
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import pytest

from insights.records import stable_id, text_hash
from pipelines.report import trend_report
from pipelines.store import connect, remembered
from pipelines.store.filters import Filters

TODAY = date(2026, 6, 30)
WRITES = {
    "a title": "UPDATE conversations SET title = 'Another' WHERE rowid = 1",
    "a day": "UPDATE conversations SET occurred_at = '2026-02-01' WHERE rowid = 1",
    "an account": "UPDATE conversations SET account = 'New', account_key = 'new' WHERE rowid = 1",
    "a segment": "UPDATE conversation_fields SET value = 'large' WHERE conversation_id = (SELECT id FROM conversations WHERE rowid = 1)",
    "a kind": "UPDATE conversations SET kind = 'email' WHERE rowid = 1",
    "a quote's theme": "UPDATE theme_members SET theme_id = 2, leaf_id = 2 WHERE rowid = 1",
    "a quote that waits again": "DELETE FROM theme_members WHERE rowid = 1",
}


@pytest.fixture
def db(tmp_path, bare_file, written):
    shutil.copy(bare_file, tmp_path / "a.db")
    with closing(connect(tmp_path / "a.db")) as db:
        written(db, _half_a_year)
        yield db
    remembered.forget()


def _half_a_year(db):
    """120 conversations of 20 accounts over half a year, two themes."""
    for n in (1, 2):
        sql = "INSERT INTO themes (id, kind, label, created_at, name, status) VALUES (?, 'objection', 'price', '', ?, 'active')"
        db.execute(sql, [n, f"Theme {n}"])
    for n in range(120):
        _add(db, n)


def _add(db, n):
    one, day = stable_id("test", n), (TODAY - timedelta(days=1 + n * 3 // 2)).isoformat()
    turn, words = stable_id(one, 0), "The price is too high."
    db.execute(
        """INSERT INTO conversations (id, kind, title, occurred_at, account, contact, job_title, persona, seniority, rep, stage,
        outcome, file, content_hash, account_key, counted_as, analysed)
        VALUES (?, ?, 'A talk', ?, ?, '', '', '', '', '', '', '', '', ?, ?, ?, 'test')""",
        [one, ("call", "note")[n % 2], day, f"Firm {n % 20}", one, f"firm {n % 20}", one],
    )
    db.execute("INSERT INTO conversation_fields VALUES (?, 'segment', ?)", [one, ("small", "large")[n % 3 == 0]])
    sql = "INSERT INTO utterances (id, conversation_id, position, speaker, role, voice, text) VALUES (?, ?, 0, '', 'buyer', 'verbatim', ?)"
    db.execute(sql, [turn, one, words])
    if n % 5 < 3:
        insight = stable_id(turn, "objection", 0, len(words))
        sql = """INSERT INTO insights (id, utterance_id, conversation_id, kind, label, name, start, end, text, text_hash, confidence,
            found_confidence) VALUES (?, ?, ?, 'objection', 'price', '', 0, ?, ?, ?, 0.9, 0.9)"""
        db.execute(sql, [insight, turn, one, len(words), words, text_hash(words)])
        db.execute("INSERT INTO theme_members VALUES (?, ?, ?, 0.8)", [insight, 1 + n % 2, 1 + n % 2])


def reports(db):
    return [trend_report(db, Filters(), kind="objection", today=TODAY, by=by) for by in ("", "segment")]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_report_after_a_write_is_the_one_that_is_counted_anew(db, write):
    reports(db)
    with db.atomic():
        db.execute(write)
    again = reports(db)
    remembered.forget()
    assert again == reports(db)


def test_a_write_that_moves_a_figure_moves_it(db):
    before = reports(db)
    with db.atomic():
        db.execute(WRITES["a quote's theme"])
    assert [replace(one, rows=()) for one in reports(db)] == [replace(one, rows=()) for one in before]
    assert [one.rows for one in reports(db)] != [one.rows for one in before]
