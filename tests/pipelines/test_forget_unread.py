"""Forgetting reaches whoever is known only by rows that could not be read, and every table that has come since."""

import json
import shutil
from pathlib import Path

import pytest

from insights.records import Insight, stable_id
from pipelines.ingest import ingest
from pipelines.privacy import forget, persons, receipts
from pipelines.privacy.persons import Asked
from pipelines.quotes import borders
from pipelines.sales import asking
from pipelines.store import batches, insights, shared_rows, signal_rows
from pipelines.teams import comments
from pipelines.uploads import set_facts
from pipelines.uploads.solved import standing
from pipelines.uploads.undo import undo

NOW = "2026-01-15T12:00:00+00:00"
ADDRESS = "dana.ortiz@arlo.example"
HEAD = "Activity ID,Activity Date,Account,Contact Name,Contact Email,Description\n"
OTHERS = "A9,2025-03-04,Bexley Trading,Raj Stroud,raj@bexley.example,Raj asked for a longer trial of the scanners.\n"
NO_TEXT = f"A1,2025-03-03,Arlo Foods,Dana Ortiz,{ADDRESS},\n"
TOO_LONG = f"A1,2025-03-03,Arlo Foods,Dana Ortiz,{ADDRESS},The cellar has no signal,says nobody but her\n"
FIRST_LAST = HEAD.replace("Contact Name", "First Name,Last Name")
SPLIT = f"A1,2025-03-03,Arlo Foods,Dana,Ortiz,{ADDRESS},The cellar has no signal,says nobody but her\n"
SPLIT_OTHERS = OTHERS.replace("Raj Stroud", "Raj,Stroud")
TOKENS = (b"dana", b"ortiz", b"cellar has no", b"nobody but her")  # in lower case


@pytest.fixture
def bring(db, tmp_path):
    def upload(name: str, text: str) -> None:
        folder = tmp_path / "incoming"
        folder.mkdir()
        (folder / name).write_text(text)
        ingest(db, [folder / name], title=name, now=lambda: NOW)
        shutil.rmtree(folder)

    return upload


def _forget(db, home: Path, given: str = ADDRESS, account: str = "") -> receipts.Receipt:
    return forget.forget(db, Asked(given, account), home, confirmed=given, now=lambda: NOW, actor="test")


def _left(home: Path) -> list[tuple[str, bytes]]:
    files = [(file.name, file.read_bytes().lower()) for file in home.rglob("*") if file.is_file()]
    return [(name, token) for name, data in files for token in TOKENS if token in data]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD + TOO_LONG + OTHERS, id="more cells than the header has"),
        pytest.param(HEAD + NO_TEXT + OTHERS, id="no words"),
        pytest.param(FIRST_LAST + SPLIT + SPLIT_OTHERS, id="first and last name in columns of their own"),
    ],
)
def test_who_is_only_in_rows_that_could_not_be_read_is_in_no_file_any_more(db, bring, tmp_path, text):
    bring("Calls of Dana Ortiz.csv", text)
    assert _left(tmp_path)
    _forget(db, tmp_path)
    assert _left(tmp_path) == []
    assert db.table("conversations").count_where("account = 'Bexley Trading'") == 1


def test_a_row_that_could_not_be_read_is_found_by_name_and_company_too(db, bring, tmp_path):
    bring("calls.csv", HEAD + TOO_LONG + OTHERS)
    _forget(db, tmp_path, "Dana Ortiz", "Arlo Foods")
    assert _left(tmp_path) == []


def test_a_row_that_only_speaks_of_the_person_stays_with_their_name_covered(db, bring, tmp_path):
    bring("calls.csv", HEAD + NO_TEXT + "A2,2025-03-04,Bexley Trading,Raj Stroud,,Met Dana Ortiz,and wants a pilot\n")
    _forget(db, tmp_path)
    assert _left(tmp_path) == []
    (left,) = [json.loads(row["record"]) for row in db.query("SELECT record FROM problems WHERE record <> '{}'")]
    assert left["Description"] == "Met ████ █████" and left["Contact Name"] == "Raj Stroud"


def test_a_row_that_was_solved_stays_solved_and_nobody_is_asked_to_mend_another(db, bring, tmp_path):
    """Its cells, by which the later upload was known, are gone."""
    bring("calls.csv", HEAD + NO_TEXT + NO_TEXT.replace("A1", "A2") + OTHERS)
    bring("mended.csv", HEAD + NO_TEXT.strip() + "Dana Ortiz of Arlo finds it too dear.\n")
    assert str(standing(db, 1, 2)) == "2 not taken in, 1 of them open"
    _forget(db, tmp_path)
    assert _left(tmp_path) == []
    assert str(standing(db, 1, 2)) == "2 not taken in, both solved by upload 2 or erased since"
    first, second = batches.problems(db, 1)
    assert (first["closed_by"], second["closed_by"]) == (2, 0)
    assert "forgotten" in second["advice"] and "forgotten" not in first["advice"]
    undo(db, 2)
    assert standing(db, 1, 2).by == ()
    assert str(standing(db, 1, 2)) == "2 not taken in, both erased since"  # nobody can mend either any more


