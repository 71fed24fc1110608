"""Transcripts in the JSON of recorders, to calls: one object with calls in it, or an array of one call's turns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from insights.formats.sources import Source, shown
from insights.formats.tables import columns
from insights.formats.tables.columns import ColumnMapping
from insights.formats.transcripts import calls, chats, loose, speech
from insights.formats.transcripts.shapes import SHAPES, Call
from insights.records import Conversation, Problem

# An object without any of these keys is from no vendor: most objects are not, and this is all that they cost.
_KEYS = frozenset(
    ("callTranscripts", "transcript", "sentences", "data", "results", "Transcript", "monologues", "utterances", "words",
     "transcription", "segments", "messages", "parties")
)  # fmt: skip
_BARE = frozenset(
    (*loose.TEXTS, *loose.SPEAKERS[:-1], *loose.STARTS, *loose.ENDS, "role", "index", "confidence", "language")
)
_WORDLESS = (
    "Check that the recording was transcribed, and export it again. Gong’s interface gives who took part and the words "
    "apart: put both into one object, {“calls”: […], “callTranscripts”: […]}."
)
_NOT_A_TURN = ("account", "address", "rep", "stage", "outcome", "title", "kind", "job_title")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recorder wrote: one object with calls in it, or the elements of an array that are one call's turns."""

    items: Sequence[Mapping[str, Any]]
    gathered: bool = False


def is_known(value: object) -> bool:
    """True for an object of a known vendor's."""
    if not isinstance(value, dict) or _KEYS.isdisjoint(value):
        return False
    return bool(chats.slack_messages(value)) or any(shape(value) is not None for shape in SHAPES)


def recognised(parts: Iterable[tuple[int, object]], source: Source) -> Iterator[tuple[int, object]]:
    """Pass a file's values on, those of known vendors as Recorded.

    An array whose first element is a turn or a message is one conversation's, whatever its further elements are.
    """
    items: list[Mapping[str, Any]] = []
    number = size = 0
    for number, value in parts:
        turns = items or (number == 1 and (_is_turn(value) or chats.is_slack(value)))
        if not turns or not isinstance(value, dict):
            yield number, Recorded([value]) if isinstance(value, dict) and is_known(value) else value
            continue
        size += sum(len(str(item)) for item in value.values()) + 40
        if size > source.limits.record:
            reason = f"The conversation is larger than {shown(source.limits.record)}; this part of it was not read."
            yield number, Problem(source.name, number, reason, "Split it into one file a call.")
        else:
            items.append(value)
    if items:
        yield 1, Recorded(items, gathered=True)
    elif not number:
        yield 1, Problem(source.name, None, "There is nothing in this JSON.", "Leave it out, or export it again.")


def conversations(
    recorded: Recorded, number: int, name: str, mapping: ColumnMapping
) -> Iterator[Conversation | Problem]:
    """The conversations of one vendor's object or array."""
    value = recorded.items[0]
    if recorded.gathered:
        yield from _gathered(recorded.items, name, mapping)
    elif messages := chats.slack_messages(value):
        yield chats.slack(messages, name, mapping, title=loose.text_of(loose.first_of(value, ("name", "channel_name"))))
    else:
        found = next((shaped for shape in SHAPES if (shaped := shape(value)) is not None), ())
        for call in found:
            yield from _conversation(call, number, name, mapping)


def _gathered(
    items: Sequence[Mapping[str, Any]], name: str, mapping: ColumnMapping
) -> Iterator[Conversation | Problem]:
    if chats.is_slack(items[0]):
        found = [chats.slack(items, name, mapping)]
    else:
        found = list(_conversation(Call(loose.pieces_of(items)), None, name, mapping))
    for item in found:
        if isinstance(item, Conversation):
            yield replace(item, pieces=len(items))
        else:  # every element is told of, because every element was a piece of the file
            yield from (replace(item, row=number) for number in range(1, len(items) + 1))


def _conversation(
    call: Call, number: int | None, name: str, mapping: ColumnMapping
) -> Iterator[Conversation | Problem]:
    roles = {person.name: person.role for person in call.people if person.role != "unknown"}
    turns = [replace(turn, role=roles.get(turn.speaker, turn.role)) for turn in speech.turns(call.pieces)]
    if not turns:
        yield Problem(name, number, "This transcript holds no words.", _WORDLESS)
        return
    notes = {key: value for key, value in call.notes.items() if value}
    problems: list[Problem] = []
    yield calls.build(name, turns, notes, mapping, problems, people=call.people, row=number)
    yield from problems


def _is_turn(value: object) -> bool:
    """True for an array's element that can only be a turn: words, a time within a call, and nothing of a CRM's; or
    words, who said them, and nothing else."""
    if not isinstance(value, dict):
        return False
    if not loose.is_timed(value):
        return loose.first_of(value, loose.STARTS) is None and (
            isinstance(loose.first_of(value, loose.TEXTS), str)
            and loose.said_by(value) != ""
            and _BARE.issuperset(value)
        )
    if loose.first_of(value, loose.ENDS) is None and loose.first_of(value, loose.SPEAKERS) is None:
        return False
    roles = {key: (columns.known(str(key)) or ("",))[0] for key in value if key not in loose.SPEAKERS}
    return not any(
        role in _NOT_A_TURN or (role == "id" and not isinstance(value[key], int)) for key, role in roles.items()
    )
