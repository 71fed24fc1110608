"""The list that a rep rings from, as a Document: in words and with one link a row; the table for programs is
`signals`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlite_utils import Database

from api.documents.parts import filtered
from api.documents.signals import Chosen, about, crm_deal
from api.exports.document import Column, Document, Section, Table
from api.gate import rep_gate
from api.wording import words
from api.wording.quote_formats import one_paragraph
from insights.signals import DEFINITIONS, Signal, days_since
from pipelines.privacy import originals
from pipelines.sales.call_lists import LATE, Call, call_list
from pipelines.store.filters import Filters

CONSENT = {"yes": "yes", "no": "said no: not named", "": ""}
# Each sort of signal has a column of its own, what it is about parted by semicolons, as HubSpot and Salesforce take several values.
SORTS = tuple(title for (type, _), (title, _) in DEFINITIONS.items() if type != "silence")
COLUMNS = (
    Column("Account"), Column("Deal"), Column("Owner"), Column("Contact"), Column("Job title", detail=True),
    Column("Stage"), Column("Last heard", "day"),
    Column("What is open", wide=True), Column("They said", wide=True), Column("Consent"),
    Column("Outcome", detail=True),
    Column("Silent since", "day", detail=True), Column("Days silent today", "count", detail=True),
    *(Column(title, detail=True) for title in SORTS),
    Column("Account domain", detail=True), Column("CRM account id", detail=True), Column("CRM deal id", detail=True),
    Column("Quote in Parley", detail=True), Column("Account in Parley", detail=True),
)  # fmt: skip
METHOD = (
    f"A row is an open deal in which something is open; those with most open come first, then those heard last. Deals silent for more than {LATE} "
    "days come after all others. Owner, contact and stage are "
    "those told last. A deal is silent when nobody was heard in it for long before the newest conversation that is known; its days are counted to today.",
    "The quote is the newest of what is open: the buyer’s own words, a rep’s note of them only where there are none. Who said no "
    "by a column of an upload on consent is not named; where nothing is said of consent, nothing is known of it.",
    "Links open Parley: the quote in its conversation, and the account. Several of one sort of signal are parted by semicolons.",
)


@dataclass(frozen=True, slots=True)
class CallItem:
    """A row as programs read it. `open` says in words what is open, `path` where it stands in full; `owner` is "" where
    whoever asks is not told it. `sorts` says by the title of each sort of signal what it is about, `silent_since` from
    which day nobody was heard ("" where the deal is not silent) and `days_silent` for how long today. `said` are words
    as they may leave, `said_on` their day, `noted` that a rep wrote them. `account_path` is the account's page.
    `crm_account_id` and `crm_deal_id` are the CRM's own ids, `account_domain` the account's mail domain, "" where none
    is known."""

    account: str
    deal: str
    owner: str
    contact: str
    job_title: str
    stage: str
    last: str
    open: tuple[str, ...]
    said: str
    said_on: str
    noted: bool
    consent: str
    path: str
    crm_account_id: str
    crm_deal_id: str
    account_path: str
    account_domain: str
    sorts: Mapping[str, tuple[str, ...]]
    silent_since: str
    days_silent: int | None


@dataclass(frozen=True, slots=True)
class CallPage:
    """The rows; `refused` accounts said no to being written to or rung and are left out. `owners_hidden` rows have an
    owner that who asks is not told; `mine` says that only those of the rep who asks are here. `unnamed` deals with
    something open name no account and are left out."""

    items: tuple[CallItem, ...]
    refused: int
    as_of: str
    owners_hidden: int = 0
    mine: bool = False
    unnamed: int = 0


def calls(db: Database, filters: Filters, chosen: Chosen, *, today: date, mine: bool = False) -> CallPage:
    """The list as whoever asks may see it; `mine` is without effect for who is no rep."""
    found = call_list(db, filters, today=today, fits=chosen.fits)
    own = rep_gate.own_as_told(db) if mine else frozenset()
    kept = [one for one in found.calls if not own or one.owner.casefold() in own]
    untold = sum(bool(one.owner) and not rep_gate.names_owner(db, one.owner) for one in kept)
    return CallPage(
        tuple(_item(db, one, today) for one in kept), found.refused, found.as_of, untold, bool(own), found.unnamed
    )


def document(page: CallPage, filters: Filters, chosen: Chosen, *, base: str = "") -> Document:
    """`base` is this server's address, with which links lead somewhere."""
    rows = tuple(_row(one, base.rstrip("/")) for one in page.items)
    table = Table("calls", "Whom to call", COLUMNS, rows)
    return Document(
        title="Call list", stem=f"parley-calls-{page.as_of}", day=page.as_of,
        about=(("As of", words.day(page.as_of)), ("Deals", words.number(len(rows))), ("Filters", filtered(filters)), *((("Owner", "only mine"),) if page.mine else ()), *chosen.told),
        summary=tuple(sentences(page)), sections=(Section("Whom to call", table=table),), notes=METHOD, base=base,
    )  # fmt: skip


