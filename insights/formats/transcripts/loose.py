"""Values of JSON that nobody vouches for: each is asked for by what it should be, and is empty when it is not.

A turn is an object with words, who said them and when, under any of the names that recorders use.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from insights.formats import facts
from insights.formats.transcripts.speech import Piece

TEXTS = ("text", "sentence", "transcript", "content", "raw_text")
STARTS = ("start", "start_time", "startTime", "started_at", "begin", "offset", "timestamp")
ENDS = ("end", "end_time", "endTime", "ended_at")
SPEAKERS = ("speaker", "speaker_name", "speakerName", "speaker_label", "name")


def pieces_of(items: Sequence[Mapping[str, Any]]) -> list[Piece]:
    """Objects with a text, a speaker and times under any of their usual names, as pieces."""
    unit = 1000 if in_milliseconds(items) else 1
    return [
        piece_of(said_by(item), first_of(item, TEXTS), first_of(item, STARTS), first_of(item, ENDS), unit)
        for item in items
    ]


def said_by(item: Mapping[str, Any]) -> str:
    """Who said a turn, else the side that its role names; "" when neither is told."""
    return speaker_of(first_of(item, (*SPEAKERS, "role")))


def in_milliseconds(items: Sequence[Mapping[str, Any]]) -> bool:
    """A minute a word can only be milliseconds."""
    spans = []
    for item in items[:1000]:
        start, end = first_of(item, STARTS), first_of(item, ENDS)
        if type(start) is int and type(end) is int:
            spans.append((end - start) / (len(text_of(first_of(item, TEXTS)).split()) + 1))
    return bool(spans) and sorted(spans)[len(spans) // 2] > 60


def is_timed(value: Mapping[str, Any]) -> bool:
    """True for an object with words and a time within a call."""
    return isinstance(first_of(value, TEXTS), str) and number_of(first_of(value, STARTS)) is not None


def piece_of(speaker: str, text: object, start: object, end: object, unit: int = 1) -> Piece:
    """A piece of a transcript; `unit` is how many of the vendor's units of time make a second."""
    first, last = number_of(start), number_of(end)
    return Piece(
        speaker,
        text if isinstance(text, str) else "",
        None if first is None else first / unit,
        None if last is None else last / unit,
    )


def speaker_of(value: object) -> str:
    """A speaker's name; a bare number as recognisers write it elsewhere ("SPEAKER_00")."""
    if isinstance(value, dict):
        value = first_of(value, ("name", "display_name", "displayName", "id"))
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return f"SPEAKER_{int(value):02}"
    return " ".join(value.split()) if isinstance(value, str) else ""


def number_of(value: object) -> float | None:
    """Seconds (or the vendor's unit) from 3.5, "3.5", "3.5s" or "0:03"; None for anything else."""
    if isinstance(value, str) and len(value) < 20:
        return facts.seconds(re.sub(r"(?<=\d)s$", "", value))
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9:
        return float(value)
    return None


def text_of(value: object, otherwise: str = "") -> str:
    """A plain value as text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return otherwise
    return str(value).strip()


def first_of(value: Mapping[str, Any], keys: Iterable[str]) -> Any:
    """The value of the first key that has one."""
    return next((value[key] for key in keys if value.get(key) is not None), None)


def mapping_of(value: object) -> Mapping[str, Any]:
    """An object, {} for anything else."""
    return value if isinstance(value, dict) else {}


def mappings_in(value: object) -> list[Any]:
    """The objects in a list, [] for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
