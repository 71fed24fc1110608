import pytest

from insights import rivalry
from insights.rivalry import Mention, after, courses, together, win_rates


def mention(
    relation: str, day: str, *, deal: str = "d1", conversation: str = "", place: int = 0, rival: str = "Acme"
) -> Mention:
    return Mention(
        f"{rival}{deal}{day}{relation}{place}", rival, relation, deal, f"account of {deal}", conversation or f"{deal}-{day}",
        day, place, "Demo", "buyer", "verbatim",
    )  # fmt: skip


def test_the_latest_telling_relation_is_the_state_of_a_deal():
    (course,) = courses([mention("evaluating", "2026-01-05"), mention("incumbent", "2026-03-01")])
    assert (course.first, course.last) == ("evaluating", "incumbent")


@pytest.mark.parametrize("plain", ["mention", "comparison"])
def test_a_plain_mention_takes_nothing_back(plain):
    (course,) = courses([mention("incumbent", "2026-01-05"), mention(plain, "2026-03-01")])
    assert course.last == "incumbent"


@pytest.mark.parametrize(
    ("state", "told", "becomes"),
    [("", "mention", "mention"), ("mention", "comparison", "comparison"), ("comparison", "mention", "comparison"),
     ("incumbent", "past", "past"), ("mention", "evaluating", "evaluating")],
)  # fmt: skip
def test_what_is_told_next_gives_the_state(state, told, becomes):
    assert after(state, told) == becomes


def test_two_states_in_one_conversation_are_a_conflict_and_the_more_telling_is_taken():
    (course,) = courses([mention("evaluating", "2026-01-05", place=1), mention("incumbent", "2026-01-05", place=4)])
    assert course.last == "incumbent"
    assert course.conflicts == (("2026-01-05", "incumbent", "evaluating"),)


def test_a_mention_beside_a_state_is_no_conflict():
    (course,) = courses([mention("mention", "2026-01-05", place=1), mention("past", "2026-01-05", place=4)])
    assert course.conflicts == ()


def test_a_deal_is_not_named_before_its_first_mention():
    (course,) = courses([mention("evaluating", "2026-02-05"), mention("incumbent", "2026-04-01")])
    assert [course.at(day) for day in ("2026-02-04", "2026-02-05", "2026-12-31")] == [
        "not named", "evaluating", "incumbent"
    ]  # fmt: skip


def test_each_deal_and_rival_has_a_course_of_its_own():
    found = courses(
        [
            mention("past", "2026-01-01"),
            mention("past", "2026-01-01", deal="d2"),
            mention("past", "2026-01-01", rival="B"),
        ]
    )
    assert [(c.rival, c.deal) for c in found] == [("Acme", "d1"), ("Acme", "d2"), ("B", "d1")]


def deals(won: int, lost: int, open: int = 0, *, name: str = "d") -> list:
    said = ["won"] * won + ["lost"] * lost + [""] * open
    return [(f"{name}{n}", f"{name} account {n}", one) for n, one in enumerate(said)]


def test_a_win_rate_is_of_closed_deals_with_wilsons_interval():
    from statsmodels.stats.proportion import proportion_confint

    (found,) = win_rates([deals(7, 24, 9)], deals(30, 30, name="w"), shared=[frozenset()])
    low, high = proportion_confint(7, 31, method="wilson")
    assert (found.won, found.lost, found.open, found.rate.denominator) == (7, 24, 9, 31)
    assert (found.rate.low, found.rate.high) == pytest.approx((low, high))


def test_the_difference_to_deals_without_a_rival_has_newcombes_interval():
    from statsmodels.stats.proportion import confint_proportions_2indep

    (found,) = win_rates([deals(7, 24)], deals(30, 30, name="w"), shared=[frozenset()])
    low, high = confint_proportions_2indep(7, 31, 30, 60, compare="diff", method="newcomb")
    assert found.against.difference == pytest.approx(7 / 31 - 0.5)
    assert (found.against.low, found.against.high) == pytest.approx((low, high), abs=1e-6)


def test_a_clear_difference_is_said():
    (found,) = win_rates([deals(4, 36)], deals(30, 30, name="w"), shared=[frozenset()])
    assert found.says == "lower"


def test_a_difference_that_only_deals_with_other_rivals_show_is_not_tied_to_one():
    named = deals(4, 36)
    (found,) = win_rates([named], deals(30, 30, name="w"), shared=[frozenset(deal for deal, _, _ in named[8:])])
    assert (found.alone.numerator, found.alone.denominator) == (4, 8)
    assert found.says == "shared"


def test_below_ten_closed_deals_nothing_is_said_but_how_many_are_missing():
    (found,) = win_rates([deals(0, 7, 40)], deals(30, 30, name="w"), shared=[frozenset()])
    assert (found.says, found.more) == ("too few", 3)


def test_nothing_is_said_where_too_few_deals_name_no_rival():
    (found,) = win_rates([deals(1, 29)], deals(2, 1, name="w"), shared=[frozenset()])
    assert (found.says, found.more) == ("too few", 7)


def test_no_deal_at_all_divides_nothing():
    (found,) = win_rates([[]], [], shared=[frozenset()])
    assert (found.says, found.rate.share, found.more) == ("too few", None, 10)


def test_several_rivals_are_tested_together():
    without = deals(60, 60, name="w")
    alone = win_rates([deals(8, 22)], without, shared=[frozenset()])[0]
    many = win_rates(
        [deals(8, 22), *[deals(15, 15, name=f"r{n}") for n in range(9)]], without, shared=[frozenset()] * 10
    )[0]
    assert alone.against.p == many.against.p
    assert many.against.q > alone.against.q


def test_one_loud_account_makes_no_low_win_rate():
    loud = [(f"d{n}", "one account", "lost") for n in range(30)]
    (found,) = win_rates([loud], deals(30, 30, name="w"), shared=[frozenset()])
    assert found.says == "level"


def test_an_objection_beside_a_rival_is_held_against_conversations_without_it():
    everything = [(f"c{n}", f"a{n}") for n in range(100)]
    naming = {"Acme": {f"c{n}" for n in range(40)}}
    saying = {
        "price": {f"c{n}" for n in range(24)} | {f"c{n}" for n in range(40, 46)},
        "budget": {f"c{n}" for n in range(0, 100, 5)},
    }
    price, budget = together(everything, naming, saying)
    assert (price.label, price.with_rival.numerator, price.without.numerator, price.without.denominator) == (
        "price",
        24,
        6,
        60,
    )
    assert price.lift == pytest.approx(6)
    assert price.clear and not budget.clear


def test_a_rival_named_in_few_conversations_is_held_against_nothing():
    everything = [(f"c{n}", f"a{n}") for n in range(100)]
    assert together(everything, {"Acme": {f"c{n}" for n in range(9)}}, {"price": {"c1"}}) == []


def test_what_was_never_heard_without_the_rival_has_no_lift():
    everything = [(f"c{n}", f"a{n}") for n in range(40)]
    (found,) = together(everything, {"Acme": {f"c{n}" for n in range(20)}}, {"price": {"c1"}})
    assert found.lift is None


def test_every_relation_has_a_place_in_the_order():
    from insights.records import RELATIONS

    assert sorted(rivalry.TELLING) == sorted(RELATIONS)
