"""What never comes in: conversations that a rule keeps out, and people who were forgotten. Looked at before it is
stored.

Who was forgotten is known by keyed hashes alone, so every address, name and number of an upload is hashed and looked
up; of what is kept out, only how much it was is noted. An address that is first seen beside a forgotten name is that
person's from then on. Where it may be somebody else of the same name, they are kept out all the same unless another
company is told: that is told in the upload and can be lifted, while words that came in cannot be called back.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sqlite_utils import Database

from insights import covers, forgetting, keeping, people
from insights.covers import Person
from insights.formats import Reading
from insights.formats.mail import Embedded, Mail
from insights.once import accounts
from insights.privacy.words import PARTICLES
from insights.records import Conversation, CrmRecord, Participant, Problem
from pipelines.privacy.persons import is_at
from pipelines.store import erasures
from pipelines.store import keeping as store
from pipelines.store import persons as persons_of
from pipelines.store.keeping import Kept
from pipelines.store.persons import Named

WHOLE = "the whole upload"  # what a notice is about that is about no single file
Item = Conversation | CrmRecord | Mail | Problem
# Addresses of systems and desks, which more than one person writes from.
_SHARED = re.compile(
    r"^(?:[\w.+-]*(?:no|not)[-_.]?reply|mailer-daemon|postmaster|bounces?|notif\w*|auto\w*|calendar\w*|invit\w*|drive-shares|dse|echosign"
    r"|info|sales|office|contact|hello|team|support|service|help|purchasing|procurement|accounts?|billing|orders?|admin|mail)\b[^@]*@",
    re.I,
)
_NUMBER = re.compile(r"\+?\d[\d\s().\-/]{5,22}\d")
_BETWEEN = re.compile(r"[\W\d_]+")
_NAME = re.compile(rf"[^\W\d_][\w\u0300-\u036f{people.INVISIBLE}'’-]*")
_SMALL = PARTICLES | {"y", "e", "i"}
_LONGEST_GAP = 6  # signs between two words of one name
_ENDS = re.compile(r"[.!?…:]\s")
_MOST_WORDS = 5  # of a name that is looked for


@dataclass(slots=True)
class Screen:
    """What is kept out now, and how much of an upload that was: rules by number, marks of people, utterances, items;
    `learnt` are the addresses that this upload showed beside a forgotten name, `passing` those that others use too,
    with that name and its mark: they are the person's only where the name stands beside them."""

    key: bytes
    marks: frozenset[str]
    rules: tuple[Kept, ...]
    by_rule: Counter[int] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)
    said: int = 0
    cut: int = 0
    known: dict[tuple[str, ...], str] = field(default_factory=dict)
    called: dict[tuple[str, str], str] = field(default_factory=dict)
    told: dict[int, Kept] = field(default_factory=dict)
    passing: dict[tuple[str, str], str] = field(default_factory=dict)
    learnt: set[str] = field(default_factory=set)
    everybody: Sequence[Named] | None = None
    companies: set[str] = field(default_factory=set)

    def mark_of(self, *parts: str) -> str:
        """The mark of these words where somebody is kept out by it, "" where not."""
        if parts not in self.known:
            mark = erasures.mark(self.key, *parts)
            self.known[parts] = mark if mark in self.marks else ""
        return self.known[parts]

    def is_marked(self, *parts: str) -> bool:
        if found := self.mark_of(*parts):
            self.seen.add(found)
        return bool(found)

    def learn(self, address: str) -> str:
        """Keep an address out from now on; returns its mark."""
        mark = erasures.mark(self.key, "email", address)
        self.marks |= {mark}
        self.known["email", address] = mark
        self.learnt.add(address)
        return mark


def screen_of(db: Database) -> Screen | None:
    """What is kept out now; None while there is nothing."""
    marks, rules = erasures.marks(db), tuple(store.every(db, "private"))
    told = {one.id: one for one in rules}
    return Screen(erasures.key(db) if marks else b"", marks, rules, told=told) if marks or rules else None


