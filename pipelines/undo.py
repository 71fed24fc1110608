"""Take an upload back, exactly: what only it brought goes, what others brought too stands as if it had never been."""

from sqlite_utils import Database

from pipelines import settle, threads
from pipelines.chunks import chunks
from pipelines.once import count_once, find_templates
from pipelines.refresh import refresh
from pipelines.store import batches, brought, conversations, crm, links, mails

CONVERSATIONS_AT_ONCE = 200


def takes(db: Database, batch_id: int) -> tuple[int, int]:
    """What an undo would meet: (conversations, mails and CRM records that only this upload brought, those that stay
    because another upload brought them too)."""
    kinds: tuple[brought.ItemKind, ...] = ("conversation", "mail", "record")
    gone = sum(len(brought.only_by(db, batch_id, kind)) for kind in kinds)
    return gone, sum(len(brought.shared_by(db, batch_id, kind)) for kind in kinds)


def undo(db: Database, batch_id: int) -> int:
    """Take a batch back; return how many conversations went with it.

    A theme that is left without insights keeps its id and its name: the corrected upload will find it again.
    A batch that waits or is being read is taken back too: its reader finds it undone and stops. All of it is one
    transaction, so a process that is killed meanwhile has undone nothing.
    """
    before = db.table("conversations").count
    with db.atomic():
        lost, kept = brought.only_by(db, batch_id, "mail"), brought.shared_by(db, batch_id, "mail")
        # A mail that others brought too may have been first read here: its thread is told by its place in their files.
        touched = mails.conversations_of(db, [*lost, *kept])
        records = brought.only_by(db, batch_id, "record")
        keys = crm.keys_of(db, [*records, *brought.shared_by(db, batch_id, "record")])
        shared = brought.shared_by(db, batch_id, "conversation")
        gone = brought.only_by(db, batch_id, "conversation")
        links.again(db, links.candidates(db, gone) | links.members(db, [*gone, *touched]))
        links.reorder(db, [*shared, *touched])
        conversations.remove(db, gone)
        crm.remove(db, records)
        mails.remove(db, lost)
        brought.forget(db, batch_id)
        batches.mark_undone(db, batch_id)
        known = settle.knowledge(db)
        for some in chunks(touched, CONVERSATIONS_AT_ONCE):
            threads.rebuild(db, mails.mails_in(db, some), known, gone=some)
        settle.settle(db, shared, known)
        refresh(db, crm.conversations_of(db, keys))
        count_once(db)
        find_templates(db)
    return before - db.table("conversations").count
