"""Schedules: the next due moment on the clock of a zone."""

from datetime import UTC, datetime

import pytest

from insights.schedules import Schedule, following, latest, problems, told

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        (Schedule("week", 0, 8, "UTC"), "2026-03-01T12:00", "2026-03-02T08:00"),  # a Sunday
        (Schedule("week", 0, 8, "UTC"), "2026-03-02T08:00", "2026-03-09T08:00"),  # due now is not due next
        (Schedule("week", 0, 8, BERLIN), "2026-03-25T00:00", "2026-03-30T06:00"),  # summer time began on the 29th
        (Schedule("week", 0, 8, BERLIN), "2026-03-18T00:00", "2026-03-23T07:00"),
        (Schedule("week", 6, 2, BERLIN), "2026-03-28T12:00", "2026-03-29T01:00"),  # 2:00 is skipped: 3:00 summer time
        (Schedule("week", 6, 2, BERLIN), "2026-10-24T12:00", "2026-10-25T00:00"),  # 2:00 comes twice: the first
        (Schedule("week", 6, 2, BERLIN), "2026-10-25T00:00", "2026-11-01T01:00"),  # and not the second as well
        (Schedule("month", 31, 9, "UTC"), "2026-02-01T00:00", "2026-02-28T09:00"),
        (Schedule("month", 31, 9, "UTC"), "2026-02-28T09:00", "2026-03-31T09:00"),
        (Schedule("month", 29, 9, "UTC"), "2028-02-01T00:00", "2028-02-29T09:00"),
        (Schedule("month", 1, 0, "Pacific/Kiritimati"), "2026-02-28T11:00", "2026-03-31T10:00"),  # 14 hours ahead
        (Schedule("month", 1, 0, "Pacific/Kiritimati"), "2026-02-28T09:00", "2026-02-28T10:00"),
    ],
)
def test_the_next_due_moment(schedule, after, due):
    assert following(schedule, at(after)) == at(due)


def test_what_was_slept_through_is_due_once_at_its_last_time():
    weekly = Schedule("week", 0, 8, "UTC")
    assert latest(weekly, at("2026-03-02T08:00"), at("2026-03-20T00:00")) == at("2026-03-16T08:00")
    assert latest(weekly, at("2026-03-02T08:00"), at("2026-03-02T08:00")) == at("2026-03-02T08:00")


@pytest.mark.parametrize(
    ("schedule", "says"),
    [
        (Schedule("week", 7, 8), "Weekdays are 0"), (Schedule("month", 0, 8), "1 to 31"), (Schedule("week", 0, 24), "Hours"),
        (Schedule("week", 0, 8, "Berlin"), "no time zone"), (Schedule("week", 0, 8, "../../etc/passwd"), "no time zone"),
    ],
)  # fmt: skip
def test_a_schedule_that_cannot_be_is_told(schedule, says):
    assert says in " ".join(problems(schedule))


def test_a_schedule_in_words():
    assert told(Schedule("week", 0, 8, BERLIN)) == "Every Monday at 8:00, Europe/Berlin"
    assert "last day where a month is shorter" in told(Schedule("month", 31, 8))
