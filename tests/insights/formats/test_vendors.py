"""The JSON of recorders and recognisers: each vendor's own shape, to turns with times in seconds."""

import io
import json

import pytest

from insights import formats
from insights.formats import Limits
from insights.records import Conversation, Problem


def read(value, name: str = "call.json", **options):
    return list(formats.read(name, io.BytesIO(json.dumps(value).encode()), **options))


def said(call):
    return [(turn.speaker, turn.text, turn.started_at, turn.ended_at) for turn in call.utterances]


def word(text: str, start: float, end: float, speaker: int):
    return {
        "word": text.casefold().strip(".?"),
        "punctuated_word": text,
        "start": start,
        "end": end,
        "speaker": speaker,
    }


def sound(text: str, start: str, end: str, **further):
    at = {"start_time": start, "end_time": end}
    return {"type": "pronunciation", "alternatives": [{"content": text}], **at, **further}


MARK = {"type": "punctuation", "alternatives": [{"content": "."}]}
DEEPGRAM_WORDS = [word("Too", 1, 1.5, 0), word("dear.", 1.5, 2, 0), word("Yes.", 3, 4, 1)]
AWS_ITEMS = [sound("Too", "1", "1.5"), sound("dear", "1.5", "2"), MARK, sound("Yes", "3", "4"), MARK]
AWS_SEGMENTS = [
    {"speaker_label": "spk_0", "start_time": "1", "end_time": "2"},
    {"speaker_label": "spk_1", "start_time": "3", "end_time": "4"},
]
SHAPES = {
    "whisperx": (
        {
            "segments": [
                {"start": 1, "end": 1.5, "text": " Too", "speaker": "A"},
                {"start": 1.5, "end": 2, "text": " dear.", "speaker": "A"},
                {"start": 3, "end": 4, "text": " Yes.", "speaker": "B"},
            ],
            "word_segments": [],
            "language": "en",
        },
        ("A", "B"),
    ),
    "assemblyai": (
        {
            "id": "t1",
            "status": "completed",
            "utterances": [
                {"start": 1000, "end": 2000, "text": "Too dear.", "speaker": "A", "confidence": 1, "words": []},
                {"start": 3000, "end": 4000, "text": "Yes.", "speaker": "B", "confidence": 1, "words": []},
            ],
        },
        ("A", "B"),
    ),
    "deepgram utterances": (
        {
            "results": {
                "channels": [{"alternatives": [{"transcript": "too dear yes", "words": DEEPGRAM_WORDS}]}],
                "utterances": [
                    {"start": 1, "end": 2, "transcript": "Too dear.", "speaker": 0},
                    {"start": 3, "end": 4, "transcript": "Yes.", "speaker": 1},
                ],
            }
        },
        ("SPEAKER_00", "SPEAKER_01"),
    ),
    "deepgram words": (
        {"results": {"channels": [{"alternatives": [{"transcript": "too dear yes", "words": DEEPGRAM_WORDS}]}]}},
        ("SPEAKER_00", "SPEAKER_01"),
    ),
    "aws segments": (
        {"jobName": "j", "results": {"items": AWS_ITEMS, "speaker_labels": {"segments": AWS_SEGMENTS}}},
        ("spk_0", "spk_1"),
    ),
    "aws labels": (
        {
            "results": {
                "items": [
                    sound("Too", "1", "1.5", speaker_label="spk_0"),
                    sound("dear", "1.5", "2", speaker_label="spk_0"),
                    MARK,
                    sound("Yes", "3", "4", speaker_label="spk_1"),
                    MARK,
                ]
            }
        },
        ("spk_0", "spk_1"),
    ),
    "aws channels": (
        {
            "results": {
                "items": AWS_ITEMS,
                "channel_labels": {
                    "channels": [
                        {"channel_label": "ch_1", "items": AWS_ITEMS[3:]},
                        {"channel_label": "ch_0", "items": AWS_ITEMS[:3]},
                    ]
                },
            }
        },
        ("ch_0", "ch_1"),
    ),
    "aws analytics": (
        {
            "Transcript": [
                {
                    "ParticipantRole": "CUSTOMER",
                    "Content": "Too dear.",
                    "BeginOffsetMillis": 1000,
                    "EndOffsetMillis": 2000,
                },
                {"ParticipantRole": "AGENT", "Content": "Yes.", "BeginOffsetMillis": 3000, "EndOffsetMillis": 4000},
            ]
        },
        ("CUSTOMER", "AGENT"),
    ),
    "rev": (
        {
            "speakers": [{"id": 1, "name": "Bob"}],
            "monologues": [
                {
                    "speaker": 0,
                    "elements": [
                        {"type": "text", "value": "Too", "ts": 1, "end_ts": 1.5},
                        {"type": "punct", "value": " "},
                        {"type": "text", "value": "dear", "ts": 1.5, "end_ts": 2},
                        {"type": "punct", "value": "."},
                    ],
                },
                {
                    "speaker": 1,
                    "elements": [
                        {"type": "text", "value": "Yes", "ts": 3, "end_ts": 4},
                        {"type": "punct", "value": "."},
                    ],
                },
            ],
        },
        ("SPEAKER_00", "Bob"),
    ),
    "fireflies": (
        {
            "data": {
                "transcript": {
                    "id": "f1",
                    "title": "Demo",
                    "date": 1710324082000,
                    "sentences": [
                        {"speaker_name": "Ann", "text": "Too dear.", "start_time": 1, "end_time": 2},
                        {"speaker_name": "Bob", "text": "Yes.", "start_time": 3, "end_time": 4},
                    ],
                }
            }
        },
        ("Ann", "Bob"),
    ),
    "fireflies download": (
        [
            {"sentence": "Too", "startTime": "00:01", "endTime": "00:01.5", "speaker_name": "Ann", "speaker_id": 0},
            {"sentence": "dear.", "startTime": "00:01.5", "endTime": "00:02", "speaker_name": "Ann", "speaker_id": 0},
            {"sentence": "Yes.", "startTime": "00:03", "endTime": "00:04", "speaker_name": "Bob", "speaker_id": 1},
        ],
        ("Ann", "Bob"),
    ),
    "gong": (
        {
            "callTranscripts": [
                {
                    "callId": "7",
                    "transcript": [
                        {"speakerId": "1", "sentences": [{"start": 1000, "end": 1500, "text": "Too"}]},
                        {"speakerId": "1", "sentences": [{"start": 1500, "end": 2000, "text": "dear."}]},
                        {"speakerId": "2", "sentences": [{"start": 3000, "end": 4000, "text": "Yes."}]},
                    ],
                }
            ]
        },
        ("1", "2"),
    ),
    "whisper.cpp": (
        {"transcription": [{"offsets": {"from": 1000, "to": 2000}, "text": " Too dear."}]},
        ("",),
    ),
}


