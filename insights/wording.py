"""Numbers, dates and labels as people read them; pages, exports and sentences all say them the same way."""

from datetime import date

from insights.names.labels import LABELS
from insights.periods import Period
from insights.sampling import Rate
from insights.trends import Change

_SPECIAL = {
    **{key: said for key, said in LABELS.items() if key != "competitor"},  # which is a kind too
    "it_security": "IT and security",
    "engineering_data": "Engineering and data", "sales_revops": "Sales and RevOps", "legal_procurement": "Legal and procurement",
    "hr": "HR", "cxo": "C-level", "vp": "VP", "verbatim": "Said by the buyer",
    "reported": "Reported by the rep",
    "none": "Not in a theme yet", "deferred": "Put off", "open": "Left open", "came_back": "Came back",
}  # fmt: skip


VOCABULARY = frozenset({
    "kind", "label", "persona", "seniority", "relation", "voice", "role", "channel", "theme", "follow_up", "usage",
})  # fmt: skip
DOORS = {
    "api": "a program", "http": "a program", "command line": "somebody in the terminal",
    "terminal": "somebody in the terminal",
    "parley": "Parley", "policy": "Parley, as ticked under Themes", "web page": "somebody without a login",
}  # fmt: skip


def human(value: object) -> str:
    """A stored label or field value in words: "product_gap" is "Missing feature"; a customer's own words stay as they are."""
    text = str(value)
    if text in _SPECIAL:
        return _SPECIAL[text]
    known = text.replace("_", "").isalpha() and text.islower() and text.isascii()
    return text.replace("_", " ").capitalize() if known else text


def value(field: str, stored: str) -> str:
    """A value of a field: Parley's own words and the ends of deals in words ("lost" is "Lost"), what the CRM or an upload
    says as it is written there."""
    if field == "outcome":  # "open" is no objection that is left open
        return stored.capitalize() if stored.islower() else stored
    return human(stored) if field in VOCABULARY else stored


def door(actor: str) -> str:
    """Who did something, in words: a name where it is known, else from where it came."""
    return DOORS.get(actor, actor)


def label(value: str) -> str:
    """What a quote is about: an objection's "competitor" is no kind, but "Other vendor"."""
    return LABELS.get(value) or human(value)


def number(value: int) -> str:
    return f"{value:,}"


def every(count: int) -> str:
    """All of so many, as it is said: "both", "all 3"."""
    return "both" if count == 2 else f"all {count}"


def plural(count: int, noun: str) -> str:
    """ "1 account", "2,310 accounts", "2 addresses"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}{'es' if noun.endswith('s') else 's'}"


def stored(conversations: int, counted: int) -> str:
    """How many conversations there are and how many of them count, told the same everywhere: "43 conversations are stored,
    of which 41 count: 2 are copies or older versions, or tell of a meeting told twice.". It goes on a sentence."""
    if not conversations:
        return "no conversation is stored."
    said = f"{plural(conversations, 'conversation')} {'is' if conversations == 1 else 'are'} stored"
    apart = conversations - counted
    if not apart:
        return f"{said}, and {'it counts' if conversations == 1 else 'all of them count'}."
    verb = (
        "is a copy or an older version of another, or tells" if apart == 1 else "are copies or older versions, or tell"
    )
    return f"{said}, of which {counted:,} {'counts' if counted == 1 else 'count'}: {apart:,} {verb} of a meeting told twice."


def between(words: str, cut: tuple[bool, bool], opening: str = "“", closing: str = "”") -> str:
    """Somebody's words between marks. `cut` says whether the sentence begins before them and goes on after them: the
    ellipsis for that stands outside the marks, because nobody said it."""
    before, after = cut
    return f"{'… ' if before else ''}{opening}{words}{closing}{' …' if after else ''}"


def percent(share: float | None) -> str:
    """A share in [0, 1] as per cent: whole from 10 on, one decimal below; the space does not break.

    What is not nothing and not all is never said to be: "<0.1 %", "99.6 %", ">99.9 %".
    """
    if share is None:
        return "–"
    value = 100 * share
    if 0 < value < 0.05:
        return "<0.1\u00a0%"
    if 99.5 <= value < 100:
        return f"{value:.1f}\u00a0%" if value < 99.95 else ">99.9\u00a0%"
    return f"{value:.0f}\u00a0%" if value >= 9.95 or round(value, 1) == int(value) else f"{value:.1f}\u00a0%"


def points(difference: float | None) -> str:
    """A difference of two shares as signed percentage points, without the unit."""
    if difference is None:
        return "–"
    value = round(100 * difference, 1)
    if not value:
        return "±0"
    return f"{'+' if value > 0 else '−'}{abs(value):.{0 if abs(value) >= 9.95 or value == int(value) else 1}f}"


def interval(rate: Rate) -> str:
    """ "18 % to 31 %", "" where nothing was counted."""
    return "" if rate.low is None or rate.high is None else f"{percent(rate.low)} to {percent(rate.high)}"


def change(difference: Change) -> str:
    """ "+8 points (+2 to +14)"."""
    if difference.difference is None:
        return "cannot be compared"
    return f"{points(difference.difference)} points ({points(difference.low)} to {points(difference.high)})"


def day(value: date | str) -> str:
    """ "3 Nov 2026"; what is no date is said to be unknown."""
    try:
        moment = value if isinstance(value, date) else date.fromisoformat(value[:10])
    except ValueError:
        return "date unknown"
    return f"{moment.day} {moment:%b} {moment.year}"


def month(value: str) -> str:
    """A month as people read it: "2026-12" is "Dec 2026"; whatever is none as it is."""
    try:
        return f"{date.fromisoformat(f'{value}-01'):%b %Y}"
    except ValueError:
        return value


def span(period: Period) -> str:
    """ "26 Aug to 24 Nov 2026", the year once where it is the same."""
    begin = f"{period.start.day} {period.start:%b}"
    return f"{begin if period.start.year == period.end.year else day(period.start)} to {day(period.end)}"
