"""Turn bytes into conversations. A format is one function and one line in READERS.

A reader takes a Source and a ColumnMapping (for tables and objects) and yields conversations, CRM records and problems,
and mails where rows hold them: give all of them to `mail.threads`. A reader of tables also says how it read each
(`Reading`), which `read` leaves out. None raises for what stands in a file.
"""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from insights.formats import archives, documents, mail, plain
from insights.formats.found import Found
from insights.formats.sources import ERRORS, Limits, Source, decode, is_binary, open_source
from insights.formats.tables import books, columns, grids, objects
from insights.formats.tables.columns import ColumnMapping, SavedColumns
from insights.formats.tables.preview import Preview
from insights.formats.tables.preview import preview as preview_table
from insights.formats.tables.readings import Reading
from insights.formats.transcripts import captions
from insights.records import Problem

__all__ = [
    "ColumnMapping", "Found", "Limits", "Preview", "Reading", "SavedColumns", "has_columns", "holds_mails",
    "is_one_text", "known_endings", "preview", "read", "read_telling", "unread",
]  # fmt: skip

Reader = Callable[[Source, ColumnMapping], Iterator[Found] | Iterator[Found | Reading]]

_TEXTS = (".txt", ".md", ".text")
# Endings, what the content must look like ("" for any text, "binary" for what the reader checks itself), and the reader.
READERS: tuple[tuple[tuple[str, ...], str, Reader], ...] = (
    (grids.ENDINGS, "", grids.read),
    (books.ENDINGS, "binary", books.read),
    (objects.ENDINGS, "json", objects.read),
    ((".vtt", ".srt", ".sbv"), "", captions.read),
    ((".eml", ".mbox", ".mbx", ".msg"), "mail", mail.read),
    (_TEXTS, "", plain.read),
    ((".docx", ".pdf"), "binary", documents.read),
)
# Endings of files that hold conversations in a form that is not read, and what to save them as.
_SAVE_AS = {
    **dict.fromkeys((".doc", ".dot", ".rtf", ".odt", ".pages", ".wpd"), "Save it as .docx, or as text."),
    **dict.fromkeys(
        (".7z", ".rar", ".zipx", ".xz", ".txz", ".bz2", ".tbz2", ".zst"), "Unpack it, or make a .zip or .tar.gz of it."
    ),
    **dict.fromkeys(
        (".mp3", ".m4a", ".wav", ".ogg", ".aac", ".flac", ".mp4", ".mov", ".mkv", ".avi", ".webm"),
        "Upload its transcript: recorders save one as .vtt, .srt, .txt or .docx.",
    ),
    **dict.fromkeys(
        (".jpg", ".jpeg", ".png", ".gif", ".heic", ".webp", ".tif", ".tiff", ".bmp"),
        "Type what it says into a .txt, or leave it out.",
    ),
}
_NONE = ColumnMapping()
_LIMITS = Limits()


def known_endings() -> tuple[str, ...]:
    """Every file ending that `read` knows, with its dot."""
    return tuple(ending for endings, _, _ in READERS for ending in endings)


def has_columns(name: str, stream: BinaryIO) -> bool:
    """True for a file that is read by columns, by its ending or as a text that is a table: what `preview` shows and a
    mapping can correct."""
    ending = PurePosixPath(name.casefold()).suffix
    if ending in (*grids.ENDINGS, *books.ENDINGS, *objects.ENDINGS):
        return True
    try:
        return ending in _TEXTS and identify(open_source(name, stream, _LIMITS)) is grids.read
    except ERRORS:
        return False  # `read` says what is wrong with it
    finally:
        stream.seek(0)


def is_one_text(name: str) -> bool:
    """True for a file that is one text, by its ending: no more of it than `Limits.record` is read."""
    ending = PurePosixPath(name.casefold()).suffix
    return any(ending in endings and not shape and reader is not grids.read for endings, shape, reader in READERS)


def holds_mails(name: str, stream: BinaryIO) -> bool:
    """True for a file of mails, by its ending or by content that is unmistakable.

    Who keeps mails reads all of them by `mail.read_mails`, as `read` would give one file's threads as if they were
    whole.
    """
    try:
        return identify(open_source(name, stream, _LIMITS)) is mail.read
    except ERRORS:
        return False  # `read` says what is wrong with it
    finally:
        stream.seek(0)


