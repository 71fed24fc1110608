"""The shapes of recorders' and speech recognisers' JSON. A vendor is one function and one line in SHAPES.

Each function looks at an object's keys and gives its calls, or None when the object is not its vendor's. The trap:
every vendor calls other things "segments", "utterances" and "results", and counts time in other units.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from insights.formats.transcripts import loose
from insights.formats.transcripts.speech import Piece
from insights.records import Participant, Role

_UNSPACED = ("zh", "ja", "th")
_SIDES: Mapping[str, Role] = {"internal": "seller", "external": "buyer"}


@dataclass(frozen=True, slots=True)
class Call:
    """A transcript as a vendor gave it: who said what when, what it noted beside, and who took part."""

    pieces: Sequence[Piece]
    notes: Mapping[str, str] = field(default_factory=dict)
    people: Sequence[Participant] = ()


Shape = Callable[[Mapping[str, Any]], list[Call] | None]


def _whisper(value: Mapping[str, Any]) -> list[Call] | None:
    """Whisper and WhisperX: {"segments": [{"start": 0.5, "end": 4.2, "text", "speaker"?}], "language"}."""
    segments = loose.mappings_in(value.get("segments"))
    if not segments or "participants" in value or "fields" in value:
        return None  # a conversation of Parley's own kind
    if not all(loose.is_timed(segment) and "role" not in segment for segment in segments[:20]):
        return None
    return [
        Call(loose.pieces_of(segments), _scalars(value, without=("text", "language", "task", "duration", "status")))
    ]


def _whisper_cpp(value: Mapping[str, Any]) -> list[Call] | None:
    """whisper.cpp: {"transcription": [{"offsets": {"from": ms, "to": ms}, "text"}]}."""
    parts = loose.mappings_in(value.get("transcription"))
    if not parts or not isinstance(parts[0].get("offsets"), dict):
        return None
    times = [(part, loose.mapping_of(part.get("offsets"))) for part in parts]
    return [Call([loose.piece_of("", part.get("text"), at.get("from"), at.get("to"), 1000) for part, at in times])]


def _assemblyai(value: Mapping[str, Any]) -> list[Call] | None:
    """AssemblyAI: {"utterances": [{"start": ms, "end": ms, "text", "speaker", "confidence"}], "words"?,
    "audio_url"?}."""
    parts = loose.mappings_in(value.get("utterances")) or loose.mappings_in(value.get("words"))
    if not parts or not ({"confidence", "start", "end", "text"} <= parts[0].keys()) or "channels" in value:
        return None
    pieces = [
        loose.piece_of(
            loose.speaker_of(part.get("speaker")), part.get("text"), part.get("start"), part.get("end"), 1000
        )
        for part in parts
    ]
    return [Call(pieces, {"id": loose.text_of(value.get("id"))})]


def _deepgram(value: Mapping[str, Any]) -> list[Call] | None:
    """Deepgram: {"results": {"channels": [{"alternatives": [{"words"}]}], "utterances"?: [...]}}, times in seconds."""
    results = loose.mapping_of(value.get("results"))
    channels = loose.mappings_in(results.get("channels"))
    if not channels or "alternatives" not in channels[0]:
        return None
    meta = loose.mapping_of(value.get("metadata"))
    notes = {"id": loose.text_of(meta.get("request_id"))}
    if utterances := loose.mappings_in(results.get("utterances")):
        pieces = [
            loose.piece_of(_of_channel(part, len(channels)), part.get("transcript"), part.get("start"), part.get("end"))
            for part in utterances
        ]
        return [Call(pieces, notes)]
    pieces = []
    for channel, item in enumerate(channels):
        best = _best(item)
        words = [word | {"channel": channel} for word in loose.mappings_in(best.get("words"))]
        pieces += [
            loose.piece_of(
                _of_channel(word, len(channels)),
                word.get("punctuated_word") or word.get("word"),
                word.get("start"),
                word.get("end"),
            )
            for word in words
        ] or [loose.piece_of("", best.get("transcript"), None, None)]
    return [Call(sorted(pieces, key=_start) if len(channels) > 1 else pieces, notes)]


def _of_channel(part: Mapping[str, Any], channels: int) -> str:
    """The speaker by diarisation, else by channel where each side was recorded on its own."""
    if part.get("speaker") is not None:
        return loose.speaker_of(part.get("speaker"))
    return loose.speaker_of(part.get("channel")) if channels > 1 else ""


def _start(piece: Piece) -> float:
    return piece.start or 0.0


def _best(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first of an item's alternatives, which is the likeliest."""
    return next(iter(loose.mappings_in(item.get("alternatives"))), {})


