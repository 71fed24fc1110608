"""Work out how conversations stand from what uploads brought, and write them: facts, CRM records, sides, languages.

Whenever a source changes (an upload, an undo, a correction) the conversations that it touches are settled again, so
what is stored is a function of the sources, whatever order they came in.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlite_utils import Database

from insights import languages, merging, people, roles
from insights.formats.facts import FACTS
from insights.once import accounts
from insights.personas import PersonaRule, persona
from insights.records import Company, Conversation, Participant
from insights.roles import SideCorrection
from pipelines.chunks import chunks
from pipelines.store import brought, company, conversations, corrections, crm, links, set_facts
from pipelines.store.conversations import DEAL_FIELDS, Written, field_key
from pipelines.store.units import DEAL_KEYS
from pipelines.uploads import fingerprints

CONVERSATIONS_PER_TRANSACTION = 200


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the company told Parley, loaded once for many conversations. `corrections` are by subject
    (people.normal)."""

    company: Company
    corrections: Mapping[str, Sequence[SideCorrection]]
    persona_rules: tuple[PersonaRule, ...]
    has_records: bool


def knowledge(db: Database) -> Knowledge:
    """Load what sides, personas and facts are judged by."""
    by_subject: dict[str, list[SideCorrection]] = {}
    for correction in corrections.sides(db):
        by_subject.setdefault(correction.subject, []).append(correction)
    return Knowledge(company.load(db), by_subject, corrections.persona_rules(db), not crm.is_empty(db))


def said(conversation: Conversation) -> str:
    """What an upload says of a conversation beside its words, as JSON; empty facts are left out."""
    facts = {name: value for name in ("title", "file", *FACTS) if (value := getattr(conversation, name))}
    more = {
        "row": conversation.row, "fields": dict(conversation.fields), "keys": conversation.keys,
        "participants": [person.as_dict() for person in conversation.participants], "origins": conversation.origins,
    }  # fmt: skip
    return json.dumps(facts | {name: value for name, value in more.items() if value}, ensure_ascii=False)


def write(db: Database, items: Sequence[Conversation], known: Knowledge) -> None:
    """Complete conversations with all that is known and store them; call it inside a transaction."""
    by_hand = set_facts.of(db, [item.id for item in items])
    items = [_overlaid(item, by_hand[item.id]) if item.id in by_hand else item for item in items]
    deals = {one: told["deal"][0] for one, told in by_hand.items() if "deal" in told}
    with_records = _joined(db, items, deals, known) if known.has_records else items
    written = [_complete(item, known) for item in with_records]
    old = conversations.write(db, written)
    fingerprints.save(db, [one.conversation for one in written], old)
    if old:
        links.fill_linked(db, old)


def settle(db: Database, ids: Iterable[str], known: Knowledge) -> None:
    """Work out stored conversations again from what uploads said of them; call it inside a transaction."""
    for some in chunks(ids, CONVERSATIONS_PER_TRANSACTION):
        texts = brought.versions(db, some)
        write(db, [merged(bare, texts[bare.id]) for bare in conversations.stated(db, some) if bare.id in texts], known)


def merged(bare: Conversation, texts: Sequence[str]) -> Conversation:
    """A conversation's words with what its uploads said of it (JSON, the oldest first)."""
    versions = []
    for text in texts:
        value = json.loads(text)
        people = tuple(Participant(**person) for person in value.pop("participants", ()))
        keys, origins = (tuple(value.pop(name, ())) for name in ("keys", "origins"))
        facts = {"row": None, **value, "participants": people, "keys": keys, "origins": origins}
        versions.append(replace(bare, **facts))
    return merging.merged(versions)


def as_uploaded(db: Database, ids: Sequence[str], *, until: int) -> dict[str, Conversation]:
    """What the uploads up to the batch `until` and the CRM's records say of conversations, without their words."""
    texts = brought.versions(db, ids, until=until)
    items = [merged(Conversation(one, "note", "", "", ()), texts[one]) for one in ids if one in texts]
    return {one.id: one for one in _joined(db, items, {}, knowledge(db))}


def _overlaid(item: Conversation, told: Mapping[str, tuple[str | None, str]]) -> Conversation:
    """A conversation with what people set (see `set_facts`); a date that was taken back is again what the source said:
    of a thread its mails say it anew, of all else it is written nowhere but in what was set first."""
    new: dict[str, Any] = {}
    for name, (value, first) in told.items():
        if name == "date" and (value is not None or not item.references):
            new["occurred_at"] = first if value is None else value
        elif value is not None and name in ("account", "contact"):
            new[name] = value
        elif value is not None and name == "deal":
            keys = tuple(key for key in item.keys if not key.startswith(DEAL_KEYS))
            fields = {head: cell for head, cell in item.fields.items() if field_key(head) not in DEAL_FIELDS}
            new["keys"] = (*keys, _deal_key(value))  # without a name: of none, not of the only one of its account
            new["fields"] = {**fields, "deal": value} if value else fields
    return replace(item, **new)


def _complete(item: Conversation, known: Knowledge) -> Written:
    stated = tuple(utterance.role for utterance in item.utterances)
    told = _corrections(item, known)
    judged = roles.judge(item, known.company, told)
    placed = languages.assign(roles.apply(item, judged, known.company, told))
    sides = [asdict(judgement) for judgement in judged if judgement.speaker]
    who = persona(item.job_title, known.persona_rules)
    return Written(placed, stated, who, json.dumps(sides, ensure_ascii=False))


def _corrections(item: Conversation, known: Knowledge) -> list[SideCorrection]:
    """The corrections that are about somebody in this conversation."""
    if not known.corrections:
        return []
    names = {utterance.speaker for utterance in item.utterances}
    names |= {name for person in item.participants for name in (person.name, person.address)}
    subjects = sorted({people.normal(name) for name in names if name})
    return [correction for subject in subjects for correction in known.corrections.get(subject, ())]


def _account_key(item: Conversation) -> list[str]:
    key = accounts.account(item.account)
    return [f"account:{key}"] if key else []


def _people(item: Conversation, known: Knowledge) -> list[str]:
    """Who may be the contact: who is said to be, else whoever takes part and does not sell."""
    return [item.contact] if item.contact else roles.others(item, known.company, _corrections(item, known))


def _deal_key(name: str) -> str:
    return f"name:{name.casefold()}"


def _joined(
    db: Database, items: Sequence[Conversation], deals: Mapping[str, str | None], known: Knowledge
) -> list[Conversation]:  # fmt: skip
    """Conversations with what CRM records add. Those whose deal people set (id → name, "" for none) get no other
    deal's."""
    keys = {item.id: (*merging.keys_of(item), *_account_key(item)) for item in items}
    records_of = merging.known(crm.by_keys(db, [key for mine in keys.values() for key in mine]))
    joined = []
    for item in items:
        records = merging.matching(keys[item.id], records_of, _people(item, known))
        if (deal := deals.get(item.id)) is not None:
            records = tuple(one for one in records if one.kind != "deal" or (deal and _deal_key(deal) in one.keys))
        joined.append(merging.joined(item, records))
    return joined
