"""What the words around a rival say of it: being tried out is not being in use, and a measure is neither."""

import pytest

from insights.language import Turn, build, find
from insights.records import Company, Competitor


@pytest.fixture(scope="module")
def finder():
    return build(Company(competitors=(Competitor("Zorvian"),)), rules_alone=True)


@pytest.mark.parametrize(
    ("said", "relation"),
    [
        ("Next week we have a demonstration by Zorvian, which I mention for good order.", "evaluating"),
        ("They also trial Zorvian right now, three weeks in.", "evaluating"),
        ("She's also trying Zorvian, sandbox since May.", "evaluating"),
        ("We've got Zorvian in on a trial until the summer.", "evaluating"),
        ("He is to see a Zorvian demo on Monday.", "evaluating"),
        ("We are in touch with Zorvian too.", "evaluating"),
        ("Zorvian is also under consideration.", "evaluating"),
        ("They have two further quotes, one from Zorvian.", "evaluating"),
        ("He measures us against Zorvian, point by point.", "comparison"),
        ("Saw Zorvian at a trade fair in Lyon, got a pen.", "mention"),
        ("We have heard of Zorvian.", "mention"),
        ("A friend of mine uses Zorvian for hers.", "mention"),
        # what was right stays right
        ("We use Zorvian today.", "incumbent"),
        ("We've got Zorvian in all our shops.", "incumbent"),
        ("We tried Zorvian two years ago.", "past"),
        ("We're leaving Zorvian in March.", "switching_from"),
    ],
)
def test_the_words_around_a_rival_say_where_it_stands(finder, said, relation):
    (found,) = (one for one in next(find(finder, [Turn("buyer", "verbatim", said)])) if one.kind == "competitor")

    assert (found.name, found.label) == ("Zorvian", relation)
