"""What is kept how long and what never comes in: by plain words, previewed, with receipts, without the content."""

from contextlib import closing
from datetime import date

import pytest

from insights import keeping as rules
from insights.keeping import Facts, Rule
from pipelines import jobs
from pipelines.ingest import ingest
from pipelines.privacy import keeping
from pipelines.privacy.keeping import BadRule
from pipelines.settings import Settings
from pipelines.store import connect, prepare
from pipelines.store import keeping as store

TODAY = date(2025, 12, 31)
FACTS = Facts("call", "Re: PRIVATE – salary of the team", (("Labels", "HR; Personal"), ("Confidential", "yes")), ("Dana Ortiz", "dana@mail.arlo.example"), "Arlo Foods", "archive/2024/call.vtt")  # fmt: skip


@pytest.mark.parametrize(
    ("field", "words", "fits"),
    [
        ("subject", "private", True), ("subject", "Salary of", True), ("subject", "priv", False), ("subject", "team salary", False),
        ("label", "personal", True), ("label", "confidential", True), ("label", "labels", False), ("person", "dana@mail.arlo.example", True),
        ("person", "Ortiz", True), ("person", "Orti", False), ("domain", "arlo.example", True), ("domain", "@mail.arlo.example", True),
        ("domain", "lo.example", False), ("account", "arlo", True), ("folder", "archive", True), ("subject", "(a+)+$", False),
    ],
)  # fmt: skip
def test_a_rule_finds_whole_words_in_what_it_looks_at(field, words, fits):
    assert rules.fits(Rule("private", "", field, words), FACTS) is fits


def test_a_rule_of_another_kind_does_not_fit():
    assert not rules.fits(Rule("private", "email", "subject", "private"), FACTS)


@pytest.mark.parametrize(
    ("months", "day"), [(1, "2025-11-30"), (12, "2024-12-31"), (24, "2023-12-31"), (10, "2025-02-28")]
)
def test_the_age_of_months_ends_on_a_day_that_there_is(months, day):
    assert rules.before(TODAY, months) == day


@pytest.mark.parametrize(
    "rule",
    [
        Rule("private"),
        Rule("age"),
        Rule("age", months=601),
        Rule("age", field="subject", months=3),
        Rule("private", field="subject", words=" !? "),
        Rule("age", "talk", months=2),
    ],
)
def test_a_rule_that_says_too_little_is_refused(db, rule):
    with pytest.raises(BadRule):
        keeping.add(db, rule, now="2025-12-31", actor="test")


def test_what_a_rule_keeps_out_is_counted_and_never_stored(db, upload, now):
    kept = keeping.add(db, Rule("private", "", "account", "Arlo Foods"), now=now(), actor="test")
    done = ingest(db, [upload], title="all", now=now)
    assert {row["account"] for row in db.query("SELECT account FROM conversations")} == {"Bexley Trading", ""}
    (notice,) = done.problems
    assert (notice.kept, notice.record, done.counts.warnings) == (True, {}, 1)
    assert (
        notice.reason
        == f"2 kept out by rule {kept.id}: Conversations in which the company is “Arlo Foods” never come in."
    )
    assert done.counts.pieces == done.counts.added + done.counts.duplicates + done.counts.problems
    assert "too expensive" not in str(list(db.query("SELECT * FROM problems")))


def test_a_dry_run_says_the_same(db, upload, now):
    keeping.add(db, Rule("private", "", "domain", "arlo.example"), now=now(), actor="test")
    tried = ingest(db, [upload], title="all", now=now, dry_run=True)
    assert tried.counts == ingest(db, [upload], title="all", now=now).counts
    assert db.table("mails").count == 0


def test_a_rule_that_was_taken_back_lets_in_again(db, upload, now):
    kept = keeping.add(db, Rule("private", "", "account", "Arlo Foods"), now=now(), actor="test")
    ingest(db, [upload], title="all", now=now)
    keeping.set_status(db, kept.id, "removed", now=now(), actor="test")
    assert ingest(db, [upload], title="all", now=now).counts.added == 2


def test_a_rule_is_applied_to_what_is_in_already_and_leaves_the_rest(db, upload, now, content):
    ingest(db, [upload], title="all", now=now)
    kept = keeping.add(db, Rule("private", "", "account", "Arlo Foods"), now=now(), actor="test")
    seen = keeping.preview(db, kept.rule, today=TODAY)
    (receipt,) = keeping.apply(db, [kept], today=TODAY, now=now(), actor="test")
    assert (
        (receipt.content["conversations"], receipt.content["utterances"])
        == (seen.conversations, seen.utterances)
        == (2, 3)
    )
    assert "expensive" not in str(list(db.query("SELECT * FROM utterances")))
    assert db.table("brought").count_where("kind = 'conversation'") == 1
    assert list(db.query("PRAGMA foreign_key_check")) == []
    assert keeping.apply(db, [kept], today=TODAY, now=now(), actor="test") == []


