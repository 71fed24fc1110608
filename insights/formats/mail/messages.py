"""One MIME message to a Mail: its people, its date, its author's words and the mails that it shows.

Headers and bodies are taken as they come: what is malformed is read as far as it goes.
"""

import base64
import binascii
import email.utils
import re
from collections.abc import Iterator
from contextlib import suppress
from email import policy
from email.message import Message
from itertools import islice

from insights.formats import facts, markup
from insights.formats.mail import quoting
from insights.formats.mail.embedded import embedded_in, words_of
from insights.formats.mail.records import Embedded, Mail
from insights.formats.sources import decode, detect, repair
from insights.formats.tables.columns import known
from insights.records import Participant, stable_id

_MOST_REFERENCES = 200
_MOST_PARTS = 200
_MOST_PEOPLE = 100
YEARS = range(1900, 2100)  # a broken clock is no date
_LONGEST_HEADER = 100_000
_LONGEST_ENCODED = 10_000  # the standard library's decoding takes time that grows with the square
_DEEPEST_ATTACHED = 4
ERRORS = (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError)
_ID = re.compile(r"<([^<>\s]{1,500})>")
_FACT_HEADER = re.compile(r"^X-(?:Parley|CRM)-(.+)$", re.I)
_FACT_NAMES = {"contact title": "job_title", "title": "job_title", "owner": "rep", "company": "account"}
_HTML = re.compile(r"^\s*<(?:html|!doctype|body)", re.I)


def compose(message: Message, file: str, row: int) -> Mail:
    """The record of a message. Raises what the standard library raises for malformed ones (see boxes)."""
    sender = next(iter(people(message, "From")), None) or next(iter(people(message, "Sender")), Participant(""))
    subject, sent_at = header(message, "Subject"), date_of(message)
    parts = quoting.split(written(message))
    words = words_of(parts, sender.name)
    ids = ids_in(header(message, "Message-ID"))
    found_facts, fields = _facts(message)
    recipients = tuple(dict.fromkeys([*people(message, "To"), *people(message, "Cc")]))
    text = "\n\n".join(piece.text for piece in words)
    return Mail(
        id=ids[0] or made_id(sender, sent_at, subject, text),
        references=_references(message, ids[0], {person.address for person in (sender, *recipients)}),
        sender=sender,
        recipients=recipients,
        subject=subject,
        sent_at=sent_at,
        words=words,
        facts=found_facts,
        fields=fields,
        embedded=(*embedded_in(parts, before=sent_at), *attached(message)),
        file=file,
        row=row,
    )


def ids_in(text: str) -> list[str]:
    """The Message-IDs in a text, [""] for an empty one. None holds a space: it tells marks from ids (see threads)."""
    return _ID.findall(text) or ["_".join(text.strip("<> ").split())]


def made_id(sender: Participant, sent_at: str, subject: str, text: str) -> str:
    """The id of a mail without one, in the form of a Message-ID."""
    return stable_id("mail", sender.address, sent_at, subject, text) + "@no-message-id"


def header(message: Message, name: str) -> str:
    """A header's text, "" when it is missing; a malformed one as it was written.

    Plain ASCII is taken as it stands: the standard library's structured parsing of headers costs more than all else.
    """
    lowered = name.lower()
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == lowered), "")
    raw = _readable(raw[:_LONGEST_HEADER])
    if "=?" in raw:
        raw = raw[:_LONGEST_ENCODED]
        with suppress(*ERRORS):
            raw = _readable(str(policy.default.header_fetch_parse(name, raw)))
    return " ".join(raw.replace("\x00", "").split())


def _readable(text: str) -> str:
    """Text in which the standard library left bytes that it could not read, decoded by what they look like."""
    return text if text.isascii() else decode(text.encode("utf-8", "surrogateescape"), "utf-8")


def people(message: Message, name: str) -> list[Participant]:
    """The people of an address header, their addresses in lower case."""
    pairs: list[tuple[str, str]] = []
    with suppress(*ERRORS):
        pairs = email.utils.getaddresses([header(message, name)])[:_MOST_PEOPLE]
    return [
        Participant(person.strip(" '\"") or address, address.casefold() if "@" in address else "")
        for person, address in pairs
        if (address or person) and not (person or address).startswith("=?")  # an encoded name that breaks off
    ]


