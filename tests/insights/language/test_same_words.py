"""A note that says one thing again and again costs what one saying of it costs, and every place is found."""

from dataclasses import replace

import pytest

from insights.language import Turn, build, find
from insights.records import Company

DEAR = "It is too expensive for us.\n"


class Counted:
    """A session that counts the texts it is given."""

    def __init__(self, session):
        self.session, self.texts = session, 0

    def run(self, outputs, inputs):
        self.texts += len(inputs["tokens"])
        return self.session.run(outputs, inputs)


@pytest.fixture(scope="module")
def finder():
    built = build(Company())
    return replace(built, tagger=replace(built.tagger, session=Counted(built.tagger.session)))


def starts(finder, text):
    (found,) = find(finder, [Turn("buyer", "reported", text)])
    return [insight.start for insight in found]


def test_every_place_of_a_sentence_that_is_said_again_is_found(finder):
    assert starts(finder, DEAR * 6) == [len(DEAR) * n for n in range(6)]


def test_a_note_of_one_sign_is_not_read_sign_by_sign(finder):
    before = finder.tagger.session.texts
    assert starts(finder, "? " * 3000) == []
    assert finder.tagger.session.texts - before < 30
