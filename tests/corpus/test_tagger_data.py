import random

import pytest

from corpus.marked import marks_of
from corpus.tagger_data import Example, bare, examples, is_held_out, joined, renamed, varied

LINE = (
    "Okay, well. [[objection:competitor|We're with [[competitor:incumbent|Zendora]], and it's 3.5 % cheaper]]. "
    "[[question:pricing|What does it cost?]]"
)


def example(line: str, *, role: str = "customer", industry: str = "toys", context: list | None = None) -> Example:
    text, marks = marks_of(line)
    row = {"id": "a#1", "role": role, "text": text, "marks": marks, "context": context or [], "industry": industry}
    return examples([row])[0]


def quoted(item: Example) -> list[tuple[str, str]]:
    return [(mark.kind, item.turn.text[mark.start : mark.end]) for mark in item.marks]


def test_speech_without_punctuation_keeps_its_marks_on_their_words():
    assert sorted(quoted(bare(example(LINE), random.Random(0)))) in (
        [
            ("competitor", "zendora"),
            ("objection", f"{we} with zendora and {it} 3.5 % cheaper"),
            ("question", "what does it cost"),
        ]
        for we, it in (("we're", "it's"), ("were", "its"))
    )


def test_another_name_stands_wherever_the_rival_was_named():
    item = example(LINE, context=[{"role": "rep", "text": "So Zendora it is?"}])
    other = renamed(item, random.Random(3))
    names = dict(quoted(other))
    assert names["competitor"] != "Zendora"
    assert names["competitor"] in names["objection"]
    assert other.turn.context[0][1] == f"So {names['competitor']} it is?"
    assert names["question"] == "What does it cost?"


def test_a_common_word_for_doing_it_by_hand_keeps_its_name():
    item = example("we keep it in [[competitor:incumbent|spreadsheets]]")
    assert renamed(item, random.Random(0)) == item


def test_joined_turns_keep_both_their_marks():
    first, second = example("[[objection:price|too dear]]"), example("[[question:fit|is it for us?]]")
    assert quoted(joined(first, second)) == [("objection", "too dear"), ("question", "is it for us?")]


@pytest.mark.parametrize("seed", range(20))
def test_every_variation_leaves_marks_inside_the_text(seed):
    items = [example(LINE), example("ok"), example(LINE, role="note"), example("[[objection:need|no need]]")] * 3
    for item in varied(items, random.Random(seed)):
        assert all(0 <= mark.start < mark.end <= len(item.turn.text) for mark in item.marks)


def test_an_industry_is_held_out_whole_and_whatever_else_there_is():
    held = {
        name: is_held_out(example("ok", industry=name)) for name in ("toys", "shoes", "cars", "tea", "farms", "bikes")
    }
    again = {name: is_held_out(example(LINE, role="rep", industry=name)) for name in held}
    assert held == again


def test_about_a_sixth_of_many_industries_is_held_out():
    held = sum(is_held_out(example("ok", industry=f"industry {n}")) for n in range(600))
    assert 70 <= held <= 130
