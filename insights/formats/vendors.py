"""Transcripts as the JSON of recorders and speech recognisers, to calls. A vendor is one function and one line in SHAPES.

Each function looks at an object's keys and gives its calls, or None when the object is not its vendor's. The trap: every
vendor calls other things "segments", "utterances" and "results", and counts time in other units.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from insights.formats import calls, chats, columns, facts, speech
from insights.formats.columns import ColumnMapping
from insights.formats.sources import Source, shown
from insights.formats.speech import Piece
from insights.records import Conversation, Participant, Problem, Role

_UNSPACED = ("zh", "ja", "th")
# An object without any of these keys is from no vendor: most objects are not, and this is all that they cost.
_KEYS = frozenset(
    ("callTranscripts", "transcript", "sentences", "data", "results", "Transcript", "monologues", "utterances", "words",
     "transcription", "segments", "messages")
)  # fmt: skip
_TEXTS = ("text", "sentence", "transcript", "content", "raw_text")
_STARTS = ("start", "start_time", "startTime", "started_at", "begin", "offset")
_ENDS = ("end", "end_time", "endTime", "ended_at")
_SPEAKERS = ("speaker", "speaker_name", "speakerName", "speaker_label", "name")
_BARE = frozenset((*_TEXTS, *_SPEAKERS[:-1], *_STARTS, *_ENDS, "role", "index", "confidence", "language"))
_NOT_A_TURN = ("account", "address", "rep", "stage", "outcome", "title", "kind", "job_title")
_SIDES: Mapping[str, Role] = {"internal": "seller", "external": "buyer"}


@dataclass(frozen=True, slots=True)
class Call:
    """A transcript as a vendor gave it: who said what when, what it noted beside, and who took part."""

    pieces: Sequence[Piece]
    notes: Mapping[str, str] = field(default_factory=dict)
    people: Sequence[Participant] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recorder wrote: one object with calls in it, or the elements of an array that are one call's turns."""

    items: Sequence[Mapping[str, Any]]
    gathered: bool = False


Shape = Callable[[Mapping[str, Any]], list[Call] | None]


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
        yield chats.slack(messages, name, mapping, title=_text(_first(value, ("name", "channel_name"))))
    else:
        found = next((shaped for shape in SHAPES if (shaped := shape(value)) is not None), ())
        yield from (_conversation(call, number, name, mapping) for call in found)


def _gathered(
    items: Sequence[Mapping[str, Any]], name: str, mapping: ColumnMapping
) -> Iterator[Conversation | Problem]:
    if chats.is_slack(items[0]):
        found = chats.slack(items, name, mapping, pieces=len(items))
    else:
        found = _conversation(Call(_turns(items)), None, name, mapping)
    if isinstance(found, Conversation):
        yield replace(found, pieces=len(items))
    else:
        yield from (replace(found, row=number) for number, _ in enumerate(items, start=1))


def _conversation(call: Call, number: int | None, name: str, mapping: ColumnMapping) -> Conversation | Problem:
    roles = {person.name: person.role for person in call.people if person.role != "unknown"}
    turns = [replace(turn, role=roles.get(turn.speaker, turn.role)) for turn in speech.turns(call.pieces)]
    if not turns:
        advice = "Check that the recording was transcribed, and export it again."
        return Problem(name, number, "This transcript holds no words.", advice)
    notes = {key: value for key, value in call.notes.items() if value}
    problems: list[Problem] = []
    return calls.build(name, turns, notes, mapping, problems, people=call.people, row=number)


# The vendors.


def _whisper(value: Mapping[str, Any]) -> list[Call] | None:
    """Whisper and WhisperX: {"segments": [{"start": 0.5, "end": 4.2, "text", "speaker"?}], "language"}."""
    segments = _dicts(value.get("segments"))
    if not segments or "participants" in value or "fields" in value:
        return None  # a conversation of Parley's own kind
    if not all(_is_timed(segment) and "role" not in segment for segment in segments[:20]):
        return None
    return [Call(_turns(segments), _scalars(value, without=("text", "language", "task", "duration", "status")))]


def _whisper_cpp(value: Mapping[str, Any]) -> list[Call] | None:
    """whisper.cpp: {"transcription": [{"offsets": {"from": ms, "to": ms}, "text"}]}."""
    parts = _dicts(value.get("transcription"))
    if not parts or not isinstance(parts[0].get("offsets"), dict):
        return None
    times = [(part, _dict(part.get("offsets"))) for part in parts]
    return [Call([_piece("", part.get("text"), at.get("from"), at.get("to"), 1000) for part, at in times])]


