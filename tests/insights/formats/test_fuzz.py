"""Damaged transcripts, chats, documents and JSON of recorders: whatever stands in them, they are read or named.

Every sample is cut, flipped and repeated; no exception may reach even the last net of `formats.read`.
"""

import io
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights import formats
from insights.records import Conversation, Problem
from tests.insights.formats import test_documents as documents
from tests.insights.formats import test_vendors as vendors

TEXTS = {
    "teams.vtt": "WEBVTT\n\nab/1-0\n00:00:01.000 --> 00:00:02.000\n<v Ann Lee>Too\ndear.</v>\n\n00:03.000 --> 00:04.000\n<v Bob>Yes.</v>\n",
    "zoom.vtt": "WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\nAnn Lee: Too dear.\n\n2\n00:00:03.000 --> 00:00:04.000\nBob: Yes.\n",
    "youtube.vtt": "WEBVTT\nKind: captions\n\n00:00:01.000 --> 00:00:02.000 align:start\nthe<00:00:01.500><c> price</c>\n\n"
    "00:00:02.000 --> 00:00:02.010\nthe price\n \n\n00:00:02.010 --> 00:00:03.000\nthe price\nis<00:00:02.500><c> high</c>\n",
    "noted.vtt": "WEBVTT\n\nNOTE account: Acme\nNOTE participants: Ann (rep); Bob (customer)\n\nSTYLE\n::cue {}\n\n"
    "00:01.000 --> 00:02.000\n(Ann Lee)\nToo dear.\n-\n(Bob Ray)\nYes &amp; no.\n",
    "call.srt": "1\n00:00:01,000 --> 00:00:02,000\nAnn: <i>Too</i> dear.\n\n2\n00:00:03,000 --> 00:00:04,000\nBob: Yes.\n",
    "call.sbv": "0:00:01.000,0:00:02.000\nAnn: Too dear.\n\n0:00:03.000,0:00:04.000\nBob: Yes.\n",
    "otter.txt": "Demo\nTue, Mar 12, 2024 10:01AM • 23:11\nSPEAKERS\nAnn Lee, Bob\n\nAnn Lee  00:01\nToo dear.\n\nBob  00:09\nI see.\n",
    "zoom.txt": "[Ann Lee] 10:01:22\nToo dear.\n\n[Bob Ray] 10:02:00\nI see.\n",
    "meet.txt": "Demo (2024-03-12 at 10:01 GMT) - Transcript\nAttendees\nAnn, Bob\nTranscript\nAnn: Too dear.\nBob: I see.\n00:05:00\nAnn: Yes.\n",
    "teams.txt": "0:0:0.0 --> 0:0:0.820\nAnn Lee\nToo dear.\n0:0:3.410 --> 0:0:4.280\nBob\nYes.\n",
    "ranges.txt": "[00:01 - 00:05]\nRep (Ann):\nHello?\n\n[00:05 - 00:06]\nCustomer (Bob):\nToo dear.\n",
    "inline.txt": "Ann Lee (00:01): Too dear.\nBob (01:02): I see.\n",
    "note.md": "# Call\nAccount: Acme\nDate: 2024-03-12\n\nThey find it **too dear**.\n\n- ask in May\n",
    "chat.txt": "10:01:22 From Ann Lee to Everyone: Too dear.\n10:01:30 From Bob to Everyone: I see.\nreally\n",
    "whatsapp.txt": "[12/03/24, 10:01:22] Ann: Too dear.\n[13/03/24, 10:01:30] Bob: I see.\n\u200e[13/03/24, 10:02:00] Bob: \u200eimage omitted\n",
    "android.txt": "13/03/2024, 10:01 - Ann: Too dear.\n13/03/2024, 10:02 - Bob: <Media omitted>\nmore\n",
    "intercom.txt": "Ann (10:01): Too dear.\nBob (10:02 PM): I see.\n",
    "copied.txt": "Ann Lee  10:01 AM\nToo dear.\nBob  10:02 AM\nI see.\n",
}  # fmt: skip
SLACK = [
    {
        "type": "message",
        "user": "U1",
        "text": "Too <@U2> dear",
        "ts": "1710324082.000200",
        "user_profile": {"real_name": "A"},
    },
    {"type": "message", "user": "U2", "text": "has joined", "ts": "1710324083.000200", "subtype": "channel_join"},
]
JSON = {f"{name}.json": value for name, (value, _) in vendors.SHAPES.items()} | {"slack.json": SLACK}
SAMPLES = (
    {name: text.encode() for name, text in TEXTS.items()}
    | {name: json.dumps(value).encode() for name, value in JSON.items()}
    | {
        "note.docx": documents.docx(documents.paragraphs("Account: Acme", "Too dear.") + documents.table(("a", "b"))),
        "note.pdf": documents.pdf("Account: Acme\nToo dear.", "They wait."),
    }
)
ONE_PIECE = tuple(name for name in SAMPLES if not name.endswith(".json"))


def check(name: str, data: bytes) -> None:
    items = list(formats.read(name, io.BytesIO(data)))
    assert items or not data.strip()
    for item in items:
        if isinstance(item, Problem):
            assert item.reason
            assert "could not be read to its end" not in item.reason, item.reason
        else:
            assert isinstance(item, Conversation)
            assert item.utterances
            assert all(turn.text.strip() for turn in item.utterances)
    if name in ONE_PIECE:
        lost = sum(isinstance(item, Problem) and not item.kept for item in items)
        assert lost + sum(item.pieces for item in items if isinstance(item, Conversation)) == 1


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_one_conversation_without_problems(name):
    (conversation,) = formats.read(name, io.BytesIO(SAMPLES[name]))
    assert isinstance(conversation, Conversation)


@pytest.mark.parametrize("name", SAMPLES)
def test_flipped_cut_and_repeated_bytes_are_read_or_named(name):
    dice = random.Random(name)
    for _ in range(50):
        data = bytearray(SAMPLES[name])
        for _ in range(dice.randint(1, 8)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        cut = dice.randrange(1, len(data))
        check(name, bytes(data[:cut]) + bytes(data[cut:]) * dice.randint(0, 2))


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_lines_in_any_order_are_read_or_named(name, data):
    further = ("", "x", "00:00:01", "Ann:", "-->", "[", "1", "NOTE", "a\tb", "12/03/24, 10:01 - ")
    pieces = [*TEXTS[name].split("\n"), *further]
    drawn = data.draw(st.lists(st.sampled_from(pieces) | st.text(max_size=12), min_size=1, max_size=14))
    check(name, "\n".join(drawn).encode("utf-8", "surrogatepass"))


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just([]) | st.just({})


def spoilt(value, draw):
    """The same JSON with any of its parts replaced or left out."""
    if draw(st.integers(0, 11)) == 0:
        return draw(LEAVES)
    if isinstance(value, dict):
        return {key: spoilt(item, draw) for key, item in value.items() if draw(st.integers(0, 11))}
    return [spoilt(item, draw) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", JSON)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_json_whose_parts_are_of_the_wrong_kind_is_read_or_named(name, data):
    check(name, json.dumps(spoilt(JSON[name], data.draw)).encode())
