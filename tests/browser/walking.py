"""Follow every link of a site, as a person could: which addresses there are for each page of the route table."""

import re
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

from lxml import html
from starlette.routing import Route

from api.app import create_app
from pipelines.settings import Settings
from tests.browser.serving import Site

# Not pages: files, what programs ask, and short addresses that lead on to a page. Those that are there only with accounts
# are looked at by `test_accounts`.
NO_PAGES = re.compile(
    r"^/(api/|static|openapi|healthz|readyz|metrics|q/|login|invitations|settings/people|catalogue/(competitors|trackers)$|reports$)"
    r"|\.csv$|/export$"
)
MOST_OF_A_PAGE = 4


@dataclass(frozen=True, slots=True)
class Walk:
    """The addresses (path and query) found for each route's path, the first found first, and links that led nowhere."""

    found: dict[str, list[str]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


def routes(app: object) -> Iterator[Route]:
    """The routes of a service in the order in which they are asked, those of included routers too, outside of /api."""
    for route in getattr(app, "routes", ()):
        inner = getattr(route, "original_router", None)
        if inner is not None and not route.include_context.prefix:
            yield from routes(inner)
        elif isinstance(route, Route):
            yield route


def patterns() -> list[str]:
    """The path of every page of the route table; what a report is about counts as a page of its own."""
    app = create_app(Settings(home=Path("/nonexistent")), today=lambda: date(2026, 1, 1), worker=False)
    found = {route.path for route in routes(app) if "GET" in (route.methods or ()) and not NO_PAGES.search(route.path)}
    return sorted(found)


def pattern_of(site: Site, path: str) -> str:
    """The path of the route that answers to an address; "" where none does."""
    return next((route.path for route in _gets(site.app) if route.path_regex.match(path)), "")


@cache
def _gets(app: object) -> list[Route]:
    return [route for route in routes(app) if "GET" in (route.methods or ())]


def fetch(site: Site, address: str) -> tuple[int, str, str]:
    """The status, where it led to in the end, and the text of a page; no text for what is none."""
    request = urllib.request.Request(site.address + address, headers={"Accept": "text/html"})
    try:
        with urllib.request.urlopen(request) as answer:
            page = answer.headers.get_content_type() == "text/html" and "attachment" not in answer.headers.get(
                "Content-Disposition", ""
            )
            return answer.status, answer.url.removeprefix(site.address), answer.read().decode() if page else ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, address, ""


def walk(site: Site) -> Walk:
    """Follow the links and the forms without effects from the first page on, each kind of address once."""
    result, waiting, seen, met = Walk(), deque(["/"]), set(), {"/"}
    while waiting:
        address = waiting.popleft()
        key = _kind(site, address)
        if key in seen or not key[0] or len(result.found.get(key[0], ())) >= MOST_OF_A_PAGE + (key[1] != ""):
            continue
        seen.add(key)
        status, end, text = fetch(site, address)
        if status != 200:
            result.broken.append(f"{status} {address}")
        if not text:
            continue
        result.found.setdefault(key[0], []).append(address)
        for link in _links(text, site.address + end):
            if link.startswith(site.address + "/") and not NO_PAGES.search(urlsplit(link).path) and link not in met:
                met.add(link)
                waiting.append(link.removeprefix(site.address))
    return result


def _kind(site: Site, address: str) -> tuple[object, ...]:
    """Addresses of one kind show one page: the same route, the same kind of report, the same names in the query."""
    parts = urlsplit(address)
    pattern = pattern_of(site, parts.path)
    query = parse_qsl(parts.query)
    named = parts.path if pattern == "/reports/{plural}" else ""
    return pattern, named, *sorted({name for name, _ in query} - {"since", "until", "after", "before", "quote"})


def _links(text: str, base: str) -> Iterator[str]:
    tree = html.fromstring(text)
    for link in tree.iter("a"):
        if link.get("href") and link.get("download") is None:
            yield urldefrag(urljoin(base, link.get("href"))).url
    for form in tree.iter("form"):
        if (form.get("method") or "get").lower() == "get":
            yield urldefrag(urljoin(base, form.get("action") or "")).url
