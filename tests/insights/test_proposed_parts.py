"""A name that is a part of a listed one, or sounds like a part, is first of all perhaps that one."""

import pytest

from insights.proposals import Mention, propose
from insights.records import Competitor

LISTED = [Competitor("Stockarra", ("Stokarra",)), Competitor("Zellvane"), Competitor("Nimbrel")]


def likely(name: str) -> tuple[str, ...]:
    (one,) = propose([Mention("1", name, "c1", "Arlo", "2026-03-01", "evaluating")], LISTED)
    return one.likely


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Arra", "Stockarra"), ("Arrah", "Stockarra"), ("Zellv", "Zellvane"), ("Nimbrel people", "Nimbrel"),
        ("Nimbro", "Nimbrel"), ("Stockarra's Cloud", "Stockarra"),
    ],
)  # fmt: skip
def test_a_part_of_a_listed_name_may_be_that_name(name, meant):
    assert likely(name)[:1] == (meant,)


@pytest.mark.parametrize("name", ["Bolderaas", "Grennock", "Plan", "Petter", "Straight Line", "Van"])
def test_a_name_of_its_own_stays_one(name):
    assert likely(name) == ()


def test_an_everyday_word_is_no_part_of_a_name():
    from insights.proposals import _is_part

    assert not _is_part("Stock", "stock", "stockarra")


def test_the_accounts_are_those_that_are_known_though_a_conversation_without_one_speaks_for_itself():
    said = [("c1", "Arlo"), ("c2", "Ferro"), ("c3", "")]
    (one,) = propose([Mention(at, "Tallyo", at, account, "2026-03-01", "evaluating") for at, account in said], LISTED)
    assert (one.accounts, one.conversations) == (2, 3)
    alone = [Mention(at, "tallyo", at, "", "", "mention", 0.1) for at in ("c1", "c2")]
    (two,) = propose(alone, LISTED)
    assert (two.accounts, two.doubtful) == (0, False)
