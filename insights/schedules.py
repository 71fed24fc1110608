"""When something that comes every hour, day, week or month is due next, in the clock of one time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

Every = Literal["hour", "day", "week", "month"]
EVERY: tuple[Every, ...] = ("hour", "day", "week", "month")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every hour on the hour, every day, every week on `day` 0 (Monday) to 6, or every month on `day` 1 to 31 (the last
    day of a shorter month), at `hour` 0 to 23 of the zone's clock. `zone` is an IANA name, for instance
    Europe/Berlin."""

    every: Every
    day: int
    hour: int
    zone: str = "UTC"


@cache
def zones() -> frozenset[str]:
    """The names of all time zones that are known here."""
    from zoneinfo import available_timezones

    return frozenset(name for name in available_timezones() if not name.startswith(("Etc/", "SystemV/")))


def problems(schedule: Schedule) -> tuple[str, ...]:
    """What is wrong with a schedule, a sentence each."""
    first, last = (0, 6) if schedule.every == "week" else (1, 31)
    found = []
    if schedule.every not in EVERY:
        found.append("Choose every hour, day, week or month.")
    elif schedule.every in ("week", "month") and not first <= schedule.day <= last:
        what = "Weekdays are 0 (Monday) to 6." if schedule.every == "week" else "Days of the month are 1 to 31."
        found.append(what)
    if not 0 <= schedule.hour <= 23:
        found.append("Hours are 0 to 23.")
    if schedule.zone not in zones():
        found.append(f"“{schedule.zone[:60]}” is no time zone. Use an IANA name, for instance Europe/Berlin.")
    return tuple(found)


def following(schedule: Schedule, after: datetime) -> datetime:
    """The first due moment later than `after`, in UTC.

    An hour that the clocks skip in spring is due when they have skipped it; one that comes twice in autumn is due at
    the first (PEP 495, fold=0).
    """
    if schedule.every == "hour":
        return after.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    zone = ZoneInfo(schedule.zone)
    start = after.astimezone(zone).date() - timedelta(days=1)
    for n in range(64):
        day = start + timedelta(days=n)
        due = datetime.combine(day, time(schedule.hour), zone).astimezone(UTC)
        if _falls_on(schedule, day) and due > after:
            return due
    raise ValueError("a month has at least one day")


def latest(schedule: Schedule, first: datetime, now: datetime) -> datetime:
    """The last due moment up to `now`, counted from `first`, which is one: what was slept through counts once."""
    if schedule.every == "hour":
        return first + timedelta(hours=max(0, int((now - first).total_seconds() // 3600)))
    due = first
    while (later := following(schedule, due)) <= now:
        due = later
    return due


def told(schedule: Schedule) -> str:
    """ "Every Monday at 8:00, Europe/Berlin"."""
    if schedule.every == "hour":
        return "Every hour"
    at = f"at {schedule.hour}:00, {schedule.zone}"
    if schedule.every == "day":
        return f"Every day {at}"
    if schedule.every == "week":
        return f"Every {WEEKDAYS[schedule.day]} {at}"
    return f"On day {schedule.day} of every month {at}" + (
        " (the last day where a month is shorter)" if schedule.day > 28 else ""
    )


def _falls_on(schedule: Schedule, day: date) -> bool:
    if schedule.every == "day":
        return True
    if schedule.every == "week":
        return day.weekday() == schedule.day
    is_last = (day + timedelta(days=1)).day == 1
    return day.day == schedule.day or (is_last and day.day < schedule.day)
