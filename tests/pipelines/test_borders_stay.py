"""Borders that a person set stay with the quote when the finder moves its own edge."""

import pytest

from insights.records import Insight
from pipelines.ingest import ingest
from pipelines.quotes import borders
from pipelines.store import borders as store
from pipelines.store import conversations, insights

SAID = "Honestly, it is more than we can spend this year, and the price went up again."


@pytest.fixture
def talk(db, tmp_path, now):
    (tmp_path / "notes.csv").write_text(f'Date,Account,Notes\n2025-03-03,Arlo,"{SAID}"\n')
    ingest(db, [tmp_path / "notes.csv"], title="Notes", now=now)
    (one,) = conversations.ids(db)
    return one


def found(db, talk: str, *quotes: str, kind: str = "objection") -> list[str]:
    (utterance,) = conversations.utterances(db, talk)
    spans = [(utterance.text.index(quote), quote) for quote in quotes]
    rows = [(utterance.id, utterance.text, Insight(kind, at, at + len(q), q, "price", 0.9)) for at, q in spans]
    with db.atomic():
        insights.replace(db, talk, rows)
    return [quote.id for quote in insights.of_conversation(db, talk)]


def test_a_moved_edge_keeps_the_borders_and_their_history(db, talk):
    (was,) = found(db, talk, "it is more than we can spend this year")
    first = borders.put(db, was, 0, len(SAID), now="2026-03-20", actor="Ann")
    borders.take_back(db, was, first, now="2026-03-21", actor="Ann")
    borders.put_whole(db, was, now="2026-03-22", actor="Ben")

    (now,) = found(db, talk, "it is more than we can spend this")

    assert now != was
    assert insights.get(db, now).text == SAID
    assert [one.actor for one in store.history(db, now)] == ["Ben", "Ann"]
    assert store.history(db, was) == []


@pytest.mark.parametrize(
    ("quotes", "kind"),
    [
        (["it is more", "we can spend"], "objection"),
        (["the price went up"], "objection"),
        (["it is more than we can spend"], "question"),
    ],
    ids=["two in its place", "elsewhere", "another kind"],
)
def test_where_it_is_not_sure_which_quote_is_meant_borders_wait(db, talk, quotes, kind):
    quote = "it is more than we can spend this year"
    (was,) = found(db, talk, quote)
    borders.put(db, was, 0, len(SAID), now="2026-03-20", actor="Ann")

    assert not store.of(db, found(db, talk, *quotes, kind=kind))
    assert found(db, talk, quote) == [was]
    assert insights.get(db, was).text == SAID


def test_what_a_person_added_keeps_its_borders_when_the_finder_has_it_too(db, talk):
    (utterance,) = conversations.utterances(db, talk)
    start, end = SAID.index("it is"), SAID.index(" this year")
    own = Insight("objection", start, end, SAID[start:end], "price", 0.9)
    insights.add(db, talk, utterance.id, utterance.text, own, said="x")
    (was,) = (quote.id for quote in insights.of_conversation(db, talk))
    borders.put(db, was, 0, len(SAID), now="2026-03-20", actor="Ann")

    (now,) = found(db, talk, "more than we can spend")

    assert insights.get(db, now).text == SAID
