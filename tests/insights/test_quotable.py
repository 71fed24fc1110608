"""Which quotes are good to quote."""

import numpy as np
import pytest

from insights import quotable


@pytest.mark.parametrize(
    ("text", "before", "after", "whole"),
    [
        ("It is too dear for us", "", ".", True),
        ("It is too dear for us.", "k. ", " Bu", True),
        ("it is too dear for us", "", ".", False),
        ("It is too dear", "ly ", " fo", False),
        ("It is too dear", ". ", " fo", False),
        ("Anna thinks it is too dear", "so ", ".", False),
        ("“It is too dear for us.”", "", "", True),
        ("It is too dear", "y.\n", "\nTh", True),
        ("It would have to wait, the shop is", "ly.\n", "\nfu", False),
        ("…", "", "", False),
        ("It is too dear, but…", "", "", False),
        ("It is too dear, but", "", "... so", False),
    ],
)
def test_a_sentence_is_told_by_what_stands_beside_it(text, before, after, whole):
    assert quotable.is_sentence(text, before, after) is whole


@pytest.mark.parametrize(
    ("text", "hanging"),
    [
        ("That adds a hop.", True),
        ("And they have to approve any supplier first", True),
        ("Does that cover the boat in Sweden as well?", True),
        ("We always ask his office before we sign", True),
        ("It is hard to explain a second invoice to our board", False),
        ("Our landlord decides who cleans the bins", False),
        ("We have no money left for that this year", True),
        ("We cannot sign before this quarter ends", False),
    ],
)
def test_what_points_at_something_said_before_hangs_in_the_air(text, hanging):
    assert quotable.hangs(text) is hanging


def test_what_is_understood_alone_comes_before_what_hangs_however_surely_found():
    worth = quotable.worth(
        own=np.array([True, True]), whole=np.array([True, True]), words=np.array([9, 9]), hangs=np.array([True, False]),
        confidence=np.array([0.99, 0.7]),
    )  # fmt: skip

    assert worth[1] > worth[0]


def test_a_whole_sentence_comes_before_a_surer_piece_and_after_nobody_elses_words():
    own, whole, words, sure = ([True, True, False], [False, True, True], [9, 9, 9], [0.9, 0.7, 0.99])

    worth = quotable.worth(
        own=np.array(own), whole=np.array(whole), words=np.array(words), hangs=np.array([True, True, False]), confidence=np.array(sure)
    )  # fmt: skip

    assert worth.argsort()[::-1].tolist() == [1, 0, 2]


def test_what_is_loose_in_its_theme_comes_after_all_that_belongs_there_whoever_said_it():
    worth = quotable.worth(
        own=np.array([True, True, False]), whole=np.array([True, False, True]), words=np.array([10, 40, 10]),
        hangs=np.array([False, True, False]), confidence=np.array([0.9, 0.7, 0.9]), loose=np.array([True, False, False]),
    )  # fmt: skip
    assert worth.argsort()[::-1].tolist() == [1, 2, 0]


def test_what_is_doubtful_comes_after_what_is_sure_whoever_said_it_unless_a_person_confirmed_it():
    both = np.array([True, True, True])
    worth = quotable.worth(
        own=np.array([True, False, True]), whole=both, words=np.array([10, 10, 10]), hangs=~both,
        confidence=np.array([0.59, 0.6, 0.3]), confirmed=np.array([False, False, True]),
    )  # fmt: skip
    assert worth.argsort()[::-1].tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    ("confidence", "fit", "loose"),
    [(0.9, 0.29, True), (0.9, 0.3, False), (0.4, 0.45, True), (0.4, 0.6, False), (0.1, 1.0, False), (0.1, -1.0, False)],
)
def test_a_quote_is_loose_that_hardly_fits_or_is_hardly_sure_and_fits_little(confidence, fit, loose):
    assert bool(quotable.is_loose(confidence, fit)) is loose
