"""Values as people read them: numbers, dates, labels, verdicts, addresses. Pages and exports say the same words."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from urllib.parse import quote, urlencode

from sqlite_utils import Database

from api.wording.glossary import GLOSSARY as GLOSSARY
from api.wording.glossary import TRENDS as TRENDS
from insights import wording
from insights.content.pages import is_web as is_web
from insights.deals import of_stage as of_stage
from insights.language.names import is_vendor as is_vendor
from insights.merging import NEWEST
from insights.periods import Period
from insights.trends import Trend
from insights.wording import change as change
from insights.wording import day as day
from insights.wording import human as human
from insights.wording import interval as interval
from insights.wording import label as label
from insights.wording import month as month
from insights.wording import number as number
from insights.wording import percent as percent
from insights.wording import plural as plural
from insights.wording import points as points
from insights.wording import span as span
from pipelines.quotes.quoting import said_by as said_by
from pipelines.quotes.quoting import unnamed
from pipelines.report import Row, TrendReport
from pipelines.store.filters import shown
from pipelines.store.insights import Quote
from pipelines.store.published import TODAYS as TODAYS
from pipelines.uploads.said_anew import Summary

MOST_FACTS, MOST_UPLOADS, MOST_VALUES = 6, 5, 4  # that a sentence names
MOST_OF_VALUE = 40  # signs
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
PLURALS = {"objection": "objections", "question": "questions", "competitor": "competitors", "tracker": "trackers"}
# What the report on each kind is called: what is said of competitors and how deals with them end are two reports.
TITLES = {kind: plural.capitalize() for kind, plural in PLURALS.items()} | {"competitor": "Competitor mentions"}
KINDS = {plural: kind for kind, plural in PLURALS.items()}
VERDICTS = {
    "rising": "Rising", "falling": "Falling", "new": "New", "gone": "Gone", "steady": "Steady",
    "too few": "Too few to say",
}  # fmt: skip
LEANING = "Not sure"  # where the interval leaves out zero, "too few" would belie what stands beside it
SIGNS = {"rising": "↑", "falling": "↓", "new": "+", "gone": "−", "steady": "=", "too few": "?"}
REPLIES = {
    "answered": "The seller said something to it in this conversation",
    "deferred": "The seller put the answer off",
    "open": "Nothing was said to it in this conversation",
    "came_back": "Raised again after the seller had replied",
}
USED = {"yes": "Yes", "no": "Not yet"}
VOICES = {voice: human(voice) for voice in ("verbatim", "reported")}
FIELDS = {
    "since": "From", "until": "To", "published": "As published", "kind": "Kind", "theme": "Theme", "label": "Label",
    "persona": "Persona",
    "seniority": "Seniority", "stage": "Stage", "outcome": "Outcome", "competitor": "Competitor",
    "relation": "Relation",
    "voice": "Voice", "role": "Side", "rep": "Rep", "account": "Account", "channel": "Channel", "q": "Words",
    "match": "How words match",
    "follow_up": "Reply", "tracker": "Tracker", "beside": "Beside", "ours": "Our product", "usage": "May be used",
    "used": "Used already", "period": "Period",
}  # fmt: skip
# How the words of a search are looked for: all of them without more.
MATCHES = {"": "All of the words", "any": "Any of the words", "phrase": "Exactly this phrase"}
MATCHED = {"": "Words", "any": "Any of", "phrase": "Phrase"}
# Cuts that a filter of the same name takes.
LINKED = frozenset(
    {
        "label",
        "persona",
        "seniority",
        "stage",
        "outcome",
        "competitor",
        "relation",
        "voice",
        "rep",
        "account",
        "channel",
        "tracker",
    }
)
LANGUAGES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "es": "Spanish", "et": "Estonian",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "nb": "Norwegian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sv": "Swedish", "tr": "Turkish",
    "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
MOST_ROWS_NAMED = 8
DOORS = {
    "api": "a program", "http": "a program", "command line": "somebody in the terminal",
    "terminal": "somebody in the terminal",
    "parley": "Parley", "policy": "Parley, as ticked under Themes", "web page": "somebody without a login",
}  # fmt: skip


COVERAGE: dict[str, str] = {
    "covered": "Answered", "partly": "In part", "title only": "Not judged, title only", "not covered": "Gap",
    "unknown": "No pages yet",
}  # fmt: skip


def split(report: TrendReport, row: Row) -> str:
    """What a row of a report is called where it stands alone: "Price · Lost" in a report by outcome."""
    return f"{row.name} · {value(report.by, row.split)}" if row.split else row.name


def verdict(trend: Trend) -> str:
    return LEANING if trend.leaning else VERDICTS[trend.verdict]


def value(field_name: str, stored: str) -> str:
    """A value of a field: Parley's own vocabulary in words, what the CRM or an upload says as it is written there."""
    if field_name == "usage" and stored in USAGES:
        return USAGES[stored]
    if field_name == "used":
        return USED.get(stored, stored)
    if field_name == "label":
        return label(stored)
    return wording.value(field_name, stored if field_name in wording.VOCABULARY else shown(stored))


