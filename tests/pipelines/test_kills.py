"""A few kills in earnest; benchmarks/kills.py makes a hundred (benchmarks/DURABILITY.md)."""

import os
import random
import shutil

import pytest

from benchmarks import kills

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork and no SIGKILL")


@pytest.fixture
def acts(tmp_path, mined_sample, monkeypatch):
    """The acts, with the sample company's database instead of one of their own."""
    monkeypatch.setattr("pipelines.ingest.PIECES_PER_TRANSACTION", kills.STEP)
    (tmp_path / "mined").mkdir()
    shutil.copy(mined_sample, tmp_path / "mined" / "parley.db")
    kills.backup_once(tmp_path / "mined")
    return kills.acts(tmp_path)


@pytest.mark.parametrize(
    ("name", "seed"),
    [
        ("ingest", 1),
        ("ingest", 2),
        ("theme edits", 1),
        ("backup", 1),
        ("restore", 1),
        ("digest", 1),
        ("jobs", 1),
        ("plan", 1),
        ("undo of undo", 1),
    ],
)
def test_what_was_killed_is_sound_and_ends_as_if_it_had_not_been(acts, tmp_path, name, seed):
    told = kills.try_act(acts[name], 1, tmp_path, random.Random(seed), tell=lambda _: None)

    assert (told.kills, told.wrong) == (1, [])


def test_damage_is_seen_and_so_is_a_row_that_is_lost_or_doubled(acts, tmp_path):
    home = tmp_path / "home"
    acts["theme edits"].begin(home)
    assert kills.damage(home) == []
    before = kills.stored(home)

    kills.opened(
        home,
        lambda db: db.execute(
            "DELETE FROM theme_members WHERE insight_id = (SELECT min(insight_id) FROM theme_members)"
        ),
    )

    assert kills.damage(home) == ["the ledger disagrees"]
    assert [line.split(":")[0] for line in kills.differences(kills.stored(home), before)] == ["theme_members"]


def test_a_message_that_comes_twice_or_is_called_sent_and_did_not_come_is_seen(acts, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    acts["digest"].begin(home)
    acts["digest"].run(home)
    sound = acts["digest"].stored(home)
    assert len(sound["messages"]) == 3 and sound["came twice"] == sound["never came"] == []

    kills.opened(
        home, lambda db: db.execute("UPDATE digest_deliveries SET status = 'waiting' WHERE channel = 'webhook'")
    )
    acts["digest"].run(home)
    assert len(acts["digest"].stored(home)["came twice"]) == 1

    (home / "tries").write_text("0123456789abcdef")  # as if nothing had come from this home
    assert len(acts["digest"].stored(home)["never came"]) == 3
