import numpy as np
import pytest

from insights import recognising

NAMES = {1: "Price: costs too much", 2: "Setup takes too long", 3: "Support answers late"}


def best(asked: str, votes: list[tuple[int, float]], centres: dict[int, float] | None = None) -> list[int]:
    themes, likeness = np.array([theme for theme, _ in votes]), np.array([value for _, value in votes])
    return [one.theme for one in recognising.best(asked, likeness, themes, centres or {}, NAMES)]


def test_the_nearest_quotes_decide_though_the_centre_of_another_theme_is_nearer():
    assert best("what will I pay", [(1, 0.8), (1, 0.75), (1, 0.7)], {1: 0.3, 2: 0.4})[0] == 1


def test_without_quotes_that_are_alike_the_centre_and_the_names_words_decide():
    assert best("the setup takes too long", [(1, 0.2), (3, float("nan"))], {2: 0.4, 1: 0.1}) == [2]


def test_one_quote_that_is_hardly_alike_decides_nothing():
    assert best("hello there", [(3, 0.36)]) == []


def test_themes_that_fit_far_less_than_the_best_are_left_out():
    assert best("what will I pay", [(1, 0.9)] * 6 + [(2, 0.4)]) == [1]


@pytest.mark.parametrize("theme", [0, 99])
def test_quotes_of_no_theme_or_of_one_that_is_not_asked_for_have_no_vote(theme):
    assert best("hello there", [(theme, 0.95)] * 5) == []


def test_where_there_are_no_themes_none_fits():
    assert recognising.best("price", np.array([0.9]), np.array([1]), {}, {}) == []


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("Your price is too high, and also how long does setup take?", ["Your price is too high", "how long does setup take?"]),
        ("It costs too much; the setup scares me", ["It costs too much", "the setup scares me"]),
        ("It costs too much, and also no", ["It costs too much, and also no"]),
        ("We like it", ["We like it"]),
        ("", []),
    ],
)  # fmt: skip
def test_a_sentence_is_parted_where_a_thing_of_its_own_begins(sentence, parts):
    assert recognising.clauses(sentence) == parts
