"""Values as people read them: numbers, dates, labels, verdicts, addresses. Pages and exports say the same words."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from urllib.parse import quote, urlencode

from insights.trends import Change, Rate
from pipelines.report import Period, TrendReport

PLURALS = {"objection": "objections", "question": "questions", "competitor": "competitors"}
KINDS = {plural: kind for kind, plural in PLURALS.items()}
VERDICTS = {
    "rising": "Rising", "falling": "Falling", "new": "New", "gone": "Gone", "steady": "Steady", "too few": "Too few to say",
}  # fmt: skip
SIGNS = {"rising": "↑", "falling": "↓", "new": "+", "gone": "−", "steady": "=", "too few": "?"}
REPLIES = {
    "answered": "The seller said something to it in this conversation",
    "deferred": "The seller put the answer off",
    "open": "Nothing was said to it in this conversation",
    "came_back": "Raised again after the seller had replied",
}
VOICES = {"verbatim": "Said by the buyer", "reported": "Reported by the rep"}
FIELDS = {
    "since": "From", "until": "To", "published": "As published", "kind": "Kind", "theme": "Theme", "label": "Label", "persona": "Persona",
    "seniority": "Seniority", "stage": "Stage", "outcome": "Outcome", "competitor": "Competitor", "relation": "Relation",
    "voice": "Voice", "role": "Side", "rep": "Rep", "account": "Account", "channel": "Channel", "q": "Words",
    "follow_up": "Reply", "tracker": "Tracker",
}  # fmt: skip
VOCABULARY = frozenset(
    {"kind", "label", "persona", "seniority", "relation", "voice", "role", "channel", "theme", "follow_up"}
)
LANGUAGES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "es": "Spanish", "et": "Estonian",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "id": "Indonesian", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "nb": "Norwegian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sv": "Swedish", "tr": "Turkish",
    "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
MOST_ROWS_NAMED = 8
_SPECIAL = {
    "roi": "ROI", "status_quo": "Status quo", "security_legal": "Security and legal", "it_security": "IT and security",
    "engineering_data": "Engineering and data", "sales_revops": "Sales and RevOps", "legal_procurement": "Legal and procurement",
    "hr": "HR", "cxo": "C-level", "vp": "VP", "product_gap": "Product gap", "verbatim": "Verbatim", "reported": "Rep reported",
    "none": "Not in a theme yet", "deferred": "Put off", "open": "Left open", "came_back": "Came back",
}  # fmt: skip


def human(value: object) -> str:
    """A stored label or field value in words: "product_gap" is "Product gap"; a customer's own words stay as they are."""
    text = str(value)
    if text in _SPECIAL:
        return _SPECIAL[text]
    known = text.replace("_", "").isalpha() and text.islower() and text.isascii()
    return text.replace("_", " ").capitalize() if known else text


def value(field_name: str, stored: str) -> str:
    """A value of a field: Parley's own vocabulary in words, what the CRM or an upload says as it is written there."""
    return human(stored) if field_name in VOCABULARY else stored


def language(code: str) -> str:
    """ "German" for "de"; a code that is not known here stays as it is."""
    return LANGUAGES.get(code, code)


def field(name: str) -> str:
    return FIELDS.get(name) or human(name)


def listed(endings: Iterable[str]) -> str:
    """File endings as people name them: "CSV, EML, MBOX"."""
    return ", ".join(ending.lstrip(".").upper() for ending in sorted(endings))


def rows(numbers: Sequence[int]) -> str:
    """Rows of a file as people name them: "2, 4 to 6", the first few where there are many; "–" where there is none."""
    parts: list[list[int]] = []
    for number in sorted(set(numbers)):
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    named = [f"{a}" if a == b else f"{a}, {b}" if b == a + 1 else f"{a} to {b}" for a, b in parts[:MOST_ROWS_NAMED]]
    left = sum(b - a + 1 for a, b in parts[MOST_ROWS_NAMED:])
    return ", ".join(named) + (f" and {left:,} more" if left else "") or "–"


def number(value: int) -> str:
    return f"{value:,}"


def plural(count: int, noun: str) -> str:
    """ "1 account", "2,310 accounts"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def percent(share: float | None) -> str:
    """A share in [0, 1] as per cent: whole from 10 on, one decimal below; the space does not break."""
    if share is None:
        return "–"
    value = 100 * share
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


def moment(value: str | None) -> str:
    """An ISO time in UTC to the minute."""
    return f"{day(value)}, {value[11:16]}" if value and len(value) >= 16 else day(value or "")


def span(period: Period) -> str:
    """ "26 Aug to 24 Nov 2026", the year once where it is the same."""
    begin = f"{period.start.day} {period.start:%b}"
    return f"{begin if period.start.year == period.end.year else day(period.start)} to {day(period.end)}"


def period(part: Period, step: str) -> str:
    """A period's short name on an axis."""
    if step == "week":
        return f"{part.start.day} {part.start:%b}"
    return f"{part.start:%b} {part.start.year}" if step == "month" else part.label


def windows(report: TrendReport) -> str:
    """Which windows the verdicts compare, as a sentence without its full stop."""
    days = (report.current.end - report.current.start + timedelta(days=1)).days
    return f"{span(report.current)} compared with the {days} days before ({span(report.previous)})"


def clock(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


def link(path: str, params: Mapping[str, object] | None = None, **changes: object) -> str:
    """An address with what is set of `params`, `changes` taking their place; None or "" takes a parameter away."""
    merged = {**(params or {}), **changes}
    query = urlencode([(name, value) for name, value in merged.items() if value not in (None, "")], quote_via=quote)
    return f"{path}?{query}" if query else path


def source(item: object) -> str:
    """Who said a quote and where, for the line beneath it: "VP Sales, Acme Ltd (call, 3 Nov 2026)"."""
    get = lambda name: getattr(item, name)  # noqa: E731
    who = get("job_title") or (human(get("persona")) if get("persona") not in ("", "unknown") else "") or "Buyer"
    said = {"verbatim": "", "reported": ", as noted by the rep"}.get(get("voice"), "")
    return f"{', '.join(filter(None, (who, get('account'))))}{said} ({get('channel')}, {day(get('day'))})"
