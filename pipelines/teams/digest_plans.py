"""What a digest tells, when and to whom: cleaned, checked, and said in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from insights import schedules, wording
from insights.errors import InsightsError
from insights.schedules import Schedule
from pipelines.report import SUBJECTS, Subject
from pipelines.reports import groups
from pipelines.settings import Settings
from pipelines.store.filters import NAMES, Filters, shown
from pipelines.teams import letters, sending

MOST_ADDRESSES, LONGEST_TITLE, LONGEST_URL = 20, 120, 2000
MONDAY = Schedule("week", 0, 8, "UTC")
QUOTES = {
    "none": "Without quotes",
    "role": "With quotes, told by role and industry",
    "account": "With quotes and account names",
}
SIDES = {"": "Neither: changes alone", "marketing": "For marketing", "sales": "For sales"}
WINDOWS = {
    "": "Automatic", "30": "30 days with 30 before", "91": "91 days with 91 before", "quarter": "Calendar quarters",
    "182": "Half a year with the last", "365": "Year with year",
}  # fmt: skip
MOST_DAYS = 3660
FORMS = {"json": "Another program", "slack": "Slack", "teams": "Microsoft Teams"}


class BadDigest(InsightsError):
    """A digest that cannot be set up as it stands; `reasons` are (field of the plan, sentence)."""

    def __init__(self, reasons: Sequence[tuple[str, str]]):
        super().__init__(" ".join(sentence for _, sentence in reasons))
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a digest tells, when and to whom. `kinds` () means all; `filters` are those of every list, by name, with
    further columns of the uploads among them; `webhook` is an address or "". `proposals` tells what waits for a
    decision too: of all conversations, whatever the filters. `side` adds what the loop holds for one side: open
    comments, what was closed, what was asked for or published. `this` and `that` ("segment:enterprise") are two groups of
    which it tells what differs in place of what changed, `over` "all" in all conversations, not in the current window
    alone. `days` is how long the windows compared are, "" as long as fits, "quarter" for calendar quarters. `covered`: who set it up may not see names, so it is
    worked out as they see it."""

    title: str
    kinds: tuple[Subject, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    schedule: Schedule = MONDAY
    mails: tuple[str, ...] = ()
    webhook: str = ""
    form: Literal["json", "slack", "teams"] = "json"
    only_changes: bool = True
    quotes: Literal["none", "role", "account"] = "role"
    proposals: bool = False
    side: Literal["", "sales", "marketing"] = ""
    this: str = ""
    that: str = ""
    over: Literal["", "all"] = ""
    days: str = ""
    covered: bool = False


def cleaned(plan: Plan) -> Plan:
    """The plan without empty lines, doubled addresses and filters that are not set."""
    mails = tuple(dict.fromkeys(line.strip() for line in plan.mails if line.strip()))
    kinds = tuple(kind for kind in SUBJECTS if kind in plan.kinds)
    filters = {name: value for name, value in plan.filters.items() if value}
    values: dict[str, Any] = {f.name: getattr(plan, f.name) for f in fields(plan)}
    values |= {
        "title": " ".join(plan.title.split()), "mails": mails, "filters": filters, "webhook": plan.webhook.strip(),
        "kinds": () if len(kinds) == len(SUBJECTS) else kinds,
    }  # fmt: skip
    return Plan(**values)


def check(plan: Plan, *, sends: bool = True) -> None:
    """Raise BadDigest where something is missing or cannot be; what only sending needs is asked for where it
    `sends`."""
    reasons = [("schedule", one) for one in schedules.problems(plan.schedule)]
    if sends and not plan.title:
        reasons.append(("title", "Give the digest a title; it is the subject of the mail."))
    if len(plan.title) > LONGEST_TITLE:
        reasons.append(("title", f"The title has {len(plan.title):,} characters; {LONGEST_TITLE} is the most."))
    if sends and not plan.mails and not plan.webhook:
        reasons.append(("mails", "Say to whom it goes: mail addresses, a webhook, or both."))
    if len(plan.mails) > MOST_ADDRESSES:
        told = f"{len(plan.mails)} addresses are more than the {MOST_ADDRESSES} of one digest. Use a list's address."
        reasons.append(("mails", told))
    reasons += [
        ("mails", f"“{one[:80]}” is no mail address.") for one in plan.mails if not letters.MAIL_ADDRESS.fullmatch(one)
    ]
    if plan.webhook:
        try:
            if len(plan.webhook) > LONGEST_URL:
                raise sending.Refused("The webhook's address is too long.", again=False)
            sending.checked(plan.webhook)
        except sending.Refused as error:
            reasons.append(("webhook", str(error)))
    if plan.form not in FORMS or plan.quotes not in QUOTES or plan.side not in SIDES:
        told = f"Forms are {', '.join(FORMS)}; quotes are {', '.join(QUOTES)}; sides are sales and marketing."
        reasons.append(("", told))
    if plan.days not in ("", "quarter") and not (plan.days.isdecimal() and 1 <= int(plan.days) <= MOST_DAYS):
        reasons.append(("", f"Compare 1 to {MOST_DAYS:,} days, or calendar quarters."))
    if plan.this or plan.that:
        (by, _, one), (other_by, _, other) = plan.this.partition(":"), plan.that.partition(":")
        if not (one and other) or by != other_by or one == other or not groups.comparable(by):
            reasons.append(("", "Choose two groups of one field to compare, as a report has them side by side."))
    if reasons:
        raise BadDigest(reasons)


def masked(url: str) -> str:
    """A webhook's address without what makes it secret: the path is the password of chat services."""
    if not url:
        return ""
    parts = sending.checked(url)
    return f"{parts.scheme}://{parts.netloc}/…" if parts.path not in ("", "/") or parts.query else url


def filters_of(plan: Plan) -> Filters:
    """The shared filters that a plan sets."""
    known = set(NAMES)
    own = {name: value for name, value in plan.filters.items() if name not in known}
    return Filters(**{n: v for n, v in plan.filters.items() if n in known}, fields=own)


def about(plan: Plan, newest: str, old: str) -> str:
    """What was looked at, in a line, up to which day, and how old that is: a digest is read on the day on which it
    comes."""
    kinds = ", ".join(f"{wording.human(kind).lower()}s" for kind in plan.kinds or SUBJECTS)
    kept = "; ".join(
        f"{wording.human(name)}: {wording.value(name, shown(value))}" for name, value in plan.filters.items()
    )
    whose = f"{SIDES[plan.side]}: " if plan.side else ""
    sides = f"{compared(plan)}: " if plan.this else ""
    if plan.days:
        kept = "; ".join(filter(None, [kept, WINDOWS.get(plan.days, f"{plan.days} days with as many before")]))
    return f"{whose}{sides}{kinds.capitalize()}{f' ({kept})' if kept else ''}, as of {wording.day(newest)}.{f' {old}' if old else ''}"


def compared(plan: Plan) -> str:
    """The two groups in words: "Enterprise against Mid-market, in all conversations"."""
    (by, _, one), (_, _, other) = plan.this.partition(":"), plan.that.partition(":")
    scope = "in all conversations" if plan.over == "all" else "in the current window"
    return f"{wording.value(by, shown(one))} against {wording.value(by, shown(other))}, {scope}"


def unsent(plan: Plan, settings: Settings) -> str:
    """What stands in the way of its mails; "" where nothing does."""
    if not plan.mails or (settings.smtp_url.get_secret_value() and settings.mail_from):
        return ""
    also = " The channel or program gets it all the same." if plan.webhook else ""
    return f"Nothing can be sent by mail: no mail server is set on this server.{also}"
