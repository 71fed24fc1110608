import json
import random
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from insights.errors import DamagedModel
from insights.language import build, find, gate
from insights.language.turns import Turn
from insights.records import Company, Competitor

SHIPPED = Path(str(files("insights.language"))) / "gate_model"
DEAR = Turn("buyer", "verbatim", "Honestly, that's way too expensive for us.")
IDLE = Turn("buyer", "verbatim", "Thank you, have a great day.")
SHOPS = "We have twelve shops and each of them opens at nine. On Mondays the deliveries come in before six. "


@pytest.fixture(scope="module")
def model():
    return gate.load()


@pytest.fixture
def copied(tmp_path):
    for name in ("gate.npz", "manifest.json"):
        shutil.copy(SHIPPED / name, tmp_path)
    return tmp_path


def test_an_objection_passes_whole(model):
    assert gate.passing(model, [DEAR], [()]) == [[(0, len(DEAR.text))]]


def test_thanks_do_not_pass(model):
    assert gate.passing(model, [IDLE], [()]) == [[]]


def test_a_name_that_the_rules_are_sure_of_opens_any_turn(model):
    assert gate.passing(model, [IDLE], [("catalogue",)]) == [[(0, len(IDLE.text))]]


def test_a_word_that_only_looks_like_a_name_does_not(model):
    assert gate.passing(model, [IDLE], [("loose",)]) == [[]]


def test_nothing_to_judge_is_nothing_open(model):
    assert gate.passing(model, [], []) == []


def test_what_passes_does_not_depend_on_the_other_turns(model):
    turns = [DEAR, IDLE, Turn("buyer", "verbatim", ""), Turn("unknown", "verbatim", "\ud800 价格太高了"),
             Turn("seller", "reported", "asked about SSO"), Turn("buyer", "verbatim", SHOPS * 5 + DEAR.text)]  # fmt: skip
    alone = [gate.passing(model, [turn], [()])[0] for turn in turns]
    shuffled = list(enumerate(turns)) * 4
    random.Random(2).shuffle(shuffled)
    together = gate.passing(model, [turn for _, turn in shuffled], [()] * len(shuffled))
    assert together == [alone[n] for n, _ in shuffled]


@pytest.mark.parametrize("text", ["", "short", SHOPS * 9, "word " * 400, "x" * 1000, "a.\n" * 300], ids=range(6))
def test_stretches_cover_a_text_without_a_gap(text):
    found = gate.stretches(text)
    assert "".join(text[start:end] for start, end in found) == text
    assert all(end - start <= 2 * gate.LONG for start, end in found)


def test_only_the_stretch_that_matters_of_a_long_turn_passes(model):
    text = "Okay, thank you, great. " * 60 + DEAR.text
    (found,) = gate.passing(model, [Turn("buyer", "verbatim", text)], [()])
    assert found
    assert found[-1][1] == len(text)
    assert len(found) < len(gate.stretches(text)) / 2


@pytest.mark.parametrize("name", ["gate.npz", "manifest.json"])
def test_a_missing_file_is_named(copied, name):
    (copied / name).unlink()
    with pytest.raises(DamagedModel, match=name):
        gate.load(copied)


def test_a_gate_for_other_sketches_is_refused(copied):
    manifest = json.loads((copied / "manifest.json").read_text("utf-8"))
    manifest["sketch"] = "other"
    (copied / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(DamagedModel, match=r"gate\.npz"):
        gate.load(copied)


def test_turns_that_pass_are_found_in_as_without_the_gate():
    turns = [DEAR, Turn("buyer", "verbatim", "Does it integrate with our accounting software?"),
             Turn("seller", "reported", "Good call. Worried about the migration effort. Asked whether we support SSO."),
             Turn("seller", "verbatim", "You said you are on Zendora today?")]  # fmt: skip
    us = Company(competitors=(Competitor("Zendora"),))
    assert list(find(build(us), turns)) == list(find(build(us, gate=False), turns))


def test_the_finders_version_names_the_gate():
    assert build().version != build(gate=False).version
