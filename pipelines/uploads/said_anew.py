"""What an upload said anew of what was in already: the facts of known conversations and CRM records, before it and with
it.

Worked out from what the uploads said, so that it is kept nowhere and goes with whoever is forgotten. What one would get
wrong: the same row under another owner or account is another conversation that counts in place of the former
(`pieces.replaced`), and is compared with that; and what people set by hand stands above every upload, so it has not
changed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

from sqlite_utils import Database

from insights.merging import NEWEST
from insights.records import Conversation, CrmRecord
from pipelines.chunks import chunks
from pipelines.store import brought, crm, pieces, set_facts
from pipelines.store.conversations import DEAL_FIELDS, field_key
from pipelines.uploads import settle

AT_ONCE = 500
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Change:
    """One fact (of merging.NEWEST, else the header of a column): what was known of it, "" for nothing, and what is
    now."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A conversation (its id) or CRM record ("") of which an upload says something new, and where that stood. `of` is
    "conversation", "deal", "contact" or "account", `touches` how many conversations a record gives its facts to."""

    conversation: str
    of: str
    title: str
    day: str
    account: str
    file: str
    row: int | None
    changes: tuple[Change, ...]
    touches: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """How many conversations and CRM records changed, what of them and in how many (the CRM's own facts first), and the
    first."""

    conversations: int = 0
    records: int = 0
    facts: tuple[tuple[str, int], ...] = ()
    first: tuple[Changed, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def summary(db: Database, batch_id: int, *, shown: int = SHOWN) -> Summary:
    """What an upload changed, in all."""
    kinds, facts, first = Counter[str](), Counter[str](), list[Changed]()
    for one in every(db, batch_id):
        kinds[one.of] += 1
        facts.update(change.name for change in one.changes)
        if len(first) < shown:
            first.append(one)
    known = [(name, facts[name]) for name in (*NEWEST, "deal") if facts[name]]
    own = [(name, n) for name, n in facts.most_common() if name not in dict(known)]
    mine = kinds.pop("conversation", 0)
    return Summary(mine, kinds.total(), (*known, *own), tuple(first))


def load(value: Mapping[str, Any]) -> Summary:
    """A summary that was kept as JSON."""
    first = [Changed(**{**one, "changes": tuple(Change(**c) for c in one["changes"])}) for one in value["first"]]
    facts = tuple((name, n) for name, n in value["facts"])
    return Summary(value["conversations"], value["records"], facts, tuple(first))


def every(db: Database, batch_id: int) -> Iterator[Changed]:
    """All that an upload changed: CRM records first, because one of them speaks for many conversations."""
    yield from _records(db, batch_id)
    versions = {one.conversation: one.former for one in pieces.replaced(db, batch_id, limit=-1)}
    same = ((one, one) for one in brought.told_otherwise(db, batch_id) if one not in versions)
    for some in chunks(chain(same, ((former, one) for one, former in versions.items())), AT_ONCE):
        yield from _conversations(db, batch_id, some)


def _conversations(db: Database, batch_id: int, pairs: Sequence[tuple[str, str]]) -> Iterator[Changed]:
    """Conversations (as they were known, as they are now: another one where a later version counts in its place)."""
    ids = [one for _, one in pairs]
    before = settle.as_uploaded(db, [former for former, _ in pairs], until=batch_id - 1)
    after = settle.as_uploaded(db, ids, until=batch_id)
    by_hand, places = set_facts.of(db, ids), pieces.places(db, batch_id, ids)
    for former, one in pairs:
        held = {name for name, (value, _) in by_hand.get(one, {}).items() if value is not None}
        changes = [c for c in _differ(_facts(before[former]), _facts(after[one])) if c.name not in held]
        if changes:
            yield Changed(one, "conversation", **places[one], changes=tuple(changes))


def _records(db: Database, batch_id: int) -> Iterator[Changed]:
    for _, new, old in crm.replaced(db, batch_id):
        changes = tuple(_differ(_told(old), _told(new)))
        if changes:
            named = next((key.partition(":")[2] for key in new.keys if key.startswith("name:")), "")
            account = new.facts.get("account", "")
            called = new.facts.get(new.kind, "") or named
            touches = len(crm.conversations_of(db, new.keys))
            yield Changed("", new.kind, called, "", account if account != called else "", "", None, changes, touches)


def _facts(item: Conversation) -> dict[str, tuple[str, str]]:
    """What is said of a conversation: fact -> (what it is called, value). A column is the same in any spelling of its
    head."""
    own = {_own(head): (_own(head) if _own(head) == "deal" else head, value) for head, value in item.fields.items()}
    return own | {name: (name, getattr(item, name)) for name in NEWEST}


def _own(head: str) -> str:
    return "deal" if field_key(head) in DEAL_FIELDS else field_key(head)


def _told(record: CrmRecord) -> dict[str, tuple[str, str]]:
    own = {field_key(head): (head, value) for head, value in record.fields.items()}
    return own | {name: (name, value) for name, value in record.facts.items()}


def _differ(before: Mapping[str, tuple[str, str]], after: Mapping[str, tuple[str, str]]) -> Iterator[Change]:
    for key, (name, value) in after.items():
        was = before.get(key, ("", ""))[1]
        if value and value != was:
            yield Change(name, was, value)
