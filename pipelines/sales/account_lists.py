"""Lists of accounts: what is open in each, one account in full, and who raised a theme and may be written to."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlite_utils import Database

from insights import consent
from insights.deals import Closed
from insights.once import accounts as accounts_of
from insights.signals import Signal, Talk, account_id, deal_id, longest_pause, usual_pause
from pipelines.reviews.not_one import DeniedQuote, denied_quotes
from pipelines.sales.standing import Standing, as_they_stand
from pipelines.store import account_ids, competition_rows, crm, insights, signal_rows
from pipelines.store.account_ids import NOT_KNOWN, KnownAs, crm_id
from pipelines.store.conversations import field_key
from pipelines.store.filters import Filters, joined
from pipelines.store.insights import Quote
from pipelines.store.remembered import per_state

MOST_EVIDENCE = 3
LAST_WORDS, NEWEST_LOOKED = 3, 40


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account with what is open in it: days of its first and newest conversation ("" when unknown), and how many of
    its deals are open, won and lost. `owners` are the reps told last of its deals, those of open deals before the
    others. `crm_account_id` is "" where the CRM's id is not known."""

    id: str
    name: str
    first: str
    last: str
    conversations: int
    deals: int
    won: int
    lost: int
    open: tuple[Signal, ...]
    owners: tuple[str, ...] = ()
    crm_account_id: str = ""

    @property
    def open_deals(self) -> int:
        return self.deals - self.won - self.lost


@dataclass(frozen=True, slots=True)
class Told:
    """A signal with its newest quotes."""

    signal: Signal
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class DealPart:
    """One deal of an account: what is open and what ended. `name` is "" where an account's conversations are one
    deal."""

    id: str
    name: str
    outcome: Closed
    first: str
    last: str
    conversations: int
    open: tuple[Told, ...]
    ended: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class OneAccount:
    """`usual` is its usual pause in days, None while it has none; `limit` the days after which it is silent. `talks`
    are its conversations as they were told, the newest first; `left_out` quotes in them that people said are none.
    `newest` are quotes of the newest conversation that has any, `found_as` the kinds of each by its id; `quotes` there
    are in all, from `quoted` conversations. `names` is the account as a filter takes it, however it is written; `crm`
    what the CRM knows it by."""

    row: AccountRow
    deals: tuple[DealPart, ...]
    usual: int | None
    limit: int
    as_of: str
    talks: tuple[dict, ...]
    people: tuple[tuple[str, str], ...]
    left_out: tuple[DeniedQuote, ...]
    newest: tuple[Quote, ...]
    quotes: int
    quoted: int
    names: str
    found_as: Mapping[str, tuple[str, ...]]
    crm: KnownAs


@dataclass(frozen=True, slots=True)
class Person:
    """A contact of an account that raised a theme ("" where none is named). `consent` is "yes" or "" (nothing is said);
    `crm_account_id` "" where the CRM's id is not known."""

    account_id: str
    account: str
    contact: str
    job_title: str
    persona: str
    stage: str
    outcome: Closed
    conversations: int
    first: str
    last: str
    consent: str
    conversation: str
    crm_account_id: str = ""


@dataclass(frozen=True, slots=True)
class Campaign:
    """Who raised a theme. `refused` said no and are left out, `unnamed` conversations name no account; `columns` are
    the uploads' columns that speak of consent, () where there is none."""

    people: tuple[Person, ...]
    accounts: int
    refused: int
    refused_accounts: int
    unnamed: int
    columns: tuple[str, ...]
    filters: Filters

    @property
    def unknown(self) -> int:
        return sum(not one.consent for one in self.people)


def rows(
    found: Standing, closed: Mapping[str, Closed], reps: Mapping[str, str], known: Mapping[str, KnownAs]
) -> list[AccountRow]:
    """Every account with a name; those with most open come first, then those heard last. `reps` are those of meetings,
    `known` what the CRM knows accounts by."""
    talks: dict[str, list] = defaultdict(list)
    for talk in found.talks:
        if talk.name:
            talks[talk.account].append(talk)
    mine: dict[str, list[Signal]] = defaultdict(list)
    for one in found.open:
        mine[one.account].append(one)
    made = []
    for key, heard in talks.items():
        days = [talk.day for talk in heard if talk.day]
        deals = {talk.deal for talk in heard}
        ends = [closed.get(deal, "") for deal in deals]
        made.append(
            AccountRow(
                account_id(key), heard[-1].name, min(days, default=""), max(days, default=""), len(heard), len(deals),
                ends.count("won"), ends.count("lost"), tuple(mine[key]), _owners(heard, closed, reps),
                crm_id(known, key),
            )
        )  # fmt: skip
    made.sort(key=lambda row: row.name.casefold())
    made.sort(key=lambda row: row.last, reverse=True)
    return sorted(made, key=lambda row: (not row.open_deals, -len(row.open)))


