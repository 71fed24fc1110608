"""What is open in a deal, by small examples whose answer can be read off."""

from collections.abc import Sequence
from datetime import date
from functools import partial

import pytest

from insights import rivalry
from insights.rivalry import Mention
from insights.signals import DEFINITIONS, Raised, Talk, in_short, longest_pause, shown_by, signals, usual_pause

DAYS = ("2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26")


def talks(*days: str, deal: str = "acme") -> list[Talk]:
    return [Talk(f"{deal}{n}", day, deal, deal, deal.title()) for n, day in enumerate(days)]


def said(*told: tuple[int, str], kind: str = "question", subject: str = "theme:1") -> list[Raised]:
    """(conversation, follow_up) pairs of one subject."""
    return [Raised(f"i{n}", kind, subject, "Price", f"acme{place}", follow) for n, (place, follow) in enumerate(told)]


def only(talks: Sequence[Talk], raised: Sequence[Raised], closed=None, as_of: str = DAYS[-1]):
    found = [one for one in signals(talks, raised, [], closed or {}, as_of=as_of) if one.type != "silence"]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(
    ("told", "state", "is_open", "ended"),
    [
        ([(0, "open")], "unanswered", True, ""),
        ([(0, "deferred")], "deferred", True, ""),
        ([(0, "open"), (1, "answered")], "unanswered", False, "answered"),
        ([(0, "answered"), (1, "open")], "unanswered", True, ""),
        ([(0, "open"), (1, "answered"), (2, "open")], "unanswered", True, ""),
    ],
)
def test_a_question_is_open_until_it_was_answered_when_it_was_asked_last(told, state, is_open, ended):
    found = only(talks(*DAYS), said(*told))
    assert (found.state, found.is_open, found.ended) == (state, is_open, ended)


def test_what_was_answered_where_it_came_up_is_no_signal():
    assert only(talks(*DAYS), said((0, "answered"))) is None


@pytest.mark.parametrize(
    ("told", "is_open", "ended"),
    [
        ([(0, "answered"), (1, "answered")], False, "not heard again"),
        ([(0, "answered"), (3, "answered")], True, ""),
        ([(0, "open"), (1, "open")], True, ""),
    ],
)
def test_an_objection_persists_until_it_was_answered_and_a_conversation_passed_without_it(told, is_open, ended):
    found = only(talks(*DAYS), said(*told, kind="objection"))
    assert (found.state, found.is_open, found.ended) == ("persists", is_open, ended)


def test_two_objections_of_one_label_are_not_the_same_one():
    found = only(talks(*DAYS), said((0, "open"), (1, "open"), kind="objection", subject="label:price"))
    assert found.state == "unanswered"


def test_the_same_objection_twice_on_one_day_does_not_persist():
    heard = [*talks("2026-01-05", "2026-01-05")]
    assert only(heard, said((0, "open"), (1, "open"), kind="objection")).state == "unanswered"


def test_a_deal_that_is_closed_has_nothing_open():
    found = only(talks(*DAYS), said((0, "open")), {"acme": "lost"})
    assert (found.is_open, found.ended, found.ended_on) == (False, "lost", DAYS[-1])


@pytest.mark.parametrize(
    ("days", "usual", "limit"),
    [
        (("2026-01-05", "2026-01-12"), None, 30),
        (DAYS, 7, 21),
        (("2026-01-05", "2026-01-06", "2026-01-07"), 1, 14),
        (("2026-01-05", "2026-03-05", "2026-05-05"), 60, 180),
    ],
)
def test_silence_is_measured_by_an_accounts_own_rhythm(days, usual, limit):
    assert (usual_pause(days), longest_pause(usual)) == (usual, limit)


@pytest.mark.parametrize(("as_of", "days"), [("2026-02-16", None), ("2026-02-17", 22)])
def test_an_account_is_silent_once_its_limit_has_passed(as_of, days):
    found = signals(talks(*DAYS), [], [], {}, as_of=as_of)
    assert [one.days for one in found] == ([days] if days else [])


def test_nobody_is_silent_after_the_deal_is_closed():
    assert signals(talks(*DAYS), [], [], {"acme": "won"}, as_of="2026-12-31") == []


def test_a_rival_is_in_play_since_its_present_state_was_told():
    named = [
        Mention(f"m{n}", "Beacon", relation, "acme", "acme", f"acme{n}", DAYS[n], 0, "", "buyer", "verbatim")
        for n, relation in enumerate(("mention", "evaluating", "mention", "past"))
    ]
    for until, state, since, is_open in ((3, "evaluating", DAYS[1], True), (4, "mention", DAYS[3], False)):
        (found,) = signals(talks(*DAYS), [], rivalry.courses(named[:until]), {}, as_of=DAYS[-1])
        assert (found.state, found.since, found.is_open) == (state, since, is_open)


def test_a_deal_has_shown_what_it_showed_once_though_it_was_answered_later():
    shown = shown_by(talks(*DAYS), said((0, "open"), (1, "answered")), [])
    assert {key for key, deals in shown.items() if deals} == {("question", "unanswered")}
    assert shown.keys() == DEFINITIONS.keys()


def test_what_is_open_is_told_in_short_with_the_telling_first():
    heard = talks(*DAYS)
    found = signals(heard, [*said((0, "open")), *said((1, "open"), kind="objection")], [], {}, as_of="2026-03-01")
    told = in_short(found, today=date(2026, 3, 11))
    assert told == (
        "silent since 26 Jan 2026 (44 days)",
        "1 objection without an answer",
        "1 question without an answer",
    )


def test_a_silence_of_one_deal_is_not_told_as_the_accounts():
    deals = {"acme": "2026-01-05", "pilot": "2026-01-12", "renewal": "2026-03-01"}
    heard = [Talk(deal, day, deal, "acme", "Acme") for deal, day in deals.items()]
    one, two = (signals(some, [], [], {}, as_of="2026-06-09", quiet_days=100) for some in (heard[::2], heard))
    told = partial(in_short, today=date(2026, 6, 10))
    assert told(one, heard="2026-03-01") == ("one deal silent since 5 Jan 2026 (156 days)",)
    assert told(two, heard="2026-03-01") == (
        "silent for 101 days",
        "2 deals silent, the longest since 5 Jan 2026 (156 days)",
    )
    assert told(one, heard="2026-01-05") == ("silent for 156 days",)


def test_a_signal_keeps_its_name_when_more_is_heard():
    before, after = only(talks(*DAYS[:2]), said((0, "open"))), only(talks(*DAYS), said((0, "open"), (3, "open")))
    assert (before.id, before.heard, after.heard) == (after.id, 1, 2)
