"""HTML to the words in it. In a mail the history stays, marked with ">" as in plain text, to be told apart there."""

import re
from collections.abc import Iterator
from typing import Any, Literal

_DEEPEST = 12
_MOST_CHECKS = 40
_SPACE = re.compile(r"[ \t\r\n\f\v\xa0]+")
_SKIPPED = ("script", "style", "head", "title", "template", "noscript")
_BLOCKS = re.compile(
    r"address|article|aside|blockquote|body|center|d[dlt]|div|fieldset|footer|form|h[1-6]|header|hr|html|li|main|nav|[ou]l|p|pre"
    r"|section|table|t(?:body|foot|head|r)"
)
_SPACED = re.compile(r"p|pre|h[1-6]|[ou]l|table|blockquote")
# What mail programs put around the history.
_HISTORY = re.compile(
    r"(?:^|\s)(?:gmail_quote|gmail_attr|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra|tutanota_quote)", re.I
)
_HISTORY_IDS = ("OLK_SRC_BODY_SECTION", "mail-editor-reference-message-container")
_SIGNATURE = re.compile(r"(?:^|\s)(?:gmail_signature|moz-signature)(?:\s|$)", re.I)
# What they put above it: all that follows is history.
_FROM_HERE_IDS = ("divRplyFwdMsg", "appendonsend", "stopSpelling", "reply-intro")
_RULE = re.compile(r"border-top:\s?solid|border:\s?none;\s?border-top", re.I)
_HEADERS = re.compile(r"(?:From|Von|De|Da|Van|Från|Fra|Od|От|Date)\s?[:：]")


def text_of(html: str) -> str:
    """The words of an HTML fragment, in reading order, with its line breaks."""
    from inscriptis import get_text
    from inscriptis.css_profiles import CSS_PROFILES
    from inscriptis.model.config import ParserConfig

    if not html.strip():
        return ""
    try:
        text = get_text(html, ParserConfig(css=CSS_PROFILES["relaxed"].copy(), display_links=False))
    except (ValueError, TypeError, AssertionError, RecursionError):  # what lxml and inscriptis raise on broken markup
        return re.sub(r"[ \t]+", " ", re.sub(r"<[^>]{0,2000}>", " ", html)).strip()
    return "\n".join(line.strip() for line in text.splitlines()).strip()


def marked(html: str) -> str:
    """The words of an HTML mail, each line of the history marked with as many ">" as it is deep; no signature."""
    from lxml import etree
    from lxml import html as parser

    if not html.strip():
        return ""
    try:
        tree = parser.document_fromstring(html.encode("utf-8", "replace"), parser=parser.HTMLParser(encoding="utf-8"))
        return "\n".join(_lines(tree)).strip("\n")
    except (etree.LxmlError, ValueError, AssertionError):
        return text_of(html)


def _lines(tree: Any) -> Iterator[str]:  # an lxml element: its classes have no public type
    """The text of a document in lines, with marks of quotation, and a blank line where paragraphs meet."""
    line: list[str] = []
    blank = True  # nothing yet, or a blank line above
    for text, end, deep, preserved in _flow(tree):
        line.append(text)
        if not end:
            continue
        told, mark = "".join(line), "> " * min(deep, _DEEPEST)
        line.clear()
        for each in told.split("\n"):
            if each.strip():
                blank = False
                yield mark + (each if preserved else _SPACE.sub(" ", each).strip()).rstrip()
        if not blank and (end == "paragraph" or (end == "break" and not told.strip())):
            blank = True
            yield mark.rstrip()


def _flow(tree: Any) -> Iterator[tuple[str, Literal["", "line", "break", "paragraph"], int, bool]]:
    """Walk the document once: (text, how the line ends there, how deep in quotations, whether white space counts).

    Quotations make it deeper while they last, a heading of the history for good.
    """
    from lxml import etree

    deep, preserved, checks = 0, 0, _MOST_CHECKS
    histories: list[bool] = []
    walk = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        tag = element.tag if isinstance(element.tag, str) else ""
        text = element.text if event == "start" else element.tail
        if event == "start":
            skipped = tag in _SKIPPED or _is_signature(element)
            history = not skipped and _is_history(element, tag)
            headed = False
            if checks and not skipped and not deep and (history or _may_head(element)):
                checks -= 1
                history, headed = history and not _is_all(element), not history and _heads(element)
            if (end := _ending(tag)) or history or headed:
                yield "", end or "line", deep, preserved > 0
            histories.append(history)
            deep += history + headed
            preserved += tag == "pre"
            if skipped:
                walk.skip_subtree()
                continue
        elif event == "end":
            history = histories.pop()
            if tag != "br" and ((end := _ending(tag)) or history):
                yield "", end or "line", deep, preserved > 0
            deep -= history
            preserved -= tag == "pre"
            text = f" {text or ''}" if tag in ("td", "th") else text
        if text:
            yield text if preserved else _SPACE.sub(" ", text), "", deep, preserved > 0
    yield "", "line", deep, False


def _ending(tag: str) -> Literal["", "line", "break", "paragraph"]:
    """How a line ends where an element of this kind begins or ends."""
    if tag == "br":
        return "break"
    if _SPACED.fullmatch(tag):
        return "paragraph"
    return "line" if _BLOCKS.fullmatch(tag) else ""


def _is_signature(element: Any) -> bool:
    return element.get("id") == "Signature" or bool(_SIGNATURE.search(element.get("class", "")))


def _is_history(element: Any, tag: str) -> bool:
    """An element in which a mail program keeps what was written before."""
    classes = element.get("class", "")
    if tag == "blockquote" and (not classes or element.get("type") == "cite" or element.get("cite")):
        return True
    return (
        bool(_HISTORY.search(classes))
        or element.get("id") in _HISTORY_IDS
        or (tag == "blockquote" and "border-left" in element.get("style", ""))
    )


def _may_head(element: Any) -> bool:
    return element.get("id") in _FROM_HERE_IDS or bool(_RULE.search(element.get("style", "")))


def _heads(element: Any) -> bool:
    """True for what stands right above the history: the next words are a mail's headers."""
    if element.get("id") == "divRplyFwdMsg":
        return True
    following = element.getnext()
    text = element.text_content()[:300] + (element.tail or "")
    if following is not None and isinstance(following.tag, str):
        text += following.text_content()[:300]
    return bool(_HEADERS.search(text))


def _is_all(element: Any) -> bool:
    """A bare blockquote that holds the mail's only text is a style, not a quotation."""
    body = element.getroottree().find(".//body")
    return body is not None and len(body.text_content().strip()) == len(element.text_content().strip())
