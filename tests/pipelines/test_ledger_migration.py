"""A database from before the ledger walks forward with its themes, their names, quotes and history."""

from contextlib import closing

import numpy as np

from pipelines.store import connect, prepare, theme_events, themes
from pipelines.store.filters import Filters
from pipelines.store.migrations import migrations
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme


def old_database(path) -> None:
    """Themes 1 (renamed, two quotes) and 2 (a name, without vectors); theme 3 was deleted: its id was given."""
    with closing(connect(path)) as db:
        migrations.apply(db, stop_before="m010_ledger")
        db.execute(
            "INSERT INTO conversations (id, kind, title, occurred_at, account, contact, job_title, persona, seniority, rep, stage, outcome, file, participants, content_hash, counted_as) VALUES ('c', 'call', '', '2025-01-02', 'A', '', '', '', '', '', '', '', '', '[]', '', 'c')"
        )
        db.execute(
            "INSERT INTO utterances (id, conversation_id, position, speaker, role, voice, text) VALUES ('u', 'c', 0, 'D', 'buyer', 'verbatim', 'Too dear')"
        )
        for n in (1, 2):
            db.execute(
                "INSERT INTO insights (id, utterance_id, conversation_id, kind, label, name, start, end, text, text_hash, confidence) VALUES (?, 'u', 'c', 'objection', 'price', '', 0, 3, 'Too', 'h', 0.9)",
                [f"i{n}"],
            )
        blob = (np.ones(4, dtype="<f4") / 2).tobytes()
        db.execute(
            "INSERT INTO themes (kind, name, label, keywords, centroid, tightness, created_at) VALUES ('objection', 'Cost', 'price', '[\"dear\"]', ?, 0.5, '2025-02-01')",
            [blob],
        )
        db.execute(
            "INSERT INTO themes (kind, name, label, keywords, created_at) VALUES ('competitor', 'Orbit', 'orbit', '[]', '2025-02-01')"
        )
        db.execute(
            "INSERT INTO themes (kind, name, label, keywords, created_at) VALUES ('objection', 'Gone', '', '[]', '2025-02-01')"
        )
        db.execute("DELETE FROM themes WHERE id = 3")
        db.execute("INSERT INTO theme_members VALUES ('i1', 1, 0.8), ('i2', 1, 0.4)")
        for theme, name in ((1, "Price"), (2, "Orbit")):
            db.execute(
                "INSERT INTO theme_events (theme_id, type, at, actor, after) VALUES (?, 'create', '2025-02-01', 'parley', json_object('name', ?))",
                [theme, name],
            )
        db.execute(
            "INSERT INTO theme_events (theme_id, type, at, actor, reason, before, after) VALUES (1, 'rename', '2025-03-01', 'Ann', 'shorter', '{\"name\": \"Price\"}', '{\"name\": \"Cost\"}')"
        )


def test_an_older_database_keeps_its_themes_and_their_history(tmp_path):
    old_database(tmp_path / "old.db")

    prepare(tmp_path / "old.db")

    with closing(connect(tmp_path / "old.db")) as db:
        cost, orbit = themes.all_of(db)
        assert (cost.id, cost.name, cost.keywords, cost.label) == (1, "Cost", ("dear",), "price")
        assert (orbit.id, orbit.name, orbit.kind) == (2, "Orbit", "competitor")
        assert themes.counts(db, Filters())[1]["insights"] == 2
        assert themes.shapes(db, [1, 2])[1][1] == 0.5
        made, renamed = theme_events.of_theme(db, 1)
        assert (made.event.type, made.at, made.moved) == ("create", "2025-02-01", 2)
        assert (renamed.event.type, renamed.actor, renamed.reason) == ("rename", "Ann", "shorter")
        assert theme_events.standing_at(db, theme_events.number_at(db, "2025-02-28"))[1].name == "Price"
        assert list(db.query("PRAGMA foreign_key_check")) == []


def test_what_was_done_before_the_ledger_can_be_undone_after_it(tmp_path):
    old_database(tmp_path / "old.db")
    prepare(tmp_path / "old.db")

    with closing(connect(tmp_path / "old.db")) as db:
        ledger.undo(db, theme_events.of_theme(db, 1)[1].id, now="2026-01-01", actor="Ann")
        assert themes.get(db, 1).name == "Price"


def test_an_id_that_was_given_before_the_ledger_is_not_given_again(tmp_path):
    old_database(tmp_path / "old.db")
    prepare(tmp_path / "old.db")

    with closing(connect(tmp_path / "old.db")) as db:
        assert ledger.create(db, "objection", NewTheme("New"), now="2026-01-01").theme == 4


def test_a_day_before_the_ledger_shows_no_theme_that_was_made_later(tmp_path):
    old_database(tmp_path / "old.db")
    with closing(connect(tmp_path / "old.db")) as db:
        db.execute(
            "INSERT INTO themes (kind, name, label, keywords, created_at) VALUES ('objection', 'Late', '', '[]', '2025-06-01')"
        )
        late = "INSERT INTO theme_events (theme_id, type, at, actor, after) VALUES (4, 'create', '2025-06-01', 'parley', '{\"name\": \"Late\"}')"
        db.execute(late)
    prepare(tmp_path / "old.db")

    with closing(connect(tmp_path / "old.db")) as db:
        then = theme_events.standing_at(db, theme_events.number_at(db, "2025-03-31"))
        assert {number: theme.name for number, theme in then.items()} == {1: "Cost", 2: "Orbit"}