def read(name: str, stream: BinaryIO, *, limits: Limits = _LIMITS, mapping: ColumnMapping = _NONE) -> Iterator[Found]:
    """Yield what a file holds: conversations, mails of rows, CRM records, a problem for what could not be read.

    `mapping` overrules what the headers of a table or the keys of objects suggest.
    """
    for item in read_telling(name, stream, limits=limits, mapping=mapping):
        if not isinstance(item, Reading):
            yield item


def read_telling(
    name: str, stream: BinaryIO, *, limits: Limits = _LIMITS, mapping: ColumnMapping = _NONE
) -> Iterator[Found | Reading]:
    """As `read`, and behind the rows of each table how its columns were read, where that is worth telling."""
    try:
        source = open_source(PurePosixPath(name).name if name.endswith("/") else name, stream, limits)
        reader = identify(source)
        if isinstance(reader, Problem):
            yield reader
            return
        yield from reader(source, mapping)
    except ERRORS as error:
        # The last net under every reader and the libraries below it: one file must not cost the others of a batch.
        reason = f"The file could not be read to its end ({type(error).__name__})."
        yield Problem(name, None, reason, "Export it again; if that does not help, report it.")


def unread(name: str, stream: BinaryIO) -> Problem | None:
    """Why `read` will take nothing in of a file, as far as its name and its opening tell; None where it will read it."""
    try:
        found = identify(open_source(name, stream, _LIMITS))
        return found if isinstance(found, Problem) else None
    except ERRORS:
        return None  # `read` says what is wrong with it
    finally:
        stream.seek(0)


def preview(
    name: str, stream: BinaryIO, *, limits: Limits = _LIMITS, mapping: ColumnMapping = _NONE
) -> Preview | Problem:
    """Show how a table, a workbook or a file of JSON objects will be read; a problem for what `read` would refuse or
    not read by columns."""
    try:
        reader = identify(open_source(name, stream, limits)) if has_columns(name, stream) else None
        if isinstance(reader, Problem):
            return reader
        ending = grids.ENDINGS[0] if reader is grids.read else ""
    except ERRORS:
        ending = ""  # told below, as for every step
    return preview_table(name, stream, limits=limits, mapping=mapping, ending=ending)


def identify(source: Source) -> Reader | Problem:
    """Pick the reader by the name's ending, and check it against the content, which has the last word."""
    if not source.head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        return Problem(source.name, None, "The file is empty.", "Export it again, or leave it out.")
    ending = PurePosixPath(source.name.casefold()).suffix
    found = next((line for line in READERS if ending in line[0]), None)
    if found is None and ending in _SAVE_AS:
        return Problem(source.name, None, f"Files ending in '{ending}' are not read.", _SAVE_AS[ending])
    if found is None:
        known = ", ".join(sorted((*known_endings(), *archives.ENDINGS)))
        return Problem(source.name, None, f"Files ending in '{ending}' are not read.", f"Supported endings: {known}.")
    _, shape, reader = found
    if shape == "binary":
        return reader
    if is_binary(source.head, source.encoding) and reader is not mail.read:
        return Problem(source.name, None, "This is a binary file, not text.", "Export it as text, CSV, JSON or VTT.")
    head = decode(source.head[:4096], source.encoding).lstrip("\ufeff")
    if shape == "json" and not objects.is_json(head):
        return Problem(source.name, None, "This is not JSON.", "Give JSON lines, or an array of objects.")
    if shape == "mail" and not (mail.is_outlook(source.head) or mail.is_mbox(source.head) or mail.is_mail(source.head)):
        return Problem(source.name, None, "This is not a mail or a mailbox.", "Export it again as .eml, .mbox or .msg.")
    return _by_content(source, head) or reader


def _by_content(source: Source, head: str) -> Reader | None:
    """The reader of a text whose content is unmistakable, whatever its name says."""
    opening = head.lstrip()
    if opening.startswith("WEBVTT"):
        return captions.read
    is_text = PurePosixPath(source.name.casefold()).suffix in _TEXTS
    if is_text and _is_table(head):
        return grids.read
    is_mail = mail.is_mail(source.head) and b"message-id:" in source.head[:8192].lower()
    return mail.read if is_text and (is_mail or mail.is_mbox(source.head)) else None


def _is_table(head: str) -> bool:
    """Whether a text is a table parted by tabs, as Excel saves "Unicode Text": its first line names a column of words and
    another one that is known, and the next has as many cells."""
    first, second = [*head.splitlines()[:2], "", ""][:2]
    roles = {(columns.known(name) or ("",))[0] for name in first.split("\t")}
    return "\t" in first and first.count("\t") == second.count("\t") and "text" in roles and bool(roles - {"", "text"})
