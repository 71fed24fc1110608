"""What a new user met when uploading: facts set for several, what lacks them, and how an upload's result is worded."""

import io
import re

import pytest

from pipelines.ingest import ingest
from pipelines.store import conversations
from pipelines.uploads import set_facts

CALL = "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\n<v Ann Lee>Honestly, it is too expensive for us.</v>\n"
MAIL = """From dana@acmesales.test Mon Mar  2 09:00:00 2026
From: Dana Whitlock <dana@acmesales.test>
To: Helen Cross <helen@brightwater.test>
Date: Mon, 02 Mar 2026 09:00:00 +0000
Subject: Your quote
Message-ID: <a1@acmesales.test>

Hi Helen, attached is the quote for 40 seats. Can we talk on Thursday?

From helen@brightwater.test Tue Mar  3 10:00:00 2026
From: Helen Cross <helen@brightwater.test>
To: Dana Whitlock <dana@acmesales.test>
Date: Tue, 03 Mar 2026 10:00:00 +0000
Subject: Re: Your quote
Message-ID: <a2@brightwater.test>
In-Reply-To: <a1@acmesales.test>

Dana, this is too expensive. Zendrix offered us 20% less.
"""
NOTES = "Date,Account,Notes\n2026-03-01,Acme,The price is far too high for them this year\n"
NOW = "2026-03-20T09:00:00+00:00"


@pytest.fixture
def bring(db, tmp_path):
    def upload(**texts: str) -> list[str]:
        files = [tmp_path / name.replace("_", ".") for name in texts]
        for file, text in zip(files, texts.values(), strict=True):
            file.write_text(text)
        ingest(db, files, title="first", now=lambda: NOW)
        return conversations.ids(db)

    return upload


def told(client, number: int = 1, query: str = "") -> str:
    page = client.get(f"/uploads/{number}{query}")
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def by_title(db) -> dict[str, str]:
    return {row["title"]: row["id"] for row in db["conversations"].rows}


def test_only_what_is_missing_is_set_for_several(empty_client, db, bring):
    ids = bring(call_vtt=CALL, mail_mbox=MAIL)

    empty_client.post("/uploads/1/facts", data={"conversation": ids, "date": "2026-11-01", "account": "Acme"})

    stand = {title: set_facts.standing(db, one) for title, one in by_title(db).items()}
    assert stand["Your quote"]["date"] == "2026-03-02"
    assert {facts["date"] for title, facts in stand.items() if title != "Your quote"} == {"2026-11-01"}


def test_replacing_what_is_known_is_a_choice_and_says_first_how_much(empty_client, db, bring):
    ids = bring(call_vtt=CALL, mail_mbox=MAIL)
    asked = {"conversation": ids, "date": "2026-11-01", "over": "true"}

    page = empty_client.post("/uploads/1/facts", data=asked)

    assert "Date “2026-11-01”: 1 conversation gets it, 1 known value is replaced." in page.text
    assert set_facts.standing(db, by_title(db)["Your quote"])["date"] == "2026-03-02"
    empty_client.post("/uploads/1/facts", data={**asked, "sure": "true"})
    assert {set_facts.standing(db, one)["date"] for one in ids} == {"2026-11-01"}


def test_while_the_form_is_filled_in_a_line_says_how_many_get_it(empty_client, bring):
    ids = bring(call_vtt=CALL, mail_mbox=MAIL)

    page = empty_client.post("/uploads/1/facts/preview", data={"conversation": ids, "date": "2026-11-01"})

    assert "1 conversation gets it, 1 has another one and keeps it." in page.text


def test_half_a_date_is_no_error_while_it_is_typed(empty_client, bring):
    ids = bring(call_vtt=CALL)

    assert (
        empty_client.post("/uploads/1/facts/preview", data={"conversation": ids, "date": "2026-1"}).status_code == 200
    )


def test_setting_what_all_have_changes_nothing_and_says_so(empty_client, db, bring):
    bring(notes_csv=NOTES)

    page = empty_client.post("/uploads/1/facts", data={"conversation": conversations.ids(db), "account": "Bexley"})

    assert "Nothing was changed: all of them have one already" in page.text


def test_an_upload_says_what_lacks_a_date_or_an_account_and_leads_to_the_form(empty_client, bring):
    bring(call_vtt=CALL, notes_csv=NOTES)

    assert "1 conversation without a date, 1 without an account" in told(empty_client)

    page = empty_client.get("/uploads/1?lacking=true").text
    assert page.count('name="conversation"') == 1
    assert re.search(r'name="conversation" value="\w+" checked', page)
    assert '<option value="lacking" selected>' in page


def test_all_that_lack_what_is_filled_in_are_set_at_once(empty_client, db, bring):
    bring(call_vtt=CALL, notes_csv=NOTES)

    empty_client.post("/uploads/1/facts", data={"every": "lacking", "account": "Bexley"})

    assert sorted(row["account"] for row in db["conversations"].rows) == ["Acme", "Bexley"]


def test_two_mails_of_one_thread_are_told_to_be_one_conversation(empty_client, bring):
    bring(mail_mbox=MAIL)

    assert "2 new pieces became 1 conversation: mails of one thread" in told(empty_client)


def test_what_stands_twice_in_the_same_files_is_not_called_known(empty_client, bring):
    bring(notes_csv=NOTES, again_csv=NOTES)

    said = told(empty_client)

    assert "1 repeated in these files" in said
    assert "known already +" not in said


def test_what_did_not_come_in_is_told_apart_from_what_came_in_with_a_remark(empty_client, bring):
    rows = "not a day,Acme,The price is far too high for them this year\n2026-03-02,Bexley,\n"
    bring(notes_csv=NOTES + rows)

    assert "1 not taken in; 1 taken in with a remark" in told(empty_client)


def test_an_upload_of_nothing_new_says_which_one_brought_it(empty_client, db, bring, tmp_path):
    bring(notes_csv=NOTES)
    (tmp_path / "other.csv").write_text(NOTES)
    ingest(db, [tmp_path / "other.csv"], title="second", now=lambda: NOW)

    assert "Nothing of it is new: upload 1 brought it before." in told(empty_client, 2)


def test_an_upload_that_waits_to_be_read_shows_no_zeros(empty_client):
    empty_client.post("/uploads", files={"files": ("notes.csv", io.BytesIO(NOTES.encode()), "text/csv")})

    row = re.search(r'<tr id="batch-1".*?</tr>', empty_client.get("/uploads").text, re.S)[0]

    assert "waits for its turn" in row
    assert 'class="num">0<' not in row