def renewed(screen: Screen | None, db: Database) -> Screen | None:
    """The screen as it is now: somebody may be forgotten, or a rule added, while an upload is read."""
    fresh = screen_of(db)
    if screen is None or fresh is None:
        return screen or fresh
    if (fresh.marks, fresh.rules) != (screen.marks, screen.rules):
        known = {one.id: one for one in (*screen.rules, *fresh.rules)}
        screen.key, screen.marks, screen.known, screen.called = fresh.key, fresh.marks, {}, {}
        screen.rules, screen.told = fresh.rules, screen.told | known
    return screen


def learn(db: Database, items: Iterable[Item | Reading], screen: Screen | None) -> None:
    """Note the addresses that these items show beside a forgotten name, so that items with the address alone are kept
    out.

    Call it inside a transaction, before `through`.
    """
    if screen is None or not screen.marks:
        return
    here = [item for item in items if not isinstance(item, Reading)]
    screen.companies |= {key for item in here if (key := accounts.account(_account(item)))}
    for item in here:
        for name, address in _addressed(item):
            marks = () if screen.mark_of("email", address) else _theirs(db, name, address, _account(item), screen)
            if marks and _SHARED.search(address):
                screen.passing[address, accounts.person(name)] = next(iter(sorted(marks)))
            elif marks:
                erasures.keep_out(db, erasures.known(db, marks)[0], [screen.learn(address)])


def through(items: Iterable[Item | Reading], screen: Screen | None) -> Iterator[Item | Reading]:
    """The items as they may come in, and the files that they are of as these may be called."""
    if screen is None:
        yield from items
        return
    for item in items:
        left = item if isinstance(item, Reading) else admitted(item, screen)
        if left is not None:
            name = called(left.file, screen, "" if isinstance(left, Reading) else _account(left))
            yield left if name == left.file else replace(left, file=name)


def called(name: str, screen: Screen | None, company: str = "") -> str:
    """What a file or an upload is called, without whoever was forgotten: people write names into names of files, in
    small letters and with anything between."""
    if screen is None or not screen.marks or not name:
        return name
    key = (name, accounts.account(company))
    if key not in screen.called:
        names = {
            one for one in names_in(_BETWEEN.sub(" ", name).title()) if _marks(accounts.person(one), key[1], screen)
        }
        addresses = {
            one for one in people.addresses_in(f"{name} {name.rpartition('.')[0]}") if screen.is_marked("email", one)
        }
        screen.called[key] = covers.covered(name, Person(frozenset(addresses), frozenset(names)))
    return screen.called[key]


def title(db: Database, name: str) -> str:
    """What an upload is called, without whoever was forgotten."""
    return called(name, screen_of(db))


def admitted(item: Item, screen: Screen) -> Item | None:
    """An item without the people who were forgotten; None for one that a rule keeps out or of which nothing is left."""
    if isinstance(item, Conversation | Mail):
        facts = keeping.facts_of(item)
        for one in screen.rules:
            if keeping.fits(one.rule, facts):
                screen.by_rule[one.id] += 1
                return None
    who = _forgotten(item, screen) if screen.marks else None
    if who is None:
        return item
    match item:
        case Conversation():
            left: Item | None = forgetting.without(item, who)
            screen.said += len(item.utterances) - (len(left.utterances) if isinstance(left, Conversation) else 0)
        case Mail():
            left = forgetting.without_in_mail(item, who)
            screen.said += len(item.words) - len(left.words)
        case CrmRecord():
            left = forgetting.without_in_record(item, who)
        case Problem():
            left = replace(
                item, record={}, file=covers.covered(item.file, who), reason=covers.covered(item.reason, who)
            )
    screen.cut += left != item
    return left


