"""Who is known already is no open question: the CRM, a colleague's name, or another conversation told."""

import pytest

from insights.records import Conversation, Participant, Utterance, stable_id
from pipelines.uploads import settle, sides


def said(db, n: int, *speakers: str, rep: str = "", contact: str = "") -> None:
    item = Conversation(
        stable_id("c", n), "call", "", "2026-03-01", tuple(Utterance(s, "unknown", "verbatim", f"The weather is fine {n}.") for s in speakers),
        rep=rep, contact=contact, participants=tuple(Participant(s) for s in speakers),
    )  # fmt: skip
    with db.atomic():
        settle.write(db, [item], settle.knowledge(db))


def names(speakers) -> list[str]:
    return [one.name for one in speakers]


@pytest.fixture
def history(db):
    said(db, 1, "Ann Lee", "Bob Ray", rep="Ann Lee", contact="Bob Ray")
    said(db, 2, "Ann Lee", "Cy Ode")
    return db


def test_a_rep_of_the_crm_is_to_be_settled_where_one_conversation_still_has_no_side_of_theirs(history):
    found = sides.parted(history)
    assert names(found.open) == ["Ann Lee", "Cy Ode"] and names(found.certain) == ["Bob Ray"]
    ann = found.open[0]
    assert (ann.side, ann.source, ann.untold, ann.unsettled, ann.conversations) == ("seller", "elsewhere", 1, 1, 2)


def test_once_a_word_settled_it_they_are_certain(history):
    _, ids = sides.say(history, "Ann Lee", "seller", now="2026-03-02", actor="test")
    sides.reassign(history, ids)
    found = sides.parted(history)
    assert "Ann Lee" in names(found.certain) and "Ann Lee" not in names(found.open)


def test_what_a_certain_speaker_s_word_would_settle_is_told(history):
    (ann,) = [one for one in sides.parted(history).open if one.name == "Ann Lee"]
    assert ann.would_change["seller"].conversations == 1


def test_somebody_whom_the_crm_tells_to_be_both_is_an_open_question(history):
    said(history, 3, "Di Eff", rep="Someone Else", contact="Ann Lee")
    assert "Ann Lee" in names(sides.parted(history).open)


def test_a_list_of_all_begins_with_the_open_questions(history):
    found, total = sides.who_is_who(history, every=True)
    assert names(found) == ["Ann Lee", "Cy Ode", "Bob Ray"] and total == 3