def language(code: str) -> str:
    """ "German" for "de"; a code that is not known here stays as it is."""
    return LANGUAGES.get(code, code)


def door(actor: str) -> str:
    """Who did something, in words: a name where it is known, else from where it came."""
    return DOORS.get(actor, actor)


def initials(name: str) -> str:
    """ "AL" for "Ada Lovelace": the first letters of the first word and the last."""
    parts = name.split()
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


def field(name: str) -> str:
    return FIELDS.get(name) or human(name)


def listed(endings: Iterable[str]) -> str:
    """File endings as people name them: "CSV, EML, MBOX"."""
    return ", ".join(ending.lstrip(".").upper() for ending in sorted(endings))


def rows(numbers: Sequence[int]) -> str:
    """Rows of a file as people name them: "2, 4 to 6", the first few where there are many; "–" where there is none."""
    parts: list[list[int]] = []
    for row in sorted(set(numbers)):
        if parts and parts[-1][1] == row - 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    named = [f"{a}" if a == b else f"{a}, {b}" if b == a + 1 else f"{a} to {b}" for a, b in parts[:MOST_ROWS_NAMED]]
    left = sum(b - a + 1 for a, b in parts[MOST_ROWS_NAMED:])
    return ", ".join(named) + (f" and {left:,} more" if left else "") or "–"


def values(found: Sequence[str]) -> str:
    """What stood in cells: "It says “31/02/2026”, “soon” and 3 more"."""
    shown = [f"“{value[:MOST_OF_VALUE]}{'…' if len(value) > MOST_OF_VALUE else ''}”" for value in found]
    more = len(shown) - MOST_VALUES
    if more > 0:
        shown = [*shown[:MOST_VALUES], f"{more:,} more"]
    return "It says " + (f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0])


FACTS = {"rep": "our person", "job_title": "job title"}  # what a fact of a conversation is called otherwise
OWN_FACTS = frozenset({*NEWEST, "deal"})


def fact(name: str) -> str:
    """What a fact is called, a column of one's own by its header: "stage", "our person", "“Deal Size”"."""
    return FACTS.get(name, name) if name in OWN_FACTS else f"“{name}”"


def changed(told: Summary, named: bool) -> str:
    """ "Of what was in already, 3 conversations and 1 CRM record say something new: stage of 3, “Deal Size” of 1." """
    kinds = ((told.conversations, "conversation"), (told.records, "CRM record"))
    which, one = " and ".join(plural(n, noun) for n, noun in kinds if n), told.conversations + told.records == 1
    facts = [f"{fact(name)} of {n:,}" for name, n in told.facts] if named else []
    more = f", and {plural(len(facts) - MOST_FACTS, 'further column')}" if len(facts) > MOST_FACTS else ""
    what = f": {', '.join(facts[:MOST_FACTS])}{more}" if facts else ""
    return f"Of what was in already, {which} {'says' if one else 'say'} something new{what}."


def items(count: int) -> str:
    """What an upload brought, counted in what it is undone in."""
    return "1 conversation, mail or record" if count == 1 else f"{count:,} conversations, mails and records"


def held(others: Sequence[tuple[int, int]]) -> str:
    """Which other uploads (id, how many) brought something too: "upload 1 brought them", "uploads 1, 3 and 2 more
    brought them"."""
    ids = [str(other) for other, _ in others]
    if len(ids) > MOST_UPLOADS:
        ids = [*ids[: MOST_UPLOADS - 1], f"{len(ids) - MOST_UPLOADS + 1} more"]
    listed = f"{', '.join(ids[:-1])} and {ids[-1]}" if len(ids) > 1 else "".join(ids)
    them = "it" if sum(n for _, n in others) == 1 else "them"
    return f"upload{'s' if len(ids) > 1 else ''} {listed} brought {them}"