def notices(screen: Screen | None, db: Database) -> list[Problem]:
    """What was kept out, as notices of the upload: by what and how often, never what."""
    if screen is None:
        return []
    found = [
        Problem(
            WHOLE,
            None,
            f"{number:,} kept out by rule {rule}: {screen.told[rule].told}",
            "Settings, under Keeping, has the rule.",
            kept=True,
        )
        for rule, number in sorted(screen.by_rule.items())
    ]
    if screen.cut:
        receipts = ", ".join(str(one) for one in erasures.known(db, screen.seen))
        said = (
            f"{screen.said:,} of their utterances {'was' if screen.said == 1 else 'were'} left out"
            if screen.said
            else "what names them was covered"
        )
        reason = f"Somebody who was forgotten (receipt {receipts}) is in {_pieces(screen.cut)}: {said}."
        found.append(
            Problem(WHOLE, None, reason, "To let them in again, lift it on the page of the receipt.", kept=True)
        )
    if screen.learnt and any(one.address in screen.learnt for one in persons_of.everybody(db)):
        reason = (
            "An address of somebody who was forgotten is first known by this upload, and is in what came in before."
        )
        found.append(
            Problem(WHOLE, None, reason, "To take them out of that too, run: parley forget --again", kept=True)
        )
    return found


def _pieces(number: int) -> str:
    return "one of the pieces" if number == 1 else f"{number:,} of the pieces"


def _forgotten(item: Item, screen: Screen) -> Person | None:
    """Who of an item's people was forgotten, as the item itself names them; None for nobody."""
    named, account, texts = _named(item), accounts.account(_account(item)), list(_texts(item))
    addresses = {address for one in named if (address := people.address_in(one.address))}
    whole = {one.name for one in named if one.name and "@" not in one.name}
    names = {*whole, *map(people.untitled, whole)}
    phones: set[str] = set()
    for text in texts:
        addresses |= people.addresses_in(text)
        names |= names_in(text)
        phones |= {re.sub(r"\D", "", found) for found in _NUMBER.findall(text)}
    addresses = {one for one in addresses if one and screen.is_marked("email", one)}
    for name, address in _addressed(item) if screen.passing else ():
        if mark := screen.passing.get((address, accounts.person(name))):
            addresses.add(address)
            screen.seen.add(mark)
    phones = {one for one in phones if len(one) >= covers.FEWEST_DIGITS and screen.is_marked("phone", one[-9:])}
    alone = {one for one in names if (key := accounts.person(one)) and screen.is_marked("alone", key)}
    here = {
        one for one in names if (key := accounts.person(one)) and account and screen.is_marked("name", key, account)
    }
    here |= {one.name for one in named if one.name and people.address_in(one.address) in addresses}
    here |= {
        name for one in addresses if (name := people.spelt(one)) and _marks(accounts.person(name), account, screen)
    }
    alone |= {one for one in names - here if not account and _is_borne(item, accounts.person(one), screen)}
    if not (addresses or phones or alone or here):
        return None
    shared = frozenset(accounts.person(one) for one in here - alone)
    return Person(frozenset(addresses), frozenset(alone | here), frozenset(phones), frozenset({account} - {""}), shared)


def _theirs(db: Database, name: str, address: str, company: str, screen: Screen) -> set[str]:
    """The marks by which whoever bears this name and address is somebody who was forgotten; none for somebody else."""
    key, account = accounts.person(name), accounts.account(company)
    marks = _marks(key, account, screen)
    if not marks or screen.mark_of("name", key, account):
        return marks
    if screen.everybody is None:
        screen.everybody = persons_of.everybody(db)
        screen.companies |= {one.account_key for one in screen.everybody if one.account_key}
    told = {one for one in screen.companies if is_at(one, {address})}
    if any(screen.mark_of("name", key, one) for one in told):
        return marks
    other = bool(told or account) or (
        bool(screen.mark_of("borne", key))
        and any(one.address == address and accounts.person(one.name) == key for one in screen.everybody if one.name)
    )
    return set() if other else marks


