"""Somebody who takes part in nothing and is only named in what was said is forgotten like anybody else."""

import shutil
from contextlib import closing

import pytest

from insights.covers import says_nothing
from insights.records import Insight
from pipelines.ingest import ingest
from pipelines.privacy import forget, forgotten, persons
from pipelines.privacy.persons import Asked, Namesakes, PartOfName, Unclear, Unknown
from pipelines.store import connect, insights

HEADER = "Activity ID,Activity Date,Company / Account,Contact Name,Contact Title,Owner,Opportunity Stage,Segment,Champion,Description\n"
ARLO = """A1,2025-03-03,Arlo Foods,Raj Stroud,IT Manager,Joel Okafor,Demo,smb,Priya Nandakumar,"Raj says it is too expensive. Need to get Priya Nandakumar on the next call."
A2,2025-03-04,Arlo Foods,Raj Stroud,IT Manager,Joel Okafor,Demo,smb,,"The price was cut after NANDAKUMAR, Priya asked for it. Priya wants a pilot."
A3,2025-03-04,Bexley Trading,Lena Voss,Buyer,Joel Okafor,Demo,smb,,"Asked for single sign-on; nobody called Priya Nand is there."
"""
BEXLEY = 'B1,2025-03-05,Bexley Trading,Lena Voss,Buyer,Joel Okafor,Demo,smb,,"Their Priya Nandakumar asked whether it works offline."\n'
MAIL = """From MAILER Thu Mar 06 10:00:00 2025
Message-ID: <m0@arlo.example>
From: Raj Stroud <raj@arlo.example>
To: Joel Okafor <joel@vendor.example>
Date: Thu, 06 Mar 2025 10:00:00 +0000
Subject: Offer for Priya Nandakumar

Priya Nandakumar asked whether the scanner works offline in the cellar.
"""
CONTACTS = "First Name,Last Name,Email,Account Name\nRaj,Stroud,raj@arlo.example,Arlo Foods\n"
NAME, ADDRESS = "Priya Nandakumar", "priya.nandakumar@arlo.example"
BESIDE = f'C1,2025-03-06,Arlo Foods,Raj Stroud,IT Manager,Joel Okafor,Demo,smb,,"Need to get Priya Nandakumar ({ADDRESS}) on the next call."\n'


@pytest.fixture
def bring(db, tmp_path, now):
    def upload(text: str, name: str = "notes.csv"):
        folder = tmp_path / "incoming"
        folder.mkdir()
        (folder / name).write_text(text)
        try:
            return ingest(db, [folder / name], title=name, now=now)
        finally:
            shutil.rmtree(folder)

    return upload


def _forget(db, home, asked: Asked):
    return forget.forget(db, asked, home, confirmed=asked.given, now=lambda: "2026-05-01T10:00:00+00:00", actor="test")


def _said(db, account: str = "%") -> str:
    sql = """SELECT u.text FROM utterances u JOIN conversations c ON c.id = u.conversation_id
        WHERE c.account LIKE ? ORDER BY c.occurred_at, u.id"""
    return "\n".join(row["text"] for row in db.query(sql, [account]))


def _left(db) -> list[str]:
    return [line for line in db.conn.iterdump() if "nandakumar" in line.casefold()]


@pytest.mark.parametrize(
    "asked", [Asked(NAME), Asked("priya nandakumar"), Asked("Nandakumar, Priya"), Asked(NAME, "ARLO Foods, Inc.")]
)
def test_a_name_that_stands_in_notes_alone_is_covered_everywhere(db, bring, tmp_path, asked):
    bring(HEADER + ARLO)
    bring(MAIL, "mail.mbox")
    receipt = _forget(db, tmp_path, asked)
    said = _said(db)
    assert "Need to get █████ ██████████ on the next call." in said and "after ███████████ █████ asked" in said
    assert "Raj says it is too expensive" in said and "Priya Nand is there" in said
    assert _left(db) == [] and (receipt.found, receipt.sought.spellings) == (0, 2)
    found = db.execute("SELECT count(*) FROM utterances_fts WHERE utterances_fts MATCH 'nandakumar'").fetchone()
    assert found[0] == 0


def test_the_preview_of_a_name_in_notes_says_where_it_stands(db, bring, tmp_path):
    bring(HEADER + ARLO)
    seen = forget.preview(db, Asked(NAME), tmp_path)
    changed = {one.table: (one.removed, one.changed) for one in seen.rows}
    assert (seen.conversations, seen.companies, changed["utterances"]) == (2, 1, (0, 2))
    assert "Nandakumar" in _said(db)


def test_of_a_name_in_notes_of_two_companies_the_one_that_is_given_is_covered(db, bring, tmp_path):
    bring(HEADER + ARLO + BEXLEY)
    bring(CONTACTS, "contacts.csv")
    bring(MAIL, "mail.mbox")
    with pytest.raises(Namesakes, match="Arlo Foods, Bexley Trading") as raised:
        persons.find(db, Asked(NAME))
    assert "stands in what was said at 2 companies" in str(raised.value)
    receipt = _forget(db, tmp_path, Asked(NAME, "Arlo Foods"))
    assert "asked whether the scanner works" in _said(db, "Arlo%")
    assert "Nandakumar" not in _said(db, "Arlo%") and "Their Priya Nandakumar asked" in _said(db, "Bexley%")
    assert (receipt.sought.spellings, receipt.sought.shared) == (0, 1)


