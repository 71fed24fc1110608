"""Hand-over gaps in what buyers say and reps note."""

import pytest

from insights.handover import gaps, search_words
from insights.material import Said


def sorts(text: str, role: str = "buyer", voice: str = "verbatim") -> list[str]:
    return [one.sort for one in gaps(Said(text, role, voice))]


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("I am not the right person for that.", "wrong person"),
        ("You'd have to speak to our purchasing department.", "wrong person"),
        ("No idea why I was contacted.", "wrong person"),
        ("You'll have to go through procurement.", "wrong person"),
        ("We don't have a warehouse.", "wrong fit"),
        ("I only downloaded it for my thesis.", "wrong fit"),
        ("I'm still waiting for the deck you promised.", "promised, not sent"),
        ("You said you'd send the report and I never got it.", "promised, not sent"),
        ("Nobody told us that there is a fee.", "information not received"),
        ("Your page says it is free, but the contract has a price.", "expectation set wrongly"),
    ],
)
def test_a_buyers_sentence_shows_a_gap(text, sort):
    assert sorts(text) == [sort]


@pytest.mark.parametrize(
    "text",
    [
        "If I'm not the right person, I'll forward it.",
        "I'm waiting for my boss.",
        "We received the deck, thanks.",
        "We have three warehouses.",
        "The wrong column is shown for August.",
        "We are a plumber's merchant with two branches.",
        "You need to go slower, I'm writing this down.",
        "We don't have any stock of that item left.",
        "Do I have the wrong person?",
        "It's not a great fit for our old scanners.",
        "",
        "?" * 5000,
    ],
)
def test_what_shows_none_is_left_alone(text):
    assert sorts(text) == []


def test_what_a_seller_says_is_no_gap():
    assert sorts("I am not the right person for that.", role="seller") == []


def test_a_note_of_the_rep_tells_for_the_buyer():
    assert sorts("Wrong contact, she left.", role="seller", voice="reported") == ["wrong person"]


def test_a_find_is_a_place_in_the_text():
    text = "Hello there.  We don't have a warehouse! Bye."
    (one,) = gaps(Said(text, "buyer", "verbatim"))
    assert text[one.start : one.end] == "We don't have a warehouse!"


def test_every_pattern_has_a_word_that_the_search_finds():
    words = search_words()
    assert len(words) == len(set(words)) and all(word == word.strip().casefold() for word in words)