def test_what_is_older_goes_and_what_has_no_date_stays(db, upload, now):
    (upload / "undated.vtt").write_text(
        "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\n<v Ann Bee>It has no date at all.</v>\n"
    )
    ingest(db, [upload], title="all", now=now)
    old = keeping.add(db, Rule("age", months=9), now=now(), actor="test")  # before 2025-03-31
    assert keeping.preview(db, Rule("age", months=10), today=TODAY).conversations == 0
    keeping.apply(db, [old], today=TODAY, now=now(), actor="test")
    assert [row["text"] for row in db.query("SELECT text FROM utterances")] == ["It has no date at all."]
    assert db.table("mails").count == 0


def test_a_thread_is_as_old_as_its_latest_mail(db, upload, now):
    late = (upload / "mail.mbox").read_text().replace("06 Mar 2025 11:", "06 Dec 2025 11:")
    (upload / "mail.mbox").write_text(late)
    ingest(db, [upload / "mail.mbox"], title="all", now=now)
    assert keeping.preview(db, Rule("age", months=3), today=TODAY).conversations == 0


def test_rules_of_age_are_applied_once_a_day_by_a_worker(tmp_path, upload, now):
    settings = Settings(home=tmp_path)
    prepare(settings.database_file)
    with closing(connect(settings.database_file)) as db:
        ingest(db, [upload], title="all", now=now)
        keeping.add(db, Rule("age", "call", months=1), now=now(), actor="test")
        assert jobs.work_once(settings) and not jobs.work_once(settings)
        assert [row["kind"] for row in db.query("SELECT DISTINCT kind FROM conversations ORDER BY 1")] == [
            "email",
            "note",
        ]
        assert [one.actor for one in store.receipts(db)] == ["parley"]


def test_a_rule_takes_nothing_away_by_itself_before_it_has_held_for_a_day(db, upload, now):
    ingest(db, [upload], title="all", now=now)
    rule = keeping.add(db, Rule("age", months=1), now="2026-01-10T09:00:00+00:00", actor="test")
    keeping.set_status(db, rule.id, "removed", now="2026-01-10T12:00:00+00:00", actor="test")
    keeping.set_status(db, rule.id, "active", now="2026-01-10T15:00:00+00:00", actor="test")

    assert not keeping.daily(db, now="2026-01-11T14:00:00+00:00")
    assert keeping.due(db, now="2026-01-11T14:00:00+00:00") == []
    assert keeping.daily(db, now="2026-01-11T15:00:00+00:00")
    assert not keeping.daily(db, now="2026-01-11T16:00:00+00:00")
    assert [one.id for one in keeping.due(db, now="2026-01-11T15:00:00+00:00")] == [rule.id]


def test_one_conversation_is_kept_out_by_its_number_also_when_its_file_comes_again(db, upload, now):
    ingest(db, [upload], title="all", now=now)
    talks = {row["id"]: row["kind"] for row in db.query("SELECT id, kind FROM conversations")}
    one = next(id_ for id_, kind in sorted(talks.items()) if kind == "note")
    rule = keeping.against(db, one)
    assert rule == Rule("private", "", "conversation", one) and rule.told == f"The conversation {one} never comes in."
    kept = keeping.add(db, rule, now=now(), actor="test")
    (receipt,) = keeping.apply(db, [kept], today=TODAY, now=now(), actor="test")
    assert receipt.content["conversations"] == 1
    done = ingest(db, [upload], title="again", now=now)
    assert f"1 kept out by rule {kept.id}" in done.problems[0].reason
    assert {row["id"] for row in db.query("SELECT id FROM conversations")} == talks.keys() - {one}


def test_a_thread_is_kept_out_by_its_subject_and_what_is_gone_is_said(db, upload, now):
    ingest(db, [upload], title="all", now=now)
    thread, title = db.execute("SELECT id, title FROM conversations WHERE kind = 'email'").fetchone()
    rule = keeping.against(db, thread)
    assert rule == Rule("private", "email", "subject", title)
    assert keeping.preview(db, rule, today=TODAY).conversations == 1
    with pytest.raises(BadRule, match="not here any more"):
        keeping.against(db, "0" * 16)
    with pytest.raises(BadRule, match="kept out, or stays"):
        keeping.checked(Rule("age", "", "conversation", "0" * 16, 3))
