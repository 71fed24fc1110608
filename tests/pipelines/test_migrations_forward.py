"""A database of any earlier schema walks forward with its content, and a copy from before is kept beside it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.operation import backup
from pipelines.store import NewerDatabase, NoRoomForCopy, connect, copying, health, known_migrations, prepare, themes
from pipelines.store import __name__ as store_name
from pipelines.store.migrations import migrations

NAMES = known_migrations()
SAID = ("It is too dear for us", "Does it work offline?")


def as_of(file: Path, last: str) -> None:
    """What the Parley of this migration would have stored: an upload, a call, two quotes, a theme, and the company."""
    number = NAMES.index(last) + 1
    with closing(connect(file)) as db:
        following = NAMES[number:]
        migrations.apply(db, stop_before=following[0] if following else None)
        db.enable_wal()
        db.execute("INSERT INTO batches (created_at, title, status) VALUES ('2025-01-02', 'calls.zip', 'done')")
        db.execute(
            """INSERT INTO conversations (id, kind, title, occurred_at, account, contact, job_title, persona, seniority, rep,
            stage, outcome, file, participants, content_hash) VALUES ('c', 'call', 'Call', '2025-01-02', 'Arlo Foods',
            'Dana', '', '', '', '', '', '', 'call.vtt', '[]', 'hash')"""
        )
        db.execute("INSERT INTO conversation_fields VALUES ('c', 'segment', 'smb')")
        for n, text in enumerate(SAID):
            db.execute(
                """INSERT INTO utterances (id, conversation_id, position, speaker, role, voice, text)
                VALUES (?, 'c', ?, 'Dana', 'buyer', 'verbatim', ?)""",
                [f"u{n}", n, text],
            )
        if number < NAMES.index("m005_sources") + 1:
            db.execute("INSERT INTO sightings VALUES (1, 'u0'), (1, 'u1')")
        else:
            db.execute("UPDATE conversations SET counted_as = id, account_key = 'arlo foods'")
            db.execute(
                "INSERT INTO brought (item_id, batch_id, attempt, kind, said) VALUES ('c', 1, 1, 'conversation', '{}')"
            )
        if number >= 2:
            add_findings(db, ledger=number >= NAMES.index("m010_ledger") + 1)
        if number >= 3:
            db.execute("INSERT INTO company (kind, name) VALUES ('product', 'Parley')")


def add_findings(db, *, ledger: bool) -> None:
    for n, kind in enumerate(("objection", "question")):
        db.execute(
            """INSERT INTO insights (id, utterance_id, conversation_id, kind, label, name, start, end, text, text_hash, confidence)
            VALUES (?, ?, 'c', ?, 'price', '', 0, ?, ?, ?, 0.9)""",
            [f"i{n}", f"u{n}", kind, len(SAID[n]), SAID[n], f"h{n}"],
        )
    if ledger:
        db.execute(
            "INSERT INTO themes (kind, label, created_at, name, status) VALUES ('objection', 'price', '2025-02-01', 'Cost', 'active')"
        )
        db.execute("""INSERT INTO theme_events (type, at, actor, kind, theme_id, edits, moved) VALUES ('create', '2025-02-01',
            'parley', 'objection', 1, '[[1, "status", "", "active"], [1, "name", "", "Cost"]]', 1)""")
        db.execute("INSERT INTO theme_event_themes VALUES (1, 1)")
        db.execute("INSERT INTO theme_moves VALUES ('i0', 1, NULL, 1, 0.8)")
        db.execute("INSERT INTO theme_members VALUES ('i0', 1, 1, 0.8)")
        return
    db.execute(
        "INSERT INTO themes (kind, name, label, keywords, created_at) VALUES ('objection', 'Cost', 'price', '[]', '2025-02-01')"
    )
    db.execute("INSERT INTO theme_members VALUES ('i0', 1, 0.8)")
    db.execute("""INSERT INTO theme_events (theme_id, type, at, actor, after)
        VALUES (1, 'create', '2025-02-01', 'parley', '{"name": "Cost"}')""")


@pytest.mark.parametrize("last", NAMES)
def test_every_earlier_schema_walks_forward_with_its_content(tmp_path, last):
    file = tmp_path / "parley.db"
    as_of(file, last)

    done = prepare(file)

    assert done.migrations == tuple(NAMES[NAMES.index(last) + 1 :])
    with closing(connect(file)) as db:
        assert copying.check(db.conn) == [] and health.left_over(db) == {} and health.index_agrees(db)
        assert [row["text"] for row in db.query("SELECT text FROM utterances ORDER BY position")] == [*SAID]
        assert list(db.query("SELECT account, counted_as, account_key FROM conversations")) == [
            {"account": "Arlo Foods", "counted_as": "c", "account_key": "arlo foods"}
        ]
        assert list(db.query("SELECT item_id, batch_id FROM brought")) == [{"item_id": "c", "batch_id": 1}]
        assert list(db.query("SELECT value FROM conversation_fields")) == [{"value": "smb"}]
        if last >= "m002":
            assert [row["text"] for row in db.query("SELECT text FROM shown_insights ORDER BY id")] == [*SAID]
            assert [(one.id, one.name) for one in themes.all_of(db)] == [(1, "Cost")]
            assert health.themes_astray(db) == [] and health.members_astray(db) == 0
        if last >= "m003":
            assert [row["name"] for row in db.query("SELECT name FROM company")] == ["Parley"]


@pytest.mark.parametrize("last", NAMES[:-1])
def test_a_copy_from_before_is_kept_and_can_be_restored(tmp_path, last):
    file = tmp_path / "parley.db"
    as_of(file, last)

    copy = prepare(file).copy

    assert copy == tmp_path / "backups" / f"parley-before-{NAMES[NAMES.index(last) + 1]}.db"
    with closing(copying.opened(copy)) as kept:
        assert copying.migrated(kept)[-1] == last
    backup.restore(copy, file, now="2026-03-20T09:00:00+00:00")
    assert prepare(file).migrations[-1] == NAMES[-1]


def test_one_copy_is_kept_and_none_of_an_empty_database(tmp_path):
    file = tmp_path / "parley.db"
    with closing(connect(file)) as db:
        migrations.apply(db, stop_before=NAMES[5])
    assert prepare(file).copy is None

    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "parley-before-m002_insights.db").write_text("older")
    (folder / "parley-2025-01-01T00-00-00Z.db").write_text("a backup")
    file.unlink()
    as_of(file, NAMES[8])
    prepare(file)

    assert sorted(one.name for one in folder.iterdir()) == [
        "parley-2025-01-01T00-00-00Z.db",
        f"parley-before-{NAMES[9]}.db",
    ]


def test_a_migration_that_fails_leaves_the_database_as_it_was(tmp_path, monkeypatch):
    file = tmp_path / "parley.db"
    as_of(file, NAMES[-3])
    last = migrations._migrations[-1]
    monkeypatch.setattr(last, "fn", lambda db: db.execute("INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(sqlite3.OperationalError):
        prepare(file)

    with closing(connect(file)) as db:
        assert copying.migrated(db.conn)[-1] == NAMES[-3] and copying.check(db.conn) == []


def test_without_room_for_the_copy_nothing_is_changed(tmp_path, monkeypatch):
    file = tmp_path / "parley.db"
    as_of(file, NAMES[-2])
    monkeypatch.setattr(f"{store_name}.shutil.disk_usage", lambda _: type("Usage", (), {"free": 10}))

    with pytest.raises(NoRoomForCopy, match=r"Nothing was changed\. Make room"):
        prepare(file)

    with closing(connect(file)) as db:
        assert copying.migrated(db.conn)[-1] == NAMES[-2]


def test_a_newer_database_is_refused_and_left_alone(tmp_path):
    file = tmp_path / "parley.db"
    prepare(file)
    with closing(connect(file)) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('parley', 'm999_later', '')"
        )

    with pytest.raises(NewerDatabase, match=r"newer Parley.*m999_later.*parley restore"):
        prepare(file)
