"""When something happened, as far as its source says."""

import pytest

from insights.once.days import days_after, swapped, when, working_days_after


def test_a_day_without_a_time_has_no_moment():
    assert when("2025-03-04").moment is None
    assert when("2025-03-04T00:00:00+00:00").moment is None
    assert when("2025-03-04T10:00:00+01:00").moment is not None


@pytest.mark.parametrize("text", ["", "soon", "2025-13-01", "2025-03-04T99:00:00Z"])
def test_what_cannot_be_read_is_undated(text):
    assert when(text).days == ()
    assert days_after(when(text), when("2025-03-04")) is None


def test_a_time_in_utc_may_have_been_another_day_where_it_was_written():
    assert days_after(when("2025-01-08"), when("2025-01-09T01:30:00Z")) == 0
    assert days_after(when("2025-01-08"), when("2025-01-07T22:30:00Z")) == 0
    assert days_after(when("2025-01-08"), when("2025-01-09T14:30:00Z")) == 1


def test_days_are_those_of_the_writers_own_zone():
    assert days_after(when("2025-01-08T23:30:00-05:00"), when("2025-01-08")) == 0


@pytest.mark.parametrize(
    ("first", "second", "gap"),
    [("2025-01-10", "2025-01-13", 1), ("2025-01-10", "2025-01-11", 1), ("2025-01-10", "2025-01-14", 2),
     ("2025-01-10", "2025-01-10", 0), ("2025-01-10", "2025-01-09", None)],
)  # fmt: skip
def test_from_friday_to_monday_is_one_working_day(first, second, gap):
    assert working_days_after(when(first), when(second)) == gap


def test_day_and_month_in_the_other_order_are_told():
    assert swapped(when("2025-04-03"), when("2025-03-04"))
    assert not swapped(when("2025-04-04"), when("2025-04-04"))
    assert not swapped(when("2025-04-03"), when("2025-03-05"))
