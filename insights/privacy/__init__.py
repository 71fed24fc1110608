"""Find what identifies people and companies in a text, and mask it in a readable way, with every place kept.

Rules and lists, no model: `find` is quick enough for a page. It knows the people and companies that it is told of in
the forms in which they are written, and others by how they are spoken of; it does not know what only a reader could
infer ("the man who built it"). How much it finds is measured in benchmarks/PRIVACY.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from insights.privacy import names, numbers, places
from insights.privacy.names import Known as Known

Kind = Literal["name", "company", "email", "phone", "url", "address", "place", "card", "iban", "account"]
REPLACEMENTS: dict[Kind, str] = {
    "name": "[name]", "company": "[company]", "email": "[e-mail address]", "phone": "[phone]", "url": "[link]",
    "address": "[address]", "place": "[place]", "card": "[card number]", "iban": "[account number]", "account": "[number]",
}  # fmt: skip
LONGEST = 200_000  # characters of a text that are looked at: more is masked whole rather than half


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` identifies somebody, in code points."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a masked text: as it was said (`kind` ""), or what stands for a span. `start` and `end` are its
    place in the original."""

    text: str
    start: int
    end: int
    kind: Kind | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with its spans replaced. Its pieces, put together, are `text`; those of kind "" are verbatim."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def changed(self) -> bool:
        return any(piece.kind for piece in self.pieces)

    def original(self, offset: int) -> int:
        """The place in the original of a place in the masked text; within a replacement, where its span begins.

        Raises IndexError for a place that the masked text has not.
        """
        place = 0
        for piece in self.pieces:
            if offset < place + len(piece.text):
                return piece.start if piece.kind else piece.start + offset - place
            place += len(piece.text)
        if offset == place:
            return self.pieces[-1].end if self.pieces else 0
        raise IndexError(offset)


def find(text: str, *, known: Known = Known()) -> tuple[Span, ...]:  # noqa: B008 - frozen and empty
    """What identifies somebody, in order and without overlaps.

    Names of competitors and of the seller's own products (`known.keep`) are never found. Of two that overlap the surer
    kind stands: what has a form that can be checked, then companies, then people, then places.
    """
    if len(text) > LONGEST:
        return (Span(0, len(text), "account"),)
    found = [(0, Span(*one)) for one in numbers.find(text)]  # type: ignore[arg-type]
    found += [(1 if one[2] == "company" else 2, Span(*one)) for one in names.find(text, known)]  # type: ignore[arg-type]
    found += [(0 if one[2] == "address" else 3, Span(*one)) for one in places.find(text, known.keep)]  # type: ignore[arg-type]
    taken: list[Span] = []
    held = bytearray(len(text))
    for _, span in sorted(found, key=lambda one: (one[0], one[1].start - one[1].end, one[1].start)):
        if not any(held[span.start : span.end]):
            held[span.start : span.end] = b"\x01" * (span.end - span.start)
            taken.append(span)
    return tuple(sorted(taken, key=lambda span: span.start))


def mask(text: str, spans: Iterable[Span]) -> Masked:
    """The text with what stands for each span in its place. The spans are in order and do not overlap, as `find` gives
    them."""
    pieces: list[Piece] = []
    place = 0
    for span in spans:
        if span.start > place:
            pieces.append(Piece(text[place : span.start], place, span.start))
        pieces.append(Piece(REPLACEMENTS[span.kind], span.start, span.end, span.kind))
        place = span.end
    if place < len(text):
        pieces.append(Piece(text[place:], place, len(text)))
    return Masked(tuple(pieces))


def within(spans: Sequence[Span], start: int, end: int) -> tuple[Span, ...]:
    """The spans as far as they lie between two places, told from the first one: of an utterance, those of its quote."""
    return tuple(
        Span(max(span.start, start) - start, min(span.end, end) - start, span.kind)
        for span in spans
        if span.start < end and start < span.end
    )
