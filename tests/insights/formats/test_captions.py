"""WebVTT and SubRip: turns, voices, facts, and files that break off."""

import io

import pytest

from insights import formats
from insights.records import Conversation, Problem
from tests.spending import at_most


def read(text: str, name: str = "call.vtt"):
    return list(formats.read(name, io.BytesIO(text.encode())))


def cue(start: int, text: str) -> str:
    return f"00:00:{start:02}.000 --> 00:00:{start + 1:02}.500\n{text}\n\n"


def test_consecutive_cues_of_one_speaker_are_one_turn():
    text = "WEBVTT\n\n" + cue(1, "<v Ann Lee>Hello</v>") + cue(3, "<v Ann Lee>there.</v>") + cue(5, "<v Bob>Hi.</v>")
    (call,) = read(text)
    assert [(said.speaker, said.text, said.started_at, said.ended_at) for said in call.utterances] == [
        ("Ann Lee", "Hello there.", 1.0, 4.5),
        ("Bob", "Hi.", 5.0, 6.5),
    ]
    assert (call.kind, call.utterances[0].voice, call.utterances[0].role) == ("call", "verbatim", "unknown")


def test_names_before_a_colon_are_speakers_as_zoom_writes_them():
    text = (
        "WEBVTT\n\n1\n"
        + cue(1, "dana m. | Acme: So here's the thing: it is dear.")
        + "2\n"
        + cue(3, "Bob: OK.")
        + cue(5, "Bob: Go on.")
    )
    (call,) = read(text)
    assert [(said.speaker, said.text) for said in call.utterances] == [
        ("dana m. | Acme", "So here's the thing: it is dear."),
        ("Bob", "OK. Go on."),
    ]


def test_a_last_name_before_a_comma_is_a_speaker():
    (call,) = read("WEBVTT\n\n" + cue(1, "Lee, Ann (Acme): Too dear, Bob: really.") + cue(3, "Ray, Bob: I see."))
    assert [(said.speaker, said.text) for said in call.utterances] == [
        ("Lee, Ann (Acme)", "Too dear, Bob: really."),
        ("Ray, Bob", "I see."),
    ]


def test_a_colon_in_speech_makes_no_speaker():
    (call,) = read(
        "WEBVTT\n\n" + "".join(cue(n, f"we talked about point {n}") for n in range(9)) + cue(9, "The question is: why?")
    )
    assert {said.speaker for said in call.utterances} == {""}


def test_several_voices_in_one_cue_are_several_turns():
    (call,) = read("WEBVTT\n\n" + cue(1, "<v Ann>Too dear?\n<v Bob>Yes & no."))
    assert [(said.speaker, said.text) for said in call.utterances] == [("Ann", "Too dear?"), ("Bob", "Yes & no.")]


def test_notes_on_top_are_facts_and_fields():
    text = "WEBVTT\n\nNOTE account: Acme\nNOTE date: 2025-03-04\nNOTE contact: Bob Ray\nNOTE title: CFO\n\nNOTE rep: Ann\n\n"
    text += "NOTE stage: Demo\n\nNOTE outcome: lost\n\nNOTE segment: SMB\n\n" + cue(1, "<v Bob Ray>Too dear.</v>")
    (call,) = read(text)
    assert (call.account, call.contact, call.job_title, call.rep) == ("Acme", "Bob Ray", "CFO", "Ann")
    assert (call.stage, call.outcome, call.occurred_at, call.fields) == (
        "Demo",
        "lost",
        "2025-03-04",
        {"segment": "SMB"},
    )


def test_ids_and_addresses_noted_on_top_are_what_crm_records_join_by():
    (call,) = read("WEBVTT\n\nNOTE opportunity id: 0065g00000aBcDe\nNOTE email: Dana@Acme.example\n\n" + cue(1, "Hi."))
    assert call.keys == ("id:0065g00000aBcDe", "email:dana@acme.example")


def test_a_date_in_the_files_name_counts_when_no_other_is_there():
    (call,) = read("WEBVTT\n\n" + cue(1, "Hello."), name="acme_2025-03-04_call.vtt")
    assert call.occurred_at == "2025-03-04"


def test_an_ambiguous_noted_date_is_a_problem_and_not_the_names_date():
    call, problem = read("WEBVTT\n\nNOTE date: 03/04/2025\n\n" + cue(1, "Hello."), name="2025-01-01.vtt")
    assert call.occurred_at == ""
    assert isinstance(problem, Problem)


@pytest.mark.parametrize(
    "tail",
    ["3\n00:00:05.0", "3\n00:00:05.000 --> 00:00:09.000\n", "3\n", "00:00:05.000 --> 00:00:09.000\n<v Bob>and the pri"],
)
def test_a_file_cut_in_half_keeps_what_is_whole(tail):
    text = "WEBVTT\n\n" + cue(1, "<v Ann>Hello.</v>") + cue(3, "<v Bob>Hi.</v>") + tail
    call, problem = read(text)
    assert [said.text for said in call.utterances][:1] == ["Hello."]
    assert call.utterances[1].text.startswith("Hi.")
    assert isinstance(problem, Problem)
    assert "middle of a caption" in problem.reason


