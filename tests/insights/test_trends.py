"""Changes and verdicts, against statsmodels and against what a sales lead would object to."""

import random

import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from insights import sampling, trends
from insights.sampling import Sample
from tests.insights.windows import spread


@pytest.mark.parametrize(("before", "after"), [((10, 100), (30, 120)), ((0, 80), (5, 90)), ((50, 60), (40, 60))])
def test_a_changes_interval_is_newcombes(before, after):
    change = trends.change(spread(*before), spread(*after))

    expected = confint_proportions_2indep(after[0], after[1], before[0], before[1], method="newcomb")
    assert (change.low, change.high) == pytest.approx(expected, abs=1e-9)


def test_adjusted_p_values_are_benjamini_and_hochbergs():
    values = [0.001, 0.03, 0.02, 0.8, 0.04]

    assert trends.adjusted(values) == pytest.approx(multipletests(values, method="fdr_bh")[1])


def test_a_theme_that_was_not_tested_does_not_cost_the_others():
    assert trends.adjusted([None, 0.02]) == [None, 0.02]


def test_a_real_rise_over_many_accounts_is_rising():
    (trend,) = trends.trends([(spread(10, 150), spread(40, 150))])

    assert trend.verdict == "rising"
    assert trend.change.low > 0


def test_the_same_numbers_the_other_way_round_are_falling():
    (trend,) = trends.trends([(spread(40, 150), spread(10, 150))])

    assert trend.verdict == "falling"


def test_a_theme_never_heard_before_is_new_and_one_no_longer_heard_is_gone():
    new, gone = trends.trends([(spread(0, 150), spread(20, 150)), (spread(20, 150), spread(0, 150))])

    assert (new.verdict, gone.verdict) == ("new", "gone")


def test_a_theme_heard_long_ago_is_not_new():
    (trend,) = trends.trends([(spread(0, 150), spread(20, 150))], ever_before=[True])

    assert trend.verdict == "rising"


def test_one_loud_account_is_no_trend():
    quiet = [(f"c{i}", f"account {i}", False) for i in range(140)]
    loud = [(f"loud {i}", "Loud Ltd", True) for i in range(15)]
    (trend,) = trends.trends([(spread(0, 150), sampling.sample(quiet + loud))])

    assert trend.verdict == "too few"
    assert trend.reason == "one account alone"
    assert trend.current.high > 15 / 155 * 2


def test_too_few_says_how_many_conversations_would_be_needed():
    (trend,) = trends.trends([(spread(2, 30), spread(4, 30))])

    assert trend.verdict == "too few"
    assert trend.needed == trends.conversations_needed(6 / 60)


def test_many_conversations_without_a_change_are_steady():
    (trend,) = trends.trends([(spread(100, 1000), spread(104, 1000))])

    assert trend.verdict == "steady"


def test_nothing_happening_is_seldom_called_a_change():
    rng = random.Random(1)
    called = 0
    for _ in range(200):
        pairs = []
        for _ in range(10):
            p = rng.uniform(0.02, 0.4)
            pairs.append(tuple(spread(sum(rng.random() < p for _ in range(150)), 150) for _ in range(2)))
        called += any(t.verdict in {"rising", "falling", "new", "gone"} for t in trends.trends(pairs))

    # Ten true nulls a report: the share of reports with any false call is the false-discovery rate, 10 % at most;
    # 200 simulated reports may show up to 14 % by chance (two standard errors).
    assert called / 200 <= 0.14


def test_few_loud_accounts_are_weighed_as_few():
    quiet = [(f"c{i}", f"account {i}", False) for i in range(120)]
    loud = [(f"loud {i}", f"Loud {i % 3}", True) for i in range(15)]
    (trend,) = trends.trends([(spread(0, 150), sampling.sample(quiet + loud))])

    assert trend.verdict == "too few"


def test_steady_means_that_a_change_that_matters_is_ruled_out():
    (trend,) = trends.trends([(spread(4, 170), spread(14, 170))])

    assert trend.change.high > trends.SMALLEST_CHANGE_THAT_MATTERS
    assert trend.verdict != "steady"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"loud": 100, **{f"a{i}": 3 for i in range(39)}},) * 2,
        ({f"a{i}": 2 for i in range(60)}, {f"b{i}": 40 for i in range(3)}),
    ],
)
def test_accounts_that_differ_by_nature_make_no_trend_when_a_few_are_large(before, after):
    rng = random.Random(7)

    def window(accounts: dict[str, int]) -> Sample:
        leanings = {a: rng.betavariate(0.8, 3.2) for a in accounts}
        return sampling.sample(
            (f"{a}{i}", a, rng.random() < leanings[a]) for a, m in accounts.items() for i in range(m)
        )

    wrong = sum((trends.change(window(before), window(after)).p or 1) <= 0.05 for _ in range(400))

    assert wrong / 400 <= 0.05


def test_a_real_rise_is_found_though_accounts_speak_more_than_once():
    rng = random.Random(3)

    def window(p: float) -> Sample:
        return sampling.sample((f"c{a}-{i}", f"a{a}", rng.random() < p) for a in range(125) for i in range(2))

    found = sum(trends.trends([(window(0.1), window(0.25))])[0].verdict == "rising" for _ in range(100))

    assert found >= 90
