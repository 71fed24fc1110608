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
        ("…", "", "", False),
    ],
)
def test_a_sentence_is_told_by_what_stands_beside_it(text, before, after, whole):
    assert quotable.is_sentence(text, before, after) is whole


def test_a_whole_sentence_comes_before_a_surer_piece_and_after_nobody_elses_words():
    own, whole, words, sure = ([True, True, False], [False, True, True], [9, 9, 9], [0.9, 0.5, 0.99])

    worth = quotable.worth(
        own=np.array(own), whole=np.array(whole), words=np.array(words), confidence=np.array(sure)
    )  # fmt: skip

    assert worth.argsort()[::-1].tolist() == [1, 0, 2]
