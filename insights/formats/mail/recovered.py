"""Mails of a thread that are there only as quotations in others: each is found once, and gone once the mail itself is
there.

Words are compared without case, white space, signs and wrapping. A longer text is known when nearly all runs of four of
its words are, so a quotation that was cut short or touched up is; a short one must be its author's to the letter.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from insights.formats.mail.records import Embedded, Mail, Words
from insights.records import Participant

# Chinese and Japanese have no spaces, so a line's end says nothing there: each sign counts as a word.
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
_RUN = 4
_SHORT = 8
_ENOUGH = 0.8
_LONGEST = 4_000

Folded = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A piece of an embedded mail: who said it, where it stood (number of the mail, depth), and when, "" if unknown."""

    author: Participant
    subject: str
    words: Words
    folded: Folded
    sent_at: str
    mail: int
    depth: int


def folded(text: str) -> Folded:
    """A text's words without case, white space, signs, marks of quotation and wrapping; the signs where it has no
    word."""
    return tuple(_TOKEN.findall(text.casefold())) or ("".join(text.split()),)


def person_key(person: Participant) -> str:
    """What a person is known by: their address, else their name with "Lee, Ann" turned round."""
    if person.address:
        return person.address
    last, comma, first = person.name.partition(",")
    name = f"{first} {last}" if comma and len(person.name.split()) <= 4 else person.name
    return " ".join(re.findall(r"\w+", name.casefold()))


def recovered(mails: Sequence[Mail], names: Mapping[str, str]) -> list[Seen]:
    """The embedded pieces that are in no mail of a thread, each once.

    `mails` are in their order of time; `names` gives the key of a person known by a name alone (see `known_names`).
    """
    runs: set[Folded] = set()
    said: dict[str, list[str]] = {}

    def tell(author: str, words: Folded) -> None:
        runs.update(_runs(words))
        said.setdefault(author, []).append(f" {' '.join(words)} ")

    def is_told(author: str, words: Folded) -> bool:
        if len(words) < _SHORT:
            flat = f" {' '.join(words)} "
            return any(flat in text for text in said.get(author, ()))
        own = _runs(words)
        return sum(run in runs for run in own) >= _ENOUGH * len(own)

    for mail in mails:
        for piece in mail.words:
            tell(person_key(mail.sender), folded(piece.text))
    groups: dict[tuple[Folded, str], list[Seen]] = {}
    for number, mail in enumerate(mails):
        for seen in _seen(mail.embedded, number, 1):
            key = person_key(seen.author)
            groups.setdefault((seen.folded, names.get(key, key)), []).append(seen)
    found: list[Seen] = []
    for (words, author), group in sorted(groups.items(), key=lambda item: (-len(item[0][0]), item[0])):
        if words and not is_told(author, words):
            tell(author, words)
            found.append(_best(group))
    return found


def known_names(people: Sequence[Participant]) -> dict[str, str]:
    """For each name that only one address goes by, its address."""
    addresses: dict[str, set[str]] = {}
    for person in people:
        if person.address and person.name and person.name.casefold() != person.address:
            addresses.setdefault(person_key(Participant(person.name)), set()).add(person.address)
    return {name: next(iter(found)) for name, found in addresses.items() if len(found) == 1}


def authors(embedded: Sequence[Embedded]) -> Iterator[Participant]:
    """Everybody who wrote an embedded mail, at any depth."""
    for mail in embedded:
        yield mail.sender
        yield from authors(mail.embedded)


def _seen(embedded: Sequence[Embedded], number: int, depth: int) -> Iterator[Seen]:
    for mail in embedded:
        for piece in mail.words:
            yield Seen(mail.sender, mail.subject, piece, folded(piece.text), mail.sent_at, number, depth)
        yield from _seen(mail.embedded, number, depth + 1)


def _best(group: Sequence[Seen]) -> Seen:
    """Of one piece seen several times: with a date if any has one, seen first, least wrapped; settled to the letter."""
    return min(
        group,
        key=lambda seen: (
            not seen.sent_at, seen.mail, -seen.depth, seen.words.text.count("\n"), seen.words.text, seen.words.answers,
            seen.author.address == "", seen.author.name, seen.subject, seen.sent_at,
        ),
    )  # fmt: skip


def _runs(words: Folded) -> list[Folded]:
    return [words[at : at + _RUN] for at in range(min(len(words), _LONGEST) - _RUN + 1)]
