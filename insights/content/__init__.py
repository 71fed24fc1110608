"""Our own pages, read from files that a person gives: tables, sitemaps, HTML, Markdown. Nothing is ever fetched.

A reader never raises for what stands in a file: what cannot be used is a Problem that says what to do.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from insights.content import markup, sitemap, tables
from insights.content.pages import ContentPage
from insights.formats.sources import ERRORS, Limits, decode, is_binary, open_source
from insights.records import Problem

__all__ = ["ENDINGS", "ContentPage", "read"]

ENDINGS = (".csv", ".tsv", ".xml", ".html", ".htm", ".md", ".markdown", ".txt")
_LIMITS = Limits()


def read(name: str, stream: BinaryIO, *, limits: Limits = _LIMITS) -> Iterator[ContentPage | Problem]:
    """Yield the pages of one file (not of an archive: see `formats.archives`), and a problem for what is none."""
    ending = PurePosixPath(name.casefold()).suffix
    if ending not in ENDINGS:
        known = ", ".join(ENDINGS)
        yield Problem(
            name, None, f"Files ending in '{ending}' are no pages that can be read.", f"Give {known} or a zip."
        )
        return
    try:
        source = open_source(name, stream, limits)
        if not source.head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
            yield Problem(name, None, "The file is empty.", "Export it again, or leave it out.")
        elif is_binary(source.head, source.encoding):
            yield Problem(name, None, "This is a binary file, not text.", "Export it as CSV, XML, HTML or Markdown.")
        elif ending == ".xml":
            yield from sitemap.read(source)
        elif ending in (".csv", ".tsv"):
            yield from tables.read(source)
        else:
            source.stream.seek(0)
            text = decode(source.stream.read(limits.record + 1), source.encoding)
            if len(text) > limits.record:
                yield Problem(name, None, "The page is longer than 16 MB.", "Leave it out, or give its words as text.")
                return
            reader = markup.html if ending in (".html", ".htm") else markup.markdown
            yield reader(name, text.lstrip("\ufeff"))
    except ERRORS as error:
        # The last net: one file must not cost the others of an upload.
        yield Problem(
            name, None, f"The file could not be read to its end ({type(error).__name__}).", "Export it again."
        )
