"""Tell the sides of stored conversations again after the company's own names have changed."""

from sqlite_utils import Database

from insights import roles
from insights.records import Company, Conversation, Participant, Utterance
from pipelines.chunks import chunks
from pipelines.store import company, conversations

CONVERSATIONS_PER_TRANSACTION = 200


def reassign(db: Database) -> int:
    """Assign every speaker's side by what is known now; return how many utterances changed sides."""
    us, changed = company.load(db), 0
    for ids in chunks(conversations.ids(db), CONVERSATIONS_PER_TRANSACTION):
        with db.atomic():
            for conversation_id in ids:
                changed += _reassign_one(db, conversation_id, us)
    return changed


def _reassign_one(db: Database, conversation_id: str, us: Company) -> int:
    loaded = conversations.load(db, conversation_id)
    if loaded is None:
        return 0
    row, stored = loaded
    facts = {key: row[key] for key in ("id", "kind", "title", "occurred_at", "account", "contact", "job_title", "rep")}
    before = Conversation(
        **facts,
        utterances=tuple(
            Utterance(u.speaker, "unknown" if u.voice == "verbatim" else u.role, u.voice, u.text) for u in stored
        ),
        participants=tuple(Participant(**{**p, "role": "unknown"}) for p in row["participants"]),
    )
    after = roles.assign(before, us)
    roles_now = {u.id: new.role for u, new in zip(stored, after.utterances, strict=True) if u.role != new.role}
    # A side that the source itself gave is not taken away by a profile that says nothing about it.
    roles_now = {i: role for i, role in roles_now.items() if role != "unknown"}
    conversations.set_roles(db, conversation_id, roles_now)
    return len(roles_now)
