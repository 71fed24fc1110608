"""Who wrote a quoted mail and when, read from the line or the header block that a mail program set above it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from insights.formats.mail import phrases
from insights.formats.mail.phrases import ADDRESS, pattern
from insights.records import Participant

_MOST_NAME_WORDS = 5
_NUMERIC = re.compile(r"(?<!\d)(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?!\d)")
_CHINESE = re.compile(r"(\d{4})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DAY_MONTH = re.compile(r"(?<!\d)(\d{1,2})(?:\.|st|nd|rd|th|º|er)?[\s-](?:de\s)?([^\W\d_]{3,14})")
_MONTH_DAY = re.compile(r"(?<!\w)([^\W\d_]{3,14})\.?\s(\d{1,2})(?![\d:])")
_CLOCK = re.compile(
    r"(?<![\d:])(\d{1,2})(?::(\d{2})(?::(\d{2}))?|h(\d{2}))(?!\d)\s?(?:([AaPp])\.?[Mm])?"
    r"\s*\(?(?:GMT|UTC)?\s?([+-]\d{2}:?\d{2}|[+-]\d{1,2}(?![\d:])|Z|GMT|UTC)?"
)
_MAILTO = re.compile(r"\[mailto:[^\]]{1,200}\]|\(mailto:[^)]{1,200}\)|<mailto:[^>]{1,200}>", re.I)
_NOTES_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\s+\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AP]M)?", re.I)
_STAMPED = re.compile(r"(?:\s+on)?\s+(?=\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b)")
_MARKS = " >|*\t"
_MOST_HEADERS = 40
_MOST_ABOVE = 3


@dataclass(frozen=True, slots=True)
class Attribution:
    """What a heading tells of a quoted mail, and how many of the lines below it belong to the heading."""

    sender: Participant
    sent_at: str = ""
    subject: str = ""
    lines: int = 0


def attribute(heading: Sequence[str], below: Sequence[str], *, before: str = "") -> Attribution | None:
    """Read the heading of a quotation and the headers below it; None when no author can be told.

    `before` is the ISO date of the quoting mail: it settles 03/04/2025, which nothing else does.
    """
    line = " ".join(part.strip(" >|\t") for part in heading)
    if pattern("wrote").match(line) or line.endswith(">:"):
        sender = _sender(line)
        return Attribution(sender, when(line, before=before)) if sender else None
    return _from_block([*heading, *below[:_MOST_HEADERS]], len(heading), before)


def _from_block(lines: Sequence[str], skipped: int, before: str) -> Attribution | None:
    """From a block of headers, "From: …" and its like, or a Lotus Notes heading. `skipped` lines are above `below`."""
    values, above, end = _values(lines)
    # "From: Ann Lee on 03/03/2025 09:12 AM", as Lotus Notes writes it
    name, *stamp = _STAMPED.split(" ".join(values.get("from", "").split()), maxsplit=1)
    sender, sent = _person(name), values.get("date") or "".join(stamp)
    if not sender and (dated := _NOTES_DATE.search(above)) and ("subject" in values or "to" in values):
        sender, sent = _person(re.sub(r"^.*\bby\s", "", above[: dated.start()])), dated[0]
    if not sender:
        return None
    return Attribution(sender, when(sent, before=before), values.get("subject", ""), max(0, end - skipped))


def _values(lines: Sequence[str]) -> tuple[dict[str, str], str, int]:
    """The headers by kind, a value may go on in the next line; the words above them; and where they end."""
    values: dict[str, str] = {}
    above: list[str] = []
    last, end = "", 0
    for at, line in enumerate(lines):
        text = _bare(line)
        if match := _headers().match(text):
            last = next(kind for kind in _KINDS if match[kind] is not None)
            values.setdefault(last, match["value"].strip(_MARKS))
            end = at + 1
        elif not end:
            above += [text] if text else []
            if len(above) > _MOST_ABOVE:
                break
        elif not text:
            if not _resumes(lines[at + 1 :], values):
                break
        elif end < at or not _goes_on(lines, at, last):
            break
        else:
            values[last] = f"{values[last]} {text}"
            end = at + 1
    return values, " ".join(above), end


def _resumes(lines: Sequence[str], values: Mapping[str, str]) -> bool:
    """True for headers that go on below blank lines, as some mail programs write them: a new one comes next."""
    following = next((part for part in map(_bare, lines) if part), "")
    further = _headers().match(following)
    if not further:
        return False
    return not any(further[kind] is not None and kind in values for kind in _KINDS[:-1])


def _bare(line: str) -> str:
    return line.strip(_MARKS)


def _goes_on(lines: Sequence[str], at: int, last: str) -> bool:
    """True for a line that continues the header above it: addresses up to the block's end, a subject only inside it."""
    following = _bare(lines[at + 1]) if at + 1 < len(lines) else ""
    if last in ("subject", "date"):
        return bool(following and _headers().match(following))
    return not following or bool(_headers().match(following)) or lines[at][:1] in ("\t", " ") or "@" in lines[at]


_KINDS = ("from", "date", "subject", "to", "other")


@cache
def _headers() -> re.Pattern[str]:
    kinds = {
        "from": phrases.joined("from"),
        "date": phrases.joined("date_header"),
        "subject": phrases.joined("subject_header"),
        "to": phrases.joined("to_header"),
        "other": phrases.joined("header"),
    }
    alternatives = "|".join(f"(?P<{kind}>{words})" for kind, words in kinds.items())
    return re.compile(rf"^(?:{alternatives})\*?\s?[:：]\*?(?P<value>.*)$", re.I)