def _marks(key: str, account: str, screen: Screen) -> set[str]:
    """The marks of a whole name, at this company where one is told."""
    if " " not in key:
        return set()
    return {screen.mark_of("alone", key), screen.mark_of("borne", key), screen.mark_of("name", key, account)} - {""}


def _is_borne(item: Item, key: str, screen: Screen) -> bool:
    """Whether a name that others bear too is the forgotten person's, in an item that says no company."""
    if " " not in key or not screen.mark_of("borne", key):
        return False
    addressed = list(_addressed(item))
    if any(accounts.person(name) == key for name, _ in addressed):
        return False  # what the address says counts
    told = {one for one in screen.companies for _, address in addressed if is_at(one, {address})}
    return (not told or any(screen.mark_of("name", key, one) for one in told)) and screen.is_marked("borne", key)


def _addressed(item: Item) -> Iterator[tuple[str, str]]:
    """Names with the address that stands beside them, or that spells them."""
    written = {address for text in _texts(item) for address in people.addresses_in(text)}
    for one in _named(item):
        if address := people.address_in(one.address):
            written.add(address)
            if one.name and "@" not in one.name:
                yield one.name, address
    for address in sorted(written - {""}):
        if name := people.spelt(address):
            yield name, address


def names_in(text: str) -> set[str]:
    """Whatever may be a whole name in a text: each run of two words and more that begins and ends with a capital, and has
    nothing but capitals and small words of names between."""
    found: set[str] = set()
    words: list[str] = []
    last = 0
    for match in _NAME.finditer(text):
        word, gap, last = match[0].rstrip("'’-"), text[last : match.start()], match.end()
        if len(gap) > _LONGEST_GAP or (_ENDS.search(gap) and not _is_short(words)):
            words = []
        if not word[:1].islower():
            words.append(word)
            found |= {" ".join(words[n:]) for n in range(len(words) - 1) if not words[n][:1].islower()}
        elif words and word in _SMALL:
            words.append(word)
        else:
            words = []
        words = words[1 - _MOST_WORDS :]
    return found


def _is_short(words: Sequence[str]) -> bool:
    """Whether a dot after these words belongs to the last one: an initial or a title."""
    return bool(words) and (len(words[-1]) == 1 or people.is_titled(f"{words[-1]} x"))


def _named(item: Item) -> list[Participant]:
    match item:
        case Conversation():
            labels = {item.contact, item.rep, *(one.speaker for one in item.utterances)}
            keys = (Participant("", key.removeprefix("email:")) for key in item.keys if key.startswith("email:"))
            return [
                *item.participants,
                *(Participant(one, people.address_in(one)) for one in sorted(labels) if one),
                *keys,
            ]
        case Mail():
            facts = [Participant(item.facts[one]) for one in ("contact", "rep") if item.facts.get(one)]
            return [item.sender, *item.recipients, *facts, *forgetting.authors(item.embedded)]
        case CrmRecord():
            own = [key.removeprefix("email:") for key in item.keys if key.startswith("email:")]
            return [Participant(item.facts.get("contact", ""), address) for address in own or [""]]
    return []


def _account(item: Item) -> str:
    return (
        item.account
        if isinstance(item, Conversation)
        else ""
        if isinstance(item, Problem)
        else item.facts.get("account", "")
    )


def _texts(item: Item) -> Iterator[str]:
    match item:
        case Conversation():
            yield from (one.text for one in item.utterances)
            yield from (item.title, *item.fields.values())
        case Mail():
            yield from (item.subject, item.text, *item.fields.values())
            yield from _texts_shown(item.embedded)
        case CrmRecord():
            yield from (*item.facts.values(), *item.fields.values())
        case Problem():
            yield from item.record.values()


def _texts_shown(mails: Iterable[Embedded]) -> Iterator[str]:
    for one in mails:
        yield from (piece.text for piece in one.words)
        yield from _texts_shown(one.embedded)
