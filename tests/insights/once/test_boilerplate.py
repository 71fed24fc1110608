"""What comes back word for word is nobody's objection, and what many buyers say is."""

import pytest

from insights.once.boilerplate import headings, is_boilerplate, passages

FOOTER = (
    "This message may contain confidential information and is intended only for the person to whom it is addressed."
)


def hashes(text, **options):
    return {passage.hash for passage in passages(text, **options)}


def test_a_passage_stands_where_it_says():
    text = f"Thanks.\n\n  {FOOTER}\nBob"
    (passage,) = passages(text)
    assert text[passage.start : passage.end] == FOOTER


def test_white_space_case_and_punctuation_do_not_count():
    assert hashes(FOOTER) == hashes(FOOTER.upper().replace(" ", "  ").rstrip("."))


def test_the_names_of_who_took_part_and_a_greeting_do_not_count():
    text = "{}, I wanted to share how firms like {} cut their counts from days to hours."
    one = hashes(text.format("Hi Bob", "Acme"), names=("Bob Ray", "Acme"))
    assert one == hashes(text.format("Dear Eve", "Lund Oy"), names=("Eve Holm", "Lund Oy"))
    assert len(one) == 1


def test_other_names_count_because_a_rival_may_be_one():
    text = "They have been running the whole of the central warehouse on {} since spring."
    assert hashes(text.format("Stockarra")) != hashes(text.format("Nimbrel"))


def test_numbers_count_in_a_sentence_but_not_in_a_long_footer():
    said = "They told us that the limit for this is {} and not one cent more."
    footer = "Registered in England under number {}, and you can always reach the whole of our friendly support team on this line."
    assert hashes(said.format("20,000")) != hashes(said.format("30,000"))
    assert hashes(footer.format("4411")) == hashes(footer.format("9876"))


@pytest.mark.parametrize(
    "line", ["Objections: none", "- Next steps:", "Competitors: n/a", "Budget: TBD", "Einwände: keine"]
)
def test_a_forms_line_without_an_answer_is_a_passage(line):
    assert [passage.form for passage in passages(line)] == [True]


@pytest.mark.parametrize("line", ["Objections: price", "Too expensive.", "We don't have the budget this year."])
def test_an_answer_and_a_short_sentence_are_no_passages(line):
    assert passages(line) == []


def test_a_buyers_common_sentence_is_never_boilerplate_however_many_say_it():
    text = "We don't have the budget for anything like this in the current year, sorry."
    (passage,) = passages(text)
    assert not is_boilerplate(900, 700, 1000, "buyer", words=passage.words)


def test_a_buyers_footer_is_boilerplate_from_one_account_alone():
    assert is_boilerplate(4, 1, 1000, "buyer", words=40)


@pytest.mark.parametrize(
    ("conversations", "accounts", "total", "side", "words", "verdict"),
    [
        (6, 5, 300, "seller", 14, True),
        (6, 2, 300, "seller", 14, False),  # one account's matter
        (3, 3, 300, "seller", 14, False),
        (40, 30, 1_000_000, "seller", 14, False),  # chance repeats much in a million
        (40, 30, 1_000_000, "seller", 30, True),
        (6, 5, 300, "note", 14, False),  # may be what buyers said
        (6, 5, 300, "note", 15, True),
    ],
)
def test_a_template_comes_back_in_several_conversations_of_several_accounts(
    conversations, accounts, total, side, words, verdict
):
    assert is_boilerplate(conversations, accounts, total, side, words=words) is verdict


def test_an_empty_form_line_is_a_reps_not_a_buyers():
    assert is_boilerplate(3, 1, 1000, "note", words=2, form=True)
    assert not is_boilerplate(500, 300, 1000, "buyer", words=2, form=True)


@pytest.mark.parametrize(
    "bad", ["A: " + "-" * 20000 + "x", "'" * 50000, ". A" * 20000, " " * 50000 + "x:", "a: " * 20000]
)
def test_odd_text_takes_no_time(bad):
    passages(bad)


def test_the_lines_of_a_form_are_counted():
    assert headings("Attendees: Bob\nObjections:\nHe said: fine, let us see\nNothing else.") == 3
