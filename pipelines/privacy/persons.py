"""Whom an address, a name at a company, or a telephone number means in what is stored: every way that they are
written."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from insights import covers, forgetting, people, wording
from insights.covers import FEWEST_DIGITS, Person
from insights.errors import InsightsError
from insights.formats.tables import columns, crm
from insights.once import accounts
from insights.privacy.vocabulary import fold
from pipelines.privacy import namesakes
from pipelines.privacy.namesakes import ONE_PERSON, Bearers
from pipelines.store import persons as store
from pipelines.store.persons import Named

_LONGEST_NAME = 60  # letters
MOST_NAMED = 8


class Unclear(InsightsError):
    """A name that more than one company's people bear, or that nobody bears."""


class Unknown(Unclear):
    """A name that nobody bears, there or anywhere."""


class Namesakes(Unclear):
    """A name that people of several `companies` bear; `borne` is False where it only stands in what was said there."""

    def __init__(self, name: str, companies: Sequence[str], *, borne: bool = True):
        self.companies = tuple(companies)
        listed = ", ".join(companies[:MOST_NAMED]) + (" and others" if len(companies) > MOST_NAMED else "")
        what = f"People called {name} are known" if borne else f"{name} stands in what was said"
        super().__init__(f"{what} at {len(companies)} companies: {listed}. Say which: give the company too.")


class PartOfName(Unclear):
    """A first or last name alone: `people` are those who bear it, as (whole name, company), "" for none."""

    def __init__(self, name: str, bearers: Sequence[tuple[str, str]], heard: int):
        self.people = tuple(bearers)
        listed = "; ".join(", ".join(filter(None, one)) for one in bearers[:MOST_NAMED])
        more = " and others" if len(bearers) > MOST_NAMED else ""
        told = f" The word stands in what was said in {wording.plural(heard, 'conversation')}." if heard else ""
        super().__init__(f"{name} is part of these names: {listed}{more}.{told} Say who is meant: give the whole name.")


class Twins(Unclear):
    """A name that more than one person at a company may bear: `bearers` are they, by address or job title."""

    def __init__(self, found: Bearers):
        self.bearers = found
        listed = "; ".join(", ".join(filter(None, (one.address, one.title))) for one in found.each[:MOST_NAMED])
        super().__init__(
            f"More than one person there may bear this name: {listed}. Say which of these are the one that is meant "
            f"({ONE_PERSON}: all of them)."
        )


