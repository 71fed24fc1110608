"""Take one person out of what was said: their own words go, their name in others' words is covered sign by sign.

What one would get wrong: a cover is as long as what it covers, so every offset after it still holds, and the quotes
that others said beside it stay verbatim. A first or last name alone is covered only where its bearer takes part.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from insights import people
from insights.formats.mail import Embedded, Mail, Words, held, is_held
from insights.once import accounts
from insights.privacy.names import common
from insights.records import Conversation, CrmRecord, Participant

COVER = "█"
RUN = 5  # words in a row that only one person said are that person's, wherever they stand
FEWEST_DIGITS = 7  # of a telephone number
_JOINT = r"(?:\s{1,3}|[._,'’-]|,\s)"
_TURNED = r"(?:,\s?|[\s._-])"
_MARKS = r"[\u0300-\u036f]*"
_DIGIT = re.compile(r"\d\d")
_MARK = re.compile(r"[\u0300-\u036f]")
_TOKEN = re.compile(r"[^\W_]+")
_OF_CONTACT = re.compile(
    r"contact|e-?mail|phone|mobile|\bcell|\btel\b|fax|linkedin|first.?name|last.?name|full.?name|address", re.I
)
_PHONE_FIELD = re.compile(r"phone|mobile|\bcell|\btel\b|\btel[_. ]|fax|whatsapp", re.I)


@dataclass(frozen=True)
class Person:
    """Whom a set of names, addresses and numbers means. `accounts` are keys (`once.accounts.account`) of the companies
    where these names are theirs; `phones` are digits alone. `shared` are names, as `once.accounts.person` spells them,
    that others bear too: they mean this person only where the account is theirs. `taken` are single names that in this
    conversation mean somebody else (see `beside`).

    Where somebody else at their company bears the name too, `only` are the ids of the conversations in which it means
    this person (None: all of their companies'), `others` the addresses of those who bear it too, and `untold` the
    conversations of which nothing says who is meant: the name is left alone there."""

    addresses: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    others: frozenset[str] = frozenset()
    untold: frozenset[str] = frozenset()

    @cached_property
    def keys(self) -> frozenset[str]:
        """The names in one order and spelling (`once.accounts.person`)."""
        return frozenset(key for name in self.names if (key := accounts.person(name)) and "@" not in key)

    @cached_property
    def everywhere(self) -> re.Pattern[str] | None:
        """Addresses, numbers and whole names: what means this person wherever it stands."""
        parts = [_address(one) for one in sorted(self.addresses, key=len, reverse=True)]
        parts += [_phone(one) for one in sorted(self.phones) if len(one) >= FEWEST_DIGITS]
        for words in self._words():
            parts += [] if accounts.person(" ".join(words)) in self.shared else _whole(words)
        parts += [rf"(?<![^\W_]){_spelt(one)}(?![^\W_])" for one in self._handles()]
        return re.compile("|".join(parts)) if parts else None

    @cached_property
    def near(self) -> re.Pattern[str] | None:
        """Single names and shared ones, which mean this person only where they take part or their company is spoken
        to."""
        alone = sorted({w for words in self._words(least=1) for w in words if len(w) > 1 and fold(w) not in self.taken})
        parts = [form for words in self._words() for form in _whole(words)]
        parts += [rf"(?<![^\W_]){_spelt(word)}(?![^\W_])" for word in alone]
        return re.compile("|".join(parts)) if parts else None

    @cached_property
    def _hints(self) -> tuple[str, ...]:
        """Of everything in `everywhere` that is no number a part that stands in it as it is, however it is written."""
        words = {fold(words[-1]) for words in self._words()} | {
            fold(words[0]) for words in self._words() if len(words[-1]) < 2
        }
        locals_ = {max(_TOKEN.findall(fold(address.partition("@")[0])) or [""], key=len) for address in self.addresses}
        return tuple(words | locals_)

    def is_in(self, plain: str) -> bool:
        """Whether a folded text names the person wherever it stands. Most texts are told apart without the pattern."""
        may = (
            any(hint in plain for hint in self._hints) or (self.phones and _DIGIT.search(plain)) or _MARK.search(plain)
        )
        return bool(may and self.everywhere and self.everywhere.search(plain))

    def is_called(self, label: str, *, near: bool) -> bool:
        """Whether a speaker's label, a contact or an address is this person; `near` where the account is theirs."""
        if address := people.address_in(label):
            return address in self.addresses
        key = accounts.person(label)
        if not near:
            return " " in key and key in self.keys - self.shared
        return bool(key) and key not in self.taken and any(accounts.same_person(key, own) for own in self.keys)

    def is_participant(self, person: Participant, *, near: bool) -> bool:
        if person.address:
            return people.address_in(person.address) in self.addresses
        return self.is_called(person.name, near=near)

    def _words(self, *, least: int = 2) -> list[tuple[str, ...]]:
        found = {tuple(people.name_words(name)) for name in self.names if "@" not in name}
        return sorted(words for words in found if len(words) >= least)

    def _handles(self) -> list[str]:
        """The part of an address before the @, where it is made of the person's name: "dana.ortiz" is known by
        itself."""
        names = {fold(word) for words in self._words(least=1) for word in words if len(word) > 2}
        handles = {fold(address.partition("@")[0]) for address in self.addresses}
        handles -= {fold(address.partition("@")[0]) for address in self.others}
        return sorted(h for h in handles if len(h) >= 5 and any(n in h and n != h for n in names))

    @cached_property
    def nameless(self) -> "Person":
        """The same by address and number alone: for where the name may mean somebody else."""
        return replace(self, names=frozenset(), shared=frozenset())


class _Folding(dict[int, str]):
    """The letter that each sign is compared as, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        one = chr(code)
        base = unicodedata.normalize("NFKD", one)[:1].lower()
        self[code] = base if len(base) == 1 else one
        return self[code]


_FOLDING = _Folding()


def fold(text: str) -> str:
    """A text in lower case without accents, sign by sign: it is as long as before."""
    return text.lower() if text.isascii() else text.translate(_FOLDING)


def _spelt(word: str) -> str:
    return _MARKS.join(re.escape(one) for one in fold(word)) + _MARKS


def _address(address: str) -> str:
    local, _, domain = fold(address).partition("@")
    dots = re.escape(domain).replace(r"\.", r"(?:\.|\s?(?:\(dot\)|\bdot\b)\s?)")
    before = re.escape(local).replace(r"\.", r"(?:\.|\s?(?:\(dot\)|\bdot\b)\s?)")
    return rf"(?<![\w.+-]){before}(?:@|%40|=40|\s?(?:\(at\)|\[at\]|\bat\b)\s?){dots}(?![\w-])"


def _phone(digits: str) -> str:
    """A number however it is grouped, with or without its country's: its last nine digits are enough."""
    tail = digits[-9:]
    return (
        r"(?<!\d)(?:\+?\(?\d{1,4}\)?[\s./()-]{0,3}(?:\(?0\)?)?[\s./()-]{0,3}){0,1}\(?"
        + r"[\s./()-]{0,3}".join(tail)
        + r"(?!\d)"
    )


def _outright(words: Sequence[str]) -> list[str]:
    """The forms of a whole name that no other name is written in."""
    middle = rf"(?:{_JOINT}[^\W_]{{1,20}}\.?)?"
    a, z, full = _spelt(words[0]), _spelt(words[-1]), _JOINT.join(map(_spelt, words))
    return [full, rf"{a}{middle}{_JOINT}{z}", rf"{z}{_TURNED}{a}"]


def _whole(words: Sequence[str]) -> list[str]:
    first, last = words[0], words[-1]
    a, z, forms = _spelt(first), _spelt(last), _outright(words)
    if len(last) > 2:
        initial = re.escape(fold(first)[0])
        forms += [rf"{initial}\.?{_JOINT}{z}", rf"{z},?\s{initial}\."]
        if fold(last) not in common():
            forms += [f"{a}{z}"]
    return [rf"(?<![^\W_])(?:{form})(?![^\W_])" for form in forms]


@lru_cache(maxsize=100)
def _outright_in(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<![^\W_])(?:{form})(?![^\W_])" for form in _outright(words)))


def spellings(text: str, words: tuple[str, ...]) -> list[str]:
    """How a text writes a whole name, given by its words; none where only initials or single names stand in it."""
    plain = fold(text)
    if fold(words[-1]) not in plain and not _MARK.search(plain):
        return []
    return [text[slice(*match.span())] for match in _outright_in(words).finditer(plain)]


def says_nothing(text: str) -> bool:
    """Whether a text that was covered has fewer than two words or figures left: nothing that could be counted or learnt
    from."""
    return COVER in text and len(re.findall(r"[^\W_]{2,}", text)) < 2


def covered(text: str, who: Person, *, near: bool = False) -> str:
    """A text with what names the person covered, as long as it was."""
    if not text:
        return text
    plain = fold(text)
    spans = [match.span() for match in who.everywhere.finditer(plain)] if who.everywhere and who.is_in(plain) else []
    if near and who.near:
        spans += [m.span() for m in who.near.finditer(plain) if _is_name(text, plain, *m.span())]
    return cover(text, spans)


def cover(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """A text with its words within the spans covered; white space stays, so that lines and words keep their shape."""
    signs = list(text)
    for start, end in spans:
        for n in range(start, end):
            if not signs[n].isspace():
                signs[n] = COVER
    return "".join(signs)


def _is_name(text: str, plain: str, start: int, end: int) -> bool:
    """A name that is also a word ("Hill", "Mark") counts with a capital within a sentence only."""
    if plain[start:end] not in common():
        return True
    before = text[:start].rstrip(" \t")
    return text[start].isupper() and bool(before) and before[-1] not in ".!?…:\n"


def covered_in(value: object, who: Person, *, near: bool = False) -> object:
    """The same for every text within a JSON value, names of fields too."""
    if isinstance(value, str):
        return covered(value, who, near=near)
    if isinstance(value, Mapping):
        return {covered(str(k), who, near=near): covered_in(v, who, near=near) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [covered_in(one, who, near=near) for one in value]
    return value


# -- what uploads brought ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scope:
    """How a person is known in one conversation: as whom, whether single names mean them, and whether they take
    part."""

    here: Person
    near: bool
    there: bool
    cover: Person


def scope(conversation: Conversation, who: Person) -> Scope:
    """Whom names of a conversation mean. Where two people bear a first name, it alone is nobody's turn; in what others
    said it is covered where the person takes part, as it may mean them."""
    who = who if who.only is None or conversation.id in who.only else who.nameless
    labels = (conversation.contact, conversation.rep, *(one.speaker for one in conversation.utterances))
    here = beside(who, [*(one.name for one in conversation.participants), *labels])
    near = conversation.id in (who.only or ()) or is_near(conversation.account, conversation.participants, here)
    there = _takes_part(conversation, here, near)
    return Scope(here, near or there, there, who if there else here)


def beside(who: Person, names: Iterable[str]) -> Person:
    """The person as they are known beside others: a single name that one of these bears too is not theirs."""
    keys = {key for name in names if name and " " in (key := accounts.person(name)) and "@" not in key}
    own = {fold(word) for words in who._words(least=1) for word in words}
    taken = frozenset(word for key in keys - who.keys for word in key.split() if word in own)
    return _narrowed(who, taken) if taken else who


@lru_cache(maxsize=500)
def _narrowed(who: Person, taken: frozenset[str]) -> Person:
    return replace(who, taken=taken)


def _takes_part(conversation: Conversation, who: Person, near: bool) -> bool:
    """Whether the person is among those of a conversation: by address, or by name where the account is theirs."""
    return (
        any(who.is_participant(one, near=near) for one in conversation.participants)
        or (bool(conversation.contact) and who.is_called(conversation.contact, near=near))
        or (bool(conversation.rep) and who.is_called(conversation.rep, near=near))
        or any(who.is_called(one.speaker, near=near) for one in conversation.utterances if one.voice == "verbatim")
    )


def is_near(account: str, participants: Iterable[Participant], who: Person) -> bool:
    """Whether names of a conversation may be taken for this person's: the account is theirs, or they are in it."""
    key = accounts.account(account)
    addresses = {people.address_in(one.address) for one in participants if one.address}
    return (key in who.accounts) or bool(addresses & who.addresses)


def without(conversation: Conversation, who: Person) -> Conversation | None:
    """A conversation without what the person said, and without their name; None where nobody else said anything."""
    s = scope(conversation, who)
    kept = tuple(
        replace(one, text=covered(one.text, s.cover, near=s.near), answers="" if s.there else covered(one.answers, who),
                speaker=covered(one.speaker, who))
        for one in conversation.utterances
        if not s.here.is_called(one.speaker, near=s.near)
    )  # fmt: skip
    if not kept:
        return None
    told = without_said(said_of(conversation), s.here, near=s.near, there=s.there)
    persons = tuple(Participant(**one) for one in told.pop("participants"))
    return replace(conversation, **{**told, "participants": persons, "keys": tuple(told["keys"])}, utterances=kept)


_FACTS = ("title", "file", "account", "contact", "job_title", "rep", "stage", "outcome")


def said_of(conversation: Conversation) -> dict:
    """What an upload says of a conversation beside its words, as plain values."""
    return {
        **{name: getattr(conversation, name) for name in _FACTS}, "fields": dict(conversation.fields),
        "keys": list(conversation.keys),
        "participants": [one.as_dict() for one in conversation.participants],
    }  # fmt: skip


def without_said(told: Mapping, who: Person, *, near: bool, there: bool) -> dict:
    """What an upload says of a conversation, without the person: whoever else it names stays."""
    found = dict(told)
    is_contact = bool(told.get("contact")) and who.is_called(told["contact"], near=near)
    if is_contact:
        found["contact"] = found["job_title"] = ""
    if told.get("rep") and who.is_called(told["rep"], near=near):
        found["rep"] = ""
    kept = [p for p in told.get("participants", ()) if not who.is_participant(Participant(**p), near=near)]
    fields = dict(told.get("fields", {}))
    if is_contact or (there and len(told.get("participants", ())) <= 2):
        fields = {name: value for name, value in fields.items() if not _OF_CONTACT.search(name)}
    found["fields"] = covered_in(fields, who, near=near)
    found["participants"] = covered_in(kept, who)
    found["keys"] = [key for key in told.get("keys", ()) if covered(key, who) == key]
    for name in ("title", "file"):
        if name in found:
            found[name] = covered(found[name], who, near=near and name == "title")
    return {name: value for name, value in found.items() if value or name in told}


def phones_in(fields: Mapping[str, str]) -> set[str]:
    """The telephone numbers in fields that are named as such, digits alone."""
    numbers = ("".join(re.findall(r"\d", str(value))) for name, value in fields.items() if _PHONE_FIELD.search(name))
    return {one for one in numbers if FEWEST_DIGITS <= len(one) <= 15}


def is_in_mail(mail: Mail, who: Person) -> bool:
    """Whether the person wrote or got a mail, or one that it shows."""
    addresses = {people.address_in(one.address) for one in (mail.sender, *mail.recipients) if one.address}
    if addresses & who.addresses or any(key.removeprefix("email:") in who.addresses for key in mail.keys):
        return True
    return any(_shows(one, who) for one in mail.embedded)


def _shows(mail: Embedded, who: Person) -> bool:
    return who.is_participant(mail.sender, near=True) or any(_shows(one, who) for one in mail.embedded)


def without_in_mail(mail: Mail, who: Person, *, near: bool = False) -> Mail:
    """A mail without the person. One that they wrote keeps its id and place in its thread, and nothing that was in it.
    `near` says that its thread is of their company, whatever the mail itself says."""
    who = who if who.only is None or near else who.nameless
    whole, there = who, is_in_mail(mail, who)
    persons = (mail.sender, *mail.recipients, *authors(mail.embedded))
    who = beside(who, [*(one.name for one in persons), mail.facts.get("contact", ""), mail.facts.get("rep", "")])
    near = near or there or accounts.account(mail.facts.get("account", "")) in who.accounts
    told = without_said(
        {**mail.facts, "fields": dict(mail.fields), "keys": list(mail.keys)}, who, near=near, there=False
    )
    ids = {"id": covered(mail.id, who), "references": tuple(covered(one, who) for one in mail.references)}
    fields, keys = told.pop("fields"), tuple(told.pop("keys"))
    told.pop("participants", None)
    theirs = who.is_participant(mail.sender, near=near)
    left = replace(
        mail, **ids,  # type: ignore[arg-type]
        aliases=tuple(covered(one, who) for one in mail.aliases),
        sender=Participant("", "", mail.sender.role) if theirs else _person(mail.sender, who),
        recipients=tuple(_person(one, who) for one in mail.recipients if not who.is_participant(one, near=near)),
        subject=covered(mail.subject, who, near=near), words=() if theirs else _pieces(mail.words, whole if there else who, there=there, near=near),
        facts={name: value for name, value in told.items() if value}, fields=fields, keys=keys,
        embedded=tuple(_shown(mail.embedded, who, near=near)), file=covered(mail.file, who),
    )  # fmt: skip
    return held(left) if theirs or is_held(mail) else left


def authors(mails: Iterable[Embedded]) -> Iterator[Participant]:
    """Who wrote the mails that a mail shows."""
    for one in mails:
        yield one.sender
        yield from authors(one.embedded)


def _person(person: Participant, who: Person) -> Participant:
    return replace(person, name=covered(person.name, who), title=covered(person.title, who))


def _pieces(words: Iterable[Words], who: Person, *, there: bool, near: bool) -> tuple[Words, ...]:
    """Whose words an answer quotes is not known: where the person is in the mail they may be theirs."""
    return tuple(Words(covered(w.text, who, near=near), "" if there else covered(w.answers, who)) for w in words)


def _shown(mails: Iterable[Embedded], who: Person, *, near: bool) -> Iterable[Embedded]:
    """Mails that a mail shows, without those of the person; what these show in turn moves up."""
    for mail in mails:
        inner = tuple(_shown(mail.embedded, who, near=near))
        if who.is_participant(mail.sender, near=near):
            yield from inner
        else:
            yield replace(
                mail, sender=_person(mail.sender, who), subject=covered(mail.subject, who, near=near),
                words=_pieces(mail.words, who, there=near, near=near), embedded=inner,
            )  # fmt: skip


def without_in_record(record: CrmRecord, who: Person) -> CrmRecord | None:
    """A CRM record without the person; None for the record of that person."""
    addresses = {key.removeprefix("email:") for key in record.keys if key.startswith("email:")}
    near = bool(addresses & who.addresses) or accounts.account(record.facts.get("account", "")) in who.accounts
    is_theirs = bool(addresses & who.addresses) or who.is_called(record.facts.get("contact", ""), near=near)
    if record.kind == "contact" and is_theirs:
        return None
    told = without_said(
        {**record.facts, "fields": dict(record.fields), "keys": list(record.keys)}, who, near=near, there=False
    )
    fields, keys = told.pop("fields"), tuple(told.pop("keys"))
    told.pop("participants", None)
    facts = {name: value for name, value in told.items() if value}
    return replace(record, facts=facts, fields=fields, keys=keys, file=covered(record.file, who))


# -- words that only this person said --------------------------------------------------------------------------------


def tokens(text: str) -> list[tuple[str, int, int]]:
    """A text's words as they are compared, with their places."""
    plain = fold(text)
    return [(match[0], match.start(), match.end()) for match in _TOKEN.finditer(plain)]


def runs(texts: Iterable[str]) -> set[tuple[str, ...]]:
    """Every run of RUN words; of a shorter text of three words and more, all of it."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        words = [word for word, _, _ in tokens(text)]
        if len(words) >= RUN:
            found.update(tuple(words[n : n + RUN]) for n in range(len(words) - RUN + 1))
        elif len(words) >= 3:
            found.add(tuple(words))
    return found


def without_words(text: str, own: set[tuple[str, ...]]) -> str:
    """A text with every run that only the person said covered."""
    if not own or not text:
        return text
    words = tokens(text)
    plain = [word for word, _, _ in words]
    spans = []
    for size in {len(run) for run in own}:
        for n in range(len(plain) - size + 1):
            if tuple(plain[n : n + size]) in own:
                spans.append((words[n][1], words[n + size - 1][2]))
    return cover(text, spans)
