"""Word and PDF files to their lines, read on as plain text: a chat, a transcript or a note.

Word's XML is read as a stream and only its words are kept, so that deleted text stays deleted, text in content controls
and boxes counts once, and neither a zip bomb nor an external entity does anything.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import IO, Any

from insights.formats import plain
from insights.formats.sources import Limits, Source, shown
from insights.formats.tables import columns
from insights.formats.tables.columns import ColumnMapping
from insights.records import Conversation, Problem

PAGES = 500
ELEMENTS = 1_500_000  # of a Word document's XML: some seconds of work
OPERATIONS = 1_000_000  # drawing operators of a PDF: some seconds of work
_CHUNK = 64 * 1024
_WORD = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_GONE = ("del", "moveFrom")
_HEADING = re.compile(
    r"^(?:Title|Heading ?[1-3]|(?:Ü|U)?berschrift ?[1-3]?|Titel|Titre ?[1-3]?|T[ií]tulo ?[1-3]?)$", re.I
)
_FACT = re.compile(r"^\s*([^\W\d_][\w /-]{1,40}?)\s*:\s+\S")
_PAGE_NUMBER = re.compile(r"^\s*(?:page|seite|p\.)?\s*\d{1,4}\s*(?:(?:of|von|/)\s*\d{1,4})?\s*$", re.I)
_DAMAGED = "The document is damaged."
_AGAIN = "Open it in the program that made it and save it again, or save it as text."
_ERRORS = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, KeyError)


class _TooLargeError(Exception):
    """More work or more words than the limits allow; what was read before counts."""


def read(source: Source, mapping: ColumnMapping) -> Iterator[Conversation | Problem]:
    """Yield the document's one conversation and its problems; without words one problem alone."""
    problems: list[Problem] = []
    if source.head.startswith(b"PK"):
        body = _word(source, problems)
    elif b"%PDF-" in source.head[:1024]:
        body = _pdf(source, problems)
    elif source.head.startswith(b"\xd0\xcf\x11\xe0"):
        # An old binary file, or one that is locked with a password, whatever its name says.
        yield Problem(
            source.name, None, "This is an old Word file, or one with a password.", "Save it as .docx without one."
        )
        return
    else:
        kind = "PDF" if source.name.casefold().endswith(".pdf") else "Word document"
        yield Problem(source.name, None, f"This is not a {kind}.", "Save it again as .docx or .pdf, or as text.")
        return
    yield from plain.conversation(body, source.name, mapping, problems)


# Word.


def _word(source: Source, problems: list[Problem]) -> list[str]:
    source.stream.seek(0)
    found: list[str] = []
    try:
        with zipfile.ZipFile(source.stream) as archive:
            info = _main_part(archive)
            if info is None or info.flag_bits & 0x1:
                problems.append(Problem(source.name, None, "This is not a Word document.", _AGAIN))
            elif info.file_size > max(1_000_000, source.limits.ratio * max(info.compress_size, 1)):
                reason = f"Its text is packed more than {source.limits.ratio} times: that looks like a zip bomb."
                problems.append(Problem(source.name, None, reason, "Leave it out, or save its words as text."))
            else:
                with archive.open(info) as part:
                    found.extend(_lines(part, source.limits))
    except _TooLargeError:
        reason = f"The document has more than {shown(source.limits.record)} of words, or too many parts; the rest was not read."
        problems.append(Problem(source.name, None, reason, "Split it into one file a conversation."))
    except (*_ERRORS, SyntaxError):  # lxml's errors in XML are syntax errors
        reason = _DAMAGED if not found else "The document is damaged; what stood before the damage was read."
        problems.append(Problem(source.name, None, reason, _AGAIN))
    return _spaced(found)


def _main_part(archive: zipfile.ZipFile) -> zipfile.ZipInfo | None:
    """The member that holds the text: Word's own name for it, or the only one that is named nearly so."""
    names = {info.filename.replace("\\", "/").lstrip("/"): info for info in archive.infolist()}
    return names.get("word/document.xml") or next(
        (info for name, info in names.items() if re.fullmatch(r"word/document\d*\.xml", name)), None
    )


def _lines(part: IO[bytes], limits: Limits) -> Iterator[str]:
    """The lines of a document's XML in reading order, a table's rows where the table stands."""
    texts: list[list[str]] = []  # open paragraphs: one may stand within another's text box
    frames: list[list[Any]] = []  # open tables, rows and cells, each with what it holds
    heading, gone, first, size = "", 0, True, 0
    for event, tag, element in _events(part, limits):
        if tag in _GONE:
            gone += 1 if event == "start" else -1
        elif event == "start":
            if tag in ("tbl", "tr", "tc"):
                frames.append([])
            elif tag == "p":
                texts.append([])
                heading = ""
        elif tag == "t" and texts and not gone:
            texts[-1].append(element.text or "")
        elif tag in _SIGNS and texts and not gone:
            texts[-1].append(_SIGNS[tag])
        elif tag == "pStyle":
            heading = "# " if _HEADING.match(element.get(element.tag.replace("pStyle", "val")) or "") else ""
        elif tag == "p" and texts:
            text = "".join(texts.pop())
            size += len(text) + 1
            if size > limits.record:
                raise _TooLargeError
            if frames:
                frames[-1].append(text)
            else:
                yield from ((heading if first and text.strip() else "") + text).split("\n")
            first = first and not text.strip()
        elif tag in ("tbl", "tr", "tc") and frames:
            yield from _closed(tag, frames)


