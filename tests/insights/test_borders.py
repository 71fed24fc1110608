"""Where a quote begins and ends, moved by words and by sentences."""

import pytest

from insights import borders

SAID = "We like it. Honestly, that is more than we can spend this year. Maybe next spring?\nWe will see."
START, END = SAID.index("more than"), SAID.index(" this year")


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("start-word-more", "is more than we can spend"),
        ("start-word-less", "than we can spend"),
        ("end-word-more", "more than we can spend this"),
        ("end-word-less", "more than we can"),
        ("start-sentence-more", "Honestly, that is more than we can spend"),
        ("end-sentence-more", "more than we can spend this year."),
        ("whole", "Honestly, that is more than we can spend this year."),
        ("start-sentence-less", "more than we can spend"),
    ],
)
def test_a_step_moves_one_border(step, expected):
    start, end = borders.moved(SAID, START, END, step)

    assert SAID[start:end] == expected


def test_a_sentence_more_at_the_end_takes_in_the_next_one():
    start, end = borders.moved(SAID, *borders.whole(SAID, START, END), "end-sentence-more")

    assert SAID[start:end].endswith("Maybe next spring?")


@pytest.mark.parametrize("text", ["", " ", "one", "one two", "…", "a.b.c", "x" * 20_000, "Ja! " * 3000])
def test_no_text_is_too_odd(text):
    for start, end in borders.sentences(text):
        assert text[start:end] == text[start:end].strip() != ""
    if text.strip():
        for step in borders.STEPS:
            start, end = borders.moved(text, 0, len(text), step)
            assert 0 <= start < end <= len(text)


def test_a_whole_sentence_is_not_cut_and_part_of_one_is():
    assert borders.is_cut(SAID, START, END)
    assert not borders.is_cut(SAID, *borders.whole(SAID, START, END))


def test_a_border_within_a_word_is_none():
    assert not borders.is_between_words("dislike", 3)
    assert borders.is_between_words("dis-like", 4)


def test_a_mails_line_break_within_a_sentence_is_no_end():
    said = "Hi,\nThe storm took half of it\nand the rest went on the roof.\nThanks"

    start, end = borders.whole(said, said.index("took"), said.index("half"))

    assert said[start:end] == "The storm took half of it\nand the rest went on the roof."


def test_what_stands_of_its_sentence_around_a_quote_is_told_and_a_full_stop_is_nothing():
    text = "Fine so far. As I said, it is too dear, and we are small. Bye."
    start = text.index("it is")

    assert borders.cut(text, start, start + len("it is too dear")) == (True, True)
    assert borders.cut(text, text.index("As I"), text.index(" Bye") - 1) == (False, False)


@pytest.mark.parametrize(
    "before", ["", "It is dear. ", "One.\nThe mail goes\non with it, ", "Is it? (“No.”) We have 3.5 of ", "Well… "]
)
def test_a_sentence_begins_where_the_one_before_it_ends(before):
    text = f"{before}it stands"
    (begin,) = [a for a, b in borders.sentences(text) if b == len(text)]
    assert borders.sentence_start(before) == begin
