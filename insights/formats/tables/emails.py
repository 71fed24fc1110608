"""E-mails that a CRM exported as rows, to the same records as those of a mailbox, so that threads are made of both.

The traps: CRMs log a mail with a heading of their own ("To: ... Subject: ... Body:") and with the whole history below,
and name it by a number of theirs. Such a number stands where a Message-ID would; one that is short ("7") may name
another mail in another export, so it only counts together with the subject.
"""

import re
from collections.abc import Iterator, Sequence

from insights.formats import facts, markup
from insights.formats.mail import Mail, normal_subject, quoting
from insights.formats.mail.embedded import embedded_in, words_of
from insights.formats.mail.messages import ids_in, made_id
from insights.formats.tables import crm
from insights.formats.tables.layout import Row
from insights.records import Participant, Role, stable_id

# What Salesforce writes above a mail that it logs as a task.
_LOGGED = re.compile(
    r"\A\s*(?:(?:Additional )?To:(?P<to>[^\n]{0,2000})\n)(?:(?:CC|BCC|From|Attachments?|Subject):[^\n]{0,2000}\n|\s*\n){0,12}"
    r"(?:Body|Text):[ \t]*\n?",
    re.I,
)
_LOGGED_TITLE = re.compile(r"^\s*E-?mail:\s*", re.I)
_ADDRESSES = ("address", "from_address", "to_address")
_MOST_PEOPLE = 30
_OTHER: dict[Role, Role] = {"buyer": "seller", "seller": "buyer", "unknown": "unknown"}


def compose(row: Row, name: str, sent_at: str) -> Mail:
    """The row's mail, without words when it has none. Its direction gives the sides as far as it tells them."""
    row = logged(row)
    sender, side, subject = _sender(row), side_of(row), row.get("title")
    parts = quoting.split(_written(row))
    words = words_of(parts, sender.name)
    recipients = _recipients(row, side)
    ids = list(dict.fromkeys(_own_ids(row)))
    own = ids[0] if ids else made_id(sender, sent_at, subject, "\n\n".join(piece.text for piece in words))
    contact = contact_of(row, (sender, *recipients))
    known = {**row.values, "contact": contact, "rep": row.get("rep") or row.get("owner_id")}
    return Mail(
        id=own,
        references=tuple(dict.fromkeys(one for one in _references(row) if one not in (own, *ids))),
        sender=sender,
        recipients=recipients,
        subject=subject,
        sent_at=sent_at,
        words=words,
        facts={fact: known[fact] for fact in facts.FACTS if known.get(fact)},
        fields=dict(row.fields),
        embedded=embedded_in(parts, before=sent_at),
        file=name,
        row=row.number,
        keys=crm.conversation_keys(row, f"{buyer_addresses(row)};{row.get('contact')}"),
        aliases=tuple(one for one in ids if one != own),
    )


def _own_ids(row: Row) -> Iterator[str]:
    """What names the mail: its Message-ID, then its record's id. A short id counts where mails name the one they
    answer."""
    for value in (row.get("message_id"), row.get("id")):
        if "@" in value:
            yield ids_in(value)[0]
    for value in (row.get("message_id"), row.get("id")):
        if value and "@" not in value and (crm.one_id(value)[1] or row.layout.has("reply_to_id")):
            yield _named("record", value, row)


def _references(row: Row) -> Iterator[str]:
    for role, kind in (("reply_to_id", "record"), ("thread_id", "thread")):
        value = row.get(role)
        if "@" in value:
            yield from ids_in(value)
        elif value:
            yield _named(kind, value, row)


def _named(kind: str, value: str, row: Row) -> str:
    """A system's own id in the form of a Message-ID."""
    value, alone = crm.one_id(value)
    return f"{stable_id(kind, value, '' if alone else normal_subject(row.get('title')))}@{kind}-id"


def _written(row: Row) -> str:
    """All that stands in the mail: its plain text, else its HTML with the history marked."""
    text = row.get("text")
    if text and "<" in text and facts.plain_text(text) != text:
        return markup.marked(text)
    return text or markup.marked(row.get("html"))


def _sender(row: Row) -> Participant:
    side = side_of(row)
    name, address = sender_name(row), (crm.addresses(row.get("from_address")) or [""])[0]
    if not address and side == "buyer":
        address = row.get("address").casefold()
    return Participant(name or address, address, side, row.get("job_title") if side == "buyer" else "")


def logged(row: Row) -> Row:
    """A mail that Salesforce sent and logged as a task, with the heading that it writes above it read and cut off."""
    heading = _LOGGED.match(row.get("text"))
    if not heading:
        return row
    values = {"to_address": heading["to"].strip(), "direction": "outgoing", **row.values}
    title = _LOGGED_TITLE.sub("", row.get("title"))
    return row._replace(values={**values, "title": title, "text": row.get("text")[heading.end() :]})


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
        return (
            Participant(contact or row.get("address"), row.get("address").casefold(), "buyer", row.get("job_title")),
        )
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


def contact_of(row: Row, people: Sequence[Participant]) -> str:
    """The buyer's name: the row's own, else that of whoever has the buyer's address, else the address."""
    contact, address = crm.person(crm.name_of(row))
    address = row.get("address") or address or (crm.addresses(buyer_addresses(row)) or [""])[0]
    if contact or not address:
        return contact
    return next((one.name for one in people if one.address == address.casefold()), address)
