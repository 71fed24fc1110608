"""The mails that a mail's text shows: quoted and forwarded ones whose author can be told, nested as they stood."""

from collections.abc import Sequence
from dataclasses import replace

from insights.formats.mail import headings, quoting
from insights.formats.mail.attribution import Attribution, attribute
from insights.formats.mail.quoting import Part
from insights.formats.mail.records import Embedded, Words

_DEEPEST = 12
_MARK_WIDTH = 2
_FEW = 4
_MOST = 40


def words_of(parts: Sequence[Part], sender: str) -> tuple[Words, ...]:
    """An author's own words among the parts of their text."""
    return tuple(Words(text, answers) for text, answers in quoting.said(parts, sender=sender))


def embedded_in(parts: Sequence[Part], *, before: str = "", depth: int = 0, removed: int = 0) -> tuple[Embedded, ...]:
    """The quoted and forwarded mails among the parts of a text, those without a known author left out.

    Quotations of one mail that answers interrupt are one. `before` is the ISO date of the mail that quotes them;
    `removed` is for quotations in quotations (see quoting.split).
    """
    found: list[Embedded] = []
    open_part = False
    for part in parts:
        if not part.quoted:
            continue
        attribution, inner, width = _opened(part, before, removed)
        nested = embedded_in(inner, before=before, depth=depth + 1, removed=width) if depth < _DEEPEST else ()
        if attribution:
            words = _whole(words_of(inner, attribution.sender.name))
            found.append(Embedded(attribution.sender, attribution.sent_at, attribution.subject, words, nested))
            open_part = True
        elif open_part and not part.heading:
            last = found[-1]
            more = _whole(words_of(inner, last.sender.name))
            found[-1] = replace(last, words=(*last.words, *more), embedded=(*last.embedded, *nested))
        else:
            found += nested
            open_part = False
    return tuple(mail for mail in found[:_MOST] if mail.words or mail.embedded)


def _whole(words: tuple[Words, ...]) -> tuple[Words, ...]:
    """The pieces without the ends of lines and addresses that wrapping leaves between quotations."""
    if len(words) < 2:
        return words
    return tuple(
        piece
        for piece in words
        if len(piece.text.split()) >= _FEW or not (piece.text[0].islower() or "@" in piece.text)
    )


def _opened(part: Part, before: str, removed: int) -> tuple[Attribution | None, list[Part], int]:
    """Who wrote a quotation, the parts of what they wrote, and how wide the marks were that its lines had."""
    lines = list(part.lines)
    if headings.is_marked(next((line for line in lines if line.strip()), "")):
        lines = quoting.unmarked(lines)
        removed += _MARK_WIDTH
    heading: Sequence[str] = part.heading
    if not heading:
        start = next((at for at, line in enumerate(lines) if line.strip()), 0)
        rest = start + headings.introduction(lines, start)[0] if lines else 0
        if rest > start and not headings.is_marked(next((line for line in lines[rest:] if line.strip()), "")):
            heading, lines = lines[start:rest], lines[rest:]
    attribution = attribute(heading, lines, before=before) if heading else None
    if attribution:
        lines = lines[attribution.lines :]
    return attribution, quoting.split("\n".join(lines), removed=removed), removed