def sentences(page: CallPage) -> Iterator[str]:
    """How many there are, and who is left out."""
    accounts = len({one.account for one in page.items})
    if page.items:
        yield f"Something is open in {words.plural(len(page.items), 'open deal')} of {words.plural(accounts, 'account')}."
    else:
        yield "No open deal that matches has anything open."
    if page.owners_hidden:
        yield (
            f"The owner of {words.plural(page.owners_hidden, 'deal')} is not named: owners are shown to that rep and to whoever may see "
            "figures about single reps."
        )
    if page.unnamed:
        yield (
            f"{words.plural(page.unnamed, 'further deal')} with something open {'names' if page.unnamed == 1 else 'name'} no account and "
            f"{'stands' if page.unnamed == 1 else 'stand'} in the table of signals alone."
        )
    if page.refused:
        yield f"{words.plural(page.refused, 'account')} said no to being contacted and {'is' if page.refused == 1 else 'are'} left out."


def _item(db: Database, one: Call, today: date) -> CallItem:
    quote, account = one.quote, f"/accounts/{one.account_id}"
    path = f"/conversations/{quote.conversation_id}?quote={quote.id}#u-{quote.position}" if quote else account
    silent = next((signal.last for signal in one.open if signal.type == "silence"), "")
    sorts: dict[str, tuple[str, ...]] = {}
    for signal in one.open:
        if signal.type != "silence":
            sorts[signal.title] = (*sorts.get(signal.title, ()), about(signal) or signal.title)
    return CallItem(
        one.account, one.deal, one.owner if rep_gate.names_owner(db, one.owner) else "", one.contact, one.job_title,
        one.stage, one.last, tuple(_told(one.open)), one_paragraph(originals.words(db, quote)) if quote else "",
        quote.day if quote else "", bool(quote and quote.voice == "reported"), one.consent, path, one.crm_account_id,
        crm_deal(one.open[0].deal), account, one.domain, sorts, silent, days_since(silent, today) if silent else None,
    )  # fmt: skip


def _telling(signal: Signal) -> tuple[int, str]:
    """What a call is about first: what persists, what was asked, what was objected to, rivals; then silence, which
    needs no words."""
    sort = ("persists", "question", "objection", "competitor", "silence")
    return sort.index(signal.state if signal.state in sort else signal.type), signal.title


def _told(signals: Sequence[Signal]) -> Iterator[str]:
    """What is open, each sort once: "Objection without an answer: “Price”, “Budget”", "Silent since 14 Oct 2025"."""
    for title, group in groupby(sorted(signals, key=_telling), key=lambda one: one.title):
        several = list(group)
        if several[0].type == "silence":
            yield f"Silent since {words.day(several[0].last)}"
            continue
        named = ", ".join(f"“{about(one)}”" for one in several if one.name)
        yield f"{title}: {named}" if named else title


def _row(one: CallItem, base: str) -> tuple:
    said = f"“{one.said}” ({'noted by the rep, ' if one.noted else ''}{words.day(one.said_on)})" if one.said else ""
    return (
        one.account, one.deal, one.owner, one.contact, one.job_title, one.stage, one.last or None, "; ".join(one.open),
        said,
        CONSENT[one.consent], "open", one.silent_since or None, one.days_silent,
        *("; ".join(one.sorts.get(title, ())) for title in SORTS),
        one.account_domain, one.crm_account_id, one.crm_deal_id, f"{base}{one.path}", f"{base}{one.account_path}",
    )  # fmt: skip
