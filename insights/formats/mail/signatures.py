"""What stands around a mail's words without being said: banners, signatures, device lines, disclaimers, list footers.

Policy, where the world disagrees: a delimiter ("-- ") starts a signature; a sign-off is one when a job, a number or an
address follows the name, while "Thanks, Alex" and "-Alex" are still something that Alex wrote. What would leave nothing
is left alone, but for delimiters and device lines.
Everything here works on lines and says which of them stay, so that what is kept is verbatim.
"""

import re
from collections.abc import Sequence

from insights.formats.mail.phrases import ADDRESS, pattern

_PHONE = re.compile(r"(?:\+?\(?\d[\d\s().\-/]{6,18}\d)")
_AREA = re.compile(r"(?:\+\d{1,3}|\(\d{2,5}\))[ ./-]?\d[\d ./-]{5,15}")
_CONTACT = re.compile(
    rf"{ADDRESS}|https?://|\bwww\.|\b(?:tel|phone|fax|mobile|cell|office|direct|email|e-mail|mob)\b\s*[.:#]", re.I
)
_POSTSCRIPT = re.compile(r"^\s*p\.?\s?s\b", re.I)
_DASHED_NAME = re.compile(r"^\s*[-–—]{1,2}[^\W\d_][\w'’]{0,15}(?:\s[^\W\d_][\w'’]{0,15}){0,2}[.!]?\s*$")
_NAME = re.compile(r"^[^\W\d_a-z][\w.'’-]*(?:\s+[^\W\d_a-z][\w.'’-]*){0,3}(?:,.{2,40})?$")
_DELIMITER = re.compile(r"^\s*(?:-{2,5}|_{2,}|—|[-=*]{6,})\s*$")
_ATTACHED = re.compile(
    r"^-?\s*(?:<<.{1,120}>>|\S.{0,80}\.(?:docx?|xlsx?|pptx?|pdf|wpd|zip|vcf|gif|jpe?g|png|txt|rtf|ics))\s*$", re.I
)
_SENTENCE_ENDS = (".", "?", "!")
_MOST_NOTICE_BLOCKS = 6
_MOST_SIGNED = 20  # closings that follow each other; more are not a person's
_LONGEST_SIGNATURE = 12  # lines below its delimiter
_LONGEST_DEVICE = 1_000


def spoken(lines: Sequence[str], *, sender: str = "", below: bool = False) -> list[int]:
    """Which of an author's own lines they said: the indices of the lines to keep, in order.

    `sender` is the author's name as the From header has it; a closing line of just that name is a signature. `below`
    says that the lines stand below a quotation, where a notice or a signature may come first.
    """
    kept = _without_notices(lines, below=below)
    return kept[: _signed_at([lines[at] for at in kept], sender, below=below)]


def _without_notices(lines: Sequence[str], *, below: bool) -> list[int]:
    """Drop the mail gateway's banner at the top and the legal or mailing list's notice at the end."""
    blocks = _blocks(lines)

    def words(block: Sequence[int]) -> str:
        return " ".join(" ".join(lines[at] for at in block).split())

    while len(blocks) > 1 and pattern("banner").match(words(blocks[0])):
        blocks.pop(0)
    for position, block in enumerate(blocks):
        if not (position or below) or position < len(blocks) - _MOST_NOTICE_BLOCKS:
            continue
        flat = words(block)[:2_000]
        match = pattern("disclaimer").search(flat)
        if match and (match.start() < 120 or len(block) == 1):
            rest = sum(len(words(part)) for part in blocks[position + 1 :])
            if position and re.match(r"^\W*$", words(blocks[position - 1])):
                blocks = blocks[: position - 1] + blocks[position:]
                position -= 1
            above = _above_notice(block, lines, match.start())
            after = blocks[position + 1 :] if rest >= 3 * len(flat) + 200 else []
            blocks = blocks[:position] + ([above] if above else []) + after
            break
    return _with_borders(blocks)


def _above_notice(block: Sequence[int], lines: Sequence[str], start: int) -> list[int]:
    """The lines above the one that the notice starts in, if they end a sentence. `start` counts folded characters."""
    for place, at in enumerate(block):
        start -= len(" ".join(lines[at].split())) + 1
        if start < 0:
            ends = place and lines[block[place - 1]].rstrip().endswith(_SENTENCE_ENDS)
            return list(block[:place]) if ends else []
    return []


