"""Outlook's .msg files, as messages: what they hold is put into the shape of a MIME message and read like any other."""

import base64
import struct
from email import message_from_string, policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Any

from insights.records import Problem

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_RECIPIENTS = 100
_SECTOR = 512
_ADVICE = "Open it in Outlook and save it again, or as .eml."
# Message classes that a program gave: what they are, in a person's words.
_CLASSES = (
    ("report.", "a delivery report or a read receipt"),
    ("ipm.schedule.", "a calendar notice"),
    ("ipm.appointment", "a calendar notice"),
    ("ipm.note.rules.oof", "an automatic reply, such as an out-of-office note"),
    ("ipm.outlook.recall", "a recall notice"),
)


def is_outlook(head: bytes) -> bool:
    """True for a compound file as Outlook (and old Office) writes it."""
    return head.startswith(_MAGIC)


def message(name: str, data: bytes) -> EmailMessage | Problem:
    """The mail of a .msg file; whatever python-oxmsg and olefile raise on a damaged one becomes a problem."""
    try:
        return _message(name, data)
    except Exception as error:  # two libraries that parse binary data and raise without any common class
        return Problem(name, 1, f"The Outlook file could not be read ({type(error).__name__}).", _ADVICE)


def _message(name: str, data: bytes) -> EmailMessage | Problem:
    from oxmsg import Message
    from oxmsg.domain import constants as pid

    if not _is_sound(data):
        return Problem(name, 1, "The Outlook file is damaged: it claims to hold more than it does.", _ADVICE)
    source = Message.load(data)
    kind = source.message_class.casefold()
    if found := next((words for start, words in _CLASSES if kind.startswith(start)), ""):
        return Problem(name, 1, f"This is {found}; it is not mined.", "Nothing to do.")
    if kind and not kind.startswith(("ipm.note", "ipm.post")):
        return Problem(name, 1, "This Outlook file is not a mail.", "Leave it out, or export what it holds as text.")
    plain, html = _optional(lambda: source.body) or "", _optional(lambda: source.html_body) or ""
    if not plain.strip() and not html.strip() and source.properties.binary_prop_value(pid.PID_RTF_COMPRESSED):
        return Problem(
            name, 1, "The mail's text is there as rich text (RTF) only.", "Save it in Outlook as .eml or HTML."
        )
    headers = "".join(f"{key}: {' '.join(value.split())}\n" for key, value in _headers(source, pid))
    found_message = message_from_string(headers + "\n", policy=policy.default)
    assert isinstance(found_message, EmailMessage)
    found_message.set_content(plain if plain.strip() else html, subtype="plain" if plain.strip() else "html")
    return found_message


def _is_sound(data: bytes) -> bool:
    """False for a file whose sizes cannot be true: olefile would go round in its chains until the memory is full."""
    from olefile import STGTY_STREAM, OleFileIO

    fat, mini_fat, difat = struct.unpack_from("<I", data, 44)[0], *struct.unpack_from("<I4xI", data, 64)
    if max(fat, mini_fat, difat) * _SECTOR > len(data):
        return False
    with OleFileIO(data) as file:
        entries = [entry for entry in file.direntries if entry is not None]
        streams = sum(entry.size for entry in entries if entry.entry_type == STGTY_STREAM)
        return max(streams, file.root.size) <= len(data)


def _headers(source: Any, pid: Any) -> list[tuple[str, str]]:
    """The transport headers, and from Outlook's own properties what they lack: sent mails have none."""
    properties = source.properties
    told = (properties.str_prop_value(pid.PID_TRANSPORT_MESSAGE_HEADERS) or "").lstrip()
    found = [
        (key, str(value))
        for key, value in message_from_string(told, policy=policy.compat32).raw_items()
        if not key.lower().startswith(("content-", "mime-version"))
    ]
    index = _optional(lambda: properties.binary_prop_value(pid.PID_CONVERSATION_INDEX))
    own = {
        "From": lambda: source.sender,
        "To": lambda: ", ".join(_people(source)),
        "Subject": lambda: source.subject,
        "Date": lambda: format_datetime(source.sent_date),
        "Message-ID": lambda: properties.str_prop_value(pid.PID_INTERNET_MESSAGE_ID),
        "In-Reply-To": lambda: properties.str_prop_value(pid.PID_IN_REPLY_TO_ID),
        "References": lambda: properties.str_prop_value(pid.PID_INTERNET_REFERENCES),
        "Thread-Index": lambda: base64.b64encode(index).decode() if index else "",
    }
    has = {key.casefold() for key, value in found if value.strip()}
    return found + [
        (key, text) for key, value in own.items() if key.casefold() not in has and (text := _optional(value))
    ]


def _people(source: Any) -> list[str]:
    """The recipients; an Exchange address ("/o=…") is none that others would write to."""
    return [
        formataddr((person.name, person.email_address if "@" in person.email_address else ""))
        for person in source.recipients[:_MOST_RECIPIENTS]
    ]


def _optional(value: Any) -> Any:
    """A property, None where it is damaged or missing: one bad property must not cost the mail."""
    try:
        return value()
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError, UnicodeError, struct.error):
        return None
