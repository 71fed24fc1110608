"""Text tables (CSV, TSV and their dialects) to rows of cells. What breaks costs its own line, never the rest.

The trap: one stray quotation mark makes a CSV reader swallow the rest of the file into one cell. Records are therefore
read over a pushed-back line buffer: when a record breaks, only its first line is given up.
"""

import csv
import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from insights.formats import sources
from insights.formats.sources import Source, shown
from insights.formats.tables import columns
from insights.formats.tables.layout import Record

_DELIMITERS = (",", ";", "\t", "|")
_CHUNK = 1 << 18
# A file that breaks this often has quotation marks that mean nothing: from then on each line is one record.
_MOST_RECOVERIES = 50
_MOST_LINES = 2_000
_SEP = re.compile(r'^"?sep=(.)"?[,;\t|]*$', re.I)
_BROKEN = "A quotation mark opens a cell that never ends, or stands inside one."

# A line's text, or None for one that was longer than the limit.
Text = str | None


class _BrokenError(Exception):
    """The record that starts at the first buffered line never ends."""


def delimiter_of(source: Source, given: Mapping[str, str]) -> str:
    """The delimiter: Excel's "sep=" line, the one that gives the most known headers, else the most regular one."""
    head = [line or "" for line in islice(lines(source), 50)]
    if head and (match := _SEP.match(head[0])):
        return match[1]
    if source.name.casefold().endswith((".tsv", ".tab")):
        return "\t"
    best, most = ",", 0
    for delimiter in _DELIMITERS:
        for text in head[:15]:
            cells = _split(text, delimiter)
            known = sum(cell.strip() in given or columns.known(cell) is not None for cell in cells if cell.strip())
            if len(cells) > 1 and known > most:
                best, most = delimiter, known
    if not most and not any(columns.known(text) for text in head[:15] if text):
        return max(_DELIMITERS, key=lambda delimiter: _regularity(head, delimiter))
    return best


def _split(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text[:10_000]], delimiter=delimiter), [])
    except csv.Error:
        return []


def _regularity(head: Sequence[str], delimiter: str) -> float:
    """How many lines have the commonest number of cells, as a share, times that number up to four."""
    counts = Counter(len(_split(text, delimiter)) for text in head if text.strip())
    size, lines_so = max(counts.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
    return lines_so / sum(counts.values()) * min(size, 4) if size > 1 else 0.0


def lines(source: Source) -> Iterator[Text]:
    """The lines of a source without their ends, decoded a block at a time: a line alone costs ten times as much."""
    if source.encoding.startswith("utf-16") or (b"\r" in source.head and b"\n" not in source.head):
        for line in sources.lines(source):
            yield None if line.overlong else line.text
        return
    source.stream.seek(0)
    limit, pending, overlong, first = source.limits.line, b"", False, True
    while data := source.stream.read(_CHUNK):
        if overlong:
            cut = data.find(b"\n") + 1
            if not cut:
                continue
            data, overlong = data[cut:], False
        pending += data
        cut = pending.rfind(b"\n") + 1
        if cut:
            for text in _decoded(pending[: cut - 1], source.encoding, limit):
                yield text.lstrip("\ufeff") if first and text else text
                first = False
            pending = pending[cut:]
        if len(pending) > limit:
            yield None
            pending, overlong, first = b"", True, False
    if pending:
        for text in _decoded(pending, source.encoding, limit):
            yield text.lstrip("\ufeff") if first and text else text


def _decoded(block: bytes, encoding: str, limit: int) -> Iterator[Text]:
    try:
        text = block.decode(encoding)
        if "\x00" in text:
            text = text.replace("\x00", "")
        found = text.split("\n") if not sources.looks_garbled(text) else [sources.repair(t) for t in text.split("\n")]
    except (UnicodeDecodeError, LookupError):
        found = [sources.decode(line, encoding) for line in block.split(b"\n")]
    if len(block) <= limit:
        yield from [text[:-1] if text.endswith("\r") else text for text in found]
    else:
        yield from [None if len(text) > limit else text.rstrip("\r") for text in found]


def records(source: Source, delimiter: str) -> Iterator[Record]:
    """Yield every record of the file with its row number, broken ones with their trouble and their raw line."""
    # The module's own cell limit (131,072) is process-wide; it is only ever raised, lengths are checked here.
    csv.field_size_limit(max(csv.field_size_limit(), source.limits.line + 1))
    incoming, pending, buffer = lines(source), deque[Text](), list[Text]()
    number = recoveries = 0
    while True:
        reader = csv.reader(_feed(incoming, pending, buffer, source.limits.line), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                number += 1
                if number == 1 and _SEP.match(buffer[0] or ""):
                    cells = []
                buffer.clear()
                yield Record(number, cells)
            return
        except (_BrokenError, csv.Error) as error:
            if isinstance(error, csv.Error) and any(line and "\r" in line for line in buffer):
                # A lone carriage return in a cell without quotation marks is no end of a row.
                pending.extendleft(line and line.replace("\r", " ") for line in reversed(buffer))
                buffer.clear()
                continue
            number += 1
            recoveries += 1
            first, *rest = buffer or [""]
            buffer.clear()
            yield _broken(number, first, source.limits.line)
            pending.extendleft(reversed(rest))
        if recoveries >= _MOST_RECOVERIES:
            yield from _line_records(incoming, pending, delimiter, number, source.limits.line)
            return


def _broken(number: int, text: Text, limit: int) -> Record:
    if text is None:
        return Record(number, (), f"A line is longer than {shown(limit)}.")
    return Record(number, (), _BROKEN, text)


def _feed(incoming: Iterator[Text], pending: deque[Text], buffer: list[Text], limit: int) -> Iterator[str]:
    """Lines for the CSV reader, remembered until their record is whole; raises _BrokenError past the limits."""
    size = 0
    while True:
        if pending:
            line = pending.popleft()
        else:
            try:
                line = next(incoming)
            except StopIteration:
                return
        if line is None:
            if buffer:
                pending.appendleft(None)  # it is its own problem; what came before it is another
            else:
                buffer.append(None)
            raise _BrokenError
        size = len(line) if not buffer else size + len(line)
        buffer.append(line)
        if size > limit or len(buffer) > _MOST_LINES:
            raise _BrokenError
        yield line + "\n"


def _line_records(
    incoming: Iterator[Text], pending: deque[Text], delimiter: str, number: int, limit: int
) -> Iterator[Record]:
    while True:
        line = pending.popleft() if pending else next(incoming, "\x00end")
        if line == "\x00end":  # no line holds a NUL
            return
        number += 1
        if line is None:
            yield _broken(number, None, limit)
            continue
        try:
            yield Record(number, next(csv.reader([line], delimiter=delimiter, strict=True), []))
        except csv.Error:
            yield _broken(number, line, limit)
