"""Small signs in what speakers say, and what they add up to."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights import evidence, roles
from insights.records import Company, Conversation, Utterance
from tests.spending import at_most


def heard(text, company=Company(), **facts):  # noqa: B008
    said = (Utterance("A", "unknown", "verbatim", text),)
    return {sign.sign: sign for sign in evidence.read(Conversation("c", "call", "", "", said, **facts), company)["A"]}


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Hi, this is Ann from Hexwell.", "introduces a company"),
        ("I'm just following up on last week.", "says why they call"),
        ("We offer both, on paper and online.", "says what we offer"),
        ("Most of our customers start small.", "speaks of other customers"),
        ("Let me show you around the dashboard.", "offers a demo"),
        ("Shall I put that into writing?", "offers the next step"),
        ("What are you using for that today?", "asks what they use and need"),
        ("It's €40 per user, support is included.", "quotes a price"),
        ("We currently use a spreadsheet.", "tells what we use now"),
        ("I'd have to run it past my boss.", "must ask somebody"),
        ("How much is it?", "asks the price"),
        ("Do you support single sign-on?", "asks what it can do"),
        ("Your platform looked slow.", "speaks of your product"),
        ("That's too expensive.", "objects"),
        ("Who is this?", "asks who this is"),
    ],
)
def test_a_sign_is_seen_where_it_stands(text, sign):
    found = heard(text)[sign]
    (_, start, end) = found.places[0]
    assert found.times == 1
    assert text[start:end].strip()


@pytest.mark.parametrize("sign", evidence.signs(), ids=lambda sign: sign.name)
def test_every_sign_speaks_for_the_side_that_the_data_says(sign):
    assert sign.weight
    assert sign.most >= 1


def test_a_curly_apostrophe_is_an_apostrophe():
    assert "must ask somebody" in heard("I’d have to run it past my boss.")


def test_speaking_for_our_company_and_for_the_account_are_told_apart():
    us = Company(domains=("hexwell.example",))
    assert "introduces our company" in heard("Here at Hexwell we do it so.", us, account="Acme")
    assert "speaks for the account" in heard("Here at Acme we do it so.", us, account="Acme")
    assert "introduces our company" not in heard("Here at Hexwells we do it so.", us)


def test_saying_it_again_counts_less_each_time():
    gains = [evidence.amount(times + 1, 5) - evidence.amount(times, 5) for times in range(7)]
    assert gains == sorted(gains, reverse=True)
    assert gains[5:] == [0, 0]


def test_between_two_only_the_difference_counts():
    one, other = evidence.weigh({"A": 3.0, "B": 1.0}), evidence.weigh({"A": 1.0, "B": -1.0})
    assert one["A"] > 0.8 and other["A"] > 0.8
    assert abs(one["A"] - other["A"]) < 0.1


def test_one_who_is_certain_decides_for_the_other():
    assert evidence.weigh({"A": math.inf, "B": 0.0})["B"] < 0.05
    assert evidence.weigh({"A": -math.inf, "B": 0.0})["B"] > 0.95


def test_a_third_speaker_is_not_decided_by_one_who_is_certain():
    assert 0.3 < evidence.weigh({"A": math.inf, "B": 0.0, "C": 0.0})["B"] < 0.5


@given(st.dictionaries(st.text(), st.floats(-1e3, 1e3) | st.sampled_from([math.inf, -math.inf]), max_size=8))
def test_chances_stay_chances(log_odds):
    assert all(-1e-9 <= chance <= 1 + 1e-9 for chance in evidence.weigh(log_odds).values())


@given(st.lists(st.tuples(st.sampled_from(["A", "B", "", "Rep", "Ann Lee"]), st.text(max_size=60)), max_size=12))
def test_whatever_is_said_every_speaker_is_judged(turns):
    said = tuple(Utterance(speaker, "unknown", "verbatim", text) for speaker, text in turns)
    judged = roles.judge(Conversation("c", "call", "", "", said), Company(people=("Ann Lee",)))
    assert [judgement.speaker for judgement in judged] == list(dict.fromkeys(speaker for speaker, _ in turns))
    assert all(0 <= judgement.confidence <= 1 for judgement in judged)
    assert all(0 <= s <= e <= len(said[i].text) for judgement in judged for i, s, e in judgement.samples)


@pytest.mark.parametrize("piece", ["we are a ", "what you ", "how many ", "i ", "1", "$1,", "can i ", "this is a "])
def test_no_text_takes_long(piece):
    with at_most(seconds=0.5):
        heard(piece * 10_000)
