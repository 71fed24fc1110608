"""A mail's text taken apart: what its author newly wrote, and what they quoted or forwarded.

Quotations above or between own words go, the words stay; words below a quotation keep it as what they answer. What
stands below an unmarked heading of a mail program is history to its end. Signatures and notices: see signatures.
Every pattern is anchored to a line and works on bounded text, so no mail can make it slow.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from insights.formats.mail import headings, signatures
from insights.formats.mail.headings import is_marked

_MARK = re.compile(r"^\s{0,3}(?:[A-Z][a-z]{0,9})?[>|] ?")
_PREFIX = re.compile(r"^[\s>|]{0,40}")
_RAGGED = 3  # a program counts the marks or a tab otherwise than we do
_LONGEST_END = 12  # lines that one marked line may have been wrapped into
_MOST_LINES = 100_000
_LONGEST_CONTEXT = 1_000


@dataclass(frozen=True, slots=True)
class Part:
    """Lines of one kind that follow each other. `heading` is what introduced a quotation, () where nothing did."""

    quoted: bool
    lines: tuple[str, ...]
    heading: tuple[str, ...] = ()


def own_text(text: str, *, sender: str = "") -> str:
    """Return only what the mail's author newly wrote, "" when all of it is quotation.

    `sender` is the author's name as the From header has it; a closing line of just that name is a signature.
    """
    return "\n\n".join(words for words, _ in said(split(text), sender=sender))


def said(parts: Sequence[Part], *, sender: str = "") -> list[tuple[str, str]]:
    """The author's own words, verbatim, in pieces that nothing interrupts: (words, the quoted words that they
    answer)."""
    found: list[tuple[str, str]] = []
    for place, part in enumerate(parts):
        if part.quoted:
            continue
        answered = _context(parts[place - 1]) if place else ""
        for first, last in _runs(signatures.spoken(part.lines, sender=sender, below=place > 0), part.lines):
            found.append(("\n".join(part.lines[first : last + 1]).strip(), answered))
    return found


def _runs(kept: Sequence[int], lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """First and last line of each run of kept words; a blank line interrupts nothing."""
    full = [at for at in kept if lines[at].strip()]
    start = 0
    for i in range(1, len(full) + 1):
        if i == len(full) or any(lines[at].strip() for at in range(full[i - 1] + 1, full[i])):
            yield full[start], full[i - 1]
            start = i


def _context(part: Part) -> str:
    """The end of what a quotation says by itself, without the quotations in it."""
    inner = split("\n".join(unmarked(part.lines)))
    text = "\n".join("\n".join(piece.lines).strip("\n") for piece in inner if not piece.quoted).strip()
    if len(text) <= _LONGEST_CONTEXT:
        return text
    cut = text[-_LONGEST_CONTEXT:]
    return cut[cut.find("\n") + 1 :].strip()


def unmarked(lines: Sequence[str]) -> list[str]:
    """Quoted lines without one level of their marks; lines that a mail program wrapped have none to lose."""
    return [_MARK.sub("", line, count=1) for line in lines]


def split(text: str, *, removed: int = 0) -> list[Part]:
    """Take a text apart into what stands in it unquoted and its quotations, in their order.

    `removed` is how wide the marks were that its lines had before: mail programs wrap lines with all of their marks.
    """
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")][:_MOST_LINES]
    parts: list[tuple[bool, list[str], Sequence[str]]] = []
    for kind, chunk in _chunks(lines, removed):
        last_quoted = bool(parts) and parts[-1][0]
        if kind == "heading":
            parts.append((True, [], chunk))
        elif parts and last_quoted == (kind == "quoted"):
            parts[-1][1].extend(chunk)
        elif kind == "quoted" or not last_quoted or chunk[0].strip():  # a blank line ends no quotation
            parts.append((kind == "quoted", list(chunk), ()))
    return [Part(quoted, tuple(own), tuple(heading)) for quoted, own, heading in parts]


def _chunks(lines: Sequence[str], removed: int) -> Iterator[tuple[Literal["own", "quoted", "heading"], Sequence[str]]]:
    """The lines in order, each with what it is. Below the heading of unmarked history all is quoted."""
    at, has_own = 0, False
    while at < len(lines):
        if length := _quotation(lines, at, removed):
            yield "quoted", lines[at : at + length]
            at += length
            continue
        length, lead = headings.introduction(lines, at)
        if lead or not length:
            own = lead or lines[at]
            has_own = has_own or bool(own.strip())
            yield "own", [own]
        if not length:
            at += 1
            continue
        following = next((i for i in range(at + length, len(lines)) if lines[i].strip()), None)
        if following is not None and is_marked(lines[following]) and not _is_escaped(lines, following):
            yield "heading", lines[at : at + length]
            at = following
        elif has_own or following is None or headings.is_final(lines, at):
            yield "heading", lines[at : at + length]
            yield "quoted", lines[at + length :]
            return
        else:
            at += length  # an answer below its introduction, without any marks: keep the words


def _quotation(lines: Sequence[str], at: int, removed: int) -> int:
    """How many lines here are marked as quoted, or are the end of one that a mail program wrapped; 0 for none."""
    if not _is_quoted(lines, at, removed):
        return 0
    end = at + 1
    while not is_marked(lines[at]) and end < len(lines) and lines[end].strip() and not is_marked(lines[end]):
        end += 1  # the rest of a wrapped quotation
    return end - at


def _is_quoted(lines: Sequence[str], at: int, removed: int) -> bool:
    """A line marked as quoted, or the end of one that a mail program wrapped without the mark."""
    line = lines[at]
    before = lines[at - 1] if at else ""
    if is_marked(line):
        if _is_escaped(lines, at):
            return False
        after = lines[at + 1] if at + 1 < len(lines) else ""
        lonely = before.strip() and after.strip() and not is_marked(before) and not is_marked(after)
        return not (lonely and line.rstrip().endswith("<"))
    if not line.strip() or not is_marked(before):
        return False
    run = at
    while run < len(lines) and run < at + _LONGEST_END and lines[run].strip() and not is_marked(lines[run]):
        run += 1
    resumes = run < len(lines) and is_marked(lines[run])
    if resumes and run - at == 1 and line.endswith("<"):
        return True  # an address of a heading inside the quotation, wrapped in front of it
    width = len(before) + removed
    unfinished = width > 40 and before[-1] not in ".?!:"
    # In a quotation of a quotation the wrapped ends of several levels follow each other.
    if unfinished and resumes and run - at <= (3 if removed else 1) and max(map(len, lines[at:run])) < 40:
        return True
    lower = line.lstrip()[:1].islower()
    goes_on = resumes and _PREFIX.sub("", lines[run])[:1].islower()
    if before[-1] == "?" and not goes_on:
        return False  # a question, then its answer
    if goes_on and width > 40 and run - at == 1 and line[-1] not in ".?!:,;)":
        return True  # its sentence is finished by the marked line below
    if lower and run - at > 1 and not unfinished and not goes_on:
        return False  # an answer in small letters below a whole sentence
    if width > 60 and resumes and (run - at == 1 or lower or width > 76):
        return True
    if not lower or width <= 76 or run - at == _LONGEST_END:
        return False
    return run - at == 1 or (unfinished and _is_filled(lines[at - 1 : run]))


def _is_escaped(lines: Sequence[str], at: int) -> bool:
    """True for an unquoted "From …" that a mailbox file wrote with a mark: its paragraph goes on without one."""
    if not lines[at].startswith(">From ") or (at and is_marked(lines[at - 1])):
        return False
    end = at + 1
    while end < len(lines) and end < at + _LONGEST_END and lines[end].strip() and not is_marked(lines[end]):
        end += 1
    return end > at + 1 and (end == len(lines) or not lines[end].strip())


def _is_filled(lines: Sequence[str]) -> bool:
    """True where each line but the last ends because the next line's first word would not have fitted."""
    widest = max(map(len, lines)) - _RAGGED
    return all(len(line) + 1 + len(below.split()[0]) > widest for line, below in pairwise(lines))
