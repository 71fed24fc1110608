"""Where the pages are: the main navigation and the tabs beneath it, and addresses that carry filters along."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

# Main navigation: address, name, and what the addresses beneath it begin with.
NAVIGATION: tuple[tuple[str, str, str | tuple[str, ...]], ...] = (
    ("/", "Overview", ""),
    ("/reports/objections", "Reports", ("/reports", "/shared")),
    ("/plan", "Plan", "/plan"),
    ("/themes", "Themes", "/themes"),
    ("/quotes", "Quotes", "/quotes"),
    ("/collections", "Collections", "/collections"),
    ("/answers", "Answers", "/answers"),
    ("/accounts", "Accounts", "/accounts"),
    ("/catalogue", "Catalogue", ("/catalogue", "/competitors", "/trackers")),
    ("/review", "Review", "/review"),
    ("/uploads", "Uploads", ("/uploads", "/speakers")),
)
# The main pages that take the same filters: a filtered page links to the others with them, but for what belongs to one list
# of quotes alone. The menu itself goes to unfiltered pages.
SHARES_FILTERS = ("/", "/reports/objections", "/plan", "/quotes")
OF_ONE_LIST = ("kind", "theme", "label", "q", "match", "relation", "beside")


def kept(active: Mapping[str, object]) -> dict[str, object]:
    """The filters in use that the main pages share."""
    return {name: value for name, value in active.items() if name not in OF_ONE_LIST}


# The tabs of the catalogue.
CATALOGUE = (
    ("/catalogue", "All"),
    ("/competitors", "Competitors"),
    ("/catalogue/own", "Own names"),
    ("/catalogue/integrations", "Integrations"),
    ("/catalogue/personas", "Personas"),
    ("/catalogue/stages", "Stages"),
    ("/trackers", "Trackers"),
)
# The tabs of all reports, in the order in which they stand.
REPORTS = (
    ("/reports/objections", "Objections"),
    ("/reports/questions", "Questions"),
    ("/reports/competitors", "Competitor mentions"),
    ("/reports/competition", "Competitors in deals"),
    ("/reports/trackers", "Trackers"),
    ("/reports/outcomes", "Outcomes"),
    ("/reports/voice", "Voice"),
    ("/reports/material", "Material"),
    ("/reports/personas", "Personas"),
    ("/reports/handover", "Hand-over"),
    ("/shared", "Shared"),
    ("/reports/saved", "Saved"),
)
UNFILTERED = ("/shared", "/reports/saved")  # of them: those that are the same for every filter


def link(path: str, params: Mapping[str, object] | None = None, /, **changes: object) -> str:
    """An address with what is set of `params`, `changes` taking their place; None or "" takes a parameter away, a list
    repeats it."""
    merged = {**(params or {}), **changes}
    pairs = [(name, one) for name, value in merged.items() for one in (value if isinstance(value, list) else [value])]
    query = urlencode([(name, value) for name, value in pairs if value not in (None, "")], quote_via=quote)
    return f"{path}?{query}" if query else path


def own_path(address: str) -> str:
    """The path of an address of ours; nothing for one that leads elsewhere, or cannot be read."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return "" if parts.scheme or parts.netloc else parts.path
