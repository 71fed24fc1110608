"""Where one can go: Parley's own pages and, by name, everything that has a page of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlite_utils import Database

from api.gate.access import least_role
from api.gate.who import visit
from api.wording.words import NAVIGATION, REPORTS, link, plural
from insights.signals import account_id, in_short
from pipelines.access.accounts import may
from pipelines.sales import account_lists
from pipelines.store import places
from pipelines.store.filters import Filters
from pipelines.store.places import Place
from pipelines.store.remembered import per_state

# Beside the pages of the menu and the reports: (address, name, what else people call it).
DOINGS = (
    ("/answers", "What do I send?", "answer reply battlecard ask a colleague"),
    ("/comments", "Inbox: questions and comments of colleagues", "messages notifications"),
    ("/uploads", "Upload files", "import add data csv mail crm"),
    (
        "/uploads/accounts",
        "Which company writes from which address, and who speaks for which",
        "domains accounts by mail address contact name",
    ),
    ("/speakers", "Speakers: who is ours and who is the buyer", "people sides"),
    ("/accounts", "Accounts: what is open in each", "customers companies deals"),
    ("/accounts#list", "Call list: whom to ring, about what", "calls leads"),
    ("/accounts/signals", "Signals for a CRM or lead scoring", "salesforce hubspot webhook"),
    ("/accounts/signals/addresses", "Where signals are sent", "crm webhook push addresses"),
    ("/catalogue/own", "Own names: our company, products and people", "catalogue us"),
    ("/catalogue/integrations", "Integrations", "catalogue systems connectors"),
    ("/catalogue/personas", "Personas: which job titles they hold", "catalogue titles roles"),
    ("/catalogue/stages", "Stages: the steps of a deal", "catalogue funnel pipeline"),
    ("/competitors", "Competitors: names and spellings", "catalogue rivals"),
    ("/trackers", "Trackers", "catalogue keywords phrases"),
    ("/trackers#new", "New tracker", "add keyword"),
    ("/reports/saved/digests", "Digests", "newsletter mail slack teams subscribe weekly alerts"),
    ("/reports/saved/digests#new", "Schedule a digest", "new newsletter mail slack teams subscribe weekly alerts"),
    ("/annotations", "Notes: what happened meanwhile", "annotations events timeline"),
    ("/plan/pages", "Your own pages", "content website sitemap material"),
    ("/plan#asked", "Asked for: requests for content", "content plan wishes"),
    ("/themes/waiting", "Sort quotes that wait for a theme", "unsorted"),
    ("/shared/settings", "Shared numbers: choose, owners, targets", "kpi goals metrics settings"),
    ("/settings", "Settings", "preferences options logins account password sign out tokens api key users"),
    ("/settings/people", "People and logins", "settings users invite colleagues roles permissions sso sign-on"),
    ("/settings/keeping", "Keeping: how long conversations stay", "settings retention delete old age privacy gdpr"),
    ("/settings/forget", "Forget a person", "settings erase delete remove privacy gdpr"),
    ("/settings/audit", "Audit log: who did what", "settings history activity changes"),
    ("/settings/health", "Health and copies", "settings backup restore status"),
    ("/help", "Help: what the terms mean, and keys", "glossary shortcuts keyboard manual"),
    ("/docs", "For programs: HTTP interface", "api developers"),
)
# What else people call the pages of the menu and the reports.
ALSO = {
    "/": "home start dashboard what changed", "/plan": "content plan ideas", "/quotes": "search voice of customer",
    "/collections": "saved quotes folders", "/review": "check train correct", "/catalogue": "names",
    "/reports/handover": "handoff sales to customer success gaps",
    "/shared": "shared numbers kpi metrics sales and marketing",
    "/reports/saved": "saved reports published", "/reports/outcomes": "won lost win loss",
    "/reports/voice": "words of customers language",
    "/reports/material": "content used decks", "/reports/competition": "win rate rivals battlecard",
}  # fmt: skip
A_SENTENCE = 4  # words from which on what is looked for may be what a buyer said
OF_ORIGINALS = ("/accounts", "/uploads/accounts")  # for who may see who said something
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


def goals(db: Database, words: str, *, today: date, limit: int = 6) -> list[Goal]:
    """Pages and things whose names hold all `words`, accounts with what is open in them; what a buyer may have said is
    looked for among answers, and a search in the quotes comes last. Without words, the pages."""
    wanted = _folded(words).split()
    found = [
        (not all(word in _folded(name) for word in wanted), Goal(HEADINGS["page"], name, address))
        for address, name, also in _pages()
        if all(word in _folded(f"{name} {also}") for word in wanted)
    ]
    pages = [goal for _, goal in sorted(found, key=lambda pair: pair[0])]  # by name before what else it is called
    if not wanted:
        return pages
    named = _opened(db, words, [_goal(place) for place in places.named(db, words, limit=limit)], today)
    said = words.strip()
    send = (
        [Goal("Answers", f"What do I send to “{said}”?", link("/answers", words=said))]
        if len(wanted) >= A_SENTENCE
        else []
    )
    return [*pages[:limit], *named, *send, Goal("Quotes", f"Search quotes for “{said}”", link("/quotes", q=said))]


def _opened(db: Database, words: str, found: list[Goal], today: date) -> list[Goal]:
    """Accounts with what is open in them beside their conversations."""
    if not any(goal.heading == HEADINGS["account"] for goal in found):
        return found
    open_ = _open(db, today)
    return [replace(goal, detail="; ".join(filter(None, (goal.detail, open_.get(goal.address, ""))))) for goal in found]


@per_state
def _open(db: Database, today: date) -> Mapping[str, str]:
    """What is open in each account, by its address: asked at every letter that is typed."""
    rows = account_lists.listed(db, Filters(), today=today)[1]
    return {f"/accounts/{row.id}": ", ".join(in_short(row.open, today=today, heard=row.last)[:2]) for row in rows}


def _folded(words: str) -> str:
    """In small letters and without hyphens: "hand over" and "handover" find the hand-over."""
    return words.lower().replace("-", "")


def _pages() -> list[tuple[str, str, str]]:
    """Every page that who asks may open, as (address, name, what else it is called)."""
    menu = [(address, name, ALSO.get(address, "")) for address, name, _ in NAVIGATION]
    reports = [(address, f"Report: {name}", ALSO.get(address, "")) for address, name in REPORTS]
    return [page for page in [*menu, *reports, *DOINGS] if may_open(page[0].partition("#")[0])]


def may_open(path: str) -> bool:
    """Whether who asks may open a page: what they may not is in no menu and no list."""
    here = visit()
    if path == "/settings/people" and not here.accounts:
        return False  # nobody has a login yet
    if path.startswith(OF_ORIGINALS) and not here.originals:
        return False
    need = least_role("GET", path)
    if here.person is None or need == "anyone":
        return True
    if need == "unlisted" or need == "nobody":
        return here.person.role == "admin"
    return may(here.person.role, need)


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
            address, detail = f"/accounts/{account_id(place.key)}", plural(place.size, "conversation")
    return Goal(HEADINGS[place.sort], place.name, address, detail)
