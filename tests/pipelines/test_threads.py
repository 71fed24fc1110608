"""Mail that arrives in parts: one thread whatever the order of uploads, at its true times, with its newest facts."""

from itertools import permutations

import pytest

from pipelines.ingest import ingest
from pipelines.store import connect, conversations, facets, health, mails, prepare, worklist
from pipelines.store.migrations import migrations
from pipelines.uploads.once import count_once
from pipelines.uploads.undo import undo

MAIL = """Message-ID: <{name}@arlo.example>
From: Dana Ortiz <dana@arlo.example>
To: Joel Okafor <joel@vendor.example>
Date: Thu, 06 Mar 2025 {time}
Subject: {subject}
{headers}
{text}
"""
MAILS = {
    "m1": MAIL.format(name="m1", time="10:00:00 +0000", subject="Offer", headers="", text="Does it work offline?"),
    "m2": MAIL.format(
        name="m2", time="13:00:00 +0200", subject="Re: Offer",
        headers="In-Reply-To: <m1@arlo.example>\n", text="We have no budget this year.",
    ),
    "m3": MAIL.format(
        name="m3", time="12:00:00 +0000", subject="Re: Offer",
        headers="In-Reply-To: <m2@arlo.example>\n", text="We would need it by June.",
    ),
}  # fmt: skip
SAID = ["Does it work offline?", "We have no budget this year.", "We would need it by June."]


@pytest.fixture
def send(db, tmp_path, now):
    """A function: upload the named mails as one batch; returns what the batch brought."""

    def upload(*names: str, database=None, **changed: str):
        files = []
        for name in names:
            files.append(tmp_path / f"{name}.eml")
            files[-1].write_text(changed.get(name) or MAILS[name])
        return ingest(db if database is None else database, files, title=" ".join(names), now=now)

    return upload


def stored(db) -> list[list[tuple[str, float | None]]]:
    """Each conversation as the texts and times of its utterances, in order."""
    return [[(u.text, u.started_at) for u in conversations.utterances(db, i)] for i in conversations.ids(db)]


def begins(db) -> list[str]:
    return [row["occurred_at"] for row in db.query("SELECT occurred_at FROM conversations")]


def test_a_reply_that_came_before_its_mailbox_is_counted_once(db, send):
    send("m3")

    counts = send("m1", "m2", "m3").counts

    assert (counts.conversations, counts.grown, counts.utterances) == (0, 1, 2)
    assert [[text for text, _ in thread] for thread in stored(db)] == [SAID]


def test_a_later_reply_that_names_only_its_parent_joins_the_thread(db, send):
    send("m1", "m2")

    counts = send("m3").counts

    assert (counts.conversations, counts.grown, counts.utterances) == (0, 1, 1)
    assert [[text for text, _ in thread] for thread in stored(db)] == [SAID]


@pytest.mark.parametrize("order", permutations(MAILS), ids="-".join)
def test_mails_uploaded_one_by_one_in_any_order_end_as_one_upload_does(db, tmp_path, send, order):
    prepare(tmp_path / "whole.db")
    whole = connect(tmp_path / "whole.db")
    send(*MAILS, database=whole)

    for name in order:
        send(name)

    assert stored(db) == stored(whole) == [list(zip(SAID, (0.0, 3600.0, 7200.0), strict=True))]
    assert begins(db) == begins(whole) == ["2025-03-06T10:00:00+00:00"]
    people = "SELECT title, participants FROM conversations"
    assert list(db.query(people)) == list(whole.query(people))
    whole.close()


@pytest.mark.parametrize("order", permutations(MAILS), ids="-".join)
def test_a_second_upload_of_all_mails_finds_only_duplicates(db, send, order):
    for name in order:
        send(name)
    before = stored(db)

    counts = send(*MAILS).counts

    assert (counts.conversations, counts.grown, counts.duplicates, counts.utterances) == (0, 0, 3, 0)
    assert stored(db) == before


def test_two_answers_to_a_mail_that_never_came_are_one_thread(db, send):
    sibling = MAILS["m3"].replace("<m2@", "<m1@")

    send("m2")
    send("m3", m3=sibling)

    assert [[text for text, _ in thread] for thread in stored(db)] == [SAID[1:]]


BARE = {
    "m1": MAILS["m1"],
    "m2": MAILS["m2"].replace("In-Reply-To: <m1@arlo.example>\n", ""),
    "m3": MAILS["m3"].replace("In-Reply-To: <m2@arlo.example>\n", ""),
}


