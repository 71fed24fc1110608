"""Mails to conversations: every mail that waits is threaded with all that belong to it, whatever upload brought
them."""

from collections.abc import Iterable

from sqlite_utils import Database

from insights.formats import mail as reading
from pipelines.progress import Progress, silent
from pipelines.store import conversations, mails
from pipelines.uploads import settle
from pipelines.uploads.settle import Knowledge

MAILS_PER_TRANSACTION = 300


def thread(db: Database, *, progress: Progress = silent) -> None:
    """Bring the threads up to date with the mails: the work list is the mails that are in none yet."""
    total, done = mails.count_waiting(db), 0
    while work := mails.waiting(db, limit=MAILS_PER_TRANSACTION):
        with db.atomic():
            rebuild(db, work, settle.knowledge(db))
        done += len(work)  # at least: those connected with them are placed too
        progress("threads", min(done, total), total)


def rebuild(db: Database, ids: Iterable[str], known: Knowledge, *, gone: Iterable[str] = ()) -> None:
    """Thread these mails and all that are connected with them anew; `gone` are conversations that lost mails.

    Call it inside a transaction.
    """
    found = mails.connected(db, ids)
    old = {conversation_id for _, conversation_id in found.values()} | set(gone)
    new = list(reading.threads(mail for mail, _ in found.values()))
    settle.write(db, new, known)
    into = {mark: conversation.id for conversation in new for mark in conversation.references}
    mails.put(db, ((i, into.get(mail.id, "")) for i, (mail, _) in found.items()))
    conversations.remove(db, old - {conversation.id for conversation in new})
