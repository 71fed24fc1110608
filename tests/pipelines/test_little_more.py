"""What a little more costs does not grow with what is there: the steps of SQLite's virtual machine are counted, not time."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.multiplied import multiply
from insights import embedding
from insights.records import Conversation, Insight, Utterance, stable_id
from pipelines import analyse
from pipelines.catalogue import sketches
from pipelines.quotes import quoting
from pipelines.store import batches, changes, connect, conversations, insights, passages, state, vectors, worklist
from pipelines.uploads import once, settle

FEW, MANY = 60, 600  # conversations
A_PART = 6  # of them
STEPS = 50  # between two counts
ENCODER = SimpleNamespace(name="test")
FOOTER = "This note was written by the assistant of the sales team, and nobody has read it before it was filed here."


@pytest.fixture(scope="module", autouse=True)
def _made_vectors():
    """The encoder is not what is counted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedding, "embed", lambda _, texts: np.eye(len(texts), 384, dtype=np.float32))
        yield


@pytest.fixture(scope="module")
def files(bare_file, tmp_path_factory):
    """Two databases of six notes each, many times over, in parts of a few rows, everything in them looked at."""
    folder, made = tmp_path_factory.mktemp("more"), {}
    once_file = folder / "once.db"
    shutil.copy(bare_file, once_file)
    with closing(connect(once_file)) as db:
        batches.start(db, title="test", now="2025-01-01")
        for n in range(6):
            note(db, n)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for count in (FEW, MANY):
        made[count] = folder / f"{count}.db"
        multiply(once_file, made[count], count // 6)
        with closing(connect(made[count])) as db:
            for table in ("conversations", "insights"):
                db.execute(f"UPDATE {table} SET rowid = -rowid")
                db.execute(f"UPDATE {table} SET rowid = -rowid * {changes.PART // A_PART}")
            db.execute("UPDATE conversations SET analysed = content_hash || 'finder'")
            db.conn.commit()
            bring_up_to_date(db)
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return made


@pytest.fixture
def made(files, tmp_path):
    """A copy of one of them, open."""

    @contextmanager
    def copy(count: int) -> Iterator:
        shutil.copy(files[count], tmp_path / f"{count}.db")
        with closing(connect(tmp_path / f"{count}.db")) as db:
            yield db

    return copy


def note(db, n: int, text: str = "") -> None:
    """A conversation with an objection, and, of the first three, a footer: too few for a template."""
    said = text or f"Says that the price of plan {n} is too high."
    turn = Utterance("", "seller", "reported", said if text or n > 2 else f"{said}\n{FOOTER}")
    item = Conversation(stable_id("n", n, text), "note", "", "2025-01-01", (turn,), account=f"Firm {n}{text[:9]}")
    with db.atomic():
        settle.write(db, [item], settle.knowledge(db))
        utterance = conversations.utterances(db, item.id)[0]
        found = Insight("objection", 0, len(said), said, "price", 0.9, "")
        insights.replace(db, item.id, [(utterance.id, utterance.text, found)])


def bring_up_to_date(db) -> None:
    analyse._embed(db, ENCODER, lambda *_: None)
    sketches.fill(db)
    with db.atomic():
        sketches.sketches.prune(db, ENCODER.name)
        once.find_templates(db)


STAGES = {
    "conversations to read": lambda db: worklist.waiting(db, "finder"),
    "quotes to embed": lambda db: analyse._embed(db, ENCODER, lambda *_: None),
    "sentences to cut": sketches.fill,
    "sketches to forget": lambda db: sketches.sketches.prune(db, ENCODER.name),
    "templates": once.find_templates,
}


def steps(db, work) -> int:
    """What SQLite does in it, but for counting a table's rows from an index, which `store.changes` allows."""
    counted = [0]
    sql = [""]

    def tick() -> int:
        counted[0] += STEPS if "count(*) FROM" not in sql[0] and "FROM changes" not in sql[0] else 0
        return 0

    db.conn.set_trace_callback(lambda one: sql.__setitem__(0, one))
    db.conn.set_progress_handler(tick, STEPS)
    work(db)
    db.conn.set_progress_handler(None, 0)
    db.conn.set_trace_callback(None)
    return counted[0]


@pytest.mark.parametrize("stage", STAGES)
def test_a_note_more_costs_the_same_among_ten_times_as_many(made, stage):
    spent = {}
    for count in (FEW, MANY):
        with made(count) as db:
            note(db, count, "Asked whether it runs offline.")
            spent[count] = steps(db, STAGES[stage])
    assert spent[MANY] <= 1.5 * spent[FEW] + STEPS * 4


def test_to_cover_a_text_costs_the_same_among_ten_times_as_many(made):
    spent = {}
    for count in (FEW, MANY):
        with made(count) as db:
            note(db, count, "Ann Lee asked Bo Ray whether it runs offline.")
            said = db.execute("SELECT conversation_id, id FROM utterances WHERE text LIKE 'Ann Lee%'").fetchone()
            quoting.known_in(db, *said)  # who is a rep is looked for once, until conversations change
            spent[count] = steps(db, partial(quoting.known_in, conversation_id=said[0], utterance_id=said[1]))
    assert spent[MANY] <= 1.5 * spent[FEW] + STEPS * 4


def test_vectors_that_nothing_says_are_looked_for_without_reading_vectors(made):
    with made(FEW) as db:
        asked = []
        db.conn.set_trace_callback(asked.append)
        with db.atomic():
            vectors.prune(db)
        db.conn.set_trace_callback(None)
        (sql,) = [one for one in asked if one.startswith("DELETE FROM vectors")]
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert any(one.startswith("SCAN v USING COVERING INDEX") for one in plan)
    assert not any(one == "SCAN vectors" for one in plan)


def test_what_was_looked_at_in_part_is_what_a_whole_look_finds(made):
    """New quotes, sentences and a template, and then fewer notes that share it, so that it is none any more."""
    said = "They have asked for an offer in writing before the end of the quarter, as all of them always do."
    with made(FEW) as db:
        for templates, written in (
            (1, None),
            (0, "DELETE FROM conversations WHERE account IN ('Firm 0They have', 'Firm 1They have')"),
        ):
            for n in range(0 if written else 5):
                note(db, n, said)
            with db.atomic():
                db.execute(written or "SELECT 1")
            bring_up_to_date(db)
            assert len(passages.known(db)) == templates
            part = everything(db)
            with db.atomic():
                db.execute("DELETE FROM state WHERE key LIKE 'seen %'")
            bring_up_to_date(db)
            assert part == everything(db)


def everything(db) -> list:
    kept = (
        ("vectors", "text_hash"),
        ("sentences", "utterance_id, start, end"),
        ("sketches", "text_hash"),
        ("boilerplate", "hash"),
    )
    return [sorted(db.execute(f"SELECT {columns} FROM {table}").fetchall()) for table, columns in kept]


def test_what_is_missing_is_found_whoever_took_it(made):
    with made(FEW) as db:
        with db.atomic():
            db.execute("DELETE FROM vectors WHERE rowid = 3")
            db.execute("DELETE FROM sentences WHERE id = 3")
        bring_up_to_date(db)
        assert not list(insights.unembedded(db, ENCODER.name))
        assert not sketches.sketches.count_missing(db)


def test_looks_are_not_carried_to_another_database(made):
    """Its tables were written to otherwise: an export leaves them out."""
    from pipelines.store import rows

    with made(FEW) as db:
        assert state.get(db, analyse.EMBEDDED)
        keys = {row["key"] for row in db.query(f"SELECT key FROM state WHERE {rows._WHERE['state']}")}
    assert not any(key.startswith("seen ") for key in keys)


def test_after_rows_may_be_numbered_anew_everything_is_looked_at(made):
    with made(FEW) as db:
        assert changes.since(db, "seen here", "conversations").parts is None
        changes.seen(db, changes.since(db, "seen here", "conversations"))
        db.conn.commit()
        assert changes.since(db, "seen here", "conversations").parts == []
        db.execute("VACUUM")
        assert changes.since(db, "seen here", "conversations").parts is None
