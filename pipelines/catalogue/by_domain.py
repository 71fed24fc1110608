"""Accounts by mail domain or person: which company the conversations without an account are with, as the addresses and
the people in them suggest.

Suggested, never set unasked: a domain counts for an account when other conversations, the CRM's contacts, or
the website of the CRM's account have it there and nowhere else, or when an account is called like it; who speaks, when one account alone has them as its contact. Our own domains and those of mail providers tell nothing.
What one would get wrong: a conversation with people of two known companies is left alone, since nothing says which of
them buys.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlite_utils import Database

from insights import people
from insights.formats.tables.columns import normalise
from insights.once import accounts
from pipelines.privacy.persons import is_at
from pipelines.store import addresses, company
from pipelines.store.covered import is_covered
from pipelines.store.remembered import per_state
from pipelines.uploads import set_facts

Why = Literal["address", "contact", "website", "person", "name", ""]
WEBSITES = frozenset({"website", "website url", "company website", "domain", "company domain", "company domain name"})
SURE = 2  # conversations that have it at one account
BEGINNING = 4  # letters that a domain and an account called like it share at least: only those are compared


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The conversations without an account in which somebody writes from a domain, or somebody known speaks (`by`), and
    the account that it is (`account`, "" where nothing tells): by `known` conversations or contacts of it, or by its
    name."""

    by: str
    account: str
    why: Why
    known: int
    conversations: tuple[str, ...]

    @property
    def sure(self) -> bool:
        return bool(self.account) and (self.why in ("contact", "website") or self.known >= SURE)


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What domains suggest, those with most conversations first; how many conversations have private addresses only,
    and how many have people of two known companies."""

    told: tuple[Suggestion, ...]
    unknown: tuple[Suggestion, ...]
    private: int
    several: int

    @property
    def conversations(self) -> int:
        return sum(len(one.conversations) for one in self.told)


@dataclass(frozen=True, slots=True)
class _Account:
    name: str
    why: Why
    known: int


@per_state
def suggestions(db: Database) -> Suggestions:
    """What the domains of a database's conversations suggest."""
    own, waiting = company.load(db).domains, addresses.without_account(db)
    known, speaking = _known(db, waiting), _by_person(db)
    found: dict[tuple[str, _Account], list[str]] = defaultdict(list)
    private = several = 0
    for one in sorted(waiting.keys() | speaking.keys()):
        domains, person = waiting.get(one, ()), speaking.get(one)
        theirs = sorted(d for d in domains if not people.is_free_mail(d) and not people.is_own(f"x@{d}", own))
        at = {(domain, account) for domain in theirs if (account := _at(domain, known))}
        if person and all(
            account.why == "name" and accounts.account(account.name) == accounts.account(person[1].name)
            for _, account in at
        ):
            found[person].append(one)
        elif not theirs:
            private += 1
        elif len({accounts.account(account.name) for _, account in at}) > 1:
            several += 1
        elif at:
            found[min(at, key=lambda pair: (-pair[1].known, pair[0]))].append(one)
        else:
            found[theirs[0], _Account("", "", 0)].append(one)
    every = sorted(
        (Suggestion(domain, a.name, a.why, a.known, tuple(mine)) for (domain, a), mine in found.items()),
        key=lambda one: (-len(one.conversations), one.by),
    )
    return Suggestions(
        tuple(one for one in every if one.account), tuple(one for one in every if not one.account), private, several
    )


def apply(db: Database, chosen: Mapping[str, str], *, now: str, actor: str) -> int:
    """Give the conversations without an account the account that was `chosen` for their domain or person; returns the act's
    number, 0 where none is left. What has an account by now keeps it. Raises BadFact."""
    found = suggestions(db)
    given = {
        one: {"account": chosen[s.by]} for s in (*found.told, *found.unknown) if chosen.get(s.by, "").strip()
        for one in s.conversations
    }  # fmt: skip
    return set_facts.put_each(db, dict(list(given.items())[: set_facts.MOST_AT_ONCE]), now=now, actor=actor)


def among(found: Suggestions, ids: Collection[str]) -> int:
    """For how many of these conversations a domain or a person tells the account."""
    return sum(one in ids for suggestion in found.told for one in suggestion.conversations)


