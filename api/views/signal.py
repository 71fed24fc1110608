"""What the pages, the interface and the terminal show of accounts and their signals."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlite_utils import Database

from api.documents import signals as made
from api.errors import NotFound
from api.exports.document import Document
from api.gate import rep_gate
from api.views.bars import Bar, bar
from insights.signals import DEFINITIONS, Signal
from pipelines.sales import account_lists
from pipelines.sales import signals as found_signals
from pipelines.sales.account_lists import AccountRow, Campaign, OneAccount
from pipelines.sales.signals import Signals
from pipelines.store import signal_rows, themes
from pipelines.store.account_ids import KnownAs
from pipelines.store.filters import Filters
from pipelines.store.signal_rows import Event
from pipelines.store.themes import Theme
from pipelines.teams.digest_plans import masked

ACCOUNTS_A_PAGE = 50
# What a list can be narrowed to: the types, each before its states.
TYPES = {"question": "Any open question", "objection": "Any open objection", "competitor": "Any rival in play"}
CHOICES = (
    *(
        choice
        for type, name in TYPES.items()
        for choice in (
            (type, name),
            *((f"{type}:{state}", title) for (of, state), (title, _) in DEFINITIONS.items() if of == type),
        )
    ),
    ("silence", "Silence"),
)


@dataclass(frozen=True, slots=True)
class AccountsView:
    """A page of the accounts that match; `found` of them in all. `words` and `signal` are what was searched for;
    `signals` how many such signals are open in them; `unnamed` conversations name no account, and `unnamed_open`
    signals that are open in them are not here. `own` says that who asks is a rep, `mine` that only theirs are shown."""

    bar: Bar
    rows: tuple[AccountRow, ...]
    found: int
    with_open: int
    words: str
    signal: str
    place: int
    more: bool
    as_of: str
    unnamed: int
    unnamed_open: int
    signals: int
    own: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class HookLine:
    """An address that changes are posted to; `url` without what is secret of it."""

    id: int
    url: str
    secret: str
    status: str
    waiting: int
    told: str
    created_at: str
    actor: str


@dataclass(frozen=True, slots=True)
class SignalsView:
    """What the signals mean, how many are open, in how many `accounts` by "type:state", how many of them in
    conversations that name no account (`unnamed`), what each goes with."""

    bar: Bar
    report: Signals
    document: Document
    accounts: Mapping[str, int]
    unnamed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AddressesView:
    """Where changes are posted, with what each is signed with; and the addresses that were removed."""

    hooks: tuple[HookLine, ...]
    removed: tuple[HookLine, ...]
    newest: int
    problem: str


@dataclass(frozen=True, slots=True)
class RaisedView:
    theme: Theme
    bar: Bar
    campaign: Campaign
    document: Document


@dataclass(frozen=True, slots=True)
class SignalItem:
    """A signal as programs read it: no words of customers, but the ids of quotes and the path of the newest one.
    `crm_account_id` is the CRM's own id of the account, "" where none is known."""

    id: str
    type: str
    state: str
    title: str
    subject: str
    name: str
    account: str
    account_id: str
    deal_id: str
    crm_account_id: str
    since: str
    last: str
    heard: int
    open: bool
    ended: str
    ended_on: str
    days: int | None
    usual: int | None
    noted: bool
    evidence: list[str]
    path: str

    @classmethod
    def of(cls, signal: Signal, known: Mapping[str, KnownAs]) -> "SignalItem":
        return cls(id=signal.id, path=made.path(signal), **found_signals.content(signal, known))


@dataclass(frozen=True, slots=True)
class SignalPage:
    """A part of the table. `next` is the value of `after` for the part that follows, null at the end; `since` the
    cursor with which to ask the change feed for what happens from here on."""

    items: list[SignalItem]
    next: str | None
    since: int


@dataclass(frozen=True, slots=True)
class Feed:
    """What changed after a cursor, the oldest first. `next` is the cursor to ask with the next time; `more` says that
    there is more already."""

    items: list[Event]
    next: int
    more: bool