def _events(part: IO[bytes], limits: Limits) -> Iterator[tuple[str, str, Any]]:
    """The XML's events with their bare tags; elements are let go of as soon as they were read."""
    from lxml import etree

    parser = etree.XMLPullParser(events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False)
    most = ELEMENTS
    left = limits.record * 8  # XML is several times as large as its words, and a zip may lie about sizes
    while chunk := part.read(_CHUNK):
        left -= len(chunk)
        if left < 0:
            raise _TooLargeError
        parser.feed(chunk)
        for event, element in parser.read_events():
            name = element.tag if isinstance(element.tag, str) else ""
            tag = "del" if name == _FALLBACK else next((name.removeprefix(w) for w in _WORD if name.startswith(w)), "")
            yield event, tag, element
            if event == "end":
                most -= 1
                if tag in ("t", "r", "p", "tr", "tbl"):
                    _forget(element)
        if most < 0:
            raise _TooLargeError
    parser.close()


def _forget(element: Any) -> None:
    element.clear(keep_tail=True)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _closed(tag: str, frames: list[list[Any]]) -> Iterator[str]:
    """Close a cell, row or table: it becomes part of what holds it, or lines where nothing does."""
    held = frames.pop()
    if tag == "tbl":
        lines = list(_table([row for row in held if isinstance(row, list)]))
        if frames:
            frames[-1].extend(lines)
        else:
            yield from lines
    elif not frames:
        yield from (str(line) for line in held)
    elif tag == "tr":
        frames[-1].append(held)
    else:
        frames[-1].append("\n".join(str(line) for line in held).strip())


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table's rows as lines: facts as `key: value`, a transcript's as `[time] speaker: words`, others tab by tab."""
    heads = [(columns.known(cell) or ("",))[0] for cell in rows[0]] if rows else []
    if "speaker" in heads and "text" in heads:
        for row in rows[1:]:
            cells = dict(zip(heads, row, strict=False))
            time = cells.get("started_at") or cells.get("time") or ""
            yield (
                (f"[{time}] " if time else "")
                + f"{cells.get('speaker', '')}: "
                + " ".join(cells.get("text", "").split("\n"))
            )
        return
    for row in rows:
        if len(row) == 2 and columns.known(row[0].rstrip(": ")) and row[1] and "\n" not in row[0] + row[1]:
            yield f"{row[0].rstrip(': ')}: {row[1]}"
        else:
            yield from "\t".join(cell for cell in row if cell).split("\n")


def _spaced(found: Sequence[str]) -> list[str]:
    """Paragraphs are apart in Word: blank lines between them, save within a block of facts."""
    spaced: list[str] = []
    for line in found:
        if spaced and line.strip() and spaced[-1].strip() and not (_is_fact(line) and _is_fact(spaced[-1])):
            spaced.append("")
        spaced.append(line)
    return spaced


def _is_fact(line: str) -> bool:
    match = _FACT.match(line)
    return bool(match and columns.known(match[1]))


# PDF.


def _pdf(source: Source, problems: list[Problem]) -> list[str]:
    import logging

    import pypdf
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PyPdfError

    # pypdf logs parts of what it cannot read, and a log is no place for what customers said.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    found: list[str] = []
    seen = 0
    source.stream.seek(0)
    try:
        reader = pypdf.PdfReader(source.stream)
        if reader.is_encrypted and not reader.decrypt(""):
            problems.append(_locked(source.name))
            return []
        left = [OPERATIONS]
        for page in reader.pages:
            if seen == PAGES:
                reason = f"The PDF has more than {PAGES} pages; the rest was not read."
                problems.append(Problem(source.name, None, reason, "Split it into one file a conversation."))
                break
            seen += 1
            found += _page(page, left, source.limits)
    except (FileNotDecryptedError, DependencyError):
        problems.append(_locked(source.name))
    except (_TooLargeError, LimitReachedError):
        reason = f"Page {seen} of the PDF, or all up to it, is too large; the rest was not read."
        problems.append(Problem(source.name, None, reason, "Save its words as text, or split it."))
    except (
        PyPdfError,
        *_ERRORS,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
        AssertionError,
    ):
        reason = f"The PDF is damaged at page {seen}; what stood before was read." if found else "The PDF is damaged."
        problems.append(Problem(source.name, None, reason, _AGAIN))
    if seen and not problems and not any(line.strip() for line in found):
        advice = "Run text recognition (OCR) over it, or save the text from where it was written."
        problems.append(Problem(source.name, None, "This PDF holds pictures of pages, no text.", advice))
    return _headed(found)


def _headed(found: list[str]) -> list[str]:
    """A PDF keeps no blank lines: one is put below the facts on top, and the one line above them is the title."""
    start = 0 if found and _is_fact(found[0]) else 1
    end = next((i for i in range(start, len(found)) if not _is_fact(found[i])), len(found))
    if end - start < 2:
        return found
    return [*(f"# {line}" for line in found[:start]), *found[start:end], "", *found[end:]]


def _page(page: Any, left: list[int], limits: Limits) -> list[str]:
    """A page's lines without its number; raises _TooLargeError when drawing it takes more than is left."""

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise _TooLargeError

    contents = page.get_contents()
    if contents is None:
        return []
    if len(contents.get_data()) > limits.record:
        raise _TooLargeError
    lines = [str(line) for line in page.extract_text(visitor_operand_before=count).splitlines()]
    while lines and _PAGE_NUMBER.match(" ".join(lines[-1].split())):
        lines.pop()
    return lines


def _locked(name: str) -> Problem:
    return Problem(name, None, "This PDF is locked with a password.", "Save it without one, or save its text.")
