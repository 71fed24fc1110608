"""A mail's own text: what its author newly wrote, without quoted history, forwards, signatures and disclaimers.

Policy, where the world disagrees: a delimiter ("-- ") starts a signature; a sign-off is one when a job, a number or an
address follows the name, while "Thanks, Alex" is still something that Alex wrote; a forward's text is not its
forwarder's; quotes above or between own words go, the words stay.
What would leave nothing is left alone, except quotations: a mail can be all quotation. The words are data
(quoting.json). Every pattern is anchored to a line and works on bounded text, so no mail can make it slow.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

_QUOTED = re.compile(r"^\s{0,3}(?:[A-Z][a-z]{0,9})?[>|](?!\s*\w+\s*\|)")
_ADDRESS = r"[\w.+%=~/'’-]{1,120}@[\w.-]{2,120}"
_DATED = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}[:.]\d{2}|\b\d{1,2}\.?\s+\w{3,10}\.?,?\s+\d{4}\b|\b(?:19|20)\d\d\b|\d{4}年"
)
_TIME = re.compile(r"\d{1,2}:\d{2}")
_PHONE = re.compile(r"(?:\+?\(?\d[\d\s().\-/]{6,18}\d)")
_CONTACT = re.compile(
    rf"{_ADDRESS}|https?://|\bwww\.|\b(?:tel|phone|fax|mobile|cell|office|direct|email|e-mail|mob)\b\s*[.:#]", re.I
)
_DASHED_NAME = re.compile(r"^\s*[-–—]{1,2}[^\W\d_][\w'’]{0,15}(?:\s[^\W\d_][\w'’]{0,15}){0,2}[.!]?\s*$")
_NAME = re.compile(r"^[^\W\d_a-z][\w.'’-]*(?:\s+[^\W\d_a-z][\w.'’-]*){0,3}(?:,.{2,40})?$")
_ATTACHED = re.compile(
    r"^\s*-?\s*(?:<<.{1,120}>>|\S.{0,80}\.(?:docx?|xlsx?|pptx?|pdf|wpd|zip|vcf|gif|jpe?g|png|txt|rtf|ics))\s*$", re.I
)
_LONGEST = 400
_MOST_LINES = 20_000


@cache
def _words() -> Mapping[str, Sequence[str]]:
    return json.loads(files("insights.formats").joinpath("quoting.json").read_text("utf-8"))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """The compiled rules, by name."""
    words = {key: "|".join(sorted(values, key=len, reverse=True)) for key, values in _words().items()}
    wrote = "|".join(re.escape(word) for word in sorted(_words()["wrote"], key=len, reverse=True))
    shapes = {
        "wrote": rf"^\W*(?P<lead>(?:{words['lead']})\b)?.{{0,350}}?(?<!\w)(?:{wrote})(?!\w)\s*(?:\([a-zа]\))?(?P<after>[^:]{{0,60}}(?:\d\d:\d\d\D{{0,6}})?)(?::|-{{2,}}|：)\W*$",
        "original": rf"^[\s>*]*[-_=*]{{2,}}\s*(?:{words['original']})\b[^\w]{{0,3}}\s*[-_=*]{{0,60}}.{{0,20}}$|^[\s*]*(?:{words['original']})\s*:?\**\s*$",
        "from": rf"^[\s>*|]*(?:{words['from']})\s?:\s*\*?\s*\S",
        "header": rf"^[\s>*|]*(?:{words['header']})\s?:(?:\s|\*|$|\S)",
        "sent_from": rf"^\W{{0,4}}(?:{words['sent_from']})(?!\w)",
        "sign_off": rf"^\W{{0,3}}(?:{words['sign_off']})(?:\s*(?:,|!|\.|-|–|—|/)+\s*(?:{words['sign_off']})?)?\W{{0,4}}$",
        "disclaimer": rf"(?:{words['disclaimer']})",
        "banner": rf"^\W*(?:{words['banner']})",
    }
    return re.compile(shapes[name], re.I)


def own_text(text: str, *, sender: str = "") -> str:
    """Return only what the mail's author newly wrote, "" when all of it is quotation.

    `sender` is the author's name as the From header has it; a closing line of just that name is a signature.
    """
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")][:_MOST_LINES]
    body = _unquoted(lines)
    return _without_signature(_without_notices(body), sender)


def _unquoted(lines: Sequence[str]) -> list[str]:
    """Drop marked quotations with their introductions, and everything after an unmarked one."""
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if _is_quoted(lines, at):
            at += 1
            while not _QUOTED.match(line) and at < len(lines) and lines[at].strip() and not _QUOTED.match(lines[at]):
                at += 1  # the rest of a wrapped quotation
            continue
        length, lead = _introduction(lines, at)
        if not length:
            kept.append(line)
            at += 1
            continue
        if lead:
            kept.append(lead)
        following = next((i for i in range(at + length, len(lines)) if lines[i].strip()), None)
        if following is not None and _QUOTED.match(lines[following]):
            at = following
        elif any(part.strip() for part in kept) or following is None or _is_heading(lines, at):
            return kept
        else:
            at += length  # an answer below its introduction, without any marks: keep the words
    return kept


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
    if len(before) > 60 and resumes and (run - at == 1 or line[:1].islower() or len(before) > 76):
        return True
    return len(before) > 76 and run - at == 1 and line.lstrip()[:1].islower()


def _introduction(lines: Sequence[str], at: int) -> tuple[int, str]:
    """How many lines introduce a quotation here (0: none), and own words that share the first of them."""
    line = lines[at]
    if not line.strip() or len(line) > _LONGEST:
        return 0, ""
    if _pattern("original").match(line):
        return 1, ""
    following = lines[at + 1] if at + 1 < len(lines) else ""
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
    addressed = re.search(_ADDRESS, text)
    if match := _pattern("wrote").match(text):
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
    return bool(_pattern("original").match(lines[at])) or lines[at].lstrip().startswith("----") or _is_block(lines, at)


def _is_block(lines: Sequence[str], at: int) -> bool:
    """True where a block of mail headers starts: "From:" with two further headers, or a Lotus Notes heading."""
    line = lines[at]
    window = [part for part in lines[at : at + 14] if part.strip()]
    headers = sum(bool(_pattern("header").match(part)) for part in window[:9])
    if _pattern("from").match(line):
        return headers >= 3 or (headers == 2 and bool(re.search(_ADDRESS, " ".join(window[:2]))))
    if re.match(r"^[\s*_-]*(?:Date|Sent|Subject|To)\s?:", line, re.I):
        return headers >= 3 and any(_pattern("from").match(part) for part in window[:5])
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


def _without_notices(lines: Sequence[str]) -> list[str]:
    """Drop the mail gateway's banner at the top and the legal or mailing list's notice at the end."""
    blocks = _blocks(lines)
    while len(blocks) > 1 and _pattern("banner").match(" ".join(blocks[0])):
        blocks.pop(0)
    for position, block in enumerate(blocks):
        flat = " ".join(" ".join(block).split())[:2_000]
        match = _pattern("disclaimer").search(flat)
        if match and position and (match.start() < 120 or len(block) == 1) and position >= len(blocks) - 6:
            rest = sum(len(" ".join(part)) for part in blocks[position + 1 :])
            if re.match(r"^\W*$", " ".join(blocks[position - 1])):
                blocks = blocks[: position - 1] + blocks[position:]
                position -= 1
            blocks = blocks[:position] if rest < 3 * len(flat) + 200 else blocks[:position] + blocks[position + 1 :]
            break
    return [line for block in blocks for line in (*block, "")]


def _blocks(lines: Sequence[str]) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
        # Several blank lines are one border, so that an author's spacing does not matter.
    return [block for block in blocks if block]


def _without_signature(lines: Sequence[str], sender: str) -> str:
    """Cut delimiters, device lines, sign-offs with names, and closing blocks of contact data."""
    kept = _until_delimiter(list(lines))
    kept = _until_device(kept)
    while (shorter := _until_sign_off(kept, sender)) != kept:
        kept = shorter
    return "\n".join(kept).strip("\n")


def _trimmed(lines: list[str]) -> list[str]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines


def _until_delimiter(lines: list[str]) -> list[str]:
    for at, line in enumerate(lines):
        if not re.match(r"^\s*(?:-{2,5}|_{2,}|—|[-=*]{20,})\s*$", line) or not any(part.strip() for part in lines[:at]):
            continue
        rest = [part for part in lines[at + 1 :] if part.strip()]
        short = len(rest) <= 12 and all(len(part) < 90 for part in rest)
        told = " ".join(rest)
        noticed = _CONTACT.search(told) or _pattern("disclaimer").search(told[:2_000])
        if re.match(r"^\s*--\s*$", line) or (short and (len(line.strip()) < 6 or noticed)):
            return lines[:at]
    return lines


def _until_device(lines: list[str]) -> list[str]:
    for at, line in enumerate(lines):
        if _pattern("sent_from").match(line) and any(part.strip() for part in lines[:at]):
            words = re.sub(r"<[^>]*>|https?://\S+|\[[^\]]*\]", "", line).split()
            if len(words) <= 10 and not re.search(r"[,;].*\w", " ".join(words)) and not line.rstrip().endswith(":"):
                return lines[:at]
    return lines


def _until_sign_off(lines: list[str], sender: str) -> list[str]:
    """One step: the last sign-off, dashed or bare name, or contact block; unchanged when there is none."""
    lines = _trimmed(lines)
    while lines and _ATTACHED.match(lines[-1]):
        lines = _trimmed(lines[:-1])
    full = [at for at, line in enumerate(lines) if line.strip()]
    for at in reversed(full[1:][-14:]):
        rest = [part for part in lines[at + 1 :] if part.strip()]
        signed = len(lines[at]) < 60 and _pattern("sign_off").match(lines[at]) and all(map(_is_signing, rest))
        if signed and (len(rest) > 2 or any(_is_detail(part) for part in rest[1:])):
            return _trimmed(lines[:at])
    if len(full) < 2:
        return lines
    if _DASHED_NAME.match(lines[full[-1]]) and not _DASHED_NAME.match(lines[full[-2]]):
        return _trimmed(lines[: full[-1]])
    return _until_contact(lines, full, sender)


def _is_detail(line: str) -> bool:
    """A line below the name that says more than a name."""
    return bool(_CONTACT.search(line) or _PHONE.search(line) or re.search(r"[|@,]|\w{3,}", line))


def _is_signing(line: str) -> bool:
    """A line that may follow a sign-off: a name, a job, a number, an address; not a sentence."""
    if len(line) > 80 or line.rstrip().endswith("?"):
        return False
    return bool(_CONTACT.search(line) or _PHONE.search(line)) or (
        len(line.split()) <= 9 and not re.search(r"\w[.!]\s+\w{3,}\s\w", line)
    )


def _is_sender(line: str, sender: str) -> bool:
    words = re.findall(r"[^\W\d_]{2,}", line.casefold())
    names = set(re.findall(r"[^\W\d_]{2,}", sender.casefold()))
    return 0 < len(words) <= 4 and all(word in names for word in words)


def _until_contact(lines: list[str], full: Sequence[int], sender: str) -> list[str]:
    """A closing run of short lines that holds a phone number or an address and opens with a name."""
    start = len(full)
    contacts = 0
    while start > 1 and len(full) - start < 12:
        line = lines[full[start - 1]]
        if len(line) > 75 or (len(line.split()) > 8 and not _CONTACT.search(line)):
            break
        contacts += bool(_CONTACT.search(line) or _PHONE.search(line))
        start -= 1
        if (
            contacts
            and len(full) - start >= 2
            and (_NAME.match(line.strip()) or _is_sender(line, sender))
            and not line.rstrip().endswith(",")
        ):
            above = lines[full[start] - 1]
            if not above.strip():
                return _trimmed(lines[: full[start]])
    return lines
