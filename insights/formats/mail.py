"""Mails and mailboxes: each mail becomes its author's own words, mails that answer each other become one thread.

Reading and threading are two steps, because the mails of one thread can lie in several files. A thread's id comes from
its root's Message-ID alone, the earliest that these mails name. Mails that come later may name an earlier one: whoever
keeps threads joins them by `Conversation.references` (see `sought`).
"""

import email.utils
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import islice
from typing import Any, BinaryIO

from insights.formats import facts, markup, quoting
from insights.formats.columns import ColumnMapping, known
from insights.formats.sources import Limits, Source, decode, detect, open_source, repair, shown
from insights.records import Conversation, Participant, Problem, Utterance, stable_id

_MOST_REFERENCES = 200
_MOST_PARTS = 200
# A Message-ID has no space, so these marks are never taken for one.
_HAS, _LOST = "has ", "lost in "
_ID = re.compile(r"<([^<>\s]{1,500})>")
_REPLY = re.compile(
    r"^\s*(?:(?:re|aw|antw|sv|vs|fwd?|fw|wg|tr|rv|res|enc|r|i|ynt|odp|回复|答复|转发)\s*(?:\[\d+\])?\s*[:：]\s*|\[[^\]]{1,40}\]\s*)+",
    re.I,
)
_FACT_HEADER = re.compile(r"^X-(?:Parley|CRM)-(.+)$", re.I)
_FACT_NAMES = {"contact title": "job_title", "title": "job_title", "owner": "rep", "company": "account"}
_ROBOT = re.compile(
    r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|notifications?|auto-?(?:reply|responder))\b", re.I
)
_AWAY = re.compile(
    r"^\s*(?:out of (?:the )?office|automatic reply|auto(?:matic)?[- ]?(?:reply|response)|autoreply|abwesenheit|automatische antwort"
    r"|réponse automatique|absence du bureau|respuesta automática|fuera de la oficina|risposta automatica|fuori sede"
    r"|automatisch antwoord|afwezig|autosvar|automatiskt svar|undeliver(?:able|ed)|delivery (?:status notification|failure|has failed)"
    r"|mail delivery (?:failed|subsystem)|returned mail|failure notice|unzustellbar)",
    re.I,
)
_MEETING = re.compile(
    r"^\s*(?:(?:accepted|declined|tentative(?:ly accepted)?|cancell?ed(?: event)?|updated invitation|invitation|zugesagt|abgesagt|einladung)\s*:)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, reduced to what threading and mining need. `text` is only its author's new words, "" for none."""

    id: str
    references: tuple[str, ...]
    sender: Participant
    recipients: tuple[Participant, ...]
    subject: str
    sent_at: str
    text: str
    facts: Mapping[str, str]
    fields: Mapping[str, str]
    file: str = ""
    row: int | None = None


def from_dict(value: Mapping[str, Any]) -> Mail:
    """The mail that `dataclasses.asdict` made this of."""
    people = tuple(Participant(**person) for person in value["recipients"])
    more = {"references": tuple(value["references"]), "recipients": people, "sender": Participant(**value["sender"])}
    return Mail(**{**value, **more})


def read(source: Source, mapping: ColumnMapping) -> Iterator[Conversation | Problem]:
    """Read one mail or a mailbox and thread what it holds."""
    mails: list[Mail] = []
    for item in read_mails(source.name, source.stream, limits=source.limits):
        if isinstance(item, Mail):
            mails.append(item)
        else:
            yield item
    yield from threads(mails)


def read_mails(name: str, stream: BinaryIO, *, limits: Limits | None = None) -> Iterator[Mail | Problem]:
    """Yield each mail of an .eml or .mbox file, one in memory at a time; `row` counts the mails from 1.

    A mail without words of its own is yielded with an empty text, so that threads hold together, after its problem.
    """
    limits = limits or Limits()
    source = open_source(name, stream, limits)
    if source.head.strip() and not (is_mbox(source.head) or is_mail(source.head)):
        yield Problem(name, None, "This is not a mail or a mailbox.", "Export it again as .eml or .mbox.")
        return
    if is_mbox(source.head):
        raws: Iterator[bytes | None] = _messages(source)
    else:
        source.stream.seek(0)
        data = source.stream.read(limits.mail + 1)
        raws = iter([data if len(data) <= limits.mail else None])
    for row, raw in enumerate(raws, start=1):
        if raw is None:
            reason = f"A mail is larger than {shown(limits.mail)}."
            yield Problem(name, row, reason, "Leave its attachments out and upload it again.")
        else:
            yield from _mail(raw, name, row)


def is_mbox(head: bytes) -> bool:
    """True for content that opens with mbox's "From " line."""
    return head.lstrip(b"\r\n").startswith(b"From ")


def is_mail(head: bytes) -> bool:
    """True for content that opens with headers, one of them a mail's."""
    found = re.findall(
        rb"^(from|to|subject|date|message-id|mime-version|received|return-path|delivered-to)[ \t]*:",
        head[:8192],
        re.I | re.M,
    )
    first = head.lstrip().split(b"\n", 1)[0]
    return bool(found) and bool(re.match(rb"^[\w-]+[ \t]*:", first))


def _messages(source: Source) -> Iterator[bytes | None]:
    """Cut an mbox at its "From " lines; None for a mail past the limit. ">From " is unescaped."""
    source.stream.seek(0)
    parts: list[bytes] = []
    size, blank, started = 0, True, False
    while line := source.stream.readline(1 << 20):
        if blank and line.startswith(b"From ") and re.match(rb"^From \S*.*\d{4}|^From \S+@\S+|^From -", line):
            if started:
                yield b"".join(parts) if size <= source.limits.mail else None
            parts, size, started = [], 0, True
        elif started or line.strip():
            started = True
            size += len(line)
            if size <= source.limits.mail:
                parts.append(line[1:] if re.match(rb"^>+From ", line) else line)
            else:
                parts.clear()
        blank = not line.strip()
    if started:
        yield b"".join(parts) if size <= source.limits.mail else None


def _mail(raw: bytes, name: str, row: int) -> Iterator[Mail | Problem]:
    if not raw.strip():
        yield Problem(name, row, "The mail is empty.", "Leave it out.")
        return
    try:
        message = message_from_bytes(raw.lstrip(b"\r\n"), policy=policy.default)
        assert isinstance(message, EmailMessage)
        if reason := _automatic(message):
            yield Problem(name, row, f"Automatic mail, not mined ({reason}).", "Nothing to do.")
            return
        mail = _compose(message, name, row)
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError) as error:
        # The standard library's parser raises many kinds on malformed mails; which one is all that is safe to show.
        reason = f"The mail could not be read ({type(error).__name__})."
        yield Problem(name, row, reason, "Open it in a mail program and export it again.")
        return
    if not mail.text:
        yield Problem(name, row, "The mail has no words of its own author.", "Nothing to do: quotations are not mined.")
    if mail.text or mail.id:
        yield mail


