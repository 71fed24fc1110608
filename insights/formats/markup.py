"""HTML to the words in it, for mails without the history that mail programs keep in elements of their own."""

import re
from typing import Any

# What mail programs put around the history in HTML.
_HISTORY = (
    "//blockquote[not(@class) or contains(@class,'gmail_quote') or @type='cite' or @cite or contains(@style,'border-left')]",
    "//*[contains(concat(' ',@class,' '),' gmail_quote ') or contains(@class,'gmail_attr') or contains(@class,'yahoo_quoted')]",
    "//*[contains(@class,'moz-cite-prefix') or contains(@class,'gmail_signature') or contains(@class,'moz-signature')]",
    "//*[contains(@class,'protonmail_quote') or contains(@class,'zmail_extra') or contains(@class,'tutanota_quote')]",
    "//*[@id='OLK_SRC_BODY_SECTION' or @id='Signature' or @id='mail-editor-reference-message-container']",
)
_FROM_HERE = (
    "//*[@id='divRplyFwdMsg' or @id='appendonsend' or @id='stopSpelling' or @id='reply-intro']",
    "//div[contains(@style,'border-top:solid') or contains(@style,'border:none;border-top')]",
)


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


def own(html: str) -> str:
    """The words of an HTML mail without the elements in which mail programs keep the history."""
    from lxml import etree
    from lxml import html as parser

    try:
        tree = parser.document_fromstring(html.encode("utf-8", "replace"), parser=parser.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError, AssertionError):
        return text_of(html)
    for path in _FROM_HERE:
        for element in tree.xpath(path)[:1]:
            if "divRplyFwdMsg" in element.get("id", "") or re.search(
                r"(?:From|Von|De|Da|Van)\s?:|Date:", _after(element)
            ):
                _drop_from(element)
    for path in _HISTORY:
        for element in tree.xpath(path):
            if element.getparent() is not None and not _is_answered(element):
                element.drop_tree()
    return text_of(etree.tostring(tree, encoding="unicode", method="html"))


def _after(element: Any) -> str:  # an lxml element: its classes have no public type
    text = element.text_content()[:300]
    following = element.getnext()
    return (
        text
        + (element.tail or "")
        + (following.text_content()[:300] if following is not None and not callable(following.tag) else "")
    )


def _is_answered(element: Any) -> bool:
    """A bare blockquote that opens the mail's only text is a style, not a quotation."""
    body = element.getroottree().find(".//body")
    return body is not None and len(body.text_content().strip()) == len(element.text_content().strip())


def _drop_from(element: Any) -> None:
    """Remove an element and all that follows it in the document."""
    while element is not None and element.getparent() is not None and element.tag != "body":
        for later in list(element.itersiblings()):
            later.getparent().remove(later)
        parent = element.getparent()
        element.tail = None
        if not element.get("data-kept"):
            element.getparent().remove(element)
        parent.set("data-kept", "1")
        element = parent
