import json
import random
import shutil
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from insights.errors import DamagedModel
from insights.language import tagger as tagging
from insights.language.turns import Turn

SHIPPED = Path(str(files("insights.language"))) / "tagger_model"
PITCH = (("seller", "For a team of your size it comes to nine hundred a month."),)
DEAR = "Honestly, that's way too expensive for us."
TURNS = [
    Turn("buyer", "verbatim", DEAR, PITCH),
    Turn("buyer", "verbatim", "Does it integrate with our accounting software?"),
    Turn("seller", "reported", "Good call. Worried about the migration effort. Asked whether we support SSO."),
    Turn("buyer", "verbatim", "We walked the dog by the river and it rained all afternoon."),
    Turn("seller", "verbatim", "Thanks for taking the time today, have a lovely weekend."),
    Turn("buyer", "verbatim", ""),
    Turn("unknown", "verbatim", "价格太高了 \ud800 ☎"),
]


SHOPS = [
    "We have twelve shops and each of them opens at nine.",
    "My brother runs the one by the harbour.",
    "On Mondays the deliveries come in before six.",
    "We painted the back office green last spring.",
    "The baker next door brings rolls on Fridays.",
    "Our oldest branch is in a former cinema.",
]


@pytest.fixture(scope="module")
def tagger():
    return tagging.load(threads=1)


@pytest.fixture
def copied(tmp_path):
    for name in (*tagging.FILES, "manifest.json"):
        shutil.copy(SHIPPED / name, tmp_path)
    return tmp_path


def marked(tagger, turn: Turn) -> list[tuple[str, str]]:
    """What is found in one turn, as (kind, quoted text)."""
    return [(span.kind, turn.text[span.start : span.end]) for span in tagging.tag(tagger, [turn])[0]]


def test_a_complaint_about_the_price_is_a_price_objection(tagger):
    (span,) = tagging.tag(tagger, TURNS[:1])[0]
    assert (span.kind, span.label) == ("objection", "price")
    assert "way too expensive for us" in DEAR[span.start : span.end]


def test_a_buyers_question_is_quoted_whole(tagger):
    assert marked(tagger, TURNS[1]) == [("question", "Does it integrate with our accounting software?")]


def test_a_note_reports_the_buyers_objections_and_questions(tagger):
    found = marked(tagger, TURNS[2])
    assert [kind for kind, _ in found] == ["objection", "question"]
    assert "migration" in found[0][1]
    assert "SSO" in found[1][1]


def test_marks_without_a_word_are_no_quote(tagger):
    assert tagging.candidates(tagger, [Turn("buyer", "verbatim", "? ? ?"), Turn("buyer", "verbatim", "?!")]) == [(), ()]


def test_two_objections_of_a_mail_in_paragraphs_are_two_quotes(tagger):
    mail = "If it does not integrate with SAP, it is a non starter for us.\n\nFitting all the units would be a huge disruption for our depots."
    (spans,) = tagging.tag(tagger, [Turn("buyer", "verbatim", mail)])
    assert [mail[span.start : span.end] for span in spans] == [part.rstrip(".") for part in mail.split("\n\n")]


def test_small_talk_carries_nothing(tagger):
    assert marked(tagger, TURNS[3]) == []


def test_a_sellers_own_words_carry_no_objection_and_no_question(tagger):
    said = Turn("seller", "verbatim", DEAR, PITCH)
    asked = Turn("seller", "verbatim", "Does it integrate with our accounting software?")
    assert not {kind for turn in (said, asked) for kind, _ in marked(tagger, turn)} & {"objection", "question"}


def test_a_rival_that_the_buyer_uses_is_found_whoever_is_named(tagger):
    for name in ("Zendora", "Brixolve", "Talquin"):
        turn = Turn(
            "buyer", "verbatim", f"We're on {name} today and it's fine.", (("seller", "What do you use today?"),)
        )
        assert ("competitor", name) in marked(tagger, turn)


def test_quotes_neither_begin_with_a_conjunction_nor_end_in_white_space(tagger):
    turn = Turn("buyer", "verbatim", "yeah and we really don't have the budget for that this year and", PITCH)
    quotes = [quote for kind, quote in marked(tagger, turn) if kind == "objection"]
    assert quotes
    assert all(not quote.startswith(("and ", "but ")) and quote == quote.strip() for quote in quotes)


def test_what_is_found_does_not_depend_on_the_other_turns(tagger):
    alone = [tagging.candidates(tagger, [turn])[0] for turn in TURNS]
    shuffled = list(enumerate(TURNS * 3))
    random.Random(1).shuffle(shuffled)
    together = tagging.candidates(tagger, [turn for _, turn in shuffled])
    assert all(alone[n % len(TURNS)] == found for (n, _), found in zip(shuffled, together, strict=True))


def test_several_threads_find_the_same_as_one(tagger):
    turns = [*TURNS, *(replace(turn, text=f"{turn.text} {more}") for turn in TURNS for more in SHOPS)]
    assert tagging.candidates(replace(tagger, threads=3), turns) == tagging.candidates(tagger, turns)


def test_the_end_of_a_long_turn_is_read_too(tagger):
    text = " ".join(SHOPS * 10) + " " + DEAR
    (span,) = [span for span in tagging.tag(tagger, [Turn("buyer", "verbatim", text)])[0] if span.label == "price"]
    assert span.start >= len(text) - len(DEAR)
    assert "too expensive" in text[span.start : span.end]


def test_what_a_text_repeats_is_read_once_and_found_everywhere(tagger):
    read: list[int] = []

    class Counting:
        def run(self, names, fed):
            read.append(len(fed["tokens"]))
            return tagger.session.run(names, fed)

    counting = replace(tagger, session=Counting())
    assert tagging.candidates(counting, [Turn("buyer", "verbatim", "(1) " * 5_000)] * 2)
    assert sum(read) < 20  # of more than a hundred windows
    text = " ".join([DEAR, SHOPS[4]] * 100)
    found = tagging.candidates(tagger, [Turn("buyer", "verbatim", text)])[0]
    priced = [text[span.start : span.end] for span in found if span.label == "price"]
    assert sum("too expensive" in quote for quote in priced) > 90


def test_a_changed_model_file_is_refused(copied):
    content = bytearray((copied / "tagger.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (copied / "tagger.onnx").write_bytes(content)
    with pytest.raises(DamagedModel, match=r"tagger\.onnx"):
        tagging.load(copied)


def test_a_missing_model_file_is_named(copied):
    (copied / "tokenizer.json").unlink()
    with pytest.raises(DamagedModel, match=r"tokenizer\.json"):
        tagging.load(copied)


def test_a_manifest_without_thresholds_is_refused(copied):
    manifest = json.loads((copied / "manifest.json").read_text("utf-8"))
    del manifest["thresholds"]["question"]
    (copied / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(DamagedModel, match=r"manifest\.json"):
        tagging.load(copied)
