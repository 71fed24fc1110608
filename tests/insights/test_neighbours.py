"""Themes near to one: what comes along by chance is not told."""

import pytest

from insights.neighbours import Met, beside, likeness


def test_what_comes_along_beyond_chance_is_told_the_surest_first():
    met = [Met(1, 4, 4, 5), Met(2, 2, 2, 20), Met(3, 10, 9, 12)]
    found = beside(met, mine=20, total=200)
    assert [one.met.theme for one in found] == [3, 1] and found[0].expected == pytest.approx(1.2)


@pytest.mark.parametrize("met", [Met(1, 2, 2, 2), Met(1, 9, 2, 9)])
def test_two_conversations_or_two_accounts_are_too_few(met):
    assert beside([met], mine=10, total=1000) == ()


def test_one_of_many_that_are_tested_may_be_chance():
    alone = Met(1, 4, 4, 20)
    assert beside([alone], mine=20, total=200) == () or len(beside([alone, *(Met(n, 1, 1, 20) for n in range(2, 40))], mine=20, total=200)) == 0  # fmt: skip
    almost = Met(1, 6, 6, 20)
    assert beside([almost], mine=20, total=200)
    assert beside([almost, *(Met(n, 1, 1, 20) for n in range(2, 60))], mine=20, total=200) == ()


@pytest.mark.parametrize(
    ("cosine", "words"), [(0.95, "nearly the same"), (0.6, "much alike"), (0.5, "somewhat alike"), (0.2, "")]
)
def test_likeness_is_said_in_words(cosine, words):
    assert likeness(cosine) == words


def test_nothing_is_near_in_an_empty_company():
    assert beside([], mine=0, total=0) == ()
