"""A name that was the last resort is told from one that says what the texts say."""

import pytest

from insights import naming
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
    "name",
    [
        "Theme 2",
        "Support",
        "Support: who helps us?",
        "Price: offline scanners",
        "Pricing 3",
        "Support: other",
        "Support, several things",
    ],
)
def test_a_number_a_label_alone_and_words_of_few_do_not(name):
    assert not tells(name, TEXTS)


def test_what_few_of_those_of_a_label_say_is_called_an_example():
    said = [
        "What is your notice period?", "He wanted to know the notice period", "Can we stop after the pilot?",
        "For how many months are we bound?", "Could it be cancelled any month?", "Is a year the least?", "Does it renew by itself?",
        "Would the price be fixed in writing?", "What happens when we merge with another firm?",
    ]  # fmt: skip
    others = ["The price is too high", "Far too dear"] * 3

    def named(texts):
        labels = [["contract"] * len(texts), ["price"] * len(others)]
        return naming.names([texts, others], [["notice", "period"], ["price"]], labels)[0]

    assert named(said) == "Contract, e.g. notice period"
    assert named([*said[:2], "Asked about the notice period", *said[2:]]) == "Contract: notice period"
    assert naming.tells("Contract, e.g. notice period", said[:4])


MIXED = (
    "Worried that the older receptionists won't use it", "Her team is stretched, they have no time for a new system before Christmas",
    "Moving 6,000 patients over is what scares him", "The budget for this year is gone", "The partners decide in October, she can't",
    "She needs to see it pay back within a year",
)  # fmt: skip


def test_what_one_member_alone_says_does_not_name_a_mixed_theme():
    labels = ["implementation", "implementation", "implementation", "budget", "authority", "roi"]
    assert naming.names([MIXED], [[]], [labels]) == ["Implementation and others"]


def test_what_few_say_does_not_name_a_theme_because_many_deny_something():
    said = [
        "There was no pen test of the interface", "No pen test, so no connection", "It has no API to plug into",
        "There's nothing for orders from a system of 1999", "The ERP can't take your files", "Nothing comes out of the dock terminal",
        "Our shop never talks to other tools", "The EDI won't carry that", "Double postings would not be noticed",
        "A file every night is not enough for us", "Couldn't see how the webshop learns of it", "It speaks to printers alone",
    ]  # fmt: skip
    others = ["The price is too high", "Far too dear"] * 3
    labels = [["integration"] * len(said), ["price"] * len(others)]
    assert naming.names([said, others], [["test"], ["price"]], labels)[0] == "Integration with our systems"


def test_a_sentence_that_few_say_does_not_name_a_theme_of_several_labels():
    said = ["Doubts the older dentists will chart on a screen"] * 2 + [
        "Claims for the insurers are missing", "Dear once the text messages are added", "It is of no use to an orthodontist",
        "A friend's changeover went wrong", "The partners decide in October", "Nobody has an hour before summer",
    ]  # fmt: skip
    labels = ["product_gap"] * 4 + ["price", "trust", "authority", "timing"]
    assert naming.names([said], [["chart"]], [labels]) == ["Missing feature and others"]


def test_a_bare_noun_that_half_do_without_yields_to_the_labels_plain_name():
    said = [
        "Is there a hospital that has published anything?", "Have you got a test report?", "Is there a study on it?",
        "Any reference from a hospital of our size?", "Who else runs it today?", "Can we see independent results?",
        "Which hospital can we ring?", "Where is the validation?", "Do you have proof of that?",
    ]  # fmt: skip
    (name,) = naming.names([said], [["hospital", "study"]], [["proof"] * len(said)])
    assert name == "Proof: results and references"
    often = [f"{one} In a hospital?" for one in said[:5]] + said[5:]
    assert "hospital" in naming.names([often], [["hospital"]], [["proof"] * len(said)])[0].lower()
