import pytest

from insights.deals import closed, of_deal, of_stage, spelt, standing, told


@pytest.mark.parametrize(
    "said",
    ["won", "Won", "WON", "Closed Won", "closed-won", "closed_won", "closedwon", "Closed/Won", "6 - Closed Won",
     "Closed Won - Renewal", "Deal won", "Won (upsell)", "Gewonnen", "Gagné", "Ganado", "  won  ", "Signed"],
)  # fmt: skip
def test_what_crms_call_won_is_won(said):
    assert closed(said) == "won"


@pytest.mark.parametrize(
    "said",
    ["lost", "Lost", "Closed Lost", "closedlost", "closed_lost", "Closed - Lost", "7. Closed Lost", "Closed Lost: price",
     "Lost to competitor", "No decision", "Closed - No Decision", "Verloren", "Perdu", "Disqualified", "Not won",
     "Closed Lost - Not a fit", "Lost, no budget"],
)  # fmt: skip
def test_what_crms_call_lost_is_lost(said):
    assert closed(said) == "lost"


@pytest.mark.parametrize(
    "said",
    ["", " ", "open", "Open", "Closed", "In progress", "Proposal", "Negotiation", "Pending", "Not lost yet", "not yet won",
     "Won or lost unknown", "Won back from lost", "wonderful", "flost", "Likely won", "true", "1", "Customer", "On hold"],
)  # fmt: skip
def test_what_does_not_say_is_neither(said):
    assert closed(said) == ""


def test_the_newest_word_on_a_deal_counts():
    assert of_deal([("2026-01-05", "lost"), ("2026-03-01", "Closed Won"), ("2026-04-01", "")]) == "won"


def test_an_open_conversation_does_not_reopen_a_closed_deal():
    assert of_deal([("2026-01-05", "open"), ("2026-03-01", "lost"), ("2026-04-01", "open")]) == "lost"


@pytest.mark.parametrize(
    ("outcomes", "now"),
    [
        ([("2026-01-05", "open"), ("2026-03-01", "lost"), ("2026-04-01", "Open")], ""),
        ([("2026-03-01", "won"), ("2026-04-01", "still open")], ""),
        ([("2026-03-01", "lost"), ("2026-03-01", "open")], "lost"),
        ([("2026-03-01", "lost"), ("2026-04-01", "")], "lost"),
        ([("2026-03-01", "lost"), ("2026-04-01", "open"), ("2026-05-01", "won")], "won"),
        ([("2026-03-01", "lost"), ("2026-04-01", "on hold")], "lost"),
    ],
)
def test_as_it_stands_a_deal_that_is_called_open_later_is_open_again(outcomes, now):
    assert standing(outcomes) == now


def test_two_words_on_one_day_that_disagree_say_nothing():
    assert of_deal([("2026-01-05", "won"), ("2026-01-05", "lost")]) == ""


def test_a_deal_without_any_word_is_open():
    assert of_deal([]) == ""


@pytest.mark.parametrize(
    ("said", "once"),
    [("Won", "won"), ("LOST", "lost"), (" Closed  Won ", "won"), ("closed-lost", "lost"), ("6 - Closed Won", "won"), ("Open", "open"),
     ("Gagné", "won"), ("No Decision", "no decision"), ("Closed Lost - price", "closed lost - price"), ("Signed", "signed"), ("", "")],
)  # fmt: skip
def test_an_outcome_has_one_spelling_and_keeps_what_it_says_more(said, once):
    assert spelt(said) == once


@pytest.mark.parametrize(
    ("stage", "end"),
    [("Closed won", "won"), ("Closed – Lost", "lost"), ("closedlost", "lost"), ("Closed Won (100%)", "won"), ("Disqualified", "lost"),
     ("Verloren", "lost"), ("Gagné", "won"), ("Ganado", "won"), ("Negotiation", ""), ("Contract signed", ""), ("Closed - Converted", ""),
     ("Closed", ""), ("Customer", ""), ("", "")],
)  # fmt: skip
def test_a_stage_says_that_a_deal_is_over_where_it_says_how(stage, end):
    assert of_stage(stage) == end


def test_the_column_of_outcomes_goes_before_the_stage():
    assert [told("lost", "Closed won"), told("Open", "Closed won"), told("", "Closed won")] == ["lost", "open", "won"]
