"""Rows (a table's, or JSON objects) to conversations and CRM records; tables, sheets and JSON share every rule here.

The rows are walked a second time only when something later in the file can change what an earlier row means: the
day/month order, when an ambiguous date turns up, and the sizes of conversations that are spread over several rows. So
the turns of one conversation need not be neighbours, while only conversations that are still open are held in memory.
E-mails are yielded as they come (see mail.threads).
"""

import zoneinfo
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from insights.formats import dates, facts, plain
from insights.formats.found import Found
from insights.formats.mail import automatic
from insights.formats.mail.messages import YEARS
from insights.formats.tables import crm, emails, origins
from insights.formats.tables.columns import ColumnMapping
from insights.formats.tables.layout import Row
from insights.records import Conversation, ConversationKind, Participant, Problem, Role, Utterance, Voice

Walk = Callable[[], Iterable[Row | Conversation | Problem]]  # conversations that are whole already are passed on
Order = Callable[[], dates.Order]

# A conversation of more rows than this is cut: memory must not grow with the file.
_MOST_TURNS = 20_000

FEWEST_WORDS = 5  # in the column of the date, from which on they are a text rather than a date


def found(walk: Walk, name: str, mapping: ColumnMapping, *, grouped: bool = False) -> Iterator[Found]:
    """Yield each row's conversation, mail or CRM record, or the problem that kept it (or its date) out.

    `grouped` says that rows may be turns that share an id: they are one conversation. Mails are yielded one by one.
    """
    if checked(mapping) != mapping:
        reason = f"The time zone '{mapping.zone}' is not known; times without a zone are kept without one."
        yield Problem(name, None, reason, "Name a zone such as Europe/Berlin.", kept=True)
        mapping = checked(mapping)
    order = order_of(walk, mapping)
    sizes = (
        Counter(group for row in walk() if isinstance(row, Row) and (group := _group(row))) if grouped else Counter()
    )
    open_rows: dict[str, list[Row]] = {}
    for row in walk():
        if not isinstance(row, Row):
            yield row
            continue
        group = _group(row) if grouped else ""
        if sizes[group] <= 1:
            yield from outcome([row], name, mapping, order)
            continue
        rows = open_rows.setdefault(group, [])
        rows.append(row)
        if len(rows) >= sizes[group] or len(rows) >= _MOST_TURNS:
            sizes[group] -= len(rows)
            yield from outcome(open_rows.pop(group), name, mapping, order)
    for rows in open_rows.values():
        yield from outcome(rows, name, mapping, order)


