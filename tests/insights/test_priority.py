"""The plan's score: a product of parts that are all shown, and that it rises with."""

import pytest

from insights.priority import Lost, priority
from insights.sampling import Rate, Sample, rate

HEARD = rate(Sample({f"a{n}": 1 for n in range(31)}, {f"a{n}": 1 for n in range(240)}))


@pytest.mark.parametrize("low", [0.00041, 0.02957, 0.12345])
def test_what_is_shown_of_the_parts_multiplies_to_the_score(low):
    found = priority(Rate(9, 240, low, 0.2), "rising", lost=Lost(9, 14, 1.834), state="partly")
    product = 1.0
    for part in found.parts:
        product *= float(part.shown)
    assert found.score == pytest.approx(product)
    assert (
        found.parts[0].words
        == f"heard in 9 of 240: at least {found.parts[0].shown}\N{NO-BREAK SPACE}% of conversations"
    )


def test_the_product_is_written_with_all_its_digits():
    found = priority(Rate(9, 240, 0.033, 0.2), "rising", lost=None, state="not covered")
    assert [part.shown for part in found.parts] == ["3.3", "1.5", "1"]
    assert found.product == "4.95" and f"{found.score:.1f}" == "5.0"
    assert priority(Rate(0, 0, None, None), "too few", lost=None, state="unknown").product == "0"


def test_it_says_in_words_what_it_rests_on():
    found = priority(HEARD, "rising", lost=Lost(9, 14, 1.8), state="not covered")
    assert found.words == "heard in 31 of 240, rising, in 9 of 14 lost deals, no page found that answers it"


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (("steady", None, "covered"), ("rising", None, "covered")),
        (("falling", None, "covered"), ("steady", None, "covered")),
        (("steady", Lost(2, 9, 0.4), "covered"), ("steady", Lost(8, 9, 1.4), "covered")),
        (("steady", None, "covered"), ("steady", None, "partly")),
        (("steady", None, "partly"), ("steady", None, "not covered")),
    ],
)  # fmt: skip
def test_it_rises_with_each_part(less, more):
    scores = [priority(HEARD, verdict, lost=lost, state=state).score for verdict, lost, state in (less, more)]
    assert scores[0] < scores[1]


def test_three_of_four_do_not_lead_forty_of_two_hundred():
    thin = rate(Sample({"a": 1, "b": 1, "c": 1}, {f"a{n}": 1 for n in range(196)} | dict.fromkeys("abcd", 1)))
    thick = rate(Sample({f"a{n}": 1 for n in range(40)}, {f"a{n}": 1 for n in range(200)}))
    assert (
        priority(thin, "steady", lost=None, state="not covered").score
        < priority(thick, "steady", lost=None, state="covered").score * 5
    )
    assert thin.low < thick.low / 5


def test_no_more_lost_deals_than_chance_change_nothing():
    without = priority(HEARD, "steady", lost=None, state="partly")
    assert priority(HEARD, "steady", lost=Lost(5, 9, 0.7), state="partly").score == without.score
    assert priority(HEARD, "steady", lost=Lost(5, 9, None), state="partly").score == without.score


def test_many_lost_deals_never_count_more_than_twice():
    assert priority(HEARD, "steady", lost=Lost(14, 14, 9.0), state="partly").parts[2].factor == 2.0


def test_where_nothing_was_counted_the_score_is_nought():
    assert priority(Rate(0, 0, None, None), "too few", lost=None, state="unknown").score == 0


def test_outcomes_that_nobody_knows_are_left_out():
    assert "Lost deals" not in [part.name for part in priority(HEARD, "steady", lost=None, state="partly").parts]
