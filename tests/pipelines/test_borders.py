"""Borders of quotes that people set, when somebody is forgotten."""

import pytest

from insights.records import Insight
from pipelines.ingest import ingest
from pipelines.privacy import persons
from pipelines.privacy.erasing import erase
from pipelines.privacy.persons import Asked
from pipelines.quotes import borders
from pipelines.store import conversations, insights
from pipelines.uploads import set_facts

SAID = "Dana is sure of it. Honestly, Dana told us that it is more than we can spend this year."
NOTES = f"""Activity ID,Activity Date,Company / Account,Contact Name,Contact Title,Owner,Opportunity Stage,Segment,Description
A1,2025-03-03,Arlo Foods,Dana Ortiz,VP Finance,Joel Okafor,Evaluation,smb,"{SAID}"
"""
CALL = """WEBVTT

NOTE account: Arlo Foods
NOTE date: 2025-03-05
NOTE contact: Dana Ortiz

00:00:04.000 --> 00:00:09.000
<v Dana Ortiz>Honestly, it is more than we can spend this year.</v>

00:00:10.000 --> 00:00:19.000
<v Joel Okafor>I hear you.</v>
"""


@pytest.fixture
def quoted(db, tmp_path, now):
    def bring(name: str, text: str) -> str:
        (tmp_path / name).write_text(text)
        ingest(db, [tmp_path / name], title=name, now=now)
        row = next(iter(db.query("SELECT * FROM utterances WHERE text LIKE '%spend%'")))
        start, end = row["text"].index("more than"), row["text"].index(" this year")
        found = Insight("objection", start, end, row["text"][start:end], "price", 0.9)
        with db.atomic():
            insights.replace(db, row["conversation_id"], [(row["id"], row["text"], found)])
        quote = next(iter(db.query("SELECT id FROM insights")))["id"]
        borders.put_whole(db, quote, now="2026-03-20", actor="Ann")
        return quote

    return bring


def test_forgetting_who_said_it_takes_the_borders_along(db, quoted):
    quoted("call.vtt", CALL)

    done = erase(db, persons.find(db, Asked("Dana Ortiz", "Arlo Foods")))

    assert done.rows["quote_borders", "removed"] == 1
    assert not db.execute("SELECT count(*) FROM quote_borders").fetchone()[0]


def test_a_covered_name_leaves_the_borders_where_they_are(db, quoted):
    quoted("notes.csv", NOTES)

    erase(db, persons.find(db, Asked("Dana Ortiz", "Arlo Foods")))

    (row,) = db.query("SELECT insight_id FROM quote_borders")
    text = insights.get(db, row["insight_id"]).text
    assert text.startswith("Honestly, ███")
    assert text.endswith("more than we can spend this year.")


def test_a_contact_that_was_set_by_hand_is_forgotten_too(db, quoted):
    quoted("call.vtt", CALL.replace("NOTE contact: Dana Ortiz\n", ""))
    (one,) = conversations.ids(db)
    set_facts.put(db, [one], {"contact": "Dana Ortiz", "deal": "Renewal"}, now="2026-03-20", actor="Ann")

    erase(db, persons.find(db, Asked("Dana Ortiz", "Arlo Foods")))

    assert [row["name"] for row in db.query("SELECT name FROM set_facts")] == ["deal"]
    assert set_facts.standing(db, one)["contact"] == ""
