"""What the tagger said is kept with what it read: it is asked again only where that has changed."""

from dataclasses import replace

import pytest

from insights.language import Tagged, Turn, build, doubts, find, read
from insights.language.finder import LIMIT, pipeline
from insights.records import Company, Competitor

TURNS = [
    Turn("buyer", "verbatim", "Honestly, it is way too expensive for a team like ours."),
    Turn("seller", "verbatim", "Many of our customers came from Tallyhouse."),
    Turn("buyer", "verbatim", "We looked at tallyhouse before, and it was rather slow.", (("seller", "Whom else?"),)),
    Turn("buyer", "reported", "Budget is frozen until spring. They asked if it runs offline. Tallyhouse is cheaper."),
    Turn("buyer", "verbatim", "Does it work with our scanners?", (("seller", "What would you like to know?"),)),
    Turn("buyer", "verbatim", "The harbour was lovely on Sunday."),
]
RIVAL = Company(competitors=(Competitor("Tallyhouse"),))


class Counting:
    """A session that notes how many windows it was given."""

    def __init__(self, session):
        self.session, self.windows = session, 0

    def run(self, names, fed):
        self.windows += len(fed["tokens"])
        return self.session.run(names, fed)


@pytest.fixture(scope="module")
def finder():
    return build(threads=1)


@pytest.fixture
def asked(finder):
    """A finder that counts what its tagger reads."""
    return replace(finder, tagger=replace(finder.tagger, session=Counting(finder.tagger.session)))


def said(finder, turns: list[Turn]) -> list[Tagged | None]:
    return [told for _, told in read(finder, ((turn, None) for turn in turns))]


def test_what_was_said_is_taken_as_said_and_nothing_is_asked(finder, asked):
    known = said(finder, TURNS)
    again = list(read(asked, zip(TURNS, known, strict=True)))
    assert [insights for insights, _ in again] == list(find(finder, TURNS))
    assert [told for _, told in again] == [None] * len(TURNS)
    assert asked.tagger.session.windows == 0


def test_a_new_rival_is_found_everywhere_and_only_what_it_opens_is_asked(finder, asked):
    known = said(finder, TURNS)
    with_rival = replace(asked, nlp=pipeline(RIVAL, rules_alone=False))
    again = list(read(with_rival, zip(TURNS, known, strict=True)))
    fresh = list(find(with_rival, TURNS))
    assert [insights for insights, _ in again] == fresh
    assert sum(one.name == "Tallyhouse" for insights in fresh for one in insights) == 3
    assert not any(told for n, (_, told) in enumerate(again) if "allyhouse" not in TURNS[n].text)


@pytest.mark.parametrize(
    "other",
    [
        lambda turn: replace(turn, text=f"{turn.text} Really."),
        lambda turn: replace(turn, context=(("seller", "Is it cheap enough?"),)),
        lambda turn: replace(turn, role="unknown"),
        lambda turn: replace(turn, voice="reported"),
    ],
)
def test_other_words_or_circumstances_are_asked_anew(finder, asked, other):
    (known,) = said(finder, TURNS[:1])
    turn = other(TURNS[0])
    ((insights, told),) = read(asked, [(turn, known)])
    assert told is not None and told.key != known.key
    assert asked.tagger.session.windows
    assert [insights] == list(find(finder, [turn]))


def test_other_weights_are_asked_anew(finder, asked):
    (known,) = said(finder, TURNS[:1])
    other = replace(asked, tagger=replace(asked.tagger, version="other"))
    ((_, told),) = read(other, [(TURNS[0], known)])
    assert told is not None and told.spans == known.spans


def test_a_chosen_confidence_asks_nothing_again(finder, asked):
    known = said(finder, TURNS)
    strict = replace(asked, tagger=replace(asked.tagger, thresholds=dict.fromkeys(asked.tagger.thresholds, 1.0)))
    found = [one.kind for insights, _ in read(strict, zip(TURNS, known, strict=True)) for one in insights]
    assert asked.tagger.session.windows == 0
    assert "objection" not in found and "question" not in found


def test_a_text_that_is_read_in_pieces_is_not_kept(finder):
    turn = Turn("buyer", "verbatim", "It is too expensive for us. " * (LIMIT // 20))
    (told,) = said(finder, [turn])
    assert told is None


def test_doubts_come_from_what_was_said_where_that_was_all(finder, asked):
    known = said(finder, TURNS)
    session = asked.tagger.session
    anew = doubts(asked, [(turn, None) for turn in TURNS])
    all_windows, session.windows = session.windows, 0
    assert doubts(asked, list(zip(TURNS, known, strict=True))) == anew
    assert session.windows <= all_windows - 2
    assert max(anew) > 0.9
