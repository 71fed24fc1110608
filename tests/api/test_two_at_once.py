"""Two people do the same thing in the same moment: one of them is told, nothing is done twice, nothing is lost."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest

from api import uploads
from insights.errors import InsightsError
from pipelines.ingest import ingest
from pipelines.privacy import forget, receipts
from pipelines.privacy.persons import Asked
from pipelines.reviews import not_one
from pipelines.store import batches, connect, health
from pipelines.store import comments as store
from pipelines.teams import comments

NOW = "2026-03-20T09:00:00+00:00"
NOTES = "Date,Account,Contact,Notes\n2026-01-05,Acme,Ann Lee,They said it is too expensive.\n2026-01-06,Quill,Bo Reed,Asked for a pilot.\n"


@pytest.fixture
def together(settings, filled):
    """A function that runs each of its arguments on a connection of its own, all at once; what each returned or raised."""

    def run(*acts):
        ready = Barrier(len(acts))

        def one(act):
            with closing(connect(settings.database_file)) as db:
                ready.wait(30)
                try:
                    return act(db)
                except InsightsError as error:
                    return error

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(one, acts))

    return run


def _whole(db) -> bool:
    return not any(health.left_over(db).values()) and db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_two_who_close_one_comment_from_what_both_saw_are_told_apart(db, together):
    made = comments.add(
        db, kind="question", place="/themes/1", words="Is it so?", recipient="Kim", actor="Ann", now=NOW
    )
    acts = [
        lambda db, who=who: comments.close(db, made.id, done=f"By {who}", base=0, actor=who, now=NOW)
        for who in ("Kim", "Lee", "Mo")
    ]
    told = together(*acts)
    assert sum(isinstance(one, comments.CommentMoved) for one in told) == 2
    assert [step.what for step in store.get(db, made.id).steps] == ["closed"]


def test_answers_of_two_at_once_are_both_kept_where_neither_says_what_was_seen(db, together):
    made = comments.add(
        db, kind="question", place="/themes/1", words="Is it so?", recipient="", side="sales", actor="Ann", now=NOW
    )
    acts = [
        lambda db, who=who: comments.answer(db, made.id, words=f"By {who}", actor=who, now=NOW)
        for who in ("Kim", "Lee")
    ]
    assert not [one for one in together(*acts) if isinstance(one, InsightsError)]
    assert {step.actor for step in store.get(db, made.id).answers} == {"Kim", "Lee"}


def test_a_server_that_is_killed_while_it_undoes_has_queued_what_follows_or_undone_nothing(db, monkeypatch, tmp_path):
    """Between the two it left themes as they were, and nothing came to mend that."""
    (tmp_path / "n.csv").write_text(NOTES)
    batch = ingest(db, [tmp_path / "n.csv"], title="n", now=lambda: NOW).batch_id
    monkeypatch.setattr(uploads, "submit_mine", lambda db: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        uploads.undo(db, batch, by="Ann")
    assert batches.get(db, batch)["status"] == "done" and db.table("conversations").count == 2


def test_an_upload_that_two_undo_at_once_is_undone_once(db, settings, together, tmp_path):
    before = db.table("conversations").count
    (tmp_path / "n.csv").write_text(NOTES)
    batch = ingest(db, [tmp_path / "n.csv"], title="n", now=lambda: NOW).batch_id
    told = together(*[lambda db: uploads.undo(db, batch, by="Ann")] * 2)
    assert set(told) == {None, 2}
    assert db.table("conversations").count == before and batches.get(db, batch)["status"] == "undone" and _whole(db)


def test_a_person_whom_two_forget_at_once_is_forgotten_once_and_the_second_is_told(db, settings, together):
    asked = Asked("Dana Hill", "Account 00")
    seen = forget.preview(db, asked, settings.home)
    more = {"confirmed": "Dana Hill", "token": seen.token, "now": lambda: NOW}
    told = together(
        *[lambda db, who=who: forget.forget(db, asked, settings.home, actor=who, **more) for who in ("Kim", "Lee")]
    )
    errors = [one for one in told if isinstance(one, InsightsError)]
    assert len(errors) == 1 and "They were forgotten on" in str(errors[0])
    assert len(receipts.every(db)) == 1 and _whole(db)


def test_a_quote_that_two_say_is_none_at_once_has_one_verdict_and_counts_again_when_it_is_taken_back(db, together):
    quote = db.execute("SELECT id FROM insights WHERE kind = 'objection' ORDER BY id LIMIT 1").fetchone()[0]
    acts = [lambda db, who=who: not_one.quote(db, quote, actor=who, now=NOW) for who in ("Kim", "Lee")]
    first, second = together(*acts)
    assert first == second and db.execute("SELECT count(*) FROM reviews").fetchone()[0] == 1
    not_one.undo(db, first, now=NOW)
    assert db.execute("SELECT standing FROM insights WHERE id = ?", [quote]).fetchone()[0] != "rejected"
