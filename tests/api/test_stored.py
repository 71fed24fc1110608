"""Documents as JSON: the same comes back, other versions' too, and no customer's word is in it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.exports.document import Chart, Column, Document, Quoted, Section, Series, Table
from api.exports.stored import filled, from_json, to_json

TEXT = st.text(max_size=12)
NUMBER = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**9), 10**9)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
COLUMNS = st.lists(
    st.builds(Column, TEXT, st.sampled_from(["text", "share", "points", "count", "ratio", "day"]), st.booleans()), max_size=3
)  # fmt: skip


@st.composite
def tables(draw):
    columns = tuple(draw(COLUMNS))
    row = st.tuples(*[NUMBER | TEXT for _ in columns])
    return Table(draw(st.text(min_size=1, max_size=5)), draw(TEXT), columns, tuple(draw(st.lists(row, max_size=3))))


SERIES = st.builds(Series, TEXT, *[st.lists(NUMBER, max_size=3).map(tuple)] * 3)
CHARTS = st.builds(
    Chart, TEXT, st.sampled_from(["line", "bar"]), TEXTS, st.lists(SERIES, max_size=2).map(tuple),
    st.sampled_from(["share", "count", "ratio", "points"]), st.booleans(),
)  # fmt: skip
QUOTES = st.lists(st.builds(Quoted, TEXT, st.just(""), st.just(""), st.just("")), max_size=2).map(tuple)
SECTIONS = st.builds(Section, TEXT, TEXTS, st.none() | tables(), st.none() | CHARTS, QUOTES, TEXTS)
DOCUMENTS = st.builds(
    Document, TEXT, st.text(min_size=1, max_size=9), TEXT, st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
    st.lists(SECTIONS, max_size=3).map(tuple), TEXTS, TEXTS, TEXT,
)  # fmt: skip
PRICE = Quoted("q1", "It is too dear for us", "CFO, Acme", "/conversations/c1")
SHORT = Document("Objections", "objections", "2026-03-03", (), (Section("Price", quotes=(PRICE,)),))


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_a_document_comes_back_as_it_was(document):
    assert from_json(to_json(document)) == document


def test_no_word_of_a_quote_is_kept():
    kept = to_json(SHORT)
    assert "too dear" not in kept and "Acme" not in kept and '"q1"' in kept


def test_what_a_later_version_added_is_passed_over_and_what_it_left_out_has_its_default():
    told = json.loads(to_json(SHORT))
    told["format"], told["weather"] = 9, "fine"
    told["document"] |= {"mood": 1}
    told["document"]["sections"][0] |= {
        "colour": "red",
        "table": {"columns": [{"name": "A", "kind": "stars"}], "rows": [[[1]]]},
    }
    del told["document"]["notes"], told["document"]["about"], told["document"]["sections"][0]["sentences"]
    found = from_json(json.dumps(told))
    assert found.sections[0].table == Table("table", "", (Column("A"),), ((None,),))
    assert (found.title, found.notes, found.sections[0].quotes[0].id) == ("Objections", (), "q1")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"document": 3}', '{"document": {"sections": [4]}}', "nonsense"])
def test_what_is_no_document_is_told(text):
    with pytest.raises(ValueError):
        from_json(text)


def test_a_quote_that_is_gone_is_said_to_be_gone():
    section = SHORT.sections[0]
    both = replace(SHORT, sections=(replace(section, quotes=(PRICE, Quoted("q2", "", "", ""))),))
    shown = filled(from_json(to_json(both)), {"q1": PRICE}.get)
    assert shown.sections[0].quotes == (PRICE,)
    assert shown.sections[0].notes[0].startswith("One quote of this report cannot be shown any more")
