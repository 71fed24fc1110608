"""The mails of a CRM's export and those of a mailbox are the same mails: one thread, each said once, undone exactly."""

import json
from itertools import permutations

import pytest

from pipelines.ingest import ingest
from pipelines.store import conversations
from pipelines.uploads.undo import undo

ASKED = "Does it work offline, and what would twenty-five seats cost us a year?"
OFFERED = "Twelve thousand a year, offline included."
NO = "We have no budget this year."
SAID = [ASKED, OFFERED, NO]
DANA, JOEL = "Dana Ortiz <dana@arlo.example>", "Joel Okafor <joel@vendor.example>"
MAIL = "From MAILER Thu Mar 06 10:00:00 2025\nMessage-ID: <{id}@x>\nFrom: {sender}\nTo: {to}\nDate: {date}\nSubject: {subject}\n{more}\n{text}\n\n"
MAILBOX = (
    MAIL.format(
        id="m1", sender=DANA, to=JOEL, date="Thu, 06 Mar 2025 10:00:00 +0000", subject="Offer", more="", text=ASKED
    )
    + MAIL.format(
        id="m2", sender=JOEL, to=DANA, date="Thu, 06 Mar 2025 14:00:00 +0100", subject="Re: Offer",
        more="In-Reply-To: <m1@x>\n", text=f"{OFFERED}\n\nOn Thu, 6 Mar 2025 at 11:00, {DANA} wrote:\n> {ASKED}",
    )
)  # fmt: skip
HEADER = "Record ID,Email subject,Activity date,Email direction,Email From Address,Email To Address,Text body,Associated Deal IDs\n"
ROWS = [
    f'68119233001,Offer,2025-03-06 11:00,INCOMING_EMAIL,dana@arlo.example,joel@vendor.example,"{ASKED}",777\n',
    f'68119233002,Re: Offer,2025-03-06 14:00,EMAIL,joel@vendor.example,dana@arlo.example,"{OFFERED}",777\n',
    f'68119233003,Re: Offer,2025-03-07 09:30,INCOMING_EMAIL,dana@arlo.example,joel@vendor.example,"{NO}",777\n',
]
ELEMENTS = "".join(
    json.dumps(
        {"id": row.split(",")[0], "properties": {
            "hs_email_direction": row.split(",")[3], "hs_email_subject": row.split(",")[1], "hs_email_text": text,
            "hs_email_message_id": f"<m{n}@x>", "hs_email_thread_id": "a3f0c2e9d1b4", "hs_timestamp": at,
            "hs_email_from_email": row.split(",")[4], "hs_email_to_email": row.split(",")[5],
        }}
    ) + "\n"
    for n, (row, text, at) in enumerate(
        zip(ROWS, SAID, ["2025-03-06T10:00:02Z", "2025-03-06T13:00:00Z", "2025-03-07T08:30:00Z"], strict=True), start=1
    )
)  # fmt: skip
FILES = {"mail.mbox": MAILBOX, "emails.csv": HEADER + "".join(ROWS), "emails.jsonl": ELEMENTS}


@pytest.fixture
def send(db, tmp_path, now):
    """A function: upload one file of this content (by its name the one above); returns what the batch brought."""

    def upload(name: str, content: str = ""):
        (tmp_path / name).write_text(content or FILES[name])
        return ingest(db, [tmp_path / name], title=name, now=now)

    return upload


def stored(db) -> list[list[tuple[str, str]]]:
    """Each conversation as the sides and texts of its utterances, in order."""
    return [[(u.role, u.text) for u in conversations.utterances(db, i)] for i in conversations.ids(db)]


WHOLE = [[("buyer", ASKED), ("seller", OFFERED), ("buyer", NO)]]


@pytest.mark.parametrize("order", [*permutations(FILES, 2), *permutations(FILES)], ids=" ".join)
def test_a_mailbox_and_the_exports_of_a_thread_are_one_thread_in_any_order(db, send, order):
    for name in order:
        send(name)
    assert stored(db) == WHOLE
    assert {row["occurred_at"][:16] for row in db.query("SELECT occurred_at FROM conversations")} == {
        "2025-03-06T10:00"
    }


@pytest.mark.parametrize("order", permutations(["mail.mbox", "emails.csv"]), ids=" ".join)
def test_every_row_is_a_piece_that_is_accounted_for(db, send, order):
    counts = [send(name).counts for name in order]
    assert sorted((c.pieces, c.added, c.duplicates, c.problems) for c in counts) == [(2, 2, 0, 0), (3, 3, 0, 0)]
    assert [(c.conversations, c.grown) for c in counts] == [(1, 0), (0, 1)]


def test_the_same_export_again_brings_only_duplicates(db, send, content):
    send("emails.csv")
    before = content(db)
    counts = send("emails.csv").counts
    assert (counts.added, counts.duplicates, counts.utterances) == (0, 3, 0)
    assert content(db) == before


def test_a_later_longer_export_makes_a_thread_grow(db, send):
    send("first.csv", HEADER + ROWS[0] + ROWS[1])
    (before,) = conversations.ids(db)
    counts = send("later.csv", HEADER + "".join(ROWS)).counts
    assert (counts.conversations, counts.grown, counts.added, counts.duplicates, counts.utterances) == (0, 1, 1, 2, 1)
    assert stored(db) == WHOLE
    assert conversations.ids(db) == [before]


@pytest.mark.parametrize("order", permutations(FILES, 2), ids=" ".join)
def test_taking_either_back_leaves_the_other_as_if_it_had_come_alone(db, send, content, now, order):
    first, second = order
    send(first)
    alone = content(db)
    batch = send(second).batch_id
    undo(db, batch)
    assert content(db) == alone
    send(second)
    undo(db, 1)
    both = content(db)
    undo(db, 3)
    send(second)
    assert content(db) == both


def test_a_deal_reaches_a_thread_of_a_mailbox_through_a_row_of_it(db, send):
    send("deals.csv", "Record ID,Deal Name,Deal Stage,Amount\n777,Arlo - 25 seats,Negotiation,12000\n")
    send("mail.mbox")
    assert [row["stage"] for row in db.query("SELECT stage FROM conversations")] == [""]
    send("emails.csv")
    assert [row["stage"] for row in db.query("SELECT stage FROM conversations")] == ["Negotiation"]