@pytest.mark.parametrize("vendor", SHAPES)
def test_each_vendors_words_come_with_their_speakers_and_seconds(vendor):
    value, speakers = SHAPES[vendor]
    (call,) = read(value)
    expected = [("Too dear.", 1.0, 2.0), ("Yes.", 3.0, 4.0)][: len(speakers)]
    assert said(call) == [(who, *rest) for who, rest in zip(speakers, expected, strict=True)]
    assert call.kind == "call"


@pytest.mark.parametrize("vendor", SHAPES)
def test_a_vendors_transcript_is_read_as_a_line_of_json_too(vendor):
    value, speakers = SHAPES[vendor]
    if isinstance(value, dict):
        data = (json.dumps(value) + "\n" + json.dumps({"text": "A note."})).encode()
        call, note = formats.read("calls.jsonl", io.BytesIO(data))
        assert (len(call.utterances), note.kind) == (len(speakers), "note")


def test_the_elements_of_one_call_are_counted_as_its_pieces():
    (call,) = read(SHAPES["fireflies download"][0])
    assert call.pieces == 3


def test_a_fireflies_transcript_has_its_date_and_title():
    (call,) = read(SHAPES["fireflies"][0])
    assert (call.title, call.occurred_at) == ("Demo", "2024-03-13T10:01:22+00:00")


