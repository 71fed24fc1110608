"""Who took part, as recorders list it above a transcript: people on one line, or one a line beneath their companies.

A company's line looks like a person's: it is one when nobody of that name speaks and no given name is in it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from insights import people
from insights.formats import facts
from insights.formats.tables.contents import are_people
from insights.formats.transcripts import speech
from insights.records import Participant, Utterance

_BESIDE = re.compile(r"^([^();,]{2,80}?)\s*\(([^()]{1,80})\)$")
_APART = re.compile(r"[,;](?![^(]*\))")
_LONGEST = 120  # characters of a line that lists people
_MOST_WORDS = 6  # of a name, a company or a job title


def is_entry(line: str) -> bool:
    """Whether a line beneath such a heading can be part of the list: few words between commas, and no sentence."""
    parts = _parts(line)
    return len(line) <= _LONGEST and not line.endswith((".", "?", "!", ":")) and bool(parts) and (
        all(len(part.split()) <= _MOST_WORDS for part in parts) and not facts.seconds(parts[0])
    )  # fmt: skip


def read(lines: Sequence[str], speakers: Iterable[str] = ()) -> list[Participant]:
    """The people of such a list. Where several lines say whose people they are, the company stands beside the name, as
    recorders write it elsewhere: "Ann Lee (Acme)"."""
    if len(lines) < 2:
        return [_person(part) for line in lines for part in _parts(line)]
    spoken = tuple(speakers)
    found: list[Participant] = []
    company = ""
    for line in lines:
        name, *rest = _parts(line)
        if not rest and not _BESIDE.match(name) and not _is_person(name, spoken):
            company = name
        elif rest and all(_is_person(part, spoken) for part in rest):
            found += [_of(_person(part), company) for part in (name, *rest)]
        else:
            found.append(replace(_of(_person(name), company), title=", ".join(rest)))
    return found


def in_full(turns: Sequence[Utterance], listed: Sequence[Participant]) -> list[Utterance]:
    """Turns under the whole names of those whose first name alone stands before their words."""
    full = {}
    for speaker in dict.fromkeys(turn.speaker for turn in turns):
        meant = [person.name for person in listed if people.likeness(speaker, person.name)]
        full[speaker] = meant[0] if speaker and len(meant) == 1 else speaker
    if len(set(full.values())) < len(full):
        return list(turns)  # two of them would become one person
    return [replace(turn, speaker=full[turn.speaker]) for turn in turns]


def _parts(line: str) -> list[str]:
    return [part.strip(" *-•") for part in _APART.split(line) if part.strip(" *-•")]


def _person(text: str) -> Participant:
    beside = _BESIDE.match(text)
    side = facts.side_of(beside[2]) if beside else "unknown"
    return Participant(beside[1] if beside and side != "unknown" else text, role=side)


def _of(person: Participant, company: str) -> Participant:
    return replace(person, name=f"{person.name} ({company})") if company and "(" not in person.name else person


def _is_person(name: str, speakers: Iterable[str]) -> bool:
    return speech.looks_named(name) and (
        are_people([name]) or any(people.likeness(speaker, name) for speaker in speakers)
    )
