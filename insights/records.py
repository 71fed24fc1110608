"""The vocabulary of Parley as frozen records. Ids come from content, so the same input always gives the same ids."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["objection", "question", "competitor"]
Role = Literal["buyer", "seller", "unknown"]
Voice = Literal["verbatim", "reported"]
ConversationKind = Literal["call", "email", "note", "chat"]
FollowUp = Literal["answered", "deferred", "open", ""]

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
LABELS: Mapping[str, tuple[str, ...]] = {
    "objection": OBJECTION_LABELS,
    "question": QUESTION_LABELS,
    "competitor": RELATIONS,
}


def stable_id(*parts: object) -> str:
    """Hash parts into 16 hexadecimal digits; part borders count, so ("ab", "c") differs from ("a", "bc")."""
    pieces: list[bytes] = []
    for part in parts:
        encoded = str(part).encode("utf-8", "surrogatepass")
        pieces += (len(encoded).to_bytes(8, "big"), encoded)
    return hashlib.blake2b(b"".join(pieces), digest_size=8).hexdigest()


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

    def as_dict(self) -> dict[str, str]:
        """The person as plain values: `dataclasses.asdict` is some ten times slower, and there are many people."""
        return {"name": self.name, "address": self.address, "role": self.role, "title": self.title}


@dataclass(frozen=True, slots=True)
class Utterance:
    """A turn, a mail's own text, or a note's paragraph.

    A note is written by the seller about the buyer: role "seller", voice "reported".
    Times are seconds from the conversation's `occurred_at`; None where the source has none.
    `source_id` is the source's own name for it (a Message-ID), "" where there is none.
    `answers` are the quoted words that an inline answer in a mail replies to: context, never counted as said here.
    `language` is ISO 639-1, "" when the text is too short to tell.
    """

    speaker: str
    role: Role
    voice: Voice
    text: str
    started_at: float | None = None
    ended_at: float | None = None
    source_id: str = ""
    answers: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One call, e-mail thread, chat or note, with the facts that its source gave.

    `occurred_at` is ISO 8601 (a date, or a time with its zone), "" when the source has none.
    `fields` keeps every further column of an upload under its own header.
    `references` tie the mails of a thread to those of other uploads (see formats.mail), () for everything else.
    `keys` are what CRM records join it by ("id:0065g00000abcde", "email:dana@acme.example"; see CrmRecord).
    `source_id` is the record's own number in the system it came from, "" where there is none.
    `origins` are what the row of a table that it came from is known by, whatever its columns were taken for (see
    formats.tables.origins), () for everything else.
    `pieces` is how many pieces of its file it was made of: the rows of a turn table, 1 for a note or a transcript.
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
    keys: tuple[str, ...] = ()
    pieces: int = 1
    source_id: str = ""
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CrmRecord:
    """What a CRM knows of a deal, a contact or an account: facts that conversations are given, no words of its own.

    `keys` are what it is known by, lower case: "id:…" (a Salesforce id by its first 15 characters, as written),
    "email:…", "account:…" and "name:…". `facts` are named as in formats.facts.FACTS, `fields` by their own headers.
    """

    kind: Literal["deal", "contact", "account"]
    keys: tuple[str, ...]
    facts: Mapping[str, str]
    fields: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read: where it stood, what was wrong, and what to do about it.

    `kept` says that the piece went in all the same (a note whose date was not understood). `record` is the row as the
    file gave it (header -> cell), so that a person can correct it and upload it again; {} where there is no row.
    """

    file: str
    row: int | None
    reason: str
    advice: str = ""
    kept: bool = False
    record: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Insight:
    """A span of an utterance that says something worth counting: `text` is `utterance.text[start:end]`, verbatim.

    `label` is an objection's or question's class, or a competitor's relation. `name` is the competitor's catalogue
    name (or the name as written when it is in no catalogue), "" for the other kinds. `confidence` is in [0, 1].
    `follow_up` tells what became of an objection or question in its conversation ("" where nobody has looked), and
    `came_back` that an objection was raised again after a reply.
    """

    kind: Kind
    start: int
    end: int
    text: str
    label: str
    confidence: float
    name: str = ""
    follow_up: FollowUp = ""
    came_back: bool = False


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