def header(message: EmailMessage, name: str) -> str:
    """A header's text, "" when it is missing; a malformed one as it was written.

    Plain ASCII is taken as it stands: the standard library's structured parsing of headers costs more than all else.
    """
    lowered = name.lower()
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == lowered), "")
    if not raw or (raw.isascii() and "=?" not in raw):
        return " ".join(raw.replace("\x00", "").split())
    try:
        value = str(message.get(name) or "")
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError):
        value = raw
    return " ".join(decode(value.encode("utf-8", "surrogateescape"), "utf-8").split())


def _automatic(message: EmailMessage) -> str:
    """Why a mail was written by no person, "" when one may have."""
    answers = bool(header(message, "In-Reply-To") or header(message, "References"))
    subject, sender = header(message, "Subject"), email.utils.parseaddr(header(message, "From"))[1]
    submitted = header(message, "Auto-Submitted").casefold()
    if submitted and not submitted.startswith("no"):
        return "Auto-Submitted"
    if header(message, "Precedence").casefold() in ("bulk", "junk", "auto_reply") and not header(message, "List-Post"):
        return "Precedence"
    if any(header(message, name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply")):
        return "automatic reply"
    # A group address such as sales@ adds List- headers to real mails too: it has List-Post, a newsletter has not.
    if header(message, "List-Unsubscribe") and not answers and not header(message, "List-Post"):
        return "List-Unsubscribe"
    if message.get_content_type() == "multipart/report" or header(message, "Return-Path") == "<>":
        return "delivery report"
    if _AWAY.match(subject):
        return "automatic reply or bounce"
    if _ROBOT.match(sender):
        return "sender"
    calendar = any(part.get_content_type() == "text/calendar" for part in islice(message.walk(), _MOST_PARTS))
    if message.get_content_type() == "text/calendar" or (calendar and (_MEETING.match(subject) or not answers)):
        return "calendar"
    return ""


def _compose(message: EmailMessage, name: str, row: int) -> Mail:
    sender = next(iter(_people(message, "From")), None) or next(iter(_people(message, "Sender")), Participant(""))
    recipients = tuple(dict.fromkeys([*_people(message, "To"), *_people(message, "Cc")]))
    subject, sent_at = header(message, "Subject"), _sent_at(message)
    text = own_words(message, sender.name)
    ids = _ID.findall(header(message, "Message-ID")) or [header(message, "Message-ID").strip("<> ")]
    references = _ID.findall(header(message, "References"))[-_MOST_REFERENCES:]
    answered = [found for found in _ID.findall(header(message, "In-Reply-To"))[:1] if found not in references]
    found_facts, fields = _facts(message)
    return Mail(
        id=ids[0] or stable_id("mail", sender.address, sent_at, subject, text) + "@no-message-id",
        references=(*references, *answered),
        sender=sender,
        recipients=recipients,
        subject=subject,
        sent_at=sent_at,
        text=text,
        facts=found_facts,
        fields=fields,
        file=name,
        row=row,
    )


def _people(message: EmailMessage, name: str) -> list[Participant]:
    found = []
    for person, address in email.utils.getaddresses([header(message, name)])[:100]:
        if address or person:
            found.append(Participant(person.strip(" '\"") or address, address.casefold()))
    return found


def _sent_at(message: EmailMessage) -> str:
    """The Date header, else the date of the last Received header; "" when neither can be read."""
    received = header(message, "Received").rpartition(";")[2]
    for text in (header(message, "Date"), received):
        try:
            sent = email.utils.parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return sent.isoformat()
    return ""


def _facts(message: EmailMessage) -> tuple[dict[str, str], dict[str, str]]:
    """`X-CRM-Account: Acme` and its like: known ones are facts, the others fields."""
    found: dict[str, str] = {}
    fields: dict[str, str] = {}
    for key, _ in message.raw_items():
        if not (match := _FACT_HEADER.match(key)):
            continue
        label = match[1].replace("-", " ").casefold()
        role = _FACT_NAMES.get(label) or (known(label) or ("",))[0]
        if role in facts.FACTS:
            found.setdefault(role, header(message, key))
        else:
            fields[match[1].replace("-", " ")] = header(message, key)
    return found, fields


def own_words(message: EmailMessage, sender: str = "") -> str:
    """What the author newly wrote, from the plain part, or from the HTML one where there is no plain part."""
    plain, marked = [], []
    for part in islice(message.walk(), _MOST_PARTS):
        if part.is_multipart() or part.get_content_disposition() == "attachment" or part.get_filename():
            continue
        # A multipart without its borders is one text to the standard library.
        if part.get_content_type() == "text/plain" or part.get_content_maintype() == "multipart":
            plain.append(content(part))
        elif part.get_content_type() == "text/html":
            marked.append(content(part))
    text = "\n".join(plain).strip()
    if marked and (not text or re.match(r"^\s*<(?:html|!doctype|body)", text, re.I) or len(text) < 3):
        text = "\n".join(markup.own(html) for html in marked)
    return quoting.own_text(text, sender=sender).strip()


def content(part: EmailMessage) -> str:
    """A text part decoded by its charset, or by its content when the charset is missing, unknown or wrong."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return str(part.get_payload() or "")
    charset = (part.get_content_charset() or "").strip("'\" ")
    if charset and charset not in ("us-ascii", "ascii"):
        try:
            return repair(data.decode(charset).replace("\x00", ""))
        except (UnicodeDecodeError, LookupError):
            pass
    return decode(data, detect(data[:65_536])).lstrip("\ufeff")


def threads(mails: Iterable[Mail]) -> Iterator[Conversation]:
    """Join mails into threads, whatever order they come in; a mail seen twice counts once.

    Mails belong together by References and In-Reply-To; a reply that has neither joins the mails of the same subject
    between the same two people.
    """
    unique: dict[str, Mail] = {}
    for mail in mails:
        twin = unique.get(mail.id)
        if twin is None or _rank(mail) < _rank(twin):
            unique[mail.id] = mail
    groups: dict[str, list[Mail]] = {}
    find = _joined(unique)
    for mail in sorted(unique.values(), key=_rank):
        groups.setdefault(find(mail.id), []).append(mail)
    for group in groups.values():
        if any(mail.text for mail in group):
            yield _thread(group)


def _rank(mail: Mail) -> tuple[object, ...]:
    """Order of time, then of id; mails without a date come last. The rest only settles between twins."""
    sent = moment(mail.sent_at) if mail.sent_at else 0.0
    return (not mail.sent_at, sent, mail.id, -len(mail.text), mail.text, mail.file, mail.row or 0)


def moment(sent_at: str) -> float:
    """A mail's ISO time as seconds since 1970."""
    sent = datetime.fromisoformat(sent_at)
    # "-0000" means that the sender's zone is unknown; as UTC it still sorts.
    return (sent if sent.tzinfo else sent.replace(tzinfo=UTC)).timestamp()


def _joined(mails: Mapping[str, Mail]) -> Callable[[str], str]:
    """Union-find over message ids; returns find(id) -> representative."""
    parents: dict[str, str] = {}

    def find(node: str) -> str:
        root = node
        while (above := parents.setdefault(root, root)) != root:
            root = above
        while parents[node] != root:
            parents[node], node = root, parents[node]
        return root

    def union(one: str, other: str) -> None:
        first, second = sorted((find(one), find(other)))
        parents[second] = first

    lost: set[tuple[str, str, str]] = set()
    between: dict[tuple[str, str, str], list[str]] = {}
    for mail in mails.values():
        find(mail.id)
        for reference in mail.references:
            union(mail.id, reference)
        for key in _pairs(mail):
            between.setdefault(key, []).append(mail.id)
            if _is_lost(mail):
                lost.add(key)
    for key in lost:
        first, *others = between[key]
        for other in others:
            union(first, other)
    return find


def _is_lost(mail: Mail) -> bool:
    """True for a reply that does not say to which mail."""
    return not mail.references and bool(_REPLY.match(mail.subject))


def marks(mail: Mail) -> Iterator[str]:
    """What ties a mail to others: Message-IDs, and for each subject and pair of people that it has, or is lost in."""
    yield from (mail.id, *mail.references)
    for key in _pairs(mail):
        yield _HAS + stable_id(*key)
        if _is_lost(mail):
            yield _LOST + stable_id(*key)


def sought(references: Iterable[str]) -> set[str]:
    """The references of other threads that make them one with a thread of these references: the rules of `threads`.

    The same Message-ID joins; the same subject between the same two people only when a lost reply is on either side.
    """
    return {
        _LOST + mark.removeprefix(_HAS)
        if mark.startswith(_HAS)
        else _HAS + mark.removeprefix(_LOST)
        if mark.startswith(_LOST)
        else mark
        for mark in references
    }


def _pairs(mail: Mail) -> Iterator[tuple[str, str, str]]:
    subject = normal_subject(mail.subject)
    for person in mail.recipients[:20]:
        if subject and person.address and mail.sender.address:
            one, other = sorted((mail.sender.address, person.address))
            yield subject, one, other


def normal_subject(subject: str) -> str:
    """A subject without its "Re:", "AW:", "[list]" and case."""
    return " ".join(_REPLY.sub("", subject).casefold().split())


def _thread(group: list[Mail]) -> Conversation:
    """One conversation from a thread's mails in order of time."""
    first = group[0]
    root = (*first.references, first.id)[0]
    people = _named(group)
    said = [mail for mail in group if mail.text]
    began = said[0].sent_at
    utterances = [
        Utterance(
            people[mail.sender.address or mail.sender.name].name if mail.sender.name else "",
            "unknown",
            "verbatim",
            mail.text,
            started_at=moment(mail.sent_at) - moment(began) if mail.sent_at else None,
            source_id=mail.id,
        )
        for mail in said
    ]
    subjects = Counter(re.sub(_REPLY, "", mail.subject).strip() for mail in group if mail.subject)
    found: dict[str, str] = {}
    fields: dict[str, str] = {}
    for mail in group:  # the latest mail's facts win: a stage moves on
        found |= {key: value for key, value in mail.facts.items() if value}
        fields |= mail.fields
    return Conversation(
        id=stable_id("email", root),
        kind="email",
        title=re.sub(_REPLY, "", first.subject).strip() or next(iter(subjects), ""),
        occurred_at=began,
        utterances=tuple(utterances),
        participants=tuple(people.values()),
        fields=fields,
        file=first.file,
        row=first.row,
        references=tuple(sorted({mark for mail in group for mark in marks(mail)})),
        keys=(),
        pieces=len(group),
        **{name: found.get(name, "") for name in facts.FACTS},
    )


def _named(group: list[Mail]) -> dict[str, Participant]:
    """Everybody in a thread by address, under one name each; two people of one name are told apart by address."""
    people: dict[str, Participant] = {}
    for mail in group:
        for person in (mail.sender, *mail.recipients):
            key = person.address or person.name
            if key and (key not in people or people[key].name.casefold() == people[key].address):
                people[key] = person
    names = Counter(person.name for person in people.values())
    return {
        key: replace(person, name=f"{person.name} <{person.address}>") if names[person.name] > 1 else person
        for key, person in people.items()
    }
