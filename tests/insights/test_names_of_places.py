"""A country names a theme only where most of its members say it: a theme on where data is kept holds several."""

import pytest

from insights import naming

KEPT = [
    "the data must stay in the UK", "our data has to stay in the EU", "data must stay in the US",
    "the data stays in the UK", "legal wants a data residency clause", "no data residency clause in the contract",
    "data must stay in Canada", "the data residency clause is missing",
]  # fmt: skip
OTHER = [f"it costs too much for a company of {n} people" for n in range(8)]


def name_of(texts: list[str]) -> str:
    return naming.names([texts, OTHER], [["data"], ["costs"]])[0]


def test_a_country_that_few_members_say_is_in_no_name():
    assert name_of(KEPT) == "Data residency clause"


@pytest.mark.parametrize("place", ["UK", "Germany"])
def test_a_country_that_most_members_say_may_be(place):
    texts = [f"the servers stand in {place}, number {n}" for n in range(8)]

    assert place in name_of(texts)