def test_a_name_in_notes_is_told_apart_from_one_who_bears_it_elsewhere(db, bring, tmp_path):
    bring(HEADER + ARLO + BEXLEY.replace("Lena Voss", NAME))
    _forget(db, tmp_path, Asked(NAME, "Arlo Foods"))
    assert "Nandakumar" not in _said(db, "Arlo%") and "Their Priya Nandakumar asked" in _said(db, "Bexley%")
    assert [row["contact"] for row in db.query("SELECT contact FROM conversations WHERE id IN (SELECT conversation_id FROM utterances WHERE text LIKE 'Their%')")] == [NAME]  # fmt: skip


@pytest.mark.parametrize(
    "asked", [Asked("Priya"), Asked("P. Nandakumar"), Asked("Ines Roy"), Asked(NAME, "Bexley Trading")]
)
def test_a_name_that_stands_nowhere_whole_is_nobodys(db, bring, asked):
    bring(HEADER + ARLO)
    with pytest.raises(Unclear):
        persons.find(db, asked)


@pytest.mark.parametrize("asked", [Asked(ADDRESS), Asked(NAME), Asked(NAME, "Arlo Foods")])
def test_an_address_and_the_name_that_it_is_made_of_go_together(db, bring, tmp_path, asked):
    bring(HEADER + ARLO + BESIDE)
    receipt = _forget(db, tmp_path, asked)
    assert _left(db) == [] and "Need to get █████ ██████████ (█" in _said(db)
    assert (receipt.sought.spellings, receipt.sought.addresses, receipt.found) == (2, 1, 0)


def test_the_name_of_an_address_stays_where_it_stands_beside_another(db, bring, tmp_path):
    bring(HEADER + BESIDE.replace("priya.nandakumar@", "lena.voss@") + BEXLEY)
    _forget(db, tmp_path, Asked(ADDRESS))
    assert _said(db).count(NAME) == 2


def test_what_comes_later_comes_in_without_a_name_that_stood_in_notes(db, bring, tmp_path):
    bring(HEADER + ARLO)
    _forget(db, tmp_path, Asked(NAME))
    later = bring(HEADER + BESIDE.replace("C1", "C2"))
    assert _left(db) == [] and "what names them was covered" in later.problems[0].reason
    with pytest.raises(forget.AlreadyForgotten, match="receipt 1"):
        forget.preview(db, Asked(NAME), tmp_path)


@pytest.mark.parametrize("asked", [Asked(NAME), Asked(ADDRESS)])
def test_a_name_in_notes_is_forgotten_again_after_a_restore(db, bring, tmp_path, asked):
    bring(HEADER + ARLO + BESIDE)
    with closing(connect(tmp_path / "old.db")) as old:
        db.conn.backup(old.conn)
        _forget(db, tmp_path, asked)
        forgotten.note(db, tmp_path)
        old.conn.backup(db.conn)
    assert _left(db)
    assert len(forgotten.again(db, tmp_path, now=lambda: "2026-06-01", actor="test")) == 1
    assert _left(db) == []


def test_a_first_name_lists_who_is_called_so_and_where_it_stands(db, bring):
    bring(HEADER + ARLO + BEXLEY.replace("Lena Voss", "Raj Mehta"))
    with pytest.raises(PartOfName, match="stands in what was said in 1 conversation") as raised:
        persons.find(db, Asked("raj"))
    assert raised.value.people == (("Raj Mehta", "Bexley Trading"), ("Raj Stroud", "Arlo Foods"))
    with pytest.raises(PartOfName) as raised:
        persons.find(db, Asked("Raj", "Bexley Trading"))
    assert raised.value.people == (("Raj Mehta", "Bexley Trading"),) and "stands" not in str(raised.value)


@pytest.mark.parametrize(("given", "told"), [("Priya", "in 3 conversations"), ("Priyanka", "does not stand")])
def test_a_first_name_of_nobody_is_told_where_it_stands(db, bring, given, told):
    bring(HEADER + ARLO)
    with pytest.raises(Unknown, match=told):
        persons.find(db, Asked(given))


@pytest.mark.parametrize(
    ("text", "nothing"),
    [("█████ asked", True), ("███", True), ("█████ asked for it", False), ("asked", False), ("█████ ██ is a", True)],
)
def test_a_covered_text_of_fewer_than_two_words_says_nothing(text, nothing):
    assert says_nothing(text) is nothing


def test_a_find_that_covering_leaves_without_words_is_dropped_and_the_one_beside_it_stays(db, bring, tmp_path):
    bring(HEADER + ARLO)
    utterance, text = db.execute("SELECT id, text FROM utterances WHERE text LIKE '%Priya asked for it%'").fetchone()
    conversation = db.execute("SELECT conversation_id FROM utterances WHERE id = ?", [utterance]).fetchone()[0]
    found = []
    for words in ("NANDAKUMAR, Priya asked", "Priya wants a pilot"):
        start = text.index(words)
        found.append((utterance, text, Insight("question", start, start + len(words), words, "other", 0.9)))
    with db.atomic():
        insights.replace(db, conversation, found)
    _forget(db, tmp_path, Asked(NAME))
    assert [row["text"] for row in db.query("SELECT text FROM insights")] == ["█████ wants a pilot"]
