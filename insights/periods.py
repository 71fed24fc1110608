"""Stretches of days: rolling windows that verdicts compare, and the calendar's weeks, months and quarters."""

from dataclasses import dataclass
from datetime import date, timedelta

STEPS = ("week", "month", "quarter")


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days, both ends inclusive. `complete` is False while its last day is still to come."""

    label: str
    start: date
    end: date
    complete: bool


def window(last: date, days: int) -> Period:
    """The `days` days that end with `last`."""
    start = last - timedelta(days=days - 1)
    return Period(f"{start.isoformat()} to {last.isoformat()}", start, last, True)


def calendar(first: date, last: date, *, step: str) -> tuple[Period, ...]:
    """Calendar weeks (from Monday), months or quarters that cover `first` to `last`, the last one maybe unfinished."""
    periods, start = [], _period_start(first, step)
    while start <= last:
        following = _period_start(start + timedelta(days={"week": 7, "month": 31, "quarter": 93}[step]), step)
        end = following - timedelta(days=1)
        periods.append(Period(_period_label(start, step), start, min(end, last), end <= last))
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
