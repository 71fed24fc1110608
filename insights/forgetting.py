"""Take one person out of what uploads brought: their own words go, their name in others' words is covered.

What one would get wrong: it is not the conversation that goes. The quotes that others said beside the person stay
verbatim, at their places.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from insights import people
from insights.covers import FEWEST_DIGITS, Person, beside, cover, covered, covered_in, tokens
from insights.formats.mail import Embedded, Mail, Words, held, is_held
from insights.once import accounts
from insights.records import Conversation, CrmRecord, Participant

RUN = 5  # words in a row that only one person said are that person's, wherever they stand
_OF_CONTACT = re.compile(
    r"contact|e-?mail|phone|mobile|\bcell|\btel\b|fax|linkedin|first.?name|last.?name|full.?name|address", re.I
)
_PHONE_FIELD = re.compile(r"phone|mobile|\bcell|\btel\b|\btel[_. ]|fax|whatsapp", re.I)


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
