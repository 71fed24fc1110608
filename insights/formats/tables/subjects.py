"""What a table holds: conversations, or records of deals, contacts or accounts. Decided by its headers alone.

The rule. Headers that only an activity has (a date of its own, a call's direction, a mail's sender, who spoke) make it
conversations. Without them, a column of notes makes it conversations too, while a mere "Description" beside the headers
of a CRM record does not: a deal export with a description is still a list of deals. A person who maps a column to the
text, or every such column to "", overrules this. In a list of deals with notes, the rows without notes are deals.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from insights.formats.tables.columns import Meaning, compact
from insights.records import ConversationKind

RecordKind = Literal["deal", "contact", "account"]
Subject = Literal["conversations", "deal", "contact", "account", ""]

RECORD_KINDS: tuple[RecordKind, ...] = ("deal", "contact", "account")
# Roles that can say which record a row is about.
_NAMING = {
    "deal": ("id", "deal_id", "deal", "contact", "title"),
    "contact": ("id", "contact_id", "contact", "first_name", "last_name", "address"),
    "account": ("id", "account_id", "account", "contact"),
}
_LEAST_TELLING = 2
_ENDED = re.compile(
    r"\b(?:won|win|lost|loss|gewonnen|verloren|ganad[oa]|perdid[oa]|gagnée?|perdue?|vint[oa]|pers[oa])\b", re.I
)
# The facts that a record gives, and what it is known by.
FACTS_OF: Mapping[RecordKind, tuple[str, ...]] = {
    "deal": ("account", "contact", "rep", "stage", "outcome"),
    "contact": ("account", "contact", "job_title", "rep"),
    "account": ("account", "rep"),
}
_KNOWN_BY: Mapping[RecordKind, tuple[str, ...]] = {
    "deal": ("id", "deal_id", "deal", "account_id", "owner_id", "deleted", "first_name", "last_name"),
    "contact": ("id", "contact_id", "address", "first_name", "last_name", "account_id", "owner_id", "deleted"),
    "account": ("id", "account_id", "owner_id", "deleted"),
}


@cache
def _headers() -> Mapping[str, frozenset[str]]:
    table = json.loads(files("insights.formats.tables").joinpath("subjects.json").read_text("utf-8"))
    return {group: frozenset(map(compact, names)) for group, names in table.items() if group != "kinds"}


@cache
def _kinds() -> Mapping[str, ConversationKind]:
    table = json.loads(files("insights.formats.tables").joinpath("subjects.json").read_text("utf-8"))
    return {compact(name): cast(ConversationKind, kind) for kind, names in table["kinds"].items() for name in names}


def settle(headers: Sequence[str], meanings: Sequence[Meaning]) -> tuple[Subject, RecordKind | None]:
    """The table's subject ("" when it has neither words nor records), and the kind of its rows without words."""
    names = [compact(header) for header in headers]
    texts = [(name, meaning) for name, meaning in zip(names, meanings, strict=True) if meaning.role in ("text", "html")]
    record = _record_kind(names, meanings)
    if any(meaning.why == "mapping" for _, meaning in texts):
        return "conversations", None if _is_activity(names) else record
    if texts and _is_activity(names):
        return "conversations", None
    quiet = all(name in _headers()["quiet"] or meaning.why in ("content", "guess") for name, meaning in texts)
    if record and quiet:
        return record, None
    return ("conversations", record) if texts else ("", None)


def of_record(kind: RecordKind, headers: Sequence[str], meanings: Sequence[Meaning]) -> list[Meaning]:
    """What the columns of a record mean: its plain "Name" and "Title" are its own, and what is no fact stays a
    field."""
    found = list(meanings)
    roles = {meaning.role for meaning in meanings}
    for at, (header, meaning) in enumerate(zip(headers, meanings, strict=True)):
        role = meaning.role
        if kind == "contact" and role == "title" and "job_title" not in roles:
            role = "job_title"
        elif (
            kind != "contact"
            and kind not in roles
            and compact(header) == "name"
            and (role == "contact" or meaning.why == "guess")
        ):
            role = kind
        elif kind == "deal" and role == "title" and "deal" not in roles:
            role = "deal"
        found[at] = replace(meaning, role=role) if role in FACTS_OF[kind] or role in _KNOWN_BY[kind] else Meaning()
    return found


def is_status(header: str, values: Sequence[str]) -> bool:
    """True for how an activity went ("Completed", "No answer"), which is not how its deal ended.

    Taken for the outcome it would hide the deal's own, won or lost, that a CRM record gives.
    """
    filled = [value for value in values if value.strip()]
    return compact(header) in _headers()["status"] and bool(filled) and not any(map(_ENDED.search, filled))


def kind_of(headers: Sequence[str]) -> ConversationKind | None:
    """The kind of conversation that the headers themselves tell ("Call notes"), None when they tell none or several."""
    found = [kind for header in headers if (kind := _kinds().get(compact(header)))]
    return Counter(found).most_common(1)[0][0] if found else None


def _is_activity(names: Sequence[str]) -> bool:
    return any(name in _headers()["activity"] for name in names)


def _record_kind(names: Sequence[str], meanings: Sequence[Meaning]) -> RecordKind | None:
    """The kind that most headers speak for, two at least, when a column can say which record it is."""
    roles = {meaning.role for meaning in meanings}
    counts = {kind: len(set(names) & _headers()[kind]) for kind in RECORD_KINDS if roles & set(_NAMING[kind])}
    best = max(RECORD_KINDS, key=lambda kind: counts.get(kind, 0))
    return best if counts.get(best, 0) >= _LEAST_TELLING else None
