"""Plain text: a chat or a transcript when its lines name speakers, otherwise a seller's note."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from insights.formats import dates, facts
from insights.formats.sources import Source, larger, lines, shown
from insights.formats.tables.columns import ColumnMapping, known
from insights.formats.transcripts import calls, chats, roster, stamped
from insights.records import Conversation, Problem, Utterance

_FACT = re.compile(r"^\s*(?:[*_]{2})?([^\W\d_][\w /-]{1,40}?)(?:[*_]{2})?\s*:(?:[*_]{2})?\s+(.+)$")
# Facts that no speaker is ever called by; a block of facts needs one of them.
_TELLING = ("date", "account", "title", "stage", "outcome", "job_title", "kind", "id", "time")
MOST_FACTS = 40  # lines on top in which facts of a company's own are looked for
LONGEST_VALUE = 8  # words of a fact that only the company knows
_CHAT = re.compile(r"chat|whatsapp|slack|intercom|messenger", re.I)
_EMPTY = "There is no text in this file."


def read(source: Source, mapping: ColumnMapping) -> Iterator[Conversation | Problem]:
    """Yield the file's one conversation, then a problem for each part that could not be read."""
    problems: list[Problem] = []
    yield from conversation(_text(source, problems), source.name, mapping, problems)


def conversation(
    body: Sequence[str], name: str, mapping: ColumnMapping, problems: list[Problem]
) -> Iterator[Conversation | Problem]:
    """Yield the one conversation that a file's lines are, and its problems; without words one problem alone."""
    notes, start = _facts_on_top(body)
    found = chats.read(body[start:], notes, name, mapping, problems)
    if found is None:
        preamble, people, utterances = stamped.transcript(body[start:])
        listed = [key for key in notes if key.casefold() in stamped.PEOPLE and roster.is_entry(notes[key])]
        if listed and ";" not in notes[listed[0]]:  # else its parts say more (see calls.build)
            people = [*people, *roster.read([notes.pop(listed[0])])]
            utterances = roster.in_full(utterances, people)
        kind = "chat" if _CHAT.search(PurePosixPath(name).name) else "call"
        if not utterances:
            kind, preamble = "note", {}
            speaker = next((value for key, value in notes.items() if (known(key) or ("",))[0] == "rep"), "")
            parts = facts.paragraphs(facts.plain_text("\n".join(body[start:])))
            utterances = [Utterance(speaker, "seller", "reported", part) for part in parts]
        if utterances:
            told = {"kind": kind} | preamble | notes
            told |= _day_above(told, body[start:], name, mapping)
            found = calls.build(name, utterances, told, mapping, problems, people=people)
    if found is not None:
        yield found
        yield from (replace(problem, kept=True) for problem in problems)
    else:
        yield problems[0] if problems else Problem(name, None, _EMPTY, "Leave it out, or fill it.")


def _day_above(notes: Mapping[str, str], body: Sequence[str], name: str, mapping: ColumnMapping) -> dict[str, str]:
    """The day in the title, else in a first line that is no sentence, where nothing else says when it was."""
    if dates.in_name(name) or any((known(key) or ("",))[0] == "date" for key in notes):
        return {}
    first = next((line.strip() for line in body if line.strip()), "")
    above = notes.get("subject") or ("" if first.endswith((".", "?", "!")) else first)
    day = dates.in_heading(above, mapping.date_order)
    return {"date": day} if day else {}


def turns(body: Sequence[str]) -> list[Utterance]:
    """The turns of a transcript, [] when the lines name no speakers."""
    return stamped.turns(body)


def _text(source: Source, problems: list[Problem]) -> list[str]:
    found: list[str] = []
    size = 0
    for line in lines(source):
        size += max(source.limits.least, len(line.text) + 1)
        if line.overlong:
            reason = f"A line is longer than {shown(source.limits.line)}."
            problems.append(Problem(source.name, line.number, reason, "Break it into lines, or leave it out."))
        elif size > source.limits.record:
            reason = f"The text is larger than {larger(source.limits)}; the rest was not read."
            problems.append(Problem(source.name, line.number, reason, "Split it into one file a conversation."))
            break
        else:
            found.append(line.text)
    return found


def _is_day(value: str) -> bool:
    try:
        return bool(dates.parse(value))
    except dates.AmbiguousDateError:
        return True
    except ValueError:
        return False


def _is_own_fact(fact: re.Match[str], below: Sequence[str]) -> bool:
    """Whether a line says a fact of the company's own, and not what somebody said: no sentence, and nobody below is
    called so."""
    label, value = fact[1], fact[2].strip()
    short = len(value.split()) <= LONGEST_VALUE and not value.endswith((".", "?", "!", "…"))
    return short and not any(line.lstrip(" *_>[").startswith(label) for line in below)


def _facts_on_top(body: Sequence[str]) -> tuple[dict[str, str], int]:
    """The `Account: Acme` lines that open a file and where the text after them starts. They end at a blank line, or
    where they are two or one of them is a day. What nobody knows ("Campaign: Trade fair") is one of them above a blank
    line."""
    notes: dict[str, str] = {}
    roles: set[str] = set()
    start = next((i for i, line in enumerate(body) if line.strip()), 0)
    if start < len(body) - 1 and body[start].strip() == "---":
        start += 1  # Markdown's front matter
    heading = re.match(r"^#{1,3}\s+(.+)$", body[start]) if body else None
    at = start + 1 if heading else start
    while heading and at < len(body) and not body[at].strip():
        at += 1
    stop = next((i for i in range(at, len(body)) if body[i].strip() in ("", "---")), at)
    told = [known(fact[1]) for line in body[at : min(stop, at + MOST_FACTS)] if (fact := _FACT.match(line))]
    if len({role[0] for role in told if role} & {*_TELLING}) < 2:
        stop = at
    while at < len(body):
        fact = _FACT.match(body[at])
        role = (("people", 0) if fact[1].casefold() in stamped.PEOPLE else known(fact[1])) if fact else None
        if fact and not role and at < stop and len(notes) < MOST_FACTS and _is_own_fact(fact, body[stop:]):
            role = ("", 0)
        if not fact or not role or fact[1] in notes or role[0] in ("text", "speaker"):
            break
        notes[fact[1]] = fact[2].strip()
        roles.add("day" if role[0] == "date" and _is_day(fact[2]) else role[0])
        at += 1
    if at == len(body):
        return {}, 0
    telling = roles & {*_TELLING, "day"}
    if not telling or (body[at].strip() not in ("", "---") and len(telling) < 2 and "day" not in telling):
        notes, at = {}, start + 1 if heading else start
    elif body[at].strip() == "---":
        at += 1
    if heading:
        notes = {"subject": heading[1].strip()} | notes
    return notes, at
