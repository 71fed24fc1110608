"""A mail's text taken apart: what its author newly wrote, and what they quoted or forwarded.

Quotations above or between own words go, the words stay; words below a quotation keep it as what they answer. What
stands below an unmarked heading of a mail program is history to its end. Signatures and notices: see signatures.
Every pattern is anchored to a line and works on bounded text, so no mail can make it slow.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from insights.formats import signatures
from insights.formats.phrases import ADDRESS, pattern

_QUOTED = re.compile(r"^\s{0,3}(?:[A-Z][a-z]{0,9})?[>|](?!\s*\w+\s*\|)")
_MARK = re.compile(r"^\s{0,3}(?:[A-Z][a-z]{0,9})?[>|] ?")
_DATED = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}[:.]\d{2}|\b\d{1,2}\.?\s+\w{3,10}\.?,?\s+\d{4}\b|\b(?:19|20)\d\d\b|\d{4}年"
)
_TIME = re.compile(r"\d{1,2}:\d{2}")
_LONGEST = 400
_MOST_LINES = 20_000
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
    """The author's own words, verbatim, in pieces that nothing interrupts: (words, the quoted words that they answer)."""
    lines: list[str] = []
    places: list[int] = []  # the part that each line is from; -1 for the border between two parts
    for place, part in enumerate(parts):
        if not part.quoted:
            lines += [*part.lines, ""]
            places += [*[place] * len(part.lines), -1]
    found: list[tuple[str, str]] = []
    for first, last in _runs(signatures.spoken(lines, sender=sender), lines, places):
        words = "\n".join(lines[first : last + 1])
        before = parts[places[first] - 1] if places[first] else None
        found.append((words.strip(), _context(before) if before and before.lines else ""))
    return found