def test_srt_reads_like_vtt():
    (call,) = read(
        "1\n00:00:01,250 --> 00:00:03,500\nAnn: <i>Hello</i>\n\n2\n00:00:03,500 --> 00:00:06,000\nBob: Hi\n",
        name="c.srt",
    )
    assert [(said.speaker, said.text, said.started_at) for said in call.utterances] == [
        ("Ann", "Hello", 1.25),
        ("Bob", "Hi", 3.5),
    ]


def test_captions_whose_times_are_spoilt_keep_their_words_and_are_named_once():
    text = (
        "WEBVTT\n\n"
        + cue(1, "Too dear.")
        + "00:00:03.000 --> 00:00:0x.000\nWe wait.\n\n2\n"
        + "Yes.\n\n"
        + cue(7, "Bye.")
    )
    call, problem = read(text)
    assert [turn.text for turn in call.utterances] == ["Too dear. We wait. Yes. Bye."]
    assert (problem.kept, problem.row) == (True, 6)
    assert "times of 2 captions" in problem.reason


def test_sbv_reads_like_vtt():
    (call,) = read("0:00:01.250,0:00:03.500\nAnn: Hello\n\n0:00:03.500,0:00:06.000\nBob: Hi\n", name="c.sbv")
    assert [(said.speaker, said.text, said.started_at, said.ended_at) for said in call.utterances] == [
        ("Ann", "Hello", 1.25, 3.5),
        ("Bob", "Hi", 3.5, 6.0),
    ]


def test_styles_comments_and_metadata_are_passed_over():
    text = "WEBVTT - a call\nKind: captions\n\nSTYLE\n::cue {\n color: red;\n}\n\nNOTE\nmade by hand\n\n" + cue(
        1, "- Hello <b>world</b>."
    )
    (call,) = read(text)
    assert [said.text for said in call.utterances] == ["- Hello world."]


def test_text_without_captions_is_a_problem():
    (problem,) = read("WEBVTT\n\nnothing here\n")
    assert isinstance(problem, Problem)


def test_rolling_captions_are_not_repeated():
    first = "00:00:01.000 --> 00:00:02.000\nthe<00:00:01.200><c> price</c>\n\n"
    second = "00:00:02.000 --> 00:00:03.000\nthe price\nis<00:00:02.500><c> high</c>\n\n"
    (call,) = read("WEBVTT\n\n" + first + second)
    assert [said.text for said in call.utterances] == ["the price is high"]


def test_a_vtt_named_txt_is_still_a_vtt():
    (call,) = read("WEBVTT\n\n" + cue(1, "<v Ann>Hello.</v>"), name="call.txt")
    assert isinstance(call, Conversation)
    assert call.utterances[0].speaker == "Ann"


def test_listed_participants_bring_their_sides():
    text = (
        "WEBVTT\n\nNOTE\nparticipants: Ann Lee (rep); Bob Ray (customer, CFO)\n\n"
        + cue(1, "<v Bob Ray>Too dear.</v>")
        + cue(3, "<v Dot>Hm.</v>")
    )
    (call,) = read(text)
    assert [(person.name, person.role, person.title) for person in call.participants] == [
        ("Ann Lee", "seller", ""),
        ("Bob Ray", "buyer", "CFO"),
        ("Dot", "unknown", ""),
    ]
    assert call.fields == {}


def test_words_before_the_first_time_are_named():
    call, problem = read("1\nHello there.\n\n2\n00:00:02,000 --> 00:00:03,000\nToo dear.\n", name="call.srt")
    assert [said.text for said in call.utterances] == ["Too dear."]
    assert (problem.row, problem.kept) == (1, True)
    assert "before the first caption" in problem.reason


@pytest.mark.parametrize("gap", ["00:00:03.000 --> " + " " * 30_000 + "x", " " * 30_000 + "x"])
def test_a_line_of_spaces_is_read_in_reasonable_time(gap):
    with at_most(seconds=2):
        read("WEBVTT\n\n" + cue(1, "Hello.") + gap + "\n\n" + cue(4, "Too dear."))


@pytest.mark.parametrize("write", ["[{}] {}", "[{}]: {}"])
def test_names_in_brackets_are_speakers_and_sounds_are_none(write):
    said = [
        ("SPEAKER_00", "So where do we stand?"),
        ("Ann Lee", "It is dear."),
        ("SPEAKER_00", "I see."),
        ("Music", "Go on."),
    ]
    (call,) = read("WEBVTT\n\n" + "".join(cue(3 * n, write.format(*one)) for n, one in enumerate(said)))
    assert [turn.speaker for turn in call.utterances][:3] == ["SPEAKER_00", "Ann Lee", "SPEAKER_00"]
    assert "Music" not in {turn.speaker for turn in call.utterances}
    assert call.utterances[1].text == "It is dear."


def test_a_sound_now_and_then_makes_no_speaker():
    (call,) = read("WEBVTT\n\n" + cue(1, "It is dear.") + cue(3, "[Laughter] I know.") + cue(5, "We wait."))
    assert [turn.speaker for turn in call.utterances] == [""]
