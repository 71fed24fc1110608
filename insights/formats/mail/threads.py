"""Mails to threads: a function of the set of mails alone, in whatever order they come.

Mails belong together by their Message-IDs; as copies (see copies); by words of 40 signs and more that one quotes of
another; and a reply that does not say to which mail, by subject and people, to the last such mail of the 90 days before
it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby

from insights.formats import facts
from insights.formats.mail.copies import DAYS, MOST_RECIPIENTS, TELLING, likenesses, moment, settled
from insights.formats.mail.records import Embedded, Mail, Words
from insights.formats.mail.recovered import Seen, authors, folded, known_names, person_key, recovered
from insights.records import Conversation, Participant, Role, Utterance, stable_id

_REPLY = re.compile(
    r"^\s*(?:(?:re|aw|antw|sv|vs|fwd?|fw|wg|tr|rv|res|enc|r|i|ynt|odp|回复|答复|转发)\s*(?:\[\d+\])?\s*[:：]\s*|\[[^\]]{1,40}\]\s*)+",
    re.I,
)
# A Message-ID has no space, so these marks are never taken for one.
_HAS, _LOST, _SAID, _QUOTES, _ALIKE = "has ", "lost in ", "said ", "quotes ", "alike "
_THREAD = "@thread-id"  # how a reference ends that names a thread and no mail of it
_HELD = f"@quoted{_THREAD}"
_DAY = 86_400
_PERIOD = 90 * _DAY


def threads(mails: Iterable[Mail]) -> Iterator[Conversation]:
    """Join mails into threads, in the order of their first mails; a mail seen twice is said once.

    Every mail counts as a piece of exactly one conversation. A mail seen only as a quotation is recovered once: its
    `source_id` is "quoted:" and a hash of its author and words.
    """
    ordered = _ordered(mails)
    found = settled(ordered, [list(_likenesses(mail, _flat(mail))) for mail in ordered])
    # A copy may have got another time and id.
    pairs = sorted(zip(found, ordered, strict=True), key=lambda pair: _rank(pair[0]))
    groups: dict[int, list[tuple[Mail, Mail]]] = {}
    for pair, group in zip(pairs, _joined(pairs), strict=True):
        groups.setdefault(group, []).append(pair)
    for group_pairs in groups.values():
        references = tuple(sorted({mark for _, mail in group_pairs for mark in marks(mail)}))
        if thread := _thread([mail for mail, _ in group_pairs], references):
            yield thread


def marks(mail: Mail) -> set[str]:
    """What ties a mail to others (see `sought`): Message-IDs, and hashes of its subject, people, time and words."""
    found, words = {mail.id, *mail.aliases, *mail.references}, _flat(mail)
    if mail.sent_at:
        days = int(moment(mail.sent_at) // DAYS)
        found |= {f"{_ALIKE}{alike} {days}" for alike in _likenesses(mail, words)}
        period = int(moment(mail.sent_at) // _PERIOD)
        for pair in _pairs(mail):
            found.add(f"{_HAS}{pair} {period}")
            if _is_lost(mail):
                found.add(f"{_LOST}{pair} {period}")
    found |= {_SAID + told for told in _told(mail, words)}
    found |= {_QUOTES + told for told in _quoted(mail.embedded, mail.sender)}
    return found


def sought(marks: Iterable[str]) -> set[str]:
    """The marks of other mails that can make them one thread with a mail of these marks.

    `threads` of all mails that are connected in this way never joins one of them with any other mail; it may find that
    they are several threads all the same.
    """
    found: set[str] = set()
    for mark in marks:
        kind = next((start for start in (_HAS, _LOST, _SAID, _QUOTES, _ALIKE) if mark.startswith(start)), "")
        rest = mark.removeprefix(kind)
        pair, _, period = rest.rpartition(" ")
        if kind == _HAS:
            found |= {f"{_LOST}{pair} {int(period) + later}" for later in (0, 1)}
        elif kind == _LOST:
            found |= {f"{_HAS}{pair} {int(period) - earlier}" for earlier in (0, 1)}
        elif kind == _ALIKE:
            found |= {f"{_ALIKE}{pair} {int(period) + beside}" for beside in (-1, 0, 1)}
        elif kind == _SAID:
            found.add(_QUOTES + rest)
        elif kind == _QUOTES:
            found |= {_SAID + rest, mark}
        else:
            found.add(mark)
    return found


def held(mail: Mail) -> Mail:
    """A mail whose author was taken out, with names of its thread made of what it quotes: who quoted it is no longer
    there to tell that they belong together."""
    kept = (name for name in mail.references if not name.endswith(_HELD))
    quoted = (_words(one) for one in mail.embedded)
    names = (f"{stable_id('quoted', words)}{_HELD}" for words in quoted if len(words) >= TELLING)
    return replace(mail, references=(*kept, *names))


def is_held(mail: Mail) -> bool:
    """Whether a mail went through `held` before."""
    return any(name.endswith(_HELD) for name in mail.references)


def normal_subject(subject: str) -> str:
    """A subject without its "Re:", "AW:", "[list]" and case."""
    return " ".join(_REPLY.sub("", subject).casefold().split())


def _ordered(mails: Iterable[Mail]) -> list[Mail]:
    """By time, then by id; mails without a date come last. Copies that differ are settled by all that is in them."""
    found: list[Mail] = []
    for _, same in groupby(sorted(mails, key=_rank), key=_rank):
        copies = list(same)
        found += sorted(copies, key=repr) if len(copies) > 1 else copies
    return found


def _rank(mail: Mail) -> tuple[bool, float, str, int]:
    return (not mail.sent_at, moment(mail.sent_at) if mail.sent_at else 0.0, mail.id, -len(mail.text))


def _joined(settled_from: Sequence[tuple[Mail, Mail]]) -> Iterator[int]:
    """For each mail (as it is settled, as it came), in their order, the number of the first mail of its thread."""
    mails = [mail for mail, _ in settled_from]
    parents: dict[str, str] = {}

    def find(node: str) -> str:
        root = node
        while (above := parents.setdefault(root, root)) != root:
            root = above
        while parents[node] != root:
            parents[node], node = root, parents[node]
        return root

    def union(one: str, other: str) -> None:
        parents[find(other)] = find(one)

    quoted: set[str] = set()
    for mail in mails:
        for mark in _quoted(mail.embedded, mail.sender):
            quoted.add(mark)
            union(mail.id, _QUOTES + mark)
    between: dict[str, list[tuple[int, float]]] = {}
    # A reply whose thread is named is in none that is named otherwise.
    nameless: dict[str, list[tuple[int, float]]] = {}
    for number, mail in enumerate(mails):
        for reference in (*mail.references, *mail.aliases):
            union(mail.id, reference)
        for mark in quoted.intersection(_told(mail, _flat(mail)) if quoted else ()):
            union(mail.id, _QUOTES + mark)
        # A copy that took another's time leaves finding the mail before to that one.
        if mail.sent_at and mail.sent_at == settled_from[number][1].sent_at:
            sent = moment(mail.sent_at)
            pairs = list(_pairs(mail))
            earlier = nameless if mail.references else between
            if _is_lost(mail) and (before := _latest(mails, earlier, pairs, mail.id, sent)) is not None:
                union(mail.id, mails[before].id)
            for pair in pairs:
                between.setdefault(pair, []).append((number, sent))
                if not any(name.endswith(_THREAD) for name in mail.references):
                    nameless.setdefault(pair, []).append((number, sent))
    first: dict[str, int] = {}
    for number, mail in enumerate(mails):
        yield first.setdefault(find(mail.id), number)


def _latest(
    mails: Sequence[Mail], between: Mapping[str, list[tuple[int, float]]], pairs: Iterable[str], own: str, sent: float
) -> int | None:
    """The last earlier mail between the same people about the same, no more than the period before."""
    found = []
    for pair in pairs:
        for number, moment_before in reversed(between.get(pair, ())):
            if sent - moment_before > _PERIOD:
                break
            if mails[number].id != own:
                found.append(number)
                break
    return max(found, default=None)


def _is_lost(mail: Mail) -> bool:
    """True for a reply that does not say to which mail."""
    return all(name.endswith(_THREAD) for name in mail.references) and bool(_REPLY.match(mail.subject))


def _flat(mail: Mail) -> str:
    """A mail's words for comparison, "" for none."""
    return " ".join(folded(mail.text)) if mail.words else ""


