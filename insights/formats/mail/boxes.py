"""Mail files to mails, one in memory at a time: .eml, .mbox and Outlook's .msg.

An mbox is cut where a "From " line opens a mail: after a blank line, or anywhere when it ends in a date as mbox has it.
"""

import re
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import Message
from typing import BinaryIO

from insights.formats.mail import automatic, messages, outlook
from insights.formats.mail.records import Mail
from insights.formats.sources import Limits, Source, open_source, shown
from insights.records import Problem

_CHUNK = 1 << 20
_LONGEST_BORDER = 1_000
_START = b"\nFrom "
_BORDER = re.compile(rb"From (?:[^\n]{0,200}\d{4}|\S{1,200}@\S|-)[^\n]*(?:\n|\Z)")
_DATED_BORDER = re.compile(
    rb"From \S{1,200} +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2}"
    rb" \d\d:\d\d(?::\d\d)?[^\n]{0,20} \d{4}\s*(?:\n|\Z)"
)
_ENCODED = re.compile(rb"^(?:[A-Za-z0-9+/]{56,80}\r?\n){24,}", re.M)
_TEXTUAL = re.compile(rb"^content-type[ \t]*:\s*(?:text|message|multipart)/", re.I | re.M)
_TYPED = re.compile(rb"^content-type[ \t]*:", re.I | re.M)
_LONGEST_PART_HEAD = 4_000
_ESCAPED = re.compile(rb"^>(?=>*From )", re.M)
_TELLING = ("From", "Sender", "To", "Cc", "Subject", "Date", "Message-ID", "References", "In-Reply-To")
_HEADER = re.compile(
    rb"^(from|to|subject|date|message-id|mime-version|received|return-path|delivered-to)[ \t]*:", re.I | re.M
)


def read_mails(name: str, stream: BinaryIO, *, limits: Limits | None = None) -> Iterator[Mail | Problem]:
    """Yield each mail of an .eml, .mbox or .msg file, one in memory at a time; `row` counts the mails from 1.

    Each mail becomes a Mail or a Problem, never both and never neither.
    """
    limits = limits or Limits()
    source = open_source(name, stream, limits)
    if outlook.is_outlook(source.head):
        data = _whole(source)
        found = _too_large(name, 1, limits) if data is None else outlook.message(name, data)
        yield found if isinstance(found, Problem) else _judged(lambda: found, name, 1)
        return
    if source.head.strip() and not (is_mbox(source.head) or is_mail(source.head)):
        yield Problem(name, None, "This is not a mail or a mailbox.", "Export it again as .eml, .mbox or .msg.")
        return
    raws = _cut(source) if is_mbox(source.head) else iter([_whole(source)])
    for row, raw in enumerate(raws, start=1):
        yield _too_large(name, row, limits) if raw is None else _mail(raw, name, row)


def is_mbox(head: bytes) -> bool:
    """True for content that opens with mbox's "From " line."""
    return head.lstrip(b"\r\n\xef\xbb\xbf").startswith(b"From ")


def is_mail(head: bytes) -> bool:
    """True for content that opens with headers, one of them a mail's."""
    head = head[:8192].lstrip(b"\r\n \t\xef\xbb\xbf")
    first = head.split(b"\n", 1)[0]
    return bool(_HEADER.search(head)) and bool(re.match(rb"^[\w-]{1,100}[ \t]*:", first))


def _whole(source: Source) -> bytes | None:
    """All of a file, None when it is larger than a mail may be."""
    source.stream.seek(0)
    data = source.stream.read(source.limits.mail + 1)
    return data if len(data) <= source.limits.mail else None


def _too_large(name: str, row: int, limits: Limits) -> Problem:
    reason = f"A mail is larger than {shown(limits.mail)}."
    return Problem(name, row, reason, "Leave its attachments out and upload it again.")


