"""What a report compares, of how many, and in which order, as sentences."""

from datetime import date, timedelta

from insights.wording import day, number, plural, span
from pipelines.report import TrendReport


def beginning(days: int) -> str:
    """How much of a period is compared with one that is not over: "the first day", "the first 12 days"."""
    return "the first day" if days == 1 else f"the first {days} days"


def windows(report: TrendReport) -> str:
    """Which windows the verdicts compare, as a sentence without its full stop."""
    days = (report.current.end - report.current.start + timedelta(days=1)).days
    if report.windows == "quarter":
        if report.current.complete:
            return f"{report.current.label} compared with {report.previous.label}"
        like = (
            f"{beginning(days)} of {report.current.label}, after which there are no conversations, compared with as many "
            f"of {report.previous.label}"
        )
        return like[0].upper() + like[1:]
    return f"{span(report.current)} compared with the {_days(days)} before ({span(report.previous)})"


def counted(report: TrendReport) -> str:
    """How many the shares of both windows are of: "171 conversations now, 159 before"; "" where no theme tells."""
    now, before = _denominators(report)
    return f"{plural(now, report.unit)} now, {number(before)} before" if now or before else ""


def compared(count: int, *, before: int, undated: int) -> str:
    """How many themes are compared, where that is not how many are counted: `before` are heard in none of what matches,
    only before it, and `undated` in no conversation with a day. "" where they are the same."""
    parts = [
        f"{before:,} of them heard only before what matches" if before else "",
        f"{undated:,} more in no conversation with a day" if undated else "",
    ]
    told = ", ".join(filter(None, parts))
    return f"Compared {'is' if count == 1 else 'are'} {plural(count, 'theme')}, {told}." if told else ""


def outside(report: TrendReport) -> str:
    """Which conversations stand in neither window and why, as a sentence; "" where all do, or another unit is
    counted."""
    now, before = _denominators(report)
    if report.windows == "rolling" and (since := report.filters.since):
        first, start = day(date.fromisoformat(since)), report.current.start.isoformat()
        if since > start:
            return f"What is compared reaches back before {first}, because its length was chosen too."
        if since < start:
            return (
                f"Not all from {first} on is compared: as many days must lie before it, or another length was chosen."
            )
    older = report.conversations - now - before
    if report.unit != "conversation" or not now or older < 1:
        return ""
    which = "outside both windows" if report.windows == "quarter" else f"from before {day(report.previous.start)}"
    if older == 1:
        return f"1 conversation is {which}: it is in the charts, and in no share."
    return f"{number(older)} conversations are {which}: they are in the charts, and in no share."


def _denominators(report: TrendReport) -> tuple[int, int]:
    trend = next((row.trend for row in report.rows if not row.split), None)
    return (trend.current.denominator, trend.previous.denominator) if trend else (0, 0)


def _days(count: int) -> str:
    return "day" if count == 1 else f"{count} days"


# How a report's themes are sorted: as its page has them unasked, or as somebody chose.
ORDERS = {"": "What changed first", "frequent": "Most frequent", "rising": "Grew most", "falling": "Fell most"}


def ordered(order: str) -> str:
    """What a list by change is sorted by, and what may be chance in it; "" for the other orders."""
    if order not in ("rising", "falling"):
        return ""
    first, sure = ("rise", "Rising or New") if order == "rising" else ("fall", "Falling or Gone")
    return f"By the change in points, the largest {first} first. Only what is marked {sure} changed for sure; the rest may be chance."
