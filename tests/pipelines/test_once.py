"""Count once: one meeting, however many wrote about it; in any order of uploads, and taken apart again by an undo."""

from datetime import date
from itertools import permutations

import pytest

from insights.formats import ColumnMapping
from insights.once import boilerplate
from insights.records import Insight
from pipelines.ingest import ingest
from pipelines.store import conversations, exposure_rows, insights, links, passages, report_rows, worklist
from pipelines.store.filters import Filters
from pipelines.themes import ledger
from pipelines.uploads.once import count_once, decide
from pipelines.uploads.undo import undo

CALL = """WEBVTT

NOTE account: Arlo Foods
NOTE date: 2025-03-05T10:00:00+00:00

00:00:01.000 --> 00:00:09.000
<v Joel Okafor>Thanks for the time, Dana. You wanted to see how the scanners count pallets in the cold store.</v>

00:00:09.000 --> 00:00:30.000
<v Dana Ortiz>Right. Honestly thirty-one thousand a year is a lot for three warehouses, and our auditor Whitcombe wants the
freezer temperatures logged too. Can the scanners do minus twenty-five?</v>

00:00:30.000 --> 00:00:45.000
<v Joel Okafor>They go down to minus thirty. The temperature log is part of the audit package.</v>

00:00:45.000 --> 00:00:59.000
<v Dana Ortiz>And the migration from Stockarra, who does the pallet labels? Our forklift drivers will not retype them.</v>
"""
NOTE = """Activity ID,Activity Date,Company / Account,Contact Name,Contact Title,Owner,Stage,Outcome,Description
A1,2025-03-05,"Arlo Foods, Inc.",Dana Ortiz,VP Finance,Joel Okafor,Evaluation,open,"Dana says 31k a year is a lot for three \
warehouses. Auditor Whitcombe wants freezer temperatures logged, scanners must do minus 25. Migration of pallet labels \
from Stockarra: forklift drivers won't retype."
"""
OTHER = """Activity ID,Activity Date,Company / Account,Contact Name,Owner,Description
A2,2025-03-05,Arlo Foods,Raj Stroud,Joel Okafor,"Raj from legal asked for the data processing agreement and our insurance certificate; wants \
liability capped and a Delaware venue. Sends redlines on Monday."
"""
FILES = {"call.vtt": CALL, "note.csv": NOTE}


@pytest.fixture
def send(db, tmp_path, now):
    def upload(name: str, text: str):
        (tmp_path / name).write_text(text)
        return ingest(db, [tmp_path / name], title=name, now=now)

    return upload


def standing(db) -> dict[str, str]:
    return {row["kind"]: row["standing"] for row in db.query("SELECT kind, standing FROM conversations")}


def counted(db) -> int:
    return len(exposure_rows.conversations(db, Filters()))


@pytest.mark.parametrize("order", permutations(FILES), ids=" ".join)
def test_a_note_and_the_transcript_of_one_meeting_count_once_in_any_order(db, send, order):
    for name in order:
        send(name, FILES[name])

    assert standing(db) == {"call": "", "note": "occasion"}
    assert counted(db) == 1


def test_another_note_of_the_account_on_that_day_counts_by_itself(db, send):
    send("call.vtt", CALL)
    send("other.csv", OTHER)

    assert counted(db) == 2


def test_a_theme_heard_in_the_note_and_in_the_call_is_one_case(db, send):
    send("call.vtt", CALL)
    send("note.csv", NOTE)
    for conversation_id in conversations.ids(db):
        utterance = max(conversations.utterances(db, conversation_id), key=lambda u: len(u.text))
        text = utterance.text[:40]
        insights.replace(
            db, conversation_id, [(utterance.id, utterance.text, Insight("objection", 0, 40, text, "price", 0.9))]
        )
    heard = {row["id"]: 1.0 for row in db.query("SELECT id FROM insights")}
    ledger.create(db, "objection", ledger.NewTheme("Price", members=heard), now="2025-01-01")

    hits = report_rows.hits(db, Filters())

    assert [(hit.theme_id, hit.insights) for hit in hits] == [(1, 2)]


