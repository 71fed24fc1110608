"""JSON arrays, JSON lines and the shape that `parley read` writes."""

import io
import json

import pytest

from insights import formats
from insights.formats import Limits
from insights.records import Conversation, Problem


def read(text: str, name: str = "data.jsonl", **options):
    return list(formats.read(name, io.BytesIO(text.encode()), **options))


def test_parleys_own_shape_comes_back_as_it_went_out():
    row = {
        "id": "c1",
        "kind": "call",
        "title": "Demo",
        "occurred_at": "2025-03-04T10:00:00+01:00",
        "participants": [{"name": "Bob", "address": "bob@acme.example", "role": "buyer", "title": "CFO"}],
        "utterances": [
            {"speaker": "Bob", "role": "buyer", "voice": "verbatim", "text": "Too dear.", "started_at": 3.5},
            {"speaker": "Ann", "role": "seller", "voice": "reported", "text": "Noted.", "started_at": None},
        ],
    }
    (call,) = read(json.dumps(row) + "\n")
    assert (call.kind, call.title, call.occurred_at) == ("call", "Demo", "2025-03-04T10:00:00+01:00")
    assert (call.participants[0].address, call.participants[0].title) == ("bob@acme.example", "CFO")
    assert [(said.role, said.voice, said.text, said.started_at) for said in call.utterances] == [
        ("buyer", "verbatim", "Too dear.", 3.5),
        ("seller", "reported", "Noted.", None),
    ]


def test_turns_with_roles_are_read():
    (chat,) = read(
        '{"id":"1","turns":[{"role":"rep","text":"Hi"},{"role":"customer","text":"Too dear"},{"role":"note","text":"Stalls"}]}'
    )
    assert [(said.role, said.voice) for said in chat.utterances] == [
        ("seller", "verbatim"),
        ("buyer", "verbatim"),
        ("seller", "reported"),
    ]


def test_flat_objects_use_the_aliases_of_tables():
    (note,) = read('{"ActivityDate":"2025-03-04","AccountName":"Acme","Description":"Too dear","Region":"EMEA"}')
    assert (note.account, note.occurred_at, note.utterances[0].text, note.fields) == (
        "Acme",
        "2025-03-04",
        "Too dear",
        {"Region": "EMEA"},
    )


def test_hubspot_properties_are_unfolded():
    (note,) = read(
        '{"id":"9","properties":{"hs_note_body":"<p>Too dear</p>","hs_timestamp":"2025-03-04T10:00:00Z"}}',
        name="n.json",
    )
    assert (note.utterances[0].text, note.occurred_at) == ("Too dear", "2025-03-04T10:00:00+00:00")


def test_a_broken_line_costs_itself():
    items = read('{"text":"one"}\n{"text": broken}\n[1]\n{"text":"two"}\n')
    assert [item.utterances[0].text for item in items if isinstance(item, Conversation)] == ["one", "two"]
    assert [item.row for item in items if isinstance(item, Problem)] == [2, 3]


def test_a_broken_element_of_an_array_costs_itself():
    items = read('[{"text":"one, [two]"}, {"text": oops}, {"text":"three \\"}\\" quoted"}]', name="a.json")
    assert [item.utterances[0].text for item in items if isinstance(item, Conversation)] == [
        "one, [two]",
        'three "}" quoted',
    ]
    assert [item.row for item in items if isinstance(item, Problem)] == [2]


def test_an_array_cut_short_keeps_its_whole_elements():
    items = read('[{"text":"one"},{"text":"two"},{"te', name="a.json")
    assert len([item for item in items if isinstance(item, Conversation)]) == 2
    assert isinstance(items[-1], Problem)


def test_an_envelope_around_records_is_opened():
    assert len(read('{"total": 2, "results": [{"text":"one"},{"text":"two"}]}', name="a.json")) == 2


def test_an_array_larger_than_a_chunk_is_streamed_whole():
    rows = [{"id": str(n), "text": f'row {n} with "quotes" \\ and [brackets] ' * 20} for n in range(1500)]
    items = read(json.dumps(rows), name="a.json", limits=Limits(record=10_000))
    assert [item.utterances[0].text for item in items] == [row["text"].strip() for row in rows]


def test_times_in_milliseconds_become_seconds():
    (call,) = read('{"utterances":[{"speaker":"A","text":"Can you hear me?","start":2100,"end":5400}]}', name="a.json")
    assert (call.utterances[0].started_at, call.utterances[0].ended_at) == (2.1, 5.4)


@pytest.mark.parametrize("people", ["parties", "attendees"])
def test_a_call_tool_says_who_is_of_which_side_beside_the_turns(people):
    sides = [{"name": "Ann", "affiliation": "Internal"}, {"name": "Bob", "affiliation": "External"}]
    turns = [{"speaker": "Ann", "text": "What holds you back?"}, {"speaker": "Bob", "text": "It is too dear for us."}]
    (call,) = read(json.dumps({"calls": [{"id": "1", "title": "Demo", people: sides, "transcript": turns}]}), "c.json")
    assert [(person.name, person.role) for person in call.participants] == [("Ann", "seller"), ("Bob", "buyer")]
    assert people not in call.fields


def test_people_listed_beside_a_note_stay_a_column():
    (note,) = read(json.dumps({"text": "They said that it is too dear.", "attendees": ["Ann", "Bob"]}))
    assert note.fields["attendees"] == "Ann, Bob"


def test_milliseconds_of_a_long_call_become_seconds_and_a_missing_end_stays_missing():
    turns = [
        {"speaker": "Ann", "text": "Hello there you two.", "start": 10_800_000, "end": 10_804_000},
        {"speaker": "Bob", "text": "Too dear for us.", "start": 10_805_000, "end": 10_809_000},
        {"speaker": "Ann", "text": "I see.", "start": 10_810_000},
    ]
    (call,) = read(json.dumps({"participants": ["Ann"], "turns": turns}))
    assert [(said.started_at, said.ended_at) for said in call.utterances] == [
        (10_800.0, 10_804.0), (10_805.0, 10_809.0), (10_810.0, None),
    ]  # fmt: skip


def test_problems_that_parley_wrote_are_not_read_again():
    assert (
        read('{"problem":{"file":"x","row":1,"reason":"r","advice":"a"}}\n{"text":"one"}\n')[0].utterances[0].text
        == "one"
    )


def test_an_envelope_larger_than_a_record_is_streamed():
    rows = [{"id": str(n), "text": f"row {n} with [brackets]"} for n in range(500)]
    items = read(json.dumps({"total": 500, "results": rows}), name="a.json", limits=Limits(record=5_000))
    assert [item.utterances[0].text for item in items] == [row["text"] for row in rows]


def test_what_values_tell_holds_for_all_objects():
    rows = [{"a": f"They think that the price is far too high {n}"} for n in range(3)]
    assert len([item for item in read("\n".join(map(json.dumps, rows))) if isinstance(item, Conversation)]) == 3


def test_objects_that_leave_keys_out_are_still_of_one_kind():
    rows = [{"dealname": "Acme", "dealstage": "won", "amount": "1"}, {"dealname": "Beta"}]
    assert [item.kind for item in read("\n".join(map(json.dumps, rows)))] == ["deal", "deal"]


def test_half_a_character_is_replaced_and_a_whole_one_stays():
    data = rb'{"text": "Too dear \ud800 \ud83d\ude00"}'
    (note,) = formats.read("n.jsonl", io.BytesIO(data))
    assert note.utterances[0].text == "Too dear ? \N{GRINNING FACE}"
