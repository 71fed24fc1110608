"""What a mutation test found held by nothing: the ends of the scale, what a reason says, and what the mix says."""

from dataclasses import replace

import pytest

from insights import sampling, trends
from insights.hypergeometric import fisher
from insights.intervals import wilson
from insights.trends import Change, Trend, Within
from tests.insights.windows import of, spread


def test_an_interval_of_a_change_stays_on_the_scale():
    up, down = trends.change(spread(0, 10), spread(10, 10)), trends.change(spread(10, 10), spread(0, 10))

    assert (up.high, down.low) == (1.0, -1.0)


def test_a_change_is_the_same_the_other_way_round():
    few, many = of(**{f"a{n}": (2 if n < 2 else 0, 4) for n in range(6)}), spread(30, 60)

    there, back = trends.change(few, many), trends.change(many, few)

    assert (there.low, there.high, there.p) == pytest.approx((-back.high, -back.low, back.p))


def test_what_everybody_says_in_both_windows_has_not_changed():
    assert trends.change(spread(10, 10), spread(12, 12)).p == 1.0


@pytest.mark.parametrize(("cases", "tested"), [(5, False), (6, True)])
def test_a_change_is_tested_from_six_cases_on(cases, tested):
    assert (trends.change(spread(0, 50), spread(cases, 50)).p is not None) is tested


@pytest.mark.parametrize(("before", "after"), [((0, 0), (3, 20)), ((3, 20), (0, 0))])
def test_an_empty_window_is_no_change_and_says_so(before, after):
    (found,) = trends.trends([(spread(*before), spread(*after))])

    assert (found.verdict, found.reason) == ("too few", "one of the two periods has no conversations")
    assert (found.change.difference, found.change.low, found.change.high, found.change.p) == (None, None, None, None)


def test_a_trend_has_both_rates_and_how_many_accounts_carry_it_now():
    now = of(**{f"b{n}": (1, 2) for n in range(4)}, quiet=(0, 3))

    (found,) = trends.trends([(spread(2, 30), now)])

    assert (found.previous.numerator, found.previous.denominator) == (2, 30)
    assert (found.current.numerator, found.current.denominator, found.accounts) == (4, 11, 4)


@pytest.mark.parametrize(
    ("accounts", "reason"), [(1, "one account alone"), (2, "two accounts alone"), (3, trends.STRICT)]
)
def test_three_accounts_are_enough_to_be_judged(accounts, reason):
    loud = of(**{f"l{n}": (4, 4) for n in range(accounts)}, **{f"q{n}": (0, 1) for n in range(30)})

    (found,) = trends.trends([(spread(0, 30), loud)])

    assert (found.verdict, found.reason) == ("too few", reason)


def test_what_nobody_says_is_too_few_and_not_two_accounts():
    (found,) = trends.trends([(spread(0, 30), spread(0, 30))])

    assert (found.verdict, found.reason) == ("too few", "fewer than 6 conversations carry it: 0 before, 0 now")


def test_one_case_before_is_enough_not_to_be_new():
    (found,) = trends.trends([(spread(1, 150), spread(25, 150))])

    assert (found.verdict, found.reason) == ("rising", "")


def test_new_and_gone_say_when_it_was_not_heard():
    new, gone = trends.trends([(spread(0, 150), spread(20, 150)), (spread(20, 150), spread(0, 150))])

    assert (new.reason, gone.reason) == ("not heard before this period", "not heard in this period")


def test_a_fall_needs_no_reason_and_what_is_steady_says_what_is_ruled_out():
    falling, steady = trends.trends([(spread(40, 150), spread(10, 150)), (spread(100, 1000), spread(104, 1000))])

    assert (falling.verdict, falling.reason) == ("falling", "")
    assert (steady.verdict, steady.reason) == ("steady", "a change of 10 points or more is ruled out")


def test_from_ten_cases_expected_in_each_window_on_the_score_test_alone_answers():
    alone, with_fisher = (trends.change(spread(8, 50), spread(now, 50)).p for now in (12, 11))

    assert alone == pytest.approx(0.322, abs=0.001)  # z is 1, against Student’s t of 49
    assert with_fisher == pytest.approx(fisher(8, 50, 11, 50)) and with_fisher > alone


def test_a_fall_of_ten_points_that_is_not_ruled_out_is_not_steady():
    (found,) = trends.trends([(spread(20, 90), spread(14, 90))])

    assert found.change.low < -trends.SMALLEST_CHANGE_THAT_MATTERS < found.change.high < -found.change.low
    assert found.verdict == "too few"