def test_the_call_takes_the_facts_that_only_the_note_has(db, send):
    send("call.vtt", CALL)
    send("note.csv", NOTE)

    (call,) = db.query("SELECT stage, outcome, job_title, persona FROM conversations WHERE kind = 'call'")
    assert call == {"stage": "Evaluation", "outcome": "open", "job_title": "VP Finance", "persona": "finance"}


@pytest.mark.parametrize("order", permutations(FILES), ids=" ".join)
def test_undoing_either_leaves_the_other_as_if_it_had_been_alone(db, send, now, content, order):
    first, second = order
    send(first, FILES[first])
    before = content(db)
    batch = send(second, FILES[second]).batch_id
    assert content(db) != before

    undo(db, batch)

    assert content(db) == before


def test_a_note_that_was_edited_and_uploaded_again_counts_as_it_stands_now(db, send, now, content):
    send("note.csv", NOTE)
    before = content(db)

    edited = send("edited.csv", NOTE.replace("is a lot for", "is too much for").replace("Sends", "Will send"))

    assert edited.counts.linked == 0 and counted(db) == 1
    assert sorted(row["standing"] for row in db.query("SELECT standing FROM conversations")) == ["", "revision"]
    undo(db, edited.batch_id)
    assert content(db) == before


def test_a_copy_is_neither_mined_nor_counted(db, send):
    send("note.csv", NOTE)
    db.execute("UPDATE conversations SET analysed = content_hash || 'v1'")
    copy = send(
        "copy.csv",
        NOTE.replace("A1", "77").replace("2025-03-05", "2025-03-05T00:00:00").replace("Inc.", "Incorporated"),
    )

    assert (copy.counts.linked, counted(db)) == (1, 1)
    assert worklist.count_waiting(db, "v1") == 0


def test_a_person_can_part_what_was_linked_and_link_it_again(db, send, now):
    send("call.vtt", CALL)
    send("note.csv", NOTE)
    one, other = conversations.ids(db)

    decide(db, one, other, same=False, now=now())
    assert counted(db) == 2
    (call,) = db.query("SELECT stage FROM conversations WHERE kind = 'call'")
    assert call["stage"] == ""

    decide(db, one, other, same=True, now=now())
    assert counted(db) == 1


def test_comparing_again_with_nothing_new_changes_nothing(db, send, content):
    send("call.vtt", CALL)
    send("note.csv", NOTE)
    before = content(db)

    count_once(db)

    assert content(db) == before


def test_a_meeting_is_dated_by_its_call_not_by_the_note_of_the_next_day(db, send):
    send("call.vtt", CALL)
    send("note.csv", NOTE.replace("2025-03-05", "2025-03-06"))

    assert [exposure.day for exposure in exposure_rows.conversations(db, Filters())] == [date(2025, 3, 5).isoformat()]


TEMPLATE = "Reviewed the standard onboarding checklist with the customer and confirmed that all of the required documents are on file."


def boilerplate_of(db) -> frozenset[str]:
    return passages.known(db)


def test_a_reps_template_is_known_after_some_accounts_and_forgotten_with_its_upload(db, send, now):
    rows = "".join(f"2025-03-0{n},Account {n},Joel,Talked about point {n}. {TEMPLATE}\n" for n in range(1, 7))
    batch = send("notes.csv", f"Date,Account,Owner,Notes\n{rows}").batch_id

    assert db.table("boilerplate").count == 1
    assert boilerplate_of(db) <= {passage.hash for passage in boilerplate.passages(TEMPLATE)}
    undo(db, batch)
    assert db.table("boilerplate").count == 0


