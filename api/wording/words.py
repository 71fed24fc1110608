"""Values as people read them: numbers, dates, labels, verdicts, addresses. Pages and exports say the same words.

Templates have one `words`, so what its neighbours say of reports, uploads and places is to be had here too.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sqlite_utils import Database

from api.wording.glossary import GLOSSARY as GLOSSARY
from api.wording.glossary import TRENDS as TRENDS
from api.wording.navigation import CATALOGUE as CATALOGUE
from api.wording.navigation import NAVIGATION as NAVIGATION
from api.wording.navigation import REPORTS as REPORTS
from api.wording.navigation import SHARES_FILTERS as SHARES_FILTERS
from api.wording.navigation import UNFILTERED as UNFILTERED
from api.wording.navigation import kept as kept
from api.wording.navigation import link as link
from api.wording.navigation import own_path as own_path
from api.wording.report_words import ORDERS as ORDERS
from api.wording.report_words import beginning as beginning
from api.wording.report_words import compared as compared
from api.wording.report_words import counted as counted
from api.wording.report_words import ordered as ordered
from api.wording.report_words import outside as outside
from api.wording.report_words import windows as windows
from api.wording.upload_words import changed as changed
from api.wording.upload_words import fact as fact
from api.wording.upload_words import held as held
from api.wording.upload_words import items as items
from api.wording.upload_words import listed as listed
from api.wording.upload_words import rows as rows
from api.wording.upload_words import size as size
from api.wording.upload_words import values as values
from insights import wording
from insights.content.pages import is_web as is_web
from insights.deals import of_stage as of_stage
from insights.language.names import is_vendor as is_vendor
from insights.periods import Period
from insights.trends import Trend
from insights.wording import change as change
from insights.wording import day as day
from insights.wording import door as door
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
from pipelines.report import SUBJECTS, Row, Subject, TrendReport
from pipelines.store.filters import shown
from pipelines.store.insights import Quote
from pipelines.store.published import TODAYS as TODAYS

if TYPE_CHECKING:
    from pipelines.sales.answer_replies import Reply

PLURALS = {"objection": "objections", "question": "questions", "competitor": "competitors", "tracker": "trackers"}
# What the report on each kind is called: what is said of competitors and how deals with them end are two reports.
TITLES = {kind: plural.capitalize() for kind, plural in PLURALS.items()} | {"competitor": "Competitor mentions"}
KINDS: dict[str, Subject] = {PLURALS[kind]: kind for kind in SUBJECTS}
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
LINKED = frozenset({
    "label", "persona", "seniority", "stage", "outcome", "competitor", "relation", "voice", "rep", "account",
    "channel", "tracker",
})  # fmt: skip
LANGUAGES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "es": "Spanish", "et": "Estonian",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "nb": "Norwegian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sv": "Swedish", "tr": "Turkish",
    "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
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


def initials(name: str) -> str:
    """ "AL" for "Ada Lovelace": the first letters of the first word and the last."""
    parts = name.split()
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


def field(name: str) -> str:
    return FIELDS.get(name) or human(name)


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


def clock(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


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


def after_reply(reply: "Reply") -> tuple[str, ...]:
    """What is known of what came after a colleague's reply, in a few words each."""
    silent = (
        f"not heard again in the {plural(reply.days, 'day')} that followed"
        if reply.days
        else "nothing heard from them since"
    )
    return tuple(
        told
        for told, holds in (
            ("not known to have ended it", not reply.ended),
            (silent, reply.ended and not reply.looked_long),
            ("the deal was lost", reply.lost),
            ("as a note tells it", reply.reported),
        )
        if holds
    )