@per_state
def of_accounts(db: Database) -> Mapping[str, str]:
    """The mail domain of each account, by its key: the one that most of its conversations and contacts have and no
    other account. Our own and those of mail providers are none; nothing for who sees no names."""
    own, best = company.load(db).domains, dict[str, tuple[int, str]]()
    for domain, mine in () if is_covered(db) else _held(db).items():
        if len(mine) == 1 and not people.is_free_mail(domain) and not people.is_own(f"x@{domain}", own):
            key, known = next((key, -one.known) for key, one in mine.items())
            best[key] = min(best.get(key, (0, "")), (known, domain))
    return {key: domain for key, (_, domain) in best.items()}


def _held(db: Database) -> Mapping[str, Mapping[str, _Account]]:
    """Domain -> the accounts that have it, by their keys."""
    found: dict[str, dict[str, _Account]] = defaultdict(dict)
    for domain, name, key, n in addresses.of_accounts(db):
        found[domain][key] = _Account(name, "address", n)
    for address, name in addresses.of_contacts(db):
        domain, key = people.domain_of(address), accounts.account(name)
        if key and domain:
            before = found[domain].get(key, _Account(name, "contact", 0))
            found[domain][key] = _Account(before.name, before.why, before.known + 1)
    for field, website, name in addresses.of_websites(db):
        domain, key = _domain(website), accounts.account(name)
        if key and domain and normalise(field) in WEBSITES:
            known = found[domain].get(key)
            found[domain][key] = _Account(known.name if known else name, "website", known.known if known else 0)
    return found


def _domain(website: str) -> str:
    """The domain of a website, however it is written ("https://www.acme.example/de"), "" where it is none."""
    there = website.strip().casefold().partition("://")
    domain = (there[2] or there[0]).partition("/")[0].partition(":")[0].removeprefix("www.")
    return domain if "." in domain and " " not in domain else ""


def _known(db: Database, waiting: Mapping[str, Collection[str]]) -> dict[str, _Account | None]:
    """Domain -> the account that it is of, None where it is of several."""
    told = {domain: next(iter(mine.values())) if len(mine) == 1 else None for domain, mine in _held(db).items()}
    named, by_start = addresses.accounts(db), defaultdict[str, set[str]](set)
    for key in named:
        for word in (*key.split(), key.replace(" ", "")):
            by_start[word[:BEGINNING]].add(key)
    for domain in {domain for domains in waiting.values() for domain in domains} - told.keys():
        near = by_start.get(domain.partition(".")[0].replace("-", "")[:BEGINNING], ())
        alike = [named[key] for key in near if is_at(key, {f"x@{domain}"})]
        if alike:
            told[domain] = _Account(alike[0], "name", 0) if len(alike) == 1 else None
    return told


def _by_person(db: Database) -> dict[str, tuple[str, _Account]]:
    """The conversations without an account in which somebody takes part whom one account alone has as its contact, and
    nobody whom another has: each with their name and the account."""
    held: dict[tuple[str, ...], dict[str, _Account]] = defaultdict(dict)
    for name, account, key, n in addresses.of_named_contacts(db):
        if words := _full_name(name):
            before = held[words].get(key)
            held[words][key] = _Account(account, "person", n + (before.known if before else 0))
    found = {}
    for one, names in addresses.people_without_account(db).items():
        known = sorted(name for name in names if _full_name(name) in held)
        keys = {key for name in known for key in held[_full_name(name)]}
        if len(keys) == 1:
            found[one] = (known[0], held[_full_name(known[0])][keys.pop()])
    return found


def _full_name(name: str) -> tuple[str, ...]:
    """A person's name as it is compared: two words or more, without titles; () for less."""
    words = tuple(word for word in people.name_words(name) if word not in people.HONORIFICS)
    return words if len(words) > 1 else ()


def _at(domain: str, known: Mapping[str, _Account | None]) -> _Account | None:
    """The account of a domain or of what it is a part of: "eu.acme.example" is of acme.example."""
    while domain.count("."):
        if domain in known:
            return known[domain]
        domain = domain.partition(".")[2]
    return None
