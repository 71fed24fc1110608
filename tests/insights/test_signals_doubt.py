"""Signals: an objection found with doubt is believed only where something else in its deal bears it out."""

from insights.signals import Raised, Talk, doubtful

TALKS = [Talk("c1", "2026-01-05", "d1", "acme", "Acme"), Talk("c2", "2026-01-09", "d1", "acme", "Acme")]


def heard(id: str, conversation: str = "c1", *, sure: bool = False, kind: str = "objection") -> Raised:
    return Raised(id, kind, "theme:1", "Price", conversation, "open", sure=sure)


def test_one_that_came_up_once_and_is_doubtful_is_left_out():
    assert doubtful(TALKS, [heard("a")]) == {"a"}


def test_one_that_is_sure_or_heard_again_or_a_question_stays():
    assert doubtful(TALKS, [heard("a", sure=True)]) == set()
    assert doubtful(TALKS, [heard("a"), heard("b", "c2")]) == set()
    assert doubtful(TALKS, [heard("a", kind="question")]) == set()


def test_several_doubtful_ones_of_one_conversation_bear_each_other_out_no_more():
    assert doubtful(TALKS, [heard("a"), heard("b")]) == {"a", "b"}


def test_what_is_in_no_conversation_that_counts_is_no_concern():
    assert doubtful(TALKS, [heard("a", "elsewhere")]) == set()
