"""Telling words: names and numbers in any spelling, and not what every sales conversation says."""

import pytest

from insights.once.gist import gist, stems


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("four hundred and twelve", "412"),
        ("thirty-one thousand pounds", "31k pounds"),
        ("on the twenty-first", "on the 21st"),
        ("nine thousand four hundred lines", "9,400 lines"),
        ("two hundred and twelve thousand", "212,000"),
    ],
)
def test_numbers_are_the_same_spoken_and_written(spoken, written):
    assert gist([spoken]) == gist([written])


def test_small_numbers_and_everyday_words_tell_nothing():
    assert gist(["We have three of them and they want a demo next week, thanks for the call."]) == frozenset()


def test_forms_of_a_word_are_one():
    assert gist(["counting depots"]) == gist(["counts depot"])


def test_the_names_of_who_took_part_can_be_taken_out():
    assert gist(["Wakefield with Moira Hartnell"]) - stems(["hartnell moira"]) == gist(["Wakefield"])


@pytest.mark.parametrize("text", ["²³ ①", "9" * 5000, "one " * 5000, "hundred thousand million", "٣٤"])
def test_odd_numbers_do_not_stop_it(text):
    gist([text])


@pytest.mark.parametrize(
    "text",
    [
        "Wir haben das noch nicht besprochen, aber ich werde mich nächste Woche wieder bei Ihnen melden.",
        "Nous avons parlé avec eux et ils sont très bien pour nous, mais pas encore.",
        "No lo tenemos todavía, pero vamos a ver cuando ellos pueden hacer eso.",
        "We hebben het nog niet, maar misschien kunnen jullie dat voor ons doen.",
    ],
)
def test_everyday_words_of_other_languages_tell_little(text):
    assert len(gist([text])) <= 2