@dataclass(frozen=True, slots=True)
class Written:
    """How somebody is written where they are stored: `companies` as most conversations have them."""

    names: tuple[str, ...]
    addresses: tuple[str, ...]
    companies: tuple[str, ...]
    phones: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a person asks to forget, as they typed it. `which` are the addresses and job titles of the one that is meant
    among people of one name at one company, ONE_PERSON where all of it is one person."""

    given: str
    account: str = ""
    which: tuple[str, ...] = ()


def find(db: Database, asked: Asked) -> Person:
    """The person with every address, spelling and number that is known. Raises Unclear; Twins where addresses or job
    titles say that more than one may bear the name at their company, and it is not said which is meant.

    An address that nobody is known by is a person all the same: it may be named in what others said.
    """
    who = _find(db, asked)
    if ONE_PERSON in asked.which:
        return who
    found = namesakes.bearers(db, who)
    wanted = {one.strip().casefold() for one in asked.which}
    called = frozenset().union(*(one.called for one in found.each))
    if len(found.each) < 2:
        # Whoever was chosen may be gone already: the one who is left was not meant.
        if wanted - called - {asked.given.strip().casefold()}:
            raise Unknown(
                "Whoever was chosen is not known here any more; somebody else bears the name. Start again with the name alone."
            )
        return who
    chosen = [one for one in found.each if one.called & wanted]
    if not chosen or wanted - called:
        raise Twins(found)
    if len(chosen) == len(found.each):
        return who
    return namesakes.only(db, who, found, chosen)


def _find(db: Database, asked: Asked) -> Person:
    given = " ".join(asked.given.split())
    if address := people.address_in(given):
        who = _complete(db, Person(addresses=frozenset({address})))
        who = who if who.names else _complete(db, replace(who, names=_by_address(db, address)))
        return _named_beside(db, who, address)
    digits = "".join(re.findall(r"\d", given))
    if len(digits) >= FEWEST_DIGITS and not re.search(r"[^\W\d_]", given):
        return _complete(db, _by_phone(db, digits))
    if not accounts.person(given) or people.is_generic(given):
        raise Unclear("Give a mail address, a whole name with its company, or a telephone number.")
    return _by_name(db, given, asked.account)


def written(db: Database, who: Person) -> Written:
    """Who is meant, as they are written, for whoever asks to make sure of it."""
    companies = sorted(store.companies(db, who.accounts).values(), key=str.casefold)
    return Written(tuple(sorted(who.names)), tuple(sorted(who.addresses)), tuple(companies), len(who.phones))


def _by_address(db: Database, address: str) -> frozenset[str]:
    """The name that an address is made of, where somebody bears it at the company of its domain: nothing has to say
    that "dana.ortiz@arlo.example" is Dana Ortiz of Arlo Foods."""
    own = accounts.person(" ".join(people.name_words(address)))
    if " " not in own:
        return frozenset()
    everybody = _everybody(db)
    return frozenset(
        one.name for one in everybody if accounts.person(one.name) == own and is_at(one.account_key, {address})
    )


def _by_phone(db: Database, digits: str) -> Person:
    bearers = {row for row in store.with_number(db, digits[-9:]) if row[0]}
    names, where = frozenset(name for name, _ in bearers), frozenset(key for _, key in bearers if key)
    if len({accounts.person(name) for name in names}) > 1:
        raise Unclear("That number is known for more than one person. Give an address, or a name with its company.")
    return Person(names=names, accounts=where, phones=frozenset({digits}))


def _by_name(db: Database, name: str, account: str) -> Person:
    wanted, company = accounts.untitled(name), accounts.account(account)
    bearers = [one for one in _everybody(db) if accounts.untitled(one.name) == wanted]
    where = sorted({one.account_key for one in bearers})
    if company and company in where:
        where = [company]
    elif company or not bearers:
        if len(people.name_words(name)) == 1:
            raise _by_part(db, name, company)
        return _told_of(db, name, account)
    elif len(companies := [one for one in where if one]) > 1:
        raise Namesakes(name, sorted(store.companies(db, companies).values(), key=str.casefold))
    spelt = {one.name for one in bearers if one.account_key in where}
    return _complete(db, Person(names=frozenset(spelt), accounts=frozenset(filter(None, where))))


def _by_part(db: Database, name: str, company: str) -> Unclear:
    """Who bears a first or last name, and in how many conversations it stands, at one company where it is given."""
    part = accounts.person(name)
    bearers = {
        (accounts.person(one.name), one.account_key): " ".join(one.name.split())
        for one in _everybody(db)
        if _is_name(one.name) and part in accounts.person(one.name).split() and company in ("", one.account_key)
    }
    said, heard = fold(name), set()
    word = re.compile(rf"(?<!\w){re.escape(said)}(?!\w)")
    for id_, key, text in store.told(db):
        if company in ("", key) and said in (plain := fold(text)) and word.search(plain):
            heard.add(id_)
    if bearers:
        written = store.companies(db, {key for _, key in bearers} - {""})
        listed = {(spelt, written.get(key, "")) for (_, key), spelt in bearers.items()}
        return PartOfName(name, sorted(listed, key=lambda one: (one[0].casefold(), one[1])), len(heard))
    there = " there" if company else ""
    if heard:
        return Unknown(
            f"Nobody is known whose whole name holds {name}{there}; the word stands in what was said{there} in "
            f"{wording.plural(len(heard), 'conversation')}. A first name alone may mean anybody: give a whole name or a mail address."
        )
    return Unknown(
        f"Nobody called {name} is known{there}, and the name does not stand in what was said{there}. "
        "Give a whole name, or a mail address to cover what others said of them."
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """A text in which a whole name stands: at which company, how it is spelt there, and the addresses beside it that
    are made of it."""

    account_key: str
    spelt: frozenset[str]
    addresses: frozenset[str]


def _telling(db: Database, name: str) -> list[_Told]:
    """Every text of a conversation in which a whole name stands."""
    words, key = people.name_words(name), accounts.person(name)
    found = []
    for _, account, text in store.told(db) if len(words) > 1 else ():
        if forms := covers.spellings(text, words):
            plain = {" ".join(form.split()) for form in forms if not re.search(r"[._,-]", form)}
            own = {one for one in people.addresses_in(text) if accounts.person(people.spelt(one)) == key}
            spelt = frozenset(one for one in plain if accounts.person(one) == key)
            found.append(_Told(account, spelt, frozenset(own)))
    return found


def _told_of(db: Database, name: str, account: str) -> Person:
    """Somebody who takes part in nothing, by a name that stands in what was said: at the company that is given, or at
    the only one."""
    told, company = _telling(db, name), accounts.account(account)
    where = {one.account_key for one in told} - {""}
    if company and company not in where:
        raise Unknown(
            f"Nobody called {name} is known at {account}, and the name does not stand in what was said there. "
            "Look how the company is written on their page."
        )
    if not told:
        raise Unknown(
            f"Nobody called {name} is known, and the name does not stand in what was said. "
            "Give a mail address to cover what others said of them."
        )
    if not company and len(where) > 1:
        raise Namesakes(name, sorted(store.companies(db, where).values(), key=str.casefold), borne=False)
    return _of_told(db, Person(), name, told, frozenset({company} if company else where))


def _named_beside(db: Database, who: Person, address: str) -> Person:
    """The person of an address, with the name that it is made of where that stands beside it in what was said."""
    name = people.spelt(address)
    if not name or accounts.person(name) in who.keys:
        return who
    told = _telling(db, name)
    beside = frozenset(one.account_key for one in told if address in one.addresses)
    return _of_told(db, who, name, told, beside - {""}) if beside else who


def _of_told(db: Database, who: Person, name: str, told: Sequence[_Told], where: frozenset[str]) -> Person:
    """The person with a name that is told of at these companies. It is theirs there alone where other companies tell of
    it."""
    here = [one for one in told if one.account_key in (where or {""})]
    names = frozenset(spelt for one in here for spelt in one.spelt) or {" ".join(people.name_words(name)).title()}
    addresses = frozenset(address for one in here for address in one.addresses)
    whole = _complete(
        db, replace(who, names=who.names | names, addresses=who.addresses | addresses, accounts=who.accounts | where)
    )
    others = {one.account_key for one in told} - whole.accounts - {""}
    return replace(whole, shared=whole.shared | {accounts.person(name)}) if others else whole


def _complete(db: Database, who: Person) -> Person:
    """Everything that leads from what is known to more of the same person, until nothing is added."""
    everybody = _everybody(db)
    for _ in range(4):
        more = _wider(db, who, everybody)
        if more == who:
            break
        who = more
    return replace(who, shared=_shared(who, everybody))


def _wider(db: Database, who: Person, everybody: Sequence[Named]) -> Person:
    names, addresses, phones, where = set(who.names), set(who.addresses), set(who.phones), set(who.accounts)
    bearers = [one for one in everybody if _is_whole(one.name, who)]
    only = {one.account_key for one in bearers if one.account_key}
    written = {one.address for one in bearers if one.address}
    for one in everybody:
        theirs = bool(one.address) and one.address in who.addresses
        if not theirs and _is_whole(one.name, who):
            # A company is theirs, or its name is that of their address, or nobody else is called so.
            if one.account_key:
                theirs = one.account_key in where or is_at(one.account_key, addresses) or (not where and len(only) == 1)
            elif one.address:  # an address without a company
                theirs = any(is_at(key, {one.address}) for key in where) or (len(written) == 1 and len(only) <= 1)
        if theirs:
            if one.name and "@" not in one.name and not people.is_generic(one.name):
                names.add(one.name)
            addresses |= {one.address} - {""}
            where |= {one.account_key} - {""}
    for record in store.records_of(db, addresses, where):
        contact = record.facts.get("contact", "")
        theirs = any(f"email:{address}" in record.keys for address in addresses)
        if record.kind == "contact" and (theirs or _is_whole(contact, who)):
            names |= {contact} - {""}
            addresses |= {key.removeprefix("email:") for key in record.keys if key.startswith("email:")}
            where |= {accounts.account(record.facts.get("account", ""))} - {""}
            phones |= forgetting.phones_in(record.fields)
    for fields in store.fields_of_contact(db, names, where):
        phones |= forgetting.phones_in(fields)
    return Person(frozenset(addresses), frozenset(names), frozenset(phones), frozenset(where))


def _everybody(db: Database) -> list[Named]:
    """Everybody who takes part anywhere, and whom rows that could not be read name."""
    return [*store.everybody(db), *(one for record in store.unread(db) for one in _named_in(record))]


def _named_in(record: dict[str, str]) -> Iterator[Named]:
    """Whom a row that could not be read is about. Its cells may stand one column off: then a name counts only where the
    address beside it is made of it."""
    cells: dict[str, str] = {}
    for header, cell in record.items():
        if (role := columns.known(header)) and cell.strip():
            cells.setdefault(role[0], cell.strip())
    company = accounts.account(cells.get("account", ""))
    whole = " ".join(filter(None, (cells.get("first_name"), cells.get("last_name"))))
    off = any(re.fullmatch(r"column \d+", header) for header in record)
    for name, address in ((whole or cells.get("contact", ""), "address"), (cells.get("from_name", ""), "from_address")):
        said, beside = crm.person(name)
        at = beside or next(iter(crm.addresses(cells.get(address, ""))), "")
        own = accounts.person(" ".join(people.name_words(at)))
        if not _is_name(said) or (off and not accounts.same_person(accounts.person(said), own)):
            said = ""
        if said or at:
            yield Named(said, at, company)


def _is_name(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and len(people.name_words(text)) > 1 and not people.is_generic(text)


def is_at(account_key: str, addresses: Collection[str]) -> bool:
    """Whether one of the addresses is of a company's domain, by its name: "dana@arlo.example" is at "arlo foods"."""
    words, whole = account_key.split(), account_key.replace(" ", "")
    for address in addresses:
        domain = people.domain_of(address)
        label = domain.partition(".")[0].replace("-", "")
        if not people.is_free_mail(domain) and len(label) > 3 and (label in words or whole.startswith(label)):
            return True
    return False


