"""How alike texts are: fingerprints that outlive versions, and a measure that what tools change does not change."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.once import likeness

TALK = (
    "How many depots have you got these days? Three. Wakefield is the big one, that's where the bottling is, then Carlisle,"
    " and a small returns place outside Telford that's mostly kegs and empties. And who does the counting? Night shift at"
    " Wakefield, one aisle a week. Carlisle shut the doors twice a year and do the lot in a weekend."
)
OTHER = (
    "So every style comes in nineteen sizes and three inseams, and the bins get mixed. Somebody pulls a thirty-four, puts"
    " back a thirty-six, and the system says I have forty and the bin says none. We do one wall-to-wall in October and by"
    " Thanksgiving it has drifted again, so I am the analyst and it is my fault."
)


def shared(a, b):
    return len(set(likeness.bands(a)) & set(likeness.bands(b)))


def misheard(text, rate, seed=1):
    rng = random.Random(seed)
    return " ".join("mumble" if rng.random() < rate else word for word in text.split())


def test_the_keys_of_a_text_stay_what_stores_have_kept():
    assert likeness.bands(TALK)[:2] == (-6376130951384540898, -3172801107070952639)


@pytest.mark.parametrize(
    "other",
    [
        TALK.upper(),
        TALK.replace(" ", "\n  "),
        TALK.replace("?", "").replace(",", " -"),
        TALK.replace("'", "’"),
        " um, ".join(TALK.split(" ")[:40]) + " Uh, " + " ".join(TALK.split(" ")[40:]),
    ],
)
def test_what_tools_change_does_not_change_the_keys(other):
    assert likeness.bands(other) == likeness.bands(TALK)


@pytest.mark.parametrize("text", ["", "left voicemail", "No answer, called twice, will try again next week then."])
def test_a_few_words_have_no_keys(text):
    assert likeness.bands(text) == ()


def test_a_talk_that_was_heard_with_errors_shares_keys():
    assert shared(TALK, misheard(TALK, 0.1)) > 0


def test_a_talk_that_was_cut_shares_keys():
    assert shared(TALK, TALK[: len(TALK) * 6 // 10]) > 0


def test_other_talks_share_no_keys():
    assert shared(TALK, OTHER) == 0


def test_keys_of_different_places_never_meet():
    keys = likeness.bands("again " * 40)
    assert len(set(keys)) == likeness.BANDS


def test_similarity_is_whole_for_the_same_words_and_low_for_other_talk():
    assert likeness.similarity(TALK, TALK.lower()) == 1
    assert likeness.similarity(TALK, misheard(TALK, 0.15)) > 0.75
    assert likeness.similarity(TALK, OTHER) < 0.35


def test_lines_that_changed_their_place_count_as_the_same():
    lines = TALK.split(". ")
    assert likeness.similarity(TALK, ". ".join(lines[::2] + lines[1::2])) > 0.85


def test_a_part_is_contained_in_the_whole():
    words = likeness.words(TALK)
    whole, part, other = map(likeness.pairs_of, (words, words[:20], likeness.words(OTHER)))
    assert likeness.containment_of(part, whole) == likeness.containment_of(whole, part) == 1
    assert likeness.containment_of(whole, other) < 0.1


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_compared_the_same_both_ways(a, b):
    likeness.bands(a)
    assert 0 <= likeness.similarity(a, b) <= 1
    assert likeness.similarity(a, b) == pytest.approx(likeness.similarity(b, a))


def test_a_lone_surrogate_does_not_stop_a_fingerprint():
    assert likeness.bands("\ud800 " + TALK)