def test_a_file_whose_dates_were_settled_later_is_not_counted_twice(db, send, tmp_path, now):
    rows = "Date,Account,Notes\n03/04/2025,Arlo,Too dear.\n05/04/2025,Bexley,Asked about SSO.\n06/04/2025,Arlo,Left voicemail.\n"
    send("odd.csv", rows)
    assert counted(db) == 3

    ingest(db, [tmp_path / "odd.csv"], title="again", now=now, mapping=ColumnMapping(date_order="dmy"))

    assert sorted(exposure.day for exposure in exposure_rows.conversations(db, Filters())) == [
        "2025-04-03", "2025-04-05", "2025-04-06",
    ]  # fmt: skip


def test_a_persons_word_holds_however_far_apart_two_conversations_are(db, send, now):
    send("call.vtt", CALL)
    late = OTHER.replace("2025-03-05", "2025-04-20")
    batch = send("late.csv", late).batch_id
    one, other = conversations.ids(db)
    decide(db, one, other, same=True, now=now())
    assert counted(db) == 1

    undo(db, batch)
    send("late.csv", late)

    assert counted(db) == 1


COPY = """Activity ID,Activity Date,Company / Account,Contact Name,Description
{number},{day},{account},,"{text}"
"""
TOLD = "She says thirty one thousand a year is a lot for three warehouses and that their auditor wants the freezers logged."


@pytest.mark.parametrize(
    ("account", "near"),
    [("Arlo Foods Ltd", True), ("", True), ("Brevik Cranes", False)],
    ids=["same", "none", "another"],
)
def test_by_its_words_alone_a_note_is_not_near_one_of_another_account(db, send, account, near):
    send("one.csv", COPY.format(number="N1", day="2025-03-05", account="Arlo Foods", text=TOLD))
    send("two.csv", COPY.format(number="N2", day="2025-06-05", account=account, text=f"{TOLD} Rang off."))
    first, second = (row["id"] for row in db.query("SELECT id FROM conversations ORDER BY day"))
    assert (second in links.candidates(db, [first])) is near


def test_talk_is_near_talk_of_another_account(db, send):
    send("one.vtt", CALL)
    send("two.vtt", CALL.replace("Arlo Foods", "Brevik Cranes").replace("2025-03-05", "2025-06-05"))
    first, second = (row["id"] for row in db.query("SELECT id FROM conversations ORDER BY day"))
    assert second in links.candidates(db, [first])


def test_conversations_from_before_fingerprints_are_known_by_their_accounts_as_all_are(db, send):
    send("note.csv", NOTE)
    db.execute("UPDATE conversations SET account_key = 'arlo foods, inc.', compared = ''")
    count_once(db)
    assert [row["account_key"] for row in db.query("SELECT account_key FROM conversations")] == ["arlo foods"]


@pytest.mark.parametrize("copy", [True, False], ids=["copy", "other talk"])
def test_talk_that_was_settled_is_looked_at_again_only_for_talk_that_is_the_same(db, send, monkeypatch, copy):
    cue = "\n\n00:01:00.000 --> 00:02:30.000\n<v Joel Okafor>{}</v>\n"
    told = [f"We then looked at pallet number {n} of the {n + 7} that stood there in the hall." for n in range(9)]
    later = [f"Nobody had counted drawer {n} since {n + 1990} when somebody left." for n in range(6)]
    send("one.vtt", CALL + cue.format(" ".join(told)))
    (first,) = (row["id"] for row in db.query("SELECT id FROM conversations"))
    written = []
    real = links.write
    monkeypatch.setattr(links, "write", lambda db, ids, *rest: written.extend(ids) or real(db, ids, *rest))
    elsewhere = CALL.replace("Arlo Foods", "Brevik Cranes").replace("2025-03-05", "2025-06-05")
    send("two.vtt", elsewhere + cue.format(" ".join(told if copy else [*told[:2], *later])))
    (second,) = (row["id"] for row in db.query("SELECT id FROM conversations WHERE id <> ?", [first]))
    assert first in links.alike(db, [second])
    assert (first in written) is copy
