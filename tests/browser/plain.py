"""Which words of a page are no words of a marketing manager: what is typed in a terminal, set before the start, or read by
programs. What stands folded under "For whoever runs…" is for somebody else, and file formats are what a file is called by."""

import re
from collections.abc import Iterator

from lxml import html

REFUSED = re.compile(
    r"\bparley [a-z]+|\bPARLEY_[A-Z]\w*|\bparley\.(toml|db)\b|--[a-z]{3,}|\b(terminal|command line)\b|\bslugs?\b|\bnull\b|\bundefined\b"
    r"|\bJSON\b|\bHTTPS?\b|\bSHA-?256\b|\bHMAC\b|\bRFC \d|\bendpoints?\b|\bpayload\b|\bbooleans?\b|\bregex\b|\bTraceback\b"
    r"|\bids?\b|\butf-8\b|\bby api\b|\bapi,|\{[a-z_]+\}|\b[a-z]+_[a-z_]+\b"
)
# Customers' own words, menus of files, what a file is called, and what is folded away for somebody else.
LEFT_OUT = (
    "//*[self::script or self::style or self::svg or self::blockquote or self::mark or self::textarea or self::template]"
    "|//*[contains(concat(' ', @class, ' '), ' quote ') or contains(@class, 'said') or contains(@class, 'menu')]"
    "|//*[@data-chosen or @id='kinds']|//details[summary[starts-with(normalize-space(), 'For whoever runs')]]"
    "|//details[summary[starts-with(normalize-space(), 'Everything that can be read')]]"
)
# A command, a setting or a name for programs is the right answer here.
FOR_SOMEBODY_ELSE = {
    "/docs": "what programs ask, for whoever writes one",
    "/settings/health": "the state of the machine, for whoever runs it",
    "/conversations/{conversation_id}": "a conversation as it was said, and the columns of its file",
    "/uploads/waiting/{token}": "the columns and rows of a file that was just chosen",
}


def strange(text: str) -> Iterator[str]:
    """The refused words of a page's main part and of what its controls are called, each with what stands around it."""
    (main,) = html.fromstring(text).xpath("//main")
    for part in main.xpath(LEFT_OUT):
        part.drop_tree()
    spoken = [node for part in main.iter() for node in (part.text, part.tail) if node]
    called = [value for name in ("placeholder", "title", "aria-label", "alt") for value in main.xpath(f".//@{name}")]
    for one in (" ".join(" ".join(spoken).split()), *called):
        if re.match(r"https?://\S+$", one):
            continue
        for found in REFUSED.finditer(re.sub(r"https?://\S+|\b[\w-]+\.[a-z]{2,4}\b", "", one)):
            yield f"{found[0]!r}: …{one[max(0, found.start() - 50) : found.end() + 50]}…"
