"""Transcripts as text, in the shapes that Otter, Zoom, Teams, Meet and others write."""

import io

import pytest

from insights import formats
from insights.records import Conversation


def read(text: str, name: str = "call.txt"):
    (call,) = formats.read(name, io.BytesIO(text.encode()))
    assert isinstance(call, Conversation)
    return call


def said(call):
    return [(turn.speaker, turn.text, turn.started_at) for turn in call.utterances]


@pytest.mark.parametrize(
    "text",
    [
        "Ann Lee  0:01\nToo dear.\n\nbob  1:02\nI see.\n\nAnn Lee  1:05\nYes.\n",
        "[Ann Lee] 00:00:01\nToo dear.\n\n[bob] 00:01:02\nI see.\n\n[Ann Lee] 00:01:05\nYes.\n",
        "Ann Lee\n0:01\nToo dear.\n\nBob\n1:02\nI see.\n\nAnn Lee\n1:05\nYes.\n",
        "00:00:01 Ann Lee\nToo dear.\n00:01:02 Bob\nI see.\n00:01:05 Ann Lee\nYes.\n00:01:09 Bob\nGood.\n",
        "Ann Lee\n0 minutes 1 second\n0:01\nToo dear.\nBob\n1 minute 2 seconds1:02\nI see.\nAnn Lee\n1:05\nYes.\n",
        "@0:01 - Ann Lee\nToo dear.\n@1:02 - Bob\nI see.\n@1:05 - Ann Lee\nYes.\n@1:09 - Bob\nGood.\n",
        "Ann Lee: (00:01)\nToo dear.\nBob: (01:02)\nI see.\nAnn Lee: (01:05)\nYes.\n",
        "Ann Lee (00:01): Too dear.\nBob (01:02): I see.\nAnn Lee (01:05): Yes.\n",
        "**Ann Lee** (00:01): Too dear.\n**Bob** (01:02): I see.\n**Ann Lee** (01:05): Yes.\n",
        "[0:01] Ann Lee: Too dear.\n[1:02] Bob: I see.\n[1:05] Ann Lee: Yes.\n",
    ],
)
def test_names_and_times_are_found_wherever_they_stand(text):
    first, second, third, *_ = said(read(text))
    assert first == ("Ann Lee", "Too dear.", 1.0)
    assert (second[0].casefold(), *second[1:]) == ("bob", "I see.", 62.0)
    assert third == ("Ann Lee", "Yes.", 65.0)


def test_a_last_name_before_a_comma_is_a_name():
    call = read("Lee, Ann (00:01)\nToo dear.\nRay, Bob (00:09)\nI see.\n")
    assert [turn.speaker for turn in call.utterances] == ["Lee, Ann", "Ray, Bob"]


def test_an_otter_export_has_its_title_and_date_on_top_and_no_trailer():
    call = read(
        "Acme demo\nTue, Mar 12, 2024 10:01AM • 23:11\nSUMMARY KEYWORDS\nprice, rollout\nSPEAKERS\nAnn Lee, Bob\n\n"
        "Ann Lee  00:01\nToo dear.\n\nBob  00:09\nI see.\n\nTranscribed by https://otter.ai\n"
    )
    assert (call.title, call.occurred_at) == ("Acme demo", "2024-03-12T10:01:00")
    assert [turn.text for turn in call.utterances] == ["Too dear.", "I see."]


def test_a_meet_transcript_gives_its_times_to_the_words_that_follow_them_alone():
    call = read(
        "Acme demo (2024-03-12 at 10:01 GMT) - Transcript\nAttendees\nAnn Lee, Bob Ray\nTranscript\n"
        "Ann Lee: Too dear.\nBob Ray: I see.\nAnn Lee: So\n00:05:00\nAnn Lee: we wait.\nBob Ray: Good.\n"
        "Meeting ended after 00:07:11 👋\n"
        "This editable transcript was computer generated and might contain errors. People can also change the text.\n"
    )
    assert said(call) == [
        ("Ann Lee", "Too dear.", None),
        ("Bob Ray", "I see.", None),
        ("Ann Lee", "So we wait.", None),
        ("Bob Ray", "Good.", None),
    ]
    assert call.occurred_at == "2024-03-12T10:01:00+00:00"
    assert [person.name for person in call.participants] == ["Ann Lee", "Bob Ray"]


def test_zoom_writes_the_time_of_day_which_becomes_a_time_into_the_call():
    call = read("[Ann Lee] 10:01:22\nToo dear.\n\n[Bob Ray] 10:02:00\nI see.\n", name="2024-03-12 closed_caption.txt")
    assert said(call) == [("Ann Lee", "Too dear.", 0.0), ("Bob Ray", "I see.", 38.0)]
    assert call.occurred_at == "2024-03-12"


