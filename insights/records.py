"""The vocabulary of Parley as frozen records. Ids come from content, so the same input always gives the same ids."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["objection", "question", "competitor"]
Role = Literal["buyer", "seller", "unknown"]
Voice = Literal["verbatim", "reported"]
ConversationKind = Literal["call", "email", "note", "chat"]

KINDS: tuple[Kind, ...] = ("objection", "question", "competitor")

OBJECTION_LABELS = (
    "price", "budget", "roi", "authority", "need", "status_quo", "timing", "competitor", "product_gap",
    "integration", "implementation", "security_legal", "trust", "other",
)  # fmt: skip
QUESTION_LABELS = (
    "pricing", "comparison", "proof", "limits", "fit", "capability", "integration", "security", "implementation",
    "support", "contract", "roadmap", "roi", "company", "process", "other",
)  # fmt: skip
RELATIONS = ("incumbent", "evaluating", "past", "switching_from", "switching_to", "comparison", "mention")
LABELS: Mapping[Kind, tuple[str, ...]] = {
    "objection": OBJECTION_LABELS,
    "question": QUESTION_LABELS,
    "competitor": RELATIONS,
}


def stable_id(*parts: object) -> str:
    """Hash parts into 16 hexadecimal digits; part borders count, so ("ab", "c") differs from ("a", "bc")."""
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        data = str(part).encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


def text_hash(text: str) -> str:
    """The content hash that quotes are checked against and vectors are stored under."""
    return stable_id("text", text)


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who took part: a speaker, a sender, or a recipient."""

    name: str
    address: str = ""
    role: Role = "unknown"
    title: str = ""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A turn, a mail's own text, or a note's paragraph.

    A note is written by the seller about the buyer: role "seller", voice "reported".
    Times are seconds from the conversation's `occurred_at`; None where the source has none.
    `source_id` is the source's own name for it (a Message-ID), "" where there is none.
    """

    speaker: str
    role: Role
    voice: Voice
    text: str
    started_at: float | None = None
    ended_at: float | None = None
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One call, e-mail thread, chat or note, with the facts that its source gave.

    `occurred_at` is ISO 8601 (a date, or a time with its zone), "" when the source has none.
    `fields` keeps every further column of an upload under its own header.
    `references` tie the mails of a thread to those of other uploads (see formats.mail), () for everything else.
    """

    id: str
    kind: ConversationKind
    title: str
    occurred_at: str
    utterances: tuple[Utterance, ...]
    participants: tuple[Participant, ...] = ()
    account: str = ""
    contact: str = ""
    job_title: str = ""
    rep: str = ""
    stage: str = ""
    outcome: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    row: int | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read: where it stood, what was wrong, and what to do about it."""

    file: str
    row: int | None
    reason: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Insight:
    """A span of an utterance that says something worth counting: `text` is `utterance.text[start:end]`, verbatim.

    `label` is an objection's or question's class, or a competitor's relation. `name` is the competitor's catalogue
    name (or the name as written when it is in no catalogue), "" for the other kinds. `confidence` is in [0, 1].
    """

    kind: Kind
    start: int
    end: int
    text: str
    label: str
    confidence: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Competitor:
    """A rival's catalogue entry: one name and the other ways people write it."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Company:
    """What the seller told Parley about itself: tells sides apart and keeps own names out of the competitors."""

    domains: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    integrations: tuple[str, ...] = ()
    competitors: tuple[Competitor, ...] = ()