def test_how_many_are_needed_grows_with_how_much_accounts_are_alike():
    alike = of(**{f"a{n}": (5 if n < 3 else 0, 5) for n in range(10)})

    (found,) = trends.trends([(alike, alike)])

    effect = sampling.design_effect(alike)
    assert effect > 3
    assert found.needed == pytest.approx(trends.conversations_needed(0.3) * effect, abs=1)


def test_near_the_top_of_the_scale_the_change_to_see_is_one_downwards():
    assert trends.conversations_needed(0.95) == trends.conversations_needed(0.85)


def within(difference: float, p: float) -> Within:
    return Within(difference, difference - 0.1, difference + 0.1, p, 0.0, 2)


RISE = (spread(10, 150), spread(40, 150))


def test_a_rise_that_holds_within_like_conversations_is_one():
    (found,) = trends.trends([RISE], within=[within(0.18, 0.004)])

    assert (found.verdict, found.reason, found.change.p) == ("rising", "", 0.004)


def test_a_rise_that_is_a_fall_within_like_conversations_is_none():
    (found,) = trends.trends([RISE], within=[within(-0.1, 0.01)])

    assert (found.verdict, found.change.p) == ("too few", 1.0)
    assert found.reason == "less within like conversations, which their changed mix hides"


def test_a_rise_within_that_the_plain_numbers_hide_is_said_to_be_more():
    (found,) = trends.trends([(spread(31, 150), spread(30, 150))], within=[within(0.2, 0.001)])

    assert found.reason == "more within like conversations, which their changed mix hides"


def test_a_fall_that_the_plain_numbers_show_but_do_not_make_sure_is_not_said_to_be_hidden():
    (found,) = trends.trends([(spread(40, 150), spread(30, 150))], within=[within(-0.1, 0.001)])

    assert (found.verdict, found.reason) == ("too few", "less within like conversations; over all that is not sure")


def test_a_share_that_is_exactly_as_before_may_hide_a_rise_within_too():
    (found,) = trends.trends([(spread(30, 150), spread(30, 150))], within=[within(0.2, 0.001)])

    assert (found.verdict, found.change.p) == ("steady", 1.0)
    assert found.reason == "more within like conversations, which their changed mix hides"


def test_a_rise_that_is_unsure_within_is_said_to_be_the_mix_and_what_is_unsure_in_both_is_not():
    unsure = (spread(8, 40), spread(10, 45))

    mixed, neither = trends.trends([RISE, unsure], within=[within(0.05, 0.4), within(0.05, 0.4)])

    assert mixed.reason == "the mix of conversations changed, the theme within it did not for sure"
    assert neither.reason.startswith("a change of 10 points would show from")


def test_a_pair_without_its_mix_is_a_mistake():
    with pytest.raises(ValueError, match="zip"):
        trends.trends([RISE, RISE], within=[None])


@pytest.mark.parametrize(
    ("q", "verdict", "reason"), [(0.05, "rising", ""), (0.2, "too few", trends.MANY), (None, "too few", trends.MANY)]
)
def test_a_change_stays_one_only_where_it_is_sure_enough_among_all_that_is_tested(q, verdict, reason):
    (rising,) = trends.trends([RISE])

    found = trends.rejudged(rising, q)

    assert (rising.verdict, found.verdict, found.reason) == ("rising", verdict, reason)


def test_what_is_too_few_keeps_its_own_reason_among_all_that_is_tested():
    (loud,) = trends.trends([(spread(0, 30), of(loud=(9, 9), **{f"q{n}": (0, 1) for n in range(30)}))])

    assert trends.rejudged(loud, 0.9).reason == loud.reason == "one account alone"


def test_nothing_becomes_a_change_by_what_others_are_tested_with_it():
    unsure, *_ = trends.trends([(spread(3, 159), spread(14, 171)), *[(spread(40, 159), spread(44, 171))] * 12])

    found = trends.rejudged(unsure, 0.01)

    assert (found.verdict, found.change.q) == ("too few", unsure.change.q)


def test_a_theme_that_one_account_alone_still_carries_was_not_its_alone():
    (found,) = trends.trends([(spread(6, 30), of(loud=(4, 4), **{f"q{n}": (0, 1) for n in range(30)}))])

    assert found.reason.startswith("a change of 10 points would show from")


@pytest.mark.parametrize(
    ("low", "high", "out"),
    [
        (-0.2, -0.05, True),
        (0.05, 0.2, True),
        (0.0, 0.2, False),
        (-0.2, 0.0, False),
        (-0.1, 0.1, False),
        (None, None, False),
    ],
)
def test_an_interval_that_ends_at_zero_does_not_leave_it_out(low, high, out):
    assert Change(0.0, low, high, None, None).leaves_out_zero is out