def size(count: int) -> str:
    """Bytes as people name them: "812 bytes", "7.1 kB", "12 MB"."""
    if count < 1000:
        return plural(count, "byte")
    power = 1 if count < 999_500 else 2 if count < 999_500_000 else 3
    value, unit = count / 1000**power, ("kB", "MB", "GB")[power - 1]
    return f"{value:.{int(value < 9.95)}f}\u00a0{unit}"


def around(text: str, forms: Iterable[str], *, most: int = 180) -> str:
    """The part of a text around the first of these words, with dots where it was cut."""
    lowered = text.lower()
    at = min((place for form in forms if (place := lowered.find(form.lower())) >= 0), default=0)
    start = max(0, at - most // 3)
    start = text.find(" ", start, at) + 1 if start and " " in text[start:at] else start
    part = text[start : start + most]
    return f"{'…' if start else ''}{' '.join(part.split())}{'…' if start + most < len(text) else ''}"


def tells(around: str) -> bool:
    """Whether what stands around a quote says anything: no dash of a list, no full stop, no letter alone."""
    return sum(map(str.isalnum, around)) > 1


def a(noun: str) -> str:
    """ "an objection", "a question"."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def moment(value: str | None) -> str:
    """An ISO time in UTC to the minute, and that it is UTC: pages show it on the reader's clock where they can."""
    return f"{day(value)}, {value[11:16]} UTC" if value and len(value) >= 16 else day(value or "")


def period(part: Period, step: str) -> str:
    """A period's short name on an axis."""
    if step == "week":
        return f"{part.start.day} {part.start:%b}"
    return f"{part.start:%b} {part.start.year}" if step == "month" else part.label


def beginning(days: int) -> str:
    """How much of a period is compared with one that is not over: "the first day", "the first 12 days"."""
    return "the first day" if days == 1 else f"the first {days} days"


def windows(report: TrendReport) -> str:
    """Which windows the verdicts compare, as a sentence without its full stop."""
    days = (report.current.end - report.current.start + timedelta(days=1)).days
    if report.windows == "quarter":
        if report.current.complete:
            return f"{report.current.label} compared with {report.previous.label}"
        like = (
            f"{beginning(days)} of {report.current.label}, after which there are no conversations, compared with as many "
            f"of {report.previous.label}"
        )
        return like[0].upper() + like[1:]
    return f"{span(report.current)} compared with the {_days(days)} before ({span(report.previous)})"


def counted(report: TrendReport) -> str:
    """How many the shares of both windows are of: "171 conversations now, 159 before"; "" where no theme tells."""
    now, before = _denominators(report)
    return f"{plural(now, report.unit)} now, {number(before)} before" if now or before else ""


def compared(count: int, *, before: int, undated: int) -> str:
    """How many themes are compared, where that is not how many are counted: `before` are heard in none of what matches,
    only before it, and `undated` in no conversation with a day. "" where they are the same."""
    parts = [
        f"{before:,} of them heard only before what matches" if before else "",
        f"{undated:,} more in no conversation with a day" if undated else "",
    ]
    told = ", ".join(filter(None, parts))
    return f"Compared {'is' if count == 1 else 'are'} {plural(count, 'theme')}, {told}." if told else ""


def outside(report: TrendReport) -> str:
    """Which conversations stand in neither window and why, as a sentence; "" where all do, or another unit is
    counted."""
    now, before = _denominators(report)
    if report.windows == "rolling" and (since := report.filters.since):
        first, start = day(date.fromisoformat(since)), report.current.start.isoformat()
        if since > start:
            return f"What is compared reaches back before {first}, because its length was chosen too."
        if since < start:
            return (
                f"Not all from {first} on is compared: as many days must lie before it, or another length was chosen."
            )
    older = report.conversations - now - before
    if report.unit != "conversation" or not now or older < 1:
        return ""
    which = "outside both windows" if report.windows == "quarter" else f"from before {day(report.previous.start)}"
    if older == 1:
        return f"1 of them is {which}: it is in the charts, and in no share."
    return f"{number(older)} of them are {which}: they are in the charts, and in no share."


def _denominators(report: TrendReport) -> tuple[int, int]:
    trend = next((row.trend for row in report.rows if not row.split), None)
    return (trend.current.denominator, trend.previous.denominator) if trend else (0, 0)


def _days(count: int) -> str:
    return "day" if count == 1 else f"{count} days"


def clock(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


def link(path: str, params: Mapping[str, object] | None = None, /, **changes: object) -> str:
    """An address with what is set of `params`, `changes` taking their place; None or "" takes a parameter away, a list
    repeats it."""
    merged = {**(params or {}), **changes}
    pairs = [(name, one) for name, value in merged.items() for one in (value if isinstance(value, list) else [value])]
    query = urlencode([(name, value) for name, value in pairs if value not in (None, "")], quote_via=quote)
    return f"{path}?{query}" if query else path


def nothing(field_name: str) -> str:
    """The head of what has no value of a field: not known of the conversation, or nothing of the kind found in it."""
    return "None of them" if field_name in ("competitor", "tracker", "ours") else "Not known"


def cell_link(
    report: TrendReport, theme_id: int | None, by: str, value: str, trackers: Mapping[str, str], *, timed: bool = False,
    period: Period | None = None,
) -> str:  # fmt: skip
    """The address of the quotes that a cell counts, or, with no theme, of all in its column; "" where no filter names
    them: the value is not known, or a tracker's hits, which are no quotes. They are of the current window, or of
    `period`."""
    if report.kind == "tracker":
        return ""
    within, name = period or report.current, filter_of(by, value)
    if timed:
        within, name = next(period for period in report.periods if period.label == value), ""
    elif by and not name:
        return ""
    own = {name: trackers.get(value, value) if by == "tracker" else value} if name else {}
    of = {"theme": theme_id} if theme_id is not None else {"kind": report.kind}
    return link("/quotes", report.filters.active, **{**of, "since": within.start, "until": within.end, **own})


def filter_of(by: str, value: str) -> str:
    """The filter that narrows to a value of what a report is split by; "" where none does: the value is not known, or an
    own field is called like a filter that means something else."""
    return "" if not value or (by in FIELDS and by not in LINKED) else {"competitor": "beside"}.get(by, by)


def row_link(report: TrendReport, row: Row, period: Period | None = None) -> str:
    """The address of the quotes that a row's figure counts in the current window, or in `period`; "" as for a cell."""
    return cell_link(report, row.theme_id, report.by if row.split else "", row.split, {}, period=period)


# How a report's themes are sorted: as its page has them unasked, or as somebody chose.
ORDERS = {"": "What changed first", "frequent": "Most frequent", "rising": "Grew most", "falling": "Fell most"}


def ordered(order: str) -> str:
    """What a list by change is sorted by, and what may be chance in it; "" for the other orders."""
    if order not in ("rising", "falling"):
        return ""
    first, sure = ("rise", "Rising or New") if order == "rising" else ("fall", "Falling or Gone")
    return f"By the change in points, the largest {first} first. Only what is marked {sure} changed for sure; the rest may be chance."


USAGES = {
    "internal": "Internal only", "anonymised": "Without names", "approved": "Approved with names",
}  # fmt: skip


NO_VENDOR = "No other vendor: spreadsheets, in-house, doing nothing"


def voice(item: object) -> str:
    """Whose words a quote or a sentence is: "Said by the buyer", "Reported by the rep", "Said by the rep"."""
    role, stored = getattr(item, "role", ""), getattr(item, "voice", "")
    return "Said by the rep" if role == "seller" and stored != "reported" else VOICES.get(stored, stored)


def leaving(db: Database, quote: Quote, *, original: bool) -> str:
    """Who said a quote that leaves Parley: where originals may not be shown so coarsely that it fits two customers or
    more."""
    if original:
        return source(quote)
    return f"{unnamed(db, quote)} ({quote.channel}, {day(quote.day)})"


def source(item: object) -> str:
    """Who said a quote and where, for the line beneath it: "VP Sales, Acme Ltd (call, 3 Nov 2026)"."""
    get = lambda name: getattr(item, name)  # noqa: E731
    who = get("job_title") or (human(get("persona")) if get("persona") not in ("", "unknown") else "") or "Buyer"
    said = {"verbatim": "", "reported": ", as reported by the rep"}.get(get("voice"), "")
    return f"{', '.join(filter(None, (who, get('account'))))}{said} ({get('channel')}, {day(get('day'))})"
