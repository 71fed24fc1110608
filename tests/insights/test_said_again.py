"""The same words said again have one form; what says something else has another."""

import pytest

from insights.folding import said_again


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It's too expensive.", "it is TOO expensive"),
        ("Well, um, the price is high", "Price is high!"),
        ("We can't do it", "We cannot do it"),
        ("we we like it", "We like it"),
        ("Can you tell me more?", "Can you please tell me a little bit more"),
        ("That is way too much", "That is too much"),
        ("It’s fine", "It's fine"),
        ("Über den Preis", "über den  preis."),
        ("…", "..."),
    ],
)
def test_the_same_words_said_again_have_one_form(one, other):
    assert said_again(one) == said_again(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We can pay", "We can't pay"),
        ("It is not just the price", "It is not the price"),
        ("There is little interest", "There is interest"),
        ("A is dearer than B", "B is dearer than A"),
        ("It costs 15", "It costs 50"),
        ("No way", "No"),
        ("We won't renew", "We will renew"),
    ],
)
def test_what_says_something_else_has_another(one, other):
    assert said_again(one) != said_again(other)


@pytest.mark.parametrize("text", ["", " ", "the", "um", "\x00", "🙂", "שלום"])
def test_every_text_has_a_form(text):
    assert isinstance(said_again(text), str)
    assert said_again(text) or not text.strip()
