"""What of a turn the tagger is asked, and what it said the last time: the same words need not be read again.

So names and patterns can change, and only the rules go over the whole history.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from insights.language.turns import Turn, readings

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from insights.language.gate import Gate
    from insights.language.tagger import Tagger
    from insights.language.tagger_spans import Span

KEY_BYTES = 16
Opened = tuple[tuple[int, int], ...]  # where a reading is worth the tagger's time, (start, end) in characters


@dataclass(frozen=True, slots=True)
class Tagged:
    """All spans that came to the tagger's mind in a turn, of any confidence; `key` names what it read, and its weights."""

    key: bytes
    spans: "tuple[Span, ...]"


@dataclass(frozen=True, slots=True)
class Part:
    """A turn, or a piece of a very long one, as the rules read it, and what the tagger said of it the last time."""

    turn: Turn
    doc: "Doc"
    known: Tagged | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the tagger may be asked: a turn or a note's sentence, where it stands in part number `part`, its names' kinds."""

    part: int
    at: int
    turn: Turn
    names: tuple[str, ...]


def key_of(weights: str, read: Iterable[tuple[int, Turn, Opened]]) -> bytes:
    """Name the readings (offset, turn, where opened) of a part: the same key, the same spans to the last digit."""
    digest = blake2b(weights.encode(), digest_size=KEY_BYTES)
    for at, turn, opened in read:
        told = (at, turn.role, turn.voice, turn.text, turn.context, opened)
        digest.update(repr(told).encode("utf-8", "surrogatepass"))
    return digest.digest()


def ask(
    model: "Tagger", gate: "Gate | None", weights: str, parts: Sequence[Part]
) -> "Iterator[tuple[list[Span], Tagged | None]]":
    """Yield the spans of each part that count, and all that the tagger said, None where it was not asked anew.

    A seller's turn is only worth its reading where the rules saw something like a name.
    """
    from insights.language import tagger

    asked: dict[int, list[tuple[Reading, Opened]]] = {}
    for reading, where in _opened(gate, list(_readings(parts))):
        if where:
            asked.setdefault(reading.part, []).append((reading, where))
    spans: list[list[Span]] = [[] for _ in parts]
    new: dict[int, bytes] = {}
    # What is said again in the same place of the same talk is read once: a note may be one sign, a hundred thousand times.
    alike: dict[tuple[Turn, Opened], list[Reading]] = {}
    for n, mine in asked.items():
        known, key = parts[n].known, key_of(weights, ((one.at, one.turn, where) for one, where in mine))
        if known is not None and known.key == key:
            spans[n] += known.spans
            continue
        new[n] = key
        for reading, where in mine:
            alike.setdefault((reading.turn, where), []).append(reading)
    marked = tagger.candidates(model, [turn for turn, _ in alike], [where for _, where in alike])
    for same, found in zip(alike.values(), marked, strict=True):
        for reading in same:
            moved = (replace(span, start=span.start + reading.at, end=span.end + reading.at) for span in found)
            spans[reading.part].extend(moved)
    for n, said in enumerate(spans):
        yield list(tagger.sure(model, said)), Tagged(new[n], tuple(said)) if n in new else None


def _readings(parts: Sequence[Part]) -> Iterator[Reading]:
    for n, part in enumerate(parts):
        names = [(name.source, part.doc[name.start].idx) for name in part.doc.user_data["names"]]
        if part.turn.is_buyers or names:
            for offset, turn in readings(part.turn):
                inside = tuple(source for source, at in names if offset <= at < offset + len(turn.text))
                yield Reading(n, offset, turn, inside)


def _opened(gate: "Gate | None", work: list[Reading]) -> Iterator[tuple[Reading, Opened]]:
    """Yield where each reading is worth the tagger's time; a seller's turn is all or nothing, and here because of a name."""
    opened: list[Opened] = [((0, len(reading.turn.text)),) for reading in work]
    if gate is not None:
        from insights.language import gate as gates

        asked = [n for n, reading in enumerate(work) if reading.turn.is_buyers]
        turns, names = [work[n].turn for n in asked], [work[n].names for n in asked]
        for n, where in zip(asked, gates.passing(gate, turns, names), strict=True):
            opened[n] = _joined(where)
    yield from zip(work, opened, strict=True)


def _joined(stretches: Sequence[tuple[int, int]]) -> Opened:
    """Stretches in their order, those that touch as one."""
    result: list[tuple[int, int]] = []
    for start, end in stretches:
        if result and start == result[-1][1]:
            result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return tuple(result)