@pytest.mark.parametrize("order", permutations(MAILS), ids="-".join)
def test_a_reply_without_references_finds_its_subject_in_any_order_of_uploads(db, send, order):
    for name in order:
        send(name, **BARE)

    assert stored(db) == [list(zip(SAID, (0.0, 3600.0, 7200.0), strict=True))]


def test_strangers_with_one_subject_stay_apart(db, send):
    send("m1")
    send("m3", m3=MAILS["m3"].replace("In-Reply-To: <m2@arlo.example>\n", "").replace("Re: ", ""))

    assert len(stored(db)) == 2


def test_a_mail_that_joins_two_threads_takes_their_insights_along(db, send):
    send("m1")
    send("m3")
    for row in list(db.query("SELECT id, conversation_id, text FROM utterances")):
        db.table("insights").insert(
            {
                "id": "on " + row["id"], "utterance_id": row["id"], "conversation_id": row["conversation_id"],
                "kind": "question", "label": "other", "name": "", "start": 0, "end": len(row["text"]),
                "text": row["text"], "text_hash": "", "confidence": 1.0,
            }
        )  # fmt: skip
    db.execute("UPDATE conversations SET analysed = content_hash || 'v1'")

    send("m2")

    assert db.table("insights").count == 2
    assert {row["conversation_id"] for row in db.query("SELECT conversation_id FROM insights")} == set(
        conversations.ids(db)
    )
    assert worklist.count_waiting(db, "v1") == 1


def test_threads_and_notes_of_an_older_database_grow_and_are_taken_back_as_ever(tmp_path, send, now):
    old = connect(tmp_path / "old.db")
    migrations.apply(old, stop_before="m005_sources")
    row = dict.fromkeys(
        ("account", "contact", "job_title", "persona", "seniority", "rep", "stage", "outcome", "file"), ""
    )
    row |= {"occurred_at": "2025-03-06T11:00:00+00:00", "content_hash": "", "participants": "[]"}
    turn = {"position": 0, "speaker": "Dana", "role": "unknown", "voice": "verbatim", "started_at": 0.0}
    old.table("batches").insert({"id": 1, "created_at": "2025-03-07", "title": "before"})
    for name, kind, text in (("thread", "email", SAID[1]), ("note", "note", "Too dear.")):
        old.table("conversations").insert({"id": name, "kind": kind, "title": "Offer", **row})
        said = {"id": f"in {name}", "text": text, "source_id": "m2@arlo.example" if kind == "email" else ""}
        old.table("utterances").insert({**said, "conversation_id": name, **turn})
        old.table("sightings").insert({"batch_id": 1, "utterance_id": said["id"]})
    old.table("mail_references").insert({"reference": "m2@arlo.example", "conversation_id": "thread"})
    migrations.apply(old)

    send("m3", database=old)

    assert sorted(stored(old)) == [[("Too dear.", 0.0)], [(SAID[1], 0.0), (SAID[2], 3600.0)]]
    undo(old, 1)
    assert stored(old) == [[(SAID[2], 0.0)]]
    old.close()


def test_taking_back_the_earlier_mails_leaves_the_later_one_as_it_was(db, send, now):
    send("m3")
    before, began = stored(db), begins(db)
    later = send("m1", "m2")

    undo(db, later.batch_id)

    assert (stored(db), begins(db)) == (before, began)
    assert [row["position"] for row in db.query("SELECT position FROM utterances")] == [0]


def test_a_later_reply_alone_stands_at_the_end_at_its_own_time(db, send):
    send("m1")
    send("m2")

    assert stored(db) == [[(SAID[0], 0.0), (SAID[1], 3600.0)]]


def test_an_earlier_mail_moves_the_beginning_of_its_thread(db, send):
    send("m2")
    send("m1")

    assert stored(db) == [[(SAID[0], 0.0), (SAID[1], 3600.0)]]
    assert begins(db) == ["2025-03-06T10:00:00+00:00"]


def test_a_mail_whose_zone_is_unknown_keeps_its_place(db, send):
    send("m1", "m2", m2=MAILS["m2"].replace("13:00:00 +0200", "11:00:00 -0000"))
    send("m3")

    assert stored(db) == [list(zip(SAID, (0.0, 3600.0, 7200.0), strict=True))]


