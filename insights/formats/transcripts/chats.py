"""Chat logs (Zoom, WhatsApp, Slack, Teams, Intercom and their like) to one chat: who wrote what when.

The trap: a clock beside a name is a time of day in a chat and a time into the recording in a call. It is a chat's where
a date or AM/PM stands with it, where the program's own words do ("From Ann to Everyone"), or where it is past five
o'clock.
"""

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from insights.formats import dates, facts
from insights.formats.tables.columns import ColumnMapping, known
from insights.formats.transcripts import calls, speech, stamped
from insights.formats.transcripts.speech import Piece
from insights.records import Conversation, Problem

_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp]\.?\s?[Mm]\b\.?)?"
_DATE = r"(?:\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})"
_MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
# "[12/03/24, 10:01:22] Ann: words", "12/03/2024, 10:01 - Ann: words", "2024-03-12 10:01 Ann: words"
_DATED = re.compile(rf"^\[?({_DATE}(?:,?\s+|T)(?:at\s+)?{_CLOCK})(?:[.,]\d+)?(?:Z|\s*UTC)?(\])?\s*[-–]?\s*(\S.*)?$")
# "10:01:22 From Ann to Everyone: words", "10:01:22\t From Ann : words", "10:01:22\tAnn:\twords"
_ZOOM = re.compile(
    rf"^({_CLOCK})\s+(?:From|Von|De|Da)\s+(.{{1,80}}?)(?:\s+(?:to|an|à|a|para)\s+(.{{1,80}}?))?\s*:(?:\s+(.*))?$", re.I
)
_TABBED = re.compile(rf"^({_CLOCK})\t\s*([^\t:]{{1,80}}?)\s*:\s*(.*)$")
# "Ann (10:01): words", "Ann [12/03/2024 10:01]: words"
_BESIDE = re.compile(rf"^(\S.{{0,78}}?)\s*[(\[]((?:{_DATE},?\s+)?{_CLOCK})[)\]]\s*:\s*(\S.*)$")
# "Ann Lee  10:01 AM", the words below it
_ABOVE = re.compile(
    rf"^(\S.{{0,78}}?)(?:\s+sent the following messages? at)?\s+(?:[—–-]\s+)?\[?((?:{_DATE},?\s+)?\d{{1,2}}:\d{{2}}\s?[AaPp][Mm])\]?\s*$"
)
_NAMED = re.compile(r"^([^:]{1,80}?)\s*:(?:\s+(.*)|$)")
_PHONE = re.compile(r"^\+?[\d\s()-]{6,20}$")
# What the program put in place of a picture or a file.
_PLACEHOLDER = re.compile(r"^<[^<>]{3,40}>$")
_OFFICE_HOURS = 5 * 3600
_PAUSE = 3600.0
_ADVICE = "Write dates as YYYY-MM-DD, or give the day/month order with a mapping."


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `at` is its date and time, or its time of day, as written."""

    speaker: str
    at: str
    text: str


Shape = Callable[[str], Message | None]


def read(
    body: Sequence[str], notes: Mapping[str, str], name: str, mapping: ColumnMapping, problems: list[Problem]
) -> Conversation | None:
    """The chat that a text's lines are, None when they are none. What stands before the first message is kept noted."""
    found = _messages(body, name)
    if found is None:
        return None
    first, messages = found
    above, people = stamped.preamble([line.strip() for line in body[:first] if line.strip()])
    notes = {**above, **notes}
    if not any(message.text for message in messages):
        return None
    dated = next((key for key in notes if (known(key) or ("",))[0] == "date"), "date")
    day = _day(notes.get(dated, ""), mapping) or dates.in_name(name)
    starts, occurred_at = _times([message.at for message in messages], day, name, mapping, problems)
    if occurred_at:
        notes[dated] = occurred_at
    pieces = [Piece(message.speaker, message.text, start) for message, start in zip(messages, starts, strict=True)]
    turns = speech.turns(pieces, joint="\n", pause=_PAUSE)
    return calls.build(name, turns, notes, mapping, problems, kind="chat", people=people)


