"""Notes on a course: which periods each falls into, and what stands at them."""

from datetime import date

import pytest

from insights.annotating import Happening, labels, marks, of_theme
from insights.periods import calendar

MONTHS = calendar(date(2026, 1, 5), date(2026, 4, 10), step="month")


def happened(number: int, first: str, last: str = "", theme: int | None = None) -> Happening:
    return Happening(number, f"No. {number}", date.fromisoformat(first), date.fromisoformat(last or first), theme)


@pytest.mark.parametrize(
    ("first", "last", "covers"),
    [
        ("2026-02-01", "2026-02-01", ("2026-02", "2026-02")),
        ("2026-02-28", "2026-03-01", ("2026-02", "2026-03")),
        ("2025-06-01", "2026-01-01", ("2026-01", "2026-01")),
        ("2026-04-10", "2027-01-01", ("2026-04", "2026-04")),
        ("2025-12-31", "2025-12-31", None),
        ("2026-04-11", "2026-04-11", None),
    ],
)
def test_a_note_stands_at_the_periods_that_its_days_touch(first, last, covers):
    found = marks([happened(1, first, last)], MONTHS)
    assert [(mark.first, mark.last) for mark in found] == ([covers] if covers else [])


def test_notes_are_numbered_by_their_day_whatever_their_order():
    found = marks([happened(7, "2026-03-02"), happened(9, "2026-01-20"), happened(8, "2026-03-02")], MONTHS)
    assert [(mark.number, mark.happening.id) for mark in found] == [(1, 9), (2, 7), (3, 8)]


def test_several_notes_of_one_period_share_its_line():
    days = ("2026-01-07", "2026-02-03", "2026-02-04", "2026-02-05", "2026-03-01", "2026-03-02")
    found = marks([happened(n, day) for n, day in enumerate(days)], MONTHS)
    assert labels(found) == {"2026-01": "1", "2026-02": "2–4", "2026-03": "5,6"}


def test_a_theme_shows_its_own_notes_and_those_of_all():
    found = marks(
        [happened(1, "2026-02-01"), happened(2, "2026-02-02", theme=5), happened(3, "2026-02-03", theme=6)], MONTHS
    )
    assert [mark.number for mark in of_theme(found, 5)] == [1, 2]
    assert labels(of_theme(found, 6)) == {"2026-02": "1,3"}
