"""Two people of one name at one company: who they may be, told by address and job title, and what each of them is known
by.

What one would get wrong: a name and a company are not enough to erase anything. What nothing tells apart stays, and is
said.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from sqlite_utils import Database

from insights import covers, forgetting, people
from insights.covers import Person
from insights.once import accounts
from insights.records import CrmRecord
from pipelines.store import persons as store

ONE_PERSON = "*"  # chosen: all that bear the name there are one person
_SMALL = frozenset(("of", "the", "and", "for"))


@dataclass(frozen=True, slots=True)
class Bearer:
    """One who bears the name: by their `addresses` (more than one where a CRM contact has them together), or by `title`
    where none stands beside it. `key` chooses them, as each address does; `conversations` are those in which nobody
    else can be meant; `since` and `until` their days, "" without a date."""

    key: str
    addresses: frozenset[str]
    title: str
    conversations: frozenset[str]
    since: str
    until: str

    @property
    def address(self) -> str:
        """Their addresses in one line, "" for none."""
        return ", ".join(sorted(self.addresses))

    @property
    def called(self) -> frozenset[str]:
        """What chooses them, in small letters."""
        return self.addresses | {self.key.casefold()}


@dataclass(frozen=True, slots=True)
class Bearers:
    """All who bear a name at one company, and the conversations of which nothing says who is meant."""

    each: tuple[Bearer, ...]
    untold: frozenset[str]


@dataclass(slots=True)
class _Heap:
    titles: dict[str, str] = field(default_factory=dict)
    met: dict[str, str] = field(default_factory=dict)  # conversation -> day


def bearers(db: Database, who: Person) -> Bearers:
    """Who may be meant by a person's names at their companies; one where addresses and titles tell no two apart."""
    met = [one for one in store.meetings_at(db, who.accounts, who.addresses) if _bears(one.names, who)]
    contacts = [
        (_addresses(record), record.facts.get("job_title", ""))
        for record in store.records_of(db, who.addresses, who.accounts)
        if record.kind == "contact" and _is(record.facts.get("contact", ""), who)
    ]
    first = _first({addresses for addresses, _ in contacts})
    by_address: dict[str, _Heap] = {}
    later = []
    for one in met:
        own = {at for name, at in one.addressed if at and (_is(name, who) or at in who.addresses)}
        own = {first.get(address, address) for address in own | (one.known_by & who.addresses)}
        if len(own) == 1:
            heap = by_address.setdefault(own.pop(), _Heap())
            heap.met[one.id] = one.day
            if title := _title(one, who):
                heap.titles.setdefault(_folded(title), title)
        else:
            later.append((one, own))
            for address in own:
                by_address.setdefault(address, _Heap())
    for addresses, title in contacts:
        for address in addresses:
            heap = by_address.setdefault(first.get(address, address), _Heap())
            if title:
                heap.titles.setdefault(_folded(title), title)
    by_title: dict[str, _Heap] = {}
    for one, own in later:
        if not own and (title := _title(one, who)) and not any(_folded(title) in h.titles for h in by_address.values()):
            by_title.setdefault(_folded(title), _Heap({_folded(title): title}))
    if len(by_address) == 1 and len(by_title) == 1 and not next(iter(by_address.values())).titles:
        # One address and one title, never both together: nothing says that they are two.
        heap = next(iter(by_address.values()))
        heap.titles |= next(iter(by_title.values())).titles
        by_title = {}
    heaps = [*by_address.values(), *by_title.values()]
    untold = set()
    for one, own in later:
        theirs = [heap for heap in heaps if not own and _folded(_title(one, who)) in heap.titles]
        if len(theirs) == 1:
            theirs[0].met[one.id] = one.day
        else:
            untold.add(one.id)
    each = [_bearer("", frozenset(), heap) for heap in by_title.values()]
    for address, heap in by_address.items():
        each.append(_bearer(address, frozenset({address, *(one for one in first if first[one] == address)}), heap))
    return Bearers(tuple(sorted(each, key=lambda one: (not one.addresses, one.key))), frozenset(untold))


def _first(contacts: Collection[frozenset[str]]) -> dict[str, str]:
    """Of addresses that one contact has together, and no other contact any of them, the first: they are one
    person's."""
    alone = [one for one in contacts if not any(one & other for other in contacts if other != one)]
    return {address: min(one) for one in alone for address in one}


def _addresses(record: CrmRecord) -> frozenset[str]:
    return frozenset(key.removeprefix("email:") for key in record.keys if key.startswith("email:"))


def only(db: Database, who: Person, known: Bearers, chosen: Sequence[Bearer]) -> Person:
    """The person that is chosen among those who bear the name: their addresses, and the name where they alone are
    meant."""
    addresses = frozenset(address for one in chosen for address in one.addresses)
    meant = frozenset().union(*(one.conversations for one in chosen))
    rest = [one for one in known.each if one not in chosen]
    # An address without a title and a title without an address may be one person.
    addressed, titled = bool(addresses), any(one.title for one in chosen)
    vague = [one for one in rest if not (one.addresses and addressed) and not (one.title and titled)]
    phones = {one for record in store.records_of(db, addresses, ()) for one in forgetting.phones_in(record.fields)}
    phones |= {one for fields in store.fields_of(db, meant) for one in forgetting.phones_in(fields)}
    return replace(
        who, addresses=addresses, phones=frozenset(phones), accounts=frozenset(), shared=who.keys,
        others=frozenset(address for one in rest for address in one.addresses), only=meant,
        untold=known.untold.union(*(one.conversations for one in vague)),
    )  # fmt: skip


def _bearer(address: str, addresses: frozenset[str], heap: _Heap) -> Bearer:
    title = ", ".join(sorted(heap.titles.values()))
    days = sorted(day for day in heap.met.values() if day)
    return Bearer(
        address or title, addresses, title, frozenset(heap.met), days[0] if days else "", days[-1] if days else ""
    )


def _title(one: store.Meeting, who: Person) -> str:
    titles = {_folded(title): title for name, title in one.titled if title and _is(name, who)}
    return next(iter(titles.values())) if len(titles) == 1 else ""


def _bears(names: Iterable[str], who: Person) -> bool:
    return any(_is(name, who) for name in names)


def _is(name: str, who: Person) -> bool:
    return bool(name) and not people.address_in(name) and accounts.untitled(name) in who.keys


def _folded(title: str) -> str:
    """A title without case, marks and small words: "VP, Finance" and "vp of finance" are one."""
    return " ".join(sorted({*re.findall(r"\w+", covers.fold(title))} - _SMALL))
