"""Where one can go: Parley's own pages and, by name, everything that has a page of its own."""

from dataclasses import dataclass

from sqlite_utils import Database

from api.words import NAVIGATION, REPORTS, link, plural
from pipelines.store import places
from pipelines.store.places import Place

# What people look for by the verb, beside the pages of the navigation.
DOINGS = (
    ("/answers", "What do I send?"),
    ("/comments", "Inbox: questions and comments of colleagues"),
    ("/uploads", "Upload files"),
    ("/accounts", "Accounts: what is open in each"),
    ("/accounts/signals", "Signals for a CRM or lead scoring"),
    ("/trackers#new", "New tracker"),
    ("/reports/saved/digests#new", "Schedule a digest"),
    ("/themes/waiting", "Sort quotes that wait for a theme"),
    ("/help", "Help: what the terms mean, and keys"),
    ("/docs", "For programs: HTTP interface"),
)
HEADINGS = {
    "page": "Pages", "theme": "Themes", "competitor": "Competitors", "tracker": "Trackers", "report": "Saved reports",
    "digest": "Digests", "account": "Accounts",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Goal:
    """Somewhere to go: `heading` is what sort of thing it is, `detail` what tells it from another of the name."""

    heading: str
    name: str
    address: str
    detail: str = ""


def goals(db: Database, words: str, *, limit: int = 6) -> list[Goal]:
    """Pages and things whose names hold all `words`, and a search in the quotes last; without words, the pages."""
    wanted = words.lower().split()
    pages = [
        Goal(HEADINGS["page"], name, address)
        for address, name in _pages()
        if all(word in name.lower() for word in wanted)
    ]
    if not wanted:
        return pages
    named = [_goal(place) for place in places.named(db, words, limit=limit)]
    search = Goal("Quotes", f"Search quotes for “{words.strip()}”", link("/quotes", q=words.strip()))
    return [*pages[:limit], *named, search]


def _pages() -> list[tuple[str, str]]:
    reports = [(address, f"Report: {name}") for address, name in REPORTS]
    return [*((address, name) for address, name, _ in NAVIGATION), *reports, *DOINGS]


def _goal(place: Place) -> Goal:
    detail = ""
    match place.sort:
        case "theme" | "competitor":
            address, detail = f"/themes/{place.key}", plural(place.size, "quote")
        case "tracker":
            address = f"/trackers/{place.key}"
        case "report":
            address = f"/reports/saved/{place.key}"
        case "digest":
            address = f"/reports/saved/digests/{place.key}"
        case "account":
            address = link("/quotes", account=place.key)
            detail = plural(place.size, "conversation")
    return Goal(HEADINGS[place.sort], place.name, address, detail)
