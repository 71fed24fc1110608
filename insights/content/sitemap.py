"""Pages from a sitemap file: addresses and days of change; titles are guessed from the addresses.

The file comes from anywhere: entities are not resolved, nothing is loaded, and its size and nesting are limited.
"""

from collections.abc import Iterator

from insights.content.pages import ContentPage, day_of, title_of
from insights.formats.sources import Source, shown
from insights.records import Problem

MOST_BYTES = 60_000_000  # the protocol allows 50 MB and 50,000 addresses a file
MOST_PAGES = 50_000
LONGEST_URL = 2048
_CHUNK = 256 * 1024
_AGAIN = "Save the sitemap again from your site, and give that file."


def read(source: Source) -> Iterator[ContentPage | Problem]:
    """Yield a page an address; what breaks the XML ends the reading, and what came before stands."""
    from lxml import etree

    # Documents with a type of their own are refused: that is where entities that blow up are declared.
    if b"<!doctype" in source.head.lower() or b"<!entity" in source.head.lower():
        reason = "The file declares a document type or entities, as harmful files do; it was not read."
        yield Problem(source.name, None, reason, _AGAIN)
        return
    parser = etree.XMLPullParser(
        events=("end",), resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, dtd_validation=False
    )
    source.stream.seek(0)
    size, count, kind = 0, 0, ""
    try:
        while chunk := source.stream.read(_CHUNK):
            size += len(chunk)
            if size > MOST_BYTES:
                yield Problem(source.name, None, f"The sitemap is larger than {shown(MOST_BYTES)}.", "Split it.")
                return
            parser.feed(chunk)
            for _, element in parser.read_events():
                tag = etree.QName(element).localname if isinstance(element.tag, str) else ""
                if tag in ("url", "sitemap"):
                    count, kind = count + 1, tag
                    if count > MOST_PAGES:
                        reason = f"The sitemap names more than {MOST_PAGES:,} addresses; the rest was not read."
                        yield Problem(source.name, None, reason, "Split it.")
                        return
                    if tag == "url":
                        yield from _page(source.name, count, element)
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
        parser.close()
    except etree.XMLSyntaxError:
        reason = "The XML is damaged" + (f"; {count} addresses before the damage were read." if count else ".")
        yield Problem(source.name, None, reason, _AGAIN)
        return
    if kind == "sitemap":
        reason = "This is an index that only names other sitemaps; Parley fetches nothing."
        yield Problem(source.name, None, reason, "Save the sitemaps that it names, and give those files.")
    elif not count:
        yield Problem(source.name, None, "This XML holds no addresses: it is no sitemap.", "Give a sitemap.xml.")


def _page(name: str, number: int, element: object) -> Iterator[ContentPage | Problem]:
    from lxml import etree

    found: dict[str, str] = {}
    for child in element:  # type: ignore[attr-defined]
        if isinstance(child.tag, str):
            found.setdefault(etree.QName(child).localname, (child.text or "").strip())
    url = found.get("loc", "")
    if not url or len(url) > LONGEST_URL:
        reason = "An entry has no address." if not url else f"An address is longer than {LONGEST_URL} characters."
        yield Problem(name, number, reason, "Leave it out of the sitemap.")
        return
    try:
        changed = day_of(found.get("lastmod", ""))
    except ValueError:
        changed = ""
    yield ContentPage(url, title_of(url), updated=changed, guessed=True, file=name, row=number)