def _owners(heard: Sequence[Talk], closed: Mapping[str, Closed], reps: Mapping[str, str]) -> tuple[str, ...]:
    of = {talk.deal: reps[talk.id] for talk in sorted(heard, key=lambda talk: (talk.day, talk.id)) if talk.id in reps}
    return tuple(dict.fromkeys(of[deal] for deal in sorted(of, key=lambda deal: bool(closed.get(deal)))))


@per_state
def _reps(db: Database) -> Mapping[str, str]:
    return signal_rows.owners(db)


def listed(
    db: Database, filters: Filters, *, today: date, name: str = "", type: str = "", state: str = "",
    of: Collection[str] = (),
) -> tuple[Standing, list[AccountRow]]:  # fmt: skip
    """The accounts that match, `name` in their name, with an open signal of a type and state where these are given, and
    with one `of` some reps (in small letters) among their owners."""
    found = as_they_stand(db, filters, today=today)
    wanted = name.casefold().strip()

    def fits(row: AccountRow) -> bool:
        if wanted and wanted not in row.name.casefold():
            return False
        if of and not any(owner.casefold() in of for owner in row.owners):
            return False
        return not type or any(one.type == type and state in ("", one.state) for one in row.open)

    return found, [row for row in _all(db, filters, today=today) if fits(row)]


@per_state
def _all(db: Database, filters: Filters, *, today: date) -> Sequence[AccountRow]:
    found = as_they_stand(db, filters, today=today)
    return rows(found, competition_rows.over(db), _reps(db), account_ids.every(db))


def account(db: Database, id: str, *, today: date) -> OneAccount | None:
    """One account, whatever the filters; None where there is none of this id."""
    found = as_they_stand(db, Filters(), today=today)
    keys = {key for key in {talk.account for talk in found.talks} if account_id(key) == id}
    heard = [talk for talk in found.talks if talk.account in keys]
    if not heard:
        return None
    closed, known = competition_rows.over(db), account_ids.every(db)
    key = heard[0].account
    own = [one for one in found.signals if one.account == key]
    quoted = insights.several(db, [i for one in own for i in one.evidence[:MOST_EVIDENCE]])
    deals: dict[str, list] = defaultdict(list)
    for talk in heard:
        deals[talk.deal].append(talk)
    called = signal_rows.deal_names(db, [talk.id for talk in heard])
    parts = []
    for deal, talks in deals.items():
        days = [talk.day for talk in talks if talk.day]
        told = [Told(one, tuple(quoted[i] for i in one.evidence[:MOST_EVIDENCE] if i in quoted)) for one in own if one.deal == deal]  # fmt: skip
        parts.append(
            DealPart(
                deal_id(deal), deal_name(deal, key, called), closed.get(deal, ""), min(days, default=""),
                max(days, default=""), len(talks),
                tuple(one for one in told if one.signal.is_open), tuple(one for one in told if not one.signal.is_open),
            )
        )  # fmt: skip
    parts.sort(key=lambda part: part.last, reverse=True)
    parts.sort(key=lambda part: bool(part.outcome))
    row = next(iter(rows(replace(found, talks=tuple(heard), signals=tuple(own)), closed, _reps(db), known)), None)
    if row is None:
        return None
    usual = usual_pause([talk.day for talk in heard])
    tellings = signal_rows.people(db, Filters(), meetings=[talk.id for talk in heard])
    people = dict.fromkeys((one["contact"], one["job_title"]) for one in tellings if one["contact"])
    names = joined(sorted({one["name"] for one in tellings if one["name"]}))
    counts = insights.count(db, Filters(account=names))
    newest, found_as = _newest(db, names)
    return OneAccount(
        row, tuple(parts), usual, longest_pause(usual, found.quiet_days), found.as_of, tuple(reversed(tellings)),
        tuple(people),
        denied_quotes(db, [one["id"] for one in tellings]), newest, counts["insights"], counts["conversations"], names,
        found_as,
        known.get(key, NOT_KNOWN),
    )  # fmt: skip


def _newest(db: Database, names: str) -> tuple[tuple[Quote, ...], dict[str, tuple[str, ...]]]:
    """What was said last: of the newest conversation with quotes, the buyers' own words before what was noted, in their
    order. What was found as two things ("Kestrel quoted 20 % less": an objection, a competitor) stands once; the kinds
    of each, by its id, beside them."""
    found = insights.quotes(db, Filters(account=names), limit=NEWEST_LOOKED)
    last = [one for one in found if one.conversation_id == found[0].conversation_id]
    last.sort(
        key=lambda one: (
            one.voice == "reported",
            one.role == "seller",
            one.kind == "competitor",
            one.position,
            one.start,
        )
    )
    kept: dict[str, Quote] = {}
    kinds: dict[str, list[str]] = {}
    for one in last:
        whole = next((other.id for other in kept.values() if _within(one, other)), one.id)
        kept.setdefault(whole, one)
        if one.kind not in kinds.setdefault(whole, []):
            kinds[whole].append(one.kind)
    shown = tuple(kept.values())[:LAST_WORDS]
    return shown, {one.id: tuple(kinds[one.id]) for one in shown}


