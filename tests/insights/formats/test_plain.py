"""Plain text: a transcript when its lines bear it out, otherwise a note."""

import io

import pytest

from insights import formats


def read(text: str, name: str = "call.txt"):
    (conversation,) = formats.read(name, io.BytesIO(text.encode()))
    return conversation


@pytest.mark.parametrize(
    "text",
    [
        "Ann Lee: Hello there.\nBob: Too dear.\nAnn Lee: I see.\n",
        "[00:00:01] Ann Lee: Hello there.\n[00:00:04] Bob: Too dear.\n[00:00:08] Ann Lee: I see.\n",
        "Ann Lee  0:01\nHello\nthere.\n\nBob  0:09\nToo dear.\n\nAnn Lee  0:12\nI see.\n",
        "Ann Lee (00:00:01)\nHello there.\nBob (00:00:09)\nToo dear.\nAnn Lee (00:00:12)\nI see.\n",
        "[00:01 - 00:05]\nAnn Lee:\nHello there.\n\n[00:05 - 00:06]\nBob:\nToo dear.\n\n[00:07 - 00:09]\nAnn Lee:\nI see.\n",
        "0:0:0.0 --> 0:0:0.820\nAnn Lee\nHello there.\n0:0:3.410 --> 0:0:4.280\nBob\nToo dear.\n0:0:5.0 --> 0:0:6.0\nAnn Lee\nI see.\n",
        "**Ann Lee:** Hello there.\n\n**Bob:** Too dear.\n\n**Ann Lee:** I see.\n",
    ],
)  # fmt: skip
def test_speakers_are_found_however_they_are_written(text):
    call = read(text)
    assert [(said.speaker, said.text) for said in call.utterances] == [
        ("Ann Lee", "Hello there."),
        ("Bob", "Too dear."),
        ("Ann Lee", "I see."),
    ]
    assert call.kind == "call"


def test_times_are_seconds():
    call = read("Ann  0:01\nHello\n\nBob  1:02:03\nToo dear.\n")
    assert [said.started_at for said in call.utterances] == [1.0, 3723.0]


def test_labels_that_name_sides_need_not_recur():
    call = read("Rep: How is it?\nCustomer: Too dear.\n")
    assert [said.role for said in call.utterances] == ["seller", "buyer"]


@pytest.mark.parametrize(
    "text",
    [
        "Budget: 20k\nPain: reports take days\nNext steps: send the deck\n",
        "Spoke to Dana at Acme. She finds it too dear.\n\nFollow up in May: she decides then.\n",
        "Met the team. One thing: price. Another thing: they use spreadsheets.\n",
    ],
)
def test_a_note_with_colons_stays_a_note(text):
    note = read(text)
    assert note.kind == "note"
    assert {(said.role, said.voice) for said in note.utterances} == {("seller", "reported")}


def test_facts_of_a_companys_own_on_top_are_fields_and_the_deal_joins_its_other_conversations():
    call = read(
        "Date: 2026-03-05\nAccount: Acme\nStage: Demo\nCampaign: Trade fair\nDeal: Acme rollout\nOutcome: open\n\n"
        "Ann: Hello.\nBob: Too dear.\nAnn: I see.\n"
    )
    assert [turn.speaker for turn in call.utterances] == ["Ann", "Bob", "Ann"]
    assert (call.stage, call.outcome, call.fields) == (
        "Demo",
        "open",
        {"Campaign": "Trade fair", "Deal": "Acme rollout"},
    )
    assert call.keys == ("name:acme rollout",)


@pytest.mark.parametrize(
    "first", ["Ann: Hello there.", "Ann: hello", "Ann: We have looked at this for a long while and it is"]
)
def test_who_speaks_right_beneath_facts_is_no_fact(first):
    call = read(f"Date: 2026-03-05\nAccount: Acme\n{first}\n\nBob: Too dear.\nAnn: I see.\nBob: Yes.\n")
    assert [turn.speaker for turn in call.utterances] == ["Ann", "Bob", "Ann", "Bob"]


def test_facts_on_top_are_not_speech():
    call = read("Account: Acme\nDate: 2025-03-04\nRep: Ann\nContact: Bob\n\nAnn: Hello.\nBob: Too dear.\nAnn: I see.\n")
    assert (call.account, call.occurred_at, call.rep, call.contact) == ("Acme", "2025-03-04", "Ann", "Bob")
    assert [said.speaker for said in call.utterances] == ["Ann", "Bob", "Ann"]


def test_a_heading_is_the_title():
    note = read("# Call with Acme\n\nThey find it too dear.\n", name="note.md")
    assert (note.title, [said.text for said in note.utterances]) == ("Call with Acme", ["They find it too dear."])


def test_front_matter_is_facts():
    note = read("---\naccount: Acme\ndate: 2025-03-04\n---\nThey find it too dear.\n", name="note.md")
    assert (note.account, note.occurred_at, note.utterances[0].text) == ("Acme", "2025-03-04", "They find it too dear.")


def test_a_continued_line_belongs_to_the_speaker_before_it():
    call = read("Ann: Hello.\nBob: It is\nfar too dear.\nAnn: I see.\n")
    assert call.utterances[1].text == "It is far too dear."


def test_signs_of_emphasis_in_what_somebody_said_stay():
    call = read("Ann Lee: It is **far** too *dear*\nBob: * yes\n**Ann Lee: I see.**\n")
    assert [said.text for said in call.utterances] == ["It is **far** too *dear*", "* yes", "I see."]


@pytest.mark.parametrize(
    "text",
    [
        "# Oaken Foods, 17 March 2026\n\nThey say it costs too much.\n",
        "Visit Oaken - 2026-03-17\n\nThey say it costs too much.\n",
        "Call Oaken, 17 March 2026\n\nAnn: Too dear.\nBob: I see.\nAnn: Yes.\n",
    ],
)
def test_a_day_in_the_heading_is_that_of_the_talk(text):
    (found,) = formats.read("oaken.txt", io.BytesIO(text.encode()))
    assert found.occurred_at == "2026-03-17"


def test_a_day_in_a_sentence_or_below_a_day_in_the_name_is_not():
    (found,) = formats.read("oaken.txt", io.BytesIO(b"They moved to us on 17 March 2026.\nIt costs too much.\n"))
    assert found.occurred_at == ""
    (found,) = formats.read("2026-03-18.txt", io.BytesIO(b"Oaken, 17 March 2026\n\nIt costs too much.\n"))
    assert found.occurred_at == "2026-03-18"


@pytest.mark.parametrize(
    "text",
    [
        "Date: 2026-03-05\nAccount: Acme\nThey think it is too dear.\n",
        "Participants: Ines Falk, Hugh Penrose\nDate: 2026-03-05\nAccount: Acme\n\nThey think it is too dear.\n",
        "Date: 2026-03-05\nAttendees: Ines Falk, Hugh Penrose\nAccount: Acme\nNotes: They think it is too dear.\n",
    ],
)
def test_facts_on_top_count_without_a_blank_line_and_beside_a_list_of_people(text):
    found = read(text)
    assert (found.occurred_at, found.account, len(found.utterances)) == ("2026-03-05", "Acme", 1)
    assert [person.name for person in found.participants if person.name] in ([], ["Ines Falk", "Hugh Penrose"])


def test_one_line_like_a_fact_that_is_no_day_is_text():
    found = read("Date: to be agreed with them\nThey think it is too dear.\n")
    assert len(found.utterances) == 2