def _assemblyai(value: Mapping[str, Any]) -> list[Call] | None:
    """AssemblyAI: {"utterances": [{"start": ms, "end": ms, "text", "speaker", "confidence"}], "words"?, "audio_url"?}."""
    parts = _dicts(value.get("utterances")) or _dicts(value.get("words"))
    if not parts or not ({"confidence", "start", "end", "text"} <= parts[0].keys()) or "channels" in value:
        return None
    pieces = [
        _piece(_speaker(part.get("speaker")), part.get("text"), part.get("start"), part.get("end"), 1000)
        for part in parts
    ]
    return [Call(pieces, {"id": _text(value.get("id"))})]


def _deepgram(value: Mapping[str, Any]) -> list[Call] | None:
    """Deepgram: {"results": {"channels": [{"alternatives": [{"words"}]}], "utterances"?: [...]}}, times in seconds."""
    results = _dict(value.get("results"))
    channels = _dicts(results.get("channels"))
    if not channels or "alternatives" not in channels[0]:
        return None
    meta = _dict(value.get("metadata"))
    notes = {"id": _text(meta.get("request_id"))}
    if utterances := _dicts(results.get("utterances")):
        pieces = [
            _piece(_of_channel(part, len(channels)), part.get("transcript"), part.get("start"), part.get("end"))
            for part in utterances
        ]
        return [Call(pieces, notes)]
    pieces = []
    for channel, item in enumerate(channels):
        best = _best(item)
        words = [word | {"channel": channel} for word in _dicts(best.get("words"))]
        pieces += [
            _piece(
                _of_channel(word, len(channels)),
                word.get("punctuated_word") or word.get("word"),
                word.get("start"),
                word.get("end"),
            )
            for word in words
        ] or [_piece("", best.get("transcript"), None, None)]
    return [Call(sorted(pieces, key=_start) if len(channels) > 1 else pieces, notes)]


def _of_channel(part: Mapping[str, Any], channels: int) -> str:
    """The speaker by diarisation, else by channel where each side was recorded on its own."""
    if part.get("speaker") is not None:
        return _speaker(part.get("speaker"))
    return _speaker(part.get("channel")) if channels > 1 else ""


def _aws(value: Mapping[str, Any]) -> list[Call] | None:
    """Amazon Transcribe: {"results": {"items": [...], "speaker_labels"?, "channel_labels"?, "audio_segments"?}}."""
    results = _dict(value.get("results"))
    items = _dicts(results.get("items"))
    if not items or "alternatives" not in items[0]:
        return None
    notes = {"id": _text(value.get("jobName"))}
    channels = _dicts(_dict(results.get("channel_labels")).get("channels"))
    tracks = [(_text(channel.get("channel_label")), _dicts(channel.get("items"))) for channel in channels]
    pieces = []
    joint = "" if _text(results.get("language_code")).startswith(_UNSPACED) else " "
    for label, track in tracks or [("", items)]:
        pieces += list(_glued(track, _aws_speakers(results, track) if not tracks else [label] * len(track), joint))
    return [Call(sorted(pieces, key=_start) if len(tracks) > 1 else pieces, notes)]


