"""A name that was the last resort is told from one that says what the texts say."""

import pytest

from insights.naming import tells

TEXTS = [
    "Your support took three days to answer us.",
    "We waited a week for support to answer.",
    "Support never answers on weekends.",
    "The answer of your support came late.",
]


@pytest.mark.parametrize("name", ["Support takes days to answer", "Support: late answers", "Slow support"])
def test_words_that_many_texts_say_name_them(name):
    assert tells(name, TEXTS)


@pytest.mark.parametrize(
    "name", ["Theme 2", "Support", "Support: who helps us?", "Price: offline scanners", "Pricing 3"]
)
def test_a_number_a_label_alone_and_words_of_few_do_not(name):
    assert not tells(name, TEXTS)
