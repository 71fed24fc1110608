"""What a change sounds like: every sentence beside the numbers that it is made from."""

from dataclasses import replace

import pytest

from insights.sampling import Rate
from insights.sentences import Evidence, opening, tell
from insights.trends import Change, Trend, Within

RISING = Trend(
    Rate(30, 100, 0.22, 0.40), Rate(12, 100, 0.07, 0.20), Change(0.18, 0.07, 0.29, 0.001, 0.01), "rising", "", None, 26
)
PLAIN = Evidence("Price", RISING, tested=8)


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


def wrong(**known) -> tuple[str, ...]:
    return tuple(map(plain, tell(replace(PLAIN, **known)).wrong))


def test_a_change_is_told_with_both_shares_their_counts_and_its_interval():
    assert (
        plain(tell(PLAIN).what)
        == "“Price” rose from 12 of 100 (12 %) to 30 of 100 conversations (30 %): +18 points (+7 to +29)."
    )


def test_how_sure_names_accounts_comparisons_and_false_alarms():
    assert plain(tell(PLAIN).sure).startswith(
        "How sure: 26 accounts stand behind it now; 8 themes were tested together, and of changes as clear as this one about 1 %"
    )


@pytest.mark.parametrize(
    ("accounts", "unnamed", "told"),
    [
        (26, 8, "18 accounts, and 8 conversations that name none, stand behind it now"),
        (4, 1, "3 accounts, and 1 conversation that names none, stand behind it now"),
        (2, 1, "1 account, and 1 conversation that names none, stand behind it now"),
        (5, 5, "5 conversations that name no account stand behind it now"),
        (1, 1, "1 conversation that names no account stands behind it now"),
    ],
)
def test_what_names_no_account_is_told_apart_from_accounts(accounts, unnamed, told):
    sure = tell(replace(PLAIN, trend=replace(RISING, accounts=accounts), unnamed=unnamed)).sure
    assert plain(sure).startswith(f"How sure: {told}; ")


def test_one_account_and_one_test_are_told_in_the_singular():
    sure = tell(replace(PLAIN, trend=replace(RISING, accounts=1), tested=1)).sure
    assert "1 account stands behind it now; nothing else was tested" in sure


def test_two_of_two_are_both():
    fallen = replace(
        PLAIN, trend=replace(RISING, current=Rate(2, 100, 0.003, 0.07), verdict="falling"), largest=2, reported=2
    )
    doubts = [plain(line) for line in tell(fallen).wrong]
    assert "One account holds both; the interval is widened for that." in doubts
    assert "Both of the newer period are known from reps’ notes alone, not from the buyers’ own words." in doubts


def test_a_change_with_nothing_against_it_has_no_doubts():
    assert wrong() == ()


@pytest.mark.parametrize(
    ("known", "says"),
    [
        ({"largest": 9}, "One account holds 9 of the 30; the interval is widened for that."),
        ({"reported": 24}, "24 of the 30 of the newer period are known from reps’ notes alone, not from the buyers’ own words."),
        ({"passed": 22, "days": 31}, "Conversations cover 22 of the period’s 31 days, compared with the same days of the one before."),
        ({"first_said": (7, 90), "edited": 5, "late": -2},
         "The window before was first counted as 7 of 90; since then edits of themes added 5 and later uploads took away 2."),
        ({"right": 0.7}, "Reviewers found 70 % of its quotes right."),
        ({"within": Within(0.12, 0.01, 0.23, 0.03, 0.06, 3), "mixed": ("segment",)},
         "6 of the 18 points come of a changed mix of conversations (by segment); among like ones it is +12 points (+1 to +23)."),
        ({"within": Within(0.2, 0.09, 0.31, 0.01, -0.02, 3), "mixed": ("segment", "channel")},
         "A changed mix of conversations (by segment and kind of conversation) worked 2 points against it; "
         "among like ones it is +20 points (+9 to +31)."),
    ],
)  # fmt: skip
def test_what_would_make_it_wrong_is_said_where_the_numbers_show_it(known, says):
    assert wrong(**known) == (says,)


@pytest.mark.parametrize("known", [{"largest": 5}, {"reported": 17}, {"right": 0.9}, {"first_said": (7, 90)}])
def test_a_doubt_that_the_numbers_do_not_bear_is_not_said(known):
    assert wrong(**known) == ()


def test_few_conversations_are_a_doubt():
    few = replace(RISING, current=Rate(9, 30, 0.1, 0.5), previous=Rate(1, 30, 0.0, 0.2))
    assert wrong(trend=few) == ("It rests on 9 conversations: a few more or fewer would change it.",)


def test_a_season_is_a_doubt_only_where_the_year_can_be_judged():
    same = replace(RISING, previous=Rate(29, 100, 0.2, 0.4), change=Change(0.01, -0.1, 0.1, 0.9, 0.9), verdict="steady")
    assert wrong(over_year=same) == ("A year ago it was 29 % (29 of 100), so the season may play a part.",)
    assert wrong(over_year=replace(same, verdict="too few")) == ()


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ((0, 2, 1, 0, 0), "None of 3 objection themes changed for sure (now, compared with then); "
         "2 held steady (a change of 10 points or more is ruled out) and 1 had too little evidence for a verdict."),
        ((0, 1, 0, 0, 1), "The one objection theme did not change for sure as a whole (now, compared with then); "
         "it held steady (a change of 10 points or more is ruled out). In one segment alone, 1 theme changed."),
        ((0, 1, 4, 2, 0), "None of 7 objection themes changed for sure (now, compared with then); 1 held steady (a change of "
         "10 points or more is ruled out), 2 moved, but not for sure (“Price”, “Trust”) and 4 had too little evidence for a verdict."),
        ((2, 0, 0, 0, 0), "2 of 2 objection themes changed (now, compared with then)."),
        ((0, 0, 0, 0, 0), "No objection theme was heard (now)."),
    ],
)  # fmt: skip
def test_an_opening_counts_what_changed_held_or_cannot_be_judged(counts, says):
    changed, steady, few, unsure, alone = counts
    told = opening(
        noun="objection theme", changed=changed, steady=steady, too_few=few, span="now", before="then", unsure=("Price", "Trust")[:unsure],
        alone=alone,
    )  # fmt: skip
    assert told == says