def test_of_rows_about_the_person_alone_it_says_that_they_were_erased(db, bring, tmp_path):
    bring("calls.csv", HEAD + NO_TEXT + OTHERS)
    assert standing(db, 1, 1).open == 1
    _forget(db, tmp_path)
    assert str(standing(db, 1, 1)) == "1 not taken in, erased since"


def test_cells_that_stand_one_column_off_make_nobody_a_name(db, bring):
    head = "Activity ID,Activity Date,Account,Contact Email,Title,Contact Name,Description\n"
    bring("calls.csv", head + f"A1,2025-03-03,Arlo Foods,{ADDRESS},VP, Head Purchasing,Dana Ortiz,It is too dear\n")
    assert "Head Purchasing" not in persons.find(db, Asked(ADDRESS)).names


CALL = """WEBVTT

NOTE account: Arlo Foods
NOTE date: 2025-04-05
NOTE rep: Joel Okafor
NOTE contact: Dana Ortiz

00:00:01.000 --> 00:00:04.000
<v Dana Ortiz>Honestly, the cellar has no signal and it is too dear for us.</v>

00:00:05.000 --> 00:00:09.000
<v Lena Voss>I worry that the roll-out takes us half a year.</v>
"""
NAMING = {
    "comment": ("comments", "comment_steps"), "question": ("asks",), "fact": ("set_facts",), "border": ("quote_borders",),
    "signal": ("signal_events",), "month": ("shared_months",),
}  # fmt: skip


def _conversation(db, account: str) -> str:
    return db.execute("SELECT id FROM conversations WHERE account = ?", [account]).fetchone()[0]


def _write(db, what: str) -> None:
    """Let the person stand in every text of the tables of one feature."""
    told = {"now": NOW, "actor": "Ann"}
    match what:
        case "comment":
            made = comments.add(
                db, kind="wrong", place="/themes/1", words=f"Dana Ortiz: “the cellar has no signal”, ask {ADDRESS}", recipient="Dana Ortiz", **told
            )  # fmt: skip
            comments.hand_on(db, made.id, to="Ortiz, Dana", base=None, **told)
            comments.close(db, made.id, done=f"D. Ortiz was asked at {ADDRESS.upper()}", base=None, **told)
        case "question":
            asking.ask(
                db, f"What do I send Dana Ortiz, who said the cellar has no signal? {ADDRESS}", theme_id=None, **told
            )
        case "fact":
            other = _conversation(db, "Bexley Trading")
            set_facts.put(
                db, [other], {"contact": "Dana Ortiz", "account": "Dana Ortiz Ltd", "deal": "Ortiz, Dana"}, **told
            )
            set_facts.put(db, [other], {"contact": "Raj Stroud", "account": "Bexley Trading", "deal": ""}, **told)
            set_facts.put(db, [_conversation(db, "Arlo Foods")], {"contact": "Lena Voss"}, **told)
        case "border":
            sql = "SELECT id, conversation_id, text FROM utterances WHERE text LIKE '%cellar%'"
            utterance, conversation, text = db.execute(sql).fetchone()
            with db.atomic():
                insights.replace(
                    db, conversation, [(utterance, text, Insight("objection", 10, 34, text[10:34], "price", 0.9))]
                )
            borders.put(db, stable_id(utterance, "objection", 10, 34), 0, len(text), **told)
        case "signal":
            content = {
                "account": "Arlo Foods",
                "name": "Dana Ortiz",
                "title": f"{ADDRESS} fell silent",
                "last": "2025-04-05",
            }
            with db.atomic():
                signal_rows.note(db, [("s1", "appeared", content)], now=NOW)
        case "month":
            content = {"figures": [{"note": "Dana Ortiz: the cellar has no signal", "reps": [{"name": ADDRESS}]}]}
            with db.atomic():
                shared_rows.add(db, "2025-04", as_of="2025-04-30", content=content, **told)


@pytest.mark.parametrize("what", NAMING)
def test_what_features_wrote_of_the_person_is_in_no_file_any_more(db, bring, tmp_path, what):
    bring("call.vtt", CALL)
    bring("notes.csv", HEAD + OTHERS)
    _write(db, what)
    assert all(db.table(table).count for table in NAMING[what])
    _forget(db, tmp_path)
    assert _left(tmp_path) == []
    said = {row["text"] for row in db.query("SELECT text FROM utterances")}
    assert said == {"I worry that the roll-out takes us half a year.", "Raj asked for a longer trial of the scanners."}
