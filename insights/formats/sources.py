"""Bytes to bounded text lines, whatever the encoding.

A source is read as a stream: no line, and no file, is ever held beyond the limits. The encoding is settled on the
head of the file; a single line that does not fit it is decoded by itself, so one odd byte never costs the rest.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from insights.formats import charsets

HEAD = 64 * 1024
# What the libraries below a reader raise on broken content: the last net, so that one file does not cost a batch.
ERRORS = (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
_CHUNK = 256 * 1024
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# UTF-8 read as cp1252 and saved again: a lead byte's letter followed by a continuation byte's sign.
_MOJIBAKE = re.compile("[ÂÃâ][\u0080-\u00bf‚„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ€]")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of anything is read before it becomes a problem (bytes, counts, and a ratio). Of a `record` each line
    weighs `least` bytes at least: what is made of it takes more than its letters."""

    line: int = 1_000_000
    record: int = 16_000_000
    least: int = 100
    mail: int = 25_000_000
    unseekable: int = 64_000_000
    members: int = 10_000
    member: int = 1_000_000_000
    archive: int = 4_000_000_000
    ratio: int = 200
    depth: int = 3
    workbook: int = 400_000_000
    cells: int = 5_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read: its name, its seekable stream, its first bytes and its encoding."""

    name: str
    stream: BinaryIO
    limits: Limits
    head: bytes
    encoding: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its line end; `overlong` lines were longer than the limit and carry no text."""

    number: int
    text: str
    ended: bool = True
    overlong: bool = False


def open_source(name: str, stream: BinaryIO, limits: Limits) -> Source:
    """Read the head and settle the encoding. A stream that cannot seek is copied to memory, up to a limit."""
    if not (hasattr(stream, "seekable") and stream.seekable()):
        stream = io.BytesIO(stream.read(limits.unseekable))
    stream.seek(0)
    head = stream.read(HEAD)
    return Source(name, stream, limits, head, detect(head))


def detect(head: bytes) -> str:
    """Name the encoding: byte-order mark, UTF-16 without one, UTF-8, then what its letters say, then a statistical
    guess.

    The letters come before the guess because guessing corrupts short western text.
    """
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if len(head) >= 4 and b"\x00" in head[:200]:
        even, odd = head[0:400:2].count(0), head[1:400:2].count(0)
        half = len(head[:400]) // 2
        if odd > half * 0.4 and even < half * 0.1:
            return "utf-16-le"
        if even > half * 0.4 and odd < half * 0.1:
            return "utf-16-be"
    if _decodes(head[: head.rfind(b"\n") + 1] or head[:-4] or head, "utf-8"):
        return "utf-8"
    rows = [line for line in head.split(b"\n")[:-1] if not line.isascii()]
    if sum(_decodes(line, "utf-8") for line in rows) > len(rows) * 0.8:
        return "utf-8"  # a few odd bytes: their lines are decoded by themselves
    if encoding := charsets.single_byte(head):
        return encoding
    high = sum(byte >= 0x80 for byte in head)
    return "cp1252" if high <= len(re.findall(rb"[A-Za-z]", head)) and _decodes(head, "cp1252") else _guess(head)


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _guess(head: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(head[:16_384]).best()
    return best.encoding if best else "cp1252"


def is_binary(head: bytes, encoding: str) -> bool:
    """True for content no text reader should see: many NULs or control bytes that no text encoding explains."""
    if encoding.startswith("utf-16"):
        return False
    if head.startswith(
        (b"PK\x03\x04", b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")
    ):
        return True
    sample = head[:8192]
    control = sum(byte < 32 and byte not in b"\t\n\r\f\x1b\x00" for byte in sample)
    return control > len(sample) * 0.02 or sample.count(0) > len(sample) * 0.1


def decode(data: bytes, encoding: str) -> str:
    """Decode, falling back to cp1252 and then to replacement marks; NULs go, clear mojibake is put right."""
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            text = data.decode(encoding if encoding.startswith("utf") else "latin-1", "replace")
    return repair(text.replace("\x00", ""))


def repair(text: str) -> str:
    """Undo UTF-8 that was read as cp1252, only where its telltale pairs stand; every other text is unchanged."""
    if not looks_garbled(text):
        return text
    from ftfy import fix_encoding

    return fix_encoding(text)


def looks_garbled(text: str) -> bool:
    """True where UTF-8 that was read as cp1252 leaves its telltale pairs."""
    return not text.isascii() and _MOJIBAKE.search(text) is not None


def lines(source: Source, limit: int | None = None) -> Iterator[Line]:
    """Yield decoded lines from the start of the source; memory stays within `limit` bytes (default: limits.line)."""
    limit = limit or source.limits.line
    number = 0
    for raw, ended, overlong in _raw_lines(source, limit):
        number += 1
        if overlong:
            yield Line(number, "", ended, True)
            continue
        text = decode(raw, source.encoding).rstrip("\r\n")
        yield Line(number, text.lstrip("\ufeff") if number == 1 else text, ended)


def _raw_lines(source: Source, limit: int) -> Iterator[tuple[bytes, bool, bool]]:
    """Yield (bytes, had a line end, was overlong); UTF-16 lines are cut on its own two-byte line feed."""
    source.stream.seek(0)
    if source.encoding.startswith("utf-16"):
        yield from _wide_lines(source, limit)
        return
    if b"\r" in source.head and b"\n" not in source.head:  # old Macintosh line ends
        yield from _cut(source, limit, b"\r")
        return
    readline = source.stream.readline
    while raw := readline(limit + 1):
        ended = raw.endswith(b"\n")
        if ended or len(raw) <= limit:
            yield raw, ended, False
            continue
        while (rest := readline(_CHUNK)) and not rest.endswith(b"\n"):
            pass
        yield b"", bool(rest), True


def _wide_lines(source: Source, limit: int) -> Iterator[tuple[bytes, bool, bool]]:
    yield from _cut(source, limit, "\n".encode(source.encoding), width=2)


def _cut(source: Source, limit: int, mark: bytes, *, width: int = 1) -> Iterator[tuple[bytes, bool, bool]]:
    """Split on a line mark that `readline` does not know; a mark counts only on a character border."""
    pending, overlong = b"", False
    while chunk := source.stream.read(_CHUNK):
        pending += chunk
        start = search = 0
        while (at := pending.find(mark, search)) >= 0:
            search = at + 1
            if (at - start) % width:
                continue
            yield (b"", True, True) if overlong else (pending[start : at + width], True, False)
            start = search = at + width
            overlong = False
        pending = pending[start:]
        if len(pending) > limit:
            # Whole characters are dropped, so the border stays where it was.
            pending, overlong = pending[len(pending) - len(pending) % width :], True
    if pending or overlong:
        yield (b"", False, True) if overlong else (pending, False, False)


def larger(limits: Limits) -> str:
    """What is too large as one conversation, in words for a problem's reason."""
    return f"{shown(limits.record)}, or has more than {limits.record // limits.least:,} lines"


def shown(limit: int) -> str:
    """A limit in words for a problem's reason."""
    return f"{limit / 1_000_000:g} MB" if limit >= 100_000 else f"{limit} bytes"