@pytest.mark.parametrize("beside", [True, False])
def test_gong_speakers_are_joined_with_the_parties_who_bring_their_sides(beside):
    parties = [
        {
            "speakerId": "1",
            "name": "Dana Roe",
            "emailAddress": "dana@acme.example",
            "affiliation": "External",
            "title": "CFO",
        },
        {"speakerId": "2", "name": "Ann Lee", "affiliation": "Internal"},
        {"speakerId": None, "emailAddress": "eve@acme.example", "affiliation": "Unknown"},
    ]
    meta = {"id": "7", "title": "Demo", "started": "2024-03-13T10:01:22+01:00"}
    account = {"objectType": "Account", "objectId": "0015g00000AbCdE", "fields": [{"name": "Name", "value": "Acme"}]}
    context = [{"objects": [account, {"objectType": "Opportunity", "objectId": "0065g00000aBcDeAAK"}]}]
    call = {"metaData": meta, "parties": parties, "context": context}
    transcripts = SHAPES["gong"][0]["callTranscripts"]
    value = {"callTranscripts": transcripts, "calls": [call]} if beside else [transcripts[0] | call]
    (call,) = read(value)
    assert [(turn.speaker, turn.role) for turn in call.utterances] == [("Dana Roe", "buyer"), ("Ann Lee", "seller")]
    assert [(who.name, who.address, who.role, who.title) for who in call.participants] == [
        ("Dana Roe", "dana@acme.example", "buyer", "CFO"),
        ("Ann Lee", "", "seller", ""),
        ("eve@acme.example", "eve@acme.example", "unknown", ""),
    ]
    assert (call.title, call.account, call.occurred_at) == ("Demo", "Acme", "2024-03-13T10:01:22+01:00")
    assert set(call.keys) == {"id:0015g00000AbCdE", "id:0065g00000aBcDe"}


def test_several_gong_calls_are_several_conversations():
    one = SHAPES["gong"][0]["callTranscripts"][0]
    first, second = read({"callTranscripts": [one, one | {"callId": "8"}]})
    assert first.id != second.id


def test_a_call_without_words_is_a_problem():
    (problem,) = read({"callTranscripts": [{"callId": "7", "transcript": [{"speakerId": "1", "sentences": []}]}]})
    assert isinstance(problem, Problem)
    assert "no words" in problem.reason


def test_gongs_answer_about_calls_without_their_words_is_no_note_of_json():
    meta, parties = {"id": "7", "title": "Demo"}, [{"speakerId": "1", "name": "Dana Roe"}]
    (problem,) = read({"calls": [{"metaData": meta, "parties": parties}]})
    assert "no words" in problem.reason and "callTranscripts" in problem.advice


def test_turns_that_belong_to_conversations_by_their_id_are_left_to_the_tables_rules():
    rows = [{"conversation_id": id, "speaker": "Ann", "text": "Too dear.", "start": 1} for id in ("a", "a", "b")]
    assert [item.pieces for item in read(rows) if isinstance(item, Conversation)] != [3]


@pytest.mark.parametrize("key", ["speaker", "role"])
def test_an_array_of_nothing_but_words_and_who_said_them_is_one_call(key):
    (call,) = read([{key: "customer", "text": "Too"}, {key: "customer", "text": "dear."}, {key: "rep", "text": "Yes."}])
    assert [(turn.role, turn.text) for turn in call.utterances] == [("buyer", "Too dear."), ("seller", "Yes.")]
    assert call.pieces == 3


def test_notes_with_a_speaker_and_a_date_are_no_turns():
    rows = [{"speaker": "Ann", "text": f"note {n}", "start_time": f"2025-01-0{n} 10:00"} for n in (1, 2)]
    assert len(read(rows)) == 2


def test_speakers_that_are_objects_come_by_their_names_and_addresses():
    who = {"display_name": "Ann Lee", "matched_calendar_invitee_email": "ann@us.example"}
    (call,) = read({"title": "Demo", "transcript": [{"speaker": who, "text": "Hello.", "timestamp": "00:00:03"}]})
    assert (said(call), call.participants[0].address) == ([("Ann Lee", "Hello.", 3.0, None)], "ann@us.example")


def test_a_fireflies_transcript_without_words_costs_itself():
    good = SHAPES["fireflies"][0]["data"]["transcript"]
    call, problem = read({"data": {"transcripts": [good, {"title": "Empty", "sentences": None}]}})
    assert (len(call.utterances), "no words" in problem.reason) == (2, True)


def test_what_outgrows_the_limit_is_counted_piece_by_piece():
    turns = [{"speaker": "Ann", "text": "x" * 400, "start": n, "end": n + 1} for n in range(5)]
    *problems, call = read(turns, limits=Limits(record=1300))
    assert (call.pieces, len(problems)) == (2, 3)


def test_one_spoilt_element_costs_itself():
    data = b'[{"speaker":"Ann","text":"Too dear.","start":1,"end":2}, {"text": oops}, {"speaker":"Bob","text":"Yes.","start":3}]'
    problem, call = formats.read("call.json", io.BytesIO(data))
    assert isinstance(problem, Problem)
    assert (call.pieces, len(call.utterances)) == (2, 2)
