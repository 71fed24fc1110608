"""Take an upload back, exactly: what only it brought goes, what others brought too stands as if it had never been."""

from dataclasses import dataclass

from sqlite_utils import Database

from pipelines.chunks import chunks
from pipelines.store import batches, brought, conversations, crm, links, mails, mappings, themes
from pipelines.store.remembered import per_state
from pipelines.uploads import settle, threads
from pipelines.uploads.once import count_once, find_templates
from pipelines.uploads.refresh import refresh

CONVERSATIONS_AT_ONCE = 200
MOST_TOLD = 400  # items, of all its files, by which it is told which upload brought again what went


@dataclass(frozen=True, slots=True)
class Takes:
    """What an undo would meet: how many conversations, mails and CRM records only this upload brought, how many stay
    because another one brought them too, and the uploads that did (id, how many of them), those with most first."""

    gone: int = 0
    stay: int = 0
    held_by: tuple[tuple[int, int], ...] = ()


@per_state
def takes(db: Database, batch_ids: tuple[int, ...]) -> dict[int, Takes]:
    """What an undo of each of these uploads would meet."""
    totals, shared = brought.counted(db, batch_ids), brought.shared(db, batch_ids)
    found = {}
    for one in batch_ids:
        total, stay = totals.get(one, (0, 0))
        found[one] = Takes(total - stay, stay, tuple(shared.get(one, ())))
    return found


def undo(db: Database, batch_id: int, *, now: str = "", by: str = "") -> int | None:
    """Take a batch back; return how many conversations went with it, None where somebody else did it before. `now` and
    `by` are kept with it.

    The next mining lets go of the themes that nothing but this upload founded (`discover`); they stand again under
    their numbers when it comes again, corrected.
    A batch that waits or is being read is taken back too: its reader finds it undone and stops. All of it is one
    transaction, so a process that is killed meanwhile has undone nothing.
    """
    with db.atomic():
        if batches.is_undone(db, batch_id):
            return None
        before, begun = db.table("conversations").count, (batches.get(db, batch_id) or {}).get("created_at", "")
        lost, kept = brought.only_by(db, batch_id, "mail"), brought.shared_by(db, batch_id, "mail")
        # A mail that others brought too may have been first read here: its thread is told by its place in their files.
        touched = mails.conversations_of(db, [*lost, *kept])
        records = brought.only_by(db, batch_id, "record")
        keys = crm.keys_of(db, [*records, *brought.shared_by(db, batch_id, "record")])
        shared = brought.shared_by(db, batch_id, "conversation")
        gone = brought.only_by(db, batch_id, "conversation")
        themes.note_shaken(db, [*gone, *touched], since=begun)
        links.again(db, links.candidates(db, gone) | links.members(db, [*gone, *touched]))
        links.reorder(db, [*shared, *touched])
        conversations.remove(db, gone)
        crm.remove(db, records)
        mails.remove(db, lost)
        brought.forget(db, batch_id)
        batches.mark_undone(db, batch_id)
        went = [*gone, *lost, *records]
        batches.note_hands(db, batch_id, undone_at=now, undone_by=by, went=went[:: -(-len(went) // MOST_TOLD) or 1])
        if not batches.is_read_by(db, confirmed := mappings.of_upload(batch_id)):
            mappings.remove(db, confirmed)
        known = settle.knowledge(db)
        for some in chunks(touched, CONVERSATIONS_AT_ONCE):
            threads.rebuild(db, mails.mails_in(db, some), known, gone=some)
        settle.settle(db, shared, known)
        refresh(db, crm.conversations_of(db, keys))
        count_once(db)
        find_templates(db)
    return before - db.table("conversations").count