def checked(mapping: ColumnMapping) -> ColumnMapping:
    """The mapping, without its zone when there is no such zone."""
    try:
        zoneinfo.ZoneInfo(mapping.zone or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return replace(mapping, zone="")
    return mapping


def order_of(walk: Walk, mapping: ColumnMapping) -> Order:
    """The day/month order of the dates, looked up in the whole column when first asked for, with what was given."""

    @cache
    def order() -> dates.Order:
        given = (row.get("date") for row in walk() if isinstance(row, Row) and row.layout.subject == "conversations")
        return dates.order_of(given, mapping.date_order)

    return order


def _group(row: Row) -> str:
    """The id that the turns of one conversation share, "" for a row by itself."""
    whole = row.turns or not row.get("speaker") or row.layout.subject != "conversations"
    return "" if whole or crm.is_yes(row.get("deleted")) else row.get("id")


def kind_of(row: Row) -> ConversationKind:
    """The row's kind: its type column, else what its headers tell, else a call where somebody speaks, else an e-mail
    where an address stands as the sender or the recipient."""
    default: ConversationKind = row.layout.kind or ("email" if _is_addressed(row) else "note")
    if row.turns or "speaker" in row.values or ("is_task" in row.values and not crm.is_yes(row.get("is_task"))):
        default = "call"
    for role in ("kind", "subkind"):
        if (word := row.values.get(role)) and (kind := facts.known_kind(word)):
            return kind
    return default


def _is_addressed(row: Row) -> bool:
    return any("@" in row.get(role) for role in ("from_address", "to_address"))


def outcome(rows: Sequence[Row], name: str, mapping: ColumnMapping, order: Order) -> Iterator[Found]:
    """What rows that belong together become: a CRM record, a conversation (with its date's problem), or a problem
    each."""
    first = rows[0]
    subject = first.layout.subject
    if "deleted" in first.values and crm.is_yes(first.get("deleted")):
        advice = "Nothing to do; restore it there and export it again if it should count."
        yield Problem(name, first.number, "This record was deleted in the CRM.", advice, record=first.record())
        return
    if subject in ("deal", "contact", "account"):
        yield crm.record(first, subject, name)
        return
    kind = kind_of(first)
    if kind == "email" and not first.turns and not first.get("speaker"):
        for row in rows:
            yield from _mail(row, name, mapping, order)
        return
    if first.turns:
        utterances = [_turn(turn, kind == "note") for turn in first.turns]
    elif first.get("speaker"):
        utterances = [_turn(row.values, False) for row in rows]
    else:
        utterances = _words(first, kind)
    utterances = [utterance for utterance in utterances if utterance.text.strip()]
    if not utterances:
        yield from _wordless(rows, name)
        return
    occurred_at = ""
    for row in rows:
        found, trouble = moment(row, name, mapping, order)
        occurred_at = occurred_at or found
        if trouble:
            yield trouble
    yield _conversation(rows, kind, utterances, occurred_at, _participants(first, utterances), name)


def _wordless(rows: Iterable[Row], name: str) -> Iterator[Found]:
    for row in rows:
        if row.layout.record_kind:
            yield crm.record(row, row.layout.record_kind, name)
        else:
            yield Problem(name, row.number, "No text in this row.", _to_fill(row), record=row.record())


def _mail(row: Row, name: str, mapping: ColumnMapping, order: Order) -> Iterator[Found]:
    """The row's e-mail; one that a person did not write, or that says and shows nothing, is a problem."""
    at, trouble = moment(row, name, mapping, order)
    if at and int(at[:4]) not in YEARS:
        at, trouble = "", _undated(row, name, "lies outside the years 1900 to 2099", "Write dates as YYYY-MM-DD.")
    mail = emails.compose(row, name, at)
    if kind := automatic.by_heading(mail.subject, mail.sender.address):
        reason = f"This is {kind}; it is not mined."
        yield Problem(name, row.number, reason, "Nothing to do.", record=row.record())
    elif mail.words or mail.embedded:
        if trouble:
            yield trouble
        yield mail
    elif row.get("text") or row.get("html"):
        reason = "The e-mail has no words of its own author."
        yield Problem(name, row.number, reason, "Nothing to do: quotations are not mined.", record=row.record())
    else:
        yield Problem(name, row.number, "No text in this row.", _to_fill(row), record=row.record())


def _to_fill(row: Row) -> str:
    column = row.layout.header_of("text") or row.layout.header_of("html")
    return f"Fill its column '{column}', or leave the row out." if column else "Leave the row out."


def _conversation(
    rows: Sequence[Row], kind: ConversationKind, utterances: Sequence[Utterance], occurred_at: str,
    participants: Sequence[Participant], name: str,
) -> Conversation:  # fmt: skip
    """One conversation of one row or several: the first row that has a fact or a field gives it."""
    first = rows[0]
    values, fields = first.values, first.fields
    if len(rows) > 1:
        values = {role: value for row in reversed(rows) for role, value in row.values.items()}
        fields = {header: value for row in reversed(rows) for header, value in row.fields.items()}
        first = first._replace(values=values)
    mails = ";".join(filter(None, map(emails.buyer_addresses, rows)))
    contact = emails.contact_of(first, participants)
    return facts.conversation(
        kind,
        utterances,
        source_id=first.get("id"),
        title=first.get("title"),
        occurred_at=occurred_at,
        facts={**values, "contact": contact, "rep": first.get("rep") or first.get("owner_id")},
        fields=fields,
        participants=participants,
        file=name,
        row=rows[0].number,
        keys=crm.conversation_keys(first, f"{mails};{first.get('contact')}"),
        pieces=len(rows),
        origins=origins.of(rows, utterances),
    )


def moment(row: Row, name: str, mapping: ColumnMapping, order: Order) -> tuple[str, Problem | None]:
    """When it happened, or "" with the problem that says why not and what to do."""
    date = row.values.get("date")
    if not date:
        return "", None
    try:
        return _when(date, row.get("time"), "", mapping.zone), None
    except dates.AmbiguousDateError:
        pass
    except ValueError:
        return "", _undated(row, name, "was not understood", _of_words(row, date) or "Write dates as YYYY-MM-DD.")
    try:
        return _when(date, row.get("time"), order(), mapping.zone), None
    except dates.AmbiguousDateError:
        advice = (
            "Say which comes first (Check first on the upload page, or --date-order dmy or mdy), write dates as YYYY-MM-DD, or add a row with a day "
            "above 12 to settle the order."
        )
        return "", _undated(row, name, "could be day/month or month/day", advice)
    except ValueError:
        return "", _undated(row, name, "was not understood", "Write dates as YYYY-MM-DD.")


def _of_words(row: Row, date: str) -> str:
    """What to do where a text stands in the column of the date, "" where it is none."""
    text = row.layout.header_of("text")
    if len(date.split()) < FEWEST_WORDS or not text:
        return ""
    return f"A text stands where the date should: move it to column '{text}', and write the date here as YYYY-MM-DD."


def _when(date: str, time: str, order: dates.Order, zone: str) -> str:
    found = dates.serial(date) or dates.parse(date, order=order)
    if "T" not in found and time:
        found = f"{found}T{dates.clock(time)}"
    return dates.placed(found, zone) if zone else found


def _undated(row: Row, name: str, what: str, advice: str) -> Problem:
    column = row.layout.header_of("date") or "date"
    reason = f"The date in column '{column}' {what}; the row is kept without a date."
    return Problem(name, row.number, reason, advice, kept=True, record=row.record())


def _turn(values: facts.Values, noted: bool) -> Utterance:
    """One turn of a conversation. A turn whose role is "note" is the seller's report."""
    label = values.get("role", "").strip()
    note = noted or label.casefold() == "note"
    role: Role = "seller" if note else facts.side_of(label)
    voice: Voice = "reported" if note or values.get("voice") == "reported" else "verbatim"
    return Utterance(
        speaker=values.get("speaker", "").strip(),
        role=role,
        voice=voice,
        text=facts.plain_text(values.get("text", "") or values.get("html", "")).strip(),
        started_at=facts.seconds(values.get("started_at", "")),
        ended_at=facts.seconds(values.get("ended_at", "")),
        source_id=values.get("id", "").strip(),
    )


def _words(row: Row, kind: str) -> list[Utterance]:
    """A row's own text: a transcript in the cell, a chat message as written, else a seller's note."""
    text = facts.plain_text(row.get("text") or row.get("html")).strip()
    if kind in ("call", "chat") and ":" in text and (turns := plain.turns(text.splitlines())):
        return turns
    if kind == "chat":
        return [Utterance(emails.sender_name(row), emails.side_of(row), "verbatim", text)]
    return [Utterance(row.get("rep"), "seller", "reported", part) for part in facts.paragraphs(text)]


def _participants(row: Row, utterances: Sequence[Utterance]) -> Sequence[Participant]:
    """Listed participants, else the speakers, with the contact's address and title where the row has them."""
    if row.participants:
        return [
            Participant(
                person.get("name", ""),
                person.get("address", ""),
                facts.side_of(person.get("role", "")),
                person.get("title", ""),
            )
            for person in row.participants
        ]
    people = list(facts.speakers(utterances))
    name, address = crm.person(crm.name_of(row))
    address = row.get("address") or address
    if not (name or address):
        return people
    known = Participant(name or address, address, "unknown", row.get("job_title"))
    for position, person in enumerate(people):
        if person.name == known.name:
            people[position] = replace(known, role=person.role)
            return people
    return [*people, known]
