"""What the values of a column say of it, where its header says too little or nothing."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from insights import deals, people, personas
from insights.formats import dates
from insights.privacy import numbers
from insights.privacy.vocabulary import fold, given_names

MOSTLY = 0.9  # of a column's values that must be dates: one 31 February does not take the dates of forty rows away
FEWEST_WORDS = 3  # of the text
MOST_WORDS = 6  # of a name or a stage
# Where a plain "Title" holds one of these it is what a talk was called, not what somebody is.
_OF_TALKS = frozenset({
    "agenda", "call", "calls", "catch", "chat", "check", "checkin", "demo", "discovery", "discussion", "email",
    "fw", "fwd", "follow", "followup", "intro", "introduction", "kickoff", "meeting", "notes", "onboarding",
    "presentation", "proposal", "re", "recap", "renewal", "review", "session", "sync", "talk", "up", "visit",
    "webinar", "with", "workshop",
})  # fmt: skip
_DAY = re.compile(r"\d{8}|\d{10}|\d{13}|[3-5]\d{4}(?:[.,]\d+)?")  # 20260317, Unix time, a spreadsheet's serial number
STANDS_OPEN = 7  # values of a field, up to which they are no burden to choose from


def fits(role: str, values: Sequence[str]) -> bool:
    """Whether a column's values may be what its name was guessed to be; without values nothing speaks against it."""
    if not values:
        return True
    if role == "date":
        return sum(is_date(value) or value[:4].isdigit() for value in values) >= MOSTLY * len(values)
    words = sum(len(value.split()) for value in values) / len(values)
    numbers = sum(not any(sign.isalpha() for sign in value) for value in values) / len(values)
    if role == "text":
        return words >= FEWEST_WORDS
    if role == "address":
        return all("@" in value for value in values)
    return words <= MOST_WORDS and numbers < 0.5 and not all(is_date(value) for value in values)


def may_place(values: Sequence[str]) -> bool:
    """Whether a column that nothing gave a meaning may hold the date or the account: names or days, however they are
    written, but neither amounts and running numbers nor sentences."""
    given = [value for value in values if value.strip()][:50]  # months in words take their time
    return bool(given) and (fits("account", given) or any(is_date(value) or _DAY.fullmatch(value) for value in given))


def comes_again(different: int, shared: int, of: int) -> bool:
    """Whether a field is worth a filter: of the conversations that have one (`of`) half share theirs with another, or
    there are few values. An id, a subject line or a sentence nearly every conversation has for itself."""
    return different <= STANDS_OPEN or 2 * shared >= of


def reaches(header: str, values: Sequence[str]) -> Literal["email", "phone", ""]:
    """Whether a column holds addresses or numbers at which people are reached, and hardly anything else: no filter
    should list them."""
    kinds = Counter(_reach(header, value) for value in values)
    for kind in ("email", "phone"):
        if kinds[kind] >= max(1, MOSTLY * len(values)):
            return kind
    return ""


def _reach(header: str, value: str) -> str:
    """ "email" or "phone" where nothing but such stands in a cell; a number by itself may be one by its column's
    name."""
    if len(value) > 400 or not any(sign.isdigit() or sign == "@" for sign in value):
        return ""
    text, start = f"{header}: {value}", len(header) + 2
    places = [place for place in numbers.find(text) if place[0] >= start and place[2] in ("email", "phone")]
    rest = list(text[start:])
    for begin, end, _ in places:
        rest[begin - start : end - start] = " " * (end - begin)
    return places[0][2] if places and not any(sign.isalnum() for sign in rest) else ""


def are_outcomes(values: Sequence[str]) -> bool:
    """Whether they say nothing but won, lost or open, and not all of them open."""
    return bool(values) and all(map(deals.is_bare, values)) and any(map(deals.closed, values))


def are_people(values: Sequence[str]) -> bool:
    """Whether most of these are people's names rather than companies'."""
    named = sum(
        people.is_titled(value) or any(fold(word) in given_names() for word in value.replace(",", " ").split())
        for value in values
        if len(value.split()) in (2, 3, 4) and not any(sign.isdigit() for sign in value)
    )
    return 2 * named > len(values)


def are_jobs(values: Sequence[str], least: float) -> bool:
    held = sum(
        len(value.split()) <= MOST_WORDS
        and _OF_TALKS.isdisjoint(re.findall(r"\w+", value.casefold()))
        and personas.persona(value).function != "unknown"
        for value in values
    )
    return held > least * len(values)


def values_of(rows: Sequence[Sequence[str]], position: int) -> list[str]:
    return [row[position].strip() for row in rows if position < len(row) and row[position].strip()]


def wordiest(sample: Sequence[Sequence[str]], free: Sequence[int]) -> int | None:
    """The free column with the longest prose: at least five words on average."""
    found: int | None = None
    most = 5.0
    for position in free:
        values = values_of(sample, position)
        words = sum(len(value.split()) for value in values) / len(values) if values else 0
        if words >= most and (found is None or words > most):
            found, most = position, words
    return found


def dated(sample: Sequence[Sequence[str]], free: Sequence[int]) -> int | None:
    """The first free column that holds dates, but for a slip in ten or more."""
    for position in free:
        values = values_of(sample, position)
        if values and sum(map(is_date, values)) >= MOSTLY * len(values):
            return position
    return None


def is_date(value: str) -> bool:
    if len(value) > 40 or not re.search(r"[/.\-\s]", value):
        return False
    try:
        dates.parse(value)
    except dates.AmbiguousDateError:
        return True
    except ValueError:
        return False
    return True