def _messages(body: Sequence[str], name: str) -> tuple[int, list[Message]] | None:
    """The line of the first message, and all of them, in the shape that fits most lines."""
    lines = [speech.narrow(line.strip(_MARKS)).rstrip() for line in body]
    top = [i for i, line in enumerate(lines) if line.strip()][:12]
    best: tuple[int, Shape] | None = None
    for shape in _SHAPES:
        if not any(shape(lines[i]) for i in top):
            continue
        count = sum(shape(line) is not None for line in lines)
        if (count > 1 or (count == 1 and shape in (_dated, _zoom))) and (best is None or count > best[0]):
            best = count, shape
    if best is None or best[0] < len(lines) / 25:
        return None
    shape = best[1]
    first = next(i for i, line in enumerate(lines) if shape(line))
    if shape is _beside and not _is_of_day(shape(lines[first]), name):
        return None
    messages = list(_joined(lines[first:], body[first:], shape))
    return (first, messages) if _are_people([message.speaker for message in messages]) else None


def _are_people(speakers: Sequence[str]) -> bool:
    """False for a diary, whose entries ("Called Dana: too dear") have a label each where a chat has people."""
    counts = Counter(speakers)
    likely = sum(count for name, count in counts.items() if count > 1 or speech.looks_named(name) or _PHONE.match(name))
    return len(counts) <= max(3, len(speakers) / 2) and likely >= len(speakers) * 0.6


def _joined(lines: Sequence[str], raw: Sequence[str], shape: Shape) -> Iterator[Message]:
    """Messages with the lines that carry on below them; what the program said itself (no speaker) is left out."""
    open_message: Message | None = None
    below: list[str] = []

    def done() -> Iterator[Message]:
        if open_message and open_message.speaker:
            text = "\n".join(part for part in (open_message.text, *below) if part.strip())
            yield Message(open_message.speaker, open_message.at, text.strip(_MARKS + " \t\n"))

    for line, given in zip(lines, raw, strict=True):
        message = shape(line)
        if message is None:
            if line.strip():
                below.append(line.strip())
            continue
        yield from done()
        # WhatsApp on a phone marks what it says itself with a left-to-right mark.
        from_program = _PLACEHOLDER.match(message.text) or "\u200e" in given[given.find(message.text) - 2 :][:3]
        open_message = Message(message.speaker, message.at, "") if from_program else message
        below = []
    yield from done()


def _dated(line: str) -> Message | None:
    match = _DATED.match(line)
    if not match or (line.startswith("[") != bool(match[2])):
        return None
    rest = (match[3] or "").strip(_MARKS)
    if said := _NAMED.match(rest):
        return Message(said[1].strip(" ~\u202f\xa0"), match[1], (said[2] or "").strip(_MARKS))
    # Teams writes the words below the name; anything else without a colon is the program's own line.
    return Message(rest if match[2] and speech.looks_named(rest) else "", match[1], "")


def _zoom(line: str) -> Message | None:
    match = _ZOOM.match(line)
    return Message(" ".join(match[2].split()), match[1], match[4] or "") if match else None


def _tabbed(line: str) -> Message | None:
    match = _TABBED.match(line)
    return Message(" ".join(match[2].split()), match[1], match[3]) if match else None


def _beside(line: str) -> Message | None:
    match = _BESIDE.match(line)
    return Message(match[1], match[2], match[3]) if match and speech.looks_named(match[1]) else None


def _above(line: str) -> Message | None:
    match = _ABOVE.match(line)
    return Message(match[1], match[2], "") if match and speech.looks_named(match[1]) else None


_SHAPES: tuple[Shape, ...] = (_dated, _zoom, _tabbed, _beside, _above)


def _is_of_day(message: Message | None, name: str) -> bool:
    """True when a message's clock is a time of day, not a time into a recording."""
    if message is None or "chat" in PurePosixPath(name).name.casefold():
        return True
    parts = message.at.split(":")
    if not parts[0].isdigit() or not parts[-1].isdigit():
        return True  # a date, AM or PM
    return int(parts[0]) * 3600 >= _OFFICE_HOURS and len(parts) == 2