def _runs(kept: Sequence[int], lines: Sequence[str], places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last line of each run of kept words within one part; a blank line interrupts nothing."""
    full = [at for at in kept if lines[at].strip()]
    start = 0
    for i in range(1, len(full) + 1):
        gap = i == len(full) or places[full[i]] != places[full[i - 1]]
        if gap or any(lines[at].strip() for at in range(full[i - 1] + 1, full[i])):
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


def is_marked(line: str) -> bool:
    """True for a line that carries a quotation's mark."""
    return bool(_QUOTED.match(line))


def unmarked(lines: Sequence[str]) -> list[str]:
    """Quoted lines without one level of their marks; lines that a mail program wrapped have none to lose."""
    return [_MARK.sub("", line, count=1) for line in lines]


def split(text: str) -> list[Part]:
    """Take a text apart into what stands in it unquoted and its quotations, in their order."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")][:_MOST_LINES]
    parts: list[Part] = []
    own: list[str] = []
    quoted: list[str] = []
    heading: tuple[str, ...] = ()

    def close() -> None:
        nonlocal own, quoted, heading
        if quoted or heading:
            parts.append(Part(True, tuple(quoted), heading))
        elif own:
            parts.append(Part(False, tuple(own)))
        own, quoted, heading = [], [], ()

    has_own = False
    at = 0
    while at < len(lines):
        if length := _quotation(lines, at):
            if own:
                close()
            quoted += lines[at : at + length]
            at += length
            continue
        length, lead = _introduction(lines, at)
        if not length:
            if (quoted or heading) and (lines[at].strip() or own):
                close()
            if lines[at].strip() or not quoted:
                own.append(lines[at])
                has_own = has_own or bool(lines[at].strip())
            at += 1
            continue
        if lead:
            own.append(lead)
            has_own = True
        following = next((i for i in range(at + length, len(lines)) if lines[i].strip()), None)
        if following is not None and _QUOTED.match(lines[following]):
            close()
            heading = tuple(lines[at : at + length])
            at = following
        elif has_own or following is None or _is_heading(lines, at):
            close()
            parts.append(Part(True, tuple(lines[at + length :]), tuple(lines[at : at + length])))
            return parts
        else:
            at += length  # an answer below its introduction, without any marks: keep the words
    close()
    return parts


def _quotation(lines: Sequence[str], at: int) -> int:
    """How many lines here are marked as quoted, or are the end of one that a mail program wrapped; 0 for none."""
    if not _is_quoted(lines, at):
        return 0
    end = at + 1
    while not _QUOTED.match(lines[at]) and end < len(lines) and lines[end].strip() and not _QUOTED.match(lines[end]):
        end += 1  # the rest of a wrapped quotation
    return end - at


def introduction(lines: Sequence[str]) -> int:
    """How many lines at the beginning introduce a quotation, 0 for none."""
    return _introduction(lines, 0)[0]


def _is_quoted(lines: Sequence[str], at: int) -> bool:
    """A line marked as quoted, or the end of one that a mail program wrapped without the mark."""
    line = lines[at]
    before = lines[at - 1] if at else ""
    if _QUOTED.match(line):
        after = lines[at + 1] if at + 1 < len(lines) else ""
        lonely = before.strip() and after.strip() and not _QUOTED.match(before) and not _QUOTED.match(after)
        return not (lonely and line.rstrip().endswith("<"))
    if not line.strip() or not _QUOTED.match(before):
        return False
    run = at
    while run < len(lines) and run < at + 12 and lines[run].strip() and not _QUOTED.match(lines[run]):
        run += 1
    resumes = run < len(lines) and bool(_QUOTED.match(lines[run]))
    if resumes and run - at == 1 and line.endswith("<"):
        return True  # an address of a heading inside the quotation, wrapped in front of it
    if len(before) > 60 and resumes and (run - at == 1 or line[:1].islower() or len(before) > 76):
        return True
    return len(before) > 76 and run - at == 1 and line.lstrip()[:1].islower()


def _introduction(lines: Sequence[str], at: int) -> tuple[int, str]:
    """How many lines introduce a quotation here (0: none), and own words that share the first of them."""
    line = lines[at]
    if not line.strip() or len(line) > _LONGEST:
        return 0, ""
    if pattern("original").match(line):
        return 1, ""
    following = lines[at + 1] if at + 1 < len(lines) else ""
    if _QUOTED.match(following) and len(line) < 80 and pattern("named").match(line):
        return 1, ""
    if re.match(r"^\s*-{5,}\s*(?:Forwarded|Inoltrato|Weitergeleitet)\b", line) and re.search(r"-{5,}\s*$", following):
        return 2, ""
    if _is_block(lines, at):
        return 1, ""
    if shared := re.match(r"^(.{1,200}?\w)-{2,}\s*(On\b.{10,200}\bwrote:)\s*$", line):
        return 1, shared[1]
    joined = ""
    for length in range(1, 5):
        if at + length > len(lines) or (length > 1 and not lines[at + length - 1].strip()):
            break
        joined = f"{joined} {lines[at + length - 1].strip()}".strip()
        if len(joined) > _LONGEST:
            break
        if _introduces(joined):
            # The author's last words may stand right above: the introduction starts at the latest line that makes one.
            later = " ".join(part.strip() for part in lines[at + 1 : at + length])
            own = length > 1 and later[:1] not in ("(", "<") and _introduces(later)
            return (0, "") if own else (length, "")
    return 0, ""


def _introduces(text: str) -> bool:
    """One unwrapped line that names an author, or a date, and says that they wrote."""
    addressed = re.search(ADDRESS, text)
    if match := pattern("wrote").match(text):
        dated = bool(_DATED.search(text))
        dashes = text.startswith("--") and text.rstrip().endswith("--")
        return (
            dashes
            or (dated and bool(match["lead"] or addressed or text[0].isdigit()))
            or bool(addressed and re.search(r"<[^>]+>\W*\w+\W*$", text))
        )
    if not addressed or len(text) > 250:
        return False
    if re.match(r"^\d{4}[/-]\d{1,2}[/-]\d{1,2}\s.{1,80}<[^<>]+>:?$", text):
        return True
    return text.endswith(">:") and bool(_TIME.search(text)) and bool(_DATED.search(text))


def _is_heading(lines: Sequence[str], at: int) -> bool:
    """True for what only a mail program writes: nothing below it is the author's, even with nothing above it."""
    return bool(pattern("original").match(lines[at])) or lines[at].lstrip().startswith("----") or _is_block(lines, at)


def _is_block(lines: Sequence[str], at: int) -> bool:
    """True where a block of mail headers starts: "From:" with two further headers, or a Lotus Notes heading."""
    line = lines[at]
    window = [part for part in lines[at : at + 14] if part.strip()]
    headers = sum(bool(pattern("header").match(part)) for part in window[:9])
    if pattern("from").match(line):
        return headers >= 3 or (headers == 2 and bool(re.search(ADDRESS, " ".join(window[:2]))))
    if re.match(r"^[\s*_-]*(?:Date|Sent|Subject|To)\s?:", line, re.I):
        return headers >= 3 and any(pattern("from").match(part) for part in window[:5])
    if re.match(r"^\s*[_-]{8,}\s*$", line):
        return len(window) > 1 and _is_block(window, 1)
    return _is_notes_heading(lines, at)


def _is_notes_heading(lines: Sequence[str], at: int) -> bool:
    """ "Rebecca Ford / 07/26/2000 05:20 PM / To: …": the date is in this line or the one right below it."""
    dated = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\s+\d{1,2}:\d{2}")
    heading = lines[at : at + 2] if len(lines) > at + 1 and lines[at + 1].strip() else lines[at : at + 1]
    if not dated.search(" ".join(heading)) or max(map(len, heading)) > 120:
        return False
    window = [part.replace("=09", " ") for part in lines[at + 1 : at + 60] if part.strip()]
    to = next((i for i, part in enumerate(window[:4]) if re.match(r"^\s*(?:To|cc|Subject)\s?:", part, re.I)), None)
    return to is not None and any(re.match(r"^\s*Subject\s?:", part, re.I) for part in window[to : to + 30])