def accounts(
    db: Database,
    filters: Filters,
    today: date,
    *,
    words: str = "",
    signal: str = "",
    mine: bool = False,
    place: int = 0,
) -> AccountsView:
    type, _, state = signal.partition(":")
    own = rep_gate.own_as_told(db)
    mine = mine and bool(own)
    found, rows = account_lists.listed(
        db, filters, today=today, name=words, type=type, state=state, of=own if mine else ()
    )
    begin = place * ACCOUNTS_A_PAGE
    shown = tuple(_as_seen(db, row) for row in rows[begin : begin + ACCOUNTS_A_PAGE])
    fitting = sum(one.type == type and state in ("", one.state) for row in rows for one in row.open) if type else 0
    return AccountsView(
        bar(db, filters), shown, len(rows), sum(bool(row.open) for row in rows), words, signal, place,
        len(rows) > begin + ACCOUNTS_A_PAGE,
        found.as_of, sum(not talk.name for talk in found.talks), sum(not one.account_name for one in found.open),
        fitting, bool(own), mine,
    )  # fmt: skip


def account(db: Database, id: str, today: date) -> OneAccount:
    """Raises NotFound."""
    found = account_lists.account(db, id, today=today)
    if found is None:
        raise NotFound("account", id)
    return replace(found, row=_as_seen(db, found.row))


def _as_seen(db: Database, row: AccountRow) -> AccountRow:
    """A row with the owners that who asks is told."""
    return replace(row, owners=tuple(one for one in row.owners if rep_gate.names_owner(db, one)))


def signals(db: Database, filters: Filters, today: date) -> SignalsView:
    report = found_signals.signals(db, filters, today=today)
    sorts = [(f"{one.type}:{one.state}", one) for one in report.open]
    named = {(sort, one.account) for sort, one in sorts if one.account_name}
    return SignalsView(
        bar(db, filters), report, made.document(report, filters), Counter(sort for sort, _ in named),
        Counter(sort for sort, one in sorts if not one.account_name),
    )  # fmt: skip


def addresses(db: Database, *, problem: str = "") -> AddressesView:
    newest = signal_rows.newest(db)
    lines = tuple(
        HookLine(one.id, masked(one.url), one.secret, one.status, newest - one.position, one.told, one.created_at, one.actor)
        for one in signal_rows.hooks(db, "active", "paused", "removed")
    )  # fmt: skip
    removed = tuple(one for one in lines if one.status == "removed")
    return AddressesView(tuple(one for one in lines if one.status != "removed"), removed, newest, problem)


def raised(db: Database, filters: Filters, theme_id: int, today: date, *, base: str = "") -> RaisedView:
    """Raises NotFound."""
    theme = themes.get(db, theme_id)
    if theme is None:
        raise NotFound("theme", theme_id)
    campaign = account_lists.raised(db, filters, theme_id, today=today)
    return RaisedView(theme, bar(db, filters), campaign, made.campaign(campaign, theme, today.isoformat(), base=base))


def table(
    db: Database,
    filters: Filters,
    today: date,
    chosen: made.Chosen,
    *,
    closed: bool = False,
    after: str = "",
    limit: int = 50,
) -> SignalPage:
    """A part of the signals, those heard last first."""
    since = signal_rows.newest(db)
    found = found_signals.signals(db, filters, today=today)
    kept = [one for one in found.signals if (closed or one.is_open) and chosen.fits(one)]
    kept.sort(key=lambda one: (one.last, one.id), reverse=True)
    if after:
        day, _, id = after.partition("~")
        kept = [one for one in kept if (one.last, one.id) < (day, id)]
    items = [SignalItem.of(one, found.known) for one in kept[:limit]]
    following = f"{items[-1].last}~{items[-1].id}" if len(kept) > limit else None
    return SignalPage(items, following, since)


def feed(db: Database, *, since: int, limit: int) -> Feed:
    found = signal_rows.events(db, after=since, limit=limit + 1)
    return Feed(found[:limit], found[:limit][-1].id if found else since, len(found) > limit)