def test_a_time_in_the_words_is_no_time_of_the_words():
    call = read("Ann: Can we meet at\n10:30 tomorrow?\nBob: Yes.\nAnn: Good.\n")
    assert said(call)[0] == ("Ann", "Can we meet at 10:30 tomorrow?", None)


def test_times_alone_make_a_call_of_nobodys_words_and_clocks_in_a_note_do_not():
    call = read("[0:01] Too dear.\n[0:05] We wait.\n[0:09] Yes.\n")
    assert (call.kind, said(call)) == ("call", [("", "Too dear. We wait. Yes.", 1.0)])
    assert read("9:00 met Dana at the fair.\n10:30 met Bob.\n11:00 He likes it.\n").kind == "note"


def test_words_before_the_first_name_are_kept_beside_the_call():
    call = read("Acme demo\nrecorded by the sales team\n\nAnn: Too dear.\nBob: I see.\nAnn: Yes.\n")
    assert (call.title, call.fields["preamble"]) == ("Acme demo", "recorded by the sales team")
    assert call.utterances[0].speaker == "Ann"


@pytest.mark.parametrize(
    "line",
    [
        "Recorded on Jun 23, 2026 via Zoom, 31m",
        "Call held on 23 June 2026",
        "Jun 23, 2026, 31 min",
        "Recorded 2026-06-23 by Ann",
    ],
)
def test_the_day_of_the_recording_is_found_among_what_stands_around_it(line):
    call = read(f"Acme demo\n{line}\n\nAnn: Too dear.\nBob: I see.\nAnn: Yes.\n")
    assert (call.title, call.occurred_at) == ("Acme demo", "2026-06-23")


def test_who_took_part_is_read_over_several_lines_and_first_names_become_whole_ones():
    call = read(
        "Trace <> Halcyon: Discovery\n\nRecorded on Feb 11, 2026 via Zoom, 34m\n\nParticipants\n\nTrace\n"
        "Ines Falk, Account Executive\nAsha Mbeki\n\nHalcyon Genomics\nTilda Voss, Research Scientist\nMarcus Oye, CFO\n\n"
        "Topics\n\nPricing, 12m\n\nTranscript\n\n0:00 | Ines\nHow do you do it now?\n\n0:12 | Tilda\nWith BenchTrack.\n\n"
        "0:31 | Marcus\nToo dear.\n\n0:45 | Ines\nI see.\n\n0:50 | Asha\nWe can look at it.\n"
    )
    assert [(turn.speaker, turn.text) for turn in call.utterances] == [
        ("Ines Falk (Trace)", "How do you do it now?"),
        ("Tilda Voss (Halcyon Genomics)", "With BenchTrack."),  # who speaks once has a turn of their own
        ("Marcus Oye (Halcyon Genomics)", "Too dear."),
        ("Ines Falk (Trace)", "I see."),
        ("Asha Mbeki (Trace)", "We can look at it."),
    ]
    assert [person.title for person in call.participants] == ["Account Executive", "", "Research Scientist", "CFO"]
    assert (call.occurred_at, call.fields) == ("2026-02-11", {"preamble": "Pricing, 12m"})


@pytest.mark.parametrize(
    "listed",
    [
        "Participants:\nInes Falk (Trace),\nOwen Prys (Vesper),\nSaanvi Rao (Vesper)",
        "Participants: Ines Falk (Trace), Owen Prys (Vesper), Saanvi Rao (Vesper)",
        "Attendees\nInes Falk (Trace), Owen Prys (Vesper), Saanvi Rao (Vesper)",
    ],
)
def test_a_list_of_participants_is_nobodys_turn(listed):
    call = read(
        f"Call title: Vesper, validation\n{listed}\n\n00:00 Ines Falk: Shall we?\n00:09 Owen Prys: Not before May.\n"
        "00:20 Saanvi Rao: Where are the data?\n"
    )
    assert [turn.speaker for turn in call.utterances] == [person.name for person in call.participants]
    assert (call.title, call.participants[0].name) == ("Vesper, validation", "Ines Falk (Trace)")


def test_a_first_name_that_two_have_stays_as_it_stands():
    call = read(
        "Participants\nAnn Lee\nAnn Berg\nBob Ray\n\n0:01 | Ann\nToo dear.\n0:05 | Bob\nYes.\n0:09 | Ann\nNo.\n"
    )
    assert [turn.speaker for turn in call.utterances] == ["Ann", "Bob Ray", "Ann"]


def test_what_stands_behind_a_time_and_a_bar_is_a_speaker_whatever_it_is_like():
    call = read("0:00 | Ines\nHello.\n\n0:03 | Hugh\nToo dear.\n\n0:09 | unknown\nYes.\n\n0:12 | Ines\nOk.\n")
    assert [(turn.speaker, turn.text) for turn in call.utterances] == [
        ("Ines", "Hello."), ("Hugh", "Too dear."), ("unknown", "Yes."), ("Ines", "Ok."),
    ]  # fmt: skip
