"""When something happened, as far as its source says: a day for certain, a moment perhaps.

A date without a time belongs to the writer's own day; a time in UTC may have been another day where it was written.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

# Where UTC stands for a local time that nobody wrote down: from California to eastern Australia.
WEST, EAST = timedelta(hours=-8), timedelta(hours=10)
WAKING = range(6, 22)  # a time that would have been at night there was not written there


@dataclass(frozen=True, slots=True)
class When:
    """`days` are the local days it can have been, first the one as written; () when undated. `moment` is in seconds
    since 1970, None when only the day is known."""

    days: tuple[date, ...] = ()
    moment: float | None = None


def when(occurred_at: str) -> When:
    """Read ISO 8601; what cannot be read is undated. Midnight is what systems write for a day without a time."""
    try:
        if len(occurred_at) <= 10:
            return When((date.fromisoformat(occurred_at),))
        time = datetime.fromisoformat(occurred_at)
        if time.tzinfo is None or (time.hour, time.minute, time.second) == (0, 0, 0):
            return When((time.date(),))
        days = [time.date()]
        if time.utcoffset() == timedelta(0):
            there = [time.astimezone(UTC) + shift for shift in (WEST, EAST)]
            days += [local.date() for local in there if local.hour in WAKING]
        return When(tuple(dict.fromkeys(days)), time.timestamp())
    except (ValueError, OverflowError):
        return When()


def days_after(first: When, second: When) -> int | None:
    """Days from the first to the second, the nearest to none that their zones allow; None when either is undated."""
    gaps = [(b - a).days for a in first.days for b in second.days]
    return min(gaps, key=abs, default=None)


def working_days_after(first: When, second: When) -> int | None:
    """The same in working days: from a Friday, or a Saturday, to Monday is one. Only 0 and more; None otherwise."""
    gaps = [_working_days(a, b) for a in first.days for b in second.days if 0 <= (b - a).days <= 7]
    return min(gaps, default=None)


def swapped(first: When, second: When) -> bool:
    """True when one day is the other with day and month in the other order (3 April as 4 March)."""
    if not first.days or not second.days:
        return False
    a, b = first.days[0], second.days[0]
    return a != b and (a.year, a.month, a.day) == (b.year, b.day, b.month)


def _working_days(a: date, b: date) -> int:
    if a == b:
        return 0
    return max(1, sum((a + timedelta(days=n)).weekday() < 5 for n in range(1, (b - a).days + 1)))
