"""Work out stored conversations again after something that they depend on has changed: a record, a name, a
correction."""

from collections.abc import Sequence

from sqlite_utils import Database

from pipelines.chunks import chunks
from pipelines.progress import Progress, silent
from pipelines.store import crm, mails, state
from pipelines.uploads import settle, threads

CONVERSATIONS_PER_TRANSACTION = 200
JOINED = "joined by"


def refresh(db: Database, conversation_ids: Sequence[str], *, progress: Progress = silent) -> None:
    """Bring conversations up to date with all that is known; mail threads are threaded anew, which may move their
    mails."""
    for done, some in enumerate(chunks(conversation_ids, CONVERSATIONS_PER_TRANSACTION)):
        with db.atomic():
            known = settle.knowledge(db)
            threaded = mails.mails_in(db, some)
            if threaded:
                threads.rebuild(db, threaded, known)
            settle.settle(db, some, known)
        progress("facts", done * CONVERSATIONS_PER_TRANSACTION + len(some), len(conversation_ids))


def by_new_rules(db: Database, *, progress: Progress = silent) -> None:
    """Settle anew, once, what records of a CRM may reach, where that was done by other rules: what they handed to the
    wrong conversation, a consent among it, goes."""
    if state.get(db, JOINED) == str(crm.JOINED_BY):
        return
    refresh(db, crm.conversations_of(db, crm.every_key(db)), progress=progress)
    with db.atomic():
        state.put(db, JOINED, str(crm.JOINED_BY))
