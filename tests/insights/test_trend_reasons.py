"""Where the interval of a change leaves out zero and nothing is called a change yet, the reason says why in plain words."""

from insights.sampling import sample
from insights.trends import MANY, STRICT, trends


def window(carrying: int, of: int) -> list:
    return sample((f"c{n}", f"account {n}", n < carrying) for n in range(of))


def test_a_change_that_is_sure_only_by_itself_says_that_many_were_tested():
    moved, still = (window(3, 159), window(14, 171)), (window(40, 159), window(44, 171))

    first, *_ = trends([moved, *[still] * 12])

    assert (first.verdict, first.reason, first.leaning) == ("too few", MANY, True)
    assert first.needed is None  # more conversations are not what is missing


def test_a_change_that_the_exact_test_doubts_says_so():
    (found,) = trends([(window(1, 40), window(7, 40))])

    assert found.change.low > 0
    assert (found.verdict, found.reason, found.leaning) == ("too few", STRICT, True)


def test_what_could_not_be_seen_says_how_much_it_would_take():
    (found,) = trends([(window(8, 40), window(10, 45))])

    assert (
        found.reason
        == f"a change of 10 points would show from {found.needed} conversations a period; before there are {found.previous.denominator}, now {found.current.denominator}"
    )
    assert not found.leaning
