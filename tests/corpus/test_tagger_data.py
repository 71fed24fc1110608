import random
from collections import Counter

import pytest

from corpus.marked import marks_of
from corpus.tagger_data import PARTS, Example, bare, examples, group_of, joined, part, parts, renamed, varied

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


def test_a_note_is_learnt_from_as_it_is_read_sentence_by_sentence():
    item = example("Good call. [[objection:price|Too dear]]. [[question:security|Asked about SOC 2]].", role="note")
    first, second, third = parts(item)
    assert (first.turn.text, first.marks) == ("Good call.", ())
    assert quoted(second) == [("objection", "Too dear")]
    assert quoted(third) == [("question", "Asked about SOC 2")]
    assert [text for _, text in third.turn.context] == ["Good call.", "Too dear."]


def test_a_mark_over_two_sentences_of_a_note_stays_in_both():
    item = example("[[objection:price|Too dear. By far]]. Nice man.", role="note")
    assert [quoted(one) for one in parts(item)] == [[("objection", "Too dear.")], [("objection", "By far")], []]


def test_an_industry_is_held_out_whole_and_conversations_of_no_industry_each_for_themselves():
    assert group_of({"id": "a#1", "industry": "toys"}) == group_of({"id": "b#2", "industry": "toys"})
    assert group_of({"id": "a#1", "industry": "various"}) == group_of({"id": "a#2", "industry": "various"})
    assert group_of({"id": "a#1", "industry": "various"}) != group_of({"id": "b#1", "industry": "various"})


def test_each_of_many_industries_is_held_out_once():
    held = Counter(part(f"industry {n}") for n in range(600))
    assert set(held) == set(range(PARTS))
    assert min(held.values()) > 150