def _is_whole(name: str, who: Person) -> bool:
    key = accounts.untitled(name) if name else ""
    return " " in key and key in who.keys


def _shared(who: Person, everybody: Sequence[Named]) -> frozenset[str]:
    """Names that somebody else bears too, at another company and under no address of this person."""
    others: Iterator[str] = (
        accounts.untitled(one.name)
        for one in everybody
        if one.account_key not in who.accounts and one.address not in who.addresses and (one.account_key or one.address)
    )
    return frozenset(who.keys & set(others))


def marks_of(who: Person, mark: Callable[..., str]) -> set[str]:
    """What the person is known by without being named; `mark` makes a keyed hash of a kind and words."""
    found = {mark("email", address) for address in who.addresses} | {mark("phone", one[-9:]) for one in who.phones}
    if who.only is not None:  # the name stands for somebody else at their company too
        return found
    found |= {mark("name", key, where) for key in who.keys for where in who.accounts}
    return found | {mark("borne" if key in who.shared else "alone", key) for key in who.keys if " " in key}


def marks_asked(asked: Asked, mark: Callable[..., str]) -> set[str]:
    """What somebody who was forgotten may be known by, of what is asked alone: it is looked up and needs nothing
    stored."""
    given = " ".join(asked.given.split())
    if address := people.address_in(given):
        return {mark("email", address)}
    digits = "".join(re.findall(r"\d", given))
    if len(digits) >= FEWEST_DIGITS:
        return {mark("phone", digits[-9:])}
    key, company = accounts.person(given), accounts.account(asked.account)
    at = {mark("name", key, company)} if company else set()
    return at | {mark("alone", key), mark("borne", key)} if key else set()


def as_json(who: Person) -> str:
    """For tests and for looking at: never stored."""
    return json.dumps(
        {name: sorted(getattr(who, name)) for name in ("addresses", "names", "phones", "accounts", "shared")}
    )
