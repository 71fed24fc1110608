"""For tests/pipelines (fails on main, passes with settle.patch): uploads leave no fact behind when they are undone."""

import pytest

from pipelines.ingest import ingest
from pipelines.store import conversations
from pipelines.uploads import refresh
from pipelines.uploads.undo import undo

TASK = """Id,Subject,ActivityDate,AccountId,Description,Type,IsTask
00T1,Call,2025-03-03,0015g00000CCCCCQAC,Says the price is too high.,Call,true
"""
ACCOUNT = "Id,Name,Industry,BillingCity,Website,Type\n0015g00000CCCCC,Arlo Foods,Food,Berlin,arlo.example,Customer\n"
TITLED = "Activity ID,Activity Date,Account,Subject,Owner,Description\nA1,2025-03-03,Arlo,{},Joel,Says the price is too high for it.\n"
NOTE = """Activity ID,Activity Date,Contact Name,Owner,Type,Description
A1,2025-03-05T10:30:00Z,Dana Ortiz,Joel Okafor,Note,The freezer warehouse in Rotterdam needs 47 scanners and pallets are dear.
"""
CALL = """WEBVTT

NOTE account: Arlo Foods
NOTE date: 2025-03-05T10:00:00Z
NOTE rep: Joel Okafor
NOTE contact: Dana Ortiz

00:00:01.000 --> 00:20:09.000
<v Dana Ortiz>Our freezer warehouse in Rotterdam needs 47 scanners and the pallets are too dear for us.</v>
"""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("task.csv", TASK), ("account.csv", ACCOUNT)),
        (("a.csv", TITLED.format("")), ("b.csv", TITLED.format("Renewal"))),
        (("note.csv", NOTE), ("call.vtt", CALL)),
    ],
    ids=["an account that a record gave", "a title that came later", "an account that a linked call gave"],
)
def test_undo_takes_every_fact_back(db, tmp_path, now, content, first, second):
    for name, text in (first, second):
        (tmp_path / name).write_text(text)
    ingest(db, [tmp_path / first[0]], title="first", now=now)
    before = content(db)
    batch = ingest(db, [tmp_path / second[0]], title="second", now=now).batch_id
    refresh.refresh(db, conversations.ids(db))
    undo(db, batch)
    assert content(db) == before
