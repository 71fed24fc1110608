"""What several uploads say of one conversation, as one: on each fact the newest word counts, and silence takes nothing
away. The words themselves are the same in all of them, or it would be another conversation."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from insights import deals
from insights.formats.facts import FACTS
from insights.formats.tables.crm import names_account
from insights.once import accounts
from insights.records import Conversation, CrmRecord, Participant

NEWEST = ("title", *FACTS)


def merged(versions: Sequence[Conversation]) -> Conversation:
    """One conversation from its versions, the oldest first. Its file and row are where it was first read."""
    first = versions[0]
    fields: dict[str, str] = {}
    for version in versions:
        fields |= {name: value for name, value in version.fields.items() if value}
    people: dict[str, Participant] = {}
    for version in versions:
        for person in version.participants:
            people.setdefault(person.address or person.name, person)
    newest: dict[str, Any] = {name: value for v in versions for name in NEWEST if (value := getattr(v, name))}
    # Which account it is in the CRM is a fact too; of deals and people a conversation may have several.
    account = next((mine for v in reversed(versions) if (mine := set(filter(names_account, v.keys)))), set())
    keys = tuple(sorted(account | {key for v in versions for key in v.keys if not names_account(key)}))
    origins = tuple(sorted({key for version in versions for key in version.origins}))
    return replace(first, **newest, fields=fields, participants=tuple(people.values()), keys=keys, origins=origins)


def joined(conversation: Conversation, records: Sequence[CrmRecord]) -> Conversation:
    """The conversation with what CRM records add: they fill facts and fields that its own source left empty.

    `records` are those it is joined to, the most telling first. Of contacts only the one it is with says something: what
    a colleague who was there agreed to, and is called, is not theirs.
    """
    with_ = conversation.contact or next((name for r in records if r.kind == "contact" and (name := _called(r))), "")
    facts: dict[str, str] = {"contact": with_} if with_ else {}
    fields: dict[str, str] = {}
    for record in records:
        if record.kind == "contact" and with_ and _is_somebody_else(_called(record), with_):
            continue
        told = dict(record.facts)
        # Where the conversation has a stage, the deal's is not taken over.
        if record.kind == "deal" and "stage" not in facts:
            told["outcome"] = told.get("outcome") or deals.of_stage(told.get("stage", ""))
        facts |= {name: value for name, value in told.items() if value and name not in facts}
        own = {f"{record.kind} {name}": value for name, value in record.fields.items() if value}
        fields = own | fields
    given: dict[str, Any] = {name: facts[name] for name in FACTS if name in facts and not getattr(conversation, name)}
    return replace(conversation, **given, fields={**fields, **conversation.fields})


def _called(record: CrmRecord) -> str:
    return record.facts.get("contact", "")


def _is_somebody_else(one: str, other: str) -> bool:
    """Whether two names have nothing in common; "Liz Smith" may be Elizabeth Smith."""
    first, second = (set(accounts.untitled(name).split()) for name in (one, other))
    return bool(first and second) and "@" not in one + other and first.isdisjoint(second)


def keys_of(conversation: Conversation) -> tuple[str, ...]:
    """What a CRM record may know this conversation by, beside its account: its own keys and its people's addresses."""
    addresses = [f"email:{person.address}" for person in conversation.participants if person.address]
    return tuple(dict.fromkeys([*conversation.keys, *addresses]))


def folded(key: str) -> str:
    """A key with an account's name in the one spelling of all: exports write "Acme, Inc." where a note says "Acme"."""
    kind, _, name = key.partition(":")
    own = accounts.account(name) if kind == "account" and not name.startswith("id:") else ""
    return f"account:{own}" if own else key


@dataclass(frozen=True, slots=True)
class Known:
    """CRM records by what they are known by (see `folded`), each as the newest upload has it. Of an account's contacts
    there may be thousands: they are in `called`, by the account's key and each word of their names."""

    records: Mapping[str, Sequence[CrmRecord]]
    called: Mapping[tuple[str, str], Sequence[CrmRecord]]


