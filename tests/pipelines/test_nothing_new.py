"""Mining again with nothing new looks at nothing; whatever it rests on makes it look."""

import shutil
from contextlib import closing

import pytest

from pipelines import nothing_new
from pipelines.catalogue import own_names, trackers
from pipelines.ingest import ingest
from pipelines.mine import Mined, mine
from pipelines.store import company, connect, prepare, proposals


@pytest.fixture(scope="module")
def mined_file(tmp_path_factory):
    """A database with two notes, mined until nothing is left to do."""
    folder = tmp_path_factory.mktemp("mined")
    (folder / "notes.csv").write_text(
        "Activity ID,Activity Date,Company / Account,Contact Name,Description\n"
        'A1,2025-03-03,Arlo Foods,Dana Ortiz,"Says the price is too high for what it does."\n'
        'A2,2025-03-04,Bexley Trading,Raj Stroud,"Asked whether we support single sign-on."\n'
    )
    prepare(folder / "parley.db")
    with closing(connect(folder / "parley.db")) as db:
        ingest(db, [folder / "notes.csv"], title="Notes", now=lambda: "2025-12-31T12:00:00+00:00")
        trackers.apply_all(db, now="2025-12-31T12:00:00+00:00")
        mine(db, now=lambda: "2025-12-31T12:00:00+00:00")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "parley.db"


@pytest.fixture
def mined(mined_file, tmp_path):
    shutil.copy(mined_file, tmp_path / "mined.db")
    with closing(connect(tmp_path / "mined.db")) as db:
        yield db


def looks(db) -> bool:
    return nothing_new.told(db, nothing_new.before(db)) is None


def test_again_with_nothing_new_looks_at_nothing_and_says_the_same(mined):
    stages = []
    found = mine(mined, now=str, progress=lambda stage, done, total: stages.append(stage))
    assert found == Mined(0, 0, 0, waiting=2, proposals=0)
    assert stages == []


@pytest.mark.parametrize(
    "change",
    [
        lambda db: own_names.add(db, "product", "Arlo", now="2026-01-01", actor="Ann"),
        lambda db: company.set_least_confidence(db, {"objection": 0.9}),
        lambda db: proposals.set_policy(db, "new", "ask"),
        lambda db: db.execute("UPDATE insights SET standing = 'rejected'"),
        lambda db: db.execute("DELETE FROM conversations WHERE title <> 'x'"),
        lambda db: db.execute("DELETE FROM sentences"),
        lambda db: db.execute("DELETE FROM vectors"),
    ],
    ids=["own name", "confidence", "policy", "insight", "conversation", "sentences", "vectors"],
)
def test_what_mining_rests_on_makes_it_look(mined, change):
    assert not looks(mined)
    change(mined)
    assert looks(mined)


def test_what_somebody_else_wrote_during_a_run_is_not_taken_for_seen(mined):
    mined.execute("UPDATE insights SET standing = 'rejected'")
    began = nothing_new.before(mined)
    with closing(connect(mined.conn.execute("PRAGMA database_list").fetchone()[2])) as other:
        other.execute("UPDATE conversations SET title = 'x'")
    nothing_new.note(mined, began, {"waiting": 0, "proposals": 0})
    assert looks(mined)
