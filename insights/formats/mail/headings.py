"""The lines by which mail programs introduce what was written before: "On … wrote:", header blocks, rules with words.

Looked for at every line of every mail, so what cannot be one is told by a sign in it before any pattern is tried.
"""

import re
from collections.abc import Sequence

from insights.formats.mail.phrases import ADDRESS, pattern

_QUOTED = re.compile(r"^\s{0,3}(?:[A-Z][a-z]{0,9})?[>|](?!\s*\w+\s*\|)")
_DATED = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}[:.]\d{2}|\b\d{1,2}\.?\s+\w{3,10}\.?,?\s+\d{4}\b|\b(?:19|20)\d\d\b|\d{4}年"
)
_TIME = re.compile(r"\d{1,2}:\d{2}")
_STAMP = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\s+\d{1,2}:\d{2}")
_SHARED = re.compile(r"^(.{1,200}?\w)-{2,}\s*(On\b.{10,200}\bwrote:)\s*$")
_RULE = re.compile(r"^\s*[_-]{8,}\s*$")
_LESSER = re.compile(r"^[\s*_-]*(?:Date|Sent|Subject|To)\s?:", re.I)
_FORWARDED = re.compile(r"^\s*-{5,}\s*(?:Forwarded|Inoltrato|Weitergeleitet)\b")
_YEAR_FIRST = re.compile(r"^\d{4}[/-]\d{1,2}[/-]\d{1,2}\s.{1,80}<[^<>]+>:?$")
# GroupWise: ">>> Ann Lee <ann@us.example> 2/16/01 10:41:43 am >>>", with nothing marked below it.
_ARROWS = re.compile(r"^>>> ?[^>\s].{0,150}\d{1,2}[:.]\d{2}.{0,12}>>>\s*$")
_LONGEST = 400
_LONGEST_MARK = 15
_LONGEST_PHRASE = 60
_NEAR_END = 12


def is_marked(line: str) -> bool:
    """True for a line that carries a quotation's mark."""
    start = line[:_LONGEST_MARK]
    return (">" in start or "|" in start) and bool(_QUOTED.match(line)) and not _is_between_arrows(line)


def _is_between_arrows(line: str) -> bool:
    return line.startswith(">>>") and len(line) < _LONGEST and bool(_ARROWS.match(line))


def introduction(lines: Sequence[str], at: int) -> tuple[int, str]:
    """How many lines introduce a quotation here (0: none), and own words that share the first of them."""
    line = lines[at]
    if not line.strip() or len(line) > _LONGEST:
        return 0, ""
    if (len(line) < _LONGEST_PHRASE or line.lstrip(" >*")[:1] in "-_=") and pattern("original").match(line):
        return 1, ""
    following = lines[at + 1] if at + 1 < len(lines) else ""
    if is_marked(following) and len(line) < 80 and pattern("named").match(line):
        return 1, ""
    if line.lstrip().startswith("-----") and _FORWARDED.match(line) and re.search(r"-{5,}\s*$", following):
        return 2, ""
    if _is_between_arrows(line) or _is_block(lines, at):
        return 1, ""
    if "--" in line and (shared := _SHARED.match(line)):
        return 1, shared[1]
    joined = ""
    for length in range(1, 5):
        if at + length > len(lines) or (length > 1 and not lines[at + length - 1].strip()):
            break
        joined = f"{joined} {lines[at + length - 1].strip()}".strip()
        if len(joined) > _LONGEST:
            break
        if _may_introduce(joined) and _introduces(joined):
            # The author's last words may stand right above: the introduction starts at the latest line that makes one.
            later = " ".join(part.strip() for part in lines[at + 1 : at + length])
            own = length > 1 and later[:1] not in ("(", "<") and _may_introduce(later) and _introduces(later)
            return (0, "") if own else (length, "")
    return 0, ""


def _may_introduce(text: str) -> bool:
    """True for what ends as an introduction does, or opens with a date."""
    end = text[-_NEAR_END:]
    return ":" in end or "--" in end or "：" in end or (text[:1].isdigit() and "<" in text)


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
    if _YEAR_FIRST.match(text):
        return True
    return text.endswith(">:") and bool(_TIME.search(text)) and bool(_DATED.search(text))


def is_final(lines: Sequence[str], at: int) -> bool:
    """True for what only a mail program writes: nothing below it is the author's, even with nothing above it."""
    line = lines[at]
    if pattern("original").match(line) or line.lstrip().startswith("----"):
        return True
    return _is_between_arrows(line) or _is_block(lines, at)


def _is_block(lines: Sequence[str], at: int) -> bool:
    """True where a block of mail headers starts: "From:" with two further headers, or a Lotus Notes heading."""
    line = lines[at]
    if ":" in line or "：" in line:
        if pattern("from").match(line):
            window = _window(lines, at)
            headers = _count(window)
            return headers >= 3 or (headers == 2 and bool(re.search(ADDRESS, " ".join(window[:2]))))
        if _LESSER.match(line):
            window = _window(lines, at)
            return _count(window) >= 3 and any(pattern("from").match(part) for part in window[:5])
    elif line.strip()[:1] in ("_", "-") and _RULE.match(line):
        window = _window(lines, at)
        return len(window) > 1 and _is_block(window, 1)
    return _is_notes_heading(lines, at)


def _window(lines: Sequence[str], at: int) -> list[str]:
    return [part for part in lines[at : at + 14] if part.strip()]


def _count(window: Sequence[str]) -> int:
    """How many of the next lines are mail headers."""
    return sum(bool(pattern("header").match(part)) for part in window[:9])


def _is_notes_heading(lines: Sequence[str], at: int) -> bool:
    """ "Rebecca Ford / 07/26/2000 05:20 PM / To: …": the date is in this line or the one right below it."""
    heading = lines[at : at + 2] if len(lines) > at + 1 and lines[at + 1].strip() else lines[at : at + 1]
    told = " ".join(heading)
    if ":" not in told or not _STAMP.search(told) or max(map(len, heading)) > 120:
        return False
    window = [part.replace("=09", " ") for part in lines[at + 1 : at + 60] if part.strip()]
    to = next((i for i, part in enumerate(window[:4]) if re.match(r"^\s*(?:To|cc|Subject)\s?:", part, re.I)), None)
    return to is not None and any(re.match(r"^\s*Subject\s?:", part, re.I) for part in window[to : to + 30])