def date_of(message: Message) -> str:
    """The Date header as ISO 8601, else the date of the last Received header; "" when neither can be read."""
    received = header(message, "Received").rpartition(";")[2]
    for text in (header(message, "Date"), received):
        try:
            sent = email.utils.parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if sent.year in YEARS:
            return sent.isoformat()
    return ""


def _references(message: Message, own: str, addresses: set[str]) -> tuple[str, ...]:
    """The Message-IDs that a mail answers, the earliest first; last what Outlook calls its conversation.

    Some mail programs put the address of whoever they answer in front of the Message-ID, in the same brackets.
    """
    found = _ID.findall(header(message, "References"))[-_MOST_REFERENCES:]
    found += [each for each in _ID.findall(header(message, "In-Reply-To")) if each.casefold() not in addresses][:1]
    if index := conversation(header(message, "Thread-Index")):
        found.append(index)
    return tuple(reference for reference in dict.fromkeys(found) if reference != own)


def conversation(thread_index: str) -> str:
    """The part of Outlook's Thread-Index that all mails of a conversation share, in the form of a Message-ID."""
    try:
        data = base64.b64decode(thread_index, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return f"{data[6:22].hex()}@thread-index" if len(data) >= 22 else ""


def _facts(message: Message) -> tuple[dict[str, str], dict[str, str]]:
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


def leaves(message: Message) -> Iterator[Message]:
    """The parts of a message that hold content; an attached mail is one part, its own parts are not ours."""
    yield from islice(_leaves(message), _MOST_PARTS)


def _leaves(message: Message) -> Iterator[Message]:
    waiting = [message]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload() if part.get_content_maintype() == "multipart" else None
        if isinstance(inner, list):
            waiting += [each for each in reversed(inner) if isinstance(each, Message)]
        else:
            yield part


def written(message: Message) -> str:
    """All that stands in a mail's body, from the plain part, or from the HTML one where there is no plain part."""
    plain, marked = [], []
    for part in leaves(message):
        if part.get_content_disposition() == "attachment" or part.get_filename():
            continue
        # A multipart without its borders is one text to the standard library.
        if part.get_content_type() == "text/plain" or part.get_content_maintype() == "multipart":
            plain.append(content(part))
        elif part.get_content_type() == "text/html":
            marked.append(content(part))
    text = "\n".join(plain).strip()
    if marked and (_HTML.match(text) or len(text) < 3):
        return "\n".join(markup.marked(html) for html in marked)
    return markup.marked(text) if _HTML.match(text) else text


def content(part: Message) -> str:
    """A text part decoded by its charset, or by its content when the charset is missing, unknown or wrong."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return str(part.get_payload() or "")
    charset = (part.get_content_charset() or "").strip("'\" ")
    if charset and charset not in ("us-ascii", "ascii"):
        try:
            text = data.decode(charset)
            text.encode()  # no lone halves of characters, which nothing could store
            return repair(text.replace("\x00", ""))
        except (ValueError, LookupError):
            pass
    return decode(data, detect(data[:65_536])).lstrip("\ufeff")


def attached(message: Message, *, depth: int = 0) -> tuple[Embedded, ...]:
    """The mails that are attached as they are (message/rfc822): each is its own author's."""
    found: list[Embedded] = []
    for part in leaves(message):
        inner = part.get_payload() if part.get_content_type() == "message/rfc822" else None
        if isinstance(inner, list) and inner and isinstance(inner[0], Message) and depth < _DEEPEST_ATTACHED:
            found += _attached(inner[0], depth)
    return tuple(found)


def _attached(message: Message, depth: int) -> list[Embedded]:
    sender, sent_at = next(iter(people(message, "From")), None), date_of(message)
    parts = quoting.split(written(message))
    nested = (*embedded_in(parts, before=sent_at), *attached(message, depth=depth + 1))
    words = words_of(parts, sender.name if sender else "")
    if not sender or not (words or nested):
        return list(nested)
    return [Embedded(sender, sent_at, header(message, "Subject"), words, nested)]
