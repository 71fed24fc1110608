"""Damaged transcripts, chats, documents and JSON of recorders: whatever stands in them, they are read or named.

Every sample is cut, flipped and repeated; no exception may reach even the last net of `formats.read`.
"""

import io
import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights import formats
from insights.records import Conversation, Problem

FOLDER = Path(__file__).parents[2] / "data" / "transcripts"
SAMPLES = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.name != "README.md"}
JSON = {name: json.loads(data) for name, data in SAMPLES.items() if name.endswith(".json")}
TEXTS = {name: data.decode() for name, data in SAMPLES.items() if not name.endswith((".json", ".docx", ".pdf"))}
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