def _aws(value: Mapping[str, Any]) -> list[Call] | None:
    """Amazon Transcribe: {"results": {"items": [...], "speaker_labels"?, "channel_labels"?, "audio_segments"?}}."""
    results = loose.mapping_of(value.get("results"))
    items = loose.mappings_in(results.get("items"))
    if not items or "alternatives" not in items[0]:
        return None
    notes = {"id": loose.text_of(value.get("jobName"))}
    channels = loose.mappings_in(loose.mapping_of(results.get("channel_labels")).get("channels"))
    tracks = [
        (loose.text_of(channel.get("channel_label")), loose.mappings_in(channel.get("items"))) for channel in channels
    ]
    pieces = []
    joint = "" if loose.text_of(results.get("language_code")).startswith(_UNSPACED) else " "
    for label, track in tracks or [("", items)]:
        pieces += list(_glued(track, _aws_speakers(results, track) if not tracks else [label] * len(track), joint))
    return [Call(sorted(pieces, key=_start) if len(tracks) > 1 else pieces, notes)]


def _aws_speakers(results: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> list[str]:
    """The speaker of each item: its own label, its entry among the segments, or the segment that it falls into."""
    segments = loose.mappings_in(loose.mapping_of(results.get("speaker_labels")).get("segments"))
    entries = {
        loose.text_of(entry.get("start_time")): loose.text_of(entry.get("speaker_label"))
        for segment in segments
        for entry in loose.mappings_in(segment.get("items"))
    }
    spans = [
        (loose.number_of(part.get("start_time")) or 0.0, loose.text_of(part.get("speaker_label"))) for part in segments
    ]
    found: list[str] = []
    at = 0
    for item in items:
        time = loose.number_of(item.get("start_time"))
        while time is not None and at + 1 < len(spans) and spans[at + 1][0] <= time + 0.0005:
            at += 1
        if label := loose.text_of(item.get("speaker_label")) or entries.get(loose.text_of(item.get("start_time"), "-")):
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
        word = loose.text_of(_best(item).get("content"))
        if item.get("type") == "punctuation":
            text += word
            continue
        if who != speaker and text:
            yield Piece(speaker, text, start, end)
            text, start = "", None
        speaker = who
        text += (joint if text else "") + word
        start = loose.number_of(item.get("start_time")) if start is None else start
        end = loose.number_of(item.get("end_time"))
    if text:
        yield Piece(speaker, text, start, end)


def _aws_analytics(value: Mapping[str, Any]) -> list[Call] | None:
    """Amazon Transcribe Call Analytics: {"Transcript": [{"ParticipantRole", "Content", "BeginOffsetMillis", ...}]}."""
    parts = loose.mappings_in(value.get("Transcript"))
    if not parts or "Content" not in parts[0]:
        return None
    pieces = [
        loose.piece_of(
            loose.text_of(part.get("ParticipantRole")),
            part.get("Content"),
            part.get("BeginOffsetMillis"),
            part.get("EndOffsetMillis"),
            1000,
        )
        for part in parts
    ]
    return [Call(pieces, {"id": loose.text_of(value.get("JobName"))})]


def _rev(value: Mapping[str, Any]) -> list[Call] | None:
    """Rev: {"monologues": [{"speaker": 0, "elements": [{"type": "text", "value", "ts", "end_ts"}, {"type":
    "punct"}]}]}."""
    monologues = loose.mappings_in(value.get("monologues"))
    if not monologues or "elements" not in monologues[0]:
        return None
    names = {
        loose.speaker_of(person.get("id")): loose.text_of(person.get("name"))
        for person in loose.mappings_in(value.get("speakers"))
    }
    pieces = []
    for part in monologues:
        elements = loose.mappings_in(part.get("elements"))
        times = [
            (loose.number_of(item.get("ts")), loose.number_of(item.get("end_ts"))) for item in elements if "ts" in item
        ]
        who = loose.speaker_of(part.get("speaker"))
        known = loose.text_of(loose.mapping_of(part.get("speaker_info")).get("display_name")) or names.get(who)
        text = "".join(str(item.get("value") or "") for item in elements)
        pieces.append(Piece(known or who, text, times[0][0] if times else None, times[-1][1] if times else None))
    return [Call(pieces)]


def _gong(value: Mapping[str, Any]) -> list[Call] | None:
    """Gong: {"callTranscripts": [{"callId", "transcript": [{"speakerId", "sentences": [{"start": ms, "end",
    "text"}]}]}]}.

    Who the speakers are stands in another answer of its API: {"calls": [{"metaData": {"id"}, "parties": [...]}]}. Both
    may be in one object, or a call's parties beside its transcript.
    """
    transcripts = loose.mappings_in(value.get("callTranscripts")) or ([value] if _is_gong(value) else [])
    if not transcripts:
        return [Call([])] if {"metaData", "parties"} <= value.keys() else None  # that other answer alone has no words
    known = {
        loose.text_of((loose.mapping_of(call.get("metaData")) or call).get("id")): call
        for call in loose.mappings_in(value.get("calls"))
    }
    shared = value if len(transcripts) == 1 else {}
    return [_gong_call(part, known.get(loose.text_of(part.get("callId")), {}), shared) for part in transcripts]


def _is_gong(value: Mapping[str, Any]) -> bool:
    parts = loose.mappings_in(value.get("transcript"))
    return bool(parts) and "sentences" in parts[0]


def _gong_call(part: Mapping[str, Any], call: Mapping[str, Any], shared: Mapping[str, Any]) -> Call:
    meta = loose.mapping_of(part.get("metaData") or call.get("metaData") or shared.get("metaData") or call)
    parties = loose.mappings_in(part.get("parties") or call.get("parties") or shared.get("parties"))
    names = {loose.text_of(party.get("speakerId")): _gong_name(party) for party in parties if party.get("speakerId")}
    pieces = [
        loose.piece_of(
            names.get(loose.text_of(turn.get("speakerId"))) or loose.text_of(turn.get("speakerId")),
            said.get("text"),
            said.get("start"),
            said.get("end"),
            1000,
        )
        for turn in loose.mappings_in(part.get("transcript"))
        for said in loose.mappings_in(turn.get("sentences"))
    ]
    people = [
        Participant(
            _gong_name(party),
            loose.text_of(party.get("emailAddress")),
            _SIDES.get(loose.text_of(party.get("affiliation")).casefold(), "unknown"),
            loose.text_of(party.get("title")),
        )
        for party in parties
        if _gong_name(party)
    ]
    notes = {
        "id": loose.text_of(part.get("callId") or meta.get("id")),
        "subject": loose.text_of(meta.get("title")),
        "date": loose.text_of(meta.get("started") or meta.get("scheduled")),
        **_gong_crm([*loose.mappings_in(call.get("context")), *loose.mappings_in(part.get("context"))]),
    }
    return Call(pieces, notes, people)


def _gong_name(party: Mapping[str, Any]) -> str:
    return loose.text_of(party.get("name") or party.get("emailAddress"))


def _gong_crm(context: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The account's name and the ids of the CRM's records that a call belongs to."""
    found: dict[str, str] = {}
    for item in (item for system in context for item in loose.mappings_in(system.get("objects"))):
        kind = {"Account": "account", "Opportunity": "deal"}.get(loose.text_of(item.get("objectType")))
        if kind:
            found.setdefault(f"{kind} id", loose.text_of(item.get("objectId")))
        for part in loose.mappings_in(item.get("fields")):
            if kind == "account" and part.get("name") == "Name":
                found.setdefault("account", loose.text_of(part.get("value")))
    return found


def _fireflies(value: Mapping[str, Any]) -> list[Call] | None:
    """Fireflies: {"sentences": [{"speaker_name", "text", "start_time": s, "end_time": s}]}, bare or under "data"."""
    data = loose.mapping_of(value.get("data")) or value
    found = loose.mappings_in(data.get("transcripts")) or [loose.mapping_of(data.get("transcript")) or data]
    if not any(_is_fireflies(part) for part in found):
        return None
    return [_fireflies_call(part) for part in found]


def _is_fireflies(part: Mapping[str, Any]) -> bool:
    sentences = loose.mappings_in(part.get("sentences"))
    return bool(sentences) and bool({"speaker_name", "speaker_id", "start_time", "startTime"} & sentences[0].keys())


def _fireflies_call(part: Mapping[str, Any]) -> Call:
    names = {
        loose.text_of(person.get("id")): loose.text_of(person.get("name"))
        for person in loose.mappings_in(part.get("speakers"))
    }
    sentences = [
        item | {"speaker": item.get("speaker_name") or names.get(loose.text_of(item.get("speaker_id"))) or ""}
        for item in loose.mappings_in(part.get("sentences"))
    ]
    people = [
        Participant(
            loose.text_of(loose.first_of(person, ("displayName", "name", "email"))), loose.text_of(person.get("email"))
        )
        for person in loose.mappings_in(part.get("meeting_attendees"))
        if loose.first_of(person, ("displayName", "name", "email"))
    ]
    notes = {
        "id": loose.text_of(part.get("id")),
        "subject": loose.text_of(part.get("title")),
        "date": loose.text_of(loose.first_of(part, ("dateString", "date"))),
    }
    return Call(loose.pieces_of(sentences), notes, people)


def _with_speaker_objects(value: Mapping[str, Any]) -> list[Call] | None:
    """Fathom and others: {"transcript": [{"speaker": {"display_name", "…email"}, "text", "timestamp": "00:00:03"}]}."""
    parts = loose.mappings_in(value.get("transcript"))
    if not parts or not isinstance(parts[0].get("speaker"), dict) or "text" not in parts[0]:
        return None
    speakers = {loose.said_by(part): loose.mapping_of(part.get("speaker")) for part in parts}
    people = [
        Participant(name, next((loose.text_of(item) for key, item in who.items() if "email" in str(key)), ""))
        for name, who in speakers.items()
        if name
    ]
    return [Call(loose.pieces_of(parts), _scalars(value, without=("status", "language")), people)]


SHAPES: tuple[Shape, ...] = (
    _gong, _fireflies, _deepgram, _aws, _aws_analytics, _rev, _assemblyai, _whisper_cpp, _whisper,
    _with_speaker_objects,
)  # fmt: skip


def _scalars(value: Mapping[str, Any], *, without: Sequence[str]) -> dict[str, str]:
    """The plain values beside a transcript: facts, or fields of their own."""
    return {str(key): text for key, item in value.items() if key not in without and (text := loose.text_of(item))}
