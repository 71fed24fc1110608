"""Which days are compared with which."""

from datetime import date

import pytest

from insights import periods
from insights.periods import calendar, compared


def test_rolling_windows_follow_each_other_and_a_year_ago_has_the_same_weekdays():
    found = compared(date(2026, 3, 18), days=91)

    assert (found.previous.end.toordinal() + 1, found.current.start) == (
        found.current.start.toordinal(),
        date(2025, 12, 18),
    )
    assert (found.current.start - found.year_ago.start).days == 364
    assert found.current.start.weekday() == found.year_ago.start.weekday()


@pytest.mark.parametrize(
    ("day", "current", "previous", "year_ago"),
    [
        # 46 days of the first quarter, 46 of the last one, 46 of last year's.
        ("2026-02-15", ("2026-01-01", "2026-02-15"), ("2025-10-01", "2025-11-15"), ("2025-01-01", "2025-02-15")),
        ("2026-03-31", ("2026-01-01", "2026-03-31"), ("2025-10-01", "2025-12-31"), ("2025-01-01", "2025-03-31")),
        # The 91st day of a quarter has no like in one of 90 days: all of that is compared.
        ("2026-06-29", ("2026-04-01", "2026-06-29"), ("2026-01-01", "2026-03-31"), ("2025-04-01", "2025-06-29")),
        ("2024-12-30", ("2024-10-01", "2024-12-30"), ("2024-07-01", "2024-09-29"), ("2023-10-01", "2023-12-30")),
    ],
)
def test_an_unfinished_quarter_is_compared_with_as_many_days(day, current, previous, year_ago):
    found = compared(date.fromisoformat(day), days=1, quarter=True)

    days = [(p.start.isoformat(), p.end.isoformat()) for p in (found.current, found.previous, found.year_ago)]
    assert days == [current, previous, year_ago]


def test_only_the_quarter_of_the_last_day_can_be_unfinished():
    found = compared(date(2026, 2, 15), days=1, quarter=True)

    assert (found.current.complete, found.current.label, found.previous.label) == (False, "2026 Q1", "2025 Q4")
    assert compared(date(2026, 3, 31), days=1, quarter=True).current.complete


def test_periods_cover_every_day_once():
    parts = calendar(date(2025, 1, 15), date(2025, 12, 3), step="month")

    assert [a.end.toordinal() + 1 for a in parts[:-1]] == [b.start.toordinal() for b in parts[1:]]
    assert (parts[-1].end, parts[-1].complete) == (date(2025, 12, 3), False)


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (["2026-01-10", "2026-03-01", "2026-06-30"], ("2026-03-02", "2026-06-29")),
        (["2026-01-10", "2026-02-20", "2026-04-02", "2026-05-14", "2026-06-25"], None),  # 42 days apart at most
        (["2026-01-10", "2026-02-20", "2026-04-02", "2026-05-15", "2026-06-25"], ("2026-04-03", "2026-05-14")),
        (["2025-01-01", "2026-05-01", "2026-06-30"], ("2026-05-02", "2026-06-29")),  # what lies before does not count
        (["2026-06-30"], None),
        ([], None),
    ],
)
def test_a_long_stretch_without_a_conversation_in_the_windows_compared_is_told(days, found):
    spans = compared(date(2026, 6, 30), days=91)

    hole = periods.hole(map(date.fromisoformat, days), spans.previous, spans.current)

    assert (hole and (hole.start.isoformat(), hole.end.isoformat())) == found
