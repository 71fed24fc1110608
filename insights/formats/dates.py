"""Dates as people and systems write them, to ISO 8601. A day/month order is never guessed: it is settled or refused."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Order = Literal["dmy", "mdy", ""]

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "pl")
_NUMERIC = re.compile(r"^\s*(?:[A-Za-z]{2,9}\.?,?\s+)?(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})\b(.*)$", re.S)
_YEAR_FIRST = re.compile(r"^\s*(\d{4})([/.\-])(\d{1,2})\2(\d{1,2})(?!\d)(.*)$", re.S)
_COMPACT = re.compile(r"^\s*(19|20)(\d{2})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z)?)?\s*$")
_TIME = re.compile(
    r"^[\s,T]*(?:at\s+|um\s+)?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp])?\.?(?:[Mm]\.?)?"
    r"(?:\s*Uhr)?\s*(Z|UTC|GMT|E[SD]T|M[SD]T|P[SD]T|CES?T|EES?T|WES?T|[+-]\d{2}:?\d{2}|[+-]\d{2})?\s*$"
)
# Abbreviations that mean one offset wherever they are written (CST and IST do not).
_OFFSETS = {
    "Z": "+00:00", "UTC": "+00:00", "GMT": "+00:00", "WET": "+00:00", "WEST": "+01:00", "CET": "+01:00",
    "CEST": "+02:00",
    "EET": "+02:00", "EEST": "+03:00", "EST": "-05:00", "EDT": "-04:00", "MST": "-07:00", "MDT": "-06:00",
    "PST": "-08:00",
    "PDT": "-07:00",
}  # fmt: skip
_SERIAL = re.compile(r"^\s*[3-5]\d{4}([.,]\d{1,12})?\s*$")
_EPOCH = re.compile(r"^\s*(\d{10}|\d{13})\s*$")
_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d{2})-(\d{2})-(\d{2})(?!\d)")
# A day within a line of other words, and words beside it that make it another day than that of the talk.
_IN_LINE = re.compile(
    r"(?<![\w.,/-])(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([./])\d{1,2}\1\d{4}|\d{1,2}(?:st|nd|rd|th|\.)? [^\W\d_]{3,10}\.? \d{4}"
    r"|[^\W\d_]{3,10}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4})(?![\w/-])"
)
_OTHER_DAY = re.compile(
    r"\b(?:until|till|by|before|after|since|from|due|next|valid|deadline|expires?|renew\w*|bis|vor|nach|seit|ab|gültig|frist)\b",
    re.I,
)
_WRITTEN = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y")


SURELY = 3  # dates that allow one order only, against what somebody said: one may be a slip


class AmbiguousDateError(ValueError):
    """A date such as 03/04/2025 whose day and month nothing tells apart."""


def needing_order(values: Iterable[str]) -> Iterator[str]:
    """Those of the values whose day and month only an order tells apart."""
    for value in values:
        if _NUMERIC.match(value):
            try:
                parse(value)
            except AmbiguousDateError:
                yield value
            except ValueError:
                continue


def order_of(values: Iterable[str], given: Order = "") -> Order:
    """Settle a column's day/month order from its own values; `given`, what somebody said of it or of the files that it
    came with, where none of them, a contradiction, or fewer than SURELY of them settle it otherwise.

    Dots settle it too: nobody's calendar writes 03.04.2025 with the month first. What is a date in no order
    (45.13.2025) says nothing of the others'.
    """
    first = second = dotted = 0
    parted = set()
    for value in values:
        if (match := _NUMERIC.match(value)) and _exists(match):
            parted.add(match[2])
            dotted += match[2] == "."
            first += int(match[1]) > 12
            second += int(match[3]) > 12
    if bool(first) == bool(second):
        own: Order = "dmy" if parted == {"."} and not first else ""
    else:
        own = "dmy" if first else "mdy"
    if given and (own in ("", given) or max(first, second, dotted if own == "dmy" else 0) < SURELY):
        return given
    return own


def serial(value: str) -> str:
    """A day as spreadsheets count it ("46040", "46040.4375"), as ISO 8601 from 1982 to 2064; "" for anything else."""
    match = _SERIAL.match(value)
    if not match:
        return ""
    moment = datetime(1899, 12, 30) + timedelta(seconds=round(float(value.replace(",", ".")) * 86400))
    return (moment if match[1] else moment.date()).isoformat()


def parse(value: str, *, order: Order = "") -> str:
    """Return ISO 8601 (a date, or a time with its zone when the text has one).

    Raises AmbiguousDateError when day and month cannot be told apart, ValueError when it is no date at all.
    """
    value = value.strip()
    if len(value) == 10 and value[4] == "-" == value[7] and value.isascii():
        return date.fromisoformat(value).isoformat()
    if match := _YEAR_FIRST.match(value):
        return _compose(int(match[1]), int(match[3]), int(match[4]), match[5])
    if match := _COMPACT.match(value):
        rest = f"{match[5]}:{match[6]}:{match[7] or '00'}{match[8] or ''}" if match[5] else ""
        return _compose(int(match[1] + match[2]), int(match[3]), int(match[4]), rest)
    if match := _EPOCH.match(value):
        seconds = int(match[1]) / (1000 if len(match[1]) == 13 else 1)
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat()
    if match := _NUMERIC.match(value):
        return _numeric(match, order)
    return _worded(value)


def placed(moment: str, zone: str) -> str:
    """An ISO time without a zone, in the zone of that IANA name; dates and times with a zone stay as they are."""
    if "T" not in moment or not zone:
        return moment
    found = datetime.fromisoformat(moment)
    return moment if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone)).isoformat()


def _exists(match: re.Match[str]) -> bool:
    """Whether the day is in the calendar in either order, whatever follows it."""
    first, second, year = _numbers(match)
    for month, day in ((second, first), (first, second)):
        try:
            date(year, month, day)
        except ValueError:
            continue
        return True
    return False


def _numbers(match: re.Match[str]) -> tuple[int, int, int]:
    year = int(match[4])
    if len(match[4]) == 2:
        year += 2000 if year < 70 else 1900
    return int(match[1]), int(match[3]), year


def _numeric(match: re.Match[str], order: Order) -> str:
    first, second, year = _numbers(match)
    if first > 12 or first == second or (order == "dmy" and second <= 12):
        return _compose(year, second, first, match[5])
    if second > 12 or order == "mdy":
        return _compose(year, first, second, match[5])
    raise AmbiguousDateError(match[0].strip())


def _compose(year: int, month: int, day: int, rest: str) -> str:
    """Join a date and what follows it; raises ValueError when either does not exist."""
    day_iso = date(year, month, day).isoformat()
    if not rest.strip():
        return day_iso
    return f"{day_iso}T{clock(rest)}"


def clock(text: str) -> str:
    """A time of day with its zone, as ISO 8601: "2:30 PM" -> "14:30:00". Raises ValueError."""
    match = _TIME.match(" ".join(text.split()))  # wide gaps would be tried at every place that allows one
    if not match:
        raise ValueError("no time of day")
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[5]:
        hour = hour % 12 + (12 if match[5] in "Pp" else 0)
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError("no such time")
    zone = match[6] or ""
    if zone in _OFFSETS:
        zone = _OFFSETS[zone]
    elif zone:
        zone = f"{zone[:3]}:{zone[-2:] if len(zone) > 3 else '00'}"
        if zone[1:] > "15:59":
            raise ValueError("no such zone")
    return f"{hour:02}:{minute:02}:{min(second, 59):02}{zone}"


@lru_cache(maxsize=4096)
def _worded(value: str) -> str:
    """Dates with a month's name: a few fixed shapes first, because dateparser takes milliseconds for each."""
    if not 6 <= len(value) <= 48 or not re.search(r"\d", value) or not re.search(r"[^\W\d_]{3}", value):
        raise ValueError("no date")
    head, _, tail = re.sub(r"[,.]", " ", value).partition(":")
    hour = re.search(r"\s(?:at\s+)?(\d{1,2})$", head) if tail else None
    plain = " ".join(
        re.sub(
            r"^[A-Za-z]{3,9}day\s+|^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s+", "", head[: hour.start()] if hour else head
        ).split()
    )
    for shape in _WRITTEN:
        try:
            day = datetime.strptime(re.sub(r"(\d)(?:st|nd|rd|th)\b", r"\1", plain), shape).date()
        except ValueError:
            continue
        rest = f"{hour[1]}:{value.partition(':')[2]}" if hour else ""
        return _compose(day.year, day.month, day.day, rest)
    return _in_words(value)