def _with_borders(blocks: Sequence[Sequence[int]]) -> list[int]:
    """The lines of the blocks, each but the last followed by the blank line below it."""
    kept: list[int] = []
    for block in blocks:
        if kept:
            kept.append(kept[-1] + 1)
        kept += block
    return kept


def _blocks(lines: Sequence[str]) -> list[list[int]]:
    """Runs of lines that are not blank, as indices."""
    blocks: list[list[int]] = [[]]
    for at, line in enumerate(lines):
        if line.strip():
            blocks[-1].append(at)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _signed_at(lines: list[str], sender: str, *, below: bool) -> int:
    """How many lines stand above the signature: delimiters, device lines, sign-offs with names, contact data."""
    kept = _until_device(_until_delimiter(lines, below=below))
    for _ in range(_MOST_SIGNED):
        shorter = _until_sign_off(kept, sender)
        if len(shorter) == len(kept):
            break
        kept = shorter
    return len(kept)


def _trimmed(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def _until_delimiter(lines: list[str], *, below: bool) -> list[str]:
    full = [at for at, line in enumerate(lines) if line.strip()]
    for place, at in enumerate(full):
        if lines[at].strip() == "--" and (below or place or lines[at].startswith("--")):
            lines, full = lines[:at], full[:place]
            break
    for place, at in enumerate(full):
        line = lines[at]
        if not _DELIMITER.match(line) or (not below and not line.startswith("--") and not place):
            continue
        rest = [lines[after] for after in full[place + 1 : place + 2 + _LONGEST_SIGNATURE]]
        if len(rest) > _LONGEST_SIGNATURE or any(len(part) >= 90 for part in rest):
            continue
        told = " ".join(rest)
        if len(line.strip()) < 6 or _CONTACT.search(told) or _is_card(rest) or pattern("disclaimer").search(told):
            return lines[:at]
    return lines


def _is_card(lines: Sequence[str]) -> bool:
    """A name first and a telephone number with its area further down; a table of figures has none."""
    return bool(lines) and bool(_NAME.match(lines[0].strip())) and any(map(_AREA.search, lines))


def _until_device(lines: list[str]) -> list[str]:
    for at, line in enumerate(lines):
        if len(line) <= _LONGEST_DEVICE and pattern("sent_from").match(line):
            words = re.sub(r"<[^>]*>|https?://\S+|\[[^\]]*\]", "", line).split()
            if len(words) <= 10 and not re.search(r"[,;].*\w", " ".join(words)) and not line.rstrip().endswith(":"):
                above = _trimmed(lines[:at])
                return above[:-1] if len(above) > 1 and _DASHED_NAME.match(above[-1]) else above
    return lines


def _until_sign_off(lines: list[str], sender: str) -> list[str]:
    """One step: the last sign-off, dashed or bare name, or contact block; unchanged when there is none."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or _ATTACHED.match(lines[end - 1].strip())):
        end -= 1
    lines = lines[:end]
    full = [at for at, line in enumerate(lines) if line.strip()]
    for at in reversed(full[1:][-14:]):
        rest = [part for part in lines[at + 1 :] if part.strip()]
        signed = len(lines[at]) < 60 and pattern("sign_off").match(lines[at]) and all(map(_is_signing, rest))
        if signed and (len(rest) > 2 or any(_is_detail(part) for part in rest[1:])):
            return _trimmed(lines[:at])
    if len(full) < 2:
        return lines
    return _until_contact(lines, full, sender)


def _is_detail(line: str) -> bool:
    """A line below the name that says more than a name."""
    return bool(_CONTACT.search(line) or _PHONE.search(line) or re.search(r"[|@,]|\w{3,}", line))


def _is_signing(line: str) -> bool:
    """A line that may follow a sign-off: a name, a job, a number, an address; not a sentence."""
    if len(line) > 80 or line.rstrip().endswith("?") or _POSTSCRIPT.match(line):
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
        if len(line) > 75 or _POSTSCRIPT.match(line) or (len(line.split()) > 8 and not _CONTACT.search(line)):
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