def _person(text: str) -> Participant | None:
    """A From header's value as mail programs show it: "Ann Lee <a@x>", "Lee, Ann [mailto:a@x]", "Ann Lee/NA/Acme"."""
    text = text[:300]
    address = _address(text)
    name = re.split(r"[<\[(]", _MAILTO.sub("", text), maxsplit=1)[0]
    name = re.split(r"(?<=\w)[/@]\w", name, maxsplit=1)[0] if not address else name
    name = " ".join(name.strip(" \t\"'’*;,:").split())
    if address and (not name or re.fullmatch(ADDRESS, name)):
        name = address[0]
    if not re.search(r"\w", name) or len(name) > 100:
        return None
    return Participant(name, address[0].strip("'’").casefold() if address else "")


def _sender(line: str) -> Participant | None:
    """The author that a line such as "On …, Ann Lee <a@x> wrote:" names, wherever the language puts them."""
    text = _MAILTO.sub("", line)
    address = _address(text)
    verb = pattern("wrote").match(text)
    name = ""
    if address:
        name = _name_before(text[: address.start()])
    elif verb:
        name = _name_before(text[: verb.start("verb")]) or _name_after(text[verb.end("verb") :])
    if not name and address:
        name = address[0]
    if not re.search(r"[^\W\d_]", name):
        return None
    return Participant(name, address[0].strip("'’").casefold() if address else "")


def _address(text: str) -> re.Match[str] | None:
    """The first mail address; "Ann Lee@Acme", as Lotus Notes writes, is none."""
    return next((found for found in re.finditer(ADDRESS, text) if "." in found[0].rpartition("@")[2]), None)


def _name_before(text: str) -> str:
    """The words of a name that end here: back to a date, a time or whatever else is no name."""
    text = text.rstrip(" <([\"'’,:")
    quoted = re.search(r"[\"“]([^\"“”]{1,80})$", text)
    if quoted:
        return quoted[1].strip()
    found: list[str] = []
    for word in reversed(text.split()[-12:]):
        bare = word.strip(",;()*")
        if _is_clock(bare) or (found and word.endswith((",", ":", ";"))) or len(found) > _MOST_NAME_WORDS:
            break
        found.append(bare)
    return " ".join(reversed(found)).strip(" \"'’*-_>")


def _name_after(text: str) -> str:
    found: list[str] = []
    for word in text.split()[:12]:
        bare = word.strip(",;:()*<>")
        if _is_clock(bare) or len(found) > _MOST_NAME_WORDS:
            break
        found.append(bare)
        if word.endswith((":", "：")):
            break
    return " ".join(found).strip(" \"'’*-_:")


@cache
def _clock_words() -> re.Pattern[str]:
    verbs = "|".join(re.escape(word) for word in phrases.words()["wrote"])
    return re.compile(rf"(?:{phrases.joined('clock')}|{phrases.joined('lead')}|{verbs})$", re.I)


def _is_clock(word: str) -> bool:
    """A word that belongs to a date, a time or the verb, not to a name."""
    return any(letter.isdigit() for letter in word) or bool(word and _clock_words().match(word)) or not word


def when(text: str, *, before: str = "") -> str:
    """The date in a text in any of the languages, as ISO 8601 with the time and zone that it has; "" for none.

    Day and month that nothing tells apart are settled by `before` when only one order lies in the weeks before it.
    """
    text = text[:300]
    day = _day(text, before)
    if day is None:
        return ""
    clock = _CLOCK.search(_NUMERIC.sub(" ", text))
    if not clock:
        return day.isoformat()
    hour, minute, second = int(clock[1]), int(clock[2] or clock[4]), int(clock[3] or 0)
    if clock[5]:
        hour = hour % 12 + (12 if clock[5] in "Pp" else 0)
    try:
        moment = datetime(day.year, day.month, day.day, hour, minute, min(second, 59)).isoformat()
        return datetime.fromisoformat(moment + _zone(clock[6] or "")).isoformat()
    except ValueError:
        return day.isoformat()


def _zone(text: str) -> str:
    if text in ("Z", "GMT", "UTC"):
        return "+00:00"
    digits = re.sub(r"\D", "", text)
    if not digits:
        return ""
    digits = digits.zfill(2) if len(digits) < 3 else digits
    return f"{text[0]}{digits[:2]}:{digits[2:] or '00'}"


def _day(text: str, before: str) -> date | None:
    if match := _CHINESE.search(text):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    for match in _NUMERIC.finditer(text):
        if found := _numeric(match, before):
            return found
    year = _YEAR.search(text)
    if not year:
        return None
    told = text.casefold()
    named = [(match[1], match[2]) for match in _DAY_MONTH.finditer(told)]
    named += [(match[2], match[1]) for match in _MONTH_DAY.finditer(told)]
    for day, name in named:
        if month := _months().get(name):
            return _date(int(year[0]), month, int(day))
    return None


def _numeric(match: re.Match[str], before: str) -> date | None:
    first, second, third = int(match[1]), int(match[3]), int(match[4])
    if len(match[1]) == 4:
        return _date(first, second, third)
    if len(match[1]) > 2 or len(match[4]) not in (2, 4):
        return None
    year = third if third > 99 else third + (2000 if third < 70 else 1900)
    orders = [_date(year, second, first), _date(year, first, second)]
    if match[2] == "." or orders[0] == orders[1]:
        return orders[0]
    possible = [found for found in orders if found]
    if len(possible) == 2 and before:
        sent = datetime.fromisoformat(before).date()
        possible = [day for day in possible if timedelta(days=-1) <= sent - day <= timedelta(days=60)]
    return possible[0] if len(possible) == 1 else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@cache
def _months() -> dict[str, int]:
    return {word: number for number, line in enumerate(phrases.words()["months"], start=1) for word in line.split()}