def _within(one: Quote, other: Quote) -> bool:
    """Whether one of two quotes of an utterance shows nothing that the other does not: a competitor's shows its
    sentence."""
    if one.utterance_id != other.utterance_id:
        return False
    first, second = (each.said.strip() for each in (one, other))
    return first in second or second in first


def deal_name(deal: str, account: str, called: Mapping[str, str]) -> str:
    """What a deal is called, as it was written, else by its key; "" where the account's conversations are one deal."""
    if deal == account:
        return ""
    if deal in called:
        return called[deal]
    kind, _, rest = deal.partition(":")
    return rest.rpartition("|")[2].strip() if kind == "name" else rest.rpartition(":")[2]


def raised(db: Database, filters: Filters, theme: int, *, today: date) -> Campaign:
    """Who raised a theme, one row an account and contact. Who said no by a column of an upload is left out and counted:
    what was said last counts. Whoever was forgotten is in no conversation, and so in no list."""
    filters = replace(filters, theme="", kind="")
    columns = _columns(db)
    people, accounts = refusals(db)
    closed, known = competition_rows.over(db), account_ids.every(db)
    found = [one for one in signal_rows.people(db, filters, theme=theme) if one["day"] <= today.isoformat()]
    groups: dict[tuple[str, str], list[dict]] = defaultdict(list)
    for one in found:
        if one["name"]:
            groups[one["account"], one["contact"]].append(one)
    kept, refused, gone = [], 0, set()
    for (key, contact), told in groups.items():
        # An account's own no speaks for everybody in it; a contact's for themselves.
        if accounts.get(key) or people.get((key, contact.casefold())):
            refused += 1
            gone.add(key)
            continue
        newest = told[-1]
        days = [one["day"] for one in told if one["day"]]
        agreed = people.get((key, contact.casefold())) is False or accounts.get(key) is False
        kept.append(
            Person(
                account_id(key), newest["name"], contact, newest["job_title"], newest["persona"], newest["stage"],
                closed.get(newest["deal"], ""), len({one["counted_as"] for one in told}), min(days, default=""),
                max(days, default=""),
                "yes" if agreed else "", newest["id"], crm_id(known, key),
            )
        )  # fmt: skip
    kept.sort(key=lambda one: (one.account.casefold(), one.contact.casefold()))
    there = {one.account_id for one in kept}
    left = sum(account_id(key) not in there for key in gone)
    unnamed = len({one["counted_as"] for one in found if not one["name"]})
    return Campaign(tuple(kept), len(there), refused, left, unnamed, _once(db, columns), filters)


def _columns(db: Database) -> tuple[str, ...]:
    """The columns on consent: of conversations, and of the CRM's contacts and accounts."""
    every = {*signal_rows.field_names(db), *(row["name"] for row in _of_records(db))}
    return tuple(sorted(filter(consent.is_about_consent, every)))


def _once(db: Database, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns as their files head them: what a record hands on to its conversations bears another name there."""
    handed = {field_key(f"{row['kind']} {row['name']}") for row in _of_records(db)}
    return tuple(one for one in columns if one not in handed)


def _of_records(db: Database) -> list[dict]:
    """What the CRM's contacts and accounts say of consent, also of those that are joined to no conversation by an id or an
    address: who said no is not to be written to, and their name at their company says that it is they."""
    about = [row for row in crm.fields_of_accounts(db) if consent.is_about_consent(row["name"])]
    named = [row for row in about if row["kind"] == "account" or row["contact"]]
    return [row | {"account": accounts_of.account(row["account"])} for row in named]


def refusals(db: Database) -> tuple[dict[tuple[str, str], bool], dict[str, bool]]:
    """Whether each contact (an account's key and their name in small letters), and each account as a whole, refuses by
    the uploads' columns on consent: by what was said last; of one day, a no counts."""
    columns = _columns(db)
    people: dict[tuple[str, str], tuple[str, bool]] = {}
    accounts: dict[str, tuple[str, bool]] = {}
    for row in (*signal_rows.fields(db, columns), *_of_records(db)) if columns else ():
        said = consent.refuses(row["name"], row["value"])
        if said is None:
            continue
        whole = consent.is_of_account(row["name"]) or not row["contact"]
        place: dict = accounts if whole else people
        key = row["account"] if whole else (row["account"], row["contact"].casefold())
        before = place.get(key)
        if before is None or row["day"] > before[0] or said:
            place[key] = (row["day"], said)
    return {key: no for key, (_, no) in people.items()}, {key: no for key, (_, no) in accounts.items()}