def known(records: Iterable[CrmRecord]) -> Known:
    """Records, the newest first, to be matched with many conversations."""
    found: dict[str, list[CrmRecord]] = {}
    for record in records:
        for key in dict.fromkeys(map(folded, record.keys)):
            found.setdefault(key, []).append(record)
    called: dict[tuple[str, str], list[CrmRecord]] = {}
    for key, mine in found.items():
        newest = _newest(mine)
        contacts = [one for one in newest if one.kind == "contact"] if key.startswith("account:") else []
        for one in contacts:
            for word in set(_name_of(one).split()):
                called.setdefault((key, word), []).append(one)
        found[key] = [one for one in newest if one.kind != "contact"] if contacts else newest
    return Known(found, called)


def matching(keys: Sequence[str], known: Known, people: Collection[str] = ()) -> tuple[CrmRecord, ...]:
    """The records that belong to a conversation of these keys. `people` are who may be the contact.

    An id or an address joins whatever kind of record it names; a deal's name the account's deal of that name, else the
    only one there is. An account's name joins the account, a deal only when the account has no other (which of two deals
    a call was about nothing tells), and a contact only when it is the only one there who is called like one of the
    people. Contacts who are called like them come first.
    """
    who = {accounts.untitled(name) for name in people if accounts.person(name)}
    at = {f"account:{key.removeprefix('id:').removeprefix('account:')}" for key in keys if _is_account(key)}
    chosen: dict[tuple[str, str], CrmRecord] = {}
    for key in keys:
        records = known.records.get(key, ())
        if key.startswith("name:"):
            records = _only_deal(records, at)
        if key.startswith("account:"):
            deals = [record for record in records if record.kind == "deal"]
            met = _met(known, key, who)
            records = [r for r in records if r.kind == "account" or (r.kind == "deal" and len(deals) == 1)]
            if any(record.kind == "deal" for record in chosen.values()):
                records = [record for record in records if record.kind != "deal"]
            if len(met) == 1 and not any(r.kind == "contact" and _is_one_of(r, who) for r in chosen.values()):
                records += met
        for record in records:
            chosen.setdefault((record.kind, identity(record)), record)
    order = {"deal": 0, "contact": 1, "account": 2}
    return tuple(sorted(chosen.values(), key=lambda r: (order[r.kind], not _is_one_of(r, who), identity(r))))


def _met(known: Known, key: str, who: Collection[str]) -> list[CrmRecord]:
    """The contacts of an account who are called like somebody."""
    words = {word for name in who for word in name.split()}
    found = {identity(one): one for word in words for one in known.called.get((key, word), ())}
    return [one for one in found.values() if _is_one_of(one, who)]


def _is_account(key: str) -> bool:
    return key.startswith("account:") or names_account(key)


def _only_deal(records: Sequence[CrmRecord], at: set[str]) -> list[CrmRecord]:
    """The deal that is meant by its name: other accounts have a "Renewal", too, and a contact may be called so."""
    deals = [record for record in records if record.kind == "deal"]
    own = [record for record in deals if not at.isdisjoint(map(folded, record.keys))]
    return found if len(found := own or deals) == 1 else []


def _name_of(record: CrmRecord) -> str:
    return accounts.untitled(_called(record))


def _is_one_of(record: CrmRecord, who: Collection[str]) -> bool:
    return any(accounts.same_person(_name_of(record), one) for one in who)


def identity(record: CrmRecord) -> str:
    """What makes two exports of a record the same record: its id, else its address, else all that it is known by."""
    for kind in ("id:", "email:"):
        if own := next((key for key in record.keys if key.startswith(kind)), ""):
            return own
    return " ".join(record.keys)


def _newest(records: Sequence[CrmRecord]) -> list[CrmRecord]:
    """Each record once, as the newest upload has it."""
    found: dict[tuple[str, str], CrmRecord] = {}
    for record in records:
        found.setdefault((record.kind, identity(record)), record)
    return list(found.values())
