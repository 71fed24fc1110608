"""The turns of one file and the facts noted beside them, to a conversation. Transcripts, chats and notes share it."""

import re
from collections.abc import Mapping, Sequence

from insights.formats import dates, facts
from insights.formats.tables import crm
from insights.formats.tables.columns import ColumnMapping, known, normalise, of_fact
from insights.records import Conversation, ConversationKind, Participant, Problem, Utterance

_IDS = {"deal_id": "deal", "contact_id": "contact", "account_id": "account", "related_id": "record"}
_PERSON = re.compile(r"^([^();,]{2,80}?) ?(?:\( ?([^(),]{1,40}?) ?(?:, ?([^()]{1,80}?) ?)?\))?$")


def build(
    name: str,
    turns: Sequence[Utterance],
    notes: Mapping[str, str],
    mapping: ColumnMapping,
    problems: list[Problem],
    *,
    kind: ConversationKind = "call",
    people: Sequence[Participant] = (),
    row: int | None = None,
    pieces: int = 1,
) -> Conversation:
    """A conversation from turns and from `key: value` notes; a date in the file's name counts when no other is there.

    `people` are the participants that the source lists with their sides or addresses; speakers are added to them.
    A date that was not understood is added to `problems`, and the conversation kept without one.
    """
    values, fields, noted = _sorted(notes, mapping)
    listed = [*people, *noted]
    names = {person.name for person in listed}
    occurred_at = ""
    if values.get("date"):
        try:
            occurred_at = _moment(values, mapping)
        except ValueError:
            reason = "The date noted at the top was not understood or could be day/month or month/day."
            problems.append(Problem(name, row, reason, "Write it as YYYY-MM-DD.", kept=True))
        else:
            occurred_at = _placed(occurred_at, name, mapping.zone, problems)
    return facts.conversation(
        facts.kind_of(values.get("kind", ""), kind),
        turns,
        source_id=values.get("id", ""),
        title=values.get("title", ""),
        occurred_at=occurred_at or ("" if values.get("date") else dates.in_name(name)),
        facts=values,
        fields=fields,
        participants=[*listed, *(person for person in facts.speakers(turns) if person.name not in names)],
        file=name,
        row=row,
        keys=_keys(notes, mapping),
        pieces=pieces,
    )


def _keys(notes: Mapping[str, str], mapping: ColumnMapping) -> tuple[str, ...]:
    """What CRM records join it by: the ids, addresses and the deal's name that were noted."""
    found: list[str] = []
    for key, value in notes.items():
        role = mapping.columns.get(key) or (known(key) or ("", 0))[0]
        if role in _IDS:
            found += crm.id_keys(value, _IDS[role])
        elif role == "address":
            found += [f"email:{address}" for address in crm.addresses(value)]
        elif role == "deal":
            found.append(f"name:{value.casefold()}")
    return tuple(dict.fromkeys(found))


def _placed(moment: str, name: str, zone: str, problems: list[Problem]) -> str:
    """A time without a zone, in the zone that the mapping names."""
    try:
        return dates.placed(moment, zone)
    except (LookupError, OSError, ValueError):
        reason = f"The time zone '{zone}' is not known; times without a zone are kept without one."
        problems.append(Problem(name, None, reason, "Name a zone such as Europe/Berlin.", kept=True))
        return moment


def _moment(values: Mapping[str, str], mapping: ColumnMapping) -> str:
    """The noted date, with the noted time of day where the date has none; raises ValueError."""
    found = dates.parse(values["date"], order=mapping.date_order)
    if "T" not in found and values.get("time"):
        return f"{found}T{dates.clock(values['time'])}"
    return found


def _sorted(
    notes: Mapping[str, str], mapping: ColumnMapping
) -> tuple[dict[str, str], dict[str, str], list[Participant]]:
    """Notes as values by role, as fields under their own names, and as the people that they list."""
    values: dict[str, str] = {}
    fields: dict[str, str] = {}
    people: list[Participant] = []
    for key, value in notes.items():
        if key.casefold() in ("participants", "attendees") and (people := _people(value)):
            continue
        role = mapping.columns.get(key) or of_fact(key, value)
        if role in (*facts.FACTS, "id", "date", "time", "title", "kind") and role not in values:
            values[role] = value
        else:
            fields[key] = value
    # In a sidecar "title" is the contact's job title once there is another word for the call's own.
    if "job_title" not in values and normalise("title") in map(normalise, notes) and "contact" in values:
        values["job_title"] = values.pop("title", "")
    if "time" in values and not ("date" in values and _is_clock(values["time"])):
        fields["time"] = values.pop("time")
    return values, fields, people


def _is_clock(text: str) -> bool:
    try:
        return bool(dates.clock(text))
    except ValueError:
        return False


def _people(text: str) -> list[Participant]:
    """ "Ann Lee (rep); Bob Ray (customer, CFO)" as participants; [] when it is written in another way."""
    found = [_PERSON.match(" ".join(part.split())) for part in text.split(";") if part.strip()]
    if not all(found):
        return []
    return [Participant(m[1], "", facts.side_of(m[2] or ""), m[3] or "") for m in found if m]
