"""E-mails that a CRM exported as rows: who wrote, to whom, and only the author's own words.

The trap: CRMs log a mail with a heading of their own ("To: ... Subject: ... Body:") and with the whole history below.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from insights.formats import crm, facts, markup, quoting
from insights.formats.layout import Row
from insights.records import Participant, Role, stable_id

# What Salesforce writes above a mail that it logs as a task.
_LOGGED = re.compile(
    r"\A\s*(?:(?:Additional )?To:(?P<to>[^\n]{0,2000})\n)(?:(?:CC|BCC|From|Attachments?|Subject):[^\n]{0,2000}\n|\s*\n){0,12}"
    r"(?:Body|Text):[ \t]*\n?",
    re.I,
)
_ADDRESSES = ("address", "from_address", "to_address")
_MOST_PEOPLE = 30
_OTHER: dict[Role, Role] = {"buyer": "seller", "seller": "buyer", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of a row; `text` is "" when its author wrote nothing new."""

    id: str
    side: Role
    sender: Participant
    recipients: tuple[Participant, ...]
    text: str


def read(row: Row) -> Mail:
    """The row's mail. Its side is known from its direction alone; who is whose is settled later, by domains."""
    row = logged(row)
    side = side_of(row)
    name, address = sender_name(row), (crm.addresses(row.get("from_address")) or [""])[0]
    if not address and side == "buyer":
        address = row.get("address")
    sender = Participant(name or address, address, side, row.get("job_title") if side == "buyer" else "")
    own_id = row.get("message_id").strip("<> ") or row.get("id")
    return Mail(own_id, side, sender, _recipients(row, side), own_text(row, name))


def references(row: Row) -> tuple[str, ...]:
    """What ties a mail to those of its thread in other uploads: its Message-ID and the thread's name, () without."""
    message, thread = row.get("message_id").strip("<> "), row.get("thread_id")
    return tuple(part for part in (message, stable_id("thread", thread) if thread else "") if part)


def own_text(row: Row, sender: str = "") -> str:
    """The author's own words: from the plain text, else from the HTML without the history that it marks."""
    text = row.get("text")
    if text and "<" in text and facts.plain_text(text) != text:
        text = markup.marked(text)
    elif not text and (html := row.get("html")):
        text = markup.marked(html)
    return quoting.own_text(text, sender=sender).strip()


def logged(row: Row) -> Row:
    """A mail that Salesforce sent and logged as a task, with the heading that it writes above it read and cut off."""
    heading = _LOGGED.match(row.get("text"))
    if not heading:
        return row
    values = {"to_address": heading["to"].strip(), "direction": "outgoing", **row.values}
    return row._replace(values={**values, "text": row.get("text")[heading.end() :]})


def side_of(row: Row) -> Role:
    """Buyer or seller, by the columns that tell who wrote; "unknown" without them."""
    if incoming := row.get("incoming"):
        return "buyer" if crm.is_yes(incoming) else "seller"
    if label := row.get("role"):
        return facts.side_of(label)
    word = row.get("direction").casefold()
    if word.startswith(("in", "received", "eingehend", "forwarded_in")):
        return "buyer"
    return "seller" if word.startswith(("out", "email", "sent", "ausgehend")) else "unknown"


def sender_name(row: Row) -> str:
    """The author's name, as far as the row knows it for this side."""
    if name := row.get("from_name"):
        return name
    named, _ = crm.person(row.get("from_address"))
    side = side_of(row)
    if side == "seller":
        return named or row.get("rep") or row.get("from_address")
    if side == "buyer":
        return named or crm.person(crm.name_of(row))[0] or row.get("from_address") or row.get("address")
    return named or row.get("from_address")


def _recipients(row: Row, side: Role) -> tuple[Participant, ...]:
    addresses = crm.addresses(row.get("to_address"))[:_MOST_PEOPLE]
    contact = crm.person(crm.name_of(row))[0]
    if not addresses and side == "seller" and (contact or row.get("address")):
        return (Participant(contact or row.get("address"), row.get("address"), "buyer", row.get("job_title")),)
    if len(addresses) == 1 and side == "seller" and contact:
        return (Participant(contact, addresses[0], "buyer", row.get("job_title")),)
    sure: Role = _OTHER[side] if len(addresses) == 1 else "unknown"
    return tuple(Participant(address, address, sure) for address in addresses)


def buyer_addresses(row: Row) -> str:
    """The addresses that may be the buyer's: the sender's or the recipients', by the mail's direction."""
    if row.values.keys().isdisjoint(_ADDRESSES):
        return ""
    side = side_of(row)
    sender = row.get("from_address") if side != "seller" else ""
    recipients = row.get("to_address") if side != "buyer" else ""
    return ";".join(part for part in (row.get("address"), sender, recipients) if part)


def unique(people: Iterable[Participant]) -> list[Participant]:
    """Each person once, by address or name, with the side that any of the mails knew."""
    found: dict[str, Participant] = {}
    for one in people:
        key = (one.address or one.name).casefold()
        if not key:
            continue
        if key not in found:
            found[key] = one
            continue
        known = found[key]
        role = one.role if known.role == "unknown" else known.role
        name = one.name if known.name == known.address else known.name
        found[key] = replace(known, name=name, role=role, title=known.title or one.title)
    return list(found.values())
