"""Stretches of days: rolling windows that verdicts compare, and the calendar's weeks, months and quarters."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

STEPS = ("week", "month", "quarter")
LEAST_HOLE = 42  # days


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days, both ends inclusive. `complete` is False while its last day is still to come; `whole` is then
    how many days it will have."""

    label: str
    start: date
    end: date
    complete: bool
    whole: int = 0


def window(last: date, days: int) -> Period:
    """The `days` days that end with `last`."""
    start = last - timedelta(days=days - 1)
    return Period(f"{start.isoformat()} to {last.isoformat()}", start, last, True)


@dataclass(frozen=True, slots=True)
class Compared:
    """The current window and the two that it is held against: the one before, and the same days a year ago."""

    current: Period
    previous: Period
    year_ago: Period


def compared(last: date, *, days: int, quarter: bool = False) -> Compared:
    """Rolling windows of `days` days, or the calendar quarter of `last` with as many days of the one before.

    A year ago is 52 whole weeks back for rolling windows, so that they hold the same weekdays, and the same days of the
    same quarter otherwise.
    """
    if not quarter:
        current, previous = window(last, days), window(last - timedelta(days=days), days)
        back = timedelta(days=364)
        return Compared(current, previous, window(last - back, days))
    current = _quarter(last, last)
    passed = current.end - current.start
    before = _quarter(current.start - timedelta(days=1), None)
    year = _quarter(date(current.start.year - 1, current.start.month, 1), None)
    if current.complete:
        return Compared(current, before, year)
    return Compared(current, _first(before, passed), _first(year, passed))


def _quarter(day: date, until: date | None) -> Period:
    start = _period_start(day, "quarter")
    end = _period_start(start + timedelta(days=93), "quarter") - timedelta(days=1)
    complete, whole = until is None or end <= until, (end - start).days + 1
    return Period(_period_label(start, "quarter"), start, min(end, until or end), complete, whole)


def _first(period: Period, passed: timedelta) -> Period:
    """The first days of a period: as many as have passed of the one that it is compared with, and one more."""
    end = min(period.start + passed, period.end)
    return Period(period.label, period.start, end, end == period.end)


def calendar(first: date, last: date, *, step: str) -> tuple[Period, ...]:
    """Calendar weeks (from Monday), months or quarters that cover `first` to `last`, the last one maybe unfinished."""
    periods, start = [], _period_start(first, step)
    while start <= last:
        following = _period_start(start + timedelta(days={"week": 7, "month": 31, "quarter": 93}[step]), step)
        end = following - timedelta(days=1)
        whole = (following - start).days
        periods.append(Period(_period_label(start, step), start, min(end, last), end <= last, whole))
        start = following
    return tuple(periods)


def _period_start(day: date, step: str) -> date:
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def _period_label(start: date, step: str) -> str:
    if step == "week":
        return start.isoformat()
    return f"{start:%Y-%m}" if step == "month" else f"{start.year} Q{(start.month - 1) // 3 + 1}"


def hole(days: Iterable[date], previous: Period, current: Period) -> Period | None:
    """The longest stretch without a conversation between two of them in two windows compared, where it is six weeks or
    a quarter of a window long, whichever is more: who is heard may then be others. `days` are those with
    conversations."""
    least = max(LEAST_HOLE, ((current.end - current.start).days + 1) // 4)
    there = sorted(day for day in days if previous.start <= day <= current.end)
    before, after = max(pairwise(there), key=lambda two: two[1] - two[0], default=(current.end, current.end))
    if (after - before).days - 1 < least:
        return None
    return Period("", before + timedelta(days=1), after - timedelta(days=1), True)


def is_day(text: str) -> bool:
    """Whether a text is a day written as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
