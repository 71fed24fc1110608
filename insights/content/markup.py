"""A page from an HTML or Markdown file: its title, its address where it names one, and the words of its main part."""

import re

from insights.content.pages import ContentPage, day_of, title_of
from insights.formats.markup import text_of
from insights.records import Problem

_ASIDE = (
    "script",
    "style",
    "noscript",
    "template",
    "nav",
    "header",
    "footer",
    "aside",
    "form",
    "iframe",
    "svg",
    "button",
)
_FRONT = re.compile(r"\A---\s*\n(.*?)\n---\s*(?:\n|\Z)", re.S)
_LINE = re.compile(r"^([A-Za-z_-]{2,30})\s*:\s*(.+)$", re.M)
_NAMES = {
    "title": ("title", "headline", "name"), "url": ("url", "permalink", "slug", "canonical"),
    "published": ("date", "published", "publishdate", "published_at", "pubdate"),
    "updated": ("updated", "lastmod", "last_modified", "modified"), "type": ("type", "category", "layout"),
    "description": ("description", "summary", "excerpt"),
}  # fmt: skip
_METAS = {
    "published": ("article:published_time", "date", "datepublished", "dc.date"),
    "updated": ("article:modified_time", "last-modified", "og:updated_time"), "type": ("og:type",),
    "description": ("description", "og:description"), "url": ("og:url",), "title": ("og:title",),
}  # fmt: skip


def html(name: str, text: str) -> ContentPage | Problem:
    """A page of HTML: navigation, header, footer and scripts are not its words."""
    from lxml import etree
    from lxml import html as parser

    try:
        options = parser.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True, remove_comments=True)
        tree = parser.document_fromstring(text.encode("utf-8", "replace"), parser=options)
    except (etree.LxmlError, ValueError, AssertionError):
        return Problem(
            name, None, "This is not HTML that can be read.", "Save the page again, or give its words as text."
        )
    metas = {
        (m.get("property") or m.get("name") or m.get("itemprop") or "").lower(): (m.get("content") or "").strip()
        for m in tree.iter("meta")
    }
    meta = {role: next((metas[n] for n in names if metas.get(n)), "") for role, names in _METAS.items()}
    canonical = next((e.get("href", "") for e in tree.iter("link") if "canonical" in (e.get("rel") or "").lower()), "")
    heading = next((" ".join(e.text_content().split()) for e in tree.iter("h1")), "")
    title = " ".join((tree.findtext(".//title") or "").split())
    for element in list(tree.iter(*_ASIDE)):
        # What a header or footer within the article holds is its own (a by-line, a heading).
        if element.tag in ("header", "footer") and any(a.tag in ("article", "main") for a in element.iterancestors()):
            continue
        if element.getparent() is not None:
            element.drop_tree()
    main = next((e for tag in ("main", "article", "body") for e in tree.iter(tag)), tree)
    for element in main.iter("h1", "h2", "h3", "h4"):
        element.text = f"# {element.text or ''}"
        element.tag = "p"
    words = text_of(etree.tostring(main, encoding="unicode", method="html"))
    url = canonical or meta["url"] or name
    found = "\n\n".join(part for part in (meta["description"], words) if part)
    named = heading or meta["title"] or title
    if not named and not words:
        return Problem(name, None, "The page holds no words.", "Leave it out, or give its words as text.")
    return ContentPage(
        url, named[:300] or title_of(name), found, "" if meta["type"] in ("website", "article") else meta["type"][:80],
        _day(meta["published"]), _day(meta["updated"]), not named, name,
    )  # fmt: skip


def markdown(name: str, text: str) -> ContentPage | Problem:
    """A page of Markdown, its front matter read as facts; plain text is read the same way."""
    text = text.replace("\r\n", "\n")
    front, facts = _FRONT.match(text), {}
    if front:
        text = text[front.end() :]
        facts = {key.lower(): value.strip().strip("\"'") for key, value in _LINE.findall(front[1])}
    fact = {role: next((facts[n] for n in names if facts.get(n)), "") for role, names in _NAMES.items()}
    heading = re.search(r"^#\s+(.+?)\s*#*$", text, re.M)
    title = fact["title"] or (_plain(heading[1]) if heading else "")
    words = _blocks(text)
    if not title and not words.strip():
        return Problem(name, None, "The page holds no words.", "Leave it out, or give its words as text.")
    found = "\n\n".join(part for part in (fact["description"], words) if part)
    return ContentPage(
        fact["url"] or name, title[:300] or title_of(name), found, fact["type"][:80], _day(fact["published"]),
        _day(fact["updated"]), not title, name,
    )  # fmt: skip


def _blocks(text: str) -> str:
    """Markdown without its marks, headings kept as blocks of their own."""
    text = re.sub(r"^(```|~~~).*?^\1\s*$", "", text, flags=re.M | re.S)
    text = re.sub(r"^(#{1,6}\s.*)$", r"\n\1\n", text, flags=re.M)
    text = re.sub(r"^\s*(?:[-*+]|\d+[.)])\s+", "\n", text, flags=re.M)
    return "\n\n".join(_plain(block) for block in re.split(r"\n\s*\n", text) if block.strip())


def _plain(block: str) -> str:
    block = re.sub(r"!\[([^\]]{0,300})\]\([^)]{0,2000}\)", r"\1", block)
    block = re.sub(r"\[([^\]]{0,300})\]\([^)]{0,2000}\)", r"\1", block)
    block = re.sub(r"<[^>\n]{0,500}>|(?<!\w)[*_`]{1,3}|[*_`]{1,3}(?!\w)", "", block)
    return block.strip()


def _day(value: str) -> str:
    try:
        return day_of(value)
    except ValueError:
        return ""