def _likenesses(mail: Mail, words: str) -> Iterator[str]:
    return likenesses(mail, words, normal_subject(mail.subject))


def _pairs(mail: Mail) -> Iterator[str]:
    """A hash for each pair of sender and recipient with the subject, the same in both directions."""
    subject = normal_subject(mail.subject)
    for person in mail.recipients[:MOST_RECIPIENTS]:
        if subject and person.address and mail.sender.address:
            yield stable_id(subject, *sorted((mail.sender.address, person.address)))


def _told(mail: Mail, words: str) -> set[str]:
    """A hash of what a mail says with each way to name its author and each recipient: how a quotation would show it."""
    if len(words) < TELLING:
        return set()
    names = {person_key(mail.sender), person_key(Participant(mail.sender.name))}
    return {
        stable_id(name, person.address, words)
        for name in names
        for person in mail.recipients[:MOST_RECIPIENTS]
        if name and person.address
    }


def _quoted(embedded: Sequence[Embedded], by: Participant) -> Iterator[str]:
    """The same hash for each embedded mail: whoever quotes or forwards a mail is who got it."""
    for mail in embedded:
        words = _words(mail)
        if len(words) >= TELLING and by.address:
            yield stable_id(person_key(mail.sender), by.address, words)
        yield from _quoted(mail.embedded, mail.sender)