def among_many(change: Change, held: Within | None = None) -> Trend:
    """The trend of a theme tested together with nine of which nothing can be said."""
    pairs = [(spread(20, 150), spread(40, 150))] * 10
    return trends.trends(pairs, changes=[change, *[Change(0.0, -0.2, 0.2, 0.9, None)] * 9], within=[held, *[None] * 9])[
        0
    ]


def test_what_is_sure_only_by_itself_says_so_though_its_interval_has_zero():
    found = among_many(Change(0.13, -0.01, 0.3, 0.04, None))

    assert (found.verdict, found.reason, found.leaning) == ("too few", trends.MANY, False)


def test_what_is_sure_only_by_itself_within_like_conversations_too_is_not_put_down_to_their_mix():
    found = among_many(Change(0.13, 0.01, 0.3, 0.04, None), within(0.12, 0.03))

    assert (found.verdict, found.reason, found.leaning) == ("too few", trends.MANY, True)


def test_what_has_a_verdict_does_not_lean():
    (found,) = trends.trends([RISE])

    assert found.change.leaves_out_zero and not found.leaning


@pytest.mark.parametrize("missing", [0, 1])
@pytest.mark.parametrize("where", ["before", "now"])
def test_both_windows_need_as_many_conversations_as_would_show_a_change(missing, where):
    enough = trends.conversations_needed(0.5)
    sizes = [enough - missing, enough] if where == "before" else [enough, enough - missing]
    # Half of both together, so that the number needed is the same.
    half = sum(sizes) // 2
    pair = (spread(half // 2, sizes[0]), spread(half - half // 2, sizes[1]))

    (found,) = trends.trends([pair], changes=[Change(0.0, -0.2, 0.2, 0.9, None)])

    assert found.reason.startswith("a change of 10 points" if missing else "neither a change nor its absence")


def test_the_window_whose_accounts_are_more_alike_decides_how_many_are_needed():
    alike, single = of(**{f"a{n}": (5 if n < 3 else 0, 5) for n in range(10)}), spread(15, 50)

    one, other = trends.trends([(alike, single), (single, alike)])

    assert one.needed == other.needed > 2 * trends.conversations_needed(0.3)


def test_a_smaller_p_value_is_never_adjusted_to_more_than_a_larger_one():
    assert trends.adjusted([0.02, 0.021, 0.04]) == pytest.approx([0.0315, 0.0315, 0.04])


def test_the_largest_q_value_that_is_sure_enough_is_and_what_is_steady_stays_so():
    rising, steady = trends.trends([RISE, (spread(100, 1000), spread(104, 1000))])

    assert trends.rejudged(rising, trends.FALSE_DISCOVERY_RATE).verdict == "rising"
    assert trends.rejudged(steady, 0.9).verdict == "steady"


def test_the_very_top_of_the_scale_can_be_seen_from_below():
    assert trends.conversations_needed(0.9) < trends.conversations_needed(0.8)


def test_a_trend_judged_again_has_the_stricter_q_value_and_keeps_the_rest_of_its_change():
    (rising,) = trends.trends([RISE])

    again = trends.rejudged(rising, 0.06)

    assert again.change.q == 0.06 and replace(again.change, q=rising.change.q) == rising.change
    assert trends.rejudged(rising, 0.0).change.q == rising.change.q


def test_each_window_of_a_change_is_as_wide_as_its_own_accounts_allow():
    """Newcombe's method 10, each share with Wilson's limits at its own number of standard errors."""
    few = of(**{f"a{n}": (2 if n < 2 else 0, 4) for n in range(6)})
    many = of(**{f"b{n}": (1 if n < 30 else 0, 1) for n in range(60)})

    found = trends.change(few, many)

    (low1, high1), (low2, high2) = (
        wilson(p, n / sampling.design_effect(window), sampling.quantile(window))
        for p, n, window in ((4 / 24, 24, few), (0.5, 60, many))
    )
    d = 0.5 - 4 / 24
    assert sampling.quantile(few) > sampling.quantile(many) == pytest.approx(1.96, abs=0.001)
    assert found.low == pytest.approx(d - ((0.5 - low2) ** 2 + (high1 - 4 / 24) ** 2) ** 0.5)
    assert found.high == pytest.approx(d + ((high2 - 0.5) ** 2 + (4 / 24 - low1) ** 2) ** 0.5)


def test_what_is_neither_certain_nor_ruled_out_where_there_is_enough_is_too_few_without_a_number():
    """The numbers would show a change of ten points; this one may be it or not."""
    n = trends.conversations_needed(0.33)
    (found,) = trends.trends([(spread(round(0.3 * n), n), spread(round(0.345 * n), n))])

    assert (found.verdict, found.needed) == ("too few", None) and found.reason.startswith("neither a change nor")