def _cut(source: Source) -> Iterator[bytes | None]:
    """Cut an mbox at its borders; None for a mail past the limit. No more than a mail and a chunk is held."""
    limit = source.limits.mail
    source.stream.seek(0)
    held = bytearray(source.stream.read(_CHUNK).lstrip(b"\r\n\xef\xbb\xbf"))
    # Whatever the first line says, it opens the first mail.
    begin = scanned = held.find(b"\n") + 1 or len(held)
    dropped, more = False, True
    while more:
        chunk = source.stream.read(_CHUNK)
        held += chunk
        more = bool(chunk)
        while border := _border(held, scanned):
            if more and border.end() == len(held):
                break  # this line goes on in the next chunk
            yield None if dropped or border.start() - begin > limit else _unescaped(held[begin : border.start()])
            begin = scanned = border.end()
            dropped = False
        scanned = max(scanned, min(border.start() if border else len(held), len(held) - _LONGEST_BORDER))
        if len(held) - begin > limit:
            dropped, begin = True, scanned
        # Two bytes stay in front: a border is known by the line ends above it.
        gone = max(begin - 2, 0)
        del held[:gone]
        begin, scanned = begin - gone, scanned - gone
    yield None if dropped or len(held) - begin > limit else _unescaped(held[begin:])


def _border(held: bytearray, at: int) -> re.Match[bytes] | None:
    """The first line from `at` on that opens a mail. (A plain search for its first bytes is what makes this fast.)"""
    while (found := held.find(_START, max(at - 1, 0))) >= 0:
        at = found + 1
        blank = held[max(found - 2, 0) : found].endswith((b"\n", b"\n\r"))
        if border := (_BORDER if blank else _DATED_BORDER).match(held, at):
            return border
        at += 1
    return None


def _unescaped(raw: bytearray) -> bytes:
    return _ESCAPED.sub(b"", raw) if b"\n>" in raw else bytes(raw)


def _mail(raw: bytes, name: str, row: int) -> Mail | Problem:
    if not raw.strip():
        return Problem(name, row, "The mail is empty.", "Leave it out.")
    raw = _ENCODED.sub(_without_file, raw.lstrip(b"\r\n\xef\xbb\xbf"))
    return _judged(lambda: message_from_bytes(raw, policy=policy.compat32), name, row)


def _without_file(lines: re.Match[bytes]) -> bytes:
    """Long runs of base64 go before the parser walks through them line by line, unless their part may be text."""
    head = lines.string[max(0, lines.start() - _LONGEST_PART_HEAD) : lines.start()].rpartition(b"\n--")[2]
    return b"" if _TYPED.search(head) and not _TEXTUAL.search(head) else lines[0]


def _judged(parsed: Callable[[], Message], name: str, row: int) -> Mail | Problem:
    try:
        return _mined(parsed(), name, row)
    except messages.ERRORS as error:
        # The standard library's parser raises many kinds on malformed mails; which one is all that is safe to show.
        reason = f"The mail could not be read ({type(error).__name__})."
        return Problem(name, row, reason, "Open it in a mail program and export it again.")


def _mined(message: Message, name: str, row: int) -> Mail | Problem:
    """The mail, or why it is not mined: no person wrote it, or it has no words, neither its author's nor quoted
    ones."""
    if kind := automatic.kind_of(message):
        return Problem(name, row, f"This is {kind}; it is not mined.", "Nothing to do.")
    mail = messages.compose(message, name, row)
    if not any(messages.header(message, name) for name in _TELLING):
        reason = "This is no mail: neither who wrote it nor when is told."
        return Problem(name, row, reason, "Look whether the mailbox is damaged here; without these it says nothing.")
    if mail.words or mail.embedded:
        return mail
    if message.get_content_type() in ("application/pkcs7-mime", "multipart/encrypted"):
        return Problem(name, row, "The mail is encrypted.", "Export it decrypted, or leave it out.")
    reason = "The mail has no words of its own author."
    return Problem(name, row, reason, "Nothing to do: it holds only an attachment, a signature, or a quotation.")
