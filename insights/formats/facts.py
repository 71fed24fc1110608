"""The one place where a reader's findings become a Conversation: content ids, facts, paragraphs, sides."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from insights.formats import markup
from insights.records import Conversation, ConversationKind, Participant, Role, Utterance, stable_id

Values = Mapping[str, str]

FACTS = ("account", "contact", "job_title", "rep", "stage", "outcome")

_KINDS: tuple[tuple[ConversationKind, re.Pattern[str]], ...] = (
    ("email", re.compile(r"e-?mail|\bmail\b|correspondence", re.I)),
    ("chat", re.compile(r"chat|message|\bsms\b|whatsapp|linkedin|slack|intercom|\btext\b", re.I)),
    (
        "call",
        re.compile(
            r"call|phone|meeting|zoom|teams|demo|video|conference|voice|anruf|telefon|telefonat|besprechung|termin\b|treffen|videokonferenz|llamada|appel|event",
            re.I,
        ),
    ),
    ("note", re.compile(r"note|memo|notiz", re.I)),
)
_SELLER = re.compile(
    r"\b(?:rep|representative|agent|seller|sales|salesperson|ae|sdr|bdr|vendor|account executive|advisor|adviser"
    r"|host|internal|verkäufer|vendedor|sales ?rep|account manager|csm)\b",
    re.I,
)
_BUYER = re.compile(r"\b(?:customer|client|prospect|buyer|lead|contact|guest|external|kunde|cliente|caller)\b", re.I)
_BULLET = re.compile(r"\s*(?:[-*•–·▪]|\d{1,2}[.)])\s")


def kind_of(value: str, default: ConversationKind = "note") -> ConversationKind:
    """A type column's word, in any of the spellings CRMs use, as a kind."""
    return known_kind(value) or default


@lru_cache(maxsize=1024)
def known_kind(value: str) -> ConversationKind | None:
    """The kind that a type column's word names, None when it names none."""
    return next((kind for kind, pattern in _KINDS if pattern.search(value)), None)


def side_of(label: str) -> Role:
    """The side that a role column or a speaker label names; "unknown" when it names none or both."""
    seller, buyer = bool(_SELLER.search(label)), bool(_BUYER.search(label))
    if seller == buyer:
        return "unknown"
    return "seller" if seller else "buyer"


def paragraphs(text: str) -> list[str]:
    """A note's paragraphs and list items, verbatim: split at blank lines and at line ends, but not inside a sentence
    that an editor wrapped at a fixed width (a long line followed by one in lower case)."""
    if "\n" not in text and "\r" not in text:
        return [text.strip()] if text.strip() else []
    parts: list[str] = []
    for block in re.split(r"\r?\n[ \t]*\r?\n", text):
        last = ""
        for line in re.split(r"\r?\n|\r", block):
            if not line.strip():
                continue
            if last and len(last) >= 55 and line.lstrip()[:1].islower() and not _BULLET.match(line):
                parts[-1] += "\n" + line.rstrip()
            else:
                parts.append(line.strip())
            last = line
    return parts


def plain_text(text: str) -> str:
    """Notes that a CRM exported as HTML, as text; anything else unchanged."""
    if "<" not in text or not re.search(r"<(?:p|br|div|ul|li|span|b|strong)\b[^>]{0,200}>", text, re.I):
        return text
    return markup.text_of(text)


def conversation(
    kind: ConversationKind,
    utterances: Sequence[Utterance],
    *,
    source_id: str = "",
    title: str = "",
    occurred_at: str = "",
    facts: Mapping[str, str],
    fields: Mapping[str, str],
    participants: Iterable[Participant] = (),
    file: str,
    row: int | None = None,
    keys: tuple[str, ...] = (),
    pieces: int = 1,
    origins: tuple[str, ...] = (),
) -> Conversation:
    """Build a conversation whose id comes from what it says, not from the file it came in."""
    account = facts.get("account", "")
    said = [part for utterance in utterances for part in (utterance.speaker, utterance.text)]
    return Conversation(
        id=stable_id(kind, source_id, occurred_at, account, *said),
        kind=kind,
        title=title,
        occurred_at=occurred_at,
        utterances=tuple(utterances),
        participants=tuple(participants) or speakers(utterances),
        fields=dict(fields),
        file=file,
        row=row,
        references=(),
        keys=keys,
        pieces=pieces,
        origins=origins,
        source_id=source_id,
        **{name: facts.get(name, "") for name in FACTS},
    )


def speakers(utterances: Iterable[Utterance]) -> tuple[Participant, ...]:
    """One participant for each named speaker, in order of first words."""
    found: dict[str, Participant] = {}
    for utterance in utterances:
        if utterance.speaker and utterance.speaker not in found:
            found[utterance.speaker] = Participant(utterance.speaker, role=utterance.role)
    return tuple(found.values())


def seconds(value: str) -> float | None:
    """A time within a conversation: "12.5", "1:02:03.250", "02:03"; None when it is none of these."""
    match = re.fullmatch(r"\s*(?:(?:(\d{1,4}):)?(\d{1,3}):)?(\d{1,7}(?:[.,]\d{1,6})?)\s*", value)
    if not match:
        return None
    return int(match[1] or 0) * 3600 + int(match[2] or 0) * 60 + float(match[3].replace(",", "."))


def since(start: str, moment: str) -> float | None:
    """Seconds from one ISO time to another, None when either has no time of day or only one has a zone."""
    try:
        first, second = datetime.fromisoformat(start), datetime.fromisoformat(moment)
        return (second - first).total_seconds() if "T" in start and "T" in moment else None
    except (ValueError, TypeError):
        return None
