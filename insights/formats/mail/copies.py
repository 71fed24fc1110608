"""Copies of one mail: out of two mailboxes, or out of a mailbox and a CRM, which names it by a number of its own.

A copy has an id of the other, or its words, its author and a recipient of it at its time, as well as both tell that: a
row's time may lack its zone, or be a mere day. Then it is a copy of the nearest mail that tells its time better, and
takes the time of that. What is found is a function of the set of mails.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

from insights.formats.mail.records import Mail
from insights.formats.mail.recovered import person_key
from insights.records import Participant, stable_id

DAYS = 2 * 86_400  # longer than any reach, so a copy is found in the same two days or those beside them
TELLING = 40
MOST_RECIPIENTS = 20
# An id that a reader or a CRM made: a mail's own Message-ID goes before it.
_MADE = ("@no-message-id", "@record-id")
# How far apart two times of one mail can be: both whole; one without a zone; one a mere day.
_REACH = (300, 14 * 3600, 26 * 3600)
_NOON = 12 * 3600
_UNTOLD = 3


def moment(sent_at: str) -> float:
    """A mail's ISO time as seconds since 1970."""
    sent = datetime.fromisoformat(sent_at)
    # "-0000" means that the sender's zone is unknown; as UTC it still sorts.
    return (sent if sent.tzinfo else sent.replace(tzinfo=UTC)).timestamp()


def looseness(mail: Mail) -> int:
    """How little a mail's time tells: 0 for a time with its zone, 1 without one, 2 for a mere day, 3 for nothing."""
    if "T" not in mail.sent_at:
        return 2 if mail.sent_at else _UNTOLD
    return int(datetime.fromisoformat(mail.sent_at).tzinfo is None)


def likenesses(mail: Mail, words: str, subject: str) -> Iterator[str]:
    """A hash of a mail's `words` (folded) with each recipient; few only count together with its `subject` (normal)."""
    for person in mail.recipients[:MOST_RECIPIENTS]:
        if words and mail.sent_at and person.address:
            yield stable_id(person.address, words, "" if len(words) >= TELLING else subject)


def settled(mails: Sequence[Mail], likeness: Sequence[Sequence[str]]) -> list[Mail]:
    """The mails in their order, copies under one id, with the references of all and the surest time of any.

    `mails` are in their order of time, `likeness` are the likenesses of each.
    """
    parents = list(range(len(mails)))

    def find(number: int) -> int:
        while parents[number] != number:
            parents[number] = number = parents[parents[number]]
        return number

    for one, other in (*_named_alike(mails), *_said_alike(mails, likeness)):
        parents[find(other)] = find(one)
    classes: dict[int, list[int]] = {}
    for number in range(len(mails)):
        classes.setdefault(find(number), []).append(number)
    found = list(mails)
    for numbers in classes.values():
        if len(numbers) > 1:
            _settle(found, numbers)
    return found


def _settle(found: list[Mail], numbers: Sequence[int]) -> None:
    copies = [found[number] for number in numbers]
    best = min(copies, key=lambda mail: (looseness(mail), mail.id.endswith(_MADE)))  # the first of equals
    ids = dict.fromkeys(name for mail in (best, *copies) for name in (mail.id, *mail.aliases))
    references = dict.fromkeys(name for mail in (best, *copies) for name in mail.references)
    for number, mail in zip(numbers, copies, strict=True):
        found[number] = replace(
            mail, id=best.id, aliases=tuple(name for name in ids if name != best.id), references=tuple(references),
            sent_at=best.sent_at if looseness(best) < looseness(mail) else mail.sent_at,
        )  # fmt: skip


def _named_alike(mails: Sequence[Mail]) -> Iterator[tuple[int, int]]:
    first: dict[str, int] = {}
    for number, mail in enumerate(mails):
        for name in (mail.id, *mail.aliases):
            if (known := first.setdefault(name, number)) != number:
                yield known, number


def _said_alike(mails: Sequence[Mail], likeness: Sequence[Sequence[str]]) -> Iterator[tuple[int, int]]:
    alike: dict[str, list[int]] = {}
    for number, hashes in enumerate(likeness):
        for told in hashes:
            alike.setdefault(told, []).append(number)
    for numbers in alike.values():
        if len(numbers) > 1:
            yield from _near(mails, numbers)


def _near(mails: Sequence[Mail], numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Of mails with the same words the pairs that are one: times alike, or the nearest time that tells more."""
    levels: dict[int, list[int]] = {}
    for number in numbers:
        levels.setdefault(looseness(mails[number]), []).append(number)
    surer: list[int] = []
    for level, same in sorted(levels.items()):
        times = [moment(mails[number].sent_at) for number in surer]
        for number in same:
            sent = moment(mails[number].sent_at) + (_NOON if level > 1 else 0)
            at = bisect_left(times, sent)
            near = [(abs(times[i] - sent), i) for i in (at - 1, at) if 0 <= i < len(times)]
            near = [
                (apart, i) for apart, i in near if apart <= _REACH[level] and _by_one(mails[surer[i]], mails[number])
            ]
            if near:
                yield surer[min(near)[1]], number
        for one, other in pairwise(same):
            apart = moment(mails[other].sent_at) - moment(mails[one].sent_at)
            if apart <= _REACH[0] and _by_one(mails[one], mails[other]):
                yield one, other
        surer = sorted([*surer, *same])


def _by_one(one: Mail, other: Mail) -> bool:
    """True unless the senders are known to be two: a CRM often knows only the name of its user, or a number."""
    first, second = one.sender, other.sender
    if first.address and second.address:
        return first.address == second.address
    names = {person_key(Participant(person.name)) for person in (first, second) if _is_name(person)}
    return len(names) < 2


def _is_name(person: Participant) -> bool:
    return bool(person.name) and person.name.casefold() != person.address