NOTE = """Activity ID,Activity Date,Company / Account,Contact Name,Contact Title,Owner,Stage,Outcome,Segment,Description
A1,2025-03-03,Arlo Foods,{contact},{title},Joel Okafor,{stage},{outcome},{segment},"Says the price is too high."
"""


@pytest.fixture
def note(db, tmp_path, now):
    """A function: upload the one note with these facts; returns the counts."""

    def upload(**changed: str):
        facts = {"contact": "Dana Ortiz", "title": "VP Finance", "stage": "Evaluation"}
        facts |= {"outcome": "open", "segment": "smb"} | changed
        (tmp_path / "notes.csv").write_text(NOTE.format(**facts))
        return ingest(db, [tmp_path / "notes.csv"], title="notes", now=now).counts

    return upload


def facts_of(db, *columns: str) -> tuple[str, ...]:
    (row,) = db.query("SELECT * FROM conversations")
    return tuple(row[column] for column in columns)


def test_a_note_exported_again_takes_its_newer_facts(db, note):
    note()

    counts = note(stage="Closed", outcome="lost", title="IT Manager", contact="Raj Stroud", segment="mid-market")

    assert (counts.conversations, counts.duplicates, counts.utterances) == (0, 1, 0)
    assert facts_of(db, "stage", "outcome", "contact") == ("Closed", "lost", "Raj Stroud")
    assert facts_of(db, "job_title", "persona", "seniority") == ("IT Manager", "it_security", "manager")
    assert facets.values(db, "segment") == ["mid-market"]


def test_an_empty_cell_takes_no_fact_away(db, note):
    note()
    note(stage="", outcome="", title="", segment="")

    assert facts_of(db, "stage", "outcome", "persona") == ("Evaluation", "open", "finance")
    assert facets.values(db, "segment") == ["smb"]


def test_a_thread_that_grows_takes_the_newer_facts(db, send):
    send("m1", m1=MAILS["m1"].replace("Subject", "X-CRM-Stage: Evaluation\nX-CRM-Account: Arlo\nSubject"))
    send("m2", m2=MAILS["m2"].replace("Subject", "X-CRM-Stage: Closed\nSubject"))

    assert facts_of(db, "stage", "account") == ("Closed", "Arlo")


def test_only_a_fact_that_the_finder_uses_makes_it_read_again(db, note):
    note()
    db.execute("UPDATE conversations SET analysed = content_hash || 'v1'")

    note(stage="Closed")
    assert worklist.count_waiting(db, "v1") == 0

    note(contact="Raj Stroud")
    assert worklist.count_waiting(db, "v1") == 1


def test_a_mail_saved_as_text_is_kept_as_a_mail(db, tmp_path, now):
    for name in ("offer.txt", "offer.eml"):
        (tmp_path / name).write_text(MAILS["m1"])
    ingest(db, [tmp_path / "offer.txt"], title="as text", now=now)
    again = ingest(db, [tmp_path / "offer.eml"], title="as a mail", now=now)
    assert (again.counts.added, again.counts.duplicates) == (0, 1)

    undo(db, again.batch_id)

    assert db.table("conversations").count == 1


def test_mails_that_older_rules_called_copies_are_compared_anew_once(db, send):
    other = MAIL.format(
        name="o1", time="10:00:00 +0000", subject="Pilot", headers="", text="Can we try it for a month?"
    )
    send("m1")
    send("o1", o1=other.replace("arlo", "bexley").replace("Dana Ortiz", "Kit Marsh"))
    one, two = sorted(conversations.ids(db))
    db.execute("UPDATE conversations SET standing = 'duplicate', counted_as = ? WHERE id = ?", [one, two])
    standings = lambda: [row["standing"] for row in db.query("SELECT standing FROM conversations")]  # noqa: E731

    count_once(db)
    assert "duplicate" in standings()  # by these rules nothing is compared without need

    db.execute("DELETE FROM state WHERE key = 'rules of copies'")  # as a database from before is
    count_once(db)
    assert "duplicate" not in standings()


def test_a_mail_of_which_no_word_is_left_is_no_left_over(db, send):
    send("m1")
    with db.atomic():  # as when its author is forgotten: the mail is known when it comes again
        mails.put(db, [(row["id"], "") for row in list(db.query("SELECT id FROM mails"))])
        conversations.remove(db, conversations.ids(db))
    assert db.table("mails").count == 1
    assert health.left_over(db) == {}
