"""Mail threads over several uploads: mails that belong together end in one conversation, whatever order they come in.

An upload knows only its own mails, so it may call a thread after a mail in its middle, and count the times from there.
What joins it to the stored ones are its references, above all the Message-IDs that its mails have or answer; they are
kept in `mail_references`.
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from sqlite_utils import Database

from insights.formats.mail import moment, sought
from insights.records import Conversation


def placed(db: Database, conversation: Conversation) -> tuple[Conversation, bool]:
    """The thread under the id that its mails already have in the store, its times counted from the stored beginning.

    The second value is True when this thread showed that stored threads are one: they have then been joined.
    """
    into, *others = _known(db, conversation) or [""]
    if not into:
        return conversation, False
    for other in others:
        _join(db, into, other)
    later = _begin(db, into, conversation.occurred_at)
    utterances = tuple(
        replace(u, started_at=_plus(u.started_at, later), ended_at=_plus(u.ended_at, later))
        for u in conversation.utterances
    )
    return replace(conversation, id=into, utterances=utterances), bool(others)


def remember(db: Database, conversation: Conversation) -> None:
    """Note the references of a stored thread, so that later mails find it."""
    rows = ({"reference": i, "conversation_id": conversation.id} for i in conversation.references)
    db.table("mail_references").insert_all(rows, ignore=True, pk=("reference", "conversation_id"))


def reorder(db: Database, conversation_id: str) -> None:
    """Number the utterances anew: by time, and by the mail's own id where times are equal or missing."""
    sql = """UPDATE utterances SET position = ordered.n FROM (
        SELECT id, row_number() OVER (ORDER BY started_at IS NULL, started_at, source_id, position) - 1 AS n
        FROM utterances WHERE conversation_id = :c) AS ordered
        WHERE utterances.id = ordered.id"""
    db.execute(sql, {"c": conversation_id})


def settle(db: Database, conversation_id: str) -> None:
    """Let a thread that lost mails begin at the first that is left. What is no thread stays as it is."""
    sql = """SELECT occurred_at, (SELECT min(started_at) FROM utterances WHERE conversation_id = c.id) AS first
        FROM conversations c WHERE id = ? AND id IN (SELECT conversation_id FROM mail_references)"""
    for row in list(db.query(sql, [conversation_id])):
        if row["first"] and row["occurred_at"]:
            began = datetime.fromisoformat(row["occurred_at"]) + timedelta(seconds=row["first"])
            _move(db, conversation_id, -row["first"], began.isoformat())
        reorder(db, conversation_id)


def with_people(stored: str, more: str) -> str:
    """Two lists of participants as one (JSON): those of `stored` first, each address or name once."""
    people = {person["address"] or person["name"]: person for person in json.loads(more)}
    first = {person["address"] or person["name"]: person for person in json.loads(stored)}
    return json.dumps(
        list((first | {key: people[key] for key in people if key not in first}).values()), ensure_ascii=False
    )


def _known(db: Database, conversation: Conversation) -> list[str]:
    """The stored conversations that this one belongs to, in order of their ids."""
    sql = """SELECT conversation_id AS id FROM mail_references WHERE reference IN (SELECT value FROM json_each(:m))
        UNION SELECT id FROM conversations WHERE id = :c ORDER BY id"""
    values = {"m": json.dumps(sorted(sought(conversation.references))), "c": conversation.id}
    return [row["id"] for row in db.query(sql, values)]


def _join(db: Database, into: str, other: str) -> None:
    """Move everything of one stored thread into another; a mail that both hold is kept once."""
    row = next(iter(db.query("SELECT * FROM conversations WHERE id = ?", [other])))
    later = _begin(db, into, row["occurred_at"])
    names = {"into": into, "other": other, "later": later}
    twins = """SELECT o.id AS gone, min(k.id) AS kept FROM utterances o JOIN utterances k USING (source_id, text)
        WHERE o.conversation_id = :other AND k.conversation_id = :into AND source_id <> '' GROUP BY o.id"""
    for twin in list(db.query(twins, names)):
        db.execute(
            "INSERT OR IGNORE INTO sightings (batch_id, utterance_id) "
            "SELECT batch_id, :kept FROM sightings WHERE utterance_id = :gone",
            twin,
        )
        db.execute("DELETE FROM utterances WHERE id = ?", [twin["gone"]])
    for sql in (
        "UPDATE utterances SET conversation_id = :into, started_at = started_at + :later, "
        "ended_at = ended_at + :later WHERE conversation_id = :other",
        "UPDATE insights SET conversation_id = :into WHERE conversation_id = :other",
        "UPDATE OR IGNORE mail_references SET conversation_id = :into WHERE conversation_id = :other",
        "UPDATE OR IGNORE conversation_fields SET conversation_id = :into WHERE conversation_id = :other",
    ):
        db.execute(sql, names)
    _keep_facts(db, into, row)
    db.execute("DELETE FROM conversations WHERE id = ?", [other])


def _keep_facts(db: Database, into: str, other: dict) -> None:
    """Give a conversation what another one knows and it does not."""
    sql = """UPDATE conversations SET participants = :people,
        account = iif(account = '', :account, account), contact = iif(contact = '', :contact, contact),
        persona = iif(job_title = '', :persona, persona), seniority = iif(job_title = '', :seniority, seniority),
        job_title = iif(job_title = '', :job_title, job_title), rep = iif(rep = '', :rep, rep),
        stage = iif(stage = '', :stage, stage), outcome = iif(outcome = '', :outcome, outcome) WHERE id = :into"""
    (row,) = db.query("SELECT participants FROM conversations WHERE id = ?", [into])
    people = with_people(row["participants"], other["participants"])
    columns = ("account", "contact", "persona", "seniority", "job_title", "rep", "stage", "outcome")
    db.execute(sql, {"into": into, "people": people, **{name: other[name] for name in columns}})


def _begin(db: Database, conversation_id: str, began: str) -> float:
    """Make a stored thread begin at `began` if that is earlier; return how many seconds `began` is after its beginning.

    Times that count from `began` count from the thread's beginning when the returned seconds are added to them.
    """
    (row,) = db.query("SELECT occurred_at FROM conversations WHERE id = ?", [conversation_id])
    if not began:
        return 0.0
    later = moment(began) - moment(row["occurred_at"]) if row["occurred_at"] else 0.0
    if later < 0 or not row["occurred_at"]:
        _move(db, conversation_id, -later, began)
    return max(later, 0.0)


def _move(db: Database, conversation_id: str, seconds: float, began: str) -> None:
    db.execute(
        "UPDATE utterances SET started_at = started_at + :s, ended_at = ended_at + :s WHERE conversation_id = :c",
        {"s": seconds, "c": conversation_id},
    )
    db.execute("UPDATE conversations SET occurred_at = ? WHERE id = ?", [began, conversation_id])


def _plus(time: float | None, seconds: float) -> float | None:
    return None if time is None else time + seconds
