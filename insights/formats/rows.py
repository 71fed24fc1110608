"""Records (a table's rows, JSON objects) to conversations; tables and JSON share every rule here.

The records are walked twice: first to settle the date order and to count the rows of each conversation, then to
build. So a day/month order can be settled by a later row, and the turns of one conversation need not be neighbours,
while only conversations that are still open are held in memory.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from insights.formats import dates, facts, plain, quoting
from insights.records import Conversation, Participant, Problem, Role, Utterance, Voice


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its number in the file, its values by role, the further ones under their own header."""

    number: int
    values: Mapping[str, str]
    fields: Mapping[str, str]
    turns: tuple[Mapping[str, str], ...] = ()
    participants: tuple[Mapping[str, str], ...] = ()

    def get(self, role: str) -> str:
        return self.values.get(role, "").strip()


# Conversations are passed on: transcripts of known vendors are whole already.
Walk = Callable[[], Iterator[Row | Conversation | Problem]]


def conversations(walk: Walk, name: str) -> Iterator[Conversation | Problem]:
    """Yield each record's conversation, or the problem that kept it (or its date) out."""
    order, sizes = _survey(walk)
    open_turns: dict[str, list[Row]] = {}
    for row in walk():
        if not isinstance(row, Row):
            yield row
        elif sizes and row.get("id") and row.get("speaker") and not row.turns:
            turns = open_turns.setdefault(row.get("id"), [])
            turns.append(row)
            if len(turns) >= sizes[row.get("id")]:
                yield from _build(open_turns.pop(row.get("id")), name, order)
        else:
            yield from _build([row], name, order)
    for turns in open_turns.values():
        yield from _build(turns, name, order)


def _survey(walk: Walk) -> tuple[dates.Order, Counter[str]]:
    """The date column's day/month order, and how many rows with a speaker each conversation id has."""
    sizes: Counter[str] = Counter()
    found: list[str] = []
    settled: set[dates.Order] = set()
    for row in walk():
        if not isinstance(row, Row):
            continue
        if row.get("id") and row.get("speaker"):
            sizes[row.get("id")] += 1
        if date := row.get("date"):
            found.append(date)
        if len(found) > 1000:
            settled.add(dates.order_of(found))
            found.clear()
    settled.add(dates.order_of(found))
    settled.discard("")
    return (settled.pop() if len(settled) == 1 else ""), sizes


def _build(rows: Sequence[Row], name: str, order: dates.Order) -> Iterator[Conversation | Problem]:
    first = rows[0]
    occurred_at, trouble = _moment(first, name, order)
    if trouble:
        yield trouble
    kind = facts.kind_of(first.get("kind"), "call" if first.get("speaker") or first.turns else "note")
    if first.turns:
        utterances = [_turn(turn, kind == "note") for turn in first.turns]
    elif first.get("speaker"):
        utterances = [_turn(row.values, False) for row in rows]
    else:
        utterances = _words(first, kind)
    utterances = [utterance for utterance in utterances if utterance.text.strip()]
    if not utterances:
        yield Problem(
            name, first.number, "No text in this row.", "Fill its notes or text column, or leave the row out."
        )
        return
    yield facts.conversation(
        kind,
        utterances,
        source_id=first.get("id"),
        title=first.get("title"),
        occurred_at=occurred_at,
        facts={**first.values, "contact": first.get("contact") or first.get("address")},
        fields=first.fields,
        participants=_participants(first, utterances),
        file=name,
        row=first.number,
    )


def _moment(row: Row, name: str, order: dates.Order) -> tuple[str, Problem | None]:
    """When it happened, or "" with the problem that says why not and what to do."""
    date = row.get("date")
    if not date:
        return "", None
    column = row.values.get("date column", "date")
    try:
        found = dates.parse(date, order=order)
        if "T" not in found and row.get("time"):
            found = f"{found}T{dates.clock(row.get('time'))}"
        return found, None
    except dates.AmbiguousDateError:
        return "", Problem(
            name,
            row.number,
            f"The date in column '{column}' could be day/month or month/day; the row is kept without a date.",
            "Write dates as YYYY-MM-DD, or add a row with a day above 12 to settle the order.",
        )
    except ValueError:
        return "", Problem(
            name,
            row.number,
            f"The date in column '{column}' was not understood; the row is kept without a date.",
            "Write dates as YYYY-MM-DD.",
        )


def _turn(values: Mapping[str, str], noted: bool) -> Utterance:
    """One turn of a conversation. A turn whose role is "note" is the seller's report."""
    label = values.get("role", "").strip()
    note = noted or label.casefold() == "note"
    role: Role = "seller" if note else facts.side_of(label)
    voice: Voice = "reported" if note or values.get("voice") == "reported" else "verbatim"
    return Utterance(
        speaker=values.get("speaker", "").strip(),
        role=role,
        voice=voice,
        text=facts.plain_text(values.get("text", "")).strip(),
        started_at=facts.seconds(values.get("started_at", "")),
        ended_at=facts.seconds(values.get("ended_at", "")),
        source_id=values.get("id", "").strip(),
    )


def _words(row: Row, kind: str) -> list[Utterance]:
    """A row's own text: a transcript in the cell, a mail or chat message as written, else a seller's note."""
    text = facts.plain_text(row.values.get("text", "")).strip()
    if kind in ("call", "chat") and (turns := plain.turns(text.splitlines())):
        return turns
    if kind in ("email", "chat"):
        own = quoting.own_text(text) if kind == "email" else text
        return [Utterance(_sender(row), _direction(row), "verbatim", own)]
    return [Utterance(row.get("rep"), "seller", "reported", part) for part in facts.paragraphs(text)]


def _direction(row: Row) -> Role:
    if row.get("role"):
        return facts.side_of(row.get("role"))
    word = row.get("direction").casefold()
    if word.startswith(("in", "received", "eingehend", "forwarded_in")):
        return "buyer"
    return "seller" if word.startswith(("out", "email", "sent", "ausgehend")) else "unknown"


def _sender(row: Row) -> str:
    side = _direction(row)
    return row.get("rep") if side == "seller" else row.get("contact") or row.get("address") if side == "buyer" else ""


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
    contact = row.get("contact") or row.get("address")
    if not contact:
        return people
    known = Participant(contact, row.get("address"), "unknown", row.get("job_title"))
    for position, person in enumerate(people):
        if person.name == contact:
            people[position] = replace(known, role=person.role)
            return people
    return [*people, known]
