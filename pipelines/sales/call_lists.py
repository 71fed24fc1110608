"""The list that a rep rings from: a row for each open deal in which something is open, with whom it is and what they
said.

What one would get wrong: this is no table of signals (`pipelines.sales.signals`). Whoever said no to being written to
or rung is named in no row, and an account that said so as a whole has none.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

from insights.signals import Signal, account_id, deal_id
from pipelines.catalogue import by_domain
from pipelines.sales.account_lists import deal_name, refusals
from pipelines.sales.standing import as_they_stand
from pipelines.store import account_ids, insights, signal_rows
from pipelines.store.account_ids import crm_id
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote

LATE = 180  # days of silence after which a deal stands behind those in which a call is due
MOST_EVIDENCE = 3  # of each signal, among which the quote is looked for


@dataclass(frozen=True, slots=True)
class Call:
    """An open deal. Owner, contact, title and stage are those told last, "" where none was; `deal` is "" where an
    account's conversations are one deal, `domain` the account's mail domain, "" where it is not known. `consent` is
    "yes", "no" (the contact is left out) or "" where nothing is said. `quote` is the newest of what is open, the
    buyer's own words before a note; `conversation` the newest one."""

    account_id: str
    account: str
    deal_id: str
    deal: str
    owner: str
    contact: str
    job_title: str
    stage: str
    last: str
    consent: str
    open: tuple[Signal, ...]
    quote: Quote | None
    conversation: str
    crm_account_id: str
    domain: str


@dataclass(frozen=True, slots=True)
class CallList:
    """Those with most open first, then those heard last, those silent for longer than LATE behind all others; `refused`
    accounts said no as a whole and are left out, as are `unnamed` deals whose conversations name no account."""

    calls: tuple[Call, ...]
    refused: int
    as_of: str
    filters: Filters
    unnamed: int


def call_list(
    db: Database, filters: Filters, *, today: date, fits: Callable[[Signal], bool] = lambda _: True
) -> CallList:
    """The open deals that match and have a signal that `fits`, with all that is open in them."""
    found = as_they_stand(db, filters, today=today)
    mine: dict[str, list[Signal]] = defaultdict(list)
    unnamed = {one.deal for one in found.open if not one.account_name and fits(one)}
    for one in found.open:
        if one.account_name:
            mine[one.deal].append(one)
    chosen = {deal: signals for deal, signals in mine.items() if any(map(fits, signals))}
    quotes = insights.several(
        db, [i for signals in chosen.values() for one in signals for i in one.evidence[:MOST_EVIDENCE]]
    )
    tellings: dict[str, list[dict]] = defaultdict(list)
    meetings = [talk.id for talk in found.talks if talk.deal in chosen]
    for row in signal_rows.people(db, Filters(), meetings=meetings):
        tellings[row["deal"]].append(row)
    (people, accounts), known, domains = refusals(db), account_ids.every(db), by_domain.of_accounts(db)
    called = signal_rows.deal_names(db, meetings)
    calls, refused = [], set()
    for deal, signals in chosen.items():
        account, told = signals[0].account, tellings[deal]
        if accounts.get(account):
            refused.add(account)
            continue
        no = {one["contact"] for one in told if people.get((account, one["contact"].casefold()))}
        who = _last([one for one in told if one["contact"] not in no], "contact")
        agreed = bool(who) and (
            people.get((account, who["contact"].casefold())) is False or accounts.get(account) is False
        )
        calls.append(
            Call(
                account_id(account), signals[0].account_name, deal_id(deal), deal_name(deal, account, called),
                _last(told, "rep").get("rep", ""),
                who.get("contact", ""), who.get("job_title", ""), _last(told, "stage").get("stage", ""),
                max((one["day"] for one in told), default=""), "yes" if agreed else "no" if no and not who else "",
                tuple(signals), _quote([quotes[i] for one in signals for i in one.evidence[:MOST_EVIDENCE] if i in quotes]),
                told[-1]["id"] if told else "", crm_id(known, account), domains.get(account, ""),
            )
        )  # fmt: skip
    calls.sort(key=lambda one: one.account.casefold())
    calls.sort(key=lambda one: (not _late(one), len(one.open), one.last), reverse=True)
    return CallList(tuple(calls), len(refused), found.as_of, filters, len(unnamed - mine.keys()))


def _late(call: Call) -> bool:
    return any(one.type == "silence" and (one.days or 0) > LATE for one in call.open)


def _last(told: list[dict], name: str) -> dict:
    """The newest telling in which something stands; {} where none does."""
    return next((one for one in reversed(told) if one[name]), {})


def _quote(quotes: list[Quote]) -> Quote | None:
    """What a call can take up: what was asked or objected before a rival's name, their own words before a note, the
    newest."""
    return max(quotes, key=lambda q: (q.kind != "competitor", q.voice != "reported", q.day, q.id), default=None)