def _words(mail: Embedded) -> str:
    return " ".join(folded("\n".join(piece.text for piece in mail.words))) if mail.words else ""


def _thread(mails: Sequence[Mail], references: tuple[str, ...]) -> Conversation | None:
    """One conversation from a thread's mails in order of time."""
    first = mails[0]
    present = [person for mail in mails for person in (mail.sender, *mail.recipients)]
    names = known_names([*present, *(person for mail in mails for person in authors(mail.embedded))])
    unseen = recovered(mails, names)
    people = _named([*present, *(seen.author for seen in unseen)], names)
    said = sorted([*_spoken(mails), *(_recovered(seen, mails[seen.mail]) for seen in unseen)], key=_order)
    if not said:
        return None
    began, like = said[0].at, first.sent_at if "T" in first.sent_at else mails[said[0].number].sent_at
    found: dict[str, str] = {}
    fields: dict[str, str] = {}
    for mail in mails:  # the latest mail's facts win: a stage moves on
        found |= {
            key: value for key, value in mail.facts.items() if value and not (key in found and _is_number(key, value))
        }
        fields |= mail.fields
    return Conversation(
        id=stable_id("email", next((name for name in first.references if not name.endswith(_THREAD)), first.id)),
        kind="email",
        title=_REPLY.sub("", next((mail.subject for mail in mails if mail.subject), "")).strip(),
        occurred_at=_written(began, like, is_timed=said[0].is_timed) if began is not None else "",
        utterances=tuple(_utterance(piece, began if said[0].is_timed else None, people, names) for piece in said),
        participants=tuple(people.values()),
        fields=fields,
        file=first.file,
        row=first.row,
        references=references,
        keys=tuple(dict.fromkeys(key for mail in mails for key in mail.keys)),
        pieces=len(mails),
        origins=(),
        **{name: found.get(name, "") for name in facts.FACTS},
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What becomes an utterance: `at` in seconds since 1970, `number` and `depth` of the mail that it stood in.

    `is_timed` is False where only the day is known.
    """

    author: Participant
    words: Words
    source_id: str
    at: float | None
    number: int
    depth: int = 0
    is_timed: bool = True


def _is_number(fact: str, value: str) -> bool:
    """True for a person whom a CRM gave by address or by number: no better than the name that is known."""
    return fact in ("contact", "rep") and bool(re.search(r"[@\d]", value))


def _at(mail: Mail) -> float | None:
    """When a mail was sent in seconds since 1970; at the end of the day where only that is known."""
    if not mail.sent_at:
        return None
    return moment(mail.sent_at) + (0 if "T" in mail.sent_at else _DAY - 1)


def _order(said: _Said) -> tuple[bool, float, int, int]:
    return (said.at is None, said.at or 0.0, said.number, -said.depth)


def _spoken(mails: Sequence[Mail]) -> Iterator[_Said]:
    """The pieces of the mails themselves; copies of one mail say the same only once."""
    heard: dict[str, list[str]] = {}
    for number, mail in enumerate(mails):
        copies = heard.setdefault(mail.id, [])
        earlier = list(copies)
        for piece in mail.words:
            flat = f" {' '.join(folded(piece.text))} "
            if not any(flat in text for text in earlier):
                yield _Said(mail.sender, piece, mail.id, _at(mail), number, is_timed="T" in mail.sent_at)
                copies.append(flat)
        if len(mail.words) > 1:
            copies.append(f" {_flat(mail)} ")  # a copy may be cut into other pieces


def _recovered(seen: Seen, mail: Mail) -> _Said:
    """A quoted mail in its place: at its own date, or where that is missing or later, right before what quotes it."""
    quoting = _at(mail)
    at = _in_zone_of(seen.sent_at, mail.sent_at) if seen.sent_at else None
    if quoting is not None and (at is None or at >= quoting):
        at = quoting - seen.depth
    # By the author as the quotation shows them: what else a thread tells of them must not change the utterance's id.
    source_id = f"quoted:{stable_id(person_key(seen.author), ' '.join(seen.folded))}"
    return _Said(seen.author, seen.words, source_id, at, seen.mail, seen.depth, "T" in (seen.sent_at or mail.sent_at))


def _in_zone_of(sent_at: str, other: str) -> float:
    """A quoted date in seconds; without a zone of its own it is in that of the mail program that quoted it."""
    sent = datetime.fromisoformat(sent_at)
    zone = datetime.fromisoformat(other).tzinfo if other else None
    return (sent if sent.tzinfo else sent.replace(tzinfo=zone or UTC)).timestamp()


def _written(at: float, like: str, *, is_timed: bool) -> str:
    """Seconds since 1970 in the zone of an ISO time, a mere day where no more is known."""
    zone = datetime.fromisoformat(like).tzinfo if like else UTC
    found = datetime.fromtimestamp(at, zone or UTC)
    if not is_timed:
        return found.date().isoformat()
    return (found if zone else found.replace(tzinfo=None)).isoformat()


def _utterance(
    said: _Said, began: float | None, people: Mapping[str, Participant], names: Mapping[str, str]
) -> Utterance:
    key = _key(said.author, names)
    return Utterance(
        people[key].name if key in people and said.author.name else "",
        people[key].role if key in people else said.author.role,
        "verbatim",
        said.words.text,
        started_at=said.at - began if said.is_timed and said.at is not None and began is not None else None,
        source_id=said.source_id,
        answers=said.words.answers,
    )


def _key(person: Participant, names: Mapping[str, str]) -> str:
    key = person_key(person)
    return names.get(key, key)


def _named(shown: Sequence[Participant], names: Mapping[str, str]) -> dict[str, Participant]:
    """Everybody in a thread under one name each, with the side that the mails agree on; two people of one name are told
    apart by address."""
    people: dict[str, Participant] = {}
    roles: dict[str, set[Role]] = {}
    titles: dict[str, str] = {}
    for person in shown:
        key = _key(person, names)
        if key and (key not in people or people[key].name.casefold() == people[key].address):
            people[key] = person if person.address or key == person_key(person) else replace(person, address=key)
        if person.role != "unknown":
            roles.setdefault(key, set()).add(person.role)
        titles[key] = titles.get(key) or person.title
    for key, person in people.items():
        stated = roles.get(key, set())
        role: Role = next(iter(stated)) if len(stated) == 1 else "unknown"
        people[key] = replace(person, role=role, title=titles[key])
    same = Counter(person.name for person in people.values())
    return {
        key: replace(person, name=f"{person.name} <{person.address}>")
        if same[person.name] > 1 and person.address
        else person
        for key, person in people.items()
    }