def _times(
    moments: Sequence[str], day: str, name: str, mapping: ColumnMapping, problems: list[Problem]
) -> tuple[list[float | None], str]:
    """Seconds of each message from the first, and when that was; "" when neither they nor `day` tell."""
    order = dates.order_of(moments, mapping.date_order)
    found: list[str] = []
    trouble = False
    for moment in moments:
        try:
            found.append(dates.parse(moment, order=order))
        except dates.AmbiguousDateError:
            trouble = True
            break
        except ValueError:
            found.append(_of_day(moment))
    if trouble:
        reason = "The dates of this chat could be day/month or month/day; it is kept without a date."
        problems.append(Problem(name, None, reason, _ADVICE, kept=True))
        return _within_a_day(moments), ""
    if found and found[0].startswith("1970-01-01T"):
        starts = [None if (at := facts.since(found[0], item)) is None else at % 86_400 for item in found]
        return starts, f"{day}{found[0][10:]}" if day else ""
    return [facts.since(found[0], item) for item in found], found[0] if found else ""


def _day(date: str, mapping: ColumnMapping) -> str:
    """The day of a noted date, "" when it is none or not to be told."""
    try:
        return dates.parse(date, order=mapping.date_order)[:10]
    except ValueError:
        return ""


def _of_day(moment: str) -> str:
    try:
        return f"1970-01-01T{dates.clock(moment)}"
    except ValueError:
        return ""


def _within_a_day(moments: Sequence[str]) -> list[float | None]:
    """Seconds from the first message for those of the same day, as far as dates that cannot be read allow."""
    days = [re.split(r"[,\sT]", moment, maxsplit=1)[0] for moment in moments]
    times = [_of_day(moment[len(day) :].strip(", T")) for moment, day in zip(moments, days, strict=True)]
    return [
        facts.since(times[0], time) if day == days[0] and time else None for day, time in zip(days, times, strict=True)
    ]


# Slack's export: an array of messages for each channel and day.


def is_slack(value: object) -> bool:
    """True for a message of a Slack export: its time is a string of seconds and a serial number."""
    return (
        isinstance(value, dict)
        and value.get("type") == "message"
        and isinstance(value.get("ts"), str)
        and re.fullmatch(r"\d{9,11}\.\d{1,9}", value["ts"]) is not None
    )


def slack_messages(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The messages of a Slack object that holds a channel's, [] for any other object."""
    messages = value.get("messages")
    if not isinstance(messages, list) or not messages or not is_slack(messages[0]):
        return []
    return [message for message in messages if isinstance(message, dict)]


def slack(
    items: Sequence[Mapping[str, Any]], name: str, mapping: ColumnMapping, *, title: str = ""
) -> Conversation | Problem:
    """One chat of a Slack export's messages, in the order of their times."""
    ordered = sorted((item for item in items if is_slack(item)), key=lambda item: float(item["ts"]))
    names = {str(item.get("user")): _slack_name(item) for item in ordered if item.get("user")}
    origin = float(ordered[0]["ts"])
    found = [
        Piece(_slack_name(item) or "", _slack_text(item, names), round(float(item["ts"]) - origin, 6))
        for item in ordered
        if not str(item.get("subtype", "")).endswith(("_join", "_leave", "_topic", "_purpose", "_archive", "_name"))
    ]
    turns = speech.turns(found, joint="\n", pause=_PAUSE)
    if not turns:
        return Problem(name, None, "This Slack export holds no messages with words.", "Leave it out.")
    notes = {"date": str(int(origin)), "subject": title}
    problems: list[Problem] = []
    return calls.build(name, turns, {k: v for k, v in notes.items() if v}, mapping, problems, kind="chat")


def _slack_name(item: Mapping[str, Any]) -> str:
    profile = item.get("user_profile")
    profile = profile if isinstance(profile, dict) else {}
    found = (profile.get("real_name"), profile.get("display_name"), item.get("username"), item.get("user"))
    return next((name.strip() for name in found if isinstance(name, str) and name.strip()), "")


def _slack_text(item: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """A message's words: Slack writes people and characters as codes, which are put back."""
    text = item.get("text") if isinstance(item.get("text"), str) else ""
    text = re.sub(r"<@(\w{1,20})(?:\|[^>]{0,80})?>", lambda m: "@" + names.get(m[1], m[1]), str(text))
    return html.unescape(re.sub(r"<(?:https?|mailto|tel):[^<>|]{1,2000}\|([^<>]{1,500})>", r"\1", text))
