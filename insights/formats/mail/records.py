"""A mail as a record of plain values: what threading and mining need, and what a store can keep as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from insights.records import Participant


@dataclass(frozen=True, slots=True)
class Words:
    """A contiguous piece of what an author wrote, verbatim; `answers` are the quoted words right above it."""

    text: str
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A mail seen inside another one, quoted, forwarded or attached; its author is known, by name or address.

    `sent_at` is ISO 8601, without a zone where the quotation gave none, "" when it gave no date that can be read.
    """

    sender: Participant
    sent_at: str
    subject: str
    words: tuple[Words, ...]
    embedded: tuple["Embedded", ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. `words` are only its author's new ones, () for none; `embedded` are the mails that it shows.

    `references` are the Message-IDs that it answers, the earliest first, and the name of its thread where a system
    gives one. `sent_at` is ISO 8601 (a date alone where a row has no more), "" for none. `keys` are what CRM records
    join it by (see records.Conversation), `aliases` further ids of the mail itself: that of its record in a CRM.
    `dataclasses.asdict` makes it JSON, `from_dict` makes the equal record of that.
    """

    id: str
    references: tuple[str, ...]
    sender: Participant
    recipients: tuple[Participant, ...]
    subject: str
    sent_at: str
    words: tuple[Words, ...]
    facts: Mapping[str, str]
    fields: Mapping[str, str]
    embedded: tuple[Embedded, ...] = ()
    file: str = ""
    row: int | None = None
    keys: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of the author's new words, their pieces apart by a blank line."""
        return "\n\n".join(piece.text for piece in self.words)


def from_dict(value: Mapping[str, Any]) -> Mail:
    """The mail that `dataclasses.asdict` made this mapping of, also after a way through JSON and from before it had
    keys."""
    return Mail(
        **{
            **value,
            "references": tuple(value["references"]),
            "sender": Participant(**value["sender"]),
            "recipients": tuple(Participant(**person) for person in value["recipients"]),
            "words": tuple(Words(**piece) for piece in value["words"]),
            "facts": dict(value["facts"]),
            "fields": dict(value["fields"]),
            "embedded": tuple(map(_embedded, value["embedded"])),
            "keys": tuple(value.get("keys", ())),
            "aliases": tuple(value.get("aliases", ())),
        }
    )


def _embedded(value: Mapping[str, Any]) -> Embedded:
    return Embedded(
        **{
            **value,
            "sender": Participant(**value["sender"]),
            "words": tuple(Words(**piece) for piece in value["words"]),
            "embedded": tuple(map(_embedded, value["embedded"])),
        }
    )
