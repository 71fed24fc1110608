"""Pages from a table of text: an address or a title in every row, and whatever else its headers name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from insights.content.pages import ContentPage, title_of
from insights.formats import facts
from insights.formats.dates import AmbiguousDateError, Order, order_of, parse
from insights.formats.sources import Source
from insights.formats.tables import delimited
from insights.records import Problem

# What systems for content, search and analytics call their columns, in plain lower-case words; the first match wins.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "url": (
        "url", "page url", "link", "address", "permalink", "loc", "page", "page address", "web address", "landing page",
        "href",
        "public url", "live url", "top pages", "page path", "path", "slug", "full url", "source url", "page location",
    ),
    "title": (
        "title", "page title", "name", "headline", "heading", "h1", "h1 1", "title 1", "post title", "meta title",
        "html title",
        "asset", "asset name", "content title", "seo title", "article",
    ),
    "text": (
        "text", "content", "body", "post body", "page text", "main text", "full text", "post content", "copy", "html",
        "body text",
        "content html", "article body",
    ),
    "description": (
        "description", "meta description", "summary", "excerpt", "abstract", "meta description 1", "about", "teaser",
        "snippet",
        "what it is about", "topic", "topics",
    ),
    "type": ("type", "content type", "format", "category", "page type", "asset type", "kind", "post type", "template"),
    "published": (
        "published", "publish date", "published date", "date published", "published at", "publication date", "date",
        "created",
        "created at", "go live", "live since", "post date", "published on", "release date",
    ),
    "updated": ("updated", "last modified", "lastmod", "last updated", "modified", "modified date", "updated at", "update date"),
}  # fmt: skip
_ROLE_OF = {name: (role, rank) for role, names in COLUMNS.items() for rank, name in enumerate(names)}
_HEADER_ROWS = 10
_ADVICE = "Give each row an address in a column 'url', or a title in a column 'title'."


def read(source: Source) -> Iterator[ContentPage | Problem]:
    """Yield a page a row. A date whose day and month nothing tells apart is left out and said."""
    delimiter = _delimiter(source)
    found = _header(source, delimiter)
    if found is None:
        yield Problem(source.name, 1, "No column holds the addresses or titles of pages.", _ADVICE)
        return
    at, columns = found
    order = _order(source, delimiter, at, columns)
    empty = True
    for record in delimited.records(source, delimiter):
        if record.number <= at or (not record.trouble and not any(cell.strip() for cell in record.cells)):
            continue
        empty = False
        if record.trouble:
            yield Problem(source.name, record.number, record.trouble, "Mend the row and upload the file again.")
            continue
        yield from _page(source.name, record.number, record.cells, columns, order)
    if empty:
        yield Problem(source.name, None, "There is no row below the headers.", "Export it again, or leave it out.")


def _page(
    name: str, number: int, cells: Sequence[str], columns: Mapping[str, int], order: Order
) -> Iterator[ContentPage | Problem]:
    value = {role: cells[n].strip() if n < len(cells) else "" for role, n in columns.items()}
    url, title = value.get("url", ""), value.get("title", "")
    if not url and not title:
        yield Problem(name, number, "The row has neither an address nor a title.", _ADVICE)
        return
    days = {}
    for role in ("published", "updated"):
        days[role] = ""
        try:
            days[role] = parse(value.get(role, ""), order=order)[:10] if value.get(role) else ""
        except AmbiguousDateError:
            reason = f"Day and month of “{value[role][:40]}” cannot be told apart; the page is kept without it."
            yield Problem(name, number, reason, "Write dates as 2026-03-31.", kept=True)
        except ValueError:
            reason = f"“{value[role][:40]}” is no date; the page is kept without it."
            yield Problem(name, number, reason, "Write dates as 2026-03-31.", kept=True)
    words = [facts.plain_text(value[role]) for role in ("description", "text") if value.get(role)]
    yield ContentPage(
        url or title, title or title_of(url), "\n\n".join(words), value.get("type", "")[:80], days["published"],
        days["updated"], not title, name, number,
    )  # fmt: skip


def _delimiter(source: Source) -> str:
    """The delimiter that gives the first rows the most known headers; a tab for .tsv."""
    if source.name.casefold().endswith(".tsv"):
        return "\t"
    head = [line or "" for line in islice(delimited.lines(source), _HEADER_ROWS)]
    most = {d: max((len(_columns(line.split(d))) for line in head), default=0) for d in (",", ";", "\t", "|")}
    best = max(most, key=lambda d: most[d])
    return best if most[best] > 1 else delimited.delimiter_of(source, {})


def _header(source: Source, delimiter: str) -> tuple[int, dict[str, int]] | None:
    for record in islice(delimited.records(source, delimiter), _HEADER_ROWS):
        columns = _columns(record.cells)
        if "url" in columns or "title" in columns:
            return record.number, columns
    return None


def _columns(cells: Sequence[str]) -> dict[str, int]:
    """Role -> column, the best name of each role."""
    found: dict[str, tuple[int, int]] = {}
    for n, cell in enumerate(cells):
        name = " ".join(re.sub(r"[\W_]+", " ", cell.lower()).split())
        if name in _ROLE_OF:
            role, rank = _ROLE_OF[name]
            if role not in found or rank < found[role][0]:
                found[role] = (rank, n)
    return {role: n for role, (_, n) in found.items()}


def _order(source: Source, delimiter: str, at: int, columns: Mapping[str, int]) -> Order:
    """The day/month order of the file's dates, settled by those that leave no doubt."""
    places = [columns[role] for role in ("published", "updated") if role in columns]
    if not places:
        return ""
    rows = delimited.records(source, delimiter)
    return order_of(r.cells[n] for r in rows if r.number > at for n in places if n < len(r.cells))
