"""What another program replaces or moves is seen: figures are as fresh as if Parley had written it."""

import sqlite3
from contextlib import closing

import pytest

from pipelines.store import changes, connect, prepare, remembered, theme_lists, themes
from pipelines.store import columns as columns_of
from pipelines.store.filters import Filters

CONVERSATION = """{} INTO conversations (rowid, id, kind, title, occurred_at, account, contact, job_title, persona, seniority, rep, stage,
    outcome, file, content_hash, counted_as) VALUES ({}, '{}', 'call', '', '2026-01-01', '{}', '', '', '', '', '', '', '', '', '', '{}')"""
UTTERANCE = "{} INTO utterances (id, conversation_id, position, speaker, role, voice, text) VALUES ('{}', '{}', 0, '', '', '', '')"
INSIGHT = """{} INTO insights (id, utterance_id, conversation_id, kind, label, name, start, end, text, text_hash, confidence)
    VALUES ('{}', 'u', 'c', 'question', '{}', '', 0, 0, '', '', 1)"""
FAR = 3 * changes.PART  # a row number in another part


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "a.db"
    prepare(file)
    with closing(connect(file)) as db, db.atomic():
        for row, name in ((1, "c"), (FAR, "far")):
            db.execute(CONVERSATION.format("INSERT", row, name, "Arlo", name))
        db.execute(UTTERANCE.format("INSERT", "u", "c"))
        db.execute(INSIGHT.format("INSERT", "i", "price"))
    yield file
    remembered.forget()


def other_program(file, *statements: str) -> None:
    """What somebody does with the sqlite3 module alone, its settings as they come."""
    with closing(sqlite3.connect(file)) as conn, conn:
        for sql in statements:
            conn.execute(sql)


def counted(file) -> dict[str, dict[int, int]]:
    with closing(connect(file)) as db:
        return changes.counts(db)


def test_a_conversation_replaced_from_outside_is_not_counted_twice(file):
    with closing(connect(file)) as db:
        before = columns_of.told(db)
        other_program(file, CONVERSATION.format("INSERT OR REPLACE", FAR + 1, "c", "Other", "c"))
        after = columns_of.told(db)
        assert (len(before.rows), len(after.rows)) == (2, 2)
        account = after.facts["account"]
        assert sorted(account.values[code] for code in account.codes) == ["Arlo", "Other"]


def test_a_replaced_insight_is_not_counted_twice(file):
    with closing(connect(file)) as db:
        assert len(columns_of.read(db).rows) == 1
        other_program(
            file,
            INSIGHT.format("INSERT OR REPLACE", "i", "security")
            .replace("(id,", "(rowid, id,")
            .replace("VALUES (", f"VALUES ({FAR}, "),
        )
        read = columns_of.read(db)
        assert [read.texts["label"].values[code] for code in read.texts["label"].codes] == ["security"]


@pytest.mark.parametrize(
    ("sql", "name", "parts"),
    [
        (UTTERANCE.format("INSERT OR REPLACE", "u", "far"), "conversations", {0, 3}),
        ("UPDATE utterances SET conversation_id = 'far'", "conversations", {0, 3}),
        (f"UPDATE insights SET rowid = {FAR + 5}", "insights", {0, 3}),
        ("UPDATE OR REPLACE conversations SET id = 'c' WHERE id = 'far'", "conversations", {0, 3}),
        ("INSERT OR REPLACE INTO conversation_fields VALUES ('far', 'a', 'b')", "conversations", {3}),
    ],
)
def test_the_place_that_a_row_leaves_is_counted_as_well_as_its_new_one(file, sql, name, parts):
    before = counted(file)[name]
    other_program(file, sql)
    assert {part for part, count in counted(file)[name].items() if count > before.get(part, 0)} == parts


def test_a_table_has_all_its_counting_triggers_after_the_change(file):
    with closing(connect(file)) as db:
        assert {"conversations", "insights", "utterances", "theme_members"} <= changes.totals(db).keys()


def test_a_theme_that_is_made_while_the_list_is_worked_out_breaks_nothing(file):
    def theme(number: int) -> tuple[str, ...]:
        return (
            f"INSERT INTO themes (id, kind, label, created_at, name, status) VALUES ({number}, 'question', '', '', 't', 'active')",
            f"INSERT OR REPLACE INTO theme_members VALUES ('i', {number}, {number}, 0.9)",
        )

    other_program(file, *theme(1))
    with closing(connect(file)) as db:
        read = columns_of.read(db)
        other_program(file, *theme(50))
        assert set(themes.counts(db, Filters())) == {50}
        assert set(theme_lists._reaches(read)) == {1}  # of one moment, the counts too
        assert set(theme_lists.reaches(db)) == {50}