def _aws_speakers(results: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> list[str]:
    """The speaker of each item: its own label, its entry among the segments, or the segment that it falls into."""
    segments = _dicts(_dict(results.get("speaker_labels")).get("segments"))
    entries = {
        _text(entry.get("start_time")): _text(entry.get("speaker_label"))
        for segment in segments
        for entry in _dicts(segment.get("items"))
    }
    spans = [(_number(part.get("start_time")) or 0.0, _text(part.get("speaker_label"))) for part in segments]
    found: list[str] = []
    at = 0
    for item in items:
        time = _number(item.get("start_time"))
        while time is not None and at + 1 < len(spans) and spans[at + 1][0] <= time + 0.0005:
            at += 1
        if label := _text(item.get("speaker_label")) or entries.get(_text(item.get("start_time"), "-")):
            found.append(label)
        elif time is None:
            found.append(found[-1] if found else "")
        else:
            found.append(spans[at][1] if spans else "")
    return found


def _glued(items: Sequence[Mapping[str, Any]], speakers: Sequence[str], joint: str) -> Iterator[Piece]:
    """Words and the punctuation after them, as one piece for each run of one speaker."""
    text, speaker, start, end = "", "", None, None
    for item, who in zip(items, speakers, strict=True):
        word = _text(_best(item).get("content"))
        if item.get("type") == "punctuation":
            text += word
            continue
        if who != speaker and text:
            yield Piece(speaker, text, start, end)
            text, start = "", None
        speaker = who
        text += (joint if text else "") + word
        start = _number(item.get("start_time")) if start is None else start
        end = _number(item.get("end_time"))
    if text:
        yield Piece(speaker, text, start, end)


def _aws_analytics(value: Mapping[str, Any]) -> list[Call] | None:
    """Amazon Transcribe Call Analytics: {"Transcript": [{"ParticipantRole", "Content", "BeginOffsetMillis", ...}]}."""
    parts = _dicts(value.get("Transcript"))
    if not parts or "Content" not in parts[0]:
        return None
    pieces = [
        _piece(
            _text(part.get("ParticipantRole")),
            part.get("Content"),
            part.get("BeginOffsetMillis"),
            part.get("EndOffsetMillis"),
            1000,
        )
        for part in parts
    ]
    return [Call(pieces, {"id": _text(value.get("JobName"))})]


def _rev(value: Mapping[str, Any]) -> list[Call] | None:
    """Rev: {"monologues": [{"speaker": 0, "elements": [{"type": "text", "value", "ts", "end_ts"}, {"type": "punct"}]}]}."""
    monologues = _dicts(value.get("monologues"))
    if not monologues or "elements" not in monologues[0]:
        return None
    names = {_speaker(person.get("id")): _text(person.get("name")) for person in _dicts(value.get("speakers"))}
    pieces = []
    for part in monologues:
        elements = _dicts(part.get("elements"))
        times = [(_number(item.get("ts")), _number(item.get("end_ts"))) for item in elements if "ts" in item]
        who = _speaker(part.get("speaker"))
        known = _text(_dict(part.get("speaker_info")).get("display_name")) or names.get(who)
        text = "".join(str(item.get("value") or "") for item in elements)
        pieces.append(Piece(known or who, text, times[0][0] if times else None, times[-1][1] if times else None))
    return [Call(pieces)]


def _gong(value: Mapping[str, Any]) -> list[Call] | None:
    """Gong: {"callTranscripts": [{"callId", "transcript": [{"speakerId", "sentences": [{"start": ms, "end", "text"}]}]}]}.

    Who the speakers are stands in another answer of its API: {"calls": [{"metaData": {"id"}, "parties": [...]}]}. Both
    may be in one object, or a call's parties beside its transcript.
    """
    transcripts = _dicts(value.get("callTranscripts")) or ([value] if _is_gong(value) else [])
    if not transcripts:
        return None
    known = {_text((_dict(call.get("metaData")) or call).get("id")): call for call in _dicts(value.get("calls"))}
    shared = value if len(transcripts) == 1 else {}
    return [_gong_call(part, known.get(_text(part.get("callId")), {}), shared) for part in transcripts]


def _is_gong(value: Mapping[str, Any]) -> bool:
    parts = _dicts(value.get("transcript"))
    return bool(parts) and "sentences" in parts[0]


def _gong_call(part: Mapping[str, Any], call: Mapping[str, Any], shared: Mapping[str, Any]) -> Call:
    meta = _dict(part.get("metaData") or call.get("metaData") or shared.get("metaData") or call)
    parties = _dicts(part.get("parties") or call.get("parties") or shared.get("parties"))
    names = {_text(party.get("speakerId")): _gong_name(party) for party in parties if party.get("speakerId")}
    pieces = [
        _piece(
            names.get(_text(turn.get("speakerId"))) or _text(turn.get("speakerId")),
            said.get("text"),
            said.get("start"),
            said.get("end"),
            1000,
        )
        for turn in _dicts(part.get("transcript"))
        for said in _dicts(turn.get("sentences"))
    ]
    people = [
        Participant(
            _gong_name(party),
            _text(party.get("emailAddress")),
            _SIDES.get(_text(party.get("affiliation")).casefold(), "unknown"),
            _text(party.get("title")),
        )
        for party in parties
        if _gong_name(party)
    ]
    notes = {
        "id": _text(part.get("callId") or meta.get("id")),
        "subject": _text(meta.get("title")),
        "date": _text(meta.get("started") or meta.get("scheduled")),
        "account": _gong_account([*_dicts(call.get("context")), *_dicts(part.get("context"))]),
    }
    return Call(pieces, notes, people)


def _gong_name(party: Mapping[str, Any]) -> str:
    return _text(party.get("name") or party.get("emailAddress"))


def _gong_account(context: Sequence[Mapping[str, Any]]) -> str:
    objects = (item for system in context for item in _dicts(system.get("objects")))
    fields = (part for item in objects if item.get("objectType") == "Account" for part in _dicts(item.get("fields")))
    return next((_text(part.get("value")) for part in fields if part.get("name") == "Name"), "")


def _fireflies(value: Mapping[str, Any]) -> list[Call] | None:
    """Fireflies: {"sentences": [{"speaker_name", "text", "start_time": s, "end_time": s}]}, bare or under "data"."""
    data = _dict(value.get("data")) or value
    found = _dicts(data.get("transcripts")) or [_dict(data.get("transcript")) or data]
    if not all(_is_fireflies(part) for part in found):
        return None
    return [_fireflies_call(part) for part in found]


def _is_fireflies(part: Mapping[str, Any]) -> bool:
    sentences = _dicts(part.get("sentences"))
    return bool(sentences) and bool({"speaker_name", "speaker_id", "start_time", "startTime"} & sentences[0].keys())


def _fireflies_call(part: Mapping[str, Any]) -> Call:
    names = {_text(person.get("id")): _text(person.get("name")) for person in _dicts(part.get("speakers"))}
    sentences = [
        item | {"speaker": item.get("speaker_name") or names.get(_text(item.get("speaker_id"))) or ""}
        for item in _dicts(part.get("sentences"))
    ]
    people = [
        Participant(_text(_first(person, ("displayName", "name", "email"))), _text(person.get("email")))
        for person in _dicts(part.get("meeting_attendees"))
        if _first(person, ("displayName", "name", "email"))
    ]
    notes = {
        "id": _text(part.get("id")),
        "subject": _text(part.get("title")),
        "date": _text(_first(part, ("dateString", "date"))),
    }
    return Call(_turns(sentences), notes, people)


SHAPES: tuple[Shape, ...] = (
    _gong, _fireflies, _deepgram, _aws, _aws_analytics, _rev, _assemblyai, _whisper_cpp, _whisper,
)  # fmt: skip


# Values, whatever their type.


def _turns(items: Sequence[Mapping[str, Any]]) -> list[Piece]:
    """Objects with a text, a speaker and times under any of their usual names, as pieces."""
    unit = 1000 if _in_milliseconds(items) else 1
    return [
        _piece(_turn_speaker(item), _first(item, _TEXTS), _first(item, _STARTS), _first(item, _ENDS), unit)
        for item in items
    ]


def _turn_speaker(item: Mapping[str, Any]) -> str:
    return _speaker(_first(item, (*_SPEAKERS, "role")))


def _in_milliseconds(items: Sequence[Mapping[str, Any]]) -> bool:
    """A minute a word can only be milliseconds."""
    spans = []
    for item in items[:1000]:
        start, end = _first(item, _STARTS), _first(item, _ENDS)
        if type(start) is int and type(end) is int:
            spans.append((end - start) / (len(_text(_first(item, _TEXTS)).split()) + 1))
    return bool(spans) and sorted(spans)[len(spans) // 2] > 60


def _is_turn(value: object) -> bool:
    """True for an array's element that can only be a turn: words, a time within a call, and nothing of a CRM's; or
    words, who said them, and nothing else."""
    if not isinstance(value, dict):
        return False
    if not _is_timed(value):
        return isinstance(_first(value, _TEXTS), str) and _turn_speaker(value) != "" and _BARE.issuperset(value)
    if _first(value, _ENDS) is None and _first(value, _SPEAKERS) is None:
        return False
    roles = {key: (columns.known(str(key)) or ("",))[0] for key in value if key not in _SPEAKERS}
    return not any(
        role in _NOT_A_TURN or (role == "id" and not isinstance(value[key], int)) for key, role in roles.items()
    )


def _is_timed(value: Mapping[str, Any]) -> bool:
    return isinstance(_first(value, _TEXTS), str) and _number(_first(value, _STARTS)) is not None


def _piece(speaker: str, text: object, start: object, end: object, unit: int = 1) -> Piece:
    first, last = _number(start), _number(end)
    return Piece(
        speaker,
        text if isinstance(text, str) else "",
        None if first is None else first / unit,
        None if last is None else last / unit,
    )


def _start(piece: Piece) -> float:
    return piece.start or 0.0


def _speaker(value: object) -> str:
    """A speaker's name; a bare number as recognisers write it elsewhere ("SPEAKER_00")."""
    if isinstance(value, dict):
        value = _first(value, ("name", "display_name", "displayName", "id"))
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return f"SPEAKER_{int(value):02}"
    return " ".join(value.split()) if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    """Seconds (or the vendor's unit) from 3.5, "3.5", "3.5s" or "0:03"; None for anything else."""
    if isinstance(value, str) and len(value) < 20:
        return facts.seconds(re.sub(r"(?<=\d)s$", "", value))
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9:
        return float(value)
    return None


def _text(value: object, otherwise: str = "") -> str:
    """A plain value as text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return otherwise
    return str(value).strip()


def _first(value: Mapping[str, Any], keys: Iterable[str]) -> Any:
    return next((value[key] for key in keys if value.get(key) is not None), None)


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _best(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first of an item's alternatives, which is the likeliest."""
    return next(iter(_dicts(item.get("alternatives"))), {})


def _dicts(value: object) -> list[Any]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _scalars(value: Mapping[str, Any], *, without: Sequence[str]) -> dict[str, str]:
    """The plain values beside a transcript: facts, or fields of their own."""
    return {str(key): text for key, item in value.items() if key not in without and (text := _text(item))}
