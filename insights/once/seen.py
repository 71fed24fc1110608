"""What counting once needs to know of a conversation, and what it says about it.

Two records in the vocabulary of `occasions`: `Seen` goes in, `Link` and `Doubt` come out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from insights.once import accounts
from insights.records import Conversation, ConversationKind

LinkKind = Literal["duplicate", "revision", "occasion"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A conversation as it stands in the store.

    `kind` is "note" for whatever a rep reported: a CRM's "Call" is what was written about it. `texts` are its
    utterances in order. `account`, `people` and `rep` are folded as in `accounts` ("" and () where unknown); `people`
    are the buyer's side, names and addresses. `source_id` is the record's own name in the system it came from, made
    unambiguous by the caller where two systems number alike. `origins` are what its row is known by however its columns
    are read. `keys` are deal keys. `duration` is in seconds. `sequence` orders uploads: a greater one came later.
    """

    id: str
    kind: ConversationKind
    occurred_at: str
    texts: tuple[str, ...]
    account: str = ""
    people: frozenset[str] = frozenset()
    rep: str = ""
    title: str = ""
    source_id: str = ""
    keys: frozenset[str] = frozenset()
    duration: float | None = None
    sequence: int = 0
    origins: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Link:
    """How a conversation stands to another one that counts in its place.

    "duplicate": the same content again. "revision": the same record, edited; the primary is the newest. "occasion":
    another account of the same meeting. A primary is never itself linked as a duplicate or a revision; the primary of
    an occasion is linked to nothing. `confidence` is in [0, 1]; `reasons` are sentences for people, without a word of
    what was said.
    """

    conversation_id: str
    primary_id: str
    kind: LinkKind
    confidence: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A conversation that could belong to any of several meetings: not linked, for a person to say."""

    conversation_id: str
    candidates: tuple[str, ...]
    reasons: tuple[str, ...]


def seen(conversation: Conversation, *, sequence: int = 0, source_id: str = "") -> Seen:
    """The record of a conversation whose roles are assigned (see roles.assign): sellers are not counted as people."""
    ends = [u.ended_at if u.ended_at is not None else u.started_at for u in conversation.utterances]
    rep = accounts.person(conversation.rep)
    buyers = {accounts.person(p.name) for p in conversation.participants if p.role != "seller"}
    buyers |= {accounts.person(p.address) for p in conversation.participants if p.role != "seller"}
    people = _people([*buyers, accounts.person(conversation.contact)], rep)
    reported = all(u.voice == "reported" for u in conversation.utterances)
    kind: ConversationKind = "note" if reported else conversation.kind
    return Seen(
        conversation.id, kind, conversation.occurred_at, tuple(u.text for u in conversation.utterances),
        accounts.account(conversation.account), people, rep, conversation.title, source_id,
        frozenset(key for key in conversation.keys if key.startswith("id:")),
        max((end for end in ends if end is not None), default=None) if kind == "call" else None, sequence,
        frozenset(conversation.origins),
    )  # fmt: skip


def _people(names: Iterable[str], rep: str) -> frozenset[str]:
    return frozenset(name for name in names if name and not accounts.same_person(name, rep))