def _in_words(value: str) -> str:
    """The dear way, for months in other languages. One day number beside the year, so nothing is left to guess."""
    import dateparser

    days = re.findall(r"(?<!\d)\d{1,2}(?!\d)", re.sub(r"\d{1,2}:\d{2}\S*|[+-]\d{2}:?\d{2}\b", "", value))
    if len(days) != 1:
        raise ValueError("no date")
    found = dateparser.parse(
        value,
        languages=list(LANGUAGES),
        settings={
            "PARSERS": ["absolute-time"],
            "REQUIRE_PARTS": ["day", "month", "year"],
            "DATE_ORDER": "DMY",
        },
    )
    if found is None:
        raise ValueError("no date")
    return found.isoformat() if re.search(r"\d:\d", value) else found.date().isoformat()


def in_name(name: str) -> str:
    """The ISO date written into a file's name, "" when there is none (or none that exists)."""
    for match in _IN_NAME.finditer(name):
        try:
            return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
        except ValueError:
            continue
    return ""


def in_heading(line: str, order: Order = "") -> str:
    """The day that the heading of a note or call names, "" when it names none, several, or one that is another day's
    ("Offer valid until 31 March 2026"). Example: "Visit Acme, 17 March 2026" -> "2026-03-17"."""
    if len(line) > 200 or _OTHER_DAY.search(line):
        return ""
    found = {_day_of(match[0], order) for match in _IN_LINE.finditer(line)} - {""}
    return found.pop() if len(found) == 1 else ""


def _day_of(text: str, order: Order) -> str:
    try:
        return parse(text, order=order or order_of([text]))[:10]
    except ValueError:
        return ""
